"""Code biases: CODE's files and Bias-SINEX."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.gnss import biases, gps_time
from tests.unit.gnss import small_world

TIME = gps_time.from_calendar(2020, 1, 2, 12, 0, 0.0)
HEAD = (
    "%=BIA 1.00 XXX 2020:010:00000 XXX 2020:001:00000 2020:003:00000 R 00000003\n+BIAS/SOLUTION\n"
)


def record(kind, satellite, station, first, second, start, end, value):
    body = (
        f" {kind:4} {'G063':4} {satellite:3} {station:9} {first:4} {second:4} {start:14} {end:14}"
    )
    return f"{body} {'ns':4} {value:21.4f} {0.01:11.4f}\n"


def test_real_files(real_data):
    folder = real_data / "gnss" / "2015-05-19_ankr"
    known = biases.read([folder / "P1P21505_ALL.DCB.Z", folder / "P1C11505.DCB.Z"])
    may = gps_time.from_calendar(2015, 5, 19, 12, 0, 0.0)
    # As the files print them: G01 -8.099 and 1.465, R02 0.451, ANKR -14.967 and -8.482.
    assert known.of_satellite("G01", "C1W-C2W", may) == pytest.approx(-8.099)
    assert known.of_satellite("G01", "C1C-C2W", may) == pytest.approx(-8.099 - 1.465)
    assert known.of_satellite("R02", "C1P-C2P", may) == pytest.approx(0.451)
    assert known.of_receiver("ANKR", "G", "C1W-C2W", may) == pytest.approx(-14.967)
    assert known.of_receiver("ANKR", "R", "C1P-C2P", may) == pytest.approx(-8.482)
    assert np.isnan(known.of_receiver("NONE", "G", "C1W-C2W", may))
    assert np.isnan(known.of_satellite("G01", "C1W-C5X", may))
    # A bias of another season is no bias: satellites' numbers pass to other satellites.
    assert np.isnan(known.of_satellite("G01", "C1W-C2W", may + 120 * 86400))


def test_bias_sinex(tmp_path):
    day = ("2020:002:00000", "2020:003:00000")
    path = tmp_path / "x.BIA"
    path.write_text(
        HEAD
        + "*BIAS SVN_ PRN STATION__ OBS1 OBS2 BIAS_START____ BIAS_END______ UNIT __VALUE__\n"
        + record("DSB", "G05", "", "C1C", "C2W", "2020:001:00000", "2020:002:00000", 3.0)
        + record("DSB", "G05", "", "C1C", "C2W", *day, 4.0)
        + record("DSB", "G05", "", "C1C", "C1W", *day, -1.5)
        + record("OSB", "G06", "", "C1C", "", *day, 10.0)
        + record("OSB", "G06", "", "C2W", "", *day, 7.0)
        + record("OSB", "G06", "", "L1C", "", *day, 99.0)
        + record("DSB", "G12", "ABMF", "C1C", "C2W", *day, 99.0)
        + record("DSB", "G", "ABMF", "C1C", "C2W", *day, 7.5)
        + "-BIAS/SOLUTION\n%=ENDBIA\n"
    )
    known = biases.read(path)
    assert known.of_satellite("G05", "C1C-C2W", TIME) == 4.0
    # C2D is C1C + (P2 - P1), of whatever P1 and P2 are: C1C - C2D is P1 - P2.
    assert known.of_satellite("G05", "C1C-C2D", TIME) == 5.5
    # C1W - C2W = (C1C - C2W) - (C1C - C1W)
    assert known.of_satellite("G05", "C1W-C2W", TIME) == 5.5
    assert known.of_satellite("G06", "C1C-C2W", TIME) == 3.0
    assert known.of_receiver("ABMF", "G", "C1C-C2W", TIME) == 7.5


def test_what_is_no_bias_file(tmp_path):
    path = tmp_path / "x"
    path.write_text("something else\n")
    with pytest.raises(FormatError, match="line 1: expected a DCB file"):
        biases.read(path)
    path.write_text(HEAD + record("OSB", "G06", "", "C1C", "", "2020:001:00000", "x", 1.0))
    with pytest.raises(FormatError, match="line 3: expected times and a bias"):
        biases.read(path)
    path.write_text(HEAD)
    with pytest.raises(FormatError, match="the end of BIAS/SOLUTION"):
        biases.read(path)
    path.write_text(small_world.dcb().replace("-6.000", "-6,000"))
    with pytest.raises(FormatError, match="line 8: expected a satellite or station"):
        biases.read(path)


def test_other_columns_are_refused(tmp_path):
    path = tmp_path / "old.BIA"
    path.write_text(HEAD.replace("1.00", "0.01") + "-BIAS/SOLUTION\n")
    with pytest.raises(FormatError, match="line 1: expected Bias-SINEX 1.00, found version '0.01'"):
        biases.read(path)


def test_another_month_is_told(tmp_path):
    path = tmp_path / "P1P22001.DCB"
    path.write_text(small_world.dcb())
    known = biases.read(path)
    february = gps_time.from_calendar(2020, 2, 10, 12, 0, 0.0)
    assert known.satellite_bias("G05", "C1W-C2W", TIME) == (small_world.BIAS_NS["G05"], 0.0)
    # From the midnight that ends January to noon of 10 February.
    assert known.satellite_bias("G05", "C1W-C2W", february) == (small_world.BIAS_NS["G05"], 9.5)
    assert known.receiver_bias("TEST", "G", "C1W-C2W", february) == (small_world.RECEIVER_NS, 9.5)


def test_lines_as_files_have_them(tmp_path):
    """Column by column as the format prints them, without the helper above."""
    path = tmp_path / "x.BIA"
    path.write_text(
        HEAD
        + " OSB  G063 G01           C1W       2020:002:00000 2020:002:86400 ns"
        + "                  1.2500      0.0100\n"
        + " OSB  G063 G01           C2W       2020:002:00000 2020:002:86400 ns"
        + "                 -0.8700      0.0100\n"
        + " DSB       E11           C1C  C5Q  2020:002:00000 2020:003:00000 ns"
        + "                  4.5000      0.0500\n"
        + " DSB  E    E   ABPO      C1C  C5Q  2020:002:00000 2020:003:00000 ns"
        + "                -12.3400      0.0500\n"
        + "-BIAS/SOLUTION\n"
    )
    known = biases.read(path)
    assert known.of_satellite("G01", "C1W-C2W", TIME) == pytest.approx(2.12)
    assert known.of_satellite("E11", "C1C-C5Q", TIME) == 4.5
    assert known.of_receiver("ABPO00MDG", "E", "C1C-C5Q", TIME) == -12.34
    # Another pair of the same satellite is another bias, and is not there.
    assert np.isnan(known.of_satellite("E11", "C1X-C5X", TIME))

"""Orbit files, decoded by their columns."""

from __future__ import annotations

import datetime as dt
import gzip

import ncompress
import numpy as np
import pytest

from laicflow.simulate import gnss_orbits as orbits
from laicflow.simulate.write_sp3 import file_name, sp3_text, write_sp3

DAY = dt.date(2015, 5, 19)


@pytest.fixture(scope="module")
def own():
    return orbits.constellation(2)


def test_positions_and_clocks_by_their_columns(own):
    lines = sp3_text(own, DAY).splitlines()
    epochs = [k for k, line in enumerate(lines) if line[0] == "*"]
    assert len(epochs) == 96 and lines[-1] == "EOF"
    assert lines[epochs[0]][3:].split() == ["2015", "5", "19", "0", "0", "0.00000000"]
    assert lines[epochs[95]][3:].split() == ["2015", "5", "19", "23", "45", "0.00000000"]
    at = (np.datetime64("2015-05-19T06:15") - np.datetime64("2010-01-01")) / np.timedelta64(1, "s")
    for number in (1, 17, 32):
        line = lines[epochs[25] + number]
        assert line[:4] == f"PG{number:02d}" and len(line) == 60
        x, y, z, clock = (float(line[k : k + 14]) for k in (4, 18, 32, 46))
        assert [x, y, z] == pytest.approx(orbits.positions(own, number - 1, at), abs=6e-7)
        expected = own.clock[number - 1] + own.drift[number - 1] * at
        assert clock == pytest.approx(expected * 1e6, abs=6e-7)


def test_a_lagrange_polynomial_runs_through_them(own):
    """What readers do with 15 min: the polynomial of degree 9 meets the orbit within a cm."""
    lines = sp3_text(own, DAY).splitlines()
    table = np.array(
        [[float(line[k : k + 14]) for k in (4, 18, 32)] for line in lines if line[:4] == "PG09"]
    )
    knots, at = np.arange(40, 50) * 900.0, 44.4 * 900.0
    weights = [np.prod([(at - b) / (a - b) for b in knots if b != a]) for a in knots]
    found = np.array(weights) @ table[40:50]
    begin = orbits.seconds(np.datetime64(DAY))
    expected = orbits.positions(own, 8, begin + at)
    assert found == pytest.approx(expected, abs=2e-5)


def test_the_header_is_laid_out_as_codes(own, real_data):
    file = next((real_data / "gnss").glob("2015-05-19_*/COD18452.EPH.Z"))
    theirs = ncompress.decompress(file.read_bytes()).decode().splitlines()
    ours = sp3_text(own, DAY).splitlines()
    # The same day: number of epochs, GPS week, second of it, step, modified Julian date.
    assert ours[0][:45].replace("#d", "#c") == theirs[0][:45]
    assert ours[1] == theirs[1]
    assert ours[2][:6] == "+   32" and theirs[2][:6] == "+   56"
    kinds = ["#d"] + [line[:2] for line in theirs[1:] if line[0] not in "*P"]
    assert [line[:2] for line in ours if line[0] not in "*P"] == kinds
    first = next(line for line in theirs if line.startswith("PG01"))
    assert [k for k, c in enumerate(first[:60]) if c == "."] == [11 + 14 * k for k in (0, 1, 2)] + [
        53
    ]
    mine = next(line for line in ours if line.startswith("PG01"))
    assert [k for k, c in enumerate(mine) if c == "."] == [11, 25, 39, 53]


def test_names_steps_and_packing_by_date(own, tmp_path):
    old = write_sp3(own, DAY, tmp_path)
    assert old.name == "COD18452.EPH.Z" and old.read_bytes()[:2] == b"\x1f\x9d"
    new = write_sp3(own, dt.date(2022, 11, 27), tmp_path)
    assert new.name == "COD0OPSFIN_20223310000_01D_05M_ORB.SP3.gz"
    text = gzip.decompress(new.read_bytes()).decode().splitlines()
    assert sum(line[0] == "*" for line in text) == 288 and float(text[1][24:38]) == 300
    assert file_name(dt.date(2022, 11, 26)) == "COD22376.EPH.Z"
    assert write_sp3(own, DAY, tmp_path / "again").read_bytes() == old.read_bytes()

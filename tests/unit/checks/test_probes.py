"""Checks of files of Langmuir probes: what must be refused before a download gets its name."""

from __future__ import annotations

import datetime as dt
import gzip

import numpy as np
import pytest

from laicflow.checks import probes
from laicflow.checks.common import Asked, HollowError, UnlikeError
from laicflow.fetch_checks import check
from tests.unit.probe_files import (
    BURST,
    KNOWN_TIME,
    compressed,
    cses,
    demeter,
    swarm,
    zeros,
    zipped,
)

D = dt.date
ISL = "DMT_N1_1144_005850_20040811_155736_20040811_155739.DAT"
LAP = "CSES_01_LAP_1_L02_A3_096791_20191101_001933_20191101_005555_000.h5"
ZIP = "SW_OPER_EFIA_LP_1B_20160311T000000_20160311T235959_0501.CDF.ZIP"
CDF = ZIP.replace(".CDF.ZIP", "_MDR_EFI_LP.cdf")


def asked(name: str, first: dt.date, last: dt.date | None = None, **said) -> Asked:
    return Asked(name, "", first, last or first, **said)


def refused(function, content: bytes, wanted: Asked) -> str:
    with pytest.raises(UnlikeError) as caught:
        function(content, wanted)
    return str(caught.value)


@pytest.mark.parametrize("name", ["cses_lap", "demeter_isl", "swarm_lp"])
def test_they_have_their_names(name):
    assert check(name) is getattr(probes, name)


def test_demeter():
    day = asked(ISL, D(2004, 8, 11))
    whole = demeter(KNOWN_TIME, 4)
    probes.demeter_isl(whole, day)
    probes.demeter_isl(demeter(KNOWN_TIME, 4, label=BURST), asked("any", day.first))
    assert refused(probes.demeter_isl, whole[:-5], day) == (
        "truncated: 284 bytes follow the last whole record of 289"
    )
    assert refused(probes.demeter_isl, demeter(KNOWN_TIME, 4, label=BURST), day) == (
        "expected APID 1144, as its name says, found APID 1143"
    )
    other = demeter(KNOWN_TIME, 4, label=b"IAP SURVEY")
    assert "found 'IAP SURVEY'" in refused(probes.demeter_isl, other, day)
    other = demeter(KNOWN_TIME, 4, p_field=12)
    assert "found P field 12" in refused(probes.demeter_isl, other, day)
    assert "found 3 bytes" in refused(probes.demeter_isl, b"404", day)
    with pytest.raises(HollowError):
        probes.demeter_isl(b"", day)


def test_a_half_orbit_must_have_a_part_in_the_days_asked_for():
    crossing = demeter(dt.datetime(2004, 8, 31, 23, 59, 58), 4)
    probes.demeter_isl(crossing, asked("a", D(2004, 8, 1), D(2004, 8, 31)))
    probes.demeter_isl(crossing, asked("a", D(2004, 9, 1), D(2004, 9, 30)))
    assert refused(probes.demeter_isl, crossing, asked("a", D(2004, 9, 2))) == (
        "expected samples of 2004-09-02 to 2004-09-02, found 2004-08-31 to 2004-09-01"
    )
    assert "found 2004-08-31" in refused(probes.demeter_isl, crossing, asked("a", D(2004, 8, 30)))


def test_cses(tmp_path):
    day = asked(LAP, D(2019, 11, 1))
    whole = cses(tmp_path / "a.h5").read_bytes()
    probes.cses_lap(whole, day)
    assert "truncated file" in refused(probes.cses_lap, whole[:-1], day)
    assert refused(probes.cses_lap, b"PK\x03\x04", day) == (
        r"expected an HDF5 file, found 'PK\x03\x04'"
    )
    other = cses(tmp_path / "b.h5", leave=("A311", "A321")).read_bytes()
    text = refused(probes.cses_lap, other, day)
    assert text.startswith("expected A311, A321 of CSES's Langmuir probe, found the variables ALT")
    assert "found 2019-11-01 to 2019-11-01" in refused(
        probes.cses_lap, whole, asked(LAP, D(2019, 11, 2))
    )
    nothing = {name: np.full(5, -9999) for name in ("UTC_TIME", "VERSE_TIME")}
    with pytest.raises(HollowError):
        probes.cses_lap(cses(tmp_path / "c.h5", more=nothing).read_bytes(), day)


def test_a_real_file_of_another_payload(real_data):
    path = real_data / (
        "satellite/CSES_01_HPM_5_L02_A2_096791_20191101_001933_20191101_005555_000.h5"
    )
    text = refused(probes.cses_lap, path.read_bytes(), asked(LAP, D(2019, 11, 1)))
    assert text.startswith("expected A311, A321 of CSES's Langmuir probe, found the variables A221")


def test_swarm(tmp_path):
    day = asked(ZIP, D(2016, 3, 11), observatory="A")
    cdf = swarm(tmp_path / CDF, [0.197], {"Flags_LP": [1], "Ne": [1e5]}).read_bytes()
    whole = zipped(cdf, CDF, **{"a.HDR": b"<xml/>"})
    probes.swarm_lp(whole, day)
    probes.swarm_lp(cdf, asked(CDF, D(2016, 3, 11)))
    assert refused(probes.swarm_lp, whole[:-9], day).startswith("truncated or damaged")
    assert refused(probes.swarm_lp, zipped(cdf, CDF.replace("EFIA", "EFIB")), day).startswith(
        "expected the Langmuir probe of Swarm A, found SW_OPER_EFIB_LP_1B"
    )
    mag = CDF.replace("EFIA_LP", "MAGA_LR")
    assert "found SW_OPER_MAGA_LR_1B" in refused(probes.swarm_lp, zipped(cdf, mag), day)
    assert "found 2016-03-11 to" in refused(
        probes.swarm_lp, whole, asked(ZIP, D(2016, 3, 12), observatory="A")
    )
    assert refused(probes.swarm_lp, zipped(b"nothing", CDF), day) == (
        "expected a CDF file, found 'nothing'"
    )
    other = swarm(tmp_path / "other.cdf", [0.197], {"F": [1.0]}).read_bytes()
    assert refused(probes.swarm_lp, zipped(other, CDF), day) == (
        "expected the variable Flags_LP of a Langmuir probe, found none"
    )
    assert refused(probes.swarm_lp, zipped(b"x", "a.txt"), day) == (
        "expected one CDF file in the zip archive, found a.txt"
    )


def test_a_swarm_file_that_is_compressed_as_a_whole(tmp_path):
    day = asked(CDF, D(2016, 3, 11))
    values = {name: [1.0] for name in ("Flags_LP", "Ne", "Te")}
    cdf = swarm(tmp_path / CDF, [0.197], values).read_bytes()
    probes.swarm_lp(compressed(gzip.compress(cdf[8:])), day)
    other = swarm(tmp_path / "other.cdf", [0.197], {"F": [1.0]}).read_bytes()
    assert refused(probes.swarm_lp, compressed(gzip.compress(other[8:])), day).endswith(
        "found the variables F, Timestamp"
    )
    bomb = compressed(zeros(130_000_000))
    for content in (bomb, zipped(bomb, CDF)):
        assert "more than 100,000,000 bytes come out of" in refused(probes.swarm_lp, content, day)

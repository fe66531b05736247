"""Checks of GNSS files: what must be refused before a download gets its name."""

from __future__ import annotations

import datetime as dt
import gzip

import hatanaka
import ncompress
import pytest

from laicflow import fetch_checks
from laicflow.checks import gnss
from laicflow.checks.common import Asked, HollowError, UnlikeError
from tests.unit.gnss import small_world
from tests.unit.gnss.small_world import World

D = dt.date
DAY = D(2020, 1, 1)


@pytest.fixture(scope="module")
def text() -> bytes:
    return World(hours=0.5).rinex2().encode()


def asked(check, name="a", first=DAY, **said) -> Asked:
    return Asked(name, check, first, first, **({"observatory": "TEST"} | said))


def refused(content: bytes, check, **said) -> str:
    with pytest.raises(UnlikeError) as caught:
        check(content, asked(check.__name__, **said))
    return str(caught.value)


def test_observations_plain_and_hatanaka(text):
    gnss.rinex(text, asked("rinex"))
    gnss.rinex(hatanaka.rnx2crx(text), asked("rinex"))
    gnss.rinex(text.replace(b"TEST ", b"test "), asked("rinex"))
    gnss.rinex(text, asked("rinex", observatory=""))


def test_what_are_no_observations_of_the_station_and_day(text):
    assert refused(text, gnss.rinex, observatory="AIRA") == (
        "expected station AIRA, its header says 'TEST'"
    )
    assert refused(text, gnss.rinex, first=D(2020, 1, 2)) == (
        "expected observations of 2020-01-02, its header says 2020-01-01"
    )
    assert refused(b"<xml>", gnss.rinex).startswith("expected RINEX observations, found '<xml>'")
    other = text.replace(b"OBSERVATION DATA", b"NAVIGATION DATA ")
    assert refused(other, gnss.rinex).startswith("expected RINEX observations")
    assert refused(text[:300], gnss.rinex) == "truncated: its END OF HEADER is missing"
    assert refused(text[:-5], gnss.rinex) == "truncated: its last line is not whole"
    assert "its header says None" in refused(
        text.replace(b"TIME OF FIRST OBS", b"TIME OF LAST  OBS"), gnss.rinex
    )
    header = text[: text.index(b"END OF HEADER") + 14]
    with pytest.raises(HollowError):
        gnss.rinex(header, asked("rinex"))


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".Z", ncompress.compress)])
def test_half_a_packed_file(tmp_path, text, suffix, pack):
    path = tmp_path / "file"
    body = pack(hatanaka.rnx2crx(text))
    path.write_bytes(body)
    wanted = asked("rinex", f"a.crx{suffix}")
    fetch_checks.inspect(path, "http://a", wanted)
    path.write_bytes(body[: len(body) // 2])
    with pytest.raises(fetch_checks.UnfitError, match="truncated"):
        fetch_checks.inspect(path, "http://a", wanted)
    path.write_bytes(text)
    with pytest.raises(fetch_checks.UnfitError, match="first bytes") as caught:
        fetch_checks.inspect(path, "http://a", wanted)
    assert "http" not in caught.value.why


def test_orbits():
    text = small_world.sp3().encode()
    gnss.sp3(text, asked("sp3"))
    assert refused(text, gnss.sp3, first=D(2020, 1, 2)) == (
        "expected orbits of 2020-01-02, its first line says 2020-01-01"
    )
    assert refused(text[: len(text) // 2], gnss.sp3) == "truncated: its line EOF is missing"
    assert refused(b"%=BIA", gnss.sp3) == "expected SP3 a to d, found '%=BIA'"


def test_broadcast_orbits():
    head = small_world.labelled("     2.10           N: GPS NAV DATA", "RINEX VERSION / TYPE")
    head += "\n" + small_world.labelled("", "END OF HEADER") + "\n"
    rows = [" 1 19 12 31 23 59 44.0 1", " 1 20  1  1  2  0  0.0 1", "12 20  1  1  4  0  0.0 1"]
    text = (head + "\n".join(rows) + "\n").encode()
    gnss.navigation(text, asked("navigation"))
    assert "most are of 2020-01-01" in refused(text, gnss.navigation, first=D(2020, 1, 2))
    assert refused(text[:-3], gnss.navigation) == "truncated: its last line is not whole"
    with pytest.raises(HollowError):
        gnss.navigation(head.encode(), asked("navigation"))
    third = head.replace("2.10", "3.04") + "G01 2020 01 01 00 00 00 1\nR05 2020 01 01 00 15 00 1\n"
    gnss.navigation(third.encode(), asked("navigation"))


def test_monthly_biases():
    text = small_world.dcb().encode()
    wanted = {"name": "P1P22001_ALL.DCB.Z"}
    gnss.dcb(text, asked("dcb", **wanted))
    assert refused(text, gnss.dcb, name="P1C12001.DCB.Z") == (
        "expected P1C1, as its name says, its title says P1P2"
    )
    assert refused(text, gnss.dcb, first=D(2020, 2, 1), **wanted) == (
        "expected biases of 2020-02, its title says 2020-01"
    )
    assert refused(text[:-4], gnss.dcb, **wanted) == "truncated: its last line is not whole"
    cut = text[: text.index(b"G01")]
    assert refused(cut, gnss.dcb, **wanted) == "truncated: no bias follows the line of stars"
    assert refused(b"#c", gnss.dcb, **wanted) == "expected a DCB file of CODE, found '#c'"


def test_daily_biases():
    # The first line by Bias-SINEX 1.00, section 4.1.
    text = b"%=BIA 1.00 CAS 2020:004:12345 CAS 2020:001:00000 2020:002:00000 R 00000123\n%=ENDBIA\n"
    gnss.bias_sinex(text, asked("bias_sinex"))
    assert "expected biases of 2020-01-05" in refused(text, gnss.bias_sinex, first=D(2020, 1, 5))
    # The end at midnight is no part of the span: it is the file of the day before.
    assert "expected biases of 2020-01-02" in refused(text, gnss.bias_sinex, first=D(2020, 1, 2))
    assert "2019-12-31" in refused(text, gnss.bias_sinex, first=D(2019, 12, 31))
    seconds = text.replace(b"2020:001:00000 2020:002:00000", b"2020:001:00030 2020:001:86370")
    gnss.bias_sinex(seconds, asked("bias_sinex"))
    open_end = text.replace(b"2020:002:00000", b"0000:000:00000")
    gnss.bias_sinex(open_end, asked("bias_sinex", first=D(2020, 1, 5)))
    assert refused(text[:80], gnss.bias_sinex) == "truncated: its line %=ENDBIA is missing"
    assert refused(b"%=SNX", gnss.bias_sinex) == "expected Bias-SINEX, found '%=SNX'"


REAL = [
    ("rinex", "2020-01/AIRA00JPN_R_20200020000_01D_30S_MO.crx.gz", D(2020, 1, 2), "AIRA"),
    ("rinex", "2020-01/ATRU00KAZ_R_20200030000_01D_30S_MO.crx.gz", D(2020, 1, 3), "ATRU"),
    ("rinex", "2015-05-19_ankr/ankr1390.15d.Z", D(2015, 5, 19), "ANKR"),
    ("rinex", "2001-09-04_wuhn/wuhn2470.01o", D(2001, 9, 4), "WUHN"),
    ("navigation", "2001-09-04_wuhn/brdc2470.01n", D(2001, 9, 4), ""),
    ("sp3", "2020-01/COD20865.EPH.Z", D(2020, 1, 3), ""),
    ("sp3", "2015-05-19_ankr/COD18452.EPH.Z", D(2015, 5, 19), ""),
    ("dcb", "2020-01/P1P22001_ALL.DCB.Z", D(2020, 1, 3), ""),
    ("dcb", "2015-05-19_ankr/P1C11505.DCB.Z", D(2015, 5, 19), ""),
]


@pytest.mark.parametrize(("check", "file", "day", "station"), REAL)
def test_real_files(real_data, tmp_path, check, file, day, station):
    path = real_data / "gnss" / file
    fetch_checks.inspect(path, "u", asked(check, path.name, day, observatory=station))
    with pytest.raises(fetch_checks.WrongBodyError):
        wrong = asked(check, path.name, day + dt.timedelta(days=40), observatory=station)
        fetch_checks.inspect(path, "u", wrong)
    half = tmp_path / path.name
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(fetch_checks.WrongBodyError):
        fetch_checks.inspect(half, "u", asked(check, path.name, day, observatory=station))

"""Orbits and biases: the very URLs, written out by hand.

CODE's names are those of its real files (COD20863.EPH.Z is 2020-01-01, a Wednesday, of GPS week
2086; P1P22001_ALL.DCB.Z), its long names those of the IGS's rules (week 2238 on, 2022-11-27).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
BERN = "http://ftp.aiub.unibe.ch/CODE"
IGN = "https://igs.ign.fr/pub/igs"
BKG = "https://igs.bkg.bund.de/root_ftp/IGS/BRDC"
CDDIS = "https://cddis.nasa.gov/archive/gnss/products"


def requests(source, partition, start, end):
    settings = registry.settings(source, CONFIG)
    return registry.load(settings["module"]).requests(partition, start, end, settings, {})


def urls(source, request):
    bases = registry.settings(source, CONFIG)["base"]
    return [f"{one}/{path}" for one in bases for path in (request.path, *request.alternatives)]


@pytest.mark.parametrize(
    ("source", "day", "first", "other"),
    [
        ("sp3", D(2020, 1, 1), f"{BERN}/2020/COD20863.EPH.Z", f"{CDDIS}/2086/cod20863.eph.Z"),
        (
            "sp3",
            D(2022, 11, 26),
            f"{BERN}/2022/COD22376.EPH.Z",
            f"{IGN}/products/2237/cod22376.eph.Z",
        ),
        (
            "sp3",
            D(2022, 11, 27),
            f"{BERN}/2022/COD0OPSFIN_20223310000_01D_05M_ORB.SP3.gz",
            f"{IGN}/products/2238/COD0OPSFIN_20223310000_01D_05M_ORB.SP3.gz",
        ),
        ("brdc", D(2001, 9, 4), f"{BKG}/2001/247/brdc2470.01n.Z", f"{BKG}/2001/247/brdc2470.01n"),
        (
            "brdc",
            D(2024, 5, 1),
            f"{BKG}/2024/122/BRDC00WRD_R_20241220000_01D_MN.rnx.gz",
            f"{IGN}/data/2024/122/BRDC00IGS_R_20241220000_01D_MN.rnx.gz",
        ),
        (
            "bsx",
            D(2020, 1, 1),
            f"{IGN}/products/mgex/dcb/2020/CAS0MGXRAP_20200010000_01D_01D_DCB.BSX.gz",
            f"{CDDIS}/bias/2020/CAS0MGXRAP_20200010000_01D_01D_DCB.BSX.gz",
        ),
    ],
)
def test_the_urls(source, day, first, other):
    found = requests(source, f"{day:%Y-%m}", day, day)
    one = next(request for request in found if request.day == day)
    assert urls(source, one)[0] == first and other in urls(source, one)


def test_the_days_beside_may_be_absent():
    found = requests("sp3", "2020-01", D(2020, 1, 1), D(2020, 1, 3))
    assert [(one.day, one.optional) for one in found] == [
        (D(2019, 12, 31), True),
        (D(2020, 1, 1), False),
        (D(2020, 1, 2), False),
        (D(2020, 1, 3), False),
        (D(2020, 1, 4), True),
    ]
    assert found[0].path == "2019/COD20862.EPH.Z"
    assert {one.check for one in found} == {"sp3"}
    # Biases and maps need no others.
    assert [one.day.day for one in requests("bsx", "2020-01", D(2020, 1, 1), D(2020, 1, 2))] == [
        1, 2,
    ]  # fmt: skip
    assert requests("sp3", "2020-02", D(2020, 1, 1), D(2020, 1, 3)) == []


def test_both_files_of_a_month_however_little_is_needed():
    found = requests("dcb", "2015-05", D(2015, 5, 19), D(2015, 5, 19))
    assert [urls("dcb", one)[0] for one in found] == [
        f"{BERN}/2015/P1P21505_ALL.DCB.Z",
        f"{BERN}/2015/P1C11505.DCB.Z",
    ]
    assert all(one.day is None and one.span == (D(2015, 5, 19),) * 2 for one in found)
    assert not any(one.optional for one in found)
    assert requests("dcb", "2015-06", D(2015, 5, 19), D(2015, 5, 19)) == []

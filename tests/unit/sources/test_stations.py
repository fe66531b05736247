"""Requests for daily files of GNSS stations: the very URLs, written out by hand.

Names by RINEX 2.11 (ssssdddf.yyt) and RINEX 3.04 (appendix A, SSSSMRCCC_S_YYYYDDDHHMM_01D_30S_MO);
folders as public clients ask for them. 2001-09-04 is day 247, 2020-02-29 day 060, 2024-12-31 day
366.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.errors import ConfigError
from laicflow.sources import registry, stations

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
BKG = "https://igs.bkg.bund.de/root_ftp/IGS/obs"
IGN = "https://igs.ign.fr/pub/igs/data"


def requests(partition, start, end, **options):
    settings = registry.settings("rinex", CONFIG)
    return stations.requests(partition, start, end, settings, options)


def urls(request):
    base = registry.settings("rinex", CONFIG)["base"]
    return [f"{one}/{path}" for one in base for path in (request.path, *request.alternatives)]


@pytest.mark.parametrize(
    ("code", "day", "first", "other"),
    [
        (
            "WUHN00CHN",
            D(2001, 9, 4),
            f"{BKG}/2001/247/wuhn2470.01d.Z",
            f"{IGN}/2001/247/wuhn2470.01d.Z",
        ),
        (
            "AIRA00JPN",
            D(2020, 2, 29),
            f"{BKG}/2020/060/AIRA00JPN_R_20200600000_01D_30S_MO.crx.gz",
            f"{IGN}/2020/060/aira0600.20d.Z",
        ),
        (
            "BIK000KGZ",
            D(2024, 12, 31),
            f"{BKG}/2024/366/BIK000KGZ_R_20243660000_01D_30S_MO.crx.gz",
            f"{IGN}/2024/366/BIK000KGZ_S_20243660000_01D_30S_MO.crx.gz",
        ),
        ("AIRA", D(2020, 2, 29), f"{BKG}/2020/060/aira0600.20d.Z", f"{IGN}/2020/060/aira0600.20o"),
    ],
)
def test_the_urls(code, day, first, other):
    (one,) = requests(f"{day:%Y-%m}", day, day, stations=[code])
    found = urls(one)
    assert found[0] == first and other in found
    assert len(set(found)) == len(found)
    assert one.day == day and one.observatory == code[:4] and one.check == "rinex"
    assert one.optional
    assert not any(code[4:] and "{" in path for path in found)


def test_days_of_the_partition_alone_for_each_station():
    found = requests("2020-02", D(2020, 2, 28), D(2020, 3, 5), stations=["AIRA00JPN", "bik000kgz"])
    assert [(one.observatory, one.day.day) for one in found] == [
        ("AIRA", 28), ("AIRA", 29), ("BIK0", 28), ("BIK0", 29),
    ]  # fmt: skip
    assert requests("2020-05", D(2020, 2, 28), D(2020, 3, 5), stations=["AIRA00JPN"]) == []
    assert found[0].name == "AIRA00JPN_R_20200590000_01D_30S_MO.crx.gz"


def test_a_layout_of_ones_own():
    layout = ["{SSSS}/{yyyy}{mm}{dd}.rnx", "{ssss}{ddd}0.{yy}o"]
    (one,) = requests("2020-02", D(2020, 2, 29), D(2020, 2, 29), stations=["AIRA"], layout=layout)
    assert (one.path, one.alternatives) == ("AIRA/20200229.rnx", ("aira0600.20o",))


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{ssss}/{yyyy}/{ddd}.crx.gz", "aira_2020_060.crx.gz"),
        ("{ddd}/{ssss}.crx.gz", "060_aira.crx.gz"),
        ("{yyyy}/{mm}/{SSSS}{dd}.rnx", "2020_02_AIRA29.rnx"),
        ("{yyyy}/{SSSS}{mm}{dd}.rnx", "AIRA0229.rnx"),
    ],
)
def test_no_two_files_share_a_name(template, name):
    span = D(2020, 1, 31), D(2020, 2, 29)
    found = [
        one
        for part in ("2020-01", "2020-02")
        for one in requests(part, *span, stations=["ABPO", "AIRA"], layout=[template])
    ]
    names = [one.name for one in found]
    assert len(names) == 60 and len(set(names)) == 60 and names[-1] == name


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "name one at least"),
        ({"stations": ["AIR"]}, "'AIR' is no code"),
        ({"stations": ["AIRA00JPN", "AIRA"]}, "AIRA stands there twice"),
        ({"stations": ["AIRA"], "minutes": 5}, "unknown option 'minutes'"),
        ({"stations": ["AIRA"], "layout": ["{iaga}{ssss}{ddd}.o"]}, "no such field"),
        ({"stations": ["AIRA"], "layout": ["{station}{ddd}.o"]}, "must have nine characters"),
        ({"stations": ["AIRA"], "layout": ["{ssss}{ddd}.o", "{ssss}.o"]}, "found '{ssss}.o'"),
        ({"stations": ["AIRA"], "layout": ["{yyyy}{ddd}.o"]}, "expected a station"),
        ({"stations": ["AIRA"], "layout": ["{ssss}{yyyy}{mm}.o"]}, "a day"),
        ({"stations": ["AIRA"], "layout": ["{ssss"]}, "is no template"),
    ],
)
def test_bad_options(options, told):
    with pytest.raises(ConfigError, match=told):
        requests("2020-02", D(2020, 2, 1), D(2020, 2, 2), **options)

"""Requests for daily map files: the very URLs, written out by hand.

Sources: the layout of CODE's archive, its names before and after 2022-11-27 and CDDIS's folders by
the description of the services; JPL's names by its real files; the others' by public clients and
listings of their archives (the comments in config/sources say what is uncertain). Day numbers:
2020-02-29 is day 060, 2020-12-31 day 366, 2021-12-31 day 365, 2022-11-26 day 330.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.errors import ConfigError
from laicflow.sources import daily, registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
NAMES = "cas code code_predicted code_predicted2 code_rapid esa igs jpl upc".split()
D = dt.date

BERN = "https://download.aiub.unibe.ch/CODE"
FTP = "http://ftp.aiub.unibe.ch/CODE"
CDDIS = "https://cddis.nasa.gov/archive/gnss/products/ionex"
CAS = "https://data.bdsmart.cn/pub/product/iono/ionex"
SIDESHOW = "https://sideshow.jpl.nasa.gov/pub/iono_daily/IONEX_final"
ESA = "http://navigation-office.esa.int/products/gnss-products"
UPC = "https://chapman.upc.es/tomion/rapid"

# Source, day, and URLs that must be among those asked for; the first is the first of all paths
# under the mirror named.
URLS = [
    ("code", D(1999, 1, 1), f"{FTP}/1999/CODG0010.99I.Z", f"{CDDIS}/1999/001/codg0010.99i.Z"),
    ("code", D(2020, 2, 29), f"{FTP}/2020/CODG0600.20I.Z", f"{CDDIS}/2020/060/codg0600.20i.Z"),
    ("code", D(2020, 12, 31), f"{BERN}/2020/CODG3660.20I.Z", f"{CDDIS}/2020/366/codg3660.20i.Z"),
    ("code", D(2021, 12, 31), f"{FTP}/2021/CODG3650.21I.Z", f"{CDDIS}/2021/365/codg3650.21i.Z"),
    ("code", D(2022, 11, 26), f"{FTP}/2022/CODG3300.22I.Z", f"{CDDIS}/2022/330/codg3300.22i.Z"),
    (
        "code",
        D(2022, 11, 27),
        f"{FTP}/2022/COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz",
        f"{CDDIS}/2022/331/COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz",
    ),
    (
        "code",
        D(2024, 12, 31),
        f"{BERN}/2024/COD0OPSFIN_20243660000_01D_01H_GIM.INX.gz",
        f"{CDDIS}/2024/366/COD0OPSFIN_20243660000_01D_01H_GIM.INX.gz",
    ),
    ("code_rapid", D(2022, 11, 26), f"{CDDIS}/2022/330/corg3300.22i.Z", f"{BERN}/CORG3300.22I.Z"),
    ("code_rapid", D(2020, 2, 29), f"{CAS}/2020/060/corg0600.20i.Z", f"{BERN}/CORG0600.20I"),
    (
        "code_rapid",
        D(2022, 11, 27),
        f"{BERN}/COD0OPSRAP_20223310000_01D_01H_GIM.INX.gz",
        f"{CDDIS}/2022/331/COD0OPSRAP_20223310000_01D_01H_GIM.INX.gz",
    ),
    (
        "code_rapid",
        D(2024, 2, 29),
        f"{BERN}/COD0OPSRAP_20240600000_01D_01H_GIM.INX.gz",
        f"{CAS}/2024/060/COD0OPSRAP_20240600000_01D_01H_GIM.INX.gz",
    ),
    (
        "code_predicted",
        D(2022, 11, 26),
        f"{CDDIS}/2022/330/c1pg3300.22i.Z",
        f"{BERN}/2022/C1PG3300.22I.Z",
    ),
    (
        "code_predicted",
        D(2022, 11, 27),
        f"{BERN}/IONO/P1/2022/COD0OPSPRD_20223310000_01D_01H_GIM.INX.gz",
        f"{CDDIS}/2022/331/c1pg3310.22i.Z",
    ),
    (
        "code_predicted",
        D(2026, 9, 22),
        f"{BERN}/IONO/PRD/COD0OPSP0D_20262650000_01D_01H_GIM.INX.gz",
        f"{CAS}/2026/265/COD0OPSP0D_20262650000_01D_01H_GIM.INX.gz",
    ),
    (
        "code_predicted2",
        D(2020, 12, 31),
        f"{CDDIS}/2020/366/c2pg3660.20i.Z",
        f"{BERN}/2020/C2PG3660.20I.Z",
    ),
    (
        "code_predicted2",
        D(2024, 2, 29),
        f"{BERN}/IONO/P2/2024/COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz",
        f"{CDDIS}/2024/060/c2pg0600.24i.Z",
    ),
    (
        "code_predicted2",
        D(2027, 1, 1),
        f"{BERN}/IONO/PRD/COD0OPSP1D_20270010000_01D_01H_GIM.INX.gz",
        f"{CDDIS}/2027/001/COD0OPSP1D_20270010000_01D_01H_GIM.INX.gz",
    ),
    (
        "jpl",
        D(2000, 11, 21),
        f"{CDDIS}/2000/326/jplg3260.00i.Z",
        f"{SIDESHOW}/y2000/JPLG3260.00I.gz",
    ),
    (
        "jpl",
        D(2000, 12, 31),
        f"{CDDIS}/2000/366/jplg3660.00i.Z",
        f"{SIDESHOW}/y2000/JPLG3660.00I.gz",
    ),
    (
        "jpl",
        D(2022, 11, 27),
        f"{CDDIS}/2022/331/jplg3310.22i.Z",
        f"{SIDESHOW}/y2022/JPLG3310.22I.gz",
    ),
    (
        "jpl",
        D(2024, 5, 10),
        f"{CDDIS}/2024/131/JPL0OPSFIN_20241310000_01D_02H_GIM.INX.gz",
        f"{SIDESHOW}/y2024/JPL0OPSFIN_20241310000_01D_02H_GIM.INX.gz",
        f"{SIDESHOW}/y2024/JPLG1310.24I.gz",
    ),
    ("igs", D(2020, 2, 29), f"{CDDIS}/2020/060/igsg0600.20i.Z"),
    ("igs", D(2022, 11, 26), f"{CDDIS}/2022/330/igsg3300.22i.Z"),
    (
        "igs",
        D(2022, 11, 27),
        f"{CDDIS}/2022/331/IGS0OPSFIN_20223310000_01D_02H_GIM.INX.gz",
        f"{CDDIS}/2022/331/igsg3310.22i.Z",
    ),
    ("igs", D(2023, 12, 31), f"{CAS}/2023/365/IGS0OPSFIN_20233650000_01D_02H_GIM.INX.gz"),
    # GPS week 2313 began on Sunday 2024-05-05, week 2238 on 2022-11-27.
    ("esa", D(2012, 9, 23), f"{CDDIS}/2012/267/esag2670.12i.Z", f"{ESA}/1707/esag2670.12i.Z"),
    ("esa", D(2022, 11, 26), f"{CDDIS}/2022/330/esag3300.22i.Z", f"{ESA}/2237/esag3300.22i.Z"),
    (
        "esa",
        D(2022, 11, 27),
        f"{ESA}/2238/ESA0OPSFIN_20223310000_01D_02H_GIM.INX.gz",
        f"{CDDIS}/2022/331/ESA0OPSFIN_20223310000_01D_02H_GIM.INX.gz",
    ),
    (
        "esa",
        D(2024, 5, 11),
        f"{ESA}/2313/ESA0OPSFIN_20241320000_01D_02H_GIM.INX.gz",
        f"{CAS}/2024/132/ESA0OPSFIN_20241320000_01D_02H_GIM.INX.gz",
    ),
    (
        "upc",
        D(2020, 2, 29),
        f"{UPC}/2020/060_200229.15min/uqrg0600.20i.Z",
        f"{CDDIS}/2020/060/uqrg0600.20i.Z",
    ),
    (
        "upc",
        D(2022, 12, 31),
        f"{UPC}/2022/365_221231.15min/uqrg3650.22i.Z",
        f"{CDDIS}/2022/365/UPC0OPSRAP_20223650000_01D_15M_GIM.INX.gz",
    ),
    (
        "upc",
        D(2025, 1, 1),
        f"{UPC}/2025/001_250101.15min/uqrg0010.25i.Z",
        f"{CAS}/2025/001/UPC0OPSRAP_20250010000_01D_15M_GIM.INX.gz",
    ),
    ("cas", D(1999, 1, 1), f"{CDDIS}/1999/001/casg0010.99i.Z"),
    ("cas", D(2022, 11, 26), f"{CAS}/2022/330/casg3300.22i.Z"),
    (
        "cas",
        D(2024, 12, 31),
        f"{CAS}/2024/366/CAS0OPSFIN_20243660000_01D_30M_GIM.INX.gz",
        f"{CDDIS}/2024/366/CAS0OPSFIN_20243660000_01D_30M_GIM.INX.gz",
        f"{CDDIS}/2024/366/casg3660.24i.Z",
    ),
]


def asked(name, partition, start, end):
    settings = registry.settings(name, CONFIG)
    module = registry.load(settings["module"])
    return module.requests(partition, start, end, settings, {})


@pytest.mark.parametrize("case", URLS, ids=lambda case: f"{case[0]} {case[1]}")
def test_urls(case):
    name, day, first, *others = case
    (found,) = asked(name, f"{day:%Y-%m}", day, day)
    bases = registry.settings(name, CONFIG)["base"]
    assert first in [f"{base}/{found.path}" for base in bases]
    all_urls = {f"{base}/{path}" for base in bases for path in (found.path, *found.alternatives)}
    assert set(others) <= all_urls
    assert found.day == day


@pytest.mark.parametrize("name", NAMES)
def test_mirrors_without_an_account_come_first(name):
    """And CDDIS, which wants a login, is the last mirror of every source."""
    settings = registry.settings(name, CONFIG)
    assert settings["base"][-1] == CDDIS
    assert [host for host, account in settings["accounts"].items() if account != "none"] == [
        "cddis.nasa.gov"
    ]
    assert settings["account"] == ("earthdata" if name == "igs" else "none")


def test_products_are_told_apart():
    products = {name: registry.settings(name, CONFIG)["product"] for name in NAMES}
    assert {name for name in NAMES if products[name] == "predicted"} == {
        "code_predicted",
        "code_predicted2",
    }
    assert {name for name in NAMES if products[name] == "rapid"} == {"code_rapid", "upc"}
    for name in NAMES:
        revision = registry.settings(name, CONFIG)["revision"]
        assert revision.replace(",", "").split()[0] == products[name]


def test_predictions_are_there_before_their_day():
    ahead = {name: registry.settings(name, CONFIG).get("ahead_days", 0) for name in NAMES}
    assert {name: days for name, days in ahead.items() if days} == {
        "code_predicted": 1,
        "code_predicted2": 2,
    }


def test_the_two_predictions_never_share_a_path():
    """One name stood for both: only a folder of its own tells them apart."""
    for day in (D(2020, 1, 1), D(2023, 1, 1), D(2026, 10, 1)):
        paths = [
            {one.path, *one.alternatives}
            for name in ("code_predicted", "code_predicted2")
            for one in asked(name, f"{day:%Y-%m}", day, day)
        ]
        assert not paths[0] & paths[1]


def test_a_partition_has_a_request_a_day():
    found = asked("jpl", "2000-11", D(2000, 11, 21), D(2001, 1, 14))
    assert [one.day.day for one in found] == list(range(21, 31))
    last = asked("jpl", "2001-01", D(2000, 11, 21), D(2001, 1, 14))
    assert [one.name for one in last][-1] == "jplg0140.01i.Z"
    assert len(last) == 14
    assert asked("code", "2001-03", D(2001, 1, 1), D(2001, 2, 1)) == []


def test_a_layout_that_ends_too_early_is_an_error():
    settings = {"layout": [{"until": "2001-01-01", "paths": ["{yyyy}"]}], "format": "ionex"}
    with pytest.raises(ConfigError, match="2001-01-02"):
        daily.requests("2001-01", D(2001, 1, 1), D(2001, 1, 3), settings, {})


def test_the_fields_of_a_template():
    template = "{yyyy} {yy} {mm} {dd} {ddd} {wwww}"
    settings = {"layout": [{"paths": [template]}], "format": "ionex"}
    (found,) = daily.requests("2001-01", D(2001, 1, 7), D(2001, 1, 7), settings, {})
    assert found.path == "2001 01 01 07 007 1096"  # week 1096 began on 2001-01-07
    (before,) = daily.requests("2001-01", D(2001, 1, 6), D(2001, 1, 6), settings, {})
    assert before.path.endswith("006 1095")

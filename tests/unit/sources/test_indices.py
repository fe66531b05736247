"""What is asked of the upstreams of Kp, Dst and F10.7, as whole URLs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.errors import ConfigError
from laicflow.sources import registry, single

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
PERIOD = D(2000, 11, 21), D(2001, 1, 14)
ALL = (
    *("gfz_kp", "gfz_kp_json", "gfz_kp_text", "gfz_f107"),
    *("kyoto_dst", "kyoto_dst_web", "celestrak", "penticton"),
)


def asked(source: str, partition: str, period=PERIOD) -> list:
    settings = registry.settings(source, CONFIG)
    return registry.load(settings["module"]).requests(partition, *period, settings, {})


def urls(source: str, partition: str, period=PERIOD) -> list[str]:
    """Every URL that a partition may lead to, mirror by mirror, as fetching joins them."""
    bases = registry.settings(source, CONFIG)["base"]
    return [
        f"{base}/{path}"
        for request in asked(source, partition, period)
        for base in bases
        for path in (request.path, *request.alternatives)
    ]


# The addresses, typed in from the documents of the services.
KP_ARCHIVE = "10.5880.Kp.0001"
KYOTO = "https://wdc.kugi.kyoto-u.ac.jp"
URLS = {
    "gfz_kp": [
        f"https://datapub.gfz.de/download/{KP_ARCHIVE}/Kp_definitive/Kp_def2001.wdc",
        f"https://datapub.gfz.de/download/{KP_ARCHIVE}/wdc/yearly/kp2001.wdc",
        f"https://datapub.gfz.de/download/{KP_ARCHIVE}/kp2001",
        f"https://datapub.gfz-potsdam.de/download/{KP_ARCHIVE}/Kp_definitive/Kp_def2001.wdc",
        f"https://datapub.gfz-potsdam.de/download/{KP_ARCHIVE}/wdc/yearly/kp2001.wdc",
        f"https://datapub.gfz-potsdam.de/download/{KP_ARCHIVE}/kp2001",
    ],
    "gfz_kp_json": [
        "https://kp.gfz.de/app/json/?start=2001-01-01T00:00:00Z&end=2001-12-31T23:59:59Z&index=Kp",
    ],
    "gfz_kp_text": [
        "https://kp.gfz.de/app/files/Kp_ap_Ap_SN_F107_2001.txt",
        "https://kp.gfz.de/app/files/Kp_ap_Ap_SN_F107_since_1932.txt",
        "https://www-app3.gfz-potsdam.de/kp_index/Kp_ap_Ap_SN_F107_2001.txt",
        "https://www-app3.gfz-potsdam.de/kp_index/Kp_ap_Ap_SN_F107_since_1932.txt",
    ],
    "kyoto_dst": [
        f"{KYOTO}/dst_final/200101/dst0101.for.request",
        f"{KYOTO}/dst_provisional/200101/dst0101.for.request",
        f"{KYOTO}/dst_realtime/200101/dst0101.for.request",
    ],
    "kyoto_dst_web": [
        f"{KYOTO}/dst_final/200101/index.html",
        f"{KYOTO}/dst_provisional/200101/index.html",
        f"{KYOTO}/dst_realtime/200101/index.html",
    ],
    "celestrak": ["https://celestrak.org/SpaceData/SW-All.csv"],
    "penticton": ["https://www.spaceweather.gc.ca/solar_flux_data/daily_flux_values/fluxtable.txt"],
}
URLS["gfz_f107"] = URLS["gfz_kp_text"]


@pytest.mark.parametrize("source", ALL)
def test_every_address_that_is_asked(source):
    partition = {"year": "2001", "all": "all"}[registry.settings(source, CONFIG)["partition"]]
    assert urls(source, partition) == URLS[source]


@pytest.mark.parametrize(
    ("source", "partition", "name", "check"),
    [
        # kp2001.wdc could be January 2020 (GFZ's own note on file names since 2020).
        ("gfz_kp", "2001", "Kp_def2001.wdc", "kp_wdc"),
        ("gfz_kp_json", "2001", "gfz_kp_2001.json", "kp_json"),
        # The file of all years would lie under the year that it was asked for.
        ("gfz_kp_text", "2001", "Kp_ap_Ap_SN_F107_2001.txt", "kp_text"),
        ("gfz_f107", "2001", "Kp_ap_Ap_SN_F107_2001.txt", "kp_text"),
        ("kyoto_dst", "2001", "dst0101.for.request", "dst_wdc"),
        ("kyoto_dst_web", "2001", "dst200101.html", "dst_html"),
        ("celestrak", "all", "SW-All.csv", "celestrak_sw"),
        ("penticton", "all", "fluxtable.txt", "penticton"),
    ],
)
def test_names_on_disk_and_checks(source, partition, name, check):
    (request,) = asked(source, partition)
    assert request.names() == [name]
    assert request.check == check


@pytest.mark.parametrize("source", ["gfz_kp", "gfz_kp_json", "gfz_kp_text", "kyoto_dst_web"])
def test_years_outside_of_the_period_are_not_asked_for(source):
    assert asked(source, "2002") == []
    assert asked(source, "1999") == []


@pytest.mark.parametrize("source", ["gfz_kp_json"])
def test_no_bare_date_is_ever_asked_for(source):
    """The service answers HTTP 500 to dates without a time and Z."""
    for year in ("1932", "2024"):
        (request,) = asked(source, year, (D(1932, 1, 1), D(2024, 12, 31)))
        start, end, index = request.path.removeprefix("?").split("&")
        assert (start, end) == (f"start={year}-01-01T00:00:00Z", f"end={year}-12-31T23:59:59Z")
        assert index == "index=Kp"


@pytest.mark.parametrize("source", ["kyoto_dst", "kyoto_dst_web"])
def test_a_year_of_dst_is_asked_for_month_by_month(source):
    found = asked(source, "2001", (D(2000, 11, 21), D(2001, 2, 3)))
    assert [request.path.split("/")[1] for request in found] == ["200101", "200102"]
    # A month is whole, whatever the period, and closes by its own last day.
    assert found[1].span == (D(2001, 2, 1), D(2001, 2, 28))


@pytest.mark.parametrize("source", ["kyoto_dst", "kyoto_dst_web"])
def test_the_final_folder_is_the_one_that_ends_the_asking(source):
    settings = registry.settings(source, CONFIG)
    (request,) = asked(source, "2001")
    final = settings["upgrade"]["final"]
    assert [path.startswith(final) for path in (request.path, *request.alternatives)] == [
        True,
        False,
        False,
    ]


def test_a_single_file_is_named_by_the_source_or_by_the_run():
    settings = {"path": "folder/a.csv", "format": "events_csv"}
    (request,) = single.requests("all", *PERIOD, settings, {})
    assert (request.path, request.name, request.check) == ("folder/a.csv", "a.csv", "events_csv")
    (request,) = single.requests("all", *PERIOD, settings, {"file": "b.csv"})
    assert (request.path, request.name) == ("b.csv", "b.csv")
    with pytest.raises(ConfigError, match="no file"):
        single.requests("all", *PERIOD, {"format": "events_csv"}, {})


@pytest.mark.parametrize("source", ALL)
def test_settings_of_the_indices(source):
    settings = registry.settings(source, CONFIG)
    kinds = {"gfz_k": "kp", "gfz_f": "f107", "kyoto": "dst", "celes": "f107", "penti": "f107"}
    assert settings["kind"] == kinds[source[:5]]
    assert settings["bibtex"].startswith(("@misc{laicflow_", "@article{laicflow_"))
    assert settings["bibtex"].count("{") == settings["bibtex"].count("}")
    assert settings["licence"] == {"g": "CC BY 4.0", "k": "no redistribution"}.get(
        source[0], "cite"
    )

from __future__ import annotations

import json

import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.report import data
from laicflow.studies.pham2023 import account
from laicflow.studies.results import Results


def test_sources_count_files_bytes_and_gaps(
    results: Results, receipts: list, options: dict
) -> None:
    found = data.sources(options["sources"], receipts, simulated=False)
    maps = found[0]
    assert (maps["name"], maps["files"], maps["size"]) == ("jpl", 2, "5.0 MB")
    assert maps["missing"] == ["2001-01-02: not yet"]
    assert (maps["first"], maps["last"]) == ("2000-11-21", "2001-01-14")
    catalog = found[1]
    assert catalog["size"] == "2.5 kB"
    assert "2 of 2 hold rows reformatted" in catalog["served"]
    assert [one["licence"] for one in found] == [
        "cite",
        "public domain",
        "CC BY 4.0",
        "no redistribution",
        "cite",
    ]
    assert (maps["terms"], maps["citation"]) == ("free with citation", "Author of jpl")


def test_licences_of_a_simulated_world_are_those_of_its_receipts(
    results: Results, receipts: list, options: dict
) -> None:
    stamped = [
        {**one, "licence": "simulated", "citation": "simulated by laicflow"} for one in receipts
    ]
    for one in data.sources(options["sources"], stamped, simulated=True):
        assert (one["terms"], one["citation"]) == ("simulated", "simulated by laicflow")
    with pytest.raises(LaicflowError, match="no receipt of the source jpl"):
        data.sources(options["sources"], stamped[1:], simulated=True)


@pytest.mark.parametrize(
    ("origins", "text"),
    [
        ([None, None], "from the provider"),
        (["replica: a"], "from a folder of the provider's files"),
        (
            ["replica: cut from a", "replica: b"],
            "from a folder of the provider's files; 1 of 2 cut from a longer file",
        ),
    ],
)
def test_where_files_came_from(origins: list, text: str) -> None:
    assert data.served([{"origin": origin} for origin in origins], False) == text


def test_hours_and_days_that_are_missing_are_named(results: Results) -> None:
    lines = account.maps(results)
    assert lines[0] == "660 maps of 55 days (centre: jpl), hourly values at 1 site."
    assert account.maps(results, True)[0].startswith("660 maps of 55 days (centre: simulated)")
    assert lines[1].startswith("1,319 of 1,320 hours of the period can be had from the maps;")
    assert lines[2] == "1 hour lies outside the maps: hour 00 UT of 2000-11-21."
    assert lines[3] == "1 day without a file: 2001-01-02."
    results.tensors.attrs |= {
        "missing_hours": 3,
        "missing_hours_first": '["2001-01-01 22 UT", "2001-01-01 23 UT"]',
        "hours_without_value_at_some_site": 2,
        "missing_days": "[]",
    }
    lines = account.maps(results)
    assert lines[2] == (
        "3 hours lie outside the maps: hour 22 UT of 2001-01-01, hour 23 UT of 2001-01-01 and "
        "1 more."
    )
    assert lines[3] == "In 2 further hours some site has no value in the maps."
    results.tensors.attrs |= {"missing_hours": 0, "missing_hours_first": "[]"}
    assert account.maps(results)[1] == (
        "All 1,320 hours of the period can be had from the maps; an hour without a map of its own "
        "is interpolated between two maps turned with the Sun."
    )
    assert not any("date line" in line for line in account.maps(results))
    results.tensors.attrs["torn_seam_nodes"] = 3
    assert account.maps(results)[-1] == (
        "3 values on the date line were given twice and differently, and were left out."
    )


def test_the_catalog_is_accounted_for(
    events: pd.DataFrame, results: Results, receipts: list
) -> None:
    lines = data.catalog(events, results, receipts, ["usgs"], True)
    assert lines[0].startswith(
        "5 rows of usgs read; left out: 1 (duplicate id), 2 (type explosion); 2 events left."
    )
    assert lines[1].startswith("1 event came from a compilation")
    assert lines[2].startswith("136 events of magnitude from 5 in the box, on 63 days.")
    assert len(lines) == 3


def test_rows_of_the_catalog_add_up(events: pd.DataFrame, results: Results, receipts: list) -> None:
    counts = {
        "read": {"isc_gem": 24310, "usgs": 106},
        "events": {"isc_gem": 41, "usgs": 65},
        "untyped": {"isc_gem": 41},
        "outside of the period": {"isc_gem": 24269},
        "duplicate of another source": {"usgs": 41},
    }
    events.attrs["counts"] = json.dumps(counts)
    sources = ["isc_gem", "usgs"]
    assert data.catalog(events, results, receipts, sources, True)[0] == (
        "24,416 rows of isc_gem, usgs read; left out: 24,269 (outside of the period), "
        "41 (duplicate of another source); 106 events left."
    )
    events.attrs["counts"] = json.dumps({**counts, "outside of the period": {"isc_gem": 1}})
    with pytest.raises(LaicflowError, match="the rows of the catalog do not add up"):
        data.catalog(events, results, receipts, sources, True)


def test_what_follows_the_last_map_is_known_only_from_a_catalog_that_runs_past_it(
    results: Results, receipts: list
) -> None:
    gap = results.variants["paper"]["normal"]["gap_days"]
    catalog = receipts[1]
    # The maps end on 14 January.
    catalog["end"] = f"{pd.Timestamp('2001-01-14') + pd.Timedelta(days=gap):%Y-%m-%d}"
    assert data.after(results, "paper", receipts, ["usgs"], True).startswith(
        "The catalog runs past"
    )
    assert "is not complete" in data.after(results, "paper", receipts, ["usgs"], False)
    catalog["missing"] = [{"name": "b", "day": None, "why": "not yet"}]
    assert "is not complete" in data.after(results, "paper", receipts, ["usgs"], True)
    catalog["missing"] = []
    catalog["end"] = f"{pd.Timestamp('2001-01-13') + pd.Timedelta(days=gap):%Y-%m-%d}"
    text = data.after(results, "paper", receipts, ["usgs"], True)
    assert text.startswith(f"Events after {catalog['end']} are not known")


def test_samples_without_a_partner_are_counted(results: Results) -> None:
    name = "SIP samples without a normal one to pair with"
    rows = {row[0]: row[1:] for row in data.windows(results, account.WINDOWS).rows}
    assert rows[name] == ["–", "–"]
    facts = {"site_days": 3, "sip_without_partner": 2}
    results.samples["paper"].attrs["facts"] = json.dumps(facts)
    rows = {row[0]: row[1:] for row in data.windows(results, account.WINDOWS).rows}
    assert rows[name] == ["2", "–"]


def test_shares_of_normal_time_are_given_for_each_gap(results: Results) -> None:
    made = data.shares(results)
    assert made.rows == [["1 day", "85.5 %", "85.5 %"], ["30 days", "13.6 %", "13.6 %"]]


def test_classes_are_counted_by_fold_and_part(results: Results) -> None:
    rows = data.classes(results, account.CLASSES).rows
    # Eight samples train, half of them of each class; in `clean` they are purged.
    assert rows[0] == ["paper", "1", "SIP", "4", "1", "5", "0"]
    assert rows[2] == ["clean", "1", "SIP", "0", "1", "5", "4"]


def test_activity_is_a_median_of_what_is_known(results: Results) -> None:
    rows = data.activity(results, account.CLASSES).rows
    assert rows[0] == ["paper", "SIP", "5.0", "-40.0", "–"]
    assert rows[1] == ["paper", "normal", "5.0", "-60.0", "–"]


def test_products_are_counted_by_class(results: Results) -> None:
    made = data.products(results, account.CLASSES, "maps")
    assert made.rows[0] == ["paper", "jpl 2 h", "10", "10"]


def test_variants_of_the_same_events_share_a_sentence(
    events: pd.DataFrame, results: Results, receipts: list
) -> None:
    facts = {"events": 7, "event_days": 1, "else": 2}
    results.samples["clean"].attrs["facts"] = json.dumps(facts)
    told = data.catalog(events, results, receipts, ["usgs"], True, where="near the sites")[2:]
    assert told[0].startswith("Variant paper: 136 events of magnitude from 5 near the sites, on 63")
    assert told[1].startswith(
        "Variant clean: 7 events of magnitude from 5 near the sites, on 1 day"
    )
    facts |= {"events": 136, "event_days": 63}
    results.samples["clean"].attrs["facts"] = json.dumps(facts)
    (line,) = data.catalog(events, results, receipts, ["usgs"], True)[2:]
    assert line.startswith("136 events of magnitude from 5 in the box, on 63 days.")

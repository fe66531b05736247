"""What the report says of the minutes, against attributes written down by hand."""

from __future__ import annotations

import json

import pytest

from laicflow.studies.petrescu2022 import account
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022 import ran


def test_minutes_are_told_by_observatory(results: Results) -> None:
    lines = account.minutes(results)
    assert lines[0] == (
        "DUR (intermagnet): 1,000 minutes, 2016-01-01 to 2016-02-29, 100 of them missing "
        "(10.00 %), definitive 75.0 %, provisional 25.0 %."
    )
    assert lines[1] == "DUR: no jump of the baseline found."
    assert lines[2].startswith("IZN (intermagnet): 1,000 minutes") and "none missing" in lines[2]
    assert lines[3].startswith("IZN: 7 minutes without absolute level left out")
    assert lines[4] == "IZN: 1 jump of the baseline: 2016-01-09 12:30 (41 nT)."
    assert lines[-1].startswith("A window with a gap of 3 min or more")
    assert account.minutes(results, True)[0].startswith("DUR (simulated): ")


def test_many_jumps_are_counted_and_some_named(results: Results) -> None:
    jump = {"time": "2016-01-09T12:30:00.000000", "size_nt": 41.4}
    results.tensors.attrs["jumps"] = json.dumps({"DUR": [jump] * 9, "IZN": []})
    line = account.minutes(results)[1]
    assert line.startswith("DUR: 9 jumps of the baseline:") and line.endswith(" and 3 more.")


def test_values_without_their_level_are_said(results: Results) -> None:
    results.tensors.attrs["absolute"] = json.dumps({"DUR": 0, "IZN": 1})
    assert "DUR: not all of its values have their absolute level." in account.minutes(results)


def test_why_there_are_no_samples_comes_first(results: Results) -> None:
    assert account.lacking(results) == [f"No samples under paper: {ran.LACKING}."]


def test_a_study_without_dst_says_so(results: Results) -> None:
    for table in results.samples.values():
        facts = json.loads(table.attrs["facts"]) | {"dst": "unavailable", "lacking": ""}
        table.attrs["facts"] = json.dumps(facts)
    assert account.lacking(results) == [
        "dst: unavailable. Whether a window is quiet hangs on Kp alone."
    ]


def test_filters_are_told_by_their_settling_and_their_sides(results: Results) -> None:
    assert account.windows_of(results)[0] == "paper-hour: windows of 1 hour, not filtered."
    results.variants["clean-day"]["window"]["preparation"] = "highpass-causal"
    results.variants["paper"]["window"]["preparation"] = "highpass"
    _, day, week = account.windows_of(results)
    # 0.02 cycles a minute are a period of 50 minutes.
    assert "clean-day: windows of 1 day, high-pass filtered (order 4, corner at a" in day
    assert "period of 50 min" in day and day.endswith("sees nothing of what comes after a minute.")
    assert "the minutes after the earthquake have a say in the window before it" in week


def test_what_became_of_the_earthquakes_is_counted_by_observatory(results: Results) -> None:
    made = account.windows(results)
    rows = {(row[0], row[1]): row[2:] for row in made.rows}
    assert rows["DUR", "earthquakes that belong to it"] == ["12"] * 3
    assert rows["IZN", "earthquakes that belong to it"] == ["–"] * 3
    assert rows["all", "pairs of a window before an earthquake and a quiet one"] == ["6"] * 3


def test_shares_of_quiet_windows_are_given_by_observatory(results: Results) -> None:
    made = account.shares(results)
    assert made.rows == [["DUR", "25.0 %", "25.0 %", "25.0 %"], ["IZN", "–", "–", "–"]]


def test_places_say_which_days_are_asked_for(results: Results) -> None:
    rows = account.places(results).rows
    assert rows[0] == ["DUR", "41.390", "14.280", "2016-01-01 to 2016-02-29", "minutes"]


@pytest.mark.parametrize(("role", "word"), [("intermagnet", "minute"), ("unavailable", "minute")])
def test_the_whole_account_has_all_its_parts(results: Results, role: str, word: str) -> None:
    results.settings["data"]["minutes"] = role
    spans = {"start": "2016-01-01", "end": "2016-02-29", "missing": []}
    receipts = [{"source": name, **spans} for name in ("isc", "intermagnet", "own_minutes")]
    receipts[0]["end"] = "2016-04-01"
    options = {"catalog_sources": ["isc"], "catalog_closed": True}
    made = account.account(results, ran.events(), receipts, False, options)
    assert set(made) == {
        "lacking",
        "series",
        "catalog",
        "windows",
        "classes",
        "shares",
        "products",
        "activity",
        "places",
    }
    assert made["catalog"][-1] == (
        "12 events of magnitude above 4 near the observatories, on 9 days. The catalog runs past "
        f"the last {word}, so that it is known whether an event followed."
    )

"""The audit of the alarms of a variant: what it takes from the study, and what it comes to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.audit.alarms.verdict import verdict
from laicflow.audit.context import row
from laicflow.audit.run import run_alarm_checks
from laicflow.report.targets import read
from laicflow.report.verdicts import all_verdicts
from laicflow.schema import conform
from laicflow.studies.edlstme import alarms_audited, tables
from tests.unit.studies.edlstme import anomalies_made as made

RULES = {
    "before_days": 2,
    "alarmed_share": None,
    "magnitudes": [5.0, 6.0],
    "radius_km": None,
    "placebos": 99,
    "storm": {"kp_from": 5, "dst_to": -50, "days": 1},
}
GATES = {"bootstrap": 100, "min_blocks": 5, "entropy_bits": 0.05, "max_width": 0.2}
CATALOG = {"latitude": [-10, 10], "longitude": [-10, 20], "magnitude_min": 5.0, "inclusive": True}
# As in the study as shipped.
SETTINGS = {
    "alarms": RULES,
    "catalog": CATALOG | {"depth_km": [-10, 100]},
    "data": {"tec": "own_tec"},
    "preparations": {"filtered": {"outliers": "training", "fill": "filter"}},
    "training": {"select": "last"},
    "tuning": {"trials": 5, "judge": "test"},
    "window": {
        "group": "main",
        "preparation": "filtered",
        "lag_hours": 24,
        "horizon_hours": 2,
    },
}


def events(*rows: tuple) -> pd.DataFrame:
    return made.catalog(*rows).assign(depth_km=10.0)


def audited(*rows: tuple, **changed):
    """The context of `paper` in the small record, and its results."""
    results = made.results(events=events(*rows), **(SETTINGS | changed))
    known = [row("R11", "overlap", "pass", evidence="nothing shared")]
    forecasts = conform(pd.DataFrame(known).assign(variant="paper"), "audit")
    context = alarms_audited.context(
        results.anomalies["paper"],
        results.series["paper"],
        events(*rows),
        forecasts,
        results.variants["paper"],
        variant="paper",
        names=("test",),
        gates=GATES,
        receiver_bias=["file"],
    )
    return context, results


def test_the_study_says_what_counts():
    rows = ("2020-02-12T06:00", 0, 10.2, 5.0), ("2020-02-12T06:00", 40, 10.2, 7.0)
    context, _ = audited(*rows, ("2020-02-13", 0, 10.2, 4.9))
    # Of those outside the region, or too small, none counts.
    assert len(context.events) == 1
    assert context.sites["site"].tolist() == ["AAA", "BBB"]
    case = context.cases[0]
    assert (case.method, case.magnitude, len(case.targets)) == ("residual", 5.0, 1)
    assert case.targets.site.tolist() == [1]
    assert case.record.times[case.targets.epoch[0]] == np.datetime64("2020-02-12T06:00")
    assert context.f107["f107"].tolist() == [70.0] * made.DAYS


def test_a_block_is_as_long_as_all_that_an_alarm_hangs_on():
    context, _ = audited(("2020-02-10", 0, 0, 5.5))
    # 2 days before, 5 of bounds; forecasts of 24 h, 2 h to the epoch and 2 to the last error.
    assert context.support_days("residual") == pytest.approx(2 + 5 + 28 / 24)
    assert context.support_days("iqr") == 7
    assert [case.blocks.days for case in context.cases] == [
        pytest.approx(8 + 4 / 24),
        pytest.approx(8 + 4 / 24),
        7,
        7,
    ]


@pytest.mark.parametrize(("fill", "status"), [("smoother", "fail"), ("filter", "pass")])
def test_smoothed_values_in_the_bounds_are_told(fill, status):
    settings = SETTINGS | {"preparations": {"filtered": {"outliers": "training", "fill": fill}}}
    context, _ = audited(("2020-02-10", 0, 0, 5.5), **settings)
    # The small record's bounds take filled values.
    assert context.bounds["filled"] == fill
    audit = run_alarm_checks(context)
    own = audit[(audit["id"] == "R11") & audit["name"].str.contains("iqr")]
    assert set(own["status"]) == {status}


def test_what_is_fitted_of_the_series_is_of_both_methods():
    fitted = audited()[0].fitted
    names = {method: {one["what"] for one in own} for method, own in fitted.items()}
    assert names["iqr"] == {"mean and deviation of the outliers", "the filter of gaps"}
    assert names["residual"] > names["iqr"]
    assert "the tuned options" in names["residual"]


def test_the_jump_of_the_record_is_an_alarm_for_two_days():
    # 8 TECU more on 9 February at 12 h at AAA: an alarm until two days later.
    context, _ = audited(("2020-02-10", 0, 0, 5.5))
    case = context.cases[0]
    on = case.standing.on[0]
    at = case.record.times
    inside = (at > np.datetime64("2020-02-09T12:00")) & (at <= np.datetime64("2020-02-11T12:00"))
    assert (on[inside] == 1).all()
    assert case.hits.on.tolist() == [1]


def test_without_an_earthquake_all_say_so_and_the_report_tells_both_verdicts():
    context, results = audited(("2020-02-12", 9, 19, 5.0))
    audit = run_alarm_checks(context)
    results.alarm_audit = dict.fromkeys(("paper", "clean"), audit)
    results.alarm_verdict = dict.fromkeys(("paper", "clean"), verdict(context, audit))
    said = results.alarm_verdict["paper"]
    assert said["verdict"] == "undecidable"
    assert "no earthquake of M 5 and above lies within its zone" in said["text"]
    assert "M 5.0 on 2020-02-12" in said["text"]
    table = tables.alarm_audit(results)
    target = read("config/targets.csv")["edlstme_alarm_audit"]
    assert target.faults(table, tables.units(list(table.columns))) == []
    assert len(table) == 8
    shown = tables.readable("alarm_audit", table)
    assert set(shown["verdict"]) == {"undecidable"}
    assert shown["note"].str.startswith("undecidable: no earthquake").all()
    assert shown["hit"].tolist() == [""] * 8


def test_the_report_sets_the_verdict_on_alarms_after_that_on_forecasts():
    context, results = audited(("2020-02-10", 0, 0, 5.5))
    audit = run_alarm_checks(context)
    head = {"experiment": "ed-lstme", "metric": "rmse", "split": "test", "claim": "ed_rmse"}
    for own in results.variants.values():
        own["headline"] = head
    results.settings |= {"claims": {}, "experiments": {"ed-lstme": {"label": "ED-LSTME"}}}
    results.verdict = {
        name: {"verdict": "no skill", "text": "no skill over x", "missing_gates": []}
        for name in results.variants
    }
    results.audit = {name: audit.iloc[:0] for name in results.variants}
    results.alarm_audit = dict.fromkeys(("paper", "clean"), audit)
    results.alarm_verdict = dict.fromkeys(("paper", "clean"), verdict(context, audit))
    found = all_verdicts(results, tables)
    assert [(one["variant"], one["of"]) for one in found] == [
        ("paper", "forecasts"),
        ("paper", "alarms before earthquakes"),
        ("clean", "forecasts"),
        ("clean", "alarms before earthquakes"),
    ]
    assert [one["word"] for one in found] == ["no skill", "undecidable"] * 2
    # Rows of other cases do not stand beside the verdict.
    assert len(found[1]["checks"]) == 17
    assert found[1]["claim"].startswith("earthquakes with a station in their zone of preparation")


@pytest.mark.parametrize("share", [None, 0.2])
def test_the_claim_names_the_rule(share):
    context, _ = audited(("2020-02-10", 0, 0, 5.5))
    context.rules = RULES | {"alarmed_share": share, "radius_km": 800}
    said = verdict(context, run_alarm_checks(context))["claim"]
    assert "within 800 km" in said
    assert ("one undisturbed anomalous epoch" in said) == (share is None)

"""What is said of alarms: skill where they come before, no skill or undecidable elsewhere."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from laicflow.audit.alarms.multiplicity import holm
from laicflow.audit.alarms.verdict import _said as said_of
from laicflow.audit.alarms.verdict import needed, verdict
from laicflow.audit.registry import NAMES, OF_ALARMS, REQUIRED
from laicflow.audit.run import run_alarm_checks
from laicflow.evaluation.intervals import Interval
from laicflow.files import write_json
from tests.unit.audit.alarms import worlds

DAYS = 1500
EPOCHS = 24 * DAYS
JITTER = np.random.default_rng(8).integers(0, 250, 45)
# Not evenly spaced: shifts by the spacing would find them again.
STORMS = np.arange(250, EPOCHS - 900, 900)
STORMS = STORMS + np.random.default_rng(9).integers(0, 500, len(STORMS))


def judged(before=False, at=None, days=DAYS, **changed):
    """Verdict and rows of a record with storms, and earthquakes with or without alarms before."""
    rng, epochs = np.random.default_rng(7), 24 * days
    kp = np.ones(epochs)
    anomaly = worlds.runs(rng, epochs, share=0.03)
    at = np.sort(rng.integers(200, epochs - 10, 220)) if at is None else at
    for one in STORMS[STORMS < epochs - 200]:
        kp[one : one + 12] = 6
        anomaly[one : one + 80] = 1
    for one in at if before else ():
        anomaly[one - 70 : one - 10] = 1
    table = worlds.table({"residual": anomaly, "iqr": worlds.runs(rng, epochs)}, kp=kp)
    events = changed.pop("events", worlds.quakes(worlds.times(days)[at]))
    context = worlds.context(table, events, **changed)
    audit = run_alarm_checks(context)
    return verdict(context, audit), audit


def status(audit):
    own = audit[[row["name"] == NAMES[row["id"]] for row in audit.to_dict("records")]]
    return dict(zip(own["id"], own["status"], strict=True))


def test_alarms_before_earthquakes_have_skill():
    said, audit = judged(before=True, at=260 + np.arange(45) * 780 + JITTER)
    assert said["verdict"] == "skill"
    assert said["text"].startswith("skill: all 10 required gates pass")
    assert {status(audit)[gate] for gate in REQUIRED["precursor"]} == {"pass"}
    case = said["cases"][0]
    assert case["p_shift"] == pytest.approx(1 / 1000)
    assert case["p_etas"] <= 0.002
    # The rival has seen nothing.
    assert said["cases"][1]["verdict"] != "skill"


def test_alarms_that_know_nothing_have_none():
    said, audit = judged()
    assert said["verdict"] == "no skill"
    assert status(audit)["R29"] == status(audit)["R27"] == "fail"
    assert status(audit)["R46"] == "pass"


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (worlds.quakes([]), "the catalog has none at any distance"),
        (
            worlds.quakes(worlds.times(9)[-5:], latitude=55.0),
            "1,668 km away, with a zone of 232",
        ),
    ],
)
def test_without_an_earthquake_near_it_is_undecidable_and_never_no_skill(events, words):
    said, audit = judged(days=300, events=events)
    assert said["verdict"] == "undecidable"
    assert said["text"].startswith("undecidable: no earthquake of M 5 and above lies within its")
    assert words in said["text"]
    assert "skill" not in said["text"].partition(" | ")[0]
    own = status(audit)
    assert {own[check] for check in ("R13", "R18", "R20", "R27", "R28", "R29", "R37")} == {"na"}
    # What needs no earthquake is told all the same.
    assert own["R46"] == own["R26"] == "pass"
    assert "% of all judged epochs" in audit.loc[audit["id"] == "R20", "evidence"].iloc[0]


def test_a_larger_zone_reaches_them():
    events = worlds.quakes(worlds.times(300)[[1000, 3000, 5000]], latitude=45.0)
    said, _ = judged(days=300, events=events, rules={"radius_km": 600})
    assert said["cases"][0]["judged"] == 3
    assert said["verdict"] == "undecidable"
    assert "wider than 0.2" in said["text"]
    assert "independent earthquakes would do" in said["text"]


def test_alarms_that_stand_nearly_always_cannot_be_told_from_none():
    rng, step = np.random.default_rng(17), 120
    kp, anomaly = np.ones(EPOCHS), worlds.runs(rng, EPOCHS, share=0.12)
    for one in STORMS:
        kp[one : one + 12] = 6
        anomaly[one : one + 80] = 1
    # Where any of the quiet hours of five days is anomalous, 100 earthquakes, one in 14 days.
    sums = np.concatenate([[0], np.cumsum(anomaly * (kp < 3))])
    stands = np.flatnonzero(sums[step:EPOCHS] > sums[: EPOCHS - step]) + step
    at = stands[np.searchsorted(stands, 200 + 340 * np.arange(100))]
    table = worlds.table({"residual": anomaly, "iqr": anomaly}, kp=kp)
    events = worlds.quakes(worlds.times(DAYS)[at])
    context = worlds.context(table, events, rules={"alarmed_share": None})
    audit = run_alarm_checks(context)
    said = verdict(context, audit)
    case = said["cases"][0]
    assert (case["hits"], case["judged"]) == (100, 100)
    assert 0.9 < case["alarm_share"] < 0.98
    assert status(audit)["R46"] == "pass"
    # All are hit: no more there could be.
    assert case["score"] == pytest.approx(1 - case["alarm_share"])
    assert case["score_high"] <= 1 - case["alarm_share"] + 1e-12
    assert said["verdict"] == "undecidable"
    assert "of the most that there could be, +0.0" in said["text"]


@pytest.mark.parametrize(
    ("low", "high", "tau", "word"),
    [
        # By hand: 0.2 of 1 - 0.2 is 0.16, 0.2 of 1 - 0.947 is 0.0106.
        (-0.08, 0.07, 0.2, "no skill"),
        (-0.08, 0.09, 0.2, "undecidable"),
        (-0.009, 0.066, 0.947, "undecidable"),
        (-0.005, 0.005, 0.947, "no skill"),
        (0.0, 0.0, 1.0, "undecidable"),
    ],
)
def test_no_skill_is_said_where_perfect_alarms_are_far(low, high, tau, word):
    blocks = SimpleNamespace(score=lambda *_: Interval(low, high))
    hits = SimpleNamespace(tau=tau, hits=95, number=100, score=0.0)
    case = SimpleNamespace(why="", blocks=blocks, standing=None, targets=None, hits=hits)
    own = {gate: {"status": "fail", "evidence": "x"} for gate in REQUIRED["precursor"]}
    own["R46"] = {"status": "pass", "evidence": "found"}
    context = SimpleNamespace(options={"max_width": 0.2})
    assert said_of(context, case, own, [])[0] == word


def test_how_many_earthquakes_it_takes():
    # 1.96 sqrt(0.2 * 0.8 / n) = 0.1.
    assert needed(0.2, 0.2) == 62


def test_an_alarm_that_always_stands_says_nothing():
    said, audit = judged(rules={"alarmed_share": None, "before_days": 60})
    assert status(audit)["R26"] == "fail"
    assert said["verdict"] == "undecidable"


def test_bounds_that_know_the_epoch_fail():
    bounds = worlds.BOUNDS | {"mode": "paper"}
    fitted = {"residual": [{"what": "outliers", "on": ["train", "test"]}], "iqr": None}
    _, audit = judged(days=300, bounds=bounds, fitted=fitted)
    assert status(audit)["R11"] == status(audit)["R16"] == "fail"
    told = dict(zip(audit["name"], audit["status"], strict=True))
    assert told["overlap: iqr, M 5 and above"] == "pass"
    assert told["fit scope: iqr, M 5 and above"] == "na"


def test_nothing_judged_is_undecidable():
    nothing = np.full(24 * 300, np.nan)
    table = worlds.table({"residual": nothing, "iqr": nothing})
    context = worlds.context(table, worlds.quakes(worlds.times(300)[[500]]))
    said = verdict(context, run_alarm_checks(context))
    assert said["text"].startswith("undecidable: no epoch is judged by residual bounds")


@pytest.mark.parametrize("lost", [("kp", "dst"), ("dst",)])
def test_without_a_value_of_an_index_no_anomaly_is_undisturbed(lost):
    unknown = {name: np.full(24 * 300, np.nan) for name in lost}
    table = worlds.table({"residual": np.ones(24 * 300), "iqr": np.ones(24 * 300)}, **unknown)
    context = worlds.context(table, worlds.quakes(worlds.times(300)[[500]]))
    said = verdict(context, run_alarm_checks(context))
    assert said["text"].startswith("undecidable: no epoch with known Kp and Dst")
    assert {one["verdict"] for one in said["cases"]} == {"undecidable"}


def test_every_check_gives_a_row_a_case_and_all_is_json(tmp_path):
    said, audit = judged(days=300, rules={"magnitudes": [5.0, 6.0]})
    for check in OF_ALARMS:
        assert (audit["id"] == check).sum() == (1 if check == "R33" else 4)
    assert "of this variant" in audit.loc[audit["id"] == "R33", "evidence"].iloc[0]
    write_json(said, tmp_path / "verdict.json")
    assert "NaN" not in (tmp_path / "verdict.json").read_text()
    assert len(json.loads((tmp_path / "verdict.json").read_text())["cases"]) == 4


def test_the_same_twice():
    first, second = (judged(days=300)[1] for _ in range(2))
    assert first.equals(second)


def test_holm_by_hand():
    # 0.01 * 4, 0.02 * 3, then not below what came before: 0.03 * 2, 0.04 * 1.
    assert holm(np.array([0.03, 0.01, 0.04, 0.02])).tolist() == pytest.approx(
        [0.06, 0.04, 0.06, 0.06]
    )

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.config import merge
from laicflow.studies.seqnetquake import samples as own
from laicflow.studies.seqnetquake.samples import choose
from tests.unit.studies.seqnetquake.made import START, events, tensors, until_later

NAMES = ("run", "seqnetquake", "v", "1")
MISSION = {"start": "2019-03-01", "end": "2019-04-30", "satellite": "cses", "orbit": "recorded"}


@pytest.fixture
def study(shipped: dict) -> dict:
    """A circle of 3 degrees, and the mission of two months."""
    change = {
        "missions": {"cses": MISSION | {"latitude_max": 65}},
        "labels": {"radius": "circle", "degrees": 3},
    }
    return merge(shipped, change)


@pytest.fixture
def quakes() -> pd.DataFrame:
    """Two earthquakes, one with an aftershock."""
    return until_later(events([(300, 0, 0, 6), (310, 0.5, 0.5, 5), (1200, 40, 100, 5)]))


@pytest.fixture
def indices() -> dict:
    """Kp of 1, and of 5 on the eleventh day; F10.7 of 70."""
    times = START + np.arange(0, 61 * 8) * np.timedelta64(3, "h")
    kp = np.where((times >= START + np.timedelta64(10, "D")), 5.0, 1.0)
    kp[times >= START + np.timedelta64(11, "D")] = 1.0
    days = START + np.arange(61) * np.timedelta64(1, "D")
    return {
        "kp": pd.DataFrame({"time": times, "kp": kp}),
        "f107": pd.DataFrame({"time": days, "f107": 70.0}),
        "dst": None,
    }


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Artificial events that are known: one at 20 S 60 W."""
    table = events([(600, -20, -60, 6)]).assign(event_id="artificial-000000")
    real = own.of_mission

    def of_mission(*args: object):
        found = real(*args)
        found.made = table
        return found

    monkeypatch.setattr(own, "of_mission", of_mission)
    return table


PLACES = [(0, 1), (1, 0), (0, 0), (0, 30), (-20, -61), (40, 101), (-19, -60), (0.4, 2.7)]
HOURS = [10, 245, 299, 100, 500, 1000, 700, 301]


def test_classes_events_and_times_of_the_samples(study, quakes, indices, made) -> None:
    windows = tensors([(float(a), float(b)) for a, b in PLACES], HOURS)
    order = np.argsort(HOURS)
    windows = windows.isel(window=order)
    rows, _, facts = choose(windows, quakes, indices, study, names=NAMES, latency_days=3)
    told = dict(
        zip(rows["sample_id"], zip(rows["label"], rows["event_id"], strict=True), strict=True)
    )
    # By the hour: near e0; at Kp 5; near e0; near the artificial one; near e2. That at 700 h comes
    # after its artificial event, that at 301 h belongs to the removed aftershock alone.
    assert told == {
        "CSES/2019-03-01T10:00:00.000": (1, "e0"),
        "CSES/2019-03-11T05:00:00.000": (2, "e0"),
        "CSES/2019-03-13T11:00:00.000": (1, "e0"),
        "CSES/2019-03-21T20:00:00.000": (0, "artificial-000000"),
        "CSES/2019-04-11T16:00:00.000": (1, "e2"),
    }
    first = rows.iloc[0]
    assert first["lead_days"] == pytest.approx((290 * 3600 - 20) / 86400)
    assert first["distance_km"] == pytest.approx(111.195, rel=1e-3)
    assert first["available_at"] == first["end"] + pd.Timedelta(days=3)
    assert (first["kp_max"], first["f107"], first["work_mode"]) == (1.0, 70.0, "survey")
    assert facts["of_aftershocks"] == 1 and facts["windows"] == 8
    assert (facts["non_seismic"], facts["seismic"], facts["storm"]) == (1, 3, 1)
    assert facts["earthquakes_with_window"] == 2 and facts["share_seismic"] == pytest.approx(0.6)


def test_windows_with_missing_values_may_be_refused(study, quakes, indices, made) -> None:
    windows = tensors([(0.0, 0.0), (0.0, 1.0)], [10, 20])
    windows["values"][0, 3, 1] = np.nan
    kept, _, facts = choose(windows, quakes, indices, study, names=NAMES, latency_days=0)
    assert len(kept) == 2 and facts["missing_values"] == 0
    strict = merge(study, {"window": {"missing": "refuse"}})
    kept, _, facts = choose(windows, quakes, indices, strict, names=NAMES, latency_days=0)
    assert kept["start"].tolist() == [pd.Timestamp(START) + pd.Timedelta(hours=20)]
    assert facts["missing_values"] == 1


def _many(number: int):
    """Windows at an earthquake's place, an hour apart."""
    return tensors([(0.0, 0.0)] * number, list(range(number)))


def test_the_last_fifth_of_the_time_tests_and_the_purge_keeps_events_apart(
    study, indices, made
) -> None:
    quakes = until_later(events([(24.0 * day, 0, 0, 5) for day in range(1, 61, 3)]))
    study = merge(study, {"aftershocks": {"method": "none"}})
    windows = _many(24 * 60)
    rows, splits, _ = choose(windows, quakes, indices, study, names=NAMES, latency_days=0)
    # Hours 0 to 1391 come before the last earthquake; 0.8 of the mission's 61 days is 1171.2 h.
    assert splits.groupby("split").size().to_dict() == {"test": 220, "train": 1172}
    last = rows.loc[rows["split"] == "train", "start"].max()
    assert last < rows.loc[rows["split"] == "test", "start"].min()
    strict = merge(study, {"split": {"validation": 0.3, "purge": True}})
    rows, _, _ = choose(windows, quakes, indices, strict, names=NAMES, latency_days=0)
    span = {role: own["start"].agg(["min", "max"]) for role, own in rows.groupby("split")}
    for early, late in (("train", "validation"), ("validation", "test")):
        gap = span[late]["min"] - span[early]["max"]
        assert gap >= pd.Timedelta(days=15)


def test_a_limit_draws_the_same_samples_again(study, indices, made) -> None:
    quakes = until_later(events([(400, 0, 0, 5)]))
    study = merge(study, {"samples": {"most": 50}})
    parts = [
        choose(_many(400), quakes, indices, study, names=NAMES, latency_days=0) for _ in range(2)
    ]
    assert parts[0][0]["sample_id"].tolist() == parts[1][0]["sample_id"].tolist()
    assert parts[0][0]["label"].value_counts().to_dict() == {1: 50, 2: 24}
    # 15 days are 360 windows; 24 of them at Kp 5.
    assert parts[0][2]["left_out_by_limit"] == 360 - 24 - 50


def test_shuffled_labels_are_the_same_labels_elsewhere(study, indices, made) -> None:
    quakes = until_later(events([(400, 0, 0, 5)]))
    true, *_ = choose(_many(400), quakes, indices, study, names=NAMES, latency_days=0)
    shuffled = merge(study, {"labels": {"shuffled": True}})
    dealt, *_ = choose(_many(400), quakes, indices, shuffled, names=NAMES, latency_days=0)
    assert dealt["sample_id"].tolist() == true["sample_id"].tolist()
    assert sorted(dealt["label"]) == sorted(true["label"])
    assert dealt["label"].tolist() != true["label"].tolist()
    assert set(dealt["note"]) == {"labels shuffled"}


def test_without_an_earthquake_near_any_window_the_reason_is_said(study, indices, made) -> None:
    quakes = until_later(events([(300, 60, 0, 5)]))
    rows, splits, facts = choose(_many(10), quakes, indices, study, names=NAMES, latency_days=0)
    assert rows.empty and splits.empty
    assert facts["lacking"] == "no window lies near an earthquake in the days before it"


def test_of_a_pair_on_two_sides_the_side_that_learns_goes() -> None:
    roles = ["train", "train", "validation", "validation", "test", "test", "train"]
    match = ["a", "b", "a", "c", "c", "b", None]
    ids = [f"s{k}" for k in range(7)]
    splits = pd.DataFrame({"draw": 0, "fold": 0, "sample_id": ids, "split": roles})
    made = own._whole_pairs(splits, pd.DataFrame({"sample_id": ids, "match_id": match}))
    # s0 has its partner in the validation, s1 in the test, s3 in the test.
    told = ["purged", "purged", "validation", "purged", "test", "test", "train"]
    assert made["split"].tolist() == told


def test_windows_of_the_last_days_wait_for_what_follows_the_mission(study, indices, made) -> None:
    # The mission ends after 1464 hours, the earthquake comes 100 hours later.
    hours = [1000, 1250, 1460]
    windows = tensors([(0.0, 0.0)] * 3, hours)
    quakes = events([(500, 0, 0, 5), (1564, 0, 0, 5)])
    rows, _, facts = choose(
        windows, until_later(quakes), indices, study, names=NAMES, latency_days=0
    )
    # 1564 - 360 = 1204.
    assert rows["start"].tolist() == [
        pd.Timestamp(START) + pd.Timedelta(hours=h) for h in hours[1:]
    ]
    assert set(rows["event_id"]) == {"e1"} and facts["past_catalog"] == 0
    assert (facts["events"], facts["events_beyond"]) == (1, 1)


def test_windows_that_the_catalog_does_not_reach_beyond_have_no_class(study, indices, made) -> None:
    # It ends at hour 400; fifteen days before that is hour 40.
    windows = tensors([(0.0, 0.0)] * 4, [30, 39, 41, 100])
    quakes = events([(390, 0, 0, 5), (400, -80, 0, 3)])
    rows, _, facts = choose(windows, quakes, indices, study, names=NAMES, latency_days=0)
    assert rows["start"].dt.hour.tolist() == [6, 15] and facts["past_catalog"] == 2
    whole, *_ = choose(windows, until_later(quakes), indices, study, names=NAMES, latency_days=0)
    assert len(whole) == 4


def test_windows_of_class_0_that_reach_into_a_zone_go_where_zones_are_refused(
    study, indices, made
) -> None:
    # It is artificial at 20 S, the earthquake at 10 S: circles of 6 degrees share 16 to 14 S.
    quakes = until_later(events([(700, -10, -60, 5)]))
    study = merge(study, {"labels": {"degrees": 6}})
    # With the middle and an end in both, with an end alone, with no part, with all of it.
    places = [(south, -60.0) for south in (-15.5, -16.5, -17.5, -15.0)]
    windows = tensors(places, [400, 401, 402, 403], half_deg=0.9)
    told = {}
    for zones in ("allow", "refuse"):
        own = merge(study, {"normal": {"zones": zones}})
        rows, _, facts = choose(windows, quakes, indices, own, names=NAMES, latency_days=0)
        told[zones] = rows["label"].tolist(), facts["in_zones"], facts["both"]
    assert told == {"allow": ([0, 0, 0, 1], 0, 1), "refuse": ([0, 1], 2, 1)}


def test_a_purged_split_has_no_earthquake_of_any_window_on_two_sides(study, indices, made) -> None:
    # Earthquakes every 40 hours at three places 2 degrees apart: windows lie before many at once.
    rows = [(40.0 * k + 7, 0, 2.0 * (k % 3), 5) for k in range(1, 44)]
    quakes = events(rows)
    study = merge(study, {"aftershocks": {"method": "none"}, "labels": {"days": 5}})
    strict = merge(study, {"split": {"validation": 0.2, "purge": True}})
    windows = tensors([(0.0, 2.0)] * 720, [2.0 * k for k in range(720)])
    shared = {}
    for name, rules in (("paper", study), ("clean", strict)):
        samples, *_ = choose(
            windows, until_later(quakes), indices, rules, names=NAMES, latency_days=0
        )
        parts = samples[samples["split"].isin(["train", "validation", "test"])]
        assert parts["split"].nunique() == (3 if name == "clean" else 2)
        # All are within 2 degrees: every window of the 120 hours before is one of the earthquake's.
        shared[name] = sum(
            parts.loc[
                parts["start"].between(q.time - pd.Timedelta(days=5), q.time), "split"
            ].nunique()
            > 1
            for q in quakes.itertuples()
        )
    assert shared["paper"] > 0 and shared["clean"] == 0

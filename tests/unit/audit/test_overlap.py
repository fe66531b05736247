from __future__ import annotations

import math
import time

import numpy as np
import pandas as pd
import pytest

from laicflow.audit import overlap
from laicflow.errors import LaicflowError
from laicflow.schema import conform, empty


def brute_force(test, train, radius):
    """Hour by hour and pair by pair; distances by the angle between unit vectors."""

    def vector(row):
        lat, lon = math.radians(row.latitude), math.radians(row.longitude)
        return (
            math.cos(lat) * math.cos(lon),
            math.cos(lat) * math.sin(lon),
            math.sin(lat),
        )

    def hours(row):
        return set(pd.date_range(row.support_start, row.end, freq="h", inclusive="left"))

    spans = [(row, hours(row)) for row in train.itertuples()]
    near, in_time = [], []
    for row in test.itertuples():
        own = hours(row)
        best = best_in_time = 0
        for other, seen in spans:
            share = len(own & seen) / len(own)
            dot = sum(a * b for a, b in zip(vector(row), vector(other), strict=True))
            close = math.acos(max(-1, min(1, dot))) * 6371.0088 <= radius
            best_in_time = max(best_in_time, share)
            if close or row.site == other.site:
                best = max(best, share)
        near.append(best)
        in_time.append(best_in_time)
    return near, in_time


@pytest.mark.parametrize("seed", range(3))
def test_shares_equal_those_of_brute_force(make_samples, seed):
    rng = np.random.default_rng(seed)
    n = 60
    place = rng.integers(0, 8, n)
    latitude, longitude = rng.uniform(-60, 60, 8), rng.uniform(165, 195, 8)
    samples = make_samples(
        rng.integers(0, 24 * 60, n) / 24,
        support=5,
        site=[f"p{p}" for p in place],
        latitude=latitude[place],
        longitude=(longitude[place] + 180) % 360 - 180,
    )
    samples["support_start"] -= pd.to_timedelta(rng.integers(0, 100, n), "h")
    for column in ("support_start", "end"):
        samples[column] = samples[column].dt.round("h")
    test, train = samples.iloc[:20], samples.iloc[20:]
    found = overlap.compare(test, train, 1500)
    near, in_time = brute_force(test, train, 1500)
    assert np.allclose(found.near, near)
    assert np.allclose(found.in_time, in_time)
    assert not np.allclose(near, in_time)
    # In parts the answer is the same.
    step, overlap.PAIRS_AT_ONCE = overlap.PAIRS_AT_ONCE, 100
    try:
        assert np.array_equal(overlap.compare(test, train, 1500).near, found.near)
    finally:
        overlap.PAIRS_AT_ONCE = step


def test_one_site_counts_at_any_radius_and_unknown_places_count_as_the_same(make_samples):
    samples = make_samples([0, 1], latitude=[0.0, 80.0], longitude=[0.0, 0.0])
    same = overlap.compare(samples.iloc[:1], samples.iloc[1:], 0)
    assert same.near.tolist() == [44 / 45]
    apart = samples.assign(site=["a", "b"])
    assert overlap.compare(apart.iloc[:1], apart.iloc[1:], 1000).near.tolist() == [0]
    unknown = apart.assign(latitude=np.nan)
    assert overlap.compare(unknown.iloc[:1], unknown.iloc[1:], 1000).near.tolist() == [44 / 45]


def test_supports_that_touch_share_nothing(make_samples):
    samples = make_samples([0, 45, 89])
    assert overlap.compare(samples.iloc[:1], samples.iloc[1:2], 1000).near.tolist() == [0]
    assert overlap.compare(samples.iloc[1:2], samples.iloc[2:], 1000).near.tolist() == [1 / 45]


def test_random_split_fails_and_counts_duplicates(make_samples, make_splits, make_context):
    samples = make_samples([100, 100, 101, 200], [1, 1, 0, 1])
    samples["window_id"] = ["a", "a", "b", "c"]
    samples["event_id"] = pd.array(["q1", "q1", None, "q2"], dtype="str")
    splits = make_splits(samples, ["test", "train", "train", "test"])
    row = overlap.check(make_context(samples, {"net": [np.full(4, 0.6)]}, splits=splits))[0]
    assert (row["id"], row["name"], row["status"]) == ("R11", "overlap", "fail")
    assert row["statistic"] == 1
    assert row["evidence"].startswith("test and training share data: of the 45 days behind a test")
    assert "has 50.0 % in the mean and 100 % at most; 50.0 % of the 2 test" in row["evidence"]
    assert "2 test samples (1 fold, 1 draw) share some" in row["evidence"]
    assert "Windows that training shows too: 1. Test samples of" in row["evidence"]


def test_purged_split_passes_and_tells_what_validation_shares(
    make_samples, make_splits, make_context
):
    samples = make_samples([0, 50, 100, 110], [1, 0, 1, 0])
    splits = make_splits(samples, ["train", "train", "test", "validation"])
    row = overlap.check(make_context(samples, {"net": [np.full(4, 0.6)]}, splits=splits))[0]
    assert (row["status"], row["statistic"]) == ("pass", 0)
    assert "With a validation sample, there too: 77.8 % at most." in row["evidence"]


def test_overlap_in_time_alone_passes_and_is_told(make_samples, make_splits, make_context):
    samples = make_samples([0, 5], site=["a", "b"], latitude=[0.0, 40.0])
    splits = make_splits(samples, ["train", "test"])
    row = overlap.check(make_context(samples, {}, splits=splits))[0]
    assert (row["status"], row["statistic"]) == ("pass", 0)
    assert "wherever the site: 88.9 % in the mean, 88.9 % at most, 100 %" in row["evidence"]


def test_the_worst_draw_counts(make_samples, make_splits, make_context):
    samples = make_samples([0, 100, 190, 200])
    splits = pd.concat(
        [
            make_splits(samples, ["train", "test", "unused", "unused"], draw=0),
            make_splits(samples, ["unused", "unused", "train", "test"], draw=1),
        ]
    )
    row = overlap.check(make_context(samples, {}, splits=splits))[0]
    assert row["status"] == "fail"
    assert row["statistic"] == pytest.approx(35 / 45)
    assert "50.0 % of the 2 test samples (1 fold, 2 draws, counted in each)" in row["evidence"]


@pytest.mark.parametrize(("event", "status"), [("q1", "fail"), ("q2", "pass"), (None, "pass")])
def test_an_event_on_both_sides_fails_though_no_hour_is_shared(
    make_samples, make_splits, make_context, event, status
):
    # Windows of half a minute, days apart and at places far apart.
    samples = make_samples([0, 5, 9, 9.5, 12], support=0.0003, latitude=[0.0, 20, 40, -40, 60])
    samples["event_id"] = pd.array(["q1", "q3", event, event, event], dtype="str")
    splits = make_splits(samples, ["train", "train", "test", "test", "validation"])
    row = overlap.check(make_context(samples, {}, splits=splits))[0]
    assert (row["status"], row["statistic"]) == (status, 0)
    told = "2 (of 1 event)." if status == "fail" else "0."
    assert f"Test samples of an event that training has samples of: {told}" in row["evidence"]
    validated = "0." if event is None else "2 (of 1 event)."
    assert f"Of an event of the validation: {validated}" in row["evidence"]
    begin = row["evidence"].startswith("test and training share events: of the")
    assert begin == (status == "fail")


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (1, "100 %"), (0.0001, "< 0.1 %"), (0.9999, "> 99.9 %"), (0.8333, "83.3 %")],
)
def test_only_all_is_100_percent_and_only_none_0(share, text):
    assert overlap._percent(share) == text


def test_without_training_samples_there_is_no_answer(
    make_samples, make_splits, make_context, make_notes
):
    samples = make_samples([0, 5])
    notes = make_notes([("net", "undecidable: 0 purged training samples")])
    splits = make_splits(samples, ["purged", "test"])
    for table in (splits, empty("splits")):
        row = overlap.check(make_context(samples, {}, splits=table, notes=notes))[0]
        assert (row["status"], row["evidence"]) == ("na", "0 purged training samples")
        assert math.isnan(row["statistic"])


def test_bad_input_is_refused(make_samples, make_splits, make_context):
    samples = make_samples([0, 5])
    splits = make_splits(samples, ["train", "test"])
    with pytest.raises(LaicflowError, match="'s0000' is not in the samples"):
        overlap.check(make_context(samples.iloc[1:], {}, splits=splits))
    samples.loc[0, "end"] = pd.NaT
    with pytest.raises(LaicflowError, match="no length"):
        overlap.check(make_context(samples, {}, splits=splits))


@pytest.fixture
def windows():
    """A function that gives windows of a satellite: seconds long, without a site."""

    def make(n, days, rng, seconds=30):
        end = pd.Timestamp("2018-08-01") + pd.to_timedelta(rng.uniform(0, 86400 * days, n), "s")
        table = {
            "sample_id": [f"s{k}" for k in range(n)],
            "window_id": [f"w{k}" for k in range(n)],
            "issue_time": end,
            "end": end,
            "support_start": end - pd.to_timedelta(rng.uniform(1, seconds, n), "s"),
            "latitude": rng.uniform(-65, 65, n),
            "longitude": rng.uniform(-180, 180, n),
            "label": rng.integers(0, 3, n),
        }
        return conform(pd.DataFrame(table), "samples")

    return make


def test_windows_of_satellites_are_compared_by_their_places(windows):
    """Against all pairs at once; most distances unknown beforehand, lengths of all kinds."""
    rng = np.random.default_rng(4)
    samples = windows(1500, 0.02, rng)
    longer = np.where(np.arange(1500) % 7 == 0, rng.integers(0, 900, 1500), 0)
    samples["support_start"] -= pd.to_timedelta(longer, "s")
    samples.loc[::31, "latitude"] = np.nan
    test, train = samples.iloc[:300], samples.iloc[300:]
    found = overlap.compare(test, train, 2000)
    start, end = (
        np.asarray(samples[c] - samples["support_start"].min()) / np.timedelta64(1, "h")
        for c in ("support_start", "end")
    )
    shared = np.minimum(end[:300, None], end[300:]) - np.maximum(start[:300, None], start[300:])
    share = np.clip(shared, 0, None) / (end - start)[:300, None]
    assert np.allclose(found.in_time, share.max(axis=1))
    a, b = (np.radians(t[["latitude", "longitude"]].to_numpy()) for t in (test, train))
    cosine = np.sin(a[:, :1]) * np.sin(b[:, 0]) + np.cos(a[:, :1]) * np.cos(b[:, 0]) * np.cos(
        a[:, 1:] - b[:, 1]
    )
    far = 6371.0088 * np.arccos(np.clip(cosine, -1, 1)) > 2000
    assert np.allclose(found.near, np.where(far, 0, share).max(axis=1))
    assert 0 < (found.near > 0).mean() < (found.in_time > 0).mean()
    # One pair at a time, and every distance beforehand, the answer is the same.
    for at_once in (1, 10**7):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(overlap, "PAIRS_AT_ONCE", at_once)
            again = overlap.compare(test.iloc[:40], train, 2000)
        assert np.allclose(again.near, found.near[:40])
        assert np.allclose(again.in_time, found.in_time[:40])


def test_windows_of_seconds_without_a_site_are_told_so(windows, make_splits, make_context):
    samples = windows(2, 1, np.random.default_rng(0))
    samples["end"] = samples["issue_time"] = pd.Timestamp("2019-01-01 12:00:00")
    samples["support_start"] = pd.to_datetime(["2019-01-01 11:59:40", "2019-01-01 11:59:30"])
    samples["latitude"], samples["longitude"] = [0.0, 5.0], 10.0
    splits = make_splits(samples, ["test", "train"])
    row = overlap.check(make_context(samples, {}, splits=splits))[0]
    assert (row["status"], row["statistic"]) == ("fail", 1)
    assert "of the 20 seconds behind a test sample, the training sample within 1000 km" in row["evidence"]  # fmt: skip  # noqa: E501
    assert "In time alone, wherever it is: 100 % in the mean" in row["evidence"]


def test_a_hundred_thousand_windows_take_seconds(windows):
    rng = np.random.default_rng(1)
    samples = windows(100_000, 690, rng)
    begin = time.perf_counter()
    found = overlap.compare(samples.iloc[:20_000], samples.iloc[20_000:], 1000)
    assert time.perf_counter() - begin < 10
    assert 0 < (found.near > 0).mean() < (found.in_time > 0).mean() < 0.2


def test_a_whole_study_takes_seconds(make_samples):
    rng = np.random.default_rng(0)
    n = 2356
    samples = make_samples(
        rng.integers(0, 8000, n), site=[f"p{k}" for k in range(n)], latitude=rng.uniform(-60, 60, n)
    )
    begin = time.perf_counter()
    overlap.compare(samples.iloc[:472], samples.iloc[472:], 1000)
    assert time.perf_counter() - begin < 5

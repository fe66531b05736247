"""Samples of forecasts and their splits in time, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.samples.chronology import chronological, sample_table
from laicflow.schema import SAMPLES
from laicflow.tensors.lagged import LaggedWindows, Series, Shape

START = np.datetime64("2020-03-01T00:00:00", "us")
HOUR = np.timedelta64(3_600_000_000, "us")


@pytest.fixture
def windows() -> LaggedWindows:
    """Hours 0 to 47 of two stations; windows show four and tell of two."""
    values = np.arange(48.0)[:, None] + np.array([0.0, 100.0])
    times = START + HOUR * np.arange(48)
    series = Series(times, values, ("aaaa", "bbbb"), (40.0, 41.0), (10.0, 30.0))
    return LaggedWindows(series, [], Shape(4, 2))


def test_a_row_a_window_and_station(windows: LaggedWindows):
    table = sample_table(windows, "edlstme", note="n")
    assert list(table.columns) == list(SAMPLES)
    # Issued at hours 3 to 45.
    assert len(table) == 2 * 43
    row = table.set_index("sample_id").loc["2020-03-01T15:00:00/bbbb"]
    assert row["window_id"] == "2020-03-01T15:00:00" and row["study"] == "edlstme"
    assert row["start"] == pd.Timestamp("2020-03-01 11:00") == row["support_start"]
    assert row["end"] == row["issue_time"] == row["available_at"]
    assert row["horizon"] == pytest.approx(2 / 24)
    # 30 degrees east are two hours.
    assert row["local_time"] == 17 and row["longitude"] == 30
    assert pd.isna(row["label"]) and row["fill_share"] == 0 and row["note"] == "n"
    assert sample_table(windows, "edlstme", names=[]).empty


def test_no_epoch_is_shared_between_parts(windows: LaggedWindows):
    samples = sample_table(windows, "edlstme")
    dates = {"validation_from": pd.Timestamp("2020-03-01 16:00")}
    dates["test_from"] = pd.Timestamp("2020-03-02 06:00")
    splits = chronological(samples, **dates)
    hours = (
        splits["sample_id"]
        .str[8:13]
        .str.replace("T", " ")
        .where(splits["sample_id"].str.endswith("aaaa"))
    )
    parts = {
        name: hours[splits["split"] == name].dropna().tolist() for name in set(splits["split"])
    }
    # Validation begins with what hour 16 shows, 13 to 16, so training may tell of hour 12 at most:
    # it ends with the window of 10, and purged are 11 to 15. The test shows 3 to 6 of the second
    # day: validation ends at hour 0 of it, which tells of 1 and 2, and purged are 1 to 5.
    assert parts["train"] == [f"01 {hour:02}" for hour in range(3, 11)]
    assert parts["validation"] == [f"01 {hour:02}" for hour in range(16, 24)] + ["02 00"]
    assert parts["test"] == [f"02 {hour:02}" for hour in range(6, 22)]
    assert parts["purged"] == [f"01 {hour:02}" for hour in range(11, 16)] + [
        f"02 {hour:02}" for hour in range(1, 6)
    ]
    epochs = {
        name: {
            epoch
            for hour in own
            for issue in [int(hour[:2]) * 24 - 24 + int(hour[3:])]
            for epoch in range(issue - 3, issue + 3)
        }
        for name, own in parts.items()
    }
    assert not epochs["train"] & (epochs["validation"] | epochs["test"])
    assert not epochs["validation"] & epochs["test"]


def test_without_purge_all_stay_and_the_end_is_cut(windows: LaggedWindows):
    samples = sample_table(windows, "edlstme")
    splits = chronological(
        samples,
        test_from=pd.Timestamp("2020-03-02"),
        test_until=pd.Timestamp("2020-03-02 12:00"),
        purge=False,
        draw=3,
    )
    assert splits["split"].value_counts().to_dict() == {"train": 2 * 21, "test": 2 * 12}
    assert set(splits["draw"]) == {3}


def test_dates_must_ascend(windows: LaggedWindows):
    samples = sample_table(windows, "edlstme")
    with pytest.raises(LaicflowError, match="ascend"):
        chronological(
            samples,
            validation_from=pd.Timestamp("2020-03-03"),
            test_from=pd.Timestamp("2020-03-02"),
        )

"""The hooks of this study, held against minutes counted by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.errors import ConfigError
from laicflow.readers.geomagnetic import STATES
from laicflow.schema import conform
from laicflow.studies.petrescu2022 import prospective as hooks

FIRST = pd.Timestamp("2003-03-01")
DAY, HOUR = pd.Timedelta(days=1), pd.Timedelta(hours=1)
DAYS = 30
STUDY = {
    "catalog": {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 4.0,
        "inclusive": True,
        "depth_km": [-10, 100],
    },
    "sites": {
        "mode": "points",
        "points": [{"site": "AAA", "latitude": 10.0, "longitude": 10.0}],
    },
    "labels": {"radius_km": 200, "depth_km": [-10, 30], "by_site": {}},
    "window": {"minutes": 120, "max_gap_minutes": 3, "normalise": "zmax"},
    "normal": {"gap_days": 1, "kp_below": 4, "dst_above": -30, "max_share": 0.0, "of": "quiet"},
    "samples": {
        "per_class": 50,
        "thin": False,
        "same_minute": False,
        "step_minutes": 60,
        "pair_within": "site",
    },
    "split": {"kind": "blocks", "test": 0.2, "validation": 0.0, "blocks": 5, "draws": 3},
    "prospective": {"start": "2003-03-05T01:00", "step_hours": 6, "horizon_hours": 24},
}
KP = pd.DataFrame({"time": pd.date_range(FIRST, periods=DAYS * 8, freq="3h"), "kp": 1.0})
DST = pd.DataFrame({"time": pd.date_range(FIRST, periods=DAYS * 24, freq="h"), "dst": 0.0})
F107 = pd.DataFrame({"time": pd.date_range(FIRST, periods=DAYS), "f107": 150.0})
INDICES = {"kp": KP, "dst": DST, "f107": F107}


@pytest.fixture
def tensors() -> xr.Dataset:
    minutes = DAYS * 1440
    field = np.random.default_rng(2).standard_normal((1, 3, minutes)).astype("float32") + 30_000
    dims = ("site", "time")
    return xr.Dataset(
        {
            "field": (("site", "component", "time"), field),
            "filled": (dims, np.zeros((1, minutes), dtype="int8")),
            "state": (dims, np.zeros((1, minutes), dtype="int8")),
        },
        coords={
            "site": np.array(["AAA"], dtype=object),
            "time": np.datetime64("2003-03-01", "us") + np.arange(minutes) * np.timedelta64(1, "m"),
            "latitude": ("site", [10.0]),
            "longitude": ("site", [10.0]),
        },
        attrs={
            "filter": "none",
            "preparation": "raw",
            "two_sided": 0,
            "settle_minutes": 0,
            "jumps": "{}",
            "states": json.dumps(STATES),
        },
    )


def quakes(times: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "event_id": times,
            "time": pd.to_datetime(times),
            "latitude": 10.0,
            "longitude": 10.0,
            "depth_km": 10.0,
            "magnitude": 5.0,
            "event_type": "earthquake",
        }
    )
    return conform(table, "events")


def test_the_window_that_ends_now_lies_on_the_grid_of_the_start(tensors):
    # From 01:00 on every six hours: 01, 07, 13, 19.
    part = hooks.until(tensors, pd.Timestamp("2003-03-20T18:59:59"))
    assert pd.Timestamp(part["time"].values[-1]) == pd.Timestamp("2003-03-20T18:58")
    row = hooks.ending(part, STUDY).iloc[0]
    assert row["window_id"] == "AAA/2003-03-20T13:00"
    assert row["start"] == pd.Timestamp("2003-03-20T11:00")
    # The last minute of the window is 18:59, which is over at 19:00.
    part = hooks.until(tensors, pd.Timestamp("2003-03-20T19:00"))
    assert hooks.ending(part, STUDY)["window_id"].tolist() == ["AAA/2003-03-20T19:00"]
    ids = ["AAA/2003-03-20T19:00", "AAA/2003-03-20T19:01", "AAA/2003-03-01T01:59", "B/2003-03-20"]
    assert hooks.usable(part, ids, STUDY).tolist() == [True, False, False, False]


def test_a_filter_that_looks_ahead_is_refused(tensors):
    with pytest.raises(ConfigError, match="looks ahead"):
        hooks.until(tensors.assign_attrs(two_sided=1), FIRST + DAY)


@pytest.mark.parametrize(
    ("indices", "day"),
    [
        # Known until noon of 20 March, less the day after a quiet window: 19 March.
        (INDICES, "2003-03-19"),
        # The last Kp is of 09 to 12 UT on 15 March, the last Dst of 22 to 23 UT on 12 March.
        ({**INDICES, "kp": KP[KP["time"] <= "2003-03-15T09:00"]}, "2003-03-15"),
        ({**INDICES, "dst": DST[DST["time"] <= "2003-03-12T22:00"]}, "2003-03-12"),
        (
            {**INDICES, "dst": DST.assign(dst=DST["dst"].where(DST["time"] < "2003-03-08"))},
            "2003-03-08",
        ),
        ({**INDICES, "dst": None}, "2003-03-19"),
    ],
)
def test_labels_wait_for_the_catalog_and_the_indices(tensors, indices, day):
    known = pd.Timestamp("2003-03-20T12:00")
    assert hooks.labelled_until(tensors, indices, STUDY, known) == pd.Timestamp(day)


def test_labels_wait_for_the_minutes(tensors):
    known = pd.Timestamp("2003-03-20T12:00")
    tensors["field"].loc[{"time": slice("2003-03-10T05:00", None)}] = np.nan
    assert hooks.labelled_until(tensors, INDICES, STUDY, known) == pd.Timestamp("2003-03-10")
    tensors["field"][:] = np.nan
    assert pd.isna(hooks.labelled_until(tensors, INDICES, STUDY, known))


def test_a_span_holds_its_first_minute_and_not_its_last(tensors):
    # Windows end with the last whole minute before an earthquake.
    inside = ["2003-03-08T00:00:30", "2003-03-12T11:11:11", "2003-03-19T23:59:59"]
    outside = ["2003-03-07T23:59:59", "2003-03-20T00:00:00"]
    events = quakes(sorted(inside + outside))
    since, until = pd.Timestamp("2003-03-08"), pd.Timestamp("2003-03-20")
    names = ("run", "petrescu2022", "paper", "0")
    found = hooks.labelled(tensors, events, INDICES, STUDY, since, until, names)
    positive = found[found["label"] == 1]
    assert positive["event_id"].tolist() == inside
    assert positive["end"].tolist() == [pd.Timestamp(time).floor("min") for time in inside]
    quiet = found[found["label"] == 0]
    assert len(quiet) == 3
    assert ((quiet["end"] >= since) & (quiet["end"] < until)).all()
    # Not within a day of any earthquake, those outside of the span included.
    for time in events["time"]:
        assert ((quiet["end"] <= time - DAY) | (quiet["start"] >= time + DAY)).all()
    again = hooks.labelled(tensors, events, INDICES, STUDY, since, until, names)
    pd.testing.assert_frame_equal(found, again)


def test_a_span_without_minutes_or_earthquakes_gives_no_positive(tensors):
    names = ("run", "petrescu2022", "paper", "0")
    since, until = FIRST + 3 * DAY, FIRST + 9 * DAY
    assert hooks.labelled(tensors, quakes([]), INDICES, STUDY, since, until, names).empty
    short = tensors.isel(time=slice(0, 100))
    assert hooks.labelled(short, quakes([]), INDICES, STUDY, since, until, names).empty


def test_earthquakes_of_an_observatory(tensors):
    events = quakes(["2003-03-08", "2003-03-09", "2003-03-10", "2003-03-11"])
    events["latitude"] = [10.0, 11.7, 11.9, 10.0]  # 0, 189, 211 and 0 km
    events["depth_km"] = [10.0, 10.0, 10.0, 40.0]
    found = hooks.events_of("AAA", tensors, events, STUDY)
    assert found["event_id"].tolist() == ["2003-03-08", "2003-03-09"]
    assert hooks.horizon(STUDY) == 24 * HOUR

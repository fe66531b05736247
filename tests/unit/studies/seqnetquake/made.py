"""Small samples, windows and events of the study, made by hand."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

START = np.datetime64("2019-03-01", "us")
SECOND = np.timedelta64(1_000_000, "us")
KM_A_DEGREE = 111.195


def samples(seconds: list[float], **columns: object) -> pd.DataFrame:
    """A probe table: a satellite that goes north by 0.06 degrees a second along 20 E."""
    at = np.array(seconds, dtype="float64")
    table = {
        "time": START + np.round(at * 1e6).astype("int64").astype("timedelta64[us]"),
        "latitude": (0.06 * at).astype("float32"),
        "longitude": np.full(len(at), 20.0, dtype="float32"),
        "altitude_km": np.full(len(at), 507.0, dtype="float32"),
        "local_time": np.full(len(at), 2.0, dtype="float32"),
        "satellite": "CSES",
        "orbit": 5930,
        "direction": 1,
        "night": 1,
        "ne": (1000 + 10 * at).astype("float32"),
        "te": (2000 - at).astype("float32"),
        "quality": np.int16(0),
        "work_mode": 1,
    }
    return pd.DataFrame(table | columns)


def rules(**changed: object) -> dict:
    """A preparation: windows of four samples a second apart, as they are."""
    own = {
        "side": "night",
        "steps": 4,
        "step_s": 1.0,
        "gap_s": 1.5,
        "resample": "none",
        "noisy": "keep",
    }
    return own | changed


def tensors(places: list[tuple[float, float]], hours: list[float], half_deg: float = 0.1):
    """Windows of 20 s at places (latitude, longitude) so many hours after START, northward."""
    latitude, longitude = (np.array(one, dtype="float32") for one in zip(*places, strict=True))
    start = START + np.round(np.array(hours) * 3600e6).astype("int64").astype("timedelta64[us]")
    n = len(places)
    values = np.arange(n * 20 * 2, dtype="float32").reshape(n, 20, 2)
    one = {
        "start": start,
        "end": start + 20 * SECOND,
        "latitude": latitude,
        "longitude": longitude,
        "latitude_first": latitude - np.float32(half_deg),
        "longitude_first": longitude,
        "latitude_last": latitude + np.float32(half_deg),
        "longitude_last": longitude,
        "altitude_km": np.full(n, 507, dtype="float32"),
        "local_time": np.full(n, 2, dtype="float32"),
        "fill_share": np.zeros(n, dtype="float32"),
        "satellite": np.zeros(n, dtype="int8"),
        "orbit": np.arange(n, dtype="int32"),
        "direction": np.ones(n, dtype="int8"),
        "mode": np.ones(n, dtype="int8"),
    }
    return xr.Dataset(
        {"values": (("window", "step", "feature"), values)},
        {**{k: ("window", v) for k, v in one.items()}, "feature": np.array(["ne", "te"], object)},
        {
            "satellites": json.dumps(["CSES"]),
            "counts": json.dumps({"samples": 20 * n, "runs": n, "windows": n}),
            "steps": 20,
            "step_s": 1.0,
            "side": "night",
            "orbit": "recorded",
        },
    )


def events(rows: list[tuple[float, float, float, float]]) -> pd.DataFrame:
    """Table of events: hours after START, latitude, longitude, magnitude."""
    hours, latitude, longitude, magnitude = (
        np.array(one, float) for one in zip(*rows, strict=True)
    )
    return pd.DataFrame(
        {
            "event_id": [f"e{k}" for k in range(len(rows))],
            "time": START + np.round(hours * 3600e6).astype("int64").astype("timedelta64[us]"),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": 10.0,
            "magnitude": magnitude,
            "magnitude_type": "mw",
        }
    )


def until_later(table: pd.DataFrame) -> pd.DataFrame:
    """A catalog that goes on for months, with one small earthquake that counts nowhere."""
    last = events([(10_000, -80, 0, 3)]).assign(event_id="later")
    return pd.concat([table, last], ignore_index=True)


def labels(**changed: object) -> dict:
    """Rules of the labels: a circle of 3 degrees, 15 days."""
    own = {"radius": "circle", "degrees": 3.0, "days": 15, "inside": "every", "removed": "alone"}
    return own | {"shuffled": False} | changed

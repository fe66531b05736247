"""A made month of the store of two stations, and a station without a series."""

from __future__ import annotations

import json

import numpy as np
import xarray as xr

FACTS = {
    "receiver_bias_ns": 5.0,
    "receiver_bias_way": "file",
    "receiver_bias_raised_ns": 0.0,
    "bias_days_off": 0.0,
    "receiver_biases_ns": {"G C1W-C2W": 5.0},
    "days_asked": 3,
    "days_with_values": 2,
    "values": 8,
    "missing": {"2020-01-01": "absent upstream"},
    "skipped": {},
    "left_out": {},
}


def month(
    vtec: dict[str, list[float]], absent: dict[str, str] | None = None, **facts
) -> xr.Dataset:
    """Series every half hour from 2020-01-01 on."""
    count = len(next(iter(vtec.values())))
    times = np.datetime64("2020-01-01", "ns") + np.arange(count) * np.timedelta64(30, "m")
    values = np.array(list(vtec.values()), dtype="float32").T
    told = {code: FACTS | facts.get(code, {}) for code in vtec}
    return xr.Dataset(
        {
            "vtec": (("time", "station"), values, {"units": "TECU"}),
            "spread": (("time", "station"), values * 0),
            "satellites": (("time", "station"), np.full(values.shape, 7, dtype="int16")),
        },
        {
            "time": times,
            "station": list(vtec),
            "latitude": ("station", [10.0 + n for n in range(len(vtec))]),
            "longitude": ("station", [20.0] * len(vtec)),
        },
        {
            "partition": "2020-01",
            "stations_json": json.dumps(told),
            "stations_missing_json": json.dumps(absent or {}),
        },
    )


def maps(tecu: float) -> xr.Dataset:
    """Maps of one value, every hour of two days."""
    times = np.arange("2020-01-01", "2020-01-03T01", dtype="datetime64[h]").astype("datetime64[ns]")
    lat, lon = np.arange(87.5, -90, -2.5), np.arange(-180.0, 181, 5)
    values = np.full((times.size, lat.size, lon.size), tecu)
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), values)},
        {"time": times, "latitude": lat, "longitude": lon},
    )

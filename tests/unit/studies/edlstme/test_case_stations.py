"""The series of a case over stations, from months that the test writes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from laicflow.anomalies import find
from laicflow.errors import LaicflowError
from laicflow.store import write_netcdf
from laicflow.studies.edlstme import case, case_stations
from tests.unit.studies.edlstme.test_case import DAY, HOUR, SPANS

QUARTER = np.timedelta64(15, "m")
# A degree of latitude is 111.2 km; the radius of M 6 is 10^2.58 = 380.2 km (Dobrovolsky).
EVENT = {"latitude": 10.0, "longitude": 20.0, "magnitude": 6.0}
PLACES = {"FAR0": (14.0, 20.0), "SIDE": (12.0, 20.0), "NEAR": (10.0, 20.1)}


def month(
    path: Path,
    times: np.ndarray,
    stations: tuple[str, ...],
    moved: float = 0.0,
    biases: dict[str, tuple[float, str]] | None = None,
) -> tuple[str, np.ndarray]:
    """A month whose values tell hour and station: hours since the training began, + 1000 each."""
    hours = (times - SPANS.train) / HOUR
    values = np.stack([hours + 1000 * list(PLACES).index(name) for name in stations], axis=1)
    dims = ("time", "station")
    made = xr.Dataset(
        {"vtec": (dims, values), "satellites": (dims, np.full(values.shape, 8))},
        {
            "time": times.astype("datetime64[ns]"),
            "station": list(stations),
            "latitude": ("station", [PLACES[name][0] + moved for name in stations]),
            "longitude": ("station", [PLACES[name][1] for name in stations]),
        },
    )
    if biases:
        told = {
            name: {"receiver_bias_ns": bias, "receiver_bias_way": way}
            for name, (bias, way) in biases.items()
        }
        made.attrs["stations_json"] = json.dumps(told)
    write_netcdf(made, path)
    return str(path), values


def test_full_hours_of_the_stations_within_the_radius_by_distance(tmp_path, capsys):
    first = np.arange(SPANS.train - DAY, SPANS.train + 2 * DAY, QUARTER)
    second = np.arange(SPANS.train + 3 * DAY, SPANS.end + DAY, QUARTER)
    one, _ = month(tmp_path / "a.nc", first, ("FAR0", "SIDE", "NEAR"))
    two, _ = month(tmp_path / "b.nc", second, ("NEAR", "FAR0"))
    made = case_stations.series([one, two], EVENT, SPANS)
    # FAR0 lies 4 degrees or 445 km away, SIDE 2 degrees or 222 km.
    assert made["station"].values.tolist() == ["NEAR", "SIDE"]
    assert made["time"].values[0] == SPANS.train and made["time"].values[-1] == SPANS.end - HOUR
    hours = np.arange(made.sizes["time"], dtype=float)
    day = hours // 24
    near = np.where(day == 2, np.nan, 2000 + hours)
    np.testing.assert_allclose(made["vtec"].sel(station="NEAR"), near)
    np.testing.assert_allclose(
        made["vtec"].sel(station="SIDE"), np.where(day < 2, 1000 + hours, np.nan)
    )
    assert not made["filled"].values.any()
    assert "2 stations within 380 km: NEAR (11 km), SIDE (222 km); beyond: FAR0" in (
        capsys.readouterr().out
    )


def test_a_station_whose_bias_steps_between_months_is_left_out(tmp_path, capsys):
    middle = SPANS.train + 20 * DAY
    spans = np.arange(SPANS.train, middle, HOUR), np.arange(middle, SPANS.end, HOUR)
    names = ("SIDE", "NEAR")

    def of(side, near):
        paths = []
        for number, (times, one, two) in enumerate(zip(spans, side, near, strict=True)):
            biases = {"SIDE": one, "NEAR": two}
            paths.append(month(tmp_path / f"{number}.nc", times, names, biases=biases)[0])
        return case_stations.series(paths, EVENT, SPANS)["station"].values.tolist()

    steady = (3.0, "file"), (3.6, "file")
    assert of(steady, steady) == ["NEAR", "SIDE"]
    assert of(((3.0, "file"), (4.2, "file")), steady) == ["NEAR"]
    said = capsys.readouterr().out
    assert "step between months: 3.00 ns (file), 4.20 ns (file)" in said
    assert of(steady, ((3.0, "file"), (3.0, "map"))) == ["SIDE"]
    with pytest.raises(LaicflowError, match="NEAR: its receiver's bias has a step"):
        of(((3.0, "file"), (5.0, "file")), ((3.0, "file"), (3.0, "map")))


def test_missing_hours_loosen_no_bounds():
    settings = {
        "anomalies": {"lead": "shortest", "days": 15, "sigmas": 2, "iqr": {}, "least_days": 12},
        "disturbed": {"kp_from": 3, "dst_to": -30},
    }
    observed = np.full((2, 100), 10.0)
    observed[1, 20:] = np.nan
    filled = np.zeros(observed.shape, bool)
    record = find.Record(np.arange(100), ("a", "b"), (0.0,) * 2, (0.0,) * 2, observed, filled)
    assert case.rules_of(record, settings)["least_days"] == 12
    # Of every second hour interpolated half are asked.
    filled[:, 1::2] = True
    assert case.rules_of(record, settings)["least_days"] == 6


def test_what_cannot_be_is_said(tmp_path):
    times = np.arange(SPANS.train, SPANS.end, HOUR)
    one, _ = month(tmp_path / "a.nc", times, ("FAR0", "SIDE"))
    with pytest.raises(LaicflowError, match=r"no station within 81 km .* SIDE, is 222 km away"):
        # 10^(0.43 4.44) = 81 km.
        case_stations.series([one], {**EVENT, "magnitude": 4.44}, SPANS)
    with pytest.raises(LaicflowError, match="SIDE: a time has two values"):
        case_stations.series([one, one], EVENT, SPANS)
    moved, _ = month(tmp_path / "b.nc", times, ("SIDE",), moved=0.2)
    with pytest.raises(LaicflowError, match="SIDE moved from"):
        case_stations.series([one, moved], EVENT, SPANS)
    past, _ = month(tmp_path / "c.nc", times - 400 * DAY, ("SIDE",))
    with pytest.raises(LaicflowError, match="no TEC at a full hour"):
        case_stations.series([past], EVENT, SPANS)


def test_a_gap_of_one_station_is_not_one_of_all(capsys):
    times = np.arange(SPANS.train, SPANS.end, HOUR)
    # The same value at each hour of the day: a forecast that saw a day knows it.
    wave = np.tile(10 + 5 * np.sin(2 * np.pi * np.arange(24) / 24), len(times) // 24)
    observed = np.stack([wave, wave, np.full(len(times), np.nan)])
    observed[1, 0::13] = np.nan  # no whole day is left
    record = find.Record(
        times, ("a", "b", "c"), (0.0,) * 3, (0.0,) * 3, observed, np.zeros(observed.shape, bool)
    )
    found = case.forecast_alone(record, SPANS, model="tree_forecaster")
    later = times >= SPANS.warm + DAY
    np.testing.assert_allclose(found.predicted[0, later], wave[later], atol=0.3)
    assert np.isnan(found.predicted[1:]).all()
    said = capsys.readouterr().out
    assert "no forecast for b" in said and "no forecast for c" in said
    empty = find.Record(
        times, ("c",), (0.0,), (0.0,), observed[2:], np.zeros((1, len(times)), bool)
    )
    with pytest.raises(LaicflowError, match="c: "):
        case.forecast_alone(empty, SPANS)

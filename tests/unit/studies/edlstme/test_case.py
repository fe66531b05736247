"""A case about one earthquake: sites by hand, what lies between maps, what a forecast knows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.anomalies import find
from laicflow.errors import LaicflowError
from laicflow.gnss import global_maps
from laicflow.readers import dst_wdc
from laicflow.schema import empty
from laicflow.studies.edlstme import case, figure_bounds
from tests.unit.studies.edlstme import anomalies_made as made

HOUR, DAY = np.timedelta64(1, "h"), np.timedelta64(1, "D")
EVENT = {"name": "Case", "time": "2001-01-13T17:33:32", "latitude": 13.0, "longitude": -88.7}
EVENT |= {"magnitude": 7.0}
SPANS = case.spans_of(pd.Timestamp(EVENT["time"]))
SETTINGS = {
    "anomalies": {
        **made.RULES,
        "days": 15,
        "least_days": 12,
        "iqr": {"days": 15, "k": 1.5, "least_days": 12},
    },
    "disturbed": {"kp_from": 3, "dst_to": -30},
}
NO_INDEX = {"kp": None, "dst": None, "f107": None}


def maps(days: int = 55, noise: float = 0.5) -> xr.Dataset:
    """Maps of every two hours from 1 h on: a bulge under the Sun, and noise of each map."""
    times = SPANS.train + HOUR + np.arange(12 * days) * 2 * HOUR
    latitude, longitude = np.arange(-20.0, 45.1, 5), np.arange(-180.0, 180.1, 10)
    hour = (times - times.astype("datetime64[D]")) / HOUR
    local = hour[:, None] + longitude / 15
    bulge = 30 + 20 * np.cos(2 * np.pi * (local - 14) / 24)
    field = np.repeat(bulge[:, None, :], len(latitude), axis=1)
    field += np.random.default_rng(0).normal(0, noise, len(times))[:, None, None]
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), field)},
        {"time": times, "latitude": latitude, "longitude": longitude},
    )


def test_spans_of_el_salvador():
    # 55 days of maps: 20 to train on, 15 of warm-up, 20 shown, which end with the day after.
    days = [str(one)[:10] for one in (SPANS.train, SPANS.warm, SPANS.shown, SPANS.end)]
    assert days == ["2000-11-21", "2000-12-11", "2000-12-26", "2001-01-15"]


def test_sites_half_a_radius_away():
    # 10^(0.43 x 7) = 1023.3 km; half of it is 4.601 degrees of a sphere of 6371 km.
    places = case.sites(0.0, 179.0, 7.0).set_index("site")
    assert places.loc["CENTRE"].tolist() == [0.0, 179.0]
    assert places.loc["NORTH"].tolist() == pytest.approx([4.601, 179.0], abs=1e-3)
    assert places.loc["SOUTH"].tolist() == pytest.approx([-4.601, 179.0], abs=1e-3)
    # East of 179 degrees lies the date line.
    assert places.loc["EAST"].tolist() == pytest.approx([0.0, -176.399], abs=1e-3)
    assert places.loc["WEST"].tolist() == pytest.approx([0.0, 174.399], abs=1e-3)
    # Along a great circle from 60 degrees the east point lies further south.
    assert case.sites(60.0, 0.0, 7.0).set_index("site").loc["EAST", "latitude"] < 60


def test_hours_between_maps_turn_with_the_sun_and_are_flagged():
    places = case.sites(EVENT["latitude"], EVENT["longitude"], EVENT["magnitude"])
    found = case.series(maps(noise=0.0), places, SPANS)
    assert found.sizes == {"time": 55 * 24, "station": 5}
    # A bulge that stands still under the Sun is the same an hour later at the same local time, to
    # what a straight line between meridians of ten degrees leaves of a cosine.
    hour = (np.arange(55 * 24) % 24)[:, None] + found["longitude"].values / 15
    truth = 30 + 20 * np.cos(2 * np.pi * (hour - 14) / 24)
    np.testing.assert_allclose(found["vtec"].values[1:], truth[1:], atol=0.09)
    assert np.isnan(found["vtec"].values[0]).all()
    filled = found["filled"].values[:, 0]
    assert filled[:6].tolist() == [0, 0, 1, 0, 1, 0] and found.attrs["interpolated"] == 659
    record = find.record_of(found, "clean")
    assert record.filled.mean() == pytest.approx(0.5, abs=1e-3) and record.outliers == 0


def test_a_missing_map_leaves_a_hole():
    whole = maps()
    gone = whole.isel(time=np.delete(np.arange(len(whole["time"])), [20, 21]))
    found = case.series(gone, case.sites(13.0, -88.7, 7.0), SPANS)["vtec"].values[:, 0]
    # Maps at 41 and 43 h are gone: between those of 39 and 45 h nothing is known.
    assert np.flatnonzero(np.isnan(found)).tolist() == [0, 40, 41, 42, 43, 44]


def test_maps_that_begin_too_late_are_refused():
    with pytest.raises(LaicflowError, match="expected maps an hour or more apart from 2000-11-21"):
        case.series(maps().isel(time=slice(24, None)), case.sites(13.0, -88.7, 7.0), SPANS)


@pytest.fixture(scope="module")
def record() -> find.Record:
    places = case.sites(EVENT["latitude"], EVENT["longitude"], EVENT["magnitude"])
    return find.record_of(case.series(maps(), places, SPANS), "clean")


def test_forecasts_are_issued_at_maps_after_the_training(record: find.Record):
    found = case.forecast(record, SPANS, trees=5)
    known = np.isfinite(found.predicted).all(axis=0)
    assert record.times[known][0] == SPANS.warm + 2 * HOUR and known[known.argmax() :].all()
    hour = (record.times - record.times.astype("datetime64[D]")) / HOUR
    # Maps stand at odd hours: even ones are told an hour ahead, odd ones two.
    assert set(found.lead[0, known & (hour % 2 == 0)]) == {1}
    assert set(found.lead[0, known & (hour % 2 == 1)]) == {2}


def test_no_forecast_knows_what_comes(record: find.Record):
    before = case.forecast(record, SPANS, trees=5).predicted
    later = record.times > SPANS.shown + HOUR
    changed = find.Record(
        record.times,
        record.sites,
        record.latitude,
        record.longitude,
        np.where(later, record.observed + 50, record.observed),
        record.filled,
    )
    after = case.forecast(changed, SPANS, trees=5).predicted
    # The window of the map of 1 h tells 2 h and 3 h; the next one has seen what changed.
    told = record.times <= SPANS.shown + 3 * HOUR
    np.testing.assert_array_equal(after[:, told], before[:, told])
    assert not np.array_equal(after[:, ~told], before[:, ~told])


def test_errors_of_maps_alone_are_pooled(record: find.Record):
    rules = case.rules_of(record, SETTINGS)
    # Twelve days' worth of hours, of which maps are half.
    assert rules["least_days"] == pytest.approx(6, abs=0.01)
    forecast = case.forecast(record, SPANS, trees=5)
    table = find.find(record, forecast, NO_INDEX, rules)
    own = table[(table["method"] == "residual") & (table["site"] == "CENTRE")].set_index("time")
    at = pd.Timestamp(SPANS.shown + 7 * HOUR)
    # The look-back ends with the map of 5 h, two hours before.
    number = int(np.flatnonzero(record.times == np.datetime64(at))[0]) - 2
    errors = (record.observed - forecast.predicted)[0, number - 359 : number + 1]
    errors = errors[~record.filled[0, number - 359 : number + 1]]
    half = (own.loc[at, "high"] - own.loc[at, "low"]) / 2
    assert half == pytest.approx(2 * np.nanstd(errors, ddof=1))
    between = own.loc[pd.Timestamp(SPANS.shown + 8 * HOUR)]
    assert between["filled"] and not between["usable"] and np.isfinite(between["dtec"])


def test_results_that_figures_read():
    index = {
        "kp": pd.DataFrame({"time": np.arange(SPANS.train, SPANS.end, 3 * HOUR), "kp": 1.0}),
        "dst": pd.DataFrame({"time": np.arange(SPANS.train, SPANS.end, HOUR), "dst": 0.0}),
        "f107": None,
    }
    found = case.results(
        maps(), EVENT, index, empty("events"), SETTINGS, run="test", audit=made.AUDIT
    )
    table = found.anomalies["case"]
    assert table["time"].min() == pd.Timestamp(SPANS.shown)
    whole = found.alarms["case"].query("part == 'record' and site == 'all' and method == 'iqr'")
    # Twenty days of twelve maps at five sites; what lies between them is no draw.
    assert whole["epochs"].tolist() == [20 * 12 * 5]
    drawn = figure_bounds.fig6(found)
    assert len(drawn.data) == 20 * 24 * 5 and set(drawn.data["variant"]) == {"case"}
    title = drawn.figure.get_suptitle()
    assert "if errors were Gaussian" in title and "periods have" not in title
    assert "0 km from CENTRE, radius 1,023 km" in title


def test_map_of_anomalies_by_hand():
    calm = maps(noise=0.0)
    step = calm["time"].values >= SPANS.end - DAY
    field = calm["tec"].values
    field[step, 6, 9] += 12.0
    kp = pd.DataFrame({"time": np.arange(SPANS.train, SPANS.end, 3 * HOUR), "kp": 1.0})
    dst = pd.DataFrame({"time": np.arange(SPANS.train, SPANS.end, HOUR), "dst": 0.0})
    rules = {
        "iqr": SETTINGS["anomalies"]["iqr"],
        "undisturbed": {"kp_below": 3.0, "dst_above": -30.0},
    }
    found = case.map_of_anomalies(calm, EVENT, {"kp": kp, "dst": dst}, rules, SPANS)
    # The same every day: IQR 0, bounds the value itself, but for the last day at 10 N 90 W.
    assert found.sizes["time"] == 20
    assert found.sel(latitude=10, longitude=-90).values[-1] == pytest.approx(12)
    assert np.abs(found.values[:-1]).max() < 1e-9
    # 1.5 radii of 1023 km are 13.8 degrees.
    assert found["latitude"].values.tolist() == [0, 5, 10, 15, 20, 25]
    storm = kp.assign(kp=5.0)
    masked = case.map_of_anomalies(calm, EVENT, {"kp": storm, "dst": dst}, rules, SPANS)
    assert np.isnan(masked.sel(latitude=10, longitude=-90).values[-1])
    # One map that is missing in between takes part in no mean, and leaves the others as they are.
    gap = calm["time"].values != SPANS.train + 5 * DAY
    fewer = case.map_of_anomalies(calm.isel(time=gap), EVENT, {"kp": kp, "dst": dst}, rules, SPANS)
    assert fewer.sizes["time"] == 20
    assert fewer.sel(latitude=10, longitude=-90).values[-1] == pytest.approx(12)
    # Kp alone judges where Dst has no source; without both no anomaly is known to be undisturbed.
    for index, value in (({"kp": kp, "dst": None}, 12.0), ({}, np.nan)):
        alone = case.map_of_anomalies(calm, EVENT, index, rules, SPANS)
        last = alone.sel(latitude=10, longitude=-90).values[-1]
        np.testing.assert_allclose(last, value)


def test_el_salvador_on_real_maps(real_data: Path):
    files = sorted((real_data / "ionex/jpl_2000-11-21_2001-01-14").glob("*.Z"))
    event = {
        **EVENT,
        "name": "El Salvador",
        "latitude": 13.049,
        "longitude": -88.66,
        "magnitude": 7.7,
    }
    folder = real_data / "indices/kyoto_dst_wdc"
    names = ("dst_wdc_2000.txt", "dst_wdc_200101-200404.txt")
    dst = pd.concat([dst_wdc.read(folder / name) for name in names], ignore_index=True)
    index = {**NO_INDEX, "dst": dst[["time", "dst"]]}
    settings = {
        **SETTINGS,
        "anomalies": {**SETTINGS["anomalies"], "iqr": {"days": 15, "k": 1.5, "least_days": 12}},
    }
    found = case.results(
        global_maps.read(files),
        event,
        index,
        empty("events"),
        settings,
        run="test",
        audit=made.AUDIT,
    )
    table = found.anomalies["case"]
    # The last map is that of 23 h on the day after, 29 hours after the shock.
    last = table.loc[table["observed"].notna(), "time"].max()
    assert last == pd.Timestamp("2001-01-14 23:00")
    assert (last - pd.Timestamp(event["time"])) // pd.Timedelta("1h") == 29
    rate = found.alarms["case"].query("part == 'record' and site == 'all'").set_index("method")
    assert rate["epochs"].tolist() == [1200, 1200]
    assert 0.02 < rate.loc["residual", "rate"] < 0.12 and 0.08 < rate.loc["iqr", "rate"] < 0.25

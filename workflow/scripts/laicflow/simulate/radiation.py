"""Simulated outgoing longwave radiation by day: seasons, latitudes, weather, known anomalies.

The flux of a cell is its climate of that day of the year, plus a year's own offset, plus weather:
a Gaussian field that is correlated from cell to cell (by a Gaussian of their distance) and from day
to day (autoregressive of order one), of the same standard deviation everywhere. An index of a day
against the same day of other years therefore has the known distribution of its years alone: nothing
precedes an earthquake but what `anomalies` plant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import numpy as np

from laicflow import seeds

DEFAULTS: dict = {
    # Flux at the equator and how it falls with the square of the sine of latitude, W m-2.
    "equator": 265.0,
    "fall": 75.0,
    # Half the difference between summer and winter at 45 degrees, W m-2, and the warmest day of
    # the year in the north.
    "season": 22.0,
    "warmest_day": 205,
    # Standard deviations of the years' offsets and of the weather, W m-2.
    "year_sd": 3.0,
    "weather_sd": 24.0,
    # Correlation falls to 1/e after so many days and degrees.
    "weather_days": 1.5,
    "weather_deg": 6.0,
    # Share of the cells of a day that have no value.
    "missing_share": 0.0,
    # Each {day, latitude, longitude, radius_deg, sd}: so many standard deviations of the weather
    # are added to the cells within the radius on that day.
    "anomalies": [],
}
# What leaves the Earth lies within, W m-2.
LEAST, MOST = 80.0, 350.0
YEAR = 365.25
GRAIN = 1e-3


def climate(latitude: np.ndarray, day_of_year: np.ndarray, options: dict) -> np.ndarray:
    """Mean flux (day, latitude), W m-2; degrees, days from 1 on."""
    north = np.radians(np.asarray(latitude, dtype="float64"))
    phase = 2 * np.pi * (np.asarray(day_of_year) - options["warmest_day"]) / YEAR
    swing = options["season"] * np.sin(2 * north)
    rest = options["equator"] - options["fall"] * np.sin(north) ** 2
    return rest[None, :] + np.cos(phase)[:, None] * swing[None, :]


def simulate_radiation(
    latitude: np.ndarray,
    longitude: np.ndarray,
    years: range,
    options: dict,
    seed: int,
    name: str = "",
) -> Iterator[tuple[int, np.ndarray]]:
    """Year by year the daily fluxes (day, latitude, longitude), float32 in W m-2, NaN missing.

    Parameters
    ----------
    latitude, longitude : degrees, each evenly spaced
    options : complete, as `DEFAULTS`
    seed, name : the same give the same values; weather goes on over the turn of a year
    """
    cell = [_root(axis, options["weather_deg"]) for axis in (latitude, longitude)]
    rng = seeds.generator("radiation", name, seed)
    offsets = options["year_sd"] * rng.standard_normal(len(years))
    keep = np.exp(-1.0 / options["weather_days"])
    weather = _drawn(rng, cell)
    for year, offset in zip(years, offsets, strict=True):
        days = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
        mean = climate(latitude, np.arange(1, days + 1), options)
        flux = np.repeat(mean[:, :, None], len(longitude), axis=2) + offset
        for day in range(days):
            flux[day] += options["weather_sd"] * weather
            weather = keep * weather + np.sqrt(1 - keep**2) * _drawn(rng, cell)
        _plant(flux, dt.date(year, 1, 1), latitude, longitude, options)
        flux = np.clip(flux, LEAST, MOST)
        flux[rng.random(flux.shape) < options["missing_share"]] = np.nan
        yield year, flux.astype("float32")


def _root(axis: np.ndarray, scale: float) -> np.ndarray:
    """Lower root of the correlation of places along an axis; a grain of noise keeps it definite."""
    apart = np.subtract.outer(axis, axis) / scale
    return np.linalg.cholesky((1 - GRAIN) * np.exp(-(apart**2)) + GRAIN * np.eye(len(axis)))


def _drawn(rng: np.random.Generator, cell: list[np.ndarray]) -> np.ndarray:
    """A field (latitude, longitude) of variance one."""
    return cell[0] @ rng.standard_normal((len(cell[0]), len(cell[1]))) @ cell[1].T


def _plant(
    flux: np.ndarray, first: dt.date, latitude: np.ndarray, longitude: np.ndarray, options: dict
) -> None:
    """Add the anomalies of a year, in place."""
    for one in options["anomalies"]:
        day = (dt.date.fromisoformat(one["day"]) - first).days
        if not 0 <= day < len(flux):
            continue
        north = np.asarray(latitude)[:, None] - one["latitude"]
        east = (np.asarray(longitude)[None, :] - one["longitude"] + 180.0) % 360.0 - 180.0
        near = np.hypot(north, east * np.cos(np.radians(one["latitude"]))) <= one["radius_deg"]
        flux[day] += np.where(near, one["sd"] * options["weather_sd"], 0.0)

"""Simulated earthquakes: a temporal and spatial ETAS process with known parents.

Ogata (1988, J. Am. Stat. Assoc. 83, 9): rate = mu + sum over earlier events of
K exp(alpha (M - M_min)) (t - t_i + c)^-p. It is drawn as what it is, a branching process: the
background first, then each event's own aftershocks (Utsu's productivity, Omori's law in time),
generation by generation. Magnitudes are independent of everything (truncated Gutenberg-Richter),
and nothing here knows of the ionosphere.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError

KM_PER_DEGREE = 111.195
# Published magnitudes have one decimal.
MAGNITUDE_BIN = 0.1


def branching_ratio(options: dict) -> float:
    """Mean number of direct aftershocks of an event.

    K times the mean of exp(alpha (M - M_min)) over the magnitudes times the integral of
    (t + c)^-p from 0 to `aftershock_days`.
    """
    alpha, beta = options["alpha"], options["b"] * np.log(10)
    low, high = _magnitude_limits(options)
    # Integral of beta exp((alpha - beta) x) over the truncated exponential's range.
    rate, width = beta - alpha, high - low
    growth = width if rate == 0 else -np.expm1(-rate * width) / rate
    mean = beta * growth / -np.expm1(-beta * width)
    mean *= np.exp(alpha * (low - options["magnitude_min"]))
    return float(options["K"] * mean * _omori_integral(options))


def simulate_earthquakes(start: dt.date, end: dt.date, options: dict, seed: int) -> pd.DataFrame:
    """Events from `start` 00:00 until the end of the day `end`, in order of time.

    Parameters
    ----------
    start, end : first and last day
    options : the `catalog` part of the options of a world

    Returns
    -------
    Table `number` (from 1), `time`, `latitude`, `longitude`, `depth_km`, `magnitude` (one
    decimal), `parent` (number of the mother event, 0 for background and for children of events
    before `start`), `generation` (0 = background).

    Raises
    ------
    ConfigError : the branching ratio is 1 or more, so that the process would not end
    """
    ratio = branching_ratio(options)
    if not ratio < 1:
        raise ConfigError(f"catalog: the branching ratio is {ratio:.2f}, it must lie below 1")
    random = seeds.generator("world", seed, "earthquakes")
    days = (end - start).days + 1
    events = _background(-float(options["burn_in_days"]), float(days), options, random)
    generations, rows = [events], 0
    while len(events):
        mothers = events
        events = aftershocks(mothers, rows, float(days), options, random)
        generations.append(events)
        rows += len(mothers)
    table = pd.concat(generations, ignore_index=True)
    return _finish(table, start)


def _background(
    first: float, last: float, options: dict, random: np.random.Generator
) -> pd.DataFrame:
    """Independent events: Poisson in time, some along the trench, some anywhere in the box."""
    count = random.poisson(options["mu"] * (last - first))
    south, north = options["latitude"]
    west, east = options["longitude"]
    latitude = random.uniform(south, north, count)
    longitude = random.uniform(west, east, count)
    depth = np.clip(random.gamma(1.5, 20.0, count), 5, 300)
    along = random.random(count) < options["trench_share"]
    trench = np.asarray(options["trench"], float)
    at = np.interp(latitude, trench[:, 0], trench[:, 1])
    # Landward of the trench the slab goes down, about 20 km for every 60 km.
    landward = np.abs(random.normal(0, options["trench_width_km"], count))
    scale = KM_PER_DEGREE * np.cos(np.radians(latitude))
    longitude = np.where(along, at - landward / scale, longitude)
    slab = 10 + landward / 3 + random.normal(0, 5, count)
    return pd.DataFrame(
        {
            "day": random.uniform(first, last, count),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": np.where(along, np.maximum(slab, 5), depth),
            "magnitude": _magnitudes(count, options, random),
            "parent": np.full(count, -1),
            "generation": np.zeros(count, int),
        }
    )


def aftershocks(
    mothers: pd.DataFrame,
    offset: int,
    last: float,
    options: dict,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Children of `mothers`, whose rows start at `offset` of the whole table."""
    size = np.exp(options["alpha"] * (mothers["magnitude"] - options["magnitude_min"]))
    mean = (options["K"] * _omori_integral(options) * size).to_numpy()
    index = np.repeat(np.arange(len(mothers)), random.poisson(mean))
    chosen = mothers.iloc[index].reset_index(drop=True)
    count = len(chosen)
    delay = _omori_delays(random.random(count), options)
    # Ogata (1998, Ann. Inst. Stat. Math. 50, 379): distances fall as a power law whose scale
    # grows with the mother's size.
    scale = options["distance_km"] * 10 ** (0.4 * (chosen["magnitude"].to_numpy() - 5.0))
    power = 1.0 / (options["q"] - 1.0)
    distance = scale * np.sqrt((1 - random.random(count)) ** -power - 1)
    distance = np.minimum(distance, 300.0)
    azimuth = random.uniform(0, 2 * np.pi, count)
    latitude = chosen["latitude"] + distance * np.cos(azimuth) / KM_PER_DEGREE
    latitude = latitude.clip(-89, 89)
    width = KM_PER_DEGREE * np.cos(np.radians(chosen["latitude"]))
    children = pd.DataFrame(
        {
            "day": chosen["day"] + delay,
            "latitude": latitude,
            "longitude": chosen["longitude"] + distance * np.sin(azimuth) / width,
            "depth_km": np.maximum(chosen["depth_km"] + random.normal(0, 5, count), 2),
            "magnitude": _magnitudes(count, options, random),
            "parent": offset + index,
            "generation": chosen["generation"] + 1,
        }
    )
    return children[children["day"] < last].reset_index(drop=True)


def _finish(table: pd.DataFrame, start: dt.date) -> pd.DataFrame:
    """Order by time, number what lies after the start, and round as a catalog does."""
    table = table.reset_index(names="row").sort_values("day", kind="stable")
    table = table[table["day"] >= 0].reset_index(drop=True)
    table.insert(0, "number", np.arange(1, len(table) + 1))
    number_of = pd.Series(table["number"].to_numpy(), index=table["row"].to_numpy())
    parent = number_of.reindex(table["parent"]).fillna(0).astype(int).to_numpy()
    milliseconds = np.round(table["day"].to_numpy() * 86_400_000).astype("timedelta64[ms]")
    time = (np.datetime64(start.isoformat(), "ms") + milliseconds).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "number": table["number"],
            "time": time,
            "latitude": table["latitude"].round(4),
            "longitude": ((table["longitude"] + 180) % 360 - 180).round(4),
            "depth_km": table["depth_km"].round(2),
            "magnitude": table["magnitude"].round(1),
            "parent": parent,
            "generation": table["generation"].astype(int),
        }
    )


def _magnitude_limits(options: dict) -> tuple[float, float]:
    """Ends of the continuous distribution, half a bin outside the published magnitudes.

    So that every published bin, the first one too, is whole.
    """
    half = MAGNITUDE_BIN / 2
    return options["magnitude_min"] - half, options["magnitude_max"] + half


def _magnitudes(count: int, options: dict, random: np.random.Generator) -> np.ndarray:
    """Truncated Gutenberg-Richter magnitudes by the inverse of their distribution."""
    low, high = _magnitude_limits(options)
    beta = options["b"] * np.log(10)
    share = random.random(count) * -np.expm1(-beta * (high - low))
    # Kept a hair inside, or rounding could publish a magnitude below the least one.
    return np.clip(low - np.log1p(-share) / beta, low + 1e-9, high - 1e-9)


def _omori_integral(options: dict) -> float:
    """Integral of (t + c)^-p from 0 to `aftershock_days`."""
    c, p, last = options["c"], options["p"], options["aftershock_days"]
    if p == 1:
        return float(np.log((last + c) / c))
    return float((c ** (1 - p) - (last + c) ** (1 - p)) / (p - 1))


def _omori_delays(share: np.ndarray, options: dict) -> np.ndarray:
    """Delays (days) at which the given shares of an event's aftershocks have come."""
    c, p, last = options["c"], options["p"], options["aftershock_days"]
    if p == 1:
        return c * ((last + c) / c) ** share - c
    early, late = c ** (1 - p), (last + c) ** (1 - p)
    return (early - share * (early - late)) ** (1 / (1 - p)) - c

"""Simulated catalogs of a region, all at once: they cluster and know no alarm.

ETAS (Ogata 1988, J. Am. Stat. Assoc. 83, 9), the process of `simulate.earthquakes`: background at
the places of the catalog itself, scattered (smoothed seismicity), as many as make the catalog's own
rate with their aftershocks. Two things are not those of the catalog: parameters are not fitted but
those of the simulated world, and magnitudes are drawn from the catalog after the branching, so that
the largest have no more aftershocks than others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.simulate.earthquakes import KM_PER_DEGREE, aftershocks, branching_ratio

# Those of the simulated world (`simulate.world.DEFAULTS`).
OPTIONS = {
    "p": 1.2,
    "c": 0.01,
    "K": 0.0176,
    "alpha": 1.5,
    "aftershock_days": 1000.0,
    "magnitude_max": 8.5,
    "b": 1.0,
    "distance_km": 8.0,
    "q": 1.8,
}
# How far a background event may lie from where one was (standard deviation north and east).
SCATTER_KM = 25.0
# Days before the first that settle the process; later aftershocks of what was before are few.
BURN_IN_DAYS = 100.0


def catalogs(
    events: pd.DataFrame,
    span: tuple[np.datetime64, np.datetime64],
    magnitude_min: float,
    number: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Earthquakes of many catalogs: `catalog` (from 0), `time`, `latitude`, `longitude`,
    `magnitude`.

    Parameters
    ----------
    events : the catalog of the region, `magnitude_min` and above
    span : begin and end of what is simulated
    """
    day = np.timedelta64(1, "D")
    at = events["time"].to_numpy().astype("datetime64[us]")
    days = float((span[1] - span[0]) / day)
    options = {**OPTIONS, "magnitude_min": magnitude_min}
    during = max(1, int(((at >= span[0]) & (at <= span[1])).sum()))
    rate = during / days * (1 - branching_ratio(options))
    count = rng.poisson(rate * (days + BURN_IN_DAYS), number)
    table = _background(events, np.repeat(np.arange(number), count), days, rng)
    parts, offset = [], 0
    while len(table):
        parts.append(table)
        own = aftershocks(table, offset, days, options, rng)
        own["catalog"] = table["catalog"].to_numpy()[own["parent"].to_numpy() - offset]
        offset += len(table)
        table = own
    names = ["catalog", "day", "latitude", "longitude", "magnitude"]
    made = pd.concat([part[names] for part in parts], ignore_index=True) if parts else table[names]
    # Those that the branching drew are of another distribution; which had many aftershocks is lost.
    made["magnitude"] = rng.choice(events["magnitude"].to_numpy(), len(made))
    made = made[made["day"] >= 0].reset_index(drop=True)
    since = np.round(made.pop("day").to_numpy() * 86400e6).astype("timedelta64[us]")
    made["time"] = span[0].astype("datetime64[us]") + since
    return made


def _background(
    events: pd.DataFrame, catalog: np.ndarray, days: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Independent events, at scattered places of the catalog."""
    count = len(catalog)
    chosen = rng.integers(0, len(events), count)
    north, east = rng.normal(0, SCATTER_KM / KM_PER_DEGREE, (2, count))
    latitude = np.clip(events["latitude"].to_numpy()[chosen] + north, -89, 89)
    longitude = events["longitude"].to_numpy()[chosen] + east / np.cos(np.radians(latitude))
    return pd.DataFrame(
        {
            "catalog": catalog,
            "day": rng.uniform(-BURN_IN_DAYS, days, count),
            "latitude": latitude,
            "longitude": longitude,
            "depth_km": np.full(count, 10.0),
            "magnitude": rng.choice(events["magnitude"].to_numpy(), count),
            "generation": np.zeros(count, int),
        }
    )

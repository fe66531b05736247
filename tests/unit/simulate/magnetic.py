"""A simulated observatory for tests: indices that say little, parts that can be silent."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from laicflow.simulate.geomagnetic import simulate_minutes

ESK = {"iaga": "ESK", "latitude": 55.3, "longitude": 356.8, "elevation_m": 245}
DAY = 1440
SILENT = {
    "sq": {"amplitude_nt": 0.0},
    "roughness": {"amplitude_nt": 0.0},
    "instrument_nt": 0.0,
    "scalar_nt": 0.0,
    "gaps": {"per_day": 0.0},
    "spikes": {"per_day": 0.0},
}
WAVE = {"amplitude_nt": 0.5, "magnitude_min": 5.0}


def indices(first="2002-12-25", days=400, dst=0.0, kp=1.0, f107=100.0) -> dict:
    """Constant indices, or those given as arrays."""
    start = pd.Timestamp(first)

    def table(name, step, count, values):
        time = pd.date_range(start, periods=count, freq=step, unit="us")
        return pd.DataFrame({"time": time, name: np.broadcast_to(values, count).astype(float)})

    return {
        "dst": table("dst", "h", 24 * days, dst),
        "kp": table("kp", "3h", 8 * days, kp),
        "f107": table("f107", "D", days, f107),
    }


def quakes(*rows) -> pd.DataFrame:
    """Events of (time, latitude, longitude, magnitude)."""
    names = ["time", "latitude", "longitude", "magnitude"]
    return pd.DataFrame(list(rows), columns=names).astype({"time": "datetime64[us]"})


def simulate(first="2003-03-20", days=1, options=None, events=None, seed=1, place=ESK, **tables):
    start = dt.date.fromisoformat(first)
    return simulate_minutes(
        place,
        start,
        start + dt.timedelta(days=days - 1),
        events=quakes() if events is None else events,
        options=options,
        seed=seed,
        **(indices() | tables),
    )

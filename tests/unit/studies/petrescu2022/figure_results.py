"""Small results of the study, for the tests of its figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.config import with_variants
from laicflow.schema import conform
from laicflow.studies.results import Results

FIRST = np.datetime64("2003-05-01", "us")
MINUTE = np.timedelta64(1, "m")
SIZE = 6000
FILTER = {"corner": 0.02, "order": 4}
SETTINGS = {
    "window": {"minutes": 4320, "preparation": "raw", "max_gap_minutes": 3, "normalise": "zmax"},
    "preparations": {
        "raw": {"filter": "none"},
        "high": {"filter": "highpass", "unit": "cycles_per_minute", "passes": "causal", **FILTER},
        "low": {"filter": "lowpass", "unit": "nyquist", "passes": "zero-phase", **FILTER},
    },
    "models": {"pretrained": "none", "softmax": "last", "layers": 3},
    "headline": {"experiment": "net"},
    "experiments": {
        "net": {"model": "vgg_magnetic", "label": "Adam"},
        "deep": {"model": "vgg_magnetic", "label": "Deep", "options": {"layers": 4}},
    },
    "variants": {
        "hour": {"window": {"minutes": 60}},
        "long": {},
        "high": {"window": {"minutes": 60, "preparation": "high"}},
        "low": {"window": {"minutes": 60, "preparation": "low"}},
    },
}


def tensors(filtered: str = "none") -> xr.Dataset:
    """Site B of two has values: minute m has m + 1000 component."""
    field = np.full((2, 3, SIZE), np.nan, dtype="float32")
    field[1] = np.arange(SIZE) + np.array([[0.0], [10_000.0], [20_000.0]])
    coords = {
        "site": ["AAA", "BBB"],
        "component": ["X", "Y", "Z"],
        "time": FIRST + np.arange(SIZE) * MINUTE,
    }
    data = {"field": (("site", "component", "time"), field)}
    return xr.Dataset(data, coords, {"filter": filtered, "jumps": "{}"})


def samples(ends: list[int], magnitudes: list[float], minutes: int) -> pd.DataFrame:
    """Windows of B that end before the given minutes; NaN: a quiet one."""
    end = pd.DatetimeIndex(FIRST + np.array(ends) * MINUTE)
    rows = {
        "sample_id": [f"s{at}" for at in ends],
        "site": "BBB",
        "end": end,
        "start": end - pd.Timedelta(minutes=minutes),
        "label": [int(not np.isnan(size)) for size in magnitudes],
        "magnitude": magnitudes,
        # The earthquake comes 30 s behind the end.
        "lead_days": 30 / 86400,
        "distance_km": 123.4,
        "kp_max": 5.333,
    }
    return conform(pd.DataFrame(rows), "samples")


def results() -> Results:
    """Variants of which `long` has the longest windows."""
    own = Results("run", "petrescu2022", SETTINGS, with_variants(SETTINGS), tensors=tensors())
    own.samples = {
        "hour": samples([5900, 100], [6.0, 7.0], 60),
        "long": samples([4320, 5000, 5500], [5.0, 6.4, np.nan], 4320),
        "high": samples([5900], [6.0], 60),
        "low": samples([5900], [6.0], 60),
    }
    return own

"""Kp, Dst and F10.7 about the earthquake."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.plots.strips import Strip, draw_indices
from laicflow.studies.edlstme import anomalies_shown as shown
from laicflow.studies.results import Results

NAMES = ("kp", "dst", "f107")
COLUMNS = ["index", "unit", "time", "value", "disturbed"]
INDEX_UNITS = {"kp": "1", "dst": "nT", "f107": "sfu"}


def fig11(results: Results) -> Drawn:
    """Indices of the Sun and the geomagnetic field; needs series, anomalies, quakes."""
    first = next(iter(results.variants))
    days = shown.days_of(results, first, "heat")
    there = {name: strip for name in NAMES for strip in shown.index_strips(results, first, (name,))}
    absent = [name for name in NAMES if name not in there]
    missing = f"without a source in this run: {', '.join(absent)}" if absent else ""
    if not there:
        return Drawn(_nothing(missing), _data({}, days), {})
    figure = draw_indices(list(there.values()), days.span, days.events)
    shown.entitle(figure, days.said, missing)
    return Drawn(figure, _data(there, days), {})


def _data(there: dict[str, Strip], days: shown.Days) -> pd.DataFrame:
    """A row a value that stands within the days."""
    parts = []
    for name, strip in there.items():
        begin, end = (np.datetime64(one, "us") for one in days.span)
        near = (strip.times + strip.lasts > begin) & (strip.times < end)
        made = {"time": strip.times[near], "value": strip.values[near]}
        made["disturbed"] = strip.disturbed[near]
        parts.append(pd.DataFrame(made).assign(index=name, unit=INDEX_UNITS[name]))
    if not parts:
        none = [{"index": "none", "unit": "", "time": pd.NaT, "value": np.nan, "disturbed": False}]
        parts = [pd.DataFrame(none).astype({"time": "datetime64[us]"})]
    return pd.concat(parts, ignore_index=True)[COLUMNS]


def _nothing(why: str) -> Figure:
    """A figure that says why nothing is shown."""
    figure = Figure(figsize=(style.PAGE, 1.2))
    figure.text(0.02, 0.5, f"No index is shown, {why}", va="center")
    return figure

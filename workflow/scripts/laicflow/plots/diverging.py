"""Colours of values above and below zero, and of cells without one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.colors import Normalize

from laicflow.plots import style

# ColorBrewer's RdBu (Brewer 2003), which eyes without red or green tell apart as well.
COLOURS = "RdBu_r"
MASKED = {"facecolor": "#D9D9D9", "edgecolor": style.DARK_GREY, "hatch": "//////"}
MISSING = {"facecolor": style.ABSENT, "edgecolor": "#A8A8A8", "hatch": "xxxx"}


def centred(values: Iterable[np.ndarray], limit: float | None = None) -> Normalize:
    """A scale from -limit to limit; without one the largest distance from zero of all values."""
    if limit is None:
        known = [np.abs(one[np.isfinite(one)]) for one in map(np.asarray, values)]
        limit = max((float(one.max(initial=0.0)) for one in known), default=0.0)
    return Normalize(-(limit or 1.0), limit or 1.0)


def beyond(values: Iterable[np.ndarray], scale: Normalize) -> str:
    """Which ends of a colour bar are open, since values lie beyond them: `extend` of a bar."""
    low = any(np.nanmin(one, initial=np.inf) < scale.vmin for one in values)
    high = any(np.nanmax(one, initial=-np.inf) > scale.vmax for one in values)
    return {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[int(low), int(high)]

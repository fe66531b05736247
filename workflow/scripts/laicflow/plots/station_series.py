"""Series of TEC over stations beside those of maps, a panel a station."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from laicflow.plots import style
from laicflow.plots.drawing import Drawn

UNITS = {"vtec": "TECU", "map": "TECU", "satellites": "1"}
# Inches: a panel, and what stands above and below all of them.
PANEL, AROUND = 1.25, 0.75
# A longer series is shown by its daily means.
LONGEST = np.timedelta64(62, "D")


def draw(beside: pd.DataFrame, table: pd.DataFrame, maps: str, other: str = "maps of") -> Drawn:
    """Series of each station and of what lies beside it.

    Parameters
    ----------
    beside : station, time, middle (of the step behind a value; UTC), vtec, map (TECU, NaN where
        there is none)
    table : station, month, latitude, longitude, way, bias (ns), compared (times that series and
        maps have in common), mean_difference, rms (TECU)
    maps : name of the maps
    other : what the second line is called before that name
    """
    codes = list(dict.fromkeys(beside["station"]))
    figure = Figure(figsize=(style.PAGE, PANEL * max(len(codes), 1) + AROUND), layout="constrained")
    if not codes:
        figure.text(0.5, 0.5, "no station has a series", ha="center")
        return Drawn(figure, beside, UNITS)
    axes = figure.subplots(len(codes), 1, sharex=True, squeeze=False)[:, 0]
    span = beside["time"].max() - beside["time"].min()
    for ax, code, letter in zip(axes, codes, _letters(len(codes)), strict=True):
        own = _shown(beside[beside["station"] == code], span)
        ax.plot(own["time"], own["map"], color=style.ORANGE, linewidth=1.4, label=f"{other} {maps}")
        ax.plot(own["time"], own["vtec"], color=style.BLUE, linewidth=0.8, label="station")
        ax.set_title(f"({letter}) {title(code, table[table['station'] == code])}", loc="left")
        ax.set_ylabel("VTEC (TECU)")
        ax.set_ylim(bottom=min(0.0, float(np.nanmin([own["vtec"].min(), 0.0]))))
        ax.grid(color="0.9", linewidth=0.4)
        ax.margins(x=0.005)
    locator = mdates.AutoDateLocator(minticks=4, maxticks=9)
    axes[-1].xaxis.set_major_locator(locator)
    axes[-1].xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
    first, last = (f"{edge:%Y-%m-%d}" for edge in (beside["time"].min(), beside["time"].max()))
    means = ", daily means" if span > LONGEST else ""
    axes[-1].set_xlabel(f"time (UTC), {first} to {last}{means}")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
    figure.align_ylabels(axes)
    return Drawn(figure, beside, UNITS)


def title(code: str, rows: pd.DataFrame) -> str:
    """A station's place, the ways to its bias, and how its series lies beside the maps.

    Mean and root mean square are those over all times that both have, in whatever month.
    """
    known = rows[rows["way"] != "none"]
    place = style.place_name(known["latitude"].iloc[0], known["longitude"].iloc[0])
    ways = known["way"].value_counts()
    if len(known) == 1:
        bias = f"bias {_number(known['bias'].iloc[0])} ns by {ways.index[0]}"
    else:
        bias = "bias by " + ", ".join(f"{way} ({count})" for way, count in ways.items())
    both = known[known["compared"].gt(0) & known["mean_difference"].notna()]
    if both.empty:
        return f"{code}, {place}; {bias}; nothing to compare with"
    count = both["compared"].to_numpy(dtype=float)
    mean = np.average(both["mean_difference"], weights=count)
    rms = np.sqrt(np.average(both["rms"] ** 2, weights=count))
    return f"{code}, {place}; {bias}; mean difference {_number(mean)}, RMS {rms:.1f} TECU"


def _letters(count: int) -> list[str]:
    """Names of panels: a to z, then aa."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return [
        alphabet[n] if n < 26 else alphabet[n // 26 - 1] + alphabet[n % 26] for n in range(count)
    ]


def _shown(own: pd.DataFrame, span: np.timedelta64) -> pd.DataFrame:
    """A station's rows, by day where there are many.

    Means of a day that has both are over the times that both have: TEC changes with the hour.
    """
    if span <= LONGEST:
        return own
    # A step that ends at midnight is of the day that ends there.
    day = own["middle"].dt.floor("D").rename("time")
    both = own[["vtec", "map"]].notna().all(axis=1)
    kept = own[["vtec", "map"]].where(both | ~both.groupby(day).transform("any"))
    return kept.groupby(day).mean().reset_index()


def _number(value: float) -> str:
    """One decimal with a true minus sign, never -0.0."""
    text = f"{value:.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")

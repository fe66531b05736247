"""What the way from RINEX to VTEC recovers of a simulated world: series and receiver biases."""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.report.station_truth import BIAS, SERIES
from laicflow.studies.results import Results

UNITS: dict[str, str] = {}
# Inches: a panel of a station, what stands around all; the widths of series and biases.
PANEL, AROUND = 1.2, 0.8
WIDTHS = (3.2, 1.0)
# More stations do not fit on a page.
MOST = 6


def recovered(results: Results) -> Drawn:
    """VTEC over each station as recovered and as it is true, and by how much biases are off.

    Needs `recovered` (`laicflow.report.station_truth`). All stations are in the numbers, the first
    six in the panels of series. The unit of `recovered` and `true` is TECU in rows `vtec`, ns in
    rows `bias`.

    Raises
    ------
    LaicflowError : no station has a series
    """
    table = results.recovered
    series = table[table["part"] == SERIES]
    codes = list(dict.fromkeys(series["station"]))
    if not codes:
        raise LaicflowError(f"{results.study}: no station of the simulated world has a series")
    shown = codes[:MOST]
    figure = Figure(figsize=(style.PAGE, PANEL * max(len(shown), 2) + AROUND), layout="constrained")
    grid = figure.add_gridspec(len(shown), 2, width_ratios=WIDTHS)
    top = None
    for row, (code, letter) in enumerate(zip(shown, "abcdef", strict=False)):
        ax = figure.add_subplot(grid[row, 0], sharex=top)
        top = top or ax
        _station(ax, series[series["station"] == code], f"({letter}) {code}")
        if row < len(shown) - 1:
            ax.tick_params(labelbottom=False)
    span = series["time"].max() - series["time"].min()
    form = "%m-%d" if span > np.timedelta64(4, "D") else "%m-%d %H:%M"
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
    ax.xaxis.set_major_formatter(mdates.DateFormatter(form))
    first, last = (f"{edge:%Y-%m-%d}" for edge in (series["time"].min(), series["time"].max()))
    ax.set_xlabel(f"time (UTC), {first} to {last}")
    _biases(figure.add_subplot(grid[:, 1]), table[table["part"] == BIAS], "abcdefg"[len(shown)])
    handles, labels = top.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2, frameon=False)
    return Drawn(figure, table, UNITS)


def _station(ax: Axes, own: pd.DataFrame, name: str) -> None:
    """The series of one station."""
    ax.plot(own["time"], own["true"], color=style.ORANGE, linewidth=1.6, label="true")
    ax.plot(own["time"], own["recovered"], color=style.BLUE, linewidth=0.8, label="recovered")
    off = own["recovered"] - own["true"]
    mean, rms = off.mean(), float(np.sqrt((off**2).mean()))
    ax.set_title(f"{name}: mean difference {_signed(mean)}, RMS {rms:.2f} TECU", loc="left")
    ax.set_ylabel("VTEC (TECU)")
    ax.set_ylim(bottom=min(0.0, own[["true", "recovered"]].min().min()))
    ax.grid(color="0.9", linewidth=0.4)
    ax.margins(x=0.005)


def _biases(ax: Axes, biases: pd.DataFrame, letter: str) -> None:
    """By how much the biases of the receivers are off, a row a station, a dot a month."""
    off = (biases["recovered"] - biases["true"]).to_numpy()
    codes = list(dict.fromkeys(biases["station"]))
    ways = list(dict.fromkeys(biases["way"]))
    marks = dict(zip(ways, "osD", strict=False))
    for way in ways:
        rows = (biases["way"] == way).to_numpy()
        places = [codes.index(code) for code in biases.loc[rows, "station"]]
        ax.plot(off[rows], places, marks[way], color=style.BLUE, markersize=4, label=f"by {way}")
    ax.axvline(0, color=style.DARK_GREY, linewidth=0.6)
    reach = 1.15 * max(float(np.nanmax(np.abs(off), initial=0.0)), 0.1)
    ax.set_xlim(-reach, reach)
    ax.set_yticks(range(len(codes)), codes)
    ax.set_ylim(len(codes) - 0.5, -0.5)
    ax.set_title(f"({letter}) Receiver bias", loc="left")
    ax.set_xlabel("recovered − true (ns)")
    ax.grid(axis="x", color="0.9", linewidth=0.4)
    ax.legend(loc="lower right", frameon=False, handletextpad=0.2)


def _signed(value: float) -> str:
    """Two decimals with a sign that is a true minus."""
    text = f"{value:+.2f}"
    return "0.00" if text in ("+0.00", "-0.00") else text.replace("-", "−")

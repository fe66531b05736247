"""The figure of the trials on simulated worlds, and the numbers in it."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import PREFIX
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.studies.results import Results

COLUMNS = (
    "world",
    "world_seed",
    "amplitude_sd",
    "experiment",
    "baseline",
    "auc",
    "auc_baseline",
    "difference",
    "low",
    "high",
    "n",
    "blocks",
    "events",
    "beats",
    "note",
)
UNITS = {
    name: "1"
    for name in COLUMNS
    if name not in ("world", "world_seed", "experiment", "baseline", "note")
}
COLOURS = {"planted": style.VERMILLION, "null": style.BLUE}
# Height of a row and of the space between the two worlds, inches.
ROW, BETWEEN = 0.2, 0.45
ABOVE, BELOW = 0.8, 0.85
# Space above the first and below the last trial, in rows.
MARGIN = 0.7
# Shares of the page's width: where the two panels begin, how wide each is, and where the columns
# beside them end.
LEFTS, WIDE = (0.075, 0.405), 0.29
BESIDE = {"low end": 0.765, "baseline": 0.865, "n": 0.92, "blocks": 0.985}


def worlds(results: Results) -> Drawn:
    """Both worlds of every seed: AUC of network and best baseline, and their difference.

    Raises
    ------
    LaicflowError : no trial is there
    """
    table = results.trials
    if table is None or table.empty:
        raise LaicflowError(f"{results.study}: there is no trial on a simulated world")
    parts = {kind: table[table["world"] == kind].sort_values("world_seed") for kind in COLOURS}
    parts = {kind: own for kind, own in parts.items() if len(own)}
    data = pd.concat(list(parts.values()), ignore_index=True)[list(COLUMNS)]
    sizes = [len(own) - 1 + 2 * MARGIN for own in parts.values()]
    tall = ROW * sum(sizes) + BETWEEN * (len(parts) - 1)
    figure = Figure(figsize=(style.PAGE, ABOVE + tall + BELOW))
    high = figure.get_size_inches()[1]
    top = high - ABOVE
    grid = []
    for size in sizes:
        tall = ROW * size
        grid.append([_axes(figure, left, top - tall, tall) for left in LEFTS])
        top -= tall + BETWEEN
    limits = _limits(data[["auc", "auc_baseline"]], 0.5), _limits(data[["low", "high"]], 0.0)
    for number, ((kind, own), pair) in enumerate(zip(parts.items(), grid, strict=True)):
        _draw(pair, own, kind, limits, last=number == len(parts) - 1)
    heads = (high - ABOVE + 0.03) / high
    for name, place in BESIDE.items():
        figure.text(place, heads, name, ha="right", va="bottom", fontsize=7, color="0.35")
    own = results.settings["worlds"]
    days = own["study"].get("window", results.settings["window"])["days"]
    label = f"{own['label']}, windows of {days} days,"
    figure.suptitle(_heading(data, label), x=0.01, ha="left")
    _legend(figure, list(parts), high)
    return Drawn(figure, data, UNITS)


def _axes(figure: Figure, left: float, bottom: float, tall: float) -> Axes:
    """Axes at `left` (share of the width), `bottom` and `tall` in inches."""
    high = figure.get_size_inches()[1]
    return figure.add_axes((left, bottom / high, WIDE, tall / high))


def _limits(values: pd.DataFrame, at: float) -> tuple[float, float]:
    """Ends of an axis that holds all values and the line at `at`."""
    known = np.append(values.to_numpy(dtype="float64").ravel(), at)
    low, high = np.nanmin(known), np.nanmax(known)
    room = max(0.06 * (high - low), 0.02)
    return low - room, high + room


def _draw(
    pair: list[Axes],
    own: pd.DataFrame,
    kind: str,
    limits: tuple[tuple[float, float], tuple[float, float]],
    *,
    last: bool,
) -> None:
    """The trials of one world, a row a seed."""
    left, right = pair
    colour = COLOURS[kind]
    rows = np.arange(len(own))
    left.hlines(rows, own["auc_baseline"], own["auc"], color=style.GREY, lw=2, zorder=1)
    left.plot(own["auc_baseline"], rows, "D", mfc="white", mec="black", ms=4.5, mew=0.9, ls="")
    left.plot(own["auc"], rows, "o", color=colour, ms=5.5, ls="")
    right.hlines(rows, own["low"], own["high"], color=colour, lw=1.4)
    right.plot(own["difference"], rows, "o", color=colour, ms=5.5, ls="")
    for ax, line, span in zip(pair, (0.5, 0.0), limits, strict=True):
        ax.axvline(line, color=style.DARK_GREY, lw=0.8, ls=(0, (4, 3)), zorder=0)
        ax.set_xlim(*span)
        ax.set_ylim(len(own) - 1 + MARGIN, -MARGIN)
        ax.set_yticks(rows)
        ax.tick_params(labelbottom=last)
        ax.spines[["top", "right"]].set_visible(False)
    left.set_yticklabels([f"{seed}" for seed in own["world_seed"]])
    left.set_ylabel("world seed")
    right.set_yticklabels([])
    left.set_title(_title(own, kind), loc="left")
    for row, trial in zip(rows, own.to_dict("records"), strict=True):
        _beside(right, row, trial)
    if last:
        left.set_xlabel("AUC on the test samples (1)")
        right.set_xlabel("difference in AUC to the best baseline (1)")


def _title(own: pd.DataFrame, kind: str) -> str:
    """Which world it is, and how often the network beat the baselines in it."""
    what = "planted" if kind == "planted" else "null (nothing planted)"
    known = own["beats"].dropna()
    open_ = f", {len(own) - len(known)} undecidable" if len(known) < len(own) else ""
    return f"{what}: network beats the best baseline in {known.sum()} of {len(known)}{open_}"


def _heading(data: pd.DataFrame, label: str) -> str:
    """What is compared, and how large the planted precursor is."""
    amplitude = data["amplitude_sd"].max()
    return (
        f"{label} in simulated worlds without and with a planted precursor,\n"
        f"amplitude {amplitude:g} standard deviations of the day-to-day variation of ln VTEC"
    )


def _beside(ax: Axes, row: float, trial: dict) -> None:
    """The numbers of a trial beside its row; where there is no interval, why."""
    at = blended_transform_factory(ax.figure.transFigure, ax.transData)
    if pd.isna(trial["low"]):
        text = textwrap.shorten(trial["note"] or "no interval", 42, placeholder=" …")
        ax.text(LEFTS[1] + WIDE + 0.01, row, text, transform=at, va="center", fontsize=6.5)
        return
    said = {
        "low end": f"{trial['low']:+.3f}".replace("-", "−"),
        "baseline": str(trial["baseline"]).removeprefix(PREFIX),
        "n": f"{trial['n']}",
        "blocks": f"{trial['blocks']}",
    }
    for name, place in BESIDE.items():
        ax.text(place, row, said[name], transform=at, va="center", ha="right", fontsize=7)


def _legend(figure: Figure, kinds: list[str], high: float) -> None:
    """What the marks mean, at the foot."""
    marks = [
        Line2D([], [], marker="o", ls="", color=COLOURS[kind], ms=5.5, label=f"network, {kind}")
        for kind in kinds
    ]
    marks.append(
        Line2D([], [], marker="D", ls="", mfc="white", mec="black", ms=4.5, label="best baseline")
    )
    marks.append(Line2D([], [], color=style.DARK_GREY, lw=1.4, label="95 %, block bootstrap"))
    figure.legend(
        handles=marks, loc="lower left", bbox_to_anchor=(0.01, 0.05 / high), ncol=4, frameon=False
    )

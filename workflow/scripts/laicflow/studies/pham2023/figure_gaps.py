"""What the definition of a normal day does to the score, under a random and under a block split."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.plots import forest, style
from laicflow.plots.drawing import Drawn
from laicflow.plots.forest import Look, Point
from laicflow.studies.compared_parts import (
    BASELINES,
    compared,
    draw_legend,
    draw_notes,
    heights_of,
    label_of,
    looks_of,
    marks_of,
    metric_name,
    units_of,
)
from laicflow.studies.results import Results

COLUMNS = ["variant", "split", "gap_days", "normal_share", "experiment", "metric"]
COLUMNS += ["value", "low", "high", "n", "n_eff", "seeds", "folds", "n_train", "note"]
COLOURS = {
    "random": style.VERMILLION,
    "blocks": style.BLUE,
    "rolling": style.GREEN,
    "region": style.PURPLE,
}
NAMES = {"random": "random split", "blocks": "blocks of time"}


def gaps(results: Results) -> Drawn:
    """The same network where a normal day needs 1, 5, 10 or 30 days without an earthquake.

    Above the headline's metric under a random and under a block split, below the share of time
    that could be normal. What could not be tested says so.

    Raises
    ------
    LaicflowError : there is nothing to compare, or two shares of time for one gap
    """
    table = compared(results)
    looks = looks_of(results, table, ("baseline_date", "baseline_neuron"))
    table = table[table["experiment"].isin(looks)].reset_index(drop=True)
    table["note"] = table["note"].map(_without_differences)
    days = sorted(table["gap_days"].astype(int).unique().tolist())
    series = list(dict.fromkeys(table["split"]))
    heights = heights_of(4.9, len(looks), table, results)
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04)
    top, body, low = figure.subfigures(3, 1, height_ratios=heights)
    draw_legend(top, _handles(results, series, looks), len(series))
    above, below = body.subplots(2, 1, sharex=True, height_ratios=[2.4, 1])
    points = _series(above, table, looks, days, series)
    _lines(above, points, results)
    _shares(below, table, days)
    names = [_tick(table, gap, next(iter(looks))) for gap in days]
    below.set_xticks(range(len(days)), labels=names, linespacing=1.3)
    below.set_xlim(-0.5, len(days) - 0.5)
    below.set_xlabel(
        "normal: no earthquake on so many days after the window (normal.gap_days)\n"
        "of each split: training samples (mean over the folds) → test samples"
    )
    for ax in (above, below):
        forest.bands(ax, len(days), upright=True)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(axis="x", length=0)
    body.align_ylabels([above, below])
    draw_notes(low, table, results)
    return Drawn(figure, table[COLUMNS], units_of(COLUMNS))


def _series(
    ax: Axes, table: pd.DataFrame, looks: dict[str, Look], days: list[int], series: list[str]
) -> list[Point]:
    """Draw the scores over the gap, the splits beside each other at each place."""
    step = 0.8 / (len(series) * (len(looks) + 1) - 1)
    everything = []
    for group, split in enumerate(series):
        for number, name in enumerate(looks):
            look = _in_series(looks, name, COLOURS.get(split, style.BLACK))
            own = table[(table["split"] == split) & (table["experiment"] == name)]
            own = own.drop_duplicates("gap_days").set_index("gap_days").sort_index()
            slot = group * (len(looks) + 1) + number
            points = []
            for gap, one in own.iterrows():
                at = days.index(int(gap)) - 0.4 + slot * step
                why = "undecidable" if number == 0 else ""
                points.append(Point(at, one["value"], one["low"], one["high"], look, why))
            if number == 0 and points:
                spots = [(p.at, p.value) for p in points]
                colour = look.colour
                ax.plot(*zip(*spots, strict=True), color=colour, linewidth=0.9, alpha=0.55)
            everything += points
    forest.draw_points(ax, everything, upright=True)
    forest.write_reasons(ax, everything, upright=True)
    return everything


def _lines(ax: Axes, points: list[Point], results: Results) -> None:
    """What chance would give and what the paper prints, and an axis that holds all."""
    marks = marks_of(results)
    ax.set_ylim(forest.value_limits(points, [value for value, *_ in marks]))
    for value, text, colour, dashes in marks:
        forest.mark(ax, value, text, colour=colour, dashes=dashes, upright=True)
    ax.set_ylabel(f"{metric_name(results)}\non the test samples")


def _in_series(looks: dict[str, Look], name: str, colour: str) -> Look:
    """The look of an experiment in the colour of its split, baselines paler."""
    look = looks[name]
    if name not in BASELINES:
        return Look(colour, look.marker, look.size, look.width)
    pale = style.shades(colour)(0.55)
    return Look(pale, look.marker, look.size, look.width)


def _handles(results: Results, series: list[str], looks: dict[str, Look]) -> list:
    """Legend of the splits, each with its network and baselines."""
    handles = []
    for split in series:
        for name in looks:
            look = _in_series(looks, name, COLOURS.get(split, style.BLACK))
            said = f"{label_of(results, name)}, {NAMES.get(split, split)}"
            handles.append(forest.handle(look, said))
    return handles


def _without_differences(note: str) -> str:
    """A note without what it says of differences, which are not drawn here."""
    said = [part for part in note.split("; ") if "difference to " not in part]
    return "; ".join(said)


def _shares(ax: Axes, table: pd.DataFrame, days: list[int]) -> None:
    """Bars of the share of time that could be normal, with their numbers."""
    for place, gap in enumerate(days):
        known = table.loc[table["gap_days"] == gap, "normal_share"].dropna().unique()
        if len(known) > 1:
            found = ", ".join(f"{share:g}" for share in known)
            raise LaicflowError(f"normal.gap_days {gap}: several shares of normal time: {found}")
        share = 100 * float(known[0]) if len(known) else math.nan
        text = f"{share:.2g} %" if share < 10 else f"{share:.0f} %"
        if math.isfinite(share):
            ax.bar(place, share, width=0.4, color=style.SKY, zorder=2)
        else:
            share, text = 0.0, "not known"
        look = {"ha": "center", "va": "bottom", "textcoords": "offset points", "xytext": (0, 2)}
        ax.annotate(text, (place, share), fontsize=7, **look)
    ax.set_ylim(0, 118)
    ax.set_yticks([0, 50, 100])
    ax.set_ylabel("days that could\nbe normal (%)")


def _tick(table: pd.DataFrame, gap: int, experiment: str) -> str:
    """A gap, and how many training and test samples there are with it."""
    own = table[(table["gap_days"] == gap) & (table["experiment"] == experiment)]
    lines = [f"{gap} day" + ("s" if gap > 1 else "")]
    for split, train, n in zip(own["split"], own["n_train"], own["n"], strict=True):
        sizes = ["–" if pd.isna(train) else f"{train:.0f}", "0" if pd.isna(n) else f"{int(n)}"]
        lines.append(f"{split}: {' → '.join(sizes)}")
    return "\n".join(lines)

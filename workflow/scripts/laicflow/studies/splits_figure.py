"""What the split does to the score of one and the same network."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.plots import forest, style
from laicflow.plots.drawing import Drawn
from laicflow.plots.forest import Look, Point
from laicflow.schema import COMPARISON
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

# What keeps the test apart from the training in each kind of split.
KINDS = {
    "random": "random\n(neighbouring days on both sides)",
    "blocks": "blocks of time\n(supports do not overlap)",
    "rolling": "rolling\n(trained on the past alone)",
    "region": "one region left out\n(days are shared)",
}
# R15: a random split that is better than blocks by more than this has the block score quoted.
INFLATION = 0.03
COLUMNS = [name for name in COMPARISON if name not in ("gap_days", "normal_share")]


def splits(results: Results, claim: dict | None = None) -> Drawn:
    """The same network under random, block, rolling and leave-one-region-out splits (R15).

    On the left the headline's metric with its interval, beside the baselines, what chance would
    give and what the paper prints; in the middle how much of it is gone, or not, in blocks of
    time; on the right how many samples are behind it, those of training as a mean over the folds.
    A protocol that could not be tested says why.

    Parameters
    ----------
    claim : what the paper prints for these variants, by default the headline's claim

    Raises
    ------
    LaicflowError : there is nothing to compare
    """
    table = compared(results)
    looks = looks_of(results, table, tuple(BASELINES))
    rows = table.drop_duplicates("variant")[["variant", "split"]].reset_index(drop=True)
    heights = heights_of(0.8 + (0.3 + 0.15 * len(looks)) * len(rows), 1, table, results)
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04)
    top, body, low = figure.subfigures(3, 1, height_ratios=heights)
    handles = [forest.handle(look, label_of(results, name)) for name, look in looks.items()]
    draw_legend(top, handles, len(handles))
    axes = body.subplots(1, 3, sharey=True, width_ratios=[1.0, 0.78, 0.62])
    values, differences = _rows_of_points(table, rows, looks)
    _scores(axes[0], values, results, claim)
    _differences(axes[1], differences, table)
    _sizes(axes[2], table, rows, next(iter(looks)))
    for ax in axes[:2]:
        forest.bands(ax, len(rows))
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
    axes[0].set_yticks(range(len(rows)), labels=_row_names(rows))
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    draw_notes(low, table, results)
    return Drawn(figure, table[COLUMNS], units_of(COLUMNS))


def _rows_of_points(
    table: pd.DataFrame, rows: pd.DataFrame, looks: dict[str, Look]
) -> tuple[list[Point], list[Point]]:
    """Points of the scores and of the differences, experiments below each other in a row."""
    values, differences = [], []
    step = 0.76 / max(len(looks), 1)
    for place, variant in enumerate(rows["variant"]):
        own = table[table["variant"] == variant].set_index("experiment")
        reasons = {_why(row) for _, row in own.iterrows()}
        # One reason for all is told once, in the middle of the row.
        together = reasons.pop() if len(reasons) == 1 else ""
        for number, (name, look) in enumerate(looks.items()):
            if name not in own.index:
                continue
            one = own.loc[name]
            at = place + (number - (len(looks) - 1) / 2) * step
            why = "" if together else _why(one)
            values.append(Point(at, one["value"], one["low"], one["high"], look, why))
            ends = (one["difference_low"], one["difference_high"])
            differences.append(Point(at, one["difference"], *ends, look))
        if together:
            nothing = (math.nan, math.nan, math.nan)
            values.append(Point(place, *nothing, next(iter(looks.values())), together))
    return values, differences


def _why(row: pd.Series) -> str:
    """What is written where a row has no value."""
    if np.isfinite(row["value"]):
        return ""
    # The rest of the note stands below the figure.
    why = row["note"].split("; ")[0] or "no reason given"
    return why if why.startswith("undecidable") else f"undecidable: {why}"


def _scores(ax: Axes, points: list[Point], results: Results, claim: dict | None) -> None:
    """Scores with what chance would give and what the paper prints."""
    marks = marks_of(results, claim)
    forest.draw_points(ax, points)
    forest.write_reasons(ax, points)
    ax.set_xlim(forest.value_limits(points, [value for value, *_ in marks]))
    # Words stand away from each other where their lines are near.
    apart = float(np.ptp([value for value, *_ in marks] or [0.0]))
    near = apart < 0.33 * float(np.ptp(ax.get_xlim()))
    sides = ("right", "left") if near else ("center", "center")
    for (value, text, colour, dashes), side in zip(sorted(marks), sides, strict=False):
        forest.mark(ax, value, text, colour=colour, dashes=dashes, side=side)
    ax.set_xlabel(f"{metric_name(results)} on the test samples")


def _differences(ax: Axes, points: list[Point], table: pd.DataFrame) -> None:
    """Differences to the block split, with zero and the limit of R15."""
    forest.draw_points(ax, points)
    limit = float(table.attrs.get("max_inflation", INFLATION))
    ax.set_xlim(forest.value_limits(points, [-0.05, 0.0, limit, 0.08]))
    forest.mark(ax, 0.0, "", colour=style.DARK_GREY, dashes=":")
    forest.mark(ax, limit, f"{limit:g}", colour=style.DARK_GREY, dashes="--")
    ax.set_xlabel("difference to the block split")
    variants = list(dict.fromkeys(table["variant"]))
    for place, variant in enumerate(variants):
        own = table[table["variant"] == variant]
        if np.isfinite(own["difference"].to_numpy(dtype="float64")).any():
            continue
        reference = (table["versus"] == variant).any() or (own["split"] == "blocks").all()
        text = "the reference" if reference else "no difference known"
        forest.write(ax, place, text)


def _sizes(ax: Axes, table: pd.DataFrame, rows: pd.DataFrame, experiment: str) -> None:
    """Numbers of samples and blocks of time behind the points of the network."""
    ax.set_axis_off()
    heads = {
        "n_train": "\ntrain",
        "n": "\ntest",
        "n_shared": "\nshared",
        "n_eff": "time\nblocks",
    }
    look = {"ha": "right", "fontsize": 7}
    across = ax.get_xaxis_transform()
    over = {"transform": across, "va": "bottom", "color": style.DARK_GREY}
    ax.text(0.34, 1.01, "samples\n", **over, **look | {"ha": "center"})
    own = table[table["experiment"] == experiment].set_index("variant")
    for at, (column, head) in zip((0.14, 0.38, 0.7, 1.0), heads.items(), strict=True):
        ax.text(at, 1.01, head, **over, **look)
        for place, variant in enumerate(rows["variant"]):
            value = own[column].get(variant, pd.NA)
            text = "–" if pd.isna(value) else f"{float(value):.0f}"
            ax.text(at, place, text, transform=ax.transData, va="center", **look)
    ax.set_xlim(0, 1)


def _row_names(rows: pd.DataFrame) -> list[str]:
    """Protocols in words; the variant beside those that come twice."""
    twice = rows["split"].duplicated(keep=False)
    return [
        KINDS.get(split, split) + (f"\n{variant}" if again else "")
        for variant, split, again in zip(rows["variant"], rows["split"], twice, strict=True)
    ]

"""Windows as observed beside windows with something planted: does the chain find it?

What all studies have in common; which scores stand in a row, and what was planted, a study says
itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.audit.baselines import best_baseline, difference
from laicflow.audit.context import Context
from laicflow.plots import forest, style
from laicflow.plots.drawing import Drawn
from laicflow.plots.forest import Look, Point
from laicflow.report.lookup import BASELINE_LABELS

# Columns of every study behind the variant and the size of what is planted.
COLUMNS = {
    "experiment": "str",
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "difference": "float64",
    "difference_low": "float64",
    "difference_high": "float64",
    "baseline": "str",
    "baseline_value": "float64",
    "n": "Int64",
    "n_eff": "float64",
    "found": "str",
    "note": "str",
}
CHANCE = 0.5
NETWORK = {False: Look(style.BLUE), True: Look(style.VERMILLION)}
BEST = Look("#6B6B6B", "D", 4.5, 0.9)


@dataclass(frozen=True)
class Words:
    """How a study names what it draws.

    Attributes
    ----------
    size : column of the size of what is planted, 0 as observed
    planted : a size in words, with its unit
    metrics : metrics in words; one that is missing stands as it is
    chance : scores at which a dotted line stands, by metric; others have none
    below : lines under the panels, their height in inches, and what writes them
    told : what is planted in words, by variant, those as observed left out; None where the size
        alone tells
    """

    size: str
    planted: Callable[[float], str]
    metrics: dict[str, str]
    chance: dict[str, float]
    below: tuple[list[str], float, Callable[[Figure, list[str]], None]]
    told: dict[str, str] | None = None

    def of(self, row: tuple) -> str:
        """What is planted in the variant of a row, empty as observed."""
        if self.told is not None:
            return self.told.get(row.variant, "")
        size = getattr(row, self.size)
        return self.planted(size) if size else ""


def columns(size: str) -> dict[str, str]:
    """Columns of the table and their types, `size` that of the size of what is planted."""
    return {"variant": "str", size: "float64", **COLUMNS}


def table(rows: list[dict], size: str) -> pd.DataFrame:
    """The rows with every column in its type."""
    data = pd.DataFrame(rows, columns=list(columns(size)))
    for column, kind in columns(size).items():
        values = data[column]
        data[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    return data


def judged(
    context: Context, experiment: str, row: dict, value_of: Callable[[str], float | None]
) -> dict:
    """A row with the best baseline, the difference to it, and whether that is skill (R27).

    A signal is found where the low end of the 95 % interval of the difference to the best baseline
    lies above 0.

    Parameters
    ----------
    row : variant, size, experiment, metric, value and its interval, found `undecidable`, note
    value_of : the score of a baseline in the metric of the context
    """
    best = best_baseline(context)
    if best is None:
        return row | {"note": "undecidable: no baseline was tested"}
    row |= {"baseline": best, "baseline_value": value_of(best)}
    held = difference(context, context.tested(experiment), context.tested(best))
    if held is None:
        return row | {"note": "undecidable: no sample that network and baseline have tested"}
    value, ends, shared = held
    row |= {"difference": value, "difference_low": ends.low, "difference_high": ends.high}
    notes = dict.fromkeys(filter(None, (row.get("note"), ends.note)))
    row |= {"n": shared, "note": "; ".join(notes)}
    if math.isfinite(ends.low):
        row["found"] = "found" if ends.low > 0 else "not found"
    return row


def drawn(data: pd.DataFrame, units: dict[str, str], words: Words) -> Drawn:
    """Values on the left, differences to the best baseline on the right; a row of panels a metric.

    Parameters
    ----------
    data : as `table` gives it
    units : unit of each column of numbers
    """
    metrics = list(dict.fromkeys(data["metric"]))
    lines, low_height, write = words.below
    tall = 0.5 + 0.42 * data["variant"].nunique()
    heights = [0.28, len(metrics) * tall + 0.1, low_height]
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    head, body, low = figure.subfigures(3, 1, height_ratios=heights)
    axes = body.subplots(len(metrics), 2, squeeze=False, sharey=True, width_ratios=[1, 1.1])
    for pair, metric in zip(axes, metrics, strict=True):
        _draw(pair, data[data["metric"] == metric].reset_index(drop=True), metric, words)
    handles = [
        forest.handle(NETWORK[False], "network, as observed"),
        forest.handle(NETWORK[True], "network, signal planted"),
        forest.handle(BEST, "best baseline", filled=False),
    ]
    head.legend(handles=handles, loc="center left", ncols=3, frameon=False)
    write(low, lines)
    return Drawn(figure, data, units)


def _draw(pair: list[Axes], own: pd.DataFrame, metric: str, words: Words) -> None:
    """The panels of one metric."""
    left, right = pair
    values, differences = [], []
    for place, row in enumerate(own.itertuples()):
        planted = words.of(row) != ""
        look = NETWORK[planted]
        why = row.note if not math.isfinite(row.value) else ""
        values.append(Point(place - 0.12, row.value, row.low, row.high, look, why))
        values.append(Point(place + 0.18, row.baseline_value, math.nan, math.nan, BEST))
        ends = (row.difference_low, row.difference_high)
        differences.append(Point(place, row.difference, *ends, look))
        said = _said(row, planted=planted)
        right.text(1.01, place, said, transform=right.get_yaxis_transform(), **_SMALL)
    for ax, points, line in ((left, values, words.chance.get(metric)), (right, differences, 0.0)):
        forest.bands(ax, len(own))
        forest.draw_points(ax, points)
        about = [] if line is None else [line - 0.1, line + 0.1]
        if line is not None:
            ax.axvline(line, color=style.DARK_GREY, ls=":", lw=0.9, zorder=1)
        ax.set_xlim(forest.value_limits(points, about))
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
    forest.write_reasons(left, values)
    names = [f"{row.variant}\n{words.of(row) or 'as observed'}" for row in own.itertuples()]
    left.set_yticks(range(len(own)), labels=names)
    left.set_ylim(len(own) - 0.5, -0.5)
    word = words.metrics.get(metric, metric)
    left.set_xlabel(f"{word} on the test samples")
    right.set_xlabel(f"difference in {word} to the best baseline")


_SMALL = {"fontsize": 6.5, "va": "center", "ha": "left", "linespacing": 1.2}


def _said(row: tuple, *, planted: bool) -> str:
    """The outcome beside a row."""
    label = BASELINE_LABELS.get(row.baseline, row.baseline).lower()
    words = {"found": "beats it", "not found": "does not beat it"}
    if planted:
        words = {}
    said = words.get(row.found, row.found)
    return f"{said}\nn = {row.n}" + (f"\nbest: {label}" if label else "")

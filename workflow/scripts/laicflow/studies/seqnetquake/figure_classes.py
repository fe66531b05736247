"""What a network makes of the classes: probabilities in triangles, and who is taken for whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from laicflow.errors import LaicflowError
from laicflow.plots import style, ternary
from laicflow.plots.drawing import Drawn
from laicflow.report.blocks import plural
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.class_looks import COLOURS, MARKERS, mark
from laicflow.studies.seqnetquake.figure_scores_parts import height_of_text, write_text
from laicflow.studies.seqnetquake.scored import CLASSES, NOT_TRAINED, variant_words, why_silent

SHARES = ["p_0", "p_1", "p_2"]
UNITS = {name: "1" for name in (*SHARES, "count", "row_share", "column_share", "seeds")}
COLUMNS = ["variant", "experiment", "part", "observed", "predicted", *SHARES]
COLUMNS += ["count", "row_share", "column_share", "seeds", "note"]
# Parts of the data: a hexagon of a triangle, a tile of the matrix, nothing at all.
CELL, TILE, SILENT = "hexagon", "confusion", "undecidable"
HEIGHT = 2.6


@dataclass(frozen=True)
class Tested:
    """The test samples of an experiment under a variant, each once a seed.

    Attributes
    ----------
    variant : whose
    observed, predicted : (n,) class; of equal probabilities the first is predicted
    shares : (n, 3) probabilities
    seeds : of the networks
    lost : predictions without a finite probability, left out
    """

    variant: str
    observed: np.ndarray
    predicted: np.ndarray
    shares: np.ndarray
    seeds: int
    lost: int

    @property
    def counts(self) -> np.ndarray:
        """(3, 3): rows are what was, columns what was predicted."""
        made = np.zeros((3, 3), dtype="int64")
        np.add.at(made, (self.observed, self.predicted), 1)
        return made


def fig7(results: Results) -> Drawn:
    """Triangles and confusion matrix of transfer learning, the paper's Figure 7."""
    return of_experiment(results, "transfer")


def figS3(results: Results) -> Drawn:  # noqa: N802
    """Triangles and confusion matrix of direct training, the paper's Supplementary Figure S3."""
    return of_experiment(results, "direct")


def of_experiment(results: Results, experiment: str) -> Drawn:
    """A row a variant: a triangle a true class, then the confusion matrix; needs predictions.

    A variant without any test sample says why, and has no axes.

    Raises
    ------
    LaicflowError : no variant at all, or predictions of other classes
    """
    if not results.variants:
        raise LaicflowError(f"{results.study}: no variant to draw the classes of")
    found = {variant: tested(results, variant, experiment) for variant in results.variants}
    there = [one for one in found.values() if one is not None]
    reasons = {
        variant: why_silent(results, variant, experiment) or NOT_TRAINED
        for variant, one in found.items()
        if one is None
    }
    lines = [f"{variant_words(variant)}: {why}" for variant, why in reasons.items()]
    lines += [
        f"{variant_words(one.variant)}: {plural(one.lost, 'prediction')} without a number left out"
        for one in there
        if one.lost
    ]
    rows = [_rows(one, experiment) for one in there]
    rows += [_silent(variant, experiment, why) for variant, why in reasons.items()]
    data = pd.concat(rows, ignore_index=True)

    heights = (
        [HEIGHT] * len(there) + [0.32 if there else 0.0] + [height_of_text(lines) if lines else 0.0]
    )
    heights = [high for high in heights if high]
    figure = Figure(figsize=(style.PAGE, sum(heights) + 0.25), layout="constrained")
    figure.suptitle(_title(results, experiment), x=0.01, ha="left", fontsize=8.5)
    places = np.atleast_1d(figure.subfigures(len(heights), 1, height_ratios=heights))
    for place, one, letters in zip(places, there, ("abcd", "efgh", "ijkl", "mnop"), strict=False):
        _draw(place, one, letters)
    if there:
        _legend(places[len(there)])
    if lines:
        write_text(places[-1], lines)
    return Drawn(figure, data, UNITS)


def tested(results: Results, variant: str, experiment: str) -> Tested | None:
    """The test samples of an experiment, None where there are none.

    Raises
    ------
    LaicflowError : predictions of other than three classes
    """
    table = results.predictions.get(variant)
    if table is None or table.empty:
        return None
    own = table[(table["experiment"] == experiment) & (table["split"] == "test")]
    own = own[own["draw"] == 0]
    if own.empty:
        return None
    if "p_2" not in own or "p_3" in own:
        raise LaicflowError(f"{results.study}, {variant}: expected predictions of three classes")
    shares = own[SHARES].to_numpy(dtype="float64")
    known = np.isfinite(shares).all(axis=1)
    if not known.any():
        return None
    shares = shares[known]
    observed = own["target"].to_numpy(dtype="float64")[known].astype("int64")
    seeds = int(own["seed"].nunique())
    return Tested(variant, observed, shares.argmax(axis=1), shares, seeds, int((~known).sum()))


def shares_of(counts: np.ndarray, axis: int) -> np.ndarray:
    """Shares of the sums along an axis, NaN where there is nothing to share."""
    total = np.broadcast_to(counts.sum(axis=axis, keepdims=True), counts.shape)
    return np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)


def _title(results: Results, experiment: str) -> str:
    """What is shown."""
    known = results.settings["experiments"].get(experiment, {})
    label = known.get("label", experiment)
    return f"Test samples as {label} sees them; each counts once for every network (one a seed)"


def _rows(one: Tested, experiment: str) -> pd.DataFrame:
    """The hexagons, then the tiles."""
    parts = []
    common = {"variant": one.variant, "experiment": experiment, "seeds": one.seeds, "note": ""}
    for label in range(3):
        nodes, counts = ternary.cells(one.shares[one.observed == label])
        told = dict(zip(SHARES, (nodes / ternary.STEPS).T, strict=True))
        told |= {"part": CELL, "observed": CLASSES[label], "predicted": "", "count": counts}
        parts.append(pd.DataFrame(told))
    counts = one.counts
    tiles = {
        "part": TILE,
        "observed": np.repeat(CLASSES, 3),
        "predicted": np.tile(CLASSES, 3),
        "count": counts.ravel(),
        "row_share": shares_of(counts, 1).ravel(),
        "column_share": shares_of(counts, 0).ravel(),
    }
    table = pd.concat([*parts, pd.DataFrame(tiles)], ignore_index=True)
    return _typed(table.assign(**common))


def _silent(variant: str, experiment: str, why: str) -> pd.DataFrame:
    """The row of a variant that says nothing."""
    told = {"variant": variant, "experiment": experiment, "part": SILENT, "observed": ""}
    return _typed(pd.DataFrame([told | {"predicted": "", "note": why}]))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of the data, numbers as numbers."""
    return table.reindex(columns=COLUMNS).astype(dict.fromkeys(UNITS, "float64"))


def _draw(place: Figure, one: Tested, letters: str) -> None:
    """Three triangles and the matrix of a variant."""
    said = (
        f"{variant_words(one.variant)}: {plural(len(one.observed), 'prediction')} of test samples"
    )
    said += f" by {plural(one.seeds, 'network')}"
    place.suptitle(said[0].upper() + said[1:], x=0.01, ha="left", fontsize=8)
    axes = place.subplots(1, 4, width_ratios=[1, 1, 1, 1.35])
    marks = list(zip(MARKERS, COLOURS, strict=True))
    for label, ax in enumerate(axes[:3]):
        own = one.shares[one.observed == label]
        nodes, counts = ternary.cells(own)
        ternary.draw_triangle(ax, nodes, counts, COLOURS[label], marks)
        ax.set_title(f"({letters[label]}) truly {CLASSES[label]}", loc="left", fontsize=7.5)
        most = f"darkest hexagon: {counts.max():,}" if len(counts) else "no samples"
        ax.text(0.5, -0.06, f"n = {len(own):,}\n{most}", transform=ax.transAxes, ha="center",
                va="top", fontsize=6.5, linespacing=1.3)  # fmt: skip
    draw_confusion(axes[3], one.counts)
    axes[3].set_title(f"({letters[3]}) who is taken for whom", loc="left", fontsize=7.5)


def draw_confusion(ax: Axes, counts: np.ndarray) -> None:
    """Counts with the share of their row (arrow to the right) and of their column (downwards).

    Rows are what was, columns what was predicted. The last row and column hold the sums and their
    share of all; where they meet stands the share on the diagonal.

    Parameters
    ----------
    counts : (3, 3)
    """
    size, whole = len(counts), int(counts.sum())
    colours = colormaps[style.AMOUNT]
    rows, columns = shares_of(counts, 1), shares_of(counts, 0)
    for row, column in np.ndindex(size, size):
        colour = colours(counts[row, column] / max(int(counts.max()), 1))[:3]
        said = f"→ {_percent(rows[row, column])}\n↓ {_percent(columns[row, column])}"
        _tile(ax, row, column, colour, f"{counts[row, column]:,}", said)
    for k in range(size):
        for at, total in (((k, size), counts[k].sum()), ((size, k), counts[:, k].sum())):
            share = _percent(total / whole if whole else np.nan)
            _tile(ax, *at, style.GREY, f"{total:,}", share)
    hit = _percent(np.trace(counts) / whole if whole else np.nan)
    _tile(ax, size, size, "white", f"{whole:,}", f"correct\n{hit}")
    names = [f"{k} {name}".replace(" ", "\n", 1) for k, name in enumerate(CLASSES)]
    below = [name.replace("\nnon-", " non-\n") for name in names]
    ax.set_xticks(range(size + 1), labels=[*below, "sum"], fontsize=6.5)
    ax.set_yticks(range(size + 1), labels=[*names, "sum"], fontsize=6.5)
    ax.tick_params(length=0)
    ax.set(xlim=(-0.5, size + 0.5), ylim=(size + 0.5, -0.5), aspect="equal")
    ax.set_xlabel("predicted", fontsize=7)
    ax.set_ylabel("observed", fontsize=7)


def _tile(ax: Axes, row: int, column: int, colour: tuple | str, number: str, shares: str) -> None:
    """One tile with its number and what is said below it."""
    place = (column - 0.5, row - 0.5)
    ax.add_patch(Rectangle(place, 1, 1, facecolor=colour, edgecolor="white", linewidth=1.2))
    ink = {"color": style.ink_on(colour), "ha": "center"}
    bold = {"fontsize": 7 if len(number) < 7 else 6, "fontweight": "bold"}
    ax.text(column, row - 0.12, number, va="bottom", **bold, **ink)
    ax.text(column, row - 0.06, shares, va="top", fontsize=6, linespacing=1.25, **ink)


def _percent(share: float) -> str:
    """A share for people."""
    return f"{100 * share:.1f}%" if np.isfinite(share) else "–"


def _legend(place: Figure) -> None:
    """What corners, cross and lines mean."""
    how = {"color": "black", "linestyle": "none"}
    marks = [mark(label) for label in range(3)]
    marks.append(Line2D([], [], marker="+", markersize=6, label="1/3 of each", **how))
    marks.append(
        Line2D(
            [], [], linestyle=":", color="black", linewidth=0.8, label="where the largest changes"
        )
    )
    place.legend(handles=marks, loc="center", ncols=5, frameon=False, handletextpad=0.4)

"""Accuracy and loss by the length of the windows (fig. 7)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import DATE, MAJORITY
from laicflow.evaluation.intervals import BLOCKS
from laicflow.plots import forest, style
from laicflow.plots.drawing import Drawn
from laicflow.plots.forest import Look, Point
from laicflow.report.lookup import one, undecided
from laicflow.studies.petrescu2022.figure_training import LN2, STEEP, first_draw
from laicflow.studies.petrescu2022.printed import METRIC, claim_of
from laicflow.studies.petrescu2022.reasons import (
    height_below,
    length,
    told_below,
    why_silent,
    write_below,
)
from laicflow.studies.results import Results

COLUMNS = {
    "variant": "str",
    "minutes": "Int64",
    "paper_accuracy": "float64",
    "experiment": "str",
    "accuracy": "float64",
    "low": "float64",
    "high": "float64",
    "majority": "float64",
    "date": "float64",
    "training_loss": "float64",
    "loss": "float64",
    "n": "Int64",
    "n_eff": "float64",
    "seeds": "Int64",
    "note": "str",
}
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"} | {"minutes": "min"}
NETWORK, BY_DATE = Look(style.BLUE), Look(style.ORANGE, "s", 4.2, 0.9)
PRINTED = {"marker": "D", "mfc": "white", "mec": "black", "ms": 5, "mew": 1.0, "ls": ""}
LOSSES = {"training_loss": ("training", style.BLUE), "loss": ("followed", style.VERMILLION)}


def fig7(results: Results) -> Drawn:
    """Accuracy on the test samples and loss of the last epoch, a column a variant.

    Needs scores, samples, notes and history. Where the paper prints an accuracy for a length,
    each variant of that length has its mark.

    Raises
    ------
    LaicflowError : there is no variant
    """
    if not results.variants:
        raise LaicflowError(f"{results.study}: no variant whose windows have a length")
    data = pd.DataFrame([_row(results, variant) for variant in results.variants])
    for column, kind in COLUMNS.items():
        values = data[column]
        data[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    data = data[list(COLUMNS)]
    reasons = dict(zip(data["variant"], data["note"], strict=True))
    lines = told_below(reasons)
    heights = [0.42, 4.6, height_below(lines)]
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    head, body, low = figure.subfigures(3, 1, height_ratios=heights)
    above, below = body.subplots(2, 1, sharex=True, height_ratios=[1.7, 1])
    _accuracies(above, data)
    _losses(below, data)
    _legend(head)
    write_below(low, lines)
    return Drawn(figure, data, UNITS)


def _row(results: Results, variant: str) -> dict:
    """The numbers of one variant."""
    experiment = results.settings["headline"]["experiment"]
    minutes = results.variants[variant]["window"]["minutes"]
    row = dict.fromkeys(COLUMNS) | {"variant": variant, "experiment": experiment}
    row |= {"minutes": minutes, "n": 0, "note": ""}
    row["paper_accuracy"] = claim_of(results, variant).get("value")
    scores = results.scores[variant]
    if undecided(scores, experiment):
        return row | {"note": why_silent(results, variant, experiment)}
    where = {"seed": None, "draw": 0, "metric": METRIC}
    found = one(scores, experiment=experiment, method=BLOCKS, **where)
    if found is None:
        return row | {"note": "undecidable: the network has no accuracy"}
    row |= {"accuracy": found["value"], "low": found["low"], "high": found["high"]}
    row |= {"n": found["n"], "n_eff": found["n_eff"], "note": found["note"]}
    for column, name in (("majority", MAJORITY), ("date", DATE)):
        other = one(scores, experiment=name, method=BLOCKS, **where)
        row[column] = None if other is None else other["value"]
    own = first_draw(results, variant, experiment)
    row["seeds"] = own["seed"].nunique()
    last = own.sort_values("epoch").groupby(["seed", "fold"]).tail(1)
    row |= {"training_loss": last["train_loss"].mean(), "loss": last["validation_loss"].mean()}
    return row


def _accuracies(ax: Axes, data: pd.DataFrame) -> None:
    """Network, date, majority and the paper's numbers."""
    forest.bands(ax, len(data), upright=True)
    points = []
    for place, row in enumerate(data.itertuples()):
        why = row.note if not math.isfinite(row.accuracy) else ""
        at = place if why else place - 0.14
        points.append(Point(at, row.accuracy, row.low, row.high, NETWORK, why))
        if math.isfinite(row.date):
            ax.plot([place + 0.1], [row.date], BY_DATE.marker, color=BY_DATE.colour, ms=4.6)
        if math.isfinite(row.majority):
            ax.plot([place - 0.38, place + 0.38], [row.majority] * 2, color="black", lw=1.2)
        if math.isfinite(row.paper_accuracy):
            ax.plot([place + 0.3], [row.paper_accuracy], **PRINTED)
    forest.draw_points(ax, points, upright=True)
    forest.write_reasons(ax, points, upright=True)
    ax.axhline(0.5, color=style.DARK_GREY, ls=":", lw=0.9)
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlim(-0.5, len(data) - 0.5)
    ax.set_ylabel("accuracy on the test samples")
    ax.tick_params(axis="x", length=0)
    ax.spines[["top", "right"]].set_visible(False)


def _losses(ax: Axes, data: pd.DataFrame) -> None:
    """Mean loss of the last epoch."""
    forest.bands(ax, len(data), upright=True)
    for place, row in enumerate(data.to_dict("records")):
        for shift, (column, (_, colour)) in zip((-0.12, 0.12), LOSSES.items(), strict=True):
            ax.plot([place + shift], [row[column]], "o", color=colour, ms=5)
    ax.axhline(LN2, color=style.DARK_GREY, ls=":", lw=0.9)
    largest = float(np.nanmax([LN2, *data["training_loss"], *data["loss"]]))
    if largest > STEEP * LN2:
        ax.set_yscale("log")
    else:
        ax.set_ylim(0, 1.1 * largest)
    ax.set_ylabel("cross-entropy,\nlast epoch")
    names = [f"{row.variant}\n{length(int(row.minutes))}\nn = {row.n}" for row in data.itertuples()]
    ax.set_xticks(range(len(data)), labels=names)
    ax.tick_params(axis="x", length=0)
    ax.spines[["top", "right"]].set_visible(False)


def _legend(place: Figure) -> None:
    """What the marks mean."""
    handles = [forest.handle(NETWORK, "network (95 %, blocks)"), forest.handle(BY_DATE, "date")]
    handles[1].set_linewidth(0)
    handles.append(Line2D([], [], color="black", lw=1.2, label="majority class"))
    handles.append(Line2D([], [], label="printed in the paper", **PRINTED))
    for name, colour in LOSSES.values():
        handles.append(Line2D([], [], marker="o", ls="", color=colour, ms=5, label=f"{name} loss"))
    handles.append(Line2D([], [], color=style.DARK_GREY, ls=":", lw=0.9, label="coin"))
    place.legend(handles=handles, loc="center left", ncols=4, frameon=False)

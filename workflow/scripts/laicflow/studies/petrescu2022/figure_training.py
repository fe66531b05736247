"""How the training went: accuracy and loss by epoch, and the loss of what was varied (figs. 5, 6).

Means over the runs (seeds and folds of the first draw), with their range.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.report.blocks import plural
from laicflow.studies.petrescu2022.reasons import (
    height_below,
    length,
    told_below,
    why_silent,
    write_below,
)
from laicflow.studies.results import Results

COLUMNS5 = ("variant", "seed", "fold", "epoch", "part", "loss", "accuracy", "class_share", "note")
UNITS5 = dict.fromkeys(("seed", "fold", "epoch", "loss", "accuracy", "class_share"), "1")
PARTS = {"training": ("train", style.BLUE), "followed": ("validation", style.VERMILLION)}
LN2 = math.log(2)
# A loss beyond this many times that of a coin makes its axis logarithmic.
STEEP = 6
ROW = 1.45


def fig5(results: Results) -> Drawn:
    """Accuracy and loss of the headline's network by epoch, a row a variant.

    A curve of accuracy that lies on the dashed or on the dotted line is that of a classifier that
    always says the same: these are the shares of the larger and of the smaller class.

    Raises
    ------
    LaicflowError : there is no variant
    """
    if not results.variants:
        raise LaicflowError(f"{results.study}: no variant whose training could be shown")
    experiment = results.settings["headline"]["experiment"]
    parts, reasons = [], {}
    for variant in results.variants:
        own = first_draw(results, variant, experiment)
        reasons[variant] = "" if len(own) else why_silent(results, variant, experiment)
        parts.append(_rows(results, variant, own, reasons[variant]))
    data = pd.concat(parts, ignore_index=True)
    shown = [variant for variant, why in reasons.items() if not why]
    lines = told_below(reasons)
    heights = [0.3, max(ROW * len(shown), 0.02), height_below(lines)]
    figure = Figure(figsize=(style.PAGE, sum(heights) + 0.1), layout="constrained")
    head, body, low = figure.subfigures(3, 1, height_ratios=heights)
    if shown:
        _legend(head)
        axes = body.subplots(len(shown), 2, squeeze=False, sharex="row")
        for pair, variant in zip(axes, shown, strict=True):
            _variant(pair, data[data["variant"] == variant], results, variant)
        for ax in axes[-1]:
            ax.set_xlabel("epoch")
    write_below(low, lines)
    return Drawn(figure, data, UNITS5)


def first_draw(results: Results, variant: str, experiment: str) -> pd.DataFrame:
    """The history of an experiment on the first draw."""
    table = results.history[variant]
    return table[(table["experiment"] == experiment) & (table["draw"] == 0)]


def class_share(results: Results, variant: str, part: str) -> float:
    """Share of the larger class among the samples of a part, folds pooled; NaN without any."""
    splits = results.splits[variant]
    own = splits[(splits["draw"] == 0) & (splits["split"] == part)]
    label = results.samples[variant].set_index("sample_id")["label"]
    share = float(own["sample_id"].map(label).astype("float64").mean())
    return max(share, 1 - share)


def followed_part(results: Results, variant: str) -> str:
    """The part of the split that is followed through the epochs."""
    return results.variants[variant].get("training", {}).get("follow", "validation")


def _rows(results: Results, variant: str, own: pd.DataFrame, why: str) -> pd.DataFrame:
    """The numbers of one variant, a row a run, epoch and part."""
    if own.empty:
        nothing = {"variant": variant, "part": "", "note": why}
        made = pd.DataFrame([nothing])
    else:
        made = pd.concat(
            own[["seed", "fold", "epoch"]].assign(
                variant=variant,
                part=part,
                loss=own[f"{name}_loss"],
                accuracy=own[f"{name}_accuracy"],
                class_share=class_share(
                    results,
                    variant,
                    "train" if part == "training" else followed_part(results, variant),
                ),
                note="",
            )
            for part, (name, _) in PARTS.items()
        )
    for column in ("seed", "fold", "epoch"):
        made[column] = made.get(column, pd.Series(pd.NA, index=made.index)).astype("Int64")
    for column in ("loss", "accuracy", "class_share"):
        made[column] = made.get(column, pd.Series(np.nan, index=made.index)).astype("float64")
    return made[list(COLUMNS5)].reset_index(drop=True)


def _variant(pair: np.ndarray, own: pd.DataFrame, results: Results, variant: str) -> None:
    """Both panels of a variant."""
    accuracy, loss = pair
    told = []
    for part, (_, colour) in PARTS.items():
        one = own[own["part"] == part]
        band(accuracy, one, "accuracy", colour)
        band(loss, one, "loss", colour)
        share = one["class_share"].iloc[0]
        if math.isfinite(share):
            accuracy.axhline(share, color=colour, ls=(0, (5, 2)), lw=0.9)
            accuracy.axhline(1 - share, color=colour, ls=(0, (1, 2)), lw=0.9)
            told.append(f"{part} {share:.3f}")
    loss.axhline(LN2, color=style.DARK_GREY, ls=":", lw=0.9)
    if own["loss"].max() > STEEP * LN2:
        loss.set_yscale("log")
    runs = own[["seed", "fold"]].drop_duplicates()
    minutes = length(results.variants[variant]["window"]["minutes"])
    size = f"{plural(runs['seed'].nunique(), 'seed')}, {plural(runs['fold'].nunique(), 'fold')}"
    accuracy.set_title(f"{variant}, {minutes} ({size})", loc="left")
    follows = f"followed: {followed_part(results, variant)} samples"
    said = f"{follows}; larger class: {', '.join(told)}" if told else follows
    loss.set_title(said, loc="right", fontsize=6.5)
    accuracy.set_ylim(-0.03, 1.03)
    accuracy.set_ylabel("accuracy")
    loss.set_ylabel("cross-entropy")
    for ax in pair:
        _epochs(ax, own["epoch"])


def band(ax: Axes, own: pd.DataFrame, column: str, colour: str, width: float = 1.4) -> None:
    """Mean over the runs by epoch, and their range as a band."""
    known = own[np.isfinite(own[column].to_numpy(dtype="float64"))]
    if known.empty:
        return
    by_epoch = known.groupby("epoch")[column].agg(["mean", "min", "max"])
    at = by_epoch.index.to_numpy(dtype="float64")
    mark = "o" if len(at) == 1 else None
    ax.fill_between(at, by_epoch["min"], by_epoch["max"], color=colour, alpha=0.18, lw=0)
    ax.plot(at, by_epoch["mean"], color=colour, lw=width, marker=mark, ms=3.5)


def _epochs(ax: Axes, epoch: pd.Series) -> None:
    """Whole epochs on the axis."""
    last = int(epoch.max())
    ax.set_xlim(0.5, last + 0.5)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.spines[["top", "right"]].set_visible(False)


def _legend(place: Figure) -> None:
    """What the lines mean."""
    lines = [Line2D([], [], color=colour, label=part) for part, (_, colour) in PARTS.items()]
    styles = {"larger class": (0, (5, 2)), "smaller class": (0, (1, 2))}
    for name, dashes in styles.items():
        lines.append(Line2D([], [], color="black", ls=dashes, lw=0.9, label=f"share of the {name}"))
    lines.append(
        Line2D([], [], color=style.DARK_GREY, ls=":", lw=0.9, label="loss of a coin, ln 2")
    )
    place.legend(handles=lines, loc="center left", ncols=len(lines), frameon=False)

"""The panels of the figures of scores: ROC curves, bars, and the words around them."""

from __future__ import annotations

import math
import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from laicflow.evaluation.baselines import MAJORITY, PLACE
from laicflow.plots import style
from laicflow.plots.forest import SMALL
from laicflow.report.formats import ends
from laicflow.studies.seqnetquake.scored import CLASSES

# Parts of the figure's numbers: points of curves, scores, what could not be tested.
CURVE, SCORE, SILENT = "roc", "score", "not tested"
COLOURS = (
    style.BLUE,
    style.VERMILLION,
    style.GREEN,
    style.ORANGE,
    style.PURPLE,
    style.SKY,
    style.BLACK,
    style.DARK_GREY,
)
# Lines and bars are told apart without colour too; a ninth begins again with the next.
DASHES = (
    "-",
    (0, (5, 1.2)),
    (0, (1.2, 1.2)),
    (0, (5, 1.2, 1.2, 1.2)),
    (0, (2.5, 2.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (1.2, 3)),
    (0, (5, 1.2, 2.5, 1.2)),
)
HATCHES = ("", "/////", ".....", "\\\\\\\\\\", "xxxxx", "-----", "|||||", "ooo")
NAMES = {"mcc": "MCC", "f1_macro": "F1 macro", "f1_weighted": "F1 weighted"}
# One group of bars: the same number.
TOGETHER = {"f1_micro": "F1 micro = accuracy"}
PRINTED = {"marker": "D", "mfc": "white", "mec": "black", "ms": 4.5, "mew": 0.9, "ls": ""}
BY_PLACE = {"marker": "s", "mfc": "white", "mec": "black", "ms": 3.6, "mew": 0.8, "ls": ""}
# Marks stand so far from the middle of a bar, as a share of its width: there is its interval.
ASIDE = 0.27
LINE = 0.145
# Letters of small type in a line as wide as a page.
LETTERS = 145


def look(number: int) -> dict:
    """Colour and dashes of the classifier at that place of its block."""
    dashes = DASHES[(number + number // len(COLOURS)) % len(DASHES)]
    return {"color": COLOURS[number % len(COLOURS)], "ls": dashes}


def fill(number: int, *, bounded: bool = True) -> dict:
    """Colour and hatch of a bar of that classifier; without an interval it is open."""
    colour = COLOURS[number % len(COLOURS)]
    hatch = HATCHES[(number + number // len(COLOURS)) % len(HATCHES)]
    face, edge = (colour, "white") if bounded else ("white", colour)
    return {"facecolor": face, "edgecolor": edge, "hatch": hatch}


def draw_roc(ax: Axes, table: pd.DataFrame, names: pd.DataFrame, k: int) -> None:
    """The curves of one class against the rest, with their areas in a legend below.

    Where no classifier has a curve, words stand in place of the axes.

    Parameters
    ----------
    names : the classifiers, their index the place in the block that a look goes by
    """
    curves = table[(table["part"] == CURVE) & (table["class"] == k)]
    title = f"class {k}: {CLASSES[k]}"
    if curves["false_positive_rate"].isna().all():
        ax.axis("off")
        why = "\n".join(dict.fromkeys(curves["note"]))
        told = {"fontsize": SMALL, "style": "italic", "color": style.DARK_GREY}
        ax.text(0.0, 0.9, f"{title}\n{why}", transform=ax.transAxes, va="top", **told)
        return
    ax.plot([0, 1], [0, 1], color=style.DARK_GREY, ls=":", lw=0.9, zorder=1)
    handles = []
    for row in names.itertuples():
        own = curves[(curves["variant"] == row.variant) & (curves["experiment"] == row.experiment)]
        ax.plot(
            own["false_positive_rate"],
            own["true_positive_rate"],
            lw=1.2,
            zorder=3,
            **look(row.Index),
        )
        score = score_of(table, row.variant, row.experiment, f"auc_{k}")
        label = f"{row.label}  {interval(score)}"
        line = Line2D([], [], lw=1.4, **look(row.Index))
        handles.append(((line, Patch(**fill(row.Index))), label))
        if math.isfinite(score["paper"]):
            label = f"paper, {row.label}  {score['paper']:g}"
            handles.append((Line2D([], [], **PRINTED), label))
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", anchor="N")
    ticks = [0, 0.25, 0.5, 0.75, 1]
    ax.set_xticks(ticks, labels=["0", "", "0.5", "", "1"])
    ax.set_yticks(ticks, labels=["0", "", "0.5", "", "1"])
    ax.set_title(title, loc="left")
    ax.set_xlabel("false positive rate")
    if k == 0:
        ax.set_ylabel("true positive rate")
    ax.spines[["top", "right"]].set_visible(False)
    _legend(ax, handles)


def _legend(ax: Axes, handles: list[tuple[object, str]]) -> None:
    """The areas below a panel, each with the line of its curve and the look of its bars."""
    under = {"loc": "upper center", "bbox_to_anchor": (0.46, -0.19), "borderaxespad": 0.0}
    small = {"fontsize": SMALL, "title_fontsize": SMALL, "alignment": "left", "frameon": False}
    close = {"handlelength": 3.4, "handletextpad": 0.5, "labelspacing": 0.25}
    both = {"handler_map": {tuple: HandlerTuple(ndivide=None, pad=0.4)}}
    title = "AUC (95 % interval, blocks of time)"
    ax.legend(*zip(*handles, strict=True), title=title, **under, **small, **close, **both)


def draw_bars(ax: Axes, table: pd.DataFrame, names: pd.DataFrame, metrics: tuple[str, ...]) -> None:
    """Bars of the scores with their intervals, in the order of the legends.

    Parameters
    ----------
    metrics : a group of bars each; accuracy has none of its own, micro F1 being the same number
    """
    groups = [name for name in metrics if name in NAMES or name in TOGETHER]
    wide = 0.84 / max(len(names), 3)
    reached = [0.0, 1.0]
    for place, metric in enumerate(groups):
        for number, row in enumerate(names.itertuples()):
            at = place + (number - (len(names) - 1) / 2) * wide
            score = score_of(table, row.variant, row.experiment, metric)
            _bar(ax, at, 0.86 * wide, score, row.Index)
            reached += [score["low"], score["value"]]
            for baseline in (MAJORITY, PLACE):
                mark = score_of(table, row.variant, baseline, metric)
                _mark(ax, at, wide, mark["value"], baseline)
                reached.append(mark["value"])
    ax.axhline(0, color="black", lw=0.6)
    ax.set_xlim(-0.5, len(groups) - 0.5)
    least = float(np.nanmin(reached))
    ax.set_ylim(least - 0.05 if least < 0 else 0.0, 1.05)
    ax.set_xticks(range(len(groups)), labels=[{**NAMES, **TOGETHER}[name] for name in groups])
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("score on the test samples")
    ax.spines[["top", "right"]].set_visible(False)


def _bar(ax: Axes, at: float, wide: float, score: dict, number: int) -> None:
    """A bar, open where it has no interval or is constant, with the paper's number beside it."""
    value, low, high = score["value"], score["low"], score["high"]
    if math.isfinite(value):
        bounded = ends(low, high) not in ("no interval", "constant")
        ax.bar(at, value, wide, lw=0.9, zorder=2, **fill(number, bounded=bounded))
        if bounded:
            # Pale below, so that it shows on a dark bar.
            for colour, width in (("white", 2.6), ("black", 1.0)):
                look = {"color": colour, "lw": width, "solid_capstyle": "butt"}
                ax.plot([at, at], [low, high], zorder=4, **look)
    if math.isfinite(score["paper"]):
        ax.plot([at + ASIDE * wide], [score["paper"]], zorder=6, **PRINTED)


def _mark(ax: Axes, at: float, wide: float, value: float, baseline: str) -> None:
    """What a baseline scores on the same test samples."""
    if not math.isfinite(value):
        return
    if baseline == MAJORITY:
        sides = [at - wide / 2, at + wide / 2]
        for colour, width in (("white", 2.4), ("black", 1.2)):
            look = {"color": colour, "lw": width, "solid_capstyle": "butt"}
            ax.plot(sides, [value, value], zorder=3, **look)
    else:
        ax.plot([at - ASIDE * wide], [value], zorder=5, **BY_PLACE)


def draw_marks(place: Figure, table: pd.DataFrame) -> None:
    """What the marks on the bars and the dots in the panels mean, of those that are there."""
    own = table[table["part"] == SCORE]
    there = set(own["experiment"])
    shown = {"frameon": False, "handletextpad": 0.5, "columnspacing": 1.2}
    bar = {"marker": "|", "ms": 10, "mew": 1.0, "ls": "", "color": "black"}
    handles = [Line2D([], [], label="95 % interval", **bar)]
    network = own[~own["experiment"].isin((MAJORITY, PLACE)) & own["value"].notna()]
    if network["low"].isna().any() or (network["low"] == network["high"]).any():
        label = "open: no interval, or constant"
        handles.append(Patch(fc="white", ec="black", lw=0.9, label=label))
    if MAJORITY in there:
        handles.append(Line2D([], [], color="black", lw=1.4, label="majority class"))
    if PLACE in there:
        handles.append(Line2D([], [], label="place alone", **BY_PLACE))
    if own["paper"].notna().any():
        handles.append(Line2D([], [], label="printed in the paper", **PRINTED))
    handles.append(Line2D([], [], color=style.DARK_GREY, ls=":", lw=0.9, label="coin"))
    place.legend(handles=handles, loc="center left", ncols=len(handles), **shown)


def score_of(table: pd.DataFrame, variant: str, experiment: str, metric: str) -> dict:
    """The row of a score; its numbers are NaN where there is none."""
    found = table[
        (table["part"] == SCORE)
        & (table["variant"] == variant)
        & (table["experiment"] == experiment)
        & (table["metric"] == metric)
    ]
    if found.empty:
        return dict.fromkeys(("value", "low", "high", "paper"), math.nan)
    return found.iloc[0].to_dict()


def interval(score: dict) -> str:
    """A score with its interval in words."""
    if not math.isfinite(score["value"]):
        return "not defined"
    return f"{score['value']:.3f} ({ends(score['low'], score['high'], '–')})"


def legend_height(table: pd.DataFrame, count: int) -> float:
    """Height of the legends below the ROC panels, inches."""
    own = table[(table["part"] == SCORE) & table["metric"].str.startswith("auc_")]
    printed = own[own["paper"].notna()].groupby("metric").size().max()
    return 0.1 + LINE * (1 + count + (0 if np.isnan(printed) else int(printed)))


def height_of_text(text: list[str]) -> float:
    """Height of the words below a block, inches."""
    return 0.1 + 0.125 * len(_wrapped(text))


def write_text(place: Figure, text: list[str], top: float = 0.95) -> None:
    """Words in small type from the top of their part of a figure."""
    told = {"fontsize": SMALL, "color": style.DARK_GREY, "linespacing": 1.3}
    place.text(0.01, top, "\n".join(_wrapped(text)), va="top", ha="left", **told)


def _wrapped(text: list[str]) -> list[str]:
    """Lines no longer than a page is wide."""
    return [line for one in text for line in textwrap.wrap(one, LETTERS)]

"""Confusion matrices, and what is drawn in their place where nothing could be tested."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from laicflow.plots import style

# Colour and hatch of a part of a split, so that neither alone must tell them apart.
PARTS = {
    "train": (style.BLUE, ""),
    "validation": (style.SKY, "////"),
    "test": (style.ORANGE, ""),
    "purged": (style.GREY, "...."),
}


def draw_matrix(ax: Axes, counts: np.ndarray, classes: tuple[str, str], title: str) -> None:
    """A confusion matrix: rows are what was, columns what was predicted.

    Parameters
    ----------
    counts : (2, 2), how many
    classes : names of class 0 and 1
    """
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    colours = colormaps[style.AMOUNT].with_extremes(bad=style.GREY)
    ax.imshow(np.ma.masked_invalid(share), cmap=colours, vmin=0, vmax=1, aspect="equal")
    for row in range(2):
        for column in range(2):
            part = share[row, column]
            text = f"{counts[row, column]:g}"
            text += f"\n{100 * part:.1f} %" if np.isfinite(part) else "\nno samples"
            ink = style.ink_on(colours(part)[:3]) if np.isfinite(part) else "black"
            ax.text(column, row, text, ha="center", va="center", color=ink, linespacing=1.4)
    ax.set_xticks([0, 1], labels=list(classes))
    ax.set_yticks([0, 1], labels=list(classes), rotation=90, va="center")
    ax.tick_params(length=0)
    ax.set_xlabel("predicted")
    ax.set_ylabel("observed")
    ax.set_title(title, loc="left", linespacing=1.35)
    ax.set_xticks([0.5], minor=True)
    ax.set_yticks([0.5], minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)


def draw_parts(ax: Axes, counts: pd.DataFrame, names: dict[str, str], title: str) -> None:
    """Stacked bars of how many samples each fold has in which part of the split.

    Parameters
    ----------
    counts : one row a fold and class (`label` 0 or 1), one column a part (`PARTS`)
    names : of the folds, by their index
    title : stands above
    """
    height = 0.36
    last = int(counts.sum(axis=1).max()) if len(counts) else 0
    for place, fold in enumerate(names):
        for label in (0, 1):
            own = counts.loc[(fold, label)]
            _bar(ax, own, place + (label - 0.5) * (height + 0.04), height, last)
            text = "SIP" if label else "normal"
            at = place + (label - 0.5) * (height + 0.04)
            ax.text(last * 1.015, at, f"{text} {int(own.sum())}", va="center", fontsize=7)
    ax.set_yticks(range(len(names)), labels=list(names.values()))
    ax.invert_yaxis()
    ax.set_xlim(0, max(last, 1) * 1.14)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("samples")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_title(title, loc="left", linespacing=1.35)
    handles = [
        Patch(facecolor=c, hatch=h, edgecolor=style.DARK_GREY, label=name)
        for name, (c, h) in PARTS.items()
    ]
    ax.legend(handles=handles, ncols=4, loc="upper left", bbox_to_anchor=(0, -0.24), frameon=False)


def _bar(ax: Axes, own: pd.Series, at: float, height: float, last: int) -> None:
    """One stacked bar with the numbers in it."""
    begin = 0
    for part, (colour, hatch) in PARTS.items():
        size = int(own[part])
        if size == 0:
            continue
        ax.barh(
            at,
            size,
            height,
            left=begin,
            color=colour,
            hatch=hatch,
            edgecolor=style.DARK_GREY,
            linewidth=0.5,
        )
        if size > 0.04 * last:
            box = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
            middle = begin + size / 2
            ax.text(
                middle,
                at,
                f"{size}",
                ha="center",
                va="center",
                fontsize=7,
                color=style.ink_on(colour),
                bbox=box,
            )
        begin += size

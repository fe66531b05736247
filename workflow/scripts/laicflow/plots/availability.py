"""What is there of each source and month, as strips: sources down, months to the right."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.sources.registry import KINDS

# Steps of the share present, from none to all: least share of the step, its name, and its place on
# the scale. One missing hour must show, so that all has a step of its own.
SHARES = (
    (0.0, "none", 1.0),
    (1e-12, "under 25 %", 0.90),
    (0.25, "25–50 %", 0.80),
    (0.50, "50–75 %", 0.69),
    (0.75, "75–95 %", 0.57),
    (0.95, "95 % or more,\nnot all", 0.43),
    (1.0, "all", 0.0),
)
# Steps of the number of earthquakes in a month.
EVENTS = (
    (0, "0", 0.05),
    (1, "1–9", 0.3),
    (10, "10–99", 0.5),
    (100, "100–999", 0.75),
    (1000, "1000 or more", 1.0),
)
PARTS = {
    "maps": "maps",
    "tec": "TEC of stations",
    "orbits": "GNSS orbits",
    "biases": "code biases",
    "minutes": "magnetic field",
    "probes": "Langmuir probes",
    "olr": "radiation",
    "events": "earthquakes",
    "kp": "Kp",
    "dst": "Dst",
    "f107": "F10.7",
}
UNITS = {"expected": "1", "present": "1", "missing": "1", "share": "1", "provisional_share": "1"}
UNITS |= {"stated": "1", "provisional": "1"}

# The triangle of suspect values.
MARK = {"ms": 4.2, "mew": 0.4, "mec": "white", "c": style.VERMILLION}
# Inches: a row, what stands above and below the rows, left and right of them, the widest month.
ROW, ABOVE, BELOW, LEFT, RIGHT, WIDEST = 0.21, 0.12, 1.42, 1.65, 1.12, 0.5
# Up to so many months each has its own cell to the eye, and its name below.
FEW = 30
# Height of a strip, of its band of provisional values (where all are), of a gap between kinds.
STRIP, BAND, BETWEEN = 0.78, 0.3, 0.45


def draw(table: pd.DataFrame) -> Drawn:
    """The chart of a table `availability`.

    The colour of a cell is the share of what was asked for in its month, or, for a catalog, the
    number of earthquakes; blank months were not asked for. A band at the foot of a cell is the
    share of its values that say that they are provisional, a triangle above it marks suspect
    values, a line through it a month of which nothing is there.

    Parameters
    ----------
    table : `availability`, any number of sources and months

    Raises
    ------
    ValueError : a table without rows
    """
    if table.empty:
        raise ValueError("there is no month to draw")
    months = pd.period_range(table["month"].min(), table["month"].max(), freq="M")
    sources = _order(table)
    heights = _heights(sources)
    tall = ROW * (heights[-1] + 1)
    figure = Figure(figsize=(style.PAGE, ABOVE + tall + BELOW))
    wide, high = figure.get_size_inches()
    across = min(wide - LEFT - RIGHT, WIDEST * len(months))
    ax = figure.add_axes((LEFT / wide, BELOW / high, across / wide, tall / high))
    for place, (_, name) in zip(heights, sources, strict=True):
        own = table[table["source"] == name].sort_values("month")
        _row(ax, own, months, place)
    _axis_of_sources(ax, sources, heights)
    _axis_of_months(ax, months, across)
    _legend(figure, table, high)
    return Drawn(figure, table, UNITS)


def _order(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Kind and name of each source, kinds together."""
    pairs = table[["kind", "source"]].drop_duplicates().itertuples(index=False, name=None)
    return sorted(pairs, key=lambda pair: (KINDS.index(pair[0]), pair[1]))


def _heights(sources: list[tuple[str, str]]) -> list[float]:
    """Where the rows stand, a little apart where the kind changes."""
    steps = [
        0 if place == 0 else 1 + BETWEEN * (kind != sources[place - 1][0])
        for place, (kind, _) in enumerate(sources)
    ]
    return list(np.cumsum(steps))


def _row(ax: Axes, own: pd.DataFrame, months: pd.PeriodIndex, place: float) -> None:
    """One source: cells of one colour that follow each other are one piece."""
    at = np.asarray([months.get_loc(month) for month in own["month"].dt.to_period("M")])
    counted = own["share"].isna().to_numpy()
    steps = np.where(
        counted,
        -1 - step_of(own["present"].to_numpy(dtype="float64"), EVENTS),
        step_of(own["share"].fillna(0).to_numpy(dtype="float64"), SHARES),
    )
    foot = place + STRIP / 2
    for first, count, step in _runs(at, steps):
        colour = _colour(step)
        ax.broken_barh([(first, count)], (place - STRIP / 2, STRIP), facecolor=colour, linewidth=0)
        if step == 0:
            ax.plot(
                [first, first + count], [place] * 2, color="black", lw=0.9, solid_capstyle="butt"
            )
    band = _provisional(own)
    for first, count, share in _runs(at, band):
        if share:
            size = BAND * max(share, 0.25)
            ax.broken_barh(
                [(first, count)], (foot - size, size), facecolor=style.ORANGE, linewidth=0
            )
    odd = at[own["suspect"].fillna(0).to_numpy(dtype="float64") > 0]
    ax.plot(odd + 0.5, [place - STRIP / 2] * len(odd), "v", **MARK, clip_on=False, zorder=4)
    ax.text(1.012, place, _total(own), transform=ax.get_yaxis_transform(), va="center", fontsize=7)


def _provisional(own: pd.DataFrame) -> np.ndarray:
    """Share of the values present that say that they are provisional; 0 where there is none."""
    present = own["present"].to_numpy(dtype="float64", na_value=0)
    early = own["provisional"].to_numpy(dtype="float64", na_value=0)
    return early / np.maximum(present, 1)


def step_of(values: np.ndarray, steps: tuple) -> np.ndarray:
    """The step that each value falls into; one on an edge belongs to the step above."""
    return np.searchsorted([low for low, _, _ in steps], values, side="right") - 1


def _colour(step: int) -> tuple:
    """The colour of a step of `SHARES` (0 and above) or of `EVENTS` (-1 and below)."""
    if step >= 0:
        return colormaps[style.AMOUNT](SHARES[step][2])
    return style.shades(style.GREEN)(EVENTS[-1 - step][2])


def _runs(at: np.ndarray, values: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """First month, number of months and value of neighbours that share a value."""
    if not len(at):
        return
    new = np.flatnonzero((np.diff(at) != 1) | (np.diff(values) != 0)) + 1
    edges = [0, *new, len(at)]
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        yield int(at[first]), int(last - first), values[first]


def _total(own: pd.DataFrame) -> str:
    """What stands behind a row: the share over all months, or the number of earthquakes."""
    if own["expected"].isna().all():
        return f"{int(own['present'].sum()):,} earthquakes"
    share = own["present"].sum() / own["expected"].sum()
    return "100 %" if share == 1 else f"{min(99.99, 100 * share):.{2 if share > 0.999 else 1}f} %"


def _axis_of_sources(ax: Axes, sources: list[tuple[str, str]], heights: list[float]) -> None:
    """Names of the sources, and left of them those of their kinds."""
    ax.set_ylim(heights[-1] + 0.5, -0.5)
    ax.set_yticks(heights, labels=[name for _, name in sources])
    ax.tick_params(axis="y", length=0)
    for kind in dict.fromkeys(kind for kind, _ in sources):
        first = next(h for h, (own, _) in zip(heights, sources, strict=True) if own == kind)
        ax.annotate(
            PARTS[kind],
            (0, first),
            xycoords=("figure fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold",
            fontsize=7.5,
        )
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _axis_of_months(ax: Axes, months: pd.PeriodIndex, across: float) -> None:
    """Years, or months where there is room for them; light lines between them."""
    ax.set_xlim(0, len(months))
    if len(months) <= FEW:
        every = max(1, int(np.ceil(0.36 * len(months) / across)))
        ticks = list(range(0, len(months), every))
        first = {months[place].year: place for place in reversed(ticks)}
        names = [
            f"{months[p]:%b}\n{months[p].year if first[months[p].year] == p else ' '}"
            for p in ticks
        ]
        ax.set_xticks([place + 0.5 for place in ticks], labels=names)
        lines = range(1, len(months))
    else:
        years = [p for p, m in enumerate(months) if m.month == 1]
        every = max(1, int(np.ceil(0.33 * len(years) / across)))
        ticks = [p for p in years if months[p].year % every == 0]
        ax.set_xticks(ticks, labels=[str(months[p].year) for p in ticks])
        ax.set_xlabel("year, ticks at 1 January", labelpad=2)
        lines = years
    for line in lines:
        ax.axvline(line, color="white", lw=0.8 if len(months) <= FEW else 0.5)


def _legend(figure: Figure, table: pd.DataFrame, high: float) -> None:
    """What the colours and marks mean; only those of which the chart has any."""
    counted = table["share"].isna()
    groups = []
    if not counted.all():
        patches = [
            Patch(facecolor=_colour(place), edgecolor=style.DARK_GREY, lw=0.4, label=name)
            for place, (_, name, _) in enumerate(SHARES)
        ]
        groups.append(("share of the values asked for", patches[::-1]))
    if counted.any():
        patches = [
            Patch(facecolor=_colour(-1 - place), edgecolor=style.DARK_GREY, lw=0.4, label=name)
            for place, (_, name, _) in enumerate(EVENTS)
        ]
        groups.append(("earthquakes a month", patches))
    marks = _marks(table)
    if marks:
        groups.append(("marks", marks))
    left = 0.06
    for title, handles in groups:
        made = figure.legend(
            handles=handles,
            title=title,
            loc="upper left",
            bbox_to_anchor=(left, (BELOW - 0.44) / high),
            ncols=2 if len(handles) > 4 else 1,
            frameon=False,
            alignment="left",
            handlelength=1.3,
            handleheight=0.9,
            columnspacing=1.0,
            labelspacing=0.3,
            borderpad=0,
            borderaxespad=0,
        )
        made.get_title().set_fontweight("bold")
        left += 0.38 if len(handles) == 7 else 0.3


def _marks(table: pd.DataFrame) -> list[Patch | Line2D]:
    """The marks that the chart of a table has, for the legend."""
    months = table["month"].nunique() * table["source"].nunique()
    marks = [
        ((table["share"] == 0).any(), Line2D([], [], color="black", lw=0.9, label="nothing there")),
        (
            (table["provisional"].fillna(0) > 0).any(),
            Patch(facecolor=style.ORANGE, label="provisional, by share"),
        ),
        (
            (table["suspect"] > 0).any(),
            Line2D([], [], ls="", marker="v", **MARK, label="suspect values"),
        ),
        (
            len(table) < months,
            Patch(facecolor="white", edgecolor=style.DARK_GREY, lw=0.4, label="not asked for"),
        ),
    ]
    return [handle for used, handle in marks if used]

"""Images of days by hours, one panel a channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from laicflow.plots import style


@dataclass(frozen=True)
class Panel:
    """One channel to be drawn.

    Attributes
    ----------
    name : column of the numbers
    title : what stands above the panel
    unit : of the values, on the colour bar
    values : (day, hour), NaN where there is no value
    colour : of a polarity; None for an amount
    meaning : of 0 and 1, where the values are nothing else
    """

    name: str
    title: str
    unit: str
    values: np.ndarray
    colour: str | None = None
    meaning: tuple[str, str] | None = None


def draw_panels(panels: list[Panel], days: pd.DatetimeIndex, title: str) -> Figure:
    """Panels in rows of three: days down, hours of the day (UT) to the right.

    Amounts share one scale, so that they can be compared; each has its bar all the same.
    """
    rows = -(-len(panels) // 3)
    figure = Figure(figsize=(style.PAGE, 0.75 + 2.75 * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.06, wspace=0.03, hspace=0.03)
    axes = figure.subplots(rows, 3, sharex=True, sharey=True, squeeze=False)
    amounts = [panel.values for panel in panels if panel.colour is None]
    scale = _scale(amounts)
    for place, (panel, letter) in enumerate(zip(panels, "abcdefghi", strict=False)):
        ax = axes.flat[place]
        _draw(ax, panel, scale)
        ax.set_title(f"({letter}) {panel.title}", loc="left")
        _axes_of_time(ax, days, left=place % 3 == 0, bottom=place // 3 == rows - 1)
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    figure.suptitle(title, x=0.01, ha="left", linespacing=1.35)
    return figure


def _scale(values: list[np.ndarray]) -> Normalize:
    """One scale for all amounts, from the least to the largest value."""
    known = np.concatenate([v[np.isfinite(v)] for v in values]) if values else np.array([])
    if not len(known):
        return Normalize(0, 1)
    return Normalize(float(known.min()), float(known.max()))


def _draw(ax: Axes, panel: Panel, scale: Normalize) -> None:
    """The image and its colour bar; hours without a value are hatched."""
    colours: Colormap | str = style.AMOUNT
    if panel.colour is not None:
        known = panel.values[np.isfinite(panel.values)]
        top = 1.0 if panel.meaning else max(float(known.max(initial=0)), 1e-9)
        scale = Normalize(0, top)
        colours = style.two_colours(panel.colour) if panel.meaning else style.shades(panel.colour)
    ax.patch.set(facecolor=style.ABSENT, hatch="xxxx", edgecolor=style.DARK_GREY)
    # Rasters keep the SVG small; the 720 values themselves stand in the Parquet file.
    edges = (-0.5, 23.5, len(panel.values) - 0.5, -0.5)
    image = ax.imshow(
        np.ma.masked_invalid(panel.values), cmap=colours, norm=scale, aspect="auto", extent=edges
    )
    bar = ax.figure.colorbar(image, ax=ax, fraction=0.06, pad=0.03, aspect=28)
    bar.outline.set_linewidth(0.5)
    if panel.meaning:
        bar.set_ticks([0.25, 0.75], labels=list(panel.meaning))
        bar.ax.tick_params(length=0, labelrotation=90)
        for label in bar.ax.get_yticklabels():
            label.set(va="center")
    else:
        bar.set_label(panel.unit)


def _axes_of_time(ax: Axes, days: pd.DatetimeIndex, *, left: bool, bottom: bool) -> None:
    """Dates down, hours to the right; labels on the outer panels alone."""
    step = 6
    rows = np.arange(0, len(days), step)
    ax.set_yticks(rows, labels=[f"{day:%Y-%m-%d}" for day in days[rows]])
    ax.set_xticks([0, 6, 12, 18, 23])
    if left:
        ax.set_ylabel("day")
    if bottom:
        ax.set_xlabel("hour of day (UT)")

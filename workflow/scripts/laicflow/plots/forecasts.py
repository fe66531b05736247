"""Forecasts against observations, and the scores of models side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from laicflow.plots import labels, style

# Up to so many pairs each is a point, else their density is drawn.
MOST_POINTS = 400
GRID = 45
# Colours with hatches: as many models as both make.
COLOURS = (style.BLUE, style.ORANGE, style.GREEN, style.SKY, style.VERMILLION, style.PURPLE,
           style.YELLOW, style.DARK_GREY, style.GREY, "white")  # fmt: skip
HATCHES = ("", "////", "", "xxxx", "", "\\\\\\\\", "", "....", "||||", "----")


def draw_scatter(
    pairs: Mapping[str, tuple[np.ndarray, np.ndarray]],
    *,
    name: str = "VTEC",
    unit: str = "TECU",
    title: str = "",
) -> Figure:
    """Forecast against observed value, a panel a model, with the line on which both are equal.

    In each panel n, RMSE and R2 = 1 - SSE/SST of what it shows, pairs with both values.

    Parameters
    ----------
    pairs : by model observed and forecast, (epoch) each, NaN where missing
    name, unit : of the values

    Raises
    ------
    ValueError : no model, or arrays of different lengths
    """
    if not pairs:
        raise ValueError("no forecast to be drawn")
    known = {model: _known(model, *both) for model, both in pairs.items()}
    columns = min(3, len(known))
    rows = -(-len(known) // columns)
    wide = min(style.PAGE, 2.4 * columns + 0.7)
    dense = any(len(observed) > MOST_POINTS for observed, _ in known.values())
    panel = (wide - 0.5 - 0.75 * dense) / columns - 0.1
    figure = Figure(figsize=(wide, 0.55 + (panel + 0.33) * rows), layout="compressed")
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    limits = _limits(list(known.values()))
    images = []
    for ax, (model, (observed, forecast)), letter in zip(
        axes.flat, known.items(), "abcdefghijklmnop", strict=False
    ):
        images += _draw_pairs(ax, observed, forecast, limits)
        ax.set_title(f"({letter}) {model}", loc="left")
        _write_scores(ax, observed, forecast, unit)
    for place, ax in enumerate(axes.flat):
        ax.set_axis_off() if place >= len(known) else None
        # A panel above an empty place keeps its own numbers.
        ax.tick_params(labelbottom=place + columns >= len(known), labelleft=place % columns == 0)
    figure.supxlabel(f"observed {name} ({unit})", fontsize="medium")
    figure.supylabel(f"forecast {name} ({unit})", fontsize="medium")
    if images:
        _share_colours(figure, axes, images)
    if title:
        figure.suptitle(title, x=0.01, ha="left", linespacing=1.35)
    return figure


def _known(model: str, observed: np.ndarray, forecast: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pairs that have both values."""
    observed, forecast = np.asarray(observed, "f8").ravel(), np.asarray(forecast, "f8").ravel()
    if len(observed) != len(forecast):
        raise ValueError(f"{model}: {len(observed)} observations and {len(forecast)} forecasts")
    both = np.isfinite(observed) & np.isfinite(forecast)
    return observed[both], forecast[both]


def _limits(known: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """One range for both axes of all panels."""
    values = np.concatenate([one for pair in known for one in pair])
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    more = 0.04 * (high - low) or 1.0
    return low - more, high + more


def _draw_pairs(ax: Axes, observed: np.ndarray, forecast: np.ndarray, limits: tuple) -> list:
    """Points, or their density; the line of equal values."""
    images = []
    if len(observed) > MOST_POINTS:
        images.append(ax.hexbin(observed, forecast, gridsize=GRID, extent=(*limits, *limits),
                                mincnt=1, cmap=f"{style.AMOUNT}_r", linewidths=0.1))  # fmt: skip
    else:
        ax.plot(observed, forecast, ".", color=style.BLUE, markersize=2.5, alpha=0.7)
    ax.plot(limits, limits, color="black", linewidth=0.8, linestyle="--")
    ax.set(xlim=limits, ylim=limits, aspect="equal")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(color="0.92", linewidth=0.4)
    ax.set_axisbelow(True)
    return images


def scores(observed: np.ndarray, forecast: np.ndarray) -> tuple[int, float, float]:
    """Number of pairs, RMSE and R2 = 1 - SSE/SST; NaN where there is none."""
    if not len(observed):
        return 0, np.nan, np.nan
    errors = float(((forecast - observed) ** 2).sum())
    total = float(((observed - observed.mean()) ** 2).sum())
    return len(observed), (errors / len(observed)) ** 0.5, 1 - errors / total if total else np.nan


def _write_scores(ax: Axes, observed: np.ndarray, forecast: np.ndarray, unit: str) -> None:
    """Number, RMSE and R2 in the upper left corner."""
    count, rmse, r2 = scores(observed, forecast)
    said = f"n = {count:,}"
    if count:
        said += f"\nRMSE = {rmse:.2f} {unit}\nR² = {r2:.3f}".replace("-", "−")
    corner = {"transform": ax.transAxes, "ha": "left", "va": "top", "path_effects": [labels.STROKE]}
    ax.text(0.03, 0.97, said, fontsize=6.5, zorder=5, **corner)


def _share_colours(figure: Figure, axes: np.ndarray, images: list) -> None:
    """One scale of numbers for all panels."""
    most = max(float(image.get_array().max()) for image in images)
    scale = LogNorm(1, max(most, 2.0))
    for image in images:
        image.set_norm(scale)
    bar = figure.colorbar(images[0], ax=axes, fraction=0.04, pad=0.02, aspect=30)
    bar.set_label("pairs in a hexagon")
    bar.ax.yaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    bar.outline.set_linewidth(0.5)


def draw_bars(
    table: pd.DataFrame,
    *,
    units: Mapping[str, str],
    groups: str = "",
    title: str = "",
) -> Figure:
    """Scores as bars with their intervals, a panel a measure, models side by side in each group.

    Groups are what the table says: stations, leads, quiet and disturbed. All stand in the order in
    which they come. Where a value is missing, `n/a` stands in its place.

    Parameters
    ----------
    table : `model`, `group`, `measure`, `value`, `low`, `high`; the interval NaN where none is
        known
    units : by measure, "" for none; only these are drawn, in this order
    groups : name of the axis of groups, unit included

    Raises
    ------
    ValueError : a model with two values of a measure in a group, nothing of `units`, or more
        models than can be told apart
    """
    own = table[table["measure"].isin(list(units))]
    models, names = own["model"].unique().tolist(), own["group"].unique().tolist()
    if own.empty or own.duplicated(["model", "group", "measure"]).any():
        raise ValueError("expected one value of each model, group and measure")
    if len(models) > len(COLOURS):
        raise ValueError(f"{len(models)} models, expected at most {len(COLOURS)}")
    figure = Figure(figsize=(style.PAGE, 0.95 + 1.65 * len(units)), layout="constrained")
    axes = figure.subplots(len(units), 1, sharex=True, squeeze=False)[:, 0]
    for ax, (measure, unit), letter in zip(axes, units.items(), "abcdefgh", strict=False):
        rows = own[own["measure"] == measure].set_index(["model", "group"])
        _draw_measure(ax, rows, models, names)
        ax.set_title(f"({letter}) {measure}", loc="left")
        ax.set_ylabel(f"{measure} ({unit})" if unit else measure)
    axes[-1].set_xticks(range(len(names)), labels=[str(name) for name in names])
    axes[-1].set_xlim(-0.5, len(names) - 0.5)
    axes[-1].set_xlabel(groups)
    looks = [_look(number) for number in range(len(models))]
    handles = [Patch(label=model, **look) for model, look in zip(models, looks, strict=True)]
    legend = {"loc": "outside lower center", "ncols": min(5, len(models)), "frameon": False}
    figure.legend(handles=handles, columnspacing=1.4, **legend)
    figure.align_ylabels(axes)
    if title:
        figure.suptitle(title, x=0.01, ha="left", linespacing=1.35)
    return figure


def _look(number: int) -> dict:
    """Colour and hatch of a model."""
    return {"facecolor": COLOURS[number], "hatch": HATCHES[number], "edgecolor": "black",
            "linewidth": 0.5}  # fmt: skip


def _draw_measure(ax: Axes, rows: pd.DataFrame, models: Sequence[str], names: Sequence) -> None:
    """The bars of a measure, from zero."""
    wide = 0.84 / len(models)
    for number, model in enumerate(models):
        found = rows.reindex([(model, name) for name in names])
        value, low, high = (found[name].to_numpy("float64") for name in ("value", "low", "high"))
        at = np.arange(len(names)) + (number - (len(models) - 1) / 2) * wide
        known = np.isfinite(value)
        ax.bar(at[known], value[known], 0.94 * wide, zorder=2, **_look(number))
        bounded = known & np.isfinite(low) & np.isfinite(high)
        # An interval need not hold its value: its ends are drawn where they lie.
        ends = {"color": "black", "zorder": 3}
        ax.vlines(at[bounded], low[bounded], high[bounded], linewidth=0.8, **ends)
        for end in (low, high):
            ax.plot(at[bounded], end[bounded], "_", markersize=3, markeredgewidth=0.8, **ends)
        for place in at[~known]:
            ax.text(place, 0.03, "n/a", transform=ax.get_xaxis_transform(), rotation=90,
                    fontsize=5.5, ha="center", va="bottom")  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.6, zorder=2.5)
    ax.grid(axis="y", color="0.9", linewidth=0.4)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", length=0)

"""Taylor diagram: standard deviation, correlation and centred error of forecasts in one point each.

Taylor 2001 (J. Geophys. Res. 106, 7183): E'^2 = s^2 + r^2 - 2 s r R, with the standard deviations
s of a forecast and r of the observation, their correlation R and the root mean square E' of their
difference without their means. By the law of cosines s is a distance from the origin, R the cosine
of the angle with the axis, E' the distance from the observation's own point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from laicflow.plots import diverging, labels, style

RAYS = (0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
# Rays of a part that is drawn larger; those that it shows get their number.
FINE_RAYS = (*np.round(np.arange(0.1, 0.9, 0.1), 1), *np.round(np.arange(0.9, 0.99, 0.01), 2),
             0.99, 0.995)  # fmt: skip
MARKERS = "osD^vP<>Xph*"
OBSERVED = "observed"
ERROR, RAY, ARC = style.GREEN, style.BLUE, "0.6"
# A part is drawn larger if all forecasts lie in this share of the diagram's width and height.
CROWDED = 0.45


def numbers(observed: np.ndarray, forecasts: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """What the diagram shows, over the epochs that have the observation and every forecast.

    Parameters
    ----------
    observed : (epoch)
    forecasts : by model (epoch), NaN where there is none

    Returns
    -------
    A row a model, the first one `observed` itself: `model`, `sd`, `correlation`, `crmse` (centred),
    `bias` (forecast - observed), all with n below; `n`

    Raises
    ------
    ValueError : fewer than two epochs that have all, or an observation that never changes
    """
    stack = np.array([observed, *forecasts.values()], dtype="float64")
    stack = stack[:, np.isfinite(stack).all(axis=0)]
    if stack.shape[1] < 2 or np.ptp(stack[0]) == 0:
        raise ValueError(f"{stack.shape[1]} epochs with observation and all forecasts")
    apart = stack - stack.mean(axis=1, keepdims=True)
    sd = np.sqrt((apart**2).mean(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        correlation = (apart * apart[0]).mean(axis=1) / (sd * sd[0])
    return pd.DataFrame(
        {
            "model": [OBSERVED, *forecasts],
            "sd": sd,
            "correlation": correlation,
            "crmse": np.sqrt(((apart - apart[0]) ** 2).mean(axis=1)),
            "bias": (stack - stack[0]).mean(axis=1),
            "n": stack.shape[1],
        }
    )


def draw_taylor(
    table: pd.DataFrame,
    *,
    unit: str = "TECU",
    normalised: bool = False,
    title: str = "",
) -> Figure:
    """The diagram, and beside it the crowded part larger where forecasts lie close together.

    Forecasts without a correlation (such as a constant one, whose standard deviation is 0) stand
    at the origin.

    Parameters
    ----------
    table : as `numbers` gives it
    unit : of the values
    normalised : standard deviations and errors are divided by that of the observation
    """
    shown = _scaled(table, normalised)
    unit = "share of the observed" if normalised else unit
    whole, part = _windows(shown)
    quarter = whole[0][0] == 0 and not part
    size = (5.6, 4.6) if quarter else (style.PAGE, 3.5 if part else 4.2)
    figure = Figure(figsize=size, layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, 2 if part else 1))
    scale = diverging.centred([shown["bias"].to_numpy()])
    _draw(axes[0], shown, whole, unit, scale, fine=False)
    if part:
        (west, east), (south, north) = part
        how = {"facecolor": "none", "edgecolor": "black", "linewidth": 0.8, "zorder": 6}
        axes[0].add_patch(Rectangle((west, south), east - west, north - south, **how))
        _draw(axes[1], shown, part, unit, scale, fine=True)
        for ax, text in zip(axes, ("(a)", "(b) the frame of (a)"), strict=True):
            ax.set_title(text, loc="left", pad=14)
    points = axes[0].collections[-1]
    bar = figure.colorbar(points, ax=list(axes), fraction=0.04, pad=0.02, aspect=30)
    bar.set_label(f"bias, forecast − observed ({unit})")
    bar.outline.set_linewidth(0.5)
    figure.legend(handles=_handles(), loc="outside lower center", ncols=4, frameon=False)
    if title:
        figure.suptitle(title, x=0.01, ha="left", linespacing=1.35)
    _name(figure, axes, shown, part)
    return figure


def _scaled(table: pd.DataFrame, normalised: bool) -> pd.DataFrame:
    """The rows with their places `x` and `y`, forecasts behind the observation."""
    shown = table.copy()
    if normalised:
        own = float(shown.loc[shown["model"] == OBSERVED, "sd"].iloc[0])
        shown[["sd", "crmse", "bias"]] /= own
    r = shown["correlation"].fillna(0.0).clip(-1, 1)
    shown["x"], shown["y"] = shown["sd"] * r, shown["sd"] * np.sqrt(1 - r**2)
    return shown


def _windows(shown: pd.DataFrame) -> tuple[tuple, tuple | None]:
    """Limits of the whole diagram and of the part to be drawn larger, None where none is crowded.

    A half circle where a correlation is negative, else a quarter. The part is a square.
    """
    reach = 1.18 * float(shown["sd"].max())
    left = -reach if (shown["x"] < -0.01 * reach).any() else 0.0
    whole = ((left, reach), (0.0, reach))
    low, high = shown[["x", "y"]].min().to_numpy(), shown[["x", "y"]].max().to_numpy()
    side = 1.3 * float((high - low).max())
    if side > CROWDED * reach or len(shown) < 3:
        return whole, None
    middle = (low + high) / 2
    begin = np.maximum(middle - side / 2, [left, -0.06 * side])
    return whole, tuple((float(one), float(one) + side) for one in begin)


def _draw(ax: Axes, shown: pd.DataFrame, window: tuple, unit: str, scale, *, fine: bool) -> None:
    """Rays, arcs and points within a window."""
    (west, east), (south, north) = window
    ax.set(xlim=window[0], ylim=window[1], aspect="equal")
    reach = max(math.hypot(x, y) for x in (west, east) for y in (south, north)) if fine else east
    own = shown[shown["model"] == OBSERVED].iloc[0]
    used = list(shown[["x", "y"]].to_numpy())
    _rays(ax, window, reach, used, fine=fine)
    _arcs(ax, window, reach, float(own["sd"]), used, fine=fine)
    ax.plot(own["x"], own["y"], "*", color="black", markersize=10, zorder=5, clip_on=False)
    models = shown[shown["model"] != OBSERVED]
    look = {"norm": scale, "cmap": diverging.COLOURS, "edgecolors": "black", "linewidths": 0.7}
    for number, row in enumerate(models.itertuples()):
        marker = MARKERS[number % len(MARKERS)]
        ax.scatter(row.x, row.y, 34, [row.bias], marker=marker, zorder=5, **look)
    said = f"standard deviation ({unit})"
    ax.set(xlabel=said if not fine else f"s · R ({unit})")
    ax.set(ylabel=said if not fine else f"s · √(1 − R²) ({unit})")
    ax.spines[["top", "right"]].set_visible(fine)
    if west < 0 and not fine:
        ax.spines["left"].set_visible(False)
        ax.set_ylabel("")
        ax.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")


def _arcs(
    ax: Axes, window: tuple, reach: float, own: float, used: list[np.ndarray], *, fine: bool
) -> None:
    """Circles of equal standard deviation about the origin, of equal error about the observed.

    Numbers keep away from the places `used`, to which they are added.
    """
    turn = np.linspace(0, np.pi, 721)
    circle = np.column_stack([np.cos(turn), np.sin(turn)])
    sizes = [size for size in MaxNLocator(5).tick_values(0, reach) if 0 < size < reach]
    for size in sizes:
        ax.plot(*(size * circle).T, color=ARC, linewidth=0.6, zorder=1)
    ax.plot(*(own * circle).T, color="black", linewidth=1.0, linestyle="--", zorder=1.2)
    (west, east), (south, north) = window
    if not fine:
        ax.set_yticks([0.0, *sizes] if west == 0 else [])
        ax.set_xticks([0.0, *sizes, *(-size for size in sizes if west < 0)])
        edge = reach * circle[circle[:, 0] >= west / reach - 1e-9]
        ax.plot(*edge.T, color="black", linewidth=0.9, zorder=1, clip_on=False)
    far = max(math.hypot(x - own, y) for x in (west, east) for y in (south, north))
    for size in MaxNLocator(6).tick_values(0, min(far, reach * 2)):
        path = own * np.array([1.0, 0.0]) + size * circle
        inside = (path[:, 0] > west) & (path[:, 0] < east) & (path[:, 1] < north)
        inside &= (path[:, 1] >= south) & (np.hypot(*path.T) < reach)
        if size <= 0 or inside.sum() < 12:
            continue
        path[~inside] = np.nan
        ax.plot(*path.T, color=ERROR, linewidth=0.7, linestyle=":", zorder=1)
        path = path[inside]
        shares = (np.linspace(0.1, 0.9, 33) * (len(path) - 1)).astype(int)
        free = [min(math.hypot(*(path[i] - one)) for one in used) for i in shares]
        used.append(path[shares[int(np.argmax(free))]])
        _number(ax, used[-1], f"{size:g}", ERROR)


def _number(ax: Axes, place: np.ndarray, text: str, colour: str) -> None:
    """A number on a line."""
    x, y = place
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.9}
    ax.text(x, y, text, fontsize=6.0, color=colour, ha="center", va="center", bbox=box, zorder=2)


def _rays(ax: Axes, window: tuple, reach: float, used: list[np.ndarray], *, fine: bool) -> None:
    """Lines of equal correlation, their numbers at their ends."""
    (west, east), (south, north) = window
    rays = FINE_RAYS if fine else RAYS
    if west < 0:
        rays = sorted({*rays, *(-r for r in rays)})
    for r in rays:
        along = np.linspace(0, reach, 400)
        line = np.column_stack([along * r, along * math.sqrt(1 - r * r)])
        inside = (line[:, 0] >= west) & (line[:, 0] <= east)
        inside &= (line[:, 1] >= south) & (line[:, 1] <= north)
        if inside.sum() < 8:
            continue
        line = line[inside]
        ax.plot(*line.T, color=RAY, linewidth=0.5, linestyle="-.", zorder=1)
        if fine:
            used.append(line[int(0.94 * (len(line) - 1))])
            _number(ax, used[-1], f"{r:g}", RAY)
        else:
            x, y = 1.045 * reach * np.array([r, math.sqrt(1 - r * r)])
            ax.text(x, y, f"{r:g}".replace("-", "−"), fontsize=6.5, color=RAY, ha="center",
                    va="center")  # fmt: skip
    if not fine:
        x, y = 1.16 * reach * np.array([1, 1]) / math.sqrt(2)
        ax.text(x, y, "correlation R", rotation=-45, color=RAY, fontsize=7.5, ha="center",
                va="center")  # fmt: skip


def _handles() -> list[Line2D]:
    """What the lines mean."""
    star = {"marker": "*", "markersize": 9, "color": "black", "linestyle": "none"}
    return [
        Line2D([], [], label=OBSERVED, **star),
        Line2D([], [], label="its standard deviation", color="black", linestyle="--"),
        Line2D([], [], label="centred RMSE", color=ERROR, linestyle=":"),
        Line2D([], [], label="correlation R", color=RAY, linestyle="-.", linewidth=0.7),
    ]


def _name(figure: Figure, axes: np.ndarray, shown: pd.DataFrame, part: tuple | None) -> None:
    """Names in the larger part, where there is one, for what it shows; the layout is then fixed."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    ax = axes[-1]
    labels.write(ax, shown["x"].to_numpy(), shown["y"].to_numpy(), shown["model"].tolist())

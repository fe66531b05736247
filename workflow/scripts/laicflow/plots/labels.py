"""Names beside their points so that none lies on another: the nearest free place, with a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath

# Distances of a name from its point that are tried, points.
REACH = (5, 8, 12, 17, 23, 30, 38, 47, 57, 70)
TURNS = 24
# A name further than this from its point has a line to it.
NEAR = 9.0
# White space around a name, points.
AIR = 1.5
STROKE = withStroke(linewidth=2.0, foreground="white")


def extent(text: str, size: float) -> tuple[float, float]:
    """Width and height of a line of text, points."""
    box = TextPath((0, 0), text, prop=FontProperties(size=size)).get_extents()
    return float(box.width) + 2 * AIR, size + 2 * AIR


def places(
    points: np.ndarray,
    boxes: np.ndarray,
    frame: tuple[float, float, float, float],
    taken: np.ndarray | None = None,
) -> np.ndarray:
    """Middles of names, each as near to its point as no other name or point is covered.

    Points in the thickest crowd choose first. Where all is taken the place that covers least.

    Parameters
    ----------
    points : (n, 2), points (1/72 inch)
    boxes : (n, 2), widths and heights of the names
    frame : left, lower, right and upper edge, within which names stay
    taken : (m, 2) further points that are not to be covered

    Returns
    -------
    (n, 2)
    """
    marks = points if taken is None or not len(taken) else np.concatenate([points, taken])
    apart = np.hypot(*(points[:, None] - marks[None]).transpose(2, 0, 1))
    crowd = (apart < 40).sum(axis=1)
    made = np.full(points.shape, np.nan)
    for own in np.argsort(-crowd, kind="stable").tolist():
        tried = _around(points[own], boxes[own])
        cost = _covered(tried, boxes[own], marks, made, boxes)
        cost += _crossed(points[own], tried, made, boxes)
        cost += _mistaken(points[own], tried, boxes[own], marks)
        left, lower, right, upper = frame
        half = boxes[own] / 2
        outside = (tried - half < (left, lower)).any(1) | (tried + half > (right, upper)).any(1)
        cost += 100.0 * outside
        made[own] = tried[int(np.argmin(cost))]
    return made


def _around(point: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Places around a point, from near to far, to the right and to the left first."""
    angle = 2 * np.pi * np.arange(TURNS) / TURNS
    angle = angle[np.lexsort([-np.cos(angle).round(6), np.abs(np.sin(angle)).round(6)])]
    way = np.column_stack([np.cos(angle), np.sin(angle)])
    # Up to the edge of the name: over its corners and sides alike.
    edge = np.clip(way * 1.5, -1, 1) * box / 2
    return np.concatenate([point + edge + way * reach for reach in REACH])


def _covered(
    tried: np.ndarray, box: np.ndarray, marks: np.ndarray, made: np.ndarray, boxes: np.ndarray
) -> np.ndarray:
    """How many names and points each place covers."""
    near = np.abs(tried[:, None] - marks[None]) < box / 2 + 3.5
    names = np.abs(tried[:, None] - made[None]) < (box + boxes[None]) / 2
    return near.all(axis=2).sum(axis=1) + 3.0 * names.all(axis=2).sum(axis=1)


def _mistaken(
    point: np.ndarray, tried: np.ndarray, box: np.ndarray, marks: np.ndarray
) -> np.ndarray:
    """Whether a name at each place is as near to another point, and would be taken for its own."""
    own = _gap(tried, point, box)
    # A point that is there twice is no other one.
    others = marks[np.hypot(*(marks - point).T) > 0]
    if not len(others):
        return np.zeros(len(tried))
    least = _gap(tried[:, None], others[None], box).min(axis=1)
    return 1.5 * (least < own + 3.0) * np.where(own > NEAR, 0.3, 1.0)


def _crossed(
    point: np.ndarray, tried: np.ndarray, made: np.ndarray, boxes: np.ndarray
) -> np.ndarray:
    """How many names the line from the point to each place runs over."""
    along = np.linspace(0, 1, 12)[:, None, None]
    line = point + along * (tried - point)
    inside = np.abs(line[:, :, None] - made) < boxes / 2
    return inside.all(axis=3).any(axis=0).sum(axis=1).astype(float)


def _gap(middle: np.ndarray, point: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Distances (...) of points (..., 2) from the edges of names about the places `middle`."""
    beyond = np.maximum(np.abs(point - middle) - box / 2, 0)
    return np.hypot(beyond[..., 0], beyond[..., 1])


def write(
    ax: Axes,
    x: Sequence[float],
    y: Sequence[float],
    texts: Sequence[str],
    *,
    size: float = 7.0,
    taken: np.ndarray | None = None,
    bold: bool = False,
) -> list:
    """Write names beside points of an axes whose layout is settled by drawing it first.

    Parameters
    ----------
    x, y : places of the points, data
    taken : (m, 2) further places that are not to be covered, data

    Returns
    -------
    the annotations
    """
    figure = ax.figure
    figure.draw_without_rendering()
    scale = 72.0 / figure.dpi
    points = ax.transData.transform(np.column_stack([x, y])) * scale
    others = None if taken is None else ax.transData.transform(taken) * scale
    boxes = np.array([extent(text, size * (1.08 if bold else 1.0)) for text in texts])
    window = ax.get_window_extent()
    frame = tuple(float(v) * scale for v in (window.x0, window.y0, window.x1, window.y1))
    made = places(points, boxes.reshape(-1, 2), frame, others)
    written = []
    look = {"fontsize": size, "fontweight": "bold" if bold else "normal", "zorder": 7}
    for point, middle, text, x_own, y_own in zip(points, made, texts, x, y, strict=True):
        line = {"arrowstyle": "-", "linewidth": 0.5, "color": "0.35", "shrinkA": 0, "shrinkB": 2}
        far = _gap(middle, point, np.array(extent(text, size))) > NEAR
        note = ax.annotate(
            text, (x_own, y_own), tuple(middle - point), textcoords="offset points", ha="center",
            va="center", arrowprops=line if far else None, path_effects=[STROKE], **look,
        )  # fmt: skip
        note.set_in_layout(False)
        written.append(note)
    return written

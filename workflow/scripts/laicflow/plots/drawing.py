"""A figure and the numbers in it, written so that the same numbers give the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from laicflow.files import atomic_path
from laicflow.plots import style
from laicflow.store import write_parquet


@dataclass
class Drawn:
    """A picture and the very numbers in it.

    Attributes
    ----------
    figure : the picture
    data : its numbers, one row a number
    units : unit of each column of `data` that has one
    """

    figure: Figure
    data: pd.DataFrame
    units: dict[str, str] = field(default_factory=dict)


def render(
    draw: Callable[[Any], Drawn],
    results: Any,
    outputs: dict[str, str],
    *,
    attributes: dict[str, str] | None = None,
    check: Callable[[pd.DataFrame, dict[str, str]], None] | None = None,
) -> Drawn:
    """Draw a figure in our style and write it as `svg`, `png` and `parquet`.

    Parameters
    ----------
    draw : makes the figure of `results`
    outputs : paths of the three files; the name of the SVG salts its ids
    attributes : go into the Parquet file, where `units` is added
    check : called with the numbers and their units before anything is written
    """
    with style.applied():
        drawn = draw(results)
        if check is not None:
            check(drawn.data, drawn.units)
        save(drawn.figure, svg=outputs["svg"], png=outputs["png"], attributes=attributes)
    told = {**(attributes or {}), "units": json.dumps(drawn.units, sort_keys=True)}
    write_parquet(drawn.data, outputs["parquet"], attributes=told)
    return drawn


def save(
    figure: Figure, *, svg: str | Path, png: str | Path, attributes: dict[str, str] | None = None
) -> None:
    """Write a figure without dates, with ids that depend on the file's name alone.

    Of `attributes`, `caption` and `licence` go into both files, as title and rights.
    """
    told = attributes or {}
    names = {"caption": "Title", "licence": "Rights"}
    about = {"Date": None, "Creator": None}
    about |= {name: told[key] for key, name in names.items() if told.get(key)}
    with mpl.rc_context({"svg.hashsalt": Path(svg).stem}), atomic_path(svg) as temporary:
        figure.savefig(temporary, format="svg", metadata=about)
        _name_clips(temporary, Path(svg).stem)
    names = {"caption": "Title", "licence": "Copyright"}
    about = {"Software": None}
    about |= {name: told[key] for key, name in names.items() if told.get(key)}
    with atomic_path(png) as temporary:
        figure.savefig(temporary, format="png", metadata=about)


def _name_clips(path: Path, stem: str) -> None:
    """Name the clip paths of an SVG by their order.

    matplotlib names them by the exact place of their axes, whose last digit the solver of the
    layout leaves to chance, although no place in the file shows it.
    """
    text = path.read_text(encoding="utf-8")
    for number, old in enumerate(re.findall(r'<clipPath id="(p[0-9a-f]{10})"', text)):
        new = hashlib.sha256(f"{stem} clip {number}".encode()).hexdigest()[:10]
        text = text.replace(f'"{old}"', f'"p{new}"').replace(f"#{old})", f"#p{new})")
    path.write_text(text, encoding="utf-8")

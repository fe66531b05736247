"""What a page is made of: tables, pictures, statuses, as plain values that a template can show."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from laicflow.report.formats import shown

# Word and symbol of a check's status; the symbol tells them apart without colour.
STATUSES = {
    "pass": ("pass", "✓"),
    "warn": ("warning", "!"),
    "fail": ("fail", "✗"),
    "na": ("no data", "–"),
}
VERDICTS = {"skill": "✓", "no skill": "✗", "undecidable": "?", "not audited": "…"}


@dataclass
class Grid:
    """A table for a page.

    Attributes
    ----------
    head : headings
    rows : cells, texts alone
    numeric : whether a column is set to the right
    caption : stands above
    """

    head: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    caption: str = ""
    wide: bool = field(default=False)


def grid(
    head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "", digits: int = 4
) -> Grid:
    """A table from any values; a column without any text but numbers is set to the right."""
    rows = [list(row) for row in rows]
    numeric = []
    for place in range(len(head)):
        values = [row[place] for row in rows if shown(row[place]) != "–"]
        numeric.append(
            bool(values) and all(isinstance(v, (int, float)) and v is not True for v in values)
        )
    cells = [[shown(value, digits) for value in row] for row in rows]
    return Grid(list(head), cells, numeric, caption, wide=len(head) > 6)


def frame(table: pd.DataFrame, caption: str = "", digits: int = 4) -> Grid:
    """A table from a frame; columns of numbers are set to the right."""
    made = grid(list(table.columns), table.itertuples(index=False), caption, digits)
    made.numeric = [pd.api.types.is_numeric_dtype(table[c]) for c in table.columns]
    return made


def picture(path: str | Path) -> str:
    """A file as a `data:` address, so that the page asks for nothing from outside."""
    kind = {".svg": "image/svg+xml", ".png": "image/png"}[Path(path).suffix]
    return f"data:{kind};base64,{base64.b64encode(Path(path).read_bytes()).decode()}"


def plural(count: int, word: str) -> str:
    """A count with its noun: 1 hour, 2 hours."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def days_of(number: float | str) -> str:
    """A number of days with its noun, whole or not: 1 day, 0.25 days."""
    return f"{float(number):g} day{'' if float(number) == 1 else 's'}"


def setting(value: object) -> str:
    """A value of the configuration as it would be written there."""
    if value is None:
        return "(not set)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(setting(part) for part in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {setting(part)}" for key, part in value.items()) + "}"
    return str(value)

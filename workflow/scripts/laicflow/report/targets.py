"""The tables and figures that can be asked for by name, and what each must hold.

`config/targets.csv` has a row for each: study, name, kind (figure or table), needs (what of the
results it reads), variants (whose: `shown`, or an entry of the study's `compare`), columns
(`name:unit` of its Parquet file, the unit left out where it has none), least_rows (in the demo),
caption (its title; `laicflow.report.captions` may add to it).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from laicflow.errors import ConfigError, LaicflowError

if TYPE_CHECKING:
    import pandas as pd

FOLDERS = {"figure": "figures", "table": "tables"}
# Files of a target; the first is what a reader sees first.
SUFFIXES = {"figure": ("svg", "png", "parquet"), "table": ("csv", "md", "tex", "parquet")}


@dataclass(frozen=True)
class Target:
    """A row of the list; `columns` maps a column to its unit (empty where it has none)."""

    study: str
    name: str
    kind: str
    needs: tuple[str, ...]
    variants: str
    columns: dict[str, str]
    least_rows: int
    caption: str

    @property
    def stem(self) -> str:
        """Name of its rule, log, caption and files."""
        return f"{self.study}_{self.name}"

    def outputs(self, base: str) -> dict[str, str]:
        """Its files by suffix, under the study's folder of results."""
        folder = f"{base}/{FOLDERS[self.kind]}/{self.stem}"
        return {suffix: f"{folder}.{suffix}" for suffix in SUFFIXES[self.kind]}

    def row(self) -> dict[str, str]:
        """The row of the list, as `parse` takes it."""
        columns = [f"{name}:{unit}" if unit else name for name, unit in self.columns.items()]
        return {
            "study": self.study,
            "name": self.name,
            "kind": self.kind,
            "needs": ";".join(self.needs),
            "variants": self.variants,
            "columns": ";".join(columns),
            "least_rows": str(self.least_rows),
            "caption": self.caption,
        }

    def faults(self, table: pd.DataFrame, units: dict[str, str]) -> list[str]:
        """What about a table does not fit this row; `least_rows` is left to the demo."""
        found = []
        if list(table.columns) != list(self.columns):
            found.append(f"columns {list(table.columns)}, expected {list(self.columns)}")
        for column, unit in self.columns.items():
            if units.get(column, "") != unit:
                found.append(f"{column}: unit {units.get(column, '')!r}, expected {unit!r}")
        if table.empty:
            found.append("no rows")
        return found

    def check(self, table: pd.DataFrame, units: dict[str, str]) -> None:
        """Refuse a table that does not fit this row.

        Raises
        ------
        LaicflowError : names the target and all that is wrong
        """
        found = self.faults(table, units)
        if found:
            raise LaicflowError(f"{self.stem} is not what targets.csv says: {'; '.join(found)}")


def read(path: str | Path) -> dict[str, Target]:
    """All targets by stem.

    Raises
    ------
    ConfigError : a kind that is unknown, a stem that stands twice
    """
    targets: dict[str, Target] = {}
    with open(path, encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            one = parse(row)
            if one.stem in targets:
                raise ConfigError(f"{path}: {one.stem} stands twice")
            targets[one.stem] = one
    return targets


def parse(row: dict) -> Target:
    """A target from a row of the list.

    Raises
    ------
    ConfigError : a kind that is unknown
    """
    if row["kind"] not in FOLDERS:
        known = ", ".join(FOLDERS)
        raise ConfigError(f"target {row['name']}: unknown kind {row['kind']!r}; known are {known}")
    columns = dict(part.partition(":")[::2] for part in row["columns"].split(";"))
    return Target(
        study=row["study"],
        name=row["name"],
        kind=row["kind"],
        needs=tuple(row["needs"].split(";")),
        variants=row["variants"],
        columns=columns,
        least_rows=int(row["least_rows"]),
        caption=row["caption"],
    )

"""Table 2 of the study as people read it: the runs below each other, both ways side by side."""

from __future__ import annotations

import math

import pandas as pd

from laicflow.report.formats import shown
from laicflow.studies.pham2023.table_runs import LOST, PUBLISHED, printed, table2
from laicflow.studies.results import Results

# Rows below the runs, as people read them.
SUMMARY = {
    "mean": "mean (95 %, blocks of time)",
    "sd_population": "sd over the runs (by n)",
    "sd": "sd over the runs (by n − 1)",
    "sd_binomial": "binomial sd of one test set",
    "difference": "with − without (95 %, over the runs)",
    "difference_blocks": "with − without (95 %, blocks of time)",
    "variance_ratio": "variance ratio without / with (F-test)",
}
# What the paper prints over the runs: its row, the label, and the row that holds the print.
OVER_RUNS = {
    "mean": ("mean", "printed_mean"),
    "sd_population": ("sd over the runs (by n)", "printed_sd"),
}
SIDES = ("with", "without")
# Rows that need every run.
OF_BOTH = ("difference", "difference_blocks", "variance_ratio")


def readable_runs(table: pd.DataFrame) -> pd.DataFrame:
    """Table 2 as the paper sets it: published, then each variant, with and without.

    Parameters
    ----------
    table : what `table2` made
    """
    cells = _Cells(table)
    rows = []
    for run in cells.runs:
        row = {"run": str(run), **cells.seeds(run)}
        for variant, side, head in cells.columns():
            row[head] = cells.text(variant, side, "run", run)
        rows.append(row)
    for name, label in SUMMARY.items():
        row = {"run": label, **cells.seeds(None)}
        for variant, side, head in cells.columns():
            row[head] = cells.text(variant, side, name)
        rows.append(row)
    return pd.DataFrame(rows)


def claims_of_runs(results: Results) -> pd.DataFrame:
    """The paper's numbers of Table 2 beside both variants, a row a run, for people."""
    cells = _Cells(table2(results))
    alone = [claim for claim in printed(results.settings) if "run" in claim]
    tests = {(claim["experiment"], claim["run"]): claim["n"] for claim in alone}
    rows = []
    for run in sorted({number for _, number in tests}):
        row = {"run": str(run)}
        for side, name in enumerate(cells.pair):
            value, n = cells.value(PUBLISHED, side, "run", run), tests.get((name, run))
            hits = f" ({round(value * n)} of {n})" if n else ""
            row[f"{SIDES[side]}, in the paper"] = shown(value) + hits
            row |= _beside(cells, side, "run", run)
        rows.append(row)
    for name, (label, said) in OVER_RUNS.items():
        row = {"run": label}
        for side in range(len(SIDES)):
            row[f"{SIDES[side]}, in the paper"] = _as_printed(cells.value(PUBLISHED, side, said))
            row |= _beside(cells, side, name)
        rows.append(row)
    return pd.DataFrame(rows)


class _Cells:
    """The rows of table 2 by variant, side (0 with, 1 without) and name."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.pair = tuple(table.loc[table["row"] == "run", "experiment"].drop_duplicates())[:2]
        self.variants = list(table["variant"].drop_duplicates())
        runs = table[table["row"] == "run"]
        self.runs = sorted(set(runs["run"].dropna().astype(int)))
        key = ["variant", "experiment", "row", "run"]
        filled = table.assign(run=table["run"].fillna(0).astype(int))
        self.rows = {tuple(row[k] for k in key): row for row in filled.to_dict("records")}
        self.told = {v: self._seeds(runs, v) for v in self.variants if v != PUBLISHED}

    def _seeds(self, runs: pd.DataFrame, variant: str) -> dict[int, int]:
        own = runs[(runs["variant"] == variant) & runs["seed"].notna()]
        return dict(zip(own["run"].astype(int), own["seed"].astype(int), strict=True))

    def columns(self) -> list[tuple[str, int, str]]:
        """Variant, side and heading of each column of numbers."""
        return [(v, i, f"{v}, {side}") for v in self.variants for i, side in enumerate(SIDES)]

    def seeds(self, run: int | None) -> dict[str, str]:
        """The cells that say which seed a run had, one where all variants have the same."""
        same = all(own == next(iter(self.told.values())) for own in self.told.values())
        names = {"seed": next(iter(self.told))} if same else {f"seed, {v}": v for v in self.told}
        return {head: str(self.told[v].get(run or 0, "")) for head, v in names.items()}

    def row(self, variant: str, side: int, name: str, run: int = 0) -> dict | None:
        """The row of the table, None where there is none."""
        both = " - ".join(self.pair)
        return self.rows.get((variant, self.pair[side], name, run)) or (
            self.rows.get((variant, both, name, run)) if side == 0 else None
        )

    def value(self, variant: str, side: int, name: str, run: int = 0) -> float:
        """The number in a cell, NaN where there is none."""
        row = self.row(variant, side, name, run)
        return math.nan if row is None else row["value"]

    def text(self, variant: str, side: int, name: str, run: int = 0) -> str:
        """A cell for people, its interval, p or what the paper prints on the next line."""
        row = self.row(variant, side, name, run)
        if row is None:
            return ""
        if math.isnan(row["value"]):
            # Said once a column; the runs of a variant that was not trained all say the same.
            tested = not math.isnan(self.value(variant, side, "mean"))
            return row["note"] if name == "mean" or (tested and name in OF_BOTH) else ""
        signed = name.startswith("difference")
        text = f"{row['value']:+.4f}" if signed else f"{row['value']:.4f}"
        if name == "variance_ratio":
            return f"{row['value']:.2f}\n(p = {row['p_value']:.2f})"
        if name in OVER_RUNS and variant == PUBLISHED:
            return f"{text}\n(printed {_as_printed(self.value(variant, side, OVER_RUNS[name][1]))})"
        if name == "run":
            return text
        if name == "mean" and LOST in row["note"]:
            text += f"\n({row['note']})"
        if not math.isnan(row["low"]):
            ends = "{:+.4f} to {:+.4f}" if signed else "{:.4f}–{:.4f}"
            return f"{text}\n({ends.format(row['low'], row['high'])})"
        return f"{text}\n(no interval: {row['note']})" if row["note"] else text


def _beside(cells: _Cells, side: int, name: str, run: int = 0) -> dict[str, str]:
    """The cells of the variants beside a claim."""
    variants = [variant for variant in cells.variants if variant != PUBLISHED]
    return {f"{SIDES[side]}, {v}": cells.text(v, side, name, run) for v in variants}


def _as_printed(value: float) -> str:
    """A number of the paper with the digits it has there."""
    return "" if math.isnan(value) else f"{value:g}"

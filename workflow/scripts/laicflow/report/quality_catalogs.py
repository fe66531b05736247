"""The part of the quality page on the catalogs: counts, what was left out, completeness."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.report.blocks import Grid, frame, grid, picture, plural
from laicflow.report.quality_tables import CLASSES, KEPT
from laicflow.store import read_parquet


def catalog(
    name: str, counts: pd.DataFrame, rules: dict, completeness: list[str | Path]
) -> dict[str, object]:
    """What is in one catalog, what was left out, and how far down it is complete."""
    kept, out = counts[counts["state"] == KEPT], counts[counts["state"] != KEPT]
    lines = [
        f"{plural(int(kept['n'].sum()), 'earthquake')}, "
        f"{plural(int(out['n'].sum()), 'row')} left out."
    ]
    names = rules.get("priority") or rules.get("sources", [])
    if len(names) > 1:
        lines.append(
            f"Merged from {', '.join(names)}: of an earthquake that several have, the row of the "
            "first with a magnitude stays."
        )
    order = [one for one in CLASSES if one in set(kept["magnitude_class"])]
    years = [str(year) for year in sorted(set(kept["year"]))]
    own = [Path(path) for path in completeness if Path(path).name.split(".")[0] == name]
    estimates = [read_parquet(path) for path in own if path.suffix == ".parquet"]
    known = not estimates or any(one["mc_maxc"].notna().any() for one in estimates)
    if not known:
        lines.append(
            "In no region and period are there enough earthquakes to estimate from which magnitude "
            "on the catalog is complete, so that there is no figure of it."
        )
    return {
        "name": name,
        "sentences": lines,
        "classes": _crossed(kept, "magnitude_class", "source", order, "Earthquakes by magnitude"),
        "removed": _crossed(out, "state", "source", None, "Left out, by reason"),
        "types": _crossed(
            kept, "magnitude_type", "magnitude_class", None, "Types of magnitude", order
        ),
        "years": _crossed(
            kept.assign(year=kept["year"].astype("str")),
            "year",
            "magnitude_class",
            years,
            "Earthquakes by year",
            order,
        ),
        "completeness": [frame(_readable(one), digits=2) for one in estimates],
        "pictures": [picture(path) for path in own if known and path.suffix in (".svg", ".png")],
    }


def whole(count: int) -> str:
    """A whole number for a reader."""
    return f"{int(count):,}"


def _crossed(
    counts: pd.DataFrame,
    down: str,
    across: str,
    rows: list | None,
    caption: str,
    columns: list | None = None,
) -> Grid:
    """Events counted by two columns, with their sums."""
    titles = {"magnitude_class": "magnitude", "magnitude_type": "type", "state": "reason"}
    table = counts.pivot_table(index=down, columns=across, values="n", aggfunc="sum", fill_value=0)
    table = table.reindex(index=rows, columns=columns) if len(table) else table
    head = [titles.get(down, down), *(str(c) or "not stated" for c in table.columns), "all"]
    made = [
        [str(name) or "not stated", *map(whole, own), whole(own.sum())]
        for name, own in table.fillna(0).iterrows()
    ]
    if len(made) > 1:
        made.append(["all", *(whole(table[c].sum()) for c in table), whole(counts["n"].sum())])
    made = grid(head, made, caption)
    made.numeric = [False] + [True] * (len(head) - 1)
    return made


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """A table of completeness with times as days and headings in words."""
    times = [column for column in table if pd.api.types.is_datetime64_any_dtype(table[column])]
    words = {"n_complete": "n from Mc", "mc_maxc": "Mc (curvature)", "mc_bstab": "Mc (b-value)"}
    words |= {"b_low": "b from", "b_high": "b to"}
    days = table.assign(**{c: table[c].dt.strftime("%Y-%m-%d") for c in times})
    return days.rename(columns=words)

"""What the split and the gap do to one and the same network, in sentences."""

from __future__ import annotations

import math

import pandas as pd

from laicflow import schema
from laicflow.report.blocks import days_of, plural
from laicflow.report.lookup import one
from laicflow.studies.results import Results

# The baseline that sees the date alone.
DATE = "baseline_date"
# R15's inflation is that of the first over the second.
RANDOM, BLOCKS = "random", "blocks"
NAMES = {RANDOM: "Random split", BLOCKS: "Blocks of time"}


def sentences(results: Results, comparisons: dict[str, pd.DataFrame]) -> list[str]:
    """What the comparisons of splits and of gaps show of the headline's network.

    Parameters
    ----------
    comparisons : tables `comparison` by group: splits, gaps; what is absent is not told
    """
    lines = []
    headline = results.settings["headline"]
    chosen = {}
    for group, table in comparisons.items():
        own = table[table["metric"] == headline["metric"]]
        chosen[group] = {name: rows for name, rows in own.groupby("experiment")}
    nothing = schema.empty("comparison")
    if "gaps" in chosen:
        published = _published(results.settings)
        tables = [chosen["gaps"].get(name, nothing) for name in (headline["experiment"], DATE)]
        lines += _gaps(*tables, headline["metric"], *published)
    if "splits" in chosen:
        own = chosen["splits"].get(headline["experiment"], nothing)
        lines += _inflation(own, headline["metric"])
    return lines


def _published(settings: dict) -> tuple[float | None, str]:
    """The paper's value of the headline that a mean over seeds can be held against, and what it is.

    Its mean over the runs, else the headline's claim; None where it claims neither.
    """
    headline = settings["headline"]
    own = [
        claim
        for claim in settings["claims"].values()
        if claim.get("experiment") == headline["experiment"]
        and claim.get("metric") == headline["metric"]
    ]
    runs = [claim["value"] for claim in own if "run" in claim]
    for claim in own:
        if claim.get("over_runs") == "mean":
            count = f"{len(runs)} runs" if runs else "runs"
            return claim["value"], f"mean over its {count}"
    value = settings["claims"].get(headline["claim"], {}).get("value")
    best = value is not None and len(runs) > 1 and value >= max(runs)
    return value, "best of its runs" if best else ""


def _gaps(
    table: pd.DataFrame, by_date: pd.DataFrame, metric: str, published: float | None, what: str
) -> list[str]:
    """Ranges of the metric over the gaps, where the paper's value lies, and what the date gives.

    Parameters
    ----------
    table, by_date : rows of the network, and of the baseline that sees the date alone
    published, what : the paper's value (None if it has none) and what it is, empty if its only one
    """
    lines, days = [], ""
    for split, name in NAMES.items():
        own = table[table["split"] == split]
        known = own.dropna(subset=["value"]).sort_values("gap_days")
        if known.empty:
            if len(own):
                lines.append(f"{name}: the network could not be tested.")
            continue
        low, high = known["value"].min(), known["value"].max()
        line = f"{name}: {metric} {_range(known)}{_where(known['gap_days'], days)}."
        days = _listed(known["gap_days"])
        if published is not None:
            inside = "inside" if low <= published <= high else "outside"
            named = f"{published:.4f}, the {what}," if what else f"{published:.4f}"
            line += f" The paper's {named} lies {inside}."
        others = by_date[by_date["split"] == split].dropna(subset=["value"])
        if len(others):
            line += f" The date alone, without any map, has {_range(others)}."
        lines.append(line)
    return lines + _shares(table)


def _range(known: pd.DataFrame) -> str:
    """Least and largest value."""
    low, high = known["value"].min(), known["value"].max()
    return f"{low:.4f} to {high:.4f}" if len(known) > 1 else f"{low:.4f}"


def _where(gaps: pd.Series, before: str) -> str:
    """At which gaps, told once where they are the same again."""
    listed = _listed(gaps)
    if listed == before:
        return " over the same gaps"
    word = "day" if listed == "1" else "days"
    return f", where a normal day needs {listed} {word} without an event"


def _listed(gaps: pd.Series) -> str:
    """Gaps as people list them: 1, 5, 10 or 30."""
    days = [f"{gap:g}" for gap in sorted(set(gaps))]
    return " or ".join(filter(None, (", ".join(days[:-1]), days[-1])))


def _shares(table: pd.DataFrame) -> list[str]:
    """How much of the time the largest gap leaves."""
    shares = table.dropna(subset=["normal_share"]).drop_duplicates("gap_days")
    shares = shares.sort_values("gap_days")
    if len(shares) < 2:
        return []
    told = [
        f"{100 * shares['normal_share'].iloc[at]:.1f} % at " + days_of(shares["gap_days"].iloc[at])
        for at in (0, -1)
    ]
    return [f"Share of the time that could be normal: {told[0]}, {told[1]}."]


def _inflation(table: pd.DataFrame, metric: str) -> list[str]:
    """How much more a random split gives than blocks of time."""
    row = one(table, split=RANDOM)
    if row is None:
        return []
    if math.isnan(row["difference"]):
        why = f" ({row['note']})" if row["note"] else ""
        return [f"How much more a random split gives than blocks of time is not known{why}."]
    ends = "no interval"
    if not math.isnan(row["difference_low"]):
        low, high = row["difference_low"], row["difference_high"]
        held = "excludes 0" if low > 0 or high < 0 else "holds 0"
        ends = f"95 % {low:+.4f} to {high:+.4f}, which {held}"
    count = "" if pd.isna(row["n_shared"]) else f" on {plural(int(row['n_shared']), 'sample')}"
    gap = "" if pd.isna(row["gap_days"]) else f", gap {days_of(row['gap_days'])}"
    return [
        f"Inflation, {metric} under a random split minus that under blocks of time{count}{gap}: "
        f"{row['difference']:+.4f} ({ends})."
    ]

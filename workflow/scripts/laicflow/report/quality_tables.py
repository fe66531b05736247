"""The tables of the quality page: availability, gaps, counts of the catalogs, references."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pandas as pd

from laicflow.errors import ConfigError
from laicflow.files import strictest
from laicflow.report.timelines import Timeline
from laicflow.schema import TABLES, conform
from laicflow.sources.registry import KINDS
from laicflow.store import read_attributes, read_parquet

SCHEMAS = {name: TABLES[name] for name in ("availability", "gaps", "catalogs", "references")}
# What the columns hold, for the page and for whoever opens a file.
COLUMNS = {
    "source": "name of the source (config/sources/<source>.yaml)",
    "kind": f"one of {', '.join(KINDS)}",
    "month": "first day of the month",
    "unit": "what is counted",
    "expected": "values that the calendar owes for the days asked for; missing for earthquakes",
    "present": "of these, how many are in the store; for a catalog, its earthquakes",
    "missing": "expected - present",
    "share": "present / expected, 0 to 1",
    "stated": "of those present, how many say whether they are settled",
    "provisional": "of those stated, how many are not settled",
    "provisional_share": "provisional / stated, 0 to 1; missing where none is stated",
    "suspect": "values beyond what is plausible; those of F10.7 are left out, others are not",
    "latest": "time of the last value present, UTC",
    "note": "remarks",
    "start": "first instant without a value, UTC",
    "end": "end of the gap, not included, UTC",
    "length": "missing values, in `unit`",
    "why": "reason",
    "catalog": "name of the merged catalog",
    "state": "kept, or the reason for which an event was left out",
    "year": "year of the event, UTC",
    "magnitude_class": "class of the magnitude; an edge belongs to the class above",
    "magnitude_type": "type of the magnitude; empty where not stated",
    "n": "events",
    "licence": "licence of the files",
    "citation": "whom to cite",
    "bibtex": "the same as BibTeX",
    "account": "account that the provider asks for",
    "base": "base URLs in the order in which they are asked",
    "revision": "which version of the values",
    "description": "what the source holds",
    "first": "first day asked for",
    "last": "last day asked for",
    "files": "files that arrived",
    "bytes": "their size, bytes",
}
# Units of the columns that have one, for the files' own attributes.
UNITS = {
    "share": "1",
    "provisional_share": "1",
    "bytes": "byte",
    "month": "UTC",
    "latest": "UTC",
    "start": "UTC",
    "end": "UTC",
}

# What cleaning counts beside the rows that a reader left out.
CLEANED = {
    "superseded": "gave way to a row of higher standing",
    "repeated": "stood in two files",
    "suspect": "suspect values, left out",
}
# State of an event that the merged catalog keeps; of one left out it is the reason.
KEPT = "kept"
# Edges of the classes of magnitude; an event on an edge belongs to the class above it.
EDGES = (4, 5, 6, 7, 8)
CLASSES = ("M < 4", *(f"{low} ≤ M < {low + 1}" for low in EDGES[:-1]), "M ≥ 8", "no magnitude")


def availability(timelines: Iterable[Timeline]) -> pd.DataFrame:
    """Table `availability`: one row a source and month in which something was asked for.

    `expected` is the number of slots of the calendar on the days asked for, `share` is
    present / expected. `stated` counts the values present that say whether they are settled,
    `provisional` those of them that are not (preliminary, quick-look, automatic, rapid,
    predicted), and `provisional_share` is provisional / stated. A catalog has no expected number:
    `present` counts earthquakes.
    """
    tables = [_months_of_catalog(t) if t.kind == "events" else _months(t) for t in timelines]
    return conform(_joined(tables, SCHEMAS["availability"]), "availability")


def gaps(timelines: Iterable[Timeline]) -> pd.DataFrame:
    """Table `gaps`: runs of slots that follow each other, miss their value, and for one reason.

    `start` and `end` are UTC, `end` excluded; `length` counts slots in `unit`. Of a catalog only
    files that are not there are a gap, with the days that they may have covered.
    """
    tables = []
    for one in timelines:
        if one.kind == "events":
            length = (one.absent["end"] - one.absent["start"]).dt.days
            tables.append(one.absent.assign(source=one.source, length=length, unit="days"))
            continue
        lost = one.slots[~one.slots["present"]]
        torn = (lost["start"] != lost["end"].shift()) | (lost["why"] != lost["why"].shift())
        runs = lost.groupby(torn.cumsum().to_numpy())
        found = runs.agg(start=("start", "min"), end=("end", "max"), length=("start", "size"))
        found["why"] = runs["why"].first()
        tables.append(found.assign(source=one.source, unit=one.unit))
    return conform(_joined(tables, SCHEMAS["gaps"]), "gaps")


def catalog_counts(
    catalogs: dict[str, str | Path], removed: dict[str, str | Path] | None = None
) -> pd.DataFrame:
    """Table `catalogs`: events by catalog, state, source, year, class and type of magnitude.

    Parameters
    ----------
    catalogs : path of each merged catalog
    removed : path of what each left out, with the reason of each row, which becomes its `state`
    """
    tables = []
    for name, path in catalogs.items():
        tables.append(_counted(read_parquet(path).assign(reason=KEPT), name))
    for name, path in (removed or {}).items():
        tables.append(_counted(read_parquet(path), name))
    return conform(_joined(tables, SCHEMAS["catalogs"]), "catalogs")


def cleaning(stores: dict[tuple[str, str], str | Path]) -> pd.DataFrame:
    """What cleaning counted in each table of the store: source, partition, what, n (rows).

    Of rows that a reader left out the reason is told. Maps have no such counts.

    Parameters
    ----------
    stores : file of the store by source and partition
    """
    rows = []
    for (source, partition), path in sorted(stores.items()):
        if Path(path).suffix != ".parquet":
            continue
        counts = json.loads(read_attributes(path).get("counts", "{}"))
        found = {f"left out: {why}": n for why, n in counts.get("left_out", {}).items()}
        found |= {text: counts.get(name, 0) for name, text in CLEANED.items()}
        rows += [(source, partition, what, int(n)) for what, n in found.items() if n]
    return pd.DataFrame(rows, columns=["source", "partition", "what", "n"])


def magnitude_class(magnitudes: pd.Series) -> pd.Series:
    """The class of each magnitude, one of `CLASSES`."""
    values = magnitudes.to_numpy(dtype="float64", na_value=np.nan)
    place = np.searchsorted(EDGES, values, side="right")
    place = np.where(np.isnan(values), len(CLASSES) - 1, place)
    return pd.Series(np.asarray(CLASSES, dtype="object")[place], index=magnitudes.index)


def references(settings: dict[str, dict], receipts: list[dict] = ()) -> pd.DataFrame:
    """Table `references`: of each source who is to be cited, and under which terms it came.

    Licence and citation are those of the receipts where there are any: what a simulated world
    wrote is not the provider's.

    Parameters
    ----------
    settings : config/sources/<source>.yaml by source
    """
    rows = []
    order = sorted(settings, key=lambda name: (KINDS.index(settings[name]["kind"]), name))
    for name in order:
        own = settings[name]
        got = [receipt for receipt in receipts if receipt["source"] == name]
        licences = [receipt["licence"] for receipt in got] or [own["licence"]]
        citations = [receipt["citation"] for receipt in got] or [own["citation"]]
        files = [file for receipt in got for file in receipt["files"]]
        rows.append(
            {
                "source": name,
                "kind": own["kind"],
                "description": own["description"],
                "licence": strictest(licences),
                "citation": "; ".join(sorted(set(citations))),
                "bibtex": own["bibtex"].strip(),
                "account": _accounts(own),
                "base": " ".join(own["base"]),
                "revision": own["revision"],
                "first": min((receipt["start"] for receipt in got), default=None),
                "last": max((receipt["end"] for receipt in got), default=None),
                "files": len(files),
                "bytes": sum(file["size"] for file in files),
            }
        )
    return conform(pd.DataFrame(rows, columns=list(SCHEMAS["references"])), "references")


def bibliography(table: pd.DataFrame) -> str:
    """The BibTeX entries of all sources, by key, each once.

    Raises
    ------
    ConfigError : text that is no entry, or a key that stands for two different entries
    """
    entries: dict[str, str] = {}
    for one in table.itertuples():
        if not isinstance(one.bibtex, str) or not one.bibtex:
            continue
        for key, text in _entries(one.bibtex, one.source).items():
            if entries.setdefault(key, text) != text:
                text = f"source {one.source}: the BibTeX key {key} stands for another entry too"
                raise ConfigError(text)
    return "\n\n".join(entries[key] for key in sorted(entries)) + ("\n" if entries else "")


def _accounts(settings: dict) -> str:
    """The account that a source asks for, with the host where not all hosts ask for the same."""
    hosts = dict.fromkeys(urlsplit(base).hostname or "" for base in settings["base"])
    asked = {h: settings.get("accounts", {}).get(h, settings["account"]) for h in hosts}
    if len(set(asked.values())) == 1:
        return next(iter(asked.values()))
    named = [f"{host}: {account}" for host, account in asked.items() if account != "none"]
    return "; ".join([*named, "none elsewhere"] if "none" in asked.values() else named)


def _entries(text: str, source: str) -> dict[str, str]:
    """The entries of a BibTeX text by key, cut where their braces close."""
    found = {}
    rest = text.strip()
    while rest:
        head = re.match(r"@[A-Za-z]+\{\s*([^\s,{}]+)\s*,", rest)
        if head is None:
            line = rest.splitlines()[0]
            raise ConfigError(f"source {source}: expected a BibTeX entry, found {line!r}")
        length = _closed(rest)
        if length is None:
            text = f"source {source}: the braces of the BibTeX entry {head.group(1)} do not close"
            raise ConfigError(text)
        found[head.group(1)] = rest[:length]
        rest = rest[length:].strip()
    return found


def _closed(text: str) -> int | None:
    """Number of characters up to where the first brace closes; None where it does not."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "}" and depth == 0:
            return place + 1
    return None


def _months(one: Timeline) -> pd.DataFrame:
    """The slots of a source counted by month."""
    slots = one.slots.assign(month=_first_of_month(one.slots["start"]))
    groups = slots.groupby("month")
    table = groups.agg(
        expected=("present", "size"),
        present=("present", "sum"),
        stated=("provisional", "count"),
        provisional=("provisional", "sum"),
        suspect=("suspect", "sum"),
        latest=("last", "max"),
    ).reset_index()
    table["missing"] = table["expected"] - table["present"]
    table["share"] = table["present"] / table["expected"]
    return _described(table, one)


def _months_of_catalog(one: Timeline) -> pd.DataFrame:
    """The events of a source counted by month; a month without any counts none."""
    months = _first_of_month(one.days.to_series()).drop_duplicates().rename("month")
    events = one.events.assign(month=_first_of_month(one.events["time"]))
    groups = events.groupby("month")
    table = groups.agg(
        present=("time", "size"),
        stated=("provisional", "count"),
        provisional=("provisional", "sum"),
        latest=("time", "max"),
    )
    table = months.to_frame().merge(table.reset_index(), on="month", how="left")
    counts = ["present", "stated", "provisional"]
    table[counts] = table[counts].fillna(0)
    return _described(table, one)


def _described(table: pd.DataFrame, one: Timeline) -> pd.DataFrame:
    """Counts of months with the name of their source and the remarks on each."""
    remarks: dict[pd.Timestamp, list[str]] = {}
    for month, text in one.notes:
        remarks.setdefault(month, []).append(text)
    note = ["; ".join(remarks.get(month, [])) for month in table["month"]]
    stated = table["stated"].astype("float64")
    table["provisional_share"] = table["provisional"] / stated.where(stated > 0)
    return table.assign(source=one.source, kind=one.kind, unit=one.unit, note=note)


def _first_of_month(times: pd.Series) -> pd.Series:
    """The first day of the month of each time."""
    return times.dt.to_period("M").dt.to_timestamp().astype("datetime64[us]")


def _counted(events: pd.DataFrame, name: str) -> pd.DataFrame:
    """Events of a catalog counted by all that the table `catalogs` tells apart."""
    rows = pd.DataFrame(
        {
            "catalog": name,
            "state": events["reason"],
            "source": events.get("source", pd.Series("", index=events.index)).fillna(""),
            "year": events["time"].dt.year,
            "magnitude_class": magnitude_class(events["magnitude"]),
            "magnitude_type": events["magnitude_type"].fillna(""),
        }
    )
    return rows.groupby(list(rows.columns), sort=True, dropna=False).size().reset_index(name="n")


def _joined(tables: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    """Tables one below the other, with the columns of a schema alone."""
    full = [table for table in tables if len(table)]
    joined = pd.concat(full, ignore_index=True) if full else pd.DataFrame()
    return joined.reindex(columns=list(columns))

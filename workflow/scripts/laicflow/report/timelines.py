"""What a run asks of each source, slot by slot of the calendar, and what of it is there.

A slot is the piece of time for which a source owes one value: the spacing of a map product, the
3 hours of Kp, the hour of Dst, the day of F10.7. Slots come from the calendar and from the days
that the receipts say were asked for, never from what arrived. A value that is given twice fills
one slot, and one outside the days that were asked for fills none. An event catalog owes nothing:
it has no slots.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.progress import track
from laicflow.report import timeline_minutes, timeline_olr, timeline_probes, timeline_stations
from laicflow.sources.registry import FETCHED, KINDS
from laicflow.store import read_parquet

UNITS = {
    "maps": "maps",
    "tec": "hours",
    "orbits": "days",
    "biases": "days",
    "minutes": "hours",
    "probes": "hours",
    "olr": "days",
    "events": "earthquakes",
    "kp": "3 h values",
    "dst": "hours",
    "f107": "days",
}

# Why something is missing, beside what the receipts say ("not yet", "absent upstream, ...").
INSIDE = "missing values inside files"
AFTER = "after the last value in the files"
DOUBTED = "suspect values, left out"

STEPS = {"kp": 10_800, "dst": 3_600, "f107": 86_400}
DAY, HOUR_S = 86_400, 3_600
# The column that says how settled a value of an index is, and the word for one that is.
STATES = {
    "kp": ("status", "definitive"),
    "dst": ("version", "final"),
    "f107": ("status", "observed"),
}
# What cleaning writes there where it took a value out.
SUSPECT = "suspect"
# First word of the status of an event: 1 for those that nobody has looked at.
REVIEWS = {
    "automatic": 1.0,
    "preliminary": 1.0,
    "guess": 1.0,
    "manual": 0.0,
    "confirmed": 0.0,
    "reviewed": 0.0,
    "final": 0.0,
}
# Types of event that count; a source may leave its earthquakes without a type.
EARTHQUAKES = ("earthquake", "")
# First word of the `revision` of a map product.
REVISIONS = {"final": 0.0, "rapid": 1.0, "predicted": 1.0}
# A value beyond these is suspect. Kp ends there by its definition; beyond the others nothing has
# been observed (Dst fell to -589 nT in March 1989; no global map holds 300 TECU). F10.7 has
# been judged by cleaning.
LIMITS = {"kp": (0, 9), "dst": (-700, 200), "f107": (0, np.inf), "maps": (0, 300)}

Stores = dict[tuple[str, str], str | Path]


@dataclass
class Timeline:
    """One source over the days that were asked for.

    Attributes
    ----------
    source, kind, unit : its name, its part, and what a slot of it is called
    days : days asked for, in order
    slots : start, end (UTC, end excluded), present, last (time of the last value), provisional
        (share 0..1, NaN where not stated), suspect, why (of a missing one); none for events
    events : time, provisional (NaN where not stated) of the earthquakes, those without a type among
        them; none for the other kinds
    absent : start, end, why of what an event source did not have
    notes : month (its first day) and a remark on it
    """

    source: str
    kind: str
    unit: str
    days: pd.DatetimeIndex
    slots: pd.DataFrame | None = None
    events: pd.DataFrame | None = None
    absent: pd.DataFrame | None = None
    notes: list[tuple[pd.Timestamp, str]] = field(default_factory=list)


def read(receipts: list[dict], stores: Stores, settings: dict[str, dict]) -> list[Timeline]:
    """The timeline of every source that has a receipt, by kind and name.

    Parameters
    ----------
    receipts : what fetching left, one a partition
    stores : file of the store by source and partition
    settings : config/sources/<source>.yaml by source: kind, revision

    Raises
    ------
    LaicflowError : a source without settings, or a partition whose files arrived without its file
        of the store
    """
    own: dict[str, list[dict]] = {}
    for receipt in receipts:
        name, part = receipt["source"], receipt["partition"]
        if name not in settings:
            raise LaicflowError(f"no settings of the source {name}, which has a receipt")
        if receipt["files"] and (name, part) not in stores:
            raise LaicflowError(f"{name} {part}: its files arrived, but the store has none of it")
        own.setdefault(name, []).append(receipt)
    order = sorted(own, key=lambda name: (KINDS.index(settings[name]["kind"]), name))
    return [
        _timeline(name, own[name], stores, settings[name])
        for name in track(order, "reading the store")
    ]


def _timeline(name: str, receipts: list[dict], stores: Stores, settings: dict) -> Timeline:
    """One source."""
    kind = settings["kind"]
    made = Timeline(name, kind, UNITS[kind], _days(receipts))
    paths = [stores[name, r["partition"]] for r in receipts if (name, r["partition"]) in stores]
    if kind == "events":
        _events(made, receipts, paths)
    elif kind == "maps":
        _maps(made, receipts, paths, settings["revision"])
    elif kind == "minutes":
        _hours(made, receipts, [timeline_minutes.hours(path) for path in paths])
    elif kind == "probes":
        _hours(made, receipts, [timeline_probes.hours(path) for path in paths])
    elif kind == "olr":
        _hours(made, receipts, [timeline_olr.days(path) for path in paths], DAY)
    elif kind == "tec":
        there = [r for r in receipts if (name, r["partition"]) in stores]
        own = [timeline_stations.hours(*one) for one in zip(paths, there, strict=True)]
        _hours(made, receipts, own)
    elif kind in FETCHED:
        _hours(made, receipts, [timeline_stations.days(own) for own in receipts], DAY)
    else:
        _index(made, receipts, paths, settings["revision"])
    return made


def _days(receipts: list[dict]) -> pd.DatetimeIndex:
    """The days of all receipts, each once."""
    spans = [pd.date_range(r["start"], r["end"], freq="D") for r in receipts]
    return spans[0].append(spans[1:]).unique().sort_values().as_unit("us")


def _maps(made: Timeline, receipts: list[dict], paths: list, revision: str) -> None:
    """Slots of a map product, as long as the spacing of the maps of their day."""
    parts = [_epochs(path, made) for path in paths]
    empty = {"time": [], "interval": [], "present": [], "suspect": []}
    epochs = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(empty)
    epochs["time"] = pd.to_datetime(epochs["time"]).astype("datetime64[us]")
    epochs["day"] = epochs["time"].dt.floor("D")
    epochs = epochs[epochs["day"].isin(made.days)]
    intervals = _intervals(epochs, made.days)
    if intervals is None:
        made.unit = "days"
        intervals = pd.Series(DAY, index=made.days)
    elif intervals.nunique() > 1:
        _note_changes(made, intervals)
    grid = _grid(intervals)
    step = intervals.reindex(epochs["day"]).to_numpy()
    seconds = (epochs["time"] - epochs["day"]).dt.total_seconds()
    offset = pd.to_timedelta((seconds // step) * step, unit="s").astype("timedelta64[us]")
    epochs = epochs.assign(slot=epochs["day"] + offset)
    _fill(made, grid, epochs, REVISIONS.get(re.split("[ ,;]", revision)[0], np.nan))
    said = {m["day"]: m["why"] for r in receipts for m in r["missing"] if m["day"]}
    slots = made.slots
    day = slots["start"].dt.floor("D").dt.strftime("%Y-%m-%d")
    why = pd.Series([said.get(one, INSIDE) for one in day], dtype="str")
    slots["why"] = why.where(~slots["present"], "")
    for month, days in pd.Series(pd.to_datetime(list(said))).groupby(_months(said)):
        made.notes.append((month, f"days without a file: {len(days)}"))


def _epochs(path: str | Path, made: Timeline) -> pd.DataFrame:
    """The maps in a file of the store: time, spacing (s), whether there are values, and sane."""
    with xr.open_dataset(path, engine="netcdf4") as dataset:
        tec = dataset["tec"].transpose("time", ...).values
        torn = int(dataset.attrs.get("torn_seam_nodes", 0))
        table = pd.DataFrame(
            {"time": dataset["time"].values, "interval": dataset["interval_s"].values}
        )
    tec = tec.reshape(len(tec), -1)
    low, high = LIMITS["maps"]
    # Of a map with any value missing both extremes are NaN: two passes over whole months suffice.
    least, most = tec.min(axis=1), tec.max(axis=1)
    holed = np.flatnonzero(np.isnan(least))
    table["present"] = True
    table.loc[holed, "present"] = np.isfinite(tec[holed]).any(axis=1)
    least[holed] = np.nanmin(tec[holed], axis=1, initial=np.inf)
    most[holed] = np.nanmax(tec[holed], axis=1, initial=-np.inf)
    table["suspect"] = table["present"] & ((least < low) | (most > high))
    partial = table["present"] & table.index.isin(holed)
    for month, count in partial.groupby(_months(table["time"])).sum().items():
        if count:
            made.notes.append((month, f"maps with nodes without a value: {count}"))
    if torn and len(table):
        month = _months(table["time"]).iloc[0]
        made.notes.append((month, f"torn nodes of the date line left out: {torn}"))
    return table


def _intervals(epochs: pd.DataFrame, days: pd.DatetimeIndex) -> pd.Series | None:
    """Spacing of the product on each day, in seconds: the commonest of the day's own maps.

    A day without maps takes that of the nearest earlier day, else of the next. None where no day
    has any map.
    """
    if epochs.empty:
        return None
    counts = epochs.groupby(["day", "interval"]).size().reset_index(name="n")
    # Of two that are equally common the shorter: it asks for more.
    counts = counts.sort_values(["day", "n", "interval"], ascending=[True, False, True])
    common = counts.drop_duplicates("day").set_index("day")["interval"]
    return common.reindex(days).ffill().bfill().astype("int64")


def _note_changes(made: Timeline, intervals: pd.Series) -> None:
    """Say in which month the spacing changes."""
    before = intervals.shift().fillna(intervals.iloc[0])
    for day, new in intervals[intervals != before].items():
        old = before[day]
        text = f"spacing {old / 3600:g} h until then, {new / 3600:g} h from {day:%Y-%m-%d}"
        made.notes.append((_month(day), text))


def _index(made: Timeline, receipts: list[dict], paths: list, revision: str) -> None:
    """Slots of an index; a row without a value is one missing inside its file."""
    column, (state, settled) = made.kind, STATES[made.kind]
    tables = [read_parquet(path).reindex(columns=["time", column, state]) for path in paths]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"time": []})
    table["time"] = pd.to_datetime(table["time"]).astype("datetime64[us]")
    table = table.reindex(columns=["time", column, state])
    step = STEPS[made.kind]
    table["slot"] = table["time"].dt.floor(f"{step}s")
    table = table[table["slot"].dt.floor("D").isin(made.days)]
    low, high = LIMITS[made.kind]
    value = pd.to_numeric(table[column]).to_numpy(dtype="float64", na_value=np.nan)
    said = _words(table[state])
    odd = (value < low) | (value > high) | (said == SUSPECT)
    table = table.assign(present=np.isfinite(value), suspect=odd)
    # A source whose files never change says so once, and not in every row.
    assumed = 0.0 if str(revision).startswith(settled) else np.nan
    table["provisional"] = np.where(said == "", assumed, (said != settled).astype("float64"))
    _fill(made, _grid(pd.Series(step, index=made.days)), table, table["provisional"])
    _why(made, table, receipts)
    unsaid = made.slots[made.slots["present"] & made.slots["provisional"].isna()]
    for month, own in unsaid.groupby(_months(unsaid["start"])):
        made.notes.append((month, f"values whose version is not stated: {len(own)}"))


def _hours(made: Timeline, receipts: list[dict], parts: list[tuple], step: int = HOUR_S) -> None:
    """Slots of an hour (or of `step` seconds) that `parts` say to be there, and their notes."""
    empty = {"time": [], "slot": [], "present": [], "provisional": [], "suspect": []}
    tables = [table for table, _ in parts]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(empty)
    for name in ("time", "slot"):
        table[name] = pd.to_datetime(table[name]).astype("datetime64[us]")
    table = table[table["slot"].dt.floor("D").isin(made.days)]
    made.notes += [note for _, notes in parts for note in notes]
    grid = _grid(pd.Series(step, index=made.days))
    _fill(made, grid, table, table["provisional"])
    _why(made, table, receipts)


def _why(made: Timeline, table: pd.DataFrame, receipts: list[dict]) -> None:
    """Why a slot of an index is missing: a file that did not come, or a value in one that did."""
    slots = made.slots
    said = pd.Series("", index=slots.index, dtype="str")
    day = slots["start"].dt.floor("D")
    for receipt in receipts:
        for entry in receipt["missing"]:
            if entry["day"]:
                said[day == pd.Timestamp(entry["day"])] = entry["why"]
            else:
                inside = (day >= receipt["start"]) & (day <= receipt["end"])
                said[inside & (said == "")] = entry["why"]
    row = slots["start"].isin(table["slot"])
    last = slots.loc[row, "start"].max()
    beyond = slots["start"] > last if row.any() else pd.Series(True, index=slots.index)
    why = said.where(~row & (said != ""), INSIDE)
    why = why.where(row | (said != "") | ~beyond, AFTER)
    why = why.where(~slots["suspect"], DOUBTED)
    slots["why"] = why.where(~slots["present"], "")


def _events(made: Timeline, receipts: list[dict], paths: list) -> None:
    """The earthquakes of a catalog, each once, and spans for which a file is not there."""
    wanted = ["event_id", "time", "magnitude", "status", "event_type"]
    tables = [read_parquet(path).reindex(columns=wanted) for path in paths]
    table = pd.concat([t for t in tables if len(t)] or tables[:1] or [pd.DataFrame()])
    table = table.reindex(columns=wanted)
    table["time"] = pd.to_datetime(table["time"]).astype("datetime64[us]")
    table = table[table["time"].dt.floor("D").isin(made.days)]
    table = table[~table["event_id"].str.lower().duplicated()] if len(table) else table
    quake = _words(table["event_type"]).str.strip().str.lower().isin(EARTHQUAKES)
    for month, own in table[~quake].groupby(_months(table.loc[~quake, "time"])):
        made.notes.append((month, f"events of another type, not counted: {len(own)}"))
    table = table[quake]
    state = _words(table["status"]).str.split(r"[ ,]", regex=True).str[0].map(REVIEWS)
    made.events = table[["time"]].assign(provisional=state.astype("float64")).sort_values("time")
    unsized = table[table["magnitude"].isna()]
    for month, own in unsized.groupby(_months(unsized["time"])):
        made.notes.append((month, f"earthquakes without a magnitude: {len(own)}"))
    gaps = [
        {
            "start": pd.Timestamp(receipt["start"]),
            "end": pd.Timestamp(receipt["end"]) + dt.timedelta(days=1),
            # Which part of its span a file would have covered is not in the receipt.
            "why": why if not receipt["files"] else f"{why} (a part of this span)",
        }
        for receipt in receipts
        for why in sorted({entry["why"] for entry in receipt["missing"]})
    ]
    kinds = {"start": "datetime64[us]", "end": "datetime64[us]"}
    made.absent = pd.DataFrame(gaps, columns=["start", "end", "why"]).astype(kinds)


def _grid(steps: pd.Series) -> pd.DataFrame:
    """Slots of days (the index) that are each cut into pieces of so many seconds."""
    counts = (DAY // steps).to_numpy()
    day = np.repeat(steps.index.to_numpy(), counts)
    place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    step = np.repeat(steps.to_numpy(), counts)
    start = pd.Series(day + (place * step).astype("timedelta64[s]")).astype("datetime64[us]")
    return pd.DataFrame({"start": start, "end": start + pd.to_timedelta(step, unit="s")})


def _fill(made: Timeline, grid: pd.DataFrame, rows: pd.DataFrame, provisional: object) -> None:
    """Slots with what is known of them; `rows` has slot, time, present, suspect."""
    rows = rows.assign(provisional=provisional)
    known = rows[rows["present"].astype("bool")]
    grid["present"] = grid["start"].isin(known["slot"])
    known = known.groupby("slot")
    # A value that two files give is settled only where both say so.
    last = known["time"].max().astype("datetime64[us]")
    grid["last"] = last.reindex(grid["start"]).to_numpy()
    share = known["provisional"].max().astype("float64")
    grid["provisional"] = share.reindex(grid["start"]).to_numpy()
    grid["suspect"] = grid["start"].isin(rows.loc[rows["suspect"].astype("bool"), "slot"])
    grid["end"] = grid["end"].astype("datetime64[us]")
    made.slots = grid


def _words(column: pd.Series) -> pd.Series:
    """A column of text, empty where nothing stands."""
    return column.astype("object").where(column.notna(), "").astype("str")


def _month(time: pd.Timestamp) -> pd.Timestamp:
    """The first day of a month."""
    return pd.Timestamp(time.year, time.month, 1)


def _months(times: object) -> pd.Series:
    """The first day of the month of each time; positions as in `times`."""
    index = times.index if isinstance(times, pd.Series) else None
    column = pd.Series(pd.to_datetime(list(times)), index=index, dtype="datetime64[us]")
    return column.dt.to_period("M").dt.to_timestamp().astype("datetime64[us]").rename("month")

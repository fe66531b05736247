"""One catalog from the tables of several sources."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from laicflow.catalogs.duplicates import Tolerance, groups
from laicflow.catalogs.magnitudes import converted, homogenise
from laicflow.errors import ConfigError
from laicflow.geo import inside_box
from laicflow.schema import conform

# What a config may say, and what holds where it does not.
DEFAULTS = {
    "priority": [],
    "duplicates": {},
    "event_types": ["earthquake"],
    "untyped": "keep",
    "homogenise": "none",
    "unconverted": "keep",
}
SAME_ID, SAME_EVENT = "duplicate id", "duplicate of another source"
NO_ID, NO_TIME, NO_PLACE, NO_SIZE = "no id", "no time", "no place", "no magnitude"
NOT_CONVERTED = "magnitude not converted"


def merge(
    tables: Iterable[pd.DataFrame], *, rules: dict | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, dict[str, int]]]:
    """All earthquakes of `tables` once, in the order of time.

    1. A row without an id, a time or a place goes.
    2. Within a source an event that stands twice (same `event_id`, letters of any case) counts
       once: the row that was updated last stays.
    3. Rows of different sources that are one earthquake (see `laicflow.catalogs.duplicates`) are
       a group. Its first source in `priority` that gives a magnitude stays, with all its values.
    4. The type of a group is what the first source in `priority` that states one says. A group of
       another type than `event_types` goes as a whole, so that an explosion that a second
       source took for an earthquake does not come back.
    5. What has no magnitude goes.

    An id that two different earthquakes of two sources share is written `<source>:<id>` in the
    later source. The order of the tables and of their rows makes no difference.

    Parameters
    ----------
    tables : tables `events`
    rules : `priority` (sources, the first wins; needed for more than one), `duplicates`
        (`seconds`, `km`, `magnitude`), `event_types` (names, letters of any case), `untyped`
        ("keep" or "drop" what no source gives a type), `homogenise` ("none" or a name of
        `laicflow.catalogs.magnitudes.RELATIONS`), `unconverted` ("keep" or "drop" what it cannot
        convert)

    Returns
    -------
    The table `events`; the table `removed` (`kept_event_id`, `kept_source`: the row for which a
    duplicate went); the counts `read`, `events`, `untyped` (of the events) and of each reason, by
    source.

    Raises
    ------
    ConfigError : an unknown rule or value, or a source that `priority` does not name
    """
    chosen = _checked(rules)
    rows = _joined(list(tables))
    rank = _rank(rows["source"], chosen["priority"])
    order = np.argsort(rank, kind="stable")
    rows, rank = rows.iloc[order].reset_index(drop=True), rank[order]
    about = pd.DataFrame({"reason": "", "kept": -1, "group": -1}, index=rows.index)
    _mark_unusable(rows, about)
    _mark_same_ids(rows, about)
    left = np.flatnonzero(about["reason"] == "")
    about.loc[left, "group"] = left[_groups(rows.iloc[left], rank[left], chosen)]
    _mark_groups(rows, about, left, chosen)
    return _results(rows, about, chosen)


def within(
    tables: Iterable[pd.DataFrame], first: str, last: str
) -> tuple[list[pd.DataFrame], dict[str, int]]:
    """The rows of tables `events` from day `first` to day `last` (ISO dates, both inclusive).

    A source that keeps all its years in one file would else reach beyond the others. A row
    without a time stays: `merge` counts it.

    Returns the tables, and how many rows were left out of each source.
    """
    start, end = pd.Timestamp(first), pd.Timestamp(last) + pd.Timedelta(days=1)
    kept, outside = [], {}
    for table in tables:
        out = (table["time"] < start) | (table["time"] >= end)
        for source, count in table.loc[out, "source"].value_counts().items():
            outside[str(source)] = outside.get(str(source), 0) + int(count)
        kept.append(table[~out])
    return kept, outside


def select(events: pd.DataFrame, rules: dict) -> pd.DataFrame:
    """The events of a study.

    Parameters
    ----------
    events : table `events`
    rules : `latitude`, `longitude` (edges, degrees), `magnitude_min`, `inclusive`, `depth_km`;
        an event without a depth stays
    """
    size = events["magnitude"].to_numpy()
    least = rules["magnitude_min"]
    large = size >= least if rules["inclusive"] else size > least
    inside = inside_box(
        events["latitude"].to_numpy(),
        events["longitude"].to_numpy(),
        rules["latitude"],
        rules["longitude"],
    )
    depth = events["depth_km"].to_numpy()
    shallow, deep = rules["depth_km"]
    fits = np.isnan(depth) | ((depth >= shallow) & (depth <= deep))
    return events[large & inside & fits].reset_index(drop=True)


def _checked(rules: dict | None) -> dict:
    """The rules with their defaults."""
    unknown = sorted(set(rules or {}) - set(DEFAULTS))
    if unknown:
        raise ConfigError(f"catalogs: unknown rules {', '.join(unknown)}")
    chosen = {**DEFAULTS, **(rules or {})}
    for name in ("untyped", "unconverted"):
        if chosen[name] not in ("keep", "drop"):
            raise ConfigError(f"catalogs.{name}: expected keep or drop, found {chosen[name]!r}")
    if isinstance(chosen["event_types"], str) or not chosen["event_types"]:
        raise ConfigError("catalogs.event_types: expected a list of at least one type")
    if len(set(chosen["priority"])) < len(chosen["priority"]):
        raise ConfigError("catalogs.priority: a source stands twice")
    return chosen


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """All rows in an order that depends on what they say alone."""
    filled = [table for table in tables if len(table)] or tables[:1]
    rows = conform(pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(), "events")
    rows["event_id"] = rows["event_id"].str.strip().str.lower().replace("", pd.NA)
    rows["source"] = rows["source"].fillna("")
    columns = [
        "source",
        "event_id",
        "updated",
        *rows.columns.drop(["source", "event_id", "updated"]),
    ]
    return rows.sort_values(columns, kind="stable", na_position="first", ignore_index=True)


def _rank(sources: pd.Series, priority: list[str]) -> np.ndarray:
    """Place of each row's source in the order of priority."""
    present = sorted(sources.unique())
    absent = [name for name in present if name not in priority]
    if absent and len(present) > 1:
        names = ", ".join(name or "(no name)" for name in absent)
        raise ConfigError(f"catalogs.priority: does not name {names}; the tables have rows of it")
    places = {name: number for number, name in enumerate(priority)}
    return sources.map(lambda name: places.get(name, 0)).to_numpy(dtype=int)


def _mark_unusable(rows: pd.DataFrame, about: pd.DataFrame) -> None:
    """Mark rows that cannot be told or placed."""
    about.loc[rows[["latitude", "longitude"]].isna().any(axis=1), "reason"] = NO_PLACE
    about.loc[rows["time"].isna(), "reason"] = NO_TIME
    about.loc[rows["event_id"].isna(), "reason"] = NO_ID


def _mark_same_ids(rows: pd.DataFrame, about: pd.DataFrame) -> None:
    """Within a source mark all rows of an id but the last: they are sorted by their update."""
    usable = rows.loc[about["reason"] == "", ["source", "event_id"]]
    number = usable.groupby(["source", "event_id"], sort=False).ngroup().to_numpy()
    last = np.empty(number.max(initial=-1) + 1, dtype=int)
    # Later rows overwrite earlier ones.
    last[number] = usable.index
    older = usable.index[last[number] != usable.index]
    about.loc[older, "reason"] = SAME_ID
    about.loc[older, "kept"] = last[number][last[number] != usable.index]


def _groups(rows: pd.DataFrame, rank: np.ndarray, chosen: dict) -> np.ndarray:
    """Place of the row that founded each row's group."""
    return groups(rows, rank, Tolerance.of(chosen["duplicates"]))


def _mark_groups(rows: pd.DataFrame, about: pd.DataFrame, left: np.ndarray, chosen: dict) -> None:
    """Mark what goes of the groups: other types, duplicates, what has no magnitude.

    Rows lie in the order of priority, so that the first of a group that has something is the one
    that says it.
    """
    one = pd.DataFrame({"group": about["group"].to_numpy()[left]}, index=left)
    one["type"] = _types(rows["event_type"]).loc[left]
    one["sized"] = rows["magnitude"].notna().loc[left]
    said = one[one["type"] != ""].groupby("group")["type"].first()
    one["type"] = one["group"].map(said).fillna("").astype("str")
    allowed = set(_types(pd.Series(chosen["event_types"], dtype="str")))
    if chosen["untyped"] == "keep":
        allowed.add("")
    best = one.sort_values("sized", ascending=False, kind="stable").groupby("group").head(1)
    one["best"] = one["group"].map(pd.Series(best.index, index=best["group"]))
    other = ~one["type"].isin(allowed)
    about.loc[left[other], "reason"] = (
        "type " + one["type"][other].replace("", "unknown")
    ).to_list()
    copies = one.index[~other & (one["best"] != one.index)]
    about.loc[copies, "reason"] = SAME_EVENT
    about.loc[copies, "kept"] = one.loc[copies, "best"]
    bare = one.index[~other & (one["best"] == one.index) & ~one["sized"]]
    about.loc[bare, "reason"] = NO_SIZE


def _types(names: pd.Series) -> pd.Series:
    """Types of events as they are compared: `Nuclear_Explosion` is `nuclear explosion`."""
    plain = names.fillna("").str.casefold().str.replace(r"[\s_-]+", " ", regex=True)
    return plain.str.strip()


def _results(
    rows: pd.DataFrame, about: pd.DataFrame, chosen: dict
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, dict[str, int]]]:
    """The three tables that `merge` returns."""
    stays = (about["reason"] == "").to_numpy()
    # Rows lie in the order of priority: the first holder of an id keeps it.
    again = rows["event_id"].where(stays).duplicated().to_numpy() & stays
    rows.loc[again, "event_id"] = rows["source"][again] + ":" + rows["event_id"][again]
    gone = rows[~stays].assign(reason=about["reason"][~stays])
    kept = about["kept"][~stays].to_numpy()
    for column, name in (("kept_event_id", "event_id"), ("kept_source", "source")):
        gone[column] = rows[name].reindex(kept).array
    events = rows[stays].reset_index(drop=True)
    if chosen["homogenise"] != "none":
        events = homogenise(events, chosen["homogenise"])
        if chosen["unconverted"] == "drop":
            lost = ~converted(events)
            gone = pd.concat([gone, events[lost].assign(reason=NOT_CONVERTED)])
            events = events[~lost]
    order = ["time", "event_id"]
    removed = conform(gone.sort_values([*order, "source", "reason", "updated"]), "removed")
    return conform(events.sort_values(order), "events"), removed, _counts(rows, events, removed)


def _counts(
    rows: pd.DataFrame, events: pd.DataFrame, removed: pd.DataFrame
) -> dict[str, dict[str, int]]:
    """How many rows of each source were read, stayed, went for each reason."""
    untyped = _types(events["event_type"]) == ""
    parts = {"read": rows, "events": events, "untyped": events[untyped]}
    parts |= {str(reason): part for reason, part in removed.groupby("reason")}
    return {
        name: {str(source): len(of) for source, of in part.groupby("source")}
        for name, part in parts.items()
    }

"""One catalog from the tables of several sources."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from laicflow.catalogs.duplicates import Tolerance, groups
from laicflow.catalogs.magnitudes import converted, families, homogenise
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
NOT_CONVERTED, OUTSIDE = "magnitude not converted", "outside of the period"
SIZE = ["magnitude", "magnitude_type", "magnitude_relation"]


def merge(
    tables: Iterable[pd.DataFrame],
    *,
    rules: dict | None = None,
    period: tuple[str, str] | None = None,
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
    5. With `homogenise` a group has the magnitude of its first row that is a moment magnitude,
       else of the first that can be converted; where that row is another than the one that stays,
       `magnitude_relation` names its type and source ("mww of usgs"), and `magnitude_reported` is
       still what the one that stays reported.
    6. A group goes as a whole where no row gives a magnitude, where none can be converted and
       `unconverted` says drop, and where the row that would stay lies outside of the period.

    So of each source the rows read are its events and its rows under the reasons, summed; and
    `kept_event_id` is the id of one of the events, or missing.

    An id that two different earthquakes of two sources share is written `<source>:<id>` in the
    later source. The order of the tables and of their rows makes no difference.

    Parameters
    ----------
    tables : tables `events`
    rules : `priority` (sources, the first wins; needed for more than one), `duplicates`
        (`seconds`, `km`, `magnitude`, `unlike`), `event_types` (letters of any case), `untyped`
        ("keep" or "drop" what no source gives a type), `homogenise` ("none" or a name of
        `laicflow.catalogs.magnitudes.RELATIONS`), `unconverted` ("keep" or "drop" what it cannot
        convert)
    period : first and last day (ISO dates, both inclusive); a source that keeps all its years in
        one file would else reach beyond the others

    Returns
    -------
    The table `events`; the table `removed` (`kept_event_id`, `kept_source`: the event for which a
    duplicate went); the counts `read`, `events`, `untyped` (of the events) and of each reason, by
    source.

    Raises
    ------
    ConfigError : an unknown rule or value, a source that `priority` does not name, or a period
        that ends before it starts
    """
    chosen, span = _checked(rules), _span(period)
    rows = _joined(list(tables))
    rank = _rank(rows["source"], chosen["priority"])
    order = np.argsort(rank, kind="stable")
    rows, rank = rows.iloc[order].reset_index(drop=True), rank[order]
    about = pd.DataFrame({"reason": "", "kept": -1, "group": -1}, index=rows.index)
    _mark_unusable(rows, about)
    _mark_same_ids(rows, about)
    left = np.flatnonzero(about["reason"] == "")
    about.loc[left, "group"] = left[_groups(rows.iloc[left], rank[left], chosen)]
    _mark_groups(rows, about, left, _sized(rows, chosen), chosen, span)
    return _results(rows, about)


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


def _span(period: tuple[str, str] | None) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """The first instant of a period and the first one after it."""
    if period is None:
        return None
    first, last = (pd.Timestamp(day) for day in period)
    if not first <= last:
        raise ConfigError(f"period: expected a first and a last day, found {period}")
    return first, last + pd.Timedelta(days=1)


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


def _sized(rows: pd.DataFrame, chosen: dict) -> pd.DataFrame:
    """Of each row the magnitude that its group would take from it, and how good it is.

    `use` is 0 for a moment magnitude, 1 for a converted one, 2 for one that is no moment
    magnitude, 3 for none; without homogenisation 0 for any.
    """
    if chosen["homogenise"] == "none":
        return rows[SIZE].assign(use=np.where(rows["magnitude"].isna(), 3, 0))
    made = homogenise(rows, chosen["homogenise"])
    moment = families(rows["magnitude_type"]) == "mw"
    use = np.where(converted(made), np.where(moment, 0, 1), 2)
    return made.assign(use=np.where(rows["magnitude"].isna(), 3, use))


def _mark_groups(
    rows: pd.DataFrame,
    about: pd.DataFrame,
    left: np.ndarray,
    sized: pd.DataFrame,
    chosen: dict,
    span: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> None:
    """Mark what goes of the groups: whole groups, then duplicates; give the rest its magnitude.

    Rows lie in the order of priority, so that the first of a group that has something is the one
    that says it.
    """
    one = pd.DataFrame({"group": about["group"].to_numpy()[left]}, index=left)
    one["type"] = _types(rows["event_type"]).loc[left]
    one["use"] = sized["use"].loc[left]
    said = one[one["type"] != ""].groupby("group")["type"].first()
    one["type"] = one["group"].map(said).fillna("").astype("str")
    one["best"] = _first(one, one["use"] == 3)
    one["giver"] = _first(one, one["use"])
    one["use"] = one["use"].loc[one["giver"]].to_numpy()
    reasons = _reasons_of_groups(one, rows["time"].loc[one["best"]].to_numpy(), chosen, span)
    copies = one.index[(reasons == "") & (one["best"] != one.index)]
    about.loc[left, "reason"] = reasons.to_list()
    about.loc[copies, "reason"] = SAME_EVENT
    about.loc[copies, "kept"] = one.loc[copies, "best"]
    if chosen["homogenise"] != "none":
        stays = one[(reasons == "") & (one["best"] == one.index)]
        lost = one[(reasons == NOT_CONVERTED) & (one["best"] == one.index)]
        _give_sizes(rows, pd.concat([stays, lost])["giver"], sized)


def _first(one: pd.DataFrame, order: pd.Series) -> pd.Series:
    """Of each row the first of its group, by `order` and then by priority."""
    best = one.assign(order=order).sort_values("order", kind="stable").groupby("group").head(1)
    return one["group"].map(pd.Series(best.index, index=best["group"]))


def _reasons_of_groups(
    one: pd.DataFrame,
    times: np.ndarray,
    chosen: dict,
    span: tuple[pd.Timestamp, pd.Timestamp] | None,
) -> pd.Series:
    """Why the group of each row goes, "" where it stays; `times` are those of the best rows."""
    allowed = set(_types(pd.Series(chosen["event_types"], dtype="str")))
    if chosen["untyped"] == "keep":
        allowed.add("")
    reasons = pd.Series("", index=one.index, dtype="str")
    if span:
        reasons[(times < span[0].to_datetime64()) | (times >= span[1].to_datetime64())] = OUTSIDE
    if chosen["unconverted"] == "drop":
        reasons[one["use"] == 2] = NOT_CONVERTED
    reasons[one["use"] == 3] = NO_SIZE
    other = ~one["type"].isin(allowed)
    reasons[other] = "type " + one["type"][other].replace("", "unknown")
    return reasons


def _give_sizes(rows: pd.DataFrame, giver: pd.Series, sized: pd.DataFrame) -> None:
    """Write into rows (the index of `giver`) the homogenised magnitude of the row that gives it."""
    told = sized.loc[giver.to_numpy()]
    size = rows["magnitude"].loc[giver.to_numpy()].map("{:g}".format)
    kind = rows["magnitude_type"].loc[giver.to_numpy()]
    source = rows["source"].loc[giver.to_numpy()]
    borrowed = kind + " of " + source
    through = kind + " " + size + " of " + source + ", " + told["magnitude_relation"]
    note = told["magnitude_relation"].where(
        (giver.to_numpy() == giver.index), borrowed.where(told["use"] == 0, through)
    )
    reported = rows.loc[giver.index, ["magnitude", "magnitude_type"]]
    rows.loc[giver.index, ["magnitude_reported", "magnitude_type_reported"]] = reported.to_numpy()
    rows.loc[giver.index, SIZE[:2]] = told[SIZE[:2]].to_numpy()
    rows.loc[giver.index, "magnitude_relation"] = note.to_numpy()


def _types(names: pd.Series) -> pd.Series:
    """Types of events as they are compared: `Nuclear_Explosion` is `nuclear explosion`."""
    plain = names.fillna("").str.casefold().str.replace(r"[\s_-]+", " ", regex=True)
    return plain.str.strip()


def _results(
    rows: pd.DataFrame, about: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, dict[str, int]]]:
    """The three tables that `merge` returns."""
    stays = (about["reason"] == "").to_numpy()
    # Rows lie in the order of priority: the first holder of an id keeps it.
    again = rows["event_id"].where(stays).duplicated().to_numpy() & stays
    rows.loc[again, "event_id"] = rows["source"][again] + ":" + rows["event_id"][again]
    gone = rows[~stays].assign(reason=about["reason"][~stays])
    kept = _kept(about["kept"].to_numpy(), stays)[~stays]
    for column, name in (("kept_event_id", "event_id"), ("kept_source", "source")):
        gone[column] = rows[name].reindex(kept).array
    events = rows[stays].reset_index(drop=True)
    order = ["time", "event_id"]
    removed = conform(gone.sort_values([*order, "source", "reason", "updated"]), "removed")
    return conform(events.sort_values(order), "events"), removed, _counts(rows, events, removed)


def _kept(kept: np.ndarray, stays: np.ndarray) -> np.ndarray:
    """Of each row the one that stays for it, -1 for none.

    The row for which an older state of it went may itself be a duplicate, or gone.
    """
    further = np.where(kept >= 0, kept[kept], -1)
    return np.where((kept >= 0) & ~stays[kept], further, kept)


def _counts(
    rows: pd.DataFrame, events: pd.DataFrame, removed: pd.DataFrame
) -> dict[str, dict[str, int]]:
    """How many rows of each source were read, stayed, went for each reason."""
    untyped = _types(events["event_type"]) == ""
    parts = {"read": rows, "events": events, "untyped": events[untyped]}
    gone = {str(reason): part for reason, part in removed.groupby("reason")}
    if OUTSIDE in gone:
        parts[OUTSIDE] = gone.pop(OUTSIDE)
    return {
        name: {str(source): len(of) for source, of in part.groupby("source")}
        for name, part in (parts | gone).items()
    }

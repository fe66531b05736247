"""The earthquake of the target `case`: which one it is, and which days it needs of which source."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from laicflow import plan, plan_now
from laicflow.errors import ConfigError
from laicflow.files import is_hidden
from laicflow.observed import behind
from laicflow.sources.request import cut

if TYPE_CHECKING:
    import pandas as pd

# Parts of a case that a source plays, and what must be known of its earthquake.
MAPS, TEC, INDICES, CATALOG = "maps", "tec", ("kp", "dst", "f107"), "catalog"
KEYS = ("time", "latitude", "longitude", "magnitude")
LIMITS = {"latitude": 90.0, "longitude": 180.0, "magnitude": 10.0}
# An earthquake of a catalog is that of a place and a time, or a day, so near to them.
NEAR_KM, NEAR_MINUTES = 300.0, 10.0
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
HOW = (
    'say where and when it was, --config event="latitude,longitude,time,magnitude" (degrees, UTC), '
    'e.g. event="13.05,-88.66,2001-01-13T17:33,7.7", or set time, latitude, longitude and '
    "magnitude under `case:`; or make a catalog that holds it first, without `event`: "
    "`snakemake results/<run>/catalog/usgs.parquet` (after `snakemake refresh` if it is of the "
    "last days)"
)


def settle(config: dict, folder: str | Path = "") -> dict | None:
    """The earthquake that `event` names; what was found is written into `case` as well.

    Parameters
    ----------
    config : the whole configuration, held to its schema
    folder : of the replica, "" without one: its catalogs are looked at where `case` leaves
        something open, after those that runs have merged (results/*/catalog)

    Returns
    -------
    `id`, `name`, `time` (ISO, UTC), `latitude`, `longitude` (degrees), `magnitude`; None where
    no event is set

    Raises
    ------
    ConfigError : an event that cannot be read, or is in no catalog at hand; says what to do
    """
    if config["event"] is None:
        return None
    text, own = str(config["event"]).strip(), config["case"]
    stated = {key: own[key] for key in ("name", *KEYS) if own[key] is not None}
    asked = _place(text) if "," in text else {"id": _id(text)}
    found = {**asked, **stated}
    if not set(KEYS) <= set(found):
        looked = _in_catalogs(asked, config, Path(folder) if str(folder) else None)
        if looked is None:
            raise ConfigError(f"event {text!r} is in no catalog at hand: {HOW}")
        found = {**asked, **looked, **stated}
    found["time"] = _moment(found["time"], text).isoformat()
    _check(found, text)
    found.setdefault("name", found.get("id") or _place_of(found))
    found.setdefault("id", _name_of(found))
    event = {key: found[key] for key in ("id", "name", *KEYS)}
    config["case"] = {**own, **{key: event[key] for key in ("name", *KEYS)}}
    return event


def days(config: dict) -> tuple[dt.date, dt.date] | None:
    """First and last day (UTC) of the case, None where no event is set."""
    if config["event"] is None:
        return None
    own = config["case"]
    day = dt.datetime.fromisoformat(own["time"]).date()
    back = own["before_days"] + own["warm_days"] + own["train_days"]
    return day - dt.timedelta(days=back), day + dt.timedelta(days=own["after_days"])


def sources(config: dict, role: str) -> list[str]:
    """The sources behind a part of the case; none where it is unavailable."""
    name = config["case"][role]
    if name == plan.UNAVAILABLE:
        return []
    return plan.catalog(config, name)["sources"] if role == CATALOG else [name]


def takes(config: dict, source: str) -> bool:
    """Whether an event is set whose case takes files of a source."""
    if config["event"] is None:
        return False
    found = [one for role in (MAPS, TEC, *INDICES, CATALOG) for one in sources(config, role)]
    return source in found or any(source in behind(config, one) for one in found)


def period(config: dict, source: str) -> tuple[dt.date, dt.date]:
    """As `plan.period`; of a source that the case alone takes, the days of the case."""
    alone = takes(config, source) and source not in plan.used(config)
    return days(config) if alone else plan.period(config, source)


def needed(
    config: dict,
    source: str,
    partition: str,
    now: dt.datetime,
    period: tuple[dt.date, dt.date] | None = None,
) -> tuple[dt.date, dt.date]:
    """As `plan_now.needed`; a partition that holds days of the case reaches over these too."""
    first, last = plan_now.needed(config, source, partition, now, period)
    if not takes(config, source):
        return first, last
    begins, ends = days(config)
    ends = min(ends, now.date())
    if begins > ends or cut(partition, begins, ends) is None:
        return first, last
    alone = source not in plan.used(config) and (first, last) == plan.period(config, source)
    return (begins, ends) if alone else (min(first, begins), max(last, ends))


def _id(text: str) -> str:
    """An identifier of a catalog, which names a folder too."""
    if not ID.fullmatch(text):
        raise ConfigError(f"event {text!r} is no identifier of an earthquake: {HOW}")
    return text


def _place(text: str) -> dict:
    """Latitude, longitude, time or day, and the magnitude if it is there."""
    parts = [part.strip() for part in text.split(",")]
    found: dict = {}
    try:
        if len(parts) not in (3, 4):
            raise ValueError
        found |= {"latitude": float(parts[0]), "longitude": float(parts[1])}
        key = "day" if DAY.fullmatch(parts[2]) else "time"
        found[key] = _moment(parts[2], text).isoformat()
        if len(parts) == 4:
            found["magnitude"] = float(parts[3])
    except ValueError:
        raise ConfigError(f"event {text!r} cannot be read: {HOW}") from None
    _check(found, text)
    return found


def _moment(value: str, text: str) -> dt.datetime:
    """An instant in UTC without a zone, to the second."""
    try:
        read = dt.datetime.fromisoformat(value)
    except ValueError:
        raise ConfigError(f"event {text!r}: no time {value!r} (expected ISO 8601, UTC)") from None
    if read.tzinfo is not None:
        read = read.astimezone(dt.UTC).replace(tzinfo=None)
    return read.replace(microsecond=0)


def _check(found: dict, text: str) -> None:
    """Refuse numbers that no place and no magnitude has."""
    for key, limit in LIMITS.items():
        if key in found and not abs(float(found[key])) <= limit:
            raise ConfigError(f"event {text!r}: {key} {found[key]} is beyond {limit:g}")


def _name_of(event: dict) -> str:
    """As in `20010113T173300_13.05N_88.66W`."""
    north, east = float(event["latitude"]), float(event["longitude"])
    at = dt.datetime.fromisoformat(event["time"])
    places = f"{abs(north):g}{'NS'[north < 0]}_{abs(east):g}{'EW'[east < 0]}"
    return f"{at:%Y%m%dT%H%M%S}_{places}"


def _place_of(event: dict) -> str:
    """As in `13.05° N 88.66° W`: figures have no room for more."""
    north, east = float(event["latitude"]), float(event["longitude"])
    return f"{abs(north):g}° {'NS'[north < 0]} {abs(east):g}° {'EW'[east < 0]}"


def _in_catalogs(asked: dict, config: dict, folder: Path | None) -> dict | None:
    """The earthquake of an identifier, or the largest near a place and a time; None without one."""
    for table in _tables(asked.get("id"), config, folder):
        if "id" in asked:
            own = table[table["event_id"].str.lower() == asked["id"].lower()]
        else:
            own = _near(table, asked)
        own = own[own["magnitude"].notna()]
        if len(own):
            row = own.sort_values("magnitude", kind="stable").iloc[-1]
            return {
                "id": asked.get("id", row["event_id"]),
                "name": row["place"] or row["event_id"],
                "time": row["time"].isoformat(),
                **{key: round(float(row[key]), 4) for key in KEYS[1:]},
            }
    return None


def _near(table: pd.DataFrame, asked: dict) -> pd.DataFrame:
    """Events of the day, or within minutes of the time, that are near the place."""
    import pandas as pd

    from laicflow.geo import great_circle_km

    if "day" in asked:
        begin = pd.Timestamp(asked["day"])
        end = begin + pd.Timedelta(days=1)
    else:
        begin = pd.Timestamp(asked["time"]) - pd.Timedelta(minutes=NEAR_MINUTES)
        end = begin + pd.Timedelta(minutes=2 * NEAR_MINUTES)
    own = table[(table["time"] >= begin) & (table["time"] < end)]
    place = asked["latitude"], asked["longitude"]
    return own[great_circle_km(own["latitude"], own["longitude"], *place) <= NEAR_KM]


def _tables(name: str | None, config: dict, folder: Path | None) -> Iterator[pd.DataFrame]:
    """Events of the catalogs at hand: this run's, other runs', then files of the replica.

    Parameters
    ----------
    name : files without it are passed over
    """
    import pandas as pd

    from laicflow.replica import catalog
    from laicflow.store import read_parquet

    columns = ["event_id", "time", "latitude", "longitude", "magnitude", "place"]
    merged = Path("results").glob("*/catalog/*.parquet")
    # `usgs.reasenberg.parquet` is no catalog, and what begins with a dot is half of one.
    paths = [path for path in merged if "." not in path.stem]
    for path in sorted(paths, key=lambda one: (one.parts[1] != config["run"], one)):
        table = read_parquet(path).reindex(columns=columns)
        yield table.assign(place=table["place"].fillna("").astype(str))
    files = set()
    for pattern in config["replica"]["catalogs"] if folder else ():
        files |= {path for path in folder.glob(pattern) if path.is_file() and not is_hidden(path)}
    chosen = [path for path in sorted(files) if name is None or _holds(path, name)]
    found = catalog.load(chosen, lambda path: path.name) if chosen else pd.DataFrame()
    if len(found):
        known = {"id": "event_id", "when": "time", "north": "latitude", "east": "longitude"}
        table = found[[*known, "size", "place"]].rename(columns={**known, "size": "magnitude"})
        # What was reformatted has no place.
        yield table.assign(place=table["place"].where(~found["reformatted"], ""))


def _holds(path: Path, name: str) -> bool:
    """Whether a file has an identifier somewhere in it."""
    return name.lower().encode() in path.read_bytes().lower()

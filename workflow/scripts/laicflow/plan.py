"""What a configuration needs: which partitions of which source, and where their files lie."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from laicflow import digest
from laicflow.config import merge
from laicflow.errors import ConfigError
from laicflow.observed import OBSERVATIONS, behind, beside
from laicflow.sources import registry
from laicflow.sources.request import bounds, cut, partitions

# Days of catalog beyond the last map, so that "no event follows" can be known; where aftershocks
# go, before the first too, so that those of an earlier earthquake are known as such.
AFTER_DAYS = 31
# A role that no source plays.
UNAVAILABLE = "unavailable"
# Roles that belong to single points of a study; a point that names none has the first.
OF_POINTS = ("minutes", "minutes_own")
# Roles of other days than the period: their own part of a study names these.
OF_OWN_PERIOD = ("olr",)
# A file that grows for ever counts as closed for what lies so far back.
NEVER_CLOSED_DAYS = 60


def catalog(config: dict, name: str) -> dict:
    """The rules of a catalog: its own laid over `catalog_rules`, with the list of its `sources`.

    Raises
    ------
    ConfigError : no catalog of that name
    """
    if name not in config["catalogs"]:
        known = ", ".join(sorted(config["catalogs"]))
        raise ConfigError(f"no catalog {name!r} in the configuration; it has {known}")
    return merge(config["catalog_rules"], config["catalogs"][name])


def sources_of_role(config: dict, study: dict, role: str) -> list[str]:
    """The sources behind one role of a study; a catalog may have several, a role none."""
    name = study["data"].get(role, UNAVAILABLE)
    if name == UNAVAILABLE or (role in OF_POINTS and not _has_points(study, role)):
        return []
    return catalog(config, name)["sources"] if role == "catalog" else [name]


def all_of_role(config: dict, study: dict, role: str) -> list[str]:
    """The sources behind one role of a study, and those behind these."""
    found = sources_of_role(config, study, role)
    return [*found, *(one for name in found for one in behind(config, name))]


def _has_points(study: dict, role: str) -> bool:
    """Whether a point of a study takes its files from a role."""
    return any(point.get("role", OF_POINTS[0]) == role for point in study["sites"]["points"])


def roles_by_source(config: dict, study: dict) -> dict[str, list[str]]:
    """The sources of a study, in the order of its roles, and the roles that each plays."""
    found: dict[str, list[str]] = {}
    for role in study["data"]:
        for name in all_of_role(config, study, role):
            found.setdefault(name, []).append(role)
    return found


def used(config: dict) -> list[str]:
    """The sources of the listed studies and those that `ingest.also` names, sorted."""
    found = set(config["ingest"]["also"])
    found |= {one for name in found for one in behind(config, name)}
    for study in config["studies"]:
        found.update(roles_by_source(config, config[study]))
    return sorted(found)


def check_sources(config: dict, folder: Path) -> None:
    """Have every source that is used say what it would ask for, so that bad options end here.

    Parameters
    ----------
    folder : folder of the configuration

    Raises
    ------
    ConfigError : names the source
    """
    for source in used(config):
        settings = registry.settings(source, folder)
        first, last = period(config, source)
        part = partitions(settings["partition"], first, last)[0]
        options = config["sources"].get(source, {})
        try:
            registry.load(settings["module"]).requests(part, first, last, settings, options)
        except ConfigError as error:
            raise ConfigError(f"sources.{source}: {error}") from error


def catalogs_used(config: dict) -> list[str]:
    """The catalogs of the listed studies, and those all of whose sources are used, sorted."""
    named = {config[study]["data"]["catalog"] for study in config["studies"]}
    there = set(used(config))
    whole = {name for name in config["catalogs"] if there >= set(catalog(config, name)["sources"])}
    return sorted(named | whole)


def period(config: dict, source: str) -> tuple[dt.date, dt.date]:
    """First and last day that the run needs of a source.

    The studies that count are those of `studies` that name the source, or where none of them does
    all others that do, so that a target by name finds what it needs; what goes with observations
    that the run takes is taken for their days too, and what no study names for `ingest.period`.
    """
    names = [n for n, own in config.items() if isinstance(own, dict) and "variants" in own]
    spans = {
        name: [
            span(config[name], role)
            for role in config[name]["data"]
            if source in all_of_role(config, config[name], role)
        ]
        for name in names
    }
    listed = [one for name in config["studies"] for one in spans.get(name, [])]
    found = listed or [one for own in spans.values() for one in own]
    if source in beside(config, used(config)):
        found = [*listed, period(config, OBSERVATIONS)]
    if not found:
        ends = config["ingest"]["period"]
        found = [(dt.date.fromisoformat(ends["start"]), dt.date.fromisoformat(ends["end"]))]
    return min(first for first, _ in found), max(last for _, last in found)


def check_covered(config: dict, name: str) -> None:
    """Refuse a study that is not listed and needs more of a source than the listed ones.

    Raises
    ------
    ConfigError : names the source
    """
    if name in config["studies"]:
        return
    for role in config[name]["data"]:
        first, last = span(config[name], role)
        for source in all_of_role(config, config[name], role):
            begins, ends = period(config, source)
            if not begins <= first <= last <= ends:
                raise ConfigError(
                    f"{name} needs {source} from {first} to {last}, and the listed studies take "
                    f"it from {begins} to {ends}: add {name} to `studies`"
                )


def span(study: dict, role: str) -> tuple[dt.date, dt.date]:
    """First and last day that a study needs of a role.

    A catalog reaches beyond the period, a satellite's files those of its own mission alone.
    """
    ends = study.get("missions", {}).get(role, study["period"])
    if role in OF_OWN_PERIOD:
        ends = study.get(role, {}).get("period", ends)
    first, last = (dt.date.fromisoformat(ends[edge]) for edge in ("start", "end"))
    if role != "catalog":
        return first, last
    if "aftershocks" in study:
        first -= dt.timedelta(days=AFTER_DAYS)
    # Of the variants this alone is merged: the whole of them takes a third of the planning.
    own = study.get("normal", {})
    rules = [merge(own, (over or {}).get("normal", {})) for over in study["variants"].values()]
    gaps = [gap for rule in rules if rule for gap in (rule["gap_days"], *rule.get("sweep", []))]
    return first, last + dt.timedelta(days=max([AFTER_DAYS, *(gap + 1 for gap in gaps)]))


def prospective(study: dict) -> dict | None:
    """A study as it goes on after its period, `prospective.data` laid over `data`; or None.

    A study goes on where `prospective.start` is set.
    """
    own = study.get("prospective", {})
    return merge(study, {"data": own.get("data", {})}) if own.get("start") else None


def span_now(study: dict, now: dt.datetime) -> tuple[dt.date, dt.date]:
    """First day after the period of a study, and the present day."""
    return dt.date.fromisoformat(study["period"]["end"]) + dt.timedelta(days=1), now.date()


def newest_day(settings: dict, today: dt.date) -> dt.date:
    """The last day of which a source can have published anything.

    Of minutes a month without any is no error, so that today's are asked for.
    """
    behind = 0 if settings["kind"] == "minutes" else max(settings["latency_days"], 1)
    return today - dt.timedelta(days=behind)


def is_open(settings: dict, partition: str, last: dt.date, now: dt.datetime) -> bool:
    """Whether the upstream may still add to a partition, or change what it has given of it.

    Parameters
    ----------
    settings : config/sources/<source>.yaml
    partition : name of the partition
    last : last day that the run needs of the source
    now : present instant, UTC
    """
    end = min(bounds(partition)[1], last)
    wait = settings["closed_after_days"]
    closes = end + dt.timedelta(days=1 + (NEVER_CLOSED_DAYS if wait is None else wait))
    return now.date() <= closes


def may_change(settings: dict, partition: str, last: dt.date, now: dt.datetime) -> bool:
    """Whether a partition is open, or closed with a version that may not be the last.

    A source whose values become final years later says so under `upgrade`: `for_days` after
    its end a partition may still get them.
    """
    end = min(bounds(partition)[1], last)
    days = settings.get("upgrade", {}).get("for_days", 0)
    still = days > 0 and now.date() <= end + dt.timedelta(days=days)
    return still or is_open(settings, partition, last, now)


def freshness(
    settings: dict, partition: str, last: dt.date, now: dt.datetime, listing: Path | None = None
) -> str:
    """What the params of the fetching say of the state of the upstream.

    - The fingerprint of its listing, where `refresh` has written one: an open partition is asked
      for again when the upstream has something else. One that is listed again after it has
      closed keeps its fingerprint where nothing changed, so that closing re-runs nothing. One that
      is not, or that lacked a file, is asked for once more when it closes, so that nothing that
      came after the listing is left out for ever.
    - Without a listing: `closed`, or the day of `now` while the partition is open, so that it is
      asked for again on another day.

    Parameters
    ----------
    settings, partition, last, now : as of `is_open`
    listing : file of the partition's listing
    """
    if listing is not None and listing.is_file():
        found = json.loads(listing.read_text(encoding="utf-8"))
        as_of = dt.datetime.fromisoformat(found["as_of"])
        early = is_open(settings, partition, last, as_of)
        lacking = not all(file["exists"] for file in found["files"])
        closed = not is_open(settings, partition, last, now)
        return found["fingerprint"] + ("+closed" if closed and (early or lacking) else "")
    return now.date().isoformat() if is_open(settings, partition, last, now) else "closed"


def listing(origin: str, source: str, partition: str, asked: object) -> Path:
    """The file of a partition's listing, relative to the working folder.

    Parameters
    ----------
    asked : what is asked of the source; two runs that ask for something else have two listings
    """
    text = json.dumps(asked, sort_keys=True, default=str)
    tag = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Path("data/listing") / origin / source / f"{partition}.{tag}.json"


def changed_at(listing: Path) -> dt.datetime | None:
    """Since when the upstream has what a listing tells; None without a listing."""
    if not listing.is_file():
        return None
    told = json.loads(listing.read_text(encoding="utf-8"))
    return dt.datetime.fromisoformat(told.get("since", told["as_of"]))


def listing_of(
    config: dict,
    origin: str,
    source: str,
    partition: str,
    needed: tuple[dt.date, dt.date] | None = None,
) -> Path:
    """The file of the listing of a partition as a configuration asks for it.

    Parameters
    ----------
    needed : what `period` says of the source, where it is known already
    """
    first, last = needed or period(config, source)
    options = config["sources"].get(source, {})
    return listing(origin, source, partition, [options, *within(partition, first, last)])


def within(partition: str, first: dt.date, last: dt.date) -> tuple[dt.date, dt.date]:
    """The part of a period that lies in a partition, the period itself where none does."""
    return cut(partition, first, last) or (first, last)


def local_state(bases: list[str], options: dict) -> list[list]:
    """Size (bytes) and time of change (ns) of the one file of a source in local folders.

    They go into the params of the fetching, so that an edited file is taken again.

    Parameters
    ----------
    bases : base URLs; those of other schemes than file are passed over
    options : what is asked of the source; nothing is found where it names no `file`
    """
    found = []
    for base in bases:
        if base.startswith("file:") and options.get("file"):
            path = Path(url2pathname(urlsplit(base).path)) / options["file"]
            if path.is_file():
                found.append([path.stat().st_size, path.stat().st_mtime_ns])
    return found


def without_login(base: str) -> str:
    """A base URL without the name and the password that it may hold.

    Nothing is left of one that every job refuses (`fetch_terms.check_bases`) for what may be a
    password elsewhere in it.
    """
    parts = urlsplit(base)
    host = parts.netloc.rpartition("@")[2]
    hidden = "@" in parts.path or parts.query or parts.fragment
    if parts.scheme != "file" and hidden:
        return "..."
    return parts._replace(netloc=host).geturl()


def upstream(config: dict) -> tuple[str, str]:
    """Kind (internet, folder, world) and folder of the configured upstream.

    Environment variables in a folder's name are filled in.

    Raises
    ------
    ConfigError : the folder names a variable that is not set, or does not exist
    """
    text = config["upstream"]
    if text == "internet":
        return "internet", ""
    name = os.path.expandvars(text.removeprefix("replica:"))
    if name == "world":
        return "world", ""
    if "$" in name:
        raise ConfigError(
            f"upstream {text!r}: set the variable to the folder of real files, "
            "e.g. `export LAICFLOW_REAL_DATA=/path/to/data`"
        )
    if not Path(name).is_dir():
        raise ConfigError(f"upstream {text!r}: no folder {name}")
    return "folder", str(Path(name).resolve())


def origin(config: dict, lock: Path | None = None) -> dict[str, str]:
    """Where the raw files come from: `kind`, `folder` and `name`, the name of data/raw/<name>.

    The name of a replica holds a digest of what it serves, so that files of two folders or of
    two simulated worlds never meet.
    """
    kind, folder = upstream(config)
    if kind == "internet":
        return {"kind": kind, "folder": "", "name": "upstream"}
    if kind == "folder":
        from laicflow.replica import server

        globs = server.served(config["replica"]["catalogs"])
        parts = [server.digest(Path(folder), globs), *_trees(server.SOURCES.values())]
        name = f"replica-{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]}"
        return {"kind": kind, "folder": folder, "name": name}
    name = f"world-{world_digest(config, lock)}"
    return {"kind": kind, "folder": world_folder(name), "name": name}


def world_folder(name: str) -> str:
    """Where the raw files of a simulated world are written, relative to the working folder."""
    return f"data/worlds/{name}"


def world_digest(config: dict, lock: Path | None = None) -> str:
    """Digest of the simulated world: its options, the code that writes it and that serves it."""
    from laicflow.replica import server

    code = _trees(["laicflow.simulate.world", *server.SOURCES.values()])
    pins = digest.numerical_pins(lock) if lock else []
    text = json.dumps([config["simulate"], code, pins], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _trees(modules: Iterable[str]) -> list[str]:
    """Digests of the code of modules and of all that they import."""
    found = digest.closure({*modules, "laicflow.replica.server"})
    return [digest.tree(module) for module in sorted(found)]

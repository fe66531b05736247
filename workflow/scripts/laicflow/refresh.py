"""Listings of what the upstreams have now, one file a partition; nothing is downloaded."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

from laicflow import cases, fetch_listing, fetch_manifest, plan
from laicflow.errors import FetchError
from laicflow.fetch_client import Client
from laicflow.files import write_json
from laicflow.progress import track
from laicflow.upstream import served


def refresh(config: dict, options: dict, now: dt.datetime) -> Iterator[str]:
    """Write a listing for every partition that is due, and say what is there.

    - A closed partition gets one only where the upstream has something else than what lies here,
      so that looking at it plans nothing anew.
    - A listing that cannot be had leaves the earlier one as it is; the others are written.

    Parameters
    ----------
    config : the whole configuration
    options : `origin`; `run`, the folder of the run; `sources`, of each its `settings` and its
        `partitions`
    now : present instant, UTC; every listing carries it as `as_of`, and as `since` the first one at
        which the upstream had what it has

    Raises
    ------
    FetchError : names the listings that could not be had, after all have been tried
    """
    failed = []
    client = Client()
    try:
        for source, own in options["sources"].items():
            yield from _source(config, options, source, own, now, client, failed)
    finally:
        client.close()
    if failed:
        head = f"{len(failed)} listings could not be had, the earlier ones stay"
        raise FetchError("\n  ".join([head, *failed]))


def _source(
    config: dict,
    options: dict,
    source: str,
    own: dict,
    now: dt.datetime,
    client: Client,
    failed: list[str],
) -> Iterator[str]:
    """The listings of one source."""
    settings, origin = own["settings"], options["origin"]
    chosen = _due(config, options, source, own, now)
    if not chosen:
        hint = "(`ingest: {recheck: all}` lists it too)"
        yield f"{source}: all that the run needs is closed {hint}"
        return
    period = plan.period(config, source)
    bases = config["bases"].get(source, [])
    rows = fetch_manifest.newest(Path("data/raw") / origin)
    with served(config, source, settings, bases, origin) as found:
        for part in track(chosen, f"listing {source}"):
            first, last = needed = cases.needed(config, source, part, now, period)
            file = plan.listing_of(config, origin, source, part, needed)
            earlier = _earlier(file)
            try:
                listing = fetch_listing.list_partition(
                    source,
                    part,
                    settings=settings,
                    options=config["sources"].get(source, {}),
                    bases=found,
                    start=first,
                    end=last,
                    now=now,
                    client=client,
                    earlier=earlier,
                )
            except FetchError as error:
                failed.append(f"{source} {part}: {error}")
                continue
            there = sum(file["exists"] for file in listing["files"])
            said = f"{source} {part}: {there} of {len(listing['files'])} files are there"
            known = file.is_file() or plan.is_open(settings, part, last, now)
            if not known and agrees(listing, rows):
                yield f"{said}, as they lie here"
                continue
            same = earlier is not None and earlier["fingerprint"] == listing["fingerprint"]
            since = earlier.get("since", earlier["as_of"]) if same else now.isoformat()
            write_json(listing | {"as_of": now.isoformat(), "since": since}, file)
            yield said


def _due(config: dict, options: dict, source: str, own: dict, now: dt.datetime) -> list[str]:
    """The partitions of a source that are to be listed."""
    chosen, period = [], plan.period(config, source)
    for part in own["partitions"]:
        needed = cases.needed(config, source, part, now, period)
        earlier = _earlier(plan.listing_of(config, options["origin"], source, part, needed))
        if (
            config["ingest"]["recheck"] == "all"
            or plan.is_open(own["settings"], part, needed[1], now)
            or _closed_since(own["settings"], part, needed[1], earlier)
            or _waits(options, source, part, earlier, now)
        ):
            chosen.append(part)
    return chosen


def agrees(listing: dict, rows: dict[str, dict]) -> bool:
    """Whether what exists upstream is what lies here.

    Parameters
    ----------
    listing : of one partition
    rows : newest rows of the manifest by file, `<source>/<folder>/<name>`
    """
    here = {
        file.rsplit("/", 1)[-1]: row
        for file, row in rows.items()
        if file.startswith(f"{listing['source']}/")
    }
    return all(_same(file, here.get(file["name"])) for file in listing["files"] if file["exists"])


def _same(file: dict, row: dict | None) -> bool:
    """Whether a file of a listing is the version of a row: by tag, else by date, else by size.

    What stands behind a query can only be held against what an earlier listing counted.
    """
    if row is None or "?" in file["url_path"] or row["path"] != file["url_path"]:
        return False
    for key in ("etag", "last_modified"):
        if file[key] and row[key]:
            return file[key] == row[key]
    return file["size"] == row["size"]


def _earlier(file: Path) -> dict | None:
    """The listing that lies here."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def _closed_since(settings: dict, part: str, last: dt.date, earlier: dict | None) -> bool:
    """Whether a partition was listed while it was open, and not yet since it has closed."""
    if earlier is None:
        return False
    return plan.is_open(settings, part, last, dt.datetime.fromisoformat(earlier["as_of"]))


def _waits(options: dict, source: str, part: str, earlier: dict | None, now: dt.datetime) -> bool:
    """Whether a closed partition came in a version that is not final, and it is time to ask.

    What has never been fetched is not waited for: fetching takes the best version there is.
    """
    upgrade = options["sources"][source]["settings"].get("upgrade")
    receipt = Path(options["run"]) / "fetch" / source / f"{part}.json"
    if not upgrade or not receipt.is_file():
        return False
    files = json.loads(receipt.read_text(encoding="utf-8"))["files"]
    if all(file["url_path"].startswith(upgrade["final"]) for file in files):
        return False
    if earlier is None:
        return True
    asked = dt.datetime.fromisoformat(earlier["as_of"])
    return now - asked >= dt.timedelta(days=upgrade["every_days"])

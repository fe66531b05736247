"""What an update of forecasts is given by the rules, made the arguments of `prospective.update`."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pandas as pd

from laicflow import fetch_manifest
from laicflow.config import merge
from laicflow.errors import LaicflowError
from laicflow.fetch_listing import NOT_ASKED
from laicflow.prospective_plan import Data, Plan
from laicflow.store import provenance, read_parquet


def plan_of(study: str, options: dict, code: str, weights: str = "") -> Plan:
    """The plan of an update from the options of the rule `update_study`.

    The study keeps its own period; the days of its sites go on, with no end.

    Parameters
    ----------
    weights : receipt of published weights, where the network starts from any
    """
    training = {key: v for key, v in options["training"].items() if key != "keep_weights"}
    return Plan(
        run=options["run"],
        study=study,
        variant=options["variant"],
        experiment=options["experiment"],
        seed=options["seed"],
        settings=_without_ends(options["study"]),
        model=options["model"],
        model_options=options["model_options"],
        training=training,
        code=code,
        registered=options["registered"],
        weights=weights,
    )


def data_of(study: str, inputs: dict[str, list[str]], options: dict, now: pd.Timestamp) -> Data:
    """The series up to now, events and indices.

    Parameters
    ----------
    inputs : files by name: series, catalog, kp, dst, f107 (none where no source plays it), begun
    options : of the rule: study, preparation, raw (folder of the raw files), sources (of which
        files are read), begun (files by name)
    now : present instant, UTC
    """
    windows = importlib.import_module(f"laicflow.studies.{study}.windows")
    indices = {
        role: pd.concat([read_parquet(path) for path in inputs[role]], ignore_index=True)
        if inputs.get(role)
        else None
        for role in ("kp", "dst", "f107")
    }
    files = [path for paths in inputs.values() for path in paths]
    told = json.dumps(provenance(files), sort_keys=True)
    return Data(
        tensors=windows.prepare(
            inputs["series"], read_parquet(options["begun"]["sites"]), until(options, now)
        ),
        events=read_parquet(inputs["catalog"][0]),
        indices=indices,
        inputs_sha256=hashlib.sha256(told.encode()).hexdigest(),
        available_at=arrived(Path(options["raw"]), options["sources"], now),
    )


def until(options: dict, now: pd.Timestamp) -> dict:
    """The settings of the study with a period that ends on the day of `now`, also at its sites."""
    study = merge(options["study"], options["preparation"])
    study["period"]["end"] = str(now.date())
    return _without_ends(study)


def _without_ends(study: dict) -> dict:
    """The settings of a study whose sites have no last day: windows after it have labels too."""
    points = [
        {key: value for key, value in point.items() if key != "end"}
        for point in study["sites"]["points"]
    ]
    return merge(study, {"sites": {"points": points}})


def arrived(raw: Path, sources: list[str], now: pd.Timestamp) -> pd.Timestamp:
    """When the newest raw file of these sources came here; `now` where none is recorded."""
    rows = fetch_manifest.frame(raw)
    fetched = rows.loc[rows["source"].isin(sources), "fetched"]
    return pd.Timestamp(fetched.max()) if len(fetched) else now


def known_until(options: dict, now: pd.Timestamp) -> pd.Timestamp:
    """Until when the catalog is known to be complete: when its upstream was last asked, less the
    days that an earthquake takes to be published.

    It was asked when `refresh` listed a partition that may still grow, if what it saw there then
    has been fetched since it came up; else when the files of the partition were last confirmed. A
    file of one's own folder says nothing of the days after its last change. No file was asked for
    that holds what came after the day for which the run was planned.

    Parameters
    ----------
    options : of the rule: `today` (that day), `open_catalogs` (of each open partition `receipt` and
        `listing`, paths), `latency_days`, `raw` (folder of the raw files)
    now : present instant, UTC

    Raises
    ------
    LaicflowError : a partition of which nothing tells when it was asked for
    """
    rows = fetch_manifest.read(Path(options["raw"]) / "manifest.parquet").to_pylist()
    planned = pd.Timestamp(options["today"]) + pd.Timedelta(days=1)
    asked = [now, planned, *(_asked_at(one, rows) for one in options["open_catalogs"])]
    return min(asked) - pd.Timedelta(days=options["latency_days"])


def _asked_at(one: dict, rows: list[dict]) -> pd.Timestamp:
    """When the upstream of a partition was last asked for what was made into the catalog.

    Parameters
    ----------
    rows : of the manifest
    """
    receipt, listing = Path(one["receipt"]), Path(one["listing"])
    files = json.loads(receipt.read_text(encoding="utf-8"))["files"]
    newest = {row["file"]: row for row in rows}
    versions = {(row["file"], row["sha256"]): row for row in rows}
    own = [versions.get((file["path"], file["sha256"])) for file in files]
    if not own or None in own:
        raise LaicflowError(
            f"{receipt}: nothing tells when its files were last asked for, so that it is not known "
            "until when the catalog is complete; `snakemake fetch` asks"
        )
    confirmed = min(_confirmed(row, row["checked"]) for row in own)
    # Of a version that another run has fetched since, a listing tells, but not this catalog.
    latest = all(newest[row["file"]]["sha256"] == row["sha256"] for row in own)
    if not (latest and listing.is_file()):
        return confirmed
    told = json.loads(listing.read_text(encoding="utf-8"))
    # Where nothing can be counted, a listing has not asked at all.
    blind = any(file["etag"].startswith(NOT_ASKED) for file in told["files"])
    local = any(_is_local(row) for row in own)
    if blind or local or confirmed < pd.Timestamp(told.get("since", told["as_of"])):
        return confirmed
    return max(confirmed, pd.Timestamp(told["as_of"]))


def _confirmed(row: dict, moment: object) -> pd.Timestamp:
    """When a file was confirmed; one of one's own folder no later than it was changed."""
    found = pd.Timestamp(moment)
    if _is_local(row):
        path = Path(url2pathname(urlsplit(row["url"]).path))
        if path.is_file():
            found = min(found, pd.Timestamp(path.stat().st_mtime, unit="s"))
    return found


def _is_local(row: dict) -> bool:
    """Whether a file came from a folder."""
    return row["url"].startswith("file:")

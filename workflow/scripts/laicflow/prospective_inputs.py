"""What an update of forecasts is given by the rules, made the arguments of `prospective.update`."""

from __future__ import annotations

import hashlib
import importlib
import json
from pathlib import Path

import pandas as pd

from laicflow import fetch_manifest
from laicflow.config import merge
from laicflow.prospective_plan import Data, Plan
from laicflow.store import provenance, read_parquet


def plan_of(study: str, options: dict, code: str) -> Plan:
    """The plan of an update from the options of the rule `update_study`.

    The study keeps its own period; the days of its sites go on, with no end.
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
    )


def data_of(study: str, inputs: dict[str, list[str]], options: dict, now: pd.Timestamp) -> Data:
    """The series up to now, events and indices.

    Parameters
    ----------
    inputs : files by name: series, sites, catalog, kp, dst, f107 (none where no source plays it)
    options : of the rule: study, preparation, raw (folder of the raw files)
    now : present instant, UTC
    """
    windows = importlib.import_module(f"laicflow.studies.{study}.windows")
    indices = {
        role: pd.concat([read_parquet(path) for path in inputs[role]], ignore_index=True)
        if inputs.get(role)
        else None
        for role in ("kp", "dst", "f107")
    }
    files = [path for name, paths in inputs.items() if name != "history" for path in paths]
    told = json.dumps(provenance(files), sort_keys=True)
    return Data(
        tensors=windows.prepare(
            inputs["series"], read_parquet(inputs["sites"][0]), until(options, now)
        ),
        events=read_parquet(inputs["catalog"][0]),
        indices=indices,
        inputs_sha256=hashlib.sha256(told.encode()).hexdigest(),
        available_at=arrived(Path(options["raw"]), now),
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


def arrived(raw: Path, now: pd.Timestamp) -> pd.Timestamp:
    """When the newest raw file came here; `now` where none is recorded."""
    fetched = fetch_manifest.frame(raw)["fetched"]
    return pd.Timestamp(fetched.max()) if len(fetched) else now

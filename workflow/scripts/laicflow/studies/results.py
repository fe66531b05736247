"""What a study has come to: the files that figures, tables and the report read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from laicflow.config import with_variants
from laicflow.store import read_netcdf, read_parquet, read_tables

# Kinds of results that exist once a variant, and the name of their file.
PER_VARIANT = {
    "samples": "samples.parquet",
    "splits": "splits.parquet",
    "scores": "scores.parquet",
    "audit": "audit.parquet",
    "verdict": "verdict.json",
}


@dataclass
class Results:
    """The results of one study; what was not asked for is empty.

    `settings` are the study's own, `variants` those with each variant laid over them. The tables
    by variant carry their attributes in `.attrs` (`facts` in those of the samples is JSON).
    """

    run: str
    study: str
    settings: dict
    variants: dict[str, dict]
    tensors: xr.Dataset | None = None
    sites: pd.DataFrame | None = None
    samples: dict[str, pd.DataFrame] = field(default_factory=dict)
    splits: dict[str, pd.DataFrame] = field(default_factory=dict)
    scores: dict[str, pd.DataFrame] = field(default_factory=dict)
    audit: dict[str, pd.DataFrame] = field(default_factory=dict)
    verdict: dict[str, dict] = field(default_factory=dict)
    predictions: dict[str, pd.DataFrame] = field(default_factory=dict)
    history: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: dict[str, pd.DataFrame] = field(default_factory=dict)


def training_folders(settings: dict, variant: str, what: str) -> list[str]:
    """Folders, relative to the study's, in which training left a table `what`.

    Seeds keep `history`; further draws and the baselines keep predictions and notes alone.
    """
    own = with_variants(settings)[variant]
    names = [f"{variant}/{e}/{seed}" for e in own["experiments"] for seed in own["seeds"]]
    if what == "history":
        return names
    if own["split"]["draws"] > 1:
        names += [f"{variant}/{e}/draws" for e in own["experiments"]]
    return [*names, f"{variant}/baselines"]


def files(settings: dict, base: str, needs: list[str]) -> list[str]:
    """The files behind `needs`, in a fixed order.

    Parameters
    ----------
    settings : the study's settings
    base : folder of the study in the results
    needs : of tensors, sites, samples, splits, scores, audit, verdict, predictions, history, notes
    """
    named = []
    for need in needs:
        if need == "tensors":
            named.append(f"{base}/tensors/observed-plain.nc")
        elif need == "sites":
            named.append(f"{base}/sites.parquet")
        for variant in settings["variants"]:
            if need in PER_VARIANT:
                named.append(f"{base}/{variant}/{PER_VARIANT[need]}")
            elif need in ("predictions", "history", "notes"):
                folders = training_folders(settings, variant, need)
                named += [f"{base}/{folder}/{need}.parquet" for folder in folders]
    return named


def load(settings: dict, base: str | Path, needs: list[str], *, run: str, study: str) -> Results:
    """Read what `needs` names; the parameters are those of `files`."""
    base = Path(base)
    result = Results(run, study, settings, with_variants(settings))
    if "tensors" in needs:
        result.tensors = read_netcdf(base / "tensors/observed-plain.nc")
    if "sites" in needs:
        result.sites = read_parquet(base / "sites.parquet")
    for variant in settings["variants"]:
        for need in needs:
            if need in PER_VARIANT:
                read: Any = _read_json if need == "verdict" else read_parquet
                getattr(result, need)[variant] = read(base / variant / PER_VARIANT[need])
            elif need in ("predictions", "history", "notes"):
                folders = training_folders(settings, variant, need)
                paths = [base / folder / f"{need}.parquet" for folder in folders]
                getattr(result, need)[variant] = read_tables(paths)
    return result


def _read_json(path: Path) -> dict:
    """The content of a JSON file."""
    return json.loads(path.read_text())

"""What a study has come to: the files that figures, tables and the report read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from laicflow.config import merge, trained, with_variants
from laicflow.schema import empty
from laicflow.store import read_netcdf, read_parquet, read_tables

# Kinds of results that exist once a variant, and the name of their file.
PER_VARIANT = {
    "samples": "samples.parquet",
    "splits": "splits.parquet",
    "scores": "scores.parquet",
    "audit": "audit.parquet",
    "verdict": "verdict.json",
    "anomalies": "anomalies.parquet",
    "alarms": "alarms.parquet",
    "quakes": "quakes.parquet",
    "alarm_audit": "anomaly_audit.parquet",
    "alarm_verdict": "anomaly_verdict.json",
    "rst": "rst.nc",
}
READERS = {".nc": read_netcdf, ".parquet": read_parquet}


# The group of variants that the report sets side by side; all others stand under `compare`.
SHOWN = "shown"


@dataclass
class Results:
    """The results of one study; what was not asked for is empty.

    `settings` are the study's own, `variants` those of the group that was asked for, each laid
    over them. `comparison`, `trials` and `timing` are of the study as a whole, `tensors` those of
    the study without any variant and `series` those of each variant, `events` the whole merged
    catalog, `recovered` the series over the stations of a simulated world beside the truth. The
    tables by variant carry their attributes in `.attrs` (`facts` in those of the samples is JSON).
    """

    run: str
    study: str
    settings: dict
    variants: dict[str, dict]
    tensors: xr.Dataset | None = None
    series: dict[str, xr.Dataset] = field(default_factory=dict)
    events: pd.DataFrame | None = None
    sites: pd.DataFrame | None = None
    samples: dict[str, pd.DataFrame] = field(default_factory=dict)
    splits: dict[str, pd.DataFrame] = field(default_factory=dict)
    scores: dict[str, pd.DataFrame] = field(default_factory=dict)
    audit: dict[str, pd.DataFrame] = field(default_factory=dict)
    verdict: dict[str, dict] = field(default_factory=dict)
    alarm_audit: dict[str, pd.DataFrame] = field(default_factory=dict)
    alarm_verdict: dict[str, dict] = field(default_factory=dict)
    rst: dict[str, xr.Dataset] = field(default_factory=dict)
    predictions: dict[str, pd.DataFrame] = field(default_factory=dict)
    history: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: dict[str, pd.DataFrame] = field(default_factory=dict)
    tuning: dict[str, pd.DataFrame] = field(default_factory=dict)
    anomalies: dict[str, pd.DataFrame] = field(default_factory=dict)
    alarms: dict[str, pd.DataFrame] = field(default_factory=dict)
    quakes: dict[str, pd.DataFrame] = field(default_factory=dict)
    comparison: pd.DataFrame | None = None
    trials: pd.DataFrame | None = None
    timing: pd.DataFrame | None = None
    recovered: pd.DataFrame | None = None


def training_folders(settings: dict, variant: str, what: str) -> list[str]:
    """Folders, relative to the study's, in which training left a table `what`.

    Seeds keep `history`; further draws and the baselines keep predictions and notes alone.
    """
    own = merge(settings, settings["variants"][variant] or {})
    names = [f"{variant}/{e}/{seed}" for e in trained(own) for seed in own["seeds"]]
    if what == "history":
        return names
    if own["split"]["draws"] > 1:
        names += [f"{variant}/{e}/draws" for e in trained(own)]
    return [*names, f"{variant}/baselines"]


def tuned(settings: dict, variant: str) -> list[str]:
    """The experiments of a variant that are tuned.

    Not those that start from another one, nor those of a variant that takes another's options.
    """
    own = merge(settings, settings["variants"][variant] or {})
    rules = own.get("tuning", {})
    if not rules.get("trials") or rules["taken_from"]:
        return []
    return [name for name in trained(own) if "start" not in own["experiments"][name]]


def group(settings: dict, name: str) -> list[str]:
    """The variants of a group: those that are shown, or those of an entry of `compare`."""
    return list(settings[SHOWN] if name == SHOWN else settings["compare"][name])


def tensors_file(settings: dict) -> str:
    """The tensors of a study, a variant laid over it, relative to the study's folder."""
    world = settings.get("world", "observed")
    preparation = settings.get("window", {}).get("preparation", "plain")
    return f"tensors/{world}-{preparation}.nc"


def of_study(settings: dict, needs: list[str], of: str) -> dict[str, list[str]]:
    """Files, relative to the study's folder, of the needs that exist once a study."""
    worlds = settings.get("worlds", {})
    named = {
        "tensors": [tensors_file(settings)],
        "sites": ["sites.parquet"],
        "comparison": [f"compared/{of}.parquet"],
        "trials": [
            f"worlds/{kind}-{seed}.parquet"
            for kind in ("null", "planted")
            for seed in worlds.get("seeds", [])
        ],
        "timing": ["timing.parquet"],
        "recovered": ["../stations/recovered.parquet"],
        "events": [f"../catalog/{settings.get('data', {}).get('catalog')}.parquet"],
    }
    return {need: named[need] for need in needs if need in named}


def files(settings: dict, base: str, needs: list[str], of: str = "shown") -> list[str]:
    """The files behind `needs`, in a fixed order.

    Parameters
    ----------
    settings : the study's settings
    base : folder of the study in the results
    needs : of tensors, series, events, sites, samples, splits, scores, audit, verdict, predictions,
        history, notes, tuning, anomalies, alarms, quakes, alarm_audit, alarm_verdict, rst,
        comparison, trials, timing, recovered
    of : group of variants
    """
    named: list[str] = []
    whole = of_study(settings, needs, of)
    for need in needs:
        named += [_below(base, file) for file in whole.get(need, [])]
        for variant in group(settings, of):
            if need in PER_VARIANT:
                named.append(f"{base}/{variant}/{PER_VARIANT[need]}")
            elif need == "series":
                own = merge(settings, settings["variants"][variant] or {})
                named.append(f"{base}/{tensors_file(own)}")
            elif need in ("predictions", "history", "notes"):
                folders = training_folders(settings, variant, need)
                named += [f"{base}/{folder}/{need}.parquet" for folder in folders]
            elif need == "tuning":
                found = tuned(settings, variant)
                named += [f"{base}/{variant}/{name}/tuning/tuning.parquet" for name in found]
    # Variants may share their tensors.
    return list(dict.fromkeys(named))


def _below(base: str, file: str) -> str:
    """A file by its path from the study's folder, as the rules name it."""
    if file.startswith("../"):
        return f"{base.rpartition('/')[0]}/{file.removeprefix('../')}"
    return f"{base}/{file}"


def load(
    settings: dict,
    base: str | Path,
    needs: list[str],
    *,
    run: str,
    study: str,
    of: str = "shown",
) -> Results:
    """Read what `needs` names; the parameters are those of `files`."""
    base = Path(base)
    own = with_variants(settings)
    chosen = group(settings, of)
    result = Results(run, study, settings, {name: own[name] for name in chosen})
    for need, paths in of_study(settings, needs, of).items():
        if need == "tensors":
            result.tensors = read_netcdf(base / paths[0])
        else:
            # One file keeps its attributes.
            single = len(paths) == 1
            read = read_parquet if single else read_tables
            setattr(result, need, read(base / paths[0] if single else [base / p for p in paths]))
    for variant in chosen:
        for need in needs:
            if need in PER_VARIANT:
                path = base / variant / PER_VARIANT[need]
                read: Any = READERS.get(path.suffix, _read_json)
                getattr(result, need)[variant] = read(path)
            elif need == "series":
                result.series[variant] = read_netcdf(base / tensors_file(own[variant]))
            elif need in ("predictions", "history", "notes"):
                folders = training_folders(settings, variant, need)
                paths = [base / folder / f"{need}.parquet" for folder in folders]
                table = read_tables(paths) if paths else empty(need)
                getattr(result, need)[variant] = table
            elif need == "tuning":
                result.tuning[variant] = _read_tuning(base / variant, tuned(settings, variant))
    return result


def _read_tuning(folder: Path, experiments: list[str]) -> pd.DataFrame:
    """The trials of the experiments of a variant, `experiment` before the columns of each."""
    parts = [read_parquet(folder / name / "tuning/tuning.parquet") for name in experiments]
    named = [part.assign(experiment=name) for name, part in zip(experiments, parts, strict=True)]
    table = pd.concat(named, ignore_index=True) if named else empty("tuning").assign(experiment="")
    return table[["experiment", *(name for name in table if name != "experiment")]]


def _read_json(path: Path) -> dict:
    """The content of a JSON file."""
    return json.loads(path.read_text())

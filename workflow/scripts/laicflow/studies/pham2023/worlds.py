"""The whole chain on a simulated world whose truth is known: does it find what was planted?

A trial is a world with (`planted`) or without (`null`) a precursor of known size, taken from raw
files to the referee's comparison R27 by the functions that the rules call. The two worlds of a
seed differ in the planted wave alone: weather, indices, earthquakes, samples and splits are the
same, and so are the first weights of the networks.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.audit.baselines import best_baseline, check, difference
from laicflow.audit.context import Context
from laicflow.catalogs.merge import merge as merge_catalogs
from laicflow.clean.maps import month_of_maps
from laicflow.clean.tables import partition_of_table
from laicflow.config import merge
from laicflow.evaluation.baselines import run_baselines
from laicflow.evaluation.intervals import BLOCKS, support_days, time_blocks
from laicflow.evaluation.scores import score
from laicflow.samples.sites import from_points
from laicflow.schema import conform
from laicflow.simulate.precursor import sources as planted_days
from laicflow.simulate.world import complete, covered_years, write_world
from laicflow.simulate.write_ionex import file_name
from laicflow.sources.request import partitions
from laicflow.store import write_netcdf
from laicflow.studies.pham2023 import samples as sampling
from laicflow.studies.pham2023 import windows
from laicflow.studies.pham2023.trials import METRIC
from laicflow.training.experiment import run_experiment

# The files of a world by the source that would publish them; `{}` is the partition.
MAPS, CATALOG = "code", "usgs"
FILES = {
    CATALOG: "catalogs/usgs/usgs_{}.csv",
    "gfz_kp": "indices/gfz_kp_wdc/kp{}",
    "kyoto_dst": "indices/kyoto_dst_wdc/dst_wdc_{}.txt",
    "celestrak": "indices/celestrak/SW-All.csv",
}
INDICES = {"kp": "gfz_kp", "dst": "kyoto_dst", "f107": "celestrak"}


def trial(kind: str, world_seed: int, options: dict, scratch: Path) -> pd.DataFrame:
    """Make a world, take it all the way to R27, and say whether the network beat the baselines.

    Parameters
    ----------
    kind : `null` or `planted`
    world_seed : seed of the world
    options : `world` and `study` (of `trials`), `variant`, `sources` (settings of the sources of
        `FILES` and of the maps), `audit` (gates), `names` and `seed` (of the run)
    scratch : folder for the files of the world, which are gone at the end

    Returns
    -------
    One row of the table `trials`: `auc` is the mean over the network's seeds, `auc_baseline` that
    of the best baseline on the test; `low` and `high` bound the paired difference (95 %, block
    bootstrap); `beats` is 1 where `low` is above 0, 0 where it is not, missing where there is no
    interval; `events` are the days that are planted, or would be.

    Raises
    ------
    ConfigError : a world with an unknown option
    """
    world, study = options["world"], options["study"]
    prefix = f"{kind}-{world_seed}-"
    _sweep(Path(scratch), prefix)
    with tempfile.TemporaryDirectory(dir=scratch, prefix=prefix) as folder:
        tensors, events, indices, truth = _data(world, study, options["sources"], Path(folder))
    print(f"{kind} world {world_seed}: precursor {truth['precursor'] or 'none'}")
    names = (*options["names"], "worlds", str(world_seed), str(options["seed"]))
    context = _context(tensors, events, indices, study, options, names)
    start, end = (dt.date.fromisoformat(study["period"][key]) for key in ("start", "end"))
    days = planted_days(events, complete(world)["precursor"])
    row = {
        "world": kind,
        "world_seed": world_seed,
        "amplitude_sd": world["precursor"]["amplitude_sd"],
        "events": sum(start <= day <= end for day in days),
        **judged(context),
    }
    print(f"{row}")
    return conform(pd.DataFrame([row]), "trials")


def _sweep(scratch: Path, prefix: str) -> None:
    """Remove the files of this world that a process which was killed has left."""
    scratch.mkdir(parents=True, exist_ok=True)
    for left in scratch.glob(f"{prefix}*"):
        shutil.rmtree(left)


def judged(context: Context) -> dict:
    """What R27 says of the headline's network: the columns of `trials` from `experiment` on."""
    found = check(context)[0]
    best = best_baseline(context)
    row = {
        "experiment": context.experiment,
        "baseline": best or "",
        "auc": _mean(context, context.experiment),
        "auc_baseline": _mean(context, best) if best else np.nan,
        "difference": np.nan,
        "low": np.nan,
        "high": np.nan,
        "n": 0,
        "blocks": 0,
        "beats": {"pass": 1, "fail": 0}.get(found["status"], pd.NA),
        "note": found["evidence"] if found["status"] == "na" else "",
    }
    tested = context.tested(context.experiment)
    compared = difference(context, tested, context.tested(best)) if best and len(tested) else None
    if compared is None:
        return row
    row["difference"], ends, row["n"] = compared
    row["low"], row["high"] = ends.low, ends.high
    samples = context.samples[context.samples["sample_id"].isin(set(tested["sample_id"]))]
    row["blocks"] = int(time_blocks(samples, support_days(samples))[0].max()) + 1
    return row


def _data(
    world: dict, study: dict, sources: dict, folder: Path
) -> tuple[xr.Dataset, pd.DataFrame, dict[str, pd.DataFrame], dict]:
    """Tensors, catalog, indices and truth of a world, from raw files written into `folder`."""
    raw = folder / "raw"
    truth = write_world(world, raw)["truth"]
    start, end = (dt.date.fromisoformat(study["period"][key]) for key in ("start", "end"))
    maps = []
    for month in partitions("month", start, end):
        days = pd.date_range(max(str(start), f"{month}-01"), end, freq="D")
        inside = [day.date() for day in days if f"{day:%Y-%m}" == month]
        files = [{"day": str(d), "path": f"ionex/code/{file_name(d)}"} for d in inside]
        receipt = _receipt(MAPS, month, files, sources)
        maps.append(folder / "maps" / f"{month}.nc")
        write_netcdf(month_of_maps(receipt, raw, sources[MAPS]["format"]), maps[-1])
    first, last = covered_years(start, end)
    years = partitions("year", first, last)
    tables = {name: _table(name, years, sources, raw) for name in FILES}
    rules = {"priority": [CATALOG]}
    events, _, _ = merge_catalogs([tables[CATALOG]], rules=rules, period=(str(first), str(last)))
    sites = from_points(study["sites"]["points"])
    tensors = windows.prepare([str(path) for path in maps], sites, study)
    return tensors, events, {role: tables[name] for role, name in INDICES.items()}, truth


def _receipt(name: str, partition: str, files: list[dict], sources: dict) -> dict:
    """What the fetching of a partition would have left."""
    return {
        "source": name,
        "partition": partition,
        "files": files,
        "missing": [],
        "citation": sources[name]["citation"],
        "licence": "simulated",
    }


def _table(name: str, years: list[str], sources: dict, raw: Path) -> pd.DataFrame:
    """All rows of a catalog or an index."""
    each = ["all"] if sources[name]["partition"] == "all" else years
    receipts = [_receipt(name, p, [{"path": FILES[name].format(p)}], sources) for p in each]
    parts = [partition_of_table(one, raw, sources[name]["format"]) for one in receipts]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _context(
    tensors: xr.Dataset,
    events: pd.DataFrame,
    indices: dict[str, pd.DataFrame],
    study: dict,
    options: dict,
    names: tuple[str, ...],
) -> Context:
    """Samples, splits, predictions and scores of the study on one world."""
    latency = options["sources"][MAPS]["latency_days"]
    samples, splits, facts = sampling.choose(
        tensors, events, indices, study, names=names, latency_days=latency
    )
    print(facts)

    def cut(window_ids: list[str]) -> np.ndarray:
        return windows.cut(tensors, window_ids, study)

    parts = [_trained(cut, samples, splits, study, seed, names) for seed in study["seeds"]]
    parts.append(run_baselines(cut, samples, splits, study["baselines"], names=names))
    predictions = pd.concat([p for p, _ in parts if len(p)] or [parts[0][0]], ignore_index=True)
    notes = pd.concat([n for _, n in parts if len(n)] or [parts[0][1]], ignore_index=True)
    support = study["window"]["days"] + study["reference"]["days"]
    gates = {**options["audit"], "support_days": support}
    scores = score(
        predictions, samples, gates, variant=options["variant"], notes=notes, names=names
    )
    return Context(
        study=options["names"][1],
        variant=options["variant"],
        samples=samples,
        splits=splits,
        predictions=predictions,
        scores=scores,
        options=gates,
        headline=study["headline"],
        notes=notes,
        names=names,
    )


def _trained(
    cut: object,
    samples: pd.DataFrame,
    splits: pd.DataFrame,
    study: dict,
    seed: int,
    names: tuple[str, ...],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions and notes of the network with one seed."""
    name = study["headline"]["experiment"]
    own = study["experiments"][name]
    training = merge(study["training"], own.get("training", {}))
    training.pop("keep_weights", None)
    chosen = {
        "model": own["model"],
        "model_options": {**study["models"], **own.get("options", {})},
        "training": {**training, "threads": 1},
        "keep_weights": "none",
    }
    outcome = run_experiment(cut, samples, splits, name, chosen, seed=seed, names=names)
    return outcome.predictions, outcome.notes


def _mean(context: Context, experiment: str) -> float:
    """AUC of an experiment, the mean over its seeds; NaN where it has none."""
    row = context.scored(experiment, METRIC, BLOCKS)
    return float(row["value"]) if row else np.nan

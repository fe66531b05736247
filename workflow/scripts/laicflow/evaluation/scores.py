"""The table `scores`: every metric of every run on its test samples, with what it is worth.

Rows of a run (experiment, seed, draw), folds pooled:
- accuracy by method `wilson` (as if samples were independent) and by `block bootstrap`;
- the other metrics by `block bootstrap`; the counts by `count`. The metrics and counts are those of
  `metrics`; where the predictions have probabilities of more than two classes, those of `classes`.

Rows over the runs: `seed` missing is the mean over the seeds of a draw, its interval by
`block bootstrap` and, as `seeds`, the range of the runs (n is the number of those whose outputs
are numbers); `draw` missing is, as `draws`, median and range over the draws (n is their number).

`n_eff` counts the blocks; `block_days`, in rows by `block bootstrap`, is their length in days.

A run or a fold that was lost is told in the note of every row that it is missing from: a training
that diverges does not do so at random, so that the mean of the others is not the mean of all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.evaluation.classes import (
    ClassTally,
    class_count,
    class_tally,
    nothing,
    probabilities,
)
from laicflow.evaluation.forecast_table import is_forecast, score_forecasts
from laicflow.evaluation.intervals import BLOCKS, WILSON, Resampling, mean_metric, wilson
from laicflow.evaluation.metrics import Tally, tally
from laicflow.evaluation.pairs import places
from laicflow.schema import conform, empty

TEST = "test"
NOTHING = Tally(np.full((1, 4), np.nan), np.full(1, np.nan), np.full((1, 1), np.nan))


@dataclass(frozen=True)
class Run:
    """One seed on one draw: what was predicted, and its sums by block (None if not a number).

    `places` are those of its samples among all of the draw, sorted.
    """

    seed: int
    table: pd.DataFrame
    sums: Tally | ClassTally | None
    note: str
    places: np.ndarray


class _Lost:
    """The seeds and folds of an experiment on one draw that could not be predicted.

    Parameters
    ----------
    notes : rows of the table `notes` that name a fold of the experiment and draw
    part : what was predicted
    """

    def __init__(self, notes: pd.DataFrame, part: pd.DataFrame) -> None:
        known = part[["seed", "fold"]].drop_duplicates().astype(int)
        there = set(zip(known["seed"], known["fold"], strict=True))
        self.seeds = sorted({seed for seed, _ in there} | set(notes["seed"].dropna().astype(int)))
        folds = sorted({fold for _, fold in there} | set(notes["fold"].astype(int)))
        self.folds, self.why = len(folds), {}
        for row in notes.itertuples():
            # A note without a seed is of all.
            for seed in self.seeds if pd.isna(row.seed) else [int(row.seed)]:
                if (seed, int(row.fold)) not in there:
                    self.why.setdefault(seed, {}).setdefault(int(row.fold), []).append(row.why)
        tested = {seed for seed, _ in there}
        self.gone = [seed for seed in self.seeds if seed not in tested]

    def of(self, seed: int) -> str:
        """What a row of one seed must say, empty where nothing of it is lost."""
        own = self.why.get(seed, {})
        if not own:
            return ""
        why = dict.fromkeys(one for told in own.values() for one in told)
        return f"{len(own)} of {self.folds} folds left out: {'; '.join(why)}"

    def together(self) -> list[str]:
        """What a row over the seeds must say."""
        told = []
        for seed in self.gone:
            why = dict.fromkeys(one for own in self.why[seed].values() for one in own)
            told.append(f"seed {seed}: {'; '.join(why)}")
        if told:
            number = f"{len(self.gone)} of {len(self.seeds)} seeds left out"
            told = [f"{number} ({'; '.join(told)})"]
        rest = {seed: self.of(seed) for seed in self.seeds if seed not in self.gone}
        if len(set(rest.values())) == 1:
            return [*told, *filter(None, set(rest.values()))]
        return [*told, *(f"seed {seed}: {said}" for seed, said in rest.items() if said)]


def score(
    predictions: pd.DataFrame,
    samples: pd.DataFrame,
    options: dict,
    *,
    variant: str,
    notes: pd.DataFrame | None = None,
    names: Sequence[str | int],
) -> pd.DataFrame:
    """Score all test predictions of a variant; those of values as `forecast_table` has them.

    Parameters
    ----------
    predictions : table `predictions`; rows of other splits than `test` are left out
    samples : table `samples`
    options : `threshold` (0.5) and those of `intervals.Resampling`; others are ignored
    variant : name of the variant
    notes : table `notes`; what it says of seeds and folds without test predictions stands in the
        notes of the rows; where an experiment has none at all on a draw, in a row of metric
        accuracy with value NaN and n 0
    names : what names the random numbers

    Returns
    -------
    Table `scores`.

    Raises
    ------
    LaicflowError : a sample that is predicted twice by one run, or is not in `samples`; targets
        that are no class, numbers that are no probabilities
    """
    tested = predictions[predictions["split"] == TEST]
    if is_forecast(predictions):
        notes = notes if notes is not None else empty("notes")
        given = (predictions, samples, options)
        return score_forecasts(*given, variant=variant, notes=notes, names=names)
    _check(tested, samples)
    notes = conform(notes if notes is not None else empty("notes"), "notes")
    notes["draw"] = notes["draw"].fillna(0)
    rows: list[dict] = []
    for (experiment, draw), part in tested.groupby(["experiment", "draw"], sort=True):
        own = notes[(notes["experiment"] == experiment) & (notes["draw"] == draw)]
        lost = _Lost(own[own["fold"].notna()], part)
        for row in _draw_rows(part, samples, options, (*names, int(draw)), lost):
            rows.append({"experiment": experiment, "draw": int(draw), **row})
    untested = _undecidable(notes, tested)
    rows += _over_draws(rows, untested)
    rows += untested
    columns = {"variant": variant, "split": TEST}
    return conform(pd.DataFrame([{**columns, **row} for row in rows]), "scores")


def run_tally(
    table: pd.DataFrame,
    block: np.ndarray,
    blocks: int,
    threshold: float,
    classes: int | None = None,
    *,
    ranked: bool = True,
) -> Tally | ClassTally:
    """Sums by block of the predictions of one run, whose rows lie in `block`.

    Parameters
    ----------
    table : columns target and output; of more than two classes target, p_0, p_1, ...
    block, blocks : as in `metrics.tally`
    threshold : of two classes, class 1 is told at or above it; of more it plays no part
    classes : number of classes; None for that of the table's columns
    ranked : of more than two classes, count what an AUC needs

    Raises
    ------
    LaicflowError : targets that are no class, numbers that are no probabilities
    """
    number = classes or class_count(table)
    target = table["target"].to_numpy(dtype="float64")
    if number > 2:
        probability = probabilities(table, number)
        return class_tally(target, probability, block, blocks=blocks, ranked=ranked)
    return tally(target, table["output"].to_numpy(), block, blocks=blocks, threshold=threshold)


def finite(table: pd.DataFrame, classes: int | None = None) -> np.ndarray:
    """Which predictions of one run are numbers, those of every class; (n,) bool."""
    number = classes or class_count(table)
    if number > 2:
        return np.isfinite(probabilities(table, number)).all(axis=1)
    return np.isfinite(table["output"].to_numpy())


def _check(tested: pd.DataFrame, samples: pd.DataFrame) -> None:
    """Refuse predictions that cannot be scored."""
    key = ["experiment", "seed", "draw", "sample_id"]
    twice = tested.duplicated(key)
    if twice.any():
        raise LaicflowError(f"predictions: {tested.loc[twice, key].iloc[0].to_dict()} stands twice")
    unknown = places(tested["sample_id"], samples["sample_id"]) < 0
    if unknown.any():
        name = tested.loc[unknown, "sample_id"].iloc[0]
        raise LaicflowError(f"predictions: sample {name!r} is not in the samples")


def _draw_rows(
    part: pd.DataFrame, samples: pd.DataFrame, options: dict, names: tuple, lost: _Lost
) -> Iterator[dict]:
    """Rows of one experiment on one draw: every seed, then all seeds together."""
    order = samples[places(samples["sample_id"], part["sample_id"]) >= 0]
    order = order.sort_values(["issue_time", "sample_id"])
    resampling = Resampling(order, options, names)
    threshold = options.get("threshold", 0.5)
    runs = []
    for seed, own in part.groupby("seed", sort=True):
        bad = int((~finite(own)).sum())
        here = places(own["sample_id"], order["sample_id"])
        sums, note = None, f"{bad} of {len(own)} outputs are not numbers"
        if bad == 0:
            sums, note = run_tally(own, resampling.block[here], resampling.count, threshold), ""
        runs.append(Run(int(seed), own, sums, note, np.sort(here)))
    for run in runs:
        note = "; ".join(filter(None, (run.note, lost.of(run.seed))))
        yield from _run_rows(replace(run, note=note), resampling, class_count(part))
    yield from _seed_rows(runs, resampling, len(order), lost.together(), class_count(part))


def _run_rows(run: Run, resampling: Resampling, classes: int) -> Iterator[dict]:
    """Rows of one run."""
    seen = len(run.table)
    base = {"seed": run.seed, "n": seen, "n_eff": resampling.count}
    by_blocks = {"method": BLOCKS, "block_days": resampling.days}
    if run.sums is None:
        for metric in _nothing(classes).metrics:
            yield base | by_blocks | {"metric": metric, "note": run.note}
        return
    right = run.sums.right
    ends = wilson(int(right), seen)
    note = "; ".join(filter(None, ("takes the samples as independent", run.note)))
    yield base | {
        "metric": "accuracy",
        "value": right / seen,
        "low": ends.low,
        "high": ends.high,
        "method": WILSON,
        "note": note,
    }
    for metric in run.sums.metrics:
        ends = resampling.mean([run.sums], metric)
        notes = (run.sums.special(metric), ends.note, run.note)
        yield base | {
            **by_blocks,
            "metric": metric,
            "value": run.sums.metric(metric)[0],
            "low": ends.low,
            "high": ends.high,
            "note": "; ".join(filter(None, notes)),
        }
    for metric in run.sums.count_names:
        value = run.sums.metric(metric)[0]
        yield base | {"metric": metric, "value": value, "method": "count", "note": run.note}


def _seed_rows(
    runs: list[Run], resampling: Resampling, seen: int, lost: list[str], classes: int
) -> Iterator[dict]:
    """Rows of all seeds together: mean with interval, and range."""
    notes = dict.fromkeys([*(run.note for run in runs if run.note), *lost])
    if not all(np.array_equal(run.places, runs[0].places) for run in runs):
        notes["the seeds were not tested on the same samples"] = None
    note = "; ".join(notes)
    whole = all(run.sums is not None for run in runs)
    none = _nothing(classes)
    tallies = [run.sums if run.sums is not None else none for run in runs]
    base = {"n_eff": resampling.count}
    for metric in (*none.metrics, *none.count_names):
        values = [float(one.metric(metric)[0]) for one in tallies]
        mean = float(np.mean(values))
        yield base | {
            "metric": metric,
            "value": mean,
            "low": min(values) if np.isfinite(mean) else math.nan,
            "high": max(values) if np.isfinite(mean) else math.nan,
            "n": sum(run.sums is not None for run in runs),
            "method": "seeds",
            "note": note,
        }
        if metric in none.count_names:
            continue
        row = base | {"metric": metric, "value": mean, "n": seen, "note": note}
        row |= {"method": BLOCKS, "block_days": resampling.days}
        if whole:
            ends = resampling.mean(tallies, metric)
            told = "; ".join(filter(None, (ends.note, note)))
            row |= {"value": float(mean_metric(tallies, metric)[0]), "note": told}
            row |= {"low": ends.low, "high": ends.high}
        yield row


def _nothing(classes: int) -> Tally | ClassTally:
    """The sums of a run whose outputs are no numbers."""
    return nothing(classes) if classes > 2 else NOTHING


def _over_draws(rows: list[dict], untested: list[dict]) -> list[dict]:
    """Median and range over the draws, of each seed and of the seeds that all draws share.

    Draws of which nothing could be tested (`untested`) are told.
    """
    table = pd.DataFrame(rows, columns=["experiment", "seed", "draw", "metric", "value", "method"])
    runs = table[table["method"].isin((BLOCKS, "count")) & table["seed"].notna()]
    result = []
    for (experiment, metric), part in runs.groupby(["experiment", "metric"], sort=False):
        by_run = part.pivot(index="draw", columns="seed", values="value").astype("float64")
        if len(by_run) < 2:
            continue
        gone = sum(row["experiment"] == experiment for row in untested)
        lost = f"{gone} of {gone + len(by_run)} draws left out" if gone else ""
        shared = by_run.loc[:, by_run.notna().all()]
        series = {int(seed): by_run[seed].dropna() for seed in by_run}
        series[None] = shared.mean(axis=1).dropna()
        for seed, values in series.items():
            if len(values) < 2:
                continue
            row = {"experiment": experiment, "seed": seed, "metric": metric, "method": "draws"}
            row |= {"value": values.median(), "low": values.min(), "high": values.max()}
            own = ", ".join(str(int(s)) for s in shared) if seed is None else ""
            note = f"of the seeds that all draws share: {own}" if seed is None else ""
            note = "; ".join(filter(None, (note, lost)))
            result.append(row | {"n": len(values), "note": note})
    return result


def _undecidable(notes: pd.DataFrame, tested: pd.DataFrame) -> list[dict]:
    """A row for each experiment and draw of the notes that has no test predictions at all."""
    there = tested[["experiment", "draw"]].drop_duplicates()
    known = set(zip(there["experiment"], there["draw"], strict=True))
    result = []
    for (experiment, draw), part in notes.groupby(["experiment", "draw"]):
        if (experiment, draw) in known:
            continue
        reasons = list(dict.fromkeys(part["why"]))
        firm = [why for why in reasons if why.startswith("undecidable")]
        row = {"experiment": experiment, "draw": int(draw), "metric": "accuracy"}
        note = "; ".join(firm or reasons)
        result.append(row | {"n": 0, "n_eff": 0, "method": "none", "note": note})
    return result

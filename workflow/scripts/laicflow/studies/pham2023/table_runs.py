"""Table 2 of the study: run by run, with and without CutMix and Mixup, and what they tell apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from laicflow.errors import LaicflowError
from laicflow.evaluation.intervals import Interval, Resampling, mean_metric, wilson
from laicflow.evaluation.scores import TEST, run_tally
from laicflow.report.lookup import one, undecided
from laicflow.studies.results import Results

WHERE = "Table 2"
# In `variant`: what the paper prints, and what follows from its numbers alone.
PUBLISHED = "published"
# Columns of table 2 and their kind; shares (unit 1) unless a count or a name.
TABLE2 = {
    "variant": "str",
    "experiment": "str",
    "row": "str",
    "run": "Int64",
    "seed": "Int64",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "p_value": "float64",
    "n": "Int64",
    "method": "str",
    "note": "str",
}
PAIRED = "runs are paired by their number alone"
LOST = "runs without an accuracy"
NOT_ALL = "not every run has an accuracy"
SHARED = "they share samples and split but no random number"


def table2(results: Results) -> pd.DataFrame:
    """Accuracy of every run with and without CutMix and Mixup, and what sets the two apart.

    One row a number. `variant` is `published` for the paper's own runs and what follows from
    them; `experiment` is `<with> - <without>` where both are compared. By `row`:

    - `run`: accuracy of a run on its n test samples, Wilson interval (method `wilson`). Run k is
      the k-th training seed.
    - `mean`, over n runs, with its interval from blocks of time; `printed_mean`, `printed_sd`.
    - `sd_population` (dividing by n, as the paper prints) and `sd` (n - 1) over n runs.
      Runs without an accuracy do not count in n, and the notes of these rows say so.
    - `sd_binomial`: sqrt(p (1 - p) / n) of one test set of n independent samples at the mean p.
    - `difference`: mean of with - without, runs paired by number, interval by Student's t over n
      pairs; `difference_blocks`: the same with the paired interval from blocks of time over n
      samples.
    - `variance_ratio`: variance without over variance with, and its two-sided p by an F-test,
      which takes the runs as independent and normal; n runs each.

    A run that was lost leaves `difference` and `variance_ratio` open, and `difference_blocks` where
    the other experiment has that run: a training that diverges does not do so at random.

    Needs samples, scores and predictions. Of the settings, `audit` has the options of
    `intervals.Resampling` and `threshold`, and `seed` names the random numbers of the run.

    Raises
    ------
    LaicflowError : the claims of Table 2 do not name two experiments
    """
    rows = _published(results.settings)
    for variant in results.variants:
        rows += _own(results, variant)
    table = pd.DataFrame(rows, columns=list(TABLE2))
    for column, kind in TABLE2.items():
        values = table[column]
        table[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    return table


def pair(settings: dict) -> tuple[str, str]:
    """The experiments with and without CutMix and Mixup, in the order of the paper's columns."""
    named = [own["experiment"] for own in printed(settings)]
    found = list(dict.fromkeys(named))
    if len(found) != 2:
        raise LaicflowError(f"{WHERE}: two experiments have claims, found {found}")
    return found[0], found[1]


def printed(settings: dict) -> list[dict]:
    """The claims of Table 2."""
    return [own for own in settings["claims"].values() if own.get("where") == WHERE]


def _published(settings: dict) -> list[dict]:
    """Rows of what the paper prints, and of what follows from it."""
    names = pair(settings)
    told = {"method": "wilson", "note": "takes the samples as independent"}
    rows, runs, tests = [], [], []
    for name in names:
        own = [claim for claim in printed(settings) if claim["experiment"] == name]
        base = {"variant": PUBLISHED, "experiment": name}
        values = {}
        alone = [claim for claim in own if "run" in claim]
        for claim in sorted(alone, key=lambda claim: claim["run"]):
            ends = wilson(round(claim["value"] * claim["n"]), claim["n"])
            values[claim["run"]] = claim["value"]
            row = {"run": claim["run"], "value": claim["value"], "n": claim["n"]}
            rows.append(base | row | {"row": "run", **told, **_ends(ends)})
        for claim in (claim for claim in own if "over_runs" in claim):
            said = {"row": f"printed_{claim['over_runs']}", "value": claim["value"]}
            rows.append(base | said | {"n": len(values)})
        runs.append(values)
        tests.append(own[0].get("n", 0))
    return rows + _summary({"variant": PUBLISHED}, names, runs, tests)


def _own(results: Results, variant: str) -> list[dict]:
    """Rows of one variant, every accuracy as it stands in the scores."""
    names, scores = pair(results.settings), results.scores[variant]
    seeds = results.variants[variant]["seeds"]
    rows, runs, tests = [], [], []
    means = []
    for name in names:
        why = undecided(scores, name)
        where = {"experiment": name, "draw": 0, "metric": "accuracy"}
        values = {}
        for run, seed in enumerate(seeds, start=1):
            found = one(scores, **where, seed=seed, method="wilson")
            base = {"variant": variant, "experiment": name, "row": "run", "run": run, "seed": seed}
            if found is None:
                rows.append(base | {"n": 0, "note": why or f"no accuracy of seed {seed}"})
                values[run] = math.nan
                continue
            said = {key: found[key] for key in ("value", "low", "high", "n", "method", "note")}
            rows.append(base | said)
            values[run] = found["value"]
        pooled = one(scores, **where, seed=None, method="block bootstrap")
        runs.append(values)
        tests.append(int(pooled["n"]) if pooled is not None else 0)
        said = {"note": why} if pooled is None else dict(pooled[["value", "low", "high", "note"]])
        means.append({**said, "method": "block bootstrap" if pooled is not None else ""})
    summary = _summary({"variant": variant}, names, runs, tests, means)
    return rows + summary + [_by_blocks(results, variant, names)]


def _summary(
    base: dict,
    names: Sequence[str],
    runs: Sequence[dict[int, float]],
    tests: Sequence[int],
    means: Sequence[dict] = ({}, {}),
) -> list[dict]:
    """Rows on the runs together, of each experiment and of both.

    Parameters
    ----------
    base : cells that all rows share
    names : the two experiments
    runs : accuracy by number of the run, of each
    tests : number of test samples, of each
    means : cells of the rows `mean`, where the scores have them
    """
    rows = []
    for name, own, n, mean in zip(names, runs, tests, means, strict=True):
        values = _known(own)
        here = base | {"experiment": name, "n": len(values)}
        here["note"] = lost(own) if len(values) else ""
        middle = values.mean() if len(values) else math.nan
        notes = dict.fromkeys(filter(None, (mean.get("note", ""), here["note"])))
        rows.append(here | {"row": "mean", "value": middle} | mean | {"note": "; ".join(notes)})
        rows.append(here | {"row": "sd_population", "value": spread(values, 0)})
        rows.append(here | {"row": "sd", "value": spread(values, 1)})
        binomial = math.sqrt(middle * (1 - middle) / n) if n else math.nan
        rows.append(here | {"row": "sd_binomial", "value": binomial, "n": n})
    both = base | {"experiment": " - ".join(names)}
    shared = [run for run in runs[0] if run in runs[1]]
    pairs = np.array([runs[0][run] - runs[1][run] for run in shared])
    ends = paired(pairs)
    count = int(np.isfinite(pairs).sum())
    said = {"value": pairs.mean() if len(pairs) else math.nan, "n": count, **_ends(ends)}
    shares = "" if base["variant"] == PUBLISHED else SHARED
    note = "; ".join(filter(None, (PAIRED, shares, ends.note)))
    rows.append(both | said | {"row": "difference", "method": "paired t", "note": note})
    ratio, p = variance_ratio(*(np.array(list(own.values())) for own in reversed(runs)))
    count = min(len(_known(own)) for own in runs)
    said = {"value": ratio, "p_value": p, "n": count, "method": "F-test"}
    note = "" if math.isfinite(ratio) else "fewer than two runs, or runs that do not differ"
    if any(map(lost, runs)):
        note = NOT_ALL
    return [*rows, both | said | {"row": "variance_ratio", "note": note}]


def _known(runs: dict[int, float]) -> np.ndarray:
    """The accuracies of those runs that have one."""
    values = np.array(list(runs.values()), dtype="float64")
    return values[np.isfinite(values)]


def lost(runs: dict[int, float]) -> str:
    """Which of some runs have no accuracy, by their number; empty where all have one."""
    gone = [str(run) for run, value in runs.items() if not math.isfinite(value)]
    if not gone:
        return ""
    return f"{len(gone)} of {len(runs)} {LOST}: {', '.join(gone)}"


def spread(values: np.ndarray, ddof: int) -> float:
    """Standard deviation; NaN where there are too few values, exactly 0 where all are the same."""
    if len(values) <= ddof:
        return math.nan
    return float(values.std(ddof=ddof)) if np.ptp(values) != 0 else 0.0


def paired(differences: np.ndarray, level: float = 0.95) -> Interval:
    """Interval of the mean of paired differences by Student's t; NaN below two of them."""
    count = len(differences)
    if count < 2:
        return Interval(math.nan, math.nan, "fewer than two pairs of runs")
    if not np.isfinite(differences).all():
        return Interval(math.nan, math.nan, NOT_ALL)
    half = stats.t.ppf(0.5 + level / 2, count - 1) * spread(differences, 1) / math.sqrt(count)
    return Interval(float(differences.mean() - half), float(differences.mean() + half))


def variance_ratio(above: np.ndarray, below: np.ndarray) -> tuple[float, float]:
    """Ratio of two variances (n - 1) and its two-sided p by the F-test; NaN where not defined."""
    spreads = [spread(values, 1) ** 2 for values in (above, below)]
    if not all(math.isfinite(one) and one > 0 for one in spreads):
        return math.nan, math.nan
    ratio = spreads[0] / spreads[1]
    law = stats.f(len(above) - 1, len(below) - 1)
    return ratio, min(1.0, 2 * min(float(law.cdf(ratio)), float(law.sf(ratio))))


def _by_blocks(results: Results, variant: str, names: Sequence[str]) -> dict:
    """The row of the mean difference with its paired interval from blocks of time."""
    row = {"variant": variant, "experiment": " - ".join(names), "row": "difference_blocks"}
    tested = results.predictions[variant]
    tested = tested[(tested["split"] == TEST) & (tested["draw"] == 0)]
    runs = [
        [run for _, run in tested[tested["experiment"] == name].groupby("seed")] for name in names
    ]
    everyone = [*runs[0], *runs[1]]
    if not all(runs) or not all(np.isfinite(run["output"]).all() for run in everyone):
        return row | {"n": 0, "note": "not every run has predictions"}
    seeds = [{int(run["seed"].iloc[0]) for run in own} for own in runs]
    if seeds[0] != seeds[1]:
        told = " and ".join(", ".join(map(str, sorted(own))) for own in seeds)
        return row | {"n": 0, "note": f"the seeds that were tested differ: {told}"}
    gone = [str(s) for s in results.variants[variant]["seeds"] if s not in seeds[0]]
    notes = [f"without seeds that were lost: {', '.join(gone)}"] if gone else []
    shared = set.intersection(*(set(run["sample_id"]) for run in everyone))
    samples = results.samples[variant]
    samples = samples[samples["sample_id"].isin(shared)].sort_values(["issue_time", "sample_id"])
    if samples.empty:
        return row | {"n": 0, "note": "no sample that all runs have predicted"}
    if len(shared) < len(set.union(*(set(run["sample_id"]) for run in everyone))):
        notes.append("on the samples that all runs have predicted")
    audit = results.settings["audit"]
    named = (results.run, results.study, variant, "table2", str(results.settings["seed"]))
    resampling = Resampling(samples, audit, named)
    block = dict(zip(samples["sample_id"], resampling.block, strict=True))
    threshold, tallies = audit.get("threshold", 0.5), []
    for own in runs:
        kept = [run[run["sample_id"].isin(shared)] for run in own]
        places = [run["sample_id"].map(block).to_numpy() for run in kept]
        pairs = zip(kept, places, strict=True)
        tallies.append([run_tally(run, at, resampling.count, threshold) for run, at in pairs])
    means = [float(mean_metric(own, "accuracy")[0]) for own in tallies]
    ends = resampling.difference(*tallies, "accuracy")
    said = {"value": means[0] - means[1], "n": len(samples), **_ends(ends)}
    note = "; ".join(filter(None, (*notes, ends.note)))
    return row | said | {"note": note, "method": "block bootstrap"}


def _ends(interval: Interval) -> dict[str, float]:
    """The ends of an interval as cells."""
    return {"low": interval.low, "high": interval.high}

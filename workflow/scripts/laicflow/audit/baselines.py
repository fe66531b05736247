"""R27: is the network better than the best of the baselines, on the same samples?

The mean of the network's seeds less the baseline's score, on the same resamples of blocks. Of
several baselines the best on the test is taken, which is hard on the network and not on the
reader. Source: Mignan & Broccardo 2019, Nature 574, E1.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.audit import rivals
from laicflow.audit.context import HEADLINE_DRAW, Context, interval_text, row
from laicflow.audit.registry import NAMES
from laicflow.evaluation.baselines import BASELINES
from laicflow.evaluation.intervals import Interval, Resampling, Sums, mean_metric
from laicflow.evaluation.metrics import LOSSES
from laicflow.evaluation.pairs import places
from laicflow.evaluation.scores import finite, run_tally

CHECK = "R27"
SOURCE = "Mignan & Broccardo 2019"


def check(context: Context) -> list[dict]:
    """One row for each network, the headline's first; of forecasts as `rivals` has them."""
    if context.kind == "forecast":
        return rivals.check(context)
    rows = []
    for experiment in context.networks():
        name = NAMES[CHECK]
        if experiment != context.experiment:
            name += f": {experiment}"
        rows.append(_row(context, experiment, name))
    return rows


def best_baseline(context: Context) -> str | None:
    """The baseline with the best headline metric on the test samples of the headline's draw."""
    if context.kind == "forecast":
        return rivals.best(context)
    values = {}
    for name in context.baselines():
        tested = context.tested(name)
        if len(tested):
            tallies = _tallies(tested, context, np.zeros(len(tested), dtype=int), 1)
            values[name] = _gain(context.metric) * float(mean_metric(tallies, context.metric)[0])
    known = {name: value for name, value in values.items() if np.isfinite(value)}
    return max(known, key=known.get) if known else None


def _row(context: Context, experiment: str, name: str) -> dict:
    """The row of one network."""
    named = {"threshold": "low end of the difference > 0", "source": SOURCE}
    tested = context.tested(experiment)
    if tested.empty:
        return row(CHECK, name, "na", evidence=context.why_untested(experiment), **named)
    missing = [b for b in BASELINES if context.tested(b).empty]
    if missing:
        why = "; ".join(dict.fromkeys(context.why_untested(b) for b in missing))
        text = f"without the baselines {', '.join(missing)}: {why}"
        return row(CHECK, name, "na", evidence=text, **named)
    found = {b: difference(context, tested, context.tested(b)) for b in context.baselines()}
    found = {b: one for b, one in found.items() if one is not None}
    best = best_baseline(context)
    if best not in found:
        text = f"{context.metric} of the baselines or of {experiment} is not defined"
        return row(CHECK, name, "na", evidence=text, **named)
    value, ends, shared = found[best]
    others = ", ".join(f"{b} {one[0]:+.4f}" for b, one in found.items())
    text = f"{context.metric} less that of {best} on {shared} samples {value:+.4f}; all: {others}"
    known = np.isfinite(ends.low) and np.isfinite(ends.high)
    if not known:
        why = ends.note or "the difference is not defined"
        return row(CHECK, name, "na", statistic=value, evidence=f"{why}; {text}", **named)
    status = "pass" if ends.low > 0 else "fail"
    if status == "fail":
        text = f"not better than the best baseline: {text}"
    named["interval"] = interval_text(ends.low, ends.high)
    return row(CHECK, name, status, statistic=value, evidence=text, **named)


def difference(
    context: Context, ours: pd.DataFrame, theirs: pd.DataFrame
) -> tuple[float, Interval, int] | None:
    """Gain over a baseline, its interval and the number of shared samples; None if none."""
    if ours.empty or theirs.empty:
        return None
    runs = [run for table in (ours, theirs) for _, run in table.groupby("seed")]
    shared = runs[0]["sample_id"]
    for run in runs[1:]:
        shared = shared[places(shared, run["sample_id"]) >= 0]
    ours, theirs = (t[places(t["sample_id"], shared) >= 0] for t in (ours, theirs))
    if shared.empty or not _numbers(ours, theirs):
        return None
    samples = context.samples[places(context.samples["sample_id"], shared) >= 0]
    samples = samples.sort_values(["issue_time", "sample_id"])
    resampling = Resampling(samples, context.gates, (*context.names, HEADLINE_DRAW))
    blocks = (
        resampling.block[places(t["sample_id"], samples["sample_id"])] for t in (ours, theirs)
    )
    a, b = (
        _tallies(t, context, block, resampling.count)
        for t, block in zip((ours, theirs), blocks, strict=True)
    )
    gain = _gain(context.metric)
    value = mean_metric(a, context.metric) - mean_metric(b, context.metric)
    if gain < 0:
        a, b = b, a
    ends = resampling.difference(a, b, context.metric)
    return gain * float(value[0]), ends, len(shared)


def _numbers(*tables: pd.DataFrame) -> bool:
    """Whether all predictions are numbers, run by run."""
    return all(finite(run).all() for table in tables for _, run in table.groupby("seed"))


def _tallies(tested: pd.DataFrame, context: Context, block: np.ndarray, blocks: int) -> Sums:
    """Sums by block of every seed."""
    threshold, ranked = context.gates["threshold"], context.metric.startswith("auc")
    numbered = tested.assign(block=block)
    return [
        run_tally(run, run["block"].to_numpy(), blocks, threshold, ranked=ranked)
        for _, run in numbered.groupby("seed")
    ]


def _gain(metric: str) -> int:
    """1 where more is better, -1 where less is."""
    return -1 if metric in LOSSES else 1

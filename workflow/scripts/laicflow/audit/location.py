"""R21: does the place alone tell the label?

Where earthquakes are is known without any measurement, so a network that sees where a sample was
taken may do no more than recall that. Judged is the baseline that sees the place and nothing else
(`baseline_place`): the area under the ROC curve of class 1 against class 0 on the test samples,
with its interval by block bootstrap. Pairs of samples are of one fold: where folds are pooled, what
merely tells the commoner class of its training falls below chance, and would hide what the place
tells. Above the gate the headline is the score of a variant that is matched, where each sample of
class 1 has one of class 0 with its `match_id` nearby. A study that does not ask for the baseline is
not judged, which is not a lack of data.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from laicflow.audit.context import HEADLINE_DRAW, NOT_RUN, Context, interval_text, row
from laicflow.audit.registry import NAMES
from laicflow.evaluation.baselines import PLACE
from laicflow.evaluation.classes import probabilities
from laicflow.evaluation.intervals import Interval, Resampling
from laicflow.evaluation.metrics import Tally, tally
from laicflow.evaluation.pairs import pieces, places
from laicflow.evaluation.scores import finite
from laicflow.geo import great_circle_km

CHECK = "R21"
SOURCE = "seqnetquake"
# Samples that were left out of a draw have one of these roles.
OUT = ("purged", "unused")


def check(context: Context) -> list[dict]:
    """One row: the AUC of place alone, class 1 against class 0."""
    gate, radius = context.gates["place_auc"], context.gates["matched_km"]
    named = {
        "threshold": f"AUC {gate:g}, by the interval too unless matched within {radius:g} km",
        "source": SOURCE,
    }
    tested = context.tested(PLACE)
    if PLACE not in context.baselines():
        why = f"{NOT_RUN}the study does not ask for {PLACE} (baselines.which)"
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    if tested.empty:
        why = context.why_untested(PLACE)
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    if not finite(tested).all():
        why = f"outputs of {PLACE} that are not numbers"
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    value, ends, count = one_against_zero(context, tested)
    every, within, farthest = partners(context)
    matched = every > 0 and within == every
    text = f"AUC of class 1 against class 0 by {PLACE} on {count:,} samples of the "
    text += f"test part, learned on the training part, {_number(value)}"
    text += f"; {_matching(every, within, farthest, radius)}{_macro(context, tested)}"
    if not math.isfinite(value) or not math.isfinite(ends.low):
        why = ends.note if math.isfinite(value) else "no fold tests both classes"
        evidence = f"{why}; {text}"
        return [row(CHECK, NAMES[CHECK], "na", statistic=value, evidence=evidence, **named)]
    # Below a half the place tells the classes apart just as well, the other way round.
    inverted = value < 0.5
    told = (1 - value, 1 - ends.low) if inverted else (value, ends.high)
    status, phrase = _judged(*told, gate, matched)
    if inverted and status in ("fail", "warn"):
        phrase += " (the other way round, below 0.5)"
    named["interval"] = interval_text(ends.low, ends.high)
    evidence = f"{phrase}: {text}"
    return [row(CHECK, NAMES[CHECK], status, statistic=value, evidence=evidence, **named)]


def one_against_zero(context: Context, tested: pd.DataFrame) -> tuple[float, Interval, int]:
    """AUC of class 1 against class 0, its interval, and the number of samples of the two.

    Of more than two classes the score of a sample is p_1 / (p_0 + p_1).

    Parameters
    ----------
    tested : predictions of one run
    """
    two = tested[tested["target"].isin((0, 1))]
    score = two["output"].to_numpy(dtype="float64")
    if context.classes > 2:
        told = probabilities(two, context.classes)[:, :2]
        both = told.sum(axis=1)
        # A quotient of two sums may miss 1 by its last digit.
        score = np.clip(np.where(both > 0, told[:, 1] / np.where(both > 0, both, 1), 0.5), 0, 1)
    value, ends = _areas(context, two, [((two["target"] == 1).to_numpy(), score)])
    return value, ends, len(two)


def _areas(
    context: Context, tested: pd.DataFrame, scored: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[float, Interval]:
    """Mean of AUCs over pairs of one fold, with its interval.

    Parameters
    ----------
    tested : predictions of one run
    scored : for each AUC, which samples are positives (n,) and their scores (n,)
    """
    samples = context.samples[places(context.samples["sample_id"], tested["sample_id"]) >= 0]
    samples = samples.sort_values(["issue_time", "sample_id"])
    resampling = Resampling(samples, context.gates, (*context.names, HEADLINE_DRAW))
    block = resampling.block[places(tested["sample_id"], samples["sample_id"])]
    folds = [(tested["fold"] == fold).to_numpy() for fold in tested["fold"].unique()]
    sums = [
        [tally(positive[f], score[f], block[f], blocks=resampling.count) for f in folds]
        for positive, score in scored
    ]
    whole = np.ones((1, resampling.count))
    value = np.mean([_within(one, whole) for one in sums])
    ends = resampling.interval(lambda w: np.mean([_within(one, w) for one in sums], axis=0))
    return float(value), ends


def _within(folds: list[Tally], weights: np.ndarray) -> np.ndarray:
    """AUC over the pairs of each fold alone, (resample,); NaN where no fold has both classes."""
    weights = weights.astype("float64")
    right, pairs = np.zeros(len(weights)), np.zeros(len(weights))
    for one in folds:
        right += ((weights @ one.pairs) * weights).sum(axis=1)
        positive, negative = one.counts[:, 2:].sum(axis=1), one.counts[:, :2].sum(axis=1)
        pairs += (weights @ positive) * (weights @ negative)
    return np.where(pairs > 0, right / np.where(pairs > 0, pairs, 1), np.nan)


def partners(context: Context) -> tuple[int, int, float]:
    """How the samples of class 1 of the headline's draw are matched with some of class 0.

    Returns
    -------
    Number of samples of class 1; of those whose nearest sample of class 0 with the same `match_id`
    in the same part of the split (training, validation or test of a fold) is within `matched_km`;
    the greatest of the distances to the nearest, km, NaN without any. A partner in another part
    would tell the place with the opposite label.
    """
    used = context.splits[context.splits["draw"] == HEADLINE_DRAW]
    used = used[~used["split"].isin(OUT)]
    own = context.samples[["sample_id", "match_id", "label", "latitude", "longitude"]]
    samples = used.merge(own, on="sample_id")
    number = samples.groupby(["fold", "split", "match_id"], dropna=False, sort=False).ngroup()
    code = number.where(samples["match_id"].notna(), -1).to_numpy()
    label = samples["label"].to_numpy(dtype="float64", na_value=np.nan)
    place = samples[["latitude", "longitude"]].to_numpy(dtype="float64")
    ones = np.flatnonzero(label == 1)
    zeros = np.flatnonzero((label == 0) & (code >= 0))
    zeros = zeros[np.argsort(code[zeros], kind="stable")]
    first = np.searchsorted(code[zeros], code[ones], side="left")
    count = np.searchsorted(code[zeros], code[ones], side="right") - first
    nearest = np.full(len(ones), np.inf)
    for at, other in pieces(first, count):
        mine, theirs = place[ones[at]], place[zeros[other]]
        km = great_circle_km(mine[:, 0], mine[:, 1], theirs[:, 0], theirs[:, 1])
        # A place that is not known is matched with none.
        np.minimum.at(nearest, at, np.where(np.isfinite(km), km, np.inf))
    known = nearest[np.isfinite(nearest)]
    within = int((nearest <= context.gates["matched_km"]).sum())
    return len(ones), within, float(known.max(initial=-math.inf)) if len(known) else math.nan


def _judged(value: float, high: float, gate: float, matched: bool) -> tuple[str, str]:
    """Status, and a phrase for it."""
    if value > gate and matched:
        return "warn", "place alone tells class 1 from class 0 although they are matched"
    if value > gate:
        phrase = "place alone tells class 1 from class 0"
        return "fail", f"{phrase}, a score counts only where they are matched in place"
    if high > gate and not matched:
        return "warn", "that place alone tells class 1 from class 0 is not excluded"
    return "pass", "place alone does not tell class 1 from class 0"


def _matching(every: int, within: int, farthest: float, radius: float) -> str:
    """How the classes are matched, as words; without a partner anywhere nothing is matched."""
    if not math.isfinite(farthest):
        return "samples of class 0 are not matched in place with those of class 1"
    return (
        f"{within:,} of {every:,} samples of class 1 have one of class 0 that is matched with "
        f"them within {radius:g} km (farthest {farthest:,.0f} km)"
    )


def _macro(context: Context, tested: pd.DataFrame) -> str:
    """Of more than two classes the mean AUC of each against the rest, as words."""
    if context.classes == 2:
        return ""
    told = probabilities(tested, context.classes)
    every = [((tested["target"] == k).to_numpy(), told[:, k]) for k in range(context.classes)]
    value, ends = _areas(context, tested, every)
    text = f"; mean over all {context.classes} classes against the rest {_number(value)}"
    return f"{text} ({interval_text(ends.low, ends.high) or f'no interval: {ends.note}'})"


def _number(value: float) -> str:
    """A number as words."""
    return f"{value:.4f}" if math.isfinite(value) else "not defined"

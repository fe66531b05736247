"""How the classifiers of the study came off: which there are, their scores, what the paper prints.

Of a variant the classifiers are the network itself (`direct`), the one that began with another
satellite's weights (`transfer`), those weights as they came (`initial`), and the rivals: all other
experiments that begin with nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from laicflow.config import merge, trained
from laicflow.evaluation.baselines import DATE, MAJORITY, NEURON, PLACE, PREFIX
from laicflow.evaluation.intervals import BLOCKS
from laicflow.report.lookup import BASELINE_LABELS, one, undecided
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.needs import mission
from laicflow.studies.seqnetquake.table_place import facts_of, radius_words

DIRECT, TRANSFER, INITIAL = "direct", "transfer", "initial"
RIVAL, BASELINE = "rival", "baseline"
CLASSES = ("non-seismic", "seismic", "storm")
MISSIONS = {"cses": "CSES", "demeter": "DEMETER", "swarm": "Swarm"}
LABELS = {PLACE: "Place only", **BASELINE_LABELS}
# Of a classifier of two classes: the same area, whichever of them is the one.
OF_TWO = {"auc_0": "auc", "auc_1": "auc"}
UNDECIDABLE = "undecidable: "
NOT_TRAINED = "not trained in this run"
NOT_SCORED = "undecidable: not scored"


@dataclass(frozen=True)
class Line:
    """One classifier on the test samples of one variant.

    Attributes
    ----------
    variant, experiment : whose test samples, and which classifier
    label : what it is called
    kind : direct, transfer, initial, rival or baseline
    learned : missions whose samples it learned from, in their order; empty of a baseline
    tested : mission of the test samples
    """

    variant: str
    experiment: str
    label: str
    kind: str
    learned: str
    tested: str


@dataclass(frozen=True)
class Number:
    """A score: mean over the seeds, its 95 % interval from blocks of time, test samples, blocks.

    `value`, `low` and `high` are NaN where there is none, and `note` says why.
    """

    value: float
    low: float
    high: float
    n: int
    n_eff: float
    note: str


ONE_CLASS = "one class is told of every sample"
NOTHING = Number(math.nan, math.nan, math.nan, 0, 0.0, NOT_SCORED)


def mission_name(own: dict) -> str:
    """The mission behind the windows of a variant, as people write it."""
    name = mission(own)
    return MISSIONS.get(name, name)


def variant_words(name: str) -> str:
    """A variant in plain words, its name in brackets."""
    known = {"paper": "the published variant", "clean": "the variant without leaks"}
    return f"{known[name]} ({name})" if name in known else f"variant {name}"


def source_of(own: dict, experiment: str = TRANSFER) -> tuple[str, str] | None:
    """Variant and experiment whose weights an experiment begins with; None where it does not."""
    start = own["experiments"].get(experiment, {}).get("start")
    return None if start is None else (start["variant"], start["experiment"])


def line(results: Results, variant: str, experiment: str, label: str = "") -> Line:
    """A classifier of a variant.

    Parameters
    ----------
    label : what it is called; as the settings have it without one
    """
    own = results.variants[variant]
    tested = mission_name(own)
    if experiment.startswith(PREFIX):
        name = label or LABELS.get(experiment, experiment)
        return Line(variant, experiment, name, BASELINE, "", tested)
    learned = tested
    if source := source_of(own, experiment):
        # The group need not hold the source.
        overlay = results.settings["variants"][source[0]] or {}
        before = mission_name(merge(results.settings, overlay))
        learned = before if experiment == INITIAL else f"{before}, {tested}"
    kind = experiment if experiment in (DIRECT, TRANSFER, INITIAL) else RIVAL
    named = label or own["experiments"][experiment]["label"]
    return Line(variant, experiment, named, kind, learned, tested)


def rivals(own: dict) -> list[str]:
    """The experiments of a variant that are other models and begin with nothing."""
    return [
        name for name, one in own["experiments"].items() if name != DIRECT and "start" not in one
    ]


def baselines(own: dict) -> list[str]:
    """The baselines of a variant, in a fixed order."""
    wanted = {f"{PREFIX}{name}" for name in own["baselines"]["which"]}
    return [name for name in (MAJORITY, DATE, NEURON, PLACE) if name in wanted]


def transfers(own: dict) -> bool:
    """Whether a variant has transfer learning: it trains it, or its headline is of it."""
    there = TRANSFER in own["experiments"]
    return there and (own["headline"]["experiment"] == TRANSFER or TRANSFER in trained(own))


def window_words(own: dict) -> str:
    """Length and side of the windows of a variant, and the radius around events."""
    rules = own["preparations"][own["window"]["preparation"]]
    return f"{rules['side']}, T = {rules['steps']}, {radius_words(own)}"


def printed(settings: dict, variant: str, experiment: str, metric: str) -> float:
    """The number that the paper prints of a metric; NaN where it prints none.

    Its F1 stands under accuracy, which micro F1 is; `f1_micro` asks for the same.
    """
    asked = "accuracy" if metric == "f1_micro" else metric
    wanted = {"variant": variant, "experiment": experiment, "metric": asked}
    for claim in settings["claims"].values():
        if all(claim.get(key) == value for key, value in wanted.items()):
            return float(claim["value"])
    return math.nan


def why_silent(results: Results, variant: str, experiment: str) -> str:
    """Why an experiment of a variant was not tested; empty where it was.

    What its samples lack goes first, then what training noted.
    """
    scores = results.scores[variant]
    if not (said := undecided(scores, experiment)):
        return ""
    lacking = ""
    if variant in results.samples:
        lacking = facts_of(results.samples[variant]).get("lacking", "")
    if lacking:
        return UNDECIDABLE + lacking
    base = experiment.startswith(PREFIX)
    if not base and experiment not in trained(results.variants[variant]):
        return NOT_TRAINED
    notes = results.notes.get(variant)
    told = []
    if notes is not None and len(notes):
        own = notes[notes["experiment"] == experiment]
        own = own[own["why"].fillna("").str.startswith(UNDECIDABLE)]
        told = [why.removeprefix(UNDECIDABLE) for why in own["why"]]
    return UNDECIDABLE + "; ".join(dict.fromkeys(told)) if told else said


def number(results: Results, variant: str, experiment: str, metric: str) -> Number:
    """A score of the first draw, over the seeds (table `scores`, block bootstrap)."""
    scores = results.scores[variant]
    where = {"experiment": experiment, "seed": None, "draw": 0, "method": BLOCKS}
    row = one(scores, metric=metric, **where)
    if row is None and metric in OF_TWO:
        row = one(scores, metric=OF_TWO[metric], **where)
    if row is None:
        return NOTHING
    note = str(row["note"]) if row["note"] and row["note"] == row["note"] else ""
    ends = float(row["low"]), float(row["high"])
    return Number(float(row["value"]), *ends, int(row["n"]), float(row["n_eff"]), note)


def is_constant(scores: pd.DataFrame) -> bool:
    """Whether a classifier tells one class of every sample, each network one of its own.

    Its MCC then is 0 on every resample of blocks of time; without an interval nothing is said.

    Parameters
    ----------
    scores : of one classifier: metric, value, low, high
    """
    own = scores[scores["metric"] == "mcc"]
    return bool(len(own)) and bool((own[["value", "low", "high"]] == 0).all(axis=None))


def seeds(results: Results, variant: str, experiment: str) -> int:
    """How many seeds of an experiment gave numbers on the first draw."""
    scores = results.scores[variant]
    own = {"experiment": experiment, "seed": None, "draw": 0, "method": "seeds"}
    row = one(scores, metric="accuracy", **own)
    return 0 if row is None else int(row["n"])

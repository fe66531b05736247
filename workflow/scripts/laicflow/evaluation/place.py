"""How well place alone tells classes apart (R21), without looking at what was measured there.

Earthquakes stand in belts. Where negatives do not, a model that knows its place can tell the two
apart and has learned nothing of precursors; its score has to be read against what is found here.

A gradient boosting of trees on histograms sees latitude, and sine and cosine of longitude. It is
trained on the past and tested on the run of time that follows, in turn. If each run were tested by
what is learned of all others, whatever two runs have in common by chance would count twice: on
labels free of place a 95 % interval would hold 0.5 in 78 to 85 % of simulated cases; as it is, in
91 to 95 %. Ranks are compared inside a run alone: what merely tells the commoner class of its
training falls below chance where runs are pooled.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from laicflow import seeds
from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import place_features
from laicflow.evaluation.intervals import BLOCKS, Resampling
from laicflow.evaluation.metrics import Tally, tally
from laicflow.progress import track
from laicflow.schema import conform

EXPERIMENT = "place_alone"
# Class 1 against class 0; the mean over all classes of one against the rest.
SEISMIC, MACRO = "auc_1_0", "auc_macro_ovr"

DEFAULTS = {
    "most": 100_000,  # samples
    "folds": 5,
    # Windows of one event, which share its place, are no further apart.
    "support_days": 15.0,
    # Blocks of the bootstrap: longer than the support, so that few events stand across an edge.
    "block_days": 30.0,
    "iterations": 100,
    "leaves": 31,
    "least_leaf": 20,
    "bootstrap": 1000,
    "level": 0.95,
    "min_blocks": 5,
}


def place_alone(
    samples: pd.DataFrame, options: dict, *, variant: str, names: Sequence[str | int]
) -> pd.DataFrame:
    """AUC of the class from the place alone, with a block-bootstrap interval.

    Parameters
    ----------
    samples : `time`, `latitude`, `longitude` (degrees), `label` (0 around artificial events, 1
        before real ones, 2 or more for other classes); where it has `group`, samples that share
        one with a tested sample are not trained on: an artificial event in the place of a real
        one is to have its group, else the place of the one says "the other class" of the other
    options : `most` samples (100,000, drawn at random), `folds` (5 tested runs of time; with a
        first one that is trained on alone they have equally many samples; the last `support_days`,
        15, before a tested run are not trained on), `block_days` (30, of the bootstrap), those of
        the trees (`iterations` 100, `leaves` 31, `least_leaf` 20), and `bootstrap`, `level` and
        `min_blocks` of `intervals.Resampling`
    variant : name of the variant
    names : what names the random numbers

    Returns
    -------
    Table `scores`, experiment `place_alone`: `auc_1_0`, class 1 against class 0, trained and
    tested on these alone; `auc_macro_ovr`, the mean over all classes of one against the rest, where
    there are three or more. Each is the mean over the folds of the AUC inside the fold; a fold in
    which a class is missing is left out, which the note says. `n` counts the tested samples,
    `n_eff` the blocks. NaN and why in the note where nothing can be said.

    Raises
    ------
    LaicflowError : an option that is unknown, a sample without time, place or label
    """
    unknown = sorted(set(options) - set(DEFAULTS))
    if unknown:
        raise LaicflowError(f"place alone: unknown options {', '.join(unknown)}")
    chosen = {**DEFAULTS, **options}
    _check(samples)
    own = _drawn(samples, chosen["most"], names)
    binary = own[own["label"].isin([0, 1])].reset_index(drop=True)
    rows = [_score(binary, [0, 1], SEISMIC, chosen, names)]
    classes = sorted(own["label"].unique().tolist())
    if len(classes) > 2:
        rows.append(_score(own, classes, MACRO, chosen, names))
    constant = {"variant": variant, "experiment": EXPERIMENT, "split": "rolling"}
    return conform(pd.DataFrame([constant | row for row in rows]), "scores")


def _score(
    own: pd.DataFrame, classes: list[int], metric: str, options: dict, names: Sequence[str | int]
) -> dict:
    """A row of the table: one metric."""
    run = np.arange(len(own)) * (options["folds"] + 1) // max(len(own), 1)
    answers, notes = [], []
    for fold in track(range(options["folds"]), "telling classes by place"):
        found = _fold(own, run, fold + 1, classes, options, (*names, metric, fold))
        if isinstance(found, str):
            notes.append(f"fold {fold} left out: {found}")
        else:
            answers.append((np.flatnonzero(run == fold + 1), found))
    row = {"metric": metric, "method": BLOCKS, "n": sum(len(rows) for rows, _ in answers)}
    if not answers:
        return row | {"value": np.nan, "note": "undecidable: " + "; ".join(notes)}
    tested = own.iloc[np.concatenate([rows for rows, _ in answers])]
    resampling = Resampling(_supports(tested, options), _bootstrap(options), (*names, metric))
    label, parts, begin = tested["label"].to_numpy(), [], 0
    for rows, probability in answers:
        here = slice(begin, begin + len(rows))
        parts += _tallies(label[here], classes, probability, resampling.block[here], resampling)
        begin += len(rows)
    interval = resampling.mean(parts, "auc")
    return row | {
        "value": float(np.mean([part.metric("auc")[0] for part in parts])),
        "low": interval.low,
        "high": interval.high,
        "n_eff": resampling.count,
        "block_days": resampling.days,
        "note": "; ".join(filter(None, [*notes, interval.note])),
    }


def _fold(
    own: pd.DataFrame,
    run: np.ndarray,
    tested: int,
    classes: list[int],
    options: dict,
    names: Sequence[str | int],
) -> np.ndarray | str:
    """Probabilities (n, class) of the samples of a tested run, or why there are none."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    label, test = own["label"].to_numpy(), run == tested
    missing = [c for c in classes if not (label[test] == c).any()]
    if missing:
        return f"no sample of class {', '.join(map(str, missing))}"
    begin = own.loc[test, "time"].min() - pd.Timedelta(days=options["support_days"])
    train = (run < tested) & (own["time"] < begin).to_numpy()
    if "group" in own:
        train &= ~own["group"].isin(own.loc[test, "group"].dropna()).to_numpy()
    missing = [c for c in classes if not (label[train] == c).any()]
    if missing:
        return f"no training sample of class {', '.join(map(str, missing))}"
    model = HistGradientBoostingClassifier(
        max_iter=options["iterations"],
        max_leaf_nodes=options["leaves"],
        min_samples_leaf=options["least_leaf"],
        early_stopping=False,
        random_state=seeds.number(*names),
    )
    places = place_features(own)
    # The sums of several threads depend on how many there are.
    with threadpool_limits(1):
        return model.fit(places[train], label[train]).predict_proba(places[test])


def _tallies(
    label: np.ndarray,
    classes: list[int],
    probability: np.ndarray,
    block: np.ndarray,
    resampling: Resampling,
) -> list[Tally]:
    """Sums by block of one class against the rest; of two classes the second alone."""
    asked = range(len(classes)) if len(classes) > 2 else [1]
    return [
        tally(
            (label == classes[column]).astype(int),
            np.clip(probability[:, column], 0, 1),
            block,
            blocks=resampling.count,
        )
        for column in asked
    ]


def _drawn(samples: pd.DataFrame, most: int, names: Sequence[str | int]) -> pd.DataFrame:
    """At most so many samples, drawn without regard to their class, in the order of time."""
    if len(samples) > most:
        rng = seeds.generator(*names, "subsample")
        samples = samples.iloc[np.sort(rng.permutation(len(samples))[:most])]
    columns = ["time", "latitude", "longitude", "label", "group"]
    own = samples[[name for name in columns if name in samples]].astype({"label": "int64"})
    return own.sort_values("time", kind="stable", ignore_index=True)


def _supports(own: pd.DataFrame, options: dict) -> pd.DataFrame:
    """What `Resampling` asks for."""
    length = pd.Timedelta(days=options["support_days"])
    time = own["time"]
    return pd.DataFrame({"issue_time": time, "end": time, "support_start": time - length})


def _bootstrap(options: dict) -> dict:
    """The options of `Resampling`, whose blocks are at least `block_days` long."""
    kept = {name: options[name] for name in ("bootstrap", "level", "min_blocks")}
    return kept | {"support_days": options["block_days"]}


def _check(samples: pd.DataFrame) -> None:
    """Refuse samples of which something is missing."""
    for column in ("time", "latitude", "longitude", "label"):
        if samples[column].isna().any():
            row = int(np.argmax(samples[column].isna()))
            raise LaicflowError(f"place alone: sample {row} has no {column}")

"""Windows as observed beside windows with a disturbance planted: does the chain find it?

Scores are of windows of class 1 against those of class 0. Storms play no part: those near an
earthquake hold what is planted as well.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.audit.context import HEADLINE_DRAW, Context
from laicflow.errors import LaicflowError
from laicflow.evaluation.classes import probabilities
from laicflow.evaluation.intervals import Resampling, mean_metric
from laicflow.evaluation.pairs import places
from laicflow.evaluation.scores import finite, run_tally
from laicflow.plots.drawing import Drawn
from laicflow.report.lookup import undecided
from laicflow.schema import empty
from laicflow.studies import planted_figure
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.figure_scores_parts import height_of_text, write_text
from laicflow.studies.seqnetquake.needs import support_days
from laicflow.studies.seqnetquake.scored import CLASSES, UNDECIDABLE, why_silent

SIZE = "amplitude"
COLUMNS = planted_figure.columns(SIZE)
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"}
# Metrics of two classes, in the order of the panels.
METRICS = {"auc": "AUC", "f1": "F1"}
OBSERVED = "observed"
# Of two classes of which nothing is told.
EVEN = 0.5


def planted(results: Results) -> Drawn:
    """AUC and F1 of class 1 against class 0, of network and best baseline, and their difference.

    A disturbance is found where the low end of the 95 % interval of the difference to the best
    baseline lies above 0, the gate of R27. The network is that of the headline of each variant.
    Needs scores, predictions, samples and notes.

    Raises
    ------
    LaicflowError : there is no variant
    """
    if not results.variants:
        raise LaicflowError(f"{results.study}: no variant with or without a planted disturbance")
    rows = [_row(results, variant, metric) for metric in METRICS for variant in results.variants]
    data = planted_figure.table(rows, SIZE)
    told: dict[str, list[str]] = {}
    for row in data[data["note"] != ""].itertuples():
        told.setdefault(row.note, []).append(row.variant)
    lines = [f"{', '.join(dict.fromkeys(own))}: {why}" for why, own in told.items()]
    injected = {
        variant: own
        for variant in results.variants
        if (own := injection(results, variant)) is not None
    }
    lines += [f"{variant}: {_form(own)}" for variant, own in injected.items()]
    words = planted_figure.Words(
        size=SIZE,
        planted=str,
        told={variant: _changes(own) for variant, own in injected.items()},
        metrics=METRICS,
        chance={"auc": planted_figure.CHANCE},
        below=(lines, height_of_text(lines), write_text),
    )
    return planted_figure.drawn(data, UNITS, words)


def amplitude(results: Results, variant: str) -> float:
    """Relative change of Ne that is planted in the world of a variant; 0 as observed."""
    return float((injection(results, variant) or {}).get(SIZE, 0.0))


def injection(results: Results, variant: str) -> dict | None:
    """What is planted in the world of a variant; None as observed.

    Amplitudes and a wavelength that it does not name are 0 (`laicflow.inject.probes`).
    """
    world = results.variants[variant].get("world", OBSERVED)
    if world == OBSERVED:
        return None
    return results.settings["injections"][world.removeprefix("inject-")]


def _sizes(own: dict) -> dict[str, float]:
    """Relative changes of Ne and Te, those that are not 0."""
    sizes = {"Ne": own.get(SIZE, 0.0), "Te": own.get("te_amplitude", 0.0)}
    return {name: size for name, size in sizes.items() if size}


def _changes(own: dict) -> str:
    """By how much an injection changes what: a wave both ways, a level one way."""
    wave = own.get("wavelength_km", 0.0) > 0
    told = [
        f"{name} ±{100 * abs(size):g} %" if wave else f"{name} {100 * size:+g} %"
        for name, size in _sizes(own).items()
    ]
    return f"{', '.join(told) or 'change of 0'} planted"


def _form(own: dict) -> str:
    """The form of an injection in a sentence, and what it leaves as it was."""
    sizes, wave = _sizes(own), own.get("wavelength_km", 0.0)
    left = " and ".join(name for name in ("Ne", "Te") if name not in sizes)
    as_was = f"{left} as observed" if left else ""
    if not sizes:
        return as_was
    form = "one change of level, without a wave"
    if wave:
        form = f"a wave of {wave:g} km that runs out from the epicentre"
    changed = " and ".join(
        f"{name} x (1 {'-' if size < 0 else '+'} {abs(size):g} x form)"
        for name, size in sizes.items()
    )
    return "; ".join(filter(None, (f"{changed}, form {form}", as_was)))


def _row(results: Results, variant: str, metric: str) -> dict:
    """The numbers of one variant in one metric."""
    experiment = results.variants[variant]["headline"]["experiment"]
    row = {"variant": variant, "experiment": experiment, "metric": metric, "n": 0}
    row |= {SIZE: amplitude(results, variant), "found": "undecidable"}
    if undecided(results.scores[variant], experiment):
        return row | {"note": why_silent(results, variant, experiment)}
    context = _context(results, variant, metric)
    tested = context.tested(experiment)
    lacking = [CLASSES[k] for k in (0, 1) if not (tested["target"] == k).any()]
    if lacking:
        return row | {"note": f"{UNDECIDABLE}no test sample is {' or '.join(lacking)}"}
    row |= _scored(context, tested)
    return planted_figure.judged(
        context, experiment, row, lambda name: _scored(context, context.tested(name)).get("value")
    )


def _context(results: Results, variant: str, metric: str) -> Context:
    """The variant as the audit sees it, its samples those of the classes 0 and 1 alone."""
    own = results.variants[variant]
    return Context(
        study=results.study,
        variant=variant,
        samples=results.samples[variant],
        splits=empty("splits"),
        predictions=of_two(results.predictions[variant]),
        scores=results.scores[variant],
        options={**results.settings.get("audit", {}), "support_days": support_days(own)},
        headline={**own["headline"], "metric": metric},
        notes=results.notes[variant],
        names=(results.run, results.study, variant, str(results.settings.get("seed", ""))),
    )


def of_two(predictions: pd.DataFrame) -> pd.DataFrame:
    """Predictions of samples of class 0 and 1, as if there were no other class.

    `output` is p_1 / (p_0 + p_1), 0.5 where both are 0; it is NaN where a probability is.
    """
    own = predictions[predictions["target"].isin((0, 1))]
    names = [name for name in own if name.startswith("p_")]
    classes = max(len(names), 2)
    # A classifier that was trained on fewer classes tells nothing of the others.
    told = [
        pd.DataFrame(probabilities(part, classes), index=part.index)
        for _, part in own.groupby(["experiment", "seed"], dropna=False)
    ]
    two = pd.concat(told).loc[own.index, [0, 1]].to_numpy() if told else np.empty((0, 2))
    both = two.sum(axis=1)
    output = np.where(both == 0, EVEN, two[:, 1] / np.where(both == 0, 1.0, both))
    return own.drop(columns=names).assign(output=output)


def _scored(context: Context, tested: pd.DataFrame) -> dict:
    """Score (mean over the seeds) with its interval, samples and blocks; nothing of no samples."""
    if tested.empty:
        return {}
    runs = [run for _, run in tested.groupby("seed")]
    samples = context.samples[places(context.samples["sample_id"], tested["sample_id"]) >= 0]
    samples = samples.sort_values(["issue_time", "sample_id"])
    resampling = Resampling(samples, context.gates, (*context.names, HEADLINE_DRAW))
    found = {"n": len(samples), "n_eff": resampling.count}
    if not all(finite(run).all() for run in runs):
        return found | {"note": f"{UNDECIDABLE}outputs are not numbers"}
    threshold = context.gates["threshold"]
    tallies = []
    for run in runs:
        block = resampling.block[places(run["sample_id"], samples["sample_id"])]
        tallies.append(run_tally(run, block, resampling.count, threshold))
    ends = resampling.mean(tallies, context.metric)
    value = float(mean_metric(tallies, context.metric)[0])
    return found | {"value": value, "low": ends.low, "high": ends.high, "note": ends.note}

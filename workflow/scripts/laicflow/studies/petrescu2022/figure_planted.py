"""Windows as observed beside windows with a planted signal: does the chain find it?"""

from __future__ import annotations

from laicflow.audit.context import Context
from laicflow.errors import LaicflowError
from laicflow.evaluation.intervals import BLOCKS
from laicflow.plots.drawing import Drawn
from laicflow.report.lookup import one, undecided
from laicflow.schema import empty
from laicflow.studies import planted_figure
from laicflow.studies.petrescu2022.reasons import (
    height_below,
    told_below,
    why_silent,
    write_below,
)
from laicflow.studies.results import Results

SIZE = "amplitude_nt"
COLUMNS = planted_figure.columns(SIZE)
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"} | {SIZE: "nT"}
WORDS = {"auc": "AUC", "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy"}


def planted(results: Results) -> Drawn:
    """AUC and the headline's metric of network and best baseline, and their paired difference.

    A signal is found where the low end of the 95 % interval of the difference to the best baseline
    lies above 0, the gate of R27. Needs scores, predictions, samples and notes.

    Raises
    ------
    LaicflowError : there is no variant
    """
    if not results.variants:
        raise LaicflowError(f"{results.study}: no variant with or without a planted signal")
    metrics = list(dict.fromkeys(["auc", results.settings["headline"]["metric"]]))
    rows = [_row(results, variant, metric) for metric in metrics for variant in results.variants]
    data = planted_figure.table(rows, SIZE)
    lines = told_below(dict(zip(data["variant"], data["note"], strict=True)))
    words = planted_figure.Words(
        size=SIZE,
        planted=lambda size: f"{size:g} nT planted",
        metrics=WORDS,
        chance=dict.fromkeys(metrics, planted_figure.CHANCE),
        below=(lines, height_below(lines), write_below),
    )
    return planted_figure.drawn(data, UNITS, words)


def amplitude(results: Results, variant: str) -> float:
    """Amplitude of what is planted in the world of a variant, nT; 0 as observed."""
    world = results.variants[variant].get("world", "observed")
    if world == "observed":
        return 0.0
    return float(results.settings["injections"][world.removeprefix("inject-")][SIZE])


def _row(results: Results, variant: str, metric: str) -> dict:
    """The numbers of one variant in one metric."""
    settings = results.settings
    experiment = settings["headline"]["experiment"]
    row = {"variant": variant, "experiment": experiment, "metric": metric, "n": 0}
    row |= {SIZE: amplitude(results, variant), "found": "undecidable"}
    scores = results.scores[variant]
    if undecided(scores, experiment):
        return row | {"note": why_silent(results, variant, experiment)}
    where = {"seed": None, "draw": 0, "metric": metric, "method": BLOCKS}
    found = one(scores, experiment=experiment, **where)
    if found is not None:
        row |= found[["value", "low", "high", "n", "n_eff", "note"]].to_dict()
    context = Context(
        study=results.study,
        variant=variant,
        samples=results.samples[variant],
        splits=empty("splits"),
        predictions=results.predictions[variant],
        scores=scores,
        options=settings.get("audit", {}),
        headline={**settings["headline"], "metric": metric},
        notes=results.notes[variant],
        names=(results.run, results.study, variant, str(settings.get("seed", ""))),
    )

    def of_baseline(name: str) -> float | None:
        other = one(scores, experiment=name, **where)
        return None if other is None else other["value"]

    return planted_figure.judged(context, experiment, row, of_baseline)

"""Windows as observed beside windows with a planted signal: does the chain find it?"""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.audit.baselines import best_baseline, difference
from laicflow.audit.context import Context
from laicflow.errors import LaicflowError
from laicflow.evaluation.intervals import BLOCKS
from laicflow.plots import forest, style
from laicflow.plots.drawing import Drawn
from laicflow.plots.forest import Look, Point
from laicflow.report.lookup import BASELINE_LABELS, one, undecided
from laicflow.schema import empty
from laicflow.studies.petrescu2022.reasons import (
    height_below,
    told_below,
    why_silent,
    write_below,
)
from laicflow.studies.results import Results

COLUMNS = {
    "variant": "str",
    "amplitude_nt": "float64",
    "experiment": "str",
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "difference": "float64",
    "difference_low": "float64",
    "difference_high": "float64",
    "baseline": "str",
    "baseline_value": "float64",
    "n": "Int64",
    "n_eff": "float64",
    "found": "str",
    "note": "str",
}
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"} | {"amplitude_nt": "nT"}
WORDS = {"auc": "AUC", "accuracy": "accuracy", "balanced_accuracy": "balanced accuracy"}
CHANCE = 0.5
NETWORK = {False: Look(style.BLUE), True: Look(style.VERMILLION)}
BEST = Look("#6B6B6B", "D", 4.5, 0.9)


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
    data = pd.DataFrame(rows, columns=list(COLUMNS))
    for column, kind in COLUMNS.items():
        values = data[column]
        data[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    lines = told_below(dict(zip(data["variant"], data["note"], strict=True)))
    tall = 0.5 + 0.42 * len(results.variants)
    heights = [0.28, len(metrics) * tall + 0.1, height_below(lines)]
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    head, body, low = figure.subfigures(3, 1, height_ratios=heights)
    axes = body.subplots(len(metrics), 2, squeeze=False, sharey=True, width_ratios=[1, 1.1])
    for pair, metric in zip(axes, metrics, strict=True):
        _draw(pair, data[data["metric"] == metric].reset_index(drop=True), metric)
    handles = [
        forest.handle(NETWORK[False], "network, as observed"),
        forest.handle(NETWORK[True], "network, signal planted"),
        forest.handle(BEST, "best baseline", filled=False),
    ]
    head.legend(handles=handles, loc="center left", ncols=3, frameon=False)
    write_below(low, lines)
    return Drawn(figure, data, UNITS)


def amplitude(results: Results, variant: str) -> float:
    """Amplitude of what is planted in the world of a variant, nT; 0 as observed."""
    world = results.variants[variant].get("world", "observed")
    if world == "observed":
        return 0.0
    return float(results.settings["injections"][world.removeprefix("inject-")]["amplitude_nt"])


def _row(results: Results, variant: str, metric: str) -> dict:
    """The numbers of one variant in one metric."""
    settings = results.settings
    experiment = settings["headline"]["experiment"]
    row = {"variant": variant, "experiment": experiment, "metric": metric, "n": 0}
    row |= {"amplitude_nt": amplitude(results, variant), "found": "undecidable"}
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
    best = best_baseline(context)
    if best is None:
        return row | {"note": "undecidable: no baseline was tested"}
    other = one(scores, experiment=best, **where)
    row |= {"baseline": best, "baseline_value": None if other is None else other["value"]}
    held = difference(context, context.tested(experiment), context.tested(best))
    if held is None:
        return row | {"note": "undecidable: no sample that network and baseline have tested"}
    value, ends, shared = held
    row |= {"difference": value, "difference_low": ends.low, "difference_high": ends.high}
    notes = dict.fromkeys(filter(None, (row.get("note"), ends.note)))
    row |= {"n": shared, "note": "; ".join(notes)}
    if math.isfinite(ends.low):
        row["found"] = "found" if ends.low > 0 else "not found"
    return row


def _draw(pair: list[Axes], own: pd.DataFrame, metric: str) -> None:
    """Values on the left, differences to the best baseline on the right."""
    left, right = pair
    values, differences = [], []
    for place, row in enumerate(own.itertuples()):
        look = NETWORK[row.amplitude_nt > 0]
        why = row.note if not math.isfinite(row.value) else ""
        values.append(Point(place - 0.12, row.value, row.low, row.high, look, why))
        values.append(Point(place + 0.18, row.baseline_value, math.nan, math.nan, BEST))
        ends = (row.difference_low, row.difference_high)
        differences.append(Point(place, row.difference, *ends, look))
        right.text(1.01, place, _said(row), transform=right.get_yaxis_transform(), **_SMALL)
    for ax, points, line in ((left, values, CHANCE), (right, differences, 0.0)):
        forest.bands(ax, len(own))
        forest.draw_points(ax, points)
        ax.axvline(line, color=style.DARK_GREY, ls=":", lw=0.9, zorder=1)
        ax.set_xlim(forest.value_limits(points, [line - 0.1, line + 0.1]))
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(axis="y", length=0)
    forest.write_reasons(left, values)
    names = [f"{row.variant}\n{_planted(row.amplitude_nt)}" for row in own.itertuples()]
    left.set_yticks(range(len(own)), labels=names)
    left.set_ylim(len(own) - 0.5, -0.5)
    word = WORDS.get(metric, metric)
    left.set_xlabel(f"{word} on the test samples")
    right.set_xlabel(f"difference in {word} to the best baseline")


_SMALL = {"fontsize": 6.5, "va": "center", "ha": "left", "linespacing": 1.2}


def _planted(size: float) -> str:
    """What was planted, in words."""
    return f"{size:g} nT planted" if size else "as observed"


def _said(row: tuple) -> str:
    """The outcome beside a row."""
    label = BASELINE_LABELS.get(row.baseline, row.baseline).lower()
    words = {"found": "beats it", "not found": "does not beat it"}
    said = words.get(row.found, row.found)
    if row.amplitude_nt > 0:
        said = {"found": "found", "not found": "not found"}.get(row.found, row.found)
    return f"{said}\nn = {row.n}" + (f"\nbest: {label}" if label else "")

"""ROC curves by class and bars of the scores: figs. 3, 4, 5, 6, 8 and S2, all drawn alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.evaluation.baselines import MAJORITY, PLACE
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import scored
from laicflow.studies.seqnetquake.figure_scores_parts import (
    CURVE,
    SCORE,
    SILENT,
    draw_bars,
    draw_marks,
    draw_roc,
    height_of_text,
    legend_height,
    write_text,
)
from laicflow.studies.seqnetquake.roc import mean_curve, thinned
from laicflow.studies.seqnetquake.scored import CLASSES, DIRECT, INITIAL, TRANSFER, Line

COLUMNS = {
    "part": "str",
    "block": "str",
    "variant": "str",
    "experiment": "str",
    "label": "str",
    "class": "Int64",
    "metric": "str",
    "false_positive_rate": "float64",
    "true_positive_rate": "float64",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "paper": "float64",
    "n": "Int64",
    "n_eff": "float64",
    "seeds": "Int64",
    "note": "str",
}
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str" and name != "class"}
# Micro F1 is the accuracy: one group of bars for both.
METRICS = ("mcc", "f1_macro", "f1_weighted", "f1_micro", "accuracy")
AREAS = tuple(f"auc_{k}" for k in range(len(CLASSES)))
# What stands on each bar to be held against it.
MARKED = (MAJORITY, PLACE)


@dataclass(frozen=True)
class Block:
    """Classifiers that are drawn into the same panels, under a title (empty for none)."""

    title: str
    lines: tuple[Line, ...]


def fig3(results: Results) -> Drawn:
    """Night and day (compare.sides); needs samples, scores, predictions and notes, as all do."""
    return _of_variants(results, lambda own: _rules(own)["side"])


def fig4(results: Results) -> Drawn:
    """Windows of 10 to 50 samples (compare.lengths)."""
    return _of_variants(results, lambda own: f"T = {_rules(own)['steps']}")


def fig5(results: Results) -> Drawn:
    """Radii around events (compare.radii)."""
    return _of_variants(results, scored.radius_words)


def figS2(results: Results) -> Drawn:  # noqa: N802
    """The first dataset alone (compare.first)."""
    return _of_variants(results, lambda own: "")


def fig6(results: Results) -> Drawn:
    """Initial, transfer and direct training (compare.transfer), a block a variant with transfer.

    The initial network stands twice: on the test samples of the satellite that it comes from (TS0)
    and, as it came, on those of the other (TS1).

    Raises
    ------
    LaicflowError : no variant has transfer learning
    """
    blocks = [
        Block(name, _transfer_lines(results, name))
        for name, own in results.variants.items()
        if scored.transfers(own)
    ]
    return drawn(results, blocks)


def fig8(results: Results) -> Drawn:
    """Transfer learning and its rivals (compare.rivals), a block a variant."""
    blocks = []
    for name, own in results.variants.items():
        names = [TRANSFER] if TRANSFER in own["experiments"] else [DIRECT]
        names += scored.rivals(own)
        blocks.append(Block(name, tuple(scored.line(results, name, one) for one in names)))
    return drawn(results, blocks)


def drawn(results: Results, blocks: list[Block]) -> Drawn:
    """For each block three ROC panels, one a class against the rest, and bars of the scores.

    Curves are the mean over the seeds (`roc.mean_curve`); areas and scores are those of the table
    `scores` with their 95 % interval from blocks of time. A classifier without test predictions
    has its reason below the panels; a block in which none has any is words alone.

    Raises
    ------
    LaicflowError : there is nothing to draw
    """
    if not any(block.lines for block in blocks):
        raise LaicflowError(f"{results.study}: no classifier whose scores could be drawn")
    tables = [_rows(results, block) for block in blocks]
    data = _conform(pd.concat(tables, ignore_index=True))
    own = [data[data["block"] == block.title] for block in blocks]
    head = 0.24 if (data["part"] == CURVE).any() else 0.05
    texts = [_said(table) for table in own]
    sizes = [_sizes(table, text) for table, text in zip(own, texts, strict=True)]
    heights = [head, *(sum(parts) for parts in sizes)]
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03)
    top, *places = np.atleast_1d(figure.subfigures(len(heights), 1, height_ratios=heights))
    if (data["part"] == CURVE).any():
        draw_marks(top, data)
    for place, table, text, parts in zip(places, own, texts, sizes, strict=True):
        _draw(place, table, text, parts)
    return Drawn(figure, data, UNITS)


def _of_variants(results: Results, words: Callable[[dict], str]) -> Drawn:
    """One block of the network that is trained directly, a line a variant.

    Parameters
    ----------
    words : what tells a variant from the others
    """
    lines = []
    for name, own in results.variants.items():
        told = words(own)
        label = f"{told} ({name})" if told else name
        lines.append(scored.line(results, name, DIRECT, label))
    return drawn(results, [Block("", tuple(lines))])


def _rules(own: dict) -> dict:
    """The preparation of a variant."""
    return own["preparations"][own["window"]["preparation"]]


def _transfer_lines(results: Results, variant: str) -> tuple[Line, ...]:
    """Initial training on both satellites, transfer and direct training of a variant."""
    own = results.variants[variant]
    there = scored.mission_name(own)
    lines = []
    source = scored.source_of(own)
    if source and source[0] in results.variants:
        first = scored.mission_name(results.variants[source[0]])
        lines.append(scored.line(results, *source, f"initial on {first}"))
    for name in (INITIAL, TRANSFER, DIRECT):
        if name in own["experiments"]:
            lines.append(scored.line(results, variant, name, f"{name} on {there}"))
    return tuple(lines)


def _rows(results: Results, block: Block) -> pd.DataFrame:
    """All numbers of a block."""
    rows: list[dict] = []
    for line in block.lines:
        base = {"block": block.title, "variant": line.variant, "experiment": line.experiment}
        base |= {"label": line.label}
        why = scored.why_silent(results, line.variant, line.experiment)
        if why:
            rows.append(base | {"part": SILENT, "n": 0, "seeds": 0, "note": why})
            continue
        base["seeds"] = scored.seeds(results, line.variant, line.experiment)
        for k in range(len(CLASSES)):
            rows += _curve(results, base, line, k)
        rows += [_score(results, base, line, metric) for metric in (*METRICS, *AREAS)]
        rows += _marks(results, block, line.variant, rows)
    return pd.DataFrame(rows)


def _curve(results: Results, base: dict, line: Line, k: int) -> list[dict]:
    """The points of the curve of one class, or a row that says why there is none."""
    own = results.predictions[line.variant]
    points, why = mean_curve(own, line.experiment, k)
    base = base | {"part": CURVE, "class": k}
    if why:
        return [base | {"note": why}]
    return [
        base | {"false_positive_rate": x, "true_positive_rate": y, "note": ""}
        for x, y in thinned(points)
    ]


def _score(results: Results, base: dict, line: Line, metric: str) -> dict:
    """One score."""
    found = scored.number(results, line.variant, line.experiment, metric)
    row = base | {"part": SCORE, "metric": metric, "note": found.note}
    row["paper"] = scored.printed(results.settings, line.variant, line.experiment, metric)
    row["class"] = int(metric[-1]) if metric in AREAS else None
    return row | {name: getattr(found, name) for name in ("value", "low", "high", "n", "n_eff")}


def _marks(results: Results, block: Block, variant: str, rows: list[dict]) -> list[dict]:
    """The scores of the marked baselines of a variant, once a block."""
    there = {(row["variant"], row["experiment"]) for row in rows}
    made = []
    for name in MARKED:
        if name not in scored.baselines(results.variants[variant]) or (variant, name) in there:
            continue
        if scored.why_silent(results, variant, name):
            continue
        line = scored.line(results, variant, name)
        base = {"block": block.title, "variant": variant, "experiment": name, "label": line.label}
        base["seeds"] = scored.seeds(results, variant, name)
        made += [_score(results, base, line, metric) for metric in (*METRICS, *AREAS)]
    return made


def _conform(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of the figures, each of its type."""
    made = {}
    for column, kind in COLUMNS.items():
        values = table[column] if column in table else pd.Series(pd.NA, index=table.index)
        if kind == "str":
            made[column] = values.astype(object).where(values.notna(), "").astype("str")
        else:
            made[column] = pd.to_numeric(values).astype("Float64").astype(kind)
    return pd.DataFrame(made)


def classifiers(table: pd.DataFrame) -> pd.DataFrame:
    """Variant, experiment and label of what a block draws, in its order, baselines left out.

    The index is the place among all of the block, tested or not: looks go by it, so that they are
    the same in every block.
    """
    own = table[table["part"].isin((CURVE, SILENT))].drop_duplicates(["variant", "experiment"])
    own = own.reset_index(drop=True)
    return own.loc[own["part"] == CURVE, ["variant", "experiment", "label"]]


def _said(table: pd.DataFrame) -> list[str]:
    """What stands below the panels of a block: reasons, sizes, and notes on the scores."""
    told: dict[str, list[str]] = {}
    silent = table[table["part"] == SILENT]
    for row in silent.itertuples():
        told.setdefault(row.note, []).append(row.label)
    for row in table[(table["part"] == CURVE) & (table["note"] != "")].itertuples():
        told.setdefault(f"no ROC curve: {row.note}", []).append(row.label)
    there = classifiers(table)[["variant", "experiment"]]
    own = table[(table["part"] == SCORE) & (table["metric"] == "mcc")].merge(there)
    for row in own[own["note"] != ""].itertuples():
        told.setdefault(row.note, []).append(row.label)
    for row in there.itertuples():
        mine = own_of(table, row.variant, row.experiment)
        if scored.is_constant(mine):
            told.setdefault(scored.ONE_CLASS, []).append(mine["label"].iloc[0])
    sizes: dict[str, list[str]] = {}
    for row in own.itertuples():
        blocks = "" if math.isnan(row.n_eff) else f" in {row.n_eff:.0f} blocks of time"
        sizes.setdefault(f"{row.n:,}{blocks}", []).append(row.label)
    words = "; ".join(
        size if len(sizes) == 1 else f"{', '.join(names)}: {size}" for size, names in sizes.items()
    )
    lines = [f"{'; '.join(dict.fromkeys(names))}: {why}" for why, names in told.items()]
    return [*([f"Test samples: {words}"] if words else []), *lines]


def own_of(table: pd.DataFrame, variant: str, experiment: str) -> pd.DataFrame:
    """The scores of one classifier in a block."""
    mine = (table["variant"] == variant) & (table["experiment"] == experiment)
    return table[mine & (table["part"] == SCORE)]


def _sizes(table: pd.DataFrame, text: list[str]) -> list[float]:
    """Heights of the parts of a block: title, ROC, legends, bars and words; inches."""
    title = 0.2 if table["block"].iloc[0] else 0.0
    count = len(classifiers(table))
    below = height_of_text(text)
    if not count:
        return [title, 0.0, 0.0, below]
    return [title, 2.5, legend_height(table, count), 2.1, below]


def _draw(place: Figure, table: pd.DataFrame, text: list[str], parts: list[float]) -> None:
    """One block."""
    title, *rest = parts
    if title:
        said = scored.variant_words(table["block"].iloc[0])
        place.suptitle(said[0].upper() + said[1:], x=0.01, ha="left", va="top", fontweight="bold")
    roc, legend, *bars, below = rest
    if not roc:
        write_text(place, text, 0.95 - title / sum(parts))
        return
    upper, middle, lower = place.subfigures(
        3, 1, height_ratios=[title + roc + legend, *bars, below]
    )
    names = classifiers(table)
    for k, ax in enumerate(upper.subplots(1, len(CLASSES))):
        draw_roc(ax, table, names, k)
    draw_bars(middle.subplots(), table, names, METRICS)
    write_text(lower, text)

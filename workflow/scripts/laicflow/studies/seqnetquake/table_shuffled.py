"""Whether a source with shuffled labels helps as much as the true one (R45)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from laicflow.audit.baselines import difference
from laicflow.audit.context import TRANSFER, Context
from laicflow.evaluation.intervals import BLOCKS
from laicflow.report.formats import ends, shown
from laicflow.report.lookup import one
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.needs import support_days
from laicflow.studies.seqnetquake.scored import why_silent

COLUMNS = {
    "variant": "str",
    "part": "str",
    "experiment": "str",
    "versus": "str",
    "label": "str",
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "n": "Int64",
    "note": "str",
}
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"}
METRICS = {"mcc": "MCC", "f1_macro": "F1 macro", "accuracy": "F1 micro", "auc_1": "AUC of class 1"}
SOURCES = {
    "real": "first on the other mission, with its labels",
    "shuffled": "first on the other mission, with its labels dealt out at random",
    "direct": "from the start",
}
PAIRS = (("real", "direct"), ("shuffled", "direct"), ("real", "shuffled"))


def shuffled(results: Results) -> pd.DataFrame:
    """Scores of the three ways to learn, and their differences on the same resamples.

    Needs samples, splits, scores, predictions and notes. A variant whose headline names no
    transfer has no row; one of which nothing was tested has rows that say why.
    """
    rows: list[dict] = []
    for variant, own in results.variants.items():
        named = own["headline"].get("transfer")
        if not named:
            continue
        for metric in METRICS:
            rows += [_score(results, variant, metric, role) for role in TRANSFER]
            rows += [_gain(results, variant, metric, pair) for pair in PAIRS]
    if not rows:
        rows = [{"part": "score", "note": "no variant of this run names a transfer"}]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name, kind in COLUMNS.items():
        values = table[name]
        table[name] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    return table


def _score(results: Results, variant: str, metric: str, role: str) -> dict:
    """One way to learn."""
    experiment = results.variants[variant]["headline"]["transfer"][role]
    row = {"variant": variant, "part": "score", "experiment": experiment, "metric": metric}
    row["label"] = SOURCES[role]
    where = {"seed": None, "draw": 0, "metric": metric, "method": BLOCKS}
    found = one(results.scores[variant], experiment=experiment, **where)
    if found is None:
        return row | {"note": why_silent(results, variant, experiment)}
    told = {name: found[name] for name in ("value", "low", "high", "n")}
    return row | told | {"note": found["note"] or ""}


def _gain(results: Results, variant: str, metric: str, pair: tuple[str, str]) -> dict:
    """The difference of two ways."""
    named = results.variants[variant]["headline"]["transfer"]
    ours, theirs = (named[role] for role in pair)
    row = {"variant": variant, "part": "gain", "experiment": ours, "versus": theirs}
    row |= {"metric": metric, "label": f"{SOURCES[pair[0]]}, less {SOURCES[pair[1]]}"}
    context = _context(results, variant, metric)
    found = difference(context, context.tested(ours), context.tested(theirs))
    if found is None:
        return row | {"note": "no sample is tested by both"}
    value, ends, number = found
    return row | {
        "value": value,
        "low": ends.low,
        "high": ends.high,
        "n": number,
        "note": ends.note,
    }


def _context(results: Results, variant: str, metric: str) -> Context:
    """The variant as the audit sees it, with another metric."""
    own = results.variants[variant]
    context = Context(
        study=results.study,
        variant=variant,
        samples=results.samples[variant],
        splits=results.splits[variant],
        predictions=results.predictions[variant],
        scores=results.scores[variant],
        options={**own.get("audit", {}), "support_days": support_days(own)},
        headline=own["headline"],
        notes=results.notes[variant],
        names=(results.run, results.study, variant, str(own.get("seed", 0))),
    )
    return replace(context, headline={**own["headline"], "metric": metric})


def readable_shuffled(table: pd.DataFrame) -> pd.DataFrame:
    """The table for people: a row a way to learn or a difference, a column a metric."""
    rows = []
    for keys, own in table.groupby(["variant", "part", "experiment", "versus"], sort=False):
        first = own.iloc[0]
        what = first["label"] if keys[1] == "score" else f"{keys[2]} less {keys[3]}"
        row = {"variant": keys[0], "learned": what, "experiment": keys[2] if not keys[3] else ""}
        for entry in own.itertuples():
            row[METRICS.get(entry.metric, "")] = _cell(entry)
        row["test samples"] = shown(first["n"])
        row["note"] = "; ".join(dict.fromkeys(note for note in own["note"] if note))
        rows.append(row)
    return pd.DataFrame(rows)


def _cell(entry: object) -> str:
    """A number and its interval."""
    if pd.isna(entry.value):
        return ""
    sign = "+" if entry.part == "gain" else ""
    return f"{entry.value:{sign}.3f} ({ends(entry.low, entry.high)})"

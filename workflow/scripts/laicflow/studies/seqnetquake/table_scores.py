"""The scores of the classifiers beside the paper's: tables 1 and 2."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from laicflow.evaluation.baselines import MAJORITY, PLACE
from laicflow.report.formats import ends, shown
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import scored
from laicflow.studies.seqnetquake.scored import (
    BASELINE,
    CLASSES,
    DIRECT,
    INITIAL,
    TRANSFER,
    Line,
)

COLUMNS = {
    "variant": "str",
    "experiment": "str",
    "label": "str",
    "kind": "str",
    "learned_from": "str",
    "tested_on": "str",
    "windows": "str",
    "metric": "str",
    "value": "float64",
    "low": "float64",
    "high": "float64",
    "paper": "float64",
    "n": "Int64",
    "n_eff": "float64",
    "seeds": "Int64",
    "note": "str",
}
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"}
_BY_CLASS = [f"{name}_{k}" for name in ("auc", "precision", "recall") for k in range(len(CLASSES))]
METRICS = ("mcc", "f1_macro", "f1_weighted", "f1_micro", "accuracy", "balanced_accuracy")
METRICS = (*METRICS, *_BY_CLASS)
# What was not tested has a row of this metric, and of those that the paper prints.
LEAST = "f1_micro"
# Metrics that people read, each in a column; all others stand in the csv.
SHOWN = {
    "mcc": "MCC",
    "f1_macro": "F1 macro",
    "f1_weighted": "F1 weighted",
    "f1_micro": "F1 micro = accuracy",
    "auc_0": "AUC, class 0",
    "auc_1": "AUC, class 1",
    "auc_2": "AUC, class 2",
}
# What is told of a baseline beside every dataset: its columns of table 1.
BESIDE = {MAJORITY: "majority class: accuracy", PLACE: "place alone: MCC, accuracy"}
# Claims of the least number among transfer learning and its rivals.
LOWEST = {"f1_least": "f1_micro", "mcc_least": "mcc"}
TRAINING = {DIRECT: "direct", INITIAL: "initial", TRANSFER: "transfer"}


def table1(results: Results) -> pd.DataFrame:
    """A row a number: the network on each dataset, then initial and transfer training.

    Needs samples, scores and notes. Direct training of every variant; of a variant with transfer
    learning the network as it came and after its transfer; the baselines of each. Initial training
    thus stands twice: on the test samples of the satellite that it learned from (the direct
    training of that variant), and as it came on those of the other.

    Values are means over the seeds, with the 95 % interval from blocks of time (table `scores`).
    What was not tested has a row without a value that says why.
    """
    sources = {
        source[0]
        for own in results.variants.values()
        if scored.transfers(own) and (source := scored.source_of(own))
    }
    lines = [scored.line(results, name, DIRECT) for name in results.variants]
    lines = [replace(one, kind=INITIAL) if one.variant in sources else one for one in lines]
    for name, own in results.variants.items():
        if scored.transfers(own):
            lines += [scored.line(results, name, one) for one in (INITIAL, TRANSFER)]
    for name, own in results.variants.items():
        lines += [scored.line(results, name, one) for one in scored.baselines(own)]
    return _table(results, lines)


def table2(results: Results) -> pd.DataFrame:
    """A row a number: transfer, initial and direct training, the rivals and the baselines.

    Needs samples, scores and notes. All are tested on the same samples of a variant; the variants
    of a classifier follow each other. For the rest see `table1`.
    """
    names: dict[str, None] = {}
    for own in results.variants.values():
        first = [name for name in (TRANSFER, INITIAL, DIRECT) if name in own["experiments"]]
        names |= dict.fromkeys([*first, *scored.rivals(own)])
    for own in results.variants.values():
        names |= dict.fromkeys(scored.baselines(own))
    lines = [
        scored.line(results, variant, name)
        for name in names
        for variant, own in results.variants.items()
        if name in own["experiments"] or name in scored.baselines(own)
    ]
    return _table(results, lines)


def readable_table1(table: pd.DataFrame) -> pd.DataFrame:
    """Table 1 for people: a row a dataset and training, a score with its interval in a cell."""
    rows = []
    for (variant, _), own in _groups(table[table["kind"] != BASELINE]):
        first = own.iloc[0]
        row = {
            "dataset": variant,
            "windows": first["windows"],
            "training": TRAINING.get(first["kind"], first["label"]),
            "learned from": first["learned_from"],
            "tested on": first["tested_on"],
            **_cells(own),
        }
        there = table[table["variant"] == variant]
        row |= {head: _beside(there, name) for name, head in BESIDE.items()}
        rows.append(row | _sizes(own))
    return pd.DataFrame(rows)


def readable_table2(table: pd.DataFrame) -> pd.DataFrame:
    """Table 2 for people: a row a classifier and variant, those of a classifier together."""
    rows = []
    for (variant, _), own in _groups(table):
        first = own.iloc[0]
        row = {"classifier": first["label"], "variant": variant}
        row |= {"learned from": first["learned_from"] or "", **_cells(own)}
        rows.append(row | _sizes(own))
    return pd.DataFrame(rows)


def claims_of_scores(results: Results) -> pd.DataFrame:
    """The printed scores beside those of the variants that are set side by side here, for people.

    Needs samples, scores and notes. Of other variants table 1 has the numbers.
    """
    rows = []
    heads = {**SHOWN, "accuracy": SHOWN["f1_micro"]}
    for name, claim in results.settings["claims"].items():
        row = {"what": claim["where"], "in the paper": f"{claim['value']:g}"}
        if name in LOWEST:
            metric = LOWEST[name]
            row["score"] = f"{heads[metric]}, least of transfer and rivals"
            row |= {variant: _lowest(results, variant, metric) for variant in results.variants}
        elif "experiment" in claim and "metric" in claim:
            row["score"] = heads.get(claim["metric"], claim["metric"].replace("_", " of class "))
            here = claim.get("variant") in results.variants
            known = claim.get("variant") in results.settings["variants"]
            elsewhere = "see table1" if known else "left out of this run"
            for variant in results.variants:
                told = _told(results, variant, claim["experiment"], claim["metric"])
                row[variant] = told if here else elsewhere
        else:
            continue
        rows.append(row)
    columns = ["what", "score", "in the paper", *results.variants]
    return pd.DataFrame(rows, columns=columns).fillna("")


def _table(results: Results, lines: list[Line]) -> pd.DataFrame:
    """The numbers of classifiers, a row each."""
    rows = [row for line in lines for row in _rows(results, line)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for column, kind in COLUMNS.items():
        values = table[column]
        table[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    return table


def _rows(results: Results, line: Line) -> list[dict]:
    """The numbers of one classifier, or a row that says why there are none."""
    base = {"variant": line.variant, "experiment": line.experiment, "label": line.label}
    base |= {"kind": line.kind, "learned_from": line.learned, "tested_on": line.tested}
    base["windows"] = scored.window_words(results.variants[line.variant])
    where = (line.variant, line.experiment)
    printed = {metric: scored.printed(results.settings, *where, metric) for metric in METRICS}
    if why := scored.why_silent(results, *where):
        base |= {"n": 0, "seeds": 0, "note": why}
        told = [name for name in METRICS if name == LEAST or math.isfinite(printed[name])]
        return [base | {"metric": name, "paper": printed[name]} for name in told]
    base["seeds"] = scored.seeds(results, *where)
    rows = []
    for metric in METRICS:
        found = scored.number(results, *where, metric)
        numbers = {k: getattr(found, k) for k in ("value", "low", "high", "n", "n_eff", "note")}
        rows.append(base | {"metric": metric, "paper": printed[metric], **numbers})
    return rows


def _groups(table: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """The rows of each variant and experiment, in the table's order."""
    keys = ["variant", "experiment"]
    return [(key, own) for key, own in table.groupby(keys, sort=False)]


def _cells(own: pd.DataFrame) -> dict[str, str]:
    """The scores that people read."""
    by_metric = own.set_index("metric")
    return {
        head: _cell(by_metric.loc[metric]) if metric in by_metric.index else ""
        for metric, head in SHOWN.items()
    }


def _cell(row: pd.Series) -> str:
    """A score, its interval, and the printed number."""
    said = []
    if math.isfinite(row["value"]):
        said.append(f"{row['value']:.3f} ({ends(row['low'], row['high'])})")
    if math.isfinite(row["paper"]):
        said.append(f"paper {row['paper']:g}")
    return ", ".join(said)


def _beside(there: pd.DataFrame, name: str) -> str:
    """What a baseline has on the test samples of a variant."""
    own = there[there["experiment"] == name].set_index("metric")["value"]
    metrics = ("accuracy",) if name == MAJORITY else ("mcc", "accuracy")
    values = [own.get(metric, math.nan) for metric in metrics]
    if not any(math.isfinite(value) for value in values):
        return ""
    return ", ".join(shown(float(value), 3) for value in values)


def _sizes(own: pd.DataFrame) -> dict[str, str]:
    """Test samples, seeds and notes."""
    first = own.iloc[0]
    # What holds for the whole classifier is told; what holds for one number stands in the csv.
    parts = [note.split("; ") for note in own["note"]]
    whole = [part for part in parts[0] if all(part in other for other in parts)]
    if scored.is_constant(own):
        whole.append(scored.ONE_CLASS)
    sizes = {"test samples": f"{first['n']:,}", "seeds": str(first["seeds"])}
    return sizes | {"note": "; ".join(filter(None, whole))}


def _told(results: Results, variant: str, experiment: str, metric: str) -> str:
    """A score of a run with its interval, or why there is none."""
    if experiment not in results.variants[variant]["experiments"]:
        return ""
    if why := scored.why_silent(results, variant, experiment):
        return why
    found = scored.number(results, variant, experiment, metric)
    row = {"value": found.value, "low": found.low, "high": found.high, "paper": math.nan}
    return _cell(pd.Series(row)) or found.note


def _lowest(results: Results, variant: str, metric: str) -> str:
    """The least score among transfer learning and its rivals, and whose it is."""
    own = results.variants[variant]
    names = [name for name in (TRANSFER, *scored.rivals(own)) if name in own["experiments"]]
    found = {name: scored.number(results, variant, name, metric).value for name in names}
    known = {name: value for name, value in found.items() if math.isfinite(value)}
    if not known:
        return "none was tested"
    name = min(known, key=known.__getitem__)
    gone = len(names) - len(known)
    rest = f", {gone} not tested" if gone else ""
    return f"{known[name]:.3f} ({own['experiments'][name]['label']}{rest})"

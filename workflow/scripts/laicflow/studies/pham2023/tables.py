"""The tables of the study, every number as it stands in the scores.

`table2` is made in `table_runs` and handed on from here.
"""

from __future__ import annotations

import pandas as pd

from laicflow.config import trained
from laicflow.evaluation.baselines import BASELINES
from laicflow.evaluation.intervals import wilson
from laicflow.report.formats import shown
from laicflow.report.lookup import BASELINE_LABELS, chosen_seed, one, training_sizes, undecided
from laicflow.studies.pham2023.runs_shown import claims_of_runs, readable_runs
from laicflow.studies.pham2023.table_runs import TABLE2, table2
from laicflow.studies.results import Results

__all__ = ["claims", "labels", "readable", "table1", "table2", "units"]

# Where the claims stand that this table is held to.
WHERE = "Table 1"

# Columns of table 1 and their kind; shares (unit 1) unless a count or a name.
TABLE1 = {
    "experiment": "str",
    "label": "str",
    "kind": "str",
    "variant": "str",
    "paper_accuracy": "float64",
    "best_accuracy": "float64",
    "best_seed": "Int64",
    "chosen_on": "str",
    "best_wilson_low": "float64",
    "best_wilson_high": "float64",
    "mean_accuracy": "float64",
    "sd_accuracy": "float64",
    "mean_block_low": "float64",
    "mean_block_high": "float64",
    "seeds": "Int64",
    "draws_low": "float64",
    "draws_median": "float64",
    "draws_high": "float64",
    "draws": "Int64",
    "mcc": "float64",
    "auc": "float64",
    "balanced_accuracy": "float64",
    "n_test": "Int64",
    "n_train": "Int64",
    "folds": "Int64",
    "note": "str",
}


def table1(results: Results) -> pd.DataFrame:
    """Accuracy of every network and baseline under both variants, beside the paper's.

    One row an experiment and variant. An experiment whose claims all stand elsewhere (that with
    CutMix and Mixup: Table 2) is left out, and one that no variant trains. Needs samples, splits,
    scores and predictions.

    - `best_accuracy`: the seed that is best on `chosen_on`, with the Wilson interval that takes
      the samples as independent. Chosen on the test set, it is the paper's way and too high.
    - `mean_accuracy`, `sd_accuracy` (over the seeds, n - 1), and the interval of the mean from
      blocks of time as long as the support.
    - `draws_*`: least, median and largest accuracy over the draws of samples and split.
    - `mcc`, `auc`, `balanced_accuracy`: means over the seeds.
    - `n_train`: training samples of the smallest of `folds` folds.
    """
    published = {claim["experiment"]: claim["value"] for claim in _published(results.settings)}
    rows = []
    for experiment, label, kind in _lines(results):
        for variant in results.variants:
            row = {"experiment": experiment, "label": label, "kind": kind, "variant": variant}
            row["paper_accuracy"] = published.get(experiment)
            rows.append({**row, **_numbers(results, variant, experiment)})
    table = pd.DataFrame(rows, columns=list(TABLE1))
    for column, kind in TABLE1.items():
        values = table[column]
        table[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    return table


def units(columns: list[str]) -> dict[str, str]:
    """The unit of every column of numbers: 1, all of them being shares, coefficients or counts."""
    kinds = TABLE1 | TABLE2
    return {column: "1" for column in columns if kinds.get(column, "str") != "str"}


def readable(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table in fewer columns, numbers with their intervals in one cell, for people.

    Parameters
    ----------
    name : of the target: table1 or table2
    table : what the function of that name made
    """
    if name == "table2":
        return readable_runs(table)
    counts = sorted(set(table["draws"].dropna()))
    head = f"median of {counts[0]} draws (range)" if len(counts) == 1 else "draws: median (range)"
    rows = [_readable_row(row, head, len(counts) > 1) for row in table.to_dict("records")]
    return pd.DataFrame(rows)


def claims(results: Results) -> dict[str, pd.DataFrame]:
    """The paper's numbers beside both variants, a table for each of its tables, for people.

    The paper's accuracies are given as hits of its test samples too, those of Table 1 with the
    Wilson interval that it does not print. Needs samples, splits, scores and predictions.
    """
    return {
        "Table 1: the networks": _claims_of_networks(results),
        "Table 2: the runs with and without CutMix and Mixup": claims_of_runs(results),
    }


def labels(settings: dict) -> list[str]:
    """What a sample is and what its label says, in sentences."""
    days, before = settings["window"]["days"], settings["reference"]["days"]
    gap, radius = settings["normal"]["gap_days"], settings["normal"]["radius_km"]
    when = "on that day" if gap == 1 else f"on that day or the {gap - 1} days after it"
    if settings["sites"]["mode"] == "epicentres":
        belongs = "there; each event belongs to the site at its own epicentre"
        spoils = f"within {radius:g} km of the site {when}"
    else:
        belongs = "in the box of the catalog"
        spoils = f"in that box {when}"
    return [
        f"A sample is an image of {days} days by 24 hours in six channels over one site. It ends "
        f"with the day before the day in question and looks back another {before} days for its "
        f"reference, so its support is {days + before} days.",
        f"It is SIP (label 1) if an earthquake follows on that day {belongs}.",
        f"It is normal (label 0) if there is no earthquake {spoils}. Normal samples come from the "
        "same sites as the SIP samples.",
    ]


def _claims_of_networks(results: Results) -> pd.DataFrame:
    """The numbers of Table 1, a row a claim."""
    rows = []
    for claim in _published(results.settings):
        experiment = claim["experiment"]
        hits = round(claim["value"] * claim["n"])
        ends = wilson(hits, claim["n"])
        row = {
            "network": results.settings["experiments"][experiment]["label"],
            "in the paper": f"{claim['value']:.4f}",
            "hits": f"{hits} of {claim['n']}",
            "95 %, if independent": _ends(ends.low, ends.high),
        }
        for variant in results.variants:
            own = _numbers(results, variant, experiment)
            row[f"{variant}, best seed"] = _of_seed(own) or own["note"]
            row[f"{variant}, mean of the seeds"] = _of_mean(own) or own["note"]
        rows.append(row)
    return pd.DataFrame(rows)


def _readable_row(row: dict, head: str, counted: bool) -> dict:
    """One line of table 1 for people, intervals below their numbers.

    Parameters
    ----------
    head : of the column of the draws
    counted : whether each cell of it says of how many draws
    """
    draws = ""
    if not pd.isna(row["draws"]):
        draws = _below(f"{row['draws_median']:.4f}", row["draws_low"], row["draws_high"])
        draws += f"\nof {row['draws']}" if counted else ""
    best = _below(shown(row["best_accuracy"]), row["best_wilson_low"], row["best_wilson_high"])
    mean = _of_mean(row, interval=False)
    return {
        "network or baseline": row["label"],
        "variant": row["variant"],
        # Before the numbers: it says why there are none, and a wide table is cut on the right.
        "note": row["note"],
        "published": shown(row["paper_accuracy"]),
        "best (Wilson 95 %)": best,
        "seed": _seed(row, "\n"),
        "mean ± sd (block 95 %)": _below(mean, row["mean_block_low"], row["mean_block_high"]),
        head: draws,
        "MCC": shown(row["mcc"], 3),
        "AUC": shown(row["auc"], 3),
        "bal. acc.": shown(row["balanced_accuracy"], 3),
        "n test": shown(row["n_test"]),
        "n train": shown(row["n_train"]),
    }


def _of_seed(row: dict) -> str:
    """Accuracy of the best seed, and where it was chosen."""
    if pd.isna(row.get("best_accuracy")):
        return ""
    text = f"{row['best_accuracy']:.4f}"
    if row["chosen_on"]:
        text += f", {_seed(row, ' ')}"
    return text


def _seed(row: dict, space: str) -> str:
    """Which seed is best, and on what it was chosen; empty where there was no choice."""
    if not row["chosen_on"]:
        return ""
    return f"seed {row['best_seed']}{space}(best of {row['seeds']} on {row['chosen_on']})"


def _below(text: str, low: float, high: float) -> str:
    """A number with its interval on the next line."""
    ends = _ends(low, high)
    return f"{text}\n({ends})" if ends else text


def _of_mean(row: dict, *, interval: bool = True) -> str:
    """Mean accuracy over the seeds with its spread, and the interval from blocks."""
    if pd.isna(row.get("mean_accuracy")):
        return ""
    text = f"{row['mean_accuracy']:.4f}"
    if not pd.isna(row["sd_accuracy"]):
        text += f" ± {row['sd_accuracy']:.4f}"
    ends = _ends(row["mean_block_low"], row["mean_block_high"]) if interval else ""
    if interval:
        text += f", {ends}" if ends else f" ({row['note']})"
    return text


def _ends(low: float, high: float) -> str:
    """An interval; empty where it has no ends."""
    return "" if pd.isna(low) or pd.isna(high) else f"{low:.4f}–{high:.4f}"


def _published(settings: dict) -> list[dict]:
    """The claims of Table 1, one an experiment; single runs and what is said over them stay out."""
    return [
        claim
        for claim in settings["claims"].values()
        if claim.get("where") == WHERE and "run" not in claim and "over_runs" not in claim
    ]


def _lines(results: Results) -> list[tuple[str, str, str]]:
    """Experiments in the order of the configuration, then the baselines."""
    settings = results.settings
    here = {claim["experiment"] for claim in _published(settings)}
    elsewhere = {claim.get("experiment") for claim in settings["claims"].values()} - here
    some = {name for own in results.variants.values() for name in trained(own)} - elsewhere
    networks = [
        (key, own["label"], "network")
        for key, own in settings["experiments"].items()
        if key in some
    ]
    return networks + [(key, BASELINE_LABELS[key], "baseline") for key in BASELINES]


def _numbers(results: Results, variant: str, experiment: str) -> dict:
    """The cells of one row that come from the results."""
    scores = results.scores[variant]
    sizes = training_sizes(results.splits[variant])
    row: dict = {"n_train": min(sizes, default=0), "folds": len(sizes)}
    why = undecided(scores, experiment)
    if why:
        return {**row, "n_test": 0, "note": why}
    row |= _best(results, variant, experiment)
    row |= _mean(scores, experiment)
    draws = one(scores, experiment=experiment, seed=None, draw=None, metric="accuracy")
    if draws is not None:
        row |= {"draws_low": draws["low"], "draws_high": draws["high"]}
        row |= {"draws_median": draws["value"], "draws": draws["n"]}
    notes = [row.pop("best_note", ""), row.pop("mean_note", "")]
    row["note"] = "; ".join(dict.fromkeys(note for note in notes if note))
    return row


def _best(results: Results, variant: str, experiment: str) -> dict:
    """The best seed: where it was chosen, its accuracy and Wilson interval."""
    split = results.variants[variant]["best_of"]
    # A baseline has one run, so that nothing is chosen.
    runs = results.scores[variant]
    runs = runs[(runs["experiment"] == experiment) & (runs["draw"] == 0)]
    several = runs["seed"].nunique() > 1
    seed = chosen_seed(results.predictions[variant], experiment, split if several else "test")
    if seed is None:
        return {"best_note": f"no {split} predictions to choose a seed on"}
    where = {"experiment": experiment, "seed": seed, "draw": 0, "metric": "accuracy"}
    row = one(runs, **where, method="wilson")
    if row is None:
        return {"best_note": f"seed {seed} has no accuracy"}
    return {
        "best_accuracy": row["value"],
        "best_seed": seed,
        "chosen_on": split if several else "",
        "best_wilson_low": row["low"],
        "best_wilson_high": row["high"],
    }


def _mean(scores: pd.DataFrame, experiment: str) -> dict:
    """Means over the seeds of the first draw, with the interval from blocks of time."""
    own = scores[(scores["experiment"] == experiment) & (scores["draw"] == 0)]
    runs = own[own["seed"].notna() & (own["method"] == "wilson")]
    pooled = {
        metric: one(own, seed=None, metric=metric, method="block bootstrap")
        for metric in ("accuracy", "mcc", "auc", "balanced_accuracy")
    }
    row = {"seeds": len(runs), "sd_accuracy": runs["value"].std(ddof=1)}
    row |= {metric: found["value"] for metric, found in pooled.items() if found is not None}
    accuracy = pooled["accuracy"]
    row.pop("accuracy", None)
    if accuracy is None:
        return row
    row |= {"mean_accuracy": accuracy["value"], "n_test": accuracy["n"]}
    row |= {"mean_block_low": accuracy["low"], "mean_block_high": accuracy["high"]}
    note = accuracy["note"]
    if pd.isna(accuracy["low"]) and note:
        note = f"no block interval: {note}"
    return row | {"mean_note": note}

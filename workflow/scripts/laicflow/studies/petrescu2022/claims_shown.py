"""The paper's numbers beside those of the run, for people."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from laicflow.evaluation.baselines import MAJORITY
from laicflow.evaluation.intervals import BLOCKS
from laicflow.report.formats import shown
from laicflow.report.lookup import one, undecided
from laicflow.studies.petrescu2022 import table_network
from laicflow.studies.petrescu2022.figure_training import class_share, followed_part
from laicflow.studies.petrescu2022.printed import METRIC, claim_of, printed
from laicflow.studies.petrescu2022.reasons import facts_of, length, why_silent
from laicflow.studies.results import Results

# Printed with three digits.
ROUNDED = 0.0006
# The part of a variant's split behind each share that the paper prints.
PARTS = {"share_training": "training", "share_validation": "validation"}
COUNTED = {"events_": ("events", "earthquakes", 0), "magnitude_": ("magnitude_max", "largest", 1)}


def claims(results: Results) -> dict[str, pd.DataFrame]:
    """A table for each kind of number that the paper prints, under a title.

    Needs samples, splits, scores and notes.
    """
    found = {
        "Accuracy by the length of the windows": _accuracies(results),
        f"Shares of the larger class. {constant_words(results.settings['claims'])}": _shares(
            results
        ),
        "Earthquakes of the observatories": _sites(results),
        "Parameters of the network": _parameters(results),
    }
    return {title.strip(): table for title, table in found.items() if len(table)}


def constant_words(claims: dict) -> str:
    """Where printed accuracies are shares of a class, or sum to 1: what that says of them."""
    accuracies = {
        name: claim["value"] for name, claim in claims.items() if claim.get("metric") == METRIC
    }
    shares = {name: claims[name]["value"] for name in PARTS if name in claims}
    said = [
        f"{a:g} + {b:g} = 1"
        for a, b in combinations(accuracies.values(), 2)
        if abs(a + b - 1) < ROUNDED
    ]
    said += [
        f"{value:g} = 1 - {1 - value:.3f} is the share of a class ({share:g})"
        for value in accuracies.values()
        for share in shares.values()
        if min(abs(value - share), abs(1 - value - share)) < ROUNDED
    ]
    if not said:
        return ""
    return (
        f"Among the accuracies that the paper prints {', and '.join(said)}: a network has such "
        "numbers that always says the same, whichever class it says."
    )


def _accuracies(results: Results) -> pd.DataFrame:
    """A row a printed accuracy and variant of the same length."""
    rows = []
    for claim, minutes in printed(results.settings):
        said = {"windows of": length(minutes), "in the paper": f"{claim['value']:.3f}"}
        said["where"] = claim["where"]
        same = [v for v in results.variants if claim_of(results, v) is claim]
        for variant in same:
            rows.append({**said, "variant": variant, **_tested(results, variant, claim)})
        if not same:
            told = "not among the variants that are set side by side here: see fig7"
            rows.append({**said, "variant": "", "accuracy (block 95 %)": told})
    return pd.DataFrame(rows).fillna("")


def _tested(results: Results, variant: str, claim: dict) -> dict:
    """Accuracy of a variant, its interval, and that of the majority class."""
    scores = results.scores[variant]
    if undecided(scores, claim["experiment"]):
        return {"accuracy (block 95 %)": why_silent(results, variant, claim["experiment"])}
    where = {"seed": None, "draw": 0, "metric": METRIC, "method": BLOCKS}
    row = one(scores, experiment=claim["experiment"], **where)
    other = one(scores, experiment=MAJORITY, **where)
    ends = f"no interval: {row['note']}"
    if not pd.isna(row["low"]):
        ends = f"{row['low']:.3f}–{row['high']:.3f}"
    return {
        "accuracy (block 95 %)": f"{row['value']:.3f} ({ends})",
        "majority class": "" if other is None else f"{other['value']:.3f}",
        "test samples": str(row["n"]),
    }


def _shares(results: Results) -> pd.DataFrame:
    """Share of the larger class in training and in what is followed, beside what the paper says."""
    told = results.settings["claims"]
    if not any(name in told for name in PARTS):
        return pd.DataFrame()
    rows = [{"": "in the paper"}]
    rows[0] |= {part: f"{told[name]['value']:.4f}" for name, part in PARTS.items() if name in told}
    for variant in results.variants:
        followed = followed_part(results, variant)
        row = {"": f"{variant} (validation: its {followed} samples)"}
        for part, own in (("training", "train"), ("validation", followed)):
            row[part] = shown(class_share(results, variant, own))
        rows.append(row)
    return pd.DataFrame(rows)


def _sites(results: Results) -> pd.DataFrame:
    """Earthquakes and largest magnitude of each observatory; whom the run does not have is said."""
    rows = []
    there = results.tensors["site"].values.tolist()
    for name, claim in results.settings["claims"].items():
        kind = next((key for key in COUNTED if name.startswith(key)), None)
        if kind is None:
            continue
        column, what, digits = COUNTED[kind]
        site = name.removeprefix(kind)
        row = {"site": site, "what": what, "in the paper": f"{claim['value']:.{digits}f}"}
        if site not in there:
            rows.append(row | {"": "not in this run"})
            continue
        for variant in results.variants:
            own = facts_of(results.samples[variant]).get("by_site", {}).get(site, {})
            row[variant] = shown(own.get(column), digits)
        rows.append(row)
    return pd.DataFrame(rows).fillna("")


def _parameters(results: Results) -> pd.DataFrame:
    """Parameters of the published network and of that of each variant."""
    claim = results.settings["claims"].get("parameters")
    if claim is None:
        return pd.DataFrame()
    row = {"in the paper": f"{claim['value']:,}"}
    for variant, own in results.variants.items():
        head = f"{variant} ({length(own['window']['minutes'])})"
        row[head] = f"{table_network.total(table_network.options_of(own)):,}"
    return pd.DataFrame([row])

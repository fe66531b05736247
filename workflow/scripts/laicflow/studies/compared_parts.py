"""What the figures that set variants side by side have in common."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.plots import forest, style
from laicflow.plots.forest import Look
from laicflow.report.lookup import BASELINE_LABELS
from laicflow.studies.results import Results

METRICS = {
    "balanced_accuracy": "balanced accuracy",
    "mcc": "MCC",
    "auc": "AUC",
    "f1": "F1",
    "brier": "Brier score",
}
# Value of each metric without any skill, where labels are balanced.
CHANCE = {"accuracy": 0.5, "balanced_accuracy": 0.5, "auc": 0.5, "mcc": 0.0}
NETWORKS = (Look(style.BLUE), Look(style.PURPLE, "D", 5), Look(style.BLACK, "v", 5))
BASELINES = {
    "baseline_date": Look(style.ORANGE, "s", 4.2, 0.9),
    "baseline_neuron": Look(style.GREEN, "^", 4.5, 0.9),
    "baseline_majority": Look("#9A9A9A", "X", 4.5, 0.9),
}
UNITS = {
    "value": "1",
    "low": "1",
    "high": "1",
    "n": "1",
    "n_eff": "1",
    "seeds": "1",
    "folds": "1",
    "n_train": "1",
    "difference": "1",
    "difference_low": "1",
    "difference_high": "1",
    "n_shared": "1",
    "gap_days": "d",
    "normal_share": "1",
}


def compared(results: Results) -> pd.DataFrame:
    """The rows of the headline's metric, one a variant and experiment."""
    table = results.comparison
    metric = results.settings["headline"]["metric"]
    own = table[table["metric"] == metric] if table is not None else pd.DataFrame()
    own = own[own["variant"].isin(list(results.variants))] if len(own) else own
    if own.empty:
        raise LaicflowError(f"{results.study}: no variants to compare in {metric}")
    if own.duplicated(["variant", "experiment"]).any():
        raise LaicflowError(f"{results.study}: a variant is compared twice in {metric}")
    place = {name: i for i, name in enumerate(results.variants)}
    own = own.assign(place=own["variant"].map(place), note=own["note"].fillna(""))
    return own.sort_values("place", kind="stable").drop(columns="place").reset_index(drop=True)


def looks_of(results: Results, table: pd.DataFrame, baselines: tuple[str, ...]) -> dict[str, Look]:
    """How each experiment looks: the headline's first, other networks, then baselines."""
    there = list(dict.fromkeys(table["experiment"]))
    headline = results.settings["headline"]["experiment"]
    networks = [name for name in there if name not in BASELINES]
    networks.sort(key=lambda name: name != headline)
    if not networks:
        raise LaicflowError(f"{results.study}: no network to compare")
    looks = {name: NETWORKS[i % len(NETWORKS)] for i, name in enumerate(networks)}
    return looks | {name: BASELINES[name] for name in baselines if name in there}


def label_of(results: Results, experiment: str) -> str:
    """The name of a network or baseline in a legend."""
    if experiment in BASELINE_LABELS:
        return BASELINE_LABELS[experiment].lower()
    return results.settings["experiments"][experiment]["label"]


def metric_name(results: Results) -> str:
    """The headline's metric in words."""
    metric = results.settings["headline"]["metric"]
    return METRICS.get(metric, metric)


def marks_of(results: Results, claim: dict | None = None) -> list[tuple[float, str, str, str]]:
    """What chance would give and what the paper prints: value, words, colour, dashes.

    Parameters
    ----------
    claim : of the paper, by default the headline's
    """
    headline = results.settings["headline"]
    marks = []
    if headline["metric"] in CHANCE:
        chance = CHANCE[headline["metric"]]
        marks.append((chance, f"chance {chance:g}", style.DARK_GREY, ":"))
    if claim is None:
        claim = results.settings["claims"].get(headline["claim"], {})
    if claim.get("metric") == headline["metric"]:
        marks.append((claim["value"], f"paper {claim['value']:g}", style.BLACK, "--"))
    return marks


def units_of(columns: list[str]) -> dict[str, str]:
    """Units of those columns that have one."""
    return {name: UNITS[name] for name in columns if name in UNITS}


def draw_legend(place: Figure, handles: list, columns: int) -> None:
    """Handles in columns at the head of a figure."""
    place.legend(handles=handles, loc="center left", ncols=columns, frameon=False)


def draw_notes(place: Figure, table: pd.DataFrame, results: Results) -> None:
    """Notes of the rows below the figure."""
    text = "\n".join(_said(table, results))
    look = {"fontsize": forest.SMALL, "color": style.DARK_GREY, "linespacing": 1.3}
    place.text(0.01, 0.95, text, va="top", ha="left", **look)


def heights_of(
    body: float, rows_of_legend: int, table: pd.DataFrame, results: Results
) -> list[float]:
    """Heights of legend, panels and notes, inches."""
    return [0.1 + 0.17 * rows_of_legend, body, 0.05 + 0.125 * len(_said(table, results))]


def _said(table: pd.DataFrame, results: Results) -> list[str]:
    """What the notes say: variants and experiments of one note together."""
    by_note: dict[str, dict[str, list[str]]] = {}
    for row in table[table["note"] != ""].itertuples():
        by_note.setdefault(row.note, {}).setdefault(row.variant, []).append(row.experiment)
    lines = []
    everyone = set(table["experiment"])
    for note, variants in by_note.items():
        whole = all(set(names) == everyone for names in variants.values())
        names = list(dict.fromkeys(name for own in variants.values() for name in own))
        of = "" if whole else f" ({', '.join(label_of(results, name) for name in names)})"
        lines += textwrap.wrap(f"{', '.join(variants)}{of}: {note}", 132)
    return lines

"""The report's account of the training: what was trained, how far it went, what was left out."""

from __future__ import annotations

import pandas as pd

from laicflow.report.blocks import Grid, grid, plural
from laicflow.studies.results import Results


def sentences(results: Results, shipped: dict) -> list[str]:
    """What was trained in this run, and where that is less than the paper did.

    Parameters
    ----------
    shipped : the study as shipped, which holds the paper's own numbers
    """
    own = results.settings
    rules = own["training"]
    lines = [
        f"{plural(len(own['experiments']), 'network')}, each trained with "
        f"{plural(len(own['seeds']), 'seed')} for {plural(rules['epochs'], 'epoch')} "
        f"({rules['optimizer'].capitalize()}, learning rate {rules['learning_rate']:g}, batches "
        f"of {rules['batch_size']}); the weights kept are those of "
        + (
            "the epoch with the best validation."
            if rules["select"] != "last"
            else "the last epoch."
        )
    ]
    for name, variant in results.variants.items():
        draws = variant["split"]["draws"]
        if draws > 1:
            lines.append(
                f"Variant {name}: {draws} draws of samples and split; the first has all seeds, "
                f"each of the {draws - 1} others one."
            )
    lines += _less(own, shipped)
    return lines


def _less(own: dict, shipped: dict) -> list[str]:
    """What this run does less of than the study as shipped, which follows the paper."""
    lines = []
    epochs, before = own["training"]["epochs"], shipped["training"]["epochs"]
    if epochs < before:
        lines.append(f"Fewer epochs than published: {epochs} instead of {before}.")
    if len(own["seeds"]) < len(shipped["seeds"]):
        lines.append(
            f"Fewer training runs than published: {len(own['seeds'])} instead of "
            f"{len(shipped['seeds'])}."
        )
    models = own.get("models", {})
    if models.get("pretrained") == "none":
        lines.append(
            "The networks start from random weights; the paper starts from weights trained on "
            "ImageNet."
        )
    parts = [(models.get(name, 1), name) for name in ("width", "depth")]
    reduced = [f"{100 * share:g} % of their {name}" for share, name in parts if share < 1]
    if reduced:
        lines.append(
            f"The networks are reduced to {' and '.join(reduced)}, so their accuracy is not that "
            "of the published ones."
        )
    return lines


def summary(results: Results) -> Grid:
    """How far the training of each network went on the first draw: medians over runs and folds."""
    rows = []
    for variant, history in results.history.items():
        for experiment, own in history.groupby("experiment", sort=False):
            label = results.settings["experiments"][experiment]["label"]
            runs = [run for _, run in own.groupby(["seed", "draw", "fold"])]
            last = pd.DataFrame([run.sort_values("epoch").iloc[-1] for run in runs])
            best = pd.Series([run["validation_accuracy"].max() for run in runs], dtype="float64")
            rows.append(
                [
                    label,
                    variant,
                    len(runs),
                    int(own.groupby(["seed", "draw", "fold"])["epoch"].nunique().max()),
                    float(last["train_loss"].median()),
                    float(last["validation_loss"].median()),
                    float(best.median()),
                ]
            )
    head = [
        "network",
        "variant",
        "runs",
        "epochs",
        "last training loss",
        "last validation loss",
        "best validation accuracy",
    ]
    return grid(head, rows, "Training on the first draw, medians over the runs")


def notes(results: Results) -> Grid:
    """What the training noted, such as what was left out, and how often."""
    rows = []
    for variant, table in results.notes.items():
        for (experiment, why), own in table.groupby(["experiment", "why"], sort=True):
            label = results.settings["experiments"].get(experiment, {}).get("label", experiment)
            rows.append([variant, label, len(own), why])
    return grid(["variant", "network or baseline", "times", "why"], rows, "Notes of the training")

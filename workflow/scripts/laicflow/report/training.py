"""The report's account of the training: what was trained, how far it went, what was left out."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from laicflow.config import trained
from laicflow.limits import training_of
from laicflow.report.blocks import Grid, grid, plural, setting
from laicflow.studies.results import Results

# What the notes of a network say of its first weights.
SCRATCH = "from scratch"
WEIGHTS = "weights "
NO_WEIGHTS = " could be had from the hub "
RANDOM = "random first weights "

PRECISIONS = {
    "auto": "32 bits, and bfloat16 beside them on a GPU that has it",
    "32-true": "32 bits",
    "bf16-mixed": "bfloat16 beside 32 bits",
    "16-mixed": "16 bits beside 32 bits",
}
MIXES = {
    "cutmix": "CutMix with a share ~ Beta({cutmix_alpha:g}, {cutmix_alpha:g})",
    "mixup": "Mixup with a weight ~ Beta({mixup_alpha:g}, {mixup_alpha:g})",
}
# Settings of the training that have a sentence of their own, or change no result.
TOLD = ("augment", "keep_weights")


def sentences(results: Results, shipped: dict, left_open: Iterable[str] = ()) -> list[str]:
    """What was trained in this run, and where that is less than the paper did.

    Parameters
    ----------
    shipped : the study as shipped, which holds the paper's own numbers
    left_open : settings that the paper does not give
    """
    own = results.settings
    rules = own["training"]
    names = trained(own)
    if not any(map(trained, results.variants.values())):
        return ["No network is trained in this run."]
    if trials := own.get("tuning", {}).get("trials"):
        lines = _tuned(results, len(names), trials)
        return lines + _followed(results) + first_weights(results) + _less(own, shipped, left_open)
    each = "each " if len(names) > 1 else ""
    lines = [
        f"{plural(len(names), 'network')}, {each}trained with "
        f"{plural(len(own['seeds']), 'seed')} for {plural(rules['epochs'], 'epoch')} "
        f"({rules['optimizer'].capitalize()}, learning rate {rules['learning_rate']:g}, batches "
        f"of {rules['batch_size']}); the weights kept are those of {_kept(rules)}."
    ]
    others = [
        name
        for name, variant in results.variants.items()
        if _kept(variant["training"]) != _kept(rules)
    ]
    if others:
        kept = _kept(results.variants[others[0]]["training"])
        word = "Variants" if len(others) > 1 else "Variant"
        lines.append(f"{word} {', '.join(others)}: those of {kept}.")
    if rules.get("patience"):
        epochs = plural(rules["patience"], "epoch")
        lines.append(f"Training stops after {epochs} without a better validation loss.")
    precision = rules.get("precision", "auto")
    lines.append(f"Precision: {PRECISIONS.get(precision, precision)}.")
    lines += _augmented(own, names) + _overrides(own, names)
    for name, variant in results.variants.items():
        draws = variant["split"]["draws"]
        if draws > 1:
            lines.append(
                f"Variant {name}: {draws} draws of samples and split; the first has all seeds, "
                f"each of the {draws - 1} others one."
            )
        if trained(variant) != names:
            lines.append(f"Variant {name} trains {labels_of(own, trained(variant))} alone.")
    return lines + _followed(results) + first_weights(results) + _less(own, shipped, left_open)


def _kept(rules: dict) -> str:
    """The epoch whose weights are kept."""
    return "the last epoch" if rules["select"] == "last" else "the epoch with the best validation"


def _tuned(results: Results, models: int, trials: int) -> list[str]:
    """How the options were found, and by which samples they were chosen."""
    seeds = plural(len(results.settings["seeds"]), "seed")
    lines = [
        f"{plural(models, 'model')}, each with {seeds}; epochs, batches and options as tuned in "
        f"{plural(trials, 'trial')} a model, of one that starts from another as tuned there."
    ]
    judged = [
        name for name, own in results.variants.items() if own["tuning"].get("judge") == "test"
    ]
    if judged:
        word = "Variants" if len(judged) > 1 else "Variant"
        lines.append(
            f"{word} {', '.join(judged)}: options were chosen by the test samples, as published, "
            "which then are none any more: their scores are too good."
        )
    return lines


def _followed(results: Results) -> list[str]:
    """Where the samples that are followed through the epochs are those of the test."""
    names = [
        name
        for name, own in results.variants.items()
        if own["training"].get("follow", "validation") == "test"
    ]
    if not names:
        return []
    word = "Variants" if len(names) > 1 else "Variant"
    return [
        f"{word} {', '.join(names)}: the test samples are followed through the epochs, as in the "
        "paper, which calls them validation. What stands under validation is of them; no epoch is "
        "chosen by them, and the best of their epochs is too good."
    ]


def first_weights(results: Results) -> list[str]:
    """From which weights the networks started, as the training noted it."""
    found: dict[str, list[str]] = {}
    for table in results.notes.values():
        for row in table[table["draw"].isna()].itertuples():
            if row.why.startswith((SCRATCH, WEIGHTS, RANDOM)):
                # All that could not be had for one reason go into one sentence.
                _, split, reason = row.why.partition(NO_WEIGHTS)
                key = reason if split else row.why
                experiments = found.setdefault(key, [])
                if row.experiment not in experiments:
                    experiments.append(row.experiment)
    settings, lines = results.settings, []
    names = set(trained(settings))
    for why, experiments in found.items():
        who = labels_of(settings, experiments)
        if why.startswith(WEIGHTS):
            lines.append(f"First weights of {who}: {why.removeprefix(WEIGHTS)}.")
            continue
        everyone = len(names) > 1 and names <= set(experiments)
        start = "start" if everyone or len(experiments) > 1 else "starts"
        who = "The networks" if everyone else who
        if why.startswith(RANDOM):
            # Of a network without published weights: so does the paper.
            lines.append(f"{who} {start} from random weights {why.removeprefix(RANDOM)}.")
            continue
        reason = "" if why == SCRATCH else f", since none could be had from the hub {why}"
        lines.append(
            f"{who} {start} from random weights{reason}; the "
            "paper starts from weights trained on ImageNet."
        )
    return lines


def labels_of(settings: dict, experiments: list[str]) -> str:
    """Experiments by their labels; a comma within one is no end of it."""
    known = settings["experiments"]
    labels = [known.get(name, {}).get("label", name) for name in experiments]
    return "; ".join(labels) if any("," in label for label in labels) else ", ".join(labels)


def _augmented(own: dict, names: list[str]) -> list[str]:
    """How the images of batches are mixed, and of which networks."""
    found: dict[str, list[str]] = {}
    for name in names:
        rules = training_of(own, name).get("augment", {})
        kind = rules.get("kind", "none")
        if kind == "none":
            continue
        parts = [MIXES[one].format(**rules) for one in ("cutmix", "mixup") if one in kind]
        which = "every batch" if rules["share"] == 1 else f"{100 * rules['share']:g} % of batches"
        drawn = ", one of the two drawn evenly" if len(parts) > 1 else ""
        text = f"images of {which} are mixed: {' or '.join(parts)}{drawn}."
        found.setdefault(text, []).append(name)
    return [f"{labels_of(own, experiments)}: {text}" for text, experiments in found.items()]


def _overrides(own: dict, names: list[str]) -> list[str]:
    """Networks whose options or training differ from those of the study."""
    lines = []
    for name in names:
        one = own["experiments"][name]
        changed = {k: v for k, v in one.get("training", {}).items() if k not in TOLD}
        changed |= one.get("options", {})
        if changed:
            told = ", ".join(f"{key} {setting(value)}" for key, value in changed.items())
            lines.append(f"{one['label']} has settings of its own: {told}.")
    return lines


def _less(own: dict, shipped: dict, left_open: Iterable[str]) -> list[str]:
    """What this run does less of than the study as shipped, which follows the paper."""
    lines = []
    left_out = [name for name in trained(shipped) if name not in trained(own)]
    if left_out:
        lines.append(f"Not trained in this run: {labels_of(shipped, left_out)}.")
    epochs, before = own["training"]["epochs"], shipped["training"]["epochs"]
    # What was tuned has epochs of its own.
    if epochs < before and not own.get("tuning", {}).get("trials"):
        than = "in the study as shipped" if "training.epochs" in set(left_open) else "published"
        lines.append(f"Fewer epochs than {than}: {epochs} instead of {before}.")
    if len(own["seeds"]) < len(shipped["seeds"]):
        # Not every paper says how often it trained.
        known = any("run" in claim for claim in shipped["claims"].values())
        than = "published" if known else "in the study as shipped"
        lines.append(
            f"Fewer training runs than {than}: {len(own['seeds'])} instead of "
            f"{len(shipped['seeds'])}."
        )
    return lines + _reduced(own)


def _reduced(own: dict) -> list[str]:
    """Networks that are smaller than the published ones."""
    names, found = trained(own), {}
    for name in names:
        options = {**own.get("models", {}), **own["experiments"][name].get("options", {})}
        shares = [(options.get(key, 1), key) for key in ("width", "depth")]
        text = " and ".join(
            f"{100 * share:g} % of their {key}" for share, key in shares if share < 1
        )
        if text:
            found.setdefault(text, []).append(name)
    return [
        f"{'The networks' if experiments == names else labels_of(own, experiments)} are reduced to "
        f"{text}, so their accuracy is not that of the published ones."
        if len(experiments) > 1
        else f"{labels_of(own, experiments)} is reduced to {text.replace('their', 'its')}, so its "
        "accuracy is not that of the published one."
        for text, experiments in found.items()
    ]


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

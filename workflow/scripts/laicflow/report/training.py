"""The report's account of the training: what was trained, how far it went, what was left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from laicflow.config import trained, with_variants
from laicflow.limits import shares, training_of
from laicflow.report.blocks import Grid, grid, plural, setting
from laicflow.studies.results import Results
from laicflow.training.data import steps_per_epoch

# What the notes of a network say of its first weights.
SCRATCH = "from scratch"
WEIGHTS = "weights "
NO_WEIGHTS = " could be had from the hub "

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


def sentences(results: Results, shipped: dict) -> list[str]:
    """What was trained in this run, and where that is less than the paper did.

    Parameters
    ----------
    shipped : the study as shipped, which holds the paper's own numbers
    """
    own = results.settings
    rules = own["training"]
    names = trained(own)
    lines = [
        f"{plural(len(names), 'network')}, each trained with "
        f"{plural(len(own['seeds']), 'seed')} for {plural(rules['epochs'], 'epoch')} "
        f"({rules['optimizer'].capitalize()}, learning rate {rules['learning_rate']:g}, batches "
        f"of {rules['batch_size']}); the weights kept are those of "
        + (
            "the epoch with the best validation."
            if rules["select"] != "last"
            else "the last epoch."
        )
    ]
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
            lines.append(f"Variant {name} trains {_labels(own, trained(variant))} alone.")
    return lines + first_weights(results) + _less(own, shipped)


def first_weights(results: Results) -> list[str]:
    """From which weights the networks started, as the training noted it."""
    found: dict[str, list[str]] = {}
    for table in results.notes.values():
        for row in table[table["draw"].isna()].itertuples():
            if row.why.startswith((SCRATCH, WEIGHTS)):
                # All that could not be had for one reason go into one sentence.
                _, split, reason = row.why.partition(NO_WEIGHTS)
                key = reason if split else row.why
                experiments = found.setdefault(key, [])
                if row.experiment not in experiments:
                    experiments.append(row.experiment)
    settings, lines = results.settings, []
    names = set(trained(settings))
    for why, experiments in found.items():
        who = _labels(settings, experiments)
        if why.startswith(WEIGHTS):
            lines.append(f"First weights of {who}: {why.removeprefix(WEIGHTS)}.")
            continue
        reason = "" if why == SCRATCH else f", since none could be had from the hub {why}"
        everyone = len(names) > 1 and names <= set(experiments)
        start = "start" if everyone or len(experiments) > 1 else "starts"
        lines.append(
            f"{'The networks' if everyone else who} {start} from random weights{reason}; the "
            "paper starts from weights trained on ImageNet."
        )
    return lines


def _labels(settings: dict, experiments: list[str]) -> str:
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
    return [f"{_labels(own, experiments)}: {text}" for text, experiments in found.items()]


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


def _less(own: dict, shipped: dict) -> list[str]:
    """What this run does less of than the study as shipped, which follows the paper."""
    lines = []
    left_out = [name for name in trained(shipped) if name not in trained(own)]
    if left_out:
        lines.append(f"Not trained in this run: {_labels(shipped, left_out)}.")
    epochs, before = own["training"]["epochs"], shipped["training"]["epochs"]
    if epochs < before:
        lines.append(f"Fewer epochs than published: {epochs} instead of {before}.")
    if len(own["seeds"]) < len(shipped["seeds"]):
        lines.append(
            f"Fewer training runs than published: {len(own['seeds'])} instead of "
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
        f"{'The networks' if experiments == names else _labels(own, experiments)} are reduced to "
        f"{text}, so their accuracy is not that of the published ones."
        if len(experiments) > 1
        else f"{_labels(own, experiments)} is reduced to {text.replace('their', 'its')}, so its "
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


@dataclass(frozen=True)
class _Load:
    """What a study asks of one network under one variant.

    Attributes
    ----------
    fits : networks that are trained
    steps : optimizer steps in an epoch, the mean over the folds
    total : optimizer steps of all fits and epochs
    """

    fits: int
    steps: float
    total: float


def full_grid(results: Results, shipped: dict) -> Grid:
    """How long the study as shipped would train, by the steps that this run measured.

    Parameters
    ----------
    results : of which the table `timing` is read; without it the grid has no rows
    shipped : the study as shipped

    A row a network over the variants that are shown, one for the variants that only comparisons
    read, and the sum. The batch is the one that was measured.
    """
    rows = []
    for name, step, loads in _loads(results, shipped, shipped["shown"]):
        fits = sum(load.fits for load in loads.values())
        steps = ", ".join(f"{load.steps:.4g} ({variant})" for variant, load in loads.items())
        epochs = training_of(shipped, name)["epochs"]
        seeds = {len(with_variants(shipped)[variant]["seeds"]) for variant in loads}
        hours = sum(load.total for load in loads.values()) * step["step_s"] / 3600
        cells = [f"{step['parameters']:,}", f"{step['step_s']:.3g}", steps, str(epochs)]
        rows.append([shipped["experiments"][name]["label"], *cells])
        rows[-1] += [" / ".join(map(str, sorted(seeds))), f"{fits:,}", f"{hours:,.1f}"]
    if rows:
        fits, hours = _probes(results, shipped)
        if fits:
            label = "all, in the variants that only comparisons read"
            rows.append([label, "", "", "", "", "", f"{fits:,}", f"{hours[0]:,.1f}"])
        fits, hours = _sum(results, shipped)
        rows.append(["sum", "", "", "", "", "", f"{fits:,}", f"{hours[0]:,.1f}"])
    head = ["network", "parameters", "seconds a step", "steps an epoch", "epochs", "seeds"]
    made = grid([*head, "trainings", "hours"], rows, "Time of the full grid")
    made.numeric = [False, True, True, False, True, True, True, True]
    return made


def full_grid_sentences(results: Results, shipped: dict) -> list[str]:
    """What the hours of `full_grid` are and what is not in them; none without measured steps."""
    timing = results.timing
    if timing is None or timing.empty:
        return []
    first = timing.iloc[0]
    fits, (hours, low, high) = _sum(results, shipped)
    threads = f", {plural(int(first['threads']), 'thread')}" if first["device"] == "CPU" else ""
    batch = shipped["training"]["batch_size"]
    other = "" if first["batch"] == batch else f" (the study has {batch})"
    lines = [
        f"The hours of the full grid are extrapolated from measured steps: "
        f"{plural(int(first['steps']), 'step')} of each network at its full size on the device of "
        f"this run ({first['device']}{threads}, {first['precision']}, batches of "
        f"{first['batch']}{other}). {plural(fits, 'training')} would take {hours:,.1f} hours of "
        f"one such device, {low:,.1f} to {high:,.1f} by the fastest and the slowest steps.",
        "They count every epoch, but no loading, no prediction and no simulated world.",
    ]
    known = set(timing["experiment"])
    left_out = [name for name in trained(shipped) if name not in known]
    if left_out:
        lines.append(f"Not measured and not in the sum: {_labels(shipped, left_out)}.")
    return lines


def _load(study: dict, experiment: str, batch: int) -> _Load:
    """What a study, a variant laid over it, asks of one network in batches of `batch`."""
    runs = len(study["seeds"]) + study["split"]["draws"] - 1
    samples = 2 * study["samples"]["per_class"]
    steps = [steps_per_epoch(round(samples * share), batch) for share in shares(study["split"])]
    epochs = training_of(study, experiment)["epochs"]
    return _Load(len(steps) * runs, sum(steps) / len(steps), sum(steps) * runs * epochs)


def _loads(
    results: Results, shipped: dict, variants: list[str]
) -> Iterator[tuple[str, dict, dict[str, _Load]]]:
    """Each measured network that some of the variants train: name, its step, load by variant."""
    if results.timing is None:
        return
    measured = {row["experiment"]: row for row in results.timing.to_dict("records")}
    studies = {name: own for name, own in with_variants(shipped).items() if name in variants}
    for name, step in measured.items():
        loads = {
            variant: _load(own, name, step["batch"])
            for variant, own in studies.items()
            if name in trained(own)
        }
        if name in shipped["experiments"] and loads:
            yield name, step, loads


def _probes(results: Results, shipped: dict) -> tuple[int, list[float]]:
    """Trainings and hours (typical, least, most) of the variants that only comparisons read."""
    compared = [name for group in shipped["compare"].values() for name in group]
    only = [name for name in dict.fromkeys(compared) if name not in shipped["shown"]]
    return _total(_loads(results, shipped, only))


def _sum(results: Results, shipped: dict) -> tuple[int, list[float]]:
    """Trainings and hours (typical, least, most) of all variants."""
    fits, hours = _total(_loads(results, shipped, shipped["shown"]))
    more, others = _probes(results, shipped)
    return fits + more, [one + other for one, other in zip(hours, others, strict=True)]


def _total(
    parts: Iterable[tuple[str, dict, dict[str, _Load]]],
) -> tuple[int, list[float]]:
    """Trainings, and their hours by the median, the fastest and the slowest steps."""
    fits, hours = 0, [0.0, 0.0, 0.0]
    for _, step, loads in parts:
        fits += sum(load.fits for load in loads.values())
        total = sum(load.total for load in loads.values()) / 3600
        for place, key in enumerate(("step_s", "step_s_low", "step_s_high")):
            hours[place] += total * step[key]
    return fits, hours

"""The training loss of what the study varies: optimizers, learning rates, depth (fig. 6)."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.config import trained
from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.studies.petrescu2022.figure_training import LN2, STEEP, first_draw
from laicflow.studies.petrescu2022.reasons import why_silent
from laicflow.studies.results import Results

COLUMNS = (
    "variant",
    "experiment",
    "label",
    "group",
    "epoch",
    "seeds",
    "loss",
    "loss_low",
    "loss_high",
    "followed_loss",
    "note",
)
UNITS = dict.fromkeys(("epoch", "seeds", "loss", "loss_low", "loss_high", "followed_loss"), "1")
# What is varied, and where that one setting stands in an experiment.
GROUPS = {
    "optimizers": ("training", "optimizer"),
    "learning rates": ("training", "learning_rate"),
    "numbers of convolutions": ("options", "layers"),
}
COLOURS = (style.BLACK, style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE)
# Convolutions of the published network.
LAYERS = 3


def fig6(results: Results) -> Drawn:
    """Training loss by epoch in three panels; thinner, the loss of the samples that are followed.

    A row of panels for each variant that trained more than the headline's network; where none did,
    one for the first that was trained. A panel in which nothing was varied says so.

    Raises
    ------
    LaicflowError : there is no variant
    """
    variants = _chosen(results)
    if not variants:
        raise LaicflowError(f"{results.study}: no variant whose training could be shown")
    figure = Figure(figsize=(style.PAGE, 0.2 + 2.5 * len(variants)), layout="constrained")
    axes = figure.subplots(len(variants), len(GROUPS), squeeze=False, sharey="row")
    parts = []
    for row, variant in zip(axes, variants, strict=True):
        for ax, group in zip(row, GROUPS, strict=True):
            parts.append(_panel(ax, results, variant, group))
        row[0].set_ylabel(f"{variant}\ncross-entropy")
        if max((one["loss"].max() for one in parts[-len(GROUPS) :]), default=0) > STEEP * LN2:
            row[0].set_yscale("log")
    data = pd.concat(parts, ignore_index=True)
    return Drawn(figure, data, UNITS)


def varied(settings: dict, place: str, key: str) -> dict[str, object]:
    """Experiments that differ from the headline's in one setting alone, and the value each has.

    The headline's own is the first; None where the settings do not say its value.

    Parameters
    ----------
    place : training or options
    key : the setting
    """
    headline = settings["headline"]["experiment"]
    whole = settings.get("training" if place == "training" else "models", {})
    own = settings["experiments"][headline].get(place, {})
    found = {headline: own.get(key, whole.get(key))}
    for name, one in settings["experiments"].items():
        changed = {(p, k): v for p in ("training", "options") for k, v in one.get(p, {}).items()}
        if list(changed) == [(place, key)] and name != headline:
            found[name] = changed[place, key]
    return found


def members(settings: dict, group: str) -> dict[str, str]:
    """Experiments of a group by the label that a legend gives them; numbers ascend."""
    found = varied(settings, *GROUPS[group])
    if group == "optimizers":
        return {name: settings["experiments"][name]["label"] for name in found}
    if group == "numbers of convolutions":
        known = {name: LAYERS if value is None else value for name, value in found.items()}
        return {name: f"{n}" for name, n in sorted(known.items(), key=lambda item: item[1])}
    headline = settings["headline"]["experiment"]
    if found[headline] is None:
        return {headline: "as the study's"}
    return {name: f"{rate:g}" for name, rate in sorted(found.items(), key=lambda item: item[1])}


def _chosen(results: Results) -> list[str]:
    """The variants to show."""
    more = [name for name, own in results.variants.items() if len(trained(own)) > 1]
    there = [name for name in more if len(results.history[name])]
    if there or more:
        return there or more[:1]
    some = [name for name in results.variants if len(results.history[name])]
    return (some or list(results.variants))[:1]


def _panel(ax: Axes, results: Results, variant: str, group: str) -> pd.DataFrame:
    """One panel; returns its numbers, those of the curves or why there is none."""
    parts = []
    for number, (name, label) in enumerate(members(results.settings, group).items()):
        own = first_draw(results, variant, name)
        if own.empty:
            continue
        rows = _by_epoch(own).assign(variant=variant, experiment=name, label=label, group=group)
        _curve(ax, rows, COLOURS[number % len(COLOURS)], label)
        parts.append(rows)
    ax.set_title(group, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    headline = results.settings["headline"]["experiment"]
    varied = [one for one in parts if one["experiment"].iloc[0] != headline]
    why = "" if varied else f"of these {group} no other was trained in this run"
    if not parts:
        why = why_silent(results, variant, headline)
        nothing = {"variant": variant, "experiment": headline, "label": "", "group": group}
        parts = [pd.DataFrame([nothing])]
    else:
        ax.axhline(LN2, color=style.DARK_GREY, ls=":", lw=0.9)
        under = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.2), "ncols": 3}
        ax.legend(frameon=False, fontsize=6.5, handlelength=1.4, columnspacing=1.0, **under)
        ax.set_xlabel("epoch")
    if why:
        look = {"fontsize": 6.5, "style": "italic", "color": style.DARK_GREY, "va": "center"}
        ax.text(0.2, 0.5, "\n".join(textwrap.wrap(why, 30)), transform=ax.transAxes, **look)
    return _conform(pd.concat(parts, ignore_index=True), why)


def _by_epoch(own: pd.DataFrame) -> pd.DataFrame:
    """Mean and range over the runs of each epoch."""
    by_epoch = own.groupby("epoch")
    return pd.DataFrame(
        {
            "seeds": by_epoch["seed"].nunique(),
            "loss": by_epoch["train_loss"].mean(),
            "loss_low": by_epoch["train_loss"].min(),
            "loss_high": by_epoch["train_loss"].max(),
            "followed_loss": by_epoch["validation_loss"].mean(),
        }
    ).reset_index()


def _curve(ax: Axes, rows: pd.DataFrame, colour: str, label: str) -> None:
    """Training loss with its range, and thinner that of the samples that are followed."""
    at = rows["epoch"].to_numpy(dtype="float64")
    ax.fill_between(at, rows["loss_low"], rows["loss_high"], color=colour, alpha=0.15, lw=0)
    ax.plot(at, rows["loss"], color=colour, lw=1.4, label=label)
    ax.plot(at, rows["followed_loss"], color=colour, lw=0.6)
    ax.xaxis.get_major_locator().set_params(integer=True)


def _conform(table: pd.DataFrame, why: str) -> pd.DataFrame:
    """The columns of the figure, each of its type."""
    table = table.assign(note=why)
    for column in COLUMNS:
        if column not in table:
            table[column] = pd.NA
    whole = {"epoch": "Int64", "seeds": "Int64"}
    numbers = dict.fromkeys(("loss", "loss_low", "loss_high", "followed_loss"), "float64")
    table[list(numbers)] = table[list(numbers)].astype("Float64")
    return table[list(COLUMNS)].astype(whole | numbers)

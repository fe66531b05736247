"""Learning curves: accuracy and loss over the number of training samples (fig. 8)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from laicflow import seeds
from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.report.lookup import one, training_sizes, undecided
from laicflow.studies.petrescu2022 import power_law
from laicflow.studies.petrescu2022.figure_training import LN2, STEEP, first_draw
from laicflow.studies.petrescu2022.figure_trials import varied
from laicflow.studies.petrescu2022.power_law import Law
from laicflow.studies.petrescu2022.reasons import (
    height_below,
    told_below,
    why_silent,
    write_below,
)
from laicflow.studies.results import Results

COLUMNS = {
    "variant": "str",
    "kind": "str",
    "experiment": "str",
    "share": "float64",
    "n_train": "float64",
    "seeds": "Int64",
    "accuracy": "float64",
    "low": "float64",
    "high": "float64",
    "training_accuracy": "float64",
    "loss": "float64",
    "loss_low": "float64",
    "loss_high": "float64",
    "training_loss": "float64",
    "note": "str",
}
UNITS = {name: "1" for name, kind in COLUMNS.items() if kind != "str"}
METRIC = "accuracy"
TRAINING, HELD_OUT = style.BLUE, style.VERMILLION
# The held-out loss whose sample size is extrapolated: half that of a coin.
WANTED = LN2 / 2
# Points of a drawn law, and how far it is drawn beyond the largest size.
POINTS, BEYOND = 25, 2.0


def fig8(results: Results) -> Drawn:
    """Accuracy and loss over the training samples, and the inverse power law through the loss.

    Needs scores, splits, samples, notes and history. Accuracy is that on the test samples, with the
    range over the seeds; loss that of the followed samples after the last epoch. A law is fitted
    to the runs of each variant (`power_law.fit`); where there is none, the figure says why.

    Raises
    ------
    LaicflowError : there is no variant
    """
    if not results.variants:
        raise LaicflowError(f"{results.study}: no variant that could be trained on fewer samples")
    parts, laws, reasons = [], {}, {}
    for variant in results.variants:
        rows, runs, why = _measured(results, variant)
        if why:
            reasons[variant] = why
            parts.append(pd.DataFrame([{"variant": variant, "kind": "measured", "note": why}]))
            continue
        law = _law(results, variant, rows, runs)
        reasons[variant] = _said(law)
        parts += [rows, _drawn_law(variant, law, rows)]
        if len(rows) > 1:
            laws[variant] = law
        else:
            reasons[variant] = "no learning curve: trained on one number of samples alone"
    data = _conform(pd.concat([part for part in parts if len(part)], ignore_index=True))
    lines = told_below(reasons)
    heights = [0.3, max(2.2 * len(laws), 0.02), height_below(lines)]
    figure = Figure(figsize=(style.PAGE, sum(heights) + 0.1), layout="constrained")
    head, body, low = figure.subfigures(3, 1, height_ratios=heights)
    if laws:
        _legend(head, any(not law.why for law in laws.values()))
        axes = body.subplots(len(laws), 2, squeeze=False)
        for pair, variant in zip(axes, laws, strict=True):
            _draw(pair, data[data["variant"] == variant], variant)
    write_below(low, lines)
    return Drawn(figure, data, UNITS)


def shares(settings: dict) -> dict[str, float]:
    """Experiments by the share of the training samples that they see, the headline's with its own.

    The smallest share comes first.
    """
    found = varied(settings, "training", "share")
    known = {name: 1.0 if value is None else float(value) for name, value in found.items()}
    return dict(sorted(known.items(), key=lambda item: item[1]))


def _measured(results: Results, variant: str) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """A row a share that was trained, the last epoch of every run, and why there is none."""
    sizes = training_sizes(results.splits[variant])
    rows, runs = [], []
    for name, share in shares(results.settings).items():
        history = first_draw(results, variant, name)
        if history.empty or undecided(results.scores[variant], name):
            continue
        last = history.sort_values("epoch").groupby(["seed", "fold"]).tail(1)
        # A run of a seed is the mean over its folds.
        by_seed = last.groupby("seed")[["train_loss", "train_accuracy", "validation_loss"]].mean()
        where = {"experiment": name, "seed": None, "draw": 0, "metric": METRIC}
        scored = one(results.scores[variant], method="seeds", **where)
        n = float(np.mean(sizes)) * share
        row = {"variant": variant, "kind": "measured", "experiment": name, "share": share}
        row |= {"n_train": n, "seeds": len(by_seed), "note": ""}
        if scored is not None:
            row |= {"accuracy": scored["value"], "low": scored["low"], "high": scored["high"]}
        held = by_seed["validation_loss"]
        row |= {"loss": held.mean(), "loss_low": held.min(), "loss_high": held.max()}
        row |= {"training_loss": by_seed["train_loss"].mean()}
        row |= {"training_accuracy": by_seed["train_accuracy"].mean()}
        rows.append(row)
        runs.append(pd.DataFrame({"n": n, "loss": held.to_numpy()}))
    if not rows:
        why = why_silent(results, variant, results.settings["headline"]["experiment"])
        return pd.DataFrame(), pd.DataFrame(), why
    return pd.DataFrame(rows), pd.concat(runs), ""


def _law(results: Results, variant: str, rows: pd.DataFrame, runs: pd.DataFrame) -> Law:
    """The law through the held-out losses of a variant."""
    rng = seeds.generator(results.run, results.study, variant, "learning curve")
    return power_law.fit(runs["n"].to_numpy(), runs["loss"].to_numpy(), rng, _span(rows))


def _span(rows: pd.DataFrame) -> float:
    """Height of the panel of losses: 0 to a little above the largest."""
    return 1.1 * float(np.nanmax([LN2, *rows["loss_high"], *rows["training_loss"]]))


def _said(law: Law) -> str:
    """What the figure says of a law."""
    if law.why:
        return f"no inverse power law is drawn: {law.why}"
    size, low, high = law.reaches(WANTED)
    text = (
        f"held-out loss {law.a:.3f} + {law.b:.3f} (n / {law.unit:.0f})^-{law.c:.2f}; "
        f"half the loss of a coin ({WANTED:.3f}) at "
    )
    if math.isinf(size):
        least = f"at least {low:,.0f}" if math.isfinite(low) else "in none of the resamples"
        return f"{text}no number of samples (95 %: {least})"
    ends = f"{low:,.0f} to " + ("no number" if math.isinf(high) else f"{high:,.0f}")
    return f"{text}{size:,.0f} samples (95 %: {ends})"


def _drawn_law(variant: str, law: Law, rows: pd.DataFrame) -> pd.DataFrame:
    """The points of a law with its band, within the sizes and beyond them."""
    if law.why:
        return pd.DataFrame()
    least, most = rows["n_train"].min(), rows["n_train"].max()
    n = np.geomspace(least, BEYOND * most, POINTS)
    low, high = law.band(n)
    made = pd.DataFrame({"n_train": n, "loss": law.at(n), "loss_low": low, "loss_high": high})
    kind = np.where(n <= most, "fitted", "extrapolated")
    return made.assign(variant=variant, kind=kind, note="")


def _conform(table: pd.DataFrame) -> pd.DataFrame:
    """The columns of the figure, each of its type."""
    made = {}
    for column, kind in COLUMNS.items():
        values = table[column] if column in table else pd.Series(pd.NA, index=table.index)
        if kind == "str":
            made[column] = values.astype(object).fillna("").astype("str")
        else:
            made[column] = pd.to_numeric(values).astype("Float64").astype(kind)
    return pd.DataFrame(made)


def _draw(pair: list[Axes], own: pd.DataFrame, variant: str) -> None:
    """Accuracy and loss of one variant."""
    accuracy, loss = pair
    points = own[own["kind"] == "measured"]
    n = points["n_train"]
    around = {"fmt": "o", "ms": 4.5, "lw": 1.2, "capsize": 2}
    _bars(accuracy, n, points, ("accuracy", "low", "high"), **around)
    accuracy.plot(n, points["training_accuracy"], "s-", color=TRAINING, ms=4, lw=0.8)
    _bars(loss, n, points, ("loss", "loss_low", "loss_high"), **around)
    loss.plot(n, points["training_loss"], "s-", color=TRAINING, ms=4, lw=0.8)
    law = own[own["kind"] != "measured"]
    if len(law):
        loss.fill_between(law["n_train"], law["loss_low"], law["loss_high"], color="0.5", alpha=0.2)
        for kind, dashes in (("fitted", "-"), ("extrapolated", "--")):
            one_kind = law[law["kind"] == kind]
            loss.plot(one_kind["n_train"], one_kind["loss"], color="0.25", ls=dashes, lw=1.1)
    for ax, line in ((accuracy, 0.5), (loss, LN2)):
        ax.axhline(line, color=style.DARK_GREY, ls=":", lw=0.9)
        ax.set_xlabel("training samples")
        ax.spines[["top", "right"]].set_visible(False)
        ax.set_xlim(0, 1.05 * float(own["n_train"].max()))
    accuracy.set_ylim(-0.02, 1.02)
    if _span(points) > STEEP * LN2:
        loss.set_yscale("log")
    else:
        loss.set_ylim(0, _span(points))
    accuracy.set_title(variant, loc="left")
    accuracy.set_ylabel("accuracy")
    loss.set_ylabel("cross-entropy, last epoch")


def _bars(ax: Axes, n: pd.Series, points: pd.DataFrame, columns: tuple, **look: object) -> None:
    """Held-out values with their range over the seeds."""
    value, low, high = (points[column].to_numpy(dtype="float64") for column in columns)
    around = [np.maximum(value - low, 0), np.maximum(high - value, 0)]
    ax.errorbar(n, value, yerr=around, color=HELD_OUT, **look)


def _legend(place: Figure, law: bool) -> None:
    """What the marks mean."""
    held = "held out (range over the seeds)"
    handles = [
        Line2D([], [], marker="s", color=TRAINING, ms=4, lw=0.8, label="training"),
        Line2D([], [], marker="o", color=HELD_OUT, ms=4.5, lw=1.2, label=held),
        Line2D([], [], color=style.DARK_GREY, ls=":", lw=0.9, label="coin"),
    ]
    if law:
        label = "inverse power law (95 %), dashed beyond the data"
        handles.append(Line2D([], [], color="0.25", lw=1.1, label=label))
    place.legend(handles=handles, loc="center left", ncols=len(handles), frameon=False)

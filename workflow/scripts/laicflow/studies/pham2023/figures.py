"""The figures of the study and the numbers in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.evaluation.metrics import confusion
from laicflow.plots import style
from laicflow.plots.confusion import PARTS, draw_matrix, draw_parts
from laicflow.plots.drawing import Drawn
from laicflow.plots.images import Panel, draw_panels
from laicflow.report.lookup import chosen_seed, undecided
from laicflow.studies.pham2023.figure_gaps import gaps
from laicflow.studies.pham2023.figure_mixes import fig2, fig3
from laicflow.studies.pham2023.figure_worlds import worlds
from laicflow.studies.pham2023.windows import CHANNELS
from laicflow.studies.results import Results
from laicflow.studies.splits_figure import splits

__all__ = ["fig1", "fig2", "fig3", "fig4", "gaps", "splits", "worlds"]

DAY = pd.Timedelta(days=1)
CLASSES = ("normal", "SIP")
TITLES = {
    "tec": "TEC",
    "median": "median M",
    "lower": "lower bound LB",
    "upper": "upper bound UB",
    "positive": "positive polarity",
    "negative": "negative polarity",
}
POLARITY = {
    "positive": (style.VERMILLION, ("not above UB", "above UB")),
    "negative": (style.BLUE, ("not below LB", "below LB")),
}


def fig1(results: Results) -> Drawn:
    """The six channels of the sample before the largest earthquake, as in the paper's Figure 1.

    The sample is that of the largest magnitude among the SIP samples that were drawn, in the
    first variant that has any. Hours that are not in the maps are hatched; the networks see the
    median there.

    Raises
    ------
    LaicflowError : no variant has drawn a SIP sample
    """
    variant, sample = _largest(results)
    days, channels = _window(results, sample)
    exceedance = results.settings["image"]["exceedance"]
    panels = []
    for name in CHANNELS:
        colour, meaning = POLARITY.get(name, (None, None))
        unit = "TECU" if name not in POLARITY or exceedance else "1"
        meaning = None if exceedance else meaning
        panels.append(Panel(name, TITLES[name], unit, channels[name], colour, meaning))
    figure = draw_panels(panels, days, _title(sample, days))
    for ax in figure.axes:
        if ax.get_ylabel() == "day":
            ax.set_ylabel("day (UT)")
    data = pd.concat([_long(panel, days) for panel in panels], ignore_index=True)
    data.insert(0, "sample_id", sample["sample_id"])
    data.insert(1, "variant", variant)
    # Amounts and polarities share a column, so each row says its own unit.
    return Drawn(figure, data, {"hour": "h"})


def fig4(results: Results) -> Drawn:
    """Confusion matrices of the headline's network, as in the paper's Figure 4.

    A row a variant: the seed that is best where the variant chooses it (in `paper` on the test
    set, as published), and all seeds together. A variant that could not be tested shows its
    samples by fold and part of the split, and says why.
    """
    experiment = results.settings["headline"]["experiment"]
    label = results.settings["experiments"][experiment]["label"]
    figure = Figure(figsize=(style.PAGE, 0.55 + 3.1 * len(results.variants)), layout="constrained")
    figure.suptitle(f"{label} on the test samples", x=0.01, ha="left")
    rows = figure.subfigures(len(results.variants), 1, squeeze=False)[:, 0]
    parts = []
    for place, variant in zip(rows, results.variants, strict=True):
        why = undecided(results.scores[variant], experiment)
        if why:
            parts.append(_samples_instead(place, results, variant, why))
        else:
            parts.append(_matrices(place, results, variant, experiment))
    data = pd.concat(parts, ignore_index=True)
    if data["row_share"].notna().any():
        small = {"ha": "right", "va": "top", "fontsize": "small", "color": "0.35"}
        figure.text(0.99, 0.99, "colour: share of the row", **small)
    data["seed"] = data["seed"].astype("Int64")
    data["fold"] = data["fold"].astype("Int64")
    return Drawn(figure, data, {"count": "1", "row_share": "1"})


def _largest(results: Results) -> tuple[str, pd.Series]:
    """The drawn SIP sample of the largest magnitude, and the variant that drew it."""
    for variant, samples in results.samples.items():
        drawn = samples[(samples["label"] == 1) & (samples["split"] != "unused")]
        if len(drawn):
            order = drawn.sort_values(["magnitude", "sample_id"], ascending=[False, True])
            return variant, order.iloc[0]
    raise LaicflowError(f"{results.study}: no variant has drawn a SIP sample")


def _window(results: Results, sample: pd.Series) -> tuple[pd.DatetimeIndex, dict[str, np.ndarray]]:
    """Days and channels (day, hour) of a sample, gaps left as they are."""
    tensors = results.tensors
    days = pd.date_range(sample["start"], sample["end"] - DAY, freq="D")
    at = pd.DatetimeIndex(tensors["day"].values).get_indexer(days)
    site = tensors["site"].values.tolist().index(sample["site"])
    return days, {name: tensors[name].values[site, at].astype("float64") for name in CHANNELS}


def _title(sample: pd.Series, days: pd.DatetimeIndex) -> str:
    """Site, event and window of a sample in two lines."""
    place = style.place_name(sample["latitude"], sample["longitude"])
    event = (sample["end"] + sample["lead_days"] * DAY).floor("min")
    site = f"site {sample['site']}, {place}"
    window = f"window {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}"
    quake = f"M {sample['magnitude']:.1f} on {event:%Y-%m-%d at %H:%M} UTC"
    return f"{site}; {window}\nfollowed by {quake}, {sample['distance_km']:.0f} km from the site"


def _long(panel: Panel, days: pd.DatetimeIndex) -> pd.DataFrame:
    """The values of a panel, one row a day and hour."""
    shape = panel.values.shape
    rows = {
        "channel": panel.name,
        "unit": panel.unit,
        "day": np.repeat(days.to_numpy().astype("datetime64[us]"), shape[1]),
        "hour": np.tile(np.arange(shape[1]), shape[0]),
        "value": panel.values.ravel(),
    }
    return pd.DataFrame(rows)


def _matrices(place: Figure, results: Results, variant: str, experiment: str) -> pd.DataFrame:
    """The matrix of the chosen seed and that of all seeds; returns their numbers."""
    predictions = results.predictions[variant]
    of = (predictions["experiment"] == experiment) & (predictions["draw"] == 0)
    tested = predictions[of & (predictions["split"] == "test")]
    split = results.variants[variant]["best_of"]
    seed = chosen_seed(predictions, experiment, split)
    seeds = sorted(tested["seed"].unique())
    left, right = place.subplots(1, 2)
    untested = results.splits[variant].query("draw == 0")["fold"].nunique()
    untested -= tested["fold"].nunique()
    some = f"\n{untested} folds could not be trained" if untested else ""
    parts = []
    if seed is None:
        left.set_axis_off()
        left.text(0, 0.5, f"no {split} predictions to choose a seed on", va="center", wrap=True)
    else:
        own = tested[tested["seed"] == seed]
        said = f"seed {seed}, best of {len(seeds)} on the {split} set"
        parts.append(_matrix(left, own, variant, said, some, int(seed), split))
    said = f"sum over the {len(seeds)} seeds"
    parts.append(_matrix(right, tested, variant, said, some, None, ""))
    return pd.concat(parts, ignore_index=True)


def _matrix(
    ax: Axes,
    tested: pd.DataFrame,
    variant: str,
    said: str,
    some: str,
    seed: int | None,
    split: str,
) -> pd.DataFrame:
    """Draw one matrix; returns its four cells."""
    tn, fp, fn, tp = confusion(tested["target"].to_numpy(), tested["output"].to_numpy())
    counts = np.array([[tn, fp], [fn, tp]])
    total = counts.sum()
    title = f"{variant}: {said}\nn = {total:.0f}, accuracy {(tn + tp) / total:.4f}{some}"
    draw_matrix(ax, counts, CLASSES, title)
    size = counts.sum(axis=1)
    rows = {
        "variant": variant,
        "panel": "all seeds" if seed is None else "chosen seed",
        "seed": pd.NA if seed is None else seed,
        "chosen_on": split,
        "fold": pd.NA,
        "part": "test",
        "observed": [CLASSES[0], CLASSES[0], CLASSES[1], CLASSES[1]],
        "predicted": [*CLASSES, *CLASSES],
        "count": counts.ravel().astype("int64"),
        "row_share": (counts / np.where(size > 0, size, np.nan)[:, None]).ravel(),
        "note": "",
    }
    return pd.DataFrame(rows)


def _samples_instead(place: Figure, results: Results, variant: str, why: str) -> pd.DataFrame:
    """The samples of a variant that could not be tested; returns their counts."""
    splits = results.splits[variant]
    labels = results.samples[variant].set_index("sample_id")["label"]
    first = splits[splits["draw"] == 0].assign(label=lambda t: t["sample_id"].map(labels))
    ax = place.subplots(1, 1)
    if first.empty:
        return _no_split(ax, results.samples[variant], variant, why)
    counts = first.groupby(["fold", "label", "split"]).size().unstack(fill_value=0)
    index = pd.MultiIndex.from_product([sorted(first["fold"].unique()), [0, 1]])
    counts = counts.reindex(index=index, columns=list(PARTS), fill_value=0)
    kind = results.variants[variant]["split"]["kind"]
    word = {"blocks": "block", "region": "region"}.get(kind, "fold")
    names = {fold: f"test {word} {fold + 1}" for fold in index.get_level_values(0).unique()}
    n = first["sample_id"].nunique()
    draw_parts(ax, counts, names, f"{variant}: {why}\nits {n} samples, by {word} and part")
    long = counts.rename_axis(index=["fold", "label"], columns="part").stack().rename("count")
    return _as_rows(long.reset_index(), variant, why)


def _no_split(ax: Axes, samples: pd.DataFrame, variant: str, why: str) -> pd.DataFrame:
    """Say how many samples there are where they could not even be split."""
    sizes = [int((samples["label"] == label).sum()) for label in (0, 1)]
    ax.set_axis_off()
    ax.set_title(f"{variant}: {why}", loc="left")
    text = f"{sizes[1]} SIP samples and {sizes[0]} normal samples, none of them in a split"
    ax.text(0, 0.9, text, transform=ax.transAxes, va="top")
    rows = pd.DataFrame({"fold": pd.NA, "label": [0, 1], "part": "unused", "count": sizes})
    return _as_rows(rows, variant, why)


def _as_rows(counts: pd.DataFrame, variant: str, why: str) -> pd.DataFrame:
    """Counts of samples in the columns of the matrices."""
    return pd.DataFrame(
        {
            "variant": variant,
            "panel": "samples",
            "seed": pd.NA,
            "chosen_on": "",
            "fold": counts["fold"],
            "part": counts["part"],
            "observed": counts["label"].map(dict(enumerate(CLASSES))),
            "predicted": "",
            "count": counts["count"].astype("int64"),
            "row_share": np.nan,
            "note": why,
        }
    )

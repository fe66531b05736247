"""What CutMix and Mixup make of two training samples, mixed as the training does it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from laicflow import config, seeds
from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.studies.pham2023.windows import CHANNELS, cut
from laicflow.studies.results import Results
from laicflow.training import augment
from laicflow.training.augment import Mixed

DAY = pd.Timedelta(days=1)
HOURS = 24
# Lambda of the pictures. What is drawn in training mostly lies near 0 or 1 (Mixup) or anywhere
# (CutMix), so that a drawn one may show nothing; the middle of the box is drawn.
LAMBDA = {"cutmix": 0.6, "mixup": 0.6}
TITLES = {
    "tec": "TEC",
    "median": "median M",
    "lower": "lower bound LB",
    "upper": "upper bound UB",
    "positive": "positive\npolarity",
    "negative": "negative\npolarity",
}
POLARITY = {"positive": style.VERMILLION, "negative": style.BLUE}
UNITS = {"target": "1", "day": "1", "hour": "h", "share_of_a": "1"}
# The box is white between black lines, which is seen on every colour.
BOX = (("black", 2.4), ("white", 1.2))


@dataclass(frozen=True)
class Pair:
    """Two samples and what became of them.

    Attributes
    ----------
    variant : whose samples they are
    samples : rows of A (SIP) and B (normal) in the table `samples`
    trained : whether both are training samples of one fold
    images : (2, channel, row, column), A and B as the network sees them, in physical units
    mixed : B mixed into A
    alpha : lambda ~ Beta(alpha, alpha) in training
    used : labels of the experiments that this run trains so
    """

    variant: str
    samples: tuple[pd.Series, pd.Series]
    trained: bool
    images: np.ndarray
    mixed: Mixed
    alpha: float
    used: list[str]

    def days(self, which: int) -> pd.DatetimeIndex:
        """The days of the window of A (0) or B (1)."""
        one = self.samples[which]
        return pd.date_range(one["start"], one["end"] - DAY, freq="D")

    @property
    def corner(self) -> tuple[int, int]:
        """Row and column of the first day and hour, behind the padding (see `windows.cut`)."""
        size = self.images.shape[-1]
        return (size - len(self.days(0))) // 2, (size - HOURS) // 2

    def inside(self, image: np.ndarray) -> np.ndarray:
        """An image (..., row, column) without its padding: (..., day, hour)."""
        top, left = self.corner
        return image[..., top : top + len(self.days(0)), left : left + HOURS]

    def share_of_a(self) -> np.ndarray:
        """The weight of A in each pixel of the mixed image, (row, column)."""
        shape = self.images.shape[-2:]
        if self.mixed.box is None:
            return np.full(shape, self.mixed.share)
        top, bottom, left, right = self.mixed.box
        share = np.ones(shape)
        share[top:bottom, left:right] = 0.0
        return share


def fig2(results: Results) -> Drawn:
    """What CutMix makes of a SIP and a normal sample, as in the paper's Figure 2.

    Raises
    ------
    LaicflowError : no variant has drawn a pair of samples
    """
    return _draw(results, "cutmix", "fig2")


def fig3(results: Results) -> Drawn:
    """What Mixup makes of a SIP and a normal sample, as in the paper's Figure 3.

    Raises
    ------
    LaicflowError : no variant has drawn a pair of samples
    """
    return _draw(results, "mixup", "fig3")


def _draw(results: Results, kind: str, name: str) -> Drawn:
    """The figure of one way of mixing: rows A, B and mixed, a column a channel."""
    pair = _pair(results, kind, name)
    exceedance = results.settings["image"]["exceedance"]
    units = {c: "1" if c in POLARITY and not exceedance else "TECU" for c in CHANNELS}
    figure = Figure(figsize=(style.PAGE, 6.4), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.02, h_pad=0.04, wspace=0.0, hspace=0.02)
    axes = figure.subplots(3, len(CHANNELS), sharex=True)
    looks = _looks(pair, units)
    for row, image in enumerate((pair.images[0], pair.images[1], pair.mixed.x)):
        for column, channel in enumerate(CHANNELS):
            ax = axes[row, column]
            _image(ax, pair, image[column], *looks[channel])
            _outline(ax, pair, dashed=row == 0)
            if row == 0:
                ax.set_title(TITLES[channel], fontsize=7.5)
        _days(axes[row], pair, row)
    for ax in axes[2]:
        ax.set_xticks([0, 12, 23])
    axes[2, 0].set_xlabel("hour of day (UT)", loc="left")
    axes[2, -1].set_xlabel("hatched: padding", loc="right")
    figure.align_ylabels(axes[:, 0])
    _bars(figure, axes, looks, units)
    figure.suptitle(_title(pair, kind), x=0.01, ha="left", linespacing=1.4, fontsize=8)
    return Drawn(figure, _numbers(pair, units), UNITS)


def _pair(results: Results, kind: str, name: str) -> Pair:
    """The pair of samples, cut out of the tensors and mixed."""
    variant, a, b, trained = _chosen(results)
    some = {name for own in results.variants.values() for name in config.trained(own)}
    settings, used = _settings(results.settings, kind, some)
    days = int((a["end"] - a["start"]) / DAY)
    needed = {"window": {"days": days}, "image": results.settings["image"]}
    images = cut(results.tensors, [a["window_id"], b["window_id"]], needed)
    rng = seeds.generator(results.study, name)
    alpha = settings[f"{kind}_alpha"]
    # In double precision, so that no value is changed by the arithmetic of a mean.
    mixed = augment.pair(
        kind, images[0].astype("float64"), images[1].astype("float64"), rng, share=LAMBDA[kind]
    )
    return Pair(variant, (a, b), trained, images.astype("float64"), mixed, alpha, used)


def _chosen(results: Results) -> tuple[str, pd.Series, pd.Series, bool]:
    """The SIP sample of the largest event and the normal sample that was drawn for it.

    Both are training samples of one fold of the first draw, in the first variant that has such;
    where none has, any two that were drawn together.
    """
    for trained in (True, False):
        for variant, samples in results.samples.items():
            pairs = _pairs(samples)
            if trained:
                pairs = _in_training(pairs, results.splits[variant])
            if len(pairs):
                order = ["magnitude", "sample_id", "sample_id_b"]
                first = pairs.sort_values(order, ascending=[False, True, True]).iloc[0]
                by_id = samples.set_index("sample_id", drop=False)
                a, b = by_id.loc[first["sample_id"]], by_id.loc[first["sample_id_b"]]
                return variant, a, b, trained
    raise LaicflowError(f"{results.study}: no variant has drawn a SIP and a normal sample")


def _pairs(samples: pd.DataFrame) -> pd.DataFrame:
    """SIP and normal samples that were drawn together: sample_id, magnitude, sample_id_b."""
    drawn = samples[samples["match_id"].notna() & (samples["split"] != "unused")]
    own = ["match_id", "sample_id", "magnitude"]
    a, b = (drawn.loc[drawn["label"] == label, own] for label in (1, 0))
    return a.merge(b.drop(columns="magnitude"), on="match_id", suffixes=("", "_b"))


def _in_training(pairs: pd.DataFrame, splits: pd.DataFrame) -> pd.DataFrame:
    """Those pairs of which both are in the training of one fold of the first draw."""
    first = splits[(splits["draw"] == 0) & (splits["split"] == "train")]
    train = first[["fold", "sample_id"]]
    other = train.rename(columns={"sample_id": "sample_id_b"})
    both = pairs.merge(train, on="sample_id").merge(other, on=["fold", "sample_id_b"])
    return both.drop(columns="fold").drop_duplicates()


def _settings(settings: dict, kind: str, some: set[str]) -> tuple[dict, list[str]]:
    """The options of mixing, and the labels of the experiments that mix in this way.

    Parameters
    ----------
    some : the experiments that are trained; the options of others count where none of these mixes
    """
    used = {}
    for name, own in settings["experiments"].items():
        merged = config.merge(settings["training"], own.get("training", {}))
        options = augment.settings_of(merged.get("augment", {}))
        if kind in options["kind"].split("_"):
            used[name] = options
    here = [name for name in used if name in some]
    first = next(iter([*here, *used]), None)
    if first is None:
        return augment.settings_of(settings["training"].get("augment", {})), []
    return used[first], [settings["experiments"][name]["label"] for name in here]


def _looks(pair: Pair, units: dict[str, str]) -> dict[str, tuple[Colormap | str, Normalize]]:
    """Colours and scale of each channel; amounts share one scale."""
    values = dict(zip(CHANNELS, np.moveaxis(pair.inside(pair.images), 1, 0), strict=True))
    amounts = np.stack([values[name] for name in CHANNELS if name not in POLARITY])
    low, high = float(amounts.min()), float(amounts.max())
    scale = Normalize(low, high if high > low else low + 1)
    looks: dict[str, tuple[Colormap | str, Normalize]] = dict.fromkeys(
        CHANNELS, (style.AMOUNT, scale)
    )
    for name, colour in POLARITY.items():
        top = 1.0 if units[name] == "1" else max(float(values[name].max()), 1e-9)
        looks[name] = (style.shades(colour), Normalize(0, top))
    return looks


def _image(
    ax: Axes, pair: Pair, values: np.ndarray, colours: Colormap | str, scale: Normalize
) -> None:
    """One channel as the network sees it, its padding white and hatched."""
    size = values.shape[-1]
    top, left = pair.corner
    padding = np.ones(values.shape, dtype=bool)
    pair.inside(padding)[...] = False
    ax.patch.set(facecolor=style.ABSENT, hatch="////", edgecolor=style.GREY)
    # Days and hours count from the corner behind the padding.
    edges = (-left - 0.5, size - left - 0.5, size - top - 0.5, -top - 0.5)
    shown = np.ma.masked_array(values, padding)
    ax.imshow(shown, cmap=colours, norm=scale, aspect="auto", extent=edges)


def _outline(ax: Axes, pair: Pair, *, dashed: bool) -> None:
    """The box of CutMix, dashed where it is cut out and filled from the other."""
    if pair.mixed.box is None:
        return
    top, bottom, left, right = pair.mixed.box
    rows, columns = pair.corner
    corner = (left - columns - 0.5, top - rows - 0.5)
    for colour, width in BOX:
        look = {"fill": False, "edgecolor": colour, "linewidth": width, "zorder": 5}
        look["clip_on"] = False
        dashes = "--" if dashed and colour == "white" else "-"
        ax.add_patch(Rectangle(corner, right - left, bottom - top, linestyle=dashes, **look))


def _days(axes: np.ndarray, pair: Pair, row: int) -> None:
    """Dates of A and B, days of the window of the mix, on the leftmost panel."""
    count = len(pair.days(0))
    rows = np.arange(0, count, 6)
    if row < 2:
        names = [f"{day:%Y-%m-%d}" for day in pair.days(row)[rows]]
        said = ("A: SIP, label 1", "B: normal, label 0")[row]
    else:
        names = [f"day {day + 1}" for day in rows]
        said = f"mixed, label {pair.mixed.y:.3f}"
    for column, ax in enumerate(axes):
        ax.set_yticks(rows, labels=names if column == 0 else [])
        if column > 0:
            ax.tick_params(axis="y", length=0)
    axes[0].set_ylabel(said, fontweight="bold")


def _bars(figure: Figure, axes: np.ndarray, looks: dict, units: dict[str, str]) -> None:
    """Colour bars below the columns that they are of."""
    amounts = sum(name not in POLARITY for name in CHANNELS)
    groups = {"tec": axes[:, :amounts]}
    groups |= {name: axes[:, CHANNELS.index(name)] for name in POLARITY}
    for name, own in groups.items():
        colours, scale = looks[name]
        wide = own.ndim == 2
        bar = figure.colorbar(
            ScalarMappable(scale, colours),
            ax=own,
            location="bottom",
            fraction=0.03,
            pad=0.015,
            shrink=0.6 if wide else 0.9,
            aspect=45 if wide else 11,
        )
        bar.outline.set_linewidth(0.5)
        unit = units[name]
        bar.set_label(f"TEC, M, LB, UB ({unit})" if wide else f"polarity ({unit})")
        if unit == "1":
            bar.set_ticks([0, 0.5, 1], labels=["0", "0.5", "1"])


def _title(pair: Pair, kind: str) -> str:
    """What was mixed and how, in some lines."""
    mixed = pair.mixed
    a, b = pair.samples
    share = f"{mixed.share:.3f}"
    if mixed.box is None:
        how = f"Mixup: mixed = λ A + (1 - λ) B, λ = {share}"
    else:
        how = f"CutMix: the box is B's, the rest A's; A's share of the pixels is λ = {share}"
    how += f"; label λ × 1 + (1 - λ) × 0 = {mixed.y:.3f}"
    event = (a["end"] + a["lead_days"] * DAY).floor("min")
    one = f"A: {_site(a)}, followed by M {a['magnitude']:.1f} on {event:%Y-%m-%d at %H:%M} UTC"
    other = f"B: {_site(b)}, no earthquake that counts on {b['end']:%Y-%m-%d}"
    drawn = "both in training" if pair.trained else "no pair of the study is in training whole"
    of = "; ".join(pair.used) or "no network that this run trains"
    last = f"variant {pair.variant}, {drawn}; λ here set to {LAMBDA[kind]:g}, in training "
    last += f"from Beta({pair.alpha:g}, {pair.alpha:g}): {of}"
    return "\n".join(textwrap.fill(line, 132) for line in (how, one, other, last))


def _site(sample: pd.Series) -> str:
    """Site of a sample with its place."""
    return f"{sample['site']}, {style.place_name(sample['latitude'], sample['longitude'])}"


def _numbers(pair: Pair, units: dict[str, str]) -> pd.DataFrame:
    """Every value in the panels, one row a panel, channel, day and hour."""
    names = [one["sample_id"] for one in pair.samples]
    shares = (np.ones(pair.images.shape[-2:]), np.zeros(pair.images.shape[-2:]), pair.share_of_a())
    panels = (
        ("A", names[0], 1.0, pair.images[0], pair.days(0)),
        ("B", names[1], 0.0, pair.images[1], pair.days(1)),
        ("mixed", " + ".join(names), pair.mixed.y, pair.mixed.x, None),
    )
    count = len(pair.days(0))
    parts = []
    for (panel, name, target, image, days), share in zip(panels, shares, strict=True):
        dates = np.full(count, np.datetime64("NaT"), "datetime64[us]")
        if days is not None:
            dates = days.to_numpy().astype("datetime64[us]")
        for channel, values in zip(CHANNELS, pair.inside(image), strict=True):
            rows = {
                "variant": pair.variant,
                "panel": panel,
                "sample_id": name,
                "target": target,
                "channel": channel,
                "unit": units[channel],
                "date": np.repeat(dates, HOURS),
                "day": np.repeat(np.arange(1, count + 1), HOURS),
                "hour": np.tile(np.arange(HOURS), count),
                "value": values.ravel(),
                "share_of_a": pair.inside(share).ravel(),
            }
            parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True)

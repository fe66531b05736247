"""How windows along orbits are labelled: where they lie, and what the probe saw on a pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from laicflow import seeds
from laicflow.geo import great_circle_km
from laicflow.plots import maps, style
from laicflow.plots.drawing import Drawn
from laicflow.samples.space_time import windows_before
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import events as study_events
from laicflow.studies.seqnetquake import needs
from laicflow.studies.seqnetquake.class_looks import (
    COLOURS,
    HATCHES,
    MARKERS,
    mark,
    pale,
    patch,
)
from laicflow.studies.seqnetquake.labels import radius_of
from laicflow.studies.seqnetquake.passes_shown import (
    Pass,
    event_of,
    fullest,
    headline,
    largest,
)
from laicflow.studies.seqnetquake.scored import mission_name, variant_words
from laicflow.studies.seqnetquake.table_place import facts_of, radius_words

UNITS = {"label": "1", "latitude": "deg", "longitude": "deg", "magnitude": "1"}
UNITS |= {"radius_km": "km", "ne": "cm-3"}
COLUMNS = ["part", "variant", "event_id", "window_id", "time", *UNITS, "note"]
WINDOW, QUAKE, ARTIFICIAL, ALONG = "window", "earthquake", "artificial event", "along the pass"
UNDECIDABLE = "undecidable"
AXES = {"ne": ("Ne (10³ cm⁻³)", 1e3), "te": ("Te (K)", 1.0)}
NO_VALUES = "the orbit is computed: places of windows alone, no values"
STAMP = "%Y-%m-%d %H:%M"
# By so much a distance in the samples may miss that from the place of its event: single precision.
NEAR_KM = 2.0


@dataclass(frozen=True)
class Scene:
    """The days before one earthquake.

    Attributes
    ----------
    variant : whose classes are shown
    study : its settings
    quake : the earthquake (row of the catalog)
    rows : samples of the days before it
    real, made : events of these samples: event_id, time, latitude, longitude, magnitude, radius_km
    lost : whether artificial events could not be placed
    """

    variant: str
    study: dict
    quake: pd.Series
    rows: pd.DataFrame
    real: pd.DataFrame
    made: pd.DataFrame
    lost: bool

    @property
    def days(self) -> float:
        """Days before an event in which windows belong to it."""
        return float(self.study["labels"]["days"])


def fig1(results: Results) -> Drawn:
    """Windows of each class in the days before the largest earthquake, as the paper's Figure 1.

    A map of the globe with the circles within which windows belong to an event, and one pass
    through the circle of the earthquake. Without a sample of class 1 it says why, without axes;
    needs series, samples, events.
    """
    variant = headline(results)
    own = largest(results.samples[variant])
    if own.empty:
        return nothing(variant, facts_of(results.samples[variant]).get("lacking", ""), COLUMNS)
    scene = _scene(results, variant, own)
    shown = fullest(results, variant, own)
    strip = 1.75 if shown.features else 0.95
    figure = Figure(figsize=(style.PAGE, 4.85 + strip), layout="constrained")
    above, middle, below, last = figure.subfigures(4, 1, height_ratios=[4.05, 0.36, strip, 0.22])
    _draw_map(above.subplots(), scene)
    _legend(middle, scene)
    ax = below.subplots()
    drawn = draw_values(ax, shown, shown.features[0] if shown.features else None)
    mark_latitude(ax, float(scene.quake["latitude"]))
    said = f"(b) the pass with the most windows of class 1: {shown.said()}"
    below.suptitle(said, x=0.01, ha="left", fontsize=8)
    legend_below(last, drawn)
    figure.suptitle(_title(scene), x=0.01, ha="left", fontsize=8.5, linespacing=1.35)
    return Drawn(figure, _rows(scene, shown), UNITS)


def nothing(variant: str, why: str, columns: list[str]) -> Drawn:
    """A figure of words alone: no window to show."""
    said = f"{UNDECIDABLE}: {why or 'no window lies near an earthquake in the days before it'}"
    figure = Figure(figsize=(style.PAGE, 0.5), layout="constrained")
    figure.suptitle(f"{variant_words(variant)}: {said}", x=0.01, ha="left", fontsize=8.5)
    row = {"part": UNDECIDABLE, "variant": variant, "note": said}
    data = pd.DataFrame([row]).reindex(columns=columns)
    return Drawn(figure, data, {name: unit for name, unit in UNITS.items() if name in columns})


def _scene(results: Results, variant: str, own: pd.DataFrame) -> Scene:
    """What there is in the days before the earthquake of some samples."""
    study = results.variants[variant]
    quake = event_of(results, own["event_id"].iloc[0])
    samples = results.samples[variant]
    begin = quake["time"] - pd.Timedelta(days=study["labels"]["days"])
    rows = samples[(samples["start"] >= begin) & (samples["start"] < quake["time"])]
    known = results.events[results.events["event_id"].isin(rows["event_id"])]
    belongs = set(rows["event_id"].dropna()) - set(known["event_id"])
    made, lost = known.iloc[:0], False
    if belongs:
        made = artificial_of(results, variant)
        made = made[made["event_id"].isin(belongs)]
        lost = not _fits(made, rows[rows["event_id"].isin(belongs)])
        made = made.iloc[:0] if lost else made
    return Scene(variant, study, quake, rows, _circled(known, study), _circled(made, study), lost)


def artificial_of(results: Results, variant: str) -> pd.DataFrame:
    """The artificial events of a variant, drawn anew by the names that drew them first."""
    study = results.variants[variant]
    name = needs.mission(study)
    names = (results.run, results.study, str(results.settings.get("seed", "")))
    rng = seeds.generator(*names, name, "artificial events")
    return study_events.of_mission(results.events, study, study["missions"][name], rng).made


def _fits(made: pd.DataFrame, rows: pd.DataFrame) -> bool:
    """Whether samples are as far from the artificial events as they say."""
    joined = rows.merge(made, on="event_id", suffixes=("", "_event"))
    if len(joined) < len(rows):
        return False
    far = great_circle_km(
        *(joined[f"{name}{end}"] for end in ("", "_event") for name in ("latitude", "longitude"))
    )
    return bool((np.abs(far - joined["distance_km"]) < NEAR_KM).all())


def _circled(events: pd.DataFrame, study: dict) -> pd.DataFrame:
    """Events with the radius (km) of their circles, the largest first."""
    rules = study["labels"]
    windows = windows_before(events, days=rules["days"], radius=radius_of(rules))
    columns = ["event_id", "time", "latitude", "longitude", "magnitude"]
    made = events[columns].assign(radius_km=windows["radius_km"])
    return made.sort_values(["radius_km", "event_id"], ascending=[False, True], ignore_index=True)


def _title(scene: Scene) -> str:
    """The earthquake, and whose windows these are."""
    study, quake = scene.study, scene.quake
    rules = study["preparations"][study["window"]["preparation"]]
    mission = needs.mission(study)
    where = style.place_name(quake["latitude"], quake["longitude"])
    computed = study["missions"][mission]["orbit"] == needs.SIMULATED
    whose = f"{mission_name(study)}{' (orbit computed)' if computed else ''}"
    radius = scene.real.set_index("event_id")["radius_km"][quake.name]
    return (
        f"The {scene.days:g} days before M {quake['magnitude']:.1f} on "
        f"{quake['time']:{STAMP}} UTC, {where}, the largest with windows\n"
        f"Windows of {whose}, {rules['side']}, {rules['steps']} samples, in "
        f"{variant_words(scene.variant)}; radius {radius_words(study)}, here {radius:,.0f} km"
    )


def _draw_map(ax: Axes, scene: Scene) -> None:
    """The globe, the earthquake in its middle, circles, and the windows of each class."""
    quake = scene.quake
    cut = float(quake["longitude"]) - 180.0
    seen = maps.View(cut, cut + 360.0, -90.0, 90.0, cut)
    maps.draw_land(ax, seen)
    for table, colour, dash in ((scene.made, COLOURS[0], "--"), (scene.real, COLOURS[1], "-")):
        for one in table.itertuples():
            main = one.event_id == quake.name
            line = {"color": "black" if main else colour, "linewidth": 1.3 if main else 0.5}
            line |= {"linestyle": "-" if main else dash, "zorder": 3.5 if main else 2}
            outline = maps.circle(one.latitude, one.longitude, one.radius_km)
            maps.draw_circle(ax, seen, outline, **line)
    size = 9.0 if len(scene.rows) < 1500 else 4.0
    for label in range(3):
        own = scene.rows[scene.rows["label"] == label]
        ax.scatter(
            seen.turned(own["longitude"]), own["latitude"], size, COLOURS[label],
            marker=MARKERS[label], linewidths=0, zorder=3, rasterized=len(own) > 500,
        )  # fmt: skip
    ax.plot(float(seen.turned(quake["longitude"])), quake["latitude"], "*", markersize=11,
            color=style.YELLOW, markeredgecolor="black", markeredgewidth=0.7, zorder=4)  # fmt: skip
    ax.set_title("(a) windows that have a class, by where they lie", loc="left")


def _legend(place: Figure, scene: Scene) -> None:
    """What marks and lines mean, and how many windows there are of each class."""
    sizes = [int((scene.rows["label"] == label).sum()) for label in range(3)]
    marks = [mark(label, 4.5) for label in range(3)]
    for one, size in zip(marks, sizes, strict=True):
        one.set_label(f"{one.get_label()} ({size:,})")
    star = {"marker": "*", "markersize": 9, "color": style.YELLOW, "linestyle": "none"}
    star |= {"markeredgecolor": "black", "markeredgewidth": 0.6}
    marks += [
        Line2D([], [], label="the earthquake", **star),
        Line2D([], [], color="black", linewidth=1.3, label="its circle"),
        Line2D([], [], color=COLOURS[1], linewidth=0.8,
               label=f"of other earthquakes ({len(scene.real) - 1:,})"),
    ]  # fmt: skip
    said = f"of artificial events ({len(scene.made):,})"
    said = "artificial events not placed" if scene.lost else said
    dash = {"color": COLOURS[0], "linewidth": 0.8, "linestyle": "--"}
    marks.append(Line2D([], [], label=said, **dash))
    place.legend(handles=marks, loc="center", ncols=4, frameon=False, handletextpad=0.4,
                 columnspacing=1.2)  # fmt: skip


def draw_values(ax: Axes, shown: Pass, feature: str | None) -> set[int]:
    """A feature along a pass by latitude, windows shaded by their class; the classes there are.

    Windows without a class are left white; a pass without values shows its windows alone.
    """
    drawn: set[int] = set()
    for (low, high), label in zip(shown.edges(), shown.label.tolist(), strict=True):
        if label < 0:
            continue
        ax.axvspan(low, high, facecolor=pale(label), edgecolor=COLOURS[label], linewidth=0.25,
                   hatch=HATCHES[label], zorder=0)  # fmt: skip
        drawn.add(label)
    edges = shown.edges()
    ax.set_xlim(edges.min(), edges.max())
    ax.set_xlabel("latitude")
    if feature is None:
        ax.set_yticks([])
        ax.set_xlabel(f"latitude ({NO_VALUES})")
    else:
        title, unit = AXES[feature]
        latitude, values = joined(shown, feature)
        ax.plot(latitude, values / unit, color="black", linewidth=0.8, zorder=2)
        ax.set_ylabel(title)
        ax.ticklabel_format(axis="y", useOffset=False, style="plain")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: maps.degrees_north(round(x, 6))))
    return drawn


def legend_below(place: Figure, drawn: set[int]) -> None:
    """What shaded stretches mean."""
    handles: list[Artist] = [patch(label) for label in sorted(drawn)]
    how = {"facecolor": "white", "edgecolor": "black", "linewidth": 0.5}
    handles.append(Patch(label="no sample of any class", **how))
    place.legend(handles=handles, loc="center", ncols=4, frameon=False, handletextpad=0.5)


def joined(shown: Pass, feature: str) -> tuple[np.ndarray, np.ndarray]:
    """Latitudes and values of a pass in a row, a missing value where windows leave a gap."""
    steps = shown.steps()
    start, end = (shown.of(name).astype("datetime64[us]") for name in ("start", "end"))
    step = np.timedelta64(round(1e6 * shown.tensors.attrs["step_s"]), "us")
    gap = np.append(start[1:] - end[:-1] > step, False)
    latitude = np.column_stack([steps["latitude"], steps["latitude"][:, -1]])
    values = np.column_stack([steps[feature], np.full(len(gap), np.nan)])
    kept = np.column_stack([np.ones(steps[feature].shape, dtype=bool), gap])
    return latitude[kept], values[kept]


def mark_latitude(ax: Axes, latitude: float) -> None:
    """A dashed line at the latitude of an epicentre."""
    low, high = ax.get_xlim()
    if low <= latitude <= high:
        ax.axvline(latitude, color="black", linestyle="--", linewidth=0.9, zorder=3)
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
        ax.annotate("epicentre", (latitude, 0.96), xytext=(3, 0), textcoords="offset points",
                    xycoords=ax.get_xaxis_transform(), va="top", fontsize=6.5, bbox=box,
                    zorder=3)  # fmt: skip


def _rows(scene: Scene, shown: Pass) -> pd.DataFrame:
    """All that is drawn: windows, events, and the values along the pass."""
    rows = scene.rows.assign(part=WINDOW, time=scene.rows["start"])
    parts = [rows.drop(columns="magnitude").assign(note="")]
    for part, table in ((QUAKE, scene.real), (ARTIFICIAL, scene.made)):
        parts.append(table.assign(part=part, note=""))
    steps = shown.steps()
    size = shown.tensors.sizes["step"]
    told = {name: values.ravel() for name, values in steps.items() if name in ("time", "latitude")}
    told["ne"] = steps["ne"].ravel() if "ne" in steps else np.nan
    told |= {"part": ALONG, "label": np.repeat(shown.label, size), "note": ""}
    told["note"] = "" if shown.features else NO_VALUES
    parts.append(pd.DataFrame(told))
    return typed([part.reindex(columns=COLUMNS) for part in parts], COLUMNS, scene.variant)


def typed(parts: list[pd.DataFrame], columns: list[str], variant: str) -> pd.DataFrame:
    """Parts under one another, text as text and numbers as numbers."""
    whole = pd.concat([part.astype("object") for part in parts], ignore_index=True)
    made = whole[columns].copy()
    for name in columns:
        if name == "time":
            made[name] = pd.to_datetime(made[name]).astype("datetime64[us]")
        elif name in UNITS or name == "te":
            made[name] = pd.to_numeric(made[name], errors="coerce").astype("float64")
        else:
            made[name] = made[name].astype("object").where(made[name].notna(), "").astype("str")
    if variant:
        made["variant"] = variant
    return made

"""One pass for each class: Ne and Te where nothing, an earthquake or a storm is said to be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import figure_windows as plain
from laicflow.studies.seqnetquake.class_looks import name_of
from laicflow.studies.seqnetquake.labels import NON_SEISMIC, SEISMIC, STORM
from laicflow.studies.seqnetquake.passes_shown import (
    Pass,
    event_of,
    fullest,
    headline,
    largest,
)
from laicflow.studies.seqnetquake.scored import variant_words
from laicflow.studies.seqnetquake.table_place import facts_of

UNITS = {"label": "1", "latitude": "deg", "ne": "cm-3", "te": "K"}
COLUMNS = ["part", "case", "variant", "event_id", "time", *UNITS, "note"]
EVENT, STORM_CASE = "event", "storm"
CLASS_OF = {EVENT: SEISMIC, STORM_CASE: STORM}
OWN = {EVENT: "the largest earthquake with windows", STORM_CASE: "the highest Kp of the windows"}


@dataclass(frozen=True)
class Shown:
    """A pass and why it is shown.

    Attributes
    ----------
    label : the class that it is an example of
    way : the pass
    case : what it shows, by the name that the configuration gives it
    quake : the earthquake, None where it is not one's
    kp : the highest of the pass's windows of this class
    note : what was asked for and is not in this run
    """

    label: int
    way: Pass
    case: str
    quake: pd.Series | None
    kp: float
    note: str = ""


def figS1(results: Results) -> Drawn:  # noqa: N802
    """Ne and Te along passes with windows of each class, the paper's Supplementary Figure S1.

    `cases` of the settings names days: {name, kind: event or storm, date}. Of a day that no variant
    has a window of, the largest earthquake or the highest Kp of the run stands in, and the title
    says so. A run without windows says why, without axes; needs series, samples, events.
    """
    found = examples(results)
    if not found:
        variant = headline(results)
        lacking = facts_of(results.samples[variant]).get("lacking", "") or "no window has a class"
        drawn = plain.nothing(variant, lacking, COLUMNS)
        return Drawn(drawn.figure, drawn.data, UNITS)
    heights = [(1.8 if one.way.features else 0.95) + 0.15 * bool(one.note) for one in found]
    heights.append(0.24)
    figure = Figure(figsize=(style.PAGE, sum(heights)), layout="constrained")
    places = figure.subfigures(len(heights), 1, height_ratios=heights)
    classes: set[int] = set()
    for place, one, letter in zip(places, found, "abcdefghij", strict=False):
        classes |= _draw(place, one, letter)
    plain.legend_below(places[-1], classes)
    parts = [_rows(one) for one in found]
    return Drawn(figure, plain.typed(parts, COLUMNS, ""), UNITS)


def examples(results: Results) -> list[Shown]:
    """What is shown: class 0 first, then earthquakes, then storms; no pass twice for one reason."""
    cases = results.settings.get("cases") or [
        {"name": "", "kind": kind, "date": None} for kind in (EVENT, STORM_CASE)
    ]
    found: list[Shown] = []
    for kind in (EVENT, STORM_CASE):
        for case in cases:
            one = _case(results, case) if case["kind"] == kind else None
            if one is None:
                continue
            same = [k for k, other in enumerate(found) if _same(one, other)]
            if not same:
                found.append(one)
            elif one.note:
                known = found[same[0]]
                note = f"{known.note}; {one.note}" if known.note else one.note
                found[same[0]] = replace(known, note=note)
    quiet = _quiet(results, found)
    return [quiet, *found] if quiet is not None else found


def _same(one: Shown, other: Shown) -> bool:
    """Whether two examples are of one class and one pass of one variant."""
    alike = one.label == other.label and one.way.variant == other.way.variant
    return alike and one.way.at[0] == other.way.at[0]


def _names(results: Results) -> list[str]:
    """Variants in the order in which they are asked, that of the headline first."""
    first = headline(results)
    return [first, *(name for name in results.variants if name != first)]


def _case(results: Results, case: dict) -> Shown | None:
    """The pass of a case: of its own day, else what stands in; None without any such window."""
    label = CLASS_OF[case["kind"]]
    choose = _of_event if label == SEISMIC else _of_storm
    there = [name for name in _names(results) if (results.samples[name]["label"] == label).any()]
    if case["date"] is not None:
        for variant in there:
            one = choose(results, variant, case["name"], str(case["date"]))
            if one is not None:
                return one
    if not there:
        return None
    one = choose(results, there[0], OWN[case["kind"]], None)
    if case["date"] is None or one is None:
        return one
    what = f"class {label} belongs to {case['name']} ({case['date']})"
    missing = f"no window of {what} in this run"
    return replace(one, note=missing)


def _of_event(results: Results, variant: str, name: str, date: str | None) -> Shown | None:
    """The pass with the most windows before the largest earthquake (of a day)."""
    samples = results.samples[variant]
    if date is not None:
        days = results.events.set_index("event_id")["time"].dt.strftime("%Y-%m-%d")
        samples = samples[samples["event_id"].map(days) == date]
    own = largest(samples)
    if own.empty:
        return None
    quake = event_of(results, own["event_id"].iloc[0])
    way = fullest(results, variant, own)
    return Shown(SEISMIC, way, name, quake, _kp(results, way, SEISMIC))


def _of_storm(results: Results, variant: str, name: str, date: str | None) -> Shown | None:
    """The pass with the highest Kp (of a day)."""
    own = results.samples[variant]
    own = own[own["label"] == STORM]
    if date is not None:
        own = own[own["start"].dt.strftime("%Y-%m-%d") == date]
    if own.empty:
        return None
    way = fullest(results, variant, own, "kp_max")
    return Shown(STORM, way, name, None, _kp(results, way, STORM))


def _quiet(results: Results, found: list[Shown]) -> Shown | None:
    """The pass with the most windows of class 0, near in time to the first example if it can be."""
    names = [found[0].way.variant] if found else []
    names += [name for name in _names(results) if name not in names]
    for variant in names:
        own = results.samples[variant]
        own = own[own["label"] == NON_SEISMIC]
        if own.empty:
            continue
        if found and found[0].way.variant == variant:
            at = pd.Timestamp(found[0].way.of("start")[0])
            reach = pd.Timedelta(days=results.variants[variant]["labels"]["days"])
            close = own[(own["start"] - at).abs() <= reach]
            own = close if len(close) else own
        way = fullest(results, variant, own)
        return Shown(NON_SEISMIC, way, "near an artificial event", None, _kp(results, way, 0))
    return None


def _kp(results: Results, way: Pass, label: int) -> float:
    """The highest Kp of the windows of a class on a pass."""
    first, last = (pd.Timestamp(way.of("start")[k]) for k in (0, -1))
    own = results.samples[way.variant]
    own = own[(own["label"] == label) & (own["start"] >= first) & (own["start"] <= last)]
    return float(own["kp_max"].max())


def _title(one: Shown, letter: str) -> str:
    """Class and case, then the pass."""
    said = f"({letter}) {name_of(one.label)}: {one.case}"
    if one.quake is not None:
        quake = one.quake
        where = style.place_name(quake["latitude"], quake["longitude"])
        said += f", M {quake['magnitude']:.1f} on {quake['time']:{plain.STAMP}} UTC, {where}"
    if one.note:
        said += f"\n{one.note}"
    kp = "" if pd.isna(one.kp) else f", Kp up to {one.kp:.1f}"
    return f"{said}\n{one.way.said()}{kp}; {variant_words(one.way.variant)}"


def _draw(place: Figure, one: Shown, letter: str) -> set[int]:
    """Ne and Te of one pass beside each other, or its windows alone; the classes there are."""
    classes: set[int] = set()
    features: list[str | None] = list(one.way.features) or [None]
    axes = place.subplots(1, len(features), squeeze=False)[0]
    for ax, feature in zip(axes, features, strict=True):
        classes |= plain.draw_values(ax, one.way, feature)
        if one.quake is not None:
            plain.mark_latitude(ax, float(one.quake["latitude"]))
    place.suptitle(_title(one, letter), x=0.01, ha="left", fontsize=7.5, linespacing=1.3)
    return classes


def _rows(one: Shown) -> pd.DataFrame:
    """The values along the pass."""
    steps = one.way.steps()
    told = {name: values.ravel() for name, values in steps.items()}
    told["label"] = one.way.label.repeat(one.way.tensors.sizes["step"])
    told |= {"part": name_of(one.label), "case": one.case, "variant": one.way.variant}
    told["event_id"] = "" if one.quake is None else one.quake.name
    lacking = "" if one.way.features else plain.NO_VALUES
    told["note"] = "; ".join(part for part in (one.note, lacking) if part)
    return pd.DataFrame(told).reindex(columns=COLUMNS)

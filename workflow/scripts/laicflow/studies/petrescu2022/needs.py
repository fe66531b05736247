"""What the rules must know of this study: which settings a step hangs on, and what contradicts."""

from __future__ import annotations

import datetime as dt
import importlib
from types import ModuleType

from laicflow.consistency import parts_of_split
from laicflow.errors import ConfigError

# The keys of the study on which each step hangs.
STEPS = {
    "sites": ("sites",),
    "tensors": ("period", "sites", "data"),
    "samples": ("catalog", "sites", "labels", "window", "normal", "samples", "split"),
    "training": ("window",),
    "comparison": ("normal", "window"),
}
# The role in whose files most windows are, and all roles of which tensors are built.
MAIN = "minutes"
SERIES = ("minutes", "minutes_own")
# One series serves all variants of a preparation, so no variant may change what is in it.
SHARED = ("data", "period", "sites", "preparations", "injections", "window.max_gap_minutes")
DAY_MINUTES = 1440
# A role that no source plays.
UNAVAILABLE = "unavailable"


def main(study: dict) -> str | None:
    """The role in whose files most windows are."""
    return MAIN


def roles(study: dict, name: str) -> tuple[str, ...]:
    """The roles whose files a preparation reads."""
    return SERIES


def modules(study: dict) -> list[str]:
    """Modules that the samples of a variant hang on, beside those of the study."""
    return []


def preparation(study: dict, name: str) -> dict:
    """Settings of a preparation, beside those of the step."""
    filled = study["window"]["max_gap_minutes"]
    return {"preparation": study["preparations"][name], "window": {"max_gap_minutes": filled}}


def support_days(study: dict) -> float:
    """Days from the first instant that had an influence on a window to its end."""
    own = study["preparations"][study["window"]["preparation"]]
    return (study["window"]["minutes"] + settle_minutes(own)) / DAY_MINUTES


def settle_minutes(own: dict) -> int:
    """Minutes before a window that have an influence on it through a filter."""
    return 0 if own["filter"] == "none" else _filters().settle_minutes(own)


def network(study: dict) -> dict:
    """Options of a network that follow from the windows."""
    return {"minutes": study["window"]["minutes"]}


def image(study: dict, options: dict) -> tuple[int, int, int]:
    """Channels, rows and columns of what a network sees."""
    return 1, 3, study["window"]["minutes"]


def shared(study: dict) -> list[str]:
    """Keys that a variant cannot change."""
    return list(SHARED)


def faults(study: dict) -> list[str]:
    """Contradictions in one variant (`study`, the variant laid over it), each as a sentence."""
    found = parts_of_split(study["split"]) + _filtered(study)
    window, training = study["window"], study["training"]
    if window["preparation"] not in study["preparations"]:
        known = ", ".join(study["preparations"])
        found.append(f"window.preparation: no {window['preparation']!r}; there are {known}")
    for name, own in study["injections"].items():
        try:
            importlib.import_module("laicflow.inject.minutes").complete(own, f"injections.{name}")
        except ConfigError as error:
            found.append(str(error))
    own = study["preparations"].get(window["preparation"], {})
    if own.get("passes") == "zero-phase" and study["split"]["kind"] != "random":
        found.append(
            f"window.preparation: {window['preparation']} looks ahead of the end of a window, so "
            f"that split.kind {study['split']['kind']} cannot keep training and test apart"
        )
    name = study["world"].removeprefix("inject-")
    if study["world"] != "observed" and name not in study["injections"]:
        known = ", ".join(study["injections"]) or "none"
        found.append(f"world: no injection {name!r}; there are {known}")
    if training["follow"] == "test" and training["select"] != "last":
        found.append(
            "training.follow is test, so training.select must be last: nothing may be "
            "chosen by test samples"
        )
    days = dt.date.fromisoformat(study["period"]["end"]) - dt.date.fromisoformat(
        study["period"]["start"]
    )
    if 0 <= (days.days + 1) * DAY_MINUTES < window["minutes"]:
        found.append(f"period: shorter than a window of {window['minutes']} minutes")
    return found


def faults_ahead(study: dict) -> list[str]:
    """Why the variant that goes on cannot make forecasts, each as a sentence."""
    found, own = [], study["preparations"][study["window"]["preparation"]]
    if own.get("passes") == "zero-phase":
        found.append(
            f"its preparation {study['window']['preparation']} looks ahead of the end of a window; "
            "name a variant with a causal filter or none"
        )
    if study["world"] != "observed":
        found.append(f"its world is {study['world']}; name a variant of what was observed")
    return found


def _filtered(study: dict) -> list[str]:
    """Preparations that cannot be."""
    found = []
    for name, own in study["preparations"].items():
        lacking = [key for key in ("corner", "unit", "order", "passes") if key not in own]
        if own["filter"] != "none" and lacking:
            found.append(f"preparations.{name}: {', '.join(lacking)} must be given")
        elif own["filter"] != "none":
            try:
                settle_minutes(own)
            except ConfigError as error:
                found.append(f"preparations.{name}: {error}")
    return found


def unserved(config: dict, study: dict) -> list[str]:
    """Observatories whose minutes nobody is asked for."""
    found = []
    for point in study["sites"]["points"]:
        role = point.get("role", MAIN)
        source = study["data"][role]
        if source == UNAVAILABLE:
            found.append(f"data.{role} is {UNAVAILABLE}, but the point {point['site']} has it")
            continue
        asked = config["sources"].get(source, {}).get("observatories", [])
        if point["site"] not in asked:
            found.append(
                f"sites.points: {point['site']} is not among sources.{source}.observatories "
                f"[{', '.join(asked)}]"
            )
    return found


def _filters() -> ModuleType:
    """The filters, imported where one is used: SciPy takes its time."""
    from laicflow.tensors import filters

    return filters

"""What the rules must know of this study: which settings a step hangs on, and what contradicts."""

from __future__ import annotations

import datetime as dt

from laicflow import consistency_worlds
from laicflow.consistency import parts_of_split

# The keys of the study on which each step hangs.
STEPS = {
    "sites": ("catalog", "period", "sites", "window", "reference"),
    "tensors": ("period", "reference", "image"),
    "samples": (
        "catalog",
        "sites",
        "window",
        "reference",
        "normal",
        "samples",
        "split",
        "data",
    ),
    "training": ("window", "image"),
    "comparison": ("normal", "window", "reference"),
}
# The role in whose files the windows are, and all roles of which tensors are built.
MAIN = "maps"
SERIES = ("maps",)
# One tensor file serves all variants of a study, so no variant may change what is in it.
SHARED = ("data", "period", "sites", "reference", "image")
# The centre whose maps the simulated world writes.
WORLD_MAPS = "code"


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
    return {}


def faults_ahead(study: dict) -> list[str]:
    """Why the variant that goes on cannot make forecasts: there is no reason, windows look back."""
    return []


def support_days(study: dict) -> float:
    """Days from the first instant that had an influence on a window to its end."""
    return study["window"]["days"] + study["reference"]["days"]


def network(study: dict) -> dict:
    """Options of a network that follow from the windows."""
    return {}


def image(study: dict, options: dict) -> tuple[int, int, int]:
    """Channels, rows and columns of what a network of these options sees."""
    size = study["image"]["size"]
    return options.get("in_chans", 6), size, size


def shared(study: dict) -> list[str]:
    """Keys that a variant cannot change."""
    return [*SHARED, *(["catalog"] if study["sites"]["mode"] == "epicentres" else [])]


def faults(study: dict) -> list[str]:
    """Contradictions in one variant (`study`, the variant laid over it), each as a sentence."""
    return _names(study) + _shapes(study) + _length(study)


def unserved(config: dict, study: dict) -> list[str]:
    """What a variant needs and the rest of the configuration does not ask for."""
    maps = study["data"]["maps"]
    if config["upstream"] != "replica:world":
        return []
    if not config["simulate"].get("maps", True):
        return ["simulate.maps is false: the simulated world has no maps at all"]
    if maps == WORLD_MAPS:
        return []
    return [f"data.maps: the simulated world has maps of {WORLD_MAPS} alone, not of {maps}"]


def of_trials(own: dict, study: dict) -> list[str]:
    """Contradictions in what the simulated worlds of the study try, each as a sentence.

    Parameters
    ----------
    own : `worlds` of the study
    study : the study as it is tried: `worlds.study` and the variant laid over it
    """
    first, last = consistency_worlds.days(own["simulate"])
    tried = {**study, "period": {"start": str(first), "end": str(last)}}
    shapes = [f"worlds.study.{wrong}" for wrong in _shapes(study)]
    short = [f"worlds.simulate: start to end, as a {wrong}" for wrong in _length(tried)]
    return consistency_worlds.of_trials(own, study) + shapes + short


def _names(study: dict) -> list[str]:
    """Names of trials that nothing in the study bears, and a target without any trial."""
    worlds, found = study["worlds"], []
    for key, known in (("experiment", study["experiments"]), ("variant", study["variants"])):
        if worlds[key] not in known:
            found.append(f"worlds.{key}: no {worlds[key]!r}; there are {', '.join(known)}")
    if "worlds" in study["reported"] and not worlds["seeds"]:
        found.append("worlds.seeds is []; it must name seeds, or worlds must go from `reported`")
    return found


def _length(study: dict) -> list[str]:
    """A period in which no window lies."""
    support = support_days(study)
    first, last = (dt.date.fromisoformat(study["period"][key]) for key in ("start", "end"))
    if first <= last < first + dt.timedelta(days=support - 1):
        return [f"period: shorter than the {support} days of one window and its reference"]
    return []


def _shapes(study: dict) -> list[str]:
    """Numbers that do not fit each other."""
    found = []
    if study["reference"]["least"] > study["reference"]["days"]:
        found.append("reference.least is larger than reference.days")
    if study["image"]["size"] < study["window"]["days"]:
        found.append("image.size is smaller than window.days")
    return found + parts_of_split(study["split"])

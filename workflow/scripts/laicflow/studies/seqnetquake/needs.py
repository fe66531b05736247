"""What the rules must know of this study: which settings a step hangs on, and what contradicts."""

from __future__ import annotations

import datetime as dt
import importlib

from laicflow.consistency import parts_of_split
from laicflow.errors import ConfigError
from laicflow.evaluation.blocks import block_days
from laicflow.plan import UNAVAILABLE

# The keys of the study on which each step hangs.
STEPS = {
    "sites": ("sites",),
    "tensors": (),
    "samples": (
        "catalog",
        "aftershocks",
        "labels",
        "normal",
        "class2",
        "preparations",
        "window",
        "missions",
        "samples",
        "split",
    ),
    "training": ("window",),
    "comparison": ("labels", "normal", "window"),
}
# The roles of the satellites, of which tensors are built.
SERIES = ("cses", "demeter", "swarm")
# One series serves all variants of a preparation, so no variant may change what is in it.
SHARED = ("data", "period", "missions", "preparations", "injections")
# Before the earthquakes that these leave a disturbance is planted, into tensors that all variants
# of a world share: those of the study, whatever a variant has.
PLANTED = ("catalog", "aftershocks")
# Targets that show one experiment above all, and have nothing to show without it.
SHOWS = {"fig6": "transfer", "fig7": "transfer", "shuffled": "shuffled"}
RECORDED, SIMULATED = "recorded", "simulated"
OBSERVED = "observed"
STEP_LIMIT = 1000
DAY_S = 86400


def mission(study: dict) -> str:
    """The satellites behind the windows of a study, a variant laid over it."""
    return study["preparations"][study["window"]["preparation"]]["mission"]


def main(study: dict) -> str | None:
    """The role in whose files the windows are; None where orbits are computed and none are read."""
    name = mission(study)
    return name if study["missions"][name]["orbit"] == RECORDED else None


def roles(study: dict, name: str) -> tuple[str, ...]:
    """The roles whose files a preparation reads."""
    own = study["preparations"][name]["mission"]
    return (own,) if study["missions"][own]["orbit"] == RECORDED else ()


def preparation(study: dict, name: str) -> dict:
    """Settings of a preparation, beside those of the step."""
    own = study["preparations"][name]
    return {"preparation": own, "mission": study["missions"][own["mission"]]}


def support_days(study: dict) -> float:
    """Days of a block of the bootstrap: samples `labels.days` apart still share an earthquake."""
    own, split = study["preparations"][study["window"]["preparation"]], study["split"]
    span = study["missions"][own["mission"]]
    first, last = (dt.date.fromisoformat(str(span[key])) for key in ("start", "end"))
    tested = ((last - first).days + 1) * (split["test"] if split["kind"] == "chronological" else 1)
    return block_days(own["steps"] * own["step_s"] / DAY_S, study["labels"]["days"], tested)


def network(study: dict) -> dict:
    """Options of a network that follow from the windows."""
    own = study["preparations"][study["window"]["preparation"]]
    return {"classes": 3, "steps": own["steps"], "features": len(study["window"]["features"])}


def image(study: dict, options: dict) -> tuple[int, int, int]:
    """Channels, rows and columns of what a network sees."""
    own = network(study)
    return 1, own["steps"], own["features"]


def modules(study: dict) -> list[str]:
    """Modules that the samples of a variant hang on, beside those of the study."""
    from laicflow.catalogs.decluster import METHODS

    return [METHODS[study["aftershocks"]["method"]]]


def shared(study: dict) -> list[str]:
    """Keys that a variant cannot change, more of them where something is planted."""
    return [*SHARED, *(() if study["world"] == OBSERVED else PLANTED)]


def faults(study: dict) -> list[str]:
    """Contradictions in one variant (`study`, the variant laid over it), each as a sentence."""
    found = parts_of_split(study["split"])
    name = study["window"]["preparation"]
    if name not in study["preparations"]:
        known = ", ".join(study["preparations"])
        return [*found, f"window.preparation: no {name!r}; there are {known}"]
    for key, own in study["preparations"].items():
        if own["resample"] != "none" and own["step_s"] > own["gap_s"]:
            found.append(
                f"preparations.{key}: step_s {own['step_s']:g} is longer than gap_s "
                f"{own['gap_s']:g}, so that no two samples would follow one another"
            )
    first, last = (dt.date.fromisoformat(study["period"][key]) for key in ("start", "end"))
    # Days of a mission that this variant does not use say nothing of it.
    key = mission(study)
    begins, ends = (dt.date.fromisoformat(study["missions"][key][e]) for e in ("start", "end"))
    if not first <= begins <= ends <= last:
        found.append(
            f"missions.{key}: {begins} to {ends} is not a part of period, {first} to {last}"
        )
    radius = study["labels"]["radius"]
    if radius == "circle" and study["labels"].get("degrees") is None:
        found.append("labels.degrees: a circle needs them")
    return found + _planted(study) + _starts(study) + _judged(study)


def _planted(study: dict) -> list[str]:
    """What cannot be planted, or is not there."""
    found = []
    for name, own in study["injections"].items():
        try:
            importlib.import_module("laicflow.inject.probes").complete(own, f"injections.{name}")
        except ConfigError as error:
            found.append(str(error))
    if study["world"] == OBSERVED:
        return found
    name = study["world"].removeprefix("inject-")
    if name not in study["injections"]:
        known = ", ".join(study["injections"]) or "none"
        found.append(f"world: no injection {name!r}; there are {known}")
    return found


def _starts(study: dict) -> list[str]:
    """Experiments that start from what there is not, or from a network that is another one."""
    found = []
    for name, own in study["experiments"].items():
        start, key = own.get("start"), f"experiments.{name}"
        epochs = {**study["training"], **own.get("training", {})}["epochs"]
        if start is None:
            if epochs == 0:
                found.append(f"{key}: 0 epochs leave a network that does not start from another")
            continue
        if start["variant"] not in study["variants"]:
            found.append(f"{key}.start.variant: no variant {start['variant']!r}")
        source = study["experiments"].get(start["experiment"])
        if source is None:
            found.append(f"{key}.start.experiment: no experiment {start['experiment']!r}")
        elif source["model"] != own["model"]:
            found.append(
                f"{key}.start.experiment: {start['experiment']} is a {source['model']}, "
                f"{name} a {own['model']}"
            )
    return found


def _judged(study: dict) -> list[str]:
    """Samples that are to choose and are not there."""
    tuning, split, training = study["tuning"], study["split"], study["training"]
    if tuning["taken_from"] not in (None, *study["variants"]):
        return [f"tuning.taken_from: no variant {tuning['taken_from']!r}"]
    if training["follow"] == "test" and training["select"] != "last":
        return [
            "training.follow is test, so training.select must be last: nothing may be "
            "chosen by test samples"
        ]
    blocks = split["kind"] in ("blocks", "rolling")
    if tuning["trials"] and tuning["judge"] == "validation" and not (split["validation"] or blocks):
        return ["tuning.judge is validation, and split.validation is 0"]
    return []


def unserved(config: dict, study: dict) -> list[str]:
    """Satellites whose files nobody is asked for."""
    role = main(study)
    if role is not None and study["data"][role] == UNAVAILABLE:
        return [
            f"data.{role} is {UNAVAILABLE}, but window.preparation "
            f"{study['window']['preparation']} is made of its files"
        ]
    return []

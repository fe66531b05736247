"""What the rules must know of this study: which settings a step hangs on, and what contradicts."""

from __future__ import annotations

import math
from collections.abc import Sequence

from laicflow.observed import OBSERVATIONS

# The keys of the study on which each step hangs.
STEPS = {
    "sites": ("sites",),
    "tensors": ("period", "sites", "series", "indices"),
    "samples": ("sites", "series", "indices", "window", "split", "samples", "data"),
    "training": ("sites", "series", "indices", "window", "data"),
    "comparison": ("window", "series"),
}
# The role in whose files the windows are; indices stand beside it in the tensors.
MAIN = "tec"
# The way to the bias of a receiver that fits nothing.
FROM_FILE = "file"
INDICES = ("kp", "dst", "f107")
# One series serves all variants of a preparation, so no variant may change what is in it.
SHARED = (
    "data",
    "period",
    "sites",
    "series",
    "indices",
    "preparations",
    "split.validation_from",
    "split.test_from",
)
UNAVAILABLE = "unavailable"
HOUR_MINUTES, DAY_HOURS = 60, 24
# What the report reads of the results beside what it does of every study.
REPORTED = ("alarm_audit", "alarm_verdict")
# Errors persist for days: blocks of the bootstrap are a week at least.
BLOCK_DAYS = 7.0


def main(study: dict) -> str | None:
    """The role in whose files the windows are."""
    return MAIN


def roles(study: dict, name: str) -> tuple[str, ...]:
    """The roles whose files a preparation reads."""
    return (MAIN, *(role for role in INDICES if study["data"][role] != UNAVAILABLE))


def modules(study: dict) -> list[str]:
    """Modules that the samples of a variant hang on, beside those of the study."""
    return []


def preparation(study: dict, name: str) -> dict:
    """Settings of a preparation; nothing is fitted after `known_until`."""
    return {"preparation": study["preparations"][name], "known_until": known_until(study)}


def known_until(study: dict) -> str:
    """The day from which on nothing may be fitted."""
    return study["split"]["validation_from"]


def support_days(study: dict) -> float:
    """Days of a block of the bootstrap."""
    window = study["window"]
    return max(BLOCK_DAYS, (window["lag_hours"] + window["horizon_hours"]) / DAY_HOURS)


def stations(study: dict) -> list[str]:
    """The stations of the group of a variant, in the order of the configuration."""
    group = study["window"]["group"]
    return [point["site"] for point in study["sites"]["points"] if point["group"] == group]


def shown_indices(study: dict) -> list[dict]:
    """The indices that windows show: those whose source is there."""
    return [own for own in study["indices"] if study["data"][own["role"]] != UNAVAILABLE]


def fitted(study: dict, receiver_bias: Sequence[str] = ()) -> list[dict]:
    """What is fitted on what parts of the split (R16).

    Parameters
    ----------
    receiver_bias : as of `fitted_series`
    """
    training, tuning = study["training"], study["tuning"]
    made = [
        {"what": name, "on": ["train"]} for name in ("scaling", "weights", "climatology", "arima")
    ]
    made += fitted_series(study, receiver_bias)
    if training["select"] == "best_validation":
        made.append({"what": "the epoch that is kept", "on": ["validation"]})
    if tuning["trials"]:
        made.append({"what": "the tuned options", "on": [tuning["judge"]]})
    return made


def fitted_series(study: dict, receiver_bias: Sequence[str] = ()) -> list[dict]:
    """What of the series itself is fitted on what parts of the split.

    Parameters
    ----------
    receiver_bias : ways to the bias of a receiver (`stations.receiver_bias`), for VTEC from
        observations: all but `file` find it from the observations of the month themselves
    """
    own = study["preparations"][study["window"]["preparation"]]
    every, made = ["train", "validation", "test"], []
    if study["data"][MAIN] == OBSERVATIONS and set(receiver_bias) - {FROM_FILE}:
        made.append({"what": "receiver bias and level of arcs", "on": every})
    if own["outliers"] != "none":
        where = every if own["outliers"] == "all" else ["train"]
        made.append({"what": "mean and deviation of the outliers", "on": where})
    if own["fill"] != "none":
        made.append(
            {
                "what": f"the {own['fill']} of gaps",
                "on": every if own["fill"] == "smoother" else ["train"],
            }
        )
    return made


def network(study: dict) -> dict:
    """Options of a model that follow from the windows."""
    window, step = study["window"], study["series"]["step_minutes"] / HOUR_MINUTES
    phases = 2 * (window["hour"] + window["season"])
    own = stations(study)
    return {
        "classes": 0,
        "steps": math.ceil(round(window["lag_hours"] / step, 6)),
        "features": len(own) + len(shown_indices(study)) + phases,
        "leads": math.ceil(round(window["horizon_hours"] / step, 6)),
        "outputs": len(own),
    }


def image(study: dict, options: dict) -> tuple[int, int, int]:
    """Channels, rows and columns of what a network sees."""
    own = network(study)
    return 1, own["steps"], own["features"]


def shared(study: dict) -> list[str]:
    """Keys that a variant cannot change."""
    return list(SHARED)


def faults(study: dict) -> list[str]:
    """Contradictions in one variant (`study`, the variant laid over it), each as a sentence."""
    found = _dates(study) + _judged(study) + _bounds(study) + _alarms(study)
    window = study["window"]
    if window["preparation"] not in study["preparations"]:
        known = ", ".join(study["preparations"])
        found.append(f"window.preparation: no {window['preparation']!r}; there are {known}")
    if not stations(study):
        found.append(f"window.group: no station of sites.points is of group {window['group']!r}")
    own = study["preparations"].get(window["preparation"], {})
    ahead = own.get("fill") == "smoother" or own.get("outliers") == "all"
    if ahead and study["split"]["purge"]:
        found.append(
            f"window.preparation: {window['preparation']} looks ahead of a window, so that "
            "split.purge cannot keep training and test apart"
        )
    return found


def _dates(study: dict) -> list[str]:
    """Dates that are not in their order."""
    split, period = study["split"], study["period"]
    named = {
        "period.start": period["start"],
        "split.validation_from": split["validation_from"],
        "split.test_from": split["test_from"],
        "split.test_until": split["test_until"],
    }
    known = [(name, date) for name, date in named.items() if date is not None]
    found = [
        f"{other} {later} is not after {name} {date}"
        for (name, date), (other, later) in zip(known, known[1:], strict=False)
        if later <= date
    ]
    if split["test_from"] > period["end"]:
        found.append(f"split.test_from {split['test_from']} is after period.end {period['end']}")
    return found


def _bounds(study: dict) -> list[str]:
    """Bounds that need more days than they look back."""
    own = study["anomalies"]
    named = {"anomalies": own, "anomalies.iqr": own["iqr"]}
    return [
        f"{name}.least_days {one['least_days']:g} is more than {name}.days {one['days']}"
        for name, one in named.items()
        if one["least_days"] > one["days"]
    ]


def _alarms(study: dict) -> list[str]:
    """Earthquakes smaller than those that the study has."""
    least = study["catalog"]["magnitude_min"]
    return [
        f"alarms.magnitudes: {one:g} lies below catalog.magnitude_min {least:g}"
        for one in study["alarms"]["magnitudes"]
        if one < least
    ]


def _judged(study: dict) -> list[str]:
    """Samples that are to choose and are not there."""
    tuning, split, training = study["tuning"], study["split"], study["training"]
    found = []
    if tuning["taken_from"] not in (None, *study["variants"]):
        found.append(f"tuning.taken_from: no variant {tuning['taken_from']!r}")
    if training["follow"] == "test" and training["select"] != "last":
        found.append(
            "training.follow is test, so training.select must be last: nothing may be "
            "chosen by test samples"
        )
    if tuning["trials"] and tuning["judge"] == "validation" and not split["validate"]:
        found.append("tuning.judge is validation, and split.validate is false")
    if training["select"] == "best_validation" and not split["validate"]:
        found.append("training.select is best_validation, and split.validate is false")
    return found


def unserved(config: dict, study: dict) -> list[str]:
    """Stations of whose series nobody is asked."""
    source = study["data"][MAIN]
    asked = config["sources"].get(source, {}).get("stations")
    if asked is None:
        return []
    if source == OBSERVATIONS:
        # The store has stations of observations by the first four characters of their codes.
        asked = [code[:4] for code in asked]
    return [
        f"sites.points: {point['site']} is not among sources.{source}.stations [{', '.join(asked)}]"
        for point in study["sites"]["points"]
        if point["site"] not in asked
    ]

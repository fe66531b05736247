"""The accuracies that the paper prints, by the length of the windows they belong to."""

from __future__ import annotations

from laicflow.studies.results import Results

METRIC = "accuracy"
OBSERVED = "observed"


# Minutes of the windows behind each claim (Section 5), whatever windows a run has.
MINUTES = {"hour_accuracy": 60, "day_accuracy": 1440, "week_accuracy": 10_080}


def printed(settings: dict) -> list[tuple[dict, int]]:
    """Every printed accuracy with the minutes of its windows."""
    return [
        (claim, MINUTES[name])
        for name, claim in settings["claims"].items()
        if name in MINUTES and claim.get("metric") == METRIC
    ]


def claim_of(results: Results, variant: str) -> dict:
    """The printed accuracy of windows as long as those of a variant; empty without one.

    Of minutes with a planted signal the paper says nothing.
    """
    own = results.variants[variant]
    if own.get("world", OBSERVED) != OBSERVED:
        return {}
    for claim, minutes in printed(results.settings):
        if minutes == own["window"]["minutes"]:
            return claim
    return {}

"""Why a variant of the study says nothing, and how long its windows are, in words."""

from __future__ import annotations

import json
import textwrap

import pandas as pd
from matplotlib.figure import Figure

from laicflow.plots import style
from laicflow.plots.forest import SMALL
from laicflow.report.blocks import plural
from laicflow.studies.results import Results

UNDECIDABLE = "undecidable: "
# Letters of small type in a line as wide as a page.
LETTERS = 132
LENGTHS = {60: "1 hour", 1440: "1 day", 10080: "1 week", 43200: "30 days"}


def facts_of(samples: pd.DataFrame) -> dict:
    """The counts behind the samples of a variant."""
    return json.loads(samples.attrs.get("facts", "{}"))


def length(minutes: int) -> str:
    """A number of minutes as people say it."""
    if minutes in LENGTHS:
        return LENGTHS[minutes]
    for unit, name in ((1440, "day"), (60, "hour")):
        if minutes % unit == 0:
            return plural(minutes // unit, name)
    return f"{minutes} min"


def why_silent(results: Results, variant: str, experiment: str) -> str:
    """Why nothing of an experiment was tested under a variant: what its samples lack goes first.

    Without a reason among samples and notes it was not trained.
    """
    lacking = ""
    if variant in results.samples:
        lacking = facts_of(results.samples[variant]).get("lacking", "")
    if lacking:
        return UNDECIDABLE + lacking
    notes = results.notes.get(variant)
    if notes is not None and len(notes):
        own = notes[(notes["experiment"] == experiment) & notes["why"].str.startswith(UNDECIDABLE)]
        told = [why.removeprefix(UNDECIDABLE) for why in own["why"]]
        if told:
            return UNDECIDABLE + "; ".join(dict.fromkeys(told))
    return "not trained in this run"


def told_below(reasons: dict[str, str]) -> list[str]:
    """Lines that stand below a figure: variants of one reason together."""
    together: dict[str, list[str]] = {}
    for variant, why in reasons.items():
        if why:
            together.setdefault(why, []).append(variant)
    lines: list[str] = []
    for why, variants in together.items():
        lines += textwrap.wrap(f"{', '.join(variants)}: {why}", LETTERS)
    return lines


def height_below(lines: list[str]) -> float:
    """Height of such lines, inches."""
    return 0.06 + 0.125 * len(lines)


def write_below(place: Figure, lines: list[str]) -> None:
    """Write such lines into their part of a figure."""
    look = {"fontsize": SMALL, "color": style.DARK_GREY, "linespacing": 1.3}
    place.text(0.01, 0.95, "\n".join(lines), va="top", ha="left", **look)

"""The report's account of the data of this study: maps, events, samples."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.report import data
from laicflow.report.blocks import plural
from laicflow.studies.results import Results

# Names of the classes 1 and 0.
CLASSES = ("SIP", "normal")
WINDOWS = {
    "site_days": "site-days with a full support",
    "sip_samples": "SIP samples (an event follows)",
    "sip_without_partner": "SIP samples without a normal one to pair with",
    "sip_site_days": "site-days of SIP",
    "normal_site_days": "site-days that could be normal",
    "neither_site_days": "site-days that are neither",
}


def account(
    results: Results, events: pd.DataFrame, receipts: list[dict], simulated: bool, options: dict
) -> dict:
    """Sentences and tables of the section on the data."""
    sources, closed = options["catalog_sources"], options["catalog_closed"]
    return {
        "series": maps(results, simulated),
        "catalog": data.catalog(events, results, receipts, sources, closed),
        "windows": data.windows(results, WINDOWS),
        "classes": data.classes(results, CLASSES),
        "shares": data.shares(results),
        "products": data.products(results, CLASSES, "maps"),
        "activity": data.activity(results, CLASSES),
        "places": data.places(results),
    }


def maps(results: Results, simulated: bool = False) -> list[str]:
    """Sentences on the maps behind the windows.

    How many hours are the epoch of a map is not said: the number of maps alone does not tell it,
    as a map may stand for 24:00, or between two hours.
    """
    facts = results.tensors.attrs
    hours, missing = int(facts["hours"]), int(facts["missing_hours"])
    centre = "simulated" if simulated else facts["centre"]
    sites = plural(results.tensors.sizes["site"], "site")
    lines = [
        f"{plural(int(facts['maps']), 'map')} of {plural(int(facts['days_of_maps']), 'day')} "
        f"(centre: {centre}), hourly values at {sites}."
    ]
    first = json.loads(facts["missing_hours_first"])
    had = "All" if missing == 0 else f"{hours - missing:,} of"
    lines.append(
        f"{had} {hours:,} hours of the period can be had from the maps; an hour without a map of "
        "its own is interpolated between two maps turned with the Sun."
    )
    if missing:
        lie = "hour lies" if missing == 1 else "hours lie"
        named = ", ".join(_hour(name) for name in first)
        more = f" and {missing - len(first):,} more" if missing > len(first) else ""
        lines.append(f"{missing:,} {lie} outside the maps: {named}{more}.")
    days = json.loads(facts["missing_days"])
    if days:
        lines.append(f"{plural(len(days), 'day')} without a file: {', '.join(days[:20])}.")
    partial = int(facts["hours_without_value_at_some_site"])
    if partial:
        lines.append(f"In {plural(partial, 'further hour')} some site has no value in the maps.")
    torn = int(facts.get("torn_seam_nodes", 0))
    if torn:
        given = "value on the date line was" if torn == 1 else "values on the date line were"
        left = "was" if torn == 1 else "were"
        lines.append(f"{torn:,} {given} given twice and differently, and {left} left out.")
    return lines


def _hour(name: str) -> str:
    """`2000-11-21 00 UT` as `hour 00 UT of 2000-11-21`."""
    day, hour, zone = name.split()
    return f"hour {hour} {zone} of {day}"

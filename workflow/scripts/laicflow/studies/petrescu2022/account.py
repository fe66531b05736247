"""The report's account of the data of this study: minutes, earthquakes, windows."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.plan import UNAVAILABLE
from laicflow.report import data
from laicflow.report.blocks import Grid, grid, plural
from laicflow.studies.petrescu2022.reasons import length
from laicflow.studies.petrescu2022.table_sites import point_of, span_of, states
from laicflow.studies.results import Results
from laicflow.tensors import filters

# Names of the classes 1 and 0.
CLASSES = ("earthquake", "quiet")
WINDOWS = {
    "events": "earthquakes that belong to it",
    "without_window": "of them without a window (gaps, jumps, settling)",
    "disturbed": "left out: window disturbed by storms",
    "overlapping": "left out: window shared with a larger earthquake",
    "samples": "windows before earthquakes",
}
FILTERS = {"highpass": "high-pass", "lowpass": "low-pass"}
# So many jumps are named.
NAMED = 6


def account(
    results: Results, events: pd.DataFrame, receipts: list[dict], simulated: bool, options: dict
) -> dict:
    """Sentences and tables of the section on the data."""
    sources, closed = options["catalog_sources"], options["catalog_closed"]
    used = results.settings["data"]
    main = "minutes" if used.get("minutes", UNAVAILABLE) != UNAVAILABLE else "minutes_own"
    return {
        "lacking": lacking(results),
        "series": minutes(results, simulated) + windows_of(results),
        "catalog": data.catalog(
            events, results, receipts, sources, closed, main, where="near the observatories"
        ),
        "windows": windows(results),
        "classes": data.classes(results, CLASSES),
        "shares": shares(results),
        "products": data.products(results, CLASSES, "publication states"),
        "activity": data.activity(results, CLASSES),
        "places": places(results),
    }


def lacking(results: Results) -> list[str]:
    """Why variants have no samples, which comes before everything else; and whether Dst is used."""
    together: dict[str, list[str]] = {}
    facts = data.facts_of(results)
    for variant, own in facts.items():
        if own.get("lacking"):
            together.setdefault(own["lacking"], []).append(variant)
    lines = [
        f"No samples under {', '.join(variants)}: {why}." for why, variants in together.items()
    ]
    without = [variant for variant, own in facts.items() if own.get("dst") == "unavailable"]
    if without:
        whom = "" if len(without) == len(facts) else f" under {', '.join(without)}"
        lines.append(f"dst: unavailable. Whether a window is quiet{whom} hangs on Kp alone.")
    return lines


def minutes(results: Results, simulated: bool = False) -> list[str]:
    """Sentences on the minutes behind the windows, a few an observatory.

    Jumps are those of the baseline, at which no window may lie; they are found, not repaired.
    """
    tensors = results.tensors
    told = {
        name: json.loads(tensors.attrs[name])
        for name in ("counts", "sources", "jumps", "minutes_by_state", "absolute")
    }
    lines = []
    for site in tensors["site"].values.tolist():
        counts, first_last = told["counts"][site], span_of(results, site)
        source = "simulated" if simulated else told["sources"].get(site, "")
        missing = counts["missing"]
        gone = "none missing"
        if missing:
            gone = f"{missing:,} of them missing ({_percent(missing, counts['minutes'])})"
        by_state = told["minutes_by_state"].get(site, {})
        state = f", {states(by_state)}" if sum(by_state.values()) else ""
        lines.append(
            f"{site} ({source}): {counts['minutes']:,} minutes, {first_last[0]} to "
            f"{first_last[1]}, {gone}{state}."
        )
        lines += _levels(site, counts, told["absolute"].get(site, 1))
        lines += _jumps(site, told["jumps"].get(site, []))
    gap = results.settings["window"]["max_gap_minutes"]
    lines.append(
        f"A window with a gap of {gap} min or more, or with a jump of the baseline, is not used. "
        "Shorter gaps are filled with the mean of the component over the window; ahead of a filter "
        "from the minutes beside them."
    )
    return lines


def windows_of(results: Results) -> list[str]:
    """What is done to the minutes of each variant before windows are cut."""
    together: dict[tuple[str, int], list[str]] = {}
    for variant, own in results.variants.items():
        window = own["window"]
        together.setdefault((window["preparation"], window["minutes"]), []).append(variant)
    lines = []
    for (preparation, size), variants in together.items():
        settings = results.settings["preparations"][preparation]
        head = f"{', '.join(variants)}: windows of {length(size)}"
        if settings["filter"] == "none":
            lines.append(f"{head}, not filtered.")
            continue
        own = filters.from_settings(settings, preparation)
        settle = filters.settle_minutes(settings)
        line = (
            f"{head}, {FILTERS[own.kind]} filtered (order {own.order}, corner at a period of "
            f"{1 / own.corner:g} min), which settles in {plural(settle, 'minute')}: so far back "
            "the support of a sample begins before its window."
        )
        if own.two_sided:
            line += (
                " The filter runs forward and backward, as published, so that the minutes after "
                "the earthquake have a say in the window before it."
            )
        else:
            line += " It runs forward alone and sees nothing of what comes after a minute."
        lines.append(line)
    return lines


def windows(results: Results) -> Grid:
    """What became of the earthquakes of each observatory, by variant."""
    facts = data.facts_of(results)
    rows = []
    for site in results.tensors["site"].values.tolist():
        for key, text in WINDOWS.items():
            own = [one.get("by_site", {}).get(site, {}).get(key) for one in facts.values()]
            rows.append([site, text, *own])
    for key, text in (
        ("pairs", "pairs of a window before an earthquake and a quiet one"),
        ("without_partner", "windows before earthquakes without a quiet partner"),
    ):
        rows.append(["all", text, *(one.get(key) for one in facts.values())])
    return grid(["site", "windows", *facts], rows, "From earthquakes to windows")


def shares(results: Results) -> Grid:
    """Share of the hourly ends of windows that could be quiet, by observatory and variant."""
    facts = data.facts_of(results)
    rows = []
    for site in results.tensors["site"].values.tolist():
        own = [one.get("quiet_share", {}).get(site) for one in facts.values()]
        rows.append([site, *("" if share is None else f"{100 * share:.1f} %" for share in own)])
    made = grid(["site", *facts], rows, "Share of the windows, one an hour, that could be quiet")
    made.numeric = [False] + [True] * len(facts)
    return made


def places(results: Results) -> Grid:
    """The observatories, with the days they are asked for."""
    rows = [
        [
            one.site,
            float(one.latitude),
            float(one.longitude),
            " to ".join(span_of(results, one.site)),
            point_of(results.settings, one.site).get("role", "minutes"),
        ]
        for one in results.sites.itertuples()
    ]
    head = ["site", "latitude (°)", "longitude (°)", "asked for", "role of its source"]
    return grid(head, rows, digits=3)


def _levels(site: str, counts: dict[str, int], absolute: int) -> list[str]:
    """What is said of minutes without their absolute level."""
    left_out = counts.get("without_absolute_level", 0)
    if left_out:
        return [
            f"{site}: {plural(left_out, 'minute')} without absolute level left out, since |Z| is "
            "no measure of the field there."
        ]
    return [] if absolute else [f"{site}: not all of its values have their absolute level."]


def _jumps(site: str, jumps: list[dict]) -> list[str]:
    """Where the baseline jumps."""
    if not jumps:
        return [f"{site}: no jump of the baseline found."]
    named = "; ".join(
        f"{one['time'][:16].replace('T', ' ')} ({one['size_nt']:.0f} nT)" for one in jumps[:NAMED]
    )
    more = f" and {len(jumps) - NAMED:,} more" if len(jumps) > NAMED else ""
    return [f"{site}: {plural(len(jumps), 'jump')} of the baseline: {named}{more}."]


def _percent(part: int, whole: int) -> str:
    """A share in per cent."""
    return f"{100 * part / whole:.2f} %" if whole else "–"

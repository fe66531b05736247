"""The report's account of the data of this study: series, windows, indices."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.report import data
from laicflow.report.blocks import Grid, grid, plural
from laicflow.studies.edlstme.forecasters import winners
from laicflow.studies.edlstme.needs import stations
from laicflow.studies.results import Results


def account(
    results: Results, events: pd.DataFrame, receipts: list[dict], simulated: bool, options: dict
) -> dict:
    """Sentences and tables of the section on the data."""
    return {
        "lacking": lacking(results),
        "series": [*winners(results), *series(results, simulated), *hindcast(results)],
        "catalog": [
            f"The catalog holds {plural(len(events), 'event')}; no forecast sees any of it."
        ],
        "windows": windows(results),
        "classes": parts(results),
        "shares": left_out(results),
        "products": stand_ins(results),
        "activity": activity(results),
        "places": data.places(results),
    }


def lacking(results: Results) -> list[str]:
    """Why variants have no windows."""
    found = {name: own.get("lacking", "") for name, own in data.facts_of(results).items()}
    return [f"No windows under {name}: {why}." for name, why in found.items() if why]


def series(results: Results, simulated: bool = False) -> list[str]:
    """Sentences on the series behind the windows."""
    tensors = results.tensors
    source = "simulated" if simulated else tensors.attrs["source"]
    of = {"maps": "maps, interpolated at the points", "stations": "series at stations"}
    step = float(tensors.attrs["step_s"]) / 60
    lines = [f"VTEC of {source} ({of[tensors.attrs['of']]}), a value every {step:g} min."]
    between = int(tensors.attrs["interpolated"])
    if between:
        lines.append(
            f"{plural(between, 'epoch')} between two maps are interpolated from both: they know "
            "what comes after them, and count as filled in."
        )
    for site, own in json.loads(tensors.attrs["counts"]).items():
        told = [f"{plural(own['epochs'], 'epoch')}", f"{own['missing']:,} missing"]
        told += [f"{own['outliers']:,} taken out as outliers", f"{own['filled']:,} filled in"]
        told.append(f"{own['still_missing']:,} still missing")
        lines.append(f"{site}: {', '.join(told)}.")
    return lines


def hindcast(results: Results) -> list[str]:
    """How many forecasts are issued before what they show was published by its sources."""
    lines = []
    for variant, own in results.samples.items():
        if own.empty:
            continue
        late = (own["available_at"] - own["issue_time"]) / pd.Timedelta(hours=1)
        number, most = int((late > 0).sum()), float(late.max())
        lines.append(
            f"Variant {variant} is a hindcast: final values of the indices stand in for the "
            f"nowcast, and {number:,} of {len(own):,} samples ({100 * number / len(own):.0f} %) "
            "are issued before all that they show was published (VTEC by the latency of its "
            f"source, indices by the hours of the configuration), by {most:g} h at most."
        )
    return lines


def windows(results: Results) -> Grid:
    """Windows of each variant."""
    facts = data.facts_of(results)
    rows = [["stations", *(len(stations(own)) for own in results.variants.values())]]
    names = {"windows": "windows", "steps": "epochs that a window shows"}
    rows += [[text, *(own.get(key) for own in facts.values())] for key, text in names.items()]
    leads = [len(own.get("leads", [])) for own in facts.values()]
    rows.append(["epochs to tell", *leads])
    return grid(["windows", *facts], rows, "Windows")


def parts(results: Results) -> Grid:
    """Windows by part of the split."""
    facts = data.facts_of(results)
    rows = [
        [name, *(own.get("parts", {}).get(part, 0) for part in data.PARTS)]
        for name, own in facts.items()
    ]
    return grid(["variant", *data.PARTS], rows, "Windows by part of the split")


def left_out(results: Results) -> Grid:
    """Why epochs end no window."""
    facts = data.facts_of(results)
    reasons = dict.fromkeys(why for own in facts.values() for why in own.get("left_out", {}))
    rows = [[why, *(own.get("left_out", {}).get(why) for own in facts.values())] for why in reasons]
    return grid(["why", *facts], rows, "Epochs that end no window")


def stand_ins(results: Results) -> Grid:
    """Where the last value of an index stood in for a missing one."""
    facts = data.facts_of(results)
    names = dict.fromkeys(name for own in facts.values() for name in own.get("carried", {}))
    rows = [[name, *(own.get("carried", {}).get(name) for own in facts.values())] for name in names]
    head = "Epochs at which the last value of an index stands in for one that is not there"
    return grid(["index", *facts], rows, head)


def activity(results: Results) -> Grid:
    """Sun and magnetosphere while windows were open: medians by part of the split."""
    columns = {"kp_max": "largest Kp", "dst_min": "least Dst (nT)", "f107": "mean F10.7 (sfu)"}
    rows = []
    for variant, samples in results.samples.items():
        split = results.splits[variant].set_index("sample_id")["split"]
        own = samples.assign(part=samples["sample_id"].map(split))
        for part in data.PARTS[:3]:
            here = own[own["part"] == part]
            if len(here):
                medians = [here[column].dropna().median() for column in columns]
                known = [None if pd.isna(one) else float(one) for one in medians]
                rows.append([variant, part, *known])
    head = ["variant", "part", *columns.values()]
    return grid(head, rows, "Medians over the windows", digits=1)

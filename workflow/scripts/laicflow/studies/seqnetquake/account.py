"""The report's account of the data of this study: satellites, earthquakes, windows."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.report import data
from laicflow.report.blocks import Grid, grid, plural
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake.needs import SIMULATED, mission
from laicflow.studies.seqnetquake.table_place import facts_of

CLASSES = {0: "non-seismic", 1: "seismic", 2: "storm"}
# Samples that no window is cut of, by why (`windows.LEFT_OUT`).
LEFT_OUT = {
    "beyond": "beyond the latitudes of the study",
    "first": "at the start of a pass",
    "noisy": "that the mission calls noisy",
}
WINDOWS = {
    "windows": "windows of the mission",
    "events_before": "earthquakes",
    "aftershocks": "of them aftershocks, which go",
    "events": "earthquakes that are left",
    "events_beyond": "earthquakes after the last day, which its last windows come before",
    "earthquakes_with_window": "of both with a window",
    "artificial": "artificial events",
    "artificial_in_zone": "of them in the space and days before an earthquake",
    "tries": "tries for them",
    "refused": "of them refused: an earthquake too near",
    "without_partner": "earthquakes without an artificial event in their place",
    "out_of_season": "artificial events at another season than their earthquake's",
    "of_aftershocks": "windows near removed aftershocks, left out",
    "both": "windows near an earthquake and an artificial event: seismic",
    "in_zones": "windows of artificial events that reach in there, left out",
    "past_catalog": "windows too near the end of the catalog to tell what follows, left out",
    "kp_unknown": "windows without Kp, left out",
    "missing_values": "windows with missing values, left out",
    "left_out_by_limit": "windows left out by the limit on samples",
}


def account(
    results: Results, events: pd.DataFrame, receipts: list[dict], simulated: bool, options: dict
) -> dict:
    """Sentences and tables of the section on the data."""
    sources, closed = options["catalog_sources"], options["catalog_closed"]
    return {
        "lacking": lacking(results),
        "series": satellites(results, simulated),
        "catalog": data.catalog(
            events, results, receipts, sources, closed, "windows", where="left"
        ),
        "windows": data.windows(results, WINDOWS),
        "classes": classes(results),
        "shares": shares(results),
        "products": products(results),
        "activity": activity(results),
        "places": grid(["site"], [["everywhere along the orbits"]]),
    }


def lacking(results: Results) -> list[str]:
    """Why variants have no samples."""
    found = {name: facts_of(own).get("lacking", "") for name, own in results.samples.items()}
    return [f"No samples under {name}: {why}." for name, why in found.items() if why]


def satellites(results: Results, simulated: bool = False) -> list[str]:
    """Sentences on the windows of the study's own preparation."""
    tensors = results.tensors
    counts = json.loads(tensors.attrs["counts"])
    name = mission(results.settings)
    own = results.settings["missions"][name]
    if own["orbit"] == SIMULATED:
        head = (
            f"{name}: its orbit is computed, and no file of it is read: nothing here hangs on what "
            "was measured."
        )
    else:
        source = "simulated" if simulated else tensors.attrs.get("source", "")
        head = (
            f"{name} ({source}): satellites {', '.join(json.loads(tensors.attrs['satellites']))}."
        )
    lines = [
        f"{head} {plural(counts['samples'], 'sample')} in {plural(counts['runs'], 'run')} make "
        f"{plural(counts['windows'], 'window')} of {tensors.attrs['steps']} samples on the "
        f"{tensors.attrs['side']} side."
    ]
    said = [
        f"{plural(counts[f'{why}_left_out'], 'sample')} {what}"
        for why, what in LEFT_OUT.items()
        if counts.get(f"{why}_left_out")
    ]
    return [*lines, f"Left out before: {', '.join(said)}."] if said else lines


def classes(results: Results) -> Grid:
    """Samples by class and part of the split."""
    rows = []
    for variant, splits in results.splits.items():
        labels = results.samples[variant].set_index("sample_id")["label"]
        own = splits.assign(label=splits["sample_id"].map(labels))
        for fold, part in own.groupby("fold", sort=True):
            for label, name in CLASSES.items():
                sizes = part.loc[part["label"] == label, "split"].value_counts()
                counts = [int(sizes.get(role, 0)) for role in data.PARTS]
                rows.append([variant, f"{int(fold) + 1}", name, *counts])
    head = ["variant", "fold", "class", *data.PARTS]
    return grid(head, rows, "Samples by fold and part of the split")


def shares(results: Results) -> Grid:
    """Shares of the classes by variant."""
    rows = []
    for variant, samples in results.samples.items():
        facts = facts_of(samples)
        own = [facts.get(f"share_{name}") for name in ("non_seismic", "seismic", "storm")]
        rows.append([variant, *("" if one is None else f"{100 * one:.1f} %" for one in own)])
    made = grid(["variant", *CLASSES.values()], rows, "Shares of the classes")
    made.numeric = [False, True, True, True]
    return made


def products(results: Results) -> Grid:
    """Samples by satellite and mode of the probe: burst is switched on by region."""
    rows = []
    for variant, samples in results.samples.items():
        for (product, mode), own in samples.groupby(["product", "work_mode"], sort=True):
            sizes = [int((own["label"] == label).sum()) for label in CLASSES]
            rows.append([variant, product, mode, *sizes])
    head = ["variant", "satellite", "mode", *CLASSES.values()]
    return grid(head, rows, "Samples by satellite and mode of the probe")


def activity(results: Results) -> Grid:
    """Sun and magnetosphere during the windows of each class: medians."""
    columns = {"kp_max": "Kp", "dst_min": "Dst (nT)", "f107": "F10.7 (sfu)"}
    rows = []
    for variant, samples in results.samples.items():
        for label, name in CLASSES.items():
            own = samples[samples["label"] == label]
            medians = [own[column].dropna().median() for column in columns]
            rows.append([variant, name, *(None if pd.isna(v) else float(v) for v in medians)])
    return grid(["variant", "class", *columns.values()], rows, "Medians over the samples", digits=1)

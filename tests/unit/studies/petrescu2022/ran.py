"""A small study that has run: two variants were tested, one had no quiet window."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.evaluation.scores import score
from laicflow.schema import conform, empty
from laicflow.studies.results import Results, with_variants

LACKING = "no window of 10080 min is quiet"
SITES = ("DUR", "IZN")
N = 40
TEST = 10
EXPERIMENTS = ("adam", "baseline_majority", "baseline_date", "baseline_neuron")
EVENTS = {"events": 12, "magnitude_max": 6.1, "without_window": 2, "disturbed": 3}
EVENTS |= {"overlapping": 1, "samples": 6}


def settings_of(shipped: dict) -> dict:
    """The study as shipped with two observatories, two seeds and no trial of optimizers."""
    own = copy.deepcopy(shipped)
    own["sites"]["points"] = [p for p in own["sites"]["points"] if p["site"] in SITES]
    own["period"] = {"start": "2016-01-01", "end": "2016-02-29"}
    own["shown"] = ["paper-hour", "clean-day", "paper"]
    own["compare"]["lengths"] = own["shown"]
    own["seeds"] = [0, 1]
    own["variants"]["paper"] = {}
    return own | {"audit": {"bootstrap": 200}, "seed": 1}


def samples(facts: dict, n: int = N) -> pd.DataFrame:
    """A window a day; the first half of each ten is before an earthquake, but for the last ten."""
    end = pd.date_range("2016-01-05", periods=n)
    label = (np.arange(n) % 10 < 5).astype(int)
    # Six of the ten that are tested.
    label[-TEST:] = [1] * 6 + [0] * 4
    rows = {
        "sample_id": [f"s{k}" for k in range(n)],
        "window_id": [f"DUR/{one:%Y-%m-%dT%H:%M}" for one in end],
        "end": end,
        "start": end - pd.Timedelta(hours=1),
        "support_start": end - pd.Timedelta(hours=1),
        "issue_time": end,
        "site": "DUR",
        "label": label,
        "product": "definitive",
        "split": "test",
    }
    table = conform(pd.DataFrame(rows), "samples")
    table.attrs = {"facts": json.dumps(facts)}
    return table


def splits() -> pd.DataFrame:
    """The last ten samples are tested."""
    role = np.repeat(["train", "test"], [N - TEST, TEST])
    rows = {"draw": 0, "fold": 0, "sample_id": [f"s{k}" for k in range(N)], "split": role}
    return conform(pd.DataFrame(rows), "splits")


def predictions(outputs: dict[str, list[np.ndarray]]) -> pd.DataFrame:
    """Test predictions: for each experiment the outputs of its seeds."""
    target = np.array([1.0] * 6 + [0.0] * 4)
    rows = [
        pd.DataFrame(
            {
                "sample_id": [f"s{k}" for k in range(N - TEST, N)],
                "experiment": name,
                "seed": seed,
                "draw": 0,
                "fold": 0,
                "split": "test",
                "target": target,
                "output": output,
            }
        )
        for name, seeds in outputs.items()
        for seed, output in enumerate(seeds)
    ]
    return conform(pd.concat(rows, ignore_index=True), "predictions")


def history(experiment: str = "adam", epochs: int = 3, **more: float) -> pd.DataFrame:
    """Two seeds, whose training loss is 0.7, 0.6, ... and 0.1 more; the accuracies are constant."""
    rows = [
        {"experiment": experiment, "seed": seed, "draw": 0, "fold": 0, "epoch": epoch}
        | {"train_loss": 0.8 - 0.1 * epoch + 0.1 * seed, "train_accuracy": 0.5}
        | {"validation_loss": 0.7 + 0.02 * seed, "validation_accuracy": 0.6}
        | more
        for seed in (0, 1)
        for epoch in range(1, epochs + 1)
    ]
    return conform(pd.DataFrame(rows), "history")


def tensors() -> xr.Dataset:
    """Two observatories; a tenth of the minutes of DUR is missing."""
    counts = {"minutes": 1000, "missing": 100, "without_absolute_level": 0, "filled": 0}
    time = np.datetime64("2016-01-01", "us") + np.arange(86_400) * np.timedelta64(1, "m")
    of = {name: json.dumps({site: value for site in SITES}) for name, value in _ATTRS.items()}
    by_site = {"DUR": counts, "IZN": {**counts, "missing": 0, "without_absolute_level": 7}}
    jump = [{"time": "2016-01-09T12:30:00.000000", "size_nt": 41.4}]
    attrs = of | {
        "counts": json.dumps(by_site),
        "jumps": json.dumps({"DUR": [], "IZN": jump}),
        "settle_minutes": 0,
    }
    places = {"latitude": ("site", [41.39, 40.5]), "longitude": ("site", [14.28, 29.72])}
    return xr.Dataset(coords={"site": list(SITES), "time": time, **places}, attrs=attrs)


_ATTRS = {
    "sources": "intermagnet",
    "minutes_by_state": {"definitive": 750, "provisional": 250},
    "absolute": 1,
}


def events() -> pd.DataFrame:
    """Of five earthquakes two belong to DUR: one is too weak, one too deep, one too far."""
    rows = {
        "event_id": list("abcde"),
        "time": pd.date_range("2016-01-20", periods=5).astype("datetime64[us]"),
        "latitude": [41.4, 41.5, 41.4, 41.4, 45.0],
        "longitude": [14.3, 14.3, 14.3, 14.3, 14.3],
        "depth_km": [10.0, 12.0, 10.0, 80.0, 10.0],
        "magnitude": [4.5, 5.0, 3.9, 5.0, 5.0],
        "magnitude_type": ["mb", "mw", "mb", "mb", "mb"],
    }
    return conform(pd.DataFrame(rows), "events")


def results_of(shipped: dict) -> Results:
    """`paper-hour` always says 1, `clean-day` is right in eight of ten, `paper` has no samples."""
    settings = settings_of(shipped)
    everything = with_variants(settings)
    own = Results("run", "petrescu2022", settings, {n: everything[n] for n in settings["shown"]})
    own.tensors, own.events = tensors(), events()
    site = {"site": list(SITES), "latitude": [41.39, 40.5], "longitude": [14.28, 29.72]}
    own.sites = conform(pd.DataFrame(site | {"event_ids": ""}), "sites")
    good = np.array([0.9, 0.8, 0.9, 0.8, 0.9, 0.4, 0.1, 0.2, 0.1, 0.6])
    for variant in own.variants:
        tested = variant != "paper"
        facts = {"by_site": {"DUR": EVENTS}, "events": 12, "event_days": 9, "pairs": 6}
        facts |= {"without_partner": 0, "quiet_share": {"DUR": 0.25}, "dst": "available"}
        facts |= {"normal_share": {"7": 0.25}, "lacking": "" if tested else LACKING}
        own.samples[variant] = samples(facts)
        own.splits[variant] = splits() if tested else empty("splits")
        network = np.full(TEST, 0.7) if variant == "paper-hour" else good
        coin = np.full(TEST, 0.6)
        outputs = dict.fromkeys(EXPERIMENTS[1:], [coin]) | {"adam": [network, network]}
        own.predictions[variant] = predictions(outputs) if tested else empty("predictions")
        own.history[variant] = history() if tested else empty("history")
        why = {"experiment": list(EXPERIMENTS), "seed": 0, "why": "undecidable: no split"}
        own.notes[variant] = empty("notes") if tested else conform(pd.DataFrame(why), "notes")
        own.scores[variant] = score(
            own.predictions[variant],
            own.samples[variant],
            own.settings["audit"],
            variant=variant,
            notes=own.notes[variant],
            names=("run", "petrescu2022", variant, "1"),
        )
    return own

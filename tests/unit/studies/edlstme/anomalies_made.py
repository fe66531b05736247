"""A small record of two stations with forecasts, and the results that figures of anomalies read."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.schema import EVENTS
from laicflow.studies.edlstme import anomalies
from laicflow.studies.results import Results

START, HOUR = np.datetime64("2020-01-01", "us"), np.timedelta64(1, "h")
DAYS = 60
TIMES = START + np.arange(24 * DAYS) * HOUR
EVENT = {"name": "Somewhere", "time": "2020-02-10T06:00:00", "latitude": 1.0, "longitude": 0.0}
EVENT |= {"magnitude": 6.0}
RULES = {
    "mode": "paper",
    "lead": "shortest",
    "days": 5,
    "sigmas": 2,
    "least_days": 4,
    "iqr": {"days": 5, "k": 1.5, "least_days": 4},
    "use_filled": True,
    "shown": {"before_days": 3, "after_days": 1},
    "heat": {"before_days": 5, "after_days": 2},
    "quiet": {"start": "2020-02-20", "days": 4, "away_days": 2},
}
CLEAN = {**RULES, "mode": "clean", "use_filled": False}
AUDIT = {"bootstrap": 100, "min_blocks": 5}


def study(sites: tuple[str, ...] = ("AAA", "BBB"), **changed) -> dict:
    """Settings of a variant, `changed` laid over them."""
    points = [
        {"site": site, "latitude": 0.0, "longitude": 10.0 * k, "group": "main"}
        for k, site in enumerate(sites)
    ]
    return {
        "anomalies": RULES,
        "disturbed": {"kp_from": 3, "dst_to": -30},
        "event": EVENT,
        "headline": {"experiment": "ed-lstme"},
        "seeds": [0],
        "sites": {"points": points},
        "window": {"group": "main"},
        **changed,
    }


def tensors(sites: tuple[str, ...] = ("AAA", "BBB")) -> xr.Dataset:
    """10 TECU and noise; a jump by 8 TECU at AAA on 9 February at 12 h, a filled day at BBB."""
    rng = np.random.default_rng(3)
    vtec = 10 + rng.normal(0, 0.5, (len(TIMES), len(sites)))
    vtec[TIMES == np.datetime64("2020-02-09T12:00"), 0] += 8
    filled = np.zeros(vtec.shape, "i1")
    day = TIMES.astype("datetime64[D]") == np.datetime64("2020-02-08")
    filled[day, -1] = 1
    seen = np.where(filled, np.nan, vtec)
    kp_times = START + np.arange(8 * DAYS) * 3 * HOUR
    kp = np.where(kp_times.astype("datetime64[D]") == np.datetime64("2020-02-07"), 6.0, 1.0)
    return xr.Dataset(
        {
            "vtec": (("time", "station"), seen.astype("f4")),
            "cleaned": (("time", "station"), vtec.astype("f4")),
            "filled": (("time", "station"), filled),
            "kp": ("time_kp", kp),
            "dst": ("time_dst", np.full(len(TIMES), -5.0)),
            "f107": ("time_f107", np.full(DAYS, 70.0)),
        },
        coords={
            "time": TIMES,
            "station": list(sites),
            "latitude": ("station", np.zeros(len(sites))),
            "longitude": ("station", 10.0 * np.arange(len(sites))),
            "time_kp": kp_times,
            "time_dst": TIMES,
            "time_f107": START + np.arange(DAYS) * np.timedelta64(1, "D"),
        },
    )


def forecasts(sites: tuple[str, ...] = ("AAA", "BBB"), seeds: tuple[int, ...] = (0,)):
    """Predictions and samples: 10 TECU an hour ahead, from the first day on."""
    predictions, samples = [], []
    for site in sites:
        ids = [f"{site} {time}" for time in TIMES[:-1]]
        samples.append(pd.DataFrame({"sample_id": ids, "issue_time": TIMES[:-1], "site": site}))
        for seed in seeds:
            own = pd.DataFrame({"sample_id": ids, "seed": seed, "draw": 0, "split": "test"})
            predictions.append(own.assign(lead=1.0, output=10.0 + 0.1 * seed))
    return pd.concat(predictions, ignore_index=True), pd.concat(samples, ignore_index=True)


def catalog(*rows: tuple[str, float, float, float]) -> pd.DataFrame:
    """Events from time, latitude, longitude, magnitude."""
    table = pd.DataFrame(rows, columns=["time", "latitude", "longitude", "magnitude"])
    table["time"] = pd.to_datetime(table["time"], format="ISO8601").astype("datetime64[us]")
    table["event_id"] = [f"e{k}" for k in range(len(table))]
    return table.reindex(columns=list(EVENTS))


def results(
    sites: tuple[str, ...] = ("AAA", "BBB"), events: pd.DataFrame | None = None, **changed
) -> Results:
    """Two variants, `paper` and `clean`, with all that the rule writes of them."""
    made, (predictions, samples) = tensors(sites), forecasts(sites)
    own = study(sites, **changed)
    clean = {**own, "anomalies": {**own["anomalies"], "mode": "clean", "use_filled": False}}
    found = Results("test", "edlstme", own, {"paper": own, "clean": clean})
    events = catalog() if events is None else events
    for name, variant in found.variants.items():
        one = anomalies.make(
            made, predictions, samples, events, variant, names=("test", name), audit=AUDIT
        )
        found.series[name] = made
        for kind in ("anomalies", "alarms", "quakes"):
            table = getattr(one, kind)
            table.attrs["facts"] = json.dumps(one.facts)
            getattr(found, kind)[name] = table
    return found

"""A year of minutes at two observatories, its earthquakes, and settings to update by."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.config import copied
from laicflow.prospective_plan import Data, Plan
from laicflow.readers.geomagnetic import STATES
from laicflow.schema import conform
from laicflow.studies.petrescu2022 import prospective as hooks
from laicflow.studies.petrescu2022.samples import choose

FIRST, LAST = pd.Timestamp("2003-01-01"), pd.Timestamp("2004-01-01")
HOUR, DAY = pd.Timedelta(hours=1), pd.Timedelta(days=1)
MINUTES = 60
SITES = {"AAA": (10.0, 10.0), "BBB": (40.0, 60.0)}
STUDY = {
    "period": {"start": "2003-01-01", "end": "2003-03-31"},
    "catalog": {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 4.0,
        "inclusive": True,
        "depth_km": [-10, 100],
    },
    "sites": {
        "mode": "points",
        "points": [
            {"site": site, "latitude": place[0], "longitude": place[1]}
            for site, place in SITES.items()
        ],
    },
    "labels": {"radius_km": 200, "depth_km": [-10, 30], "by_site": {}},
    "window": {"minutes": MINUTES, "max_gap_minutes": 3, "normalise": "zmax"},
    "normal": {
        "gap_days": 0.5,
        "kp_below": 4,
        "dst_above": -30,
        "max_share": 0.0,
        "of": "quiet",
    },
    "samples": {
        "per_class": 50,
        "thin": False,
        "same_minute": False,
        "step_minutes": 60,
        "pair_within": "site",
    },
    "split": {
        "kind": "random",
        "test": 0.2,
        "validation": 0.0,
        "blocks": 5,
        "folds": 1,
        "draws": 1,
    },
    "prospective": {
        "start": "2003-04-01",
        "step_hours": 6,
        "horizon_hours": 72,
        "epochs": 2,
        "threshold": 0.5,
    },
}
PLAN = Plan(
    run="test",
    study="petrescu2022",
    variant="paper",
    experiment="adam",
    seed=0,
    settings=STUDY,
    model="vgg_magnetic",
    model_options={"minutes": MINUTES, "width": 0.1},
    training={
        "epochs": 3,
        "batch_size": 8,
        "learning_rate": 1e-3,
        "optimizer": "adam",
        "standardise": "channel",
        "accelerator": "cpu",
        "threads": 1,
    },
    code="c0de",
)
MONTHS = [pd.Timestamp(2003, month, 1, 7, 30) for month in range(4, 13)]
# Days from 1 January (0) on, at half past noon of which the earth quakes: four in thirty.
QUAKE_DAYS = [day + 30 * month for month in range(12) for day in (2, 9, 16, 23)]


def renewed(plan: Plan, **changes) -> Plan:
    """The plan with changes, as it would be registered."""
    plan = replace(plan, **changes)
    kept = copied(plan.settings)
    kept["prospective"].pop("amendment", None)
    content = {key: getattr(plan, key) for key in ("seed", "model", "model_options", "training")}
    return replace(plan, registered={**plan.registered, **content, "settings": kept})


def amend(plan: Plan, why: str, **changes) -> Plan:
    """The plan with a reason for other settings, by group: `labels={"radius_km": 1}`."""
    groups = {"prospective": {}, **changes}
    settings = {**plan.settings, **{k: {**plan.settings[k], **v} for k, v in groups.items()}}
    settings["prospective"]["amendment"] = why
    return renewed(plan, settings=settings)


PLAN = renewed(PLAN)


def tensors_of(seed: int = 0) -> xr.Dataset:
    minutes = int((LAST - FIRST) / pd.Timedelta(minutes=1))
    noise = np.random.default_rng(seed).standard_normal((2, 3, minutes)).astype("float32")
    field = noise + np.array([20_000, 1_000, 44_000], dtype="float32")[:, None]
    dims = ("site", "time")
    return xr.Dataset(
        {
            "field": (("site", "component", "time"), field),
            "filled": (dims, np.zeros((2, minutes), dtype="int8")),
            "state": (dims, np.zeros((2, minutes), dtype="int8")),
        },
        coords={
            "site": np.array(list(SITES), dtype=object),
            "component": np.array(["X", "Y", "Z"], dtype=object),
            "time": FIRST.to_datetime64().astype("datetime64[us]")
            + np.arange(minutes) * np.timedelta64(1, "m"),
            "latitude": ("site", [place[0] for place in SITES.values()]),
            "longitude": ("site", [place[1] for place in SITES.values()]),
        },
        attrs={
            "filter": "none",
            "preparation": "raw",
            "two_sided": 0,
            "settle_minutes": 0,
            "jumps": "{}",
            "states": json.dumps(STATES),
        },
    )


def quakes(days=QUAKE_DAYS, hour: float = 12.5) -> pd.DataFrame:
    """An earthquake right under AAA on each day; every other one under BBB too, an hour later."""
    rows = [(f"a{day}", "AAA", day, 0.0) for day in days]
    rows += [(f"b{day}", "BBB", day, 1.0) for day in days[::2]]
    table = pd.DataFrame(
        {
            "event_id": [row[0] for row in rows],
            "latitude": [SITES[row[1]][0] for row in rows],
            "longitude": [SITES[row[1]][1] for row in rows],
            "time": [FIRST + row[2] * DAY + (hour + row[3]) * HOUR for row in rows],
            "depth_km": 10.0,
            "magnitude": 5.0,
            "event_type": "earthquake",
        }
    )
    return conform(table.sort_values("time"), "events")


def indices(kp: float = 1.0) -> dict[str, pd.DataFrame]:
    three = pd.date_range(FIRST, LAST, freq="3h", inclusive="left")
    return {
        "kp": pd.DataFrame({"time": three, "kp": kp}),
        "dst": pd.DataFrame({"time": pd.date_range(FIRST, LAST, freq="h"), "dst": -5.0}),
        "f107": pd.DataFrame({"time": pd.date_range(FIRST, LAST), "f107": 120.0}),
    }


def year_of_data() -> Data:
    """All that is at hand of the year."""
    return Data(tensors_of(), quakes(), indices(), "1a" * 32, FIRST)


def history_of(data: Data) -> pd.DataFrame:
    """The samples of the study's own period."""
    end = pd.Timestamp(STUDY["period"]["end"]) + DAY
    names = ("test", "petrescu2022", "paper", "0")
    part, events = hooks.until(data.tensors, end), data.events[data.events["time"] < end]
    return choose(part, events, data.indices, STUDY, names=names, latency_days=0)[0]

"""The hooks of this study, held against days counted by hand."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow import ledger
from laicflow.prospective import update
from laicflow.prospective_plan import Data, Plan
from laicflow.schema import conform
from laicflow.studies.pham2023 import prospective as hooks
from laicflow.studies.pham2023.samples import choose
from laicflow.studies.pham2023.windows import CHANNELS
from tests.unit.prospective_year import renewed

FIRST, DAY = pd.Timestamp("2001-01-01"), pd.Timedelta(days=1)
DAYS = 130
STUDY = {
    "period": {"start": "2001-01-01", "end": "2001-03-11"},
    "catalog": {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 5.0,
        "inclusive": True,
        "depth_km": [-10, 800],
    },
    "sites": {"mode": "points", "points": []},
    "window": {"days": 4},
    "reference": {"days": 3, "k": 1.5, "least": 2},
    "image": {"size": 32, "exceedance": False},
    "normal": {"gap_days": 2, "radius_km": 500, "sweep": [1, 2]},
    "samples": {"per_class": 100, "one_per_day": False, "max_fill": 0.02, "pair_within": "site"},
    "split": {
        "kind": "blocks",
        "test": 0.2,
        "validation": 0.1,
        "folds": 1,
        "draws": 1,
        "blocks": 5,
        "regions": 3,
    },
    "prospective": {"start": "2001-03-12", "epochs": 1, "threshold": 0.5},
}


def tensors() -> xr.Dataset:
    rng = np.random.default_rng(1)
    dims = ("site", "day", "hour")
    content = {name: (dims, rng.random((1, DAYS, 24)).astype("float32")) for name in CHANNELS}
    for name in CHANNELS[1:]:
        content[name][1][:, :3] = np.nan
    return xr.Dataset(
        content | {"spacing_s": (dims[1:], np.full((DAYS, 24), 3600.0))},
        coords={
            "site": np.array(["japan"], dtype=object),
            "day": pd.date_range(FIRST, periods=DAYS).to_numpy(),
            "hour": np.arange(24),
            "latitude": ("site", [36.5]),
            "longitude": ("site", [142.0]),
        },
        attrs={"source": "code"},
    )


def quakes(days) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "event_id": [f"q{day}" for day in days],
            "time": [FIRST + (day + 0.5) * DAY for day in days],
            "latitude": 36.0,
            "longitude": 142.0,
            "depth_km": 10.0,
            "magnitude": 6.0,
            "event_type": "earthquake",
        }
    )
    return conform(table, "events")


INDICES = {
    "kp": pd.DataFrame({"time": pd.date_range(FIRST, periods=DAYS * 8, freq="3h"), "kp": 2.0}),
    "dst": pd.DataFrame({"time": pd.date_range(FIRST, periods=DAYS * 24, freq="h"), "dst": 0.0}),
    "f107": pd.DataFrame({"time": pd.date_range(FIRST, periods=DAYS), "f107": 150.0}),
}


def test_the_window_that_ends_now_is_that_of_the_last_whole_day():
    part = hooks.until(tensors(), FIRST + 20.7 * DAY)
    assert part.sizes["day"] == 20
    row = hooks.ending(part, STUDY).iloc[0]
    # Days 16 to 19, before day 20 (21 January).
    assert row["window_id"] == "japan/2001-01-20"
    assert (row["start"], row["end"]) == (FIRST + 16 * DAY, FIRST + 20 * DAY)
    assert hooks.horizon(STUDY) == 2 * DAY
    ids = ["japan/2001-01-20", "japan/2001-01-21", "japan/2001-01-05", "other/2001-01-20"]
    assert hooks.usable(part, ids, STUDY).tolist() == [True, False, False, False]


def test_labels_are_those_of_the_whole_record():
    whole, events = tensors(), quakes([30, 44, 45, 61])
    names = ("run", "pham2023", "paper", "0")
    random = {**STUDY, "split": {**STUDY["split"], "kind": "random"}}
    all_of_them, _, _ = choose(whole, events, INDICES, random, names=names, latency_days=0)
    since, until = FIRST + 30 * DAY, FIRST + 61 * DAY
    part = hooks.labelled(whole, events, INDICES, STUDY, since, until, names)
    inside = (all_of_them["end"] >= since) & (all_of_them["end"] < until)
    assert set(part["sample_id"]) == set(all_of_them.loc[inside, "sample_id"])
    # Of 31 days three are of earthquakes (30, 44, 45); 29, 43 and 60 lie before one.
    assert (part["label"] == 1).sum() == 3
    assert (part["label"] == 0).sum() == 31 - 3 - 2
    assert part["match_id"].notna().sum() == 6


def test_labels_are_settled_when_the_days_after_are_known():
    # Known is all before day 50.4: the window before day 48 asks for days 48 and 49.
    known = FIRST + 50.4 * DAY
    assert hooks.labelled_until(tensors(), INDICES, STUDY, known) == FIRST + 49 * DAY
    short = hooks.until(tensors(), FIRST + 20 * DAY)
    assert hooks.labelled_until(short, INDICES, STUDY, known) == FIRST + 21 * DAY


def test_earthquakes_of_a_site():
    events = quakes([1, 2])
    events.loc[1, "latitude"] = 30.0
    assert len(hooks.events_of("japan", tensors(), events, STUDY)) == 2
    study = copy.deepcopy(STUDY)
    study["sites"]["mode"] = "epicentres"
    # 6.5 degrees of latitude are 723 km.
    assert hooks.events_of("japan", tensors(), events, study)["event_id"].tolist() == ["q1"]


@pytest.fixture
def plan():
    options = {"in_chans": 6, "pretrained": "none", "width": 0.1}
    return renewed(Plan("test", "pham2023", "paper", "e", 0, STUDY, "", options, {}, ""))


def test_a_season_from_end_to_end(tmp_path, plan, monkeypatch):
    import torch

    from laicflow.models import registry

    def build(name, options, *, seed):
        torch.manual_seed(seed)
        flat = torch.nn.Flatten()
        return torch.nn.Sequential(flat, torch.nn.Linear(6 * 32 * 32, 1))

    monkeypatch.setattr(registry, "build", build)
    plan.training.update(epochs=1, batch_size=4, accelerator="cpu", threads=1)
    events = quakes(range(10, DAYS, 9))
    data = Data(tensors(), events, INDICES, "0" * 64, FIRST)
    random = {**STUDY, "split": {**STUDY["split"], "kind": "random"}}
    history, _, _ = choose(
        hooks.until(data.tensors, FIRST + 70 * DAY),
        events[events["time"] < FIRST + 70 * DAY],
        INDICES,
        random,
        names=("test", "pham2023", "paper", "0"),
        latency_days=0,
    )
    for day in (71.25, 81.25, 100.25):
        now = FIRST + day * DAY
        update(hooks, plan, data, history, tmp_path, now=now, known_until=now)
    table = ledger.read(tmp_path / "forecasts.parquet")
    ledger.verify(tmp_path / "forecasts.parquet")
    forecasts = table[table["kind"] == "forecast"]
    assert ((forecasts["window_end"] - FIRST) / DAY).tolist() == [71, 81, 100]
    # Days 10, 19, ..., 73, 82, ...: 71 to 72 is quiet, 82 lies in 81 to 82.
    outcomes = table[table["kind"] == "outcome"]
    assert outcomes["outcome"].tolist() == [0, 1]
    assert outcomes["event_ids"].tolist() == ["", "q82"]
    # After history (until day 70) there is one earthquake by day 80, too few, and three by day 99.
    models = [json.loads(path.read_text()) for path in (tmp_path / "models").glob("*.json")]
    models.sort(key=lambda model: model["trained_until"])
    assert [model["trained_until"][:10] for model in models] == ["2001-03-11", "2001-04-10"]
    assert models[1]["samples"] == {"0": 3, "1": 3}
    assert models[1]["parent"] == models[0]["sha256"]

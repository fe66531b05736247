"""The planted world has the windows, labels, samples and split of the observed one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from laicflow.clean.probes import write
from laicflow.config import merge
from laicflow.config import study as study_of
from laicflow.inject import probes as inject
from laicflow.schema import conform
from laicflow.studies.results import tensors_file
from laicflow.studies.seqnetquake import needs, windows
from laicflow.studies.seqnetquake.samples import choose
from tests.unit.studies.seqnetquake.made import START, events, samples, until_later

DAYS = 60
CHANGE = {
    "missions": {"cses": {"start": "2019-03-01", "end": "2019-04-29", "latitude_max": 65}},
    "labels": {"radius": "circle", "degrees": 6, "days": 5},
    "normal": {"gap_degrees": 6, "gap_days": 5},
    "samples": {"most": 25},
}
INJECTION = {"amplitude": 0.5, "radius": 6, "unit": "degrees", "lead_days": [5, 0]}


def passes() -> pd.DataFrame:
    """Twice a day a pass of 600 s from the equator to 36 N along 20 E; some values are missing."""
    rng = np.random.default_rng(1)
    parts = []
    for half in range(2 * DAYS):
        part = samples(list(np.arange(0, 600, 3.0)), orbit=half)
        part["time"] = part["time"] + np.timedelta64(12 * half, "h")
        part.loc[rng.random(len(part)) < 0.002, "ne"] = np.nan
        parts.append(part)
    return conform(pd.concat(parts, ignore_index=True), "probes")


@pytest.fixture
def quakes() -> pd.DataFrame:
    """Earthquakes under the passes, every six days at 10 N or 28 N."""
    rows = [(144 * k + 100, 10 if k % 2 else 28, 20 + 0.1 * k, 5 + 0.1 * k) for k in range(10)]
    return until_later(events(rows))


def test_labels_and_samples_are_those_of_the_observed_world(
    whole: dict, quakes: pd.DataFrame, tmp_path: Path
) -> None:
    own = {
        name: merge(study_of(whole, "seqnetquake", name), CHANGE) for name in ("control", "planted")
    }
    table = passes()
    world = inject.mainshocks(quakes, own["planted"]["catalog"], own["planted"]["aftershocks"])
    made, counts = inject.planter(world, INJECTION, 1)(table)
    assert len(counts) > 5
    times = START + np.arange(0, 8 * (DAYS + 20)) * np.timedelta64(3, "h")
    kp = np.where(np.arange(len(times)) % 40 < 8, 5.0, 1.0)
    indices = {
        "kp": pd.DataFrame({"time": times, "kp": kp}),
        "f107": pd.DataFrame({"time": times[::8], "f107": 70.0}),
        "dst": None,
    }
    found = {}
    for name, probes in (("control", table), ("planted", made)):
        path = tmp_path / f"{name}.parquet"
        write(probes, path, {"source": "cses_lap"})
        settings = needs.preparation(own[name], own[name]["window"]["preparation"])
        tensors = windows.prepare([path], pd.DataFrame(), settings)
        names = ("run", "seqnetquake", name, "1")
        found[name] = (
            tensors,
            *choose(tensors, quakes, indices, own[name], names=names, latency_days=3),
        )
    (before, *chosen), (after, *again) = found["control"], found["planted"]
    for one, other in zip(chosen[:2], again[:2], strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert chosen[2] == again[2]
    # Enough of each class for this to say something, more than are taken, and windows that lack.
    assert set(chosen[0]["label"]) == {0, 1, 2}
    assert chosen[2]["left_out_by_limit"] > 0 and chosen[2]["missing_values"] > 0
    assert set(chosen[1]["split"]) >= {"train", "test"}
    changed = (before["values"].values != after["values"].values).any(axis=1)
    assert changed[:, 0].any() and not np.array_equal(before["values"], after["values"])
    ids = {label: own["sample_id"].tolist() for label, own in chosen[0].groupby("label")}
    differs = {
        k: (windows.cut(before, v, own["control"]) != windows.cut(after, v, own["planted"])).any(
            axis=(1, 2)
        )
        for k, v in ids.items()
    }
    # Ne of every seismic window, of no other that is not a storm's, and no Te.
    assert differs[1][:, 0].all() and not differs[0].any()
    assert not any(one[:, 1].any() for one in differs.values())


def test_the_planted_variant_reads_its_own_world(whole: dict) -> None:
    own = {name: study_of(whole, "seqnetquake", name) for name in ("control", "planted")}
    assert tensors_file(own["control"]) == "tensors/observed-cses-night-even.nc"
    assert tensors_file(own["planted"]) == "tensors/inject-ne-cses-night-even.nc"
    # They differ in the world alone.
    assert own["control"] | {"world": "inject-ne"} == own["planted"]

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.config import merge, with_variants
from laicflow.report.targets import read
from laicflow.schema import conform
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import account, tables
from tests.unit.studies.seqnetquake.made import events, tensors

FACTS = {
    "events": 7,
    "events_before": 9,
    "aftershocks": 2,
    "event_days": 5,
    "earthquakes_with_window": 6,
    "artificial": 7,
    "tries": 10,
    "refused": 3,
    "windows": 400,
    "both": 1,
    "of_aftershocks": 2,
    "kp_unknown": 0,
    "non_seismic": 150,
    "seismic": 150,
    "storm": 0,
    "share_non_seismic": 0.5,
    "share_seismic": 0.5,
    "share_storm": 0.0,
}


@pytest.fixture
def results(shipped: dict) -> Results:
    """Class 1 lies in the north under d01; under d02 nothing lies anywhere."""
    rng = np.random.default_rng(4)
    number = 900
    label = np.arange(number) % 2
    start = pd.Timestamp("2019-01-01") + pd.to_timedelta(np.arange(number), "D")
    table = pd.DataFrame(
        {
            "sample_id": [f"CSES/{k}" for k in range(number)],
            "window_id": [f"CSES/{k}" for k in range(number)],
            "start": start,
            "end": start + pd.Timedelta(seconds=30),
            "issue_time": start + pd.Timedelta(seconds=30),
            "latitude": rng.uniform(20, 60, number) * np.where(label == 1, 1, -1),
            "longitude": rng.uniform(-180, 180, number),
            "label": label,
            "product": "CSES",
            "work_mode": "survey",
            "split": np.where(np.arange(number) < 240, "train", "test"),
        }
    )
    own = conform(table, "samples")
    own.attrs["facts"] = json.dumps(FACTS)
    none = conform(table.iloc[:0], "samples")
    none.attrs["facts"] = json.dumps({"lacking": "no window lies near an earthquake"})
    variants = {name: with_variants(shipped)[name] for name in ("d01", "d02")}
    made = Results("run", "seqnetquake", shipped, variants, samples={"d01": own, "d02": none})
    rows = pd.DataFrame(
        {"draw": 0, "fold": 0, "sample_id": own["sample_id"], "split": own["split"]}
    )
    made.splits = {"d01": conform(rows, "splits"), "d02": conform(rows.iloc[:0], "splits")}
    made.tensors = tensors([(0.0, 0.0)], [0])
    return made


def test_place_that_tells_the_classes_apart_has_an_auc_of_one(results, pytestconfig) -> None:
    table = tables.place(results)
    first = table.iloc[0]
    assert first["auc"] == pytest.approx(1.0, abs=1e-3) and first["refused_share"] == pytest.approx(
        0.3
    )
    assert table.iloc[1]["note"] == "no window lies near an earthquake"
    units = tables.units(list(table.columns))
    read(pytestconfig.rootpath / "config/targets.csv")["seqnetquake_place"].check(table, units)
    people = tables.readable("place", table).iloc[0]
    assert people["refused tries for them"] == "3 of 10 (30.0 %)"
    assert people["non-seismic / seismic / storm (%)"] == "50.0 / 50.0 / 0.0"
    assert people["AUC of place: seismic against non-seismic"].startswith("1.000 (")


def test_an_earthquake_and_the_event_in_its_place_are_kept_on_one_side(results) -> None:
    own = results.samples["d01"]
    # Pairs at one place, of both classes, months apart: place cannot tell, but a partner could.
    half = len(own) // 2
    place = np.tile(np.linspace(-60, 60, half), 2)
    own["latitude"], own["longitude"] = place, 0.0
    own["label"] = np.repeat([0, 1], half)
    own["match_id"] = [f"e{k}" for k in range(half)] * 2
    table = tables.place(results)
    assert abs(table.iloc[0]["auc"] - 0.5) < 0.15 or np.isnan(table.iloc[0]["auc"])


def test_datasets_have_their_windows_and_radii(results, pytestconfig) -> None:
    table = tables.tableS1(results)
    assert table["steps"].tolist() == [10, 10] and table["side"].tolist() == ["night", "day"]
    assert table["radius"].tolist() == ["3°", "3°"]
    assert table["seismic"].tolist() == [150, pd.NA]
    units = tables.units(list(table.columns))
    read(pytestconfig.rootpath / "config/targets.csv")["seqnetquake_tableS1"].check(table, units)
    assert tables.readable("tableS1", table)["earthquakes (with a window)"].iloc[0] == "7 (6)"


def test_aftershocks_under_four_readings_by_hand(results, shipped, pytestconfig) -> None:
    # Beside the first: within 1 degree, within 2, and one that follows the second alone.
    rows = [(24 * 30, 0, 0, 6), (24 * 31, 0.9, 0, 5), (24 * 32, 0, 1.9, 5), (24 * 46, 1.5, 0, 5)]
    results.events = events(rows)
    span = {"start": "2019-03-01", "end": "2019-12-31"}
    results.variants = {"paper": merge(shipped, {"missions": {"cses": span}})}
    table = tables.aftershocks(results)
    told = table.set_index(["half_width_deg", "removed_events_trigger"])["removed"].to_dict()
    # 15 days after the first the last one is out of its reach, but within the second's.
    assert told == {(1.0, 0): 1, (1.0, 1): 2, (2.0, 0): 2, (2.0, 1): 3}
    assert table["taken"].tolist() == [1, 0, 0, 0]
    assert table["paper_removed_share"].iloc[0] == pytest.approx(1 - 2991 / 6004)
    units = tables.units(list(table.columns))
    read(pytestconfig.rootpath / "config/targets.csv")["seqnetquake_aftershocks"].check(
        table, units
    )
    people = tables.readable("aftershocks", table)
    assert people["in the paper"].iloc[0] == "6,004 to 2,991 (50.2 %)"


def test_what_a_sample_is_stands_in_words(shipped: dict) -> None:
    told = " ".join(tables.labels(shipped))
    assert "20 samples along an orbit, 1.5 s from one to the next (ne, te)" in told
    assert "within 15 days and is no aftershock" in told
    assert "random, uniform on the sphere, with no earthquake within 10°" in told
    assert "Kp is above 3" in told


def test_the_account_names_what_is_lacking_and_counts_the_rest(results) -> None:
    assert account.lacking(results) == ["No samples under d02: no window lies near an earthquake."]
    made = account.classes(results)
    assert made.rows[1][:4] == ["d01", "1", "seismic", "120"]
    assert account.products(results).rows[0] == ["d01", "CSES", "survey", "450", "450", "0"]
    assert "1 sample" not in account.satellites(results)[0]
    assert "make 1 window of 20 samples on the night side" in account.satellites(results)[0]


def test_the_account_tells_the_samples_that_are_left_out(results) -> None:
    counts = {"samples": 20, "runs": 1, "windows": 1, "first_left_out": 1, "noisy_left_out": 0}
    results.tensors = results.tensors.assign_attrs(counts=json.dumps(counts))
    told = account.satellites(results)
    assert told[1:] == ["Left out before: 1 sample at the start of a pass."]
    counts["noisy_left_out"] = 2000
    results.tensors = results.tensors.assign_attrs(counts=json.dumps(counts))
    assert account.satellites(results)[1].endswith("2,000 samples that the mission calls noisy.")

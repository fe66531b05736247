"""What runs took, read from a folder made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from laicflow import config as settings
from laicflow import scale, scale_runs
from laicflow import scale_measured as shipped
from laicflow.errors import ConfigError
from laicflow.scale import Costs, Job, Measured

ROOT = Path(__file__).resolve().parents[2]
HEAD = "s\th:m:s\tcpu_time\n"
# Seconds by benchmark file.
TOOK = {
    "fetch_partition/code/2014-01": 1.0,
    "clean_maps/observed/code/2014-01": 2.0,
    "clean_maps/observed/jpl/2014-01": 4.0,
    "merge_catalog/usgs": 3.0,
    "pham2023/paper/select_samples": 5.0,
    "pham2023/clean/select_samples": 7.0,
    "pham2023/paper/train_model/resnet50-0": 14.0,
    "pham2023/clean/train_variant": 20.0,
    "pham2023/paper/score_variant": 1.5,
    "pham2023/pham2023_fig1": 2.5,
}


@pytest.fixture
def run(tmp_path):
    """A run of 10 of January's 31 days."""
    run = tmp_path / "results/x"

    def put(path: str, text: str) -> None:
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        (run / path).write_text(text)

    for path, seconds in TOOK.items():
        put(f"benchmarks/{path}.tsv", f"{HEAD}{seconds}\t0\t1\n")
    receipt = {"source": "code", "start": "2014-01-01", "end": "2014-01-10"}
    receipt["files"] = [{"path": "a", "size": 3_000_000}, {"path": "b", "size": 1_000_000}]
    put("fetch/code/2014-01.json", json.dumps(receipt))
    put("store/observed/code/2014-01.nc", "x" * 1000)
    put("store/observed/usgs/2014.parquet", "x" * 3000)
    put("pham2023/compared/splits.parquet", "of another kind")
    return run


def samples(run: Path, variant: str) -> None:
    """Two draws of one fold: three windows learn in the first, one of them twice; one after."""
    folder = run / "pham2023" / variant
    folder.mkdir(parents=True)
    rows = [(0, "a", "train"), (0, "b", "train"), (0, "c", "train"), (0, "d", "train")]
    rows += [(0, "e", "test"), (1, "a", "test"), (1, "e", "train")]
    splits = pd.DataFrame(rows, columns=["draw", "sample_id", "split"]).assign(fold=0)
    splits.to_parquet(folder / "splits.parquet")
    windows = {"a": "1", "b": "2", "c": "3", "d": "3", "e": "4"}
    table = pd.DataFrame({"sample_id": list(windows), "window_id": list(windows.values())})
    table.to_parquet(folder / "samples.parquet")


def test_a_run_is_read(run):
    samples(run, "paper")
    found = scale_runs.read([run])
    assert {key: round(took, 3) for key, took in found.seconds.items()} == {
        "fetch_partition": 1.0,
        "fetch_partition:code": 1.0,
        "clean_maps": 3.0,
        "clean_maps:code": 2.0,
        "clean_maps:jpl": 4.0,
        "merge_catalog": 3.0,
        "select_samples": 6.0,
        "select_samples:pham2023": 6.0,
        "score_variant": 1.5,
        "score_variant:pham2023": 1.5,
    }
    start = shipped.START_TRAINING_S
    assert found.trained == {("pham2023", "paper", "resnet50"): 14.0 - start}
    # Sizes are of whole months.
    assert found.raw_mb == {"code": pytest.approx(4.0 * 3.1)}
    assert found.store_mb == {"code": pytest.approx(0.001 * 3.1), "usgs": 0.003}
    own = ("pham2023", "paper")
    assert found.rows == {(*own, "train_model"): 3, (*own, "train_draws"): 1}


def test_seconds_are_told_without_what_windows_take(run, monkeypatch):
    samples(run, "paper")
    monkeypatch.setattr(shipped, "WINDOW_S", 0.5)
    found = scale_runs.read([run])
    # Three windows learn in the paper's variant, which took 5 s; none is told of the other's 7 s.
    assert found.seconds["select_samples"] == pytest.approx((3.5 + 7) / 2)
    assert found.seconds["score_variant"] == 1.5
    config = settings.load(ROOT / "config")
    job = Job("select_samples", {"study": "pham2023", "variant": "paper"})
    costs = Costs(config, Measured(seconds={"select_samples": 2.0}, rows=found.rows))
    assert scale.seconds(job, costs) == pytest.approx(3.5)


def test_seconds_go_to_their_stages(run):
    assert scale_runs.taken(run) == {
        "fetch": 1.0,
        "clean": 6.0,
        "catalog": 3.0,
        "samples": 12.0,
        "train": 34.0,
        "evaluate": 1.5,
        "report": 2.5,
    }


def test_a_plan_is_held_against_a_run(run):
    wildcards = {"source": "code", "partition": "2014-01"}
    jobs = [
        Job("fetch_partition", wildcards, ("results/x/fetch/code/2014-01.json",)),
        Job("clean_maps", wildcards, ("results/x/store/observed/code/2014-01.nc",)),
        Job("merge_catalog", {"catalog": "usgs"}, ("results/x/catalog/usgs.parquet",)),
    ]
    measured = Measured(
        seconds={"fetch_partition": 2.0, "clean_maps": 5.0, "merge_catalog": 3.0},
        raw_mb={"code": 31.0},
        store_mb={"code": 0.62},
    )
    config = settings.merge(
        settings.load(ROOT / "config"),
        {"pham2023": {"period": {"start": "2014-01-01", "end": "2014-01-10"}}},
    )
    rows = scale_runs.compare(jobs, Costs(config, measured), run)
    by_stage = {row["stage"]: row for row in rows}
    assert [row["stage"] for row in rows] == list(scale.STAGES)
    fetch, clean = by_stage["fetch"], by_stage["clean"]
    assert (fetch["planned_s"], fetch["taken_s"]) == (pytest.approx(2), 1)
    assert (fetch["planned_share"], fetch["taken_share"]) == pytest.approx((0.2, 1 / 60))
    # Ten days of 31 are planned; both raw files are there, and the one of the store.
    assert (fetch["planned_mb"], fetch["there_mb"]) == pytest.approx((10.0, 4.0))
    assert (clean["planned_mb"], clean["there_mb"]) == pytest.approx((0.2, 0.001))
    # Not planned, and taken.
    assert (by_stage["train"]["planned_s"], by_stage["train"]["taken_s"]) == (0, 34)
    assert sum(row["taken_share"] for row in rows) == pytest.approx(1)


def test_a_folder_without_measurements_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="name the folder of a run"):
        scale_runs.read([tmp_path])

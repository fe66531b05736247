"""Disk of planned jobs, by hand; that of a folder made by hand."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from safetensors.torch import save_file

from laicflow import config as settings
from laicflow import scale, scale_disk
from laicflow import scale_measured as shipped
from laicflow.models import registry
from laicflow.scale import Job

ROOT = Path(__file__).resolve().parents[2]
PAPER = {"study": "pham2023", "variant": "paper", "experiment": "effnetv2"}


@pytest.fixture(scope="module")
def config() -> dict:
    return settings.load(ROOT / "config")


def test_the_share_of_a_partition_is_that_of_its_days():
    span = dt.date(2012, 2, 20), dt.date(2013, 3, 1)
    told = {name: scale_disk.share(name, span) for name in ("2012-02", "2012", "2013", "2011")}
    assert told == pytest.approx(
        {"2012-02": 10 / 29, "2012": 316 / 366, "2013": 60 / 365, "2011": 0}
    )
    assert scale_disk.share("all", span) == 1


def test_maps_of_a_centre_that_was_not_measured_are_as_those_of_another(config):
    # Twelve months of CODE's in a year of its rapid ones; 96 maps a day of UPC and 13 of JPL.
    rapid = scale_disk.partition_mb("fetch", "code_rapid", config)
    assert rapid == 12 * scale_disk.partition_mb("fetch", "code", config)
    upc = scale_disk.partition_mb("clean", "upc", config)
    assert upc == pytest.approx(96 / 13 * shipped.STORE_MB["jpl"], rel=0.01)
    assert scale_disk.partition_mb("fetch", "brdc", config) is None
    # The simulated world's maps are smaller.
    world = config | {"upstream": "replica:world"}
    assert scale_disk.partition_mb("fetch", "code", world) == pytest.approx(0.07 * 8.4)


def test_weights_are_those_of_the_headline(config):
    def told(rule: str, wildcards: dict, whole: dict = config, rows: float | None = None) -> float:
        return scale_disk.training_mb(rule, wildcards, whole, rows)

    one = shipped.WEIGHTS_MB["effnetv2_modified"]
    assert told("train_model", PAPER) == one
    # Five blocks of time are five networks.
    assert told("train_model", {**PAPER, "variant": "clean"}) == 5 * one
    for rule, wildcards in (
        ("train_draws", PAPER),
        ("tune_model", PAPER),
        ("train_model", {**PAPER, "experiment": "vgg16"}),
        ("try_world", {"kind": "null", "seed": "1"}),
        ("update_study", {"study": "pham2023"}),
    ):
        assert told(rule, wildcards) == 0
    assert told("train_model", PAPER, rows=0) == 0
    half = settings.merge(config, {"pham2023": {"models": {"width": 0.5, "depth": 0.5}}})
    assert told("train_model", PAPER, half) == pytest.approx(one / 8)
    kept = settings.merge(config, {"pham2023": {"training": {"keep_weights": "all"}}})
    assert told("train_model", {**PAPER, "experiment": "vgg16"}, kept) == pytest.approx(537.1)
    none = settings.merge(config, {"pham2023": {"training": {"keep_weights": "none"}}})
    assert told("train_model", PAPER, none) == 0


@pytest.mark.parametrize("name", ["mobilenetv3_large_100", "ed_lstme", "seqnetquake"])
def test_weights_weigh_as_their_file(name, tmp_path):
    options = {"pretrained": "none"} if name.startswith("mobile") else {}
    state = registry.build(name, options, seed=1).state_dict()
    save_file({key: one.contiguous() for key, one in state.items()}, tmp_path / "weights")
    size = (tmp_path / "weights").stat().st_size / 1e6
    assert shipped.WEIGHTS_MB[name] == pytest.approx(size, rel=0.05)


def test_windows_are_of_days_and_sites(config):
    period = {"period": {"start": "2015-01-01", "end": "2015-12-31"}}
    sites = [{"site": name, "latitude": 50.0, "longitude": 0.0} for name in ("A", "B")]
    whole = settings.merge(config, {"petrescu2022": period | {"sites": {"points": sites}}})
    job = {"study": "petrescu2022", "preparation": "raw"}
    assert scale_disk.tensors_mb(job, whole) == pytest.approx(365 * 2 * 0.021)
    # The days of the mission, not those of all missions.
    demeter = {"study": "seqnetquake", "preparation": "demeter-night-t20"}
    days = {"seqnetquake": {"missions": {"demeter": {"start": "2005-01-01", "end": "2005-01-10"}}}}
    assert scale_disk.tensors_mb(demeter, settings.merge(config, days)) == pytest.approx(0.7)


def test_files_are_counted_where_they_are(tmp_path):
    def put(path: str, text: str) -> str:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        return path

    # Two receipts share a file.
    receipts = [
        put(f"results/x/fetch/code/{name}.json", json.dumps({"files": files}))
        for name, files in {
            "2014-01": [{"path": "a", "size": 1_000_000}, {"path": "b", "size": 500_000}],
            "2014-02": [{"path": "b", "size": 500_000}],
        }.items()
    ]
    jobs = [Job("fetch_partition", {}, (name,)) for name in receipts]
    jobs.append(Job("write_world", {}, (put("data/worlds/x/world.json", "x" * 9000),)))
    files = (put("results/x/a.nc", "x" * 4000), put("results/x/folder/b", "x" * 1000))
    jobs.append(Job("build_tensors", {}, (files[0], "results/x/folder", "results/x/none.nc")))
    found = scale_disk.on_disk(jobs, tmp_path, scale.stage)
    assert found == pytest.approx({"fetch": 1.5, "samples": 0.005})

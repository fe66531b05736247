"""The stop before days of training on a CPU."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import limits
from laicflow.errors import ConfigError
from laicflow.models import registry

FOLDER = Path(__file__).resolve().parents[2] / "config"
JOB = ("train_model", {"study": "pham2023", "variant": "paper", "experiment": "resnet50"})


@pytest.fixture
def config(monkeypatch):
    monkeypatch.setattr(limits, "has_gpu", lambda: False)
    return settings.load(FOLDER)


def job(experiment: str, variant: str = "paper", rule: str = "train_model") -> tuple[str, dict]:
    return rule, {"study": "pham2023", "variant": variant, "experiment": experiment}


def test_hours_by_hand(config):
    # 2 x 1178 samples, 70 % of them for training, 80 epochs, 0.022 s each.
    assert limits.cpu_hours([JOB], config) == pytest.approx(2356 * 0.7 * 80 * 0.022 / 3600)
    # Five folds, each of three blocks of five.
    clean = job("resnet50", "clean")
    assert limits.cpu_hours([clean], config) == pytest.approx(2356 * 0.6 * 80 * 0.022 * 5 / 3600)
    draws = job("resnet50", rule="train_draws")
    assert limits.cpu_hours([draws], config) == pytest.approx(19 * limits.cpu_hours([JOB], config))
    assert limits.cpu_hours([("clean_maps", {})], config) == 0


def test_every_network_of_the_registry_was_measured():
    tables = (
        limits.CPU_SECONDS,
        limits.CPU_SECONDS_PER_MINUTE,
        limits.CPU_SECONDS_PER_WINDOW,
        limits.CPU_SECONDS_PER_FIT,
        limits.CPU_SECONDS_PER_PAIR,
    )
    measured = {name for table in tables for name in table}
    assert measured == set(registry.names())


# Shares of the samples that train, with the config's 5 blocks, 4 regions, 20 % test and 10 %
# validation: rolling trains on 1, 2, 3 of 5 blocks; a random fold tests a fifth.
@pytest.mark.parametrize(
    ("variant", "fits", "share"),
    [
        ("paper", 1, 0.7),
        ("clean", 5, 5 * 3 / 5),
        ("split-random", 5, 5 * 0.7),
        ("split-rolling", 3, (1 + 2 + 3) / 5),
        ("split-region", 4, 4 * 2 / 4),
    ],
)
def test_fits_of_each_kind_of_split(config, variant: str, fits: int, share: float):
    number, hours = limits.fits(*job("effnetv2", variant), config)
    assert number == fits
    assert hours == pytest.approx(2356 * share * 80 * 0.114 / 3600)


def test_an_experiment_may_override_training_and_options(config):
    own = config["pham2023"]["experiments"]["vgg16"]
    own["training"], own["options"] = {"epochs": 8}, {"width": 0.5, "depth": 0.5}
    # An eighth of the 0.137 s of a sample.
    expected = 2356 * 0.7 * 8 * 0.137 / 8 / 3600
    assert limits.cpu_hours([job("vgg16")], config) == pytest.approx(expected)
    # A very small network keeps a core busy for 0.005 s all the same.
    own["options"] = {"width": 0.25, "depth": 0.1}
    expected = 2356 * 0.7 * 8 * 0.005 / 3600
    assert limits.cpu_hours([job("vgg16")], config) == pytest.approx(expected)
    # The others are left as they are.
    assert limits.cpu_hours([JOB], config) == pytest.approx(2356 * 0.7 * 80 * 0.022 / 3600)


def test_an_unknown_network_counts_as_the_slowest(config):
    config["pham2023"]["experiments"]["resnet50"]["model"] = "own"
    assert limits.cpu_hours([JOB], config) == pytest.approx(2356 * 0.7 * 80 * 0.137 / 3600)


def test_a_simulated_world_trains_too(config):
    worlds = config["pham2023"]["worlds"]
    worlds |= {"variant": "clean", "experiment": "effnetv2"}
    worlds["study"] = {"seeds": [0, 1], "samples": {"per_class": 50}, "training": {"epochs": 2}}
    number, hours = limits.fits("try_world", {"kind": "null", "world_seed": "1"}, config)
    # Two seeds of five folds of three blocks of five.
    assert number == 10
    assert hours == pytest.approx(100 * 0.6 * 2 * 0.114 * 10 / 3600)


def test_a_study_that_goes_on_trains_all_samples_first_and_then_on(config, tmp_path):
    one = ("update_study", {"study": "pham2023"})
    each = 2356 * 0.114 / 3600
    number, hours = limits.fits(*one, config)
    # 80 epochs of the study, none held out, and 5 of what has become known since.
    assert (number, hours) == (1, pytest.approx(85 * each))
    assert limits.fits(*one, config, {"pham2023"})[1] == pytest.approx(5 * each)
    # The daily round is not held up for what the first has trained: 6.4 hours.
    few = {**config, "limits": {"cpu_hours": 1}}
    with pytest.raises(ConfigError, match="about 6 hours"):
        limits.announce([one], few, {}, cluster=False)
    told = limits.announce([one], few, {}, cluster=False, begun={"pham2023"})
    assert "1 trainings" in told and "at most 0.4 core hours" in told


def test_the_first_model_of_a_run_and_variant_is_found_beside_the_ledger(config, tmp_path):
    models = tmp_path / "pham2023/models"
    models.mkdir(parents=True)
    assert limits.with_models(config, tmp_path) == set()
    (models / f".{'0' * 32}.ab.json").write_text("{")
    (models / "ab.safetensors.provenance.json").write_text("[]")
    names = ["other", "pham2023", "clean", "effnetv2", "0"]
    (models / "ab.json").write_text(json.dumps({"names": names}))
    assert limits.with_models(config, tmp_path) == set()
    (models / "cd.json").write_text(json.dumps({"names": ["default", *names[1:]]}))
    assert limits.with_models(config, tmp_path) == {"pham2023"}


def test_trainings_and_jobs_for_a_gpu_are_told(config):
    jobs = [JOB, job("resnet50", rule="train_draws"), job("resnet50", "clean")]
    jobs.append(("measure_steps", {"study": "pham2023"}))
    told = limits.announce(jobs, config, {}, cluster=True)
    assert "4 jobs, 0 of them fetch; 25 trainings, 4 jobs that can use a GPU" in told
    assert "training" not in limits.announce([("clean_maps", {})], config, {}, cluster=True)


def test_trainings_of_a_variant_in_one_job_are_counted_each(config):
    own = {"train_variant_x": [JOB, job("resnet50", rule="train_draws"), job("resnet50", "clean")]}
    config = {**config, "accept_cpu": True}
    apart = limits.announce(own["train_variant_x"], config, {}, cluster=False)
    told = limits.announce([("train_variant_x", {})], config, {}, cluster=False, together=own)
    assert "1 jobs, 0 of them fetch" in told and "1 jobs that can use a GPU" in told
    assert re.findall(r"\d+ trainings|[0-9.]+ core", told) == re.findall(
        r"\d+ trainings|[0-9.]+ core", apart
    )
    with pytest.raises(ConfigError, match="training_jobs=experiment"):
        limits.announce([("train_variant_x", {})], config, {}, cluster=True, together=own)


def test_stops_and_says_what_to_do(config, monkeypatch):
    jobs = [JOB] * 100
    with pytest.raises(ConfigError, match="accept_cpu: true"):
        limits.announce(jobs, config, {}, cluster=False)
    assert "100 jobs" in limits.announce(jobs, config, {}, cluster=True)
    assert "core hours" in limits.announce(jobs, {**config, "accept_cpu": True}, {}, cluster=False)
    monkeypatch.setattr(limits, "has_gpu", lambda: True)
    limits.announce(jobs, config, {}, cluster=False)


def test_sources_that_need_an_account_are_named(config):
    jobs = [("fetch_partition", {"source": "jpl"}), ("fetch_partition", {"source": "usgs"})]
    told = limits.announce(jobs, config, {"jpl": "earthdata", "usgs": "none"}, cluster=False)
    assert "account is needed for jpl" in told and "2 of them fetch" in told


def test_tuning_counts_as_many_trainings_as_trials(config):
    one = ("tune_model", {"study": "seqnetquake", "variant": "d11", "experiment": "direct"})
    count, hours = limits.fits(*one, config)
    assert count == 100
    # 3 classes of 100,000 windows, four fifths of them train, 50 epochs a trial.
    assert hours == pytest.approx(100 * 300_000 * 0.8 * 50 * 2.5e-4 / 3600)
    # A forest is grown once a trial.
    forest = {**one[1], "variant": "paper", "experiment": "rf"}
    hours = limits.fits("tune_model", forest, config)[1]
    assert hours == pytest.approx(100 * 300_000 * 0.8 * 1e-3 / 3600)


def test_epochs_that_are_searched_count_as_they_are_listed(config):
    search = {"seqnetquake": {"epochs": [4, 10]}}
    small = settings.merge(config, {"seqnetquake": {"tuning": {"trials": 2, "search": search}}})
    own = {"study": "seqnetquake", "variant": "d11", "experiment": "direct"}
    # 3 classes of 100,000 windows, four fifths of them train; a trial takes 7 epochs on average.
    each = 300_000 * 0.8 * 2.5e-4 / 3600
    assert limits.fits("tune_model", own, small)[1] == pytest.approx(2 * 7 * each)
    assert limits.fits("train_model", own, small)[1] == pytest.approx(10 * each)
    # Nothing is tuned.
    none = settings.merge(small, {"seqnetquake": {"tuning": {"trials": 0}}})
    assert limits.fits("train_model", own, none)[1] == pytest.approx(50 * each)


def test_forecasts_train_on_the_windows_before_the_first_date_that_is_held_out(config):
    one = {"study": "edlstme", "experiment": "rf"}
    # 2012 to 2015, a window every horizon of two hours, and to the middle of 2015, every 15 min.
    hours = limits.fits("train_model", {**one, "variant": "paper"}, config)[1]
    assert hours == pytest.approx(1461 * 12 * 2.5e-2 / 3600)
    hours = limits.fits("train_model", {**one, "variant": "clean"}, config)[1]
    assert hours == pytest.approx(100_000 * 2.5e-2 / 3600)
    # Trials learn from `tuning.rows` windows alone.
    count, hours = limits.fits("tune_model", {**one, "variant": "clean"}, config)
    assert (count, hours) == (20, pytest.approx(20 * 5000 * 2.5e-2 / 3600))


def test_pairs_of_windows_count_where_a_model_looks_at_pairs(config):
    own = {"study": "edlstme", "variant": "paper", "experiment": "svm"}
    windows = 1461 * 12
    hours = limits.fits("train_model", own, config)[1]
    assert hours == pytest.approx(windows**2 * 7e-7 / 3600)
    # 20 trials of 5000 windows each.
    hours = limits.fits("tune_model", {**own, "variant": "clean"}, config)[1]
    assert hours == pytest.approx(20 * 5000**2 * 7e-7 / 3600)


def test_short_windows_and_narrow_networks_take_less(config):
    own = {"study": "edlstme", "variant": "paper", "experiment": "rf"}
    # 12 steps of the 48 that were measured.
    short = {"window": {"lag_hours": 12}, "series": {"step_minutes": 60}}
    hours = limits.fits("train_model", own, settings.merge(config, {"edlstme": short}))[1]
    assert hours == pytest.approx(1461 * 12 * 2.5e-2 / 4 / 3600)
    # A network that is next to nothing takes no more than the whole: 9e-6 s a minute of an hour.
    hour = {"window": {"minutes": 60}, "models": {"width": 0.001}}
    narrow = settings.merge(config, {"petrescu2022": hour})
    own = {"study": "petrescu2022", "variant": "paper", "experiment": "adam"}
    whole = settings.merge(narrow, {"petrescu2022": {"models": {"width": 1}}})
    assert limits.fits("train_model", own, narrow) == limits.fits("train_model", own, whole)


def test_samples_of_all_folds_are_told(config):
    own = {"study": "pham2023", "variant": "clean", "experiment": "resnet50"}
    # 2 x 1178 samples, three of five blocks train in each of five folds.
    assert limits.rows("train_model", own, config) == pytest.approx(2356 * 3)
    assert limits.rows("clean_maps", {}, config) == 0


def test_a_login_is_not_written_into_the_logs_of_a_cluster():
    described = [
        {"account": "none"},
        {"credentials": {"user": "A_USER", "password": "A_PASSWORD"}},
    ]
    limits.check_silent(described, {"A_USER": "", "OTHER": "x"})
    with pytest.raises(ConfigError, match="would write A_PASSWORD into the logs"):
        limits.check_silent(described, {"A_PASSWORD": "x"})

"""What a plan costs, by hand from a few jobs."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import limits, resources, scale
from laicflow import scale_measured as shipped
from laicflow.errors import ConfigError
from laicflow.scale import Costs, Job, Measured

ROOT = Path(__file__).resolve().parents[2]
# Rules that ask for others and do nothing, and those that go on with a study.
EMPTY = re.compile(r"all|fetch|ingest|ingest_all|data_report|stations|case|prospective|update_\w+")
PLAN = """Building DAG of jobs...
Job stats:
[Sun Nov 22 10:27:33 2026]
rule clean_maps:
    input: results/x/fetch/code/2014-01.json
    output: results/x/store/observed/code/2014-01.nc
    log: results/x/logs/clean_maps/observed/code/2014-01.log
    jobid: 5
    wildcards: world=observed, source=code, partition=2014-01
    resources: tmpdir=<TBD>

[Sun Nov 22 10:27:33 2026]
localrule fetch_partition:
    output: results/x/fetch/code/2014-01.json
    jobid: 6
    wildcards: source=code, partition=2014-01

[Sun Nov 22 10:27:33 2026]
rule train_variant_pham2023_paper:
    output: results/x/pham2023/paper/resnet50/0/predictions.parquet, results/x/pham2023/paper/resnet50/0/weights.safetensors, results/x/pham2023/paper/resnet50/1/predictions.parquet, results/x/pham2023/paper/resnet50/draws/notes.parquet, results/x/pham2023/paper/baselines/notes.parquet
    jobid: 7

localrule all:
    input: results/x/pham2023/report.html
    jobid: 0
"""  # noqa: E501
SPANS = {name: (dt.date(2014, 1, 1), dt.date(2014, 12, 31)) for name in ("code", "brdc")}
TRAINING = {"study": "pham2023", "variant": "paper", "experiment": "resnet50"}


@pytest.fixture(scope="module")
def costs() -> Costs:
    whole = settings.load(ROOT / "config")
    return Costs(whole, Measured())


def test_jobs_are_read_from_a_plan():
    jobs = scale.jobs_of(PLAN)
    assert [job.rule for job in jobs] == [
        "clean_maps",
        "fetch_partition",
        "train_variant_pham2023_paper",
    ]
    assert jobs[0].wildcards == {"world": "observed", "source": "code", "partition": "2014-01"}
    assert jobs[0].outputs == ("results/x/store/observed/code/2014-01.nc",)
    # Two seeds and the draws; the baselines are no networks.
    assert [rule for rule, _ in scale.trainings(jobs[2])] == [
        "train_model",
        "train_model",
        "train_draws",
    ]


def test_every_rule_has_its_stage():
    files = [ROOT / "Snakefile", *(ROOT / "workflow/rules").rglob("*.smk")]
    text = "\n".join(path.read_text() for path in files)
    named = set(re.findall(r"^ *(?:rule|checkpoint) (\w+):", text, re.MULTILINE))
    assert len(named) > 50 and set(scale.STAGE_OF) <= named
    with (ROOT / "config/targets.csv").open() as handle:
        targets = {f"{row['study']}_{row['name']}" for row in csv.DictReader(handle)}
    studies = settings.study_names(ROOT / "config")
    for rule in named - set(scale.STAGE_OF) - targets - set(studies):
        assert rule.startswith("clean_") or EMPTY.fullmatch(rule), rule
    assert scale.stage("clean_olr") == "clean" and scale.stage("pham2023_fig1") == "report"
    assert scale.stage("audit_alarms") == "evaluate"
    assert {scale.stage(rule) for rule in resources.TRAINING} == {"train"}


def test_a_training_takes_its_steps_and_a_start(costs):
    job = Job("train_model", TRAINING | {"seed": "0"})
    hours = limits.fits("train_model", TRAINING, costs.config)[1]
    assert scale.seconds(job, costs) == pytest.approx(shipped.START_TRAINING_S + 3600 * hours)
    measured = Measured(trained={("pham2023", "paper", "resnet50"): 10.0})
    own = Costs(costs.config, measured)
    assert scale.seconds(job, own) == shipped.START_TRAINING_S + 10.0


def test_the_first_training_of_a_study_that_goes_on_counts(costs):
    own = {"study": "petrescu2022"}
    hours = limits.fits("update_study", own, costs.config)[1]
    # 600 windows of a week in minutes, at 9e-6 s each, for 50 and 5 epochs.
    assert hours == pytest.approx(600 * 10080 * 9e-6 * 55 / 3600)
    told = scale.seconds(Job("update_study", own), costs)
    assert told == pytest.approx(shipped.START_TRAINING_S + 3600 * hours)


def test_of_a_reduced_network_a_share_is_estimated(costs):
    small = settings.merge(costs.config, {"pham2023": {"models": {"width": 0.25, "depth": 0.1}}})
    own, job = Costs(small, Measured()), Job("train_model", TRAINING)
    hours = limits.fits("train_model", TRAINING, small)[1]
    expected = shipped.START_TRAINING_S + 3600 * hours * 0.4  # resnet50
    assert scale.seconds(job, own) == pytest.approx(expected)
    assert (scale.estimated([job], own), scale.estimated([job], costs)) == (1, 0)
    measured = Costs(small, Measured(trained={("pham2023", "paper", "resnet50"): 10.0}))
    assert scale.estimated([job], measured) == 0
    # The networks of the simulated worlds are reduced in the study as it stands.
    assert scale.estimated([Job("try_world", {"kind": "null", "seed": "1"})], costs) == 1


def test_few_samples_of_a_whole_network_are_counted_once(costs):
    few = settings.merge(costs.config, {"pham2023": {"samples": {"per_class": 50}}})
    job = Job("train_model", TRAINING)
    whole = limits.samples_of(settings.study(costs.config, "pham2023", "paper"))
    share = 100 / whole
    assert share < 0.5
    most = scale.seconds(job, costs) - shipped.START_TRAINING_S
    own = Costs(few, Measured())
    assert scale.seconds(job, own) - shipped.START_TRAINING_S == pytest.approx(most * share)
    assert scale.estimated([job], own) == 0


@pytest.mark.parametrize(
    ("source", "option", "rule"),
    [("intermagnet", "observatories", "clean_minutes"), ("rinex", "stations", "clean_stations")],
)
def test_stations_and_days_count(costs, source, option, rule):
    def told(number: int, partition: str, measured: Measured) -> tuple[float, float, float]:
        codes = [f"A{at:02}A" for at in range(number)]
        config = settings.merge(costs.config, {"sources": {source: {option: codes}}})
        own = {"source": source, "partition": partition}
        fetch, clean = Job("fetch_partition", own), Job(rule, own)
        span = dt.date(2014, 1, 1), dt.date(2015, 6, 10)
        costs_here = Costs(config, measured, {source: span})
        rows, _ = scale.table([fetch, clean], costs_here)
        return scale.seconds(clean, costs_here), *(1000 * row["gb"] for row in rows)

    one, five = (told(number, "2014-01", Measured()) for number in (1, 5))
    assert five[0] - one[0] == pytest.approx(4 * shipped.EACH_S[rule])
    assert five[1:] == pytest.approx([5 * size for size in one[1:]])
    # Of a month of 30 days ten are asked for, and of one after it none.
    cut, none = (told(5, part, Measured()) for part in ("2015-06", "2015-07"))
    assert cut[1:] == pytest.approx([size / 3 for size in five[1:]])
    assert five[0] - cut[0] == pytest.approx(5 * shipped.EACH_S[rule] * 2 / 3)
    assert none[1:] == (0, 0)
    # What a run of one's own took is of its own stations.
    own = Measured(seconds={rule: 8.0}, raw_mb={source: 9.0}, store_mb={source: 3.0})
    assert told(5, "2014-01", own) == pytest.approx((8.0, 9.0, 3.0))


def test_observations_of_the_simulated_world_are_fewer(costs):
    own = {"sources": {"rinex": {"stations": ["AAAA00JPN", "BBBB00JPN"]}}}
    job = Job("clean_stations", {"source": "rinex", "partition": "2015-01"})
    start = shipped.SECONDS["clean_stations"]
    span = {"rinex": (dt.date(2015, 1, 1), dt.date(2015, 12, 31))}
    for upstream, share in (("internet", 1.0), ("replica:world", 0.25)):
        world = {"upstream": upstream, "simulate": {"gnss": {"interval_s": 120}}}
        config = settings.merge(costs.config, own | world)
        expected = start + 2 * share * shipped.EACH_S["clean_stations"]
        assert scale.seconds(job, Costs(config, Measured(), span)) == pytest.approx(expected)


def test_samples_that_a_run_has_chosen_count(costs):
    job = Job("train_model", TRAINING | {"seed": "0"})
    # 2356 samples, of which 0.7 train, are the most of the paper's: 1649.2.
    own = Costs(costs.config, Measured(rows={("pham2023", "paper", "train_model"): 164.92}))
    most = scale.seconds(job, costs) - shipped.START_TRAINING_S
    assert scale.seconds(job, own) - shipped.START_TRAINING_S == pytest.approx(most / 10)
    # Of nothing nothing is learned.
    none = Costs(costs.config, Measured(rows={("pham2023", "paper", "train_model"): 0}))
    assert scale.seconds(job, none) == shipped.START_TRAINING_S
    # So many windows take longer to choose too, and to draw.
    many = Costs(costs.config, Measured(rows={("pham2023", "paper", "train_model"): 1e6}))
    for rule, start in (("select_samples", 1.1), ("pham2023_fig1", 1.6)):
        wildcards = {"study": "pham2023", "variant": "paper"} if rule == "select_samples" else {}
        assert scale.seconds(Job(rule, wildcards), many) == pytest.approx(start + 20)


def test_submissions_are_grouped_by_hand():
    jobs = [Job("clean_maps")] * 25 + [Job("fetch_partition")] * 40 + [Job("train_model")] * 7
    told = scale.submissions(jobs, ("fetch_partition",))
    # 25 months are three groups of at most twelve: 22 submissions less, half of 8 s for each.
    assert (told["submissions"], told["grouped"]) == (32, 10)
    assert told["cluster_start_hours"] == pytest.approx(32 * 8 / 3600)
    assert told["grouped_saves_hours"] == pytest.approx(22 * 4 / 3600)


def test_sizes_of_the_simulated_world_are_named():
    jobs = [
        Job("fetch_partition", {"source": name})
        for name in ("noaa_olr_uninterpolated", "code", "rinex")
    ]
    jobs.append(Job("clean_probes", {"source": "cses_lap"}))
    jobs.append(Job("draw_case", {"source": "demeter_isl"}))
    assert scale.simulated(jobs, Measured()) == ["cses_lap", "noaa_olr_uninterpolated"]
    # Those of a run of one's own are measured.
    assert scale.simulated(jobs, Measured(raw_mb={"noaa_olr_uninterpolated": 9.0})) == ["cses_lap"]
    jobs += [Job("fetch_partition", {"source": name}) for name in ("upc", "igs")]
    assert scale.alike(jobs, Measured(raw_mb={"igs": 5.0})) == ["upc"]
    assert set(shipped.RAW_MB) >= shipped.SIMULATED <= set(shipped.STORE_MB)


def test_the_table_adds_up(costs):
    measured = Measured(
        seconds={"clean_maps:code": 36.0, "fetch_partition": 18.0},
        raw_mb={"code": 500.0},
        store_mb={"code": 250.0},
    )
    jobs = [job for job in scale.jobs_of(PLAN) if "train" not in job.rule] * 100
    jobs.append(Job("fetch_partition", {"source": "brdc", "partition": "2014-01"}))
    rows, unknown = scale.table(jobs, Costs(costs.config, measured, SPANS))
    assert unknown == ["brdc"]
    assert [row["stage"] for row in rows] == ["fetch", "clean"]
    assert rows[0] == {
        "stage": "fetch",
        "jobs": 101,
        "core_hours": pytest.approx(101 * 18 / 3600),
        "gb": pytest.approx(50.0),
    }
    assert rows[1]["core_hours"] == pytest.approx(1.0) and rows[1]["gb"] == pytest.approx(25.0)
    with pytest.raises(ConfigError, match="nothing is planned"):
        scale.table([], costs)

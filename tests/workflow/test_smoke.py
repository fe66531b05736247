"""The smoke run: bytes to report, then every target held to its row in targets.csv."""

from __future__ import annotations

import json
import re

import pandas as pd
import pyarrow.parquet as pq
import pytest

from laicflow import config as settings
from laicflow.files import sha256
from laicflow.report import targets
from laicflow.schema import conform
from tests.workflow.running import ROOT, snakemake

SMOKE = ["--configfile", ROOT / "tests/workflow/smoke.yaml"]
TARGETS = targets.read(ROOT / "config/targets.csv")
# A run of some sixty jobs; with its neighbours on two cores it takes minutes.
LONG = 1200
pytestmark = [pytest.mark.timeout(LONG + 20), pytest.mark.xdist_group("smoke")]
WORD = re.compile(r"(?<!no )\bskill\b")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder in which the smoke run has ended."""
    folder = tmp_path_factory.mktemp("smoke")
    done = snakemake(*SMOKE, folder=folder, timeout=LONG)
    logs = sorted((folder / "results/smoke/logs").rglob("*.log"))
    told = "\n".join(p.read_text()[-2000:] for p in logs if "rror" in p.read_text())
    assert done.returncode == 0, done.stderr[-3000:] + told
    return folder


def test_a_second_run_does_nothing(run):
    done = snakemake(*SMOKE, folder=run)
    assert "Nothing to be done" in done.stdout + done.stderr


REPORTED = settings.load(ROOT / "config", (SMOKE[1],))["pham2023"]["reported"]


@pytest.mark.parametrize("stem", [f"pham2023_{name}" for name in REPORTED])
def test_each_target_holds_what_targets_csv_says(run, stem):
    target = TARGETS[stem]
    files = target.outputs(str(run / "results/smoke" / target.study))
    for path in files.values():
        assert (run / path).stat().st_size > 0
    table = pd.read_parquet(files["parquet"])
    assert set(target.columns) <= set(table.columns)
    assert len(table)  # how many at least is said of the demo: check_demo.py


def test_tables_hold_to_their_schemas_and_carry_where_they_come_from(run):
    study = run / "results/smoke/pham2023"
    for variant in ("paper", "clean"):
        for name in ("samples", "splits", "scores", "audit"):
            table = pd.read_parquet(study / variant / f"{name}.parquet")
            pd.testing.assert_frame_equal(conform(table, name), table)
            told = pq.read_schema(study / variant / f"{name}.parquet").metadata
            assert told[b"laicflow.licence"] == b"simulated"
            assert json.loads(told[b"laicflow.inputs_sha256"])


def test_cells_of_the_table_are_those_of_the_scores(run):
    study = run / "results/smoke/pham2023"
    table = pd.read_parquet(study / "tables/pham2023_table1.parquet")
    scores = pd.read_parquet(study / "paper/scores.parquet")
    mean = scores[
        (scores["experiment"] == "resnet50")
        & (scores["metric"] == "accuracy")
        & scores["seed"].isna()
        & (scores["draw"] == 0)
    ]["value"]
    cell = table[(table["experiment"] == "resnet50") & (table["variant"] == "paper")]
    assert cell["mean_accuracy"].item() == pytest.approx(mean.iloc[0])
    assert cell["paper_accuracy"].item() == 0.6186


def test_no_skill_is_claimed_while_gates_are_missing(run):
    for variant in ("paper", "clean"):
        said = json.loads((run / f"results/smoke/pham2023/{variant}/verdict.json").read_text())
        assert said["verdict"] in ("not audited", "undecidable")


def test_the_report_needs_nothing_else(run):
    text = (run / "results/smoke/pham2023/report.html").read_text()
    assert "<script src" not in text and "@import" not in text
    outside = re.findall(r"""(?:src|srcset)=["'](?!data:)[^"']+""", text)
    assert outside == []
    assert str(run) not in text and str(ROOT) not in text


@pytest.mark.parametrize(
    "names",
    [
        ["tensors/observed-plain.nc"],
        ["paper/samples.parquet", "paper/splits.parquet"],
        ["paper/resnet50/0/predictions.parquet", "paper/resnet50/0/history.parquet"],
        ["paper/scores.parquet"],
        ["clean/audit.parquet", "clean/verdict.json"],
        ["figures/pham2023_fig1.svg", "figures/pham2023_fig1.png"],
        ["report.html"],
    ],
    ids=lambda names: names[0],
)
def test_made_again_the_bytes_are_the_same_and_nothing_follows(run, names):
    study = run / "results/smoke/pham2023"
    before = {name: sha256(study / name) for name in names}
    for name in names:
        (study / name).unlink()
    wanted = [f"results/smoke/pham2023/{name}" for name in names]
    done = snakemake(*SMOKE, "--", *wanted, folder=run)
    assert done.returncode == 0, done.stderr[-3000:]
    assert {name: sha256(study / name) for name in names} == before
    # Between two runs, content that did not change stops the chain.
    done = snakemake(*SMOKE, "-n", folder=run)
    assert "Nothing to be done" in done.stdout + done.stderr


def test_raw_files_survive_the_results(run):
    raw = sorted((run / "data/raw").rglob("*.Z"))
    assert len(raw) == 214  # days from June to December
    receipt = run / "results/smoke/fetch/code/2014-06.json"
    before = receipt.read_bytes()
    written = {path: path.stat().st_mtime_ns for path in raw}
    receipt.unlink()
    done = snakemake(*SMOKE, "--", "results/smoke/fetch/code/2014-06.json", folder=run)
    assert done.returncode == 0, done.stderr[-3000:]
    assert receipt.read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in raw} == written


METHODS = ("box", "gardner-knopoff", "reasenberg", "nearest-neighbor", "none")


@pytest.fixture(scope="module")
def quality(run):
    """The same run with its quality page and its catalog declustered by every method."""
    clusters = [f"results/smoke/catalog/usgs.{method}.parquet" for method in METHODS]
    done = snakemake("data_report", *clusters, *SMOKE, folder=run)
    assert done.returncode == 0, done.stderr[-3000:]
    return run / "results/smoke"


def test_the_quality_page_and_its_tables(quality):
    page = (quality / "data_report.html").read_text()
    for text in ("Availability", "Gaps", "Licences", "@misc{laicflow_gfz_kp", "simulated"):
        assert text in page
    assert "<link" not in page
    assert 'src="http' not in page
    for name in ("availability", "gaps", "catalogs", "references"):
        table = pd.read_parquet(quality / f"data_report/{name}.parquet")
        pd.testing.assert_frame_equal(conform(table, name), table)
    here = pd.read_parquet(quality / "data_report/availability.parquet")
    dst = here[here["source"] == "kyoto_dst"].set_index("month")
    assert dst.loc["2014-06-01", "expected"] == 30 * 24
    assert dst.loc["2014-06-01", "missing"] == 0


def test_every_event_has_its_cluster_and_role(quality):
    catalog = pd.read_parquet(quality / "catalog/usgs.parquet")
    for method in METHODS:
        table = pd.read_parquet(quality / f"catalog/usgs.{method}.parquet")
        pd.testing.assert_frame_equal(conform(table, "clusters"), table)
        assert table["event_id"].tolist() == catalog["event_id"].tolist()
        assert set(table["cluster_id"]) <= set(table["event_id"])
    assert set(table["role"]) == {"independent"}

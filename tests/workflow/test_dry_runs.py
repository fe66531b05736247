"""Every shipped configuration plans; what it plans is what its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow import rounds
from tests.workflow.running import ROOT, snakemake

OVERLAYS = sorted([*(ROOT / "config/demo").glob("*.yaml"), *(ROOT / "tests").glob("*/*.yaml")])
# Those that add to another overlay, and say only what differs from it.
ADDED_TO = {"two_go_on": rounds.OVERLAY}


@pytest.mark.parametrize("overlay", [None, *OVERLAYS], ids=lambda p: p.stem if p else "default")
def test_plans(overlay, tmp_path):
    files = [ADDED_TO.get(overlay.stem), overlay] if overlay else []
    chosen = ["--configfile", *filter(None, files)] if files else []
    done = snakemake("-n", *chosen, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "write_report" in done.stdout


@pytest.mark.parametrize(
    "overlay", sorted((ROOT / "config/real").glob("*.yaml")), ids=lambda p: p.stem
)
def test_real_plans(overlay, tmp_path, real_data: Path):
    done = snakemake("-n", "--configfile", overlay, folder=tmp_path, real_data=real_data)
    assert done.returncode == 0, done.stderr
    assert "write_report" in done.stdout


def test_a_variable_that_is_not_set_is_named(tmp_path):
    overlay = ROOT / "config/real/elsalvador2001.yaml"
    done = snakemake("-n", "--configfile", overlay, folder=tmp_path)
    assert done.returncode != 0
    assert "export LAICFLOW_REAL_DATA" in done.stdout + done.stderr


SWARM = ROOT / "config/real/swarm.yaml"


def test_a_mission_that_anybody_can_have_stands_in_for_another(tmp_path):
    done = snakemake("-n", "--configfile", SWARM, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "seqnetquake_table1" in done.stdout and "seqnetquake_shuffled" not in done.stdout
    assert "source=swarm_lp" in done.stdout
    assert "cses_lap" not in done.stdout and "demeter_isl" not in done.stdout
    told = "seqnetquake leaves out variants d11, d11-shuffled, clean-demeter, clean-shuffled: data"
    assert done.stderr.count(told) == 1


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("seqnetquake_shuffled", "seqnetquake_shuffled is left out of this run: no variant is le"),
        ("results/swarm/seqnetquake/d11/scores.parquet", "variant d11 is left out of this run: d"),
    ],
)
def test_what_is_left_out_is_refused_by_its_name(target, told, tmp_path):
    done = snakemake("-n", target, "--configfile", SWARM, folder=tmp_path)
    assert done.returncode != 0
    assert told in done.stdout + done.stderr


def test_a_folder_that_is_not_there_is_refused_before_any_job(tmp_path):
    overlay = tmp_path / "mine.yaml"
    overlay.write_text("bases: {swarm_lp: ['file:///no/such/folder']}\n")
    done = snakemake("-n", "--configfile", SWARM, overlay, folder=tmp_path)
    assert done.returncode != 0
    assert "bases.swarm_lp: no folder /no/such/folder" in done.stdout + done.stderr


def test_a_network_that_goes_on_begins_with_its_published_weights(tmp_path):
    # As shipped pham2023 starts from those of the hub.
    ahead = "pham2023={prospective: {start: '2026-01-01'}}"
    chosen = ["--config", "studies=[pham2023]", ahead, "--", "prospective"]
    done = snakemake("-n", *chosen, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    job = done.stdout.partition("rule update_study:")[2].partition("output:")[0]
    assert "results/default/pham2023/weights.json" in job
    assert "rule find_weights:" in done.stdout


def test_a_wrong_key_is_named(tmp_path):
    done = snakemake("-n", "--config", "pham2023={normal: {gap: 3}}", folder=tmp_path)
    assert done.returncode != 0
    assert "'gap' was unexpected" in done.stdout + done.stderr


def test_targets_are_listed_with_one_line_each(tmp_path):
    done = snakemake("--list-target-rules", folder=tmp_path)
    lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
    for target in ("pham2023", "pham2023_table1", "pham2023_fig1", "pham2023_fig4"):
        at = [n for n, line in enumerate(lines) if line == target or line.startswith(f"{target} ")]
        assert at, f"{target} is not listed in {lines}"
    assert "lambda" not in done.stdout


def test_rules_hold_to_the_house():
    text = "\n".join(p.read_text() for p in (ROOT / "workflow/rules").rglob("*.smk"))
    assert "lambda" not in text and "\n    run:" not in text and "checkpoint " not in text
    # All jobs of a run plan for one instant: `NOW` of common.smk.
    assert "date.today" not in text and "settings.now()" not in text
    scripts = {p.stem for p in (ROOT / "workflow/scripts").glob("*.py")}
    shared = {"draw_figure", "make_table", "train_variant"}
    named = {
        line.split()[1].rstrip(":")
        for line in text.splitlines()
        if line.strip().startswith("rule ")
    }
    assert scripts - shared <= named

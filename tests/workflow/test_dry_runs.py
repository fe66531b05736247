"""Every shipped configuration plans; what it plans is what its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflow.running import ROOT, snakemake

OVERLAYS = sorted([*(ROOT / "config/demo").glob("*.yaml"), *(ROOT / "tests").glob("*/*.yaml")])


@pytest.mark.parametrize("overlay", [None, *OVERLAYS], ids=lambda p: p.stem if p else "default")
def test_plans(overlay, tmp_path):
    chosen = ["--configfile", overlay] if overlay else []
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
    assert "date.today" not in text
    scripts = {p.stem for p in (ROOT / "workflow/scripts").glob("*.py")}
    shared = {"draw_figure", "make_table"}
    named = {
        line.split()[1].rstrip(":")
        for line in text.splitlines()
        if line.strip().startswith("rule ")
    }
    assert scripts - shared <= named

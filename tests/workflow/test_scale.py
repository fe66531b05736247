"""`laicflow plan` beside the demos as they ran."""

from __future__ import annotations

import json

import pytest

from laicflow.cli.main import main
from tests.workflow.running import ROOT

# Jobs, and the seconds of all their benchmark files together, of the demos on two idle cores.
RAN = {"pham2023": (183, 909), "petrescu2022": (144, 353)}
RAN |= {"seqnetquake": (128, 345), "edlstme": (57, 160)}


@pytest.mark.parametrize("study", RAN)
def test_the_plan_of_a_demo_is_within_a_factor_of_two(study, capsys):
    assert main(["plan", "--json", "--configfile", str(ROOT / f"config/demo/{study}.yaml")]) == 0
    told = json.loads(capsys.readouterr().out)
    jobs, seconds = RAN[study]
    # A figure more or less is no matter.
    assert told["jobs"] == pytest.approx(jobs, abs=5)
    hours = sum(row["core_hours"] for row in told["stages"])
    assert seconds / 2 < hours * 3600 < seconds * 2
    assert told["planning_s"] > 0 and told["planner_mb"] > 50
    assert told["submissions"] < told["jobs"]


def test_a_refusal_of_the_plan_is_told(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text("pham2023: {normal: {gap: 3}}\n")
    assert main(["plan", "--configfile", str(path)]) == 1
    assert "'gap' was unexpected" in capsys.readouterr().err

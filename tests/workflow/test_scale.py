"""`laicflow plan` of a demo; what it says beside what the demo took: check_demo.py."""

from __future__ import annotations

import json

from laicflow.cli.main import main
from tests.workflow.running import ROOT


def test_a_demo_is_planned(capsys):
    path = str(ROOT / "config/demo/petrescu2022.yaml")
    assert main(["plan", "--json", "--configfile", path]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(row["jobs"] for row in told["stages"]) == told["jobs"] > 50
    # Two years of months are fetched and cleaned, of two observatories.
    stages = {row["stage"]: row for row in told["stages"]}
    assert stages["fetch"]["jobs"] >= 24 <= stages["clean"]["jobs"]
    assert told["planning_s"] > 0 and told["planner_mb"] > 50
    assert told["submissions"] < told["jobs"]
    assert told["trainings_estimated"] > 0 and "intermagnet" in told["size_simulated"]
    assert main(["plan", "--configfile", path]) == 0
    said = capsys.readouterr().out
    assert f"{told['trainings_estimated']} of reduced networks estimated" in said
    assert "not measured: intermagnet" in said


def test_a_refusal_of_the_plan_is_told(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text("pham2023: {normal: {gap: 3}}\n")
    assert main(["plan", "--configfile", str(path)]) == 1
    assert "'gap' was unexpected" in capsys.readouterr().err

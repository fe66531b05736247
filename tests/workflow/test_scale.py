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
    assert told["trainings_estimated"] > 0 and told["size_simulated"] == []
    assert main(["plan", "--configfile", path]) == 0
    said = capsys.readouterr().out
    assert f"{told['trainings_estimated']} of reduced networks estimated" in said
    assert "not measured" not in said
    assert f"{told['grouped']:,} submissions" in said and "of what is not training" in said
    # Nothing is added to a plan that names its overlays.
    assert told["added"] == 0 and "scope" not in told


def test_a_run_is_held_against_its_plan(tmp_path, capsys):
    path, run = str(ROOT / "config/demo/petrescu2022.yaml"), tmp_path / "results/demo"
    for name, seconds in (("write_world", 15.0), ("petrescu2022/clean/train_variant", 5.0)):
        file = run / f"benchmarks/{name}.tsv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"s\th:m:s\n{seconds}\t0:00:00\n")
    words = ["plan", "--configfile", path, "--compare", str(run)]
    assert main([*words, "--json"]) == 0
    rows = {row["stage"]: row for row in json.loads(capsys.readouterr().out)["compared"]}
    assert rows["fetch"]["taken_share"] == 0.75 and rows["train"]["taken_share"] == 0.25
    assert rows["clean"]["planned_s"] > 0 == rows["clean"]["taken_s"]
    assert main(words) == 0
    assert "shares of them hardly" in capsys.readouterr().out


def test_a_refusal_of_the_plan_is_told(tmp_path, capsys):
    path = tmp_path / "bad.yaml"
    path.write_text("pham2023: {normal: {gap: 3}}\n")
    assert main(["plan", "--configfile", str(path)]) == 1
    assert "'gap' was unexpected" in capsys.readouterr().err

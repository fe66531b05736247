"""What is made together: the trainings of a variant in one job, two studies that go on."""

from __future__ import annotations

import ast

import pytest

from laicflow import config as settings
from laicflow.errors import ConfigError
from tests.workflow.planning import plan
from tests.workflow.running import ROOT

OVERLAYS = {"pham2023": "tests/workflow/smoke.yaml", "seqnetquake": "config/demo/seqnetquake.yaml"}
RULES = ("tune_model", "train_model", "train_draws", "train_baselines")


@pytest.mark.parametrize("study", OVERLAYS)
def test_the_same_files_of_the_same_options(study: str, tmp_path):
    config = settings.load(ROOT / "config", (ROOT / OVERLAYS[study],))
    apart, joined = (
        plan({**config, "training_jobs": how}, tmp_path / how, (study,))
        for how in ("experiment", "variant")
    )
    own = {rule for rule, _ in joined.values()}
    assert not own & set(RULES)
    assert len([rule for rule in own if rule.startswith("train_variant_")]) > 5
    each = {
        path: (outputs, rule, params)
        for outputs, (rule, params) in apart.items()
        if rule in RULES
        for path in outputs
    }
    files = {path for outputs in joined for path in outputs}
    more = files - {path for outputs in apart for path in outputs}
    assert files - more == {path for outputs in apart for path in outputs}
    # Baselines that nothing asks for, of variants from which others only begin.
    assert all("/baselines/" in path for path in more)
    for outputs, (rule, params) in joined.items():
        if not rule.startswith("train_variant_"):
            continue
        found = [ast.literal_eval(text) for text in params if text.startswith("{")]
        (options,) = (one for one in found if "steps" in one)
        for step in options["steps"]:
            written = tuple(outputs[at] for at in step["outputs"].values())
            if written[0] in more:
                continue
            alone, name, said = each[written[0]]
            assert (alone, name) == (written, step["rule"])
            assert repr(step["options"]) in said


def test_what_starts_from_another_comes_after_it(tmp_path):
    config = settings.load(ROOT / "config", (ROOT / OVERLAYS["seqnetquake"],))
    study = config["seqnetquake"]
    begun = {**study["experiments"]["direct"], "start": {"variant": "d11", "experiment": "direct"}}
    study["variants"]["d11"]["experiments"] = {"gbm": begun}
    study["variants"]["d11"]["trained"] = ["gbm", "direct"]
    jobs = plan({**config, "training_jobs": "variant"}, tmp_path, ("seqnetquake_fig2",))
    (params,) = [own for rule, own in jobs.values() if rule == "train_variant_seqnetquake_d11"]
    (options,) = [ast.literal_eval(text) for text in params if "'steps'" in text]
    trained = [one for one in options["steps"] if one["rule"] == "train_model"]
    assert [one["wildcards"]["experiment"] for one in trained] == ["direct", "gbm"]


def test_variants_that_take_from_each_other_are_refused(tmp_path):
    config = settings.load(ROOT / "config", (ROOT / OVERLAYS["seqnetquake"],))
    variants = config["seqnetquake"]["variants"]
    variants["clean"]["tuning"]["taken_from"] = "clean-demeter"
    variants["clean-demeter"]["tuning"]["taken_from"] = "clean"
    with pytest.raises(ConfigError, match="training_jobs: variant; .* set it to experiment"):
        plan({**config, "training_jobs": "variant"}, tmp_path, ("seqnetquake",))


def test_two_studies_go_on_with_ledgers_and_catalogs_of_their_own(tmp_path, monkeypatch):
    """Each has the part of the shared store that it needs."""
    monkeypatch.setenv("LAICFLOW_NOW", "2022-03-05T06:00")
    config = settings.load(ROOT / "config")
    config["studies"] = ["pham2023", "petrescu2022"]
    config["sources"]["usgs"]["minmagnitude"] = 4.0
    config["bases"] = {"own_minutes": [tmp_path.as_uri()]}
    for name in config["studies"]:
        config[name]["prospective"]["start"] = "2022-02-01"
    jobs = plan(config, tmp_path, ("prospective",))
    rules = [rule for rule, _ in jobs.values()]
    for rule in ("update_study", "merge_catalog_now", "keep_beginning"):
        assert rules.count(rule) == 2, rule
    receipts = {outputs[0] for outputs, (rule, _) in jobs.items() if rule == "update_study"}
    assert {path.split("/")[2] for path in receipts} == set(config["studies"])
    # Maps for one, minutes for the other; what both need is fetched once.
    new = {path for outputs in jobs for path in outputs if "/fetch/" in path and "2022" in path}
    names = {path.split("/fetch/")[1].removesuffix(".json") for path in new}
    of_years = {f"{source}/2022" for source in ("usgs", "gfz_kp_json", "kyoto_dst", "code_rapid")}
    months = ("2022-01", "2022-02", "2022-03")
    assert of_years <= names
    assert {f"intermagnet/{month}" for month in months} <= names

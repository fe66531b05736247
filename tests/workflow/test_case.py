"""The target `case`: planned without a network for any earthquake, made in a simulated world."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from snakemake.exceptions import InputFunctionException

from laicflow import config as settings
from laicflow.errors import ConfigError
from laicflow.store import read_parquet
from tests.workflow.other_values import CASE
from tests.workflow.planning import plan
from tests.workflow.running import ROOT, snakemake
from tests.workflow.test_replan import changed_at

SALVADOR = ROOT / "config/real/elsalvador2001.yaml"
FILES = {f"{name}.{kind}" for name in ("residual", "iqr", "dtec", "activity", "map")
         for kind in ("svg", "png", "parquet")}  # fmt: skip
FILES |= {"alarms.csv", "alarms.md", "alarms.parquet"}


@pytest.fixture(scope="module")
def config():
    found = settings.load(ROOT / "config", (ROOT / "tests/workflow/smoke.yaml",))
    return changed_at(found, ("event",), CASE["event",])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("case")


@pytest.fixture(scope="module")
def before(config, folder):
    return plan(config, folder, ("case",))


def test_each_earthquake_has_its_folder(before):
    own = [out for out, (rule, _) in before.items() if rule == "draw_case"]
    assert len(own) == 1
    where = "results/smoke/case/20141220T051500_38N_142E/"
    assert set(own[0]) == {where + name for name in FILES}
    # 20 + 15 + 18 days before 20 December begin on 28 October.
    maps = {out[0] for out in before if "/store/observed/code/" in out[0]}
    assert {path[-10:-3] for path in maps} == {"2014-10", "2014-11", "2014-12"}


def test_every_key_of_a_case_draws_it_anew(config, before, folder):
    for path in set(CASE) - {("event",)}:
        after = plan(changed_at(config, path, CASE[path]), folder, ("case",))
        moved = {after[out][0] for out in after if before.get(out) != after[out]}
        gone = set(before) - set(after)
        assert "draw_case" in moved or gone, path


def test_keys_of_the_study_that_a_case_takes(config, before, folder):
    for path in (("edlstme", "anomalies", "sigmas"), ("edlstme", "disturbed", "kp_from")):
        after = plan(changed_at(config, path, 4), folder, ("case",))
        assert {after[out][0] for out in after if before.get(out) != after[out]} == {"draw_case"}


@pytest.mark.parametrize(
    ("event", "told"),
    [(None, "no earthquake is named: say where and when"), ("us7000abcd", "in no catalog at hand")],
)
def test_without_an_earthquake_it_is_said_what_to_do(event, told, config, folder):
    changed = copy.deepcopy(config)
    changed["event"] = event
    with pytest.raises((ConfigError, InputFunctionException), match=told):
        plan(changed, folder, ("case",))


def test_the_catalog_of_the_replica_knows_the_identifier(tmp_path: Path, real_data: Path):
    words = ["case", "-n", "--configfile", SALVADOR, "--config"]
    done = snakemake(*words, "event=usp000a7m5", folder=tmp_path, real_data=real_data)
    assert done.returncode == 0, done.stderr
    assert "results/elsalvador2001/case/usp000a7m5/map.svg" in done.stdout
    lost = snakemake(*words, "event=us7000abcd", folder=tmp_path, real_data=real_data)
    assert lost.returncode != 0
    assert "event 'us7000abcd' is in no catalog at hand" in lost.stdout + lost.stderr


def test_el_salvador_on_real_files(tmp_path: Path, real_data: Path):
    done = snakemake(
        "case",
        "--configfile",
        SALVADOR,
        "--config",
        "event=usp000a7m5",
        folder=tmp_path,
        real_data=real_data,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    made = tmp_path / "results/elsalvador2001/case/usp000a7m5"
    assert set(FILES) <= {path.name for path in made.iterdir()}
    rows = read_parquet(made / "iqr.parquet")
    # 20 days of maps and the 2 days after them, at five sites; the last map is 29 h after it.
    assert len(rows) == 22 * 24 * 5
    assert str(rows.loc[rows["observed"].notna(), "time"].max()) == "2001-01-14 23:00:00"
    table = read_parquet(made / "alarms.parquet")
    whole = table[(table["part"] == "record") & (table["site"] == "all")]
    # Maps alone count: twelve a day at five sites on the twenty days after the warm-up.
    assert set(whole["epochs"]) == {20 * 12 * 5}
    told = read_parquet(made / "map.parquet")
    # On the two days without a map no point has a value.
    late = told[told["time"] >= "2001-01-15"]
    assert late["time"].nunique() == 2 and late["dtec"].isna().all()

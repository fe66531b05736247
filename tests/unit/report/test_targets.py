from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd
import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.report.targets import Target, parse, read

ROW = {
    "study": "s",
    "name": "fig1",
    "kind": "figure",
    "needs": "samples;scores",
    "variants": "shown",
    "columns": "name;tec:TECU",
    "least_rows": "2",
    "caption": "A caption",
}


def test_a_row_is_read_and_written_back() -> None:
    target = parse(ROW)
    assert target.columns == {"name": "", "tec": "TECU"}
    assert target.needs == ("samples", "scores")
    assert target.variants == "shown"
    assert target.stem == "s_fig1"
    assert target.row() == ROW


def test_files_have_the_stem_of_the_target() -> None:
    assert parse(ROW).outputs("results/run/s") == {
        "svg": "results/run/s/figures/s_fig1.svg",
        "png": "results/run/s/figures/s_fig1.png",
        "parquet": "results/run/s/figures/s_fig1.parquet",
    }
    table = parse({**ROW, "kind": "table", "name": "table2"}).outputs("b")
    assert list(table) == ["csv", "md", "tex", "parquet"]
    assert table["tex"] == "b/tables/s_table2.tex"


def test_a_table_is_held_to_its_row() -> None:
    target = parse(ROW)
    good = pd.DataFrame({"name": ["a"], "tec": [1.0]})
    target.check(good, {"tec": "TECU"})
    for table, units, text in (
        (good, {}, "unit ''"),
        (good, {"tec": "TECU", "name": "1"}, "name: unit '1'"),
        (good.rename(columns={"tec": "vtec"}), {"tec": "TECU"}, "columns"),
        (good.iloc[:0], {"tec": "TECU"}, "no rows"),
    ):
        with pytest.raises(LaicflowError, match=text):
            target.check(table, units)


def test_what_is_unknown_or_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown kind 'map'"):
        parse({**ROW, "kind": "map"})
    lines = [",".join(ROW), ",".join(ROW.values()), ",".join(ROW.values())]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match="s_fig1 stands twice"):
        read(tmp_path / "t.csv")


def _shipped() -> dict[str, Target]:
    root = Path(__file__).resolve().parents[3]
    return read(root / "config/targets.csv")


@pytest.mark.parametrize("stem", list(_shipped()))
def test_each_target_has_a_function_a_rule_and_a_text(stem: str, pytestconfig) -> None:
    target = _shipped()[stem]
    part = {"figure": "figures", "table": "tables"}[target.kind]
    module = importlib.import_module(f"laicflow.studies.{target.study}.{part}")
    assert callable(getattr(module, target.name))
    root = pytestconfig.rootpath
    rules = (root / f"workflow/rules/studies/{target.study}.smk").read_text()
    if f"rule {stem}:" not in rules:
        # One rule in a loop over the names of the targets.
        assert f'"{target.name}"' in rules and f'TARGET_SETTINGS["{target.study}"]' in rules
        rules = (root / "workflow/rules/targets.smk").read_text()
        assert "inputs_of_target(_stem)" in rules
        rules = rules.replace("{_stem}", stem).replace("{_study}", target.study).replace('f"', '"')
    else:
        assert f'needs_of("{stem}")' in rules
    for path in target.outputs(f"<run>/{target.study}").values():
        assert f'"{path}"' in rules
    assert f'../report/{stem}.rst"' in rules
    assert len((root / f"workflow/report/{stem}.rst").read_text()) > 100

from __future__ import annotations

from pathlib import Path

from laicflow.report.choices import changed, flat, left_open, read, value_at

TEXT = """\
study:
  # k is not given: this line is no setting's own.
  reference:
    days: 15
    k: 1.5                  # not given
  note: "a # b, not given"
  size: 3    # given in the text
  box: {north: 1}   # around Japan: not given
"""


def test_settings_that_the_paper_leaves_open_are_found_by_their_comment() -> None:
    found = left_open(TEXT)
    assert found["reference.k"] == "not given"
    assert "around Japan: not given" in found.values()
    assert not {"reference", "reference.days", "size"} & set(found)


def test_the_shipped_study_marks_what_its_paper_leaves_open(pytestconfig) -> None:
    text = (pytestconfig.rootpath / "config/studies/pham2023.yaml").read_text()
    # k, the gap of a normal window and the batch size stand nowhere in the paper.
    assert {"reference.k", "normal.gap_days", "training.batch_size"} <= set(left_open(text))


def test_changes_name_key_and_both_values() -> None:
    shipped = {"a": {"b": 1, "c": [1, 2]}, "d": "x", "gone": 0}
    used = {"a": {"b": 1, "c": [3]}, "d": "x", "new": True}
    assert changed(shipped, used) == [
        {"key": "a.c", "shipped": [1, 2], "used": [3]},
        {"key": "gone", "shipped": 0, "used": None},
        {"key": "new", "shipped": None, "used": True},
    ]


def test_an_empty_mapping_is_a_value() -> None:
    assert flat({"a": {}, "b": {"c": 1}}) == {"a": {}, "b.c": 1}


def test_values_are_found_by_dotted_key() -> None:
    assert value_at({"a": {"b": 2}}, "a.b") == 2
    assert value_at({"a": {"b": 2}}, "a.c.d") is None


def test_dates_are_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("start: 2001-01-02\n")
    assert read(tmp_path / "a.yaml") == {"start": "2001-01-02"}

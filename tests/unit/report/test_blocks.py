from __future__ import annotations

import base64
from pathlib import Path

import pandas as pd

from laicflow.report.blocks import frame, grid, picture, plural, setting


def test_columns_of_numbers_are_set_to_the_right() -> None:
    made = grid(["a", "b", "c"], [["x", 1, None], ["y", 0.25, 2]])
    assert made.numeric == [False, True, True]
    assert made.rows == [["x", "1", "–"], ["y", "0.2500", "2"]]


def test_a_column_without_any_value_is_no_column_of_numbers() -> None:
    assert grid(["a"], [[None], [None]]).numeric == [False]


def test_a_frame_keeps_its_order() -> None:
    made = frame(pd.DataFrame({"n": [1, 2], "t": ["a", ""]}))
    assert made.head == ["n", "t"] and made.rows == [["1", "a"], ["2", "–"]]
    assert made.numeric == [True, False]


def test_a_picture_is_held_by_the_page(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    kind, _, content = picture(tmp_path / "a.png").partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content) == b"\x89PNG"


def test_counts_have_their_noun() -> None:
    assert plural(1, "hour") == "1 hour"
    assert plural(2356, "sample") == "2,356 samples"


def test_settings_are_shown_as_they_are_written() -> None:
    value = [{"site": "japan", "latitude": 36.5}, True, None]
    assert setting(value) == "[{site: japan, latitude: 36.5}, true, (not set)]"

from __future__ import annotations

import io
import math

import numpy as np
import pandas as pd
import pytest

from laicflow.report.formats import as_csv, as_markdown, as_tex, ends, shown, tex_escape

TABLE = pd.DataFrame(
    {
        "name": ["a_b", "50 % | more"],
        "value": [0.123456789, math.nan],
        "count": pd.array([3, None], dtype="Int64"),
    }
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.67164, "0.6716"),
        (math.nan, "–"),
        (pd.NA, "–"),
        (None, "–"),
        ("", "–"),
        (7, "7"),
        (12345, "12,345"),
        (np.int64(1234567), "1,234,567"),
        (1234.5, "1,234.5000"),
        ("12345", "12345"),
        (True, "yes"),
        (-0.5, "-0.5000"),
    ],
)
def test_values_as_people_read_them(value: object, text: str) -> None:
    assert shown(value) == text


def test_an_interval_without_width_is_constant() -> None:
    assert ends(-0.25, 0.5) == "-0.250 to 0.500"
    assert ends(0.1, 0.25, "–", 2) == "0.10–0.25"
    assert ends(0.0, 0.0) == "constant" and ends(0.5, 0.5 + 1e-15) == "constant"
    assert ends(math.nan, 0.5) == "no interval"


def test_csv_keeps_every_digit() -> None:
    text = as_csv(TABLE)
    assert text.splitlines()[1] == "a_b,0.123456789,3"
    assert text.splitlines()[2] == "50 % | more,,"
    pd.testing.assert_frame_equal(
        pd.read_csv(io.StringIO(text)).astype({"count": "Int64", "name": "str"}), TABLE
    )


def test_markdown_lines_up_and_escapes_the_pipe() -> None:
    lines = as_markdown(TABLE).splitlines()
    assert lines[0] == "| name         |  value | count |"
    assert lines[1] == "|--------------|-------:|------:|"
    assert lines[2] == "| a_b          | 0.1235 |     3 |"
    assert lines[3] == "| 50 % \\| more |      – |     – |"


def test_tex_has_booktabs_and_no_open_command() -> None:
    text = as_tex(TABLE, "Share & count", "t1")
    assert r"\toprule" in text and r"\midrule" in text and r"\bottomrule" in text
    assert r"\begin{tabular}{lrr}" in text
    assert r"\caption{Share \& count}" in text and r"\label{tab:t1}" in text
    assert r"a\_b & 0.1235 & 3 \\" in text
    assert r"50 \% \textbar{} more & -- & -- \\" in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("R_b^2 {x}", r"R\_b\textasciicircum{}2 \{x\}"),
        ("a\\b", r"a\textbackslash{}b"),
        ("#1 $5 ~", r"\#1 \$5 \textasciitilde{}"),
        ("0.1–0.2 ± 3°", r"0.1--0.2 $\pm$ 3\textdegree{}"),
        ("a < b", r"a \textless{} b"),
    ],
)
def test_tex_escapes(text: str, escaped: str) -> None:
    assert tex_escape(text) == escaped

"""The figure of what was recovered of a simulated world."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import LaicflowError
from laicflow.studies.edlstme.figure_recovered import recovered
from laicflow.studies.results import Results


def table(codes: list[str]) -> pd.DataFrame:
    """Two days of series that are 0.5 TECU too high, and biases 0.1 ns too low."""
    times = pd.date_range("2020-01-01", periods=192, freq="15min").as_unit("us")
    parts = []
    for code in codes:
        same = {"station": code, "month": "2020-01"}
        series = pd.DataFrame({"part": "vtec", **same, "time": times, "way": ""})
        parts.append(series.assign(recovered=10.5, true=10.0))
        bias = {"part": "bias", **same, "time": [pd.NaT], "recovered": 4.9, "true": 5.0}
        parts.append(pd.DataFrame(bias | {"way": "file"}))
    return pd.concat(parts, ignore_index=True)


def results(found: pd.DataFrame) -> Results:
    return Results("run", "edlstme", {}, {}, recovered=found)


def test_series_and_biases():
    drawn = recovered(results(table(["AAAA", "BBBB"])))
    first, second, biases = drawn.figure.axes
    assert first.get_title(loc="left") == "(a) AAAA: mean difference +0.50, RMS 0.50 TECU"
    assert second.get_title(loc="left").startswith("(b) BBBB")
    assert biases.get_title(loc="left") == "(c) Receiver bias"
    lines = {line.get_label(): line.get_ydata() for line in first.lines}
    assert np.allclose(lines["recovered"], 10.5) and np.allclose(lines["true"], 10.0)
    assert [text.get_text() for text in biases.get_yticklabels()] == ["AAAA", "BBBB"]
    (dots,) = [line for line in biases.lines if line.get_label() == "by file"]
    assert np.allclose(dots.get_xdata(), -0.1) and list(dots.get_ydata()) == [0, 1]
    assert len(drawn.data) == 2 * 193


def test_more_stations_than_panels_and_none():
    drawn = recovered(results(table([f"S{n:03d}" for n in range(9)])))
    assert len(drawn.figure.axes) == 7
    assert drawn.data["station"].nunique() == 9
    assert len(drawn.figure.axes[-1].get_yticklabels()) == 9
    with pytest.raises(LaicflowError, match="no station"):
        recovered(results(table(["AAAA"]).iloc[:0]))

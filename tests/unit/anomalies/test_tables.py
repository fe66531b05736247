"""Tables of anomalies: columns, types, what is absent."""

from __future__ import annotations

import pandas as pd
import pytest

from laicflow.anomalies.tables import ALARMS, ANOMALIES, QUAKES, typed


def test_absent_columns_are_missing_and_texts_empty():
    table = typed([{"method": "iqr", "alarms": 3, "rate": 0.25}], ALARMS)
    assert list(table) == list(ALARMS)
    assert (table["method"][0], table["alarms"][0], table["rate"][0]) == ("iqr", 3, 0.25)
    assert table["note"][0] == "" and pd.isna(table["blocks"][0]) and pd.isna(table["start"][0])


@pytest.mark.parametrize("columns", [ALARMS, ANOMALIES, QUAKES])
def test_without_rows_types_hold(columns: dict[str, str]):
    assert typed([], columns).dtypes.astype("str").to_dict() == columns


def test_an_unknown_column_is_refused():
    with pytest.raises(ValueError, match="unknown columns rates"):
        typed([{"rates": 1.0}], ALARMS)

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.report.targets import read
from laicflow.studies.edlstme.figure_dtec import fig10
from laicflow.studies.results import Results
from tests.unit.studies.edlstme import anomalies_made as made


@pytest.fixture(scope="module")
def results() -> Results:
    return made.results()


def test_columns_and_cells(results: Results) -> None:
    drawn = fig10(results)
    target = read("config/targets.csv")["edlstme_fig10"]
    assert target.faults(drawn.data, drawn.units) == []
    # Eight days of 24 hours, two stations, methods and variants.
    assert len(drawn.data) == 8 * 24 * 8 >= target.least_rows
    jump = drawn.data.query("site == 'AAA' and hour == 12 and variant == 'clean'")
    jump = jump[jump["day"] == pd.Timestamp("2020-02-09")]
    assert (jump["dtec"] > 4).tolist() == [True, True]


def test_disturbed_anomalies_are_masked(results: Results) -> None:
    data = fig10(results).data
    storm = data[data["day"] == pd.Timestamp("2020-02-07")]
    # Kp is 6 on this day: what lies beyond the bounds is masked, what does not is 0.
    assert (storm.loc[storm["disturbed"] > 0, "dtec"].isna()).all()
    assert (storm["dtec"].dropna() == 0).all() and (storm["disturbed"] > 0).any()
    other = data[data["day"] != pd.Timestamp("2020-02-07")]
    assert (other["disturbed"].dropna() == 0).all()


def test_filled_hours_are_told(results: Results) -> None:
    data = fig10(results).data.query("site == 'BBB' and variant == 'clean'")
    day = data[data["day"] == pd.Timestamp("2020-02-08")]
    assert (day["fill_share"] == 1).all() and np.isnan(day["dtec"]).all()


def test_without_dst_kp_alone_masks() -> None:
    found = made.results()
    for name, table in found.anomalies.items():
        table["dst"] = np.nan
        found.series[name] = found.series[name].drop_vars(["dst", "time_dst"])
    drawn = fig10(found)
    assert (drawn.data["dtec"] > 4).any()
    assert "Kp alone says" in drawn.figure.get_suptitle()


def test_many_stations_leave_the_first_variant() -> None:
    drawn = fig10(made.results(("AAA", "BBB", "CCC", "DDD", "EEE")))
    assert set(drawn.data.loc[drawn.data["drawn"], "variant"]) == {"paper"}
    assert drawn.figure.get_suptitle().startswith("Variant paper: ")

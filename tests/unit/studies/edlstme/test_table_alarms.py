from __future__ import annotations

import pytest

from laicflow.report.targets import read
from laicflow.studies.edlstme import tables
from laicflow.studies.results import Results
from tests.unit.studies.edlstme import anomalies_made as made


@pytest.fixture(scope="module")
def results() -> Results:
    return made.results()


@pytest.mark.parametrize("name", ["alarms", "quakes"])
def test_columns_and_units(results: Results, name: str) -> None:
    table = getattr(tables, name)(results)
    target = read("config/targets.csv")[f"edlstme_{name}"]
    assert target.faults(table, tables.units(list(table.columns))) == []
    assert len(table) >= target.least_rows
    assert len(tables.readable(name, table)) == len(table)


def test_rates_as_people_read_them(results: Results) -> None:
    table = tables.alarms(results)
    found = tables.readable("alarms", table)
    row = found[(found["Part"] == "record") & (found["Method"] == "residual")].iloc[0]
    own = table[(table["part"] == "record") & (table["method"] == "residual")].iloc[0]
    assert row["Alarms of epochs"] == f"{own['alarms']} of {own['epochs']}"
    assert row["Rate (%)"].startswith(f"{100 * own['alarms'] / own['epochs']:.2f}"[:3])
    assert " to " in row["Rate (%)"] and row["Gaussian (%)"] == "4.55"
    days = found[found["Part"] == "about the event"].iloc[0]
    assert days["From"] == "2020-02-07" and "," in days["Periods with as few, as many (%)"]


def test_without_an_earthquake_a_row_says_so() -> None:
    found = made.results(event={**made.EVENT, "time": "2010-01-01T00:00:00"})
    table = tables.quakes(found)
    assert table["role"].tolist() == ["none", "none"]
    assert table["note"].str.startswith("no earthquake of the catalog lies within").all()
    assert tables.readable("quakes", table)["Inside"].tolist() == ["", ""]


def test_a_listed_earthquake(results: Results) -> None:
    table = tables.quakes(made.results(events=made.catalog(("2020-02-12", 0, 10.2, 5.0))))
    assert table["role"].tolist() == ["shown", "listed"] * 2
    assert table["site"].tolist() == ["AAA", "BBB"] * 2
    assert tables.readable("quakes", table)["Distance (km)"].tolist()[:2] == [111, 22]

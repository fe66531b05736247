"""Radiation around the earthquake: the maps that are drawn and the numbers behind them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.anomalies.rst_maps import around_event
from laicflow.plots import style
from laicflow.plots.drawing import render
from laicflow.report import targets
from laicflow.studies.edlstme.figures import fig9
from laicflow.studies.results import Results, files, load

ROOT = Path(__file__).resolve().parents[4]
EVENT = {"name": "Xinjiang", "time": "2016-12-08T05:15:00", "latitude": 43.83, "longitude": 86.35}
EVENT |= {"magnitude": 6.2}
RULES = {
    "period": {"start": "2007-09-01", "end": "2016-12-31"},
    "latitude": [40, 47.5],
    "longitude": [80, 90],
    "days_before": 2,
    "days_after": 1,
    "least_years": 5,
    "circle_km": 300,
    "lines": [],
}
TARGET = targets.read(ROOT / "config/targets.csv")["edlstme_fig9"]


def index(leave_out: bool, missing: bool = False) -> xr.Dataset:
    time = np.arange("2007-01-01", "2017-01-01", dtype="datetime64[D]").astype("datetime64[us]")
    latitude, longitude = np.arange(40.0, 50, 2.5), np.arange(80.0, 92.5, 2.5)
    values = np.random.default_rng(1).normal(220, 20, (len(time), 4, 5)).astype("float32")
    if missing:
        values[time == np.datetime64("2016-12-08")] = np.nan
    coords = {"time": time, "latitude": latitude, "longitude": longitude}
    made = xr.Dataset({"olr": (tuple(coords), values)}, coords, {"product": "uninterpolated"})
    return around_event([made], RULES | {"leave_out": leave_out}, EVENT)


def results(**rst: xr.Dataset) -> Results:
    settings = {"olr": RULES | {"leave_out": False}, "event": EVENT}
    return Results("test", "edlstme", settings, {name: settings for name in rst}, rst=rst)


def panels(figure) -> list:
    return [ax for ax in figure.axes if ax.get_title() and ax.axison]


def test_a_block_a_variant_and_the_very_numbers(tmp_path):
    rst = {"paper": index(False), "clean": index(True)}
    outputs = {suffix: str(tmp_path / f"edlstme_fig9.{suffix}") for suffix in TARGET.outputs("x")}
    drawn = render(fig9, results(**rst), outputs, check=TARGET.check)
    titles = [ax.get_title().strip() for ax in panels(drawn.figure)]
    days = ["2016-12-06  (−2)", "2016-12-07  (−1)", "2016-12-08  (0)", "2016-12-09  (+1)"]
    assert titles == 2 * days
    names = [text.get_text() for ax in drawn.figure.axes for text in ax.texts]
    assert names == [
        "paper: the tested year is part of its own mean",
        "clean: the tested year is left out of its mean",
    ]
    assert drawn.data.groupby("variant").size().to_dict() == {"paper": 80, "clean": 80}
    one = drawn.data.query("variant == 'clean' and latitude == 45.0 and longitude == 85.0")
    expected = rst["clean"]["rst"].sel(latitude=45.0, longitude=85.0).values
    np.testing.assert_allclose(one["rst"], expected)
    np.testing.assert_allclose(one["rst"], (one["olr"] - one["mean"]) / one["std"], rtol=1e-4)
    title = drawn.figure.get_suptitle()
    assert "cells of 2.5 x 2.5 degrees; years 2007 to 2016" in title
    above = int((rst["clean"]["rst"].values > 2).sum())
    # 80 values; Student's t of 8 degrees gives 4.72 % above +2, 1.08 % above +3.
    assert "clean: 80 values, 9 years behind each; above" in title
    assert "paper: 80 values, 10 years behind each; above" in title
    others = json.loads(rst["clean"].attrs["other_years"])
    counts = [one["2"] for one in others.values()]
    assert list(others) == [str(year) for year in range(2007, 2016)]
    span = f"{min(counts)} to {max(counts)} in 9 other years"
    assert f"    +2: {above} (4 by chance; {span}), +3:" in title
    assert "+3: 0 (0 by chance; 0 to 0 in 9 other years)" in title


def test_variants_with_the_same_maps_stand_once():
    with style.applied():
        drawn = fig9(results(paper=index(True), clean=index(True)))
    assert len(panels(drawn.figure)) == 4 and len(drawn.data) == 160
    assert "paper, clean: 80 values" in drawn.figure.get_suptitle()


def test_a_day_without_data_is_hatched_and_said():
    with style.applied():
        drawn = fig9(results(clean=index(True, missing=True)))
    said = [text.get_text() for text in drawn.figure.legends[0].get_texts()]
    assert "no data" in said and "300 km from it" in said
    hatched = [bool([c for c in ax.collections if c.get_hatch()]) for ax in panels(drawn.figure)]
    assert hatched == [False, False, True, False]
    assert "clean: 60 values" in drawn.figure.get_suptitle()
    assert drawn.data["rst"].isna().sum() == 20


def test_a_record_of_too_few_years_gives_a_page_without_values():
    made = index(True)
    made = made.assign(rst=made["rst"] * np.nan, years=made["years"] * 0)
    with style.applied():
        drawn = fig9(results(clean=made))
    title = drawn.figure.get_suptitle()
    assert "0 values, no years behind each" in title and "+2: 0 (0 by chance" in title


def test_the_files_behind_it_are_read_by_variant(tmp_path):
    settings = {"variants": {"paper": {}, "clean": {}}, "shown": ["paper", "clean"], "window": {}}
    names = files(settings, str(tmp_path), ["rst"])
    assert names == [f"{tmp_path}/{name}/rst.nc" for name in ("paper", "clean")]
    for name in names:
        Path(name).parent.mkdir()
        index(True).to_netcdf(name)
    found = load(settings, tmp_path, ["rst"], run="r", study="edlstme")
    assert list(found.rst) == ["paper", "clean"]
    assert found.rst["clean"].attrs["product"] == "uninterpolated"

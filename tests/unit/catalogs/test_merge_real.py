"""Real catalogs merged, held to the ids that they share."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.catalogs.merge import SAME_EVENT, merge
from laicflow.readers import usgs_csv
from laicflow.schema import conform


def _usgs(path: Path, source: str = "usgs") -> pd.DataFrame:
    return usgs_csv.read(path).assign(source=source)


def _isc_gem(path: Path) -> pd.DataFrame:
    """Time, place, Mw and id of the ISC-GEM csv (columns 1-3, 11, last)."""
    lines = [line.split(",") for line in path.read_text().splitlines() if line[:2] in ("19", "20")]
    rows = [(c[0][:10] + "T" + c[0][10:], *map(float, c[1:3]), float(c[10]), c[-1]) for c in lines]
    names = ["time", "latitude", "longitude", "magnitude", "event_id"]
    table = pd.DataFrame(rows, columns=names).assign(source="isc_gem", event_type="earthquake")
    table["time"] = pd.to_datetime(table["time"], format="ISO8601")
    return conform(table.assign(magnitude_type="mw"), "events")


# Great earthquakes whose mb (USGS) stays more than 1.0 below the Mw of ISC-GEM; ids of both.
SATURATED = {
    "usp00003kr": "756792",  # 1973-09-29: 6.5, 7.74
    "usp0000byv": "726056",  # 1975-07-10: 6.2, 7.30
    "usp0000e7f": "718411",  # 1976-01-01: 6.2, 7.26
    "usp0000ee6": "719010",  # 1976-01-14: 6.3, 7.79
    "usp0000kjc": "706555",  # 1976-11-30: 6.5, 7.54
    "usp0000pdx": "697569",  # 1977-06-22: 6.8, 8.04
    "usp0000t8y": "684685",  # 1978-03-07: 6.0, 7.09
    "usp0000xsq": "672098",  # 1978-12-06: 6.7, 7.81
    "usp0001n2e": "597617",  # 1982-06-22: 6.3, 7.44
    # 2002-03-03, two of the USGS within 12 s: the Mw of 7.4 is the one, not the mb of 6.3.
    "usp000azhc": "3183177",
}


def test_one_service_asked_twice_is_recognised_by_its_ids(real_data):
    folder = real_data / "catalogs"
    world = _usgs(folder / "global_M5_2015-2025/usgs_M5_201510-202510.csv")
    japan = _usgs(folder / "japan_M4.5_1905-2023/2000_2023.csv", "japan")
    shared = set(world["event_id"]) & set(japan["event_id"])
    assert len(shared) > 500
    _, removed, _ = merge([japan, world], rules={"priority": ["usgs", "japan"]})
    twice = removed[removed["reason"] == SAME_EVENT]
    # No pair but those of one id, and of those all but what is no earthquake.
    assert (twice["event_id"] == twice["kept_event_id"]).all()
    others = set(removed.loc[removed["reason"].str.startswith("type"), "event_id"])
    assert set(twice["event_id"]) == shared - others


def test_isc_gem_against_usgs(real_data):
    folder = real_data / "catalogs"
    usgs = _usgs(folder / "global_M5_2009-2019/usgs_M6_1960-2019.csv")
    isc_gem = _isc_gem(folder / "isc-gem/isc-gem-cat.csv")
    isc_gem = isc_gem[isc_gem["time"] >= "1960-01-01"]
    rules = {"priority": ["isc_gem", "usgs"]}
    events, removed, counts = merge([usgs, isc_gem], rules=rules)
    twice = removed[removed["reason"] == SAME_EVENT]
    whose = dict(zip(twice["event_id"], twice["kept_event_id"], strict=True))
    assert {name: whose.get(name) for name in SATURATED} == SATURATED
    assert "usp000azhb" in set(events["event_id"])
    # 1,622 events of the USGS carry the number that ISC-GEM gave them: the answer key.
    number = twice["event_id"].str.extract(r"^iscgem(\d+)$")[0]
    known = number.notna() & number.isin(isc_gem["event_id"])
    assert known.sum() == 1622
    assert (number[known] == twice.loc[known, "kept_event_id"]).all()
    left = events.loc[events["source"] == "usgs", "event_id"].str.extract(r"^iscgem(\d+)$")[0]
    assert not left.dropna().isin(isc_gem["event_id"]).any()
    # ISC-GEM takes every event above 5.5 of the years to 2012: few of the USGS's may be left over.
    both = usgs[(usgs["time"] < "2013-01-01") & (usgs["event_type"] == "earthquake")]
    over = events[(events["source"] == "usgs") & (events["time"] < "2013-01-01")]
    assert len(over) < 0.035 * len(both)


def test_a_catalog_a_day_late_is_another(real_data):
    folder = real_data / "catalogs"
    usgs = _usgs(folder / "global_M5_2009-2019/usgs_M6_1960-2019.csv")
    late = usgs.assign(time=usgs["time"] + pd.Timedelta(days=1), source="late")
    late["event_id"] = "late" + late["event_id"]
    isc_gem = _isc_gem(folder / "isc-gem/isc-gem-cat.csv")
    _, removed, _ = merge([isc_gem, late], rules={"priority": ["isc_gem", "late"]})
    assert (removed["reason"] == SAME_EVENT).sum() == 0
    _, removed, _ = merge([usgs, late], rules={"priority": ["usgs", "late"]})
    assert (removed["reason"] == SAME_EVENT).sum() < 3

"""Which earthquake a case is about, and what it needs of the sources."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from laicflow import cases, plan, plan_now
from laicflow import config as settings
from laicflow.errors import ConfigError
from laicflow.store import write_parquet
from laicflow.studies.edlstme import case

FOLDER = Path(__file__).resolve().parents[2] / "config"
PLACE = "13.05,-88.66,2001-01-13T17:33,7.7"
# Two rows of the service's csv, of one day.
ROWS = """time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type
2001-01-13T17:33:32.380Z,13.049,-88.66,60,7.7,mwc,427,,,1.13,us,usp000a7m5,2018-10-17T19:39:00.654Z,"offshore El Salvador",earthquake
2001-01-13T20:59:43.000Z,13.2,-88.7,40,5.1,mb,40,,,1.0,us,usp000a7mz,2018-10-17T19:39:00.654Z,"El Salvador",earthquake
"""  # noqa: E501
FOUND = {
    "id": "usp000a7m5",
    "name": "offshore El Salvador",
    "time": "2001-01-13T17:33:32",
    "latitude": 13.049,
    "longitude": -88.66,
    "magnitude": 7.7,
}


def loaded(event: object, **own: object) -> dict:
    config = settings.load(FOLDER)
    config["event"] = event
    config["case"] |= own
    settings.validate(config, FOLDER)
    return config


@pytest.fixture
def replica(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "files/catalogs").mkdir(parents=True)
    (tmp_path / "files/catalogs/some.csv").write_text(ROWS)
    return tmp_path / "files"


def test_no_event_changes_nothing(replica):
    config = loaded(None)
    assert cases.settle(config, replica) is None and cases.days(config) is None
    now = dt.datetime(2026, 1, 1)
    assert cases.period(config, "jpl") == plan.period(config, "jpl")
    assert cases.needed(config, "code", "2001-01", now) == plan_now.needed(
        config, "code", "2001-01", now
    )


def test_an_identifier_is_looked_up_in_the_catalogs_of_the_replica(replica):
    for text in ("usp000a7m5", "USP000A7M5"):
        found = cases.settle(loaded(text), replica)
        assert found == {**FOUND, "id": text}


def test_a_catalog_of_the_run_is_looked_at_first(replica):
    table = pd.DataFrame(
        {
            "event_id": ["usp000a7m5"],
            "time": pd.to_datetime(["2001-01-13 17:33:34"]).astype("datetime64[us]"),
            "latitude": [13.0],
            "longitude": [-88.7],
            "magnitude": [7.6],
            "place": ["nearby"],
        }
    )
    Path("results/default/catalog").mkdir(parents=True)
    write_parquet(table, "results/default/catalog/usgs.parquet")
    found = cases.settle(loaded("usp000a7m5"), replica)
    assert (found["magnitude"], found["name"], found["time"][-2:]) == (7.6, "nearby", "34")


def test_what_a_killed_process_has_left_is_no_catalog(replica):
    """Half a file: read, it would be an error, and of a catalog the wrong earthquakes."""
    left = "." + "0123456789ab4def8123456789abcdef."
    Path("results/default/catalog").mkdir(parents=True)
    Path(f"results/default/catalog/{left}usgs.parquet").write_bytes(b"PAR1 half")
    half = replica / f"catalogs/{left}some.csv"
    half.write_text(ROWS.replace("7.7", "9.9"))
    assert cases.settle(loaded("usp000a7m5"), replica) == FOUND
    (replica / "catalogs/some.csv").unlink()
    with pytest.raises(ConfigError, match="is in no catalog at hand"):
        cases.settle(loaded("usp000a7m5"), replica)


def test_what_the_case_states_replaces_what_a_catalog_says(replica):
    found = cases.settle(loaded("usp000a7m5", magnitude=7.9, name="mine"), replica)
    assert found == {**FOUND, "magnitude": 7.9, "name": "mine"}
    # With all of it nothing is looked up.
    own = {key: FOUND[key] for key in ("time", "latitude", "longitude", "magnitude")}
    found = cases.settle(loaded("us1", **own), "")
    assert found == {**FOUND, "id": "us1", "name": "us1"}


def test_a_place_and_a_time_need_no_catalog(replica):
    config = loaded(PLACE)
    found = cases.settle(config)
    assert found == {
        "id": "20010113T173300_13.05N_88.66W",
        "name": "13.05° N 88.66° W",
        "time": "2001-01-13T17:33:00",
        "latitude": 13.05,
        "longitude": -88.66,
        "magnitude": 7.7,
    }
    assert config["case"]["time"] == "2001-01-13T17:33:00"
    # Another zone is turned to UTC.
    other = cases.settle(loaded("13.05,-88.66,2001-01-13T11:33-06:00,7.7"))
    assert other["time"] == found["time"]


def test_a_place_and_a_day_are_the_largest_earthquake_near_them(replica):
    for text in ("13,-89,2001-01-13", "13,-89,2001-01-13T17:30"):
        assert cases.settle(loaded(text), replica) == FOUND
    # 300 km are 2.7 degrees of latitude.
    with pytest.raises(ConfigError, match="is in no catalog at hand"):
        cases.settle(loaded("16,-89,2001-01-13"), replica)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("us7000abcd", "'us7000abcd' is in no catalog at hand: say where and when"),
        ("../elsewhere", "is no identifier"),
        ("13.05,-88.66", "cannot be read"),
        ("13.05,west,2001-01-13,7.7", "cannot be read"),
        ("13.05,-88.66,2001-13-13T17:33,7.7", "no time '2001-13-13T17:33'"),
        ("95,-88.66,2001-01-13T17:33,7.7", "latitude 95.0 is beyond 90"),
        ("13.05,nan,2001-01-13T17:33,7.7", "longitude nan is beyond 180"),
    ],
)
def test_what_cannot_be_read_or_found_says_what_to_do(text, told, replica):
    with pytest.raises(ConfigError) as caught:
        cases.settle(loaded(text), replica)
    assert told in str(caught.value)


def test_days_are_those_of_the_library(replica):
    config = loaded(PLACE)
    cases.settle(config)
    # 20 to learn from, 15 of warm-up, 18 before the day, that day, 3 after it.
    assert cases.days(config) == (dt.date(2000, 11, 21), dt.date(2001, 1, 16))
    spans = case.spans_of(pd.Timestamp("2001-01-13T17:33"), after_days=3)
    assert [str(one)[:10] for one in (spans.train, spans.end)] == ["2000-11-21", "2001-01-17"]


def test_what_the_case_needs_of_a_source(replica):
    now, days = dt.datetime(2026, 1, 1), (dt.date(2000, 11, 21), dt.date(2001, 1, 16))
    config = loaded(PLACE, maps="jpl", f107="unavailable")
    cases.settle(config)
    # No listed study takes the maps of JPL.
    assert cases.period(config, "jpl") == days
    assert cases.needed(config, "jpl", "2001-01", now) == days
    # The catalog is that of the listed study too, whose years hold the days.
    assert cases.period(config, "usgs") == plan.period(config, "usgs")
    assert cases.needed(config, "usgs", "2001", now) == plan_now.needed(config, "usgs", "2001", now)
    assert cases.sources(config, "f107") == [] and cases.sources(config, "catalog") == ["usgs"]
    # A study that ends on New Year: the month of the case reaches over both.
    config["case"]["maps"] = "code"
    config["pham2023"]["period"] = {"start": "2000-12-05", "end": "2001-01-02"}
    assert cases.needed(config, "code", "2001-01", now) == (days[0], days[1])
    assert cases.needed(config, "code", "2000-10", now) == plan_now.needed(
        config, "code", "2000-10", now
    )


def test_nothing_is_asked_for_of_the_future(replica):
    config = loaded("13.05,-88.66,2026-01-01T03:00,7.7", maps="jpl")
    cases.settle(config)
    asked = cases.needed(config, "jpl", "2026-01", dt.datetime(2026, 1, 2, 12))
    assert asked == (dt.date(2025, 11, 9), dt.date(2026, 1, 2))

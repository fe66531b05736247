"""What a configuration needs of each source."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from laicflow import config as settings
from laicflow import plan
from laicflow.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[2] / "config"


def test_catalog_reaches_beyond_the_maps():
    config = settings.load(FOLDER)
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    assert plan.period(config, "code") == (dt.date(2001, 1, 1), dt.date(2001, 12, 31))
    assert plan.period(config, "usgs")[1] == dt.date(2002, 1, 31)
    # What no study names is taken for a period of its own.
    assert plan.period(config, "jpl") == (dt.date(1999, 1, 1), dt.date(2021, 12, 31))


def test_studies_that_are_listed_say_how_much_of_a_source_is_taken():
    config = settings.load(FOLDER)
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    # Both name it, and one is listed; the other one's years are not taken.
    assert plan.period(config, "gfz_kp") == (dt.date(2001, 1, 1), dt.date(2001, 12, 31))
    # A source that the listed study does not name is taken for the one that does.
    assert plan.period(config, "intermagnet") == (dt.date(2007, 1, 1), dt.date(2021, 12, 31))
    config["studies"] = ["pham2023", "petrescu2022"]
    assert plan.period(config, "gfz_kp") == (dt.date(2001, 1, 1), dt.date(2021, 12, 31))


def test_a_study_that_is_not_listed_is_made_only_where_its_sources_reach():
    config = settings.load(FOLDER)
    plan.check_covered(config, "petrescu2022")  # 2007-2021 lies within 1999-2021
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    with pytest.raises(ConfigError) as caught:
        plan.check_covered(config, "petrescu2022")
    assert str(caught.value) == (
        "petrescu2022 needs gfz_kp from 2007-01-01 to 2021-12-31, and the listed studies take it "
        "from 2001-01-01 to 2001-12-31: add petrescu2022 to `studies`"
    )
    config["studies"] = ["pham2023", "petrescu2022"]
    plan.check_covered(config, "petrescu2022")


@pytest.mark.parametrize("ways", [["file"], ["file", "map"]])
def test_what_goes_with_observations_reaches_over_their_days_too(ways):
    config = settings.load(FOLDER)
    config["ingest"] = {
        "also": ["rinex"],
        "recheck": "open",
        "period": {"start": "2020-01-01", "end": "2020-01-03"},
    }
    config["stations"]["receiver_bias"] = ways
    config["pham2023"]["period"] = {"start": "2019-12-01", "end": "2020-01-02"}
    assert config["stations"]["maps"] == config["pham2023"]["data"]["maps"] == "code"
    first, last = dt.date(2020, 1, 1), dt.date(2020, 1, 3)
    assert [plan.period(config, name) for name in ("rinex", "sp3", "dcb")] == [(first, last)] * 3
    # The maps are those of the listed study as well.
    assert plan.period(config, "code") == (dt.date(2019, 12, 1), last)


def test_what_stands_behind_observations_is_taken_with_them():
    config = settings.load(FOLDER)
    config["ingest"] = {
        "also": ["rinex"],
        "recheck": "open",
        "period": {"start": "2020-01-01", "end": "2020-01-03"},
    }
    config["studies"] = ["petrescu2022"]
    days = (dt.date(2020, 1, 1), dt.date(2020, 1, 3))
    assert {"rinex", "sp3", "dcb"} <= set(plan.used(config))
    assert "code" not in plan.used(config) and "brdc" not in plan.used(config)
    assert plan.period(config, "code") == days  # with which the series are compared
    assert all(plan.period(config, name) == days for name in ("rinex", "sp3", "dcb"))
    config["stations"] |= {"receiver_bias": ["file", "map"], "orbits": "brdc"}
    assert {"code", "brdc"} <= set(plan.used(config)) and "sp3" not in plan.used(config)
    # No listed study names the maps: those of the observations' days will do.
    assert plan.period(config, "code") == days
    # A study that plays the observations has all of them for its own period.
    config["pham2023"]["data"]["maps"] = "rinex"
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    config["studies"] = ["pham2023"]
    year = (dt.date(2001, 1, 1), dt.date(2001, 12, 31))
    assert all(plan.period(config, name) == year for name in ("rinex", "brdc", "dcb", "code"))
    assert plan.roles_by_source(config, config["pham2023"])["brdc"] == ["maps"]
    assert plan.sources_of_role(config, config["pham2023"], "maps") == ["rinex"]


def test_a_month_is_asked_for_when_there_can_be_something_of_it():
    first = dt.date(2015, 2, 1)
    # On the first of a month maps of the day before are the newest that can be.
    maps = {"kind": "maps", "latency_days": 1}
    assert plan.newest_day(maps, first) == dt.date(2015, 1, 31)
    assert plan.newest_day({"kind": "maps", "latency_days": 14}, first) == dt.date(2015, 1, 18)
    assert plan.newest_day({"kind": "dst", "latency_days": 0}, first) == dt.date(2015, 1, 31)
    assert plan.newest_day({"kind": "minutes", "latency_days": 3}, first) == first


def test_a_role_may_have_no_source():
    config = settings.load(FOLDER)
    study = config["petrescu2022"]
    study["data"] |= {"dst": "unavailable"}
    del study["sites"]["points"][0]["role"]  # so that no point has minutes of its own
    assert plan.sources_of_role(config, study, "dst") == []
    assert plan.roles_by_source(config, study) == {
        "intermagnet": ["minutes"],
        "isc": ["catalog"],
        "gfz_kp": ["kp"],
        "celestrak": ["f107"],
    }


def test_a_catalog_of_several_sources_asks_for_each():
    config = settings.load(FOLDER)
    config["catalogs"]["both"] = {"sources": ["isc", "usgs"], "homogenise": "x"}
    config["pham2023"]["data"]["catalog"] = "both"
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    assert plan.period(config, "isc") == plan.period(config, "usgs")
    assert plan.period(config, "isc")[0] == dt.date(2001, 1, 1)
    study = config["pham2023"]
    assert plan.roles_by_source(config, study) == {
        "code": ["maps"],
        "isc": ["catalog"],
        "usgs": ["catalog"],
        "gfz_kp": ["kp"],
        "kyoto_dst": ["dst"],
        "celestrak": ["f107"],
    }
    rules = plan.catalog(config, "both")
    assert rules["homogenise"] == "x"
    assert rules["event_types"] == config["catalog_rules"]["event_types"]
    with pytest.raises(ConfigError, match="no catalog 'emsc'"):
        plan.catalog(config, "emsc")


def test_catalogs_that_a_run_makes():
    config = settings.load(FOLDER)
    assert plan.catalogs_used(config) == ["usgs"]
    config["ingest"]["also"] = ["isc"]
    assert plan.catalogs_used(config) == ["isc", "usgs"]
    assert "isc" in plan.used(config)


def test_a_listing_speaks_for_a_partition_open_or_closed(tmp_path):
    wait = {"closed_after_days": 60}
    file = tmp_path / "2001-01.json"
    last, soon, late = dt.date(2001, 1, 31), dt.datetime(2001, 2, 9), dt.datetime(2003, 1, 1)
    assert plan.freshness(wait, "2001-01", last, soon, file) == "2001-02-09"
    assert plan.freshness(wait, "2001-01", last, late, file) == "closed"

    def listed(as_of, *exists):
        files = [{"exists": one} for one in exists]
        told = {"fingerprint": "ab12", "as_of": as_of.isoformat(), "files": files}
        file.write_text(json.dumps(told))

    listed(soon, True)
    assert plan.freshness(wait, "2001-01", last, soon, file) == "ab12"
    # Once closed it is asked for again, unless it was listed after it had closed.
    assert plan.freshness(wait, "2001-01", last, late, file) == "ab12+closed"
    listed(late, True)
    assert plan.freshness(wait, "2001-01", last, late, file) == "ab12"
    # What is still not there must not pass unseen.
    listed(late, True, False)
    assert plan.freshness(wait, "2001-01", last, late, file) == "ab12+closed"


def test_upstream_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("LAICFLOW_REAL_DATA", raising=False)
    with pytest.raises(ConfigError, match="export LAICFLOW_REAL_DATA"):
        plan.upstream({"upstream": "replica:$LAICFLOW_REAL_DATA"})
    with pytest.raises(ConfigError, match="no folder"):
        plan.upstream({"upstream": f"replica:{tmp_path}/none"})
    monkeypatch.setenv("LAICFLOW_REAL_DATA", str(tmp_path))
    assert plan.upstream({"upstream": "replica:$LAICFLOW_REAL_DATA"}) == ("folder", str(tmp_path))


def test_worlds_of_other_options_have_other_names():
    config = settings.load(FOLDER)
    config["upstream"] = "replica:world"
    one = plan.origin(config)["name"]
    config["simulate"] = {"seed": 2}
    assert plan.origin(config)["name"] != one


@pytest.mark.parametrize(
    ("partition", "now", "told"),
    [
        # The last day that is needed is 15 January; 60 days and the day itself must have passed.
        ("2001-01", "2001-03-16T12:00", "2001-03-16"),
        ("2001-01", "2001-03-18T12:00", "closed"),
        ("2000-12", "2001-03-03T00:00", "closed"),
        ("all", "2001-02-01T00:00", "2001-02-01"),
        ("all", "2002-01-01T00:00", "closed"),
    ],
)
def test_an_open_partition_is_asked_for_again_on_another_day(partition, now, told):
    settings = {"closed_after_days": 60 if partition != "all" else None}
    moment = dt.datetime.fromisoformat(now)
    assert plan.freshness(settings, partition, dt.date(2001, 1, 15), moment) == told


def test_the_catalog_reaches_as_far_as_a_gap():
    config = settings.load(FOLDER)
    config["pham2023"]["period"] = {"start": "2001-01-01", "end": "2001-12-31"}
    config["pham2023"]["variants"]["quiet"] = {"normal": {"gap_days": 90}}
    assert plan.period(config, "usgs")[1] == dt.date(2001, 12, 31) + dt.timedelta(days=91)


def test_two_runs_that_ask_for_something_else_have_two_listings():
    config = settings.load(FOLDER)
    one = plan.listing_of(config, "upstream", "usgs", "2001")
    assert one.match("data/listing/upstream/usgs/2001.*.json")
    config["sources"]["usgs"]["minmagnitude"] = 6.0
    assert plan.listing_of(config, "upstream", "usgs", "2001") != one
    config["sources"]["usgs"]["minmagnitude"] = 4.8
    # The end of the period moves: what lies before it is asked for as ever.
    config["pham2023"]["period"]["end"] = "2015-12-31"
    assert plan.listing_of(config, "upstream", "usgs", "2001") == one


def test_a_login_of_a_base_is_not_planned():
    assert plan.without_login("https://me:word@a.org:8/b") == "https://a.org:8/b"
    for base in ("file:///a", "file:///me@here/a?b", "https://a.org/b/c"):
        assert plan.without_login(base) == base
    # A job refuses these; their params are noted before.
    for base in ("https://me:12/wo@a.org", "https://me:12?wo@a.org", "https://me:12#wo@a.org"):
        assert plan.without_login(base) == "..."
    for base in ("me:word@a.org/b", "https://a.org/b?key=word", "https://a.org/b#word"):
        assert plan.without_login(base) == "..."


def test_options_that_a_source_refuses_are_found_at_planning():
    config = settings.load(FOLDER)
    plan.check_sources(config, FOLDER)
    config["sources"]["usgs"]["latitude"] = [46, 30]
    with pytest.raises(ConfigError, match="sources.usgs: "):
        plan.check_sources(config, FOLDER)


def test_an_edited_file_of_ones_own_is_seen(tmp_path):
    file = tmp_path / "mine.csv"
    bases = [tmp_path.as_uri(), "https://a.org"]
    assert plan.local_state(bases, {"file": "mine.csv"}) == []
    file.write_text("one")
    first = plan.local_state(bases, {"file": "mine.csv"})
    assert first[0][0] == 3
    file.write_text("other")
    assert plan.local_state(bases, {"file": "mine.csv"})[0][0] == 5
    assert plan.local_state(bases, {}) == []


def test_a_mission_takes_its_own_days_and_aftershocks_need_earlier_earthquakes():
    config = settings.load(FOLDER)
    config["studies"] = ["seqnetquake"]
    assert plan.period(config, "cses_lap") == (dt.date(2018, 8, 1), dt.date(2020, 6, 22))
    assert plan.period(config, "demeter_isl") == (dt.date(2005, 1, 1), dt.date(2010, 12, 31))
    assert plan.period(config, "gfz_kp") == (dt.date(2005, 1, 1), dt.date(2020, 6, 22))
    # 31 days before the first and after the last.
    assert plan.period(config, "usgs") == (dt.date(2004, 12, 1), dt.date(2020, 7, 23))


def test_radiation_is_needed_of_its_own_years():
    own = {"period": {"start": "2007-09-01", "end": "2016-12-31"}}
    study = {"period": {"start": "2012-01-01", "end": "2016-12-31"}, "olr": own}
    assert plan.span(study, "olr") == (dt.date(2007, 9, 1), dt.date(2016, 12, 31))
    assert plan.span(study, "tec") == (dt.date(2012, 1, 1), dt.date(2016, 12, 31))
    del study["olr"]
    assert plan.span(study, "olr") == plan.span(study, "tec")

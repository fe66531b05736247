"""Every earthquake once, and what was left out kept with its reason."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from laicflow import seeds
from laicflow.catalogs.merge import merge, select
from laicflow.errors import ConfigError
from laicflow.schema import conform, empty

ROWS = pd.DataFrame(
    {
        "event_id": ["us1", "US1", "us2", "us3", "us4"],
        "time": pd.to_datetime(
            [
                "2001-01-13T17:33:32",
                "2001-01-13T17:33:32",
                "2001-01-12",
                "2001-01-11",
                "2001-01-10",
            ],
            format="ISO8601",
        ),
        "latitude": [13.0, 13.05, 0.0, 0.0, 0.0],
        "longitude": [-88.7, -88.66, 0.0, 0.0, 0.0],
        "depth_km": [60.0, 60.0, None, 10.0, 700.0],
        "magnitude": [7.6, 7.7, 5.0, None, 6.0],
        "event_type": ["earthquake", "earthquake", "earthquake", "earthquake", "explosion"],
        "updated": pd.to_datetime(["2001-02-01", "2015-02-01", None, None, None]),
        "source": "usgs",
    }
)


def _table(source: str, *rows: tuple, types: str = "earthquake") -> pd.DataFrame:
    """Id, seconds, magnitude and, if given, type, magnitude type of each, all in one place."""
    full = [(*row, *(types, "mb")[len(row) - 3 :])[:5] for row in rows]
    ids, seconds, magnitude, kinds, scales = zip(*full, strict=True)
    times = pd.Timestamp("2001-01-13") + pd.to_timedelta(list(seconds), unit="s")
    columns = {"event_id": ids, "time": times, "magnitude": magnitude, "event_type": kinds}
    made = pd.DataFrame({**columns, "latitude": 0.0, "longitude": 0.0, "source": source})
    return conform(made.assign(magnitude_type=list(scales)), "events")


def _merged(*tables: pd.DataFrame, **rules) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    return merge(tables, rules={"priority": ["isc", "usgs", "own"], **rules})


def test_the_latest_update_of_an_event_stays():
    events, removed, counts = merge(
        [conform(ROWS.iloc[:1], "events"), conform(ROWS.iloc[1:], "events")]
    )
    assert counts == {
        "read": {"usgs": 5},
        "events": {"usgs": 2},
        "untyped": {},
        "duplicate id": {"usgs": 1},
        "type explosion": {"usgs": 1},
        "no magnitude": {"usgs": 1},
    }
    assert events["event_id"].tolist() == ["us2", "us1"]
    assert events["magnitude"].tolist() == [5.0, 7.7]
    gone = removed.set_index("reason")
    assert gone.loc["duplicate id", "magnitude"] == 7.6
    assert gone.loc["duplicate id", ["kept_event_id", "kept_source"]].tolist() == ["us1", "usgs"]
    assert gone.loc["type explosion", "event_id"] == "us4"
    assert gone["kept_event_id"].isna().tolist() == [True, True, False]


def test_an_event_goes_by_its_latest_type():
    first = _table("usgs", ("a", 0, 5.0)).assign(updated=pd.Timestamp("2001-01-14"))
    later = _table("usgs", ("a", 0, 5.0, "Quarry_Blast")).assign(updated=pd.Timestamp("2002-01-01"))
    events, _, counts = merge([later, first])
    assert len(events) == 0
    assert counts["duplicate id"] == {"usgs": 1} and counts["type quarry blast"] == {"usgs": 1}


def test_the_first_source_wins_and_the_other_is_kept_with_its_reason():
    one, other = _table("isc", ("i1", 0, 6.1)), _table("usgs", ("u1", 3, 6.0), ("u2", 900, 5.0))
    events, removed, counts = _merged(other, one)
    assert events["event_id"].tolist() == ["i1", "u2"]
    assert events["source"].tolist() == ["isc", "usgs"]
    said = removed[["event_id", "reason", "kept_event_id", "kept_source"]].to_numpy().tolist()
    assert said == [["u1", "duplicate of another source", "i1", "isc"]]
    assert counts["duplicate of another source"] == {"usgs": 1}
    events, _, _ = _merged(other, one, priority=["usgs", "isc"])
    assert events["event_id"].tolist() == ["u1", "u2"]


def test_the_order_of_tables_and_rows_makes_no_difference():
    tables = [
        _table("isc", ("i1", 0, 6.1), ("i2", 9, 6.0)),
        _table("usgs", ("u1", 1, 6.0), ("u2", 8, 6.0), ("u3", 5, 6.0)),
        _table("own", ("o1", 4, 6.0)),
    ]
    first = _merged(*tables)
    second = _merged(*[table.iloc[::-1] for table in tables[::-1]])
    pd.testing.assert_frame_equal(first[0], second[0])
    pd.testing.assert_frame_equal(first[1], second[1])
    assert first[2] == second[2]
    # u1 and u2 are i1 and i2, u3 is neither, o1 lies nearest to u3.
    assert first[0]["event_id"].tolist() == ["i1", "u3", "i2"]


def test_a_magnitude_of_the_second_source_is_not_lost():
    events, removed, counts = _merged(
        _table("isc", ("i1", 0, math.nan), ("i2", 500, math.nan)), _table("usgs", ("u1", 3, 6.0))
    )
    assert events["event_id"].tolist() == ["u1"]
    gone = removed.set_index("event_id")["reason"].to_dict()
    assert gone == {"i1": "duplicate of another source", "i2": "no magnitude"}
    # Of a group without any nothing stays, and so there is nothing to point at.
    bare = _table("isc", ("i1", 0, math.nan)), _table("usgs", ("u1", 3, math.nan))
    events, removed, counts = _merged(*bare)
    assert len(events) == 0 and counts["no magnitude"] == {"isc": 1, "usgs": 1}
    assert removed["kept_event_id"].isna().all()


def test_an_older_state_points_at_what_stays_in_the_end():
    rows = _table("usgs", ("u1", 3, 6.0), ("u1", 4, 6.1))
    rows["updated"] = pd.to_datetime(["2001-02-01", "2001-03-01"])
    _, removed, counts = _merged(rows, _table("isc", ("i1", 0, 6.1)))
    assert counts["duplicate id"] == counts["duplicate of another source"] == {"usgs": 1}
    assert removed["kept_event_id"].tolist() == ["i1", "i1"]
    assert removed["kept_source"].tolist() == ["isc", "isc"]


def test_an_explosion_does_not_come_back_through_a_second_source():
    blast = _table("isc", ("i1", 0, 5.0, "Nuclear Explosion"))
    events, removed, counts = _merged(blast, _table("usgs", ("u1", 2, 5.1)))
    assert len(events) == 0
    assert set(removed["reason"]) == {"type nuclear explosion"}
    assert counts["type nuclear explosion"] == {"isc": 1, "usgs": 1}
    # A source that states no type is no obstacle to one that does.
    untyped = _table("isc", ("i1", 0, 5.0, ""))
    assert len(_merged(untyped, _table("usgs", ("u1", 2, 5.1, "explosion")))[0]) == 0


def test_types_are_a_list_and_events_without_one_are_counted():
    table = _table(
        "usgs",
        ("a", 0, 5.0, "Earthquake"),
        ("b", 100, 5.0, "induced_or_triggered event"),
        ("c", 200, 5.0, ""),
    )
    events, _, counts = merge([table])
    assert events["event_id"].tolist() == ["a", "c"] and counts["untyped"] == {"usgs": 1}
    wider = {"event_types": ["earthquake", "Induced or triggered event"], "untyped": "drop"}
    events, _, counts = merge([table], rules=wider)
    assert events["event_id"].tolist() == ["a", "b"]
    assert counts["type unknown"] == {"usgs": 1}


def test_rows_that_cannot_be_told_or_placed_go():
    table = _table("usgs", ("a", 0, 5.0), ("b", 50, 5.0), (" ", 100, 5.0), ("d", 150, 5.0))
    table.loc[0, "time"] = pd.NaT
    table.loc[1, "latitude"] = math.nan
    events, removed, counts = merge([table])
    assert events["event_id"].tolist() == ["d"]
    wanted = {"no time": 1, "no place": 1, "no id": 1}
    assert {reason: of["usgs"] for reason, of in counts.items() if reason in wanted} == wanted
    assert len(removed) == 3


def test_one_id_of_two_earthquakes_is_told_apart():
    events, _, _ = _merged(_table("isc", ("1", 0, 6.0)), _table("own", ("1", 5000, 6.0)))
    assert events["event_id"].tolist() == ["1", "own:1"]
    assert events["event_id"].is_unique


def test_magnitudes_on_request():
    table = _table("usgs", ("a", 0, 5.0), ("b", 100, 6.9))
    events, removed, _ = merge([table], rules={"homogenise": "scordilis2006"})
    # 0.85 * 5.0 + 1.03
    assert events["magnitude"].tolist() == [5.28, 6.9]
    assert events["magnitude_reported"].tolist() == [5.0, 6.9]
    rules = {"homogenise": "scordilis2006", "unconverted": "drop"}
    events, removed, counts = merge([table], rules=rules)
    assert events["event_id"].tolist() == ["a"]
    assert counts["magnitude not converted"] == {"usgs": 1}
    assert removed["magnitude_relation"].tolist() == ["none: mb 6.9 beyond 3.5..6.2"]
    assert merge([table])[0]["magnitude_relation"].isna().all()


EARTHQUAKE = "earthquake"


@pytest.mark.parametrize("unconverted", ["keep", "drop"])
def test_a_measured_moment_magnitude_of_another_source_is_taken(unconverted):
    isc = _table(
        "isc",
        ("i1", 0, 5.0, EARTHQUAKE, "ml"),
        ("i2", 500, 6.8, EARTHQUAKE, "mb"),
        ("i3", 1000, 5.0, EARTHQUAKE, "mb"),
        ("i4", 1500, 5.0, EARTHQUAKE, "ml"),
    )
    usgs = _table(
        "usgs",
        ("u1", 1, 5.3, EARTHQUAKE, "mww"),
        ("u2", 501, 7.4, EARTHQUAKE, "mwc"),
        ("u3", 1001, 5.1, EARTHQUAKE, "mb"),
        ("u4", 1501, 5.2, EARTHQUAKE, "mb"),
    )
    own = _table("own", ("o3", 999, 5.6, EARTHQUAKE, "mw"), ("o4", 1501, 4.0, EARTHQUAKE, "ms"))
    rules = {"homogenise": "scordilis2006", "unconverted": unconverted}
    events, removed, _ = _merged(isc, usgs, own, **rules)
    assert events["event_id"].tolist() == ["i1", "i2", "i3", "i4"]
    # Of i4 the mb of the USGS comes first: 0.85 * 5.2 + 1.03.
    assert events["magnitude"].tolist() == [5.3, 7.4, 5.6, 5.45]
    assert events["magnitude_type"].tolist() == ["mww", "mwc", "mw", "mw"]
    assert events["magnitude_relation"].tolist() == [
        "mww of usgs",
        "mwc of usgs",
        "mw of own",
        "mb 5.2 of usgs, scordilis2006 mb 3.5..6.2 doi:10.1007/s10950-006-9012-4",
    ]
    # Time, place and what was reported are those of the row that stays.
    assert events["time"].tolist() == isc["time"].tolist()
    assert events["magnitude_reported"].tolist() == [5.0, 6.8, 5.0, 5.0]
    assert events["magnitude_type_reported"].tolist() == ["ml", "mb", "mb", "ml"]
    assert removed["magnitude"].tolist() == [5.3, 7.4, 5.6, 5.1, 4.0, 5.2]
    # Without a relation the first source's stay.
    assert _merged(isc, usgs, own)[0]["magnitude"].tolist() == [5.0, 6.8, 5.0, 5.0]


def test_a_group_that_nothing_can_convert_goes_as_a_whole():
    isc = _table("isc", ("i1", 0, 5.0, EARTHQUAKE, "ml"))
    usgs = _table("usgs", ("u1", 1, 5.1, EARTHQUAKE, "md"))
    rules = {"homogenise": "scordilis2006", "unconverted": "drop"}
    events, removed, counts = _merged(isc, usgs, **rules)
    assert len(events) == 0 and removed["kept_event_id"].isna().all()
    assert counts["magnitude not converted"] == {"isc": 1, "usgs": 1}
    events, _, _ = _merged(isc, usgs, homogenise="scordilis2006")
    assert events["magnitude_relation"].tolist() == ["none: ml, no relation"]


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("rules", [{}, {"homogenise": "scordilis2006", "unconverted": "drop"}])
def test_rows_add_up_and_duplicates_point_at_events(seed, rules):
    random = seeds.generator("merge", seed)
    tables = []
    for source in ("isc", "usgs", "own"):
        n = 80
        table = pd.DataFrame(
            {
                "event_id": [f"{random.integers(0, 75)}" for _ in range(n)],
                "time": pd.Timestamp("2001-01-13")
                + pd.to_timedelta(random.uniform(0, 1200, n), unit="s"),
                "latitude": random.uniform(0, 0.5, n),
                "longitude": random.uniform(0, 0.5, n),
                "magnitude": np.where(random.random(n) < 0.2, np.nan, random.uniform(5, 7, n)),
                "magnitude_type": random.choice(["mw", "mb", "ml", ""], n),
                "event_type": random.choice(["earthquake", "", "explosion"], n, p=[0.7, 0.2, 0.1]),
                "updated": pd.Timestamp("2002-01-01") + pd.to_timedelta(np.arange(n), unit="D"),
                "source": source,
            }
        )
        table.loc[random.random(n) < 0.05, "time"] = pd.NaT
        tables.append(conform(table, "events"))
    # Half of the rows lie before the period.
    late = [table.assign(time=table["time"] - pd.Timedelta(minutes=10)) for table in tables]
    order = ["isc", "usgs", "own"]
    events, removed, counts = merge(
        late, rules={"priority": order, **rules}, period=("2001-01-13", "2001-01-13")
    )
    sums = dict.fromkeys(order, 0)
    for reason, of in counts.items():
        for source, count in of.items():
            sums[source] += count if reason not in ("read", "untyped") else 0
    assert sums == counts["read"] == dict.fromkeys(order, 80)
    assert {"duplicate of another source", "outside of the period"} < set(counts)
    there = set(zip(events["event_id"], events["source"], strict=True))
    kept = removed.dropna(subset="kept_event_id")
    assert set(zip(kept["kept_event_id"], kept["kept_source"], strict=True)) <= there
    assert (kept["reason"].str.startswith("duplicate")).all() and len(kept) > 5
    alone = removed[removed["reason"] == "duplicate of another source"]
    assert alone["kept_event_id"].notna().all()
    assert events["event_id"].is_unique
    assert (events["time"] >= "2001-01-13").all() and (events["time"] < "2001-01-14").all()
    if rules:
        # What is dropped had nothing of use: no Mw, no mb of the relation's range.
        lost = removed[removed["reason"] == "magnitude not converted"]
        assert not ((lost["magnitude_type"] == "mw") & lost["magnitude"].notna()).any()
        assert not ((lost["magnitude_type"] == "mb") & (lost["magnitude"] <= 6.2)).any()


def test_nothing_in_nothing_out():
    events, removed, counts = merge([empty("events")])
    assert len(events) == len(removed) == 0
    assert counts == {"read": {}, "events": {}, "untyped": {}}
    assert len(merge([])[0]) == 0


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"priority": ["isc"]}, "does not name usgs"),
        ({"priority": ["isc", "usgs", "isc"]}, "stands twice"),
        ({"type": ["earthquake"]}, "unknown rules type"),
        ({"event_types": "earthquake"}, "expected a list"),
        ({"untyped": True}, "expected keep or drop, found True"),
        ({"homogenise": "scordilis"}, "expected one of scordilis2006"),
    ],
)
def test_rules_that_make_no_sense(rules, message):
    tables = [_table("isc", ("i1", 0, 6.1)), _table("usgs", ("u1", 3, 6.0))]
    with pytest.raises(ConfigError, match=message):
        merge(tables, rules={"priority": ["isc", "usgs"], **rules})


def test_select_edges():
    events, _, _ = merge([conform(ROWS, "events")])
    rules = {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 5.0,
        "inclusive": True,
        "depth_km": [0, 60],
    }
    # The event without a depth stays; M 5.0 counts only where the bound is inclusive.
    assert select(events, rules)["event_id"].tolist() == ["us2", "us1"]
    assert select(events, {**rules, "inclusive": False})["event_id"].tolist() == ["us1"]
    assert select(events, {**rules, "depth_km": [0, 59]})["event_id"].tolist() == ["us2"]


def test_what_lies_outside_of_the_period_is_left_out_and_counted():
    times = ["1999-12-31 23:59:59.9", "2000-01-01 00:00:00", "2000-12-31 23:59:59.9", "2001-01-01"]
    table = _table("usgs", *[(name, 0, 5.0) for name in "abcd"])
    table["time"] = pd.to_datetime(times, format="ISO8601")
    later = _table("usgs", ("e", 0, 5.0)).assign(time=pd.NaT)
    events, removed, counts = merge([table, later], period=("2000-01-01", "2000-12-31"))
    assert events["event_id"].tolist() == ["b", "c"]
    assert counts["outside of the period"] == {"usgs": 2} and counts["no time"] == {"usgs": 1}
    assert removed.set_index("event_id")["reason"].to_dict() == {
        "a": "outside of the period",
        "d": "outside of the period",
        "e": "no time",
    }
    assert len(merge([table])[0]) == 4
    with pytest.raises(ConfigError, match="period: expected a first and a last day"):
        merge([table], period=("2000-12-31", "2000-01-01"))


def test_an_edge_of_the_period_does_not_cut_an_earthquake_in_two():
    period = ("2000-11-21", "2001-01-12")
    # The first source has it 3 s after midnight, the second 1 s before.
    blast = _table("isc", ("i1", 3, 5.0, "nuclear explosion"))
    events, _, counts = merge(
        [blast, _table("usgs", ("u1", -1, 5.3, ""))],
        rules={"priority": ["isc", "usgs"]},
        period=period,
    )
    assert len(events) == 0
    assert counts["type nuclear explosion"] == {"isc": 1, "usgs": 1}
    # The row that would stay says when it was; both go or both count.
    tables = [_table("isc", ("i1", 3, 5.0)), _table("usgs", ("u1", -1, 5.3))]
    events, removed, counts = merge(tables, rules={"priority": ["isc", "usgs"]}, period=period)
    assert len(events) == 0 and counts["outside of the period"] == {"isc": 1, "usgs": 1}
    assert removed["kept_event_id"].isna().all()
    events, _, _ = merge(tables, rules={"priority": ["usgs", "isc"]}, period=period)
    assert events["event_id"].tolist() == ["u1"]

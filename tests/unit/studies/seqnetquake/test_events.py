from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.config import merge
from laicflow.studies.seqnetquake.events import of_mission
from tests.unit.studies.seqnetquake.made import events

MISSION = {"start": "2019-03-01", "end": "2019-12-31", "latitude_max": 65}


@pytest.fixture
def catalog() -> pd.DataFrame:
    """Hours after 2019-03-01: a shock before the mission and its aftershock in it, two pairs."""
    rows = [(-24, 10, 50, 6), (24, 10.2, 50.3, 5), (100, 0, 100, 6), (200, 0.5, 100.5, 6.5)]
    return events([*rows, (1000, -30, -100, 5), (2000, 40, 140, 4.7), (7000, 40, 140, 5.5)])


def _of(catalog: pd.DataFrame, shipped: dict, **normal: object):
    study = merge(shipped, {"normal": normal})
    return of_mission(catalog, study, MISSION, np.random.default_rng(1))


def test_aftershocks_go_those_of_an_earthquake_before_the_mission_too(catalog, shipped) -> None:
    found = _of(catalog, shipped)
    # e5 is below magnitude 4.8, e0 before the first day.
    assert found.kept["event_id"].tolist() == ["e2", "e4", "e6"]
    assert found.removed["event_id"].tolist() == ["e1", "e3"]
    assert found.facts["events_before"] == 5 and found.facts["aftershocks"] == 2
    assert found.facts["aftershock_share"] == pytest.approx(0.4)
    assert found.facts["tries"] == 3 + found.facts["refused"]


def test_artificial_events_are_as_many_with_the_same_magnitudes(catalog, shipped) -> None:
    made = _of(catalog, shipped).made
    assert sorted(made["magnitude"]) == [5.0, 5.5, 6.0]
    assert made["event_id"].tolist() == [f"artificial-{k:06d}" for k in range(3)]
    assert made["time"].between("2019-03-01", "2020-01-01").all()
    assert made["latitude"].abs().max() <= 65


def test_matched_events_stand_in_the_place_of_an_earthquake_and_name_it(catalog, shipped) -> None:
    found = _of(catalog, shipped, kind="matched", gap_degrees=3)
    own = found.kept.set_index("event_id")
    assert found.made["match_id"].tolist() == ["e2", "e4", "e6"]
    for row in found.made.itertuples():
        assert (row.latitude, row.longitude) == tuple(
            own.loc[row.match_id, ["latitude", "longitude"]]
        )
        assert abs(row.time - own.loc[row.match_id, "time"]) > pd.Timedelta(days=15)
    assert found.facts["without_partner"] == 0


def test_a_partner_lies_in_the_same_part_of_the_split(shipped) -> None:
    # An earthquake every ten days, at places far from one another.
    rows = [(240.0 * k, -60 + 12 * (k % 11), -170 + 31 * (k % 11), 5) for k in range(30)]
    found = _of(events(rows), shipped, kind="matched", gap_degrees=3)
    # 306 days: the last fifth begins on day 244.8.
    edge = pd.Timestamp("2019-03-01") + 0.8 * pd.Timedelta(days=306)
    own = found.kept.set_index("event_id")["time"].loc[found.made["match_id"]].to_numpy()
    assert ((own >= edge) == (found.made["time"] >= edge)).all()
    assert (own >= edge).any() and (own < edge).any()


def test_no_partner_lies_where_the_catalog_is_unknown_though_a_part_goes_on(shipped) -> None:
    # The catalog ends on day 95, the first part of the split on day 122.4, the next on day 244.8.
    rows = [(240.0 * k, -60 + 12 * (k % 11), -170 + 31 * (k % 11), 5) for k in range(10)]
    catalog = events([*rows, (2280, 0, 0, 3)])
    parted = merge(shipped, {"split": {"validation": 0.4, "test": 0.2}})
    for study in (shipped, parted):
        found = _of(catalog, study, kind="matched", gap_degrees=3)
        assert found.reach == pd.Timestamp("2019-03-01") + pd.Timedelta(days=95)
        assert len(found.made) > 0 and found.made["time"].max() <= found.reach


def _short(catalog: pd.DataFrame, shipped: dict, **normal: object):
    """The events of a mission of March 2019, 744 hours, by a label of ten days, 240 hours."""
    study = merge(shipped, {"normal": normal, "labels": {"days": 10}})
    mission = MISSION | {"end": "2019-03-31"}
    return of_mission(catalog, study, mission, np.random.default_rng(1))


@pytest.mark.parametrize("kind", ["random", "matched"])
def test_events_of_the_days_after_the_last_day_are_kept(shipped, kind: str) -> None:
    rows = [(100, 0, 0, 5), (800, 0, 60, 5), (980, 0, 120, 5), (990, 0, -60, 5), (2000, 0, 9, 3)]
    found = _short(events(rows), shipped, kind=kind)
    # 744 + 240 = 984 hours.
    assert found.kept["event_id"].tolist() == ["e0", "e1", "e2"]
    assert (found.facts["events"], found.facts["events_beyond"]) == (1, 2)
    assert found.facts["event_days"] == found.facts["events_before"] == 1
    assert found.reach == pd.Timestamp("2019-04-11")
    # Artificial events go on as long as earthquakes do.
    edge = pd.Timestamp("2019-03-01") + pd.Timedelta(hours=984)
    assert len(found.made) > 0 and found.made["time"].max() < edge
    # One in the last fifth, whose place is free of it from fifteen days later on, hour 960.
    last = _short(events([(600, 0, 0, 5), (2000, 0, 9, 3)]), shipped, kind="matched")
    assert last.made["time"].between("2019-04-10", edge).tolist() == [True]


def test_a_catalog_that_ends_early_reaches_to_its_last_event(shipped) -> None:
    # The last one is too small to count, but tells that the catalog goes on so far.
    catalog = events([(100, 0, 0, 5), (800, 0, 60, 5), (900, 0, 9, 3)])
    found = _short(catalog, shipped)
    assert found.reach == pd.Timestamp("2019-03-01") + pd.Timedelta(hours=900)
    assert found.made["time"].max() <= found.reach
    early = _short(catalog.iloc[:1], shipped, kind="matched")
    assert len(early.kept) == 1 and early.reach == catalog["time"].iloc[0]


def test_a_large_earthquake_keeps_matched_events_away_as_far_as_it_reaches(shipped) -> None:
    # 5 degrees are 556 km; 10^(0.43 * 7) = 1023 km. A shock of M 7 every 25 days blocks 30 of them.
    large = [(600.0 * k + 10, 0, 5, 7) for k in range(-2, 14)]
    catalog = events([(1000, 0, 0, 5), *large])
    free = _of(catalog, shipped, kind="matched", gap_degrees=3)
    strict = _of(catalog, shipped, kind="matched", gap_degrees=3, zones="refuse")
    named = free.made.set_index("match_id")
    # The small one has a partner in its place, in the midst of what the large ones prepare.
    assert named.loc["e0", "longitude"] == 0 and free.facts["artificial_in_zone"] >= 1
    assert "e0" not in set(strict.made["match_id"]) and strict.facts["artificial_in_zone"] == 0
    assert strict.facts["without_partner"] == len(strict.kept) - len(strict.made)
    # Aftershocks bar it as well: of the same size, five days after each and beside it.
    after = events([(hours + 120, 0, 5.5, 7) for hours, *_ in large])
    both = pd.concat([catalog, after.assign(event_id=after["event_id"] + "a")])
    removed = _of(both, shipped, kind="matched", gap_degrees=3, zones="refuse")
    assert removed.facts["aftershocks"] > 0 and removed.facts["artificial_in_zone"] == 0

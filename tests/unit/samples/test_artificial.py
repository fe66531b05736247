"""Artificial events: their distributions, the rule by which they are apart, their partners."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, kstest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.samples.artificial import draw, matched

DAY = pd.Timedelta(days=1)
START = pd.Timestamp("2005-01-01")
NONE = {"degrees": 0.0, "days": 0.0}


def events(day, latitude, longitude, magnitude=5.0):
    time = START + pd.to_timedelta(np.asarray(day, dtype=float), unit="D")
    table = {"time": time, "latitude": latitude, "longitude": longitude, "magnitude": magnitude}
    return pd.DataFrame(table).astype({"latitude": float, "longitude": float})


def many(n, seed=0, days=2000):
    rng = np.random.default_rng(seed)
    return events(
        rng.uniform(0, days, n),
        rng.uniform(-60, 60, n),
        rng.uniform(-180, 180, n),
        rng.uniform(4.8, 8, n),
    )


def drawn(real, seed=1, days=2000, **changes):
    settings = {"start": START, "end": START + days * DAY, "latitude_max": 65.0} | changes
    return draw(real, np.random.default_rng(seed), **settings)


def near_by_words(one, real, degrees=10.0, days=15.0):
    """The words of the rule for one event and others: (in the degrees, in the days) of each."""
    apart = np.abs(real["longitude"] - one["longitude"])
    beside = np.minimum(apart, 360 - apart) <= degrees
    beside &= np.abs(real["latitude"] - one["latitude"]) <= degrees
    return beside, np.abs(real["time"] - one["time"]) <= days * DAY


@pytest.mark.parametrize("geometry", ["sphere", "latitude"])
def test_places_and_times_are_uniform(geometry):
    made = drawn(many(4000), geometry=geometry, apart=NONE)
    assert len(made) == 4000 and made["time"].is_monotonic_increasing
    assert made.attrs == {"tries": 4000, "refused": 0}
    # Archimedes: equal heights of a sphere have equal areas.
    height = np.sin(np.radians(made["latitude"])) / np.sin(np.radians(65))
    uniform = {
        "sphere": (height + 1) / 2,
        "latitude": (made["latitude"] + 65) / 130,
    }
    assert kstest(uniform[geometry], "uniform").pvalue > 0.01
    other = "latitude" if geometry == "sphere" else "sphere"
    assert kstest(uniform[other], "uniform").pvalue < 1e-6
    assert kstest((made["longitude"] + 180) / 360, "uniform").pvalue > 0.01
    assert kstest((made["time"] - START) / (2000 * DAY), "uniform").pvalue > 0.01


def test_magnitudes_are_those_of_the_real_events():
    real = many(300)
    made = drawn(real)
    assert sorted(made["magnitude"]) == sorted(real["magnitude"])
    assert made["magnitude"].tolist() != real.sort_values("time")["magnitude"].tolist()


@pytest.mark.parametrize(
    ("apart", "geometry", "share"),
    [
        # One event on the date line at the equator, in the middle of 60 days. On the sphere the
        # box's share within +-65 degrees is (2 d / 360) (sin d / sin 65).
        ({"degrees": 30, "days": 30}, "sphere", 60 / 360 * 0.5 / 0.906308),
        ({"degrees": 30, "days": 6}, "sphere", 60 / 360 * 0.5 / 0.906308 * 12 / 60),
        ({"degrees": 30, "days": 15}, "latitude", 60 / 360 * 60 / 130 * 30 / 60),
        # Either is near: all but what is near in neither.
        (
            {"degrees": 30, "days": 6, "reading": "either"},
            "latitude",
            1 - (1 - 60 / 360 * 60 / 130) * (1 - 12 / 60),
        ),
    ],
)
def test_the_share_that_is_refused_is_that_of_a_world_worked_by_hand(apart, geometry, share):
    one = events([30], [0.0], [180.0])
    made = drawn(many(20_000), days=60, apart=apart, geometry=geometry, against=one)
    tries, refused = made.attrs["tries"], made.attrs["refused"]
    assert tries - refused == 20_000
    assert binomtest(refused, tries, share).pvalue > 0.01
    place, then = near_by_words(made, one.iloc[0], apart["degrees"], apart["days"])
    near = (place | then) if "reading" in apart else (place & then)
    assert not near.any()


def test_none_is_near_a_real_event_in_place_and_time_at_once():
    real = many(600, days=200)
    made = drawn(real, days=200)
    assert made.attrs["refused"] > 50
    alone = [near_by_words(row, real) for _, row in made.iterrows()]
    assert not any((place & then).any() for place, then in alone)
    # Either alone is allowed, and happens.
    assert all(then.any() for _, then in alone)
    assert sum(place.any() for place, _ in alone) > 300


def test_read_literally_no_place_is_left():
    # An earthquake a week somewhere: no instant is further than 15 days from all.
    real = events(np.arange(0, 700, 7), 10.0, 20.0)
    with pytest.raises(
        ConfigError,
        match="0 of 100 found after 20000 tries, 20000 refused.*100 real events .reading either",
    ):
        drawn(real, days=700, apart={"reading": "either"})
    assert len(drawn(real, days=700)) == 100


def test_as_many_as_none_are_none():
    made = drawn(many(10).iloc[:0])
    assert len(made) == 0 and made.attrs == {"tries": 0, "refused": 0}
    assert made.dtypes.astype(str).tolist() == ["datetime64[us]", "float64", "float64", "float64"]


def test_the_generator_alone_decides():
    real = many(50)
    assert drawn(real, 3).equals(drawn(real.sample(frac=1, random_state=1).sort_index(), 3))
    assert not drawn(real, 3).equals(drawn(real, 4))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"latitude_max": 95}, "latitude_max must be"),
        ({"latitude_max": 0}, "latitude_max must be"),
        ({"geometry": "disc"}, "unknown geometry 'disc'"),
        ({"apart": {"reading": "both"}}, "unknown reading 'both'"),
        ({"apart": {"degree": 1}}, "unknown degree"),
        ({"apart": {"days": -1}}, "days must be in 0"),
        ({"end": START}, "a start before the end"),
    ],
)
def test_settings_that_are_none_are_refused(changes, said):
    with pytest.raises(ConfigError, match=said):
        drawn(many(3), **changes)


def test_real_events_without_a_place_are_refused():
    real = many(3)
    real.loc[1, "longitude"] = np.nan
    with pytest.raises(LaicflowError, match="real event 1 has no longitude"):
        drawn(real)


def test_partners_stand_in_the_place_and_season_of_their_events_and_apart_from_all():
    # 300 events in a region of 30 x 30 degrees in six years: often no season is free.
    rng = np.random.default_rng(4)
    real = events(
        rng.uniform(0, 2191, 300), rng.uniform(0, 30, 300), rng.uniform(165, 195, 300) - 360,
        rng.uniform(5, 7, 300),
    ).set_index(np.arange(1000, 1300))  # fmt: skip
    real["longitude"] = (real["longitude"] + 180) % 360 - 180
    end = START + 2191 * DAY
    made = matched(real, rng, start=START, end=end)
    own = real.loc[made["partner"]]
    for name in ("latitude", "longitude", "magnitude"):
        assert made[name].tolist() == own[name].tolist()
    assert made["time"].between(START, end, inclusive="left").all()
    for _, row in made.iterrows():
        place, then = near_by_words(row, real)
        assert not (place & then).any()
    since = (made["time"].to_numpy() - own["time"].to_numpy()) / DAY.to_numpy()
    years = np.round(since / 365.2425)
    season = np.abs(since - years * 365.2425) <= 15 + 1e-6
    assert (~season | (years == 0)).sum() == made.attrs["out_of_season"] > 0
    assert made.attrs["asked"] == 300 == made.attrs["made"] + made.attrs["without_partner"]
    assert len(made) == made.attrs["made"] > 200


def test_partners_of_worlds_worked_by_hand():
    # A year of three is the only other one that is free: 2006 has an event in the season.
    day = pd.Timestamp("2005-07-01")
    real = events([(day - START) / DAY, 365 + 181], [0.0, 0.0], [0.0, 5.0])
    settings = {"start": START, "end": pd.Timestamp("2008-01-01"), "season_days": 14}
    for seed in range(20):
        made = matched(real.iloc[:1], np.random.default_rng(seed), **settings, against=real)
        assert abs(made["time"][0] - pd.Timestamp("2007-07-01")) < 14.6 * DAY
    assert made.attrs == {"asked": 1, "made": 1, "without_partner": 0, "out_of_season": 0}
    # Ended before that season, there is another one; ended within 15 days of the event, none.
    short = settings | {"end": pd.Timestamp("2007-05-01")}
    made = matched(real, np.random.default_rng(0), **short)
    assert made.attrs["out_of_season"] == 2 and made.attrs["without_partner"] == 0
    shortest = {"start": day - 15 * DAY, "end": day + 15 * DAY}
    made = matched(real.iloc[:1], np.random.default_rng(0), **shortest)
    assert made.attrs == {"asked": 1, "made": 0, "without_partner": 1, "out_of_season": 0}
    assert made.columns.tolist()[-1] == "partner" and len(made) == 0
    # A microsecond more is room for the one instant that is left.
    more = shortest | {"end": day + 15 * DAY + pd.Timedelta(microseconds=2)}
    made = matched(real.iloc[:1], np.random.default_rng(0), **more)
    assert made["time"].tolist() == [day + 15 * DAY + pd.Timedelta(microseconds=1)]


def test_times_of_partners_are_uniform_where_there_is_room():
    day = pd.Timestamp("2005-07-01")
    real = events([(day - START) / DAY] * 2000, 0.0, 0.0)
    one = real.iloc[:1]
    end = pd.Timestamp("2008-01-01")
    made = matched(real, np.random.default_rng(2), start=START, end=end, against=one)
    since = (made["time"] - day) / DAY
    year = np.round(since / 365.2425)
    assert binomtest(int((year == 1).sum()), 2000, 0.5).pvalue > 0.01
    assert kstest((since - year * 365.2425 + 15) / 30, "uniform").pvalue > 0.01


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"apart": {"reading": "either"}}, "leaves none"),
        ({"season_days": 200}, "season_days must be"),
        ({"end": START - DAY}, "a start before the end"),
    ],
)
def test_matched_refuses_settings_that_are_none(changes, said):
    settings = {"start": START, "end": START + 800 * DAY} | changes
    with pytest.raises(ConfigError, match=said):
        matched(many(3), np.random.default_rng(0), **settings)


def test_with_a_zone_a_large_event_is_near_as_far_as_it_reaches():
    # 10^(0.43 * 7) = 1023 km are 9.2 degrees, 10^(0.43 * 5) = 141 km are 1.3.
    large, small = (events([100], [0], [8.0], size) for size in (7.0, 5.0))
    own = events([100], [0], [0])
    span = {"start": START, "end": START + 200 * DAY}
    for other, zone, blocked in (
        (large, "dobrovolsky", True),
        (small, "dobrovolsky", False),
        (large, None, False),
        (small, 8.5, True),
        (small, 7.5, False),
    ):
        apart = {"degrees": 3.0, "days": 150.0, "zone": zone}
        made = matched(own, np.random.default_rng(1), apart=apart, against=other, **span)
        assert made.attrs["without_partner"] == int(blocked)


def test_no_draw_lies_in_a_zone_by_the_angle_between_places():
    real = many(300, days=400)
    zones = 10 ** (0.43 * real["magnitude"].to_numpy()) / 6371.0088

    def inside(made):
        vectors = []
        for table in (made, real):
            lat, lon = np.radians(table["latitude"]), np.radians(table["longitude"])
            vectors.append(
                np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
            )
        angle = np.arccos(np.clip(vectors[0] @ vectors[1].T, -1, 1))
        times = [table["time"].to_numpy()[:, None] for table in (made, real)]
        near = np.abs(times[0] - times[1].T) <= np.timedelta64(15, "D")
        return int((near & (angle <= zones)).any(axis=1).sum())

    apart = {"degrees": 3.0, "days": 15.0}
    assert inside(drawn(real, days=400, apart=apart)) > 0
    assert inside(drawn(real, days=400, apart=apart | {"zone": "dobrovolsky"})) == 0

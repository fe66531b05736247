from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from laicflow.simulate import ionosphere
from laicflow.simulate.world import DEFAULTS

OPTIONS = DEFAULTS["ionosphere"]
LATITUDE = np.array([45.0, 40.0, 35.0])
LONGITUDE = np.array([130.0, 140.0, 150.0])


def calm(start: dt.date, days: int) -> tuple[pd.Series, pd.Series]:
    """Dst at rest and a constant F10.7."""
    hours = pd.date_range(start, periods=24 * (days + 1), freq="h", unit="us")
    noons = pd.date_range(start, periods=days + 1, freq="D", unit="us")
    return pd.Series(0.0, index=hours), pd.Series(120.0, index=noons)


def maps(days: int, latitude=LATITUDE, longitude=LONGITUDE, dst=None, seed=3, **changes) -> list:
    start = dt.date(2015, 3, 1)
    rest, f107 = calm(start, days)
    return list(
        ionosphere.simulate_maps(
            latitude,
            longitude,
            start,
            start + dt.timedelta(days=days - 1),
            steps="code",
            dst=rest if dst is None else dst,
            f107=f107,
            options={**OPTIONS, **changes},
            seed=seed,
        )
    )


@pytest.mark.parametrize(
    ("date", "steps", "expected"),
    [
        # The three eras of CODE's archive.
        ((2002, 11, 2), "code", list(range(1, 24, 2))),
        ((2002, 11, 3), "code", list(range(0, 25, 2))),
        ((2014, 10, 18), "code", list(range(0, 25, 2))),
        ((2014, 10, 19), "code", list(range(25))),
        ((2014, 10, 19), "2h", list(range(0, 25, 2))),
        ((2001, 1, 1), "1h", list(range(25))),
    ],
)
def test_epochs_are_those_of_the_archive(date, steps, expected):
    assert ionosphere.map_hours(dt.date(*date), steps).tolist() == expected


def test_a_sudden_storm_by_hand():
    # Dst 100 nT below its quiet level: D = 1, N = 1 - exp(-1/30) after the first hour, hence
    # 0.5 exp(-1/30) = 0.4836 while the storm is young.
    dst = np.array([-25.0, -125.0])
    assert ionosphere.storm_response(dst, OPTIONS) == pytest.approx([0.0, 0.48361], abs=1e-5)


def test_a_storm_lifts_the_ionosphere_first_and_lowers_it_for_a_day_or_two():
    hours = np.arange(96)
    dst = np.where(hours < 12, 0.0, np.where(hours < 18, -150.0, 0.0))
    dst[18:] = -150 * np.exp(-(hours[18:] - 17) / 7.7)
    response = ionosphere.storm_response(dst, OPTIONS)
    assert np.all(response[:12] == 0)
    assert response[12:18].min() > 0.2
    assert response[36:54].max() < -0.1
    assert abs(response[-1]) < 0.15
    assert np.abs(response).max() <= np.log(2.2)


def test_correlation_falls_to_1_over_e_at_its_scale():
    latitude, longitude = np.array([0.0]), np.array([0.0, 20.0, 60.0])
    root = ionosphere.correlation_root(latitude, longitude, 20.0)
    correlation = root @ root.T
    assert np.diag(correlation) == pytest.approx(np.ones(3), abs=1e-5)
    assert correlation[0, 1] == pytest.approx(np.exp(-1), abs=1e-5)
    # The chord of 60 degrees is 1, that of 20 degrees 0.34730: exp(-8.2908).
    assert correlation[0, 2] == pytest.approx(np.exp(-8.2908), abs=1e-6)


def test_noise_is_smooth_along_the_right_axes():
    # On the equator 60 degrees apart (chord 1, scale 0.3473) against 5 degrees of latitude
    # (chord 0.08724): exp(-8.29) = 0.00 and exp(-0.0631) = 0.939.
    start = dt.date(2015, 3, 1)
    world = ionosphere.Ionosphere(
        np.array([5.0, 0.0]), np.array([0.0, 60.0, 120.0]), start, start, options=OPTIONS, seed=1
    )
    noise = world.smooth_noise((4000,), "test")
    assert noise.std(axis=0) == pytest.approx(np.ones((2, 3)), abs=0.05)
    across = np.corrcoef(noise[:, 1, 0], noise[:, 1, 1])[0, 1]
    along = np.corrcoef(noise[:, 0, 1], noise[:, 1, 1])[0, 1]
    assert across == pytest.approx(0.0, abs=0.06)
    assert along == pytest.approx(0.939, abs=0.01)


def test_day_to_day_spread_and_memory_are_as_configured():
    days = maps(600, hourly_sd=0.0, estimation_sd=0.0, day_to_day_sd=0.15)
    logs = np.log([[day.tec[12, 1, 1], day.tec[18, 1, 1]] for day in days])
    season = pd.DataFrame(logs).rolling(61, center=True).mean().to_numpy()
    rest = (logs - season)[30:-30]
    # The running mean takes away a share of about 4/61 of the variance (two days of memory).
    assert rest.std(axis=0) == pytest.approx([0.15, 0.15], rel=0.12)
    memory = np.corrcoef(rest[1:, 0], rest[:-1, 0])[0, 1]
    assert memory == pytest.approx(np.exp(-0.5), abs=0.1)


def test_the_last_map_of_a_day_is_the_first_of_the_next_but_for_its_noise():
    days = maps(120, estimation_sd=0.01)
    jumps = [np.log(b.tec[0] / a.tec[-1]) for a, b in zip(days, days[1:], strict=False)]
    # The difference of two independent noises of 1 %.
    assert np.std(jumps) == pytest.approx(0.01 * np.sqrt(2), rel=0.15)
    exact = maps(3, estimation_sd=0.0)
    assert exact[0].tec[-1] == pytest.approx(exact[1].tec[0])


def test_a_storm_shows_in_the_maps_and_nowhere_before():
    rest, _ = calm(dt.date(2015, 3, 1), 4)
    dst = rest.copy()
    dst.iloc[24:34] = -175.0
    calm_maps, storm_maps = maps(4), maps(4, dst=dst)
    ratio = [np.log(s.tec / c.tec)[:, 1, 1] for s, c in zip(storm_maps, calm_maps, strict=True)]
    assert np.all(ratio[0][:24] == 0)
    # 40 degrees is the latitude of the configured strength: 1.5 * 0.5 * exp(-1/30).
    assert ratio[1][0] == pytest.approx(0.72542, abs=1e-4)
    assert ratio[2][6] < -0.2


def test_the_same_seed_gives_the_same_maps_and_another_seed_others():
    first, again, other = maps(2), maps(2), maps(2, seed=4)
    assert np.array_equal(first[1].tec, again[1].tec)
    assert not np.allclose(first[1].tec, other[1].tec)


def test_a_global_map_meets_itself_at_180_degrees():
    day = maps(1, latitude=np.array([60.0, 0.0, -60.0]), longitude=np.arange(-180.0, 181, 30))[0]
    assert np.array_equal(day.tec[..., 0], day.tec[..., -1])
    assert day.tec[:, 1].max() > day.tec[:, 0].max()


def test_rms_maps_are_a_few_tecu():
    day = maps(1)[0]
    assert day.rms.shape == day.tec.shape
    assert 0.2 < day.rms.min() < day.rms.max() < 10


def test_dst_that_ends_too_early_is_refused():
    rest, _ = calm(dt.date(2015, 3, 1), 1)
    with pytest.raises(KeyError):
        maps(2, dst=rest.iloc[:40])

"""Simulated radiation: climate by hand, weather of known size, anomalies where they are planted."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.simulate import radiation
from laicflow.simulate.options import merge

LATITUDE, LONGITUDE = np.arange(35.0, 52.5, 2.5), np.arange(75.0, 100.0, 2.5)


def field(years=range(2011, 2015), seed=1, **options) -> np.ndarray:
    own = merge(radiation.DEFAULTS, options, "field")
    made = radiation.simulate_radiation(LATITUDE, LONGITUDE, years, own, seed)
    return np.concatenate([flux for _, flux in made])


def test_climate_by_hand():
    own = radiation.DEFAULTS | {"equator": 260.0, "fall": 80.0, "season": 20.0}
    # Day 205 is the warmest; half a year later the swing is the other way.
    found = radiation.climate(np.array([0.0, 45.0, -45.0]), np.array([205, 205 + 365.25 / 2]), own)
    np.testing.assert_allclose(found, [[260, 240, 200], [260, 200, 240]], atol=1e-9)


def test_weather_is_as_large_and_as_alike_as_told():
    flux = field(range(2001, 2031), year_sd=0.0, season=0.0, fall=0.0)
    apart = (flux - 265.0) / 24.0
    assert flux.dtype == np.float32
    assert apart.std() == pytest.approx(1, abs=0.03) and abs(apart.mean()) < 0.05
    # A day later e^(-1/1.5); a cell (2.5 of 6 degrees) to the east exp(-(2.5/6)^2) of 0.999.
    day = (apart[1:] * apart[:-1]).mean()
    east = (apart[:, :, 1:] * apart[:, :, :-1]).mean()
    assert day == pytest.approx(np.exp(-1 / 1.5), abs=0.03)
    assert east == pytest.approx(0.999 * np.exp(-((2.5 / 6) ** 2)), abs=0.03)


def test_the_same_seed_gives_the_same_and_years_have_their_days():
    first, again, other = field(), field(), field(seed=2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    # 2012 has a 29 February.
    assert len(first) == 3 * 365 + 366


def test_an_anomaly_stands_where_and_when_it_is_told():
    planted = {"day": "2012-03-01", "latitude": 42.5, "longitude": 85.0, "radius_deg": 2.6, "sd": 2}
    apart = field(anomalies=[planted]) - field()
    days, rows, columns = np.nonzero(apart)
    # 365 days of 2011, 31 + 29 of 2012; of the cells 2.5 degrees to the north and the south, and
    # 1.84 to the east and the west, all at cos(42.5 degrees) of the way.
    assert set(days) == {425}
    assert {(r - 3, c - 4) for r, c in zip(rows, columns, strict=True)} == {
        (0, 0), (1, 0), (-1, 0), (0, 1), (0, -1),
    }  # fmt: skip
    np.testing.assert_allclose(apart[425, 3, 4], 48.0, rtol=1e-5)


def test_missing_cells():
    share = np.isnan(field(missing_share=0.1)).mean()
    assert share == pytest.approx(0.1, abs=0.005)

"""Catalogs that the tests of declustering share."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.schema import conform


def _events(time, latitude, longitude, magnitude, depth_km=10.0) -> pd.DataFrame:
    names = [f"e{place:03d}" for place in range(len(time))]
    columns = dict(latitude=latitude, longitude=longitude, magnitude=magnitude, depth_km=depth_km)
    times = np.asarray(time).astype("datetime64[us]")
    return conform(pd.DataFrame({"event_id": names, "time": times, **columns}), "events")


def _sequence() -> tuple[np.ndarray, ...]:
    """Three sequences over a background: minute of 1995, latitude, longitude, depth, magnitude.

    By numpy's old generator, whose stream is frozen: what foreign programs made of these very
    numbers is recorded in the tests.
    """
    random = np.random.RandomState(1985)
    rows = [
        (
            random.uniform(0, 360),
            *random.uniform(-0.9, 0.9, 2),
            random.uniform(0, 15),
            3 + random.exponential(0.4),
        )
        for _ in range(50)
    ]
    mainshocks = (60, 0.2, -0.3, 6.2, 50), (75, 0.3, -0.15, 5.6, 25), (200, -0.5, 0.4, 5.1, 20)
    for day, north, east, size, count in mainshocks:
        rows.append((day, north, east, 8.0, size))
        for place in range(count):
            later = 0.02 * (10 ** random.uniform(0, 3.5) - 1)
            lag = -later / 8 if place % 8 == 0 else later
            step = random.normal(0, 0.02 * 10 ** (0.4 * (size - 5)), 2)
            deep, small = random.uniform(3, 13), 3 + random.exponential(0.4)
            rows.append((day + lag, north + step[0], east + step[1], deep, small))
    day, north, east, deep, size = np.array(sorted(rows)).T
    size = (np.minimum(size, 6.2).round(2) + 1e-4 * np.arange(len(rows))).round(4)
    return np.round(day * 1440).astype(int), north.round(4), east.round(4), deep.round(1), size


@pytest.fixture(scope="session")
def events():
    """A table `events` from arrays; ids are e000, e001 and so on."""
    return _events


@pytest.fixture(scope="session")
def sequence() -> pd.DataFrame:
    """148 events of 1995 near 0 N 0 E in three sequences, on whole minutes."""
    minute, north, east, deep, size = _sequence()
    time = np.datetime64("1995-01-01", "us") + minute.astype("timedelta64[m]")
    return _events(time, north, east, size, deep)


@pytest.fixture(scope="session")
def drawn():
    """A declustered catalog as a line: a dot alone, a letter a cluster, a capital its mainshock.

    Letters go by the clusters' first events.
    """

    def line(catalog: pd.DataFrame) -> str:
        alone = catalog["role"] == "independent"
        names = catalog.loc[~alone, "cluster_id"].unique().tolist()
        found = ""
        for own, name, role in catalog[["event_id", "cluster_id", "role"]].itertuples(index=False):
            letter = "." if role == "independent" else chr(ord("a") + names.index(name))
            assert (role == "mainshock") == (own == name and role != "independent")
            found += letter.upper() if role == "mainshock" else letter
        return found

    return line


@pytest.fixture(scope="session")
def bursts(events):
    """A catalog of `n` events in tight bursts over a background, one draw a seed."""

    def made(n: int, seed: int) -> pd.DataFrame:
        random = np.random.RandomState(seed)
        centre = random.uniform((-80, -180), (80, 180), (8, 2))
        home = random.randint(0, 8, n)
        day = random.uniform(0, 400, n)
        loose = random.uniform(size=n) < 0.3
        day[~loose] = home[~loose] * 45 + random.exponential(12, (~loose).sum())
        place = centre[home] + random.normal(0, 0.7, (n, 2))
        place[loose] = random.uniform((-85, -180), (85, 180), (loose.sum(), 2))
        time = np.datetime64("2001-01-01", "us") + (day * 1440).astype("timedelta64[m]")
        east = (place[:, 1] + 180) % 360 - 180
        size = (4.5 + random.exponential(0.43, n)).round(1)
        return events(time, place[:, 0].clip(-90, 90).round(2), east.round(2), size)

    return made

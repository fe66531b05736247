from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.readers import ionex
from laicflow.simulate import precursor, world
from laicflow.simulate.precursor import Precursor

OPTIONS = {**world.DEFAULTS["precursor"], "amplitude_sd": 2.0}
LATITUDE = np.arange(50.0, 19, -2.5)
LONGITUDE = np.arange(100.0, 181, 5)
SMALL = {
    "start": "2014-11-01",
    "end": "2014-11-12",
    "grid": {"latitude": [45, 35, -2.5], "longitude": [130, 150, 5]},
    "catalog": {"mu": 0.5},
}


def quakes(*rows: tuple) -> pd.DataFrame:
    """Events of time, latitude, longitude, magnitude."""
    table = pd.DataFrame(rows, columns=["time", "latitude", "longitude", "magnitude"])
    return table.assign(time=pd.to_datetime(table["time"]).astype("datetime64[us]"))


def planted(events: pd.DataFrame, seed: int = 1, **changes) -> Precursor:
    options = {**OPTIONS, **changes}
    return Precursor(events, LATITUDE, LONGITUDE, options=options, day_to_day_sd=0.15, seed=seed)


def tec_of(folder) -> dict[str, np.ndarray]:
    files = sorted((folder / "ionex" / "code").iterdir())
    return {path.name: ionex.read(path)["tec"].values for path in files}


def test_the_day_before_the_day_of_an_earthquake_is_planted_and_no_other():
    # One minute before and one after midnight are different days.
    events = quakes(
        ("2015-03-10 23:59", 38.0, 142.0, 5.0),
        ("2015-03-12 00:01", 38.0, 142.0, 6.0),
    )
    own = planted(events)
    days = [dt.date(2015, 3, day) for day in range(7, 15)]
    assert [day.day for day in days if own.on(day) is not None] == [9, 11]
    assert own.days(dt.date(2015, 3, 1), dt.date(2015, 3, 10)) == 1


def test_the_disturbance_never_exceeds_the_stated_amplitude():
    # Three events of one day, near each other: their waves must not add up.
    rows = [("2015-03-10 05:00", 37.0 + n, 142.0, 5.5) for n in range(3)]
    for seed in range(20):
        wave = planted(quakes(*rows), seed=seed).on(dt.date(2015, 3, 9))
        assert wave.shape == (24, LATITUDE.size, LONGITUDE.size)
        assert np.abs(wave).max() <= 2.0 * 0.15
    assert np.abs(wave).max() > 0.2


def test_the_packet_begins_and_ends_at_midnight():
    assert precursor.envelope(np.array([0.0, 24.0])) == pytest.approx([0.0, 0.0])
    # Half of a cosine flank of four hours.
    assert precursor.envelope(np.array([2.0, 12.0, 22.0])) == pytest.approx([0.5, 1.0, 0.5])


def test_the_largest_event_of_a_day_is_the_source():
    events = quakes(
        ("2015-03-10 01:00", 35.0, 140.0, 5.2),
        ("2015-03-10 02:00", 44.0, 147.0, 6.1),
        ("2015-03-10 03:00", 36.0, 141.0, 5.9),
    )
    assert precursor.sources(events, OPTIONS) == {dt.date(2015, 3, 9): (44.0, 147.0)}


def test_small_events_and_those_outside_the_box_have_none():
    events = quakes(
        ("2015-03-10", 38.0, 142.0, 4.9),
        ("2015-03-20", 38.0, 150.1, 6.0),
        ("2015-03-25", 38.0, 150.0, 5.0),
    )
    assert list(precursor.sources(events, OPTIONS)) == [dt.date(2015, 3, 24)]


def test_the_strength_falls_with_distance_as_stated():
    # 90 degrees of longitude on the equator are a quarter of the circumference, 10007.56 km, which
    # is 4.0030 radii of 2500 km: exp(-8.0121) = 3.314e-4. The largest of many phases is compared.
    events = quakes(("2015-03-10", 0.0, 0.0, 6.0))
    options = {**OPTIONS, "latitude": [-10, 10], "longitude": [-10, 10]}
    near, far = [], []
    for seed in range(200):
        own = Precursor(
            events,
            np.array([0.0]),
            np.array([0.0, 90.0]),
            options=options,
            day_to_day_sd=1.0,
            seed=seed,
        )
        wave = np.abs(own.on(dt.date(2015, 3, 9))[:, 0])
        near.append(wave[:, 0].max())
        far.append(wave[:, 1].max())
    assert max(near) == pytest.approx(2.0, rel=1e-3)
    assert max(far) == pytest.approx(2.0 * 3.314e-4, rel=2e-3)


def test_the_mean_over_many_days_is_nothing():
    # Phases are random: the mean of 400 cosines of amplitude 0.3 is 0.3 / sqrt(800) = 0.0106.
    first = pd.Timestamp("2015-01-01")
    rows = [(first + pd.Timedelta(days=n), 38.0, 142.0, 5.0) for n in range(1, 401)]
    own = planted(quakes(*rows))
    waves = np.stack([own.on((first + pd.Timedelta(days=n)).date())[12] for n in range(400)])
    assert np.abs(waves.mean(axis=0)).max() < 4 * 0.0106
    assert waves.std(axis=0).max() == pytest.approx(0.3 / np.sqrt(2), rel=0.1)


def test_the_wave_repeats_after_its_period():
    wave = planted(quakes(("2015-03-10", 38.0, 142.0, 6.0))).on(dt.date(2015, 3, 9))
    # Between the flanks, hours 4 to 20.
    assert wave[4:15] == pytest.approx(wave[10:21])
    assert wave[4:15] == pytest.approx(-wave[7:18])


def test_a_world_holds_the_wave_and_is_else_the_null_world(tmp_path):
    world.write_world(SMALL, tmp_path / "null")
    told = world.write_world({**SMALL, "precursor": {"amplitude_sd": 2.0}}, tmp_path / "planted")
    for part in ("catalogs", "indices"):
        for path in sorted((tmp_path / "null" / part).rglob("*.*")):
            other = tmp_path / "planted" / path.relative_to(tmp_path / "null")
            assert other.read_bytes() == path.read_bytes()
    null, own = tec_of(tmp_path / "null"), tec_of(tmp_path / "planted")
    moved = [name for name in null if not np.array_equal(null[name], own[name])]
    truth = told["truth"]["precursor"]
    assert 0 < len(moved) == truth["planted_days"] < len(null)
    # What was planted is at most two of the ionosphere's 0.15; values are rounded to 0.1 TECU.
    for name in moved:
        high = null[name] > 5.0
        ratio = np.abs(np.log(own[name][high] / null[name][high]))
        assert 0.1 < ratio.max() <= 0.30 + 0.1 / 5.0
    assert truth["amplitude_sd"] == 2.0
    assert truth["amplitude_log"] == pytest.approx(0.30)
    assert truth["amplitude_factor"] == pytest.approx(1.3499, abs=1e-4)


def test_planted_files_say_that_they_are(tmp_path):
    from laicflow.readers.raw import read_bytes

    short = {**SMALL, "end": "2014-11-01"}
    name = "ionex/code/CODG3050.14I.Z"
    world.write_world(short, tmp_path / "null")
    world.write_world({**short, "precursor": {"amplitude_sd": 1.0}}, tmp_path / "planted")
    assert b"earthquake has any influence" in read_bytes(tmp_path / "null" / name)
    assert b"earthquake has any influence" not in read_bytes(tmp_path / "planted" / name)
    assert b"planted on the days before earthquakes" in read_bytes(tmp_path / "planted" / name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"amplitude_sd": 2.1}, "between 0 .* and 2"),
        ({"amplitude_sd": -0.1}, "between 0"),
        ({"amplitude_sd": float("nan")}, "between 0"),
        ({"period_hours": 0}, "period_hours is 0"),
        ({"amplitude": 1}, "no option 'amplitude'"),
    ],
)
def test_what_cannot_be_planted_is_refused(options, words):
    with pytest.raises(ConfigError, match=words):
        world.complete({"precursor": options})

"""A wave planted into files: what is stated is what is added, whatever the file or the month."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.inject import minutes as inject
from laicflow.readers import iaga2002

DUR = {"observatory": "DUR", "latitude": 41.39, "longitude": 14.28, "elevation_m": 910.0}
DAY = 1440
# 1 degree of latitude is 111.195 km on the sphere of 6371.0088 km.
NEAR = ("near", "2009-04-06 01:32:40", 42.39, 14.28, 6.1, 8.0)
WAVE = {"amplitude_nt": 2.0}


def events(*rows) -> pd.DataFrame:
    names = ["event_id", "time", "latitude", "longitude", "magnitude", "depth_km"]
    return pd.DataFrame(list(rows), columns=names).astype({"time": "datetime64[us]"})


def times(first="2009-04-01", days=8):
    start = np.datetime64(first, "m")
    return (start + np.arange(days * DAY)).astype("datetime64[us]")


def planted(*rows, at=None, place=DUR, seed=1, **options):
    plant = inject.planter(events(*(rows or (NEAR,))), {**WAVE, **options}, seed)
    return plant(place, times() if at is None else at)


def span_of(begin, stop, at=None):
    at = times() if at is None else at
    return (at >= np.datetime64(begin)) & (at < np.datetime64(stop))


def test_nothing_is_planted_by_default():
    assert not inject.planter(events(NEAR), {}, 1)(DUR, times()).any()


def test_the_wave_is_where_and_as_large_as_stated():
    field = planted()
    inside = span_of("2009-04-05T01:32", "2009-04-06T01:32")
    assert field.shape == (3, 8 * DAY) and field.dtype == "float64"
    assert not field[:, ~inside].any()
    # A sine of 2 nT.
    assert field[:, inside].var(axis=1) == pytest.approx(2.0, rel=1e-9)
    assert field[:, inside].mean(axis=1) == pytest.approx(0.0, abs=1e-9)


def test_periods_are_those_stated():
    part = planted(period_minutes=[4.0, 10.0])[0, span_of("2009-04-05T01:32", "2009-04-06T01:32")]
    power = np.abs(np.fft.rfft(part)) ** 2
    # 1440 minutes: periods of 10 and 4 minutes turn 144 and 360 times.
    assert np.delete(power, np.arange(144, 361)).sum() < 1e-12 * power.sum()


def test_it_can_lead_and_last_otherwise():
    field = planted(hours=6.0, ends_hours=48.0)
    inside = span_of("2009-04-03T19:32", "2009-04-04T01:32")
    assert field[:, inside].any(axis=0).all() and not field[:, ~inside].any()


def test_parts_of_files_join_without_a_seam():
    rows = [NEAR, ("two", "2009-04-08 00:00", 41.0, 14.0, 5.2, 10.0)]
    whole = planted(*rows)
    plant = inject.planter(events(*rows[::-1]), WAVE, 1)
    # Other pieces, in another order, of a table in another order.
    for begin, stop in ((5000, 11520), (0, 1), (1, 5000)):
        assert np.array_equal(plant(DUR, times()[begin:stop]), whole[:, begin:stop])
    backward = plant(DUR, times()[::-7])
    assert np.array_equal(backward, whole[:, ::-7])
    assert plant(DUR, times()[:0]).shape == (3, 0)


def test_other_seeds_events_and_observatories_have_other_waves():
    inside = span_of("2009-04-05T01:32", "2009-04-06T01:32")
    later = (*NEAR[:2], 42.38, *NEAR[3:])
    others = [planted(seed=2), planted(later), planted(place={**DUR, "observatory": "AQU"})]
    rows = [planted()[0, inside], *(other[0, inside] for other in others)]
    corr = np.corrcoef(rows)
    assert np.abs(corr[np.triu_indices(4, 1)]).max() < 0.5


def test_only_events_in_reach_have_a_wave():
    rows = [
        NEAR,
        ("small", "2009-04-02 12:00", 42.39, 14.28, 4.9, 8.0),
        # 1.8 and 1.9 degrees: 200.2 and 211.3 km.
        ("far", "2009-04-03 12:00", 43.29, 14.28, 7.0, 8.0),
        ("within", "2009-04-08 12:00", 43.18, 14.28, 7.0, 8.0),
        ("deep", "2009-04-04 12:00", 42.39, 14.28, 6.0, 45.0),
    ]
    told = inject.truth(events(*rows), {**WAVE, "depth_km": [-10, 30]}, 1, [DUR])
    assert list(told["event_id"]) == ["near", "within"]
    field = planted(*rows, depth_km=[-10, 30])
    assert not field[:, span_of("2009-04-01", "2009-04-05T01:32")].any()
    assert planted(*rows)[:, span_of("2009-04-03T12:00", "2009-04-04T12:00")].any()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"decay": "none"}, 2.0),
        # 111.195 km: 2 (100 / 111.195)^3 and 2 exp(-11.195 / 50).
        ({"decay": "power", "exponent": 3.0}, 1.4547),
        ({"decay": "exponential", "scale_km": 50.0}, 1.5988),
    ],
)
def test_amplitude_at_the_site(options, expected):
    inside = span_of("2009-04-05T01:32", "2009-04-06T01:32")
    found = np.sqrt(2 * planted(**options)[0, inside].var())
    told = inject.truth(events(NEAR), {**WAVE, **options}, 1, [DUR])
    assert found == pytest.approx(expected, rel=1e-4)
    assert told["amplitude_nt"].tolist() == [pytest.approx(expected, rel=1e-4)]


def test_the_truth_says_what_was_planted_where():
    after = ("after", "2009-04-06 02:00", 42.39, 14.28, 5.0, 8.0)
    lacking = [
        ("no size", "2009-04-03", 42.0, 14.0, np.nan, 8.0),
        ("no time", pd.NaT, 42.0, 14.0, 6.0, 8.0),
    ]
    izn = {"observatory": "IZN", "latitude": 40.5, "longitude": 29.73}
    told = inject.truth(events(after, *lacking, NEAR), WAVE, 1, [DUR, izn])
    assert list(told["event_id"]) == ["near", "after"]
    assert list(told["observatory"]) == ["DUR", "DUR"]
    assert list(told["covered_by_another"]) == [False, True]
    assert list(told["amplitude_nt"]) == [2.0, 0.0]
    assert told["distance_km"].tolist() == pytest.approx([111.195] * 2, abs=0.01)
    assert str(told["start"][0]) == "2009-04-05 01:32:00"
    assert str(told["end"][0]) == "2009-04-06 01:32:00"
    assert told.attrs["left_out"] == 2
    assert np.array_equal(planted(after, *lacking, NEAR), planted(NEAR))
    empty = inject.truth(events(), WAVE, 1, [DUR])
    assert empty.empty and empty["start"].dtype == "datetime64[us]"


def test_a_place_of_ones_own_goes_before_that_of_the_header():
    # 1.79 and 1.81 degrees, 199 and 201 km: the header's place is on the other side of the edge.
    row = ("edge", "2009-04-06 01:32", 43.18, 14.28, 6.0, 8.0)
    header = {**DUR, "latitude": 41.37}
    assert not inject.planter(events(row), WAVE, 1)(header, times()).any()
    plant = inject.planter(events(row), WAVE, 1, places={"DUR": (41.39, 14.28)})
    assert np.array_equal(plant(header, times()), plant(DUR, times()))
    assert plant(header, times()).any()


def test_a_wave_below_the_resolution_of_a_file_is_not_rounded_away():
    file = np.full(8 * DAY, 24000.1)
    changed = file + planted(amplitude_nt=0.02)[0]
    inside = span_of("2009-04-05T01:32", "2009-04-06T01:32")
    # A sine of 0.02 nT; files have steps of 0.1 nT.
    assert changed[inside].var() == pytest.approx(0.0002, rel=1e-6)
    assert np.array_equal(changed[~inside], file[~inside])


def test_in_a_real_file_the_band_gains_the_waves_variance(real_data):
    folder = real_data / "geomag" / "esk_2003_definitive_minute"
    file = iaga2002.read(folder / "esk20030706dmin.min")
    place = file.attrs
    event = ("one", "2003-07-07 00:00", place["latitude"], place["longitude"] + 1.0, 5.5, 10.0)
    wave = inject.planter(events(event), {"amplitude_nt": 3.0}, 1)(place, file["time"].values)
    assert wave.shape == (3, DAY)
    values = np.stack([file[name].values for name in "XYZ"])
    frequency = np.fft.rfftfreq(DAY)
    inside = (frequency >= 1 / 16) & (frequency <= 1 / 2.5)

    def band(field):
        power = np.abs(np.fft.rfft(field - field.mean(axis=1)[:, None])) ** 2 * 2 / DAY**2
        return power[:, inside].sum(axis=1)

    # The day's own variance there is some hundredths of nT2, that of the wave 4.5.
    assert band(values + wave) - band(values) == pytest.approx([4.5] * 3, rel=0.15)


# Refusals.


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"amplitude": 1.0}, "inject has no option 'amplitude'"),
        ({"amplitude_nt": -1.0}, "inject.amplitude_nt"),
        ({"period_minutes": [1.0, 5.0]}, "ascend from above 2"),
        ({"period_minutes": [5.0, 4.0]}, "ascend"),
        ({"hours": 0.05, "period_minutes": [5.0, 6.0]}, "fits"),
        ({"radius_km": 0}, "radius_km is 0, not above 0"),
        ({"depth_km": [30, 10]}, "depth_km"),
        ({"decay": "linear"}, "none, power or exponential"),
    ],
)
def test_options_that_cannot_be_are_refused(options, words):
    with pytest.raises(ConfigError, match=words):
        inject.planter(events(NEAR), options, 1)


def test_tables_and_times_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="no magnitude"):
        inject.planter(events(NEAR).drop(columns="magnitude"), WAVE, 1)
    with pytest.raises(ConfigError, match="no depth_km"):
        inject.planter(events(NEAR).drop(columns="depth_km"), {**WAVE, "depth_km": [0, 30]}, 1)
    with pytest.raises(ConfigError, match="whole minutes"):
        planted(at=times() + np.timedelta64(30, "s"))

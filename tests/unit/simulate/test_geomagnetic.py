"""Simulated minutes against what is known of the field from elsewhere."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.readers import iaga2002
from laicflow.simulate import geomagnetic, geomagnetic_parts
from tests.unit.simulate.magnetic import DAY, ESK, SILENT, WAVE, indices, quakes, simulate


def without(part: str) -> dict:
    """Options of all but one part."""
    return {name: value for name, value in SILENT.items() if name != part}


# The main field.


def test_main_field_points_as_at_eskdalemuir():
    # The definitive means of 2003 at ESK: X 17337, Y -1444, Z 46215 nT, of which crustal rocks
    # make tens of nT, that is 0.15 degrees.
    data = simulate("2003-07-01", options=SILENT)
    x, y, z, f = (float(data[name][0]) for name in "XYZF")
    assert np.degrees(np.arctan2(y, x)) == pytest.approx(-4.76, abs=0.2)
    assert np.degrees(np.arctan2(z, np.hypot(x, y))) == pytest.approx(69.37, abs=0.2)
    # sqrt(17337^2 + 1444^2 + 46215^2)
    assert f == pytest.approx(49381, abs=100)


def test_main_field_at_eskdalemuir_is_within_crustal_bias(real_data):
    folder = real_data / "geomag/esk_2003_definitive_minute"
    days = [f"2003{month:02d}15" for month in range(1, 13)]
    real = [iaga2002.read(folder / f"esk{day}dmin.min") for day in days]
    data = simulate("2003-01-01", 365, SILENT)
    for name in "XYZF":
        level = np.median([float(one[name].median()) for one in real])
        assert abs(float(data[name].mean()) - level) < 100.0, name
    # Secular variation, of which declination (hence Y) has the most.
    change = float(data["Y"][-1] - data["Y"][0])
    found = float(real[-1]["Y"].median() - real[0]["Y"].median())
    assert change > 20.0
    assert change * 11 / 12 == pytest.approx(found, abs=20.0)


def test_dipole_coordinates_of_eskdalemuir():
    # The pole of 2003 lay at 79.66 N 71.7 W. By the spherical triangle:
    # sin(lat) = sin 55.3 sin 79.66 + cos 55.3 cos 79.66 cos 68.5 = 0.8463, lat = 57.8;
    # sin(azimuth) = sin 68.5 cos 79.66 / cos 57.8 = 0.313 to the west, 18.25 degrees.
    place = geomagnetic_parts.frame(ESK, np.arange(2) + 12053 * DAY)
    assert np.degrees(place.latitude) == pytest.approx([57.8, 57.8], abs=0.1)
    assert np.degrees(place.azimuth) == pytest.approx([-18.25, -18.25], abs=0.15)


# The quiet daily variation.


def quiet_day(latitude: float, **changes) -> dict:
    """X, Y, Z of a quiet equinox day less their midnight value, at 0 E."""
    options = without("sq") | {"sq": {"day_to_day_sd": 0.0, **changes}}
    place = {"iaga": "TST", "latitude": latitude, "longitude": 0.0, "elevation_m": 0}
    data = simulate("2003-03-21", options=options, place=place)
    none = simulate("2003-03-21", options=SILENT, place=place)
    return {name: (data[name] - none[name]).values for name in "XYZ"}


@pytest.mark.parametrize("latitude", [40.0, 48.0, 55.0, -45.0])
def test_sq_has_the_size_of_middle_latitudes(latitude):
    field = quiet_day(latitude)
    assert 20.0 <= max(np.ptp(field["X"]), np.ptp(field["Y"])) <= 60.0
    # Night is quiet.
    for name in "XYZ":
        assert np.abs(field[name][:120]).max() < 2.0


def test_sq_turns_its_sign_at_the_focus():
    # Geomagnetic latitudes are some 3 degrees higher at 0 E.
    noon = slice(10 * 60, 13 * 60)
    assert quiet_day(10.0)["X"][noon].min() > 10.0
    assert quiet_day(50.0)["X"][noon].max() < -5.0
    assert quiet_day(-50.0)["X"][noon].max() < -5.0
    assert np.argmin(quiet_day(50.0)["X"]) == pytest.approx(11.2 * 60, abs=1)


def test_sq_of_y_is_east_in_the_northern_morning_and_west_in_the_southern():
    north, south = quiet_day(48.0)["Y"], quiet_day(-48.0)["Y"]
    assert 6 * 60 < np.argmax(north) < 11 * 60 < np.argmin(north) < 17 * 60
    assert 6 * 60 < np.argmin(south) < 11 * 60 < np.argmax(south) < 17 * 60


def test_sq_follows_local_time_season_and_the_sun():
    options = without("sq") | {"sq": {"day_to_day_sd": 0.0}}

    def low(first="2003-03-20", longitude=0.0, **tables):
        place = {"iaga": "TST", "latitude": 50.0, "longitude": longitude, "elevation_m": 0}
        both = [
            simulate(first, options=one, place=place, **tables)["X"].values
            for one in (options, SILENT)
        ]
        return int(np.argmin(both[0] - both[1])), float((both[0] - both[1]).min())

    assert low(longitude=90.0)[0] == pytest.approx((11.2 - 6) * 60, abs=1)
    # 1.4 over 0.6 by the option `season`, tanh(sin 53 / sin 15) = 0.996.
    assert low("2003-06-21")[1] / low("2003-12-22")[1] == pytest.approx(1.398 / 0.602, rel=0.01)
    # 1 + 0.006 * 100.
    active = indices(f107=200.0)["f107"]
    assert low(f107=active)[1] / low()[1] == pytest.approx(1.6, abs=1e-6)


# Storms.


def test_x_falls_with_dst_as_the_cosine_of_geomagnetic_latitude():
    hours = np.zeros(24 * 400)
    at = 24 * (pd.Timestamp("2003-03-20") - pd.Timestamp("2002-12-25")).days
    hours[at + 6 : at + 18] = -100.0
    storm = simulate(options=SILENT, dst=indices(dst=hours)["dst"])
    rest = simulate(options=SILENT)
    drop = {name: float((storm[name] - rest[name])[12 * 60]) for name in "XYZ"}
    # cos 57.8 = 0.533, turned 18.25 degrees west; Z = +100 sin(57.8) (1 - 0.54) / 1.27 = 30.65.
    assert drop["X"] == pytest.approx(-50.6, abs=0.3)
    assert drop["Y"] == pytest.approx(16.7, abs=0.3)
    assert drop["Z"] == pytest.approx(30.65, abs=0.1)


def test_the_hourly_mean_of_the_field_is_dst():
    random = np.random.default_rng(5)
    dst = np.cumsum(random.normal(0, 2.0, 24 * 400)) * 0.2
    ring = geomagnetic_parts.ring_current(
        np.arange(6000, 12000), np.arange(dst.size) * 60, dst, options_of("storm"), ("a", 1, "b")
    )
    means = ring.reshape(-1, 60).mean(axis=1)
    # Linear between the middles: within a quarter of the second difference's half.
    assert means == pytest.approx(dst[100:200], abs=0.5)


def options_of(part: str) -> dict:
    return geomagnetic.complete(None)[part]


def test_a_sudden_commencement_takes_minutes_and_a_recovery_hours():
    times = np.arange(6) * 60
    storm = options_of("storm")
    sudden = np.array([-5.0, -5.0, 15.0, 15.0, 15.0, 15.0])
    recovery = sudden - 100.0
    minutes = np.arange(30, 300)
    ring, slow = (
        geomagnetic_parts.ring_current(minutes, times, dst, storm, ("a", 1, "b"))
        for dst in (sudden, recovery)
    )
    # 20 nT within 4 minutes (plus one at either end), at one place between the hours' middles.
    changing = minutes[1:][np.diff(ring) > 1e-9]
    assert changing.size <= 6
    assert changing.min() > 90
    assert changing.max() <= 150
    assert ring[-1] - ring[0] == pytest.approx(20.0)
    # Out of a storm's depth the same rise is even: 20 nT in 60 minutes.
    assert np.diff(slow).max() == pytest.approx(20 / 60)


# Roughness and noise.


def test_spectrum_falls_with_the_configured_slope_and_size():
    days = np.arange(12000, 12060)
    noise = geomagnetic_parts.coloured(days, 2.0, 3e-5, geomagnetic_parts.BAND, ("t", 1))
    length = 4 * DAY
    window = np.hanning(length)
    parts = noise.reshape(-1, length) * window
    power = (np.abs(np.fft.rfft(parts, axis=1)) ** 2).mean(axis=0)
    power *= 2 * 60 / (window**2).sum()
    frequency = np.fft.rfftfreq(length, 60.0)
    band = (frequency >= 0.001) & (frequency <= 0.008)
    slope = np.polyfit(np.log(frequency[band]), np.log(power[band]), 1)[0]
    assert slope == pytest.approx(-2.0, abs=0.05)
    whole = frequency >= 0.001
    assert power[whole].sum() * frequency[1] == pytest.approx(1.0, rel=0.06)


def test_noise_has_no_seam_at_midnight():
    days = np.arange(12000, 12400)
    noise = geomagnetic_parts.coloured(days, 2.0, 3e-5, geomagnetic_parts.BAND, ("t", 2))
    steps = np.diff(noise)
    seams = steps[DAY - 1 :: DAY]
    # 399 seams: the standard error of their spread is 3.5 %.
    assert seams.std() == pytest.approx(steps.std(), rel=0.12)
    by_minute = noise.reshape(400, DAY)
    spread = by_minute.std(axis=0)
    assert spread[:60].mean() == pytest.approx(spread[690:750].mean(), rel=0.15)


def test_roughness_grows_with_kp_and_towards_the_auroral_oval():
    options = without("roughness")

    def rough(latitude: float, kp: float) -> float:
        place = {"iaga": "TST", "latitude": latitude, "longitude": 0.0, "elevation_m": 0}
        data = simulate(options=options, place=place, kp=indices(kp=kp)["kp"])
        return float(np.diff(data["X"].values).std())

    quiet = [rough(latitude, 1.0) for latitude in (20.0, 45.0, 62.0)]
    assert quiet[0] < quiet[1] < quiet[2]
    # Medians of the three hours with Kp 1 and 5 at ESK in 2003: 0.55 and 2.84 nT.
    assert rough(55.3, 1.0) == pytest.approx(0.55, rel=0.4)
    assert rough(55.3, 5.0) == pytest.approx(2.84, rel=0.4)


def test_indices_hold_in_the_middle_of_their_spans():
    tables, step = indices(), pd.Timestamp("2003-03-20 12:00")
    late = {name: table["time"] >= step.floor("D") for name, table in tables.items()}
    kp = tables["kp"].assign(kp=np.where(tables["kp"]["time"] < step, 1.0, 7.0))
    f107 = tables["f107"].assign(f107=np.where(late["f107"], 200.0, 100.0))
    options = without("roughness")
    stepped, low, high = (
        simulate(options=options, kp=table)["X"].values
        for table in (kp, indices(kp=1.0)["kp"], indices(kp=7.0)["kp"])
    )
    # From 9 to 12 h and from 12 to 15 h: linear between 10:30 and 13:30.
    assert np.array_equal(stepped == low, np.arange(DAY) <= 630)
    assert np.array_equal(stepped == high, np.arange(DAY) >= 810)
    sun = without("sq")
    stepped = simulate(options=sun, f107=f107)["X"].values
    assert stepped[720] == simulate(options=sun, f107=indices(f107=200.0)["f107"])["X"].values[720]
    assert stepped[719] != simulate(options=sun, f107=indices(f107=200.0)["f107"])["X"].values[719]


# Determinism.


def test_a_part_of_a_period_is_the_same_whatever_the_start():
    events = quakes(("2003-03-31 12:34:56", 55.0, -3.0, 6.0))
    options = {"precursor": WAVE, "gaps": {"per_day": 0.5}, "spikes": {"per_day": 1.0}}
    long = simulate("2003-03-10", 40, options, events)
    short = simulate("2003-03-30", 3, options, events)
    part = long.sel(time=short["time"])
    for name in "XYZF":
        np.testing.assert_allclose(part[name], short[name], rtol=0, atol=1e-9)
    assert np.isnan(short["F"].values).any()


def test_gaps_and_storms_run_over_midnight():
    dst = indices(dst=np.random.default_rng(7).normal(0, 20, 24 * 400))["dst"]
    options = {"gaps": {"per_day": 1.0, "mean_minutes": 400.0}}
    long = simulate("2003-04-25", 12, options, dst=dst)["X"].values.reshape(12, DAY)
    over = np.isnan(long[:-1, -1]) & np.isnan(long[1:, 0])
    assert over.any()
    for number, day in enumerate(pd.date_range("2003-04-25", periods=12)):
        alone = simulate(str(day.date()), 1, options, dst=dst)["X"].values
        np.testing.assert_allclose(alone, long[number], rtol=0, atol=1e-9)


def test_seed_and_station_change_the_noise_and_nothing_else_does():
    options = without("roughness")
    first = simulate(options=options)["X"].values
    assert np.array_equal(first, simulate(options=options)["X"].values)
    other = simulate(options=options, seed=2)["X"].values
    neighbour = simulate(options=options, place={**ESK, "iaga": "ESL"})["X"].values
    for one in (other, neighbour):
        assert abs(np.corrcoef(np.diff(first), np.diff(one))[0, 1]) < 0.15


# Gaps, spikes, jumps.


def test_share_of_missing_minutes():
    data = simulate("2003-01-01", 365, {**SILENT, "gaps": {"per_day": 1.0, "mean_minutes": 60.0}})
    missing = np.isnan(data["X"].values)
    # 365 runs of 60.5 minutes (rounded up) cover 1 - exp(-60.5 / 1440) = 4.1 %; sd of the sum of
    # 365 exponentials with a random count: sqrt(2 / 365) = 7.4 %.
    assert missing.mean() == pytest.approx(0.041, rel=0.22)
    assert json.loads(data.attrs["truth_json"])["missing_minutes"] == missing.sum()
    for name in "YZF":
        assert np.array_equal(missing, np.isnan(data[name].values))


def test_spikes_are_where_the_truth_says():
    options = {**SILENT, "spikes": {"per_day": 2.0}}
    data, none = simulate(days=5, options=options), simulate(days=5, options=SILENT)
    spikes = json.loads(data.attrs["truth_json"])["spikes"]
    assert 2 <= len(spikes) <= 22
    expected = {name: np.zeros(5 * DAY) for name in "XYZF"}
    for one in spikes:
        minute = int((pd.Timestamp(one["time"]) - pd.Timestamp("2003-03-20")).total_seconds() / 60)
        expected[one["component"]][minute] += one["size_nt"]
    for name in "XYZF":
        assert (data[name] - none[name]).values == pytest.approx(expected[name], abs=1e-6)


def test_a_baseline_jump_moves_the_vector_and_not_the_scalar():
    jump = {"time": "2003-03-20 12:00", "x": 5.0, "y": -2.0, "z": 1.0}
    data, none = simulate(options={**SILENT, "jumps": [jump]}), simulate(options=SILENT)
    for name, size in (("X", 5.0), ("Y", -2.0), ("Z", 1.0), ("F", 0.0)):
        change = (data[name] - none[name]).values
        assert change[:720] == pytest.approx(np.zeros(720), abs=1e-9)
        assert change[720:] == pytest.approx(np.full(720, size), abs=1e-9)


# Refusals.


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"storms": {}}, "no option 'storms'"),
        ({"sq": {"amplitude": 1.0}}, "geomagnetic.sq has no option 'amplitude'"),
        ({"sq": 3}, "must be a mapping"),
        ({"sq": {"focus_deg": 90.0}}, "focus_deg"),
        ({"instrument_nt": -1.0}, "below 0"),
        ({"gaps": {"per_day": float("nan")}}, "per_day"),
        ({"jumps": [{"time": "2003-01-01"}]}, "jumps"),
        ({"jumps": [{"time": "noon", "x": 0, "y": 0, "z": 1}]}, "'noon' is no time"),
    ],
)
def test_options_that_cannot_be_are_refused(options, word):
    with pytest.raises(ConfigError, match=word):
        geomagnetic.complete(options)


@pytest.mark.parametrize("name", ["dst", "kp", "f107"])
def test_tables_that_end_early_have_a_hole_or_no_number_are_refused(name):
    table = indices()[name]
    with pytest.raises(ConfigError, match=f"{name} does not cover"):
        simulate(**{name: table[table["time"] < "2003-03-20"]})
    with pytest.raises(ConfigError, match=f"{name}: expected a value every"):
        simulate(**{name: table.drop(index=10)})
    with pytest.raises(ConfigError, match=f"{name}: expected numbers"):
        simulate(**{name: table.assign(**{name: table[name].where(table.index != 10)})})


def test_observatories_and_periods_that_cannot_be_are_refused():
    for change in ({"iaga": "ES"}, {"latitude": 90.0}, {"longitude": 400.0}, {"height": 3}):
        with pytest.raises(ConfigError, match="observatory"):
            simulate(place=ESK | change)
    with pytest.raises(ConfigError, match="1900 to 2029"):
        simulate("2029-12-31", 2)

"""The planted wave: what is stated is what is there, and nothing is anywhere else."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.simulate import geomagnetic, geomagnetic_wave
from tests.unit.simulate.magnetic import DAY, ESK, SILENT, WAVE, quakes, simulate

# 1 degree of latitude is 111.195 km on the sphere of 6371.0088 km.
NEAR = ("2003-03-22 06:30:40", 54.3, -3.2, 6.0)


def planted(*events, days=4, **changes):
    """The wave alone (X, Y, Z: noise included in both worlds and taken away), and the truth."""
    options = {"gaps": {"per_day": 0.0}, "precursor": {**WAVE, **changes}}
    with_wave = simulate(days=days, options=options, events=quakes(*events))
    null = simulate(days=days, options={"gaps": {"per_day": 0.0}}, events=quakes(*events))
    field = np.stack([(with_wave[name] - null[name]).values for name in "XYZ"])
    return field, json.loads(with_wave.attrs["truth_json"])["waves"], with_wave


def test_nothing_is_planted_by_default():
    data = simulate(events=quakes(NEAR))
    assert json.loads(data.attrs["truth_json"])["waves"] == []
    for name in "XYZF":
        assert np.array_equal(data[name], simulate()[name], equal_nan=True)


def test_amplitude_and_span_are_those_stated():
    field, truth, _ = planted(NEAR, reference_km=111.195)
    assert len(truth) == 1
    assert truth[0]["amplitude_nt"] == pytest.approx(0.5, rel=1e-4)
    assert truth[0]["distance_km"] == pytest.approx(111.195, abs=0.01)
    assert (truth[0]["start"], truth[0]["end"]) == ("2003-03-21T06:30", "2003-03-22T06:30")
    assert (truth[0]["station"], truth[0]["event"]["magnitude"]) == ("ESK", 6.0)
    # From 2003-03-20 00:00 on.
    span = slice(DAY + 390, 2 * DAY + 390)
    for row in field:
        # The variance of a sine of 0.5 nT.
        assert row[span].var() == pytest.approx(0.125, rel=1e-5)
        assert row[span].mean() == pytest.approx(0.0, abs=1e-9)
        assert np.abs(np.delete(row, np.arange(span.start, span.stop))).max() < 1e-9


def test_all_of_the_wave_lies_in_its_band():
    field, _, _ = planted(NEAR)
    part = field[0, DAY + 390 : 2 * DAY + 390]
    power = np.abs(np.fft.rfft(part)) ** 2
    frequency = np.fft.rfftfreq(DAY, 60.0)
    inside = (frequency >= 0.001) & (frequency <= 0.008)
    assert power[inside].sum() / power.sum() == pytest.approx(1.0, abs=1e-9)
    # Some in either half of the band.
    low = power[inside & (frequency < 0.0045)].sum() / power.sum()
    assert 0.1 < low < 0.9


def test_variance_in_the_band_gives_the_amplitude_among_the_noise():
    # In the whole field, storms and Sq included: variance in the band with less without the wave.
    times = pd.date_range("2003-01-03 12:00", periods=50, freq="7D")
    events = [(str(time), 54.3, -3.2, 6.0) for time in times]
    options = {"gaps": {"per_day": 0.0}, "spikes": {"per_day": 0.0}}
    wave = {**WAVE, "amplitude_nt": 2.0, "reference_km": 111.195, "hours": 24.0}
    data = simulate("2003-01-01", 350, {**options, "precursor": wave}, quakes(*events))
    days = data["X"].values[720 : 720 + 349 * DAY].reshape(-1, DAY)
    power = np.abs(np.fft.rfft(days - days.mean(axis=1)[:, None], axis=1)) ** 2 * 2 / DAY**2
    frequency = np.fft.rfftfreq(DAY, 60.0)
    variance = power[:, (frequency >= 0.001) & (frequency <= 0.008)].sum(axis=1)
    # The spans begin at noon of 2, 9, 16 January ...: rows 1, 8, 15 from noon of 1 January.
    mark = np.zeros(349, dtype=bool)
    mark[1::7] = True
    excess = variance[mark].mean() - variance[~mark].mean()
    assert np.sqrt(2 * excess) == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        # 222.39 km: 0.5 (100 / 222.39)^2 and 0.5 exp(-122.39 / 50).
        ({"decay": "power", "exponent": 2.0}, 0.101096),
        ({"decay": "exponential", "scale_km": 50.0}, 0.043246),
    ],
)
def test_amplitude_falls_with_distance(decay, expected):
    field, truth, _ = planted(("2003-03-22", 53.3, -3.2, 6.0), **decay)
    assert truth[0]["amplitude_nt"] == pytest.approx(expected, rel=1e-3)
    assert np.sqrt(2 * field[0, DAY : 2 * DAY].var()) == pytest.approx(expected, rel=1e-3)


def test_near_the_epicentre_the_amplitude_stays_finite():
    _, truth, _ = planted(("2003-03-22", 55.3, -3.2, 6.0))
    # As at 20 km.
    assert truth[0]["amplitude_nt"] == pytest.approx(2.5)


def test_small_and_far_events_have_no_wave():
    field, truth, _ = planted(("2003-03-22", 54.3, -3.2, 4.9), ("2003-03-22", 40.0, -3.2, 8.0))
    assert truth == []
    assert np.abs(field).max() == 0.0


def test_of_waves_that_overlap_the_strongest_stands_alone():
    far = ("2003-03-22 12:00", 53.3, -3.2, 7.0)
    field, truth, _ = planted(far, NEAR)
    assert [one["covered_by_another"] for one in truth] == [False, True]
    assert [one["event"]["magnitude"] for one in truth] == [6.0, 7.0]
    assert truth[1]["amplitude_nt"] == 0.0
    assert np.array_equal(field, planted(NEAR)[0])


def test_a_wave_can_end_before_its_event_and_last_days():
    field, truth, _ = planted(("2003-03-23 12:00", 54.3, -3.2, 6.0), hours=48.0, ends_hours=12.0)
    assert (truth[0]["start"], truth[0]["end"]) == ("2003-03-21T00:00", "2003-03-23T00:00")
    assert np.flatnonzero(np.abs(field[0]) > 1e-9)[[0, -1]] == pytest.approx(
        [DAY, 3 * DAY - 1], abs=2
    )


def test_phases_differ_from_event_to_event_and_component_to_component():
    field, _, _ = planted(("2003-03-21", 54.3, -3.2, 6.0), ("2003-03-23", 54.3, -3.2, 6.0))
    parts = [field[0, :DAY], field[0, 2 * DAY : 3 * DAY], field[1, :DAY]]
    corr = np.corrcoef(parts)
    assert np.abs(corr[np.triu_indices(3, 1)]).max() < 0.5


def test_the_scalar_shows_the_wave_too():
    changes = {"amplitude_nt": 1.0, "components": [0.0, 0.0, 1.0], "reference_km": 111.195}
    options = {**SILENT, "precursor": {**WAVE, **changes}}
    waved = simulate(days=3, options=options, events=quakes(NEAR))
    total = (waved["F"] - simulate(days=3, options=SILENT)["F"]).values
    span = slice(DAY + 390, 2 * DAY + 390)
    # dF = dZ sin(inclination), 69.4 degrees.
    assert np.sqrt(2 * total[span].var()) == pytest.approx(0.936, abs=0.004)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"band_hz": [0.001, 0.02]}, "Nyquist"),
        ({"band_hz": [0.004, 0.002]}, "ascend"),
        ({"hours": 0.1, "band_hz": [0.003, 0.005]}, "fits"),
        ({"amplitude_nt": -1.0}, "below 0"),
        ({"decay": "linear"}, "power or exponential"),
        ({"amplitude": 1.0}, "no option"),
    ],
)
def test_waves_that_cannot_be_are_refused(change, word):
    with pytest.raises(ConfigError, match=word):
        geomagnetic.complete({"precursor": change})


def test_an_event_without_a_magnitude_is_refused():
    options = geomagnetic.complete({"precursor": WAVE})["precursor"]
    events = quakes(("2003-03-22", 54.3, -3.2, float("nan")))
    with pytest.raises(ConfigError, match="magnitude"):
        geomagnetic_wave.plan(events, ESK, options, 1)

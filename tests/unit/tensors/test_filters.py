"""Filters against the analytic Butterworth gain, scipy's own functions and planted sines."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from laicflow.errors import ConfigError
from laicflow.tensors import filters
from laicflow.tensors.filters import Filter

SETTINGS = {
    "filter": "highpass",
    "corner": 0.02,
    "unit": "cycles_per_minute",
    "order": 4,
    "passes": "zero-phase",
}
ALL = [Filter(kind, 0.02, 4, two_sided) for kind in filters.KINDS for two_sided in (True, False)]


def analytic(own: Filter, frequency: np.ndarray) -> np.ndarray:
    """Squared gain of a Butterworth filter of one pass; the bilinear transform warps to tan."""
    ratio = np.tan(np.pi * frequency) / np.tan(np.pi * own.corner)
    power = 2 * own.order * (1 if own.kind == "lowpass" else -1)
    return 1 / (1 + ratio**power)


def response(own: Filter, frequency: float, minutes: int = 4000) -> complex:
    """What becomes of a sine of one cycle in 1/frequency minutes, away from both ends."""
    number = np.arange(minutes)
    made, _ = filters.apply(own, np.sin(2 * np.pi * frequency * number), max_gap_minutes=3)
    part = slice(1000, 3000)  # whole cycles of every frequency asked for
    wave = np.exp(2j * np.pi * frequency * number[part])
    return 2j * np.mean(made[part] * np.conj(wave))


@pytest.mark.parametrize("own", ALL, ids=str)
@pytest.mark.parametrize("frequency", [0.005, 0.015, 0.02, 0.025, 0.1])
def test_gain_of_a_sine_is_the_analytic_one(own, frequency):
    squared = analytic(own, np.array(frequency))
    expected = squared if own.two_sided else np.sqrt(squared)
    assert abs(response(own, frequency)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", filters.KINDS)
def test_the_corner_halves_twice_filtered_amplitudes(kind):
    assert abs(response(Filter(kind, 0.02, 4, True), 0.02)) == pytest.approx(0.5, abs=1e-4)
    assert abs(response(Filter(kind, 0.02, 4, False), 0.02)) == pytest.approx(0.5**0.5, abs=1e-4)


@pytest.mark.parametrize("kind", filters.KINDS)
def test_two_passes_leave_the_phase_and_one_moves_it(kind):
    frequency = np.array([0.015, 0.025])
    _, known = signal.sosfreqz(Filter(kind, 0.02, 4, False).sos, frequency, fs=1.0)
    for one, there in zip(frequency, known, strict=True):
        assert np.angle(response(Filter(kind, 0.02, 4, True), one)) == pytest.approx(0, abs=1e-5)
        assert response(Filter(kind, 0.02, 4, False), one) == pytest.approx(there, abs=1e-5)
        assert abs(np.angle(there)) > 0.5


def test_a_fast_sine_on_a_slow_one():
    # Periods of 10 min and a day on the level of a field, corner at 50 min.
    number = np.arange(20000)
    fast, slow = np.sin(2 * np.pi * number / 10), 40 * np.sin(2 * np.pi * number / 1440)
    values = 48000 + slow + 3 * fast
    high, _ = filters.apply(Filter("highpass", 0.02, 4, True), values, max_gap_minutes=3)
    low, _ = filters.apply(Filter("lowpass", 0.02, 4, True), values, max_gap_minutes=3)
    inside = slice(100, -100)
    np.testing.assert_allclose(high[inside], 3 * fast[inside], atol=0.01)
    np.testing.assert_allclose(low[inside], 48000 + slow[inside], atol=0.01)


@pytest.mark.parametrize("kind", filters.KINDS)
def test_one_pass_is_that_of_scipy_from_its_steady_state(kind):
    own = Filter(kind, 0.02, 4, False)
    values = 48000 + np.random.default_rng(0).standard_normal(3000).cumsum()
    state = signal.sosfilt_zi(own.sos) * values[0]
    expected, _ = signal.sosfilt(own.sos, values, zi=state)
    made, filled = filters.apply(own, values, max_gap_minutes=3)
    settle = filters.settle_minutes(own)
    assert np.isnan(made[:settle]).all() and not filled.any()
    np.testing.assert_allclose(made[settle:], expected[settle:], atol=1e-7)


@pytest.mark.parametrize("own", ALL, ids=str)
@pytest.mark.parametrize("share", [0.1, 0.01])
def test_a_step_settles_when_it_is_said_to(own, share):
    settle = filters.settle_minutes(own, share)
    step = np.zeros(4000)
    step[2000:] = 1
    filtering = signal.sosfiltfilt if own.two_sided else signal.sosfilt
    away = np.abs(filtering(own.sos, step) - (step if own.kind == "lowpass" else 0))
    assert (away[2000 + settle :] <= share).all() and away[2000 + settle - 1] > share
    if own.two_sided:  # as long before as after
        assert (away[: 2000 - settle] <= share).all() and away[2000 - settle] > share


def test_settling_from_settings():
    assert filters.settle_minutes({"filter": "none"}) == 0
    assert filters.settle_minutes(SETTINGS) == filters.settle_minutes(ALL[0])
    # By hand: one real pole at r = (1 - tan) / (1 + tan) leaves r^t (1 + r) / 2 of a step.
    tan = np.tan(np.pi * 0.02)
    r = (1 - tan) / (1 + tan)
    expected = int(np.ceil(np.log(0.01 * 2 / (1 + r)) / np.log(r)))
    assert filters.settle_minutes(Filter("highpass", 0.02, 1, False)) == expected


def test_no_minute_of_one_pass_hangs_on_a_later_one():
    own = Filter("highpass", 0.02, 4, False)
    random = np.random.default_rng(1)
    values = 40000 + random.standard_normal(3000).cumsum()
    values[random.random(3000) < 0.002] = np.nan
    values[[700, 701, 1500, 1501, 1502, 1503]] = np.nan
    made, filled = filters.apply(own, values, max_gap_minutes=3, breaks=(2200,))
    assert np.isfinite(made).sum() > 1500 and filled.sum() > 3
    for now in [*range(690, 710), *range(1495, 1510), 2199, 2200, 2900]:
        for future in (np.nan, -1e6, random.standard_normal(3000 - now)):
            other = values.copy()
            other[now:] = future
            again, fill = filters.apply(own, other, max_gap_minutes=3, breaks=(2200,))
            assert again[:now].tobytes() == made[:now].tobytes()
            assert fill[:now].tobytes() == filled[:now].tobytes()


def test_two_passes_do_hang_on_later_minutes():
    values = np.random.default_rng(2).standard_normal(1000)
    other = values.copy()
    other[500:] = 100
    made, again = (filters.apply(ALL[0], v, max_gap_minutes=3)[0] for v in (values, other))
    assert made[490] != again[490]


def test_gaps_and_breaks_of_one_pass():
    own = Filter("highpass", 0.02, 4, False)
    settle = filters.settle_minutes(own)
    values = np.random.default_rng(3).standard_normal(2000).cumsum()
    short, long, jump = [600, 601], [1000, 1001, 1002, 1003], 1500
    values[[*short, *long]] = np.nan
    made, filled = filters.apply(own, values, max_gap_minutes=3, breaks=(jump,))
    # The first two minutes of the long gap hold the last value too.
    assert np.flatnonzero(filled).tolist() == [600, 601, 1000, 1001]
    lost = [*range(settle), 1002, 1003, *range(1004, 1004 + settle), *range(jump, jump + settle)]
    assert np.flatnonzero(np.isnan(made)).tolist() == lost
    held = values.copy()
    held[short] = values[599]
    expected, _ = signal.sosfilt(own.sos, held[:1000], zi=signal.sosfilt_zi(own.sos) * values[0])
    np.testing.assert_allclose(made[settle:1000], expected[settle:], atol=1e-9)


def test_gaps_and_breaks_of_two_passes():
    own = Filter("lowpass", 0.02, 4, True)
    settle = filters.settle_minutes(own)
    values = 100 + np.random.default_rng(4).standard_normal(2000).cumsum()
    values[600], values[602] = 10, 40  # on a line: 20, 30 between 599 and 602
    values[599:603] = [10, np.nan, np.nan, 40]
    values[1000:1003] = np.nan
    made, filled = filters.apply(own, values, max_gap_minutes=3, breaks=(1500,))
    assert np.flatnonzero(filled).tolist() == [600, 601]
    runs = [(0, 1000), (1003, 1500), (1500, 2000)]
    kept = np.concatenate([np.arange(a + settle, b - settle) for a, b in runs])
    assert np.flatnonzero(np.isfinite(made)).tolist() == kept.tolist()
    line = values.copy()
    line[600:602] = [20, 30]
    expected = signal.sosfiltfilt(own.sos, line[:1000])
    np.testing.assert_allclose(made[settle : 1000 - settle], expected[settle:-settle], atol=1e-9)


@pytest.mark.parametrize("own", ALL, ids=str)
def test_a_run_that_is_too_short_leaves_nothing(own):
    lost = filters.settle_minutes(own) * (1 + own.two_sided)
    made, _ = filters.apply(own, np.ones(lost), max_gap_minutes=3)
    assert np.isnan(made).all()
    made, _ = filters.apply(own, np.ones(lost + 1), max_gap_minutes=3)
    assert np.isfinite(made).sum() == 1
    made, filled = filters.apply(own, np.full(50, np.nan), max_gap_minutes=3)
    assert np.isnan(made).all() and not filled.any()


def test_a_gap_at_an_edge_is_not_filled_along_a_line():
    values = np.ones(500)
    values[[0, 1, -1]] = np.nan
    _, filled = filters.apply(ALL[0], values, max_gap_minutes=3)
    assert not filled.any()


@pytest.mark.parametrize("own", ALL, ids=str)
def test_a_level_leaves_digits(own):
    wave = np.sin(2 * np.pi * np.arange(3000) / 45)
    low, _ = filters.apply(own, wave, max_gap_minutes=3)
    high, _ = filters.apply(own, wave + 60000, max_gap_minutes=3)
    expected = low + (60000 if own.kind == "lowpass" else 0)
    np.testing.assert_allclose(high, expected, atol=1e-8)


def test_readings_of_the_corner():
    made = filters.from_settings(SETTINGS)
    assert made == Filter("highpass", 0.02, 4, True)
    assert made.period_minutes == pytest.approx(50)
    share = filters.from_settings({**SETTINGS, "unit": "nyquist", "passes": "causal"})
    assert share.corner == pytest.approx(0.01) and share.period_minutes == pytest.approx(100)
    assert not share.two_sided
    hertz = filters.from_settings({**SETTINGS, "unit": "hertz", "corner": 1 / 3000})
    assert hertz.period_minutes == pytest.approx(50)
    assert filters.from_settings({"filter": "none"}) is None


@pytest.mark.parametrize("corner", [0.02, 1 / 120])
def test_hertz_beyond_nyquist_are_refused_with_the_reason(corner):
    with pytest.raises(ConfigError, match=r"highpass-paper.*Nyquist frequency of 1/120 Hz"):
        filters.from_settings({**SETTINGS, "unit": "hertz", "corner": corner}, "highpass-paper")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"corner": 0.5}, "less than the Nyquist frequency of minute data, 0.5 cycles_per_minute"),
        ({"corner": 1.0, "unit": "nyquist"}, "less than the Nyquist .*, 1 nyquist, found 1"),
        ({"corner": 0}, "more than 0"),
        ({"corner": float("nan")}, "more than 0"),
        ({"order": 0}, "order: expected a whole number from 1, found 0"),
        ({"order": 2.5}, "order"),
        ({"unit": "mHz"}, "unit: expected one of cycles_per_minute, nyquist, hertz, found 'mHz'"),
        ({"passes": "twice"}, "passes: expected one of zero-phase, causal"),
        ({"filter": "bandpass"}, "filter: expected one of none, highpass, lowpass"),
    ],
)
def test_settings_that_cannot_be(wrong, message):
    with pytest.raises(ConfigError, match=message):
        filters.from_settings({**SETTINGS, **wrong})

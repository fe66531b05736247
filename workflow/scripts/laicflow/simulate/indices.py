"""Simulated solar and geomagnetic activity: F10.7, Kp and ap, Dst, from one driver.

The driver is the solar wind's dawn-dusk electric field Ey (mV/m, southward field alone): a quiet
level, transients that come as a Poisson process, and streams that come back with the Sun's
rotation. Dst follows it by the balance of Burton, McPherron & Russell (1975, J. Geophys. Res. 80,
4204), Kp by its logarithm, so that both show the same storms.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from laicflow import seeds

# Bartels' table: ap of the 28 values of Kp, 0o, 0+, 1-, ... 9o (Bartels 1957; Menvielle &
# Berthelier 1991, Rev. Geophys. 29, 415, table 3).
AP_OF_THIRDS = np.array(
    [0, 2, 3, 4, 5, 6, 7, 9, 12, 15, 18, 22, 27, 32, 39, 48, 56, 67, 80, 94, 111, 132, 154, 179]
    + [207, 236, 300, 400]
)

# Burton et al. (1975): decay of the ring current and injection by Ey.
DST_DECAY_HOURS = 7.7  # 1 / (3.6e-5 s-1)
INJECTION = -5.4  # nT/h per mV/m; -1.5e-3 nT/s
INJECTION_THRESHOLD = 0.5  # mV/m

# Sunspot minima and the F10.7 that the smoothed maximum between two of them reaches, sfu.
CYCLES = [
    (1964.8, 1976.2, 155.0),
    (1976.2, 1986.7, 205.0),
    (1986.7, 1996.6, 205.0),
    (1996.6, 2008.9, 180.0),
    (2008.9, 2019.9, 145.0),
    (2019.9, 2030.9, 170.0),
]
F107_MINIMUM = 68.0
F107_FLOOR = 63.0
ROTATION_DAYS = 27.0
QUIET_LAG_HOURS = 6.0


def ap_from_thirds(thirds: np.ndarray) -> np.ndarray:
    """ap of Kp given in thirds (0..27)."""
    return AP_OF_THIRDS[np.asarray(thirds, int)]


def simulate_f107(start: dt.date, end: dt.date, options: dict, seed: int) -> pd.DataFrame:
    """Daily F10.7: a solar cycle, the Sun's rotation and day-to-day noise.

    Returns
    -------
    Table `time` (day), `f107` (observed, sfu), `f107_adjusted` (at 1 AU), with the 81-day means
    `observed_centred`, `observed_last`, `adjusted_centred`, `adjusted_last`. Values are rounded
    to 0.1 sfu as published.
    """
    margin = 90
    days = pd.date_range(start, end, freq="D", unit="us")
    long = pd.date_range(days[0] - pd.Timedelta(days=margin), periods=days.size + 2 * margin)
    random = seeds.generator("world", seed, "f107")
    active = _cycle_mean(long) - F107_MINIMUM
    phase = 2 * np.pi * np.arange(long.size) / ROTATION_DAYS
    # Two slow amplitudes let the rotation's wave grow, fade and change its phase.
    cosine, sine = (_autoregression(random, long.size, 80.0) for _ in range(2))
    wave = options["f107_rotation"] * (cosine * np.cos(phase) + sine * np.sin(phase))
    noise = options["f107_noise"] * _autoregression(random, long.size, 4.0)
    adjusted = F107_MINIMUM + active * np.exp(wave + noise)
    adjusted = np.maximum(adjusted + random.normal(0, 0.8, long.size), F107_FLOOR)
    observed = adjusted / _sun_distance(long) ** 2
    series = pd.DataFrame({"f107": observed, "f107_adjusted": adjusted}).round(1)
    inside = slice(margin, margin + days.size)
    table = pd.DataFrame({"time": days})
    for column, name in (("f107", "observed"), ("f107_adjusted", "adjusted")):
        values = series[column]
        table[column] = values.to_numpy()[inside]
        table[f"{name}_centred"] = values.rolling(81, center=True).mean().to_numpy()[inside]
        table[f"{name}_last"] = values.rolling(81).mean().to_numpy()[inside]
    return table


def sunspot_number(f107: np.ndarray) -> np.ndarray:
    """The sunspot number R that belongs to F10.7 (sfu).

    F10.7 = 63.75 + 0.728 R + 0.00089 R^2, as the International Reference Ionosphere relates the
    two; solved for R, not below 0, whole.
    """
    above = np.maximum(np.asarray(f107, float) - 63.75, 0.0)
    root = np.sqrt(0.728**2 + 4 * 0.00089 * above)
    return np.round((root - 0.728) / (2 * 0.00089)).astype(int)


def simulate_magnetic(start: dt.date, end: dt.date, options: dict, seed: int) -> dict:
    """Hourly Dst and 3-hourly Kp with the storms that drive both.

    Returns
    -------
    `dst`: table `time` (start of the hour), `dst` (nT, whole numbers);
    `kp`: table `time` (start of the 3 hours), `thirds` (0..27), `kp`, `ap`;
    `storms`: table `onset`, `hours`, `ey_mv_m` of the transients.
    """
    hours = pd.date_range(start, end + dt.timedelta(days=1), freq="h", inclusive="left", unit="us")
    storms = _draw_storms(hours, options, seeds.generator("world", seed, "storms"))
    field = _quiet_field(hours.size, options, seeds.generator("world", seed, "quiet"))
    field += _stream_field(hours, options, seeds.generator("world", seed, "streams"))
    pressure = np.zeros(hours.size)
    for storm in storms.itertuples():
        first = int((storm.onset - hours[0]) / pd.Timedelta(hours=1))
        field[first : first + storm.hours] += _storm_shape(storm.hours, storm.ey_mv_m)[
            : max(0, hours.size - first)
        ]
        # The sheath arrives with a compression before the ring current grows.
        pressure[max(0, first - 3) : first + 2] += 4.0 * np.sqrt(storm.ey_mv_m)
    random = seeds.generator("world", seed, "magnetic-noise")
    dst = ring_current(field) + pressure + options["dst_quiet"]
    dst += options["dst_noise"] * _autoregression(random, hours.size, 5.0)
    three_hours = field.reshape(-1, 3).mean(axis=1)
    kp = options["kp_at_rest"] + options["kp_slope"] * np.log1p(three_hours)
    kp += random.normal(0, options["kp_noise"], kp.size)
    thirds = np.clip(np.round(3 * kp), 0, 27).astype(int)
    return {
        "dst": pd.DataFrame({"time": hours, "dst": np.round(dst)}),
        "kp": pd.DataFrame(
            {
                "time": hours[::3],
                "thirds": thirds,
                "kp": thirds / 3.0,
                "ap": ap_from_thirds(thirds).astype(float),
            }
        ),
        "storms": storms,
    }


def ring_current(field: np.ndarray, first: float = 0.0) -> np.ndarray:
    """Dst* (nT) at the end of each hour from hourly Ey (mV/m).

    Burton et al. (1975): dDst*/dt = Q(Ey) - Dst*/tau with Q = 0 below 0.5 mV/m, solved exactly
    for an Ey that is constant within the hour.
    """
    decay = np.exp(-1.0 / DST_DECAY_HOURS)
    injected = INJECTION * np.maximum(0.0, field - INJECTION_THRESHOLD)
    gained = injected * DST_DECAY_HOURS * (1 - decay)
    dst = np.empty(field.size)
    last = first
    for hour in range(field.size):
        last = last * decay + gained[hour]
        dst[hour] = last
    return dst


def _draw_storms(
    hours: pd.DatetimeIndex, options: dict, random: np.random.Generator
) -> pd.DataFrame:
    """Transients as a Poisson process, more of them at solar maximum."""
    level = (_cycle_mean(hours) - F107_MINIMUM) / 80.0
    rate = options["storms_per_year"] / 8766.0 * np.clip(0.3 + 0.7 * level, 0.1, 2.0)
    at = np.flatnonzero(random.random(hours.size) < rate)
    strength = np.exp(random.normal(np.log(options["storm_ey"]), options["storm_spread"], at.size))
    length = np.clip(np.round(random.gamma(6.0, 2.0, at.size)), 4, 30).astype(int)
    return pd.DataFrame(
        {"onset": hours[at], "hours": length, "ey_mv_m": np.minimum(strength, 20.0)}
    )


def _storm_shape(hours: int, peak: float) -> np.ndarray:
    """Ey through a transient: a quick rise, a slow fall."""
    x = (np.arange(hours) + 0.5) / hours
    return peak * 1.9 * np.sqrt(x) * (1 - x) ** 0.7


def _quiet_field(count: int, options: dict, random: np.random.Generator) -> np.ndarray:
    """Log-normal Ey between the storms."""
    wave = _autoregression(random, count, QUIET_LAG_HOURS)
    return options["quiet_ey"] * np.exp(options["quiet_spread"] * wave)


def _stream_field(
    hours: pd.DatetimeIndex, options: dict, random: np.random.Generator
) -> np.ndarray:
    """Ey of fast streams that come back every 27 days while their coronal hole lives."""
    days = (hours - hours[0]) / pd.Timedelta(days=1)
    field = np.zeros(hours.size)
    rotations = int(days[-1] / ROTATION_DAYS) + 2
    for _ in range(int(options["streams"])):
        offset = random.uniform(0, ROTATION_DAYS)
        strength = _autoregression(random, rotations, options["stream_life_rotations"])
        width = random.uniform(0.8, 1.6)
        for rotation in range(rotations):
            since = days - (offset + ROTATION_DAYS * (rotation - 1) + random.normal(0, 0.3))
            peak = options["stream_ey"] * max(0.0, 0.6 + 0.7 * strength[rotation])
            near = np.flatnonzero((since > 0) & (since < 10 * width))
            x = np.asarray(since)[near] / width
            field[near] += peak * 2.72 * x * np.exp(-x)
    gusts = np.exp(0.5 * _autoregression(random, hours.size, 2.0) - 0.125)
    return field * gusts


def _cycle_mean(times: pd.DatetimeIndex) -> np.ndarray:
    """F10.7 of the solar cycle alone, sfu: fast rise, slow fall between two minima."""
    year = times.year + (times.day_of_year - 0.5) / 365.25
    mean = np.full(len(times), F107_MINIMUM)
    for begin, stop, peak in CYCLES:
        x = (np.asarray(year, float) - begin) / (stop - begin)
        inside = (x >= 0) & (x < 1)
        mean[inside] += (peak - F107_MINIMUM) * np.sin(np.pi * x[inside] ** 0.8) ** 2
    return mean


def _sun_distance(times: pd.DatetimeIndex) -> np.ndarray:
    """Distance of the Sun, AU, nearest on 3 January."""
    return 1.0 - 0.01672 * np.cos(2 * np.pi * (np.asarray(times.day_of_year) - 3) / 365.256)


def _autoregression(random: np.random.Generator, count: int, scale: float) -> np.ndarray:
    """A stationary AR(1) series of unit variance, e-folding after `scale` steps."""
    keep = np.exp(-1.0 / scale)
    shocks = random.standard_normal(count)
    series = np.empty(count)
    last = series[0] = shocks[0]
    for index in range(1, count):
        last = series[index] = keep * last + np.sqrt(1 - keep**2) * shocks[index]
    return series

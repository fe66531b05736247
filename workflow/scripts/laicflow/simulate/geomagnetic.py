"""Simulated minutes of a geomagnetic observatory, with known truth.

The field is the sum of: the main field (IGRF-14), the quiet daily variation, the ring current that
follows Dst, roughness that follows Kp, the instrument's noise, and, only where it is asked for, a
planted wave before earthquakes (`laicflow.simulate.geomagnetic_wave`). What observatories add
comes last: missing minutes, spikes, baseline jumps. The parts and their sources stand in
`laicflow.simulate.geomagnetic_parts`.

A day's randomness comes from (seed, station, day) alone: a minute has the same value in whatever
period it is asked for, as long as the tables of indices and events are the same. A world with a
planted wave differs from the one without by the wave alone.
"""

from __future__ import annotations

import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import xarray as xr

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.simulate import geomagnetic_parts as parts
from laicflow.simulate import geomagnetic_wave as wave
from laicflow.simulate.options import merge

DAY = parts.DAY

# Every option, with its default.
DEFAULTS: dict = {
    # Quiet daily variation: nT of X at the geomagnetic equator at noon of an equinox at 100 sfu;
    # change per sfu; half the difference between summer and winter, as a share; latitude of the
    # foci (degrees); local time of noon (hours) and width of the day (hours); Y as a multiple of
    # what a steady vortex gives; Z at the focus as a share of X at the equator; spread of the
    # logarithm from day to day.
    "sq": {
        "amplitude_nt": 40.0,
        "per_sfu": 0.006,
        "season": 0.4,
        "focus_deg": 35.0,
        "noon_hour": 11.2,
        "width_hours": 2.8,
        "eastward": 1.3,
        "vertical": 0.35,
        "day_to_day_sd": 0.2,
    },
    # Ring current: share of the internal in the external part; sudden commencements where Dst
    # rises by `commencement_nt` in an hour from above `commencement_from_nt`, within minutes.
    "storm": {
        "internal": 0.27,
        "commencement_nt": 8.0,
        "commencement_from_nt": -30.0,
        "commencement_minutes": 4.0,
    },
    # Roughness: rms (nT) of X in 0.001 Hz to Nyquist at Kp 0 far from the auroral oval; exponents
    # of the spectral density of power and the frequency (Hz) below which it is flat; growth of the
    # logarithm per Kp; growth per nT of -Dst; how much more in the oval, its latitude at Kp 0 and
    # shift per Kp (degrees), its width; shares of geomagnetic north, east, down; spread of the
    # logarithm within hours (bursts).
    "roughness": {
        "amplitude_nt": 0.12,
        "exponents": [2.0, 2.0, 2.8],
        "corner_hz": 3e-5,
        "per_kp": 0.33,
        "per_dst_nt": 0.01,
        "oval": 3.3,
        "oval_latitude_deg": 68.0,
        "oval_per_kp_deg": -1.2,
        "oval_width_deg": 11.0,
        "components": [1.0, 0.85, 0.16],
        "burst_sd": 0.35,
    },
    # Noise of the instruments, nT: the vector's components, the scalar.
    "instrument_nt": 0.03,
    "scalar_nt": 0.03,
    # Runs of missing minutes: how many a day, mean length (minutes; none is longer than a day).
    "gaps": {"per_day": 0.02, "mean_minutes": 45.0},
    # Single wrong values in X, Y or Z: how many a day, median size (nT), spread of its logarithm.
    "spikes": {"per_day": 0.03, "size_nt": 20.0, "spread": 0.7},
    # Jumps of the vector's baseline, each {time, x, y, z} (nT from that minute on). The scalar F
    # stays, as it does at a real observatory.
    "jumps": [],
    "precursor": wave.DEFAULTS,
}

_OBSERVATORY = ("iaga", "latitude", "longitude", "elevation_m")
_LONG_NAMES = ("field to geographic north", "field to east", "field down", "total field")


def complete(options: dict | None, name: str = "geomagnetic") -> dict:
    """`DEFAULTS` with `options` laid over them.

    Parameters
    ----------
    name : what the options are called in messages

    Raises
    ------
    ConfigError : an option has no default, hence no meaning, or a value cannot be
    """
    merged = merge(DEFAULTS, options or {}, name)
    for key in ("instrument_nt", "scalar_nt"):
        _at_least_0(merged[key], f"{name}.{key}")
    for part in ("sq", "roughness", "gaps", "spikes"):
        for key in ("amplitude_nt", "per_day", "mean_minutes", "size_nt", "burst_sd", "corner_hz"):
            if key in merged[part]:
                _at_least_0(merged[part][key], f"{name}.{part}.{key}")
    for part, key in (("sq", "width_hours"), ("roughness", "oval_width_deg")):
        if not merged[part][key] > 0:
            raise ConfigError(f"{name}.{part}.{key} is {merged[part][key]!r}, not above 0")
    for key in ("exponents", "components"):
        if len(merged["roughness"][key]) != 3:
            raise ConfigError(f"{name}.roughness.{key}: expected three numbers (north, east, down)")
    if not 0 < merged["sq"]["focus_deg"] < 90:
        raise ConfigError(f"{name}.sq.focus_deg must lie between 0 and 90")
    if not 0 < merged["storm"]["commencement_minutes"] <= 30:
        raise ConfigError(f"{name}.storm.commencement_minutes must lie between 0 and 30")
    for jump in merged["jumps"]:
        _check_jump(jump, f"{name}.jumps")
    wave.check(merged["precursor"], f"{name}.precursor")
    return merged


def simulate_minutes(
    observatory: dict,
    start: dt.date,
    end: dt.date,
    *,
    dst: pd.DataFrame,
    kp: pd.DataFrame,
    f107: pd.DataFrame,
    events: pd.DataFrame,
    options: dict | None,
    seed: int,
) -> xr.Dataset:
    """Minutes of an observatory from `start` 00:00 to `end` 23:59 UTC.

    Parameters
    ----------
    observatory : iaga (3 letters or digits), latitude, longitude (degrees), elevation_m
    start, end : first and last day
    dst : hourly, `time` (start of the hour), `dst` (nT)
    kp : 3-hourly, `time` (start of the three hours), `kp` (0..9)
    f107 : daily, `time` (day), `f107` (sfu)
    events : `time`, `latitude`, `longitude`, `magnitude`
    options : what differs from `DEFAULTS`, in the same nesting

    Returns
    -------
    Dataset of X, Y, Z, F (nT, float64, NaN where missing) by `time` (UTC, datetime64[us]).
    Attributes: observatory, latitude, longitude, elevation_m, interval_s, licence, options_json
    (complete) and truth_json: `waves` (list of event, station, start, end, amplitude_nt, ...),
    `missing_minutes`, `spikes` (list of time, component, size_nt), `jumps`.

    Raises
    ------
    ConfigError : an option is unknown or cannot be; the observatory lacks something; a table does
        not cover the period, has a hole or something that is no number; the period is not one of
        IGRF-14 (1900 to 2029)
    """
    options, observatory = complete(options), checked(observatory)
    drivers = _drivers(start, end, dst, kp, f107)
    waves = wave.plan(events, observatory, options["precursor"], seed)
    months = [
        _month(observatory, first, last, drivers, waves, options, seed)
        for first, last in months_of(start, end)
    ]
    values = np.concatenate([one[0] for one in months], axis=1)
    spikes = [spike for one in months for spike in one[1]]
    return _dataset(observatory, (start, end), values, spikes, waves, options)


def _month(
    observatory: dict,
    first: dt.date,
    last: dt.date,
    drivers: dict[str, tuple[np.ndarray, np.ndarray]],
    waves: list[wave.Wave],
    options: dict,
    seed: int,
) -> tuple[np.ndarray, list[dict]]:
    """X, Y, Z, F (4 x minutes) of the days of a month, and the spikes in them."""
    days = np.arange(parts.day_number(first), parts.day_number(last) + 1)
    minutes = np.arange(days[0] * DAY, (days[-1] + 1) * DAY)
    names = ("world", seed, "geomagnetic", observatory["iaga"])
    place = parts.frame(observatory, minutes)
    ring, kp = parts.ring_current(minutes, *drivers["dst"], options["storm"], names), drivers["kp"]
    activity = np.interp(minutes, kp[0] + 90, kp[1])
    rough = parts.roughness(days, place, activity, ring, options["roughness"], names)
    storm = parts.ring_field(ring, place, options["storm"]["internal"])
    flux = np.interp(minutes, drivers["f107"][0] + DAY / 2, drivers["f107"][1])
    quiet = parts.quiet_daily(minutes, observatory["longitude"], place, flux, options["sq"], names)
    field = place.main + quiet + parts.to_geographic(storm + rough, place)
    field += wave.on(waves, minutes, options["precursor"])
    noise = np.stack([_daily(days, names, "instrument", row) for row in range(4)])
    total = np.sqrt((field**2).sum(axis=0)) + options["scalar_nt"] * noise[3]
    field += options["instrument_nt"] * noise[:3]
    spikes = _add_spikes(field, days, options["spikes"], names)
    for jump in options["jumps"]:
        since = minutes >= parts.minute_number(jump["time"])
        field += np.array([jump[name] for name in "xyz"], float)[:, None] * since
    values = np.concatenate([field, total[None]])
    values[:, _missing(days, options["gaps"], names)] = np.nan
    return values, spikes


def _daily(days: np.ndarray, names: tuple, *part: str | int) -> np.ndarray:
    """White noise of unit variance, drawn anew each day."""
    return np.concatenate(
        [seeds.generator(*names, *part, int(day)).standard_normal(DAY) for day in days]
    )


def _add_spikes(field: np.ndarray, days: np.ndarray, options: dict, names: tuple) -> list[dict]:
    """Put spikes into X, Y, Z, and say where."""
    found = []
    for place, day in enumerate(days):
        random = seeds.generator(*names, "spikes", int(day))
        for _ in range(random.poisson(options["per_day"])):
            minute, row = int(random.integers(DAY)), int(random.integers(3))
            size = options["size_nt"] * float(np.exp(options["spread"] * random.standard_normal()))
            size = round(size if random.random() < 0.5 else -size, 2)
            field[row, place * DAY + minute] += size
            time = parts.time_of(int(day) * DAY + minute)
            found.append({"time": str(time), "component": "XYZ"[row], "size_nt": size})
    return sorted(found, key=lambda spike: spike["time"])


def _missing(days: np.ndarray, options: dict, names: tuple) -> np.ndarray:
    """Whether each minute is missing; a run may reach into the next day."""
    missing = np.zeros((len(days) + 2) * DAY, dtype=bool)
    for place, day in enumerate(range(int(days[0]) - 1, int(days[-1]) + 1)):
        random = seeds.generator(*names, "gaps", day)
        for _ in range(random.poisson(options["per_day"])):
            begin = place * DAY + int(random.integers(DAY))
            length = int(np.clip(np.ceil(random.exponential(options["mean_minutes"])), 1, DAY))
            missing[begin : begin + length] = True
    return missing[DAY:-DAY]


def _dataset(
    observatory: dict,
    period: tuple[dt.date, dt.date],
    values: np.ndarray,
    spikes: list[dict],
    waves: list[wave.Wave],
    options: dict,
) -> xr.Dataset:
    """The Dataset of values (4 x minutes) with its truth."""
    first = parts.day_number(period[0]) * DAY
    times = parts.time_of(first + np.arange(values.shape[1]))
    truth = {
        "waves": wave.truth(waves, observatory["iaga"], first, first + values.shape[1]),
        "missing_minutes": int(np.isnan(values[3]).sum()),
        "spikes": spikes,
        "jumps": options["jumps"],
    }
    attributes = {
        "observatory": observatory["iaga"],
        **{name: observatory[name] for name in _OBSERVATORY[1:]},
        "interval_s": 60,
        "licence": "simulated",
        "options_json": json.dumps(options, sort_keys=True),
        "truth_json": json.dumps(truth, sort_keys=True),
    }
    variables = {
        name: ("time", values[row], {"units": "nT", "long_name": _LONG_NAMES[row]})
        for row, name in enumerate("XYZF")
    }
    return xr.Dataset(variables, {"time": times}, attributes)


def _drivers(
    start: dt.date, end: dt.date, dst: pd.DataFrame, kp: pd.DataFrame, f107: pd.DataFrame
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The indices by name, as `_series` gives them, of a period that can be."""
    check_period(start, end)
    return {
        "dst": _series(dst, "dst", 60, (start, end)),
        "kp": _series(kp, "kp", 180, (start, end)),
        "f107": _series(f107, "f107", DAY, (start, end)),
    }


def _series(
    table: pd.DataFrame, column: str, step: int, period: tuple[dt.date, dt.date]
) -> tuple[np.ndarray, np.ndarray]:
    """Times (minutes since 1970) and values of an index; the whole table, so that a minute's
    value does not depend on the period."""
    times = table["time"].to_numpy().astype("datetime64[m]").astype("int64")
    values = table[column].to_numpy(dtype="float64")
    first, stop = parts.day_number(period[0]) * DAY, (parts.day_number(period[1]) + 1) * DAY
    if not times.size or times[0] > first or times[-1] + step < stop:
        raise ConfigError(f"{column} does not cover {period[0]} to {period[1]}")
    if (np.diff(times) != step).any():
        raise ConfigError(f"{column}: expected a value every {step} minutes without a hole")
    if not np.isfinite(values).all():
        raise ConfigError(f"{column}: expected numbers, found a missing value")
    return times, values


def check_period(start: dt.date, end: dt.date) -> None:
    """Refuse days for which there is no main field.

    Raises
    ------
    ConfigError : they are not of 1900 to 2029 (IGRF-14), or not in order
    """
    if end < start or start.year < 1900 or end.year > 2029:
        raise ConfigError(f"expected days of 1900 to 2029 in order, found {start} to {end}")


def checked(observatory: dict) -> dict:
    """An observatory with all that is needed and nothing else, longitude -180..180.

    Raises
    ------
    ConfigError : something is missing or is too much, or there is no such place
    """
    if not isinstance(observatory, dict) or set(observatory) != set(_OBSERVATORY):
        raise ConfigError(f"observatory: expected {', '.join(_OBSERVATORY)}, found {observatory}")
    code = str(observatory["iaga"]).upper()
    if re.fullmatch(r"[A-Z0-9]{3}", code) is None:
        raise ConfigError(f"observatory: expected an IAGA code, found {code!r}")
    try:
        latitude, longitude, height = (float(observatory[name]) for name in _OBSERVATORY[1:])
    except (TypeError, ValueError) as error:
        raise ConfigError(f"observatory {code}: expected numbers, found {observatory}") from error
    # At the poles north is no direction.
    if not (abs(latitude) < 90 and -180 <= longitude <= 360 and -500 < height < 9000):
        raise ConfigError(f"observatory {code}: no such place, {latitude} {longitude} {height}")
    longitude = round(longitude - 360.0, 9) if longitude > 180 else longitude
    return {"iaga": code, "latitude": latitude, "longitude": longitude, "elevation_m": height}


def months_of(start: dt.date, end: dt.date) -> list[tuple[dt.date, dt.date]]:
    """First and last day of each month of a period."""
    months, first = [], start
    while first <= end:
        following = (first.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        months.append((first, min(end, following - dt.timedelta(days=1))))
        first = following
    return months


def _check_jump(jump: dict, name: str) -> None:
    if not isinstance(jump, dict) or set(jump) != {"time", "x", "y", "z"}:
        raise ConfigError(f"{name}: expected time, x, y, z in each, found {jump}")
    try:
        parts.minute_number(jump["time"])
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name}: {jump['time']!r} is no time") from error
    for letter in "xyz":
        if not isinstance(jump[letter], (int, float)) or not np.isfinite(jump[letter]):
            raise ConfigError(f"{name}: {jump[letter]!r} is no number of nT")


def _at_least_0(value: float, name: str) -> None:
    if not value >= 0:
        raise ConfigError(f"{name} is {value!r}, below 0")

"""A planted precursor: a wave of ultra-low frequency in the field before an earthquake.

It is no claim about the Earth but a truth to look for. The wave is a sum of sines of random
frequency and phase in a band, each a whole number of times in its span: over that span its mean is
zero and its variance that of a sine of the stated amplitude, to rounding. Sources of such a signal
that were claimed lie at 0.01 Hz (Fraser-Smith et al. 1990, Geophys. Res. Lett. 17, 1465) and were
put down to space weather and instruments since (Campbell 2009, J. Geophys. Res. 114, A05307).
Minutes reach no further than 1/120 Hz, hence the band of 0.001 to 0.008 Hz.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.geo import great_circle_km

# Amplitude (nT) at the reference distance (km), 0 plants nothing, as it stands in minute values;
# band (Hz); the wave lasts `hours` and ends `ends_hours` before the event; events from
# `magnitude_min` within `farthest_km`; decay with distance: `power` (reference/distance to the
# `exponent`, not more than at `nearest_km`), `exponential` (e-folding `scale_km`) or `none` (the
# same wherever it is planted); weights of X, Y, Z; how many sines.
DEFAULTS: dict = {
    "amplitude_nt": 0.0,
    "reference_km": 100.0,
    "band_hz": [0.001, 0.008],
    "hours": 24.0,
    "ends_hours": 0.0,
    "magnitude_min": 5.0,
    "farthest_km": 500.0,
    "decay": "power",
    "exponent": 1.0,
    "nearest_km": 20.0,
    "scale_km": 100.0,
    "components": [1.0, 1.0, 1.0],
    "sines": 24,
}
NYQUIST_HZ = 1 / 120


@dataclasses.dataclass(frozen=True)
class Wave:
    """One event's wave at a station: minutes since 1970 [start, stop), nT, and its seed's name.

    `covered` says that a stronger one fills (a part of) its span, so that it is not planted.
    """

    event: dict
    distance_km: float
    start: int
    stop: int
    amplitude_nt: float
    seed: int
    covered: bool = False


def plan(events: pd.DataFrame, observatory: dict, options: dict, seed: int) -> list[Wave]:
    """The waves of all events at a station, in order of time; empty where nothing is planted.

    Where spans overlap the strongest (of equals the first) is planted alone: however many events
    there are, the amplitude is the stated one.

    Raises
    ------
    ConfigError : an event that may have a wave lacks its time, place or magnitude
    """
    if not options["amplitude_nt"]:
        return []
    columns = ["time", "latitude", "longitude", "magnitude"]
    if events[columns].isna().to_numpy().any():
        raise ConfigError("events: expected time, latitude, longitude and magnitude of each")
    distance = great_circle_km(
        observatory["latitude"], observatory["longitude"], events["latitude"], events["longitude"]
    )
    own = events.assign(distance=distance).reset_index(names="row")
    own = own[
        (own["magnitude"] >= options["magnitude_min"] - 1e-9)
        & (own["distance"] <= options["farthest_km"])
    ]
    waves = [_wave(row, observatory, options, seed) for row in own.itertuples()]
    return _alone(waves)


def _wave(row, observatory: dict, options: dict, seed: int) -> Wave:
    """The wave of an event."""
    time = pd.Timestamp(row.time)
    stop = int(time.floor("min").timestamp() // 60 - round(options["ends_hours"] * 60))
    place = (f"{row.latitude:.4f}", f"{row.longitude:.4f}")
    names = ("world", seed, "geomagnetic", observatory["iaga"], "precursor", time.isoformat())
    event = {
        "number": int(getattr(row, "number", row.row)),
        "time": time.isoformat(),
        "latitude": float(row.latitude),
        "longitude": float(row.longitude),
        "magnitude": float(row.magnitude),
    }
    return Wave(
        event=event,
        distance_km=float(row.distance),
        start=stop - round(options["hours"] * 60),
        stop=stop,
        amplitude_nt=options["amplitude_nt"] * float(decay(row.distance, options)),
        seed=seeds.number(*names, *place),
    )


def _alone(waves: list[Wave]) -> list[Wave]:
    """The same, those that overlap with a stronger one marked, in order of time."""
    kept: list[Wave] = []
    result = []
    for wave in sorted(waves, key=lambda one: (-one.amplitude_nt, one.start, one.seed)):
        covered = any(wave.start < one.stop and one.start < wave.stop for one in kept)
        result.append(dataclasses.replace(wave, covered=covered))
        if not covered:
            kept.append(wave)
    return sorted(result, key=lambda one: (one.start, one.seed))


def decay(distance_km: np.ndarray, options: dict) -> np.ndarray:
    """Amplitude at a distance over that at the reference distance."""
    distance = np.asarray(distance_km, float)
    if options["decay"] == "none":
        return np.ones_like(distance)
    if options["decay"] == "exponential":
        return np.exp((options["reference_km"] - distance) / options["scale_km"])
    nearest = np.maximum(distance, options["nearest_km"])
    return (options["reference_km"] / nearest) ** options["exponent"]


def on(waves: list[Wave], minutes: np.ndarray, options: dict) -> np.ndarray:
    """X, Y, Z (nT, 3 x minutes) of all waves."""
    field = np.zeros((3, minutes.size))
    first, stop = int(minutes[0]), int(minutes[-1]) + 1
    for wave in waves:
        begin, end = max(first, wave.start), min(stop, wave.stop)
        if begin < end and not wave.covered:
            whole = _values(wave, options)
            field[:, begin - first : end - first] += whole[:, begin - wave.start : end - wave.start]
    return field


def _values(wave: Wave, options: dict) -> np.ndarray:
    """The whole wave, 3 x its minutes: rms of amplitude / sqrt(2), mean 0."""
    length = wave.stop - wave.start
    turns = _turns(length, options["band_hz"])
    random = np.random.default_rng(wave.seed)
    count = min(int(options["sines"]), turns.size)
    field = np.empty((3, length))
    for row, weight in enumerate(options["components"]):
        chosen = random.choice(turns, count, replace=False)
        phase = random.uniform(0, 2 * np.pi, count)
        angle = 2 * np.pi * np.outer(chosen, np.arange(length)) / length + phase[:, None]
        field[row] = weight * wave.amplitude_nt / np.sqrt(count) * np.cos(angle).sum(axis=0)
    return field


def _turns(length: int, band: list[float]) -> np.ndarray:
    """How often sines of the band can turn in `length` minutes, whole numbers."""
    low, high = (edge * 60.0 * length for edge in band)
    return np.arange(int(np.ceil(low - 1e-9)), int(np.floor(high + 1e-9)) + 1)


def truth(waves: list[Wave], station: str, first: int, stop: int) -> list[dict]:
    """The waves that touch the minutes [first, stop), for the truth of a simulation.

    `start` is the first minute of a wave, `end` the first one after it.
    """
    return [
        {
            "event": wave.event,
            "station": station,
            "distance_km": round(wave.distance_km, 3),
            "start": str(np.datetime64(wave.start, "m")),
            "end": str(np.datetime64(wave.stop, "m")),
            "amplitude_nt": 0.0 if wave.covered else wave.amplitude_nt,
            "covered_by_another": wave.covered,
        }
        for wave in waves
        if wave.start < stop and wave.stop > first
    ]


def check(options: dict, name: str = "geomagnetic.precursor") -> None:
    """Refuse what cannot be planted.

    Parameters
    ----------
    name : what the options are called in messages

    Raises
    ------
    ConfigError : an amplitude below 0, a length or scale not above 0, a band that minutes or the
        wave's span cannot hold, an unknown decay
    """
    for key in ("amplitude_nt", "ends_hours"):
        if not 0 <= options[key] < np.inf:
            raise ConfigError(f"{name}.{key} is {options[key]!r}, below 0 or no number")
    for key in ("reference_km", "hours", "farthest_km", "nearest_km", "scale_km", "sines"):
        if not 0 < options[key] < np.inf:
            raise ConfigError(f"{name}.{key} is {options[key]!r}, not above 0")
    if int(options["sines"]) != options["sines"]:
        raise ConfigError(f"{name}.sines is {options['sines']!r}, no whole number")
    if len(options["components"]) != 3 or not np.isfinite(options["components"]).all():
        raise ConfigError(f"{name}.components: expected weights of X, Y, Z")
    if len(options["band_hz"]) != 2:
        raise ConfigError(f"{name}.band_hz is {options['band_hz']}, not two frequencies")
    low, high = options["band_hz"]
    if not 0 < low < high < NYQUIST_HZ:
        raise ConfigError(
            f"{name}.band_hz is {options['band_hz']}; it must ascend between 0 and the Nyquist "
            f"frequency of minutes, 1/120 Hz"
        )
    if not _turns(round(options["hours"] * 60), options["band_hz"]).size:
        raise ConfigError(f"{name}: no wave of {options['band_hz']} Hz fits {options['hours']} h")
    if options["decay"] not in ("power", "exponential", "none"):
        raise ConfigError(f"{name}.decay is {options['decay']!r}, not none, power or exponential")

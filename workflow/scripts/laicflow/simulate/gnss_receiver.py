"""What a geodetic receiver of a simulated world measures: GPS codes and phases on two frequencies.

In metres, with B the biases of satellite and receiver and c the speed of light,

    C1W = R + I1 + c B1 + e        C2W = R + I2 + c B2 + e        C1C = C1W - c B(P1-C1) + e
    L1 lambda1 = R - I1 + N1 lambda1 + e        L2 lambda2 = R - I2 + N2 lambda2 + e

R is the range with clocks and troposphere, I = 40.3082e16 TEC / f^2 (m, TEC in TECU) of the true
slant TEC, N are whole cycles. Biases are CODE's: B1 - B2 is P1-P2 (ns, those of satellite and
receiver add), and the clocks refer to the ionosphere-free combination of P1 and P2, so that B1 and
B2 cancel in it. Then P2 - P1 = 0.105 m per TECU - c (B of the satellite + B of the receiver).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.simulate import gnss_orbits as orbits
from laicflow.simulate.slant import Fields, slant_tec

LIGHT = 299792458.0
FREQUENCY = (1575.42e6, 1227.60e6)
WAVELENGTH = tuple(LIGHT / f for f in FREQUENCY)
# Metres of delay on each frequency per TECU.
DELAY = tuple(40.3082e16 / f**2 for f in FREQUENCY)
# Hours that are looked at before and after a day for the rise and set of its satellites.
AROUND_HOURS = 12
# Zenith delay (m) and scale height (m) of the troposphere.
ZENITH_M, TROPOSPHERE_M = 2.3, 7500.0

# The part `receiver` of the options of `laicflow.simulate.world_gnss`.
DEFAULTS: dict = {
    # White noise at the zenith, m; it grows as one over the sine of the elevation.
    "code_m": 0.15,
    "phase_m": 0.001,
    # Multipath of the codes: size at the zenith (m), which grows likewise, and memory (s).
    "multipath_m": 0.2,
    "multipath_s": 180.0,
    # Cycle slips: mean number in a pass of a satellite, most cycles of one on either frequency,
    # and the share that the receiver flags (loss of lock).
    "slips_per_pass": 0.3,
    "slip_cycles": 20,
    "slips_flagged": 0.5,
    # Gaps, in which the receiver keeps the lock but records nothing: mean number a day, and their
    # shortest and longest length.
    "gaps_per_day": 0.3,
    "gap_minutes": [1.0, 20.0],
}


@dataclass(frozen=True)
class Station:
    """A receiver and where it stands.

    code : nine characters of RINEX 3; latitude, longitude : geodetic degrees; height_m : above the
    ellipsoid; p1p2_ns, p1c1_ns : its biases; p1 : whether it gives P1 (C1W) beside C1 (C1C)
    """

    code: str
    latitude: float
    longitude: float
    height_m: float
    p1p2_ns: float
    p1c1_ns: float
    p1: bool

    @property
    def domes(self) -> str:
        """A number like the IERS's, of its own and invented."""
        return f"{90000 + seeds.number('gnss', self.code) % 10000}M001"


@dataclass(frozen=True)
class Observed:
    """A day of a receiver; arrays have the shape (epochs, satellites), NaN where there is nothing.

    times : GPS time, the epochs that were recorded
    values : `C1C`, `C1W` (where it is given), `C2W` in m, `L1C`, `L2W` in cycles, `S1C`, `S2W` in
        dB-Hz
    lost : 1 where the receiver flags a loss of lock (both phases)
    slant : true slant TEC, TECU; elevation : degrees
    slips : satellite, time (GPS), l1_cycles, l2_cycles, flagged; gaps : start and end (GPS), s
    """

    station: Station
    date: dt.date
    interval_s: float
    times: np.ndarray
    values: dict[str, np.ndarray]
    lost: np.ndarray
    slant: np.ndarray
    elevation: np.ndarray
    slips: pd.DataFrame
    gaps: list[tuple[np.datetime64, np.datetime64]]


@dataclass(frozen=True)
class Sky:
    """What all receivers of a world see: the satellites with their biases (ns), the ionosphere."""

    satellites: orbits.Constellation
    p1p2_ns: np.ndarray
    p1c1_ns: np.ndarray
    fields: Fields
    seed: int


def check(options: dict, name: str) -> None:
    """Refuse what no receiver does.

    Raises
    ------
    ConfigError : a size below 0, a share beyond 1, slips of no cycle, gaps that end before they
        begin or last half a day
    """
    for key in ("code_m", "phase_m", "multipath_m", "slips_per_pass", "gaps_per_day"):
        if not options[key] >= 0:
            raise ConfigError(f"{name}.{key} is {options[key]!r}, below 0")
    if not options["multipath_s"] > 0:
        raise ConfigError(f"{name}.multipath_s is {options['multipath_s']!r}, not above 0")
    if not 0 <= options["slips_flagged"] <= 1:
        raise ConfigError(f"{name}.slips_flagged is {options['slips_flagged']!r}, not in 0 to 1")
    cycles = options["slip_cycles"]
    if not isinstance(cycles, int) or cycles < 1:
        raise ConfigError(f"{name}.slip_cycles is {cycles!r}, not a whole number from 1")
    shortest, longest = options["gap_minutes"]
    if not 0 < shortest <= longest <= 720:
        raise ConfigError(f"{name}.gap_minutes is {options['gap_minutes']!r}, not within 0 to 720")


def observe(
    station: Station,
    date: dt.date,
    sky: Sky,
    options: dict,
    *,
    interval_s: float,
    elevation_min: float,
) -> Observed:
    """A day (of GPS time) of a receiver.

    Parameters
    ----------
    options : the complete part `receiver`
    interval_s : s between epochs, a divisor of a day
    elevation_min : degrees; lower satellites are not tracked
    """
    count = round(86400 / interval_s)
    step = np.timedelta64(round(interval_s * 1e6), "us")
    begin = np.datetime64(date, "us")
    around = round(AROUND_HOURS * 3600 / interval_s)
    wide = begin + (np.arange(count + 2 * around) - around) * step
    high = _elevations(station, sky, wide)
    today = slice(around, around + count)
    gaps, recorded = _gaps(station, begin, wide[today], options, sky.seed)
    phase = _ambiguities(station, wide, high >= elevation_min, today, recorded, options, sky.seed)
    cycles, lost, slips = phase
    times, up = wide[today][recorded], high[today][recorded]
    seen = np.nonzero(up >= elevation_min)
    rays = _rays(station, sky, times, seen)
    signal = _signals(station, sky, rays, seen[1], up[seen])
    noise = _noise(station, date, up.shape, seen, up[seen], interval_s, options, sky.seed)
    slant = np.full(up.shape, np.nan)
    slant[seen] = rays["tec"]
    values = {}
    for name, exact in signal.items():
        values[name] = np.full(up.shape, np.nan)
        own = exact + noise[name]
        if name[0] == "L":
            band = int(name[1]) - 1
            own = own / WAVELENGTH[band] + cycles[band][recorded][seen]
        values[name][seen] = own
    return Observed(
        station, date, interval_s, times, values, lost[recorded], slant, up, slips, gaps
    )


def _elevations(station: Station, sky: Sky, times: np.ndarray) -> np.ndarray:
    """Elevation of all satellites, degrees, (epochs, satellites)."""
    place = orbits.on_ground(station.latitude, station.longitude, station.height_m)
    at = orbits.seconds(times)[:, None]
    found = orbits.positions(sky.satellites, np.arange(orbits.SATELLITES), at)
    return orbits.elevation(station.latitude, station.longitude, place, found)


def _gaps(
    station: Station, begin: np.datetime64, times: np.ndarray, options: dict, seed: int
) -> tuple[list, np.ndarray]:
    """Gaps of a day and which of its epochs are recorded; both ends of a day always are."""
    random = seeds.generator("world", seed, "gnss", station.code, "gaps", str(begin))
    shortest, longest = options["gap_minutes"]
    gaps, recorded = [], np.ones(times.size, bool)
    for _ in range(random.poisson(options["gaps_per_day"])):
        length = random.uniform(shortest, longest) * 60
        first = random.uniform(1800, 86400 - 1800 - length)
        start, end = (begin + np.timedelta64(round(s), "s") for s in (first, first + length))
        recorded &= (times < start) | (times >= end)
        gaps.append((start, end))
    return sorted(gaps), recorded


def _ambiguities(
    station: Station,
    times: np.ndarray,
    visible: np.ndarray,
    today: slice,
    recorded: np.ndarray,
    options: dict,
    seed: int,
) -> tuple[list[np.ndarray], np.ndarray, pd.DataFrame]:
    """Whole cycles on both frequencies (of today's epochs), flags of lost lock, and the slips.

    Each pass has its own draws, named by the moment of its rise, so that a pass that runs over
    midnight is the same on both days.
    """
    shape = (recorded.size, visible.shape[1])
    cycles, lost, rows = [np.zeros(shape), np.zeros(shape)], np.zeros(shape, bool), []
    kept = np.flatnonzero(recorded)
    for number in range(visible.shape[1]):
        edges = np.diff(visible[:, number].astype(int), prepend=0, append=0)
        for rise, end in zip(np.flatnonzero(edges > 0), np.flatnonzero(edges < 0), strict=True):
            if end <= today.start or rise >= today.stop:
                continue
            random = seeds.generator(
                "world", seed, "gnss", station.code, "pass", number, str(times[rise])
            )
            own = slice(max(rise - today.start, 0), min(end, today.stop) - today.start)
            for band in range(2):
                cycles[band][own, number] += random.integers(-100_000, 100_000)
            for at, sizes, flagged in _slips(random, end - rise, options):
                first = rise + at - today.start
                for band, size in enumerate(sizes):
                    cycles[band][max(first, own.start) : own.stop, number] += size
                # In a gap it shows when recording goes on.
                after = kept[np.searchsorted(kept, first) :]
                if first < 0 or not after.size or after[0] >= own.stop:
                    continue
                lost[after[0], number] |= flagged
                shown = times[today][after[0]]
                rows.append((f"G{number + 1:02d}", shown, *sizes, flagged))
    columns = ["satellite", "time", "l1_cycles", "l2_cycles", "flagged"]
    table = pd.DataFrame(rows, columns=columns).astype({"time": "datetime64[us]"})
    return cycles, lost, table.sort_values(["time", "satellite"], ignore_index=True)


def _slips(random: np.random.Generator, length: int, options: dict) -> list[tuple]:
    """Epoch within a pass, cycles on both frequencies and flag of each slip, in order."""
    number = min(random.poisson(options["slips_per_pass"]), max(length - 1, 0))
    where = np.sort(random.choice(np.arange(1, length), number, replace=False)) if number else []
    most = options["slip_cycles"]
    found = []
    for at in where:
        sizes = (0, 0)
        while sizes == (0, 0):
            sizes = tuple(int(size) for size in random.integers(-most, most + 1, 2))
        found.append((int(at), sizes, bool(random.random() < options["slips_flagged"])))
    return found


def _rays(station: Station, sky: Sky, times: np.ndarray, seen: tuple) -> dict[str, np.ndarray]:
    """Range and clocks together (m) and true slant TEC (TECU) of what is seen."""
    place = orbits.on_ground(station.latitude, station.longitude, station.height_m)
    tag = orbits.seconds(times)[seen[0]]
    error = receiver_clock(station, sky.seed, tag)
    # An epoch bears the time of the receiver's clock.
    distance, satellites, sent = orbits.received(sky.satellites, seen[1], tag - error, place)
    clock = orbits.clocks(sky.satellites, seen[1], sent)
    clock = clock + orbits.relativity(sky.satellites, seen[1], sent)
    tec = slant_tec(place, satellites, orbits.to_utc(times)[seen[0]], sky.fields)
    return {"range": distance * 1e3 + LIGHT * (error - clock), "tec": tec}


def receiver_clock(station: Station, seed: int, at: np.ndarray) -> np.ndarray:
    """Error of a receiver's clock, s, at seconds since `gnss_orbits.EPOCH`: two slow waves."""
    random = seeds.generator("world", seed, "gnss", station.code, "clock")
    sizes, phases = random.uniform(2e-8, 2e-7, 2), random.uniform(0, 2 * np.pi, 2)
    return sum(
        size * np.sin(2 * np.pi * at / period + phase)
        for size, phase, period in zip(sizes, phases, (86400.0, 21000.0), strict=True)
    )


def code_biases(p1p2_ns: np.ndarray, p1c1_ns: np.ndarray) -> dict[str, np.ndarray]:
    """Bias of each code (m) of CODE's differences (ns); none in the ionosphere-free combination.

    With a = f1^2 / (f1^2 - f2^2): a B1 = (a - 1) B2 and B1 - B2 = P1-P2.
    """
    first = FREQUENCY[0] ** 2 / (FREQUENCY[0] ** 2 - FREQUENCY[1] ** 2)
    b1, b2 = (1 - first) * p1p2_ns, -first * p1p2_ns
    metre = LIGHT * 1e-9
    return {"C1C": (b1 - p1c1_ns) * metre, "C1W": b1 * metre, "C2W": b2 * metre}


def _signals(
    station: Station, sky: Sky, rays: dict, satellite: np.ndarray, up: np.ndarray
) -> dict[str, np.ndarray]:
    """What would be measured without noise: codes and phases in m, strengths in dB-Hz."""
    sine = np.sin(np.radians(up))
    air = ZENITH_M * np.exp(-station.height_m / TROPOSPHERE_M) / np.sqrt(sine**2 + 0.002)
    common = rays["range"] + air
    of_satellite = code_biases(sky.p1p2_ns, sky.p1c1_ns)
    of_receiver = code_biases(station.p1p2_ns, station.p1c1_ns)
    found = {}
    for name in ("C1C", "C1W", "C2W") if station.p1 else ("C1C", "C2W"):
        delay = DELAY[int(name[1]) - 1] * rays["tec"]
        found[name] = common + delay + of_satellite[name][satellite] + of_receiver[name]
    for band, name in enumerate(("L1C", "L2W")):
        found[name] = common - DELAY[band] * rays["tec"]
    found["S1C"] = 53.0 - 15.0 * (1 - sine)
    found["S2W"] = 48.0 - 22.0 * (1 - sine)
    return found


def _noise(
    station: Station,
    date: dt.date,
    shape: tuple[int, int],
    seen: tuple,
    up: np.ndarray,
    interval_s: float,
    options: dict,
    seed: int,
) -> dict[str, np.ndarray]:
    """Noise of each observable, in its unit, where something is seen."""
    # Planning loads this module too, and scipy.signal takes half a second.
    from scipy.signal import lfilter

    growth = 1 / np.sin(np.radians(up))
    keep = np.exp(-interval_s / options["multipath_s"])
    found = {}
    for name in ("C1C", "C1W", "C2W", "L1C", "L2W", "S1C", "S2W"):
        random = seeds.generator("world", seed, "gnss", station.code, "noise", name, str(date))
        white = random.standard_normal(shape)[seen]
        if name[0] == "S":
            found[name] = 0.5 * white
        elif name[0] == "L":
            found[name] = options["phase_m"] * growth * white
        else:
            fresh = np.sqrt(1 - keep**2) * random.standard_normal(shape)
            fresh[0] /= np.sqrt(1 - keep**2)
            slow = lfilter([1.0], [1.0, -keep], fresh, axis=0)[seen]
            found[name] = growth * (options["code_m"] * white + options["multipath_m"] * slow)
    return found

"""What a Langmuir probe reports along a track: sampling, irregularities, noise, gaps.

CSES samples every 3 s, and every 1.5 s over the boxes of `burst`; DEMETER every second, there in
both of its modes at once; Swarm twice a second. The plasma is that of `laicflow.simulate.plasma`;
here come what is too small for it (a texture along the track, and bubbles of low density at night
near the magnetic equator) and what the instrument adds.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.geo import inside_box
from laicflow.simulate import orbits
from laicflow.simulate.plasma import Plasma, temperature

# The instrument's part of the options of `laicflow.simulate.world_probes`.
DEFAULTS: dict = {
    # Noise of a sample: standard deviation of the logarithm of Ne, and of Te.
    "ne_noise": 0.02,
    "te_noise": 0.03,
    # What a mission's Ne is of the true one.
    "ne_factor": {"cses": 1.0, "demeter": 1.0, "swarm": 1.0},
    # Texture along the track: standard deviation of ln Ne, and where it has faded to 1/e, km.
    "texture_sd": 0.02,
    "texture_km": 60.0,
    # Bubbles: chance of a crossing of the magnetic equator at 22 h to have any (least at day),
    # mean number, depth in ln Ne (median and spread of its logarithm), half-width in km.
    "bubble_share": 0.4,
    "bubbles": 3.0,
    "bubble_depth": [0.5, 0.6],
    "bubble_km": [40.0, 200.0],
    # Half-orbits that are missing altogether; gaps in the others: chance and mean length, s.
    "missing_share": 0.02,
    "gap_share": 0.15,
    "gap_s": 120.0,
    # Share of samples without a value; chance that the first of a pass is several times too high.
    "fill_share": 0.002,
    "first_wrong_share": 0.3,
    # Boxes of latitude and longitude (west > east crosses the date line) with burst mode: China,
    # the western Pacific, Indonesia, Tonga to New Zealand, western America, Mediterranean to Iran.
    "burst": [
        [[18.0, 54.0], [73.0, 136.0]],
        [[20.0, 60.0], [128.0, 165.0]],
        [[-15.0, 15.0], [90.0, 150.0]],
        [[-45.0, -10.0], [165.0, -170.0]],
        [[-50.0, 15.0], [-85.0, -60.0]],
        [[10.0, 45.0], [-125.0, -90.0]],
        [[25.0, 45.0], [10.0, 70.0]],
    ],
}

# Seconds between samples: survey, burst (0: no such mode, or the same).
CADENCE_S = {"cses": (3.0, 1.5), "demeter": (1.0, 1.0), "swarm": (0.5, 0.0)}
# Swarm samples at x.197 and x.697 s.
PHASE_S = {"swarm": 0.197}
SURVEY, BURST = 1, 2
# Times at which the plasma is asked; what lies between is interpolated. 10 s are 75 km.
NODE_S = 10.0
SPEED_KM_S = 7.6
# Dip latitude and local hours within which bubbles are.
BUBBLE_DIP = 20.0
BUBBLE_HOURS = (18.5, 5.5)


@dataclasses.dataclass(frozen=True)
class Track:
    """Samples of one file in order of time.

    mission : as in `orbits.MISSIONS`
    orbit, direction : of the half-orbit; -1 where the track is a day
    start, end : the span that was flown, [start, end)
    table : `time`, `latitude`, `longitude`, `altitude_km`, `local_time`, `ne` (cm-3), `te` (K;
        NaN where there is no value), `work_mode` (1 survey, 2 burst; of DEMETER 2 where there is
        a record of both)
    """

    mission: str
    orbit: int
    direction: int
    start: np.datetime64
    end: np.datetime64
    table: pd.DataFrame


def family(mission: str) -> str:
    """`cses`, `demeter` or `swarm`."""
    return mission.split("-")[0]


def fly(
    plasma: Plasma,
    mission: str,
    span: tuple[np.datetime64, np.datetime64],
    *,
    orbit: int,
    direction: int,
    options: dict,
    seed: int,
    disturbance=None,
) -> Track | None:
    """The samples of a span [start, end), None where it is missing altogether.

    Parameters
    ----------
    disturbance : takes times, latitudes and longitudes and gives the relative change of Ne
    """
    start, end = (np.datetime64(time, "us") for time in span)
    name = (mission, str(start)) if orbit < 0 else (mission, int(orbit), int(direction))
    draw = ("world", seed, "probes", *name)
    if orbit >= 0 and seeds.generator(*draw, "missing").random() < options["missing_share"]:
        return None
    nodes = start + np.arange(-1, (end - start) / _us(NODE_S) + 2) * _us(NODE_S)
    at = plasma.at(mission, nodes)
    times, mode = _times(mission, (start, end), nodes, at, options)
    times, mode = _with_gaps(times, mode, options, seeds.generator(*draw, "gaps"))
    if not times.size:
        return None
    along = _between(mission, nodes, at, times)
    log_ne = along["log_ne"] + _texture(times, options, seeds.generator(*draw, "texture"))
    log_ne += _bubbles(nodes, at, times, options, seeds.generator(*draw, "bubbles"))
    ne = np.exp(log_ne)
    if disturbance is not None:
        ne = ne * (1.0 + disturbance(times, along["latitude"], along["longitude"]))
    te = temperature(ne, along)
    ne, te = _measured(mission, ne, te, options, seeds.generator(*draw, "instrument"))
    places = ("latitude", "longitude", "altitude_km", "local_time")
    columns = {"time": times, **{name: along[name] for name in places}}
    table = pd.DataFrame({**columns, "ne": ne, "te": te, "work_mode": mode})
    return Track(mission, int(orbit), int(direction), start, end, table)


def check(options: dict, name: str) -> None:
    """Refuse an instrument that cannot be.

    Raises
    ------
    ConfigError : a share not between 0 and 1, a noise or length below 0, a box that is none
    """
    for key in (key for key in options if key.endswith("_share")):
        if not 0 <= options[key] <= 1:
            raise ConfigError(f"{name}.{key} is {options[key]!r}, not between 0 and 1")
    for key in ("ne_noise", "te_noise", "texture_sd", "bubbles"):
        if not 0 <= options[key] < 10:
            raise ConfigError(f"{name}.{key} is {options[key]!r}, not between 0 and 10")
    lengths = {"texture_km": options["texture_km"], "gap_s": options["gap_s"]}
    lengths |= {f"ne_factor.{key}": value for key, value in options["ne_factor"].items()}
    for key, value in lengths.items():
        if not 0 < value < np.inf:
            raise ConfigError(f"{name}.{key} is {value!r}, not above 0")
    for pair in ("bubble_depth", "bubble_km"):
        if len(options[pair]) != 2 or min(options[pair]) <= 0:
            raise ConfigError(f"{name}.{pair}: expected two numbers above 0")
    if options["bubble_km"][0] > options["bubble_km"][1]:
        raise ConfigError(f"{name}.bubble_km is {options['bubble_km']}; it must ascend")
    for box in options["burst"]:
        try:
            inside_box(np.zeros(1), np.zeros(1), *box)
        except (ConfigError, TypeError, ValueError) as error:
            raise ConfigError(f"{name}.burst: {box} is no box: {error}") from error


def _us(seconds: float) -> np.timedelta64:
    """Seconds as microseconds."""
    return np.timedelta64(round(seconds * 1e6), "us")


def _times(
    mission: str, span: tuple, nodes: np.ndarray, at: dict, options: dict
) -> tuple[np.ndarray, np.ndarray]:
    """Times of samples in a span, and their mode; the grid is that of all passes."""
    kind = family(mission)
    survey, burst = CADENCE_S[kind]
    step = round((burst or survey) * 1e6)
    first, stop = (int(time.astype("int64")) for time in span)
    phase = round(PHASE_S.get(kind, 0.0) * 1e6)
    number = np.arange(-((phase - first) // step), -((phase - stop) // step))
    times = (phase + number * step).astype("datetime64[us]")
    mode = np.full(times.size, SURVEY, "int8")
    if burst:
        boxes = (inside_box(at["latitude"], at["longitude"], *box) for box in options["burst"])
        over = np.logical_or.reduce(list(boxes)) if options["burst"] else np.zeros(nodes.size, bool)
        near = np.searchsorted(nodes, times, side="right") - 1
        mode[over[near]] = BURST
        kept = (mode == BURST) | ((number * step) % round(survey * 1e6) == 0)
        times, mode = times[kept], mode[kept]
    return times, mode


def _with_gaps(
    times: np.ndarray, mode: np.ndarray, options: dict, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Without what falls into gaps; a chance for each stretch as long as a half-orbit."""
    if not times.size:
        return times, mode
    kept = np.ones(times.size, bool)
    whole = (times[-1] - times[0]) / _us(2800)
    for _ in range(random.binomial(max(1, round(whole)), options["gap_share"])):
        begin = times[random.integers(times.size)]
        kept &= (times < begin) | (times >= begin + _us(random.exponential(options["gap_s"])))
    return times[kept], mode[kept]


def _between(mission: str, nodes: np.ndarray, at: dict, times: np.ndarray) -> dict:
    """Where samples are, and what is known of the plasma at the nodes around them."""
    known, asked = ((array - nodes[0]).astype("int64") for array in (nodes, times))
    slow = ("log_ne", "dipole_latitude", "cos_zenith", "f107")
    along = {name: np.interp(asked, known, at[name]) for name in slow}
    return {**orbits.positions(mission, times), **along}


def _texture(times: np.ndarray, options: dict, random: np.random.Generator) -> np.ndarray:
    """AR(1) along the track of unit e-folding `texture_km`, as if gaps were none."""
    # Planning loads this module too, and scipy.signal takes half a second.
    from scipy.signal import lfilter

    step = np.median(np.diff(times).astype("int64")) / 1e6 if times.size > 1 else 1.0
    keep = np.exp(-step * SPEED_KM_S / options["texture_km"])
    shocks = random.standard_normal(times.size) * np.sqrt(1 - keep**2)
    shocks[0] /= np.sqrt(1 - keep**2)
    return options["texture_sd"] * lfilter([1.0], [1.0, -keep], shocks)


def _bubbles(
    nodes: np.ndarray, at: dict, times: np.ndarray, options: dict, random: np.random.Generator
) -> np.ndarray:
    """Change of ln Ne, at most 0, by bubbles in each crossing of the magnetic equator by night."""
    change = np.zeros(times.size)
    evening, morning = BUBBLE_HOURS
    dark = (at["local_time"] >= evening) | (at["local_time"] < morning)
    inside = dark & (np.abs(at["dip_latitude"]) < BUBBLE_DIP)
    edges = np.flatnonzero(np.diff(np.r_[0, inside.astype(int), 0]))
    seconds = (times - nodes[0]).astype("int64") / 1e6
    for first, stop in edges.reshape(-1, 2):
        # Drawn in any case, so that a chance changes nothing behind it.
        chance, count = random.random(), random.poisson(options["bubbles"])
        hour = (at["local_time"][(first + stop) // 2] - 22.0 + 12.0) % 24.0 - 12.0
        present = chance < options["bubble_share"] * np.exp(-((hour / 4.0) ** 2))
        for _ in range(count):
            centre = NODE_S * random.uniform(first, stop)
            median, spread = options["bubble_depth"]
            depth = median * np.exp(spread * random.standard_normal())
            width = random.uniform(*options["bubble_km"]) / SPEED_KM_S
            if present:
                inner = slice(*np.searchsorted(seconds, [centre - 3 * width, centre + 3 * width]))
                # Steep walls and a flat floor; nothing is left of it at three half-widths.
                shape = np.exp(-(((seconds[inner] - centre) / width) ** 4))
                change[inner] = np.minimum(change[inner], -depth * shape)
    return change


def _measured(
    mission: str, ne: np.ndarray, te: np.ndarray, options: dict, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Ne and Te with the instrument's noise, a first sample that may be wrong, and without some."""
    ne = ne * np.exp(options["ne_noise"] * random.standard_normal(ne.size))
    ne *= options["ne_factor"][family(mission)]
    te = te * np.exp(options["te_noise"] * random.standard_normal(te.size))
    if random.random() < options["first_wrong_share"]:
        ne[0] *= random.uniform(3.0, 8.0)
    none = random.random(ne.size) < options["fill_share"]
    return np.where(none, np.nan, ne), np.where(none, np.nan, te)

"""A receiver's position from its codes, to check the header's and to stand in for a missing one."""

from __future__ import annotations

import numpy as np

from laicflow.gnss.observations import Observations
from laicflow.gnss.orbits import Orbits
from laicflow.gnss.signals import SPEED_OF_LIGHT

_EARTH_SPIN = 7.2921151467e-5  # rad/s
_TURNS = 8


def solve(observations: Observations, orbits: Orbits, epochs: int = 12) -> np.ndarray | None:
    """Position (3,) in metres, Earth-fixed; None where no epoch has five satellites with clocks.

    The median over some epochs of point positioning by GPS codes without ionosphere (ICD-GPS-200,
    20.3.3.3.3.3 and 20.3.3.4.3). Troposphere and relativity are left out, so it is good to some
    tens of metres: enough for directions to satellites.
    """
    of_gps = np.flatnonzero(np.char.startswith(observations.satellite, "G"))
    times = np.unique(observations.time[of_gps])
    wanted = (
        times[np.unique(np.linspace(0, times.size - 1, epochs).astype(int))] if of_gps.size else ()
    )
    found = []
    for time in wanted:
        rows = of_gps[observations.time[of_gps] == time]
        point = _at_epoch(observations.take(rows), orbits, float(time))
        if point is not None:
            found.append(point)
    return np.median(found, axis=0) if found else None


def _at_epoch(one: Observations, orbits: Orbits, time: float) -> np.ndarray | None:
    """Position at one epoch, None where it cannot be found."""
    f1, f2 = one.frequency1**2, one.frequency2**2
    code = (f1 * one.code1 - f2 * one.code2) / (f1 - f2)
    names = [str(name) for name in one.satellite]
    flight = code / SPEED_OF_LIGHT
    # All satellites at the mean time of sending, and the rest by their speed.
    sent = time - float(np.mean(flight))
    states, clocks = orbits.states(np.array([sent - 0.5, sent + 0.5]), names)
    speed = states[1] - states[0]
    place = states.mean(axis=0) - speed * (flight - np.mean(flight))[:, None]
    clock = clocks.mean(axis=0)
    good = np.isfinite(place).all(axis=1) & np.isfinite(clock)
    if good.sum() < 5:
        return None
    place, code = place[good], (code + SPEED_OF_LIGHT * clock)[good]
    state = np.zeros(4)
    for _ in range(_TURNS):
        distance = np.linalg.norm(place - state[:3], axis=1)
        angle = _EARTH_SPIN * distance / SPEED_OF_LIGHT
        # The Earth turns on while the signal flies.
        turned = np.stack(
            [
                place[:, 0] + angle * place[:, 1],
                place[:, 1] - angle * place[:, 0],
                place[:, 2],
            ],
            axis=1,
        )
        line = turned - state[:3]
        distance = np.linalg.norm(line, axis=1)
        design = np.column_stack([-line / distance[:, None], np.ones(distance.size)])
        step = np.linalg.lstsq(design, code - distance - state[3], rcond=None)[0]
        state += step
    residual = code - np.linalg.norm(turned - state[:3], axis=1) - state[3]
    sound = 6.3e6 < np.linalg.norm(state[:3]) < 6.5e6 and np.abs(residual).max() < 200.0
    return state[:3] if sound and np.abs(step).max() < 1.0 else None

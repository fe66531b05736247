"""A simulated GPS constellation: where its satellites are and how wrong their clocks.

Thirty-two satellites in six planes of 55 degrees, on Kepler's ellipses whose nodes move with the
oblateness of the Earth, in a frame at rest among the stars; the Earth turns below them at a
constant rate. Times are GPS time: seconds since `EPOCH`, without leap seconds.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from laicflow import seeds
from laicflow.simulate.orbits import DAY_S, GM, node_rate

EPOCH = np.datetime64("2010-01-01", "us")
SATELLITES = 32
PLANES = 6
AXIS_KM = 26560.0
INCLINATION = 55.0
# Vacuum, km/s, and the Earth's rotation, rad/s (IS-GPS-200).
LIGHT_KM_S = 299792.458
ROTATION = 7.2921151467e-5
# Earth rotation angle at `EPOCH`, degrees: 280.4606 + 360.985612 (JD - 2451545.0) (IAU 2000).
ANGLE_AT_EPOCH = 100.33
# Relativistic delay of an eccentric orbit, s per sqrt(m) (IS-GPS-200, 20.3.3.3.3.1).
RELATIVITY = -4.442807633e-10
# WGS 84: equatorial radius (km) and flattening.
EQUATOR_KM = 6378.137
FLATTENING = 1 / 298.257223563
# Days from which UTC is one second later than before against GPS time (IERS Bulletin C).
LEAPS = np.array(
    "1981-07-01 1982-07-01 1983-07-01 1985-07-01 1988-01-01 1990-01-01 1991-01-01 1992-07-01 "
    "1993-07-01 1994-07-01 1996-01-01 1997-07-01 1999-01-01 2006-01-01 2009-01-01 2012-07-01 "
    "2015-07-01 2017-01-01".split(),
    "datetime64[us]",
)
_SECOND = np.timedelta64(1, "s")


@dataclass(frozen=True)
class Constellation:
    """Elements at `EPOCH` of all satellites, each an array of shape (32,); G01 comes first.

    node, perigee, anomaly : right ascension of the node, argument of perigee, mean anomaly (rad)
    eccentricity : of the ellipse
    clock, drift : error of the clock (s) and how fast it grows (s/s)
    """

    node: np.ndarray
    perigee: np.ndarray
    anomaly: np.ndarray
    eccentricity: np.ndarray
    clock: np.ndarray
    drift: np.ndarray


def constellation(seed: int) -> Constellation:
    """The satellites of a world: five or six in each of six planes, evenly but for some degrees."""
    random = seeds.generator("world", seed, "gnss", "orbits")
    number = np.arange(SATELLITES)
    plane, slot = number % PLANES, number // PLANES
    members = np.bincount(plane)[plane]
    turn = 2 * np.pi
    phase = turn * (slot / members + plane / (PLANES * members))
    perigee = random.uniform(0, turn, SATELLITES)
    return Constellation(
        node=turn * plane / PLANES + np.radians(random.normal(0, 1.5, SATELLITES)),
        perigee=perigee,
        anomaly=phase - perigee + np.radians(random.normal(0, 6.0, SATELLITES)),
        eccentricity=random.uniform(0.001, 0.015, SATELLITES),
        clock=random.normal(0, 2e-4, SATELLITES),
        drift=random.normal(0, 3e-12, SATELLITES),
    )


def seconds(times: np.ndarray) -> np.ndarray:
    """Seconds since `EPOCH` of datetime64 in GPS time."""
    return (np.asarray(times, "datetime64[us]") - EPOCH).astype("int64") * 1e-6


def to_utc(times: np.ndarray) -> np.ndarray:
    """UTC (datetime64[us]) of GPS times."""
    times = np.asarray(times, "datetime64[us]")
    # The n-th leap comes n - 1 seconds after the change of the day in GPS time.
    leaps = LEAPS + np.arange(LEAPS.size) * _SECOND
    return times - np.searchsorted(leaps, times, side="right") * _SECOND


def leap_seconds(date: dt.date) -> int:
    """GPS time less UTC on a day, s."""
    return int(np.searchsorted(LEAPS, np.datetime64(date, "us"), side="right"))


def positions(own: Constellation, satellite: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Positions in the frame that turns with the Earth, km, shape (..., 3).

    Parameters
    ----------
    satellite : indices of satellites (0 is G01)
    at : seconds since `EPOCH`, GPS time; shapes broadcast
    """
    eccentric, eccentricity = _anomaly(own, satellite, at)
    radius = AXIS_KM * (1 - eccentricity * np.cos(eccentric))
    true = np.arctan2(
        np.sqrt(1 - eccentricity**2) * np.sin(eccentric), np.cos(eccentric) - eccentricity
    )
    argument = true + own.perigee[satellite]
    drift = np.radians(node_rate(AXIS_KM, INCLINATION)) / DAY_S - ROTATION
    node = own.node[satellite] - np.radians(ANGLE_AT_EPOCH) + drift * at
    tilt = np.radians(INCLINATION)
    along, across = np.cos(argument), np.sin(argument) * np.cos(tilt)
    return np.stack(
        [
            radius * (along * np.cos(node) - across * np.sin(node)),
            radius * (along * np.sin(node) + across * np.cos(node)),
            radius * np.sin(argument) * np.sin(tilt),
        ],
        axis=-1,
    )


def clocks(own: Constellation, satellite: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Errors of the clocks, s, as SP3 has them: without the relativistic part of `relativity`."""
    return own.clock[satellite] + own.drift[satellite] * at


def relativity(own: Constellation, satellite: np.ndarray, at: np.ndarray) -> np.ndarray:
    """What an eccentric orbit adds to a clock, s: F e sqrt(a) sin E (IS-GPS-200)."""
    eccentric, eccentricity = _anomaly(own, satellite, at)
    return RELATIVITY * eccentricity * np.sqrt(AXIS_KM * 1e3) * np.sin(eccentric)


def received(
    own: Constellation, satellite: np.ndarray, at: np.ndarray, receiver: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What reaches a receiver: ranges (km), where the satellites were, and when (s) they sent.

    The positions are those of the moment of sending, in the frame of the moment of receiving: the
    Earth turns on while the signal is under way (the Sagnac effect).

    Parameters
    ----------
    satellite, at : as `positions` takes them, `at` the moments of receiving
    receiver : its position, km, shape (3,)
    """
    travel = np.full(np.broadcast(satellite, at).shape, 0.075)
    # Each step gains a factor of about the satellite's speed over that of light.
    for _ in range(3):
        place = positions(own, satellite, at - travel)
        angle = ROTATION * travel
        x = place[..., 0] * np.cos(angle) + place[..., 1] * np.sin(angle)
        y = place[..., 1] * np.cos(angle) - place[..., 0] * np.sin(angle)
        place = np.stack([x, y, place[..., 2]], axis=-1)
        distance = np.linalg.norm(place - receiver, axis=-1)
        travel = distance / LIGHT_KM_S
    return distance, place, at - travel


def on_ground(latitude: float, longitude: float, height_m: float) -> np.ndarray:
    """Position (km) of a place of geodetic latitude and longitude (degrees) on WGS 84."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    squared = FLATTENING * (2 - FLATTENING)
    normal = EQUATOR_KM / np.sqrt(1 - squared * np.sin(lat) ** 2)
    height = height_m / 1e3
    return np.array(
        [
            (normal + height) * np.cos(lat) * np.cos(lon),
            (normal + height) * np.cos(lat) * np.sin(lon),
            (normal * (1 - squared) + height) * np.sin(lat),
        ]
    )


def elevation(
    latitude: float, longitude: float, receiver: np.ndarray, satellites: np.ndarray
) -> np.ndarray:
    """Elevation (degrees) of satellites (km, shape (..., 3)) above the horizon of a receiver."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    up = np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    sight = satellites - receiver
    return np.degrees(np.arcsin((sight @ up) / np.linalg.norm(sight, axis=-1)))


def _anomaly(
    own: Constellation, satellite: np.ndarray, at: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Eccentric anomaly (rad) and eccentricity."""
    eccentricity = own.eccentricity[satellite]
    mean = own.anomaly[satellite] + np.sqrt(GM / AXIS_KM**3) * at
    mean = np.remainder(mean, 2 * np.pi)
    eccentric = mean + eccentricity * np.sin(mean)
    # Newton's steps; from an error of e^2 two lead below rounding.
    for _ in range(3):
        eccentric = eccentric - (eccentric - eccentricity * np.sin(eccentric) - mean) / (
            1 - eccentricity * np.cos(eccentric)
        )
    return eccentric, eccentricity

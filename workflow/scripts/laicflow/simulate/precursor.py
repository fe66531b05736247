"""A planted precursor: a wave in the ionosphere on the day before an earthquake.

It is no claim about the Earth but a truth to look for: whoever analyses a world with it should
find it, and nobody should find anything in a world without. Its form is that of an inertia-gravity
wave packet: the period lies between that of buoyancy (some ten minutes) and that of inertia (12 h
over the sine of the latitude, 20 h at 37 degrees), the crests run away from the epicentre, the
packet begins and ends within the day. The phase is drawn anew for each day, so that at no place
and hour the mean of TEC before earthquakes differs from that at other times.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.geo import great_circle_km, inside_box

# Larger amplitudes would be seen by eye and prove nothing.
LARGEST_SD = 2.0
# The packet rises in the first and falls in the last hours of its day, UT.
TAPER_HOURS = 4.0


class Precursor:
    """The disturbance of the logarithm of VTEC by all earthquakes of a world.

    Each day that is followed by a day with earthquakes has one packet, that of the largest of
    them: however many there are, the disturbance never exceeds the amplitude.

    Parameters
    ----------
    events : the earthquakes, with `time`, `latitude`, `longitude`, `magnitude`
    latitude, longitude : the grid of the maps, geographic degrees
    options : the `precursor` part of the options of a world
    day_to_day_sd : that of the ionosphere, the unit of the amplitude (logarithm)
    """

    def __init__(
        self,
        events: pd.DataFrame,
        latitude: np.ndarray,
        longitude: np.ndarray,
        *,
        options: dict,
        day_to_day_sd: float,
        seed: int,
    ) -> None:
        self.options, self.seed = options, seed
        self.amplitude = options["amplitude_sd"] * day_to_day_sd
        self.grid = (np.asarray(latitude, float)[:, None], np.asarray(longitude, float)[None, :])
        self.sources = sources(events, options)

    def on(self, date: dt.date) -> np.ndarray | None:
        """The disturbance at hours 0..23 UT of a day, (24, latitude, longitude); None if none.

        A exp(-(d / radius)^2 / 2) w(t) cos(2 pi (t / T - d / L) + phase), with t the hour, d the
        distance from the epicentre, w the envelope (0 at either midnight, at most 1), T the period
        and L = phase speed times T the wavelength.
        """
        source = self.sources.get(date)
        if source is None:
            return None
        period = self.options["period_hours"]
        distance = great_circle_km(*self.grid, *source)
        wavelength = self.options["phase_speed_ms"] * 3.6 * period
        random = seeds.generator("world", self.seed, "precursor", str(date))
        phase = random.uniform(0, 2 * np.pi)
        hours = np.arange(24.0)[:, None, None]
        wave = np.cos(2 * np.pi * (hours / period - distance / wavelength) + phase)
        near = np.exp(-0.5 * (distance / self.options["radius_km"]) ** 2)
        return self.amplitude * near * envelope(hours) * wave

    def days(self, start: dt.date, end: dt.date) -> int:
        """The number of days from `start` to `end` with a packet."""
        return sum(start <= date <= end for date in self.sources)

    def truth(self, start: dt.date, end: dt.date) -> dict:
        """What was planted, for the summary of a world."""
        own = self.options
        return {
            "amplitude_sd": own["amplitude_sd"],
            "amplitude_log": round(self.amplitude, 6),
            "amplitude_factor": round(float(np.exp(self.amplitude)), 4),
            "form": (
                f"wave packet of random phase, period {own['period_hours']:g} h, on the UT day "
                f"before the day of an earthquake of M >= {own['magnitude_min']:g}, added to the "
                f"logarithm of VTEC, falling with distance (Gaussian of {own['radius_km']:g} km)"
            ),
            "planted_days": self.days(start, end),
        }


def envelope(hours: np.ndarray) -> np.ndarray:
    """Strength of the packet at hours 0..24 of its day: cosine flanks, 1 between."""
    inward = np.minimum(hours, 24.0 - np.asarray(hours))
    return 0.5 * (1 - np.cos(np.pi * np.clip(inward / TAPER_HOURS, 0, 1)))


def sources(events: pd.DataFrame, options: dict) -> dict[dt.date, tuple[float, float]]:
    """Epicentre (latitude, longitude) of the packet of each day that has one."""
    large = events["magnitude"] >= options["magnitude_min"] - 1e-9
    inside = inside_box(
        events["latitude"].to_numpy(),
        events["longitude"].to_numpy(),
        options["latitude"],
        options["longitude"],
    )
    own = events[large & inside].assign(day=lambda t: t["time"].dt.floor("D"))
    largest = own.sort_values("magnitude", kind="stable").groupby("day").tail(1).sort_values("day")
    return {
        row.day.date() - dt.timedelta(days=1): (row.latitude, row.longitude)
        for row in largest.itertuples()
    }


def check(options: dict) -> None:
    """Refuse what cannot be planted.

    Raises
    ------
    ConfigError : an amplitude outside 0..2 standard deviations, or a length that is not positive
    """
    amplitude = options["amplitude_sd"]
    if not 0 <= amplitude <= LARGEST_SD:
        raise ConfigError(
            f"simulate.precursor.amplitude_sd is {amplitude!r}; it must lie between 0 (no "
            f"precursor) and {LARGEST_SD:g} day-to-day standard deviations"
        )
    for name in ("period_hours", "radius_km", "phase_speed_ms"):
        if not options[name] > 0:
            raise ConfigError(f"simulate.precursor.{name} is {options[name]!r}, not above 0")

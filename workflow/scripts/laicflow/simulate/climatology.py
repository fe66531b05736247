"""Monthly median vertical TEC from PyIRI, cheap enough for years of maps.

PyIRI (Forsythe et al. 2024, Space Weather 22, e2023SW003739) gives the International Reference
Ionosphere's monthly medians for a whole array of points and hours at once. It is asked once a
calendar month on a coarse grid; everything else is interpolation.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from scipy.interpolate import make_interp_spline

# Heights of the electron-density profile, km: dense around the peaks, wide in the plasmasphere,
# up to the height of the GPS satellites.
HEIGHTS = np.concatenate(
    [np.arange(85, 500, 15), np.arange(500, 1200, 50), np.geomspace(1200, 20200, 16)]
).astype(float)

# Electrons per square metre in one TECU.
TECU = 1e16


class Climatology:
    """Monthly medians of VTEC on a grid, by calendar month, F10.7 level and hour.

    Parameters
    ----------
    latitude, longitude : geographic degrees, each monotonic
    months : calendar months (1..12) that will be asked for
    year : year whose magnetic field and Sun are used (their change in a few years is small)
    f107_levels : levels of F10.7 (sfu), ascending, between which VTEC is linear
    """

    def __init__(
        self,
        latitude: np.ndarray,
        longitude: np.ndarray,
        *,
        months: list[int],
        year: int,
        f107_levels: list[float],
    ) -> None:
        self.levels = np.asarray(f107_levels, float)
        self.medians = {
            month: monthly_vtec(latitude, longitude, month, year, self.levels) for month in months
        }

    def day(self, date: dt.date, f107: float) -> np.ndarray:
        """VTEC of a day at hours 0..23 UT, TECU, shape (24, latitude, longitude).

        Linear in F10.7 between the levels (held at the ends), linear in the day between the 15ths
        of two months, to which the medians belong.

        Raises
        ------
        KeyError : the date needs a month that was not asked for
        """
        before, after, weight = month_weights(date)
        medians = (1 - weight) * self.medians[before] + weight * self.medians[after]
        position = np.interp(f107, self.levels, np.arange(self.levels.size))
        low = min(int(position), self.levels.size - 2)
        share = position - low
        return (1 - share) * medians[low] + share * medians[low + 1]


def month_weights(date: dt.date) -> tuple[int, int, float]:
    """The months on whose 15th the neighbouring medians stand, and the weight of the later one."""
    this = date.replace(day=15)
    if date >= this:
        later = (this + dt.timedelta(days=31)).replace(day=15)
        earlier = this
    else:
        earlier = (this - dt.timedelta(days=31)).replace(day=15)
        later = this
    weight = (date - earlier).days / (later - earlier).days
    return earlier.month, later.month, weight


def monthly_vtec(
    latitude: np.ndarray, longitude: np.ndarray, month: int, year: int, levels: np.ndarray
) -> np.ndarray:
    """PyIRI's median VTEC of a month, TECU, shape (levels, 24, latitude, longitude)."""
    # PyIRI takes a second to import and only a world needs it.
    import PyIRI
    from PyIRI import edp_update, main_library

    points_lon, points_lat = (axis.ravel() for axis in np.meshgrid(longitude, latitude))
    hours = np.arange(24.0)
    f2, f1, e, _, _, _ = edp_update.IRI_monthly_mean_par(
        year, month, hours, points_lon, points_lat, PyIRI.coeff_dir, 0
    )
    maps = np.empty((levels.size, 24, points_lat.size))
    for index, level in enumerate(levels):
        layers = [
            main_library.solar_interpolation_of_dictionary(part, float(level))
            for part in (f2, f1, e)
        ]
        density = edp_update.reconstruct_density_from_parameters_1level(*layers, HEIGHTS)
        maps[index] = np.trapezoid(density, HEIGHTS * 1000.0, axis=1) / TECU
    return maps.reshape(levels.size, 24, latitude.size, longitude.size)


def axis_of(limits: list[float]) -> np.ndarray:
    """The grid values of IONEX limits (first, last, step), both ends included.

    Raises
    ------
    ValueError : the step does not lead from the first to the last value
    """
    first, last, step = (float(value) for value in limits)
    count = (last - first) / step if step else -1.0
    if count < 1 or abs(count - round(count)) > 1e-6:
        raise ValueError(f"{step} does not lead from {first} to {last}")
    return first + step * np.arange(round(count) + 1)


def coarse_axis(fine: np.ndarray, step: float) -> np.ndarray:
    """At least five evenly spaced values over the span of `fine`, about `step` apart.

    A grid that is coarser than that already is kept as it is.
    """
    span = abs(fine[-1] - fine[0])
    count = max(5, int(np.ceil(span / step)) + 1)
    return fine if count >= fine.size else np.linspace(fine[0], fine[-1], count)


def spline_operator(coarse: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """The matrix (fine, coarse) that takes values at `coarse` to a spline at `fine`.

    Cubic where there are enough values. Interpolation is linear in the values, so a matrix holds
    it, and applying one costs nothing beside making a spline for every map.
    """
    if coarse.size == fine.size and np.array_equal(coarse, fine):
        return np.eye(fine.size)
    sign = 1.0 if coarse[-1] > coarse[0] else -1.0
    degree = min(3, coarse.size - 1)
    return make_interp_spline(sign * coarse, np.eye(coarse.size), k=degree)(sign * fine)

"""The ionosphere of a world at any moment and place: VTEC and the shape of the profile.

VTEC is that of the maps before an analysis centre adds its noise, from the same draws
(`laicflow.simulate.ionosphere`): at whole hours and points of the grid the two are equal. Between
them the logarithm runs along cubic curves; beyond the edge of a regional grid it keeps the value
of the edge. The profile has the peak height of PyIRI's F2 layer, and the scale height at which a
Chapman layer has PyIRI's slab thickness (VTEC over NmF2); weather and storms move the whole column
by one factor, as the satellites of a world see it (`laicflow.simulate.plasma`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.ndimage import spline_filter1d

from laicflow.simulate.climatology import TECU, Climatology, month_weights, monthly_vtec
from laicflow.simulate.ionosphere import Ionosphere, storm_response

# A Chapman layer holds sqrt(2 pi e) times its peak density times its scale height.
SLAB = float(np.sqrt(2 * np.pi * np.e))
# Scale heights, km, of a layer that leaves the ground free.
SCALE_LIMITS = (25.0, 100.0)
# Columns that are repeated beyond the date line, so that a spline runs smoothly across it.
MARGIN = 8
# Rays whose coefficients are held at once.
PIECE = 2000
_DAY = dt.timedelta(days=1)


class Layers(Climatology):
    """Monthly medians of peak height and scale height (km), by month, F10.7 level, hour.

    `day` gives them in the shape (24, 2, latitude, longitude).

    Parameters
    ----------
    latitude, longitude : geographic degrees
    year, f107_levels : as `Climatology` takes them
    """

    def __init__(
        self, latitude: np.ndarray, longitude: np.ndarray, *, year: int, f107_levels: list[float]
    ) -> None:
        self.axes, self.year = (latitude, longitude), year
        self.levels = np.asarray(f107_levels, float)
        self.medians: dict[int, np.ndarray] = {}

    def day(self, date: dt.date, f107: float) -> np.ndarray:
        """Those of a day; months are made when they are asked for."""
        for month in month_weights(date)[:2]:
            if month not in self.medians:
                self.medians[month] = monthly_layers(*self.axes, month, self.year, self.levels)
        return super().day(date, f107)


def monthly_layers(
    latitude: np.ndarray, longitude: np.ndarray, month: int, year: int, levels: np.ndarray
) -> np.ndarray:
    """PyIRI's peak height of F2 and Chapman's scale height, km, (levels, 24, 2, lat, lon)."""
    import PyIRI
    from PyIRI import edp_update, main_library

    points_lon, points_lat = (axis.ravel() for axis in np.meshgrid(longitude, latitude))
    vtec = monthly_vtec(latitude, longitude, month, year, levels)
    f2, *_ = edp_update.IRI_monthly_mean_par(
        year, month, np.arange(24.0), points_lon, points_lat, PyIRI.coeff_dir, 0
    )
    found = np.empty((levels.size, 24, 2, latitude.size, longitude.size))
    for index, level in enumerate(levels):
        layer = main_library.solar_interpolation_of_dictionary(f2, float(level))
        peak, height = (layer[name].reshape(vtec.shape[1:]) for name in ("Nm", "hm"))
        slab = vtec[index] * TECU / peak / 1e3
        found[index, :, 0] = height
        found[index, :, 1] = np.clip(slab / SLAB, *SCALE_LIMITS)
    return found


class Column:
    """VTEC, peak height and scale height over any place at any moment of a world.

    Parameters
    ----------
    latitude, longitude : the grid of the world's maps, degrees
    start, end : first and last day of the world
    dst : hourly Dst (nT) by time, f107 : 81-day mean of F10.7 (sfu) by day, as
        `ionosphere.simulate_maps` takes them
    options : the `ionosphere` part of the options of a world
    disturbance : what is planted in the maps, as `ionosphere.simulate_maps` takes it
    """

    def __init__(
        self,
        latitude: np.ndarray,
        longitude: np.ndarray,
        start: dt.date,
        end: dt.date,
        *,
        dst: pd.Series,
        f107: pd.Series,
        options: dict,
        seed: int,
        disturbance: Callable[[dt.date], np.ndarray | None] | None = None,
    ) -> None:
        self.start, self.end, self.f107 = start, end, f107
        self.axes = (np.asarray(latitude, float), np.asarray(longitude, float))
        self.ionosphere = Ionosphere(
            latitude, longitude, start, end, options=options, seed=seed, disturbance=disturbance
        )
        self.layers = Layers(
            *self.ionosphere.coarse,
            year=start.year + (end.year - start.year) // 2,
            f107_levels=options["f107_levels"],
        )
        self.response = pd.Series(storm_response(dst.to_numpy(), options), index=dst.index)
        self._hours: dict[dt.date, np.ndarray] = {}
        self._cubes: dict[dt.date, np.ndarray] = {}

    def at(
        self, times: np.ndarray, latitude: np.ndarray, longitude: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """VTEC (TECU), peak height and scale height (km), each of shape (n, ...).

        Parameters
        ----------
        times : UTC, shape (n,), datetime64; the last moments before the world are of its first day
        latitude, longitude : degrees, shape (n, ...)
        """
        times = np.asarray(times, "datetime64[us]")
        if np.isnat(times).any():
            raise ValueError("a time is missing (NaT)")
        latitude, longitude = (np.asarray(a, float) for a in (latitude, longitude))
        found = np.empty((3, *latitude.shape))
        bounds = [np.datetime64(day, "D") for day in (self.start, self.end)]
        days = np.clip(times.astype("datetime64[D]"), *bounds)
        for day in np.unique(days):
            own = np.flatnonzero(days == day)
            cube = self._cube(day.astype(dt.date))
            hours = (times - day.astype("datetime64[us]")).astype("int64") / 3.6e9
            for first in range(0, own.size, PIECE):
                these = own[first : first + PIECE]
                found[:, these] = self._evaluated(
                    cube, hours[these], latitude[these], longitude[these]
                )
        return np.exp(found[0]), found[1], np.exp(found[2])

    def _evaluated(
        self, cube: np.ndarray, hours: np.ndarray, latitude: np.ndarray, longitude: np.ndarray
    ) -> np.ndarray:
        """The three fields of a day's cube at hours (n,) and places (n, ...)."""
        unique, epoch = np.unique(hours, return_inverse=True)
        before = np.clip(np.floor(unique).astype(int), 0, 23)
        weights = hermite(unique - before)
        (i, across), (j, along) = self._places(latitude, longitude)
        rows, columns = cube.shape[2:]
        wide = (slice(None), *(None,) * (latitude.ndim - 1))
        base = (epoch[wide] * rows + i) * columns + j
        found = np.zeros((3, *latitude.shape))
        # The cube begins an hour before the day. One field after the other: a third of the time.
        flat = [
            sum(weights[k][:, None, None] * field[before + k] for k in range(4)).ravel()
            for field in cube
        ]
        for a in range(4):
            for b in range(4):
                index, weight = base + (a * columns + b), across[a] * along[b]
                for field, values in zip(found, flat, strict=True):
                    field += weight * values.take(index)
        return found

    def _places(self, latitude: np.ndarray, longitude: np.ndarray) -> tuple:
        """First of four rows and columns of the padded grid, with their weights."""
        lat, lon = self.axes
        row = np.clip((latitude - lat[0]) / (lat[1] - lat[0]), 0, lat.size - 1)
        middle = (lon[0] + lon[-1]) / 2
        turned = np.remainder(longitude - middle + 180.0, 360.0) - 180.0 + middle
        column = np.clip((turned - lon[0]) / (lon[1] - lon[0]), 0, lon.size - 1)
        if self.ionosphere.wraps:
            column += MARGIN
        found = []
        for position in (row, column):
            # The padding of one before the grid makes the first of the four its floor.
            first = np.floor(position).astype(int)
            found.append((first, b_spline(position - first)))
        return tuple(found)

    def _cube(self, date: dt.date) -> np.ndarray:
        """Spline coefficients at hours -1..25 of a day, (3, 27, lat + 3, lon + 3)."""
        if date not in self._cubes:
            while len(self._cubes) >= 3:
                self._cubes.pop(next(iter(self._cubes)))
            fields = np.concatenate(
                [self._before(date), self._fields(date), self._fields(date + _DAY)[:2]]
            )
            if self.ionosphere.wraps:
                wide = ((0, 0), (0, 0), (0, 0), (MARGIN, MARGIN))
                fields = np.pad(fields[..., :-1], wide, mode="wrap")
                fields = np.concatenate([fields, fields[..., 2 * MARGIN : 2 * MARGIN + 1]], axis=-1)
            for axis in (2, 3):
                fields = spline_filter1d(fields, axis=axis, mode="mirror")
            padded = np.pad(fields, ((0, 0), (0, 0), (1, 2), (1, 2)), mode="reflect")
            self._cubes[date] = np.ascontiguousarray(np.moveaxis(padded, 1, 0))
        return self._cubes[date]

    def _before(self, date: dt.date) -> np.ndarray:
        """The fields an hour before a day; before the world they run on as they begin."""
        if date > self.start:
            return self._fields(date - _DAY)[-1:]
        fields = self._fields(date)
        return 2 * fields[:1] - fields[1:2]

    def _fields(self, date: dt.date) -> np.ndarray:
        """ln VTEC, peak height, ln scale height at hours 0..23, (24, 3, latitude, longitude)."""
        if date not in self._hours:
            while len(self._hours) >= 6:
                self._hours.pop(next(iter(self._hours)))
            vtec = self.ionosphere.hours_of(date, self.f107, self.response)
            layers = self.layers.day(date, float(self.f107[pd.Timestamp(date)]))
            own = self.ionosphere
            layers[:, 1] = np.log(layers[:, 1])
            layers = own.to_latitude @ layers @ own.to_longitude.T
            self._hours[date] = np.concatenate([np.log(vtec)[:, None], layers], axis=1)
        return self._hours[date]


def hermite(share: np.ndarray) -> list[np.ndarray]:
    """Weights of the values at -1, 0, 1, 2 for a place between 0 and 1 (Catmull & Rom 1974)."""
    s, s2, s3 = share, share**2, share**3
    return [
        (-s + 2 * s2 - s3) / 2,
        (2 - 5 * s2 + 3 * s3) / 2,
        (s + 4 * s2 - 3 * s3) / 2,
        (s3 - s2) / 2,
    ]


def b_spline(share: np.ndarray) -> list[np.ndarray]:
    """Weights of the coefficients at -1, 0, 1, 2 of a cubic B-spline for a place from 0 to 1."""
    s, rest = share, 1 - share
    return [
        rest**3 / 6,
        (4 - 6 * s**2 + 3 * s**3) / 6,
        (4 - 6 * rest**2 + 3 * rest**3) / 6,
        s**3 / 6,
    ]

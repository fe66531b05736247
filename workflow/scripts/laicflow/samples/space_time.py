"""Which samples along orbits lie in which circles of space and spans of time.

Millions of samples against thousands of events are not compared pair by pair. Samples stand in
cells, belts of latitude cut into steps of longitude that grow towards the poles so that all cells
are about equally large; inside a cell they stand in the order of time. A window asks the cells
that its circle touches for their samples of its time, by binary search, and only these are
measured. Circles are taken on the sphere, so that the date line and the poles are places like
others.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.geo import EARTH_RADIUS_KM

# Side of a cell in degrees: half the smallest circles that are usual hold a few of them.
SIDE = 2.0
# Widening of circles when cells are looked for (radians, 6 mm), above all rounding errors.
MARGIN = 1e-9
# Samples that are measured at a time, and cells that are asked at a time.
MOST, CELLS = 1000000, 500_000
# Samples that are sorted into cells at a time.
PART = 1 << 15

DOBROVOLSKY = "dobrovolsky"
WINDOW = ("latitude", "longitude", "radius_km", "start", "end")

Found = tuple[np.ndarray, np.ndarray, np.ndarray]


class Points:
    """Samples in space and time, ready to be asked for.

    Parameters
    ----------
    time : (n,) datetime64[us], UTC, in any order
    latitude, longitude : (n,) degrees; longitudes from -180 or from 0 on

    Raises
    ------
    LaicflowError : columns of unlike length, a time that is missing, a place that is none
    """

    def __init__(self, time: np.ndarray, latitude: np.ndarray, longitude: np.ndarray) -> None:
        time = np.asarray(time, dtype="datetime64[us]")
        latitude, longitude = np.asarray(latitude), np.asarray(longitude)
        if not time.shape == latitude.shape == longitude.shape or time.ndim != 1:
            raise LaicflowError(
                f"points: {time.shape} times, {latitude.shape} latitudes and "
                f"{longitude.shape} longitudes do not go together"
            )
        if np.isnat(time).any():
            raise LaicflowError("points: a time is missing")
        _refuse_places("points", latitude, longitude)
        # Rows of the points in the order of time; None where they stand so already.
        self.row = None
        if (time[1:] < time[:-1]).any():
            self.row = np.argsort(time, kind="stable")
            time, latitude, longitude = (v[self.row] for v in (time, latitude, longitude))
        self.time = time
        self.cells = _Cells(SIDE)
        # Belts of 2 degrees make 10,312 cells: a stable sort of 16-bit numbers is a radix sort.
        cell = np.empty(len(time), dtype="uint16")
        for part in _parts(len(time)):
            cell[part] = self.cells.of(latitude[part], longitude[part])
        order = np.argsort(cell, kind="stable")
        # One key for both: cell, then the place in the order of time.
        self.key = np.empty(len(time), dtype="int64")
        self.unit = np.empty((3, len(time)))
        for part in _parts(len(time)):
            own = order[part]
            self.key[part] = cell[own].astype("int64") * len(time) + own
            self.unit[:, part] = _unit(latitude[own], longitude[own])

    def __len__(self) -> int:
        return len(self.time)

    def pieces(self, windows: pd.DataFrame, most: int = MOST) -> Iterator[Found]:
        """Pairs of a window and a sample in it, in pieces whose size is bounded.

        Parameters
        ----------
        windows : `latitude`, `longitude` (degrees, the centre), `radius_km` (great circle, edge
            included; what is beyond half the globe's girth means all of it), `start`, `end`
            (UTC; start <= time < end)
        most : samples that are measured at a time, which bounds the memory; a piece holds at
            most so many pairs

        Yields
        ------
        window : (k,) int64, row of `windows` (its position, whatever its index is)
        point : (k,) int64, place of the sample in the arrays that were given
        distance_km : (k,) float32, from the window's centre

        Every pair comes once; windows ascend from piece to piece, and a window of many samples
        may go over several pieces. Inside a window samples come cell by cell.

        Raises
        ------
        LaicflowError : a window without a place, a radius that is negative or missing, an end
            before its start or missing
        """
        _refuse_windows(windows)
        if len(self) == 0 or len(windows) == 0:
            return
        latitude, longitude, radius = (
            windows[name].to_numpy(dtype="float64") for name in WINDOW[:3]
        )
        angle = np.minimum(radius / EARTH_RADIUS_KM, np.pi)
        centre = _unit(latitude, longitude)
        # (chord / 2)^2 = sin^2(angle / 2): compared, it needs no inverse sine for what is outside.
        reach = np.where(angle >= np.pi, np.inf, np.sin(angle / 2) ** 2)
        begin, end = (
            np.searchsorted(self.time, windows[name].to_numpy().astype("datetime64[us]"))
            for name in WINDOW[3:]
        )
        asked = np.flatnonzero(begin < end)
        for window, cell in self.cells.touched(latitude, longitude, angle, asked):
            base = cell * len(self)
            low = np.searchsorted(self.key, base + begin[window])
            high = np.searchsorted(self.key, base + end[window])
            some = high > low
            for run, place in _runs(low[some], high[some], most):
                own = window[some][run]
                half = sum((self.unit[k][place] - centre[k][own]) ** 2 for k in range(3)) / 4
                inside = half <= reach[own]
                own, half = own[inside], half[inside]
                point = self.key[place[inside]] - base[some][run[inside]]
                distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1)))
                if len(own):
                    point = point if self.row is None else self.row[point]
                    yield own, point, distance.astype("float32")

    def within(self, windows: pd.DataFrame) -> Found:
        """All pairs at once, by window and then by the place of the sample; see `pieces`."""
        found = list(self.pieces(windows))
        if not found:
            none = np.empty(0, dtype="int64")
            return none, none.copy(), np.empty(0, dtype="float32")
        window, point, distance = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(window * len(self) + point)
        return window[order], point[order], distance[order]

    def covered(self, windows: pd.DataFrame) -> np.ndarray:
        """Whether each sample lies in some window, (n,) bool; see `pieces`."""
        inside = np.zeros(len(self), dtype=bool)
        for _, point, _ in self.pieces(windows):
            inside[point] = True
        return inside


def windows_before(events: pd.DataFrame, *, days: float, radius: float | str) -> pd.DataFrame:
    """The windows of events: a circle around the epicentre, and the days that end with the event.

    Parameters
    ----------
    events : `time`, `latitude`, `longitude`; `magnitude` where the radius asks for it
    days : length; the event's own instant is not in its window
    radius : degrees of a great circle, or "dobrovolsky" for 10^(0.43 M) km (Dobrovolsky et al.
        1979, doi:10.1007/BF00876083, the radius of the preparation zone)

    Returns
    -------
    `latitude`, `longitude`, `radius_km`, `start`, `end`; a row for each event, its index kept.

    Raises
    ------
    LaicflowError : days or degrees that are no positive number, or an unknown radius
    """
    if not days > 0:
        raise LaicflowError(f"windows: expected days above 0, found {days!r}")
    km = radii_km(events, radius)
    place = events[["latitude", "longitude"]]
    end = events["time"]
    return place.assign(radius_km=km, start=end - pd.Timedelta(days=days), end=end)


def radii_km(events: pd.DataFrame, radius: float | str) -> np.ndarray:
    """Radii around events in km, (n,): a circle of degrees, or by `magnitude` "dobrovolsky".

    Raises
    ------
    LaicflowError : a radius that is none
    """
    if radius == DOBROVOLSKY:
        return 10 ** (0.43 * events["magnitude"].to_numpy(dtype="float64"))
    if isinstance(radius, int | float) and 0 < radius <= 180:
        return np.full(len(events), np.radians(radius) * EARTH_RADIUS_KM)
    raise LaicflowError(
        f"windows: expected a radius in degrees (above 0, at most 180) or {DOBROVOLSKY!r}, "
        f"found {radius!r}"
    )


def removed_data(
    points: Points, removed: pd.DataFrame, kept: pd.DataFrame | None = None
) -> np.ndarray:
    """Which samples belong to removed events alone, (n,) bool: they go with their events.

    An aftershock follows its mainshock by days and lies beside it, so that its days beforehand
    are mostly the mainshock's too. A sample in a window of a kept event is therefore spared where
    `kept` is given; without it everything in the windows of removed events goes.

    Parameters
    ----------
    points : the samples
    removed, kept : windows (see `Points.pieces`) of the events that were removed as aftershocks,
        and of those that were kept
    """
    gone = points.covered(removed)
    return gone if kept is None else gone & ~points.covered(kept)


class _Cells:
    """Belts of latitude of `side` degrees, each cut into whole steps of longitude.

    Cells are numbered belt by belt from the south pole, in a belt eastwards from longitude 0.
    """

    def __init__(self, side: float) -> None:
        self.belts = round(180 / side)
        self.side = 180 / self.belts
        middle = np.radians(self.side * (np.arange(self.belts) + 0.5) - 90)
        self.steps = np.maximum(np.round(360 * np.cos(middle) / self.side), 1).astype("int64")
        self.first = np.concatenate([[0], np.cumsum(self.steps)[:-1]])

    def of(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """The cell of each place, int64."""
        belt = self._belt(latitude.astype("float64"))
        steps = self.steps[belt]
        longitude = longitude.astype("float64")
        # What rounds to 360 may stand on either side of 0: circles are widened, see `MARGIN`.
        east = np.where(longitude < 0, longitude + 360, longitude)
        step = (east * (steps / 360)).astype("int64")
        return self.first[belt] + np.minimum(step, steps - 1)

    def touched(
        self, latitude: np.ndarray, longitude: np.ndarray, angle: np.ndarray, asked: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Window and cell of every cell that a circle may touch, for the windows `asked`.

        In pieces of some `CELLS`, windows ascending; (k,), (k,). Degrees, `angle` in radians.
        """
        south = self._belt(latitude - np.degrees(angle + MARGIN))
        north = self._belt(latitude + np.degrees(angle + MARGIN))
        # No belt has more steps than that at the equator.
        at_most = np.cumsum((north - south + 1)[asked] * self.steps.max())
        for part in np.split(asked, np.flatnonzero(np.diff(at_most // CELLS)) + 1):
            window, belt = _spread(part, south[part], (north - south + 1)[part])
            west, count = self._columns(
                latitude[window], longitude[window], angle[window] + MARGIN, belt
            )
            row, column = _spread(np.arange(len(window)), west, count)
            belt = belt[row]
            yield window[row], self.first[belt] + column % self.steps[belt]

    def _belt(self, latitude: np.ndarray) -> np.ndarray:
        """The belt of each latitude; what is beyond a pole is in the last one."""
        belt = np.floor((latitude + 90) / self.side).astype("int64")
        return np.clip(belt, 0, self.belts - 1)

    def _columns(
        self, latitude: np.ndarray, longitude: np.ndarray, angle: np.ndarray, belt: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The first step of longitude of a circle in a belt, and how many it touches there.

        On the parallel phi a circle of radius r around phi_c reaches as far aside as
        cos(aside) = (cos r - sin phi_c sin phi) / (cos phi_c cos phi). In a belt that is furthest
        at one of its edges or where the circle touches a meridian, sin phi = sin phi_c / cos r.
        """
        centre = np.radians(latitude)
        low = np.radians(belt * self.side - 90)
        high = low + np.radians(self.side)
        low, high = np.maximum(low, centre - angle), np.minimum(high, centre + angle)
        sine, cosine = np.sin(centre), np.cos(angle)
        turn = np.divide(sine, cosine, out=np.full(len(sine), 2.0), where=cosine != 0)
        turn = np.arcsin(np.clip(turn, -1, 1))
        turn = np.where((turn > low) & (turn < high), turn, low)
        aside = np.zeros(len(sine))
        for parallel in (low, high, turn):
            flat = np.maximum(np.cos(centre) * np.cos(parallel), 1e-12)
            ratio = (cosine - sine * np.sin(parallel)) / flat
            aside = np.maximum(aside, np.arccos(np.clip(ratio, -1, 1)))
        # Around a pole every longitude is near.
        aside = np.where((belt == 0) | (belt == self.belts - 1), np.pi, aside) + MARGIN
        steps = self.steps[belt]
        scale = steps / 360
        west = np.floor((longitude - np.degrees(aside)) * scale).astype("int64")
        east = np.floor((longitude + np.degrees(aside)) * scale).astype("int64")
        return west, np.minimum(east - west + 1, steps)


def _spread(name: np.ndarray, first: np.ndarray, count: np.ndarray) -> tuple:
    """Runs of whole numbers written out: each name `count` times, and first, first + 1, ..."""
    shift = first - (np.cumsum(count) - count)
    return np.repeat(name, count), np.repeat(shift, count) + np.arange(count.sum())


def _runs(low: np.ndarray, high: np.ndarray, most: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Runs [low, high) written out in pieces of at most `most`: number of the run, and place."""
    if not len(low):
        return
    upto = np.cumsum(high - low)
    for begin in range(0, int(upto[-1]), most):
        end = min(begin + most, int(upto[-1]))
        first, last = np.searchsorted(upto, [begin, end - 1], side="right")
        number = np.arange(first, last + 1)
        start, stop = low[first : last + 1].copy(), high[first : last + 1].copy()
        start[0] = high[first] - (upto[first] - begin)
        stop[-1] = high[last] - (upto[last] - end)
        yield _spread(number, start, stop - start)


def _parts(number: int) -> list[slice]:
    """Slices of what a processor's cache holds."""
    return [slice(begin, begin + PART) for begin in range(0, number, PART)]


def _unit(latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, ...]:
    """Places as vectors of length 1: three arrays (n,) of float64."""
    lat, lon = (np.radians(np.asarray(v, dtype="float64")) for v in (latitude, longitude))
    flat = np.cos(lat)
    return flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)


def _refuse_places(what: str, latitude: np.ndarray, longitude: np.ndarray) -> None:
    """Refuse places that are not on the globe, and such as are not finite."""
    good = (np.abs(latitude) <= 90) & (longitude >= -180) & (longitude <= 360)
    if not good.all():
        row = int(np.argmin(good))
        raise LaicflowError(
            f"{what}: row {row} is at latitude {latitude[row]}, longitude {longitude[row]}, "
            "expected -90 to 90 and -180 to 360"
        )


def _refuse_windows(windows: pd.DataFrame) -> None:
    """Refuse windows that say nothing."""
    lost = [name for name in WINDOW if name not in windows]
    if lost:
        raise LaicflowError(f"windows: no column {', '.join(lost)}")
    _refuse_places("windows", windows["latitude"].to_numpy(), windows["longitude"].to_numpy())
    for name, good in (
        ("radius_km", windows["radius_km"] >= 0),
        ("end", windows["end"] >= windows["start"]),
    ):
        if not good.all():
            row = int(np.argmin(good.to_numpy()))
            raise LaicflowError(
                f"windows: row {row} has {name} {windows[name].iloc[row]}, expected "
                + ("0 or more" if name == "radius_km" else "a time not before its start")
            )

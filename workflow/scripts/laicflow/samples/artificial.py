"""Artificial events: times and places where no earthquake was near, for the class without any.

Two ways. `draw` throws as many events as there are real ones at random over the globe and the
span. Since real ones stand in belts, place alone then tells the two apart. `matched` puts one in
the very place of each real event, at the same season of another year, so that it cannot.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.errors import ConfigError, LaicflowError
from laicflow.geo import great_circle_km
from laicflow.samples.space_time import radii_km

SPHERE, LATITUDE = "sphere", "latitude"
BOX, EITHER = "box", "either"
APART = {"degrees": 10.0, "days": 15.0, "reading": BOX, "zone": None}

DAY = 86_400_000_000  # microseconds
YEAR_DAYS = 365.2425
# Tries for each event that is asked for, before it is said that there is no room.
TRIES_EACH = 200
# Pairs of a try and a real event that are held at a time.
PAIRS = 4_000_000

COLUMNS = ["time", "latitude", "longitude", "magnitude"]


def draw(
    real: pd.DataFrame,
    rng: np.random.Generator,
    *,
    start: pd.Timestamp,
    end: pd.Timestamp,
    latitude_max: float,
    geometry: str = SPHERE,
    apart: dict | None = None,
    against: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """As many artificial events as real ones, random in time and place.

    A try that is not apart from all real events is refused and made anew. Magnitudes are those of
    the real events in another order, so that radii that depend on them are the same set.

    Parameters
    ----------
    real : `time` (UTC), `latitude`, `longitude` (degrees), `magnitude`
    start, end : times are uniform in [start, end)
    latitude_max : degrees; latitudes lie within +- it
    geometry : "sphere" for places uniform on the sphere, "latitude" for latitudes uniform in
        degrees, of which more lie towards the poles than their share of the area
    apart : `degrees` (10), `days` (15) and how they are read (`reading`): "box", refused where a
        real event is within the degrees in latitude and in longitude (across the date line) and
        within the days before or after, all at once, edges included; "either", refused where one
        is within the degrees at any time, or within the days anywhere; `zone` (None): the radius
        around a real event, degrees or "dobrovolsky" (`space_time.radii_km`), within which it is
        near as well: a large one prepares further away than the degrees reach
    against : the events to be apart from; `real` where it is None

    Returns
    -------
    `time`, `latitude`, `longitude`, `magnitude` in the order of time; attrs: `tries` up to the
    last one that was taken, and `refused` of them.

    Raises
    ------
    ConfigError : settings that are none, or that leave too little room: after 200 tries for each
        event that is asked for there are not enough; the message has the counts
    LaicflowError : a real event without a time, place or magnitude
    """
    rule = _rule(apart)
    _check_span(start, end)
    if not 0 < latitude_max <= 90:
        raise ConfigError(f"artificial events: latitude_max must be in 0 to 90: {latitude_max!r}")
    if geometry not in (SPHERE, LATITUDE):
        raise ConfigError(
            f"artificial events: unknown geometry {geometry!r}; known are {SPHERE}, {LATITUDE}"
        )
    _check(real)
    near = _Near(real if against is None else against, rule)
    number, most = len(real), TRIES_EACH * len(real)
    parts, tries, taken = [], 0, 0
    while taken < number:
        size = min(max(1024, 2 * (number - taken)), most - tries)
        if size == 0:
            raise ConfigError(
                f"artificial events: {taken} of {number} found after {tries} tries, {tries - taken}"
                f" refused: no room apart from the {len(near)} real events (reading "
                f"{rule['reading']}, {rule['degrees']:g} degrees, {rule['days']:g} days)"
            )
        time = rng.integers(_us(start), _us(end), size)
        latitude, longitude = _places(rng, size, latitude_max, geometry)
        good = np.flatnonzero(~near.any(time, latitude, longitude))[: number - taken]
        taken += len(good)
        tries += int(good[-1]) + 1 if taken == number else size
        parts.append((time[good], latitude[good], longitude[good]))
    columns = [np.concatenate(own) for own in zip(*parts, strict=True)] if parts else [[]] * 3
    magnitude = real["magnitude"].to_numpy(dtype="float64")[rng.permutation(number)]
    made = _table(*columns, magnitude).sort_values(COLUMNS, ignore_index=True)
    made.attrs = {"tries": tries, "refused": tries - number}
    return made


def _places(
    rng: np.random.Generator, size: int, latitude_max: float, geometry: str
) -> tuple[np.ndarray, np.ndarray]:
    """Random latitudes and longitudes."""
    if geometry == SPHERE:
        # Archimedes: equal heights of a sphere have equal areas.
        edge = np.sin(np.radians(latitude_max))
        latitude = np.degrees(np.arcsin(rng.uniform(-edge, edge, size)))
    else:
        latitude = rng.uniform(-latitude_max, latitude_max, size)
    return latitude, rng.uniform(-180, 180, size)


def matched(
    real: pd.DataFrame,
    rng: np.random.Generator,
    *,
    start: pd.Timestamp,
    end: pd.Timestamp,
    season_days: float = 15.0,
    apart: dict | None = None,
    against: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """An artificial event in the place of each real one, at the same season of another year.

    The time is drawn evenly from all times within `season_days` of the same day of other years
    that are apart from every real event; where there is none, from all times of the span that
    are; where there is none either, the real event has no partner. Place and magnitude are the
    real event's, so place and radius tell the two classes apart no more than the missing partners
    let them. Each real event is served for itself: partners of neighbours may overlap.

    Parameters
    ----------
    real, start, end, against : see `draw`; `matched` needs the reading "box"
    season_days : how far from the same day of another year, less than half a year
    apart : `degrees`, `days` and `zone` as in `draw`; the wider, the fewer partners where the Earth
        trembles often

    Returns
    -------
    `time`, `latitude`, `longitude`, `magnitude`, and `partner`, the index label of the real event
    in `real`, in whose order they stand. attrs: `asked`, `made`, `without_partner`,
    `out_of_season` (of those made, how many have a time of another season).

    Raises
    ------
    ConfigError : settings that are none
    LaicflowError : a real event without a time, place or magnitude
    """
    rule = _rule(apart)
    _check_span(start, end)
    if rule["reading"] != BOX:
        raise ConfigError(
            f"artificial events: in the place of a real one, reading {rule['reading']!r} leaves "
            f"none; expected {BOX!r}"
        )
    if not 0 < season_days < YEAR_DAYS / 2:
        raise ConfigError(f"artificial events: season_days must be in 0 to 182: {season_days!r}")
    _check(real)
    near = _Near(real if against is None else against, rule)
    span = np.array([_us(start), _us(end)])
    own = np.full(len(real), np.iinfo("int64").min)
    other_season = np.zeros(len(real), dtype=bool)
    rows = zip(_times(real), *(real[c].to_numpy() for c in COLUMNS[1:3]), strict=True)
    for row, (time, latitude, longitude) in enumerate(rows):
        free = near.free(latitude, longitude, span)
        seasons = _seasons(int(time), span, season_days)
        chosen = _common(free, seasons)
        other_season[row] = not len(chosen) and len(free) > 0
        chosen = chosen if len(chosen) else free
        if len(chosen):
            own[row] = _drawn(chosen, rng)
    there = own > np.iinfo("int64").min
    kept = real[there]
    made = _table(own[there], *(kept[c].to_numpy(dtype="float64") for c in COLUMNS[1:]))
    made["partner"] = kept.index.to_numpy()
    made.attrs = {
        "asked": len(real),
        "made": len(made),
        "without_partner": len(real) - len(made),
        "out_of_season": int(other_season.sum()),
    }
    return made


class _Near:
    """Real events, asked for those that are near in the sense of the rule."""

    def __init__(self, real: pd.DataFrame, rule: dict) -> None:
        _check(real)
        time = _times(real)
        order = np.argsort(time, kind="stable")
        self.time = time[order]
        self.latitude, self.longitude = (
            real[name].to_numpy(dtype="float64")[order] for name in ("latitude", "longitude")
        )
        self.degrees, self.span = rule["degrees"], round(rule["days"] * DAY)
        self.either = rule["reading"] == EITHER
        self.reach = None
        if rule["zone"] is not None:
            self.reach = radii_km(real, rule["zone"])[order]

    def __len__(self) -> int:
        return len(self.time)

    def any(self, time: np.ndarray, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Whether some real event is near each try, (n,)."""
        first = np.searchsorted(self.time, time - self.span, side="left")
        last = np.searchsorted(self.time, time + self.span, side="right")
        if self.either:
            found = last > first
            rest = np.flatnonzero(~found)
            nothing = np.zeros(len(rest), dtype="int64")
            found[rest] = self._beside(
                latitude[rest], longitude[rest], nothing, nothing + len(self)
            )
            return found
        return self._beside(latitude, longitude, first, last)

    def _beside(
        self, latitude: np.ndarray, longitude: np.ndarray, first: np.ndarray, last: np.ndarray
    ) -> np.ndarray:
        """Whether some event of [first, last) is within the degrees of each place."""
        found = np.zeros(len(latitude), dtype=bool)
        piece = np.cumsum(last - first) // PAIRS
        for part in np.split(np.arange(len(latitude)), np.flatnonzero(np.diff(piece)) + 1):
            count = last[part] - first[part]
            row = np.repeat(part, count)
            shift = first[part] - (np.cumsum(count) - count)
            event = np.repeat(shift, count) + np.arange(len(row))
            found[row[self._close(latitude[row], longitude[row], event)]] = True
        return found

    def _close(self, latitude: object, longitude: object, event: object) -> np.ndarray:
        """Whether events are within the degrees in latitude and in longitude of places.

        With a zone also whether the places lie in that of the events.
        """
        there = self.latitude[event], self.longitude[event]
        aside = np.abs(there[1] - longitude) % 360
        close = np.minimum(aside, 360 - aside) <= self.degrees
        close &= np.abs(there[0] - latitude) <= self.degrees
        if self.reach is not None:
            close |= great_circle_km(latitude, longitude, *there) <= self.reach[event]
        return close

    def free(self, latitude: float, longitude: float, span: np.ndarray) -> np.ndarray:
        """The times of a span at which nothing is near a place: [start, end) in rows, (k, 2)."""
        time = self.time[self._close(latitude, longitude, slice(None))]
        # What is exactly as far as the days is near, the microsecond after it no longer.
        begin = np.append(span[0], time + self.span + 1)
        until = np.append(time - self.span, span[1])
        # Blocked stretches are equally long and in order, so their gaps lie between neighbours.
        gaps = np.column_stack([np.maximum(begin, span[0]), np.minimum(until, span[1])])
        return gaps[gaps[:, 1] > gaps[:, 0]]


def _seasons(time: int, span: np.ndarray, season_days: float) -> np.ndarray:
    """The same season of all other years that a span reaches: [start, end) in rows, (k, 2)."""
    year, half = YEAR_DAYS * DAY, season_days * DAY
    years = np.arange(np.floor((span[0] - time) / year), np.ceil((span[1] - time) / year) + 1)
    middle = time + years[years != 0] * year
    return np.column_stack([middle - half, middle + half]).round().astype("int64")


def _common(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What two sets of stretches have in common, (k, 2)."""
    begin = np.maximum(one[:, None, 0], other[None, :, 0]).ravel()
    end = np.minimum(one[:, None, 1], other[None, :, 1]).ravel()
    return np.column_stack([begin, end])[end > begin]


def _drawn(stretches: np.ndarray, rng: np.random.Generator) -> int:
    """A time drawn evenly from stretches."""
    upto = np.cumsum(stretches[:, 1] - stretches[:, 0])
    at = int(rng.integers(upto[-1]))
    row = int(np.searchsorted(upto, at, side="right"))
    return int(stretches[row, 1] - (upto[row] - at))


def _rule(apart: dict | None) -> dict:
    """The rule by which events are apart, with what was not said."""
    rule = {**APART, **(apart or {})}
    unknown = sorted(set(rule) - set(APART))
    if unknown:
        raise ConfigError(f"artificial events: apart has unknown {', '.join(unknown)}")
    if rule["reading"] not in (BOX, EITHER):
        raise ConfigError(
            f"artificial events: unknown reading {rule['reading']!r}; known are {BOX}, {EITHER}"
        )
    for name, most in (("degrees", 180.0), ("days", 1e5)):
        if not 0 <= rule[name] <= most:
            raise ConfigError(f"artificial events: {name} must be in 0 to {most:g}: {rule[name]!r}")
    return rule


def _check_span(start: pd.Timestamp, end: pd.Timestamp) -> None:
    """Refuse a span without length."""
    if not pd.Timestamp(start) < pd.Timestamp(end):
        raise ConfigError(f"artificial events: expected a start before the end: {start}, {end}")


def _check(real: pd.DataFrame) -> None:
    """Refuse events of which something is missing."""
    for column in COLUMNS:
        if real[column].isna().any():
            row = real.index[int(np.argmax(real[column].isna()))]
            raise LaicflowError(f"artificial events: real event {row} has no {column}")


def _us(time: pd.Timestamp) -> int:
    """Microseconds since 1970."""
    return int(np.datetime64(pd.Timestamp(time), "us").astype("int64"))


def _times(events: pd.DataFrame) -> np.ndarray:
    """The times of events in microseconds since 1970, (n,)."""
    return events["time"].to_numpy().astype("datetime64[us]").astype("int64")


def _table(
    time: np.ndarray, latitude: np.ndarray, longitude: np.ndarray, magnitude: np.ndarray
) -> pd.DataFrame:
    """Events as a table."""
    time = np.asarray(time, dtype="int64").astype("datetime64[us]")
    values = [np.asarray(v, dtype="float64") for v in (latitude, longitude, magnitude)]
    return pd.DataFrame(dict(zip(COLUMNS, [time, *values], strict=True)))

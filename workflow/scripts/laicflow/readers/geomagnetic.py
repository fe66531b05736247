"""Minute data of a geomagnetic observatory as one Dataset, whatever format they came in.

The readers of the formats (`iaga2002`, `iaf`, `imagcdf`) hand their columns to `dataset`; `combine`
puts files of one observatory together.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import FormatError
from laicflow.readers import geomagnetic_vector

VARIABLES = ("X", "Y", "Z", "F")
_NAMES = ("field to geographic north", "field to east", "field down", "total field")
# Best first. Archives write `provisional` for what their services call adjusted, `variation` for
# reported.
STATES = ("definitive", "quasi-definitive", "adjusted", "provisional", "reported", "variation", "")
_STATE_WORDS = {
    "d": "definitive",
    "q": "quasi-definitive",
    "quasi definitive": "quasi-definitive",
    "quasidefinitive": "quasi-definitive",
    "quasi-def": "quasi-definitive",
    "a": "adjusted",
    "p": "provisional",
    "preliminary": "provisional",
    "r": "reported",
    "v": "variation",
    "variations": "variation",
    "variational": "variation",
    # Publication levels of ImagCDF: as recorded, edited, quasi-definitive, final.
    "1": "reported",
    "2": "adjusted",
    "3": "quasi-definitive",
    "4": "definitive",
}
# Headers round the place of an observatory differently; two observatories are further apart.
_SAME_PLACE = 0.5
# No file is longer than a year: a longer hole is a wrong date, and would be filled with millions
# of missing minutes.
_LONGEST_HOLE = np.timedelta64(366, "D")


@dataclasses.dataclass(frozen=True)
class Header:
    """What a file says of itself.

    Degrees (longitude -180..180), metres (NaN where it does not say), `interval_s` the seconds
    between values; the texts as found; `declination_baseline` (degrees) or None.
    """

    observatory: str
    latitude: float
    longitude: float
    elevation_m: float
    publication_state_found: str = ""
    reported: str = ""
    interval: str = ""
    interval_s: int = 60
    declination_baseline: float | None = None
    flags: tuple[str, ...] = ()


@dataclasses.dataclass
class Column:
    """The values of a component (NaN where there is none) and how many the file lacks.

    `missing` values were measured and lost, `not_observed` ones never were.
    """

    values: np.ndarray
    missing: int = 0
    not_observed: int = 0


def publication_state(text: str) -> str:
    """The state that a text means: one of `STATES`, "" where it is none of them."""
    word = " ".join(text.lower().split())
    word = _STATE_WORDS.get(word, word)
    return word if word in STATES else ""


def column(values: np.ndarray, missing: float, not_observed: float, scale: float) -> Column:
    """A Column from numbers of a file: codes become NaN and are counted, the rest is scaled.

    Parameters
    ----------
    values : the numbers, of integer value
    missing, not_observed : the codes; any number from a code to below the next unit (of the
        scaled value) is one: writers differ in the decimals of 99999.00
    scale : how many units of `values` are one nT or one minute of arc
    """
    lost = (values >= missing) & (values < missing + scale)
    absent = (values >= not_observed) & (values < not_observed + scale)
    scaled = values / scale
    counts = int(np.count_nonzero(lost)), int(np.count_nonzero(absent))
    if any(counts):
        scaled[lost | absent] = np.nan
    return Column(scaled, *counts)


def dataset(
    path: str | Path, header: Header, times: np.ndarray, columns: dict[str, Column]
) -> xr.Dataset:
    """The Dataset that every reader of geomagnetic data returns.

    Parameters
    ----------
    path : the file, for messages; its name becomes the attribute `file`
    header : what the file says of itself
    times : datetime64[us], UTC, strictly increasing on the grid of `header.interval_s`
    columns : by letter of `geomagnetic_vector.LETTERS`

    Returns
    -------
    Dataset of X, Y, Z, F (nT, float64) by `time` (UTC, datetime64[us]), without holes from first
    to last. Attributes: observatory, latitude, longitude (degrees), elevation_m, publication_state
    (one of `STATES`) and publication_state_found, reported, interval (as found), interval_s,
    absolute (1, or 0 where the values lack their level or their orientation is IGRF's),
    declination_baseline (degrees, only where the file gives one), flags (what was derived, and
    how, joined by "; "), not_observed (letters of the components that the file has nowhere),
    missing_minutes (no record in the file, filled with NaN), values_json (by component:
    how many values are missing, how many not observed), file.

    Raises
    ------
    FormatError : as `geomagnetic_vector.to_xyzf`, or a hole longer than a year
    """
    state = publication_state(header.publication_state_found)
    year = int(times[0].astype("datetime64[Y]").astype(int)) + 1970
    place = geomagnetic_vector.Place(header.latitude, header.longitude, header.elevation_m, year)
    vector = geomagnetic_vector.to_xyzf(
        {letter: one.values for letter, one in columns.items()},
        place,
        path,
        baseline=header.declination_baseline,
        definitive=state == "definitive",
    )
    values = np.stack([vector.x, vector.y, vector.z, vector.f])
    grid, values = _without_holes(times, values, header.interval_s, path)
    attributes = _attributes(header, columns) | {
        "publication_state": state,
        "absolute": int(vector.absolute),
        "flags": "; ".join([*header.flags, *vector.flags]),
        "missing_minutes": int(grid.size - times.size) * header.interval_s // 60,
        "file": Path(path).name,
    }
    return _build(grid, values, attributes)


def _attributes(header: Header, columns: dict[str, Column]) -> dict:
    """The attributes that header and columns give."""
    names = [one.name for one in dataclasses.fields(Header) if one.name != "flags"]
    attributes = {name: getattr(header, name) for name in names}
    if header.declination_baseline is None:
        del attributes["declination_baseline"]
    absent = [key for key, one in columns.items() if one.not_observed == one.values.size]
    if not {"F", "S", "G"} & set(columns):
        absent.append("F")
    counts = {
        key: {"missing": one.missing, "not_observed": one.not_observed}
        for key, one in sorted(columns.items())
    }
    return attributes | {"not_observed": "".join(absent), "values_json": json.dumps(counts)}


def _without_holes(
    times: np.ndarray, values: np.ndarray, interval_s: int, path: str | Path
) -> tuple[np.ndarray, np.ndarray]:
    """Times of the whole grid, and the values on it (NaN where the file has no record)."""
    step = np.timedelta64(interval_s, "s")
    places = (times - times[0]) // step
    size = int(places[-1]) + 1
    if size == times.size:
        return times, values
    hole = int(np.argmax(np.diff(times)))
    if times[hole + 1] - times[hole] > _LONGEST_HOLE:
        expected = f"a time within a year of the one before, {times[hole]}"
        raise FormatError(path, None, expected, times[hole + 1])
    filled = np.full((len(values), size), np.nan)
    filled[:, places] = values
    return times[0] + np.arange(size) * step, filled


def _build(times: np.ndarray, values: np.ndarray, attributes: dict) -> xr.Dataset:
    """The Dataset of times, values (4 x time) and attributes."""
    variables = {
        name: ("time", values[row], {"units": "nT", "long_name": _NAMES[row]})
        for row, name in enumerate(VARIABLES)
    }
    return xr.Dataset(variables, {"time": times.astype("datetime64[us]", copy=False)}, attributes)


def combine(datasets: Sequence[xr.Dataset], *, tolerance: float = 0.0) -> xr.Dataset:
    """One Dataset of several of one observatory, in any order.

    Where two overlap, the better publication state wins, its missing values too (what was taken
    out of better data was wrong); files of the same state must agree, and fill each other's
    missing values. A file without any value (what services send for a state that they do not
    have) says nothing.

    Parameters
    ----------
    datasets : as the readers of this package return them, at least one
    tolerance : by how much (nT) values of the same state may differ and still agree; those of
        the file that begins first stay

    Returns
    -------
    Dataset as of `dataset`, from the first to the last time of all. publication_state is the
    weakest that was used, minutes_by_state_json says how many times came from each; absolute is
    1 where all are; missing_minutes counts times that no file covers and those the files lack.
    Beside them: files, files_without_data, and the overlaps by what came of them:
    overlap_equal, overlap_filled (same state, one had the missing values of the other),
    overlap_replaced and overlap_blanked (better state, another value or none).

    Raises
    ------
    ValueError : there are no datasets
    FormatError : one is of another observatory, place, interval or grid, or values of one state
        differ
    """
    if not datasets:
        raise ValueError("combine needs at least one dataset")
    for one in datasets[1:]:
        _check_same(datasets[0], one)
    step = np.timedelta64(int(datasets[0].attrs["interval_s"]), "s")
    start = min(one["time"].values[0] for one in datasets)
    stop = max(one["time"].values[-1] for one in datasets)
    size = int((stop - start) // step) + 1
    merged = _Merged.empty(size, start, step)
    used = [one for one in datasets if _has_values(one)]
    # Better states last, so that they are written over the others.
    for one in sorted(used, key=lambda one: (-_rank(one), one["time"].values[0], _file(one))):
        merged.add(one, tolerance)
    attributes = _combined_attributes(used or list(datasets), merged)
    attributes |= {"files": len(datasets), "files_without_data": len(datasets) - len(used)}
    grid = start + np.arange(size) * step
    return _build(grid, merged.values, attributes)


def _rank(one: xr.Dataset) -> int:
    return STATES.index(one.attrs["publication_state"])


def _file(one: xr.Dataset) -> str:
    return one.attrs["file"]


def _has_values(one: xr.Dataset) -> bool:
    return any(bool(np.isfinite(one[name].values).any()) for name in VARIABLES)


def _check_same(first: xr.Dataset, one: xr.Dataset) -> None:
    """Refuse what cannot be put beside the first."""
    name, other = first.attrs["observatory"], one.attrs["observatory"]
    if name != other:
        raise FormatError(_file(one), None, f"observatory {name}, as {_file(first)}", other)
    south = abs(first.attrs["latitude"] - one.attrs["latitude"])
    west = abs(
        geomagnetic_vector.wrapped(first.attrs["longitude"] - one.attrs["longitude"])
    ) * math.cos(math.radians(first.attrs["latitude"]))
    if max(south, west) > _SAME_PLACE:
        places = [
            f"{one.attrs['latitude']:.3f} N {one.attrs['longitude']:.3f} E" for one in (first, one)
        ]
        raise FormatError(_file(one), None, f"{name} at {places[0]}", places[1])
    step, found = first.attrs["interval_s"], one.attrs["interval_s"]
    apart = (one["time"].values[0] - first["time"].values[0]) % np.timedelta64(int(step), "s")
    if step != found or apart:
        expected = f"times on the grid of {step} s of {_file(first)}"
        raise FormatError(_file(one), None, expected, f"{found} s, {apart} beside it")


@dataclasses.dataclass
class _Merged:
    """Values on the common grid, the rank of the state of each time (-1: none), counts."""

    values: np.ndarray
    rank: np.ndarray
    start: np.datetime64
    step: np.timedelta64
    counts: dict[str, int]

    @classmethod
    def empty(cls, size: int, start: np.datetime64, step: np.timedelta64) -> _Merged:
        kinds = ("equal", "filled", "replaced", "blanked")
        counts = {f"overlap_{kind}": 0 for kind in kinds}
        values = np.full((len(VARIABLES), size), np.nan)
        return cls(values, np.full(size, -1, dtype="int8"), start, step, counts)

    def add(self, one: xr.Dataset, tolerance: float) -> None:
        """Write a Dataset whose state is as good as any that is there, or better."""
        at = int((one["time"].values[0] - self.start) // self.step)
        part = slice(at, at + one.sizes["time"])
        new = np.stack([one[name].values for name in VARIABLES])
        old, rank = self.values[:, part], self.rank[part]
        if (rank < 0).all():  # the usual case: nothing is there yet
            self.values[:, part], self.rank[part] = new, _rank(one)
            return
        with np.errstate(invalid="ignore"):
            differs = np.abs(new - old) > tolerance
        same = rank == _rank(one)
        self._refuse(one, (differs & same).any(axis=0), part)
        either = np.isfinite(old) != np.isfinite(new)
        self._count("equal", (rank >= 0) & ~(differs | either).any(axis=0))
        self._count("filled", same & either.any(axis=0))
        better = (rank >= 0) & ~same & (differs | either).any(axis=0)
        blank = better & (np.isfinite(old) & ~np.isfinite(new)).any(axis=0)
        self._count("blanked", blank)
        self._count("replaced", better & ~blank)
        self.values[:, part] = np.where(same & np.isfinite(old), old, new)
        self.rank[part] = _rank(one)

    def _count(self, kind: str, minutes: np.ndarray) -> None:
        self.counts[f"overlap_{kind}"] += int(np.count_nonzero(minutes))

    def _refuse(self, one: xr.Dataset, minutes: np.ndarray, part: slice) -> None:
        if minutes.any():
            first = self.start + (part.start + int(np.argmax(minutes))) * self.step
            state = one.attrs["publication_state"] or "unknown state"
            expected = f"the values of the other files of {state} from {first}"
            found = f"others at {int(np.count_nonzero(minutes))} times"
            raise FormatError(_file(one), None, expected, found)


def _combined_attributes(used: list[xr.Dataset], merged: _Merged) -> dict:
    """Attributes of the whole, from those of the parts."""
    parts = [one.attrs for one in sorted(used, key=lambda one: (one["time"].values[0], _file(one)))]
    ranks, minutes = np.unique(merged.rank[merged.rank >= 0], return_counts=True)
    by_state = {STATES[rank]: int(count) for rank, count in zip(ranks, minutes, strict=True)}
    values: dict[str, dict[str, int]] = {}
    for part in parts:
        for key, counts in json.loads(part["values_json"]).items():
            mine = values.setdefault(key, {"missing": 0, "not_observed": 0})
            for kind, count in counts.items():
                mine[kind] += count
    uncovered = int(np.count_nonzero(merged.rank < 0)) * int(parts[0]["interval_s"]) // 60
    result = {
        **parts[0],
        "publication_state": max(by_state, key=STATES.index, default=""),
        "minutes_by_state_json": json.dumps(by_state),
        "absolute": min(part["absolute"] for part in parts),
        "missing_minutes": uncovered + sum(part["missing_minutes"] for part in parts),
        "values_json": json.dumps(values, sort_keys=True),
        **merged.counts,
    }
    for name, by in (("flags", "; "), ("reported", ","), ("publication_state_found", ",")):
        texts = [text for part in parts for text in part[name].split(by) if text]
        result[name] = by.join(dict.fromkeys(texts))
    always = set.intersection(*(set(part["not_observed"]) for part in parts))
    result["not_observed"] = "".join(one for one in parts[0]["not_observed"] if one in always)
    if len({part.get("declination_baseline") for part in parts}) > 1:
        result.pop("declination_baseline", None)
    result["file"] = ",".join(dict.fromkeys(part["file"] for part in (parts[0], parts[-1])))
    return result

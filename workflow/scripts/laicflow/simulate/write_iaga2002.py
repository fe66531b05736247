"""Writing of simulated minutes as IAGA-2002 (IAGA Division V, data exchange format of 2001).

Twelve header lines with labels from column 2, values from column 25 and `|` in column 70, a
comment, the names of the columns, then records of 70 characters: date, time, day of the year and
four values, each a blank and F9.2. 99999.00 is missing, 88888.00 not observed. D is in minutes of
arc, all else in nT.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import ConfigError
from laicflow.files import atomic_path

MISSING = 99999.0
NOT_OBSERVED = 88888.0
DAY = 1440
# States of publication and their letters in the names of files.
STATES = {"definitive": "d", "quasi-definitive": "q", "provisional": "p", "variation": "v"}
ORIENTATIONS = ("XYZF", "HDZF")
_LARGEST = 80000.0  # nT; the field at the ground is nowhere above 70,000
_MINUTE = np.timedelta64(1, "m")


def write_iaga2002(
    dataset: xr.Dataset,
    folder: str | Path,
    *,
    state: str,
    orientation: str = "XYZF",
    per: str = "day",
) -> list[Path]:
    """Write the files of an observatory's minutes and give their paths, in order of time.

    Parameters
    ----------
    dataset : X, Y, Z, F (nT, NaN where missing) by `time` (UTC, every minute); attributes
        observatory (IAGA code), latitude, longitude (degrees), elevation_m
    folder : gets `<iaga><yyyymmdd><letter>min.min`, or `<iaga><yyyymm><letter>min.min`
    state : one of `STATES`
    orientation : `XYZF`, or `HDZF` with D from -10800 to 10800 minutes of arc
    per : `day` or `month`, which a file holds; days that the dataset begins or ends within are
        filled with missing minutes, other days of a month are not written

    Raises
    ------
    ConfigError : state, orientation or per is unknown; times are not every minute; a value is no
        field of the Earth
    """
    if state not in STATES or orientation not in ORIENTATIONS or per not in ("day", "month"):
        raise ConfigError(f"IAGA-2002 of {state!r}, {orientation!r}, by {per!r} cannot be written")
    times, values = _whole_days(dataset)
    columns = _columns(values, orientation)
    header = _header(dataset.attrs, state, orientation)
    days = times[::DAY].astype("datetime64[D]")
    length = 10 if per == "day" else 7
    groups: dict[str, list[int]] = {}
    for at, day in enumerate(days):
        groups.setdefault(str(day)[:length].replace("-", ""), []).append(at)
    paths = []
    for name, members in groups.items():
        code = str(dataset.attrs["observatory"]).lower()
        path = Path(folder) / f"{code}{name}{STATES[state]}min.min"
        records = [day_records(days[at], columns[:, at * DAY : (at + 1) * DAY]) for at in members]
        with atomic_path(path) as temporary:
            temporary.write_bytes((header + "".join(records)).encode("ascii"))
        paths.append(path)
    return paths


def day_records(day: np.datetime64, columns: np.ndarray) -> str:
    """The 1440 records of a day; columns (4 x 1440) with the codes in place."""
    of_year = int((day - day.astype("datetime64[Y]")).astype(int)) + 1
    heads = (
        f"{day} {minute // 60:02d}:{minute % 60:02d}:00.000 {of_year:03d}   "
        for minute in range(DAY)
    )
    form = "".join(head + "%10.2f%10.2f%10.2f%10.2f\n" for head in heads)
    return form % tuple(columns.T.ravel().tolist())


def _whole_days(dataset: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Times of whole days, and X, Y, Z, F (4 x minutes) on them."""
    times = dataset["time"].values.astype("datetime64[m]")
    if (
        not times.size
        or (times != dataset["time"].values).any()
        or (np.diff(times) != _MINUTE).any()
    ):
        raise ConfigError("IAGA-2002: expected a time every minute")
    values = np.stack([dataset[name].values.astype("float64") for name in "XYZF"])
    with np.errstate(invalid="ignore"):
        if np.isinf(values).any() or (np.abs(values) > _LARGEST).any():
            raise ConfigError(f"IAGA-2002: expected fields of at most {_LARGEST:.0f} nT")
    first = times[0].astype("datetime64[D]").astype("datetime64[m]")
    stop = times[-1].astype("datetime64[D]").astype("datetime64[m]") + np.timedelta64(DAY, "m")
    size = int((stop - first) / _MINUTE)
    begin = int((times[0] - first) / _MINUTE)
    filled = np.full((4, size), np.nan)
    filled[:, begin : begin + times.size] = values
    return first + np.arange(size) * _MINUTE, filled


def _columns(values: np.ndarray, orientation: str) -> np.ndarray:
    """The four columns, rounded, with codes where there is no value."""
    x, y, z, f = values
    if orientation == "HDZF":
        values = np.stack([np.hypot(x, y), np.degrees(np.arctan2(y, x)) * 60.0, z, f])
    # Adding 0 makes 0.00 of -0.00.
    columns = np.where(np.isnan(values), MISSING, np.round(values, 2) + 0.0)
    # A scalar that is nowhere, beside a vector that is, was not measured.
    if np.isnan(f).all() and not np.isnan(values[:3]).all():
        columns[3] = NOT_OBSERVED
    return columns


def _header(attributes: dict, state: str, orientation: str) -> str:
    """Header, comment and names of the columns."""
    code = str(attributes["observatory"]).upper()
    rows = [
        ("Format", "IAGA-2002"),
        ("Source of Data", "laicflow simulate"),
        ("Station Name", f"Simulated {code}"),
        ("IAGA CODE", code),
        ("Geodetic Latitude", f"{attributes['latitude']:.3f}"),
        # Observatories count it from 0 to 360.
        ("Geodetic Longitude", f"{attributes['longitude'] % 360.0:.3f}"),
        ("Elevation", f"{attributes['elevation_m']:.0f}"),
        ("Reported", orientation),
        ("Sensor Orientation", orientation),
        ("Digital Sampling", "1.0 seconds"),
        ("Data Interval Type", "Average 1-Minute (00:30-01:29)"),
        ("Data Type", state.capitalize()),
    ]
    lines = [f" {label:<23}{value:<45}|\n" for label, value in rows]
    lines.append(f" # {'Simulated: not an observation.':<66}|\n")
    names = "".join(f"{code + letter:<10}" for letter in orientation)
    return "".join(lines) + f"{'DATE       TIME         DOY     ' + names:<69.69}|\n"

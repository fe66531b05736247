"""A ready series of VTEC over one place with solar-wind and activity indices, comma-separated.

Layout of `vtec_10E_40N_2017-2019_hourly.csv`: a first line of names with their units in brackets,
`Date-time,Day of year,Hour of day,F10.7 index (sfu),Solar wind speed (km/s),Bz index (nT),
Dst index (nT),VTEC 10E 40N (TECU)`, then a row an epoch in UTC. The place stands in the name of
the last column. Blank cells are missing values, and so are the fill values of the OMNI data base
(9999 km/s, 999.9 nT), which stand in the file as if they were measured. From which maps or
receivers such a series comes the file does not say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.errors import FormatError
from laicflow.readers import delimited, fields, raw

TIME = "Date-time"
# Columns that repeat the time, and what they say of it.
REPEATED = {"Day of year": lambda t: t.timetuple().tm_yday, "Hour of day": lambda t: t.hour}
# Columns beside VTEC: our name, that of the file, unit, and what OMNI writes for a missing value.
INDICES = (
    ("f107", "F10.7 index (sfu)", "sfu", 999.9),
    ("wind_speed", "Solar wind speed (km/s)", "km s-1", 9999.0),
    ("bz", "Bz index (nT)", "nT", 999.9),
    ("dst", "Dst index (nT)", "nT", 99999.0),
)
VTEC = re.compile(r"VTEC ([0-9.]+)([EW]) ([0-9.]+)([NS]) \(TECU\)")
_EXPECTED = "one column 'VTEC <longitude>E|W <latitude>N|S (TECU)'"


def read(path: str | Path) -> pd.DataFrame:
    """The series of a file, in the order of time.

    Returns
    -------
    `time` (UTC), `vtec` (TECU), `f107` (sfu), `wind_speed` (km/s), `bz` (nT), `dst` (nT), NaN
    where a cell is blank or a fill value. Only rows of the file: gaps are not filled. Attributes:
    `units` by column, `latitude`, `longitude` (degrees), `step_s` (the commonest step), `gaps` (how
    many steps are longer), `missing_epochs` (how many epochs those leave out), `missing` by column
    and, among them, `fill_values`

    Raises
    ------
    FormatError : a column is missing, a time stands twice, goes back or off the grid of the
        commonest step, its day of year or hour contradict it, a cell is no number, a VTEC is
        negative, or there are fewer than two rows
    """
    text = raw.read_text(path)
    name, latitude, longitude = _place(text, path)
    columns = [TIME, *REPEATED, *(told for _, told, *_ in INDICES), name]
    times, values, lines = [], [], []
    for line, cells in delimited.rows(text, path, columns):
        time = _time(cells, path, line)
        if times and time <= times[-1]:
            found = "the same time again" if time == times[-1] else time
            raise FormatError(path, line, f"a time after {times[-1]}", found)
        times.append(time)
        lines.append(line)
        values.append(list(_numbers(cells, columns, path, line)))
    if len(times) < 2:
        raise FormatError(path, None, "two rows of a series or more", len(times))
    step, gaps, missing = _steps(np.array(times, dtype="datetime64[us]"), lines, path)
    table = pd.DataFrame({"time": pd.Series(times, dtype="datetime64[us]")})
    table["vtec"] = np.array([row[-1] for row in values])
    fills = {}
    for index, (own, _, _, fill) in enumerate(INDICES):
        column = np.array([row[index] for row in values])
        fills[own] = int((column == fill).sum())
        table[own] = np.where(column == fill, np.nan, column)
    units = {"vtec": "TECU"} | {own: unit for own, _, unit, _ in INDICES}
    table.attrs = {
        "units": units,
        "latitude": latitude,
        "longitude": longitude,
        "step_s": step,
        "gaps": gaps,
        "missing_epochs": missing,
        "missing": {own: int(table[own].isna().sum()) for own in units},
        "fill_values": fills,
    }
    return table


def _place(text: str, path: str | Path) -> tuple[str, float, float]:
    """Name of the column of VTEC, and the latitude and longitude that it holds."""
    names = [name.strip() for name in text.split("\n", 1)[0].split(",")]
    found = [match for name in names if (match := VTEC.fullmatch(name))]
    if len(found) != 1:
        raise FormatError(path, 1, _EXPECTED, f"{len(found)} in {','.join(names)[:120]!r}")
    east, side, north, half = found[0].groups()
    longitude = fields.number(east, path, 1, "the longitude") * (1 if side == "E" else -1)
    latitude = fields.number(north, path, 1, "the latitude") * (1 if half == "N" else -1)
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise FormatError(path, 1, "a place on the globe", found[0][0])
    return found[0][0], latitude, longitude


def _time(cells: list[str], path: str | Path, line: int) -> dt.datetime:
    """The time of a row, held against its day of year and its hour."""
    time = fields.time(cells[0], path, line, TIME)
    for (name, of_time), cell in zip(REPEATED.items(), cells[1:], strict=False):
        found = fields.integer(cell.strip(), path, line, name)
        if found != of_time(time):
            raise FormatError(path, line, f"{name} {of_time(time)} of {time}", found)
    return time


def _numbers(cells: list[str], columns: list[str], path: str | Path, line: int) -> Iterator[float]:
    """Indices and VTEC of a row, NaN for a blank cell."""
    first = 1 + len(REPEATED)
    for name, cell in zip(columns[first:], cells[first:], strict=True):
        yield fields.number(cell, path, line, name) if cell.strip() else np.nan
    if cells[-1].strip() and float(cells[-1]) < 0:
        raise FormatError(path, line, "a VTEC that is not negative", cells[-1])


def _steps(times: np.ndarray, lines: list[int], path: str | Path) -> tuple[float, int, int]:
    """The commonest step in seconds, how many steps are longer, and what epochs they leave out."""
    steps = np.diff(times)
    sizes, counts = np.unique(steps, return_counts=True)
    step = sizes[counts.argmax()]
    if odd := np.flatnonzero(steps % step != np.timedelta64(0, "us")).tolist():
        expected = f"a multiple of {pd.Timedelta(step)} after {times[odd[0]]}"
        raise FormatError(path, lines[odd[0] + 1], expected, times[odd[0] + 1])
    missing = int((steps // step - 1).sum())
    return float(step / np.timedelta64(1, "s")), int((steps > step).sum()), missing

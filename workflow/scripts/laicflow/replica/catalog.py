"""Event catalogs of a folder, merged and put into the columns of the USGS service."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

# The columns of the service's csv (services document, section 1), in their order.
COLUMNS = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource"
).split(",")

# A widespread compilation ("Significant Earthquakes, 1965-2016") names them otherwise.
KAGGLE = {
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Depth": "depth",
    "Magnitude": "mag",
    "Magnitude Type": "magType",
    "Azimuthal Gap": "gap",
    "Horizontal Distance": "dmin",
    "Root Mean Square": "rms",
    "ID": "id",
    "Source": "net",
    "Type": "type",
    "Horizontal Error": "horizontalError",
    "Depth Error": "depthError",
    "Magnitude Error": "magError",
    "Magnitude Seismic Stations": "magNst",
    "Depth Seismic Stations": "nst",
    "Status": "status",
    "Location Source": "locationSource",
    "Magnitude Source": "magSource",
}
# Columns that the service writes in lower case.
LOWER = ["magType", "net", "id", "type", "status", "locationSource", "magSource"]


def load(files: list[Path], name: Callable[[Path], str]) -> pd.DataFrame:
    """All events of the files once, all columns as text but for those named below.

    Files that are neither a csv of the service nor the compilation are passed over. Of an event
    that stands in several files the one updated last counts, and a reformatted row only where
    there is no other. `when` is the time (UTC), `size`, `north` and `east` are numbers, `file` says
    where the row is from, `reformatted` whether its columns were made here.

    Parameters
    ----------
    name : how a file is called in `file`
    """
    tables = []
    for path in files:
        table = _read(path, name(path))
        if table is not None:
            tables.append(table)
    if not tables:
        return pd.DataFrame()
    joined = pd.concat(tables, ignore_index=True)
    numbers = {"size": "mag", "north": "latitude", "east": "longitude", "deep": "depth"}
    for column, number in numbers.items():
        joined[column] = pd.to_numeric(joined[number], errors="coerce")
    joined["revised"] = _times(joined["updated"])
    joined = joined[joined["when"].notna() & joined["north"].notna() & joined["east"].notna()]
    order = joined.sort_values(["reformatted", "updated"], ascending=[False, True], kind="stable")
    once = order.drop_duplicates("id", keep="last")
    return once.sort_values(["when", "id"], kind="stable").reset_index(drop=True)


def _read(path: Path, name: str) -> pd.DataFrame | None:
    """One file in the service's columns, None where it is of no known kind."""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        header = file.readline().strip().split(",")
    given = header in (COLUMNS, COLUMNS[:15])
    if not given and not {"Date", "Time", *KAGGLE} <= set(header):
        return None
    table = pd.read_csv(
        path, dtype=str, keep_default_na=False, encoding="utf-8-sig", encoding_errors="replace"
    )
    table = _given(table) if given else _from_kaggle(table, name)
    table["time"] = table["when"].dt.strftime("%Y-%m-%dT%H:%M:%S.%f").str[:-3] + "Z"
    table["id"] = table["id"].str.lower()
    return table.assign(file=name, reformatted=not given)


def _given(table: pd.DataFrame) -> pd.DataFrame:
    """A csv of the service; older ones have 15 columns and times with a blank."""
    for column in COLUMNS[15:]:
        if column not in table:
            table[column] = ""
    return table.assign(when=_times(table["time"]))


def _from_kaggle(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The compilation in the service's columns; `place` says that it was reformatted.

    Dates are month/day/year, but for a few rows that hold a whole ISO time in both columns.
    """
    made = table.rename(columns=KAGGLE)
    made[LOWER] = made[LOWER].apply(lambda column: column.str.lower())
    whole = table["Date"].str.contains("T", regex=False)
    parts = table["Date"].str.split("/", expand=True).reindex(columns=range(3)).fillna("")
    clock = table["Time"].str.zfill(8)
    iso = parts[2] + "-" + parts[0].str.zfill(2) + "-" + parts[1].str.zfill(2) + "T" + clock
    made["when"] = _times(iso.where(~whole, table["Date"]))
    for count in ("nst", "magNst"):
        made[count] = made[count].str.removesuffix(".0")
    made["updated"] = ""
    made["place"] = f"reformatted from {name.rsplit('/', 1)[-1]}"
    return made[[*COLUMNS[1:], "when"]]


def _times(text: pd.Series) -> pd.Series:
    """Instants (UTC, without a zone) to the millisecond, NaT where they cannot be read."""
    found = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce")
    return found.dt.tz_localize(None).dt.floor("ms")

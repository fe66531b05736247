"""Writing of simulated events in the 22 columns of the USGS event service."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from laicflow.files import write_text

COLUMNS = (
    ["time", "latitude", "longitude", "depth", "mag", "magType", "nst", "gap", "dmin", "rms"]
    + ["net", "id", "updated", "place", "type", "horizontalError", "depthError", "magError"]
    + ["magNst", "status", "locationSource", "magSource"]
)
# Days after an event at which a reviewed solution usually stands.
REVIEW_DAYS = 60


def write_catalog(events: pd.DataFrame, years: list[int], folder: Path) -> list[Path]:
    """Write `usgs_<year>.csv` for each year, newest event first; an empty year has its header."""
    paths = []
    for year in years:
        path = Path(folder) / f"usgs_{year}.csv"
        write_text(catalog_text(events[events["time"].dt.year == year]), path)
        paths.append(path)
    return paths


def catalog_text(events: pd.DataFrame) -> str:
    """The csv of some events, as the service answers: newest first, a missing value empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for event in events.iloc[::-1].itertuples():
        writer.writerow(_row(event))
    return buffer.getvalue()


def _row(event) -> list:
    """One event; its network `sim` and its place say that it is simulated."""
    large = event.magnitude >= 5.5
    near = f"{abs(event.latitude):.0f}{'N' if event.latitude >= 0 else 'S'}"
    east = f"{abs(event.longitude):.0f}{'E' if event.longitude >= 0 else 'W'}"
    return [
        _iso(event.time),
        _number(event.latitude),
        _number(event.longitude),
        _number(event.depth_km),
        _number(event.magnitude),
        "mww" if large else "mb",
        *["", "", "", ""],
        "sim",
        f"sim{event.number:08d}",
        _iso(event.time + pd.Timedelta(days=REVIEW_DAYS)),
        f"simulated event, near {near} {east}",
        "earthquake",
        *["", "", "", ""],
        "reviewed",
        "sim",
        "sim",
    ]


def _number(value: float) -> str:
    """A number without trailing zeros, at most four decimals."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _iso(time: pd.Timestamp) -> str:
    """A time as the service writes it, to the millisecond."""
    return time.isoformat(timespec="milliseconds") + "Z"

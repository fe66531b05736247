"""Outgoing longwave radiation around the earthquake: an index of each day against other years."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.anomalies.rst_maps import COUNTED, by_chance, elsewhere
from laicflow.plots import daily_maps
from laicflow.plots.drawing import Drawn
from laicflow.plots.time_axis import Event
from laicflow.studies.results import Results

UNITS = {"latitude": "deg", "longitude": "deg", "olr": "W m-2", "mean": "W m-2", "std": "W m-2"}
UNITS |= {"years": "1", "rst": "1"}
# Ends of the colours, standard deviations.
LIMIT = 4.0
PRODUCTS = {
    "cdr": "OLR of NOAA, climate data record",
    "interpolated": "OLR of NOAA, interpolated",
    "uninterpolated": "OLR of NOAA, not interpolated",
}


def fig9(results: Results) -> Drawn:
    """The RST index on the days around the earthquake, a block of maps for each variant shown.

    Variants that treat the tested day's own year alike have the same maps, which stand once.
    """
    shown = _unlike(results.rst)
    groups = {_named(names, made): made["rst"] for names, made in shown}
    own = results.settings["olr"]
    lines = _lines(shown[0][1])
    event = _event(results.settings["event"])
    figure = daily_maps.draw_groups(
        groups,
        event,
        name="RST index of OLR (standard deviations)",
        limit=LIMIT,
        circle_km=own["circle_km"],
        lines=lines,
        title=_title(shown),
    )
    return Drawn(figure, _rows(results.rst), UNITS)


def _unlike(rst: dict[str, xr.Dataset]) -> list[tuple[list[str], xr.Dataset]]:
    """Indices that differ, each with the variants that have it."""
    found: list[tuple[list[str], xr.Dataset]] = []
    for variant, made in rst.items():
        for names, other in found:
            if made["rst"].equals(other["rst"]):
                names.append(variant)
                break
        else:
            found.append(([variant], made))
    return found


def _named(names: list[str], made: xr.Dataset) -> str:
    """What stands above the maps of some variants."""
    own = "left out of its mean" if made.attrs["leave_out"] else "part of its own mean"
    return f"{', '.join(names)}: the tested year is {own}"


def _title(shown: list[tuple[list[str], xr.Dataset]]) -> str:
    """Record; values above the limits beside those by chance and those of the other years."""
    attrs = shown[0][1].attrs
    product = PRODUCTS.get(attrs["product"], attrs["product"])
    steps = [float(np.diff(shown[0][1][axis]).min()) for axis in ("latitude", "longitude")]
    cells = " x ".join(f"{step:g}" for step in steps)
    said = [
        f"{product}, cells of {cells} degrees; years {attrs['first_year']} to {attrs['last_year']}"
    ]
    for names, one in shown:
        counts = []
        for limit in COUNTED:
            above, cells, chance = by_chance(one, limit)
            counts.append(f"+{limit:g}: {above:,} ({chance:,.0f} by chance{_range(one, limit)})")
        behind = sorted({int(n) for n in np.unique(one["years"].values) if n})
        years = " to ".join(str(n) for n in dict.fromkeys([*behind[:1], *behind[-1:]])) or "no"
        said.append(f"{', '.join(names)}: {cells:,} values, {years} years behind each; above")
        said.append(f"    {', '.join(counts)}{_largest(one, behind)}")
    return "\n".join(said)


def _largest(made: xr.Dataset, behind: list[int]) -> str:
    """The largest index that can be, where the tested day is part of its own mean."""
    if made.attrs["leave_out"] or not behind:
        return ""
    # All of n values alike but one: it lies (n - 1) / sqrt(n) deviations (n - 1) from the mean.
    return f"; at most {(behind[-1] - 1) / math.sqrt(behind[-1]):.2f} is possible"


def _range(made: xr.Dataset, limit: float) -> str:
    """Fewest and most values above a limit on the same days of the other years."""
    others = elsewhere(made, limit)
    if not others:
        return ""
    return f"; {min(others.values()):,} to {max(others.values()):,} in {len(others)} other years"


def _lines(made: xr.Dataset) -> dict[str, list[np.ndarray]]:
    """Lines over the maps, by name."""
    return {
        name: [np.asarray(path) for path in paths]
        for name, paths in json.loads(made.attrs["lines"]).items()
    }


def _event(own: dict) -> Event:
    """The earthquake as the maps show it."""
    name = f"{own['name']} M{own['magnitude']:g}"
    return Event(np.datetime64(own["time"], "us"), name, own["latitude"], own["longitude"])


def _rows(rst: dict[str, xr.Dataset]) -> pd.DataFrame:
    """A row a variant, day and cell; those without an index too."""
    parts = []
    for variant, made in rst.items():
        names = ["olr", "mean", "std", "years", "rst"]
        table = made[names].to_dataframe(["time", "latitude", "longitude"]).reset_index()
        parts.append(table.assign(variant=variant))
    rows = pd.concat(parts, ignore_index=True)
    rows["time"] = rows["time"].astype("datetime64[us]")
    rows = rows.astype({name: "float64" for name in ("olr", "mean", "std", "rst")})
    return rows[["variant", "time", "latitude", "longitude", *names]]

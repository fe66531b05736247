"""Read a file as the workflow would, and print what is in it."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

import pandas as pd
import xarray as xr

from laicflow.errors import ConfigError

FORMATS = (
    "celestrak_kp",
    "celestrak_sw",
    "cses_lap",
    "demeter_isl",
    "dst_html",
    "dst_wdc",
    "events_csv",
    "fdsn_text",
    "gfz_f107",
    "iaf",
    "iaga2002",
    "imagcdf",
    "ionex",
    "ionex_unended",
    "isc_gem",
    "isf",
    "kp_json",
    "kp_text",
    "kp_wdc",
    "penticton",
    "quakeml",
    "swarm_hapi",
    "swarm_lp",
    "usgs_csv",
    "usgs_geojson",
)

# Units of the columns whose names do not tell them.
UNITS = {
    "kp": "dimensionless",
    "dst": "nT",
    "f107": "sfu",
    "f107_adjusted": "sfu",
    "latitude": "degrees",
    "longitude": "degrees",
    "local_time": "h",
    "ne": "cm-3",
    "te": "K",
}
WIDTH = 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("format", choices=FORMATS)
    parser.add_argument("files", nargs="+", type=Path)


def run(options: argparse.Namespace) -> int:
    """Print the content of each file."""
    reader = importlib.import_module(f"laicflow.readers.{options.format}")
    for path in options.files:
        if not path.is_file():
            raise ConfigError(f"no file {path}")
        print(path)
        _show(reader.read(path))
        print()
    return 0


def _show(content: object) -> None:
    """Print what a reader gives: a table or maps, or several of them."""
    if isinstance(content, tuple | list):
        for part in content:
            _show(part)
        return
    with pd.option_context("display.width", WIDTH, "display.max_columns", None):
        print(content)
    units = _units(content)
    if units:
        print("units: " + ", ".join(f"{name} {unit}" for name, unit in units.items()))
    # What the reader left out or masked, where it counts that.
    counts = content.attrs.get("counts") if isinstance(content, pd.DataFrame) else None
    if counts:
        print("counts: " + ", ".join(f"{name} {number}" for name, number in counts.items()))


def _units(content: object) -> dict[str, str]:
    """Unit of each column or variable, where it is known."""
    if isinstance(content, xr.Dataset):
        known = {name: one.attrs.get("units") for name, one in content.variables.items()}
    elif isinstance(content, pd.DataFrame):
        known = {name: UNITS.get(name) for name in content.columns}
    else:
        known = {}
    return {str(name): unit for name, unit in known.items() if unit}

"""Read a file as the workflow would, and print what is in it."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from laicflow.errors import ConfigError

FORMATS = ("celestrak_sw", "dst_wdc", "ionex", "kp_wdc", "usgs_csv", "usgs_geojson")


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
        print(f"{path}\n{reader.read(path)}\n")
    return 0

"""Hold a configuration to its schema and say what it would be."""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from laicflow import config
from laicflow.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("overlays", nargs="*", type=Path, help="overlays, the later ones on top")
    parser.add_argument("--folder", type=Path, default=Path("config"), help="default: config")
    parser.add_argument("--show", action="store_true", help="print the merged configuration")


def run(options: argparse.Namespace) -> int:
    """Check the overlays."""
    for path in (options.folder / "config.yaml", *options.overlays):
        if not path.is_file():
            raise ConfigError(f"no file {path}")
    whole = config.load(options.folder, tuple(options.overlays))
    config.validate(whole, options.folder)
    if options.show:
        print(yaml.safe_dump(whole, sort_keys=False), end="")
    print(f"run {whole['run']}: fits its schema, upstream {whole['upstream']}")
    return 0

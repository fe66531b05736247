"""Hold a configuration to its schema and say what it would be."""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from laicflow import config, left_out, plan, upstream
from laicflow.errors import ConfigError
from laicflow.sources import registry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("overlays", nargs="*", type=Path, help="overlays, the later ones on top")
    parser.add_argument("--folder", type=Path, default=Path("config"), help="default: config")
    parser.add_argument("--show", action="store_true", help="print the merged configuration")


def _parse(path: Path) -> None:
    """Refuse a file that is not YAML, by its name."""
    try:
        yaml.safe_load(path.read_text())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = error.problem or error.context
        raise ConfigError(f"{path}{place}: not YAML: {what}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = str(error).splitlines()[0]
        raise ConfigError(f"{path}: not YAML: {what}") from error


def run(options: argparse.Namespace) -> int:
    """Check the overlays."""
    for path in (options.folder / "config.yaml", *options.overlays):
        if not path.is_file():
            raise ConfigError(f"no file {path}")
    studies = sorted((options.folder / "studies").glob("*.yaml"))
    for path in (options.folder / "config.yaml", *studies, *options.overlays):
        _parse(path)
    whole = config.load(options.folder, tuple(options.overlays))
    gone = left_out.settle(whole, options.folder)
    plan.check_sources(whole, options.folder)
    _check_folders(whole, options.folder)
    if options.show:
        print(yaml.safe_dump(whole, sort_keys=False), end="")
    print(f"run {whole['run']}: fits its schema, upstream {whole['upstream']}")
    listed = {name: own for name, own in gone.items() if name in whole["studies"]}
    for line in [*left_out.lines(listed), *_logins(whole, options.folder)]:
        print(line)
    return 0


def _check_folders(whole: dict, folder: Path) -> None:
    """Refuse folders of files that are not there, all at once."""
    lacking = [
        text
        for source in plan.used(whole)
        for text in upstream.lacking(whole, source, registry.settings(source, folder))
    ]
    if lacking:
        raise ConfigError("\n".join(lacking))


def _logins(whole: dict, folder: Path) -> list[str]:
    """What the environment lacks of logins that the upstreams may want."""
    return [
        text
        for source in plan.used(whole)
        for text in upstream.logins(whole, source, registry.settings(source, folder))
    ]

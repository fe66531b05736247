"""Hold a configuration to its schema and say what it would be."""

from __future__ import annotations

import argparse
from pathlib import Path

import yaml

from laicflow import config, left_out, plan, registered, upstream
from laicflow.errors import ConfigError
from laicflow.sources import registry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("overlays", nargs="*", type=Path, help="overlays, the later ones on top")
    parser.add_argument("--folder", type=Path, default=Path("config"), help="default: config")
    parser.add_argument("--show", action="store_true", help="print the merged configuration")


def load(folder: Path, overlays: tuple[Path, ...] = ()) -> dict:
    """The configuration as of `laicflow.config.load`, not yet held to its schema.

    Parameters
    ----------
    folder : folder of the configuration
    overlays : the later ones on top

    Raises
    ------
    ConfigError : a file is not there or is no YAML with keys; says where
    """
    for path in (folder / "config.yaml", *overlays):
        if not path.is_file():
            raise ConfigError(f"no file {path}")
    for path in (folder / "config.yaml", *sorted((folder / "studies").glob("*.yaml")), *overlays):
        _parse(path)
    return config.load(folder, overlays)


def unlisted(whole: dict) -> list[str]:
    """Of each study that would make forecasts, were it listed under `studies`: that it is not."""
    return [
        f"{name}.prospective.start is set, but `studies` is [{', '.join(whole['studies'])}]: "
        "add it there"
        for name, own in whole.items()
        if isinstance(own, dict) and name not in whole["studies"] and plan.prospective(own)
    ]


def _parse(path: Path) -> None:
    """Refuse a file that is not YAML, or has no keys, by its name."""
    try:
        found = yaml.safe_load(path.read_text())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        what = error.problem or error.context
        raise ConfigError(f"{path}{place}: not YAML: {what}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        what = str(error).splitlines()[0]
        raise ConfigError(f"{path}: not YAML: {what}") from error
    if found is not None and not isinstance(found, dict):
        raise ConfigError(f"{path}: expected keys with values, found a {type(found).__name__}")


def run(options: argparse.Namespace) -> int:
    """Check the overlays."""
    whole = load(options.folder, tuple(options.overlays))
    gone = left_out.settle(whole, options.folder)
    plan.check_sources(whole, options.folder)
    _check_folders(whole, options.folder)
    for name in whole["studies"]:
        if plan.prospective(whole[name]):
            registered.foresee(Path("ledger") / name, whole, name)
    if options.show:
        print(yaml.safe_dump(whole, sort_keys=False), end="")
    print(f"run {whole['run']}: fits its schema, upstream {whole['upstream']}")
    listed = {name: own for name, own in gone.items() if name in whole["studies"]}
    told = [*left_out.lines(listed), *unlisted(whole), *_logins(whole, options.folder)]
    for line in told:
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

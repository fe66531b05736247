"""Probe files of half-orbits, named after orbit and times of the pass.

They are found by a list of the folders in which they lie (`laicflow.sources.index`). A half-orbit
across a midnight is asked for with both days, so one at a month's end with both months. Of two
files of one half-orbit the shorter gets a note in the manifest: cleaning will leave it out.
"""

from __future__ import annotations

import datetime as dt
import string
from pathlib import Path

from laicflow.errors import ConfigError
from laicflow.sources import index
from laicflow.sources.index import instead, parts
from laicflow.sources.request import Request, cut, days

__all__ = ["OPTIONS", "folders_of", "instead", "notes", "parts", "requests"]

OPTIONS = {"allow_missing", "folders", "modes"}
FIELDS = {"yyyy": "%Y", "mm": "%m", "dd": "%d", "ddd": "%j"}


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The list of the files of the partition's days within start..end; `parts` asks for these.

    Parameters
    ----------
    settings : `names` (regular expression as `Index.pattern`, {mode} in it what
        `modes` of the settings says of the modes asked for), `folders`, and `format`, which names
        the content check as well
    options : `folders`, templates of the folders below the base with the fields {yyyy}, {mm}, {dd}
        and {ddd} (day of the year), "" for the base itself; `modes`, of those in the settings, by
        default all

    Raises
    ------
    ConfigError : an option that is unknown, a mode that there is not, or a template that is none
    """
    if unknown := sorted(set(options) - OPTIONS):
        raise ConfigError(f"unknown option {unknown[0]!r}; known are {sorted(OPTIONS)}")
    known = settings.get("modes", {})
    modes = options.get("modes") or list(known)
    if wrong := [mode for mode in modes if mode not in known]:
        text = f"it has the modes {', '.join(known)}" if known else "its files know no modes"
        raise ConfigError(f"modes: {wrong[0]!r} is none; {text}")
    templates = options.get("folders") or settings["folders"]
    for template in templates:
        check_template(template, FIELDS)
    span = cut(partition, start, end)
    if span is None:
        return []
    spelled = "|".join(str(known[mode]) for mode in modes)
    chosen = settings | {"names": settings["names"].replace("{mode}", spelled)}
    # A pass may have begun the day before, in the folder of another year.
    early = span[0] - dt.timedelta(days=1) if span[0] > dt.date.min else span[0]
    return [index.index(span, folders_of(templates, (early, span[1])), chosen)]


def notes(files: list[str], raw: Path, settings: dict) -> dict[str, str]:
    """Which files of a partition cleaning will leave out for a longer one, and why.

    Parameters
    ----------
    files : paths below `raw`
    settings : `format` names the reader
    """
    # Planning loads this module too, and has no use for the readers.
    from laicflow import half_orbit

    return half_orbit.shorter_of(files, raw, settings["format"])


def folders_of(templates: list[str], span: tuple[dt.date, dt.date], **fields: str) -> list[str]:
    """The folders in which files of some days lie, each once, those of the last day first.

    Parameters
    ----------
    templates : with fields of a day and those of `fields`
    """
    made = [
        template.format(**{name: f"{day:{form}}" for name, form in FIELDS.items()}, **fields)
        for day in reversed(days(*span))
        for template in templates
    ]
    return list(dict.fromkeys(made))


def check_template(template: str, known: dict[str, str] | set[str]) -> None:
    """Refuse a template of folders that has other fields than the known ones, or leads upwards.

    Raises
    ------
    ConfigError : names the template
    """
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ConfigError(f"folders: {template!r} is no template: {error}") from error
    fields = [(name, spec, change) for _, name, spec, change in parsed if name is not None]
    if wrong := [name for name, spec, change in fields if name not in known or spec or change]:
        shown = ", ".join(f"{{{name}}}" for name in sorted(known))
        raise ConfigError(f"folders: unknown field {wrong[0]!r} in {template!r}; known are {shown}")
    if ".." in template.split("/") or template.startswith("/") or "?" in template:
        raise ConfigError(f"folders: expected folders below the base, found {template!r}")

"""Everything that a source has in one file."""

from __future__ import annotations

import datetime as dt

from laicflow.errors import ConfigError
from laicflow.sources.request import Request


def requests(
    partition: str, start: dt.date, end: dt.date, settings: dict, options: dict
) -> list[Request]:
    """The one file: the run's `options["file"]`, or else the source's `settings["path"]`.

    `settings["check"]`, or else `settings["format"]`, names the content check.

    Raises
    ------
    ConfigError : neither names a file
    """
    path = options.get("file") or settings.get("path")
    if not path:
        raise ConfigError("no file: name it under `sources: {<source>: {file: ...}}`")
    check = settings.get("check", settings["format"])
    return [Request(path=path, name=path.rsplit("/", 1)[-1], check=check)]

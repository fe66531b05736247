"""Where a fetching job finds its upstream: the internet, a mirror, or a replica that it serves."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from laicflow import plan
from laicflow.errors import ConfigError

# The base of a source that has no address upstream.
NOWHERE = ["file:///"]
ACCOUNT_WANTED = (
    "{source}: {archive} gives files to holders of an account alone; name the folder of those "
    'that you have downloaded, bases: {{{source}: ["file:///path/to/folder"]}}, or a base URL that '
    "lists them, with name and password in the environment variables {user} and {password}"
)
FOLDER_WANTED = (
    "{source}: no upstream has it; name the folder of your file in the configuration, e.g. "
    'bases: {{{source}: ["file:///path/to/folder"]}}'
)


@contextlib.contextmanager
def served(
    config: dict, source: str, settings: dict, bases: list[str], origin: str
) -> Iterator[list[str]]:
    """The base URLs of a source, in the order in which they are tried.

    Where the configuration names a replica, it is served on loopback while the context is open.

    Parameters
    ----------
    config : the whole configuration
    source : name of the source
    settings : config/sources/<source>.yaml
    bases : base URLs of the configuration, which replace those of the source
    origin : name of the origin, as planned

    Raises
    ------
    ConfigError : a source of the user's own files, and no folder is named; or no replica of it
    """
    kind, folder = plan.upstream(config)
    if kind == "world":
        folder = plan.world_folder(origin)
    if not bases and settings["base"] == NOWHERE and kind == "internet":
        raise ConfigError(_wanted(source, settings))
    if bases or kind == "internet":
        yield bases or settings["base"]
        return
    from laicflow.replica.server import SOURCES, serve

    if source not in SOURCES:
        raise ConfigError(FOLDER_WANTED.format(source=source))

    with serve(Path(folder), catalogs=config["replica"]["catalogs"]) as replica:
        yield [replica.base(source)]


def lacking(config: dict, source: str, settings: dict) -> list[str]:
    """What a source needs of this machine before anything can be fetched, each as a sentence.

    A folder that a base names and that is not there, or a folder that no base names; where there
    is another base to ask, nothing is lacking.

    Parameters
    ----------
    config, source, settings : as of `served`
    """
    bases = config["bases"].get(source, [])
    if not bases:
        nowhere = settings["base"] == NOWHERE and plan.upstream(config)[0] == "internet"
        return [_wanted(source, settings)] if nowhere else []
    folders = [Path(url2pathname(urlsplit(one).path)) for one in bases if one.startswith("file:")]
    if len(folders) < len(bases) or any(folder.is_dir() for folder in folders):
        return []
    return [
        f"bases.{source}: no folder {folder}"
        + (" (it is a file; name the folder in which it lies)" if folder.is_file() else "")
        + "; correct the path, or bring the folder here (mount it) before the run"
        for folder in folders
    ]


def logins(config: dict, source: str, settings: dict) -> list[str]:
    """Logins that a base wants and that the environment does not hold now, each as a sentence.

    Parameters
    ----------
    config, source, settings : as of `served`
    """
    named = settings.get("credentials")
    remote = [base for base in config["bases"].get(source, []) if not base.startswith("file:")]
    if not named or not remote or all("@" in urlsplit(base).netloc for base in remote):
        return []
    unset = [name for name in (named["user"], named["password"]) if not os.environ.get(name)]
    if not unset:
        return []
    verb = "is" if len(unset) == 1 else "are"
    host = urlsplit(plan.without_login(remote[0])).netloc
    return [
        f"bases.{source}: {' and '.join(unset)} {verb} not set in the environment; if {host} wants "
        f"the name and the password of an account ({settings['archive']}), export both before the "
        "run"
    ]


def _wanted(source: str, settings: dict) -> str:
    """What the user must name for a source that has no address upstream."""
    if "credentials" not in settings:
        return FOLDER_WANTED.format(source=source)
    said = settings["credentials"] | {"archive": settings["archive"]}
    return ACCOUNT_WANTED.format(source=source, **said)

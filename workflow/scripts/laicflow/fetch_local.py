"""Files of a local archive: found by any of the layouts that archives have."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from laicflow.fetch_client import UnreachableError
from laicflow.fetch_terms import paths
from laicflow.sources.request import Request


def find(base: str, request: Request, folder: str) -> tuple[Path, str] | None:
    """A file below a base file:///... and the path by which it was found; None: it is not there.

    The archive may be laid out like the upstream, like the folder of raw files, or be one flat
    folder.

    Parameters
    ----------
    folder : year of the file, or `all`, as the folder of raw files has it

    Raises
    ------
    UnreachableError : there is no such folder
    """
    root = Path(url2pathname(urlsplit(base).path))
    if not root.is_dir():
        raise UnreachableError(f"{base}: no such folder")
    for path in _places(request, folder):
        if (root / path).is_file():
            return root / path, path
    return None


def _places(request: Request, folder: str) -> list[str]:
    """Where a file may lie in a local archive."""
    upstream = [path for path in paths(request) if "?" not in path]
    names = [*request.names(), *(path.rsplit("/", 1)[-1] for path in upstream)]
    raw = [f"{folder}/{name}" for name in request.names()]
    return list(dict.fromkeys([*upstream, *raw, *names]))

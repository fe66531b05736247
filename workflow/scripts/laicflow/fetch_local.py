"""Files of a local archive: found by any of the layouts that archives have."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from laicflow.fetch_client import UnreachableError
from laicflow.fetch_terms import Terms, paths
from laicflow.sources.request import Request


def find(base: str, request: Request, terms: Terms) -> tuple[Path, str] | None:
    """A file below a base file:///... and the path by which it was found; None: it is not there.

    The archive may be laid out like the upstream, like the folder of raw files, or be one flat
    folder. A name that the settings list under `ambiguous_names` (its beginning) is that of other
    maps in another folder: such a file is found in the upstream's folder alone, or where the
    archive itself is the folder of raw files of this source. No path leads out of the folder: what
    a mirror calls a file is for the mirror alone.

    Raises
    ------
    UnreachableError : there is no such folder
    """
    root = _root(base)
    for path in _places(root, request, terms):
        if _is_below(path) and (root / path).is_file():
            return root / path, path
    return None


def listing(base: str) -> bytes:
    """The files of a local archive at any depth, as a page of `laicflow.sources.index`.

    What begins with a dot is left out.

    Raises
    ------
    UnreachableError : there is no such folder
    """
    root = _root(base)
    found = []
    for folder, inner, names in os.walk(root, followlinks=True):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if not name.startswith(".") and path.is_file():
                state = path.stat()
                place = path.relative_to(root).as_posix()
                found.append([place, state.st_size, state.st_mtime_ns])
    return json.dumps({"files": found}).encode()


def _root(base: str) -> Path:
    """The folder of a base file:///..."""
    root = Path(url2pathname(urlsplit(base).path))
    if not root.is_dir():
        raise UnreachableError(f"{base}: no such folder")
    return root


def _is_below(path: str) -> bool:
    """Whether a path stays in the folder below which it is looked for."""
    return not path.startswith("/") and ".." not in path.split("/")


def _places(root: Path, request: Request, terms: Terms) -> list[str]:
    """Where a file may lie in a local archive."""
    upstream = [path for path in paths(request) if "?" not in path]
    names = [*request.names(), *(path.rsplit("/", 1)[-1] for path in upstream)]
    shared = tuple(name.lower() for name in terms.settings.get("ambiguous_names", ()))
    alone = [name for name in names if not (shared and name.lower().startswith(shared))]
    raw = request.names() if root.name == terms.source else alone
    folder = terms.folder(request)
    inside = [f"{folder}/{name}" for name in raw if name in request.names()]
    return list(dict.fromkeys([*upstream, *inside, *alone]))

"""The content of a list of files, from a folder here or from a mirror."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from laicflow import fetch_local
from laicflow.errors import FetchError, NothingThereError
from laicflow.fetch_disk import DiskError
from laicflow.fetch_terms import paths, url_of
from laicflow.sources.index import Index, entries
from laicflow.sources.request import Request


def content(bases: Sequence[str], request: Request, remote: Callable[[Request], bytes]) -> bytes:
    """The content of a small file, which may be a page of a list.

    A folder among the bases is listed as it is now; what mirrors answer may lie here already.

    Parameters
    ----------
    bases : base URLs in their order
    remote : gives what the mirrors among them have

    Raises
    ------
    NothingThereError : all say that it is not there
    FetchError : it cannot be had
    """
    if not isinstance(request, Index) or not any(base.startswith("file:") for base in bases):
        return remote(request)
    faults: list[FetchError] = []
    asked = False
    for base in bases:
        try:
            if base.startswith("file:"):
                return fetch_local.listing(base)
            if not asked:
                asked = True
                return remote(request)
        except DiskError:
            raise
        except FetchError as error:
            faults.append(error)
    if all(isinstance(fault, NothingThereError) for fault in faults):
        raise faults[0]
    raise FetchError("; ".join(map(str, faults)))


def places(bases: Sequence[str], request: Request, settings: dict) -> str:
    """Where a list had no file that is wanted, and how such files are named.

    Parameters
    ----------
    bases : base URLs in their order
    request : the list
    settings : config/sources/<source>.yaml, whose `named` shows a name in words
    """
    found = []
    for base in bases:
        if base.startswith("file:") and isinstance(request, Index):
            found.append(_held(base, request))
        else:
            found += [url_of(base, path) for path in paths(request)]
    where = ", ".join(dict.fromkeys(found))
    return f"{where} (a file is named {settings['named']})" if "named" in settings else where


def _held(base: str, request: Index) -> str:
    """A folder here and what lies in it."""
    try:
        there = entries(fetch_local.listing(base))
    except FetchError as error:
        return str(error)
    named = sum(bool(re.fullmatch(request.pattern, one.name, re.IGNORECASE)) for one in there)
    said = (
        "is empty" if not there else f"holds {len(there)} file{'s' * (len(there) > 1)} at any depth"
    )
    if there:
        said += f", {named or 'none'} of them with such a name"
        said += " but of other days" if named else ""
    return f"{base} (which {said})"

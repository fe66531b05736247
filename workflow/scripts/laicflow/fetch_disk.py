"""A disk that is full or closed, said in words; nothing half stays behind."""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from laicflow.errors import FetchError
from laicflow.fetch_words import volume

FULL = {errno.ENOSPC, errno.EDQUOT}
CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class DiskError(FetchError):
    """What arrives cannot be kept: no other file or mirror is asked for."""


@contextlib.contextmanager
def room(folder: Path, what: str, size: int | None = None) -> Iterator[None]:
    """Say what to do where a write in `folder` fails for want of space or of rights.

    Parameters
    ----------
    what : what is being written
    size : bytes that it needs, where that is known

    Raises
    ------
    DiskError : names the folder, the size needed and the size free
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise _full(folder, what, size) from error
        if error.errno in CLOSED:
            text = f"{folder}: {what} cannot be written ({error.strerror})"
            raise DiskError(f"{text}; give yourself the right to write there") from error
        raise


def expect_room(folder: Path, what: str, size: int) -> None:
    """Stop before a download that cannot fit.

    Raises
    ------
    DiskError : as `room` says it
    """
    with contextlib.suppress(OSError):
        if shutil.disk_usage(folder).free < size:
            raise _full(folder, what, size)


def _full(folder: Path, what: str, size: int | None) -> DiskError:
    """The error of a full disk."""
    needed = "" if size is None else f", {volume(size)} are needed"
    free = ""
    with contextlib.suppress(OSError):
        free = f", {volume(shutil.disk_usage(folder).free)} are free"
    return DiskError(
        f"{folder}: no space left for {what}{needed}{free}; make room there (or put a link to a "
        "larger disk in its place) and run again: what had arrived before is kept"
    )

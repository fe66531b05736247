"""No two jobs ask for the same file at once, in this process or another."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from laicflow.fetch_disk import room

# Seconds after which the user is told what a job waits for.
PATIENCE = 30.0


@contextlib.contextmanager
def alone(raw: Path, file: str) -> Iterator[None]:
    """No other job asks for a file meanwhile.

    Files share 256 locks, so that the folder of locks does not grow with that of files.

    Parameters
    ----------
    raw : folder of raw files
    file : its path below that
    """
    folder = raw / ".locks"
    with room(raw, "a lock"):
        folder.mkdir(parents=True, exist_ok=True)
        number = hashlib.sha256(file.encode()).hexdigest()[:2]
        lock = FileLock(folder / f"{number}.lock")
        try:
            lock.acquire(timeout=PATIENCE)
        except Timeout:
            warn(f"{file}: waits for another job that downloads it")
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def warn(text: str) -> None:
    """Tell the user on stderr."""
    print(f"warning: {text}", file=sys.stderr, flush=True)

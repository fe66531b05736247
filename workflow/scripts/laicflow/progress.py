"""Progress of long work: a bar on a terminal, now and then a plain line in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

# Seconds between two plain lines where there is no terminal.
LINE_EVERY = 10.0


def track(items: Iterable[Item], text: str, total: int | None = None) -> Iterator[Item]:
    """Iterate over `items` and say how far it has come.

    A bar goes to the terminal that started the process, where there is one; plain lines go to
    stderr, where that is not a terminal (a job's log).

    Parameters
    ----------
    items : what to go through
    text : what is being done, e.g. "reading maps"
    total : number of items where `items` has no length
    """
    if total is None and hasattr(items, "__len__"):
        total = len(items)  # type: ignore[arg-type]
    if on_terminal():
        items = tqdm(items, desc=text, total=total, leave=False, file=sys.__stderr__)
    plain = not sys.stderr.isatty()
    last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        if plain and time.monotonic() - last >= LINE_EVERY:
            last = time.monotonic()
            of = f" of {total}" if total is not None else ""
            print(f"{text}: {done}{of}", file=sys.stderr, flush=True)


def on_terminal() -> bool:
    """Whether the process was started from a terminal."""
    return bool(sys.__stderr__ and sys.__stderr__.isatty())

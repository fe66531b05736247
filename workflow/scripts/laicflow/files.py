"""Files as a whole or not at all, their digests and their licences.

Nothing here imports what reads tables: jobs that only fetch start in a third of the time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

# From the freest to the strictest; an artefact carries the strictest of its inputs'.
LICENCES = (
    "simulated",
    "public domain",
    "cite",
    "CC BY 4.0",
    "CC BY-SA 3.0",
    "CC BY-NC 4.0",
    "no redistribution",
)

# The names that `temporary_name` gives: a dot, a random UUID (RFC 9562, version 4), a dot, a name.
TEMPORARY = re.compile(r"\.[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}\..+", re.DOTALL)


def temporary_name(path: str | Path) -> Path:
    """A unique name beside `path`, with its suffix, since some writers choose the format by it.

    What a process that was killed has left under such a name `laicflow recover` takes away.
    """
    path = Path(path)
    return path.with_name(f".{uuid.uuid4().hex}.{path.name}")


def is_hidden(path: Path) -> bool:
    """Whether a name begins with a dot.

    So do temporary names, which pathlib's globs find, other than a shell's: what is taken as data
    because it lies there must not be one of a process that was killed.
    """
    return path.name.startswith(".")


@contextlib.contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """A unique temporary path beside `path`, renamed to it on success, removed on failure."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_name(path)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def copy(path: str | Path, target: str | Path) -> None:
    """Copy a file, and the sidecar of its provenance where it has one."""
    sidecar = f"{path}.provenance.json"
    pairs = [(path, target), (sidecar, f"{target}.provenance.json")]
    for one, other in pairs if Path(sidecar).is_file() else pairs[:1]:
        with atomic_path(other) as temporary:
            shutil.copyfile(one, temporary)


def sha256(path: str | Path) -> str:
    """The sha256 of a file, as 64 hexadecimal digits."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def strictest(licences: Iterable[str]) -> str:
    """The licence that binds what is made of works under `licences`.

    Raises
    ------
    ValueError : a licence is none of `LICENCES`
    """
    found = sorted({LICENCES.index(licence) for licence in licences})
    return LICENCES[found[-1]] if found else LICENCES[0]


def write_json(content: object, path: str | Path) -> None:
    """Write JSON, indented, with sorted keys."""
    write_text(json.dumps(content, indent=1, sort_keys=True, default=str) + "\n", path)


def write_text(text: str, path: str | Path) -> None:
    """Write a text in UTF-8."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")

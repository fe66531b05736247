"""The samples and places with which a study begins to go on, kept as they were then."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from laicflow.errors import LaicflowError
from laicflow.files import copy, sha256, strictest, write_json

# The attribute of a file by which it is known what it was made by.
OPTIONS = "options_sha256"


def digest(options: dict) -> str:
    """The sha256 of the options of a rule, as `select_samples` and `select_sites` write it."""
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


def is_whole(files: Mapping[str, str]) -> bool:
    """Whether all files are there."""
    return all(Path(path).is_file() for path in files.values())


def fits(files: Mapping[str, str], options: Mapping[str, str]) -> bool:
    """Whether all files are there, each made by the options whose digest has its name."""
    from laicflow.store import read_attributes

    return is_whole(files) and all(
        read_attributes(path).get(OPTIONS) == options[name] for name, path in files.items()
    )


def keep(published: Mapping[str, str], kept: Mapping[str, str], receipt: str | Path) -> list[str]:
    """Copy what is not kept yet, write the receipt, and say what was done; nothing is overwritten.

    Parameters
    ----------
    published, kept : paths by name
    """
    from laicflow.store import licence_of

    said, told = [], {}
    for name, path in kept.items():
        if Path(path).is_file():
            said.append(f"{path} was kept before")
        else:
            copy(published[name], path)
            said.append(f"{published[name]} is kept as {path}")
        told[name] = {"path": path, "sha256": sha256(path)}
    licences = [licence_of(path) for path in kept.values()]
    write_json({**told, "licence": strictest(filter(None, licences))}, receipt)
    return said


def expect(kept: Mapping[str, str], receipt: str | Path) -> None:
    """See that what is kept is what was kept.

    Raises
    ------
    LaicflowError : a file that is gone, or is another one
    """
    told = json.loads(Path(receipt).read_text(encoding="utf-8"))
    for name, path in kept.items():
        found = sha256(path) if Path(path).is_file() else "no file"
        if found != told[name]["sha256"]:
            raise LaicflowError(
                f"{path}: expected what {receipt} tells, sha256 {told[name]['sha256'][:12]}, found "
                f"{found[:12]}; put the file back, or delete that receipt to begin anew"
            )

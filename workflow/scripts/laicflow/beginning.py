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
ANEW = "to begin anew delete that folder, and prospective/begun.*.json of the run"


def digest(options: object) -> str:
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
    """Copy all files, or see that what was kept before is whole; write the receipt, say what was
    done. Nothing is overwritten.

    Beside the copies stands what they are, `begun.json`.

    Parameters
    ----------
    published, kept : paths by name; the kept ones in one folder

    Raises
    ------
    LaicflowError : what was kept is not whole, or the published files change while they are copied
    """
    from laicflow.store import licence_of

    note = _note(kept)
    if note.is_file():
        expect(kept)
        said = [f"{path} was kept before" for path in kept.values()]
    else:
        before = {name: sha256(path) for name, path in published.items()}
        for name, path in kept.items():
            copy(published[name], path)
        if {name: sha256(path) for name, path in published.items()} != before or any(
            sha256(path) != before[name] for name, path in kept.items()
        ):
            raise LaicflowError(f"{', '.join(published.values())} changed meanwhile: call it again")
        licences = [licence_of(path) for path in kept.values()]
        told = {name: {"path": path, "sha256": before[name]} for name, path in kept.items()}
        write_json({**told, "licence": strictest(filter(None, licences))}, note)
        said = [f"{published[name]} is kept as {path}" for name, path in kept.items()]
    write_json(json.loads(note.read_text(encoding="utf-8")), receipt)
    return said


def expect(kept: Mapping[str, str]) -> None:
    """See that what is kept is what was kept.

    Raises
    ------
    LaicflowError : a file that is gone, or is another one
    """
    note = _note(kept)
    if not note.is_file():
        raise LaicflowError(f"{note} is gone: put it back, or {ANEW}")
    told = json.loads(note.read_text(encoding="utf-8"))
    for name, path in kept.items():
        found = sha256(path) if Path(path).is_file() else "no file"
        if found != told[name]["sha256"]:
            raise LaicflowError(
                f"{path}: expected what {note} tells, sha256 {told[name]['sha256'][:12]}, found "
                f"{found[:12]}; put the file back, or {ANEW}"
            )


def is_kept(kept: Mapping[str, str]) -> bool:
    """Whether all has been kept; copies without a note were broken off, and are made again."""
    return _note(kept).is_file()


def _note(kept: Mapping[str, str]) -> Path:
    """What stands beside the copies."""
    return Path(next(iter(kept.values()))).with_name("begun.json")

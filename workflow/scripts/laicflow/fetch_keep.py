"""A checked file gets its name, and its row in the manifest: both or neither."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

from laicflow.fetch_disk import room
from laicflow.fetch_manifest import Manifest
from laicflow.fetch_session import same_place
from laicflow.files import sha256


def keep(
    manifest: Manifest, temporary: Path, target: Path, row: dict, closes: dt.datetime | None
) -> dict:
    """Rename `temporary` to `target` and give back the file's row.

    A version that is here already keeps its row: the upstream has merely confirmed it. The bytes
    of another version stay beside it, as `<name>.<8 digits of its sha256>`, where they had been
    taken for final; those of a day that was still open are replaced.

    Parameters
    ----------
    row : what the manifest is to say
    closes : the instant from which on a version is taken for final, None for never

    Raises
    ------
    DiskError : the disk is full; what was here before is here again
    """
    known = manifest.latest(row["file"])
    earlier = None
    try:
        with room(target.parent, target.name, row["size"]):
            if known and known["sha256"] != row["sha256"]:
                earlier = _second_name(target, known["sha256"])
            os.replace(temporary, target)
        try:
            if _is_same(known, row):
                manifest.confirm(row["file"], row["fetched"])
            else:
                manifest.append(row)
        except BaseException:
            if earlier is not None:
                os.replace(earlier, target)
            elif not _is_same(known, row):
                target.unlink()
            raise
    finally:
        temporary.unlink(missing_ok=True)
    if earlier is not None and (closes is None or known["checked"] < closes):
        earlier.unlink()
    return manifest.latest(row["file"])


def _is_same(known: dict | None, row: dict) -> bool:
    """Whether the manifest has this version from this place."""
    if known is None or known["sha256"] != row["sha256"]:
        return False
    return same_place(known["url"], row["url"])


def _second_name(target: Path, digest: str) -> Path | None:
    """Another name for the version that lies here, None where it is a link or damaged."""
    if target.is_symlink() or not target.is_file() or sha256(target) != digest:
        return None
    second = target.with_name(f"{target.name}.{digest[:8]}")
    second.unlink(missing_ok=True)
    try:
        os.link(target, second)
    except OSError:
        # Some file systems have no second names.
        try:
            shutil.copy2(target, second)
        except BaseException:
            second.unlink(missing_ok=True)
            raise
    return second

"""What a killed process has left: files that were being written, parts that nobody can go on with.

A process that is killed between a write and its rename leaves a file under the name that
`files.temporary_name` gave it, and a download the part that had arrived. Nothing reads either, but
they take space for ever. A part beside which stands what it is the beginning of
(`fetch_partial.Part`) stays: the next run goes on from there.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from laicflow.files import TEMPORARY
from laicflow.slurm_jobs import RECORDS, RUN

# Where the workflow writes; of .snakemake the files alone that are laicflow's own.
PLACES = ("results", "data", "ledger", "scratch")
OWN = Path(".snakemake")
# What is being written grows; what has not for so long has nobody who writes it.
SILENT_S = 3600.0
PART = re.compile(r"\..+\.part", re.DOTALL)
BESIDE = ".json"


@dataclass
class Swept:
    """Files that were removed and their bytes, those that were too young, places not looked at."""

    removed: list[Path] = field(default_factory=list)
    size: int = 0
    young: list[Path] = field(default_factory=list)
    linked: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        """In a line each."""
        files = len(self.removed)
        lines = [
            f"{files} temporary files of killed processes removed, {self.size / 1e6:.1f} MB"
            if files
            else "no temporary files of killed processes"
        ]
        if self.young:
            lines.append(
                f"{len(self.young)} stay that were written to within {SILENT_S / 60:.0f} min, such "
                f"as {self.young[0]}: somebody on another machine may be at it; call this again "
                "later, or with --force if nobody works in this folder"
            )
        lines += [f"{place} is a link and was not looked into" for place in self.linked]
        return "\n".join(lines)


def sweep(folder: Path, *, any_age: bool = False) -> Swept:
    """Remove what killed processes have left in a folder in which Snakemake has run.

    Call it only where no Snakemake runs in the folder and no job of an ended one lives. Of those
    on other machines that cannot be known for sure, hence the age: a file whose last write is
    younger than `SILENT_S` stays. Should a writer be silent for longer and still live, its rename
    finds nothing and its job fails, to be run again: no file is ever half or wrong for it.

    Only regular files of the very names, and links of such names (themselves, never what they
    point to), are removed; links to folders are not followed, `results` and the others included.
    """
    found = Swept()
    now = time.time()
    for path in _left(folder, found):
        try:
            told = path.lstat()
            if not (stat.S_ISREG(told.st_mode) or stat.S_ISLNK(told.st_mode)):
                continue
            if not any_age and now - told.st_mtime < SILENT_S:
                found.young.append(path)
                continue
            path.unlink()
        except FileNotFoundError:  # it has just got its name
            continue
        found.removed.append(path)
        found.size += told.st_size
    return found


def _left(folder: Path, found: Swept) -> Iterator[Path]:
    """What bears the name of something that is not whole, in the order of the paths."""
    for place in PLACES:
        if (folder / place).is_symlink():
            found.linked.append(folder / place)
            continue
        for inner, names, files in os.walk(folder / place):
            names.sort()
            there = set(files)
            for name in sorted(there):
                if TEMPORARY.fullmatch(name) or _is_dead_part(name, there):
                    yield Path(inner, name)
    own = folder / OWN
    yield from sorted(path for path in own.glob(".*.laicflow-*") if TEMPORARY.fullmatch(path.name))
    drafts = (folder / RECORDS).glob("*.draft")
    yield from sorted(path for path in drafts if RUN.fullmatch(path.stem))


def _is_dead_part(name: str, there: set[str]) -> bool:
    """Whether a file is a part without what it is of, or that without its part."""
    if PART.fullmatch(name):
        return name + BESIDE not in there
    part = name.removesuffix(BESIDE)
    return part != name and PART.fullmatch(part) is not None and part not in there

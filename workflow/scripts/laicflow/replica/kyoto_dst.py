"""WDC Kyoto: a month of Dst records, in one of three versions."""

from __future__ import annotations

import datetime as dt
import re

from laicflow.replica.answer import Answer, Folder, not_found

ASKED = re.compile(
    r"^dst_(?P<version>final|provisional|realtime)/(?P<month>\d{6})/dst(?P<yymm>\d{4})\.for\.request$"
)
# Column 14 of a record (WDC format of Dst); older exports leave it blank.
VERSIONS = {"2": "final", "1": "provisional", "0": "realtime"}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """The records of a month cut out of longer files, as they stand there.

    A record that says its version is served under it; one that does not is final where its month
    is over, else real-time. Where files overlap, the first by name counts.
    """
    found = ASKED.match(path)
    if found is None or found["month"][2:] != found["yymm"]:
        return not_found(path)
    month = dt.date(int(found["month"][:4]), int(found["month"][4:]), 1)
    days: dict[int, str] = {}
    behind = []
    for name, records in _records(folder).items():
        mine = [line for line in records if _month(line) == (month.year, month.month)]
        new = {int(line[8:10]): line for line in mine if int(line[8:10]) not in days}
        if new:
            days |= new
            behind.append(folder.root / name)
    chosen = [days[day] for day in sorted(days)]
    if not chosen or _version(chosen, month, folder.now) != found["version"]:
        return not_found(path)
    return Answer(
        200,
        "".join(f"{line}\n" for line in chosen).encode("ascii", "replace"),
        kind="text/plain",
        origin="replica: cut from " + ", ".join(folder.name(file) for file in behind),
        modified=max(file.stat().st_mtime for file in behind),
    )


def _records(folder: Folder) -> dict[str, list[str]]:
    """The lines of each file that begin like a record."""
    if "dst" not in folder.kept:
        found = {}
        for path in folder.files("kyoto_dst"):
            lines = path.read_text(encoding="ascii", errors="replace").splitlines()
            found[folder.name(path)] = [line for line in lines if re.match(r"DST\d{4}.\d\d", line)]
        folder.kept["dst"] = found
    return folder.kept["dst"]


def _month(line: str) -> tuple[int, int]:
    """Year and month of a record; columns 15-16 give the century, where they are filled."""
    year, month, century = int(line[3:5]), int(line[5:7]), line[14:16].strip()
    if century.isdigit():
        return int(century) * 100 + year, month
    return (1900 if year >= 57 else 2000) + year, month


def _version(lines: list[str], month: dt.date, now: dt.datetime) -> str:
    """The least version among the records of a month."""
    said = sorted({line[13:14] for line in lines})
    if said[0] in VERSIONS:
        return VERSIONS[said[0]]
    over = (now.year, now.month) > (month.year, month.month)
    return "final" if over else "realtime"

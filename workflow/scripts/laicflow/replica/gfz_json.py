"""GFZ: the JSON service of Kp and ap.

It stands on the text and WDC files of the folder: the text files say what is definitive, the
values of WDC files all are. Instants that are no `YYYY-MM-DDTHH:MM:SSZ` answer 500, as upstream.
Below `old/` stands the former host, which answers 301.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from urllib.parse import parse_qsl

from laicflow.replica.answer import Answer, Folder, not_found

INSTANT = "%Y-%m-%dT%H:%M:%SZ"
STEP = dt.timedelta(hours=3)
META = {"source": "GFZ Potsdam", "license": "CC BY 4.0"}
# One interval: Kp in thousandths, ap, status; None where missing.
Interval = tuple[int | None, int | None, str]


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """The intervals that start in start..end, both inclusive, and are no later than the present."""
    if path == "old":
        return Answer(301, kind="text/html", headers={"Location": f"/{source}/?{query}"})
    if path:
        return not_found(path)
    asked = dict(parse_qsl(query, keep_blank_values=True))
    index = asked.get("index", "")
    if set(asked) - {"start", "end", "index", "status"} or index not in ("Kp", "ap"):
        return _plain(400, "only start, end, index (Kp or ap) and status are known here")
    try:
        start, end = (dt.datetime.strptime(asked[name], INSTANT) for name in ("start", "end"))
    except (KeyError, ValueError):
        return _plain(500, "Internal Server Error")
    known = _intervals(folder)
    end = min(end, folder.now)
    times = [time for time in sorted(known) if start <= time <= end]
    if asked.get("status") == "def":
        times = [time for time in times if known[time][2] == "def"]
    return Answer(
        200,
        json.dumps(_body(index, times, known), separators=(",", ":")).encode(),
        kind="application/json",
        origin="replica: made of " + ", ".join(map(folder.name, _files(folder))),
    )


def _body(index: str, times: list[dt.datetime], known: dict[dt.datetime, Interval]) -> dict:
    """The object of the service."""
    values = [known[time] for time in times]
    if index == "Kp":
        series = [None if kp is None else kp / 1000 for kp, _, _ in values]
    else:
        series = [ap for _, ap, _ in values]
    return {
        index: series,
        "datetime": [time.strftime(INSTANT) for time in times],
        "meta": META,
        "status": [status for _, _, status in values],
    }


def _plain(status: int, text: str) -> Answer:
    """An answer in words."""
    return Answer(status, f"{text}\n".encode(), kind="text/plain")


def _files(folder: Folder) -> list[Path]:
    """The files behind the service, of which the later ones count where they overlap."""
    return [*folder.files("gfz_kp"), *folder.files("gfz_text")]


def _intervals(folder: Folder) -> dict[dt.datetime, Interval]:
    """Every interval of three hours that the folder knows."""
    if "gfz_json" not in folder.kept:
        found: dict[dt.datetime, Interval] = {}
        for path in _files(folder):
            for line in path.read_text(encoding="ascii", errors="replace").splitlines():
                if re.match(r"\d{4} \d\d \d\d ", line):
                    found |= _of_text(line)
                elif re.match(r"\d\d[ \d]\d[ \d]\d", line) and len(line) >= 55:
                    found |= _of_wdc(line)
        folder.kept["gfz_json"] = found
    return folder.kept["gfz_json"]


def _of_text(line: str) -> dict[dt.datetime, Interval]:
    """A day of a text file: 8 Kp from the eighth column on, then 8 ap; the last is the mark."""
    cells = line.split()
    midnight = dt.datetime(*map(int, cells[:3]))
    status = "pre" if cells[-1] == "0" else "def"
    kp = [round(float(text) * 1000) for text in cells[7:15]]
    ap = [int(text) for text in cells[15:23]]
    return {
        midnight + i * STEP: (None if kp[i] < 0 else kp[i], None if ap[i] < 0 else ap[i], status)
        for i in range(8)
    }


def _of_wdc(line: str) -> dict[dt.datetime, Interval]:
    """A day of a WDC file: columns 13-28 Kp in rounded tenths, 32-55 ap."""
    year = int(line[:2])
    midnight = dt.datetime(year + (1900 if year >= 32 else 2000), int(line[2:4]), int(line[4:6]))
    made: dict[dt.datetime, Interval] = {}
    for i in range(8):
        tenths = int(line[12 + 2 * i : 14 + 2 * i])
        ap = int(line[31 + 3 * i : 34 + 3 * i])
        kp = round(round(tenths * 0.3) * 1000 / 3)
        made[midnight + i * STEP] = (None, None, "def") if tenths == 99 else (kp, ap, "def")
    return made

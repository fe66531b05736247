"""Archives of daily maps: CODE's own and CDDIS for CODE, CDDIS and sideshow for JPL."""

from __future__ import annotations

import datetime as dt
import gzip
import re

from laicflow.replica.answer import Answer, Folder, not_found

# Short names (centre, day of year, year of two digits) and long ones.
SHORT = re.compile(r"^(?P<centre>[a-z]{4})(?P<ddd>\d{3})0\.(?P<yy>\d\d)i(\.z|\.gz)?$")
LONG = re.compile(
    r"^(?P<centre>[a-z]{3})0ops(fin|rap)_(?P<yyyy>\d{4})(?P<ddd>\d{3})0000_01d_\d\d[hm]_gim\.inx"
    r"(\.gz)?$"
)
CENTRES = {"code": ("codg", "cod"), "jpl": ("jplg", "jpl")}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A map file, asked for under a year's (`2001`, `y2001`) or a day's folder (`2001/014`).

    The name may be in capitals or not. A file that lies there without compression is also served
    under its name with `.gz`.
    """
    *parents, name = path.lower().split("/")
    found = SHORT.match(name) or LONG.match(name)
    if found is None or found["centre"] not in CENTRES[source]:
        return not_found(path)
    year, day = _date(found)
    if parents not in ([year], [f"y{year}"], [year, day]):
        return not_found(path)
    files = folder.by_name("ionex")
    if name in files:
        return folder.plain(files[name])
    bare = name.removesuffix(".gz")
    if bare != name and bare in files:
        there = folder.plain(files[bare])
        return Answer(
            200,
            gzip.compress(there.body, mtime=0),
            origin=f"{there.origin} (compressed)",
            modified=there.modified,
        )
    return not_found(path)


def _date(found: re.Match) -> tuple[str, str]:
    """Year and day of the year in a file name; IONEX begins in 1995 or so."""
    parts = found.groupdict()
    if "yyyy" in parts:
        return parts["yyyy"], parts["ddd"]
    return f"{dt.datetime.strptime(parts['yy'], '%y').year}", parts["ddd"]

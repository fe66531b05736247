"""Archives of GNSS files by day: observations, orbits, biases, as mirrors of the IGS lay them out.

A file may lie anywhere in the served folder; its name, in capitals or not, tells the day.
"""

from __future__ import annotations

import datetime as dt
import re

from laicflow.replica.answer import Answer, Folder, not_found

_EPOCH = dt.date(1980, 1, 6)
# Of a source: names that are served, and the folders in which the upstreams keep them.
_SHORT = r"[a-z0-9]{4}(?P<ddd>\d{3})0\.(?P<yy>\d\d)[do](\.z|\.gz)?"
_LONG = r"[a-z0-9]{9}_[rsu]_(?P<yyyy>\d{4})(?P<ddd>\d{3})0000_01d_\d\d[sm]_mo\.(crx|rnx)(\.gz)?"
_BY_DAY = ("{yyyy}/{ddd}",)
ARCHIVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rinex": ((_SHORT, _LONG), _BY_DAY),
    "brdc": (
        (
            r"brdc(?P<ddd>\d{3})0\.(?P<yy>\d\d)[np](\.z|\.gz)?",
            r"brdc00[a-z]{3}_[rs]_(?P<yyyy>\d{4})(?P<ddd>\d{3})0000_01d_[gm]n\.rnx(\.gz)?",
        ),
        _BY_DAY,
    ),
    "sp3": (
        (
            r"cod(?P<wwww>\d{4})(?P<w>[0-6])\.eph(\.z|\.gz)?",
            r"cod0opsfin_(?P<yyyy>\d{4})(?P<ddd>\d{3})0000_01d_05m_orb\.sp3(\.gz)?",
        ),
        ("{yyyy}", "{wwww}"),
    ),
    "dcb": ((r"p1(p2|c1)(?P<yy>\d\d)(?P<mm>\d\d)(_all)?\.dcb(\.z)?",), ("{yyyy}",)),
    "bsx": (
        (r"cas0(mgx|ops)rap_(?P<yyyy>\d{4})(?P<ddd>\d{3})0000_01d_01d_dcb\.(bsx|bia)(\.gz)?",),
        ("{yyyy}",),
    ),
}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A file, asked for in a folder in which one of the upstreams keeps those of its day."""
    names, places = ARCHIVES[source]
    parent, _, name = path.lower().rpartition("/")
    found = next((match for text in names if (match := re.fullmatch(text, name))), None)
    if found is None:
        return not_found(path)
    day = _day(found.groupdict())
    if day is None or parent not in [place.format(**_fields(day)) for place in places]:
        return not_found(path)
    file = folder.by_name("gnss").get(name)
    return folder.plain(file) if file is not None and file.is_file() else not_found(path)


def _fields(day: dt.date) -> dict[str, str]:
    """What folders are named after."""
    week = (day - _EPOCH).days // 7
    return {"yyyy": f"{day:%Y}", "ddd": f"{day:%j}", "wwww": f"{week:04d}"}


def _day(parts: dict[str, str | None]) -> dt.date | None:
    """The day (of a month the first) in a name, None where there is none."""
    if parts.get("wwww"):
        return _EPOCH + dt.timedelta(days=7 * int(parts["wwww"]) + int(parts["w"]))
    year = int(parts.get("yyyy") or dt.datetime.strptime(parts["yy"], "%y").year)
    try:
        if parts.get("mm"):
            return dt.date(year, int(parts["mm"]), 1)
        return dt.datetime.strptime(f"{year}{parts['ddd']}", "%Y%j").date()
    except ValueError:
        return None

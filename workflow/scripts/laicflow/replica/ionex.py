"""Archives of daily maps: those of the centres themselves and, for all of them, CDDIS."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from laicflow.replica.answer import Answer, Folder, not_found

# Short names (series, day of year, year of two digits) and long ones.
SHORT = re.compile(r"^(?P<series>[a-z0-9]{4})(?P<ddd>\d{3})0\.(?P<yy>\d\d)i(\.z|\.gz)?$")
LONG = re.compile(
    r"^(?P<series>[a-z]{3}0ops[a-z0-9]{3})_(?P<yyyy>\d{4})(?P<ddd>\d{3})0000_01d_"
    r"(?P<step>\d\d[hm])_gim\.inx(\.gz)?$"
)
# Both horizons of CODE's predictions bore this name; the folder alone told them apart.
SHARED = "cod0opsprd"


@dataclass(frozen=True)
class Archive:
    """What is served of one source and where.

    Parameters
    ----------
    series : short names and long ones, in lower case
    folders : where the centre itself keeps the files, as templates of `_fields`; "" for the root
    tier : folder in which files of the shared name lie, here and upstream
    step : which spacing of the long names it is, "" for any
    """

    series: tuple[str, ...]
    folders: tuple[str, ...] = ()
    tier: str = ""
    step: str = ""


ARCHIVES = {
    "code": Archive(("codg", "cod0opsfin"), ("{yyyy}",)),
    "code_rapid": Archive(("corg", "cod0opsrap"), ("root of the year",)),
    "code_predicted": Archive(
        ("c1pg", SHARED, "cod0opsp0d"), ("{yyyy}", "iono/p1/{yyyy}", "iono/prd"), tier="p1"
    ),
    "code_predicted2": Archive(
        ("c2pg", SHARED, "cod0opsp1d"), ("{yyyy}", "iono/p2/{yyyy}", "iono/prd"), tier="p2"
    ),
    "jpl": Archive(("jplg", "jpl0opsfin"), ("y{yyyy}",)),
    "igs": Archive(("igsg", "igs0opsfin")),
    "esa": Archive(("esag", "esa0opsfin"), ("{wwww}",)),
    "upc": Archive(("uqrg", "upc0opsrap"), ("{yyyy}/{ddd}_{yymmdd}.15min",), step="15m"),
    "cas": Archive(("casg", "cas0opsfin")),
}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A map file, asked for in a folder of the centre's own archive or of CDDIS (`2001/014`).

    The name may be in capitals or not. A file that lies there without compression is also served
    under its name with `.gz`.
    """
    archive = ARCHIVES[source]
    *parents, name = path.lower().split("/")
    found = SHORT.match(name) or LONG.match(name)
    if found is None or found["series"] not in archive.series:
        return not_found(path)
    parts = found.groupdict()
    if archive.step and parts.get("step", archive.step) != archive.step:
        return not_found(path)
    day = _day(parts)
    if day is None or not _is_kept_in(archive, found["series"], "/".join(parents), day, folder):
        return not_found(path)
    for wanted in dict.fromkeys((name, name.removesuffix(".gz"))):
        file = _file(archive, found["series"], wanted, folder)
        if file is not None:
            there = folder.plain(file)
            return there if wanted == name else _compressed(there)
    return not_found(path)


def _compressed(there: Answer) -> Answer:
    """A plain file packed by gzip, with the same bytes each time."""
    body = gzip.compress(there.body, mtime=0)
    return Answer(200, body, origin=f"{there.origin} (compressed)", modified=there.modified)


def _day(parts: dict[str, str | None]) -> dt.date | None:
    """The day in a file name, None where the year has no such day; IONEX begins in 1995 or so."""
    year = parts.get("yyyy") or f"{dt.datetime.strptime(parts['yy'], '%y').year}"
    day = dt.date(int(year), 1, 1) + dt.timedelta(days=int(parts["ddd"]) - 1)
    return day if day.year == int(year) else None


def _is_kept_in(archive: Archive, series: str, parent: str, day: dt.date, folder: Folder) -> bool:
    """Whether an archive keeps the files of a day in a folder.

    Bern has rapid files at the root of its tree until the final ones are there, that is at most
    those of the running year; what it predicts it keeps by tiers.
    """
    fields = {
        "yyyy": f"{day:%Y}",
        "ddd": f"{day:%j}",
        "yymmdd": f"{day:%y%m%d}",
        "wwww": f"{(day - dt.date(1980, 1, 6)).days // 7:04d}",
    }
    if parent == "{yyyy}/{ddd}".format(**fields):
        return series != SHARED
    if parent == "":
        return "root of the year" in archive.folders and day.year == folder.now.year
    if parent not in [template.format(**fields) for template in archive.folders]:
        return False
    if series == SHARED:
        return parent.startswith(f"iono/{archive.tier}/")
    if archive.tier and series.startswith("cod0ops"):
        return parent == "iono/prd"
    return not parent.startswith("iono/")


def _file(archive: Archive, series: str, name: str, folder: Folder) -> Path | None:
    """The served file of a name; one of the shared name must lie in a folder of its tier."""
    if series != SHARED:
        return folder.by_name("ionex").get(name)
    for path in folder.files("ionex"):
        above = path.relative_to(folder.root).parts[:-1]
        if path.name.lower() == name and archive.tier in [part.lower() for part in above]:
            return path
    return None

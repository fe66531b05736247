"""WDC Kyoto: a month of Dst as records or as a web page, in one of three versions."""

from __future__ import annotations

import datetime as dt
import re

from laicflow.replica.answer import Answer, Folder, not_found

ASKED = re.compile(
    r"^dst_(?P<version>final|provisional|realtime)/(?P<month>\d{6}|presentmonth)/"
    r"(?P<file>dst(?P<yymm>\d{4})\.for\.request|index\.html)$"
)
# Column 14 of a record (WDC format of Dst); older exports leave it blank.
VERSIONS = {"2": "final", "1": "provisional", "0": "realtime"}
MONTHS = (
    *("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE"),
    *("JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER"),
)
TITLES = {
    "final": ("Final", "FINAL"),
    "provisional": ("Provisional", "PROVISIONAL"),
    "realtime": ("Real-time (Quicklook)", "REAL-TIME"),
}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A month of records cut out of longer files, as they stand there, or made a page.

    A record that says its version is served under it; one that does not is final where its month
    is over, else real-time. Where files overlap, the first by name counts. A page that lies in
    the folder goes before one that is made.
    """
    found = ASKED.match(path)
    if found is None:
        return not_found(path)
    present = found["month"] == "presentmonth"
    name = f"{folder.now:%Y%m}" if present else found["month"]
    if (present and found["version"] != "realtime") or found["yymm"] not in (None, name[2:]):
        return not_found(path)
    is_page = found["file"] == "index.html"
    whole = folder.by_name("kyoto_web").get(f"dst_{found['version']}_{name}_index.html")
    if is_page and whole is not None:
        return folder.plain(whole, "text/html")
    month = dt.date(int(name[:4]), int(name[4:]), 1)
    chosen, behind = _chosen(month, folder)
    if not chosen or _version(chosen, month, folder.now) != found["version"]:
        return not_found(path)
    if not is_page:
        body = "".join(f"{line}\n" for line in chosen).encode("ascii", "replace")
    else:
        try:
            body = _page(chosen, month, found["version"])
        except ValueError:
            return not_found(f"{path}: its records are damaged")
    made = "made a page of" if is_page else "cut from"
    return Answer(
        200,
        body,
        kind="text/html" if is_page else "text/plain",
        origin=f"replica: {made} " + ", ".join(folder.name(file) for file in behind),
        modified=max(file.stat().st_mtime for file in behind),
    )


def _chosen(month: dt.date, folder: Folder) -> tuple[list[str], list]:
    """The records of a month in the order of days, and the files behind them."""
    days: dict[int, str] = {}
    behind = []
    for name, records in _records(folder).items():
        mine = [line for line in records if _month(line) == (month.year, month.month)]
        new = {int(line[8:10]): line for line in mine if int(line[8:10]) not in days}
        if new:
            days |= new
            behind.append(folder.root / name)
    return [days[day] for day in sorted(days)], behind


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


def _page(lines: list[str], month: dt.date, version: str) -> bytes:
    """A month's page: values in four columns, a blank before each eight, a gap each five days."""
    name, title = TITLES[version]
    hours = "".join(f"{' ' * (hour in (9, 17))}{hour:4d}" for hour in range(1, 25))
    rows = [
        "<html>",
        "<head>",
        '<meta http-equiv="Content-Type" content="text/html; charset=euc-jp">',
        f"<title>{name} Dst Index Monthly Plot and Table</title>",
        "</head>",
        "<body>",
        '<pre class="data">',
        f"{'WDC for Geomagnetism, Kyoto':>65}",
        f"{'':32}Hourly Equatorial Dst Values ({title})",
        f"{'':44}{MONTHS[month.month - 1]}   {month.year}",
        f"{'      unit=nT':<99}UT",
        f"   {hours}",
        "DAY",
    ]
    for line in lines:
        base = int(line[16:20].strip() or 0) * 100
        values = [int(line[at : at + 4]) for at in range(20, 116, 4)]
        cells = [f"{value if value == 9999 else base + value:4d}" for value in values]
        groups = ["".join(cells[at : at + 8]) for at in (0, 8, 16)]
        day = int(line[8:10])
        rows.append(f"{day:2d} {' '.join(groups)}")
        rows += [""] * (day % 5 == 0)
    return "\n".join([*rows, "</pre>", "</body>", "</html>", ""]).encode("ascii")

"""Names of IONEX files: the day, the analysis centre and the product that they promise.

Short names are `ccccddds.yyi`, long ones `AAAVPPPTTT_yyyydddhhmm_LEN_SMP_CNT.INX`, in either case,
with `.Z` or `.gz` or without (IGS, Guidelines for Long Product Filenames). A name promises; what
the maps are is what the header says.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

_PACKED = r"(\.z|\.gz)?"
_SHORT = re.compile(
    rf"(?P<series>[a-z0-9]{{4}})(?P<day>\d{{3}})[a-x0-9]\.(?P<year>\d\d)i{_PACKED}", re.IGNORECASE
)
_LONG = re.compile(
    r"(?P<centre>[A-Z0-9]{3})[A-Z0-9]{4}(?P<type>[A-Z0-9]{3})_(?P<year>\d{4})(?P<day>\d{3})\d{4}"
    rf"_\d\d[A-Z]_\d\d[A-Z]_[A-Z0-9]{{3}}\.INX{_PACKED}",
    re.IGNORECASE,
)
# The first GPS satellite flew in 1978; two digits of an IONEX name mean 1980 to 2079.
_FIRST_YEAR = 1980


class Series(NamedTuple):
    """A series of maps: the centre, `final`, `rapid` or `predicted`, and of predicted ones how many
    days ahead, None where a name does not tell.
    """

    centre: str
    product: str
    ahead: int | None = None


_SHORT_SERIES = {
    "codg": Series("code", "final"),
    "corg": Series("code", "rapid"),
    "copg": Series("code", "predicted"),
    "c1pg": Series("code", "predicted", 1),
    "c2pg": Series("code", "predicted", 2),
    "jplg": Series("jpl", "final"),
    "jprg": Series("jpl", "rapid"),
    "igsg": Series("igs", "final"),
    "igrg": Series("igs", "rapid"),
    "esag": Series("esa", "final"),
    "esrg": Series("esa", "rapid"),
    "upcg": Series("upc", "final"),
    "uprg": Series("upc", "rapid"),
    "uhrg": Series("upc", "rapid"),
    "uqrg": Series("upc", "rapid"),
    "casg": Series("cas", "final"),
    "carg": Series("cas", "rapid"),
}
_CENTRES = {"cod": "code", **{name: name for name in ("jpl", "igs", "esa", "upc", "cas")}}
# CODE has called its predictions PRD and, since September 2026, P0D, P1D, ...; how many days ahead
# these are is not known for sure, so their names promise none.
_TYPES = {"fin": "final", "rap": "rapid", "prd": "predicted"}
_PREDICTED = re.compile(r"p\dd")
# What a title says of the maps: "CODE'S 1-DAY PREDICTED GLOBAL IONOSPHERE MAPS FOR DAY 001, 2020".
_TITLE = re.compile(
    r"((?P<ahead>\d+)[- ]DAYS?[- ](AHEAD )?)?\b(?P<word>PREDICTED|RAPID|FINAL)\b.*\bMAPS?\b",
    re.IGNORECASE,
)
# How CODE calls maps of observations that are neither rapid nor predicted.
_CODE_FINAL = re.compile(r"CODE'S GLOBAL IONOSPHERE MAPS?\b", re.IGNORECASE)


def day_of_name(name: str) -> dt.date | None:
    """The day in an IONEX file name, None where the name is none."""
    match = _SHORT.fullmatch(name) or _LONG.fullmatch(name)
    if match is None:
        return None
    year = int(match["year"])
    if year < 100:
        year = _FIRST_YEAR + (year - _FIRST_YEAR) % 100
    day = dt.date(year, 1, 1) + dt.timedelta(days=int(match["day"]) - 1)
    return day if day.year == year else None


def series_of_name(name: str) -> Series | None:
    """The series that a file name promises, None where the name is none of the known ones."""
    short = _SHORT.fullmatch(name)
    if short is not None:
        return _SHORT_SERIES.get(short["series"].lower())
    long = _LONG.fullmatch(name)
    if long is None:
        return None
    kind = long["type"].lower()
    product = "predicted" if _PREDICTED.fullmatch(kind) else _TYPES.get(kind)
    centre = _CENTRES.get(long["centre"].lower())
    return Series(centre, product) if centre and product else None


def fault_of_series(
    series: Series | None, centre: str, predicted: bool, title: str = ""
) -> tuple[str, str] | None:
    """What a series promises and what a header says instead, None where they agree.

    A header that does not tell its centre (`unknown`) is no fault, nor is a title that says nothing
    of the product. The combined maps of the IGS are made by UPC, among others, and may say no more
    than that. CODE's plain title, which says neither rapid nor predicted, is a fault under the name
    of a prediction: there it would pass observations off as a forecast.

    Parameters
    ----------
    series : as `series_of_name` gives it
    centre, predicted, title : of the header (`ionex_header.Header`)
    """
    if series is None:
        return None
    makers = {"igs": {"igs", "upc"}}.get(series.centre, {series.centre})
    if centre != "unknown" and centre not in makers:
        return f"maps of {series.centre}", f"a header of {centre}"
    if predicted and series.product != "predicted":
        return f"{series.product} maps", "a header that calls them predicted"
    return _fault_of_title(series, title)


def _fault_of_title(series: Series, title: str) -> tuple[str, str] | None:
    """The same of a title alone."""
    said = _TITLE.search(title)
    if said is None:
        plain = series.product == "predicted" and _CODE_FINAL.search(title)
        return ("predicted maps", f"the title {title.strip()!r}") if plain else None
    product = said["word"].lower()
    if product != series.product:
        return f"{series.product} maps", f"a header that calls them {product}"
    if said["ahead"] and series.ahead and int(said["ahead"]) != series.ahead:
        days = f"maps predicted {series.ahead} day(s) ahead"
        return days, f"a header that calls them predicted {int(said['ahead'])} day(s) ahead"
    return None

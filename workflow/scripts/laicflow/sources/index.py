"""Files whose names cannot be known: they are asked for as the upstream's own list names them.

Names of half-orbits hold times of a pass, others the number of a version. A partition therefore
begins with an `Index`, the pages of a list; `parts` puts the files in its place whose names tell
days that are needed. What a file holds is for its content check and its reader to say.

A page is one of these:

- a web page of links, as servers make it of a folder (Apache, nginx and their like);
- an object with the list `results`, as swarm-diss.eo.esa.int answers (keys `name`, `size`, `mtime`
  and `is_dir`, by public notes of 2021 to 2026; not tried here);
- an object with the list `files`, made of a folder of a local base, which is listed at any depth.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import html.parser
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urlsplit

from laicflow.errors import FetchError, NothingThereError
from laicflow.sources.request import Request

DAY = dt.timedelta(days=1)

# What comes of an object that is none, is not as it must be, or is nested too deeply.
MISREAD = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)

# What an error says of a file that is nowhere (`laicflow.fetch_job`).
GONE = "not there (404)"


@dataclass(frozen=True)
class Index(Request):
    """A list of files, in whose place the files are asked for; `span` says of which days.

    Parameters
    ----------
    folders : the folders that are listed, below the base; the page of each that is not there is
        passed over where another one is
    page, file : path of a folder's page and of a file, with {folder} and {file}
    pattern : regular expression of the wanted names in any case, with the groups `first` and `last`
        (days, yyyymmdd), `slot`, which only versions of one file share, and perhaps `version`, of
        which the last is taken
    holds : name of the content check of the files
    daily : a file holds the one day that its name tells
    only : the file that the list named before and that was not there
    """

    folders: tuple[str, ...] = ()
    page: str = "{folder}"
    file: str = "{file}"
    pattern: str = ""
    holds: str = ""
    daily: bool = False
    only: Listed | None = None


@dataclass(frozen=True)
class Listed(Request):
    """A file that a list names.

    Of a local archive nothing else can be had than what lies there: it is not held to any check,
    and whatever reads it says what is wrong with it (`at_hand`).
    """

    at_hand: bool = False
    slot: str = ""
    version: str = ""
    index: Index | None = None


@dataclass(frozen=True)
class Entry:
    """A file on a page.

    Parameters
    ----------
    name : its name
    path : its path below a local base, "" on a page of an upstream
    size : bytes, None where the page does not say
    said : size and time, "" where the page does not say
    """

    name: str
    path: str = ""
    size: int | None = None
    said: str = ""


def index(
    span: tuple[dt.date, dt.date], folders: Iterable[str], settings: dict, **said: object
) -> Index:
    """The list of a partition's files.

    `settings`: `format` names the content check of the files, `names` tells theirs, `page` and
    `file` may say where both stand; each as of `Index`.
    """
    known = {key: settings[key] for key in ("page", "file") if key in settings}
    made = Index(
        path="",
        name=f"files of {span[0]} to {span[1]}",
        check="index",
        span=span,
        folders=tuple(dict.fromkeys(folders)),
        pattern=settings["names"],
        holds=settings["format"],
        **known,
        **said,
    )
    first, *others = (page.path for page in pages(made))
    return replace(made, path=first, alternatives=tuple(others))


def pages(request: Index) -> list[Index]:
    """The pages of a list; their names on disk tell days and path, so that none share one."""
    return [_page(request, folder) for folder in request.folders]


def parts(request: Request, ask: Callable[[Request], bytes]) -> list[Request]:
    """The files of a list; any other request as it is; none where the list has no such file.

    Parameters
    ----------
    ask : gives the content of a page

    Raises
    ------
    FetchError : a page cannot be had, or is none
    """
    if not isinstance(request, Index):
        return [request]
    found: dict[str, tuple[int, Listed]] = {}
    for folder, page in zip(request.folders, pages(request), strict=True):
        try:
            content = ask(page)
        except NothingThereError:
            continue
        for entry in entries(content):
            listed = _listed(request, folder, entry)
            if listed is None:
                continue
            size = entry.size or 0
            # A local archive may hold two copies of a file, one of them cut.
            if listed.name not in found or size > found[listed.name][0]:
                found[listed.name] = size, listed
    chosen = _newest([found[name][1] for name in sorted(found)])
    if request.only is None:
        return chosen
    again = [replace(one, fresh=True) for one in chosen if one.slot == request.only.slot]
    return again or [replace(request.only, unlisted=True)]


def instead(request: Request, error: FetchError) -> list[Request]:
    """The list once more, for a file that it names and that is not there: it may be an old one."""
    if not isinstance(request, Listed) or request.index is None or request.fresh:
        return []
    if GONE not in str(error):
        return []
    return [replace(request.index, fresh=True, only=request)]


def entries(content: bytes) -> list[Entry]:
    """The files on a page, those in folders below it left out; names are without any folder.

    Raises
    ------
    FetchError : the page is an object without a list of files
    """
    if not content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return [Entry(name) for name in links(content)]
    try:
        said = json.loads(content)
        # Every object of an upstream has `results` (`laicflow.checks.index`): that none passes for
        # a list of what lies here, which names paths and is held to no check.
        if "results" in said:
            return [_result(one) for one in said["results"] if not one.get("is_dir")]
        return [_own(*one) for one in said["files"]]
    except MISREAD as error:
        raise FetchError(f"a list of files cannot be understood: {error!r}") from error


def links(content: bytes) -> list[str]:
    """The names to which a web page has links: the last parts of their paths, decoded, each once.

    Links to folders and those that sort the list (`?C=M;O=A`) are left out.
    """
    found = _Links()
    found.feed(content.decode("utf-8", "replace"))
    names = []
    for target in found.targets:
        try:
            path = urlsplit(target.strip()).path
        except ValueError:
            continue
        names.append(unquote(path.rsplit("/", 1)[-1]))
    return [name for name in dict.fromkeys(names) if name]


class _Links(html.parser.HTMLParser):
    """Collects the targets of links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A link's target."""
        if tag == "a":
            self.targets += [value for key, value in attrs if key == "href" and value]


def _own(path: str, size: int, modified: int) -> Entry:
    """A file of a local base."""
    return Entry(path.rsplit("/", 1)[-1], path, size, f"{size}-{modified}")


def _result(one: dict) -> Entry:
    """A file as swarm-diss lists it."""
    size = one.get("size")
    said = f"{size}-{one.get('mtime')}" if size is not None else ""
    return Entry(str(one["name"]), size=int(size) if size is not None else None, said=said)


def _page(request: Index, folder: str) -> Index:
    """One page of a list."""
    path = request.page.format(folder=_quoted(folder, request.page))
    # A server knows a folder by its last slash.
    path = f"{path.rstrip('/')}/" if path and "?" not in path else path
    digest = hashlib.sha256(path.encode()).hexdigest()[:8]
    days = "-".join(f"{day:%Y%m%d}" for day in request.span)
    return replace(request, path=path, name=f"list_{days}_{digest}.index", alternatives=())


def _quoted(text: str, template: str) -> str:
    """A path as it stands in a URL: whole in a query, else with its slashes."""
    return quote(text, safe="" if "?" in template else "/")


def _listed(request: Index, folder: str, entry: Entry) -> Listed | None:
    """The request of a file, None where its name is another's or tells no day that is needed."""
    match = re.fullmatch(request.pattern, entry.name, re.IGNORECASE)
    if match is None:
        return None
    first, last = _day(match["first"]), _day(match["last"])
    if first is None or last is None or first > request.span[1] or last < request.span[0]:
        return None
    whole = f"{folder.strip('/')}/{entry.name}".lstrip("/")
    return Listed(
        path=entry.path or request.file.format(file=_quoted(whole, request.file)),
        name=entry.name,
        day=first if request.daily else None,
        check=request.holds,
        span=None if request.daily else (first, last),
        observatory=request.observatory,
        listed=entry.said,
        at_hand=bool(entry.path),
        slot=match["slot"].upper(),
        version=match.groupdict().get("version") or "",
        index=request,
    )


def _day(text: str) -> dt.date | None:
    """A day yyyymmdd, None where there is no such day."""
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()
    except ValueError:
        return None


def _newest(files: list[Listed]) -> list[Listed]:
    """Of each slot the files of its last version."""
    last: dict[str, str] = {}
    for one in files:
        last[one.slot] = max(last.get(one.slot, ""), one.version)
    return [one for one in files if one.version == last[one.slot]]

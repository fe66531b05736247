"""Is this a list of files, whole, and no other web page?"""

from __future__ import annotations

import json
import re

from laicflow.checks.common import Asked, PageError, UnlikeError, shown
from laicflow.sources.index import links

# How servers head the page of a folder, and names by which files of data are known.
HEADED = re.compile(
    r"<(title|h1)\b[^>]*>[^<]*(index of|directory|listing)", re.IGNORECASE | re.DOTALL
)
DATA = re.compile(r".+\.(h5|dat|zip|cdf|csv|gz)", re.IGNORECASE)
FORM = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)
# So many files are asked for; a list that is as long was cut.
MOST = 10_000


def index(content: bytes, asked: Asked) -> None:
    """A web page of links that is whole, or an object with a list of files that is not cut."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        _check_object(content)
    elif start.startswith(b"<"):
        _check_page(content.decode("utf-8", "replace"))
    else:
        raise UnlikeError(f"expected a list of files, found {shown(start)}")


def _check_object(content: bytes) -> None:
    """An object as swarm-diss answers it."""
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnlikeError(f"truncated: its list of files is no whole object ({error})") from None
    files = said.get("results")
    if not isinstance(files, list):
        raise UnlikeError(f"expected an object with `results`, found {shown(content)}")
    if len(files) >= MOST:
        raise UnlikeError(f"its list of files may be cut: it has {len(files)}")


def _check_page(text: str) -> None:
    """A web page that a server makes of a folder."""
    listed = HEADED.search(text[:4096]) or any(map(DATA.fullmatch, links(text.encode())))
    if FORM.search(text) or not listed:
        raise PageError("a list of files")
    if "</html>" not in text[-512:].lower():
        raise UnlikeError("truncated: its list of files has no end")

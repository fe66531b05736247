"""Bytes and lines of a file, whatever it is compressed with and whatever its name says."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

from laicflow import packing
from laicflow.errors import FormatError

_GZIP = b"\x1f\x8b"
_COMPRESS = b"\x1f\x9d"
_BOM = b"\xef\xbb\xbf"
_PAGE = re.compile(rb"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<title[\s>]", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
# A page declares itself in its first lines; a longer look would only cost time.
_HEAD = 2048


def read_bytes(path: str | Path, page: bool = False) -> bytes:
    """The content of a file: Unix compress (`.Z`) and gzip are undone, other bytes stay.

    The compression is found by its magic bytes, never by the name. A `.Z` file has neither a
    length nor a checksum, so one that was cut off gives fewer bytes here: the reader of the
    format inside must see it (every reader of this package does, by its last label or line).

    Raises
    ------
    FormatError : the file is empty, its compression is broken or ends early, or, unless `page` is
        true, it is a web page (what archives with a login answer, with status 200, in place of
        the file)
    """
    data = Path(path).read_bytes()
    if not data:
        raise FormatError(path, None, "a file with content", "an empty file")
    data = decompress(data, path)
    if not data:
        raise FormatError(path, None, "content inside the compression", "nothing")
    if not page and is_page(data):
        raise FormatError(path, None, "data", _describe_page(data))
    return data


def decompress(data: bytes, path: str | Path) -> bytes:
    """Undo Unix compress or gzip by the magic bytes of `data`; `path` is for the message.

    Raises
    ------
    FormatError : the compression is broken, a gzip stream ends early, or more comes out than any
        real file holds (`laicflow.packing`)
    """
    try:
        if data[:2] == _GZIP:
            return packing.gunzip(data)
        if data[:2] == _COMPRESS:
            return packing.uncompress(data)
    except EOFError as error:
        raise FormatError(
            path, None, "a whole gzip stream", f"one that ends early, after {len(data)} bytes"
        ) from error
    except (OSError, ValueError, zlib.error) as error:
        raise FormatError(path, None, "sound compressed data", error) from error
    return data


def is_page(data: bytes) -> bool:
    """Whether bytes are an HTML page."""
    head = data[:_HEAD].removeprefix(_BOM).lstrip()
    return head.startswith(b"<") and _PAGE.search(head) is not None


def read_text(path: str | Path, encoding: str = "utf-8", page: bool = False) -> str:
    r"""The text of a file, without a byte order mark, each line ended by "\n".

    Raises
    ------
    FormatError : as `read_bytes`, or bytes that are not in `encoding`
    """
    data = read_bytes(path, page).removeprefix(_BOM)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02x}"
        raise FormatError(path, line, f"text in {encoding}", found) from error
    return text.replace("\r\n", "\n")


def read_lines(path: str | Path, encoding: str = "utf-8") -> list[str]:
    """The lines of a file without their ends (as `read_text`); a last empty one is left out."""
    lines = read_text(path, encoding).split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _describe_page(data: bytes) -> str:
    """What a page that came in place of data says of itself."""
    match = _TITLE.search(data[: 4 * _HEAD])
    title = " ".join(match[1].decode("utf-8", "replace").split())[:80] if match else ""
    return "an HTML page, which looks like a login or error page" + (f": {title!r}" * bool(title))

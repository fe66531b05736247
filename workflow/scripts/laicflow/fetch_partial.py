"""Parts of files: what arrived before a connection broke is kept, and the rest asked for later.

A part may be continued only if the server proves that the file is still the same: by a strong
ETag, or, where it sends no ETag at all, by a Last-Modified that is strong (RFC 9110, sections
8.8.2.2 and 13.1.5). All else is fetched anew from its first byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from laicflow.fetch_session import same_place
from laicflow.fetch_words import http_date

# A date says which version a file is only if the version was at least so old when it was sent.
SETTLED = 60.0

RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\*)")


class Part:
    """The first bytes of a file, and in `<path>.json` what they are the first bytes of."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.sidecar = self.path.with_name(self.path.name + ".json")
        self.said: dict = {}

    def conditions(self, url: str) -> dict[str, str]:
        """Headers that ask for the rest; {} where all must be asked for.

        One byte is asked for again, so that a part that is whole already is no error (416).
        """
        self.said = self._read(url)
        have = self._size()
        if not self.said or have < 1:
            return {}
        return {"Range": f"bytes={have - 1}-", "If-Range": self.said["validator"]}

    def begin(self, url: str, headers: Mapping[str, str], total: int | None) -> None:
        """Start anew; what is needed to go on later is noted where the server allows that."""
        self.discard()
        self.path.touch()
        validator = strong_validator(headers)
        if validator:
            self.said = {"url": url, "validator": validator, "size": total}
            self.sidecar.write_text(json.dumps(self.said), encoding="utf-8")

    def accept(self, headers: Mapping[str, str]) -> tuple[int, int | None] | None:
        """Where the bytes of a 206 belong and the size of the whole; None: they do not fit."""
        found = RANGE.fullmatch(headers.get("Content-Range", "").strip())
        have = self._size()
        if found is None or int(found[1]) != have - 1:
            return None
        total = None if found[3] == "*" else int(found[3])
        told = self.said.get("size")
        if None not in (total, told) and total != told:
            return None
        if _encoding(headers) and not self.path.name.removesuffix(".part").endswith(".gz"):
            return None
        for name in ("ETag", "Last-Modified"):
            validator = self.said["validator"]
            if headers.get(name) and validator.startswith('"') == (name == "ETag"):
                if headers[name] != validator:
                    return None
        return have - 1, total if total is not None else told

    def finish(self) -> None:
        """All has arrived: what was noted for later is not needed any more."""
        self.sidecar.unlink(missing_ok=True)

    def discard(self) -> None:
        """Forget it."""
        self.said = {}
        self.sidecar.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def settle(self) -> str:
        """After a connection broke: keep what can be continued, else nothing; in words."""
        have = self._size()
        if self.sidecar.is_file() and have > 0:
            of = f" of {self.said['size']}" if self.said.get("size") else ""
            return f"{have}{of} bytes are kept, and the next run goes on from there"
        self.discard()
        return ""

    def _size(self) -> int:
        """How many bytes there are."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def _read(self, url: str) -> dict:
        """What was noted; {} where nothing usable was, or about another URL."""
        try:
            said = json.loads(self.sidecar.read_text(encoding="utf-8"))
            known = isinstance(said["validator"], str) and same_place(str(said["url"]), url)
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        too_long = said.get("size") is not None and self._size() > said["size"]
        return said if known and not too_long else {}


def strong_validator(headers: Mapping[str, str]) -> str:
    """The ETag or the date by which a server can tell whether a file is unchanged, "" if none."""
    tag = headers.get("ETag", "").strip()
    if tag:
        return tag if re.fullmatch(r'"[^"]*"', tag) else ""
    changed, sent = (http_date(headers.get(name, "")) for name in ("Last-Modified", "Date"))
    if changed is None or sent is None or sent - changed < SETTLED:
        return ""
    return headers["Last-Modified"]


def _encoding(headers: Mapping[str, str]) -> str:
    """The compression that a server declares for the way, "" for none."""
    found = headers.get("Content-Encoding", "").strip().lower()
    return "" if found == "identity" else found

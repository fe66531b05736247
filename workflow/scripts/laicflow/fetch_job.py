"""One partition being fetched: which file is here, which mirror is asked, what becomes of it."""

from __future__ import annotations

import datetime as dt
import os
import sys
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from laicflow import fetch_checks
from laicflow.errors import ConfigError, FetchError
from laicflow.fetch_checks import Asked, LoginPageError, WrongBodyError
from laicflow.fetch_client import RETRIED, Client, Reply, UnreachableError, is_loopback
from laicflow.fetch_manifest import Manifest
from laicflow.sources.request import Request
from laicflow.store import sha256

NOT_YET = "not yet"
ALLOWED = "absent upstream, listed in allow_missing"


class AbsentError(Exception):
    """A file is not there, and that is no error."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class Job:
    """One partition being fetched."""

    source: str
    partition: str
    settings: dict
    bases: list[str]
    raw: Path
    now: dt.datetime
    span: tuple[dt.date, dt.date]
    client: Client
    allowed: set[str] = field(default_factory=set)
    # Mirrors that could not be reached or wanted a login: asked last and once from then on.
    shunned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not self.bases:
            raise ConfigError(f"{self.source}: no base URL to ask")
        for base in self.bases:
            if urlsplit(base).scheme not in ("http", "https", "file"):
                text = f"{self.source}: base {base!r} must start with http://, https:// or file:///"
                raise ConfigError(text)
        self.manifest = Manifest(self.raw)

    def content(self, request: Request) -> bytes:
        """The bytes of a small file that has to be known before others are asked for."""
        try:
            return (self.raw / self.obtain(request)["path"]).read_bytes()
        except AbsentError as absence:
            raise FetchError(f"{request.name}: {absence.why}") from None

    def obtain(self, request: Request) -> dict:
        """One file, from here or from upstream, as an entry of the receipt.

        Raises
        ------
        AbsentError : it is not there, which is no error
        FetchError : it could not be had
        """
        kept = self._kept(request)
        if kept is not None and not self._is_stale(request, kept):
            return self._entry(request, kept)
        if request.day is not None and request.day >= self.now.date() and kept is None:
            raise AbsentError(NOT_YET)
        tried: list[str] = []
        absent = False
        for base in sorted(self.bases, key=lambda base: base in self.shunned):
            try:
                row = self._from(base, request, kept)
            except FetchError as error:
                if isinstance(error, (UnreachableError, LoginPageError)):
                    self.shunned.add(base)
                tried.append(str(error))
                continue
            self.shunned.discard(base)
            if row is not None:
                return self._entry(request, row)
            absent = True
            tried += [f"{self._url(base, path)}: not there (404)" for path in _paths(request)]
        if kept is not None and not self._is_closed(request):
            # The version at hand was good when it came, and an open day is asked for again.
            _warn(f"{request.name}: not refreshed, the earlier version stays; " + "; ".join(tried))
            return self._entry(request, kept)
        if absent:
            self._excuse(request)
        raise FetchError("; ".join(tried))

    def _from(self, base: str, request: Request, kept: dict | None) -> dict | None:
        """The manifest row of a file that one mirror has, None where it has it not."""
        if base.startswith("file:"):
            return self._link(base, request)
        for path in _paths(request):
            row = self._download(base, path, request, kept)
            if row is not None:
                return row
        return None

    def _download(self, base: str, path: str, request: Request, kept: dict | None) -> dict | None:
        """One URL asked for; None where there is nothing."""
        url = self._url(base, path)
        file = self._file(request, request.name_for(path))
        target = self.raw / file
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{uuid.uuid4().hex}.{target.name}")
        headers = _conditions(kept, url)
        attempts = 1 if base in self.shunned else 0
        try:
            reply = self.client.download(url, temporary, headers=headers, attempts=attempts)
            if reply.status == 304 and kept is not None:
                self.manifest.confirm(kept["file"], self.now)
                return kept
            if reply.status in (404, 410):
                return None
            if reply.status in RETRIED:
                raise UnreachableError(str(_refusal(url, reply, "none")))
            if reply.status != 200:
                raise _refusal(url, reply, self.settings["account"])
            fetch_checks.inspect(temporary, url, self._asked(request, target.name))
            return self._arrived(temporary, target, file, url, path, reply)
        finally:
            temporary.unlink(missing_ok=True)

    def _link(self, base: str, request: Request) -> dict | None:
        """A file of a local archive, linked under its name; None where it is not there.

        The archive may be laid out like the upstream, like `raw`, or be one flat folder.
        """
        root = Path(url2pathname(urlsplit(base).path))
        if not root.is_dir():
            raise UnreachableError(f"{base}: no such folder")
        for path in _local_paths(request, self._folder(request)):
            found = root / path
            if not found.is_file():
                continue
            file = self._file(request, request.name_for(path))
            target = self.raw / file
            fetch_checks.inspect(found, found.as_uri(), self._asked(request, target.name))
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{uuid.uuid4().hex}.{target.name}")
            temporary.symlink_to(found.resolve())
            size = found.stat().st_size
            reply = Reply(200, found.as_uri(), size=size, sha256=sha256(found))
            try:
                return self._arrived(temporary, target, file, reply.url, path, reply)
            finally:
                temporary.unlink(missing_ok=True)
        return None

    def _arrived(
        self, temporary: Path, target: Path, file: str, url: str, path: str, reply: Reply
    ) -> dict:
        """A checked file given its name, and its row in the manifest.

        A version that is here already keeps its row: the upstream has merely confirmed it.
        """
        os.replace(temporary, target)
        known = self.manifest.latest(file)
        if known and known["sha256"] == reply.sha256 and _same_place(known["url"], url):
            self.manifest.confirm(file, self.now)
            return known
        self.manifest.append(
            {
                "url": url,
                "path": path,
                "source": self.source,
                "file": file,
                "fetched": self.now,
                "size": reply.size,
                "sha256": reply.sha256,
                "etag": reply.etag,
                "last_modified": reply.last_modified,
                "licence": self.settings["licence"],
                "origin": reply.origin,
            }
        )
        return self.manifest.latest(file)

    def _kept(self, request: Request) -> dict | None:
        """The manifest row of a file that lies here unchanged."""
        for name in request.names():
            row = self.manifest.latest(self._file(request, name))
            if row is None:
                continue
            path = self.raw / row["file"]
            if path.is_file() and sha256(path) == row["sha256"]:
                return row
        return None

    def _is_stale(self, request: Request, row: dict) -> bool:
        """Whether a file that is here must be asked for again.

        A closed day's file stays if the upstream confirmed it after the day had closed; an open
        one's if that was less than `recheck_hours` ago.
        """
        closes = self._closes(request)
        if closes is not None and row["checked"] >= closes:
            return False
        age = self.now - row["checked"]
        wait = dt.timedelta(hours=self.settings.get("recheck_hours", 0))
        return not dt.timedelta(0) <= age < wait

    def _excuse(self, request: Request) -> None:
        """Raise `AbsentError` where a file that is nowhere may be missing."""
        if {request.day.isoformat() if request.day else self.partition} & self.allowed:
            raise AbsentError(ALLOWED)
        if self.settings["closed_after_days"] is not None and not self._is_closed(request):
            raise AbsentError(NOT_YET)

    def _is_closed(self, request: Request) -> bool:
        """Whether the upstream has had its time for a file."""
        closes = self._closes(request)
        return closes is not None and self.now >= closes

    def _closes(self, request: Request) -> dt.datetime | None:
        """The instant after which a file's absence is an error; None: it is never finished."""
        after = self.settings["closed_after_days"]
        if after is None:
            return None
        last = self._covered(request)[1]
        return dt.datetime.combine(last, dt.time()) + dt.timedelta(days=1 + after)

    def _covered(self, request: Request) -> tuple[dt.date, dt.date]:
        """First and last day that a file covers."""
        if request.day is not None:
            return request.day, request.day
        return request.span or self.span

    def _asked(self, request: Request, name: str) -> Asked:
        """What the checks hold a file to."""
        first, last = self._covered(request)
        return Asked(
            name=name,
            check=request.check,
            first=first,
            last=last,
            closed=self._is_closed(request),
            account=self.settings["account"],
        )

    def _folder(self, request: Request) -> str:
        """Year of a file, or `all`."""
        return f"{request.day:%Y}" if request.day else self.partition.split("-")[0]

    def _file(self, request: Request, name: str) -> str:
        """Path of a file relative to the folder of raw files."""
        return f"{self.source}/{self._folder(request)}/{name}"

    def _url(self, base: str, path: str) -> str:
        """A path under a base."""
        return f"{base.rstrip('/')}/{path}"

    def _entry(self, request: Request, row: dict) -> dict:
        """A file in the receipt: nothing of when or from which host it came."""
        return {
            "name": Path(row["file"]).name,
            "path": row["file"],
            "sha256": row["sha256"],
            "size": row["size"],
            "day": request.day.isoformat() if request.day else None,
            "outcome": "arrived",
            "url_path": row["path"],
            "origin": row["origin"],
        }


def _paths(request: Request) -> tuple[str, ...]:
    """The paths of a file, the first the likeliest."""
    return (request.path, *request.alternatives)


def _local_paths(request: Request, folder: str) -> list[str]:
    """Where a file may lie in a local archive."""
    upstream = [path for path in _paths(request) if "?" not in path]
    names = [*request.names(), *(path.rsplit("/", 1)[-1] for path in upstream)]
    raw = [f"{folder}/{name}" for name in request.names()]
    return list(dict.fromkeys([*upstream, *raw, *names]))


def _conditions(kept: dict | None, url: str) -> dict[str, str]:
    """Headers that ask for a file only if it changed since it came from the same place."""
    if kept is None or not _same_place(kept["url"], url):
        return {}
    headers = {"If-None-Match": kept["etag"], "If-Modified-Since": kept["last_modified"]}
    return {key: value for key, value in headers.items() if value}


def _same_place(one: str, other: str) -> bool:
    """Whether two URLs are the same, the changing port of a server on this machine aside."""
    if not (is_loopback(one) and is_loopback(other)):
        return one == other
    return urlsplit(one)._replace(netloc="") == urlsplit(other)._replace(netloc="")


def _refusal(url: str, reply: Reply, account: str) -> FetchError:
    """The error behind an answer that is neither a file nor 404."""
    text = f"{url}: HTTP {reply.status}"
    if reply.message:
        text += f" ({reply.message})"
    if reply.status in (401, 403):
        hint = fetch_checks.HINTS.get(account, "")
        return LoginPageError(f"{text}; {hint}" if account != "none" else text)
    return WrongBodyError(text)


def _warn(text: str) -> None:
    """Tell the user on stderr."""
    print(f"warning: {text}", file=sys.stderr, flush=True)

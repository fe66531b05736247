"""One partition being fetched: which file is here, which mirror is asked, what becomes of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from laicflow import fetch_checks, fetch_index, fetch_local, fetch_login
from laicflow.errors import FetchError, NothingThereError
from laicflow.fetch_absent import ALLOWED, LACKING, NOT_YET, UNLISTED, AbsentError, NotHadError
from laicflow.fetch_alone import alone, warn
from laicflow.fetch_checks import LoginPageError, NoDataError, UnfitError, WrongBodyError
from laicflow.fetch_client import Client, Reply, UnreachableError
from laicflow.fetch_disk import DiskError, room
from laicflow.fetch_keep import keep
from laicflow.fetch_manifest import Manifest
from laicflow.fetch_partial import Part
from laicflow.fetch_refusal import login_hint, not_had, refusal
from laicflow.fetch_session import conditions, same_place
from laicflow.fetch_terms import Terms, check_bases, paths, url_of
from laicflow.fetch_versions import StayError, Versions, versions_of
from laicflow.files import sha256, temporary_name
from laicflow.sources.index import Listed
from laicflow.sources.request import Request


@dataclass
class Job:
    """One partition being fetched.

    `recheck` asks for what is here too, unless the upstream has confirmed it since `listed`.
    """

    terms: Terms
    bases: list[str]
    raw: Path
    client: Client
    allowed: set[str] = field(default_factory=set)
    recheck: bool = False
    listed: dt.datetime | None = None
    # The files of which that listing tells, by name.
    told: dict[str, dict] = field(default_factory=dict)
    # Mirrors that could not be reached or wanted a login: asked last and once from then on.
    shunned: set[str] = field(default_factory=set)
    # Addresses that answered with a file in which no value is: nothing is there.
    hollow: set[str] = field(default_factory=set)
    # Small files that were asked for anew: once is enough.
    anew: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_bases(self.terms.source, self.bases)
        self.bases = [self.client.learn(base) for base in self.bases]
        fetch_login.offer(self.client, self.terms.settings, self.bases)
        self.manifest = Manifest(self.raw)

    def content(self, request: Request) -> bytes:
        """The bytes of a small file that has to be known before others are asked for.

        Raises
        ------
        NothingThereError : it is not there
        FetchError : it could not be had
        """
        if request.fresh and request.path in self.anew:
            return self.anew[request.path]
        found = fetch_index.content(self.bases, request, self._bytes)
        if request.fresh:
            self.anew[request.path] = found
        return found

    def _bytes(self, request: Request) -> bytes:
        """The bytes of a file, from here or from upstream."""
        try:
            return (self.raw / self.obtain(request)["path"]).read_bytes()
        except AbsentError as absence:
            raise NothingThereError(f"{request.name}: {absence.why}") from None
        except NotHadError as error:
            raise NothingThereError(str(error)) if error.absent else error from None

    def lack(self, request: Request) -> NoReturn:
        """What becomes of a request for which the upstream's own list has nothing.

        Raises
        ------
        AbsentError : that is no error
        NotHadError : something must be there
        """
        self._excuse(request)
        span = " to ".join(day.isoformat() for day in self.terms.covered(request))
        where = fetch_index.places(self.bases, request, self.terms.settings)
        told = f"no file of {span} is listed in {where}"
        raise not_had(told, self.terms.source, self.terms.excuses(request), [])

    def obtain(self, request: Request) -> dict:
        """One file, from here or from upstream, as an entry of the receipt.

        Raises
        ------
        AbsentError : it is not there, which is no error
        NotHadError : it could not be had
        DiskError : it cannot be kept
        """
        if request.unlisted:
            raise AbsentError(UNLISTED if self.terms.is_closed(request) else NOT_YET)
        kept = self._kept(request)
        if kept is not None and not self._is_stale(request, kept):
            return _entry(request, kept)
        if kept is None and self.terms.is_too_early(request):
            raise AbsentError(NOT_YET)
        with alone(self.raw, self.terms.file(request, request.name)):
            # Another job may have brought it while this one waited.
            if self.manifest.refresh():
                kept = self._kept(request)
                if kept is not None and not self._is_stale(request, kept):
                    return _entry(request, kept)
            row = self._ask(request, kept)
            for name in request.names():
                # Of a mirror that broke off before another one had the whole.
                self._part(request, name).discard()
            return _entry(request, row)

    def _ask(self, request: Request, kept: dict | None) -> dict:
        """The manifest row of a file that the first mirror gives, or of the version at hand."""
        tried: list[str] = []
        faults: list[FetchError] = []
        failed: set[str] = set()
        absent = left = False
        for base in sorted(self.bases, key=lambda base: base in self.shunned):
            try:
                row = self._from(base, request, self._versions(base, request, kept, failed))
            except DiskError:
                raise
            except FetchError as error:
                if isinstance(error, (UnreachableError, LoginPageError)):
                    self.shunned.add(base)
                failed.add(base)
                faults.append(error)
                tried.append(str(error))
                continue
            self.shunned.discard(base)
            if row is not None:
                return row
            absent = True
            urls = [url_of(base, path) for path in paths(request)]
            left = left or (kept is not None and any(same_place(kept["url"], url) for url in urls))
            tried += [f"{url}: {self._gone(url)}" for url in urls]
        if kept is not None and self._may_stay(request, kept, faults, left):
            # The version at hand was good when it came, and may just be the newest there is.
            warn(f"{request.name}: not refreshed, the earlier version stays; " + "; ".join(tried))
            return kept
        excuses = self.terms.excuses(request)
        if kept is not None and self.recheck:
            excuses = []  # what is here has been there
        elif absent:
            self._excuse(request)
        if request.optional and all(isinstance(fault, UnfitError) for fault in faults):
            refused = dict.fromkeys(f"refused: {fault.why}" for fault in faults)
            raise AbsentError("; ".join(refused) or LACKING)
        raise not_had("; ".join(tried), self.terms.source, excuses, faults, absent)

    def _gone(self, url: str) -> str:
        """What is said of an address at which nothing is."""
        return f"not there ({'no value is in it' if url in self.hollow else '404'})"

    def _versions(
        self, base: str, request: Request, kept: dict | None, failed: set[str]
    ) -> Versions:
        """What is known of a file before a mirror is asked; `failed` are those asked before."""
        told = None
        if self.recheck and not (kept and self.listed and kept["checked"] >= self.listed):
            told = next((self.told[name] for name in request.names() if name in self.told), None)
        before = self.bases[: self.bases.index(base)]
        away = any(one in failed or one in self.shunned for one in before)
        return versions_of(request, self.terms, before, away, kept, told)

    def _from(self, base: str, request: Request, versions: Versions) -> dict | None:
        """The manifest row of a file that one mirror has, None where it has it not."""
        if base.startswith("file:"):
            return self._link(base, request, versions)
        for path in paths(request):
            if versions.is_lesser(path):
                better = url_of(base, versions.here["path"])
                raise versions.lesser(better, self._gone(better))
            row = self._download(base, path, request, versions)
            if row is not None:
                return row
        return None

    def _download(self, base: str, path: str, request: Request, versions: Versions) -> dict | None:
        """One URL asked for; None where there is nothing."""
        url, kept = url_of(base, path), versions.here
        target = self.raw / self.terms.file(request, request.name_for(path))
        with room(self.raw, "a folder"):
            target.parent.mkdir(parents=True, exist_ok=True)
        part = self._part(request, target.name)
        attempts = 1 if base in self.shunned else 0
        again = True
        while True:
            headers = conditions(kept, url)
            reply = self.client.download(url, part.path, headers=headers, attempts=attempts)
            if reply.status == 304 and kept is not None:
                versions.hold(reply, target.name)
                self.manifest.confirm(kept["file"], self.terms.now)
                return kept
            if reply.status == 204 or (reply.status == 404 and "nodata=404" in path):
                reply = self._without_data(reply, request, part)
                if reply is None:
                    return None
            elif reply.status in (404, 410):
                return None
            elif reply.status != 200:
                raise refusal(reply, self.terms.settings, self.client)
            else:
                try:
                    self._inspect(part, request, target.name, reply)
                except NoDataError:
                    part.discard()
                    self.hollow.add(url)
                    return None
                except WrongBodyError:
                    part.discard()
                    if not (reply.resumed and again):
                        raise
                    # Both parts were whole for themselves, but perhaps not of one file.
                    again = False
                    continue
            try:
                versions.hold(reply, target.name)
            except UnfitError:
                part.discard()
                raise
            return self._arrived(part.path, target, request, path, reply)

    def _part(self, request: Request, name: str) -> Part:
        """Where the bytes of a file arrive."""
        file = self.raw / self.terms.file(request, name)
        return Part(file.with_name(f".{name}.part"))

    def _inspect(self, part: Part, request: Request, name: str, reply: Reply) -> None:
        """Refuse what is not the file that was asked for, and say what to do."""
        with open(part.path, "rb") as file:
            head = file.read(4096)
        account = fetch_login.account_of(reply.chain, self.terms.settings, head)
        wanted = replace(self.terms.asked(request, name), account=account)
        hint = login_hint(reply, account, self.client, self.terms.settings)
        fetch_checks.inspect(part.path, reply.url, wanted, hint)

    def _without_data(self, reply: Reply, request: Request, part: Part) -> Reply | None:
        """An answer of "no data" as the empty file that the request says; None: as a 404."""
        if not request.empty:
            if reply.status == 404:
                return None
            raise WrongBodyError(f"{reply.url}: HTTP {reply.status}, the service has no data")
        body = request.empty.encode()
        with room(part.path.parent, request.name, len(body)):
            part.path.write_bytes(body)
        digest = hashlib.sha256(body).hexdigest()
        return replace(reply, size=len(body), sha256=digest, etag="", last_modified="")

    def _link(self, base: str, request: Request, versions: Versions) -> dict | None:
        """A file of a local archive, linked under its name; None where it is not there.

        One that its owner may edit (`copied` in the settings) is copied: raw files never change.
        """
        there = fetch_local.find(base, request, self.terms)
        if there is None:
            return None
        found, path = there
        if versions.is_lesser(path):
            raise versions.lesser(found.as_uri(), "found")
        target = self.raw / self.terms.file(request, request.name_for(path))
        if not (isinstance(request, Listed) and request.at_hand):
            try:
                fetch_checks.inspect(found, found.as_uri(), self.terms.asked(request, target.name))
            except NoDataError:
                self.hollow.add(url_of(base, path))
                return None
        temporary = temporary_name(target)
        reply = Reply(200, found.as_uri(), size=found.stat().st_size, sha256=sha256(found))
        versions.hold(reply, target.name)
        with room(self.raw, request.name):
            target.parent.mkdir(parents=True, exist_ok=True)
            if self.terms.settings.get("copied"):
                shutil.copyfile(found, temporary)
            else:
                temporary.symlink_to(found.resolve())
        return self._arrived(temporary, target, request, path, reply)

    def _arrived(
        self, temporary: Path, target: Path, request: Request, path: str, reply: Reply
    ) -> dict:
        """A checked file given its name and its row in the manifest."""
        file = self.terms.file(request, target.name)
        row = self._row(file, path, reply)
        return keep(self.manifest, temporary, target, row, self.terms.closes(request))

    def _row(self, file: str, path: str, reply: Reply) -> dict:
        """A row of the manifest."""
        return {
            "url": reply.url,
            "path": path,
            "source": self.terms.source,
            "file": file,
            "fetched": self.terms.now,
            "size": reply.size,
            "sha256": reply.sha256,
            "etag": reply.etag,
            "last_modified": reply.last_modified,
            "licence": self.terms.settings["licence"],
            "origin": reply.origin,
        }

    def _kept(self, request: Request) -> dict | None:
        """The manifest row of a file that lies here unchanged, the newest of its names."""
        files = [self.terms.file(request, name) for name in request.names()]
        rows = [row for file in files if (row := self.manifest.latest(file)) is not None]
        for row in sorted(rows, key=lambda row: row["fetched"], reverse=True):
            path = self.raw / row["file"]
            if path.is_file() and sha256(path) == row["sha256"] and self._suits(request, row):
                return row
        return None

    def _suits(self, request: Request, row: dict) -> bool:
        """Whether a file that lies here is what is asked for now.

        A file of several days may have come for a shorter span, or while its span was open. Files
        of one day, and events and passes, whose names tell their span, have been looked at for
        good.
        """
        if self.terms.settings.get("copied"):
            return self._is_owners(request, row)
        if request.day is not None or self.terms.settings.get("kind") in ("events", "probes"):
            return True
        path = self.raw / row["file"]
        try:
            fetch_checks.inspect(path, row["url"], self.terms.asked(request, path.name))
        except WrongBodyError:
            return False
        return True

    def _is_owners(self, request: Request, row: dict) -> bool:
        """Whether a copy of a file of one's own is of the file that its folder has now."""
        for base in self.bases:
            there = (
                fetch_local.find(base, request, self.terms) if base.startswith("file:") else None
            )
            if there is not None:
                return there[0].as_uri() == row["url"] and sha256(there[0]) == row["sha256"]
        return False

    def _is_stale(self, request: Request, row: dict) -> bool:
        """Whether a file that is here must be asked for again."""
        since = self.recheck and (self.listed or self.terms.now)
        return self.terms.is_stale(request, row["checked"], since or None)

    def _may_stay(self, request: Request, kept: dict, faults: list[FetchError], left: bool) -> bool:
        """Whether the version at hand stays where a newer one could not be had.

        Not where a listing has told of another one that did not come: nobody would ask again
        (a damaged one will change once more). Of events none may be missing. `left`: it is gone
        where it came from.
        """
        if any(isinstance(fault, StayError) for fault in faults):
            return True
        if not self.recheck:
            return not self.terms.is_closed(request)
        if self.listed and kept["checked"] >= self.listed:
            return True
        # No listing tells what is behind a login: it hides nothing newer than what is gone.
        passing = (UnfitError, LoginPageError) if left else UnfitError
        damaged = all(isinstance(fault, passing) for fault in faults)
        return damaged and self.terms.settings.get("kind") != "events"

    def _excuse(self, request: Request) -> None:
        """Raise `AbsentError` where a file that is nowhere may be missing."""
        if self.allowed.intersection(self.terms.excuses(request)):
            raise AbsentError(ALLOWED)
        closes = self.terms.settings["closed_after_days"]
        if closes is not None and not self.terms.is_closed(request):
            raise AbsentError(NOT_YET)


def _entry(request: Request, row: dict) -> dict:
    """A file in the receipt: nothing of when or from which host it came."""
    told = {"observatory": request.observatory} if request.observatory else {}
    return told | {
        "name": Path(row["file"]).name,
        "path": row["file"],
        "sha256": row["sha256"],
        "size": row["size"],
        "day": request.day.isoformat() if request.day else None,
        "outcome": "arrived",
        "url_path": row["path"],
        "origin": row["origin"],
    }

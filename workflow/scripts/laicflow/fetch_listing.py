"""What an upstream has of a partition now, without downloading it."""

from __future__ import annotations

import datetime as dt
import email.utils
import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from laicflow import fetch_checks, fetch_index, fetch_local, fetch_login
from laicflow.errors import FetchError, NothingThereError
from laicflow.fetch_checks import LoginPageError
from laicflow.fetch_client import Client, Reply, UnreachableError, using
from laicflow.fetch_refusal import login_hint, refusal
from laicflow.fetch_terms import Terms, check_bases, paths, url_of
from laicflow.sources import registry
from laicflow.sources.index import Index
from laicflow.sources.request import Request, bounds, cut

# How a tag begins of which the upstream tells nothing: it counts as another one every day.
NOT_ASKED = "asked on "
# What a source module may offer: what is there for a query, e.g. by counting its events.
Listing = Callable[[Request, Callable[[Request], bytes], dt.datetime, dict | None], dict]


def list_partition(
    source: str,
    partition: str,
    *,
    settings: dict,
    options: dict,
    bases: list[str],
    start: dt.date,
    end: dt.date,
    now: dt.datetime,
    client: Client | None = None,
    earlier: dict | None = None,
) -> dict:
    """What the upstream has for the requests of a partition.

    A file is asked about by HEAD, at the mirrors in their order (by its first byte where a server
    refuses HEAD); one of a local archive is looked at; for a query the source module's `listing`
    counts where there is one, else it counts as another one every day. Parameters are those
    of `laicflow.fetch.fetch_partition`; `earlier` is the last listing of the partition, with
    `as_of`, against which a query is held.

    Returns
    -------
    The same for the same state of the upstream: source, partition, files (sorted by name; name,
    day, url_path, size in bytes or None, etag, last_modified, exists), closed (whether the
    upstream has had its time for all of them), fingerprint (sha256 over names, sizes and tags of
    what exists; a file without a tag counts by its date).

    Raises
    ------
    FetchError : names every file about which no mirror could be asked
    ConfigError : a base that is no URL
    """
    module = registry.load(settings["module"])
    check_bases(source, bases)
    terms = Terms(source, partition, settings, now, cut(partition, start, end) or bounds(partition))
    requests = module.requests(partition, start, end, settings, options)
    with using(client) as own:
        known = [own.learn(base) for base in bases]
        fetch_login.offer(own, settings, known)
        clerk = _Clerk(terms, known, own, earlier)
        files = _files(clerk, requests, module)
    return {
        "source": source,
        "partition": partition,
        "files": files,
        "closed": all(terms.is_closed(request) for request in requests),
        "fingerprint": fingerprint(files),
    }


def _files(clerk: _Clerk, requests: list[Request], module: ModuleType) -> list[dict]:
    """All files of a listing, in the order of their names; those that a list names by its word."""
    listing: Listing | None = getattr(module, "listing", None)
    files, failures = [], []
    for request in requests:
        try:
            if not isinstance(request, Index):
                files.append(clerk.entry(request, listing))
                continue
            found = module.parts(request, clerk.content)
            files += [clerk.entry(one, listing) for one in found] or [_entry(request)]
        except FetchError as error:
            failures.append(f"{request.name}: {error}")
    if failures:
        what = f"{clerk.terms.source} {clerk.terms.partition}"
        head = f"{what}: {len(failures)} of {len(requests)} files cannot be listed"
        advice = "what to do: run refresh again later; an earlier listing stays as it is"
        raise FetchError("\n  ".join([head, *failures, advice]))
    return sorted(files, key=lambda entry: (entry["name"], entry["url_path"]))


def fingerprint(files: list[dict]) -> str:
    """sha256 over names, sizes and tags of the files that exist, in the order of their names."""
    there = sorted(
        json.dumps([entry["name"], entry["size"], entry["etag"] or entry["last_modified"]])
        for entry in files
        if entry["exists"]
    )
    return hashlib.sha256("\n".join(there).encode()).hexdigest()


@dataclass
class _Clerk:
    """Asks the mirrors about one file after the other."""

    terms: Terms
    bases: list[str]
    client: Client
    earlier: dict | None
    shunned: set[str] = field(default_factory=set)

    def entry(self, request: Request, listing: Listing | None) -> dict:
        """One file of the listing."""
        if request.unlisted or self.terms.is_too_early(request):
            return _entry(request)
        if "?" in request.path and not all(base.startswith("file:") for base in self.bases):
            # Where nothing can be known of what is there, it counts as new every day.
            before = self._before(request)
            found = listing(request, self.content, self.terms.now, before) if listing else {}
            day = f"{NOT_ASKED}{self.terms.now.date()}"
            return _entry(request) | {"exists": True, "etag": day} | found
        tried: list[str] = []
        absent = False
        for base in sorted(self.bases, key=lambda base: base in self.shunned):
            try:
                found = self._local(base, request) or self._remote(base, request)
            except FetchError as error:
                if isinstance(error, (UnreachableError, LoginPageError)):
                    self.shunned.add(base)
                tried.append(str(error))
                continue
            if found:
                return found
            absent = True
        if not absent:
            raise FetchError("; ".join(tried))
        return _entry(request)

    def _before(self, request: Request) -> dict | None:
        """A file as the earlier listing had it, with that listing's `as_of`."""
        files = self.earlier["files"] if self.earlier else []
        found = next((file for file in files if file["url_path"] == request.path), None)
        return found and found | {"as_of": self.earlier["as_of"]}

    def content(self, request: Request) -> bytes:
        """The body of a small answer, such as a count; nothing of it stays here."""
        return fetch_index.content(self.bases, request, self._content)

    def _content(self, request: Request) -> bytes:
        """The same of the mirrors."""
        tried, absent = [], True
        for base in (base for base in self.bases if not base.startswith("file:")):
            url = url_of(base, request.path)
            with tempfile.TemporaryDirectory() as folder:
                target = Path(folder) / request.name
                try:
                    reply = self.client.download(url, target)
                    if reply.status == 200:
                        asked = self.terms.asked(request, request.name)
                        fetch_checks.inspect(target, url, asked)
                        return target.read_bytes()
                    absent = absent and reply.status in (404, 410)
                    tried.append(str(refusal(reply, self.terms.settings, self.client)))
                except FetchError as error:
                    absent = False
                    tried.append(str(error))
        raise NothingThereError("; ".join(tried)) if absent else FetchError("; ".join(tried))

    def _local(self, base: str, request: Request) -> dict | None:
        """What a local archive has."""
        if not base.startswith("file:"):
            return None
        there = fetch_local.find(base, request, self.terms)
        if there is None:
            return None
        state = there[0].stat()
        changed = email.utils.formatdate(int(state.st_mtime), usegmt=True)
        return _entry(request, there[1], size=state.st_size, last_modified=changed)

    def _remote(self, base: str, request: Request) -> dict | None:
        """What one mirror has, None where it has no such file."""
        if base.startswith("file:"):
            return None
        for path in paths(request):
            attempts = 1 if base in self.shunned else 0
            reply = self.client.head(url_of(base, path), attempts=attempts)
            if reply.status in (404, 410):
                continue
            self._check(reply, request, path)
            size = None if reply.size < 0 else reply.size
            said = {"size": size, "etag": reply.etag, "last_modified": reply.last_modified}
            return _entry(request, path, **said)
        return None

    def _check(self, reply: Reply, request: Request, path: str) -> None:
        """Refuse an answer that is about something else than a file."""
        if reply.status != 200:
            raise refusal(reply, self.terms.settings, self.client)
        kind = reply.headers.get("Content-Type", "").split(";")[0].strip().lower()
        if kind not in ("text/html", "application/xhtml+xml"):
            return
        if request.check not in fetch_checks.PAGES:
            account = fetch_login.account_of(reply.chain, self.terms.settings)
            hint = login_hint(reply, account, self.client, self.terms.settings)
            hint = hint or fetch_checks.HINTS["none"]
            name = path.rsplit("/", 1)[-1]
            raise LoginPageError(f"{reply.url}: a web page stands there instead of {name}; {hint}")


def _entry(request: Request, path: str = "", **said: object) -> dict:
    """A file as a listing has it; without a path one that is not there."""
    return {
        "name": request.name_for(path) if path else request.name,
        "day": request.day.isoformat() if request.day else None,
        "url_path": path or request.path,
        "size": None,
        "etag": "",
        "last_modified": "",
        "exists": bool(path),
        **said,
    }

"""A folder of real files behind the URLs of the upstreams, on a free port of this machine.

    with serve(folder) as replica:
        fetch_partition("jpl", "2001-01", bases=[replica.base("jpl")], ...)

It answers as the upstreams do, and misbehaves as they do where it is told to (`Fault`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from laicflow.replica.answer import GLOBS, Answer, Folder, digest, not_found

__all__ = ["SOURCES", "Fault", "Replica", "Seen", "digest", "serve", "served"]

SOURCES = {
    "celestrak": "laicflow.replica.celestrak",
    "code": "laicflow.replica.ionex",
    "gfz_kp": "laicflow.replica.gfz_kp",
    "jpl": "laicflow.replica.ionex",
    "kyoto_dst": "laicflow.replica.kyoto_dst",
    "usgs": "laicflow.replica.usgs",
}

LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Earthdata Login</title></head>
<body><form action="/login"><input name="username"><input name="password"></form></body></html>
"""

KINDS = {"status", "reset", "truncated", "length", "html", "other", "trickle"}


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    Parameters
    ----------
    kind : `status` (answer `status`, with `retry_after`), `reset` (the connection breaks),
        `truncated` (half of the body, its length given as if that were all), `length` (half of the
        body under the length of the whole), `html` (a login page with status 200), `other` (what
        stands under `path` instead, e.g. another day's file), `trickle` (a byte every `seconds`)
    match : regular expression that is searched in path and query, e.g. `^/jpl/2001/003/`
    times : for how many matching requests; None for all
    """

    kind: str
    match: str = ""
    times: int | None = None
    status: int = 503
    retry_after: str = ""
    path: str = ""
    seconds: float = 0.05
    message: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known are {sorted(KINDS)}")


@dataclass(frozen=True)
class Seen:
    """One request and the status it was answered with; 0 where the connection was broken."""

    path: str
    status: int
    headers: Mapping[str, str]


class Replica:
    """A running replica."""

    def __init__(self, folder: Folder, faults: Sequence[Fault]) -> None:
        self.folder = folder
        self.log: list[Seen] = []
        self.port = 0
        self._faults = [[fault, fault.times] for fault in faults]
        self._lock = threading.Lock()

    def base(self, source: str) -> str:
        """The base URL that stands for a source's own."""
        if source not in SOURCES:
            raise ValueError(f"no stand-in for {source!r}; known are {sorted(SOURCES)}")
        return f"http://127.0.0.1:{self.port}/{source}"

    def asked(self) -> list[str]:
        """Path and query of all requests, in their order."""
        return [seen.path for seen in self.log]

    def answer(self, target: str) -> Answer:
        """What is said to a GET of path and query when nothing goes wrong."""
        path, _, query = target.partition("?")
        source, _, rest = unquote(path).strip("/").partition("/")
        if source not in SOURCES:
            return not_found(path)
        module = importlib.import_module(SOURCES[source])
        # One at a time: what a module keeps is then made once.
        with self._lock:
            return module.answer(source, rest, query, self.folder)

    def fault(self, target: str) -> Fault | None:
        """The first fault that a request meets; it is used up by one."""
        with self._lock:
            for entry in self._faults:
                fault, left = entry
                if left != 0 and re.search(fault.match, target):
                    entry[1] = None if left is None else left - 1
                    return fault
        return None


def served(catalogs: Sequence[str] | None = None) -> list[str]:
    """All globs of what a replica serves, as `digest` takes them."""
    chosen = GLOBS | ({"catalogs": tuple(catalogs)} if catalogs is not None else {})
    return [pattern for patterns in chosen.values() for pattern in patterns]


@contextlib.contextmanager
def serve(
    root: Path,
    *,
    faults: Sequence[Fault] = (),
    catalogs: Sequence[str] | None = None,
    globs: Mapping[str, Sequence[str]] | None = None,
    now: dt.datetime | None = None,
    port: int = 0,
) -> Iterator[Replica]:
    """Serve a folder while the context lasts.

    Parameters
    ----------
    root : folder laid out as `laicflow.replica.answer.GLOBS` says
    faults : ways to misbehave, each for the requests that it matches
    catalogs : globs of the event catalogs that are merged into one service
    globs : overrides of the other globs, by kind
    now : the present in UTC; a month of Dst without a version is final once it is over
    port : 0 for a free one

    Raises
    ------
    NotADirectoryError : `root` is no folder
    """
    root = Path(root)
    if not root.is_dir():
        raise NotADirectoryError(f"no folder {root} to serve")
    chosen = dict(globs or {}) | ({"catalogs": tuple(catalogs)} if catalogs is not None else {})
    replica = Replica(Folder(root, chosen, now), faults)
    handler = type("Handler", (_Handler,), {"replica": replica})
    server = _Server(("127.0.0.1", port), handler)
    replica.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield replica
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """Threads that do not outlive the process; many may ask at once."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    """One connection, one request."""

    protocol_version = "HTTP/1.1"
    replica: Replica
    timeout = 30

    def do_GET(self) -> None:
        """Answer, well or badly."""
        fault = self.replica.fault(self.path)
        kind = fault.kind if fault else ""
        if kind == "reset":
            self._note(0)
            self._reset()
            return
        target = fault.path if fault and kind == "other" else self.path
        answer = self.replica.answer(target)
        if fault and kind == "status":
            answer = _failing(fault)
        elif kind == "html":
            answer = Answer(200, LOGIN_PAGE, kind="text/html; charset=utf-8")
        elif kind == "truncated":
            answer = replace(answer, body=answer.body[: len(answer.body) // 2])
        self._note(answer.status)
        if answer.status == 200 and self._is_unchanged(answer):
            answer = replace(answer, status=304, body=b"")
            self.replica.log[-1] = replace(self.replica.log[-1], status=304)
        self._send(answer, fault)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr: `Replica.log` keeps what was asked."""

    def _note(self, status: int) -> None:
        """Add the request to the log."""
        self.replica.log.append(Seen(self.path, status, dict(self.headers.items())))

    def _is_unchanged(self, answer: Answer) -> bool:
        """Whether the client has this version; If-None-Match goes before If-Modified-Since."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return answer.etag in [tag.strip() for tag in tags.split(",")]
        since = self.headers.get("If-Modified-Since")
        return since is not None and since == answer.last_modified

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        """Status, headers, body."""
        body = answer.body
        self.send_response(answer.status)
        self.send_header("Connection", "close")
        if answer.status != 304:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
        if answer.status in (200, 304):
            self.send_header("ETag", answer.etag)
            if answer.last_modified:
                self.send_header("Last-Modified", answer.last_modified)
        if answer.origin:
            self.send_header("x-laicflow-origin", answer.origin.encode("ascii", "replace").decode())
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        if fault and fault.kind == "length":
            body = body[: len(body) // 2]
        if fault and fault.kind == "trickle":
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                time.sleep(fault.seconds)
            return
        self.wfile.write(body)

    def _reset(self) -> None:
        """Break the connection off with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.close_connection = True
        self.connection.close()


def _failing(fault: Fault) -> Answer:
    """The answer of a server in trouble."""
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    body = (fault.message or f"Error {fault.status}") + "\n"
    return Answer(fault.status, body.encode(), kind="text/plain", headers=headers)

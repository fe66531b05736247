"""A folder of real files behind the URLs of the upstreams, on a free port of this machine.

    with serve(folder) as replica:
        fetch_partition("jpl", "2001-01", bases=[replica.base("jpl")], ...)

It answers as the upstreams do, and misbehaves as they do where it is told to (`Fault`).
"""

from __future__ import annotations

import base64
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
from laicflow.replica.fault import LOGIN_PAGE, MODIFIERS, Fault, failing
from laicflow.replica.ranges import part_of

__all__ = ["LOGIN_PAGE", "SOURCES", "Fault", "Replica", "Seen", "digest", "serve", "served"]

SOURCES = {
    "brdc": "laicflow.replica.gnss",
    "bsx": "laicflow.replica.gnss",
    "cas": "laicflow.replica.ionex",
    "celestrak": "laicflow.replica.celestrak",
    "celestrak_kp": "laicflow.replica.celestrak",
    "code": "laicflow.replica.ionex",
    "code_predicted": "laicflow.replica.ionex",
    "code_predicted2": "laicflow.replica.ionex",
    "code_rapid": "laicflow.replica.ionex",
    "cses_lap": "laicflow.replica.half_orbits",
    "dcb": "laicflow.replica.gnss",
    "demeter_isl": "laicflow.replica.half_orbits",
    "esa": "laicflow.replica.ionex",
    "gfz_f107": "laicflow.replica.gfz_text",
    "gfz_kp": "laicflow.replica.gfz_kp",
    "gfz_kp_json": "laicflow.replica.gfz_json",
    "gfz_kp_text": "laicflow.replica.gfz_text",
    "igs": "laicflow.replica.ionex",
    "ingv": "laicflow.replica.isc",
    "intermagnet": "laicflow.replica.gin",
    "isc": "laicflow.replica.isc",
    "isc_bulletin": "laicflow.replica.isc",
    "isc_gem": "laicflow.replica.isc_gem",
    "jpl": "laicflow.replica.ionex",
    "kyoto_dst": "laicflow.replica.kyoto_dst",
    "kyoto_dst_web": "laicflow.replica.kyoto_dst",
    "noaa_olr": "laicflow.replica.noaa_olr",
    "noaa_olr_interpolated": "laicflow.replica.noaa_olr",
    "noaa_olr_uninterpolated": "laicflow.replica.noaa_olr",
    "own_tec": "laicflow.replica.own_tec",
    "penticton": "laicflow.replica.penticton",
    "rinex": "laicflow.replica.gnss",
    "sp3": "laicflow.replica.gnss",
    "swarm_lp": "laicflow.replica.swarm",
    "swarm_lp_hapi": "laicflow.replica.swarm",
    "upc": "laicflow.replica.ionex",
    "usgs": "laicflow.replica.usgs",
}


@dataclass(frozen=True)
class Seen:
    """One request and the status it was answered with; 0 where the connection was broken."""

    path: str
    status: int
    headers: Mapping[str, str]
    method: str = "GET"


class Replica:
    """A running replica."""

    def __init__(
        self, folder: Folder, faults: Sequence[Fault], logins: Mapping[str, tuple[str, str]]
    ) -> None:
        self.folder = folder
        self.logins = logins
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

    def refuses(self, target: str, said: str) -> bool:
        """Whether a source wants another login than the Authorization header says."""
        source = unquote(target.partition("?")[0]).strip("/").partition("/")[0]
        if source not in self.logins:
            return False
        wanted = base64.b64encode(":".join(self.logins[source]).encode()).decode()
        return said != f"Basic {wanted}"

    def faults(self, target: str) -> tuple[Fault | None, frozenset[str]]:
        """The first fault that a request meets, and the kinds of all that change its answer.

        Each is used up by one.
        """
        main, changes = None, set()
        with self._lock:
            for entry in self._faults:
                fault, left = entry
                if left == 0 or not re.search(fault.match, target):
                    continue
                if fault.kind in MODIFIERS:
                    changes.add(fault.kind)
                elif main is None:
                    main = fault
                else:
                    continue
                entry[1] = None if left is None else left - 1
        return main, frozenset(changes)


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
    logins: Mapping[str, tuple[str, str]] | None = None,
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
    logins : name and password that stand before all of a source, by source (HTTP Basic)

    Raises
    ------
    NotADirectoryError : `root` is no folder
    """
    root = Path(root)
    if not root.is_dir():
        raise NotADirectoryError(f"no folder {root} to serve")
    chosen = dict(globs or {}) | ({"catalogs": tuple(catalogs)} if catalogs is not None else {})
    replica = Replica(Folder(root, chosen, now), faults, logins or {})
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
        self.close_connection = True
        fault, changes = self.replica.faults(self.path)
        if fault and fault.kind == "reset":
            self._note(0)
            self._reset()
            return
        answer = self._answer(fault, changes)
        self._note(answer.status)
        self._send(answer, fault)

    def do_HEAD(self) -> None:
        """The same without the body."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on stderr: `Replica.log` keeps what was asked."""

    def _answer(self, fault: Fault | None, changes: frozenset[str]) -> Answer:
        """What is said, before anything is cut from it."""
        kind = fault.kind if fault else ""
        if kind == "status":
            return failing(fault)
        if kind == "loop":
            return Answer(302, headers={"Location": self.path})
        if self.command == "HEAD" and "no_head" in changes:
            return Answer(405, b"405 Method Not Allowed\n", headers={"Allow": "GET"})
        if self.replica.refuses(self.path, self.headers.get("Authorization", "")):
            realm = {"WWW-Authenticate": 'Basic realm="archive"'}
            return Answer(401, b"401 Unauthorized\n", kind="text/plain", headers=realm)
        if kind == "html":
            answer = Answer(200, LOGIN_PAGE, kind="text/html; charset=utf-8")
        else:
            answer = self.replica.answer(fault.path if kind == "other" else self.path)
        if "changed" in changes:
            answer = replace(answer, body=answer.body[:-1] + b"~")
        if kind == "truncated":
            answer = replace(answer, body=answer.body[: len(answer.body) // 2])
        if answer.status != 200:
            return answer
        said = {
            "Accept-Ranges": "bytes",
            "ETag": answer.etag,
            "Last-Modified": answer.last_modified,
        }
        if "weak_etag" in changes:
            said["ETag"] = f"W/{answer.etag}"
        if "no_validator" in changes:
            said["ETag"] = said["Last-Modified"] = ""
        if "no_ranges" in changes:
            said["Accept-Ranges"] = ""
        said = {name: value for name, value in said.items() if value}
        answer = replace(answer, headers={**answer.headers, **said})
        if self._is_unchanged(answer):
            return replace(answer, status=304, body=b"")
        if self.command == "HEAD" or "no_ranges" in changes:
            return answer
        return part_of(answer, self.headers)

    def _note(self, status: int) -> None:
        """Add the request to the log."""
        headers = dict(self.headers.items())
        self.replica.log.append(Seen(self.path, status, headers, self.command))

    def _is_unchanged(self, answer: Answer) -> bool:
        """Whether the client has this version; If-None-Match goes before If-Modified-Since.

        Tags are compared weakly (RFC 9110, section 13.1.2).
        """
        own = answer.headers.get("ETag", "").removeprefix("W/")
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return own in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        since = self.headers.get("If-Modified-Since")
        return since is not None and since == answer.headers.get("Last-Modified")

    def _send(self, answer: Answer, fault: Fault | None) -> None:
        """Status, headers, body."""
        body = answer.body
        self.send_response(answer.status)
        self.send_header("Connection", "close")
        if answer.status not in (204, 304):
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(body)))
        if answer.origin:
            self.send_header("x-laicflow-origin", answer.origin.encode("ascii", "replace").decode())
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD" or answer.status in (204, 304):
            return
        kind = fault.kind if fault else ""
        if kind == "length":
            body = body[: len(body) // 2]
        if kind == "cut":
            self.wfile.write(body[: fault.at])
            self.wfile.flush()
            time.sleep(fault.seconds)
            self._reset()
        elif kind == "trickle":
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                time.sleep(fault.seconds)
        else:
            self.wfile.write(body)

    def _reset(self) -> None:
        """Break the connection off with a TCP reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

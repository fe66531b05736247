"""The one HTTP client: time-outs, retries with back-off, and every byte counted."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import hashlib
import http.client
import random
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3

from laicflow.errors import FetchError

# Answers that a later attempt may mend.
RETRIED = frozenset({429, 500, 502, 503, 504})

# Mistakes of the asking side, which no later attempt mends.
HOPELESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.TooManyRedirects,
)
BROKEN = (
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
)

CHUNK = 1 << 16
MESSAGE_BYTES = 8192


class UnreachableError(FetchError):
    """No whole answer came, however often it was asked."""


class _CutError(Exception):
    """One attempt brought less than the server announced, or took too long."""


@dataclass(frozen=True)
class Reply:
    """What a server answered; with status 200 the body lies in the target file.

    `message` is the text of an answer that is neither 200 nor 304, `origin` the header
    `x-laicflow-origin`, by which a stand-in of an upstream says what it serves.
    """

    status: int
    url: str
    size: int = 0
    sha256: str = ""
    etag: str = ""
    last_modified: str = ""
    origin: str = ""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Client:
    """Asks one URL at a time and writes the body of the answer to a file.

    Parameters
    ----------
    connect, read, overall : time-outs in seconds: for the connection, between two pieces of the
        body, and for one whole attempt
    attempts : how often a URL is asked before it counts as unreachable
    back_off : seconds before the second attempt; they double from attempt to attempt and are
        scaled by a random factor in 0.5..1.5
    cap : longest pause in seconds, also where the server asks for a longer one (Retry-After)
    sleep, clock, jitter, wall : replaceable for tests: pause, monotonic seconds, random number in
        0..1, seconds since 1970
    """

    def __init__(
        self,
        *,
        connect: float = 15.0,
        read: float = 60.0,
        overall: float = 900.0,
        attempts: int = 5,
        back_off: float = 1.0,
        cap: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.connect, self.read, self.overall = connect, read, overall
        self.attempts, self.back_off, self.cap = attempts, back_off, cap
        self.sleep, self.clock, self.jitter, self.wall = sleep, clock, jitter, wall
        self._session = _session(trust_env=True)
        # Proxies of the environment must not stand between us and a server on this machine.
        self._loopback = _session(trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()
        self._loopback.close()

    def download(
        self, url: str, target: Path, *, headers: Mapping[str, str] = {}, attempts: int = 0
    ) -> Reply:
        """Ask for a URL until it answers; the body of a 200 is written to `target`.

        Answers other than those of `RETRIED` are given back at once, 404 among them.

        Parameters
        ----------
        headers : sent along, such as If-None-Match
        attempts : overrides the client's own number where it is not 0

        Raises
        ------
        UnreachableError : no connection, or an answer that broke off, at every attempt
        """
        most = attempts or self.attempts
        trouble, reply = "", None
        for attempt in range(1, most + 1):
            if attempt > 1:
                self.sleep(self._pause(attempt, reply))
            reply = None
            try:
                reply = self._once(url, target, headers)
            except HOPELESS as error:
                raise UnreachableError(f"{url}: {error}") from error
            except (_CutError, *BROKEN) as error:
                trouble = _plainly(error)
                continue
            if reply.status not in RETRIED:
                return reply
        if reply is not None:
            return reply
        times = f"{most} attempts" if most > 1 else "1 attempt"
        raise UnreachableError(f"{url}: {trouble} ({times})")

    def _once(self, url: str, target: Path, headers: Mapping[str, str]) -> Reply:
        """One attempt."""
        session = self._loopback if is_loopback(url) else self._session
        started = self.clock()
        limits = (self.connect, self.read)
        with session.get(url, headers=dict(headers), timeout=limits, stream=True) as answer:
            reply = Reply(
                status=answer.status_code,
                url=answer.url,
                etag=answer.headers.get("ETag", ""),
                last_modified=answer.headers.get("Last-Modified", ""),
                origin=answer.headers.get("x-laicflow-origin", ""),
                headers=answer.headers,
            )
            if answer.status_code == 304:
                return reply
            if answer.status_code != 200:
                with contextlib.suppress(*BROKEN):
                    head = answer.raw.read(MESSAGE_BYTES, decode_content=True)
                    return replace(reply, message=readable(head))
                return reply
            return self._body(answer, reply, target, started)

    def _body(self, answer: requests.Response, reply: Reply, target: Path, started: float) -> Reply:
        """The body of a 200 written to `target`, its bytes counted against Content-Length."""
        digest, size = hashlib.sha256(), 0
        with open(target, "wb") as file:
            for piece in _unpacked(self._pieces(answer, started), answer, target.name):
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        return replace(reply, size=size, sha256=digest.hexdigest())

    def _pieces(self, answer: requests.Response, started: float) -> Iterator[bytes]:
        """The body as it comes, within the time for the whole attempt."""
        announced = answer.headers.get("Content-Length", "")
        came = 0
        # read1 gives what is there: read would wait for a full chunk, however slowly it drips.
        while piece := answer.raw.read1(CHUNK, decode_content=False):
            came += len(piece)
            yield piece
            if self.clock() - started > self.overall:
                raise _CutError(f"took longer than {self.overall:g} s, {came} bytes had come")
        if announced.isdigit() and came != int(announced):
            raise _CutError(f"broke off after {came} of {announced} bytes")

    def _pause(self, attempt: int, reply: Reply | None) -> float:
        """Seconds to wait before an attempt (2, 3, ...)."""
        asked = self._retry_after(reply) if reply is not None else None
        if asked is not None:
            return min(max(asked, 0.0), self.cap)
        return min(self.back_off * 2.0 ** (attempt - 2) * (0.5 + self.jitter()), self.cap)

    def _retry_after(self, reply: Reply) -> float | None:
        """Retry-After in seconds (RFC 9110, section 10.2.3: seconds or a date), None if unusable.

        A date is held against the server's own clock where it sends one.
        """
        text = reply.headers.get("Retry-After", "").strip()
        if text.isdigit():
            return float(text)
        then = _date(text)
        if then is None:
            return None
        return then - (_date(reply.headers.get("Date", "")) or self.wall())


def is_loopback(url: str) -> bool:
    """Whether a URL points to this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d+){3}", host) is not None


def readable(body: bytes) -> str:
    """What an error page in plain text says, without the echo of the request; "" for HTML.

    The USGS service puts its reason between the status line and `Usage details` or `Request:`.
    """
    text = body.decode("utf-8", "replace")
    if "<html" in text[:1024].lower() or "<!doctype" in text[:1024].lower():
        return ""
    kept = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith(("Usage details", "Request:", "Request Submitted")):
            break
        if line:
            kept.append(line)
    return ": ".join(kept)[:500]


def _session(*, trust_env: bool) -> requests.Session:
    """A session that asks for bytes as they lie on the server."""
    session = requests.Session()
    session.trust_env = trust_env
    session.headers.update({"User-Agent": "laicflow", "Accept-Encoding": "identity"})
    return session


def _unpacked(pieces: Iterator[bytes], answer: requests.Response, name: str) -> Iterator[bytes]:
    """The body without a compression that the server added for the way.

    Some servers call the file's own compression an encoding; such a file stays as it is.
    """
    encoding = answer.headers.get("Content-Encoding", "identity").lower()
    if encoding not in ("gzip", "x-gzip") or name.lower().endswith(".gz"):
        yield from pieces
        return
    unpack = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            yield unpack.decompress(piece)
    except zlib.error as error:
        raise _CutError(f"is no gzip as its header says: {error}") from error
    if not unpack.eof:
        raise _CutError("its gzip encoding broke off")


def _date(text: str) -> float | None:
    """Seconds since 1970 of an HTTP date."""
    with contextlib.suppress(ValueError, TypeError):
        moment = email.utils.parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    return None


def _plainly(error: Exception) -> str:
    """An error in words without the inner wrappings."""
    if isinstance(error, (requests.exceptions.Timeout, TimeoutError)):
        return "timed out"
    inner: BaseException = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__
    return f"{inner}" or type(error).__name__

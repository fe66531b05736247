"""The one HTTP client: time-outs, retries with back-off, resuming, and every byte counted."""

from __future__ import annotations

import contextlib
import random
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests

from laicflow import packing
from laicflow.errors import FetchError
from laicflow.fetch_disk import DiskError, expect_room, room
from laicflow.fetch_partial import Part
from laicflow.fetch_session import Session, is_loopback, redacted
from laicflow.fetch_words import BROKEN, is_hopeless, plainly, readable, retry_after, span
from laicflow.files import sha256

__all__ = ["RETRIED", "Client", "Reply", "UnreachableError", "is_loopback", "readable", "using"]

# Answers that a later attempt may mend.
RETRIED = frozenset({429, 500, 502, 503, 504})

CHUNK = 1 << 16
MESSAGE_BYTES = 8192
GZIP = b"\x1f\x8b"


class UnreachableError(FetchError):
    """No whole answer came, however often it was asked."""


class _CutError(Exception):
    """One attempt brought less than the server announced, or took too long."""


@dataclass(frozen=True)
class Reply:
    """What a server answered; with status 200 the body lies in the target file.

    `url` is the one that was asked for, `chain` all that answered, redirects and then the last.
    `message` is the text of an answer that is no file, `origin` the header `x-laicflow-origin`,
    by which a stand-in of an upstream says what it serves, `resumed` whether a part that was here
    was continued.
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
    chain: tuple[str, ...] = ()
    resumed: bool = False


class Client:
    """Asks one URL at a time and writes the body of the answer to a file.

    Parameters
    ----------
    connect, read, overall : time-outs in seconds: for the connection, between two pieces of the
        body, and for one whole attempt
    slowest, patience : least speed in bytes a second, as a mean over so many seconds
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
        slowest: float = 100.0,
        patience: float = 60.0,
        attempts: int = 5,
        back_off: float = 1.0,
        cap: float = 120.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.connect, self.read, self.overall = connect, read, overall
        self.slowest, self.patience = slowest, patience
        self.attempts, self.back_off, self.cap = attempts, back_off, cap
        self.sleep, self.clock, self.jitter, self.wall = sleep, clock, jitter, wall
        self.session = Session()

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def learn(self, url: str) -> str:
        """A URL without the login in it, which is kept for its origin and sent to no other."""
        return self.session.learn(url)

    def download(
        self, url: str, target: Path, *, headers: Mapping[str, str] = {}, attempts: int = 0
    ) -> Reply:
        """Ask for a URL until it answers; the body of a 200 is written to `target`.

        Answers other than those of `RETRIED` are given back at once, 404 among them. What arrives
        before a connection breaks is continued by the next attempt, and by the next call with the
        same target, where the server can prove that the file is still the same.

        Parameters
        ----------
        headers : sent along, such as If-None-Match
        attempts : overrides the client's own number where it is not 0

        Raises
        ------
        UnreachableError : no connection, or an answer that broke off, at every attempt; one out of
            whose encoding more comes than any real file holds
        DiskError : there is no room for it
        """
        part = Part(target)
        url = self.learn(url)
        try:
            reply = self._insist(url, lambda: self._once(url, part, headers), attempts)
        except UnreachableError as error:
            kept = part.settle()
            raise UnreachableError(f"{error}; {kept}" if kept else str(error)) from error
        except DiskError:
            part.discard()
            raise
        except BaseException:
            part.settle()
            raise
        if reply.status == 304:
            # The version that is known is the newest: a part can only be of an older one.
            part.discard()
        elif reply.status != 200:
            part.settle()
        return reply

    def head(self, url: str, *, attempts: int = 0) -> Reply:
        """What a server says of a file without sending it; `size` is -1 where it does not say.

        Servers that refuse HEAD (403, 405, 501) are asked for the first byte.

        Raises
        ------
        UnreachableError : as in `download`
        """
        url = self.learn(url)
        reply = self._insist(url, lambda: self._look(url, "HEAD", {}), attempts)
        if reply.status in (403, 405, 501):
            first = {"Range": "bytes=0-0"}
            reply = self._insist(url, lambda: self._look(url, "GET", first), attempts)
        return reply

    def _insist(self, url: str, once: Callable[[], Reply], attempts: int) -> Reply:
        """Attempts until one is answered with something that no later one would mend."""
        most = attempts or self.attempts
        trouble, reply = "", None
        for attempt in range(1, most + 1):
            if attempt > 1:
                self.sleep(self._pause(attempt, reply))
            reply = None
            try:
                reply = once()
            except (_CutError, *BROKEN) as error:
                if is_hopeless(error):
                    raise UnreachableError(f"{url}: {plainly(error)}") from error
                trouble = plainly(error)
                continue
            except packing.TooLargeError as error:
                raise UnreachableError(f"{url}: {error}") from error
            if reply.status not in RETRIED:
                return reply
        if reply is not None:
            return self._waiting(reply)
        times = f"{most} attempts" if most > 1 else "1 attempt"
        raise UnreachableError(f"{url}: {trouble} ({times})")

    @contextlib.contextmanager
    def _ask(
        self, url: str, headers: Mapping[str, str], method: str = "GET"
    ) -> Iterator[tuple[requests.Response, Reply]]:
        """The head of an answer; its body is not read yet."""
        limits = (self.connect, self.read)
        said = {"headers": dict(headers), "timeout": limits, "stream": True}
        with self.session.request(method, url, allow_redirects=True, **said) as answer:
            yield (
                answer,
                Reply(
                    status=answer.status_code,
                    url=url,
                    etag=answer.headers.get("ETag", ""),
                    last_modified=answer.headers.get("Last-Modified", ""),
                    origin=answer.headers.get("x-laicflow-origin", ""),
                    headers=answer.headers,
                    chain=tuple(redacted(step.url) for step in (*answer.history, answer)),
                ),
            )

    def _look(self, url: str, method: str, headers: Mapping[str, str]) -> Reply:
        """One attempt to learn about a file; a 206 counts as the 200 that it stands for."""
        with self._ask(url, headers, method) as (answer, reply):
            if reply.status not in (200, 206):
                return replace(reply, message=self._message(answer) if method != "HEAD" else "")
            length = _length(answer)
            if reply.status == 206:
                length = _number(answer.headers.get("Content-Range", "").rpartition("/")[2])
            return replace(reply, status=200, size=-1 if length is None else length)

    def _once(self, url: str, part: Part, headers: Mapping[str, str]) -> Reply:
        """One attempt; asked anew from the first byte where the rest does not fit."""
        rest = part.conditions(url)
        with self._ask(url, {**headers, **rest}) as (answer, reply):
            place = part.accept(answer.headers) if rest and reply.status == 206 else None
            if place is not None:
                return self._body(answer, reply, part, place)
            if reply.status == 200:
                return self._body(answer, reply, part, None)
            if reply.status == 304 or not (rest and reply.status in (206, 416)):
                said = self._message(answer) if reply.status not in (204, 304) else ""
                return replace(reply, message=said)
        part.discard()
        return self._once(url, part, headers)

    def _body(
        self,
        answer: requests.Response,
        reply: Reply,
        part: Part,
        place: tuple[int, int | None] | None,
    ) -> Reply:
        """The body written to its place, its bytes counted against what was announced."""
        at, total = place or (0, _length(answer))
        name = part.path.name.removesuffix(".part")
        with room(part.path.parent, name.lstrip("."), total):
            pieces = self._pieces(answer)
            if place is None:
                pieces, as_is = _unpacked(pieces, answer, name)
                part.begin(reply.url, answer.headers if as_is else {}, total)
            if total is not None:
                expect_room(part.path.parent, name.lstrip("."), total - at)
            with open(part.path, "r+b") as file:
                file.seek(at)
                file.truncate()
                for piece in pieces:
                    file.write(piece)
        size = part.path.stat().st_size
        if place and total is not None and size != total:
            raise _CutError(f"broke off after {size} of {total} bytes")
        part.finish()
        digest = sha256(part.path)
        resumed = place is not None
        return replace(reply, status=200, size=size, sha256=digest, resumed=resumed)

    def _pieces(self, answer: requests.Response) -> Iterator[bytes]:
        """The body as it comes, within the time for the whole attempt and at a bearable speed."""
        announced = _length(answer)
        came, since, before = 0, self.clock(), 0
        started = since
        # read1 gives what is there: read would wait for a full chunk, however slowly it drips.
        while piece := answer.raw.read1(CHUNK, decode_content=False):
            came += len(piece)
            yield piece
            now = self.clock()
            if now - started > self.overall:
                raise _CutError(f"took longer than {self.overall:g} s, {came} bytes had come")
            if now - since >= self.patience:
                if came - before < self.slowest * (now - since):
                    raise _CutError(
                        f"too slow: {came - before} bytes in {now - since:.0f} s, "
                        f"at least {self.slowest:g} a second are expected"
                    )
                since, before = now, came
        if announced is not None and came != announced:
            raise _CutError(f"broke off after {came} of {announced} bytes")

    def _message(self, answer: requests.Response) -> str:
        """What an answer that is no file says, as far as it comes within the limits of a file."""
        body = b""
        with contextlib.suppress(_CutError, packing.TooLargeError, *BROKEN):
            pieces, _ = _unpacked(self._pieces(answer), answer, "")
            for piece in pieces:
                body += piece
                if len(body) >= MESSAGE_BYTES:
                    break
        return readable(body[:MESSAGE_BYTES])

    def _pause(self, attempt: int, reply: Reply | None) -> float:
        """Seconds to wait before an attempt (2, 3, ...)."""
        asked = retry_after(reply.headers, self.wall()) if reply is not None else None
        if asked is not None:
            return min(asked, self.cap)
        return min(self.back_off * 2.0 ** (attempt - 2) * (0.5 + self.jitter()), self.cap)

    def _waiting(self, reply: Reply) -> Reply:
        """The last answer, with when the server wants to be asked again."""
        asked = retry_after(reply.headers, self.wall())
        if asked is None or asked <= self.cap:
            return reply
        text = f"it wants to be asked again after {span(asked)}"
        return replace(reply, message=": ".join(filter(None, [reply.message, text])))


@contextlib.contextmanager
def using(client: Client | None) -> Iterator[Client]:
    """The client given, or a new one that is closed in the end."""
    own = client or Client()
    try:
        yield own
    finally:
        if client is None:
            own.close()


def _length(answer: requests.Response) -> int | None:
    """The bytes that the answer announces, None where it does not say."""
    return _number(answer.headers.get("Content-Length", ""))


def _number(text: str) -> int | None:
    """A number of bytes as a header says it, None where it is none or beyond any file."""
    said = text.strip()
    return int(said) if re.fullmatch(r"[0-9]{1,18}", said) else None


def _unpacked(
    pieces: Iterator[bytes], answer: requests.Response, name: str
) -> tuple[Iterator[bytes], bool]:
    """The body without a compression that the server added for the way; whether it had none.

    Servers also call the file's own compression an encoding. What the bytes are decides: a .gz
    file that is still one when unpacked was packed twice, and what is no gzip was not packed.
    """
    encoding = answer.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("gzip", "x-gzip"):
        return pieces, True
    head, inner = b"", b""
    peek = zlib.decompressobj(wbits=31)
    with contextlib.suppress(zlib.error):
        while len(inner) < len(GZIP) and (piece := next(pieces, b"")):
            head += piece
            inner += peek.decompress(piece, CHUNK)
    own = name.lower().endswith(".gz") and not inner.startswith(GZIP)
    if own or not head.startswith(GZIP[: len(head)]):
        return _joined(head, pieces), True
    return _gunzipped(_joined(head, pieces)), False


def _joined(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces with one before them."""
    yield head
    yield from pieces


def _gunzipped(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces of a gzip, unpacked."""
    try:
        yield from packing.gunzipped(pieces)
        return
    except zlib.error as error:
        raise _CutError(f"is no gzip as its header says: {error}") from error
    except EOFError:
        pass
    raise _CutError("its gzip encoding broke off")

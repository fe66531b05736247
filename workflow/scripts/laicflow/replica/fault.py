"""The ways in which upstreams and the network misbehave."""

from __future__ import annotations

from dataclasses import dataclass

from laicflow.replica.answer import Answer

LOGIN_PAGE = b"""<!DOCTYPE html>
<html><head><title>Earthdata Login</title></head>
<body><form action="/login"><input name="username"><input name="password"></form></body></html>
"""

# Faults of which a request meets one, and those that change an answer and go together.
MAIN = {"status", "reset", "truncated", "length", "cut", "html", "other", "trickle", "loop"}
MODIFIERS = {"changed", "no_head", "no_ranges", "no_validator", "weak_etag"}


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    Parameters
    ----------
    kind : `status` (answer `status`, with `retry_after`), `reset` (the connection breaks before an
        answer), `truncated` (half of the body, its length given as if that were all), `length`
        (half of the body under the length of the whole), `cut` (the connection breaks after `at`
        bytes of the body), `html` (a login page with status 200), `other` (what stands under
        `path` instead, e.g. another day's file), `trickle` (a byte every `seconds`), `loop` (a
        redirect to the same address); and what goes together with these: `changed` (the last byte
        of the body is another, and so is its tag), `no_head` (HEAD is refused with 405),
        `no_ranges` (parts are not given), `no_validator` (neither ETag nor Last-Modified),
        `weak_etag`
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
    at: int = 0

    def __post_init__(self) -> None:
        if self.kind not in MAIN | MODIFIERS:
            known = sorted(MAIN | MODIFIERS)
            raise ValueError(f"unknown fault {self.kind!r}; known are {known}")


def failing(fault: Fault) -> Answer:
    """The answer of a server in trouble, with its `message` as text or as a web page."""
    headers = {"Retry-After": fault.retry_after} if fault.retry_after else {}
    text = fault.message or f"Error {fault.status}"
    kind = "text/html" if text.lstrip().lower().startswith(("<html", "<!doctype")) else "text/plain"
    return Answer(fault.status, f"{text}\n".encode(), kind=kind, headers=headers)

"""What servers and errors say, in words for a user; dates and pauses as HTTP spells them."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import html
import http.client
import re
import socket
from collections.abc import Mapping

import requests
import urllib3

from laicflow.fetch_session import redacted

# Most characters of an error page that are read out.
LONGEST = 500

# Trouble between two machines that a later attempt may mend.
BROKEN = (
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    ConnectionError,
    TimeoutError,
)


def readable(body: bytes) -> str:
    """What an error page says: a text without the echo of the request, a web page's title.

    The USGS service puts its reason between the status line and `Usage details` or `Request:`.
    """
    text = body.decode("utf-8", "replace")
    if re.search(r"<html|<!doctype", text[:1024], re.IGNORECASE):
        return title(text)
    kept = []
    for line in (line.strip() for line in text.splitlines()):
        if line.startswith(("Usage details", "Request:", "Request Submitted")):
            break
        if line:
            kept.append(line)
    return redacted(": ".join(kept)[:LONGEST])


def title(page: str) -> str:
    """The title of a web page and its first heading, "" where it has neither."""
    found = []
    for tag in ("title", "h1"):
        match = re.search(rf"<{tag}\b[^>]*>(.*?)</{tag}\s*>", page, re.IGNORECASE | re.DOTALL)
        if match:
            plain = html.unescape(re.sub(r"<[^>]*>", " ", match[1]))
            words = " ".join(plain.split())
            if words and words not in found:
                found.append(words)
    return redacted(": ".join(found)[:LONGEST])


def plainly(error: BaseException) -> str:
    """An error in words without the inner wrappings, and what may be done where that is known."""
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy of http_proxy/https_proxy gave no connection: {_innermost(error)}"
    if isinstance(error, requests.exceptions.SSLError):
        hint = "behind a company's proxy let REQUESTS_CA_BUNDLE name its certificate"
        return f"no trusted connection: {_innermost(error)}; {hint}"
    if isinstance(error, requests.exceptions.TooManyRedirects):
        hint = "behind a login or a portal open it once in a browser"
        return f"it redirects in a circle; {hint}"
    if isinstance(error, (requests.exceptions.Timeout, TimeoutError)):
        return "timed out"
    return _innermost(error)


def _innermost(error: BaseException) -> str:
    """The first cause of an error."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    if isinstance(error, urllib3.exceptions.IncompleteRead):
        return f"broke off after {error.partial} of {error.partial + error.expected} bytes"
    if isinstance(error, http.client.IncompleteRead):
        return "broke off in the middle"
    if isinstance(error, socket.gaierror):
        return "its host is not known here (no network, or a misspelt host)"
    if isinstance(error, ConnectionError) and error.strerror:
        return error.strerror.lower()
    return redacted(f"{error}") or type(error).__name__


def is_hopeless(error: BaseException) -> bool:
    """Whether no later attempt can mend an error: the asking side's mistakes, bad certificates."""
    wrong = (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
        requests.exceptions.TooManyRedirects,
    )
    if isinstance(error, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(error)
    return isinstance(error, wrong)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Retry-After in seconds (RFC 9110, section 10.2.3: seconds or a date), None if unusable.

    A date is held against the server's own clock where it sends one, else against `now`, in
    seconds since 1970. A past date is 0.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text[:12])
    then = http_date(text)
    if then is None:
        return None
    return max(0.0, then - (http_date(headers.get("Date", "")) or now))


def http_date(text: str) -> float | None:
    """Seconds since 1970 of an HTTP date, None where it is none."""
    with contextlib.suppress(ValueError, TypeError, OverflowError, IndexError):
        moment = email.utils.parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp()
    return None


def span(seconds: float) -> str:
    """A length of time for a reader."""
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} seconds"


def volume(size: float) -> str:
    """A number of bytes for a reader."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.3g} {unit}"

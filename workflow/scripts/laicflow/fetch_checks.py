"""Is this the file that was asked for? Looked at before a download gets its name.

The checks are shallow: first bytes, whole compression, the header's day, a whole last line. What
the values are is the readers' business.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from pathlib import Path

from laicflow import packing
from laicflow.checks.common import Asked, HollowError, PageError, UnlikeError
from laicflow.errors import FetchError
from laicflow.fetch_words import title

# First bytes of a compressed file (compress(1): 1F 9D; RFC 1952: 1F 8B).
MAGIC = {".Z": b"\x1f\x9d", ".gz": b"\x1f\x8b"}

HINTS = {
    "none": "a login or maintenance page stands before it",
    "earthdata": (
        "it wants an Earthdata login: register at https://urs.earthdata.nasa.gov and put "
        "`machine urs.earthdata.nasa.gov login <name> password <password>` into ~/.netrc"
    ),
    "cses": "it wants the login of an account at the archive of CSES",
    "cnes": "it wants the login of an account at the archive of CNES",
}


# Checks of what may well be a web page; each refuses pages that are another.
PAGES = {"dst_html", "isf", "index"}


class WrongBodyError(FetchError):
    """Something arrived, but not the file that was asked for."""


class UnfitError(WrongBodyError):
    """A whole answer that is not the file that was asked for; `why` says it without the URL."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"{url}: {why}")
        self.why = why


class NoDataError(WrongBodyError):
    """The file that was asked for arrived, and no value is in it: as good as a 404."""


class LoginPageError(WrongBodyError):
    """A web page arrived instead of a file."""


def inspect(path: Path, url: str, asked: Asked, advice: str = "") -> None:
    """Refuse what is not the file that was asked for.

    Parameters
    ----------
    advice : what to do where a web page came; by default by the account that is wanted

    Raises
    ------
    WrongBodyError : says what was expected and what came, with the URL
    NoDataError : it is what was asked for, but the upstream has no value to put into it
    """
    body = path.read_bytes()
    if not body:
        raise UnfitError(url, "the answer is empty")
    if is_html(body) and asked.check not in PAGES:
        raise _login_page(body, url, asked.name, advice or HINTS.get(asked.account, HINTS["none"]))
    try:
        content = decompress(body, asked.name)
        if asked.check:
            check(asked.check)(content, asked)
    except PageError as error:
        hint = advice or HINTS.get(asked.account, HINTS["none"])
        raise _login_page(body, url, str(error), hint) from None
    except HollowError as error:
        raise NoDataError(f"{url}: {error}") from None
    except UnlikeError as error:
        raise UnfitError(url, str(error)) from None


def _login_page(body: bytes, url: str, wanted: str, hint: str) -> LoginPageError:
    """The error of a web page that came in place of what was wanted."""
    head = title(body[:8192].decode("utf-8", "replace"))
    name = f"{wanted} (its title: {head})" if head else wanted
    return LoginPageError(f"{url}: a web page came instead of {name}; {hint}")


def is_html(body: bytes) -> bool:
    """Whether a body is a web page, whatever its name or its header says."""
    head = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head")) or (
        head.startswith((b"<?xml", b"<!--")) and b"<html" in head
    )


def decompress(body: bytes, name: str) -> bytes:
    """The content of a file that its name calls compressed, by whichever of the two it is.

    Some archives serve gzip under names in `.Z`; readers go by the first bytes as well.
    """
    suffix = next((s for s in MAGIC if name.endswith(s)), "")
    if not suffix:
        return body
    kind = next((s for s, magic in MAGIC.items() if body.startswith(magic)), "")
    if not kind:
        found = body[:2].hex(" ")
        wanted = MAGIC[suffix].hex(" ")
        raise UnlikeError(f"expected a {suffix} file (first bytes {wanted}), found {found}")
    try:
        return packing.gunzip(body) if kind == ".gz" else packing.uncompress(body)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise UnlikeError(f"its compression is broken or truncated ({error})") from None


# Name of a check to its function, imported on use.
CHECKS = {
    "ionex": "laicflow.checks.maps:ionex",
    "ionex_unended": "laicflow.checks.maps:ionex_unended",
    "usgs_csv": "laicflow.checks.events:usgs_csv",
    "usgs_geojson": "laicflow.checks.events:usgs_geojson",
    "usgs_count": "laicflow.checks.events:usgs_count",
    "quakeml": "laicflow.checks.events:quakeml",
    "fdsn_text": "laicflow.checks.events:fdsn_text",
    "isf": "laicflow.checks.events:isf",
    "events_csv": "laicflow.checks.events:events_csv",
    "isc_gem": "laicflow.checks.events:isc_gem",
    "kp_wdc": "laicflow.checks.indices:kp_wdc",
    "kp_json": "laicflow.checks.indices:kp_json",
    "kp_text": "laicflow.checks.indices:kp_text",
    "dst_wdc": "laicflow.checks.indices:dst_wdc",
    "dst_html": "laicflow.checks.indices:dst_html",
    "celestrak_sw": "laicflow.checks.indices:celestrak_sw",
    "celestrak_kp": "laicflow.checks.indices:celestrak_sw",
    "penticton": "laicflow.checks.indices:penticton",
    "iaga2002": "laicflow.checks.minutes:iaga2002",
    "iaga2002_own": "laicflow.checks.minutes:iaga2002_own",
    "cses_lap": "laicflow.checks.probes:cses_lap",
    "demeter_isl": "laicflow.checks.probes:demeter_isl",
    "swarm_lp": "laicflow.checks.probes:swarm_lp",
    "swarm_hapi": "laicflow.checks.hapi:swarm_hapi",
    "hapi_info": "laicflow.checks.hapi:hapi_info",
    "olr_cdr": "laicflow.checks.olr:cdr",
    "olr_interpolated": "laicflow.checks.olr:interpolated",
    "olr_uninterpolated": "laicflow.checks.olr:uninterpolated",
    "olr_own": "laicflow.checks.olr:own",
    "tec_series": "laicflow.checks.tec:tec_series",
    "index": "laicflow.checks.index:index",
    "rinex": "laicflow.checks.gnss:rinex",
    "sp3": "laicflow.checks.gnss:sp3",
    "navigation": "laicflow.checks.gnss:navigation",
    "dcb": "laicflow.checks.gnss:dcb",
    "bias_sinex": "laicflow.checks.gnss:bias_sinex",
}


def check(name: str) -> Callable[[bytes, Asked], None]:
    """The content check of a name: `(content, asked) -> None`, or it raises `UnlikeError`."""
    module, _, function = CHECKS[name].partition(":")
    return getattr(importlib.import_module(module), function)

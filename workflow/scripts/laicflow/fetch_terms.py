"""What a partition's files are called here, and when each may be asked for or must be there."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlsplit

from laicflow.errors import ConfigError
from laicflow.fetch_checks import Asked
from laicflow.fetch_session import is_loopback
from laicflow.sources.request import Request

# A file that grows and never closes must hold days that are older than this. The services add to
# it every day; the longest gap in Penticton's is five days.
GROWN = dt.timedelta(days=30)
# So far the clocks of two machines may be apart.
CLOCKS = dt.timedelta(days=1)


@dataclass(frozen=True)
class Terms:
    """The terms on which one partition is asked for.

    Parameters
    ----------
    source, partition : what is asked for
    settings : config/sources/<source>.yaml
    now : the present, UTC, naive
    span : first and last day of the partition that the run needs
    """

    source: str
    partition: str
    settings: dict
    now: dt.datetime
    span: tuple[dt.date, dt.date]

    def is_too_early(self, request: Request) -> bool:
        """Whether a day's file cannot be there yet.

        Files of a day come when it is over, predictions `ahead_days` before it begins.
        """
        if request.day is None:
            return False
        ahead = self.settings.get("ahead_days", 0)
        last = self.now.date() + dt.timedelta(days=ahead if ahead > 0 else -1)
        return request.day > last

    def is_closed(self, request: Request) -> bool:
        """Whether the upstream has had its time for a file."""
        closes = self.closes(request)
        return closes is not None and self.now >= closes

    def is_due(self, request: Request) -> bool:
        """Whether nothing may be missing in a file: it is closed, or its last day long past."""
        if self.settings["closed_after_days"] is None:
            return self.now.date() - self.covered(request)[1] > GROWN
        return self.is_closed(request)

    def closes(self, request: Request) -> dt.datetime | None:
        """The instant after which a file's absence is an error; None: it is never finished."""
        after = self.settings["closed_after_days"]
        if after is None:
            return None
        last = self.covered(request)[1]
        return dt.datetime.combine(last, dt.time()) + dt.timedelta(days=1 + after)

    def was_final(self, request: Request, checked: dt.datetime) -> bool:
        """Whether an upstream has confirmed a file after it had closed.

        An instant that has not come yet proves nothing: the clock was ahead that said so.
        """
        closes = self.closes(request)
        return closes is not None and closes <= checked <= self.now

    def is_stale(self, request: Request, checked: dt.datetime, since: dt.datetime | None) -> bool:
        """Whether a file that is here must be asked for again.

        A closed day's file stays if the upstream confirmed it after the day had closed, an open
        one's if that was less than `recheck_hours` ago; neither where the upstream has had
        something else `since`, by whosever clock.
        """
        if request.fresh or (since is not None and checked < min(since + CLOCKS, self.now)):
            return True
        if self.was_final(request, checked):
            return False
        wait = dt.timedelta(hours=self.settings.get("recheck_hours", 0))
        return not dt.timedelta(0) <= self.now - checked < wait

    def covered(self, request: Request) -> tuple[dt.date, dt.date]:
        """First and last day that a file covers."""
        if request.day is not None:
            return request.day, request.day
        return request.span or self.span

    def asked(self, request: Request, name: str) -> Asked:
        """What the checks hold a file to."""
        first, last = self.covered(request)
        return Asked(
            name=name,
            check=request.check,
            first=first,
            last=last,
            closed=self.is_due(request),
            account=self.settings["account"],
            rows=request.rows,
            most=request.most,
            observatory=request.observatory,
        )

    def excuses(self, request: Request) -> list[str]:
        """What `allow_missing` may say of a file: day, month or year, the smallest first.

        None of them means the one file of a source that has everything in it. Of a file of an
        observatory or station each is first said of that one alone, as `ESK/2001-01`, then all of
        that one, as `ESK`.
        """
        names = [request.day.isoformat()] if request.day else []
        if request.day or request.span:
            first, last = (day.isoformat() for day in self.covered(request))
            names += [first[:size] for size in (7, 4) if first[:size] == last[:size]]
        if self.partition != "all":
            names += [self.partition, self.partition[:4]]
        names = sorted(dict.fromkeys(names), key=len, reverse=True)
        if not request.observatory:
            return names
        return [*(f"{request.observatory}/{name}" for name in names), request.observatory, *names]

    def folder(self, request: Request) -> str:
        """Year of a file, or `all`."""
        return f"{request.day:%Y}" if request.day else self.partition.split("-")[0]

    def file(self, request: Request, name: str) -> str:
        """Path of a file relative to the folder of raw files."""
        return f"{self.source}/{self.folder(request)}/{name}"


def paths(request: Request) -> tuple[str, ...]:
    """The paths of a file, the first the likeliest."""
    return (request.path, *request.alternatives)


def url_of(base: str, path: str) -> str:
    """A path under a base."""
    return f"{base.rstrip('/')}/{path}"


def check_bases(source: str, bases: list[str]) -> None:
    """Refuse bases that are no URLs; what they say is not repeated, it may hold a password.

    Raises
    ------
    ConfigError : none is given, or one has no known scheme or no valid host and port, or a login
        or a key that others would come to see
    """
    if not bases:
        raise ConfigError(f"{source}: no base URL to ask; name one under bases: {source}")
    for number, base in enumerate(bases, 1):
        try:
            parts = urlsplit(base)
            # A password with a / in it ends the host: digits before that look like a port.
            beyond = "@" in f"{parts.path}{parts.query}{parts.fragment}"
            whole = parts.scheme == "file" or (parts.hostname and parts.port != 0 and not beyond)
        except ValueError:
            whole = False
        else:
            if parts.scheme not in ("http", "https", "file"):
                shown = base.rpartition("@")[2]
                text = f"{source}: base {shown!r} must start with http://, https:// or file:///"
                raise ConfigError(text)
        if not whole:
            raise ConfigError(
                f"{source}: base URL number {number} has no valid host and port; in a login, "
                "name:password@host, special characters are written as %XX, as is an @ in a path"
            )
        if parts.scheme != "file" and ("?" in base or "#" in base):
            raise ConfigError(
                f"{source}: base URL number {number} has a ? or a #; a base is what stands before "
                "the names of files, and a key in it would be written wherever those are"
            )
        if parts.scheme == "http" and "@" in parts.netloc and not is_loopback(base):
            raise ConfigError(
                f"{source}: base {base.rpartition('@')[2]!r} has a login and would send it "
                "unencrypted; it must start with https://"
            )

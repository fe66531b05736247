"""Which version of a file counts where mirrors have several, and one is here already.

- The first mirror's word counts, and that of the mirror from which the one here came. Another one
  may lag behind: it may not take back what is here, nor hide what a listing has told of.
- Mirrors give the same bytes other tags and other dates. What cannot be compared does not take the
  place of what is here.
- Where an upstream has a file in states, such as final and provisional, a state that is here and
  was there when all had been published does not give way to a lesser one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from laicflow.fetch_alone import warn
from laicflow.fetch_checks import UnfitError
from laicflow.fetch_client import Reply
from laicflow.fetch_session import same_place
from laicflow.fetch_terms import Terms, paths, url_of
from laicflow.fetch_words import http_date
from laicflow.sources.request import Request


class StayError(UnfitError):
    """What a mirror has is not known to be newer than what is here, which therefore stays."""


@dataclass(frozen=True)
class Versions:
    """What is known of a file before a mirror is asked for it.

    Parameters
    ----------
    here : row of the manifest of the version that is here
    told : the file as the last listing has it, where it has and nothing has confirmed `here` since
    late : a mirror that comes before this one could not be asked, or has lost what is here
    moved : what is here came from one that comes before this one
    states : paths of the file's states, the best first; none where it has no states, or where
        `here` came before all were published
    """

    here: dict | None = None
    told: dict | None = None
    late: bool = False
    moved: bool = False
    states: Sequence[str] = ()

    def is_lesser(self, path: str) -> bool:
        """Whether a path is of a state that is lesser than the one that is here."""
        return self.here is not None and _comes_after(self.states, path, self.here["path"])

    def lesser(self, url: str, why: str) -> UnfitError:
        """The error of a mirror that has nothing but lesser states."""
        # Where a listing has told of a newer version of what is here, that is still to come.
        kind = UnfitError if self._keeps_up() is False else StayError
        return kind(url, f"{why}; what is here does not give way to a lesser state")

    def hold(self, found: Reply, name: str) -> None:
        """Refuse what a mirror further down gives, where it may be older than what is here.

        Parameters
        ----------
        found : its answer; 304: what is here
        name : name of the file on disk

        Raises
        ------
        StayError : what is here is the version to have, or may well be
        UnfitError : neither is the one of which the listing has told
        """
        if not self.late:
            return
        new = {"name": name, "size": found.size}
        new |= {"etag": found.etag, "last_modified": found.last_modified}
        if self.here is None:
            if self.told is not None and keeps_up(self.told, new) is False:
                warn(f"{name}: {found.url} has another version than the last listing tells of")
            return
        same = found.status == 304 or found.sha256 == self.here["sha256"]
        if self.told is None:
            if not same and not self._is_own(found) and _later(self.here, new):
                raise StayError(found.url, "an earlier version than the one that is here")
            return
        here = self._keeps_up()
        if same:
            # By this mirror's own tag what is here may be what was listed.
            listed = self.told["size"] in (None, self.here["size"]) and any(_tags(self.told, new))
            fits = here is not False or listed
        else:
            there = keeps_up(self.told, new)
            fits = self._is_own(found) or (there and not here) or (there is None and here is False)
        if fits:
            return
        if here is False and self.moved:
            raise UnfitError(
                found.url,
                "not the version that the last listing tells of (where that is not to be had any "
                "more, `snakemake refresh` with `ingest: {recheck: all}` lists anew)",
            )
        raise StayError(found.url, "nothing says that it is newer than what is here")

    def _is_own(self, found: Reply) -> bool:
        """Whether a mirror is the one from which the version here came."""
        return not self.moved and same_place(self.here["url"], found.url)

    def _keeps_up(self) -> bool | None:
        """`keeps_up` of the version that is here."""
        if self.told is None:
            return None
        # One from an earlier mirror is likely to be of the one that was listed.
        name = PurePosixPath(self.here["file"]).name
        return keeps_up(self.told, {**self.here, "name": name}, strict=self.moved)


def told_by(listing: Path) -> list[dict]:
    """The files of which a listing tells; none without a listing."""
    return json.loads(listing.read_text(encoding="utf-8"))["files"] if listing.is_file() else []


def versions_of(
    request: Request,
    terms: Terms,
    before: Sequence[str],
    away: bool,
    kept: dict | None,
    told: dict | None,
) -> Versions:
    """What is known of a file before a mirror is asked for it.

    Parameters
    ----------
    before : the mirrors that come before it
    away : one of them could not be asked
    kept, told : as `here` and `told` of `Versions`
    """
    known = {url_of(base, path) for base in before for path in paths(request)}
    moved = kept is not None and kept["url"] in known
    # An answer to a query is as new as the query.
    late = (away or moved) and "?" not in request.path
    final = kept is not None and terms.was_final(request, kept["checked"])
    states = paths(request) if final and "upgrade" in terms.settings else ()
    if told is not None and states and _comes_after(states, told["url_path"], kept["path"]):
        told = None  # of a lesser state, in which what is here is not there
    return Versions(kept, told, late, moved, states)


def keeps_up(told: Mapping, version: Mapping, strict: bool = False) -> bool | None:
    """Whether a version is the one of which a listing tells, or a later one; None: nothing says.

    Parameters
    ----------
    told : the file in a listing
    version : name, size, etag and last_modified
    strict : both are of one mirror, so that another tag or date is another version
    """
    if _later(version, told):
        return True
    sizes = [one["size"] if told["name"] == version["name"] else None for one in (told, version)]
    if None not in sizes and sizes[0] != sizes[1]:
        # Of one date, it may merely be packed in another way.
        dated = told["last_modified"] and told["last_modified"] == version["last_modified"]
        return None if dated and not strict else False
    tags = _tags(told, version)
    if strict and tags:
        return tags[0]
    if any(tags):
        return True
    return True if not tags and None not in sizes else None


def _tags(one: Mapping, other: Mapping) -> list[bool]:
    """Whether tag and date of two versions are the same, of those that both bear."""
    both = [key for key in ("etag", "last_modified") if one[key] and other[key]]
    return [one[key] == other[key] for key in both]


def _later(one: Mapping, other: Mapping) -> bool:
    """Whether a version bears a later date than another one; no where one bears none."""
    dates = [http_date(version["last_modified"] or "") for version in (one, other)]
    return None not in dates and dates[0] > dates[1]


def _comes_after(states: Sequence[str], path: str, other: str) -> bool:
    """Whether two paths are of states, and the first of a lesser one."""
    known = path in states and other in states
    return known and states.index(path) > states.index(other)

"""Raw files of one partition of a source, brought here once and never trusted by name.

What becomes of a file:

- it is here, as the manifest says, and its day is closed: nothing is asked;
- it is here and its day is open: asked for conditionally, kept where nothing changed;
- it arrives, passes its checks, gets its name by a rename and a row in the manifest;
- it is here and its day is closed, but `recheck` is set: asked for conditionally; a version that
  the upstream has replaced stays beside the new one, and in the manifest;
- its download broke off: what came is kept and continued where the upstream can;
- it is not there (404, or a file without any value) and its day is open: `not yet`, no error;
- it is not there and its day is closed: an error, unless the day is listed in `allow_missing`;
- what arrives is something else (login page, truncated, another day): the next mirror is asked.

All files of a partition are tried before the errors, if any, are raised as one; a full disk ends
it at once. Several jobs may fetch the same files: each file is downloaded by one of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from laicflow.errors import FetchError
from laicflow.fetch_absent import AbsentError
from laicflow.fetch_client import Client, using
from laicflow.fetch_disk import DiskError
from laicflow.fetch_job import Job
from laicflow.fetch_listing import list_partition
from laicflow.fetch_refusal import failed
from laicflow.fetch_terms import Terms
from laicflow.progress import track
from laicflow.sources import registry
from laicflow.sources.request import Request, bounds, cut

__all__ = ["Client", "fetch_partition", "list_partition"]

# What a source module may offer: a request split into those that the upstream can answer, and
# what is asked in place of one that failed (nothing where it failed for good). Where there are no
# parts at all, the upstream says itself that it has nothing.
Parts = Callable[[Request, Callable[[Request], bytes]], list[Request]]
Instead = Callable[[Request, FetchError], list[Request]]


def fetch_partition(
    source: str,
    partition: str,
    *,
    settings: dict,
    options: dict,
    bases: list[str],
    raw: Path,
    start: dt.date,
    end: dt.date,
    now: dt.datetime,
    allow_missing: list[str] = (),
    client: Client | None = None,
    recheck: bool = False,
    listed: dt.datetime | None = None,
    told: Sequence[dict] = (),
) -> dict:
    """Bring the files of a partition to `raw` and say what is there.

    Parameters
    ----------
    source : name of the source
    partition : `2001-01`, `2001` or `all`
    settings : config/sources/<source>.yaml, whose `module` says what is asked
    options : what the run asks of the source (magnitudes, box, format)
    bases : base URLs in the order in which they are asked; files of file:///... are linked
    raw : folder of raw files; a file lies in <source>/<year or all>/<name>
    start, end : first and last day that the run needs
    now : the present, UTC, naive
    allow_missing : days, months and years (2001-01-31, 2001-01, 2001) known to be absent
    recheck : ask the upstream about files that are here too, in case it has replaced them
    listed : when the upstream was last seen to have something else; what it has confirmed since is
        not asked for again by `recheck`
    told : the files as that listing has them: where mirrors have several versions, none older than
        that takes the place of what is here

    Returns
    -------
    The receipt, the same for the same files: source, partition, start, end, files (name, path
    below raw, sha256, size, day, outcome, url_path, origin), missing (name, day, why), licence,
    citation; files of observatories and missing ones say which `observatory` they are of.

    What a source's module has to say of a file (`notes`) stands in the manifest, not here.

    Raises
    ------
    FetchError : names the files that could not be had, their URLs, and what to do; of many that are
        just not there some, and all in what excuses them; what arrived stays (`DiskError`: the disk
        is full)
    ConfigError : a base that is no URL
    """
    module = registry.load(settings["module"])
    terms = Terms(source, partition, settings, now, cut(partition, start, end) or bounds(partition))
    hooks = getattr(module, "parts", _as_it_is), getattr(module, "instead", _nothing)
    with using(client) as own:
        allowed = {str(day) for day in allow_missing}
        known = {file["name"]: file for file in told if file["exists"]}
        job = Job(terms, bases, Path(raw), own, allowed, recheck, listed, known)
        try:
            asked = module.requests(partition, start, end, settings, options)
            receipt = _receipt(job, asked, *hooks)
        finally:
            job.manifest.fold()
    if hasattr(module, "notes"):
        files = [file["path"] for file in receipt["files"]]
        said = module.notes(files, Path(raw), settings)
        job.manifest.note(partition, {file: said.get(file, "") for file in files})
    return receipt


def _receipt(job: Job, requests: list[Request], parts: Parts, instead: Instead) -> dict:
    """All requests carried out, and what became of them."""
    terms = job.terms
    files, missing, failures = [], [], []
    for first in track(requests, f"fetching {terms.source} {terms.partition}"):
        waiting = [first]
        while waiting:
            request = waiting.pop()
            try:
                found = parts(request, job.content)
                if not found:
                    job.lack(request)
                if found == [request]:
                    files.append(job.obtain(request))
                else:
                    waiting.extend(reversed(found))
            except AbsentError as absence:
                day = request.day.isoformat() if request.day else None
                told = {"observatory": request.observatory} if request.observatory else {}
                missing.append(told | {"name": request.name, "day": day, "why": absence.why})
            except DiskError:
                raise
            except FetchError as error:
                if others := instead(request, error):
                    waiting.extend(reversed(others))
                    continue
                failures.append((request.name, error))
    if failures:
        count = len(files) + len(missing) + len(failures)
        head = f"{terms.source} {terms.partition}: {len(failures)} of {count} files failed"
        raise FetchError("\n  ".join([head, *failed(terms.source, failures)]))
    first, last = terms.span
    return {
        "source": terms.source,
        "partition": terms.partition,
        "start": first.isoformat(),
        "end": last.isoformat(),
        "files": files,
        "missing": missing,
        "licence": terms.settings["licence"],
        "citation": terms.settings["citation"],
    }


def _as_it_is(request: Request, ask: Callable[[Request], bytes]) -> list[Request]:
    """A request that is never split."""
    return [request]


def _nothing(request: Request, error: FetchError) -> list[Request]:
    """Nothing is asked in place of a request that failed."""
    return []

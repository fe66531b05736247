"""Raw files of one partition of a source, brought here once and never trusted by name.

What becomes of a file:

- it is here, as the manifest says, and its day is closed: nothing is asked;
- it is here and its day is open: asked for conditionally, kept where nothing changed;
- it arrives, passes its checks, gets its name by a rename and a row in the manifest;
- it is not there (404) and its day is open: `not yet`, no error;
- it is not there and its day is closed: an error, unless the day is listed in `allow_missing`;
- what arrives is something else (login page, truncated, another day): the next mirror is asked.

All files of a partition are tried before the errors, if any, are raised as one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from laicflow.errors import FetchError
from laicflow.fetch_client import Client
from laicflow.fetch_job import AbsentError, Job
from laicflow.progress import track
from laicflow.sources import registry
from laicflow.sources.request import Request, bounds, cut

__all__ = ["Client", "fetch_partition"]

# What a source module may offer: a request split into those that the upstream can answer.
Parts = Callable[[Request, Callable[[Request], bytes]], list[Request]]


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
) -> dict:
    """Bring the files of a partition to `raw` and say what is there.

    Parameters
    ----------
    source : name in `laicflow.sources.registry`
    partition : `2001-01`, `2001` or `all`
    settings : config/sources/<source>.yaml
    options : what the run asks of the source (magnitudes, box, format)
    bases : base URLs in the order in which they are asked; files of file:///... are linked
    raw : folder of raw files; a file lies in <source>/<year or all>/<name>
    start, end : first and last day that the run needs
    now : the present, UTC, naive
    allow_missing : days, or partitions of a source without daily files, known to be absent

    Returns
    -------
    The receipt, the same for the same files: source, partition, start, end, files (name, path
    below raw, sha256, size, day, outcome, url_path, origin), missing (name, day, why), licence,
    citation.

    Raises
    ------
    FetchError : names every file that could not be had, and its URLs; what arrived stays
    ConfigError : a base that is no URL
    """
    module = registry.load(source)
    span = cut(partition, start, end) or bounds(partition)
    own = client or Client()
    try:
        job = Job(source, partition, settings, bases, Path(raw), now, span, own)
        job.allowed = {str(entry) for entry in allow_missing}
        requests = module.requests(partition, start, end, settings, options)
        return _receipt(job, requests, getattr(module, "parts", None))
    finally:
        if client is None:
            own.close()


def _receipt(job: Job, requests: list[Request], parts: Parts | None) -> dict:
    """All requests carried out, and what became of them."""
    files, missing, failures = [], [], []
    for first in track(requests, f"fetching {job.source} {job.partition}"):
        waiting = [first]
        while waiting:
            request = waiting.pop()
            try:
                found = parts(request, job.content) if parts else [request]
                if found != [request]:
                    waiting.extend(reversed(found))
                    continue
                files.append(job.obtain(request))
            except AbsentError as absence:
                day = request.day.isoformat() if request.day else None
                missing.append({"name": request.name, "day": day, "why": absence.why})
            except FetchError as error:
                failures.append(f"{request.name}: {error}")
    if failures:
        count = len(files) + len(missing) + len(failures)
        head = f"{job.source} {job.partition}: {len(failures)} of {count} files failed"
        raise FetchError("\n  ".join([head, *failures]))
    first, last = job.span
    return {
        "source": job.source,
        "partition": job.partition,
        "start": first.isoformat(),
        "end": last.isoformat(),
        "files": files,
        "missing": missing,
        "licence": job.settings["licence"],
        "citation": job.settings["citation"],
    }

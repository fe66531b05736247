"""A replica that stands for the archive of the maps, its faults, and runs beside it."""

from __future__ import annotations

import gzip
import os
import time
from types import SimpleNamespace

import ncompress
import numpy as np
import pandas as pd
import yaml

from laicflow import fetch_manifest
from laicflow.replica.server import Fault, serve
from tests.slurm.running import STUDY, copy_of, slurm

HOUR = 3600
MONTHS = ("06", "07", "08")
TENSORS = f"{STUDY}/tensors/observed-plain.nc"
STORES = [f"results/slurm/store/observed/code/2014-{month}.nc" for month in MONTHS]
# A day that is replaced upstream, and what its map of noon then has in its corner, in TECU.
REVISED, VALUE = 190, 77.7
# Days of the year whose trouble does not pass.
LASTING = (214, 215, 216)


def url(day):
    """The path of a day's maps."""
    return f"/code/2014/CODG{day}0.14I.Z"


def broken(day):
    """The path under which the same maps stand as a gzip with a wrong checksum."""
    return f"/code/2014/COD0OPSFIN_2014{day}0000_01D_02H_GIM.INX.gz"


FAULTS = [
    Fault("status", match=url(152), times=2, status=429, retry_after="2"),
    Fault("status", match=url(153), times=1, status=503, retry_after="4"),
    Fault("reset", match=url(154), times=1),
    Fault("cut", match=url(155), times=1, at=5000, seconds=0.5),
    Fault("length", match=url(156), times=1),
    Fault("trickle", match=url(157), times=1),
    Fault("other", match=url(183), times=1, path=broken(183)),
    Fault("truncated", match=url(184), times=1),
    Fault("other", match=url(185), times=1, path=url(186)),
    Fault("html", match=url(214)),
    Fault("loop", match=url(215)),
    Fault("other", match=url(216), path=broken(216)),
]


class Requests(list):
    """What a replica was asked, each with the seconds when."""

    def append(self, seen):
        super().append((time.monotonic(), seen))

    def by_day(self, method="GET"):
        """The statuses of the answers by the day of the year that was asked for."""
        found = {}
        for _, seen in self:
            if seen.method == method:
                found.setdefault(int(seen.path[-10:-7]), []).append(seen.status)
        return found

    def pauses(self, day):
        """Seconds between the requests for a day."""
        return np.diff([when for when, seen in self if seen.path == url(day)])


def raw(folder):
    """The raw files of the maps, with all that is hidden, by their names."""
    (origin,) = (folder / "data/raw").iterdir()
    return {path.name: path.read_bytes() for path in sorted((origin / "code").rglob("*.*"))}


def hidden(folder):
    """Hidden files among the raw ones and the results, locks aside."""
    found = [*(folder / "data/raw").rglob(".*"), *(folder / "results").rglob(".*")]
    return [path.name for path in found if path.name not in (".locks", ".manifest.lock")]


def made(folder):
    """The receipts and the store of the maps, with all that is hidden, by their paths."""
    run = folder / "results/slurm"
    found = [*(run / "fetch/code").iterdir(), *(run / "store/observed/code").iterdir()]
    kept = [path for path in sorted(found) if not path.name.endswith(".provenance.json")]
    return {path.relative_to(run).as_posix(): path.read_bytes() for path in kept}


class Place:
    """A folder without maps, and an archive of them to be served, one of them of the future."""

    def __init__(self, fetched, here):
        self.folder = copy_of(fetched, here / "laicflow")
        (world,) = (path for path in (self.folder / "data/worlds").iterdir() if path.is_dir())
        self.archive, self.port = copy_of(world, here / "archive"), 0
        for day in (183, 216):
            body = bytearray(gzip.compress(ncompress.decompress(self.maps[day].read_bytes())))
            body[-8] ^= 1  # the first byte of the checksum (RFC 1952)
            (self.archive / "ionex/code" / broken(day).rsplit("/")[-1]).write_bytes(body)
        later = time.time() + HOUR
        os.utime(self.maps[158], (later, later))
        self.origin = self.folder / "data/raw" / world.name
        made = (self.folder / "results").rglob("code/2014-*")
        for path in [*self.origin.glob("code/*/*"), *made]:
            path.unlink()
        rows = fetch_manifest.frame(self.origin)
        rows[rows["source"] != "code"].to_parquet(self.origin / "manifest.parquet")

    @property
    def maps(self):
        """The files that are served by day of the year."""
        return {int(path.name[4:7]): path for path in self.archive.rglob("CODG*.14I.Z")}

    def call(self, *words, faults=(), status=0, ahead=0, **changes):
        """A call of snakemake that ends with a status, and what it has left.

        The replica is always on one port; the clocks of the nodes are so many seconds ahead.
        """
        begin, met = pd.Timestamp.now("UTC").tz_localize(None), Requests()
        with serve(self.archive, faults=faults, port=self.port) as replica:
            self.port, replica.log = replica.port, met
            overlay = yaml.safe_load((self.folder / "small.yaml").read_text())
            overlay |= {"bases": {"code": [replica.base("code")]}, **changes}
            (self.folder / "small.yaml").write_text(yaml.safe_dump(overlay, sort_keys=False))
            told = {"LAICFLOW_TRANSFER_PARTITION": "transfer", "LAICFLOW_TEST_CLOCK": f"{ahead}"}
            run = slurm(self.folder, *words, **told)
            found = run.end(300)
        assert found == status, run.text[-3000:]
        return SimpleNamespace(run=run, begin=begin, met=met, text=run.text, **self.state())

    def state(self):
        """What there is now of the maps, of all that is hidden, and of the time."""
        files, rows = made(self.folder), fetch_manifest.frame(self.origin)
        results, tensors = self.folder / "results/slurm", self.folder / TENSORS
        return {
            "made": files,
            "raw": raw(self.folder),
            "tensors": tensors.read_bytes() if tensors.exists() else b"",
            "hidden": hidden(self.folder),
            "rows": rows[rows["source"] == "code"],
            "newest": max((results / name).stat().st_mtime for name in files),
            "end": time.time(),
        }

    def revise(self):
        """Another value in the corner of a map of noon, so another file under the same name."""
        path = self.maps[REVISED]
        lines = ncompress.decompress(path.read_bytes()).decode().splitlines(keepends=True)
        (noon,) = (
            at
            for at, line in enumerate(lines)
            if line.startswith("     7 ") and "START OF TEC MAP" in line
        )
        lines[noon + 3] = f"{round(VALUE * 10):5d}{lines[noon + 3][5:]}"
        path.write_bytes(ncompress.compress("".join(lines).encode()))


def story(place):
    """All calls, one after the other."""
    found = SimpleNamespace(place=place)
    words = ("--retries", 1, "--", *STORES)
    found.rough = place.call(*words, faults=FAULTS, status=1, ahead=HOUR)
    log = place.folder / "results/slurm/logs/fetch_partition/code/2014-08.log"
    found.log = log.read_text()
    found.behind = place.call("--retries", 0, "--", TENSORS, status=1, ahead=-12 * HOUR)
    found.right = place.call("--", TENSORS)
    place.revise()
    every = {"also": [], "recheck": "all", "period": {"start": "2014-06-01", "end": "2014-08-31"}}
    place.call("--", "refresh", ingest=every)
    # A query of events has no tag and is always made again (tests/workflow/test_new_day.py).
    for listing in (place.folder / "data/listing").glob("*/usgs/*"):
        listing.unlink()
    found.again = place.call("--", TENSORS)
    found.then = place.call("--", TENSORS)
    return found

"""An upstream in trouble, met by jobs of a cluster: what passes is waited out, what stays is named.

One replica on loopback stands for the archive of the maps and misbehaves by the day of the year:

- June: 429, 503 with Retry-After, a connection reset before and in the middle of a body, half a
  body, a byte every twentieth of a second: one job has patience with all of it;
- July: a wrong checksum (of a gzip), half a file whose length is given as if that were all, another
  day's file, each once: the first job refuses them, the second asks for these three alone;
- August: a login page, a redirect in a circle, a wrong checksum, for good: the job ends, twice, and
  says all three; the next call, with a healthy server, downloads these three alone.

Clock skew is simulated by hooks/sitecustomize.py, since a node on the same machine has the same
clock: what a job reads as the time, and the times of the files that it writes. During the faults
the nodes are an hour ahead; then they are half a day behind; then right. What a server says of the
time (Last-Modified) lies an hour ahead for one file.
"""

from __future__ import annotations

import time
from types import SimpleNamespace

import ncompress
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow import fetch_manifest
from tests.slurm.running import STUDY, SUBMITTED, asked, ended
from tests.slurm.upstream import HOUR, LASTING, hidden, made, raw

pytestmark = pytest.mark.timeout(560)
TENSORS = f"{STUDY}/tensors/observed-plain.nc"
# What is answered to the requests for a day, one after the other; 0: the connection is broken.
MET = {
    152: [429, 429, 200],
    153: [503, 200],
    154: [0, 200],
    155: [200, 206],
    156: [200, 206],
    157: [200, 206],
    183: [200, 200],
    184: [200, 200],
    185: [200, 200],
}
# A map in the middle of a day, and the value in its corner that its revision has, in TECU.
CHANGED = "store/observed/code/2014-07.nc"
CHAIN = [("fetch_partition", "code_2014-07"), ("clean_maps", "2014-07"), ("build_tensors", "")]
REVISED, NOON, VALUE = 190, pd.Timestamp("2014-07-09T12:00"), 77.7


@pytest.fixture(scope="module")
def place(troubled):
    """The folder in which all of it happens."""
    return troubled[0]


@pytest.fixture(scope="module")
def rough(troubled):
    """The call during which the upstream misbehaves, and what it has left."""
    place, call = troubled
    call.end(1)
    log = place.folder / "results/slurm/logs/fetch_partition/code/2014-08.log"
    rows, files = fetch_manifest.frame(place.origin), made(place.folder)
    return SimpleNamespace(
        call=call,
        raw=raw(place.folder),
        made=files,
        log=log.read_text(),
        hidden=hidden(place.folder),
        fetched=rows[rows["source"] == "code"]["fetched"],
        newest=max((place.folder / "results/slurm" / name).stat().st_mtime for name in files),
    )


@pytest.fixture(scope="module")
def healthy(place, rough):
    """The calls after it, the first one on a node whose clock is half a day behind."""
    behind = place.call("--retries", 0, "--", TENSORS, status=1, ahead=-12 * HOUR)
    left = made(place.folder)
    return SimpleNamespace(behind=behind, left=left, right=place.call("--", TENSORS))


def test_trouble_that_passes_leaves_what_a_calm_day_would_have(rough, fetched):
    met = rough.call.met.by_day()
    assert {day: met.pop(day) for day in MET} == MET
    assert all(met[day] == [200] for day in met if day not in LASTING)
    assert all(rough.call.met.pauses(152) >= 2) and rough.call.met.pauses(153) >= 4
    wanted, files = made(fetched), raw(fetched)
    for month in ("06", "07"):
        for name in (f"fetch/code/2014-{month}.json", f"store/observed/code/2014-{month}.nc"):
            assert rough.made[name] == wanted[name], name
    assert rough.raw == {name: files[name] for name in rough.raw}


def test_every_download_was_a_job_of_the_partition_for_transfers(rough):
    states = {
        "06": [["COMPLETED"]],
        "07": [["FAILED"], ["COMPLETED"]],
        "08": [["FAILED"], ["FAILED"]],
    }
    for month, wanted in states.items():
        numbers = rough.call.run.jobs("fetch_partition", f"code_2014-{month}")
        assert [ended(number) for number in numbers] == wanted
        assert {asked(number)["Partition"] for number in numbers} == {"transfer"}
    (number,) = rough.call.run.jobs("clean_maps", "2014-06")
    assert asked(number)["Partition"] == "cpu"


def test_trouble_that_stays_is_named_and_leaves_nothing_half(rough):
    for told in (rough.log, rough.call.run.text):
        assert "3 of 31 files failed" in told
        assert "a web page came instead of CODG2140.14I.Z (its title: Earthdata Login)" in told
        assert "CODG2150.14I.Z: it redirects in a circle" in told
        assert "CODG2160.14I.Z: its compression is broken or truncated" in told
    assert rough.hidden == []
    assert not [name for name in rough.made if "2014-08" in name]
    days = {int(name[4:7]) for name in rough.raw}
    assert days == set(range(152, 244)) - set(LASTING)


def test_nodes_an_hour_ahead_leave_nothing_of_the_future_to_be_made_again(rough, healthy):
    assert len(rough.fetched) == 89
    assert rough.fetched.min() > rough.call.begin + pd.Timedelta(seconds=HOUR)
    # Snakemake sets the times of results by its own clock.
    assert rough.newest < time.time()
    # June and July are left alone.
    planned = sorted(rule for _, rule, _ in SUBMITTED.findall(healthy.right.run.text))
    assert planned == ["build_tensors", "clean_maps", "fetch_partition"]


def test_a_node_half_a_day_behind_makes_nothing_and_the_terminal_says_why(rough, healthy):
    assert "This could indicate a clock skew problem" in healthy.behind.run.text
    assert healthy.left == rough.made


def test_a_healthy_upstream_gives_the_rest_alone(healthy, place, reference):
    # What came by a clock that was ahead is asked for again until that time has come.
    before = [day for day in range(213, 244) if day not in LASTING]
    assert healthy.behind.met.by_day() == {day: [304] for day in before} | {
        day: [200] for day in LASTING
    }
    assert healthy.right.met.by_day() == {day: [304] for day in before}
    assert (made(place.folder), raw(place.folder)) == (made(reference), raw(reference))
    assert (place.folder / TENSORS).read_bytes() == (reference / TENSORS).read_bytes()


@pytest.fixture(scope="module")
def replaced(place, healthy):
    """A day replaced upstream, and the calls that find it, the last one with nothing to do."""
    before = made(place.folder), raw(place.folder), (place.folder / TENSORS).read_bytes()
    revise(place.maps[REVISED])
    every = {"also": [], "recheck": "all", "period": {"start": "2014-06-01", "end": "2014-08-31"}}
    place.call("--", "refresh", ingest=every)
    # A query of events has no tag and is always made again (tests/workflow/test_new_day.py).
    for listing in (place.folder / "data/listing").glob("*/usgs/*"):
        listing.unlink()
    return SimpleNamespace(
        before=before,
        again=place.call("--", TENSORS),
        then=place.call("--", TENSORS),
    )


def revise(path):
    """Another value in the corner of the map of noon, so another file under the same name."""
    lines = ncompress.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    (row,) = (
        at + 3
        for at, line in enumerate(lines)
        if line.startswith("     7 ") and "START OF TEC MAP" in line
    )
    lines[row] = f"{round(VALUE * 10):5d}{lines[row][5:]}"
    path.write_bytes(ncompress.compress("".join(lines).encode()))


def test_a_file_replaced_upstream_is_fetched_by_a_job_and_all_that_depends_on_it_rebuilt(
    replaced, place, fetched
):
    run = replaced.again.run
    maps_alone = [run.jobs(rule, words) for rule, words in CHAIN]
    assert [len(numbers) for numbers in maps_alone] == [1, 1, 1]
    assert [ended(number) for (number,) in maps_alone] == [["COMPLETED"]] * 3
    assert not run.jobs("fetch_partition", "06") and not run.jobs("fetch_partition", "08")
    assert replaced.again.met.by_day() == {
        day: [200 if day == REVISED else 304] for day in range(182, 213)
    }
    assert "Nothing to be done" in replaced.then.run.text and not replaced.then.met
    # The old file lies beside the new one, and both are on record.
    store, files, tensors = replaced.before
    name = f"CODG{REVISED}0.14I.Z"
    rows = fetch_manifest.frame(place.origin)
    rows = rows[rows["file"] == f"code/2014/{name}"]
    assert rows["sha256"].nunique() == len(rows) == 2
    kept = f"{name}.{rows['sha256'].iloc[0][:8]}"
    new = place.maps[REVISED].read_bytes()
    assert raw(place.folder) == files | {kept: files[name], name: new}
    # That value alone has changed.
    changed = {name for name, body in made(place.folder).items() if store[name] != body}
    assert changed == {"fetch/code/2014-07.json", CHANGED}
    old, now = (
        xr.load_dataset(folder / "results/slurm" / CHANGED)["tec"]
        for folder in (fetched, place.folder)
    )
    there = np.argwhere((old != now).values)
    assert there.tolist() == [[old.get_index("time").get_loc(NOON), 0, 0]]
    assert float(now.sel(time=NOON)[0, 0]) == pytest.approx(VALUE)
    assert (place.folder / TENSORS).read_bytes() != tensors

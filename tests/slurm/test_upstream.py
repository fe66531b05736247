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

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.slurm.running import SUBMITTED, asked, ended
from tests.slurm.upstream import HOUR, LASTING, REVISED, TENSORS, VALUE, made, raw

pytestmark = pytest.mark.timeout(560)
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
CHANGED = "store/observed/code/2014-07.nc"
CHAIN = [("fetch_partition", "code_2014-07"), ("clean_maps", "2014-07"), ("build_tensors", "")]
NOON = pd.Timestamp("2014-07-09T12:00")


@pytest.fixture(scope="module")
def story(troubled):
    """The calls, all of which have ended."""
    return troubled.result()


def test_trouble_that_passes_leaves_what_a_calm_day_would_have(story, fetched):
    met = story.rough.met.by_day()
    assert {day: met.pop(day) for day in MET} == MET
    assert all(met[day] == [200] for day in met if day not in LASTING)
    assert all(story.rough.met.pauses(152) >= 2) and story.rough.met.pauses(153) >= 4
    wanted, files = made(fetched), raw(fetched)
    for month in ("06", "07"):
        for name in (f"fetch/code/2014-{month}.json", f"store/observed/code/2014-{month}.nc"):
            assert story.rough.made[name] == wanted[name], name
    assert story.rough.raw == {name: files[name] for name in story.rough.raw}


def test_every_download_was_a_job_of_the_partition_for_transfers(story):
    states = {
        "06": [["COMPLETED"]],
        "07": [["FAILED"], ["COMPLETED"]],
        "08": [["FAILED"], ["FAILED"]],
    }
    for month, wanted in states.items():
        numbers = story.rough.run.jobs("fetch_partition", f"code_2014-{month}")
        assert [ended(number) for number in numbers] == wanted
        assert {asked(number)["Partition"] for number in numbers} == {"transfer"}
    (number,) = story.rough.run.jobs("clean_maps", "2014-06")
    assert asked(number)["Partition"] == "cpu"


def test_trouble_that_stays_is_named_and_leaves_nothing_half(story):
    for told in (story.log, story.rough.text):
        assert "3 of 31 files failed" in told
        assert "a web page came instead of CODG2140.14I.Z (its title: Earthdata Login)" in told
        assert "CODG2150.14I.Z: it redirects in a circle" in told
        assert "CODG2160.14I.Z: its compression is broken or truncated" in told
    assert story.rough.hidden == []
    assert not [name for name in story.rough.made if "2014-08" in name]
    days = {int(name[4:7]) for name in story.rough.raw}
    assert days == set(range(152, 244)) - set(LASTING)


def test_nodes_an_hour_ahead_leave_nothing_of_the_future_to_be_made_again(story):
    fetched = story.rough.rows["fetched"]
    assert len(fetched) == 89 and fetched.min() > story.rough.begin + pd.Timedelta(seconds=HOUR)
    # Snakemake sets the times of results by its own clock.
    assert story.rough.newest <= story.rough.end
    # June and July are left alone.
    planned = sorted(rule for _, rule, _ in SUBMITTED.findall(story.right.text))
    assert planned == ["build_tensors", "clean_maps", "fetch_partition"]


def test_a_node_half_a_day_behind_makes_nothing_and_the_terminal_says_why(story):
    assert "This could indicate a clock skew problem" in story.behind.text
    assert story.behind.made == story.rough.made


def test_a_healthy_upstream_gives_the_rest_alone(story, reference):
    # What came by a clock that was ahead is asked for again until that time has come.
    before = [day for day in range(213, 244) if day not in LASTING]
    assert story.behind.met.by_day() == {day: [304] for day in before} | {
        day: [200] for day in LASTING
    }
    assert story.right.met.by_day() == {day: [304] for day in before}
    assert (story.right.made, story.right.raw) == (made(reference), raw(reference))
    assert story.right.tensors == (reference / TENSORS).read_bytes()


def test_a_file_replaced_upstream_is_fetched_by_a_job_and_all_that_depends_on_it_rebuilt(
    story, fetched
):
    before, again, place = story.right, story.again, story.place
    numbers = [again.run.jobs(rule, words) for rule, words in CHAIN]
    assert [[ended(number) for number in found] for found in numbers] == [[["COMPLETED"]]] * 3
    assert len(SUBMITTED.findall(again.text)) == 3
    assert again.met.by_day() == {day: [200 if day == REVISED else 304] for day in range(182, 213)}
    assert "Nothing to be done" in story.then.text and not story.then.met
    # The old file lies beside the new one, and both are on record.
    name = f"CODG{REVISED}0.14I.Z"
    rows = again.rows[again.rows["file"] == f"code/2014/{name}"]
    assert rows["sha256"].nunique() == len(rows) == 2
    kept = f"{name}.{rows['sha256'].iloc[0][:8]}"
    new = place.maps[REVISED].read_bytes()
    assert again.raw == before.raw | {kept: before.raw[name], name: new}
    # That value alone has changed.
    changed = {name for name, body in again.made.items() if before.made[name] != body}
    assert changed == {"fetch/code/2014-07.json", CHANGED}
    old, now = (
        xr.load_dataset(folder / "results/slurm" / CHANGED)["tec"]
        for folder in (fetched, place.folder)
    )
    there = np.argwhere((old != now).values)
    assert there.tolist() == [[old.get_index("time").get_loc(NOON), 0, 0]]
    assert float(now.sel(time=NOON)[0, 0]) == pytest.approx(VALUE)
    assert again.tensors != before.tensors

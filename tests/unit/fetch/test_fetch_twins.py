"""Two downloads of one file at once, in threads and in processes."""

from __future__ import annotations

import datetime as dt
import hashlib
import multiprocessing
import threading
import traceback

import pytest

from laicflow.fetch_manifest import frame
from laicflow.replica.server import Fault, serve

D = dt.date
FILES = [f"/jpl/2001/{day:03d}/jplg{day:03d}0.01i.Z" for day in (12, 13, 14, 15)]


def _threads(work, count):
    made = [threading.Thread(target=work) for _ in range(count)]
    return made


def _processes(work, count):
    context = multiprocessing.get_context("fork")
    return [context.Process(target=work) for _ in range(count)]


def together(kind, work, count=4):
    """Run the same work at once and give back the errors, if any."""
    found = multiprocessing.get_context("fork").SimpleQueue()

    def guarded():
        try:
            work()
        except BaseException:
            found.put(traceback.format_exc())

    workers = (_threads if kind == "threads" else _processes)(guarded, count)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    errors = []
    while not found.empty():
        errors.append(found.get())
    return errors


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_one_of_them_downloads_and_all_have_the_file(folder, raw, fetch, kind):
    # An answer that takes a while, so that all of them want the same file meanwhile.
    slow = Fault("trickle", match="/012/", times=None, seconds=0.0002)
    with serve(folder, faults=[slow]) as replica:
        base = replica.base("jpl")
        assert together(kind, lambda: fetch("jpl", raw, [base])) == []
    assert sorted(replica.asked()) == FILES
    rows = frame(raw)
    assert sorted(rows["file"]) == [f"jpl/2001/{path[-14:]}" for path in FILES]
    for row in rows.itertuples():
        assert hashlib.sha256((raw / row.file).read_bytes()).hexdigest() == row.sha256
    assert sorted(path.name for path in (raw / "jpl/2001").iterdir()) == [p[-14:] for p in FILES]


def test_one_that_waited_takes_over_where_the_other_failed(folder, raw, fetch):
    """The first attempt of all breaks off; whoever comes next continues what came."""
    size = (folder / "ionex/jplg0120.01i.Z").stat().st_size
    cut = Fault("cut", match="/012/", at=size // 2, times=1, seconds=0.1)
    with serve(folder, faults=[cut]) as replica:
        base = replica.base("jpl")
        assert together("threads", lambda: fetch("jpl", raw, [base]), 2) == []
    assert sorted(replica.asked()) == sorted([FILES[0], *FILES])
    assert len(frame(raw)) == 4


def test_an_open_day_that_all_ask_for_again_has_one_row(folder, raw, fetch):
    now = dt.datetime(2001, 1, 16, 6)
    with serve(folder) as replica:
        base = replica.base("jpl")
        assert together("threads", lambda: fetch("jpl", raw, [base], now=now), 3) == []
    assert sum(seen.status == 200 for seen in replica.log) == 4
    assert {seen.status for seen in replica.log} <= {200, 304}
    assert len(frame(raw)) == 4

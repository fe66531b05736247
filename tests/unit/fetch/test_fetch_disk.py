"""A full disk: the message says what to do, nothing half stays, the manifest stays whole."""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import os
import re
import shutil
import subprocess
from pathlib import Path

import ncompress
import pytest

from laicflow import fetch_disk, fetch_journal, fetch_keep, fetch_manifest
from laicflow.errors import FetchError
from laicflow.fetch import Client
from laicflow.fetch_disk import DiskError, room
from laicflow.fetch_manifest import Manifest, frame
from laicflow.replica.server import Fault, serve

D = dt.date
OPEN = dt.datetime(2001, 1, 16, 6)
ONE = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
NAME = "jplg0130.01i.Z"


def full(*args, **said):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def names(raw: Path) -> list[str]:
    """All files below a folder, but the locks and the manifest."""
    found = [path for path in raw.rglob("*") if path.is_file()]
    return sorted(path.name for path in found if "lock" not in path.name and path.parent != raw)


def refuse(fetch, folder, raw, **said):
    with serve(folder) as replica, pytest.raises(DiskError) as caught:
        fetch("jpl", raw, [replica.base("jpl")], **said)
    return str(caught.value), replica


def test_at_the_first_byte(folder, raw, fetch, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", full)
        told, replica = refuse(fetch, folder, raw)
    size = (folder / "ionex/jplg0120.01i.Z").stat().st_size
    assert told.startswith(f"{raw}/jpl/2001: no space left for jplg0120.01i.Z, ")
    assert f", {size} bytes are needed, " in told and " are free; make room there" in told
    # No other file and no other mirror is asked for, and nothing is repeated.
    assert len(replica.log) == 1
    assert names(raw) == [] and frame(raw).empty
    with serve(folder) as replica:
        assert len(fetch("jpl", raw, [replica.base("jpl")])["files"]) == 4


def test_what_had_arrived_before_is_kept(folder, raw, fetch, monkeypatch):
    replace = os.replace

    def at_the_third(source, target):
        if str(target).endswith("jplg0140.01i.Z"):
            full()
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(fetch_keep.os, "replace", at_the_third)
        told, _ = refuse(fetch, folder, raw)
    assert "no space left for jplg0140.01i.Z" in told
    assert names(raw) == ["jplg0120.01i.Z", "jplg0130.01i.Z"]
    assert len(frame(raw)) == 2
    with serve(folder) as replica:
        assert len(fetch("jpl", raw, [replica.base("jpl")])["files"]) == 4
    assert len(replica.log) == 2


@pytest.mark.parametrize("before", [False, True], ids=["new", "replaced"])
def test_at_the_manifest_the_file_goes_back_too(folder, raw, fetch, monkeypatch, ionex, before):
    """A file and its row come together or not at all."""
    path = raw / "jpl/2001" / NAME
    if before:
        with serve(folder) as replica:
            fetch("jpl", raw, [replica.base("jpl")], now=OPEN, **ONE)
        newer = ncompress.compress(ionex(D(2001, 1, 13), "JPL, once more"))
        old = path.read_bytes()
        (folder / "ionex" / NAME).write_bytes(newer)
    rows = frame(raw)
    with monkeypatch.context() as patch:
        patch.setattr(fetch_journal.os, "write", full)
        told, _ = refuse(fetch, folder, raw, now=OPEN, **ONE)
    assert f"{raw}: no space left for manifest.parquet" in told
    assert frame(raw).equals(rows)
    assert names(raw) == ([NAME] if before else [])
    if before:
        assert path.read_bytes() == old
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], now=OPEN, **ONE)
    assert path.read_bytes() == (folder / "ionex" / NAME).read_bytes()
    assert len(frame(raw)) == len(rows) + 1


def test_a_manifest_that_finds_no_room_is_written_later(folder, raw, fetch, monkeypatch):
    with monkeypatch.context() as patch, serve(folder) as replica:
        patch.setattr(fetch_manifest.pq, "write_table", full)
        fetch("jpl", raw, [replica.base("jpl")], **ONE)
    assert not (raw / "manifest.parquet").exists()
    assert frame(raw)["file"].tolist() == [f"jpl/2001/{NAME}"]
    with serve(folder) as replica:
        fetch("jpl", raw, [replica.base("jpl")], **ONE)
    assert not replica.log and (raw / "manifest.parquet").exists()
    assert frame(raw)["file"].tolist() == [f"jpl/2001/{NAME}"]


def test_a_file_that_cannot_fit_is_not_begun(folder, raw, fetch, monkeypatch):
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(fetch_disk.shutil, "disk_usage", lambda path: usage._replace(free=7))
    told, _ = refuse(fetch, folder, raw, **ONE)
    assert "7 bytes are free" in told
    assert names(raw) == []


def test_a_full_disk_keeps_no_part(folder, raw, fetch, monkeypatch):
    """What could be continued takes the room that has to be made."""
    cut = Fault("cut", at=100, times=1, seconds=0.1)
    with serve(folder, faults=[cut]) as replica:
        with pytest.raises(FetchError):
            fetch("jpl", raw, [replica.base("jpl")], client=Client(attempts=1, read=5), **ONE)
    assert names(raw) == [f".{NAME}.part", f".{NAME}.part.json"]
    usage = shutil.disk_usage(folder)
    monkeypatch.setattr(fetch_disk.shutil, "disk_usage", lambda path: usage._replace(free=7))
    refuse(fetch, folder, raw, **ONE)
    assert names(raw) == []


def test_a_folder_that_may_not_be_written(tmp_path):
    with pytest.raises(DiskError) as caught:
        with room(tmp_path, "a.txt"):
            raise PermissionError(errno.EACCES, "Permission denied")
    assert str(caught.value) == (
        f"{tmp_path}: a.txt cannot be written (Permission denied); give yourself the right to "
        "write there"
    )


def test_other_errors_pass(tmp_path):
    with pytest.raises(FileNotFoundError):
        with room(tmp_path, "a.txt"):
            raise FileNotFoundError(errno.ENOENT, "No such file")


@contextlib.contextmanager
def small_disk(place: Path, size: str):
    """A disk of that size, or None where this user may not make one."""
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    try:
        made = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        made = False
    try:
        yield made
    finally:
        if made:
            subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(folder, tmp_path, fetch, upstream):
    """Where a small one can be made; else the tests above stand for it."""
    whole = os.urandom(300_000).hex().encode()
    (folder / "indices/celestrak/SW-All.csv").write_bytes(
        b"DATE,BSRN,ND,KP1\n2001-01-01,1,2," + whole + b"\n"
    )
    place = tmp_path / "disk"
    with small_disk(place, "200k") as made:
        if not made:
            return
        raw = place / "raw"
        with serve(folder) as replica:
            fetch("jpl", raw, [replica.base("jpl")])
            with pytest.raises(DiskError) as caught:
                fetch("celestrak", raw, [replica.base("celestrak")])
        said = rf"{raw}/celestrak/all: no space left for SW-All.csv, 600 kB are needed, \d+ kB are"
        assert re.match(said, str(caught.value))
        assert not list((raw / "celestrak/all").iterdir())
        assert len(frame(raw)) == 4
        # Without a word of its length nothing warns: the write itself fails.
        body = (folder / "indices/celestrak/SW-All.csv").read_bytes()
        with upstream(lambda *asked: (200, {"Content-Length": None}, body)) as (port, _):
            with pytest.raises(DiskError, match="no space left for SW-All.csv, .* are free"):
                fetch("celestrak", raw, [f"http://127.0.0.1:{port}"])
        assert not list((raw / "celestrak/all").iterdir())
        filler = place / "filler"
        with contextlib.suppress(OSError):
            filler.write_bytes(bytes(10**6))
        with pytest.raises(DiskError, match="manifest.parquet"):
            Manifest(raw).confirm("jpl/2001/jplg0120.01i.Z", dt.datetime(2020, 1, 1))
        assert len(frame(raw)) == 4
        assert sorted(path.name for path in raw.iterdir()) == [
            ".locks", ".manifest.lock", "celestrak", "jpl", "manifest.parquet",
        ]  # fmt: skip


def test_a_manifest_that_something_else_has_damaged(folder, raw, fetch):
    raw.mkdir()
    (raw / "manifest.parquet").write_bytes(b"PAR1 no more")
    with serve(folder) as replica, pytest.raises(FetchError) as caught:
        fetch("jpl", raw, [replica.base("jpl")])
    assert f"{raw}/manifest.parquet: expected a manifest" in str(caught.value)
    assert "move it away" in str(caught.value)
    assert (raw / "manifest.parquet").read_bytes() == b"PAR1 no more"

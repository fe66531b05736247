"""What killed processes have left goes, and nothing else: on a folder of real leftovers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laicflow.cli.main import main
from laicflow.files import TEMPORARY, atomic_path
from laicflow.sweep import sweep

HOUR = 3600
# Names as `uuid.uuid4().hex` makes them.
LEFT = ".9b2f6f6c1d0e4c5bb1d3a5e7f9012345"


def write(path: Path, size: int = 1000, hours: float = 2) -> Path:
    """A file that was last written to so many hours ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - hours * HOUR,) * 2)
    return path


@pytest.fixture
def folder(tmp_path):
    here = tmp_path / "here"
    (here / ".snakemake/locks").mkdir(parents=True)
    return here


def test_a_killed_writer_leaves_what_is_swept(folder):
    """A process of its own, which is killed between its write and the rename."""
    target = folder / "results/run/a.parquet"
    code = (
        "import sys, time\nfrom laicflow.files import atomic_path\n"
        f"with atomic_path({str(target)!r}) as path:\n"
        "    path.write_bytes(b'half' * 500)\n    print(flush=True)\n    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    (left,) = target.parent.iterdir()
    assert TEMPORARY.fullmatch(left.name) and left.name.endswith(".a.parquet")
    assert sweep(folder).removed == [] and left.exists()
    os.utime(left, (time.time() - HOUR - 1,) * 2)
    found = sweep(folder)
    assert (found.removed, found.size) == ([left], 2000) and not left.exists()


def test_leftovers_go_from_every_place_that_the_workflow_writes(folder):
    left = [
        *(folder / place / f"a/b/{LEFT}.x.nc" for place in ("results", "data", "ledger")),
        folder / f"scratch/run/{LEFT}.model.ckpt",
        folder / f"data/raw/upstream/{LEFT}.manifest.parquet",
        folder / f".snakemake/{LEFT}.laicflow-digests.json",
        folder / ".snakemake/laicflow-slurm/4c1e7f0a-0000-4000-8000-0123456789ab.draft",
        folder / "data/raw/upstream/jpl/2001/.jplg0010.01i.Z.part",
        folder / "data/raw/upstream/jpl/2001/.jplg0020.01i.Z.part.json",
    ]
    for path in left:
        write(path)
    link = folder / f"data/raw/upstream/{LEFT}.linked"
    link.symlink_to(folder / "gone")
    os.utime(link, (0, 0), follow_symlinks=False)
    found = sweep(folder)
    assert sorted(found.removed) == sorted([*left, link])
    assert not any(path.exists() for path in left) and not link.is_symlink()
    assert "10 temporary files of killed processes removed, 0.0 MB" in str(found)


def test_all_else_stays(folder, tmp_path):
    kept = [
        folder / "results/a.parquet",
        folder / "results/.hidden.nc",
        folder / f"results/{LEFT[1:]}.nc",
        folder / "results/.0123456789abcdef0123456789abcdef.nc",  # no version 4
        folder / f"results/{LEFT.upper()}.nc",
        folder / f"results/{LEFT}",
        folder / f"{LEFT}.mine.txt",
        folder / f"config/{LEFT}.mine.yaml",
        folder / f".snakemake/{LEFT}.other",
        folder / f".snakemake/metadata/{LEFT}.laicflow-x",
        folder / ".snakemake/laicflow-slurm/mine.draft",
        folder / "ledger/s/.forecasts.parquet.lock",
        folder / "data/raw/upstream/.locks/00.lock",
        # A download that goes on.
        folder / "data/raw/upstream/jpl/.a.Z.part",
        folder / "data/raw/upstream/jpl/.a.Z.part.json",
        tmp_path / f"elsewhere/{LEFT}.nc",
    ]
    for path in kept:
        write(path)
    (folder / f"results/{LEFT}.folder").mkdir()
    os.utime(folder / f"results/{LEFT}.folder", (0, 0))
    (folder / "results/link").symlink_to(tmp_path / "elsewhere")
    (folder / "scratch").symlink_to(tmp_path / "elsewhere")
    (folder / f"results/{LEFT}.to").symlink_to(kept[-1])
    os.utime(folder / f"results/{LEFT}.to", (0, 0), follow_symlinks=False)
    found = sweep(folder, any_age=True)
    assert found.removed == [folder / f"results/{LEFT}.to"]
    assert all(path.exists() for path in kept)
    assert str(found).endswith(f"{folder / 'scratch'} is a link and was not looked into")


def test_what_is_young_stays_until_it_is_said_that_nobody_is_there(folder):
    young = write(folder / f"results/{LEFT}.a.nc", hours=0.9)
    ahead = write(folder / f"results/{LEFT}.b.nc", hours=-5)  # another clock
    old = write(folder / f"results/{LEFT}.c.nc", hours=1.1)
    found = sweep(folder)
    assert (found.removed, found.young) == ([old], [young, ahead])
    assert f"2 stay that were written to within 60 min, such as {young}" in str(found)
    assert sweep(folder, any_age=True).removed == [young, ahead]


def test_no_name_of_a_temporary_file_escapes_the_pattern(tmp_path):
    for name in ("a.nc", "x", "b\nc.parquet", ".hidden"):
        for _ in range(50):
            with atomic_path(tmp_path / name) as temporary:
                assert TEMPORARY.fullmatch(temporary.name)
                temporary.touch()


def recover(folder, *words):
    return main(["recover", "--folder", str(folder), *words])


@pytest.fixture
def no_slurm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))


def test_recover_sweeps_where_slurm_is_not_installed(folder, no_slurm, capsys):
    left = write(folder / f"results/{LEFT}.a.nc", 2_500_000)
    assert recover(folder) == 0
    told = capsys.readouterr().out
    assert "no Slurm on this machine, and no run on one has left a record" in told
    assert "there was no lock" in told
    assert "1 temporary files of killed processes removed, 2.5 MB" in told
    assert not left.exists()


def test_recover_sweeps_nothing_while_a_lock_stays(folder, no_slurm, capsys):
    """That of a Snakemake that was killed here, or of one that lives on another machine."""
    left = write(folder / f"results/{LEFT}.a.nc", hours=0.1)
    lock = write(folder / ".snakemake/locks/0.output.lock")
    assert recover(folder) == 1
    assert "the lock stays" in capsys.readouterr().out
    assert left.exists() and lock.exists()
    assert recover(folder, "--force") == 0
    assert "unlocked\n1 temporary files" in capsys.readouterr().out
    assert not left.exists() and not lock.exists()


def test_recover_sweeps_nothing_beside_a_live_job(folder, no_slurm, capsys):
    """The script of a rule, which both its Snakemakes were killed around."""
    left = write(folder / f"results/{LEFT}.a.nc")
    script = write(folder / ".snakemake/scripts/tmpa1b2c3.clean_maps.py")
    script.write_text("import time\ntime.sleep(60)\n")
    process = subprocess.Popen([sys.executable, str(script)], cwd=folder)
    try:
        assert recover(folder, "--force") == 1
        told = f"a Snakemake, or a job of one, runs here (process {process.pid}): the lock stays"
        assert told in capsys.readouterr().out
        assert left.exists()
    finally:
        process.kill()
        process.wait()
    assert recover(folder) == 0 and not left.exists()


def test_recover_asks_slurm_where_runs_have_left_records(folder, no_slurm, capsys):
    left = write(folder / f"results/{LEFT}.a.nc")
    write(folder / ".snakemake/laicflow-slurm/4c1e7f0a-0000-4000-8000-0123456789ab.json")
    assert recover(folder) == 1
    told = capsys.readouterr().err
    assert "there is no squeue on this machine" in told
    assert (
        "Runs on a cluster were led from this folder (4c1e7f0a-0000-4000-8000-0123456789ab)" in told
    )
    assert left.exists()

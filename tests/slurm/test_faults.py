"""One run on a cluster in which each job meets a fault; its results beside those of a local run.

Out of memory, killed between writing and renaming, out of time, cancelled, preempted, disk full:
each is met by another job of the same chain, from tensors to scores.
"""

from __future__ import annotations

import contextlib
from types import SimpleNamespace

import pytest
import yaml

from tests.slurm.cluster import MOUNTED, call, wait_until
from tests.slurm.running import SCORES, STUDY, asked, copy_of, ended, results, slurm

pytestmark = pytest.mark.timeout(560)
VARIANT = f"{STUDY}/paper"
OLDER, GARBAGE = b"the scores of an earlier run", b"what a kill has left"


@pytest.fixture(scope="module")
def disk(fetched, tmp_path_factory):
    """A folder whose variant lies on a disk of 8 MB, with scores of an earlier run."""
    folder = copy_of(fetched, tmp_path_factory.mktemp("faults") / "laicflow")
    small = folder / VARIANT
    small.mkdir(parents=True)
    call("mount", "-t", "tmpfs", "-o", "size=8m", MOUNTED, small)
    (folder / SCORES).write_bytes(OLDER)
    yield folder
    call("umount", "--lazy", small)


@pytest.fixture(scope="module")
def rough(disk, local, troubled):
    """The run, which has ended; `first` is what the two trainings had asked for at first."""
    profile = disk / "slurm/profile.yaml"
    told = yaml.safe_load(profile.read_text())
    # Python alone needs more than that.
    told["set-resources"]["build_tensors"]["mem_mb"] = "50 * attempt ** 7"
    profile.write_text(yaml.safe_dump(told))
    run = slurm(disk, "--forcerun", "score_variant", "--", SCORES)
    run.fault("killed", "paper/samples.parquet", "before", "SIGKILL")
    run.fault("late", "effnetv2/0/", "after", "SIGSTOP")
    run.fault("cancelled", "effnetv2/1/", "after", "SIGSTOP")
    run.fault("preempted", "baselines/predictions.parquet", "before", "SIGSTOP")
    killed, first = killed_while_writing(run, disk / VARIANT), {}
    for name, rule, wildcards in (
        ("late", "train_model", "effnetv2_0"),
        ("cancelled", "train_model", "effnetv2_1"),
        ("preempted", "train_baselines", ""),
    ):
        run.struck(name, 240)
        number = run.jobs(rule, wildcards)[0]
        first[name] = asked(number)
        if name == "late":
            call("scontrol", "update", f"JobId={number}", "TimeLimit=1")
        elif name == "cancelled":
            call("scancel", number)
        else:
            call("scontrol", "requeue", number)
            wait_until(lambda n=number: asked(n)["JobState"] == "PENDING", "requeued", 30)
            # By itself Slurm waits two minutes.
            call("scontrol", "update", f"JobId={number}", "StartTime=now")
    full = full_while_scoring(run, disk / VARIANT)
    return SimpleNamespace(
        run=run, status=run.end(120), first=first, killed=killed, full=full, folder=disk
    )


def hidden(folder) -> list[str]:
    """The files in a folder whose names begin with a dot."""
    return sorted(path.name for path in folder.glob(".*"))


def killed_while_writing(run, folder) -> SimpleNamespace:
    """What the kill has left, filled with garbage since: a result made of that would show it."""
    run.struck("killed", 240)
    (name,) = hidden(folder)
    size, named = (folder / name).stat().st_size, (folder / "samples.parquet").exists()
    (folder / name).write_bytes(GARBAGE)
    return SimpleNamespace(name=name, size=size, named=named)


def full_while_scoring(run, folder) -> SimpleNamespace:
    """The scores and the hidden files before and after their job has met a full disk."""
    run.until("rule score_variant:", 240)
    before = (folder / "scores.parquet").read_bytes(), hidden(folder)
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as handle:
        while True:
            handle.write(bytes(4096))
    run.until("Error in rule score_variant", 120)
    after = [path.name for path in folder.glob("scores*")], hidden(folder)
    ballast.unlink()
    return SimpleNamespace(before=before, after=after)


def test_the_run_ends_well_with_the_results_of_a_local_run(rough, reference):
    assert rough.status == 0, rough.run.text[-3000:]
    wanted = results(reference)
    assert results(rough.folder) == wanted
    assert {"paper/scores.parquet", "paper/effnetv2/1/predictions.parquet"} <= set(wanted)


def test_training_alone_asks_for_a_gpu_and_runs_in_its_partition(rough):
    for rule in ("build_tensors", "select_samples", "train_baselines", "score_variant"):
        for number in rough.run.jobs(rule):
            told = asked(number)
            assert told["Partition"] == "cpu" and "gpu" not in told.get("TresPerJob", ""), rule
    numbers = rough.run.jobs("train_model")
    assert len(numbers) == 4  # two trainings, twice each
    for number in numbers:
        told = asked(number)
        assert (told["Partition"], told["TresPerJob"]) == ("gpu", "gres:gpu:1")


def test_out_of_memory_is_tried_again_with_more_memory_and_time(rough):
    first, second = rough.run.jobs("build_tensors")
    # Slurm says FAILED where it polices memory without cgroups.
    assert ended(first)[0] in ("OUT_OF_MEMORY", "FAILED") and ended(second) == ["COMPLETED"]
    assert asked(first)["MinMemoryNode"] == "50M"
    assert asked(second)["MinMemoryNode"] == "6400M"
    assert [asked(n)["TimeLimit"] for n in (first, second)] == ["02:00:00", "04:00:00"]


def test_killed_between_writing_and_renaming_leaves_what_nobody_takes_for_a_result(
    rough, reference
):
    first, second = rough.run.jobs("select_samples")
    assert (ended(first), ended(second)) == (["FAILED"], ["COMPLETED"])
    # All was written, and nothing had its name.
    assert rough.killed.name.endswith(".samples.parquet")
    assert rough.killed.size > 0 and not rough.killed.named
    samples = f"{VARIANT}/samples.parquet"
    assert (rough.folder / samples).read_bytes() == (reference / samples).read_bytes()
    unfinished = rough.folder / VARIANT / rough.killed.name
    assert not unfinished.exists() or unfinished.read_bytes() == GARBAGE
    mentioned = [
        path
        for path in (rough.folder / STUDY).rglob("*.json")
        if rough.killed.name in path.read_text()
    ]
    assert mentioned == []


def test_out_of_time_goes_on_from_its_checkpoint_with_more_time(rough):
    first, second = rough.run.jobs("train_model", "effnetv2_0")
    assert (ended(first), ended(second)) == (["TIMEOUT"], ["COMPLETED"])
    told = rough.first["late"], asked(second)
    assert [one["TimeLimit"] for one in told] == ["04:00:00", "08:00:00"]
    assert [one["MinMemoryNode"] for one in told] == ["16000M", "32000M"]
    assert _epochs_begun(rough, "effnetv2-0") > 1


def test_cancelled_goes_on_from_its_checkpoint(rough):
    first, second = rough.run.jobs("train_model", "effnetv2_1")
    assert (ended(first), ended(second)) == (["CANCELLED"], ["COMPLETED"])
    assert _epochs_begun(rough, "effnetv2-1") > 1


def _epochs_begun(rough, name: str) -> int:
    """The first epoch of which the log of the last attempt speaks."""
    log = rough.folder / f"results/slurm/logs/pham2023/paper/train_model/{name}.log"
    return int(log.read_text().split(": epoch ")[1].split(" ")[0])


def test_preempted_is_run_again_by_slurm_under_its_number(rough):
    (number,) = rough.run.jobs("train_baselines")
    assert asked(number)["Restarts"] == "1"
    assert ended(number)[-1] == "COMPLETED"


def test_a_full_disk_leaves_no_half_file_where_an_older_result_stood(rough):
    """The older result stands until its job begins: that takes it away before it writes."""
    first, second = rough.run.jobs("score_variant")
    assert (ended(first), ended(second)) == (["FAILED"], ["COMPLETED"])
    killed = [rough.killed.name]
    assert rough.full.before == (OLDER, killed)
    # Neither half a file nor the older one, and no other hidden file than before.
    assert rough.full.after == ([], killed)

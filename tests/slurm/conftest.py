"""The folders that the live tests start from; without the test cluster they fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.slurm import cluster, upstream
from tests.slurm.running import SCORES, STUDY, Run, copy_of, repository

LOCAL = ("--cores", "2")
STORE = (*(f"code/2014-{month}.nc" for month in ("06", "07", "08")), "celestrak/all.parquet")
STORE += tuple(f"{source}/2014.parquet" for source in ("gfz_kp", "kyoto_dst"))
FIRST = [f"{STUDY}/sites.parquet", *(f"results/slurm/store/observed/{name}" for name in STORE)]


@pytest.fixture(scope="session", autouse=True)
def running():
    """The cluster that `make test-slurm` has started; no Snakemake outlives the tests."""
    if not cluster.pid_of("slurmctld"):
        pytest.fail("no Slurm runs here: `make test-slurm` starts one, as root", pytrace=False)
    yield
    for run in Run.every:
        if run.process.poll() is None:
            run.kill()


@pytest.fixture(scope="session")
def fetched(tmp_path_factory, running):
    """A copy of the repository in which all is fetched and cleaned, on this machine."""
    folder = repository(tmp_path_factory.mktemp("fetched") / "laicflow")
    run = Run(folder, *LOCAL, "--", *FIRST)
    assert run.end(150) == 0, run.text[-3000:]
    return folder


@pytest.fixture(scope="session")
def local(tmp_path_factory, fetched):
    """The rest of that run, on this machine too: it has been started, and ends in its own time."""
    folder = copy_of(fetched, tmp_path_factory.mktemp("local") / "laicflow")
    return Run(folder, *LOCAL, "--", SCORES)


@pytest.fixture(scope="session")
def reference(local):
    """The folder of the local run, which has ended."""
    assert local.end(200) == 0, local.text[-3000:]
    return local.folder


@pytest.fixture(scope="session")
def troubled(tmp_path_factory, fetched):
    """Runs whose upstream misbehaves, one after the other: they have been started (a future)."""
    pool = ThreadPoolExecutor(1)
    yield pool.submit(upstream.story, upstream.Place(fetched, tmp_path_factory.mktemp("upstream")))
    pool.shutdown(wait=False, cancel_futures=True)


def pytest_terminal_summary(terminalreporter):
    """What Slurm's daemons said, where a test has failed."""
    if terminalreporter.stats.get("failed") or terminalreporter.stats.get("error"):
        terminalreporter.section("Slurm")
        terminalreporter.write_line(cluster.logs())

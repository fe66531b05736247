"""Three logins, planted where users have them: nowhere in what a run writes, says or submits.

The environment (CSES), ~/.netrc (maps) and the URL of a base (Dst).
"""

from __future__ import annotations

import datetime as dt
import os
from urllib.parse import quote

import pytest
import yaml

from laicflow.replica.server import serve
from laicflow.simulate.world import write_world
from tests.unit import probe_files
from tests.workflow import stand_in_slurm
from tests.workflow.planted import LOGINS, leaks, said
from tests.workflow.running import ROOT, snakemake

START, END = "2014-07-01", "2014-08-31"
NOW = "2016-06-01T00:00:00"
LAP = "CSES_01_LAP_1_L02_A3_060791_20140701_000008_20140701_000020_000.h5"
SOURCES = ("code", "usgs", "gfz_kp", "kyoto_dst", "celestrak", "cses_lap")
CSES = dict(zip(("LAICFLOW_CSES_USER", "LAICFLOW_CSES_PASSWORD"), LOGINS["cses_lap"], strict=True))
pytestmark = [pytest.mark.timeout(420), pytest.mark.xdist_group("secrets")]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """Two months of maps, events and indices, and a half-orbit of CSES."""
    root = tmp_path_factory.mktemp("archive")
    write_world({"seed": 5, "start": START, "end": END, "steps": "2h"}, root)
    (root / "cses/2014").mkdir(parents=True)
    probe_files.cses(root / "cses/2014" / LAP, dt.datetime(2014, 7, 1, 0, 0, 8))
    return root


@pytest.fixture
def run(archive, tmp_path):
    """Runs targets in a folder against an upstream that wants all three logins."""
    folder = tmp_path / "run"
    (folder / "home").mkdir(parents=True)
    netrc = folder / "home/.netrc"
    name, word = LOGINS["code"]
    netrc.write_text(f"machine 127.0.0.1 login {name} password {word}\n")
    netrc.chmod(0o600)

    def go(*words: object, logins: dict = LOGINS, **environment: str):
        with serve(archive, catalogs=["catalogs/**/*.csv"], logins=logins) as replica:
            bases = {source: [replica.base(source)] for source in SOURCES}
            own = ":".join(quote(one, safe="") for one in LOGINS["kyoto_dst"])
            bases["kyoto_dst"] = [bases["kyoto_dst"][0].replace("://", f"://{own}@")]
            overlay = {
                "run": "secrets",
                "bases": bases,
                "ingest": {"also": ["cses_lap"], "recheck": "all"},
                "seqnetquake": {"missions": {"cses": {"start": START, "end": "2014-07-31"}}},
                "pham2023": {"period": {"start": START, "end": END}},
            }
            # The one file of the user's own that holds a login.
            config = tmp_path / "mine.yaml"
            config.write_text(yaml.safe_dump(overlay))
            variables = CSES | {"LAICFLOW_NOW": NOW} | environment
            done = snakemake(
                *words, "--configfile", config, folder=folder, timeout=400, **variables
            )
            return done, [seen.status for seen in replica.log]

    go.folder, go.kept = folder, (netrc,)
    return go


def test_a_run_with_three_logins_leaves_none_of_them(run):
    for words in (("refresh",), ("data_report",)):
        done, statuses = run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        # They were wanted, and were given.
        assert statuses and 401 not in statuses
        assert said(done.stdout + done.stderr) == []
    written = run.folder / "results/secrets"
    assert (written / "data_report.html").is_file()
    assert (written / "fetch/cses_lap/2014-07.json").is_file()
    assert leaks(run.folder, leave=run.kept) == []
    shown = run("--summary")[0], run("-n", "-F", "--printshellcmds", "data_report")[0]
    assert [said(done.stdout + done.stderr) for done in shown] == [[], []]


def test_logins_that_are_refused_are_not_repeated(run):
    other = {source: ("another", "login") for source in LOGINS}
    done, statuses = run("--keep-going", "ingest", "--verbose", logins=other)
    assert done.returncode != 0 and 401 in statuses
    told = done.stdout + done.stderr
    assert "LAICFLOW_CSES_USER and LAICFLOW_CSES_PASSWORD was not accepted" in told
    assert "was not accepted" in told and "the login in its base URL was not accepted" in told
    assert said(told) == []
    assert leaks(run.folder, leave=run.kept) == []


def test_none_is_in_what_a_cluster_is_told(run, tmp_path):
    commands = stand_in_slurm.install(tmp_path / "slurm")
    path = {"PATH": f"{commands}:{os.environ['PATH']}", "LAICFLOW_TRANSFER_PARTITION": "dtn"}
    words = ("--profile", "slurm", "--slurm-init-seconds-before-status-checks", 1)
    words += ("--slurm-keep-successful-logs", "--slurm-no-account", "--latency-wait", 5)
    target = "results/secrets/store/observed/cses_lap/2014-07.parquet"
    done, statuses = run(*words, target, **path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses and 401 not in statuses
    calls = stand_in_slurm.calls(tmp_path / "slurm")
    assert len(calls) == 2
    assert all(set(CSES) <= set(call["environment"]) for call in calls)
    assert list((run.folder / ".snakemake/slurm_logs").rglob("*.log"))
    assert leaks(run.folder, tmp_path / "slurm", leave=run.kept) == []
    assert said(done.stdout + done.stderr) == []


def test_the_plugin_is_not_let_write_the_environment_into_a_log(run, tmp_path):
    """With `--verbose` it writes all variables of a job into its log."""
    commands = stand_in_slurm.install(tmp_path / "slurm")
    path = {"PATH": f"{commands}:{os.environ['PATH']}"}
    words = ("--profile", "slurm", "--slurm-no-account", "--verbose", "data_report")
    done, _ = run(*words, **path)
    assert done.returncode != 0
    assert "--verbose" in done.stderr and "LAICFLOW_CSES_PASSWORD" in done.stderr
    assert stand_in_slurm.calls(tmp_path / "slurm") == []


def test_rules_hand_no_variable_of_the_environment_to_jobs():
    """What `envvars:` names is written into the command of every job."""
    rules = [*(ROOT / "workflow").rglob("*.smk"), ROOT / "Snakefile"]
    assert not [path for path in rules if "envvars" in path.read_text()]

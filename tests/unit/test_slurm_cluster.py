"""What the live tests take care of before they touch a Slurm."""

from __future__ import annotations

import os

import pytest

from tests.slurm import cluster


def test_commands_ask_the_test_cluster_whatever_the_user_has_set(monkeypatch):
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm/real.conf")
    monkeypatch.setenv("SLURM_CLUSTERS", "real")
    told = cluster.call("env").splitlines()
    assert [line for line in told if line.startswith("SLURM_")] == [f"SLURM_CONF={cluster.CONF}"]
    assert f"PATH={os.environ['PATH']}" in told


def test_a_folder_that_somebody_has_put_there_is_refused(tmp_path):
    cluster.refuse_foreign(tmp_path / "none")
    (tmp_path / "link").symlink_to(tmp_path / "none")
    with pytest.raises(cluster.ClusterError, match="not a folder of root's"):
        cluster.refuse_foreign(tmp_path / "link")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_folder_of_another_user_is_refused(tmp_path):
    cluster.refuse_foreign(tmp_path)
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(cluster.ClusterError, match="not a folder of root's"):
        cluster.refuse_foreign(tmp_path)

"""A fit in a process of its own, ended by SIGKILL in the middle of an epoch or of a checkpoint.

Run as a script this file is that process: its children train until they are where their end should
come, say so and wait for it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from laicflow.training import checkpoint
from laicflow.training.data import Arrays
from laicflow.training.fit import Fitted, fit, predict
from laicflow.training.module import torch

SCRIPTS = Path(__file__).resolve().parents[3] / "workflow/scripts"

OPTIONS = {
    "epochs": 20,
    "patience": 4,
    "batch_size": 8,
    "learning_rate": 0.01,
    "augment": {"kind": "cutmix_mixup", "share": 0.8},
}
BATCHES = 4  # of 30 samples, in an epoch


class Counting(torch.nn.Dropout):
    """Dropout that counts the batches of training, and does something at one of them."""

    batches = 0
    at: tuple[int, object] | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Dropout."""
        Counting.batches += self.training
        if self.training and Counting.at is not None and Counting.batches == Counting.at[0]:
            Counting.at[1]()
        return super().forward(x)


def build() -> torch.nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return torch.nn.Sequential(
            torch.nn.Conv2d(2, 6, 3),
            torch.nn.BatchNorm2d(6),
            torch.nn.ReLU(),
            Counting(0.3),
            torch.nn.Flatten(),
            torch.nn.Linear(216, 1),
        )


def made(n: int, seed: int) -> Arrays:
    x = np.random.default_rng(seed).normal(size=(n, 2, 8, 8)).astype(np.float32)
    return Arrays(x, (np.arange(n) % 2).astype(np.float32))


def train(scratch: Path) -> tuple[Fitted, int]:
    """The fit, and the training batches that it saw."""
    Counting.batches = 0
    fitted = fit(build, made(30, 0), made(12, 1), OPTIONS, seed=5, text="t", scratch=scratch)
    return fitted, Counting.batches


def wait() -> None:
    """Tell the number of this process and stand still."""
    print(os.getpid(), flush=True)
    sys.stdin.read()


def hold(where: str, scratch: str) -> None:
    """Train and stand still in the third epoch, or with half of its checkpoint written."""
    save = torch.save

    def half_written(content, path):
        save(content, path)
        if len(content["rows"]) == 3:
            whole = Path(path).read_bytes()
            Path(path).write_bytes(whole[: len(whole) // 2])
            wait()

    if where == "epoch":
        Counting.at = (2 * BATCHES + 3, wait)
    else:
        torch.save = half_written
    train(Path(scratch))


def main(*folders: str) -> int:
    """Have a child for each folder, named after the place where it stops; 0 if all are killed."""
    torch.set_num_threads(1)
    checkpoint.EVERY = 0.0
    for folder in folders:
        if os.fork() == 0:
            hold(Path(folder).name, folder)
            os._exit(0)
    return int(any(os.wait()[1] != signal.SIGKILL for _ in folders))


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> dict[str, Path]:
    """Scratch folders of fits that were killed, by the place where."""
    base = tmp_path_factory.mktemp("killed")
    folders = {where: base / where for where in ("epoch", "write")}
    with subprocess.Popen(
        [sys.executable, __file__, *folders.values()],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in folders:
            os.kill(int(process.stdout.readline()), signal.SIGKILL)
    assert process.returncode == 0
    return folders


@pytest.mark.parametrize("where", ["epoch", "write"])
def test_a_killed_fit_goes_on_to_exactly_the_same_numbers(where, killed, tmp_path):
    whole, batches = train(tmp_path)
    epochs = len(whole.history)
    assert 3 < epochs < 20, "the test needs a run that stops early, after the kill"
    assert whole.notes == (
        f"stopped after epoch {epochs} of 20: no better validation loss for 4 epochs",
    )
    assert batches == BATCHES * epochs
    files = [path.name.startswith(".") for path in killed[where].iterdir()]
    assert sorted(files) == ([False, True] if where == "write" else [False])
    rest, more = train(killed[where])
    assert more == batches - 2 * BATCHES, "two epochs were done"
    assert not list(killed[where].iterdir())
    pd.testing.assert_frame_equal(
        rest.history.drop(columns="seconds"),
        whole.history.drop(columns="seconds"),
        check_exact=True,
    )
    assert (rest.best_epoch, rest.notes) == (whole.best_epoch, whole.notes)
    for name, tensor in whole.state_dict.items():
        assert torch.equal(tensor, rest.state_dict[name]), name
    x = made(9, 2).x
    np.testing.assert_array_equal(predict(rest, x), predict(whole, x))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

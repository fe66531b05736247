from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from laicflow.training import checkpoint
from laicflow.training.checkpoint import Checkpoint
from laicflow.training.fit import fit, predict
from laicflow.training.module import torch


class KilledError(Exception):
    """Stands for a job that is ended from outside."""


OPTIONS = {"epochs": 4, "batch_size": 8, "learning_rate": 1e-2}


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)


@pytest.fixture
def left(made, small, tmp_path, monkeypatch) -> Path:
    """The checkpoint after the second epoch of a fit that was ended then."""
    save = Checkpoint.save

    def ending(self, content):
        save(self, content)
        if len(content["rows"]) == 2:
            raise KilledError

    monkeypatch.setattr(Checkpoint, "save", ending)
    with pytest.raises(KilledError):
        fit(small, made(20), made(8, 1), OPTIONS, seed=1, text="t", scratch=tmp_path)
    monkeypatch.setattr(Checkpoint, "save", save)
    (path,) = tmp_path.iterdir()
    return path


def again(made, small, folder: Path, seed: int = 1, **options):
    """The fit once more, and the number of epochs that it trained itself."""
    trained = []
    step = torch.optim.Adam.step

    def counted(self, closure=None):
        trained.append(1)
        return step(self, closure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Adam, "step", counted)
        fitted = fit(
            small, made(20), made(8, 1), OPTIONS | options, seed=seed, text="t", scratch=folder
        )
    return fitted, len(trained) / 3


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    """A whole file, as another program or an older release may have left it."""
    torch.save({"network": {}}, path)


def test_a_checkpoint_is_taken_up(made, small, left, capsys):
    fitted, epochs = again(made, small, left.parent)
    assert epochs == 2
    assert "damaged" not in capsys.readouterr().err
    assert not list(left.parent.iterdir())


@pytest.mark.parametrize("damage", [cut, flipped, emptied, foreign])
def test_a_damaged_checkpoint_is_removed_and_training_starts_over(
    made, small, left, capsys, damage
):
    whole = fit(small, made(20), made(8, 1), OPTIONS, seed=1, text="t")
    damage(left)
    fitted, epochs = again(made, small, left.parent)
    assert epochs == 4
    assert f"{left.name}: the checkpoint is damaged" in capsys.readouterr().err
    pd.testing.assert_frame_equal(
        fitted.history.drop(columns="seconds"), whole.history.drop(columns="seconds")
    )
    np.testing.assert_array_equal(predict(fitted, made(5).x), predict(whole, made(5).x))
    assert not list(left.parent.iterdir())


@pytest.mark.parametrize(
    "options",
    [
        {"epochs": 5},
        {"patience": 4},
        {"batch_size": 9},
        {"learning_rate": 2e-2},
        {"augment": {"kind": "cutmix"}},
        {"augment": {"share": 0.5}},
        {"select": "last"},
        {"share": 0.9},
        {"precision": "bf16-mixed"},
    ],
)
def test_a_checkpoint_of_other_options_is_not_taken_up(made, small, left, options):
    before = left.read_bytes()
    _, epochs = again(made, small, left.parent, **options)
    assert epochs >= 4
    assert left.read_bytes() == before


def test_nor_one_of_another_seed_or_other_code(made, small, left, monkeypatch):
    assert again(made, small, left.parent, seed=2)[1] == 4
    monkeypatch.setenv("LAICFLOW_CODE", "other")
    assert again(made, small, left.parent)[1] == 4
    assert left.is_file()


def test_nor_one_of_a_network_that_differs_where_weights_do_not_show_it(made, small, left):
    """Dropout, for one, has no weights."""
    before = left.read_bytes()
    fit(
        small,
        made(20),
        made(8, 1),
        OPTIONS,
        seed=1,
        text="t",
        scratch=left.parent,
        made=["net", {"drop_rate": 0.5}],
    )
    assert left.read_bytes() == before


def test_the_number_of_threads_and_what_auto_means_are_no_other_options(made, small, left):
    options = {"threads": 1, "precision": "32-true", "accelerator": "cpu"}
    assert again(made, small, left.parent, **options)[1] == 2


def test_what_a_killed_process_left_half_written_is_swept(made, small, left):
    half = left.with_name(f".0123.{left.name}")
    half.write_bytes(b"half")
    other = left.with_name(".0123.other.fit.pt")
    other.write_bytes(b"of another fit")
    again(made, small, left.parent)
    assert list(left.parent.iterdir()) == [other]


def test_short_fits_write_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "EVERY", 60.0)
    one = Checkpoint(tmp_path / "a.fit.pt")
    one.save({"rows": []})
    assert not list(tmp_path.iterdir())
    one.last -= 61
    one.save({"rows": [[1, 0.5]]})
    assert Checkpoint(one.path).load() == {"rows": [[1, 0.5]]}
    one.save({"rows": []})
    assert one.load() == {"rows": [[1, 0.5]]}

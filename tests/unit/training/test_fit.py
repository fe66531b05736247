from __future__ import annotations

import io
import random
import re
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

from laicflow import progress
from laicflow.errors import ConfigError
from laicflow.training.data import Arrays, TrainingError
from laicflow.training.fit import fit, predict
from laicflow.training.module import OPTIMIZERS, BinaryClassifier, torch

SHORT = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2}


def numbers(history: pd.DataFrame) -> pd.DataFrame:
    return history.drop(columns="seconds")


def test_a_planted_difference_is_found(made, small):
    fitted = fit(small, made(40, 1, 2.0), made(20, 2, 2.0), SHORT | {"epochs": 8}, seed=1, text="t")
    unseen = made(40, 3, 2.0)
    assert roc_auc_score(unseen.y, predict(fitted, unseen.x)) > 0.95


def test_the_same_seed_gives_the_same_numbers(made, small):
    train, validation = made(30), made(10, 1)
    first, again, other = (
        fit(small, train, validation, SHORT, seed=seed, text="t") for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(numbers(first.history), numbers(again.history))
    np.testing.assert_array_equal(predict(first, train.x), predict(again, train.x))
    assert not numbers(first.history).equals(numbers(other.history))


def test_history_agrees_with_scikit_learn(made, small):
    validation = made(11, 1)
    options = SHORT | {"select": "last"}
    fitted = fit(small, made(30), validation, options, seed=1, text="t")
    assert fitted.history["epoch"].tolist() == [1, 2, 3]
    p = predict(fitted, validation.x, batch_size=4)
    last = fitted.history.iloc[-1]
    assert fitted.best_epoch == 3
    assert last.validation_loss == pytest.approx(log_loss(validation.y, p), rel=1e-5)
    assert last.validation_accuracy == pytest.approx(accuracy_score(validation.y, p >= 0.5))


def test_the_epoch_of_the_lowest_validation_loss_is_kept(made, small):
    validation = made(10, 1)
    options = SHORT | {"epochs": 8, "learning_rate": 0.1}  # noise is learned by heart
    fitted = fit(small, made(20), validation, options, seed=3, text="t")
    losses = fitted.history["validation_loss"]
    assert losses.iloc[-1] > losses.min(), "the test needs a run that gets worse"
    assert fitted.best_epoch == 1 + losses.argmin()
    kept = log_loss(validation.y, predict(fitted, validation.x))
    assert kept == pytest.approx(losses.min(), rel=1e-5)


@pytest.mark.parametrize("n", [2, 31, 33])
def test_small_sets_pass_batch_normalisation(made, small, n: int):
    options = SHORT | {"epochs": 1, "batch_size": 32}
    fitted = fit(small, made(n), None, options, seed=1, text="t")
    # Batches seen: one of each layer's counters counts them. 33 = 32 and one that is left out.
    assert fitted.network.state_dict()["1.num_batches_tracked"] == 1
    assert np.isfinite(predict(fitted, made(1).x)).all()


def test_without_validation_the_last_epoch_is_kept_and_it_is_said(made, small):
    empty = Arrays(np.zeros((0, 3, 8, 8), np.float32), np.zeros(0, np.float32))
    for validation in (None, empty):
        fitted = fit(small, made(10), validation, SHORT, seed=1, text="t")
        assert fitted.best_epoch == 3
        assert fitted.history["validation_loss"].isna().all()
        assert fitted.notes == (
            "a network for tests",
            "no validation samples: the last epoch is kept",
        )


def test_the_standardisation_sees_the_training_samples_alone(made, small):
    train = made(12)
    wild = made(10, 1)
    wild = Arrays(wild.x * 100, wild.y)
    fitted = fit(small, train, wild, SHORT, seed=1, text="t")
    assert fitted.scaler.sample_ids == train.ids
    pixels = train.x.astype(float).transpose(1, 0, 2, 3).reshape(3, -1)
    np.testing.assert_allclose(fitted.state_dict["input.mean"], pixels.mean(1), rtol=1e-5)
    np.testing.assert_allclose(fitted.state_dict["input.deviation"], pixels.std(1), rtol=1e-5)


class Scripted:
    """Stands for validation losses as they are written down."""

    def __init__(self, losses: list[float]) -> None:
        self.losses = losses

    def install(self, monkeypatch) -> None:
        losses = iter(self.losses)

        def said(module) -> None:
            module.validation_loss, module.validation_accuracy = next(losses), 0.5

        monkeypatch.setattr(BinaryClassifier, "on_validation_epoch_end", said)


@pytest.mark.parametrize(
    ("losses", "patience", "epochs", "best"),
    [
        ([3, 2, 4, 4, 1, 1, 1], 2, 4, 2),  # the better fifth epoch comes too late
        ([3, 2, 4, 4, 1, 1, 1], 3, 7, 5),  # it comes in time; 6 and 7 are equal, not better
        ([3, 2, 2, 2, 1, 1, 1], 2, 4, 2),  # an equal loss is no better one
        ([7, 6, 5, 4, 3, 2, 1], 1, 7, 7),
        ([1, 2, 3, 4, 5, 6, 7], None, 7, 1),
    ],
)
def test_training_stops_when_the_validation_loss_had_its_time(
    made, small, monkeypatch, losses, patience, epochs, best
):
    Scripted([float(loss) for loss in losses]).install(monkeypatch)
    options = SHORT | {"epochs": 7, "patience": patience}
    fitted = fit(small, made(10), made(6, 1), options, seed=1, text="t")
    assert fitted.history["epoch"].tolist() == list(range(1, epochs + 1))
    assert fitted.best_epoch == best
    note = f"stopped after epoch {epochs} of 7: no better validation loss for {patience} epochs"
    assert (note in fitted.notes) == (epochs < 7)
    assert len(fitted.notes) == 1 + (epochs < 7)


def test_a_stopped_training_is_the_beginning_of_one_that_is_not(made, small):
    train, validation = made(20), made(10, 1)
    options = SHORT | {"epochs": 12, "learning_rate": 0.1}
    whole = fit(small, train, validation, options, seed=3, text="t")
    short = fit(small, train, validation, options | {"patience": 2}, seed=3, text="t")
    n = len(short.history)
    assert n < 12, "the test needs a run that stops"
    pd.testing.assert_frame_equal(numbers(short.history), numbers(whole.history[:n]))


def test_without_validation_samples_it_never_stops_early(made, small):
    fitted = fit(small, made(10), None, SHORT | {"patience": 1}, seed=1, text="t")
    assert len(fitted.history) == 3
    assert fitted.notes[1:] == (
        "no validation samples: the last epoch is kept",
        "no validation samples: training does not stop early",
    )


def test_the_last_epoch_is_kept_where_that_is_asked_for(made, small, monkeypatch):
    Scripted([1.0, 2.0, 3.0, 4.0]).install(monkeypatch)
    options = SHORT | {"epochs": 4, "patience": 2, "select": "last"}
    fitted = fit(small, made(10), made(6, 1), options, seed=1, text="t")
    assert fitted.best_epoch == len(fitted.history) == 3
    without = fit(small, made(10), None, SHORT | {"epochs": 3}, seed=1, text="t")
    for name, tensor in without.network.state_dict().items():
        assert torch.equal(tensor, fitted.network.state_dict()[name])


def test_mixing_changes_the_training_and_hangs_on_the_seed(made, small):
    train, validation = made(30), made(10, 1)
    kinds = ("none", "cutmix", "mixup", "cutmix_mixup")
    losses = {}
    for kind in kinds:
        options = SHORT | {"augment": {"kind": kind}}
        a, b = (fit(small, train, validation, options, seed=1, text="t") for _ in range(2))
        pd.testing.assert_frame_equal(numbers(a.history), numbers(b.history))
        losses[kind] = tuple(a.history["train_loss"])
    assert len(set(losses.values())) == len(kinds)


def test_bfloat16_on_a_cpu_is_near_float32(made, small):
    train, validation = made(30, 1, 2.0), made(10, 1, 2.0)
    a, b = (
        fit(small, train, validation, SHORT | {"precision": name}, seed=1, text="t")
        for name in ("32-true", "bf16-mixed")
    )
    p, q = predict(a, train.x), predict(b, train.x)
    assert p.dtype == q.dtype == np.float64
    assert 0 < np.abs(p - q).max() < 0.1
    last = b.history["validation_loss"].iloc[b.best_epoch - 1]
    assert last == pytest.approx(log_loss(validation.y, predict(b, validation.x)), rel=1e-4)


@pytest.mark.parametrize("kind", ["cutmix", "mixup"])
def test_mixed_batches_have_no_accuracy(made, small, kind: str):
    options = SHORT | {"augment": {"kind": kind, "share": 0.5}}
    history = fit(small, made(30), made(10, 1), options, seed=1, text="t").history
    assert history["train_accuracy"].isna().all()
    assert history["validation_accuracy"].notna().all()


class KilledError(Exception):
    """Stands for a job that is ended from outside."""


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_an_interrupted_fit_goes_on_to_the_same_numbers(
    made, small, tmp_path, monkeypatch, optimizer
):
    from laicflow.training import checkpoint

    train, validation = made(21), made(10, 1)
    options = SHORT | {"epochs": 5, "optimizer": optimizer}
    whole = fit(small, train, validation, options, seed=1, text="t")
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    save = checkpoint.Checkpoint.save

    def killing(self, content):
        save(self, content)
        if len(content["rows"]) == 2:
            raise KilledError

    monkeypatch.setattr(checkpoint.Checkpoint, "save", killing)
    with pytest.raises(KilledError):
        fit(small, train, validation, options, seed=1, text="t", scratch=tmp_path)
    assert [path.suffixes for path in tmp_path.iterdir()] == [[".fit", ".pt"]]
    monkeypatch.setattr(checkpoint.Checkpoint, "save", save)
    # Another seed is another fit and must not take it up.
    other = fit(small, train, validation, options, seed=2, text="t", scratch=tmp_path)
    assert not numbers(other.history).equals(numbers(whole.history))
    trained = []
    monkeypatch.setattr(torch.nn.Flatten, "forward", counting(torch.nn.Flatten, trained))
    rest = fit(small, train, validation, options, seed=1, text="t", scratch=tmp_path)
    assert len(trained) == 3 * (3 + 1), "three epochs of three batches, and validation"
    pd.testing.assert_frame_equal(numbers(rest.history), numbers(whole.history))
    np.testing.assert_array_equal(predict(rest, train.x), predict(whole, train.x))
    assert rest.best_epoch == whole.best_epoch
    assert not list(tmp_path.iterdir())


def counting(layer: type, calls: list):
    """The layer's forward, which counts its calls."""
    forward = layer.forward

    def counted(self, x):
        calls.append(1)
        return forward(self, x)

    return counted


def test_a_log_gets_plain_lines_and_nothing_else(made, small, monkeypatch, capfd, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    # What a Slurm job sets must not make a cluster of it.
    for name, value in {"SLURM_NTASKS": "2", "SLURM_JOB_NAME": "x", "SLURM_JOB_ID": "7"}.items():
        monkeypatch.setenv(name, value)
    fit(small, made(10), made(6, 1), SHORT, seed=1, text="resnet50, seed 0")
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    pattern = (
        r"resnet50, seed 0: epoch {} of 3, train loss \d\.\d{{4}}, validation loss \d\.\d{{4}}"
    )
    assert len(lines) == 3
    for epoch, line in enumerate(lines, 1):
        assert re.fullmatch(pattern.format(epoch), line)
    assert not list(tmp_path.iterdir())


def test_the_bar_goes_to_the_terminal_and_lines_to_the_log(made, small, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, log = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", terminal)
    monkeypatch.setattr(sys, "stderr", log)
    fit(small, made(10), made(6, 1), SHORT, seed=1, text="vgg16, seed 0")
    assert "\rvgg16, seed 0:   0%" in terminal.getvalue()
    assert "vgg16, seed 0: epoch 3 of 3, train loss" in log.getvalue()
    assert "\r" not in log.getvalue()


def test_the_surroundings_are_put_back(made, small):
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    drawn = (torch.rand(1).item(), np.random.rand(), random.random())
    torch.manual_seed(5)
    np.random.seed(5)
    random.seed(5)
    fitted = fit(small, made(10), None, SHORT | {"threads": 2}, seed=1, text="t")
    predict(fitted, made(2).x)
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == drawn
    assert torch.get_num_threads() == 1
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_training_that_diverges_is_an_error(made, small):
    options = SHORT | {"optimizer": "sgd", "learning_rate": 1e30}
    with pytest.raises(TrainingError, match="the loss is not finite in epoch"):
        fit(small, made(20), made(6, 1), options, seed=1, text="t")


def test_one_sample_is_too_few(made, small):
    with pytest.raises(TrainingError, match="1 training samples"):
        fit(small, made(1), None, SHORT, seed=1, text="t")


def test_images_that_are_not_finite_are_not_predicted(made, small):
    fitted = fit(small, made(10), None, SHORT, seed=1, text="t")
    x = made(3).x
    x[1, 0, 0, 0] = np.nan
    with pytest.raises(TrainingError, match="1 of 3 images"):
        predict(fitted, x)
    assert predict(fitted, x[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"epoch": 3}, "no option epoch"),
        ({"select": "best"}, "'best' is none of"),
        ({"standardise": "pixel"}, "'pixel' is none of"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"batch_size": 1}, "batch_size must be at least 2"),
        ({"share": 0}, r"share must lie in \(0, 1\], found 0"),
        ({"share": 1.5}, "share must lie"),
        ({"share": float("nan")}, "share must lie"),
        ({"follow": "train"}, "'train' is none of validation, test"),
        ({"follow": "test"}, "needs select last and no patience"),
        ({"follow": "test", "select": "last", "patience": 3}, "needs select last and no patience"),
        ({"patience": 0}, "patience must be at least 1"),
        ({"precision": "64-true"}, "'64-true' is none of auto"),
        ({"accelerator": "tpu"}, "'tpu' is none of auto"),
        ({"augment": {"kind": "cutout"}}, "'cutout' is none of"),
        ({"augment": "none"}, "must be a mapping"),
        ({"keep_weights": "all"}, "no option keep_weights"),
    ],
)
def test_what_cannot_be_is_refused(made, small, options: dict, said: str):
    with pytest.raises(ConfigError, match=said):
        fit(small, made(4), None, options, seed=1, text="t")

"""Which samples a fit learns from and follows, and how many it looks at at once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss

from laicflow.training.data import Arrays
from laicflow.training.fit import fit, predict
from laicflow.training.module import torch

SHORT = {"epochs": 3, "batch_size": 8, "learning_rate": 1e-2}


def numbers(history: pd.DataFrame) -> pd.DataFrame:
    return history.drop(columns="seconds")


def test_a_share_is_all_that_the_fit_learns_from(made, small):
    train, validation = made(40), made(10, 1)
    half = fit(small, train, validation, SHORT | {"share": 0.5}, seed=4, text="t")
    kept = np.isin(train.ids, half.scaler.sample_ids)
    assert kept.sum() == 20 and train.y[kept].sum() == 10
    assert set(half.left_out) == set(train.ids) - set(half.scaler.sample_ids)
    assert half.notes == (
        "a network for tests",
        "learned from a share of 0.5 of the training samples, drawn at random within each class: "
        "20 of 40",
    )
    # As if there had never been any others.
    names = tuple(np.array(train.ids)[kept])
    alone = Arrays(train.x[kept], train.y[kept], names)
    other = fit(small, alone, validation, SHORT, seed=4, text="t")
    assert other.left_out == ()
    pd.testing.assert_frame_equal(numbers(half.history), numbers(other.history))
    np.testing.assert_array_equal(half.scaler.mean, other.scaler.mean)
    np.testing.assert_array_equal(predict(half, train.x), predict(other, train.x))


def test_samples_without_names_can_be_shared_too(made, small):
    train = made(20)
    bare = Arrays(train.x, train.y)
    fitted = fit(small, bare, None, SHORT | {"share": 0.5}, seed=4, text="t")
    assert fitted.left_out == fitted.scaler.sample_ids == ()
    assert fitted.notes[1].endswith("10 of 20")


def test_the_history_of_test_samples_is_followed_and_chooses_nothing(made, small, capfd):
    train, validation, test = made(30), made(10, 1), made(11, 2)
    options = SHORT | {"select": "last"}
    followed = fit(
        small, train, validation, options | {"follow": "test"}, seed=1, text="t", test=test
    )
    assert "test loss" in capfd.readouterr().err
    assert followed.notes[1:] == (
        "losses and accuracies by epoch are those of the test samples; nothing was chosen by them",
    )
    assert followed.best_epoch == 3
    p = predict(followed, test.x)
    last = followed.history.iloc[-1]
    assert last.validation_loss == pytest.approx(log_loss(test.y, p), rel=1e-5)
    assert last.validation_accuracy == pytest.approx(accuracy_score(test.y, p >= 0.5))
    # The weights are those of a fit that never saw the test samples.
    plain = fit(small, train, validation, options, seed=1, text="t", test=test)
    for name, tensor in plain.network.state_dict().items():
        assert torch.equal(tensor, followed.network.state_dict()[name])
    assert not numbers(plain.history).equals(numbers(followed.history))
    without = fit(small, train, validation, options | {"follow": "test"}, seed=1, text="t")
    assert without.history["validation_loss"].isna().all()
    assert without.notes[1:] == ("no test samples: no losses to follow but those of the training",)


def test_long_windows_are_looked_at_in_smaller_pieces():
    seen = []

    class Looking(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def forward(self, x):
            if not self.training:
                seen.append(len(x))
            return self.layer(x.mean((1, 2, 3))[:, None])

    # 2^21 values are 69 windows of a week, 3 x 10080, and more than 256 images of 6 x 32 x 32.
    for n, shape, expected in ((70, (1, 3, 10080), [69, 1]), (300, (6, 32, 32), [256, 44])):
        x = np.zeros((n, *shape), np.float32)
        arrays = Arrays(x, (np.arange(n) % 2).astype(np.float32))
        options = SHORT | {"epochs": 1, "batch_size": 64}
        fitted = fit(Looking, arrays, arrays, options, seed=1, text="t")
        predict(fitted, x)
        assert seen == 2 * expected
        seen.clear()

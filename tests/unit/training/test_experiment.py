from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import registry
from laicflow.schema import conform
from laicflow.training import experiment as subject
from laicflow.training.experiment import run_experiment, save_weights
from laicflow.training.module import torch

OPTIONS = {
    "model": "resnet50",
    "model_options": {"width": 0.1, "depth": 0.1, "in_chans": 2},
    "training": {"epochs": 2, "batch_size": 8, "learning_rate": 1e-3, "threads": 1},
}
N = 24


class Windows:
    """Images by window id, which remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, window_ids: list[str]) -> np.ndarray:
        self.asked.append(list(window_ids))
        rows = [
            np.random.default_rng(int(name[1:])).normal(size=(2, 32, 32)) for name in window_ids
        ]
        return np.array(rows, np.float32)


@pytest.fixture
def samples() -> pd.DataFrame:
    """24 samples of alternating class; the last two show one window."""
    windows = [f"w{i}" for i in range(N - 1)] + [f"w{N - 2}"]
    rows = {"sample_id": [f"s{i}" for i in range(N)], "window_id": windows}
    return conform(pd.DataFrame(rows | {"label": [i % 2 for i in range(N)]}), "samples")


def split(draw: int, fold: int, **parts: range) -> pd.DataFrame:
    """Rows of one draw and fold."""
    rows = [(draw, fold, f"s{i}", name) for name, numbers in parts.items() for i in numbers]
    return conform(pd.DataFrame(rows, columns=["draw", "fold", "sample_id", "split"]), "splits")


@pytest.fixture
def splits() -> pd.DataFrame:
    """Two draws; of the first one three folds of four cannot be learned."""
    return pd.concat(
        [
            split(0, 0, train=range(16), validation=range(16, 20), test=range(20, 24)),
            split(0, 1, purged=range(16), test=range(16, 24)),
            split(0, 2, train=range(1, 16, 2), test=range(16, 24)),
            split(0, 3, train=range(16), purged=range(16, 24)),
            split(1, 0, test=range(4), train=range(8, 24), validation=range(4, 8)),
        ]
    )


def run(samples: pd.DataFrame, splits: pd.DataFrame, **changes):
    options = OPTIONS | changes.pop("options", {})
    arguments = {"seed": 3, "names": ("run", "study", "paper"), **changes}
    windows = arguments.pop("windows", Windows())
    return run_experiment(windows, samples, splits, "resnet", options, **arguments)


def numbers(history: pd.DataFrame) -> pd.DataFrame:
    return history


def same(one: subject.Outcome, other: subject.Outcome) -> None:
    pd.testing.assert_frame_equal(one.predictions, other.predictions)
    pd.testing.assert_frame_equal(numbers(one.history), numbers(other.history))
    pd.testing.assert_frame_equal(one.notes, other.notes)
    pd.testing.assert_frame_equal(one.seen, other.seen)
    assert list(one.weights) == list(other.weights)
    assert all(torch.equal(one.weights[key], other.weights[key]) for key in one.weights)


def test_predictions_hold_validation_and_test_of_what_could_be_trained(samples, splits):
    table = run(samples, splits).predictions
    pd.testing.assert_frame_equal(table, conform(table, "predictions"))
    found = table.groupby(["draw", "fold", "split"])["sample_id"].apply(list).to_dict()
    assert found == {
        (0, 0, "validation"): ["s16", "s17", "s18", "s19"],
        (0, 0, "test"): ["s20", "s21", "s22", "s23"],
        (1, 0, "validation"): ["s4", "s5", "s6", "s7"],
        (1, 0, "test"): ["s0", "s1", "s2", "s3"],
    }
    order = ["validation"] * 4 + ["test"] * 4
    assert table["split"].tolist() == order * 2
    assert set(table["experiment"]) == {"resnet"} and set(table["seed"]) == {3}
    assert table["lead"].isna().all()
    np.testing.assert_array_equal(table["target"], [int(s[1:]) % 2 for s in table["sample_id"]])
    np.testing.assert_array_equal(table["output"], table["p_1"])
    np.testing.assert_allclose(table["p_0"] + table["p_1"], 1)
    assert table["p_1"].between(0, 1, inclusive="neither").all()
    # s22 and s23 show one window: one image, one answer.
    pair = table.set_index(["sample_id", "draw"])["p_1"]
    assert pair["s22", 0] == pair["s23", 0] != pair["s21", 0]


def test_folds_that_cannot_be_trained_are_left_out_and_it_is_said_why(samples, splits):
    notes = run(samples, splits).notes
    left = notes[notes["draw"].notna()]
    assert left[["draw", "fold", "why"]].to_numpy().tolist() == [
        [0, 1, "undecidable: 0 purged training samples"],
        [0, 2, "undecidable: all 8 training samples are of class 1"],
        [0, 3, "undecidable: 0 validation and 0 test samples"],
    ]
    about = notes.loc[notes["draw"].isna(), "why"].tolist()
    assert about[0].startswith("reduced network") and about[1] == "from scratch"
    assert set(notes["experiment"]) == {"resnet"} and set(notes["seed"]) == {3}


def test_a_training_that_diverges_leaves_its_fold_out(samples, splits):
    wild = OPTIONS["training"] | {"optimizer": "sgd", "learning_rate": 1e30}
    outcome = run(samples, splits, options={"training": wild})
    assert outcome.predictions.empty and outcome.history.empty and not outcome.weights
    why = outcome.notes.set_index(["draw", "fold"])["why"]
    assert why[0, 0].startswith("undecidable: the loss is not finite")


def test_without_splits_nothing_is_decided(samples, splits):
    outcome = run(samples, splits.iloc[:0])
    assert outcome.predictions.empty and not outcome.weights
    assert outcome.notes["why"].tolist() == ["undecidable: no split could be made"]


def test_the_same_seed_gives_the_same_numbers(samples, splits):
    first = run(samples, splits)
    same(first, run(samples, splits))
    for change in ({"seed": 4}, {"names": ("run", "study", "clean")}):
        other = run(samples, splits, **change).predictions
        assert not np.isclose(other["p_1"], first.predictions["p_1"]).any()


def test_a_fold_does_not_hang_on_the_others(samples, splits):
    whole = run(samples, splits).predictions
    alone = run(samples, splits[splits["draw"] == 1]).predictions
    own = whole[whole["draw"] == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, alone)


def test_every_window_is_cut_once_and_no_other(samples, splits):
    windows = Windows()
    run(samples, split(0, 0, train=range(20), test=range(21, 24), purged=[20]), windows=windows)
    (asked,) = windows.asked
    assert sorted(asked) == sorted({f"w{i}" for i in range(N - 1)} - {"w20"})


def test_weights_of_the_headline_draw_give_its_predictions_again(samples, splits, tmp_path: Path):
    from safetensors.torch import load_file

    outcome = run(samples, splits)
    save_weights(outcome, tmp_path / "weights.safetensors")
    weights = load_file(tmp_path / "weights.safetensors")
    assert {key.split(".")[0] for key in weights} == {"0"}
    state = {key.removeprefix("0.0."): tensor for key, tensor in weights.items()}
    mean, deviation = (
        state.pop(f"input.{part}").view(1, -1, 1, 1) for part in ("mean", "deviation")
    )
    network = registry.build("resnet50", OPTIONS["model_options"], seed=99).eval()
    network.load_state_dict(state)
    x = torch.from_numpy(Windows()(["w20", "w21", "w22"]))
    with torch.no_grad():
        p = torch.sigmoid(network((x - mean) / deviation)).squeeze(1).numpy()
    table = outcome.predictions.set_index(["draw", "sample_id"])["p_1"]
    np.testing.assert_allclose([table[0, f"s{i}"] for i in (20, 21, 22)], p, rtol=1e-4)


def test_the_file_of_weights_has_the_same_bytes_again(samples, splits, tmp_path: Path):
    outcome = run(samples, splits)
    for name in "ab":
        save_weights(outcome, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize(("keep", "draws"), [("all", {"0", "1"}), ("none", set())])
def test_which_weights_are_kept(samples, splits, keep: str, draws: set[str]):
    weights = run(samples, splits, options={"keep_weights": keep}).weights
    assert {key.split(".")[0] for key in weights} == draws


def test_what_was_fitted_names_the_samples_that_it_saw(samples, splits):
    seen = run(samples, splits).seen
    assert set(zip(seen["draw"], seen["fold"], strict=True)) == {(0, 0), (1, 0)}
    first = seen[seen["draw"] == 0].groupby("fitted")["sample_id"].apply(set)
    train = {f"s{i}" for i in range(16)}
    assert first["standardisation"] == first["weights"] == train
    assert first["epoch"] == {"s16", "s17", "s18", "s19"}


def test_what_a_share_leaves_out_was_seen_by_nothing(samples, splits, tmp_path: Path):
    training = OPTIONS["training"] | {"share": 0.5}
    outcome = run(samples, splits, options={"training": training}, scratch=tmp_path)
    first = outcome.seen[outcome.seen["draw"] == 0].groupby("fitted")["sample_id"].apply(set)
    train = {f"s{i}" for i in range(16)}
    assert first["standardisation"] == first["weights"] < train
    # Half of eight of each class.
    assert sorted(int(name[1:]) % 2 for name in first["weights"]) == [0] * 4 + [1] * 4
    assert first["epoch"] == {"s16", "s17", "s18", "s19"}
    note = "learned from a share of 0.5 of the training samples, drawn at random within each class"
    assert f"{note}: 8 of 16" in outcome.notes["why"].tolist()


def test_the_history_can_be_that_of_the_test_samples(samples, splits):
    training = OPTIONS["training"] | {"select": "last", "follow": "test"}
    outcome = run(samples, splits, options={"training": training})
    assert set(outcome.seen["fitted"]) == {"standardisation", "weights"}
    plain = run(samples, splits, options={"training": training | {"follow": "validation"}})
    pd.testing.assert_frame_equal(outcome.predictions, plain.predictions)
    last = outcome.history.groupby("draw").tail(1).set_index("draw")
    test = outcome.predictions[outcome.predictions["split"] == "test"]
    for draw, own in test.groupby("draw"):
        loss = log_loss(own["target"], own["p_1"], labels=[0, 1])
        assert last["validation_loss"][draw] == pytest.approx(loss, rel=1e-4)
        right = accuracy_score(own["target"], own["p_1"] >= 0.5)
        assert last["validation_accuracy"][draw] == pytest.approx(right)
    assert outcome.history["train_accuracy"].between(0, 1).all()
    said = "losses and accuracies by epoch are those of the test samples"
    assert any(why.startswith(said) for why in outcome.notes["why"])


def test_an_interrupted_experiment_goes_on(samples, splits, tmp_path: Path, monkeypatch):
    whole = run(samples, splits, options={"keep_weights": "all"})
    fit = subject.fit
    texts = []

    def killed(*arguments, text: str, **options):
        texts.append(text)
        if "draw 1" in text:
            raise KeyError("killed")
        return fit(*arguments, text=text, **options)

    monkeypatch.setattr(subject, "fit", killed)
    again = {"options": {"keep_weights": "all"}, "scratch": tmp_path}
    with pytest.raises(KeyError):
        run(samples, splits, **again)
    assert len(list((tmp_path / "resnet" / "3").iterdir())) == 1

    def counted(*arguments, text: str, **options):
        texts.append(text)
        return fit(*arguments, text=text, **options)

    monkeypatch.setattr(subject, "fit", counted)
    # What others have left is no result of an experiment with other random numbers.
    texts.clear()
    run(samples, splits, **again, names=("other",))
    assert texts == ["resnet, seed 3, draw 0, fold 0", "resnet, seed 3, draw 1, fold 0"]
    texts.clear()
    same(run(samples, splits, **again), whole)
    assert texts == ["resnet, seed 3, draw 1, fold 0"]
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "resnet51"}, "resnet51"),
        ({"modle": "resnet50"}, "no option modle"),
        ({"training": {"epoch": 2}}, "no option epoch"),
        ({"training": {"follow": "test"}}, "follow test needs select last"),
        ({"keep_weights": "some"}, "keep_weights"),
    ],
)
def test_options_are_checked_before_any_window_is_cut(samples, splits, options, said):
    windows = Windows()
    with pytest.raises(ConfigError, match=said):
        run(samples, splits, options=options, windows=windows)
    assert not windows.asked


def test_bad_tables_and_windows_are_refused(samples, splits):
    with pytest.raises(LaicflowError, match="'s23' is not in the samples"):
        run(samples.iloc[:-1], splits)
    with pytest.raises(LaicflowError, match="neither 0 nor 1"):
        run(samples.assign(label=pd.array([2] * N, "Int64")), splits)
    with pytest.raises(LaicflowError, match="1 windows are not finite, first 'w0'"):
        broken = Windows()

        def holed(window_ids: list[str]) -> np.ndarray:
            x = broken(window_ids)
            x[window_ids.index("w0"), 1, 5, 5] = np.inf
            return x

        run(samples, splits, windows=holed)
    with pytest.raises(LaicflowError, match="1 images for 23 windows"):
        run(samples, splits, windows=lambda ids: np.zeros((1, 2, 32, 32), np.float32))

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.training.data import VALUES, Arrays, Scaler
from laicflow.training.experiment import run_experiment
from laicflow.training.forecast import target_scaler
from laicflow.training.module import Regressor, torch

LEADS = (1.0, 2.0)


class Waves:
    """Two stations: the second is ten times the first, a wave that repeats every 12 epochs.

    So what comes is known from the 12 epochs that a window shows, whatever the noise of others.
    """

    sites = ("aaaa", "bbbb")
    leads = LEADS

    def __init__(self, lost: tuple[int, ...] = ()) -> None:
        wave = 20 + 5 * np.sin(2 * np.pi * np.arange(600) / 12)
        self.series = np.stack([wave, 10 * wave], axis=1)
        self.lost = lost

    def __call__(self, names: list[str]) -> np.ndarray:
        rows = [self.series[int(n) - 11 : int(n) + 1] for n in names]
        return np.array(rows, dtype=np.float32).reshape(len(names), 1, 12, 2)

    def values(self, names: list[str]) -> np.ndarray:
        made = np.array([self.series[int(n) + 1 : int(n) + 3] for n in names]).reshape(-1, 2, 2)
        made[[int(n) in self.lost for n in names]] = np.nan
        return made


@pytest.fixture
def tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    rows = [(f"{n}/{site}", str(n), site) for n in range(100, 400, 5) for site in Waves.sites]
    samples = pd.DataFrame(rows, columns=["sample_id", "window_id", "site"])
    number = samples["window_id"].astype(int)
    splits = pd.DataFrame({"draw": 0, "fold": 0, "sample_id": samples["sample_id"]})
    splits["split"] = np.select([number < 250, number < 300], ["train", "validation"], "test")
    return samples, splits


def run(tables: tuple, model: str, training: dict, windows: Waves | None = None, **options):
    network = {"steps": 12, "features": 2, "leads": 2, "outputs": 2, "classes": VALUES}
    return run_experiment(
        windows or Waves(),
        *tables,
        "e",
        {"model": model, "model_options": {**network, **options}, "training": training},
        seed=0,
        names=("test",),
    )


def test_tree_knows_what_repeats(tables: tuple):
    found = run(tables, "tree_forecaster", {"standardise": "range"}).predictions
    # 60 windows of two stations, less the 30 to learn from, at two leads each.
    assert len(found) == 30 * 2 * 2
    assert found["output"].to_numpy() == pytest.approx(found["target"].to_numpy(), abs=1e-4)
    one = found[found["sample_id"] == "305/bbbb"].set_index("lead")["target"]
    # 10 (20 + 5 sin(306 * 30 degrees)) and (307 * 30 degrees): 180 and 210 degrees.
    assert one.to_dict() == pytest.approx({1.0: 200.0, 2.0: 175.0})


def test_network_learns_and_keeps_its_scales(tables: tuple):
    training = {"standardise": "range", "epochs": 60, "learning_rate": 0.01, "batch_size": 8}
    outcome = run(tables, "dense_forecaster", training, units=16)
    test = outcome.predictions[outcome.predictions["split"] == "test"]
    error = test["output"] - test["target"]
    for site, deviation in (("aaaa", 3.5), ("bbbb", 35)):
        own = error[test["sample_id"].str.endswith(site)]
        assert np.sqrt((own**2).mean()) < 0.2 * deviation
    # The least and the largest of a wave of 15 to 25 lie at -1 and 1.
    mean = outcome.weights["0.0.output.mean"].numpy()
    assert mean == pytest.approx([20, 200, 20, 200], rel=0.02)
    assert outcome.weights["0.0.output.deviation"].numpy() == pytest.approx([5, 50, 5, 50], rel=0.1)
    assert outcome.history["train_accuracy"].isna().all()
    assert outcome.history["validation_loss"].iloc[-1] < outcome.history["validation_loss"].iloc[0]


def test_windows_without_values_are_told_and_not_learned_from(tables: tuple):
    outcome = run(tables, "tree_forecaster", {}, Waves(lost=(100, 105, 305)))
    assert any("2 windows that lack something" in why for why in outcome.notes["why"])
    learned = outcome.seen[outcome.seen["fitted"] == "weights"]["sample_id"]
    assert "110/aaaa" in set(learned) and not {"100/aaaa", "105/bbbb"} & set(learned)
    lost = outcome.predictions[outcome.predictions["sample_id"] == "305/aaaa"]
    assert lost["target"].isna().all() and lost["output"].notna().all()


class Blind(Waves):
    """The same, in which two windows show a gap, one of them to learn from."""

    def __call__(self, names: list[str]) -> np.ndarray:
        made = super().__call__(names)
        made[[name in ("120", "310") for name in names], 0, 3, 1] = np.nan
        return made


@pytest.mark.parametrize("model", ["tree_forecaster", "dense_forecaster"])
def test_windows_with_a_gap_are_neither_learned_from_nor_forecast(tables: tuple, model: str):
    outcome = run(tables, model, {"epochs": 1} if model.startswith("dense") else {}, Blind())
    missing = outcome.predictions[outcome.predictions["output"].isna()]
    assert set(missing["sample_id"]) == {"310/aaaa", "310/bbbb"} and missing["target"].notna().all()
    assert any("1 windows show too little" in why for why in outcome.notes["why"])
    assert "120/aaaa" not in set(outcome.seen["sample_id"])


def test_a_window_in_two_parts_is_refused(tables: tuple):
    samples, splits = tables
    splits.loc[0, "split"] = "test"
    with pytest.raises(LaicflowError, match="window '100' lies in two parts"):
        run((samples, splits), "tree_forecaster", {})


def test_a_station_that_is_not_there_is_refused(tables: tuple):
    samples, splits = tables
    samples.loc[3, "site"] = "cccc"
    with pytest.raises(LaicflowError, match="station 'cccc' is none of aaaa, bbbb"):
        run((samples, splits), "tree_forecaster", {})


def test_nothing_to_learn_from_is_undecidable(tables: tuple):
    samples, splits = tables
    splits = splits[splits["split"] != "train"]
    outcome = run((samples, splits), "tree_forecaster", {})
    assert outcome.predictions.empty
    assert outcome.notes["why"].tolist() == ["undecidable: 0 training samples"]


def test_mixing_of_images_is_refused(tables: tuple):
    with pytest.raises(ConfigError, match="here are values"):
        run(tables, "dense_forecaster", {"augment": {"kind": "mixup"}})


def test_range_takes_extremes_to_one_and_minus_one():
    x = np.array([[[[1.0, 5.0], [3.0, 5.0]]], [[[2.0, 5.0], [7.0, 5.0]]]], dtype=np.float32)
    scaler = Scaler.of(Arrays(x, np.zeros(2, np.float32)), "range")
    # (1 + 7) / 2 and (7 - 1) / 2; a column of one value becomes 0.
    assert scaler.mean.ravel().tolist() == [4, 5]
    assert scaler.deviation.ravel().tolist() == [3, 1]
    assert scaler(x)[:, 0, :, 0].ravel() == pytest.approx([-1, -1 / 3, -2 / 3, 1])
    y = np.array([[0.0, 2.0], [4.0, 8.0]], dtype=np.float32)
    targets = target_scaler(Arrays(x, y, classes=VALUES), "range")
    assert targets.mean.ravel().tolist() == [2, 5]


def test_loss_is_the_mean_squared_error():
    module = Regressor(torch.nn.Flatten(), seed=0)
    given = module(torch.tensor([[[[1.0, 2.0]]], [[[3.0, 4.0]]]]))
    wanted = torch.tensor([[1.0, 4.0], [0.0, 4.0]])
    # (0 + 4) / 2 and (9 + 0) / 2.
    assert module.entropy(given, wanted).item() == pytest.approx(3.25)
    assert module.entropy(given, wanted, "sum").item() == pytest.approx(6.5)
    with pytest.raises(LaicflowError, match=r"values \(2, 2\) for targets \(2, 1\)"):
        module.entropy(given, wanted[:, :1])


def test_values_that_are_not_finite_are_refused():
    x = np.zeros((2, 1, 3, 1), np.float32)
    with pytest.raises(LaicflowError, match="not finite"):
        Arrays(x, np.array([[0.0], [np.nan]], np.float32), classes=VALUES)

"""Training in two parts, held against training at once."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow import prospective_models
from laicflow.errors import LaicflowError
from laicflow.models import registry
from laicflow.training.continued import begin, fitted, options_of, train_on
from laicflow.training.data import Arrays, TrainingError
from laicflow.training.fit import fit, predict
from laicflow.training.module import torch

MINUTES = 60
OPTIONS = {"minutes": MINUTES, "width": 0.1}
TRAINING = {
    "batch_size": 8,
    "learning_rate": 1e-3,
    "standardise": "channel",
    "accelerator": "cpu",
    "threads": 1,
}


def arrays(n: int = 12) -> Arrays:
    x = np.random.default_rng(3).standard_normal((n, 1, 3, MINUTES)).astype("float32") + 5
    y = (np.arange(n) % 2).astype("float32")
    return Arrays(x, y, tuple(f"s{k}" for k in range(n)))


def network(seed: int = 1) -> torch.nn.Module:
    return registry.build("vgg_magnetic", OPTIONS, seed=seed)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "adagrad", "adamax"])
def test_training_goes_on_as_if_it_had_never_stopped(optimizer, tmp_path):
    own = arrays()
    training = {**TRAINING, "optimizer": optimizer}
    four, two = options_of(training, 4), options_of(training, 2)
    whole = train_on(begin(network(), own, four), own, four, seed=5, text="whole")
    half = train_on(begin(network(), own, two), own, two, seed=5, text="half")
    facts = {"names": ["r", "s"], "parent": ""}
    saved = prospective_models.save(tmp_path, half, facts)
    found = prospective_models.head(tmp_path, ("r", "s"))
    again = prospective_models.load(found, network(seed=99))
    assert again.epochs == 2
    rest = train_on(again, own, two, seed=5, text="rest")
    ours, theirs = rest.network.state_dict(), whole.network.state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert rest.losses == whole.losses[2:]
    # The same content has the same name, and training leaves its start as it was.
    assert prospective_models.save(tmp_path, half, facts) == saved == found


def test_the_first_training_is_that_of_a_fit():
    own = arrays()
    options = options_of(TRAINING, 3)
    ours = train_on(begin(network(), own, options), own, options, seed=5, text="ours")
    plain = {**TRAINING, "epochs": 3, "select": "last"}
    theirs = fit(network, own, None, plain, seed=5, text="theirs")
    assert np.array_equal(predict(fitted(ours, options), own.x), predict(theirs, own.x))
    assert ours.losses == theirs.history["train_loss"].tolist()


def test_chains_of_other_names_and_two_heads(tmp_path):
    own, options = arrays(), options_of(TRAINING, 1)
    start = begin(network(), own, options)
    one = train_on(start, own, options, seed=5, text="one")
    first = prospective_models.save(tmp_path, one, {"names": ["r", "s"], "parent": ""})
    prospective_models.save(tmp_path, one, {"names": ["r", "other"], "parent": ""})
    assert prospective_models.head(tmp_path, ("r", "s")) == first
    assert prospective_models.head(tmp_path, ("r", "none")) is None
    two = train_on(one, own, options, seed=5, text="two")
    child = {"names": ["r", "s"], "parent": first.sha256}
    second = prospective_models.save(tmp_path, two, child)
    assert prospective_models.head(tmp_path, ("r", "s")) == second
    prospective_models.save(tmp_path, two, {**child, "notes": ["another"]})
    with pytest.raises(LaicflowError, match="are all the last of r/s"):
        prospective_models.head(tmp_path, ("r", "s"))


def test_a_single_sample_is_refused():
    options = options_of(TRAINING, 1)
    own = arrays(1)
    with pytest.raises(TrainingError, match="1 training samples"):
        train_on(begin(network(), own, options), own, options, seed=5, text="one")

"""A chain of models whose first one starts from published weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import save_file

from laicflow import prospective_models
from laicflow.errors import LaicflowError
from laicflow.files import sha256
from laicflow.models.backbones import timm
from laicflow.prospective_training import _first_network, _step, state_of
from laicflow.training.module import torch
from tests.unit.prospective_year import PLAN

MODEL = "mobilenetv3_large_100"
UNTIL = pd.Timestamp("2003-04-01")


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """Weights as they are published, here random ones."""
    path = tmp_path_factory.mktemp("weights") / "published.safetensors"
    with torch.random.fork_rng():
        torch.manual_seed(5)
        save_file(timm.create_model(MODEL, pretrained=False).state_dict(), path)
    return path


@pytest.fixture
def plan(file, tmp_path):
    """A plan whose network starts from them, by their receipt."""
    entry = {"model": MODEL, "origin": "hub", "file": str(file), "sha256": sha256(file)}
    told = tmp_path / "weights.json"
    told.write_text(json.dumps({"weights": [{**entry, "said": "weights of the hub"}]}))
    options = {"pretrained": "hub", "in_chans": 3}
    return replace(PLAN, model=MODEL, model_options=options, weights=str(told))


def grown(plan, folder, parent=None):
    """The chain, longer by a training on eight images."""
    rows = pd.DataFrame({"sample_id": [f"s{n}" for n in range(8)], "label": [0, 1] * 4})
    rows["window_id"] = rows["sample_id"]
    x = np.random.default_rng(3).standard_normal((8, 3, 32, 32)).astype("float32")
    hooks = SimpleNamespace(images=lambda tensors, windows, settings: x)
    data = SimpleNamespace(tensors=None, inputs_sha256="")
    return _step(hooks, plan, data, rows, folder, parent, UNTIL)


def test_the_first_network_has_the_published_weights(plan, file):
    network, start = _first_network(plan)
    published = timm.create_model(MODEL, pretrained=False)
    timm.models.load_checkpoint(published, str(file))
    for name in ("blocks.0.0.conv_dw.weight", "conv_head.weight"):
        assert torch.equal(network.get_parameter(name), published.get_parameter(name))
    assert start == {"notes": ["weights of the hub"], "weights_sha256": sha256(file)}


def test_a_network_without_them_says_so(plan):
    own = {**plan.model_options, "pretrained": "none"}
    _, start = _first_network(replace(plan, model_options=own, weights=""))
    assert start == {"notes": ["from scratch"], "weights_sha256": ""}
    with pytest.raises(LaicflowError, match="weights from hub need a receipt of weights"):
        _first_network(replace(plan, weights=""))


def test_a_chain_goes_on_when_the_published_weights_are_gone(plan, file, tmp_path):
    first, said = grown(plan, tmp_path / "models")
    assert said["notes"] == ["weights of the hub"]
    assert first.facts["model_options"] == plan.model_options
    away = replace(plan, weights="")
    second, said = grown(away, tmp_path / "models", first)
    assert "notes" not in said and second.facts["parent"] == first.sha256
    for model in (first, second):
        assert model.facts["notes"] == ["weights of the hub"]
        assert model.facts["weights_sha256"] == sha256(file)
    assert prospective_models.head(tmp_path / "models", plan.names).sha256 == second.sha256
    state = state_of(away, second)
    assert state.epochs == PLAN.training["epochs"] + PLAN.settings["prospective"]["epochs"]

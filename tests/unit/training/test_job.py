from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.files import sha256
from laicflow.schema import conform
from laicflow.store import write_parquet
from laicflow.training import job as subject
from laicflow.training.experiment import save_weights
from laicflow.training.module import torch

LARGE = "mobilenetv3_large_100"
ENTRY = {"model": LARGE, "architecture": LARGE, "origin": "hub", "file": "", "sha256": ""}
SAID = f"from scratch: no weights of {LARGE} could be had from the hub (no answer: ConnectError)"
OPTIONS = {
    "study": {},
    "model": "resnet50",
    "model_options": {"pretrained": "none", "width": 0.1, "depth": 0.1, "in_chans": 2},
    "training": {"epochs": 1, "batch_size": 8, "keep_weights": "headline"},
    "headline": True,
    "names": ["run", "study", "paper"],
    "run_seed": 1,
}
WILDCARDS = {"study": "any", "experiment": "resnet"}
N = 12
STRICT = "CC BY-NC 4.0"


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch) -> dict[str, str]:
    """Twelve samples under two draws, and images that need no tensor file."""
    monkeypatch.chdir(tmp_path)

    def windows(names: list[str]) -> np.ndarray:
        x = [np.random.default_rng(int(name[1:])).normal(size=(2, 32, 32)) for name in names]
        return np.array(x, np.float32)

    monkeypatch.setattr(subject, "cutter", lambda *arguments: windows)
    rows = {"sample_id": [f"s{i}" for i in range(N)], "window_id": [f"w{i}" for i in range(N)]}
    samples = conform(pd.DataFrame(rows | {"label": [i % 2 for i in range(N)]}), "samples")
    role = ["train"] * 8 + ["validation"] * 2 + ["test"] * 2
    parts = [
        pd.DataFrame({"draw": draw, "fold": 0, "sample_id": rows["sample_id"], "split": role})
        for draw in (0, 1)
    ]
    write_parquet(samples, "samples.parquet", attributes={"licence": "cite"})
    write_parquet(conform(pd.concat(parts), "splits"), "splits.parquet")
    Path("tensors.nc.parquet").write_bytes(Path("samples.parquet").read_bytes())
    paths = {"tensors": "tensors.nc.parquet", "samples": "samples.parquet"}
    return {**paths, "splits": "splits.parquet", "weights": []}


def train(inputs: dict, *, first_draw: bool = True, **changes):
    options = OPTIONS | changes
    return subject.train(inputs, WILDCARDS, options, seed=2, first_draw=first_draw, threads=1)


@pytest.mark.parametrize(
    ("keep", "headline", "first_draw", "kept"),
    [
        ("headline", True, True, True),
        ("headline", False, True, False),
        ("all", False, True, True),
        ("none", True, True, False),
        ("all", True, False, False),
    ],
)
def test_which_weights_are_kept(inputs, keep: str, headline: bool, first_draw: bool, kept: bool):
    from safetensors.torch import load_file

    training = OPTIONS["training"] | {"keep_weights": keep}
    outcome, _ = train(inputs, first_draw=first_draw, training=training, headline=headline)
    save_weights(outcome, "weights.safetensors")
    weights = load_file("weights.safetensors")
    assert bool(weights) is kept
    assert {key.split(".")[0] for key in weights} == ({"0"} if kept else set())
    assert set(outcome.predictions["draw"]) == ({0} if first_draw else {1})


def test_an_unknown_choice_of_weights_is_refused(inputs):
    with pytest.raises(ConfigError, match="keep_weights 'some' is none of none, headline, all"):
        train(inputs, training=OPTIONS["training"] | {"keep_weights": "some"})


def test_files_say_what_they_were_made_of(inputs):
    _, told = train(inputs)
    assert set(json.loads(told["inputs_sha256"])) == {
        "tensors.nc.parquet",
        "samples.parquet",
        "splits.parquet",
    }
    assert told["licence"] == "cite"


@pytest.mark.parametrize("given", [str, lambda path: [path]])
def test_a_network_without_weights_says_why_in_notes_and_log(inputs, capsys, given):
    Path("weights.json").write_text(json.dumps({"weights": [{**ENTRY, "said": SAID}]}))
    hub = {"pretrained": "hub", "in_chans": 2}
    asked = {**inputs, "weights": given("weights.json")}
    one, told = train(asked, model=LARGE, model_options=hub)
    assert SAID in one.notes["why"].tolist()
    assert SAID in capsys.readouterr().out
    assert "weights.json" in json.loads(told["inputs_sha256"])


def test_training_starts_from_the_file_of_the_receipt(inputs, capsys):
    from safetensors.torch import save_file

    from laicflow.models import registry
    from laicflow.models.backbones import timm

    state = timm.create_model(LARGE, pretrained=False).state_dict()
    save_file(state, "own.safetensors")
    said = f"weights {LARGE}.tag from the hub, sha256 0"
    entry = ENTRY | {"file": "own.safetensors", "said": said}
    entry["sha256"] = sha256("own.safetensors")
    Path("weights.json").write_text(json.dumps({"weights": [entry]}))
    options = {"model": LARGE, "model_options": {"pretrained": "hub", "in_chans": 2}}
    training = OPTIONS["training"] | {"learning_rate": 1e-12}
    asked = {**inputs, "weights": "weights.json"}
    outcome, _ = train(asked, **options, training=training)
    assert said in capsys.readouterr().out
    # With next to no learning rate the weights stay those of the file.
    kept = outcome.weights["0.0.conv_head.weight"]
    assert torch.allclose(kept, state["conv_head.weight"], atol=1e-6)
    scratch = registry.build(LARGE, {"in_chans": 2}, seed=2).state_dict()
    assert not torch.allclose(kept, scratch["conv_head.weight"], atol=1e-3)

    Path("own.safetensors").write_bytes(b"another")
    with pytest.raises(LaicflowError, match="delete the study's weights.json"):
        train(asked, **options)
    with pytest.raises(LaicflowError, match="need a receipt"):
        train(inputs, **options)


@pytest.mark.parametrize("given", [str, lambda path: [str(path)]])
def test_training_starts_from_the_weights_of_another_experiment(inputs, capsys, given):
    first, _ = train(inputs)
    path = Path("demo/study/other/resnet/2/weights.safetensors").absolute()
    path.parent.mkdir(parents=True)
    save_weights(first, path)
    write_parquet(
        first.predictions, path.with_name("predictions.parquet"), attributes={"licence": STRICT}
    )
    training = OPTIONS["training"] | {"epochs": 0}
    outcome, told = train({**inputs, "initial": given(path)}, training=training)
    kept = {key: tensor for key, tensor in first.weights.items() if "input." not in key}
    assert kept
    assert all(torch.equal(outcome.weights[key], tensor) for key, tensor in kept.items())
    said = "first weights from other/resnet/2/weights.safetensors, draw 0, fold 0"
    printed = capsys.readouterr().out
    assert said in printed and str(path.parent.parent) not in printed
    assert path.as_posix() in json.loads(told["inputs_sha256"])
    # What was learned of data of one licence is of that licence.
    assert told["licence"] == STRICT
    path.with_name("predictions.parquet").unlink()
    assert train({**inputs, "initial": given(path)})[1]["licence"] == "cite"


def test_without_other_weights_an_empty_list_says_so(inputs):
    one, _ = train({**inputs, "initial": []})
    other, _ = train(inputs)
    pd.testing.assert_frame_equal(one.predictions, other.predictions)


def _found(**changes: object) -> str:
    found = {"model": "resnet50", "trials": 3, "model_options": {"width": 0.15}, "training": {}}
    Path("tuned.json").write_text(json.dumps(found | changes))
    return "tuned.json"


def test_what_tuning_found_is_trained_with(inputs, capsys):
    tuned = _found(training={"epochs": 2})
    outcome, told = train(inputs | {"tuned": tuned})
    assert sorted(outcome.history["epoch"]) == [1, 2]
    plain, _ = train(inputs)
    sizes = [sum(w.numel() for w in one.weights.values()) for one in (outcome, plain)]
    assert sizes[0] > sizes[1]
    assert 'tuned in 3 trials: {"epochs": 2, "width": 0.15}' in capsys.readouterr().out


def test_what_an_experiment_says_itself_no_tuning_changes(inputs):
    tuned = _found(training={"epochs": 2})
    outcome, _ = train(inputs | {"tuned": tuned}, own={"training": {"epochs": 1}})
    assert outcome.history["epoch"].tolist() == [1]


def test_a_tuning_of_another_model_is_refused(inputs):
    with pytest.raises(LaicflowError, match="tuned vgg16, expected resnet50"):
        train(inputs | {"tuned": _found(model="vgg16")})

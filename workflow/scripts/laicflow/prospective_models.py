"""The chain of models of a study that goes on learning: one file each, under its own sha256.

`models/<sha256>.safetensors` holds the network, its standardisation and the state of its
optimizer; what else a training that goes on must know (until when it has learned, its parent, ...)
stands in the file's own metadata, so that the sha256 seals it too. `<sha256>.json` beside it holds
the same for people, and is written last: a model without it was never finished.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.files import atomic_path, is_hidden, sha256, write_json
from laicflow.training.continued import State
from laicflow.training.data import Scaler
from laicflow.training.module import torch

# The one key of the metadata: several would stand in a random order.
METADATA = "laicflow"
PARTS = ("network", "input", "optimizer")


@dataclass(frozen=True)
class Model:
    """A model of the chain.

    Attributes
    ----------
    sha256 : of its file
    facts : what stands in its metadata: names, trained_until, parent, samples, sample_ids_sha256,
        epochs, epochs_in_all, losses, optimizer, seed, notes, ...
    path : of its file
    """

    sha256: str
    facts: dict[str, Any]
    path: Path

    @property
    def trained_until(self) -> pd.Timestamp:
        """Every window that ends before it has had its turn."""
        return pd.Timestamp(self.facts["trained_until"])


def digest_of(sample_ids: list[str]) -> str:
    """The sha256 of sorted sample ids, one a line."""
    return hashlib.sha256("\n".join(sorted(sample_ids)).encode()).hexdigest()


def save(folder: Path, state: State, facts: dict[str, Any]) -> Model:
    """Write a model and the JSON beside it."""
    from safetensors.torch import save as as_bytes

    tensors, plain = _optimizer_parts(state.optimizer)
    content = {f"network.{key}": value for key, value in state.network.state_dict().items()}
    content["input.mean"] = torch.from_numpy(state.scaler.mean)
    content["input.deviation"] = torch.from_numpy(state.scaler.deviation)
    content |= tensors
    content = {key: value.detach().clone().contiguous() for key, value in content.items()}
    facts = {
        **facts,
        "epochs_in_all": state.epochs,
        "losses": state.losses,
        "fitted_on": list(state.scaler.sample_ids),
        "optimizer_state": plain,
    }
    text = json.dumps(facts, sort_keys=True)
    whole = as_bytes(content, metadata={METADATA: text})
    name = hashlib.sha256(whole).hexdigest()
    path = folder / f"{name}.safetensors"
    with atomic_path(path) as temporary:
        temporary.write_bytes(whole)
    write_json({**json.loads(text), "sha256": name}, path.with_suffix(".json"))
    return Model(name, json.loads(text), path)


def head(folder: Path, names: tuple[str, ...]) -> Model | None:
    """The last model of a chain, None where there is none yet.

    Parameters
    ----------
    names : run, study, variant, experiment, seed: what the chain is of

    Raises
    ------
    LaicflowError : a file that is not what its name says, or two models that are nobody's parent
    """
    own = [one for one in _all(folder) if one.facts["names"] == list(names)]
    parents = {one.facts["parent"] for one in own}
    last = [one for one in own if one.sha256 not in parents]
    if len(last) > 1:
        told = ", ".join(sorted(one.sha256[:12] for one in last))
        raise LaicflowError(
            f"{folder}: models {told} are all the last of {'/'.join(names)}, expected one; move "
            "those away that no forecast names"
        )
    if not last:
        return None
    found = sha256(last[0].path)
    if found != last[0].sha256:
        raise LaicflowError(f"{last[0].path}: expected the sha256 of its name, found {found}")
    return last[0]


def load(model: Model, network: torch.nn.Module) -> State:
    """The state in which a model was saved.

    Parameters
    ----------
    network : one of the same kind, whose weights are replaced

    Raises
    ------
    LaicflowError : weights of another network
    """
    from safetensors.torch import load_file

    parts: dict[str, dict[str, torch.Tensor]] = {part: {} for part in PARTS}
    for key, value in load_file(model.path).items():
        part, _, rest = key.partition(".")
        parts[part][rest] = value
    try:
        network.load_state_dict(parts["network"])
    except RuntimeError as error:
        raise LaicflowError(f"{model.path}: weights of another network: {error}") from error
    mean, deviation = (parts["input"][key].numpy() for key in ("mean", "deviation"))
    facts = model.facts
    return State(
        network.eval(),
        Scaler(np.array(mean), np.array(deviation), tuple(facts["fitted_on"])),
        facts["epochs_in_all"],
        _optimizer_of(parts["optimizer"], facts["optimizer_state"]),
        facts["losses"],
    )


def _all(folder: Path) -> list[Model]:
    """All finished models of a folder."""
    from safetensors import safe_open

    found = []
    for beside in sorted(folder.glob("*.json")):
        path = beside.with_suffix(".safetensors")
        if beside.name.endswith(".provenance.json") or is_hidden(beside):
            continue
        if not path.is_file():
            raise LaicflowError(f"no file {path}, but {beside.name} beside it")
        try:
            with safe_open(path, framework="pt") as content:
                facts = json.loads(content.metadata()[METADATA])
        except Exception as error:
            raise LaicflowError(f"{path}: no model of a chain: {error}") from error
        found.append(Model(path.stem, facts, path))
    return found


def _optimizer_parts(state: dict[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The tensors of an optimizer's state by name, and all else as JSON can hold it."""
    tensors, others = {}, {}
    for number, entry in state["state"].items():
        for name, value in entry.items():
            if torch.is_tensor(value):
                tensors[f"optimizer.{number}.{name}"] = value
            else:
                others.setdefault(str(number), {})[name] = value
    return tensors, {"param_groups": state["param_groups"], "others": others}


def _optimizer_of(tensors: dict[str, torch.Tensor], plain: dict[str, Any]) -> dict[str, Any]:
    """The state of an optimizer out of its parts."""
    state: dict[int, dict[str, Any]] = {
        int(number): dict(entry) for number, entry in plain["others"].items()
    }
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    groups = [
        {key: tuple(value) if key == "betas" else value for key, value in group.items()}
        for group in plain["param_groups"]
    ]
    return {"state": state, "param_groups": groups}

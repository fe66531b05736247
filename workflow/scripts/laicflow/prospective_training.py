"""A model that goes on learning from windows whose outcome has become known."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from laicflow import prospective_models, seeds
from laicflow.errors import LaicflowError
from laicflow.models import receipts, registry
from laicflow.prospective_models import Model
from laicflow.prospective_plan import Data, Plan
from laicflow.training.continued import State, begin, options_of, train_on
from laicflow.training.data import Arrays, TrainingError

DAY = pd.Timedelta(days=1)
# Fewest samples of either class from which anything is learned.
LEAST = 2
# What is kept of a network's first weights: notes for readers, and the file where there is one.
START = ("notes", "weights_sha256")


def train(
    hooks: ModuleType,
    plan: Plan,
    data: Data,
    history: pd.DataFrame,
    folder: Path,
    known: pd.Timestamp,
) -> tuple[Model | None, dict[str, Any]]:
    """The model that has learned from all windows whose outcome is known, and what was done."""
    model, steps = prospective_models.head(folder, plan.names), []
    if model is None:
        until = _end_of_history(hooks, plan, data, known)
        rows, lost = _of_history(hooks, plan, data, history, until)
        model, said = _step(hooks, plan, data, rows, folder, None, until)
        steps.append({**said, "what": "history", "unusable": lost})
    if model is not None:
        since = model.trained_until
        until = hooks.labelled_until(data.tensors, data.indices, plan.settings, known)
        if not pd.isna(until) and until > since:
            names = (*plan.names[:3], plan.names[4], str(since), str(until))
            rows = _paired(
                hooks.labelled(
                    data.tensors, data.events, data.indices, plan.settings, since, until, names
                )
            )
            model, said = _step(hooks, plan, data, rows, folder, model, until)
            steps.append({**said, "what": "since", "since": str(since)})
    return model, {
        "steps": steps,
        "model": model.sha256 if model else None,
        "trained_until": str(model.trained_until) if model else None,
    }


def _end_of_history(hooks: ModuleType, plan: Plan, data: Data, known: pd.Timestamp) -> pd.Timestamp:
    """Until when the outcome of a window was known by the end of the period, or by `start`."""
    settings = plan.settings
    end = pd.Timestamp(settings["period"]["end"]) + DAY
    limit = min(known, end, pd.Timestamp(settings["prospective"]["start"]))
    return hooks.labelled_until(data.tensors, data.indices, settings, limit)


def _of_history(
    hooks: ModuleType, plan: Plan, data: Data, history: pd.DataFrame, until: pd.Timestamp
) -> tuple[pd.DataFrame, int]:
    """Pairs of windows that end before `until`; how many samples cannot be cut any more."""
    rows = history[history["end"] < until] if not pd.isna(until) else history.iloc[:0]
    usable = hooks.usable(data.tensors, rows["window_id"].tolist(), plan.settings)
    return _paired(rows[usable]), int((~usable).sum())


def _paired(samples: pd.DataFrame) -> pd.DataFrame:
    """The samples whose partner is among them too, so that the classes are equally large."""
    drawn = samples[samples["match_id"].notna()]
    whole = drawn.groupby("match_id")["label"].transform("nunique") == 2
    return drawn[whole].sort_values("sample_id").reset_index(drop=True)


def _step(
    hooks: ModuleType,
    plan: Plan,
    data: Data,
    rows: pd.DataFrame,
    folder: Path,
    parent: Model | None,
    until: pd.Timestamp,
) -> tuple[Model | None, dict[str, Any]]:
    """Train a model on, or a first one, if the samples are enough."""
    counts = [int((rows["label"] == label).sum()) for label in (0, 1)]
    said: dict[str, Any] = {"samples": dict(zip(("0", "1"), counts, strict=True))}
    if min(counts) < LEAST:
        why = f"{counts[1]} samples before earthquakes and {counts[0]} others, fewer than {LEAST}"
        return parent, {**said, "trained": False, "why": why}
    epochs = plan.settings["prospective"]["epochs"] if parent else plan.training["epochs"]
    options = options_of(plan.training, epochs)
    x = hooks.images(data.tensors, rows["window_id"].tolist(), plan.settings)
    arrays = Arrays(x, rows["label"].to_numpy(np.float32), tuple(rows["sample_id"]))
    number = seeds.number(*plan.names, "prospective")
    if parent:
        # What a network started from stays true of it, however long it has learned since.
        state, start = state_of(plan, parent), {key: parent.facts.get(key) for key in START}
    else:
        own, start = _first_network(plan)
        state = begin(own, arrays, options)
    text = f"{plan.variant}, {plan.experiment}: {len(arrays)} samples until {until:%Y-%m-%d}"
    try:
        state = train_on(state, arrays, options, seed=number, text=text)
    except TrainingError as error:
        return parent, {**said, "trained": False, "why": str(error)}
    facts = {
        "names": list(plan.names),
        "parent": parent.sha256 if parent else "",
        "trained_until": until.isoformat(),
        "samples": said["samples"],
        "sample_ids_sha256": prospective_models.digest_of(list(arrays.ids)),
        "inputs_sha256": data.inputs_sha256,
        "code": plan.code,
        "epochs": epochs,
        "optimizer": options["optimizer"],
        "learning_rate": options["learning_rate"],
        "seed": number,
        "model": plan.model,
        "model_options": plan.model_options,
        **start,
    }
    model = prospective_models.save(folder, state, facts)
    told = {} if parent else start
    return model, {**said, **told, "trained": True, "model": model.sha256, "until": str(until)}


def _first_network(plan: Plan) -> tuple[Any, dict[str, Any]]:
    """The network before its first training, and what it starts from."""
    options = receipts.started(plan.model, plan.model_options, plan.weights)
    network = registry.build(plan.model, options, seed=seeds.number(*plan.names, "prospective"))
    start = options.get("pretrained", "none")
    return network, {
        "notes": list(getattr(network, "laicflow_notes", ())),
        "weights_sha256": "" if start == "none" else start["sha256"],
    }


def _empty_network(plan: Plan) -> Any:
    """The network for weights that are put into it: none are asked for, be they published."""
    options = dict(plan.model_options)
    if "pretrained" in options:
        options["pretrained"] = "none"
    return registry.build(plan.model, options, seed=0)


def expect_network(plan: Plan, folder: Path) -> None:
    """See that the network of the plan is that of its last model, where there is one.

    Raises
    ------
    LaicflowError : another network; as of `prospective_models.head`
    """
    model = prospective_models.head(folder, plan.names)
    if model is not None:
        _expect(plan, model)


def state_of(plan: Plan, model: Model) -> State:
    """The state in which a model was left.

    Raises
    ------
    LaicflowError : the plan has another network
    """
    _expect(plan, model)
    return prospective_models.load(model, _empty_network(plan))


def _expect(plan: Plan, model: Model) -> None:
    """See that a model is of the network of the plan."""
    made = {"model": plan.model, "model_options": plan.model_options}
    for key, value in made.items():
        if model.facts[key] != value:
            raise LaicflowError(
                f"{model.path}: made with {key} {model.facts[key]}, the settings say {value}; "
                "another network needs another experiment or another ledger"
            )

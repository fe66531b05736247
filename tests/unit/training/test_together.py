from __future__ import annotations

import pytest

from laicflow.training import together


@pytest.fixture
def seen(monkeypatch):
    """What each step was given, in their order."""
    found = []
    for rule in together.STEPS:

        def step(*given: object, rule: str = rule) -> None:
            found.append((rule, *given))

        monkeypatch.setitem(together.STEPS, rule, step)
    return found


def step(rule: str, inputs: dict, outputs: dict, **wildcards: str) -> dict:
    options = {"of": rule}
    return {
        "rule": rule,
        "wildcards": wildcards,
        "options": options,
        "inputs": inputs,
        "outputs": outputs,
    }


def test_steps_read_inputs_and_what_earlier_ones_wrote(seen, capsys):
    steps = [
        step("tune_model", {"tensors": 1}, {"tuned": 0}, experiment="a"),
        step(
            "train_model",
            {"tensors": 1, "tuned": -1, "initial": 0, "weights": None},
            {"predictions": 1, "notes": 2},
            experiment="a",
            seed="3",
        ),
        step("train_baselines", {"tensors": 1}, {"predictions": 3}),
    ]
    together.run(steps, ["first", "tensors"], ["o0", "o1", "o2", "o3"], 1)
    assert seen == [
        ("tune_model", {"tensors": "tensors"}, {"tuned": "o0"}, {"experiment": "a"},
         {"of": "tune_model"}, 1),
        ("train_model",
         {"tensors": "tensors", "tuned": "o0", "initial": "first", "weights": ""},
         {"predictions": "o1", "notes": "o2"}, {"experiment": "a", "seed": "3"},
         {"of": "train_model"}, 1),
        ("train_baselines", {"tensors": "tensors"}, {"predictions": "o3"}, {},
         {"of": "train_baselines"}, 1),
    ]  # fmt: skip
    assert capsys.readouterr().out.splitlines() == [
        "1 of 3: tune_model a",
        "2 of 3: train_model a 3",
        "3 of 3: train_baselines",
    ]


def test_an_unknown_rule_is_none(seen):
    with pytest.raises(KeyError, match="train_all"):
        together.run([step("train_all", {}, {})], [], [], 1)
    assert not seen

from __future__ import annotations

import pandas as pd
import pytest

from laicflow.report.captions import published, remarks, whole
from laicflow.schema import conform
from laicflow.studies.results import Results

SHIPPED = {"training": {"epochs": 80}}
HUB = "from scratch: no weights of {} could be had from the hub (ConnectionError)"
SMALL = "reduced network, not the published one: width 0.25, depth 0.1 of {}, 1234 parameters"
WEIGHTS = "weights {}.a1_in1k from the hub"


def _results(notes: dict[str, list[str]], epochs: int = 80, *, more: list | None = None) -> Results:
    """A study of two networks; `notes` of each, under both variants."""
    settings = {
        "experiments": {"a": {"label": "Net A"}, "b": {"label": "Net B"}},
        "training": {"epochs": epochs},
    }
    own = Results("run", "study", settings, {})
    rows = [{"experiment": name, "seed": 0, "why": why} for name in notes for why in notes[name]]
    for variant in ("paper", "clean"):
        own.notes[variant] = conform(pd.DataFrame(rows + (more or [])), "notes")
    return own


def test_published_networks_need_no_remark() -> None:
    assert remarks(_results({"a": [WEIGHTS.format("a")], "b": [WEIGHTS.format("b")]})) == []
    assert whole("Accuracy", []) == "Accuracy"


def test_random_weights_of_all_networks_make_one_sentence() -> None:
    told = remarks(_results({"a": [HUB.format("resnet50")], "b": [HUB.format("vgg16")]}))
    assert told == [
        "All networks started from random weights, not from ImageNet weights as published: none "
        "could be had from the hub (ConnectionError)."
    ]
    assert whole("Accuracy", told).startswith("Accuracy. All networks started")


def test_where_some_networks_have_weights_the_others_are_named() -> None:
    told = remarks(_results({"a": ["from scratch"], "b": [WEIGHTS.format("b")]}))
    assert told == ["Net A started from random weights, not from ImageNet weights as published."]


def test_reduced_networks_and_fewer_epochs_are_said() -> None:
    small = {name: [SMALL.format(name), "from scratch"] for name in "ab"}
    assert remarks(_results(small, epochs=4), SHIPPED) == [
        "All networks started from random weights, not from ImageNet weights as published.",
        "All networks are reduced (width 0.25, depth 0.1), not the published ones.",
        "Trained for 4 epochs instead of the published 80.",
    ]
    assert remarks(_results(small, epochs=80), SHIPPED)[2:] == []


@pytest.mark.parametrize("names", [["b"], ["b", "b - baseline_date"]])
def test_only_networks_of_the_table_count(names: list[str]) -> None:
    own = _results({"a": ["from scratch"], "b": [SMALL.format("b"), WEIGHTS.format("b")]})
    told = remarks(own, None, pd.DataFrame({"experiment": names}))
    assert told == [
        "Net B is reduced (width 0.25, depth 0.1), not the published one.",
        "First weights, by the names of timm: b.a1_in1k.",
    ]


def test_a_table_names_the_weights_that_were_loaded_once() -> None:
    said = "weights {}, sha256 0123"
    own = _results(
        {"a": [said.format("net.in1k from the hub")], "b": [said.format("from the file b.pth")]}
    )
    for table, named in ((["a", "b"], "net.in1k, file b.pth"), (["a"], "net.in1k")):
        told = remarks(own, None, pd.DataFrame({"experiment": table}))
        assert told == [f"First weights, by the names of timm: {named}."]
    assert remarks(own) == []


def test_what_was_left_out_is_no_remark_on_a_network() -> None:
    out = {"experiment": "b", "seed": 0, "draw": 0, "fold": 1, "why": "from scratch: no"}
    none = {"experiment": "b", "seed": 0, "why": "undecidable: no split could be made"}
    told = remarks(_results({"a": ["from scratch"]}, more=[out, none]))
    # Of the networks that were built, all.
    assert told == ["Net A started from random weights, not from ImageNet weights as published."]
    assert remarks(_results({"a": []})) == []


def test_a_picture_without_networks_has_no_remark() -> None:
    own = _results({"a": []}, epochs=4)
    assert remarks(own, SHIPPED) == ["Trained for 4 epochs instead of the published 80."]
    own.notes = {}
    assert remarks(own, SHIPPED) == []


def test_networks_without_published_weights_start_as_the_papers_did() -> None:
    own = {"a": ["random first weights as Keras draws them"]}
    own["b"] = ["reduced network, not the published one: width 0.25, 1234 parameters"]
    assert remarks(_results(own)) == ["Net B is reduced (width 0.25), not the published one."]


def test_one_training_is_said() -> None:
    own = _results({"a": [WEIGHTS.format("a")]})
    own.settings["seeds"] = [0]
    assert remarks(own)[-1].startswith("One training of each network")
    own.settings["seeds"] = [0, 1]
    assert remarks(own) == []


def test_epochs_that_were_tuned_or_not_published_are_not_set_against_the_paper() -> None:
    shipped = {"training": {"epochs": 50}}
    study = {"shown": ["paper", "clean"], "tuning": {"trials": 20}}
    study["variants"] = {"paper": {"tuning": {"trials": 0}}, "clean": None, "other": None}
    own = _results({"a": ["from scratch"]}, epochs=12)
    told = published(shipped, [], study)
    assert told == {"training": {"epochs": 50}, "tuned": ["clean"]}
    assert remarks(own, told)[1:] == ["Epochs, batches and options of clean are as tuned."]
    study["tuning"] = {"trials": 0}
    assert remarks(own, published(shipped, [], study))[1:] == [
        "Trained for 12 epochs instead of the published 50."
    ]
    assert remarks(own, published(shipped, ["training.epochs"], study))[1:] == []

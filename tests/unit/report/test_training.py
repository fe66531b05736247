from __future__ import annotations

import copy

import pandas as pd
import pytest

from laicflow.config import with_variants
from laicflow.report import training
from laicflow.schema import conform
from laicflow.studies.results import Results

OFFLINE = "from scratch: no weights of {} could be had from the hub (no answer: ConnectError)"


@pytest.fixture(autouse=True)
def of_two(results: Results) -> None:
    """The study trains two networks."""
    for own in (results.settings, *results.variants.values()):
        own["trained"] = ["resnet50", "effnetv2"]


def noted(results: Results, **why: str) -> None:
    """The notes of both variants: what training said of the networks."""
    rows = [
        {"experiment": name, "seed": seed, "why": w} for name, w in why.items() for seed in "01"
    ]
    table = conform(pd.DataFrame(rows), "notes")
    results.notes = {"paper": table, "clean": table}


def about(lines: list[str], word: str) -> list[str]:
    return [line for line in lines if word in line]


def test_training_is_described_by_its_settings(results: Results, options: dict) -> None:
    lines = training.sentences(results, options["shipped"])
    assert lines[0].startswith("2 networks, each trained with 2 seeds for 5 epochs (Adam, ")
    assert about(lines, "draws") == [
        "Variant paper: 20 draws of samples and split; the first has all seeds, each of the 19 "
        "others one."
    ]
    assert "Precision: 32 bits, and bfloat16 beside them on a GPU that has it." in lines
    assert not about(lines, "stops") and not about(lines, "mixed")


def test_networks_that_are_not_trained_are_named(results: Results, options: dict) -> None:
    (line,) = about(training.sentences(results, options["shipped"]), "Not trained")
    assert line == (
        "Not trained in this run: ResNet-RS50; VGG16; DenseNet121; MobileNetV3-Large; "
        "ConvNeXt-Tiny; EfficientNetV2-S modified, CutMix and Mixup."
    )
    results.variants["clean"]["trained"] = ["effnetv2"]
    lines = training.sentences(results, options["shipped"])
    assert "Variant clean trains EfficientNetV2-S modified alone." in lines


def test_what_a_network_does_otherwise_is_told(results: Results, options: dict) -> None:
    own = results.settings
    own["trained"] = "all"
    own["training"] |= {"patience": 7, "precision": "bf16-mixed"}
    own["experiments"]["vgg16"] |= {"training": {"epochs": 9}, "options": {"drop_rate": 0.1}}
    lines = training.sentences(results, options["shipped"])
    assert "Training stops after 7 epochs without a better validation loss." in lines
    assert "Precision: bfloat16 beside 32 bits." in lines
    assert "VGG16 has settings of its own: epochs 9, drop_rate 0.1." in lines
    assert about(lines, "mixed:") == [
        "EfficientNetV2-S modified, CutMix and Mixup: images of every batch are mixed: CutMix with "
        "a share ~ Beta(1, 1) or Mixup with a weight ~ Beta(0.2, 0.2), one of the two drawn evenly."
    ]


def test_mixing_of_all_networks(results: Results, options: dict) -> None:
    results.settings["training"]["augment"] |= {"kind": "mixup", "share": 0.5}
    lines = training.sentences(results, options["shipped"])
    assert about(lines, "mixed") == [
        "ResNet50, EfficientNetV2-S modified: images of 50 % of batches are mixed: Mixup with a "
        "weight ~ Beta(0.2, 0.2)."
    ]


def test_a_run_as_shipped_does_nothing_less(results: Results, options: dict) -> None:
    results.settings = copy.deepcopy(options["shipped"])
    results.variants = with_variants(results.settings)
    lines = training.sentences(results, options["shipped"])
    words = ("Fewer", "random weights", "reduced", "Not trained", "own")
    assert not [line for line in lines for word in words if word in line]


def test_networks_from_scratch_are_named(results: Results) -> None:
    noted(results, resnet50="from scratch", effnetv2="from scratch")
    assert training.first_weights(results) == [
        "The networks start from random weights; the paper starts from weights trained on ImageNet."
    ]
    noted(results, resnet50="weights resnet50.a1_in1k from the hub", effnetv2="from scratch")
    assert training.first_weights(results) == [
        "First weights of ResNet50: resnet50.a1_in1k from the hub.",
        "EfficientNetV2-S modified starts from random weights; the paper starts from weights "
        "trained on ImageNet.",
    ]


def test_weights_that_could_not_be_had_make_one_sentence(results: Results) -> None:
    why = {"resnet50": OFFLINE.format("resnet50"), "effnetv2": OFFLINE.format("tf_efficientnet")}
    noted(results, **why)
    (line,) = training.first_weights(results)
    assert line == (
        "The networks start from random weights, since none could be had from the hub (no answer: "
        "ConnectError); the paper starts from weights trained on ImageNet."
    )
    results.settings["trained"] = "all"
    assert training.first_weights(results)[0].startswith(
        "ResNet50, EfficientNetV2-S modified start"
    )


def test_reduced_networks_are_named(results: Results, options: dict) -> None:
    results.settings["models"]["width"] = 0.25
    lines = training.sentences(results, options["shipped"])
    assert any("The networks are reduced to 25 % of their width, so" in line for line in lines)
    results.settings["models"]["depth"] = 0.1
    lines = training.sentences(results, options["shipped"])
    assert any("25 % of their width and 10 % of their depth, so" in line for line in lines)
    results.settings["models"] = {}
    results.settings["experiments"]["resnet50"]["options"] = {"width": 0.5}
    (line,) = about(training.sentences(results, options["shipped"]), "reduced")
    assert line.startswith("ResNet50 is reduced to 50 % of its width, so its accuracy")


def test_the_summary_takes_last_losses_and_the_best_accuracy(results: Results) -> None:
    made = training.summary(results)
    # Two seeds of three epochs: losses 1.0, 0.9, 0.8; accuracies 0.4, 0.5, 0.4.
    assert made.rows == [
        ["EfficientNetV2-S modified", "paper", "2", "3", "0.8000", "1.2000", "0.5000"]
    ]


def test_notes_are_counted(results: Results) -> None:
    rows = training.notes(results).rows
    assert ["clean", "ResNet50", "1", "undecidable: 0 purged training samples"] in rows
    assert len(rows) == 6


def test_random_weights_of_a_network_without_published_ones_are_not_held_against_it(
    results: Results,
) -> None:
    noted(results, resnet50="random first weights as Keras draws them: biases zero")
    assert training.first_weights(results) == [
        "ResNet50 starts from random weights as Keras draws them: biases zero."
    ]


def test_followed_test_samples_and_other_weights_are_told(results: Results, options: dict) -> None:
    results.settings["training"]["select"] = "last"
    for own in results.variants.values():
        own["training"] = {**own["training"], "select": "last"}
    lines = training.sentences(results, options["shipped"])
    assert lines[0].endswith("the weights kept are those of the last epoch.")
    assert not about(lines, "followed") and not about(lines, "those of the epoch")
    results.variants["paper"]["training"]["follow"] = "test"
    results.variants["clean"]["training"]["select"] = "best_validation"
    lines = training.sentences(results, options["shipped"])
    assert "Variant clean: those of the epoch with the best validation." in lines
    assert about(lines, "followed")[0].startswith("Variant paper: the test samples are followed")


def test_runs_are_published_only_where_the_paper_counts_them(
    results: Results, options: dict
) -> None:
    assert about(training.sentences(results, options["shipped"]), "Fewer training") == [
        "Fewer training runs than published: 2 instead of 10."
    ]
    options["shipped"]["claims"] = {"one": {"value": 0.5}}
    assert about(training.sentences(results, options["shipped"]), "Fewer training") == [
        "Fewer training runs than in the study as shipped: 2 instead of 10."
    ]
    results.settings["trained"] = ["resnet50"]
    first = training.sentences(results, options["shipped"])[0]
    assert first.startswith("1 network, trained with 2 seeds")

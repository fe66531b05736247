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


@pytest.fixture
def timing() -> pd.DataFrame:
    """Two networks, half a second and two seconds a step."""
    rows = [
        {"experiment": "resnet50", "model": "resnet50", "parameters": 23_519_489, "step_s": 0.5},
        {"experiment": "effnetv2", "model": "effnetv2_modified", "parameters": 20_179_417}
        | {"step_s": 2.0},
    ]
    same = {"device": "CPU", "threads": 1, "precision": "32-true", "batch": 32, "steps": 2}
    table = pd.DataFrame(rows).assign(**same)
    table["step_s_low"], table["step_s_high"] = table["step_s"] * 0.9, table["step_s"] * 1.2
    return conform(table, "timing")


# The study as shipped, by hand: 2356 samples; paper trains on 70 % of them (1649: 52 steps), ten
# seeds and 19 further draws; clean on 60 % (1414: 45 steps), ten seeds of five folds; 80 epochs.
STEPS = 80 * (29 * 52 + 50 * 45)
# The ten probes train effnetv2 with three seeds: four random ones of five folds on 70 % (52
# steps), four blocks of five folds (45), rolling on 20, 40, 60 % (471: 15, 942: 30, 45) and four
# regions on a half (1178: 37).
PROBES = 80 * 3 * (4 * 5 * 52 + 4 * 5 * 45 + (15 + 30 + 45) + 4 * 37)


def test_time_of_the_full_grid(results: Results, options: dict, timing: pd.DataFrame) -> None:
    results.timing = timing
    made = training.full_grid(results, options["shipped"])
    steps = "52 (paper), 45 (clean)"
    one, other = STEPS * 0.5 / 3600, STEPS * 2 / 3600
    probes = PROBES * 2 / 3600
    fits = 3 * (4 * 5 + 4 * 5 + 3 + 4)
    all_read = "all, in the variants that only comparisons read"
    dashes = ["–"] * 5
    assert made.rows == [
        ["ResNet50", "23,519,489", "0.5", steps, "80", "10", "79", f"{one:,.1f}"],
        ["EfficientNetV2-S modified", "20,179,417", "2", steps, "80", "10", "79", f"{other:,.1f}"],
        [all_read, *dashes, str(fits), f"{probes:,.1f}"],
        ["sum", *dashes, str(158 + fits), f"{one + other + probes:,.1f}"],
    ]
    first, second, third = training.full_grid_sentences(results, options["shipped"])
    whole = one + other + probes
    assert first == (
        "The hours of the full grid are extrapolated from measured steps: 2 steps of each network "
        "at its full size on the device of this run (CPU, 1 thread, 32-true, batches of 32). "
        f"{158 + fits} trainings would take {whole:,.1f} hours of one such device, "
        f"{0.9 * whole:,.1f} to {1.2 * whole:,.1f} by the fastest and the slowest steps."
    )
    assert second.startswith("They count every epoch")
    assert third.startswith("Not measured and not in the sum: ResNet-RS50; VGG16")


def test_the_batch_of_another_run_is_told(results: Results, options: dict, timing) -> None:
    results.timing = timing.assign(batch=16)
    made = training.full_grid(results, options["shipped"])
    # 1649 = 103 x 16 + 1, the last one left out, and 1414 = 88 x 16 + 6.
    assert made.rows[0][3] == "103 (paper), 89 (clean)"
    first, *_ = training.full_grid_sentences(results, options["shipped"])
    assert "batches of 16 (the study has 32)" in first


def test_without_measured_steps_there_is_no_grid(results: Results, options: dict) -> None:
    assert training.full_grid(results, options["shipped"]).rows == []
    assert training.full_grid_sentences(results, options["shipped"]) == []


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

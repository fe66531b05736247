from __future__ import annotations

import pandas as pd
import pytest

from laicflow.report import training_time
from laicflow.schema import conform
from laicflow.studies.results import Results


@pytest.fixture(autouse=True)
def of_two(results: Results) -> None:
    """The study trains two networks."""
    for own in (results.settings, *results.variants.values()):
        own["trained"] = ["resnet50", "effnetv2"]


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
    made = training_time.full_grid(results, options["shipped"])
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
    first, second, third = training_time.full_grid_sentences(results, options["shipped"])
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
    made = training_time.full_grid(results, options["shipped"])
    # 1649 = 103 x 16 + 1, the last one left out, and 1414 = 88 x 16 + 6.
    assert made.rows[0][3] == "103 (paper), 89 (clean)"
    first, *_ = training_time.full_grid_sentences(results, options["shipped"])
    assert "batches of 16 (the study has 32)" in first


def test_without_measured_steps_there_is_no_grid(results: Results, options: dict) -> None:
    assert training_time.full_grid(results, options["shipped"]).rows == []
    assert training_time.full_grid_sentences(results, options["shipped"]) == []


def test_a_share_of_the_samples_takes_its_share_of_the_steps(
    results: Results, options: dict, timing: pd.DataFrame
) -> None:
    results.timing = timing
    options["shipped"]["experiments"]["resnet50"]["training"] = {"share": 0.5}
    # 825 = 26 x 32 - 7 and 707 = 22 x 32 + 3.
    rows = training_time.full_grid(results, options["shipped"]).rows
    assert rows[0][3] == "26 (paper), 23 (clean)"


def test_a_larger_image_takes_longer_and_it_is_said(
    results: Results, options: dict, timing: pd.DataFrame
) -> None:
    results.timing = timing
    before = training_time.full_grid(results, options["shipped"]).rows[0]
    said = "A step with inputs of another size is taken to last as their size has it."
    assert said not in training_time.full_grid_sentences(results, options["shipped"])
    # Twice as high and wide, in both variants that are shown.
    for variant in ("paper", "clean"):
        over = options["shipped"]["variants"][variant] or {}
        options["shipped"]["variants"][variant] = {**over, "image": {"size": 64}}
    after = training_time.full_grid(results, options["shipped"]).rows[0]
    assert float(after[-1]) == pytest.approx(4 * float(before[-1]), abs=0.3)
    assert said in training_time.full_grid_sentences(results, options["shipped"])

from __future__ import annotations

import numpy as np
import pytest

from laicflow.audit import shuffled
from laicflow.errors import ConfigError

N = 400
NAMED = {"real": "transfer", "shuffled": "transfer_shuffled", "direct": "net"}


@pytest.fixture
def samples(make_samples):
    return make_samples(np.arange(N) * 45, np.arange(N) % 2)


def right(samples, share):
    """Right in this share of the samples, evenly over time."""
    label = samples["label"].to_numpy(dtype=float)
    hit = (np.arange(len(label)) * 7) % 20 < 20 * share
    return np.where(hit, label, 1 - label) * 0.8 + 0.1


def row_of(make_context, samples, real, fake, direct, transfer=NAMED, **kwargs):
    shares = {"transfer": real, "transfer_shuffled": fake, "net": direct}
    outputs = {name: [right(samples, s)] for name, s in shares.items() if s is not None}
    return shuffled.check(
        make_context(samples, outputs, headline={"transfer": transfer}, **kwargs)
    )[0]


def test_a_study_without_transfer_has_no_answer(samples, make_context):
    row = row_of(make_context, samples, 0.9, 0.5, 0.5, transfer=None)
    assert (row["id"], row["name"], row["status"]) == ("R45", "shuffled source", "na")
    assert row["evidence"].startswith("does not apply: the headline of this variant names")


def test_a_gain_that_remains_warns(samples, make_context):
    row = row_of(make_context, samples, 0.9, 0.85, 0.6)
    assert row["status"] == "warn"
    assert row["statistic"] == pytest.approx(0.25)
    assert row["evidence"].startswith("a gain remains with the labels of the source shuffled: ")
    assert "transfer less net +0.3000 (" in row["evidence"]
    assert "transfer_shuffled less net +0.2500 (" in row["evidence"]
    assert "transfer less transfer_shuffled +0.0500 (" in row["evidence"]
    low, high = (float(end) for end in row["interval"].split(" to "))
    assert 0 < low < 0.25 < high


def test_a_gain_that_is_gone_passes(samples, make_context):
    row = row_of(make_context, samples, 0.9, 0.6, 0.6)
    assert (row["status"], row["statistic"], row["interval"]) == ("pass", 0, "0.0000 to 0.0000")
    assert row["evidence"].startswith("the gain is gone with the labels of the source shuffled: ")


def test_a_gain_of_which_it_is_not_certain_warns(make_samples, make_context):
    samples = make_samples(np.arange(100) * 45, np.arange(100) % 2)
    label = samples["label"].to_numpy(dtype=float)
    order = np.random.default_rng(1).permutation(100)
    # Of 30 wrong ones the real source sets five right; the shuffled one seven, and spoils four.
    wrong = {
        "net": order[:30],
        "transfer": order[5:30],
        "transfer_shuffled": np.concatenate([order[7:30], order[50:54]]),
    }
    outputs = {
        name: [np.where(np.isin(np.arange(100), at), 1 - label, label)]
        for name, at in wrong.items()
    }
    row = shuffled.check(make_context(samples, outputs, headline={"transfer": NAMED}))[0]
    assert (row["status"], row["statistic"]) == ("warn", pytest.approx(0.03))
    assert row["evidence"].startswith(
        "that the gain remains with the labels of the source shuffled"
    )


def test_without_a_gain_nothing_can_remain(samples, make_context):
    row = row_of(make_context, samples, 0.6, 0.5, 0.6)
    assert row["status"] == "na"
    assert row["evidence"].startswith("not judged: transfer gains nothing that could remain: ")


def test_less_is_better_of_a_loss(samples, make_context):
    label = samples["label"].to_numpy(dtype=float)
    outputs = {
        "transfer": [0.1 + 0.8 * label],
        "transfer_shuffled": [0.2 + 0.6 * label],
        "net": [np.full(N, 0.5)],
    }
    headline = {"transfer": NAMED, "metric": "brier"}
    row = shuffled.check(make_context(samples, outputs, headline=headline))[0]
    # 0.5^2 less 0.2^2.
    assert (row["status"], row["statistic"]) == ("warn", pytest.approx(0.21))


def test_three_classes(make_samples, make_context):
    label = np.arange(N) % 3
    samples = make_samples(np.arange(N) * 45, label)
    # A tenth more is right with the real source; the shuffled one changes nothing.
    told = {"transfer": 0.8, "transfer_shuffled": 0.7, "net": 0.7}
    outputs = {
        name: [
            0.7 * np.eye(3)[np.where(np.arange(N) % 10 < 10 * share, label, (label + 1) % 3)] + 0.1
        ]
        for name, share in told.items()
    }
    headline = {"transfer": NAMED, "metric": "f1_micro"}
    row = shuffled.check(make_context(samples, outputs, headline=headline))[0]
    assert (row["status"], row["statistic"]) == ("pass", 0)
    assert "transfer less net +0.1000 (" in row["evidence"]


def test_what_was_not_trained_or_is_no_number_has_no_answer(samples, make_context, make_notes):
    notes = make_notes([("transfer_shuffled", "undecidable: the loss is not a number")])
    row = row_of(make_context, samples, 0.9, None, 0.6, notes=notes)
    assert row["status"] == "na"
    assert row["evidence"] == "without transfer_shuffled: the loss is not a number"
    context = make_context(samples, {name: [right(samples, 0.7)] for name in NAMED.values()},
                           headline={"transfer": NAMED})  # fmt: skip
    context.predictions["output"] = np.nan
    assert "outputs are not numbers" in shuffled.check(context)[0]["evidence"]


def test_few_blocks_have_no_answer(make_samples, make_context):
    samples = make_samples(np.arange(40) / 4, np.arange(40) % 2)
    row = row_of(make_context, samples, 0.9, 0.7, 0.6)
    assert row["status"] == "na"
    assert row["evidence"].startswith("1 block of 45 days, fewer than 5: accuracy of transfer")


def test_a_transfer_that_names_too_little_is_refused(samples, make_context):
    with pytest.raises(ConfigError, match="expected real, shuffled, direct, found real, direct"):
        make_context(samples, {}, headline={"transfer": {"real": "a", "direct": "b"}})

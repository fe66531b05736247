"""Splits against brute force and against what they promise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.samples import splits

DAY = pd.Timedelta(days=1)


def table(days, support=45):
    day = pd.to_datetime("2001-01-01") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame(
        {
            "sample_id": [f"s{n}" for n in range(len(day))],
            "day": day,
            "end": day,
            "support_start": day - support * DAY,
        }
    )


def test_random_split_has_the_counts_of_the_paper():
    names = [str(n) for n in range(2356)]
    made = splits.random_split(names, np.random.default_rng(0), test=0.2, validation=0.1, draw=3)
    # pham2023: all accuracies of its tables are k/472; 236 is a tenth of 2356.
    assert made["split"].value_counts().to_dict() == {"train": 1648, "test": 472, "validation": 236}
    assert set(made["draw"]) == {3} and made["sample_id"].is_unique


def test_blocks_have_nearly_equal_counts_of_event_days():
    rng = np.random.default_rng(1)
    days = pd.Series(pd.Timestamp("2001-01-01") + pd.to_timedelta(rng.integers(0, 3000, 400), "D"))
    positive = pd.Series(rng.random(400) < 0.5)
    block = splits.contiguous_blocks(days, positive, 5)
    counts = days[positive].groupby(block[positive]).nunique()
    assert counts.max() - counts.min() <= 1
    order = days.argsort()
    assert (np.diff(block[order]) >= 0).all()


def test_purged_training_shares_no_instant_with_test_or_validation():
    rng = np.random.default_rng(2)
    samples = table(np.sort(rng.integers(0, 1500, 120)))
    block = splits.contiguous_blocks(samples["day"], pd.Series(True, samples.index), 5)
    made = splits.block_split(samples, block).merge(samples, on="sample_id")
    tested = made[made["split"] == "test"]
    assert sorted(tested["sample_id"]) == sorted(samples["sample_id"])
    for _, fold in made.groupby("fold"):
        parts = {name: part for name, part in fold.groupby("split")}
        for kept, others in (("train", ("test", "validation")), ("validation", ("test",))):
            for a in parts[kept].itertuples():
                for other in others:
                    b = parts[other]
                    shared = (a.support_start < b["end"]) & (b["support_start"] < a.end)
                    assert not shared.any()
        # Nothing is purged without a reason.
        for a in parts["purged"].itertuples():
            rest = fold[fold["split"].isin(["test", "validation"])]
            rest = rest[rest["sample_id"] != a.sample_id]
            near = (a.support_start < rest["end"]) & (rest["support_start"] < a.end)
            assert near.any() or a.sample_id in set(fold[block_of_validation(fold)]["sample_id"])


def block_of_validation(fold):
    """Samples of the validation block itself may be purged against the test alone."""
    return fold["split"].isin(["validation", "purged"])


def test_days_within_one_support_leave_nothing_to_train_on():
    samples = table(range(11))
    block = splits.contiguous_blocks(samples["day"], pd.Series(True, samples.index), 5)
    made = splits.block_split(samples, block)
    assert (made["split"] != "train").all()
    assert made["fold"].nunique() == 5


def test_too_few_blocks_make_no_split():
    assert len(splits.block_split(table([0, 1]), np.array([0, 1]))) == 0


def test_touching_supports_do_not_overlap():
    # [0, 10) and [10, 20) share no instant; [9, 19) shares one with each.
    start, end = np.array([0, 10, 9]), np.array([10, 20, 19])
    assert splits._touches(start[:1], end[:1], start[1:2], end[1:2]).tolist() == [False]
    assert splits._touches(start[:2], end[:2], start[2:], end[2:]).tolist() == [True, True]


def test_balanced_pairs_within_groups():
    label = np.array([1, 0, 0, 1, 1, 0, 1])
    group = np.array(["a", "a", "a", "b", "b", "b", "c"], dtype=object)
    pairs = splits.balanced(label, group, np.random.default_rng(0))
    assert len(pairs) == 2
    assert (label[pairs[:, 0]] == 1).all() and (label[pairs[:, 1]] == 0).all()
    assert (group[pairs[:, 0]] == group[pairs[:, 1]]).all()
    assert len(splits.balanced(label, group, np.random.default_rng(0), limit=1)) == 1
    assert splits.balanced(label[:0], group[:0], np.random.default_rng(0)).shape == (0, 2)


def test_a_fold_that_cannot_be_fitted_says_why():
    own = pd.DataFrame({"split": ["test", "purged"], "label": [1, 0]})
    assert splits.why_unfit(own) == "undecidable: 0 purged training samples"
    own["split"] = ["test", "train"]
    assert splits.why_unfit(own) == "undecidable: all 1 training samples are of class 0"
    own["split"] = "train"
    assert splits.why_unfit(own) == ""

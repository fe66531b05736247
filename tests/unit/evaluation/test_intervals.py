from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from laicflow.errors import LaicflowError
from laicflow.evaluation import intervals
from laicflow.evaluation.intervals import Resampling, expanded_levels, time_blocks, wilson
from laicflow.evaluation.metrics import tally

DAY = pd.Timedelta(days=1)


def samples_at(days, support=45.0) -> pd.DataFrame:
    """Samples issued at `days` after 2000-01-01, with supports of `support` days before."""
    issue = pd.Series(pd.Timestamp("2000-01-01") + pd.to_timedelta(np.asarray(days), "D"))
    return pd.DataFrame(
        {"issue_time": issue, "end": issue, "support_start": issue - support * DAY}
    ).astype("datetime64[us]")


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [
        # Newcombe 1998, Stat. Med. 17, 857, Table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_examples(right, total, low, high):
    found = wilson(right, total)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_wilson_equals_statsmodels_at_other_levels():
    for level in (0.68, 0.99):
        expected = proportion_confint(317, 472, alpha=1 - level, method="wilson")
        found = wilson(317, 472, level)
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


def test_wilson_without_samples_has_no_interval():
    found = wilson(0, 0)
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_blocks_are_runs_of_the_support():
    block, days = time_blocks(samples_at([0, 44.9, 45, 89, 200, 3]), 45)
    assert block.tolist() == [0, 0, 1, 1, 2, 0]  # 200 days lie in the fifth run, 90 to 180 is empty
    assert days == 45


def test_samples_of_one_block_are_drawn_together():
    samples = samples_at(np.arange(450))
    resampling = Resampling(samples, {"bootstrap": 200}, ("a",))
    assert resampling.count == 10
    # A score that is 1 in every other block can only take multiples of 1/10.
    target = np.ones(450)
    told = np.where(np.arange(450) // 45 % 2 == 0, 0.9, 0.1)
    values = tally(target, told, resampling.block).metric("accuracy", resampling.weights)
    assert np.allclose(values * 10, np.round(values * 10))
    assert len(np.unique(values)) > 3


def test_support_is_the_longest_and_at_least_what_is_asked():
    samples = samples_at([0, 10])
    samples.loc[1, "support_start"] -= 15 * DAY
    assert intervals.support_days(samples) == 60
    assert intervals.support_days(samples, 90) == 90
    samples.loc[0, "end"] = samples.loc[0, "support_start"]
    with pytest.raises(LaicflowError, match="no length"):
        intervals.support_days(samples)


def test_many_blocks_are_made_longer():
    block, days = time_blocks(samples_at(np.arange(2000), support=1), 1)
    assert days == 4
    assert block.max() == 499


@pytest.mark.parametrize(
    ("days", "note"),
    [
        ([0, 5, 10], "1 block of 45 days, fewer than 5"),
        ([0, 50, 100, 150], "4 blocks of 45 days, fewer than 5"),
        ([], "0 blocks of 0 days, fewer than 5"),
    ],
)
def test_too_few_blocks_give_no_interval(days, note):
    samples = samples_at(days)
    resampling = Resampling(samples, {}, ("a",))
    target = np.arange(len(days)) % 2
    found = resampling.mean([tally(target, target * 0.8, resampling.block)], "accuracy")
    assert math.isnan(found.low)
    assert math.isnan(found.high)
    assert found.note == note
    assert resampling.count == int(note.split()[0])


def test_names_name_the_resamples():
    samples = samples_at(np.arange(0, 450, 5))
    one, same, other = (Resampling(samples, {}, names) for names in (("a",), ("a",), ("b",)))
    assert np.array_equal(one.weights, same.weights)
    assert not np.array_equal(one.weights, other.weights)
    assert one.weights.shape == (1000, 10)


def test_expanded_levels_give_the_t_interval():
    # t(0.975, 4) = 2.776 and z(0.001) = -3.090 from printed tables: 2.776 sqrt(5/4) = 3.104.
    low, high = expanded_levels(5, 0.95)
    assert norm.ppf(low) == pytest.approx(-3.104, abs=1e-3)
    assert high == 1 - low
    assert expanded_levels(100_000, 0.95)[0] == pytest.approx(0.025, abs=1e-4)


def correlated(rng, blocks, each, load=0.6):
    """Right or wrong answers that share an effect within 45 days, and the true accuracy.

    right = 1 where a + load * effect + noise > 0 with standard normal effect and noise, so the
    accuracy is Phi(a / sqrt(1 + load^2)).
    """
    days = np.sort(rng.uniform(0, 45, (blocks, each)), axis=1) + 45 * np.arange(blocks)[:, None]
    days[0, 0] = 0
    right = 0.3 + load * rng.normal(size=(blocks, 1)) + rng.normal(size=(blocks, each)) > 0
    return days.ravel(), right.ravel(), norm.cdf(0.3 / math.sqrt(1 + load**2))


def test_block_bootstrap_covers_the_truth_where_samples_are_correlated():
    rng = np.random.default_rng(20)
    runs, blocks, each = 240, 30, 20
    block_hits = naive_hits = 0
    for run in range(runs):
        days, right, truth = correlated(rng, blocks, each)
        target = rng.integers(0, 2, len(days))
        resampling = Resampling(samples_at(days), {"bootstrap": 300}, ("cover", run))
        assert resampling.count == blocks
        own = tally(target, np.where(right, target, 1 - target), resampling.block)
        found = resampling.mean([own], "accuracy")
        block_hits += found.low <= truth <= found.high
        # The bootstrap that takes every sample for itself draws a binomial number of right ones.
        drawn = rng.binomial(len(days), right.mean(), size=300) / len(days)
        low, high = np.quantile(drawn, [0.025, 0.975])
        naive_hits += low <= truth <= high
    # 95 % within three binomial standard errors (0.0141): nominal is 0.95, few blocks cost a bit.
    assert 0.95 - 3 * 0.0141 <= block_hits / runs <= 0.95 + 3 * 0.0141
    assert naive_hits / runs < 0.80


def test_paired_difference_of_equals_holds_0_and_is_narrower_than_two_intervals():
    rng = np.random.default_rng(3)
    hits, runs, ratio = 0, 100, []
    for run in range(runs):
        days, right, _ = correlated(rng, 30, 15)
        target = rng.integers(0, 2, len(days))
        resampling = Resampling(samples_at(days), {"bootstrap": 200}, ("pair", run))
        models = []
        for _ in range(2):
            # Each model errs anew in one of five samples, else as the other does.
            anew = rng.random(len(days)) < 0.2
            own = np.where(anew, rng.random(len(days)) < 0.6, right)
            models.append(tally(target, np.where(own, target, 1 - target), resampling.block))
        found = resampling.difference(models[:1], models[1:], "accuracy")
        hits += found.low <= 0 <= found.high
        alone = [resampling.mean([model], "accuracy").width for model in models]
        ratio.append(found.width / math.hypot(*alone))
    assert 0.95 - 3 * 0.0218 <= hits / runs <= 1
    # The shared effect of the blocks falls out of the difference.
    assert np.median(ratio) < 0.75


def test_difference_has_its_sign_and_size():
    samples = samples_at(np.arange(0, 900, 5))
    resampling = Resampling(samples, {}, ("sign",))
    target = np.arange(180) % 2
    good = tally(target, np.where(np.arange(180) % 10 == 0, 1 - target, target), resampling.block)
    bad = tally(target, np.where(np.arange(180) % 2 == 0, 1 - target, target), resampling.block)
    found = resampling.difference([good], [bad], "accuracy")
    # 0.9 and 0.5 in every block of nine samples or nearly so.
    assert 0.3 < found.low < 0.4 < found.high < 0.5


def test_a_metric_that_resamples_often_lose_has_no_interval():
    samples = samples_at(np.arange(0, 270, 45))
    resampling = Resampling(samples, {}, ("auc",))
    target = np.array([1, 0, 0, 0, 0, 0])
    told = np.array([0.9, 0.1, 0.2, 0.3, 0.4, 0.5])
    found = resampling.mean([tally(target, told, resampling.block)], "auc")
    # The only positive is missed by (5/6)^6 = 33 % of the resamples.
    assert math.isnan(found.low)
    share = int(found.note.split()[3]) / 1000
    assert share == pytest.approx((5 / 6) ** 6, abs=0.05)

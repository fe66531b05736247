from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from laicflow.errors import ConfigError
from laicflow.training import augment
from laicflow.training.module import torch


def coloured(n: int = 4, height: int = 8, width: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Images of one value each, their number, and targets."""
    x = np.ones((n, 2, height, width), np.float32) * np.arange(n)[:, None, None, None]
    return x.astype(np.float32), (np.arange(n) % 2).astype(np.float32)


def test_a_box_worked_by_hand():
    # lambda 0.75: sqrt(0.25) = 0.5, so 4 of 8 rows and 3 of 6 columns, around row 5, column 2.
    assert augment.box_of(8, 6, 0.75, 5, 2) == (3, 7, 1, 4)
    # Around the corner pixel two rows above and one column on the left are cut off.
    assert augment.box_of(8, 6, 0.75, 0, 0) == (0, 2, 0, 2)
    assert augment.box_of(8, 6, 0.0, 4, 3) == (0, 8, 0, 6)
    top, bottom, left, right = augment.box_of(8, 6, 1.0, 4, 3)
    assert top == bottom
    assert left == right


@pytest.mark.parametrize("shape", [(32, 32), (31, 24)])
def test_boxes_are_those_of_timm(shape: tuple[int, int]):
    from timm.data.mixup import rand_bbox

    for seed, share in enumerate(np.linspace(0, 1, 200)):
        np.random.seed(seed)
        theirs = rand_bbox((2, 6, *shape), share)
        np.random.seed(seed)
        row, column = np.random.randint(0, shape[0]), np.random.randint(0, shape[1])
        assert augment.box_of(*shape, share, row, column) == tuple(theirs)


@pytest.mark.parametrize("kind", ["cutmix", "mixup"])
def test_a_batch_is_mixed_as_timm_mixes_it(kind: str, monkeypatch):
    from timm.data import mixup

    x = np.random.default_rng(0).normal(size=(6, 3, 16, 12)).astype(np.float32)
    y = np.array([0, 1, 1, 0, 1, 0])
    alphas = {"mixup_alpha": 0.0, "cutmix_alpha": 0.0, f"{kind}_alpha": 1.0}
    theirs = mixup.Mixup(**alphas, label_smoothing=0.0, num_classes=2)
    for seed in range(20):
        np.random.seed(seed)
        made, targets = theirs(torch.from_numpy(x.copy()), torch.from_numpy(y))
        np.random.seed(seed)
        np.random.rand()
        share = np.random.beta(1.0, 1.0)

        class Replayed:
            integers = staticmethod(lambda n: np.random.randint(0, n))

        # timm's partner of an image is the one at its place from the end.
        mine = getattr(augment, kind)(x, y, Replayed, share=share, partner=np.arange(6)[::-1])
        np.testing.assert_allclose(mine.x, made.numpy(), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(mine.y, targets[:, 1].numpy(), rtol=1e-5, atol=1e-6)


def test_the_weight_of_the_label_is_the_share_of_pixels_counted():
    rng = np.random.default_rng(1)
    x, y = coloured()
    cut_off = 0
    for _ in range(300):
        made = augment.cutmix(x, y, rng)
        for i, partner in enumerate(made.partner):
            own = np.mean(made.x[i] == i)
            assert set(np.unique(made.x[i])) <= {i, partner}
            if partner != i:
                assert made.share == pytest.approx(own)
                assert made.y[i] == pytest.approx(own * y[i] + (1 - own) * y[partner])
        top, bottom, left, right = made.box
        inside = made.x[:, :, top:bottom, left:right]
        assert (inside == made.partner[:, None, None, None]).all()
        cut_off += top == 0 or left == 0
    assert cut_off > 100, "boxes that are cut off must be among those counted"


def test_mixup_worked_by_hand():
    x = np.array([[[[4.0]]], [[[8.0]]]], np.float32)
    made = augment.mixup(
        x, np.array([1.0, 0.0]), np.random.default_rng(0), share=0.75, partner=np.array([1, 0])
    )
    np.testing.assert_allclose(made.x.ravel(), [5, 7])  # 3/4 x 4 + 1/4 x 8, and the other way
    np.testing.assert_allclose(made.y, [0.75, 0.25])
    assert made.x.dtype == np.float32
    assert (made.share, made.box) == (0.75, None)
    np.testing.assert_array_equal(x.ravel(), [4, 8])


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_lambda_follows_its_beta_distribution(alpha: float):
    rng = np.random.default_rng(5)
    x, y = coloured(2, 2, 2)
    drawn = [augment.mixup(x, y, rng, alpha).share for _ in range(4000)]
    # 3 of 4 boxes are cut off at an edge or rounded, so lambda itself is read off Mixup.
    assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 0.01
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.03)
    assert np.var(drawn) == pytest.approx(stats.beta.var(alpha, alpha), rel=0.1)


def test_the_middle_of_a_box_may_be_any_pixel_evenly():
    x, y = coloured(2, 4, 5)
    rng = np.random.default_rng(2)
    # Lambda so that the box is one pixel: 4 x 0.3 = 1.2 rows and 5 x 0.3 = 1.5 columns.
    boxes = [augment.cutmix(x, y, rng, share=1 - 0.3**2).box for _ in range(4000)]
    assert all(box[1] - box[0] == box[3] - box[2] == 1 for box in boxes)
    counts = np.bincount([box[0] * 5 + box[2] for box in boxes], minlength=20)
    assert stats.chisquare(counts).pvalue > 0.01


@pytest.mark.parametrize("kind", ["cutmix", "mixup"])
def test_tensors_and_arrays_give_the_same(kind: str):
    x, y = coloured()
    mix = getattr(augment, kind)
    a = mix(x, y, np.random.default_rng(3), 1.0)
    b = mix(torch.from_numpy(x), torch.from_numpy(y), np.random.default_rng(3), 1.0)
    assert isinstance(b.x, torch.Tensor)
    assert b.x.dtype == b.y.dtype == torch.float32
    np.testing.assert_allclose(a.x, b.x.numpy(), rtol=1e-6)
    np.testing.assert_allclose(a.y, b.y.numpy(), rtol=1e-6)
    np.testing.assert_array_equal(x, coloured()[0])


def test_a_pair_is_one_image_with_the_other_in_it():
    a, b = np.zeros((6, 32, 32), np.float32), np.ones((6, 32, 32), np.float32)
    rng = np.random.default_rng(0)
    cut = augment.pair("cutmix", a, b, rng, labels=(1.0, 0.0), share=0.6)
    top, bottom, left, right = cut.box
    assert cut.x.shape == (6, 32, 32)
    assert cut.x.sum() == 6 * (bottom - top) * (right - left) > 0
    assert cut.y == cut.share == pytest.approx(np.mean(cut.x == 0))
    assert cut.partner == 1
    mixed = augment.pair("mixup", a, b, rng, labels=(1.0, 0.0), share=0.6)
    np.testing.assert_allclose(mixed.x, 0.4, rtol=1e-6)
    assert mixed.y == pytest.approx(0.6)
    with pytest.raises(ConfigError, match="'cutmix_mixup' is none of cutmix, mixup"):
        augment.pair("cutmix_mixup", a, b, rng)


def test_the_share_of_batches_and_of_both_kinds():
    x, y = coloured()
    settings = augment.settings_of({"kind": "cutmix_mixup", "share": 0.5})
    rng = np.random.default_rng(4)
    made = [augment.apply(x, y, settings, rng) for _ in range(2000)]
    kinds = [one.kind for one in made if one is not None]
    # Five standard deviations of a binomial count.
    assert abs(len(kinds) - 1000) < 5 * (2000 / 4) ** 0.5
    assert abs(kinds.count("cutmix") - len(kinds) / 2) < 5 * (len(kinds) / 4) ** 0.5
    for kind in ("cutmix", "mixup"):
        one = augment.apply(x, y, augment.settings_of({"kind": kind}), rng)
        assert one.kind == kind
    assert augment.apply(x, y, augment.settings_of({}), rng) is None
    assert augment.apply(x, y, augment.settings_of({"kind": "mixup", "share": 0}), rng) is None


def test_the_same_seed_gives_the_same_batches():
    x, y = coloured()
    settings = augment.settings_of({"kind": "cutmix_mixup"})

    def batches(seed: int) -> list:
        rng = np.random.default_rng(seed)
        return [augment.apply(x, y, settings, rng) for _ in range(5)]

    for a, b in zip(batches(7), batches(7), strict=True):
        assert a.kind == b.kind
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.y, b.y)
    other = batches(8)
    assert any(not np.array_equal(a.x, b.x) for a, b in zip(batches(7), other, strict=True))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("cutmix", "must be a mapping"),
        ({"kind": "cutout"}, "'cutout' is none of none, cutmix"),
        ({"alpha": 1.0}, "no option alpha"),
        ({"share": 1.5}, r"share must be in \[0, 1\]"),
        ({"share": float("nan")}, r"share must be in \[0, 1\]"),
        ({"cutmix_alpha": 0.0}, "cutmix_alpha must be positive"),
        ({"mixup_alpha": float("nan")}, "mixup_alpha must be positive"),
    ],
)
def test_what_cannot_be_is_refused(options, said: str):
    with pytest.raises(ConfigError, match=said):
        augment.settings_of(options)

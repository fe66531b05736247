from __future__ import annotations

import pytest

from laicflow.errors import ConfigError
from laicflow.models import registry
from laicflow.models.backbones import NETWORKS, torch

SMALL = {"width": 0.25, "depth": 0.1}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def size(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


# Published sizes for 3 channels and 1000 classes: timm's and torchvision's tables of models.
@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("tf_efficientnetv2_s", 21_458_488),
        ("effnetv2_modified", 21_458_488),
        ("resnet50", 25_557_032),
        ("resnetrs50", 35_691_912),
        ("vgg16", 138_357_544),
        ("densenet121", 7_978_856),
        ("mobilenetv3_large_100", 5_483_032),
        ("convnext_tiny", 28_589_128),
    ],
)
def test_the_published_networks_have_their_published_size(name: str, published: int):
    # Shapes alone: no weight is drawn or held.
    with torch.device("meta"):
        model = registry.build(name, {"in_chans": 3, "num_classes": 1000}, seed=0)
    assert size(model) == published


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_training_step_of_the_real_network(name: str):
    model = registry.build(name, {}, seed=0).train()
    # Fused, so that VGG's 134 million parameters need no copies.
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)
    x = torch.randn(2, 6, 32, 32, generator=torch.Generator().manual_seed(0))
    before = {key: value.detach().flatten()[:9].clone() for key, value in model.named_parameters()}
    logits = model(x).squeeze(1)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([0.0, 1.0]))
    loss.backward()
    assert torch.isfinite(loss)
    start = {key: p.grad.flatten()[:9].clone() for key, p in model.named_parameters()}
    optimizer.step()
    # The first step of Adam moves a parameter against its gradient by the learning rate (Kingma
    # and Ba 2015, section 2.1), where the gradient is not as small as epsilon.
    clear = 0
    for key, parameter in model.named_parameters():
        own = start[key].abs() > 1e-5
        moved = parameter.detach().flatten()[:9][own] - before[key][own]
        assert torch.allclose(moved, -1e-4 * start[key][own].sign(), atol=2e-6), key
        clear += bool(own.any())
    # In ResNets timm starts each residual branch at zero, so that most of it has no gradient yet.
    assert clear > 0.2 * len(before)
    first, last = next(iter(start)), start[[key for key in start if key.endswith("weight")][-1]]
    assert start[first].any() and last.any()


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_steps_on_one_batch_lower_its_loss(name: str):
    model = registry.build(name, SMALL, seed=0).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    y = torch.arange(8) % 2 * 1.0
    x = torch.randn(8, 6, 32, 32, generator=torch.Generator().manual_seed(1))
    x += 2 * y[:, None, None, None]
    losses = []
    for _ in range(16):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


# First convolution 64 x 7 x 7 a channel, last layer 2048 + 1 a class (He et al. 2016); stem
# 24 x 3 x 3 a channel, last layer 1280 + 1 a class (Tan & Le 2021).
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet50", 25_557_032 + 3 * 64 * 49 - 999 * 2049),
        ("effnetv2_modified", 21_458_488 + 3 * 24 * 9 - 999 * 1281),
        # First convolution 64 x 3 x 3 a channel, last layer 4096 + 1 a class (Simonyan 2015).
        ("vgg16", 138_357_544 + 3 * 64 * 9 - 999 * 4097),
    ],
)
def test_six_channels_and_one_logit(name: str, expected: int):
    with torch.device("meta"):
        model = registry.build(name, {}, seed=0)
        assert model.eval()(torch.zeros(2, 6, 32, 32)).shape == (2, 1)
    assert size(model) == expected


# STUDIES: 4x4 modified, 2x2 with the stem alone, 1x1 unmodified, for an image of 32x32.
@pytest.mark.parametrize(
    ("name", "options", "edge"),
    [
        ("effnetv2_modified", {}, 4),
        ("effnetv2_modified", {"unit_strides": ["stem"]}, 2),
        ("tf_efficientnetv2_s", {}, 1),
        ("effnetv2_modified", SMALL, 4),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stem", "stage1"]}, 4),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stem"]}, 2),
        ("effnetv2_modified", {**SMALL, "unit_strides": []}, 1),
        ("tf_efficientnetv2_s", SMALL, 1),
        ("tf_efficientnetv2_s", {**SMALL, "unit_strides": ["stem", "stage1"]}, 4),
        ("resnet50", SMALL, 1),
        ("vgg16", SMALL, 1),
    ],
)
def test_size_of_the_last_feature_map(name: str, options: dict, edge: int):
    model = registry.build(name, options, seed=0).eval()
    assert model.forward_features(torch.zeros(2, 6, 32, 32)).shape[2:] == (edge, edge)


def test_vgg_reads_one_value_of_a_channel_49_times():
    model = registry.build("vgg16", SMALL, seed=0).eval()
    features = model.forward_features(torch.randn(3, 6, 32, 32))
    first = model.pre_logits.fc1
    assert features.shape[2:] == (1, 1) and first.kernel_size == (7, 7)
    expected = features[:, :, 0, 0] @ first.weight.sum((2, 3)).T + first.bias
    seen = []
    first.register_forward_hook(lambda module, given, out: seen.append(out[:, :, 0, 0].clone()))
    model.forward_head(features)
    assert torch.allclose(seen[0], expected, atol=1e-5)


def test_what_a_reduced_vgg_and_mobilenet_are_made_of():
    # A quarter of 64, 128, 256, 512, 512 channels and a sixteenth of 4096, one convolution each.
    model = registry.build("vgg16", SMALL, seed=0)
    plan = [m.out_channels for m in model.features if isinstance(m, torch.nn.Conv2d)]
    assert plan == [16, 32, 64, 128, 128]
    assert model.pre_logits.fc1.out_channels == model.get_classifier().in_features == 256
    half = registry.build("vgg16", {"depth": 0.5, "width": 0.125}, seed=0)
    convolutions = [m for m in half.features if isinstance(m, torch.nn.Conv2d)]
    assert len(convolutions) == 1 + 1 + 2 + 2 + 2
    dropped = registry.build("vgg16", {**SMALL, "drop_rate": 0.5}, seed=0)
    assert [m.p for m in dropped.modules() if isinstance(m, torch.nn.Dropout)] == [0.5, 0.5]
    # Published 15 blocks in six stages and a last convolution of 960 channels.
    mobile = registry.build("mobilenetv3_large_100", SMALL, seed=0)
    assert len(mobile.blocks) == 7
    assert [len(stage) for stage in mobile.blocks[:6]] == [1, 2, 1, 3, 1, 1]
    assert mobile.conv_head.in_channels == 240


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_reduced_networks_say_that_they_are(name: str):
    model = registry.build(name, SMALL, seed=0)
    assert model.train()(torch.zeros(2, 6, 32, 32)).shape == (2, 1)
    reduced, source = model.laicflow_notes
    assert reduced.startswith("reduced network, not the published one: width 0.25, depth 0.1")
    assert reduced.endswith(f"{size(model)} parameters")
    assert size(model) < 2_000_000
    assert source == "from scratch"


def test_the_same_seed_gives_the_same_weights_and_leaves_torch_alone():
    state = torch.get_rng_state()
    first, again, other = (
        registry.build("resnet50", SMALL, seed=s).state_dict() for s in (5, 5, 6)
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["conv1.weight"], other["conv1.weight"])
    assert not torch.equal(first["fc.weight"], other["fc.weight"])


def test_dropout_is_half_in_the_modified_network_and_can_be_set():
    assert registry.build("effnetv2_modified", SMALL, seed=0).drop_rate == 0.5
    assert registry.build("effnetv2_modified", {**SMALL, "drop_rate": 0.1}, seed=0).drop_rate == 0.1
    assert registry.build("resnet50", SMALL, seed=0).drop_rate == 0


def test_a_single_logit_starts_near_zero():
    model = registry.build("effnetv2_modified", SMALL, seed=0)
    weight = model.get_classifier().weight
    assert weight.shape == (1, 320)
    assert 0.5 / 320**0.5 < weight.abs().max() <= 1 / 320**0.5


def test_the_same_seed_gives_the_same_reduced_vgg_and_mobilenet():
    for name in ("vgg16", "mobilenetv3_large_100"):
        first, again, other = (registry.build(name, SMALL, seed=s).state_dict() for s in (5, 5, 6))
        assert all(torch.equal(first[key], again[key]) for key in first)
        assert not all(torch.equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("resnet50", {"widht": 1}, "widht"),
        ("resnet50", {"unit_strides": ["stem"]}, "unit_strides"),
        ("resnet50", {"width": 0}, "width must lie"),
        ("resnet50", {"depth": 1.5}, "depth must lie"),
        ("resnet50", {"pretrained": "hub"}, "'hub' is no file yet"),
        ("resnet50", {**SMALL, "pretrained": {"file": "a", "said": "b"}}, "no published weights"),
        ("densenet121", {**SMALL, "drop_path_rate": 0.1}, "no residual branches"),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stage0"]}, "stage0 is one already"),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stage9"]}, "no place 'stage9'"),
    ],
)
def test_what_cannot_be_is_refused(name: str, options: dict, said: str):
    with pytest.raises(ConfigError, match=said):
        registry.build(name, options, seed=0)

from __future__ import annotations

import pytest

from laicflow.errors import ConfigError
from laicflow.models import backbones, registry
from laicflow.models.backbones import timm, torch

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
        ("densenet121", 7_978_856),
        ("mobilenetv3_large_100", 5_483_032),
    ],
)
def test_the_published_networks_have_their_published_size(name: str, published: int):
    assert size(registry.build(name, {"in_chans": 3, "num_classes": 1000}, seed=0)) == published


# First convolution 64 x 7 x 7 a channel, last layer 2048 + 1 a class (He et al. 2016); stem
# 24 x 3 x 3 a channel, last layer 1280 + 1 a class (Tan & Le 2021).
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet50", 25_557_032 + 3 * 64 * 49 - 999 * 2049),
        ("effnetv2_modified", 21_458_488 + 3 * 24 * 9 - 999 * 1281),
    ],
)
def test_six_channels_and_one_logit(name: str, expected: int):
    model = registry.build(name, {}, seed=0)
    assert size(model) == expected
    assert model.eval()(torch.zeros(2, 6, 32, 32)).shape == (2, 1)


# STUDIES: 4x4 modified, 2x2 with the stem alone, 1x1 unmodified, for an image of 32x32.
@pytest.mark.parametrize(
    ("name", "options", "edge"),
    [
        ("effnetv2_modified", {}, 4),
        ("effnetv2_modified", SMALL, 4),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stem", "stage1"]}, 4),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stem"]}, 2),
        ("effnetv2_modified", {**SMALL, "unit_strides": []}, 1),
        ("tf_efficientnetv2_s", SMALL, 1),
        ("tf_efficientnetv2_s", {**SMALL, "unit_strides": ["stem", "stage1"]}, 4),
        ("resnet50", SMALL, 1),
    ],
)
def test_size_of_the_last_feature_map(name: str, options: dict, edge: int):
    model = registry.build(name, options, seed=0).eval()
    assert model.forward_features(torch.zeros(2, 6, 32, 32)).shape[2:] == (edge, edge)


@pytest.mark.parametrize("name", ["resnet50", "resnetrs50", "densenet121", "convnext_tiny"])
def test_reduced_networks_say_that_they_are(name: str):
    model = registry.build(name, SMALL, seed=0)
    assert model.train()(torch.zeros(2, 6, 32, 32)).shape == (2, 1)
    reduced, source = model.laicflow_notes
    assert reduced.startswith("reduced network, not the published one: width 0.25, depth 0.1")
    assert reduced.endswith(f"{size(model)} parameters")
    assert size(model) < 1_000_000
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


def test_weights_of_a_folder_are_adapted_to_six_channels(tmp_path):
    from safetensors.torch import save_file

    published = timm.create_model("mobilenetv3_large_100", pretrained=False).state_dict()
    save_file(published, tmp_path / "mobilenetv3_large_100.safetensors")
    options = {"pretrained": f"folder:{tmp_path}"}
    model = registry.build("mobilenetv3_large_100", options, seed=0)
    # A channel stands twice among six, each with half its weight, so equal channels give what
    # three of them would.
    stem = published["conv_stem.weight"]
    assert torch.allclose(model.conv_stem.weight, torch.cat([stem, stem], 1) / 2)
    assert torch.equal(model.conv_head.weight, published["conv_head.weight"])
    assert model.get_classifier().weight.shape == (1, 1280)
    (note,) = model.laicflow_notes
    assert note.startswith("weights from the file mobilenetv3_large_100.safetensors, sha256 ")
    assert str(tmp_path) not in note


def test_a_folder_without_the_weights_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="resnet50.safetensors"):
        registry.build("resnet50", {"pretrained": f"folder:{tmp_path}"}, seed=0)


def test_without_the_hub_the_network_starts_from_scratch_and_says_so(monkeypatch):
    calls = []
    create = timm.create_model

    def offline(architecture: str, *, pretrained: bool, **options):
        calls.append(pretrained)
        if pretrained:
            torch.rand(3)  # a failure halfway must not move the seeds
            raise OSError("no route to host")
        return create(architecture, pretrained=False, **options)

    monkeypatch.setattr(timm, "create_model", offline)
    monkeypatch.setattr(backbones, "_unreachable", {})
    options = {"pretrained": "hub"}
    first, second = (registry.build("mobilenetv3_large_100", options, seed=3) for _ in "ab")
    assert calls == [True, False, False], "the hub is asked once"
    plain = registry.build("mobilenetv3_large_100", {}, seed=3).state_dict()
    assert all(torch.equal(tensor, plain[key]) for key, tensor in first.state_dict().items())
    expected = (
        "from scratch: no weights of mobilenetv3_large_100 could be had from the hub (OSError)"
    )
    assert first.laicflow_notes == second.laicflow_notes == (expected,)


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("resnet50", {"widht": 1}, "widht"),
        ("resnet50", {"unit_strides": ["stem"]}, "unit_strides"),
        ("resnet50", {"width": 0}, "width must lie"),
        ("resnet50", {"depth": 1.5}, "depth must lie"),
        ("resnet50", {"pretrained": "imagenet"}, "none, hub or folder"),
        ("resnet50", {**SMALL, "pretrained": "hub"}, "no published weights"),
        ("vgg16", {"width": 0.5}, "no reduced form"),
        ("densenet121", {**SMALL, "drop_path_rate": 0.1}, "no residual branches"),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stage0"]}, "stage0 is one already"),
        ("effnetv2_modified", {**SMALL, "unit_strides": ["stage9"]}, "no place 'stage9'"),
    ],
)
def test_what_cannot_be_is_refused(name: str, options: dict, said: str):
    with pytest.raises(ConfigError, match=said):
        registry.build(name, options, seed=0)

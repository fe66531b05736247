"""The network of Table 2 of petrescu2022, layer by layer."""

from __future__ import annotations

import math

import pytest

from laicflow.errors import ConfigError, LaicflowError
from laicflow.models import magnetic, receipts, registry, weights
from laicflow.models.magnetic import torch

NAME = "vgg_magnetic"
SMALL = {"minutes": 60, "width": 0.25}


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def layers(model: torch.nn.Module, kind: type) -> list[torch.nn.Module]:
    return [module for module in model.modules() if isinstance(module, kind)]


def sizes(model: torch.nn.Module) -> list[int]:
    """Parameters of each layer that has any, in their order."""
    own = layers(model, torch.nn.Conv2d | torch.nn.Linear)
    return [sum(parameter.numel() for parameter in layer.parameters()) for layer in own]


def passed(model: torch.nn.Module, minutes: int) -> list[tuple[int, ...]]:
    """Shapes that leave the convolutions and pools, and enter the first dense layer."""
    found = []
    for layer in layers(model, torch.nn.Conv2d | torch.nn.MaxPool2d):
        layer.register_forward_hook(lambda module, given, out: found.append(tuple(out.shape[1:])))
    model.dense.register_forward_hook(lambda m, given, out: found.append(tuple(given[0].shape[1:])))
    model(torch.zeros(1, 1, 3, minutes))
    return found


def test_parameters_of_each_layer_are_those_of_table_2():
    with torch.device("meta"):
        model = registry.build(NAME, {}, seed=0)
    assert sizes(model) == [320, 6208, 12352, 30965824, 130]
    assert sum(parameter.numel() for parameter in model.parameters()) == 30984834


def test_shapes_that_leave_each_layer_are_those_of_table_2():
    # The table has filters last: (3, 10080, 32), (3, 5040, 32), (3, 5040, 64), (3, 2520, 64).
    with torch.device("meta"):
        found = passed(registry.build(NAME, {}, seed=0), 10080)
    assert found == [
        (32, 3, 10080),
        (32, 3, 5040),
        (64, 3, 5040),
        (64, 3, 2520),
        (64, 3, 2520),
        (483840,),
    ]


# Keras drops the last minute of an odd number at each pool: 7 -> 3 -> 1, 62 -> 31 -> 15.
@pytest.mark.parametrize(
    ("minutes", "columns"),
    [(4, 1), (7, 1), (60, 15), (62, 15), (63, 15), (1440, 360), (43200, 10800)],
)
def test_pools_drop_what_is_odd(minutes: int, columns: int):
    with torch.device("meta"):
        found = passed(registry.build(NAME, {"minutes": minutes}, seed=0), minutes)
    assert found[3] == (64, 3, columns)
    assert found[-1] == (3 * 64 * columns,)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 6])
def test_depth_alone_changes_with_the_number_of_convolutions(number: int):
    with torch.device("meta"):
        model = registry.build(NAME, {"minutes": 1440, "layers": number}, seed=0)
    own = sizes(model)
    assert own[:number] == [320, 6208, 12352, 12352, 12352, 12352][:number]
    # 3 x 720 x 32 = 3 x 360 x 64 values are flattened, however many convolutions there are.
    assert own[number:] == [(3 * 360 * 64) * 64 + 64, 130]
    assert len(layers(model, torch.nn.MaxPool2d)) == min(number, 2)


def test_the_first_convolution_sees_all_components_and_others_one_row_alone():
    model = registry.build(NAME, {"minutes": 60}, seed=0)
    kernels = [layer.kernel_size for layer in layers(model, torch.nn.Conv2d)]
    assert kernels == [(3, 3), (1, 3), (1, 3)]
    # A change of the first component alone reaches the first two rows and never the third.
    x = torch.randn(1, 1, 3, 60, generator=torch.Generator().manual_seed(0))
    changed = x.clone()
    changed[:, :, 0] += 1
    rows = (model.features(changed) - model.features(x)).abs().amax(dim=(0, 1, 3))
    assert rows[0] > 0 and rows[1] > 0 and rows[2] == 0


def by_hand(model: torch.nn.Module, x: torch.Tensor, softmax: str) -> torch.Tensor:
    """Both scores by torch's functions alone, filters last as Keras flattens them."""
    state, f = model.state_dict(), torch.nn.functional
    for number, name in enumerate(("features.0", "features.3", "features.6")):
        pad = (1, 1) if number == 0 else (0, 1)
        x = f.relu(f.conv2d(x, state[f"{name}.weight"], state[f"{name}.bias"], padding=pad))
        x = f.max_pool2d(x, (1, 2)) if number < 2 else x
    hidden = f.linear(x.permute(0, 2, 3, 1).reshape(len(x), -1), *dense(state, "dense"))
    hidden = f.relu(hidden) if softmax == "last" else hidden.exp() / hidden.exp().sum(1)[:, None]
    return f.linear(hidden, *dense(state, "last"))


def dense(state: dict, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    return state[f"{name}.weight"], state[f"{name}.bias"]


@pytest.mark.parametrize("softmax", ["last", "dense"])
def test_the_difference_of_scores_has_the_loss_and_gradients_of_two_outputs(softmax: str):
    model = registry.build(NAME, {"minutes": 22, "softmax": softmax}, seed=3)
    x = torch.randn(5, 1, 3, 22, generator=torch.Generator().manual_seed(1))
    y = torch.tensor([0, 1, 1, 0, 1])
    out = model(x)
    assert out.shape == (5, 1)
    scores = by_hand(model, x, softmax)
    assert torch.allclose(out[:, 0], scores[:, 1] - scores[:, 0], atol=1e-5)
    single = torch.nn.functional.binary_cross_entropy_with_logits(out[:, 0], y.float())
    names, parameters = zip(*model.named_parameters(), strict=True)
    ours = torch.autograd.grad(single, parameters)
    two = torch.nn.functional.cross_entropy(model.scores(x), y)
    theirs = torch.autograd.grad(two, parameters)
    assert single.item() == pytest.approx(two.item(), rel=1e-6)
    for name, a, b in zip(names, ours, theirs, strict=True):
        assert a.any(), name
        assert torch.allclose(a, b, rtol=1e-4, atol=1e-7), name


def test_first_weights_are_glorot_uniform_and_biases_zero():
    model = registry.build(NAME, {"minutes": 1440}, seed=0)
    # (fan_in + fan_out) of each: 9 x 1 + 9 x 32, 3 x 32 + 3 x 64, 3 x 64 + 3 x 64, then as dense.
    fans = [9 + 288, 96 + 192, 192 + 192, 69120 + 64, 64 + 2]
    for layer, fan in zip(layers(model, torch.nn.Conv2d | torch.nn.Linear), fans, strict=True):
        bound = math.sqrt(6 / fan)
        largest = layer.weight.abs().max().item()
        assert 0.9 * bound < largest <= bound * (1 + 1e-6)
        # The variance of a uniform number in +-b is b^2 / 3.
        assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.2)
        assert not layer.bias.any()


def test_the_same_seed_gives_the_same_weights_and_leaves_torch_alone():
    state = torch.get_rng_state()
    first, again, other = (registry.build(NAME, SMALL, seed=s).state_dict() for s in (5, 5, 6))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["dense.weight"], other["dense.weight"])


def test_a_reduced_network_says_that_it_is():
    model = registry.build(NAME, SMALL, seed=0)
    # A quarter of 32, 64, 64 filters and of 64 units: 8 x 9 + 8, 16 x 8 x 3 + 16, 16 x 16 x 3 + 16.
    own = [80, 400, 784, 16 * 3 * 15 * 16 + 16, 34]
    assert sizes(model) == own
    reduced, first = model.laicflow_notes
    said = "reduced network, not the published one: width 0.25"
    assert reduced == f"{said}, {sum(own)} parameters"
    assert first == "random first weights as Keras draws them: Glorot uniform, biases zero"
    assert registry.build(NAME, {"minutes": 60}, seed=0).laicflow_notes == (first,)


@pytest.mark.parametrize("softmax", ["last", "dense"])
def test_steps_on_one_batch_lower_its_loss(softmax: str):
    model = registry.build(NAME, {**SMALL, "softmax": softmax}, seed=0).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    y = torch.arange(16) % 2 * 1.0
    x = torch.randn(16, 1, 3, 60, generator=torch.Generator().manual_seed(1))
    x[:, :, 2] += 2 * y[:, None, None]
    losses = []
    for _ in range(30):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x).squeeze(1), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"depth": 1}, "no option depth; it has layers, minutes"),
        ({"layers": 0}, "layers must be a whole number, 1 to 6, found 0"),
        ({"layers": 7}, "1 to 6, found 7"),
        ({"layers": 2.5}, "found 2.5"),
        ({"minutes": 3}, "minutes must be a whole number, at least 4"),
        ({"minutes": True}, "found True"),
        ({"width": 0}, "width must lie"),
        ({"width": 1.5}, "width must lie"),
        ({"softmax": "both"}, "last or dense, found 'both'"),
        ({"pretrained": "hub"}, "no published weights, pretrained must be none"),
        ({"pretrained": {"file": "a", "said": "b"}}, "no published weights"),
    ],
)
def test_what_cannot_be_is_refused(options: dict, said: str):
    with pytest.raises(ConfigError, match=said):
        registry.build(NAME, options, seed=0)


@pytest.mark.parametrize("shape", [(2, 1, 3, 61), (2, 1, 3, 63), (2, 3, 1, 60), (2, 6, 3, 60)])
def test_images_of_another_size_are_refused(shape: tuple[int, ...]):
    # 60 to 63 minutes all end in 15 columns, so that the dense layer would take them.
    model = registry.build(NAME, SMALL, seed=0)
    with pytest.raises(LaicflowError, match="for a network of"):
        model(torch.zeros(shape))


@pytest.mark.parametrize("origin", ["hub", "folder:data"])
def test_no_weights_are_looked_for(origin: str, tmp_path):
    assert NAME not in registry.TAGS
    with pytest.raises(ConfigError, match="vgg_magnetic: it has no published weights"):
        weights.receipt([[NAME, origin]], tmp_path)
    options = {**magnetic.DEFAULTS, **SMALL}
    assert receipts.started(NAME, options, None) == options

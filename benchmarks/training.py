"""How fast the training loop is: beside a bare loop of torch, and for seeds trained together.

Runs in the project's environment: `.venv/bin/python benchmarks/training.py [--json] [--models
NAME ...]`. All on one thread, or on a GPU where torch finds one.

The two loops take turns epoch by epoch in one process: between two epochs of the fit the bare loop
trains one on a copy of the network, on the same batches with the same dropout, and both losses are
compared. Only whole epochs of steps are timed, the first one of each is left out.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

import numpy as np  # noqa: E402  (the package lies beside, not in the environment)

from laicflow.models import registry  # noqa: E402
from laicflow.seeds import number  # noqa: E402
from laicflow.training import fit as fitting  # noqa: E402
from laicflow.training.checkpoint import Checkpoint  # noqa: E402
from laicflow.training.data import Arrays, EpochOrder, steps_per_epoch  # noqa: E402
from laicflow.training.module import autocast, device_of, torch  # noqa: E402

NAMES = (
    "resnetrs50",
    "resnet50",
    "vgg16",
    "densenet121",
    "mobilenetv3_large_100",
    "effnetv2_modified",
    "convnext_tiny",
)
SHAPE, BATCH, RATE = (6, 32, 32), 32, 1e-4
AT_LEAST = 0.9  # of the steps per second of the bare loop
GRID = {"samples": 1649, "epochs": 80, "seeds": 10}  # of Table 1, for each of the networks
EPOCH_SECONDS = 1.0  # about what an epoch should take: steps are chosen for it
TOGETHER = 4  # seeds
SEED = 0
INPUT = f"{' x '.join(map(str, SHAPE))}, batch {BATCH}, Adam, full size"


def build(name: str, seed: int = SEED, drop_rate: float = 0.5) -> torch.nn.Module:
    """A network of full size with random weights."""
    return registry.build(name, {"pretrained": "none", "drop_rate": drop_rate}, seed=seed)


def samples(n: int) -> Arrays:
    """Noise and labels."""
    x = np.random.default_rng(SEED).standard_normal((n, *SHAPE), np.float32)
    return Arrays(x, (np.arange(n) % 2).astype(np.float32))


class Bare:
    """A loop of torch alone, on the batches and with the dropout that the fit has."""

    def __init__(self, network: torch.nn.Module, arrays: Arrays, settings: dict) -> None:
        self.settings, self.device = settings, device_of(settings)
        self.network = network.to(self.device).train()
        self.optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
        self.x = torch.from_numpy(arrays.x).to(self.device)
        self.y = torch.from_numpy(arrays.y).to(self.device)
        self.order = EpochOrder(len(arrays), SEED)
        self.seconds: list[float] = []
        self.losses: list[float] = []

    def epoch(self) -> None:
        """Train one epoch and take its time."""
        self.order.set_epoch(len(self.seconds))
        torch.manual_seed(number(SEED, "epoch", len(self.seconds)))
        total, begin = torch.zeros((), device=self.device), time.monotonic()
        for own in torch.tensor(list(self.order)).split(BATCH):
            self.optimizer.zero_grad()
            with autocast(self.settings, self.device):
                logits = self.network(self.x[own]).squeeze(1)
                loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, self.y[own])
            loss.backward()
            self.optimizer.step()
            total += loss.detach()
        self.losses.append(total.item() / (len(self.y) // BATCH))  # waits for a GPU
        self.seconds.append(time.monotonic() - begin)


class Turns(Checkpoint):
    """Stands where the fit would save a checkpoint, after an epoch and outside its time."""

    def __init__(self, bare: Bare) -> None:
        super().__init__(None)
        self.bare = bare

    def save(self, content: dict) -> None:
        """The turn of the bare loop, without the determinism that the fit asks of torch."""
        torch.use_deterministic_algorithms(False)
        self.bare.epoch()
        torch.use_deterministic_algorithms(True, warn_only=True)


def beside_bare(name: str, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of a step, an entry a round: of the fit and of the bare loop."""
    settings = fitting.settings_of(
        {
            "epochs": rounds + 1,
            "batch_size": BATCH,
            "learning_rate": RATE,
            "select": "last",
            "standardise": "none",
            "threads": 1,
        }
    )
    network = build(name)
    trial = Bare(copy.deepcopy(network), samples(BATCH), settings)
    trial.epoch()
    trial.epoch()
    steps = int(np.clip(round(EPOCH_SECONDS / trial.seconds[-1]), 1, 52))
    arrays = samples(steps * BATCH)
    bare = Bare(copy.deepcopy(network), arrays, settings)
    del trial
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real, fitting.Checkpoint.of = fitting.Checkpoint.of, lambda *_: Turns(bare)
        try:
            fitted = fitting.fit(lambda: network, arrays, None, settings, seed=SEED, text=name)
        finally:
            fitting.Checkpoint.of = real
    if bare.device.type == "cpu":
        losses = fitted.history["train_loss"]
        np.testing.assert_allclose(losses[0], bare.losses[0], rtol=1e-4)
    ours = [seconds / steps for seconds in fitted.history["seconds"][1:]]
    return ours, [seconds / steps for seconds in bare.seconds[1:]]


def loops(names: tuple[str, ...], rounds: int) -> list[dict]:
    """Rows of every network, and one of the whole grid."""
    device = device_of({"accelerator": "auto"})
    where = "one thread" if device.type == "cpu" else torch.cuda.get_device_name(device)
    rows, hours = [], 0.0
    for name in names:
        ours, theirs = beside_bare(name, rounds)
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        seconds = statistics.median(ours)
        row = {
            "pair": f"training step of {name}: laicflow / bare loop of torch",
            "input": f"{INPUT}, {where}",
            "rounds": rounds,
            "ours": seconds,
            "peer": statistics.median(theirs),
            "ratio": f"{ratio:.2f} of its steps per second, {BATCH / seconds:.0f} samples/s",
            "limit": f"at least {AT_LEAST}",
            "good": ratio >= AT_LEAST,
        }
        print(f"{row['pair']}: {row['ratio']}", file=sys.stderr, flush=True)
        rows.append(row)
        steps = steps_per_epoch(GRID["samples"], BATCH) * GRID["epochs"] * GRID["seeds"]
        hours += seconds * steps / 3600
    told = "{samples} samples x {epochs} epochs x {seeds} seeds".format(**GRID)
    grid = {
        "pair": f"the grid of Table 1 at these steps: {len(names)} networks x {told}",
        "input": where,
        "rounds": rounds,
        "ratio": f"{hours:.1f} hours",
        "limit": "none",
        "good": True,
    }
    return [*rows, grid]


def stacked_step(networks: list, x: torch.Tensor, y: torch.Tensor) -> Callable[[], list[float]]:
    """A step of all networks as one stacked network; it gives the loss of each."""
    functional = torch.nn.functional.binary_cross_entropy_with_logits
    base = copy.deepcopy(networks[0])
    parameters, buffers = torch.func.stack_module_state(networks)
    optimizer = torch.optim.Adam(parameters.values(), lr=RATE)

    def loss_of(own: dict, state: dict, images: torch.Tensor) -> torch.Tensor:
        logits = torch.func.functional_call(base, (own, state), (images,))
        return functional(logits.squeeze(1), y)

    def step() -> list[float]:
        optimizer.zero_grad()
        losses = torch.func.vmap(loss_of, randomness="different")(parameters, buffers, x)
        losses.sum().backward()
        optimizer.step()
        return losses.tolist()

    return step


def single_steps(networks: list, x: torch.Tensor, y: torch.Tensor) -> Callable[[], list[float]]:
    """A step of one network after another; it gives the loss of each."""
    functional = torch.nn.functional.binary_cross_entropy_with_logits
    optimizers = [torch.optim.Adam(network.parameters(), lr=RATE) for network in networks]

    def step() -> list[float]:
        losses = []
        for network, optimizer, images in zip(networks, optimizers, x, strict=True):
            optimizer.zero_grad()
            loss = functional(network(images).squeeze(1), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    return step


def seeds_together(name: str, rounds: int) -> dict:
    """A row: a step of four seeds in one stacked network, beside one step after another.

    A batch normalisation cannot write its running means under vmap, so on both sides it is left
    with the statistics of the batch alone; dropout is off, so that both sides can be compared.
    """
    networks = [build(name, seed, 0.0).train() for seed in range(TOGETHER)]
    for network in networks:
        torch.func.replace_all_batch_norm_modules_(network)
    x = torch.randn(TOGETHER, BATCH, *SHAPE)
    y = torch.arange(BATCH) % 2 * 1.0
    together, in_turn = stacked_step(networks, x, y), single_steps(networks, x, y)
    times = []
    for turn in range(rounds + 1):
        start = time.monotonic()
        a = together()
        middle = time.monotonic()
        b = in_turn()
        times.append((middle - start, time.monotonic() - middle))
        if turn == 0:
            np.testing.assert_allclose(a, b, rtol=1e-4)
    ratio = statistics.median(b / a for a, b in times[1:])
    return {
        "pair": f"a step of {TOGETHER} seeds of {name}: stacked (`torch.func.vmap`) / in turn",
        "input": f"{INPUT}, one thread",
        "rounds": rounds,
        "ours": statistics.median(a for a, _ in times[1:]),
        "peer": statistics.median(b for _, b in times[1:]),
        "ratio": f"{ratio:.2f} times as fast",
        "limit": "none",
        "good": True,
    }


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--models", nargs="*", default=NAMES, choices=NAMES)
    parser.add_argument("--stacked", nargs="*", default=("convnext_tiny", "mobilenetv3_large_100"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = loops(tuple(options.models), options.rounds) if options.models else []
    rows += [seeds_together(name, 2) for name in options.stacked]
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['pair']}: {row['ratio']} ({row['limit']})")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

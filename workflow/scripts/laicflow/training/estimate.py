"""How long a training would take, measured rather than guessed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from laicflow.training.data import steps_per_epoch
from laicflow.training.module import torch


def seconds_per_step(
    build: Callable[[], torch.nn.Module],
    shape: tuple[int, int, int],
    batch: int,
    steps: int = 3,
    threads: int | None = None,
) -> float:
    """Seconds of one optimizer step (forward, backward, Adam) on the CPU, the median of `steps`.

    Parameters
    ----------
    build : gives the network
    shape : (channel, row, column) of an image
    batch : images in a step
    steps : steps that are timed, after one that is not
    threads : of torch; None leaves them as they are
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        with torch.random.fork_rng(devices=[]):
            network = build().train()
            optimizer = torch.optim.Adam(network.parameters())
            x, y = torch.randn(batch, *shape), torch.arange(batch) % 2 * 1.0
            taken = [_step(network, optimizer, x, y) for _ in range(steps + 1)]
    finally:
        torch.set_num_threads(before)
    return statistics.median(taken[1:])


def hours(seconds: float, samples: int, batch: int, epochs: int, fits: int = 1) -> float:
    """Hours of `fits` trainings on `samples` training samples at `seconds` a step."""
    return seconds * steps_per_epoch(samples, batch) * epochs * fits / 3600


def _step(
    network: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
) -> float:
    """Seconds of one step."""
    begin = time.perf_counter()
    optimizer.zero_grad()
    logits = network(x).squeeze(1)
    torch.nn.functional.binary_cross_entropy_with_logits(logits, y).backward()
    optimizer.step()
    return time.perf_counter() - begin

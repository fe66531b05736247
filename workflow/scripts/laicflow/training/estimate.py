"""How long a training would take, measured rather than guessed."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from laicflow.models import registry
from laicflow.progress import track
from laicflow.schema import conform
from laicflow.training.classical import is_classical
from laicflow.training.data import VALUES
from laicflow.training.fit import settings_of
from laicflow.training.module import (
    OPTIMIZERS,
    Classifier,
    autocast,
    classifier,
    device_of,
    precision_of,
    surroundings,
    torch,
)

# Options under which a network is not the published one, or would wait for its weights.
SMALLER = ("width", "depth", "pretrained")

# Options of a fit that take time in a step; mixing the images of a batch takes next to none.
RULES = ("batch_size", "optimizer", "precision", "accelerator")

# Steps that are made before any is timed, and steps that are timed.
STEPS = {"cpu": (1, 2), "cuda": (5, 20)}

_MB = 1024 * 1024
# The memory of this process, and what takes its peak back (Linux).
_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")


def table(
    experiments: dict[str, dict[str, Any]],
    *,
    seed: int,
    threads: int,
    steps: int | None = None,
) -> pd.DataFrame:
    """The table `timing`: a step of the network of each experiment, at its full size.

    Parameters
    ----------
    experiments : by name, each with `model`, `options` (of the network), `training` and `image`,
        the channels, rows and columns of what the network sees
    seed : of the random weights
    threads : of torch on a CPU
    steps : steps that are timed; None for as many as `STEPS` says

    The device is the one that training would take: a GPU where there is one. Experiments that
    differ in nothing that takes time are measured once. Classical models make no steps and have no
    row.
    """
    rows, known = [], {}
    for name, own in track(experiments.items(), "timing a step", total=len(experiments)):
        options = {key: value for key, value in own["options"].items() if key not in SMALLER}
        training = {key: v for key, v in own["training"].items() if key != "keep_weights"}
        training = settings_of(training)
        rules = {key: training[key] for key in RULES}
        shape = tuple(own["image"])
        key = json.dumps([own["model"], options, rules, shape], sort_keys=True)
        if key not in known:

            def build(model: str = own["model"], options: dict = options) -> torch.nn.Module:
                return registry.build(model, options, seed=seed)

            classes = options.get("classes", 2)
            known[key] = step(build, shape, rules, classes=classes, steps=steps, threads=threads)
        if known[key]:
            rows.append({"experiment": name, "model": own["model"], **known[key]})
    return conform(pd.DataFrame(rows), "timing")


def step(
    build: Callable[[], torch.nn.Module],
    shape: tuple[int, int, int],
    training: dict[str, Any],
    *,
    classes: int = 2,
    steps: int | None = None,
    threads: int | None = None,
) -> dict[str, Any]:
    """One optimizer step (forward, backward, optimizer), measured on the device of training.

    Parameters
    ----------
    build : gives the network
    shape : (channel, row, column) of an image
    training : the options of a fit that `RULES` names
    classes : number of classes
    steps : steps that are timed; None for as many as `STEPS` says
    threads : of torch on a CPU; None leaves them as they are

    Returns
    -------
    The columns of `timing` without names: step_s is the median in seconds, step_s_low and _high are
    the fastest and the slowest, memory_mb is the most that was taken of a GPU, or by how much the
    memory of the process grew (missing where that is not told). Nothing of a classical model.
    """
    device = device_of(training)
    untimed, timed = STEPS[device.type]
    timed = steps or timed
    with surroundings(threads), _memory(device) as grown:
        # As training does it; Lightning sets it there.
        torch.use_deterministic_algorithms(True, warn_only=True)
        network = build()
        if is_classical(network):
            return {}
        module = classifier(network, classes, seed=0).to(device).train()
        taken = _taken(module, shape, training, classes, untimed + timed)[untimed:]
        used = torch.get_num_threads()
    return {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        "threads": used,
        "precision": precision_of(training, device),
        "batch": training["batch_size"],
        "steps": timed,
        "step_s": statistics.median(taken),
        "step_s_low": min(taken),
        "step_s_high": max(taken),
        "memory_mb": grown[0],
    }


def said(timing: pd.DataFrame) -> list[str]:
    """A plain sentence on each measured network."""
    return [
        f"{row.experiment}: {row.model}, {row.parameters:,} parameters, {row.step_s:.3g} s a step "
        f"of {row.batch} images ({row.step_s_low:.3g} to {row.step_s_high:.3g} s in {row.steps} "
        f"steps) on {row.device}, {row.precision}"
        + ("" if pd.isna(row.memory_mb) else f", {row.memory_mb:.0f} MB")
        for row in timing.itertuples()
    ]


def _taken(
    module: Classifier,
    shape: tuple[int, int, int],
    training: dict[str, Any],
    classes: int,
    count: int,
) -> list[float]:
    """Seconds of each of `count` steps, one after the other, on the network's device."""
    device, batch = device_of(training), training["batch_size"]
    optimizer = OPTIMIZERS[training["optimizer"]](module.parameters(), lr=1e-4)
    x = torch.randn(batch, *shape, device=device)
    if classes == VALUES:
        with torch.no_grad():
            y = torch.zeros_like(module(x))
    else:
        y = torch.arange(batch, device=device) % classes * 1.0
    return [_seconds(module, optimizer, x, y, autocast(training, device)) for _ in range(count)]


def _seconds(
    module: Classifier,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    mixed: contextlib.AbstractContextManager,
) -> float:
    """Seconds of one step, all of it done: by the clock on a GPU, of each core on a CPU.

    Jobs that run beside this one would slow the clock, and be counted twice in hours of cores.
    """
    _wait(x.device)
    on_cpu = x.device.type == "cpu"
    clock = time.process_time if on_cpu else time.perf_counter
    share = torch.get_num_threads() if on_cpu else 1
    begin = clock()
    optimizer.zero_grad()
    with mixed:
        loss = module.entropy(module(x), y)
    loss.backward()
    optimizer.step()
    _wait(x.device)
    return (clock() - begin) / share


def _wait(device: torch.device) -> None:
    """Let a GPU finish what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextlib.contextmanager
def _memory(device: torch.device) -> Any:
    """A list that holds, at the end, the memory in MB that was taken in between."""
    grown: list[float] = []
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
        yield grown
        grown.append(torch.cuda.max_memory_allocated(device) / _MB)
        return
    # What an earlier network took must have gone back, or it would be taken again unseen.
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError):
        _FORGET_PEAK.write_text("5")
    before = _resident("VmRSS")
    yield grown
    grown.append(_resident("VmHWM") - before)


def _resident(key: str) -> float:
    """A line of the process's memory in MB: VmRSS now, VmHWM at its peak; NaN where unknown."""
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text().splitlines():
            if line.startswith(f"{key}:"):
                return float(line.split()[1]) / 1024
    return float("nan")

"""How fast the network of petrescu2022 is trained: laicflow beside Keras with torch below it.

Runs in the project's environment: `.venv/bin/python benchmarks/keras_training.py [--json]`. Keras
runs in a process of benchmarks/.venv, which `benchmarks/run.sh` sets up. Each side has one thread
of the CPU and float32.

Both sides start from the same weights and get the same batches in the same order. They take turns
epoch by epoch (the process whose turn it is not waits), and the losses of every epoch are
compared. The first epoch of each is left out of the times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MINUTES, BATCH, SEED = 10080, 32, 0
# Small, so that the last digits of both sides do not grow to other losses within an epoch.
RATE = 1e-6
PARAMETERS = 30_984_834  # of Table 2 of the paper
AT_LEAST = 1.0  # of the batches per second of Keras
LOSSES_WITHIN = 1e-4


class Keras:
    """The side of Keras, seen from here: a process that trains an epoch when it is told to."""

    def __init__(self, folder: Path, script: str = __file__) -> None:
        python = HERE / ".venv/bin/python"
        if not python.is_file():
            raise SystemExit("no benchmarks/.venv; benchmarks/run.sh sets it up")
        environment = os.environ | {"KERAS_BACKEND": "torch", "OMP_NUM_THREADS": "1"}
        environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [python, script, "--keras", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.seconds: list[float] = []
        self.losses: list[float] = []

    def epoch(self, order: list[int]) -> None:
        """Have an epoch trained on the samples in this order."""
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the process of Keras has ended")
        told = json.loads(line)
        self.seconds.append(told["seconds"])
        self.losses.append(told["loss"])

    def __enter__(self) -> Keras:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()


def keras_side(folder: Path) -> None:
    """Train an epoch for every line of standard input, which holds the order of the samples."""
    import keras

    # Petrescu and Moldovan (2022), Table 2, with softmax on the last layer.
    convolution = {"padding": "same", "activation": "relu"}
    network = keras.Sequential(
        [
            keras.Input((3, MINUTES, 1)),
            keras.layers.Conv2D(32, (3, 3), **convolution),
            keras.layers.MaxPooling2D((1, 2)),
            keras.layers.Conv2D(64, (1, 3), **convolution),
            keras.layers.MaxPooling2D((1, 2)),
            keras.layers.Conv2D(64, (1, 3), **convolution),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    assert network.count_params() == PARAMETERS
    with np.load(folder / "samples.npz") as samples:
        x, y = np.moveaxis(samples["x"], 1, -1), samples["y"]
    serve(network, folder, x, y, "sparse_categorical_crossentropy", BATCH)


def serve(network: Any, folder: Path, x: np.ndarray, y: np.ndarray, loss: str, batch: int) -> None:
    """Train a network of Keras from the weights in a folder, an epoch a line of standard input."""
    answers, sys.stdout = sys.stdout, sys.stderr
    import keras
    import torch

    torch.set_num_threads(1)
    with np.load(folder / "start.npz") as start:
        network.set_weights([start[name] for name in start.files])
    # The epsilon of torch, so that both sides take the same steps.
    network.compile(keras.optimizers.Adam(RATE, epsilon=1e-8), loss)

    class Clock(keras.callbacks.Callback):
        """Seconds of an epoch, without what Keras does before and after it."""

        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            """Start."""
            self.begin = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            """Stop."""
            self.seconds = time.perf_counter() - self.begin

    clock = Clock()
    for line in sys.stdin:
        own = np.array(json.loads(line))
        done = network.fit(
            x[own], y[own], batch_size=batch, shuffle=False, verbose=0, callbacks=[clock]
        )
        told = {"seconds": clock.seconds, "loss": float(done.history["loss"][-1])}
        print(json.dumps(told), file=answers, flush=True)


def weights_for_keras(state: dict) -> dict[str, np.ndarray]:
    """The first weights as Keras wants them: in columns by rows, filters last."""
    made = {}
    for name, tensor in state.items():
        array = tensor.numpy()
        made[name] = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T
    return made


def in_turns(keras: Keras, network: Any, arrays: Any, options: dict) -> Any:
    """Fit a network while Keras, after each epoch, trains one on the same batches."""
    from laicflow.training import fit as fitting
    from laicflow.training.checkpoint import Checkpoint
    from laicflow.training.data import EpochOrder

    order = EpochOrder(len(arrays), SEED)

    class Turns(Checkpoint):
        """Stands where the fit would save a checkpoint: after an epoch, not in its time."""

        def save(self, content: dict) -> None:
            """The turn of Keras."""
            order.set_epoch(len(keras.losses))
            keras.epoch(list(order))

    real, fitting.Checkpoint.of = fitting.Checkpoint.of, lambda *_: Turns(None)
    try:
        return fitting.fit(lambda: network, arrays, None, options, seed=SEED, text="benchmark")
    finally:
        fitting.Checkpoint.of = real


def measure(epochs: int, batches: int) -> dict:
    """A row: batches per second of laicflow beside those of Keras."""
    sys.path.insert(0, str(ROOT / "workflow/scripts"))
    from laicflow.models import registry
    from laicflow.training.data import Arrays

    n = batches * BATCH
    x = np.random.default_rng(SEED).standard_normal((n, 1, 3, MINUTES), np.float32)
    y = (np.arange(n) % 2).astype(np.float32)
    network = registry.build("vgg_magnetic", {"minutes": MINUTES}, seed=SEED)
    options = {
        "epochs": epochs + 1,
        "batch_size": BATCH,
        "learning_rate": RATE,
        "select": "last",
        "standardise": "none",
        "accelerator": "cpu",
        "precision": "32-true",
        "threads": 1,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "start.npz", **weights_for_keras(network.state_dict()))
        np.savez(folder / "samples.npz", x=x, y=y.astype(int))
        with Keras(folder) as keras:
            fitted = in_turns(keras, network, Arrays(x, y), options)
    losses = fitted.history["train_loss"]
    np.testing.assert_allclose(losses, keras.losses, rtol=LOSSES_WITHIN)
    ours = [seconds / batches for seconds in fitted.history["seconds"][1:]]
    theirs = [seconds / batches for seconds in keras.seconds[1:]]
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    return {
        "pair": "training step of vgg_magnetic: laicflow / Keras with the torch backend",
        "input": f"1 x 3 x {MINUTES}, batch {BATCH}, Adam, {PARAMETERS:,} parameters, one thread",
        "rounds": epochs,
        "ours": statistics.median(ours),
        "peer": statistics.median(theirs),
        "ratio": f"{ratio:.2f} of its batches per second",
        "limit": f"at least {AT_LEAST:g}",
        "good": ratio >= AT_LEAST,
    }


def main() -> int:
    """Print the row; 1 if it misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="epochs that are timed")
    parser.add_argument("--batches", type=int, default=4, help="batches of an epoch")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keras", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keras:
        keras_side(options.keras)
        return 0
    os.environ["OMP_NUM_THREADS"] = "1"
    row = measure(options.epochs, options.batches)
    if options.json:
        print(json.dumps([row]))
        return 0
    told = "{pair}: {ours:.2f} s and {peer:.2f} s a batch, {ratio} ({limit})"
    print(told.format(**row))
    return 0 if row["good"] else 1


if __name__ == "__main__":
    sys.exit(main())

"""How fast the forecaster of edlstme is trained: laicflow beside Keras with torch below it.

Runs in the project's environment: `.venv/bin/python benchmarks/keras_forecaster.py [--json]`, in
the way of `keras_training.py`: the same first weights, the same batches, epochs in turns, one
thread of the CPU and float32, and the losses of every epoch are compared.

Sizes are those of config/studies/edlstme.yaml: five stations and three indices every 15 min, 2 h
ahead, 100 units, batches of 64, with ReLU in the LSTMs (`paper`) and with tanh. Its windows of
24.25 h have 97 steps. The others of the paper (48.5 h and 72.75 h: 194 and 291 steps) are measured
for tanh, and 150 steps, to see the time of a step on both sides of 170: gradients shrink from step
to step, and behind about so many may be denormal numbers, which a processor works out many times
slower. Where that happens the time of a step grows with their number.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(HERE)]

import keras_training as shared  # noqa: E402  (lies beside, not in the environment)

STATIONS, INDICES, LEADS, UNITS, BATCH = 5, 3, 8, 100, 64
CASES = (("relu", 97), ("tanh", 97), ("tanh", 150), ("tanh", 194), ("tanh", 291))
AT_LEAST = 1.0  # of the samples per second of Keras


def keras_side(folder: Path) -> None:
    """Train an epoch for every line of standard input, which holds the order of the samples."""
    import keras

    with np.load(folder / "samples.npz") as samples:
        x, y, activation = samples["x"][:, 0], samples["y"], str(samples["activation"])
    network = keras.Sequential(
        [
            keras.Input(x.shape[1:]),
            keras.layers.LSTM(UNITS, activation=activation),
            keras.layers.RepeatVector(LEADS),
            keras.layers.LSTM(UNITS, activation=activation, return_sequences=True),
            keras.layers.TimeDistributed(keras.layers.Dense(STATIONS)),
        ]
    )
    y = y.reshape(-1, LEADS, STATIONS)
    shared.serve(network, folder, x, y, "mean_squared_error", BATCH)


def weights_for_keras(state: dict) -> dict[str, np.ndarray]:
    """The first weights as Keras wants them: matrices turned, one bias a layer."""
    made = {}
    for name, tensor in state.items():
        if "bias_hh" not in name:  # held at zero
            made[name] = tensor.numpy().T
        else:
            assert not tensor.any(), name
    return made


def measure(activation: str, steps: int, epochs: int, batches: int) -> dict:
    """A row: samples per second of laicflow beside those of Keras."""
    from laicflow.models import registry
    from laicflow.training.data import VALUES, Arrays

    n, features = batches * BATCH, STATIONS + INDICES
    random = np.random.default_rng(shared.SEED)
    x = random.standard_normal((n, 1, steps, features), np.float32)
    y = random.standard_normal((n, LEADS * STATIONS), np.float32)
    sizes = {"steps": steps, "features": features, "leads": LEADS, "outputs": STATIONS}
    made = {**sizes, "units": UNITS, "activation": activation}
    network = registry.build("ed_lstme", made, seed=shared.SEED)
    options = {
        "epochs": epochs + 1,
        "batch_size": BATCH,
        "learning_rate": shared.RATE,
        "select": "last",
        "standardise": "none",
        "accelerator": "cpu",
        "precision": "32-true",
        "threads": 1,
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "start.npz", **weights_for_keras(network.state_dict()))
        np.savez(folder / "samples.npz", x=x, y=y, activation=activation)
        with shared.Keras(folder, __file__) as keras:
            arrays = Arrays(x, y, classes=VALUES)
            fitted = shared.in_turns(keras, network, arrays, options)
    losses = fitted.history["train_loss"]
    np.testing.assert_allclose(losses, keras.losses, rtol=shared.LOSSES_WITHIN)
    ours, theirs = fitted.history["seconds"][1:], keras.seconds[1:]
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    own, other = (statistics.median(side) / n for side in (ours, theirs))
    each = [1e6 * side / steps for side in (own, other)]
    told = f"{1 / own:.0f} samples/s; a step of a sample {each[0]:.1f} us, of Keras {each[1]:.1f}"
    return {
        "pair": f"training of ed_lstme, {activation}, {steps} steps: laicflow / Keras (torch)",
        "input": f"{features} x {steps} to {STATIONS} x {LEADS}, batch {BATCH}, Adam, one thread",
        "rounds": epochs,
        "ours": own * BATCH,
        "peer": other * BATCH,
        "ratio": f"{ratio:.2f} of its samples per second, {told}",
        "limit": f"at least {AT_LEAST:g}",
        "good": ratio >= AT_LEAST,
    }


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=3, help="epochs that are timed")
    parser.add_argument("--batches", type=int, default=8, help="batches of an epoch")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keras", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.keras:
        keras_side(options.keras)
        return 0
    os.environ["OMP_NUM_THREADS"] = "1"
    rows = []
    for activation, steps in CASES:
        rows.append(measure(activation, steps, options.epochs, options.batches))
        told = "{pair}: {ours:.2f} s and {peer:.2f} s a batch, {ratio} ({limit})"
        print(told.format(**rows[-1]), file=sys.stderr if options.json else sys.stdout, flush=True)
    if options.json:
        print(json.dumps(rows))
        return 0
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

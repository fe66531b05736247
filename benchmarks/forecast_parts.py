"""Measure bounds, scores and gap filling of edlstme beside plain loops.

    .venv/bin/python benchmarks/forecast_parts.py [--rounds 3] [--json]

A simulated year of hourly VTEC at five stations. Each part is written here once more, plainly:
residual bounds with numpy epoch by epoch; IQR bounds with pandas for each hour of the day; scores
and their intervals with numpy, resample by resample over the samples themselves; filling with the
equations of the Kalman filter, epoch by epoch, with the variances that were estimated. Both sides
take turns, and give the same numbers, which is checked on every run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "workflow/scripts"))

STATIONS, DAYS, HOURS = 5, 365, 24
LOOK_BACK, LEAST = 15, 12
SCORED_DAYS, LEADS, RESAMPLES = 365, (1.0, 2.0, 3.0, 4.0), 1000
INPUT = f"simulated, {DAYS} days of hourly VTEC at {STATIONS} stations"


def series(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """VTEC (station, epoch) with gaps, and a forecast of it."""
    random = np.random.default_rng(seed)
    hour = np.arange(DAYS * HOURS)
    course = 8 + 12 * np.maximum(np.cos(2 * np.pi * (hour - 14) / HOURS), -0.3)
    level = np.repeat(random.gamma(30, 1 / 30, (STATIONS, DAYS)), HOURS, axis=1)
    observed = course * level + random.normal(0, 0.5, (STATIONS, hour.size))
    predicted = observed + random.normal(0, 1.0, observed.shape)
    observed[random.random(observed.shape) < 0.01] = np.nan
    for station in range(STATIONS):
        for first in random.choice(hour.size - 200, 20, replace=False) + 100:
            observed[station, first : first + random.integers(1, 9)] = np.nan
    return observed, predicted


def timed(call: Callable) -> tuple[float, object]:
    """Seconds of a call, and what it gave."""
    start = time.perf_counter()
    made = call()
    return time.perf_counter() - start, made


def residual_loop(observed: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Lower and upper bound, (2, station, epoch): each from a slice of the errors before."""
    window, least = LOOK_BACK * HOURS, LEAST * HOURS
    error = observed - predicted
    made = np.full((2, *error.shape), np.nan)
    for station in range(len(error)):
        for epoch in range(error.shape[1]):
            past = error[station, max(epoch - window, 0) : epoch]
            past = past[np.isfinite(past)]
            if past.size >= least:
                centre = predicted[station, epoch] + past.mean()
                width = 2.0 * past.std(ddof=1)
                made[:, station, epoch] = centre - width, centre + width
    return made


def quartile_frames(observed: np.ndarray) -> np.ndarray:
    """Lower and upper bound, (2, station, epoch), by pandas over a frame for each station."""
    made = np.empty((2, *observed.shape))
    for station, values in enumerate(observed):
        rolling = pd.DataFrame(values.reshape(-1, HOURS)).shift(1).rolling(LOOK_BACK, LEAST)
        low, middle, high = (rolling.quantile(share).to_numpy() for share in (0.25, 0.5, 0.75))
        width = 1.5 * (high - low)
        made[0, station], made[1, station] = (middle - width).ravel(), (middle + width).ravel()
    return made


def bounds(rounds: int) -> list[dict]:
    """Rows of both bounds."""
    from laicflow.anomalies.bounds import iqr_bounds, residual_bounds

    observed, predicted = series()
    sides = {
        "residual bounds (15 days): laicflow / numpy, epoch by epoch": (
            lambda: residual_bounds(observed, predicted, HOURS, lead=1),
            lambda: residual_loop(observed, predicted),
        ),
        "IQR bounds (15 days): laicflow / `DataFrame.rolling(15).quantile`": (
            lambda: iqr_bounds(observed, HOURS),
            lambda: quartile_frames(observed),
        ),
    }
    rows = []
    for pair, (ours, plain) in sides.items():
        times = []
        for _ in range(rounds):
            (own, made), (other, expected) = timed(ours), timed(plain)
            np.testing.assert_allclose([made.lower, made.upper], expected, rtol=1e-7, atol=1e-9)
            times.append((own, other))
        rows.append(row_of(pair, INPUT, times))
    return rows


def forecasts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions of two experiments for all stations and leads every hour, and their samples."""
    random = np.random.default_rng(1)
    issue = pd.date_range("2019-01-01", periods=SCORED_DAYS * HOURS, freq="h").as_unit("us")
    samples = pd.DataFrame(
        {
            "sample_id": [f"s{k}/{i}" for k in range(STATIONS) for i in range(len(issue))],
            "site": np.repeat([f"s{k}" for k in range(STATIONS)], len(issue)),
            "issue_time": np.tile(issue, STATIONS),
        }
    )
    samples["support_start"] = samples["issue_time"] - pd.Timedelta(days=1)
    samples["end"] = samples["issue_time"] + pd.Timedelta(hours=max(LEADS))
    shape = len(samples), len(LEADS)
    target = random.gamma(4, 5, shape)
    parts = []
    for name, error in (("a", 2.0), ("b", 2.2)):
        parts.append(
            pd.DataFrame(
                {
                    "sample_id": np.repeat(samples["sample_id"].to_numpy(), shape[1]),
                    "lead": np.tile(LEADS, shape[0]),
                    "experiment": name,
                    "seed": 0,
                    "split": "test",
                    "draw": 0,
                    "target": target.ravel(),
                    "output": (target + random.normal(0, error, shape)).ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True), samples


def plain_scores(found: object, resampling: object, resamples: int) -> dict[tuple, np.ndarray]:
    """RMSE, MAE and bias of each experiment over all pairs, and of resamples of the blocks."""
    rows = [np.flatnonzero(resampling.block == one) for one in range(resampling.count)]
    made = {}
    for (experiment, _), output in found.outputs.items():
        error = output - found.target
        told = [scores_of(error)]
        for weights in resampling.weights[:resamples]:
            drawn = np.concatenate([rows[b] for b, n in enumerate(weights) for _ in range(n)])
            told.append(scores_of(error[drawn]))
        for number, metric in enumerate(("rmse", "mae", "bias")):
            made[experiment, metric] = np.array([one[number] for one in told])
    return made


def scores_of(error: np.ndarray) -> tuple[float, float, float]:
    """RMSE, MAE and bias."""
    return float(np.sqrt(np.mean(error**2))), float(np.mean(np.abs(error))), float(np.mean(error))


def scores(rounds: int, resamples: int = 50) -> dict:
    """A row; the plain side draws `resamples` of the thousand, and its time is scaled up."""
    from laicflow.evaluation import forecast_scores as module
    from laicflow.evaluation.intervals import Resampling, expanded_levels

    predictions, samples = forecasts()
    found = module.common(predictions, samples)
    # One cell: all stations and leads together.
    found.pairs["site"], found.pairs["lead"] = "all", 1.0
    few = {**module.DEFAULTS, "bootstrap": resamples}
    resampling = Resampling(found.pairs, few, ("benchmark", "forecasts"))
    metrics = ("rmse", "mae", "bias")
    expected = plain_scores(found, resampling, resamples)
    table = module.forecast_scores(found, few, ("benchmark",), metrics=metrics)
    for row in table.itertuples():
        told = expected[row.experiment, row.metric]
        levels = expanded_levels(resampling.count, resampling.level)
        low, high = np.quantile(told[1:], levels)
        np.testing.assert_allclose([row.value, row.low, row.high], [told[0], low, high], rtol=1e-9)
    times = []
    for _ in range(rounds):
        own, _ = timed(
            lambda: module.forecast_scores(
                found, {"bootstrap": RESAMPLES}, ("benchmark",), metrics=metrics
            )
        )
        other, _ = timed(lambda: plain_scores(found, resampling, resamples))
        times.append((own, other * RESAMPLES / resamples))
    pairs = f"{len(found.target):,} forecasts by each of two, {RESAMPLES} resamples of weeks"
    told = "scores with intervals: laicflow / numpy over the samples, resample by resample"
    return row_of(f"{told} (scaled up from {resamples})", pairs, times)


def kalman_loop(values: np.ndarray, variances: dict[str, float], harmonics: int) -> np.ndarray:
    """What a local level and a daily seasonal expect at every epoch of what came before it."""
    size = 1 + 2 * harmonics
    move, design = np.eye(size), np.zeros(size)
    design[0] = 1.0
    for j in range(1, harmonics + 1):
        angle = 2 * np.pi * j / HOURS
        at = 2 * j - 1
        cosine, sine = np.cos(angle), np.sin(angle)
        move[at : at + 2, at : at + 2] = [[cosine, sine], [-sine, cosine]]
        design[at] = 1.0
    noise = np.diag([variances["level"], *[variances["seasonal"]] * (size - 1)])
    state, spread = np.zeros(size), np.eye(size) * 1e6
    expected = np.empty(values.size)
    for epoch, value in enumerate(values):
        expected[epoch] = design @ state
        if np.isfinite(value):
            gain = spread @ design
            total = design @ gain + variances["irregular"]
            state = state + gain * (value - expected[epoch]) / total
            spread = spread - np.outer(gain, gain) / total
        state, spread = move @ state, move @ spread @ move.T + noise
    return expected


def filling(rounds: int) -> dict:
    """A row: the filling of one station's gaps, variances known, beside the bare equations."""
    from laicflow.clean import series as module

    values = series()[0][0]
    known = np.ones(values.size, dtype=bool)
    centre = np.nanmean(values)

    def fill() -> module.Filled:
        return module.fill_gaps(values, HOURS, longest=3, known=known)

    real, held = module._estimate, []
    whole, first = timed(fill)
    times = []
    try:
        # Estimated once, and then given.
        module._estimate = lambda *given: held[0] if held else held.append(real(*given)) or held[0]
        fill()
        for _ in range(rounds):
            own, made = timed(fill)
            other, expected = timed(
                lambda: kalman_loop(values - centre, first.variances, module.HARMONICS) + centre
            )
            where = np.flatnonzero(made.filled)
            assert where.size > 50
            np.testing.assert_allclose(made.values[where], expected[where], atol=1e-3)
            np.testing.assert_array_equal(made.values, first.values)
            times.append((own, other))
    finally:
        module._estimate = real
    row = row_of(
        "gap filling, variances known: laicflow / numpy, epoch by epoch",
        f"simulated, {DAYS} days of hourly VTEC at one station",
        times,
    )
    row["ratio"] += f"; {whole:.1f} s with the estimate of variances"
    return row


def row_of(pair: str, given: str, times: list[tuple[float, float]]) -> dict:
    """A row from the seconds of both sides."""
    ratio = statistics.median(other / own for own, other in times)
    return {
        "pair": pair,
        "input": given,
        "rounds": len(times),
        "ours": statistics.median(own for own, _ in times),
        "peer": statistics.median(other for _, other in times),
        "ratio": f"{ratio:.2f} times as fast",
        "limit": "none",
        "good": True,
    }


def main() -> int:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [*bounds(options.rounds), scores(options.rounds), filling(options.rounds)]
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['pair']}: {row['ours']:.3f} s / {row['peer']:.3f} s, {row['ratio']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

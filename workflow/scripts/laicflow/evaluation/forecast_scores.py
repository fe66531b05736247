"""How good forecasts of values are, by lead, station, experiment and seed, and which is better.

Scores are functions of sums by block of time, so that those of all samples and of a thousand
resamples of the blocks come from the same code (`laicflow.evaluation.intervals`). Equations: Xiong
et al. 2022 (doi 10.1109/JSTARS.2022.3175961), 3 to 6. Its equation 4 calls R2 what is the square of
the correlation, which does not see a bias or a wrong scale (`r2_paper`); `r2` is 1 - SSE/SST with
SST around the mean of what came.

All forecasters are scored on the same pairs of sample and lead: one that any of them has not
forecast, or of which nothing is known to have come, is left out for all of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.evaluation.intervals import DEFAULTS as INTERVALS
from laicflow.evaluation.intervals import Interval, Resampling
from laicflow.schema import NUMBER, TEXT, WHOLE

METRICS = ("rmse", "mae", "bias", "rho", "r2_paper", "r2")
# Metrics of which less is better; the sign of a bias says who errs to which side, not who is worse.
LOSSES, UNJUDGED = ("rmse", "mae"), ("bias",)
ALL = "all"
UNDECIDED = "undecided"
TEST = "test"
# Errors persist over days: blocks are a week, and at least as long as a window and its horizon.
DEFAULTS: dict[str, Any] = {**INTERVALS, "support_days": 7.0}

SCORES = {
    "experiment": TEXT,
    "seed": WHOLE,
    "site": TEXT,
    "lead": NUMBER,
    "metric": TEXT,
    "value": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "n": WHOLE,
    "n_blocks": WHOLE,
    "block_days": NUMBER,
    "note": TEXT,
}
_DTYPES = {TEXT: "str", NUMBER: "float64", WHOLE: "Int64"}
# Sums that the metrics need: 1, e, |e|, e^2, y, y^2, p, p^2, y p with e = p - y.
_N, _E, _ABS, _EE, _Y, _YY, _P, _PP, _YP = range(9)
# A sum of squares below this share of what was added up is rounding.
_ROUNDING = 1e-10

Run = tuple[str, int]


@dataclass(frozen=True)
class Common:
    """Forecasts of several forecasters for the same pairs of sample and lead.

    Attributes
    ----------
    pairs : sample_id, site, lead, issue_time, support_start, end of each pair, in order of time
    target : (pair); outputs : (pair) by experiment and seed
    asked : pairs that any of them has; no_target : pairs without a target
    no_output : pairs with a target that an experiment and seed has not forecast
    """

    pairs: pd.DataFrame
    target: np.ndarray
    outputs: dict[Run, np.ndarray]
    asked: int
    no_target: int
    no_output: dict[Run, int] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """How many pairs were left out for all, and why; empty where none was."""
        left = self.asked - len(self.target)
        if not left:
            return ""
        told = [f"{self.no_target} without a target"] if self.no_target else []
        for (experiment, seed), lost in self.no_output.items():
            told += [f"{lost} not forecast by {experiment}, seed {seed}"] if lost else []
        return f"{left} of {self.asked} left out for all: {', '.join(told)}"


def common(
    predictions: pd.DataFrame, samples: pd.DataFrame, *, split: str = TEST, draw: int = 0
) -> Common:
    """The pairs of sample and lead that every experiment and seed has forecast.

    Parameters
    ----------
    predictions : table `predictions` of one variant; folds are pooled
    samples : table `samples` with sample_id, site, issue_time, support_start, end; where it has a
        horizon (days), a sample ends with what it tells

    Raises
    ------
    LaicflowError : a pair that is forecast twice by one experiment and seed or has two targets, a
        sample that is not in the samples
    """
    own = predictions[(predictions["split"] == split) & (predictions["draw"] == draw)]
    number, ids = pd.factorize(own["sample_id"])
    leads = np.unique(own["lead"].to_numpy(dtype="float64"))
    if np.isnan(leads).any():
        raise LaicflowError("predictions: a forecast has no lead")
    pair = number * max(len(leads), 1) + np.searchsorted(leads, own["lead"].to_numpy())
    seen, row = np.unique(pair, return_inverse=True)
    target = _targets(own, row, len(seen))
    outputs = {}
    runs = own.groupby(["experiment", "seed"], sort=True).indices
    for (experiment, seed), where in runs.items():
        if len(np.unique(row[where])) < len(where):
            raise LaicflowError(f"predictions: {experiment}, seed {seed}, forecasts a pair twice")
        made = np.full(len(seen), np.nan)
        made[row[where]] = own["output"].to_numpy()[where]
        outputs[experiment, int(seed)] = made
    known = np.isfinite(target)
    told = {run: np.isfinite(made) for run, made in outputs.items()}
    kept = np.logical_and.reduce([known, *told.values()])
    pairs = _described(ids[seen[kept] // max(len(leads), 1)], samples)
    pairs["lead"] = leads[seen[kept] % len(leads)] if len(leads) else []
    return Common(
        pairs,
        target[kept],
        {run: made[kept] for run, made in outputs.items()},
        len(seen),
        int((~known).sum()),
        {run: int((known & ~made).sum()) for run, made in told.items()},
    )


def forecast_scores(
    found: Common,
    options: dict[str, Any],
    names: Sequence[str | int],
    *,
    metrics: Sequence[str] = METRICS,
) -> pd.DataFrame:
    """Scores of all forecasters with intervals, for each lead and station and for all of them.

    Parameters
    ----------
    found : `common`
    options : of `intervals.Resampling`: `bootstrap`, `level`, `min_blocks`, and `support_days`, the
        least length of a block (7)
    names : what names the random numbers

    Returns
    -------
    Columns `SCORES`: lead in hours, NaN for all leads together; site `all` for all stations; seed
    missing for the mean over the seeds of an experiment that has several. rmse, mae and bias
    (output - target) in the unit of the targets. Undefined scores (a constant forecast has no
    correlation) are NaN and the note says so
    """
    rows, sampled = [], _Sampled(found, options, names)
    for cell in sampled.cells():
        for experiment, seeds in _experiments(found).items():
            groups = [[seed] for seed in seeds] + ([seeds] if len(seeds) > 1 else [])
            for group in groups:
                sums = [cell.sums[experiment, seed] for seed in group]
                who = {"experiment": experiment, "seed": group[0] if len(group) == 1 else pd.NA}
                for metric in metrics:
                    told = _estimate(cell, lambda w, m=metric, s=sums: _mean(s, m, w))
                    rows.append({**who, **cell.facts, "metric": metric, **told})
    return _table(rows, SCORES, found)


def forecast_differences(
    found: Common,
    versus: str,
    options: dict[str, Any],
    names: Sequence[str | int],
    *,
    metrics: Sequence[str] = ("rmse", "mae", "r2"),
) -> pd.DataFrame:
    """What every other experiment scores less what `versus` does, on the same samples.

    Means over seeds; both sides have the same resamples of blocks.

    Returns
    -------
    Columns `SCORES` with `versus` and `better`: who is, where the interval does not hold 0, else
    `undecided`; empty for a bias

    Raises
    ------
    LaicflowError : no forecasts of `versus`
    """
    experiments = _experiments(found)
    if versus not in experiments:
        raise LaicflowError(f"predictions: none of {versus!r}; there are {', '.join(experiments)}")
    rows, sampled = [], _Sampled(found, options, names)
    for cell in sampled.cells():
        theirs = [cell.sums[versus, seed] for seed in experiments[versus]]
        for experiment, seeds in experiments.items():
            ours = [cell.sums[experiment, seed] for seed in seeds]
            for metric in metrics if experiment != versus else ():
                told = _estimate(
                    cell,
                    lambda w, m=metric, a=ours, b=theirs: _mean(a, m, w) - _mean(b, m, w),
                )
                who = {"experiment": experiment, "seed": pd.NA, "versus": versus}
                told["better"] = _better(told, experiment, versus, metric)
                rows.append({**who, **cell.facts, "metric": metric, **told})
    return _table(rows, {**SCORES, "versus": TEXT, "better": TEXT}, found)


def metric(name: str, sums: np.ndarray) -> np.ndarray:
    """A metric from sums (..., 9) of 1, e, |e|, e^2, y, y^2, p, p^2 and y p; NaN where undefined.

    y and p are what came and what was forecast, less any one number; e is p - y.

    Raises
    ------
    LaicflowError : an unknown metric
    """
    n, yy, pp = sums[..., _N], sums[..., _YY], sums[..., _PP]
    if name in ("rmse", "mae", "bias"):
        mean = _ratio(sums[..., {"rmse": _EE, "mae": _ABS, "bias": _E}[name]], n)
        return np.sqrt(mean) if name == "rmse" else mean
    spread_y = _spread(yy, sums[..., _Y], n)
    if name == "r2":
        return 1 - _ratio(sums[..., _EE], spread_y)
    if name not in METRICS:
        raise LaicflowError(f"unknown metric {name!r}; known are {', '.join(METRICS)}")
    spread_p = _spread(pp, sums[..., _P], n)
    shared = sums[..., _YP] - _ratio(sums[..., _Y] * sums[..., _P], n)
    rho = np.clip(_ratio(shared, np.sqrt(spread_y * spread_p)), -1, 1)
    return rho if name == "rho" else rho**2


@dataclass(frozen=True)
class _Cell:
    """A station and a lead, or all of them: sums (block, 9) by run, and what is said of them."""

    facts: dict[str, Any]
    sums: dict[Run, np.ndarray]
    resampling: Resampling
    note: str


class _Sampled:
    """Blocks of time, the same for all, and sums in them."""

    def __init__(self, found: Common, options: dict, names: Sequence[str | int]) -> None:
        self.found = found
        self.least = max(2, {**DEFAULTS, **options}["min_blocks"])
        self.resampling = Resampling(found.pairs, {**DEFAULTS, **options}, (*names, "forecasts"))
        sites, leads = (found.pairs[name].to_numpy() for name in ("site", "lead"))
        self.sites, site = np.unique(sites.astype(str), return_inverse=True)
        self.leads, lead = np.unique(leads.astype(float), return_inverse=True)
        self.shape = (len(self.sites), len(self.leads), self.resampling.count)
        flat = np.ravel_multi_index((site, lead, self.resampling.block), self.shape)
        y = found.target - (found.target.mean() if len(found.target) else 0.0)
        self.sums = {}
        for run, output in found.outputs.items():
            e, p = output - found.target, output - found.target + y
            parts = (np.ones(len(y)), e, np.abs(e), e * e, y, y * y, p, p * p, y * p)
            size = int(np.prod(self.shape))
            made = [np.bincount(flat, weights=part, minlength=size) for part in parts]
            self.sums[run] = np.stack(made, axis=-1).reshape(*self.shape, len(parts))

    def cells(self) -> Iterator[_Cell]:
        """All stations and leads, then each; one station or lead alone stands once."""
        if not self.sums or not len(self.found.target):
            return
        every = slice(None)
        sites = [(ALL, every)] + [(name, slice(k, k + 1)) for k, name in enumerate(self.sites)]
        leads = [(math.nan, every)] + [(one, slice(k, k + 1)) for k, one in enumerate(self.leads)]
        for name, site in sites if len(self.sites) > 1 else sites[1:]:
            for hours, lead in leads if len(self.leads) > 1 else leads[1:]:
                sums = {run: own[site, lead].sum(axis=(0, 1)) for run, own in self.sums.items()}
                count = next(iter(sums.values()))[:, _N]
                blocks = int((count > 0).sum())
                facts = {"site": name, "lead": hours, "n": int(count.sum()), "n_blocks": blocks}
                facts["block_days"] = self.resampling.days
                few = f"{blocks} blocks with samples, fewer than {self.least}"
                yield _Cell(facts, sums, self.resampling, few if blocks < self.least else "")


def _estimate(cell: _Cell, statistic: Callable[[np.ndarray], np.ndarray]) -> dict[str, Any]:
    """Value and interval of a statistic of weights (resample, block)."""
    value = float(statistic(np.ones((1, cell.resampling.count)))[0])
    if math.isnan(value):
        return {"value": value, "low": value, "high": value, "note": "not defined"}
    why = cell.resampling.note or cell.note
    interval = Interval(math.nan, math.nan, why) if why else cell.resampling.interval(statistic)
    return {"value": value, "low": interval.low, "high": interval.high, "note": interval.note}


def _mean(sums: Sequence[np.ndarray], name: str, weights: np.ndarray) -> np.ndarray:
    """Mean of a metric over seeds for each resample."""
    return np.mean([metric(name, weights @ one) for one in sums], axis=0)


def _better(told: dict[str, Any], ours: str, theirs: str, name: str) -> str:
    """Who is better by an interval of the difference."""
    if name in UNJUDGED:
        return ""
    if not (told["low"] > 0 or told["high"] < 0):
        return UNDECIDED
    return ours if (told["high"] < 0) == (name in LOSSES) else theirs


def _experiments(found: Common) -> dict[str, list[int]]:
    """Seeds by experiment, in order."""
    made: dict[str, list[int]] = {}
    for experiment, seed in found.outputs:
        made.setdefault(experiment, []).append(seed)
    return made


def _table(rows: list[dict], columns: dict[str, str], found: Common) -> pd.DataFrame:
    """Rows with exactly the columns, each of its type; every note says what was left out."""
    table = pd.DataFrame(rows, columns=list(columns))
    table["note"] = ["; ".join(filter(None, (one, found.note))) for one in table["note"]]
    return table.astype({name: _DTYPES[kind] for name, kind in columns.items()})


def _targets(own: pd.DataFrame, row: np.ndarray, pairs: int) -> np.ndarray:
    """The target of each pair."""
    told = own["target"].to_numpy(dtype="float64")
    known = np.isfinite(told)
    target = np.full(pairs, np.nan)
    target[row[known]] = told[known]
    if (target[row[known]] != told[known]).any():
        raise LaicflowError("predictions: a sample and lead have two targets")
    return target


def _described(ids: np.ndarray, samples: pd.DataFrame) -> pd.DataFrame:
    """Station and times of samples by id."""
    columns = ["site", "issue_time", "support_start", "end"]
    own = samples.set_index("sample_id")
    where = own.index.get_indexer(pd.Index(ids))
    if (where < 0).any():
        raise LaicflowError(f"samples: no {ids[int((where < 0).argmax())]!r}")
    told = own[columns].iloc[where].reset_index(names="sample_id")
    if "horizon" in own and len(told):
        days = own["horizon"].fillna(0.0).to_numpy()[where]
        told["end"] = told["end"] + pd.to_timedelta((days * 86_400).round(), unit="s")
    return told


def _spread(squares: np.ndarray, total: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Sum of squares around the mean, NaN where there is none but rounding."""
    spread = squares - _ratio(total * total, n)
    return np.where(spread > _ROUNDING * squares, spread, np.nan)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Quotient, NaN where the divisor is 0."""
    return np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below != 0)

"""How the forecasts of a ledger have come off so far."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from laicflow import ledger
from laicflow.evaluation.intervals import Resampling
from laicflow.evaluation.metrics import tally

NAMES = ["run", "study", "variant", "experiment"]
# With fewer outcomes of either kind nothing is said of skill.
LEAST = 10
REPLAYED = "replayed"


def summary(table: pd.DataFrame, options: dict | None = None, least: int = LEAST) -> pd.DataFrame:
    """What a ledger tells, a row for each run, study, variant and experiment.

    Parameters
    ----------
    table : table `forecasts`, as `ledger.read` gives it
    options : of `intervals.Resampling`
    least : fewest forecasts with an outcome of 1, and of 0, about which a judgement is made

    Returns
    -------
    The names; numbers of `forecasts`, those `replayed` among them (made after the fact, no
    forecasts in earnest), `outcomes`, those still `waiting`, and `revised` outcomes; of the
    outcomes as last told: `hits` (alarm, earthquake), `misses` (earthquake without alarm),
    `false_alarms`, `quiet` (neither), `base_rate`; `brier` (Brier 1950) with the ends `low` and
    `high` of its interval (blocks of time at least as long as a window and its horizon, 95 %
    unless options say otherwise), `brier_base_rate`, that of telling the base rate always, which
    is known only in hindsight; `blocks`; `note`
    """
    rows = [
        {**dict(zip(NAMES, names, strict=True)), **_row(own, names, options or {}, least)}
        for names, own in table.groupby(NAMES, sort=True)
    ]
    return pd.DataFrame(rows)


def _row(own: pd.DataFrame, names: tuple[str, ...], options: dict, least: int) -> dict:
    """The numbers of one experiment."""
    forecasts = own[own["kind"] == ledger.FORECAST]
    told = ledger.latest_outcomes(own)
    columns = ["window_id", "outcome"]
    judged = forecasts.drop(columns="outcome").merge(told[columns], on="window_id")
    replayed = int(forecasts["note"].fillna("").str.contains(REPLAYED).sum())
    counts = {
        "forecasts": len(forecasts),
        "replayed": replayed,
        "outcomes": len(judged),
        "waiting": len(forecasts) - len(judged),
        "revised": int((own["kind"] == ledger.OUTCOME).sum()) - len(told),
    }
    return counts | _scores(judged, names, options, least)


def _scores(judged: pd.DataFrame, names: tuple[str, ...], options: dict, least: int) -> dict:
    """Hits, misses and the Brier score of forecasts whose outcome is known."""
    target = judged["outcome"].to_numpy(dtype=int)
    alarm = judged["alarm"].to_numpy(dtype=int) == 1
    score = judged["score"].to_numpy()
    scores = {
        "hits": int((alarm & (target == 1)).sum()),
        "misses": int((~alarm & (target == 1)).sum()),
        "false_alarms": int((alarm & (target == 0)).sum()),
        "quiet": int((~alarm & (target == 0)).sum()),
        "base_rate": float(target.mean()) if len(target) else math.nan,
        "brier": float(np.mean((score - target) ** 2)) if len(target) else math.nan,
        "low": math.nan,
        "high": math.nan,
        "brier_base_rate": float(target.var()) if len(target) else math.nan,
        "blocks": 0,
    }
    notes = []
    if min(int((target == kind).sum()) for kind in (0, 1)) < least:
        quakes = int(target.sum())
        notes.append(
            f"too few outcomes: {quakes} with and {len(target) - quakes} without an earthquake, "
            f"{least} of each are the least"
        )
    if len(target):
        columns = {"window_start": "support_start", "horizon_end": "end"}
        spans = judged[["issue_time", *columns]].rename(columns=columns)
        resampling = Resampling(spans, options, (*names, "forecasts"))
        blocks = tally(target, score, resampling.block, blocks=resampling.count)
        interval = resampling.mean([blocks], "brier")
        scores |= {"low": interval.low, "high": interval.high, "blocks": resampling.count}
        notes.append(interval.note)
    return scores | {"note": "; ".join(filter(None, notes))}

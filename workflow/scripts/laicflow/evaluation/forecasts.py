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
FEW = "too few outcomes"


def summary(
    table: pd.DataFrame,
    options: dict | None = None,
    least: int = LEAST,
    now: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """What a ledger tells, a row for each run, study, variant and experiment, and registration.

    Forecasts by other settings are others (`laicflow.registration`): nothing is counted over both.

    A score is no probability that the earth quakes within the horizon. The network learned from
    classes made equally large, of which one ends right at an earthquake, so the scores lie about a
    half whatever the base rate of the horizon is, and the Brier score blames them for that. What
    can be judged is whether the scores before earthquakes are higher than the others: the AUC.

    Parameters
    ----------
    table : table `forecasts`, as `ledger.read` gives it
    options : of `intervals.Resampling`
    least : fewest forecasts with an outcome of 1, and of 0, about which a judgement is made
    now : present instant, UTC; without it that at which the ledger was last written

    Returns
    -------
    The names; `registration`, "" of forecasts made before there was one; number of those
    `replayed` (made after the fact: no forecasts in earnest, and in nothing that follows); of all
    others the numbers of `forecasts`, `outcomes`, those still `waiting`, of these `overdue` (the
    horizon is over), and `revised` outcomes; of the outcomes as
    last told: `hits` (alarm, earthquake), `misses` (earthquake without alarm),
    `false_alarms`, `quiet` (neither), `base_rate`; `auc`, NaN with too few outcomes, with the ends
    `auc_low` and `auc_high` of its interval (blocks of time at least as long as a window and its
    horizon, 95 % unless options say otherwise); `brier` (Brier 1950) with `low` and `high`,
    `brier_base_rate`, that of telling the base rate always, which is known only in hindsight;
    `blocks`; `note`
    """
    # Registrations stay in the order in which they came into force.
    rows = [
        {
            **dict(zip([*NAMES, "registration"], [*names, digest], strict=True)),
            **_row(own, names, now or table["written_at"].max(), options or {}, least),
        }
        for names, whole in table.groupby(NAMES, sort=True)
        for digest, own in whole.groupby(whole["registration"].fillna(""), sort=False)
    ]
    return pd.DataFrame(rows)


def lines(told: pd.DataFrame) -> list[str]:
    """A line of text for each row of a summary."""
    return [_line(row) for row in told.to_dict("records")]


def _line(row: dict) -> str:
    """What a row of a summary says."""
    said = [
        f"{'/'.join(row[name] for name in NAMES)}{_registered(row)}: {row['forecasts']} forecasts, "
        f"{row['outcomes']} with an outcome, {row['waiting']} waiting; {row['replayed']} replayed "
        "left out"
    ]
    if row["overdue"]:
        said.append(f"{row['overdue']} of those that wait are past their horizon")
    if row["outcomes"]:
        said.append(
            f"{row['hits']} hits, {row['misses']} misses, {row['false_alarms']} false alarms, "
            f"{row['quiet']} quiet"
        )
    if FEW not in row["note"]:
        said.append(f"AUC {row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})")
        said.append(
            f"Brier {row['brier']:.3f} ({row['low']:.3f} to {row['high']:.3f}), of the base rate "
            f"alone {row['brier_base_rate']:.3f}"
        )
    return "; ".join([*said, *filter(None, [row["note"]])])


def _registered(row: dict) -> str:
    """By which registration, as its sha256 begins."""
    return f", registered as {row['registration'][:8]}" if row["registration"] else ""


def _row(
    own: pd.DataFrame, names: tuple[str, ...], last: pd.Timestamp, options: dict, least: int
) -> dict:
    """The numbers of one experiment."""
    forecasts = own[own["kind"] == ledger.FORECAST]
    late = ledger.replayed(forecasts)
    earnest = forecasts[~late]
    outcomes = own[(own["kind"] == ledger.OUTCOME) & own["window_id"].isin(earnest["window_id"])]
    told = ledger.latest_outcomes(outcomes)
    columns = ["window_id", "outcome"]
    judged = earnest.drop(columns="outcome").merge(told[columns], on="window_id")
    open_ones = earnest[~earnest["window_id"].isin(judged["window_id"])]
    counts = {
        "replayed": int(late.sum()),
        "forecasts": len(earnest),
        "outcomes": len(judged),
        "waiting": len(open_ones),
        "overdue": int((open_ones["horizon_end"] < last).sum()),
        "revised": len(outcomes) - len(told),
    }
    return counts | _scores(judged, names, options, least)


def _scores(judged: pd.DataFrame, names: tuple[str, ...], options: dict, least: int) -> dict:
    """Hits, misses, AUC and the Brier score of forecasts whose outcome is known."""
    target = judged["outcome"].to_numpy(dtype=int)
    alarm = judged["alarm"].to_numpy(dtype=int) == 1
    score = judged["score"].to_numpy()
    scores = {
        "hits": int((alarm & (target == 1)).sum()),
        "misses": int((~alarm & (target == 1)).sum()),
        "false_alarms": int((alarm & (target == 0)).sum()),
        "quiet": int((~alarm & (target == 0)).sum()),
        "base_rate": float(target.mean()) if len(target) else math.nan,
        **dict.fromkeys(("auc", "auc_low", "auc_high"), math.nan),
        "brier": float(np.mean((score - target) ** 2)) if len(target) else math.nan,
        "low": math.nan,
        "high": math.nan,
        "brier_base_rate": float(target.var()) if len(target) else math.nan,
        "blocks": 0,
    }
    notes = []
    few = min(int((target == kind).sum()) for kind in (0, 1)) < least
    if few:
        quakes = int(target.sum())
        notes.append(
            f"{FEW}: {quakes} with and {len(target) - quakes} without an earthquake, "
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
        if not few:
            interval = resampling.mean([blocks], "auc")
            scores["auc"] = float(blocks.metric("auc")[0])
            scores |= {"auc_low": interval.low, "auc_high": interval.high}
            notes.append(interval.note)
    return scores | {"note": "; ".join(dict.fromkeys(filter(None, notes)))}

"""The table `scores` of a variant that forecasts values: all forecasters on the same pairs.

Rows are those of `forecast_scores` with two more columns: `site` and `lead` (hours), both missing
where all stations or all leads are taken together. A forecaster that has told less than half of
what came is not compared, since all others would be judged on its part alone; a row of metric rmse
with n 0 says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from laicflow.evaluation.forecast_scores import ALL, Common, common, forecast_scores
from laicflow.evaluation.intervals import BLOCKS
from laicflow.schema import conform, empty

TEST = "test"
LEAST_SHARE = 0.5
_KEPT = ("experiment", "seed", "metric", "value", "low", "high", "n", "block_days", "note")


def is_forecast(predictions: pd.DataFrame) -> bool:
    """Whether predictions are of values at leads, not of classes."""
    return bool(predictions["lead"].notna().any())


def compared(
    predictions: pd.DataFrame, samples: pd.DataFrame
) -> tuple[Common | None, dict[str, str]]:
    """Forecasts of the test on common pairs, None without any; why some are not compared."""
    tested = predictions[(predictions["split"] == TEST) & (predictions["draw"] == 0)]
    known = tested[tested["target"].notna()]
    told = known.assign(told=known["output"].notna())
    share = told.groupby("experiment")["told"].mean()
    sparse = {
        name: f"undecidable: {100 * part:.0f} % of what came was forecast"
        for name, part in share.items()
        if part < LEAST_SHARE
    }
    kept = tested[~tested["experiment"].isin(sparse)]
    return (common(kept, samples) if len(kept) else None), sparse


def score_forecasts(
    predictions: pd.DataFrame,
    samples: pd.DataFrame,
    options: dict,
    *,
    variant: str,
    notes: pd.DataFrame,
    names: Sequence[str | int],
) -> pd.DataFrame:
    """Score all test forecasts of a variant; parameters are those of `scores.score`."""
    found, sparse = compared(predictions, samples)
    made = empty("scores")
    if found is not None:
        table = forecast_scores(found, options, names)
        table = pd.concat([table, _means(table)], ignore_index=True)
        made = table[list(_KEPT)].assign(
            site=table["site"].mask(table["site"] == ALL),
            lead=table["lead"],
            n_eff=table["n_blocks"].astype("float64"),
            method=BLOCKS,
        )
        # The only station, or hour ahead, stands for all, and stands alone too.
        for column, none in (("site", None), ("lead", float("nan"))):
            if found.pairs[column].nunique() == 1:
                made = pd.concat([made.assign(**{column: none}), made], ignore_index=True)
    rows = _untested(notes, set(predictions["experiment"]) - set(sparse)) | sparse
    lost = [
        {"experiment": name, "metric": "rmse", "n": 0, "note": why} for name, why in rows.items()
    ]
    if lost:
        lost = pd.DataFrame(lost).assign(n_eff=0.0, method="none", site=None, lead=float("nan"))
        made = pd.concat([made, lost], ignore_index=True) if len(made) else lost
    return conform(made.assign(variant=variant, split=TEST, draw=0), "scores")


def _means(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of experiments of one seed again as the mean over their seeds."""
    counts = table.groupby("experiment")["seed"].nunique()
    single = table["experiment"].map(counts) == 1
    return table[single & table["seed"].notna()].assign(seed=pd.NA).astype({"seed": "Int64"})


def _untested(notes: pd.DataFrame, there: set[str]) -> dict[str, str]:
    """Why experiments of the notes have no forecasts at all."""
    found = {}
    for experiment, part in notes.groupby("experiment"):
        firm = [why for why in dict.fromkeys(part["why"]) if why.startswith("undecidable")]
        if experiment not in there and firm:
            found[experiment] = "; ".join(firm)
    return found

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.evaluation.scores import score
from laicflow.schema import conform, empty

START = pd.Timestamp("2020-01-01")


def made(bias: dict[str, float], days: int = 60) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A station and two leads, an hour each day; forecasts err by `bias` and nothing else."""
    issue = START + pd.to_timedelta(np.arange(days), unit="D")
    samples = pd.DataFrame({"sample_id": [f"s{k}" for k in range(days)], "site": "AAAA"})
    samples = samples.assign(issue_time=issue, support_start=issue, end=issue, horizon=0.1)
    target = 10 + np.sin(np.arange(days))
    parts = [
        pd.DataFrame({"sample_id": samples["sample_id"], "lead": lead, "target": target}).assign(
            output=target + by * lead, experiment=name
        )
        for name, by in bias.items()
        for lead in (1.0, 2.0)
    ]
    told = pd.concat(parts).assign(split="test", seed=0, draw=0, fold=0)
    return conform(told, "predictions"), conform(samples, "samples")


def scored(predictions: pd.DataFrame, samples: pd.DataFrame, notes=None) -> pd.DataFrame:
    options = {"bootstrap": 50, "support_days": 7}
    names = ("run", "study", "v")
    return score(predictions, samples, options, variant="v", notes=notes, names=names)


def value(table: pd.DataFrame, name: str, metric: str, lead: float | None) -> float:
    own = table[(table["experiment"] == name) & (table["metric"] == metric)]
    own = own[own["seed"].isna() & own["site"].isna()]
    own = own[own["lead"].isna()] if lead is None else own[own["lead"] == lead]
    assert len(own) == 1
    return float(own["value"].iloc[0])


def test_scores_stand_by_lead_and_for_all_of_them() -> None:
    table = scored(*made({"a": 0.5, "b": -2.0}))
    assert value(table, "a", "rmse", 1.0) == pytest.approx(0.5)
    assert value(table, "b", "bias", 2.0) == pytest.approx(-4.0)
    # Half of the pairs err by 0.5, half by 1: sqrt((0.25 + 1) / 2).
    assert value(table, "a", "rmse", None) == pytest.approx(0.625**0.5)
    assert set(table["method"]) == {"block bootstrap"}


def test_a_forecaster_of_few_pairs_is_told_and_does_not_take_the_others_pairs() -> None:
    predictions, samples = made({"a": 0.5, "b": -2.0})
    few = (predictions["experiment"] == "b") & (predictions.index % 4 > 0)
    predictions.loc[few, "output"] = np.nan
    table = scored(predictions, samples)
    assert table.loc[table["experiment"] == "a", "n"].max() == 120
    (lost,) = table[table["experiment"] == "b"].to_dict("records")
    assert lost["n"] == 0 and lost["note"].startswith("undecidable: 25 %")


def test_what_was_never_forecast_is_in_the_table_with_its_reason() -> None:
    notes = pd.DataFrame([{"experiment": "c", "seed": 0, "draw": 0, "why": "undecidable: no"}])
    table = scored(*made({"a": 0.5}), conform(notes, "notes"))
    (lost,) = table[table["experiment"] == "c"].to_dict("records")
    assert (lost["metric"], lost["n"], lost["note"]) == ("rmse", 0, "undecidable: no")
    assert empty("scores").columns.tolist() == [
        c for c in table.columns if c not in ("site", "lead")
    ]

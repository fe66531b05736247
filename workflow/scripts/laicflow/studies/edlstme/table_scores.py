"""Scores of forecasters by station and lead, beside the published ones (Table II)."""

from __future__ import annotations

import pandas as pd

from laicflow.report.formats import ends, shown
from laicflow.report.lookup import undecided
from laicflow.studies.edlstme.forecasters import ALL, kind_of, label_of, ordered, printed, scored
from laicflow.studies.results import Results

COLUMNS = ["variant", "experiment", "label", "kind", "site", "lead", "metric", "value", "low"]
COLUMNS += ["high", "paper", "n", "n_eff", "note"]
UNITS = {"lead": "h", **dict.fromkeys(("value", "low", "high", "paper", "n", "n_eff"), "1")}
# In the order in which people read them; r2_paper is the paper's equation 4, rho squared.
METRICS = ("r2", "mae", "rmse", "rho", "bias", "r2_paper")


def table2(results: Results) -> pd.DataFrame:
    """A row a variant, forecaster, station, lead and metric; rmse, mae and bias in TECU.

    Leads stand for all stations together; `lead` is missing where all are taken. Needs scores.
    """
    rows = []
    for variant, settings in results.variants.items():
        group = settings["window"]["group"]
        table = scored(results, variant)
        lost = results.scores[variant]
        names = {*table["experiment"], *lost["experiment"]}
        for name in ordered(names):
            who = {"variant": variant, "experiment": name, "kind": kind_of(name)}
            who["label"] = label_of(results.settings, name)
            own = table[table["experiment"] == name]
            if own.empty:
                why = undecided(lost, name)
                rows.append({**who, "site": ALL, "metric": "rmse", "n": 0, "note": why})
            own = own[own["lead"].isna() | (own["site"] == ALL)]
            for one in own.to_dict("records"):
                keep = {key: one[key] for key in ("site", "lead", "metric", "value", "low", "high")}
                keep |= {key: one[key] for key in ("n", "n_eff", "note")}
                whole = pd.isna(one["lead"])
                site = one["site"]
                asked = (name, site, one["metric"], group)
                paper = printed(results.settings, *asked) if whole else None
                rows.append({**who, **keep, "paper": paper})
    made = pd.DataFrame(rows, columns=COLUMNS)
    kinds = dict.fromkeys(("lead", "value", "low", "high", "paper", "n_eff"), "float64")
    return made.astype(kinds | {"n": "Int64"}).fillna({"note": ""})


def readable2(table: pd.DataFrame) -> pd.DataFrame:
    """A row a variant, forecaster and station or lead, a column a metric."""
    rows = []
    order = ["variant", "label", "site", "lead"]
    single = table.groupby("variant")["site"].transform(lambda own: own[own != ALL].nunique()) < 2
    # A station alone is all of them.
    table = table[~single | (table["site"] == ALL)]
    for (variant, label, site, lead), own in table.groupby(order, sort=False, dropna=False):
        by = own.drop_duplicates("metric").set_index("metric")
        row = {"variant": variant, "model": label, "stations": site}
        row["ahead"] = "all" if pd.isna(lead) else f"{lead:g} h"
        for metric, head in (("rmse", "RMSE (TECU)"), ("mae", "MAE (TECU)"), ("r2", "R²")):
            row[head] = _cell(by, metric, interval=metric == "rmse")
            row[f"{head.split()[0]} in the paper"] = _paper(by, metric)
        row["ρ"] = _cell(by, "rho")
        row["ρ in the paper"] = _paper(by, "rho")
        row["ρ² (its equation 4)"] = _cell(by, "r2_paper")
        row["bias (TECU)"] = _cell(by, "bias")
        row["forecasts"] = shown(own["n"].iloc[0])
        row["blocks"] = shown(own["n_eff"].iloc[0], 0)
        row["note"] = own["note"].iloc[0]
        rows.append(row)
    return pd.DataFrame(rows)


def _cell(by: pd.DataFrame, metric: str, *, interval: bool = False) -> str:
    """A value, with its interval where it is asked for."""
    if metric not in by.index or pd.isna(by.loc[metric, "value"]):
        return "–"
    row = by.loc[metric]
    text = f"{row['value']:.3f}"
    return f"{text} ({ends(row['low'], row['high'])})" if interval else text


def _paper(by: pd.DataFrame, metric: str) -> str:
    """What the paper prints."""
    known = metric in by.index and not pd.isna(by.loc[metric, "paper"])
    return f"{by.loc[metric, 'paper']:.4f}" if known else ""

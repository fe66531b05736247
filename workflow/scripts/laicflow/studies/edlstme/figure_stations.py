"""Scores by station, hours ahead, and in quiet and disturbed hours (the paper's Figure 5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.evaluation.forecast_scores import ALL, Common, forecast_scores
from laicflow.plots.drawing import Drawn
from laicflow.plots.forecasts import draw_bars
from laicflow.studies.edlstme.compared import pairs_of, targets_at
from laicflow.studies.edlstme.forecasters import label_of, ordered, printed, scored
from laicflow.studies.results import Results

COLUMNS = ["part", "variant", "experiment", "site", "metric", "value", "low", "high", "paper"]
COLUMNS += ["n", "n_eff", "note"]
UNITS = dict.fromkeys(("value", "low", "high", "paper", "n", "n_eff"), "1")
# Measures that are drawn, with the unit of each.
MEASURES = {"rmse": ("RMSE", "TECU"), "mae": ("MAE", "TECU"), "rho": ("ρ", ""), "r2": ("R²", "")}
STATION, LEAD, ACTIVITY = "station", "lead", "activity"
QUIET, DISTURBED = "quiet", "disturbed"
# Hours for which a value stands.
STANDS = {"kp": 3, "dst": 1}
# So many hours ahead have bars of their own.
MOST_LEADS = 4


def fig5(results: Results) -> Drawn:
    """Bars by station, of all stations by hours ahead and by activity; numbers of every variant.

    Drawn are the variants whose indices are known as those of the last one. Needs samples, scores,
    predictions and tensors.

    Raises
    ------
    LaicflowError : no variant has scores
    """
    rows = pd.concat([_rows(results, variant) for variant in results.variants], ignore_index=True)
    if rows.empty:
        raise LaicflowError(f"{results.study}: no variant has forecasts of its test")
    there = [name for name in results.variants if (rows["variant"] == name).any()]
    known = results.variants[there[-1]]["window"]["known"]
    drawn = [name for name in there if results.variants[name]["window"]["known"] == known]
    shown = rows[rows["variant"].isin(drawn) & rows["metric"].isin(list(MEASURES))]
    table = pd.DataFrame(
        {
            "model": [label_of(results.settings, name) for name in shown["experiment"]],
            "group": _groups(shown, drawn),
            "measure": shown["metric"].map({key: name for key, (name, _) in MEASURES.items()}),
            **{key: shown[key].to_numpy() for key in ("value", "low", "high")},
        }
    )
    units = dict(MEASURES.values())
    title = f"Variant{'s' if len(drawn) > 1 else ''} {', '.join(drawn)}: test"
    return Drawn(draw_bars(table, units=units, groups="", title=title), rows[COLUMNS], UNITS)


def _groups(shown: pd.DataFrame, drawn: list[str]) -> list[str]:
    """Names below the bars; all stations of several variants are told apart."""
    names = []
    for row in shown.itertuples():
        text = {STATION: row.site, LEAD: f"{row.site}", ACTIVITY: row.site}[row.part]
        text = "all" if text == ALL else text
        several = len(drawn) > 1 and (row.part != STATION or row.site == ALL)
        names.append(f"{text}\n{row.variant}" if several else text)
    return names


def _rows(results: Results, variant: str) -> pd.DataFrame:
    """All rows of a variant: stations, hours ahead, activity."""
    table = scored(results, variant)
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = [_stations(results, variant, table), _leads(table)]
    found = pairs_of(results, variant)
    if found is not None:
        rows.append(_activity(results, variant, found))
    made = pd.concat([one for one in rows if len(one)], ignore_index=True).assign(variant=variant)
    made["paper"] = made["paper"].astype("float64")
    rank = {name: place for place, name in enumerate(ordered(made["experiment"]))}
    return made.sort_values("experiment", key=lambda own: own.map(rank), kind="stable")[COLUMNS]


def _stations(results: Results, variant: str, table: pd.DataFrame) -> pd.DataFrame:
    """Of every station, all hours ahead together."""
    own = table[table["lead"].isna()]
    if own["site"].nunique() == 2:
        # One station alone is all of them.
        own = own[own["site"] != ALL]
    group = results.variants[variant]["window"]["group"]
    paper = [
        printed(results.settings, row.experiment, row.site, row.metric, group)
        for row in own.itertuples()
    ]
    return own.assign(part=STATION, paper=paper)


def _leads(table: pd.DataFrame) -> pd.DataFrame:
    """Of all stations, some hours ahead."""
    own = table[table["lead"].notna() & (table["site"] == ALL)]
    leads = np.unique(own["lead"])
    chosen = leads[np.unique(np.linspace(0, len(leads) - 1, MOST_LEADS).round().astype(int))]
    own = own[own["lead"].isin(chosen)]
    return own.assign(part=LEAD, paper=np.nan, site=[f"{hours:g} h" for hours in own["lead"]])


def _activity(results: Results, variant: str, found: Common) -> pd.DataFrame:
    """Of all stations and hours ahead, in quiet and in disturbed hours."""
    rules, options = results.settings["disturbed"], results.settings["audit"]
    state = disturbed(results.tensors, targets_at(found), rules)
    parts = []
    for name, wanted in ((QUIET, 0.0), (DISTURBED, 1.0)):
        kept = state == wanted
        if not kept.any():
            continue
        own = replace(
            found,
            pairs=found.pairs[kept].reset_index(drop=True),
            target=found.target[kept],
            outputs={run: made[kept] for run, made in found.outputs.items()},
        )
        names = (results.run, results.study, variant, name)
        one = forecast_scores(own, options, names, metrics=list(MEASURES))
        one = one[one["lead"].isna()] if found.pairs["lead"].nunique() > 1 else one
        one = one[one["site"] == ALL] if found.pairs["site"].nunique() > 1 else one
        means = one[one["seed"].isna()]
        one = one[~one["experiment"].isin(means["experiment"])]
        whole = pd.concat([means, one])
        parts.append(whole.assign(part=ACTIVITY, site=name, paper=np.nan, n_eff=whole["n_blocks"]))
    return pd.concat(parts) if parts else pd.DataFrame(columns=COLUMNS)


def disturbed(tensors: xr.Dataset, times: pd.DatetimeIndex, rules: dict) -> np.ndarray:
    """1 where an index says that an hour is disturbed, 0 where none does, NaN where unknown.

    Quiet is an hour of which every index that the run has is known and quiet; an index without a
    value leaves it unknown, unless another says that it is disturbed.

    Parameters
    ----------
    rules : kp_from, dst_to
    """
    states = []
    for name, hours in STANDS.items():
        if name not in tensors or not np.isfinite(tensors[name].values).any():
            continue
        axis = pd.DatetimeIndex(tensors[f"time_{name}"].values)
        place = axis.searchsorted(times, side="right") - 1
        there = (place >= 0) & (times < axis[np.maximum(place, 0)] + pd.Timedelta(hours=hours))
        value = np.where(there, tensors[name].values[np.maximum(place, 0)], np.nan)
        beyond = value >= rules["kp_from"] if name == "kp" else value <= rules["dst_to"]
        states.append(np.where(np.isnan(value), np.nan, beyond.astype(float)))
    if not states:
        return np.full(len(times), np.nan)
    # The largest: NaN where any is unknown, but for hours that another calls disturbed.
    known = np.max(states, axis=0)
    return np.where(np.fmax.reduce(states) == 1, 1.0, known)

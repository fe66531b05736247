"""DTEC by day and hour about the earthquake, what is disturbed masked."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.anomalies import dtec, find
from laicflow.plots.day_hour import draw_day_hour
from laicflow.plots.drawing import Drawn
from laicflow.studies.edlstme import anomalies_shown as shown
from laicflow.studies.results import Results

UNITS = {"hour": "h", "dtec": "TECU", "disturbed": "1", "unknown": "1", "fill_share": "1"}
UNITS |= {"epochs": "1"}
COLUMNS = ["variant", "site", "method", "day", *UNITS, "drawn"]
# Both methods are drawn where so many panels fit.
MOST_PANELS = 10


def fig10(results: Results) -> Drawn:
    """DTEC of both methods by day and hour (UTC); needs series, anomalies, alarms, quakes."""
    first = next(iter(results.variants))
    days = shown.days_of(results, first, "heat")
    tables: dict[tuple[str, str, str], xr.Dataset] = {}
    for variant, table in results.anomalies.items():
        rows = shown.inside(table, days.span)
        held = [name for name in ("kp", "dst") if table[name].notna().any()]
        limits = results.variants[variant]["disturbed"]
        for method in find.METHODS:
            for site, own in rows[rows["method"] == method].groupby("site", sort=False):
                tables[variant, method, site] = _cells(own, limits, held)
    drawn = list(tables) if len(tables) <= MOST_PANELS else [k for k in tables if k[0] == first]
    if len(drawn) > MOST_PANELS:
        drawn = [key for key in drawn if key[1] == find.RESIDUAL]
    names = {key: _name(key, {one[0] for one in drawn}) for key in drawn}
    of = "" if len({key[0] for key in drawn}) == len(results.variants) else f"variant {first}: "
    figure = draw_day_hour(
        {names[key]: tables[key] for key in drawn},
        days.events,
    )
    ahead = shown.hours_ahead(results)
    shown.entitle(figure, f"{of}{days.said}", ahead, shown.without(results, first))
    parts = [_rows(table, key, key in drawn) for key, table in tables.items()]
    return Drawn(figure, pd.concat(parts, ignore_index=True)[COLUMNS], UNITS)


def _cells(own: pd.DataFrame, limits: dict, held: list[str]) -> xr.Dataset:
    """DTEC of a site by day and hour; an index that no source has (not `held`) does not judge."""
    values = {name: own[name].to_numpy(dtype="float64") for name in ("dtec", "kp", "dst")}
    if len(held) == 1:
        values |= {name: np.zeros(len(own)) for name in ("kp", "dst") if name not in held}
    state = dtec.judge(
        values["dtec"],
        values["kp"],
        values["dst"],
        kp_below=limits["kp_from"],
        dst_above=limits["dst_to"],
    )
    times = own["time"].to_numpy().astype("datetime64[us]")
    return dtec.day_table(times, values["dtec"], state, own["filled"].to_numpy(dtype=float))


def _name(key: tuple[str, str, str], variants: set[str]) -> str:
    """What stands above a panel."""
    variant, method, site = key
    said = f"{site}, {shown.METHOD_WORDS[method].lower().replace('iqr', 'IQR')}"
    return f"{said}, {variant}" if len(variants) > 1 else said


def _rows(table: xr.Dataset, key: tuple[str, str, str], drawn: bool) -> pd.DataFrame:
    """A row a day and hour."""
    flat = table.to_dataframe().reset_index()
    flat["day"] = flat["day"].astype("datetime64[us]")
    for name in ("hour", "epochs"):
        flat[name] = flat[name].astype("int64")
    variant, method, site = key
    return flat.assign(variant=variant, method=method, site=site, drawn=drawn)

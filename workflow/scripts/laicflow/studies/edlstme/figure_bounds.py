"""Series of the stations with bounds by one method, what lies beyond, Kp and Dst under them."""

from __future__ import annotations

import pandas as pd

from laicflow.anomalies import find, rates
from laicflow.plots.bounded_series import draw_bounded
from laicflow.plots.drawing import Drawn
from laicflow.studies.edlstme import anomalies_shown as shown
from laicflow.studies.results import Results

UNITS = {"observed": "TECU", "centre": "TECU", "low": "TECU", "high": "TECU", "dtec": "TECU"}
UNITS |= {"kp": "1", "dst": "nT"}
COLUMNS = ["variant", "site", "time", "method", "observed", "centre", "low", "high", "dtec"]
COLUMNS += ["kp", "dst", "undisturbed", "filled", "usable", "drawn"]


def fig6(results: Results) -> Drawn:
    """Days about the earthquake with residual bounds; needs series, anomalies, alarms, quakes."""
    return draw(results, find.RESIDUAL)


def fig7(results: Results) -> Drawn:
    """The same days with IQR bounds."""
    return draw(results, find.IQR)


def draw(results: Results, method: str, part: str = rates.EVENT) -> Drawn:
    """The days about the earthquake by one method, every variant that the page has room for.

    Parameters
    ----------
    part : of which period the alarms are told above the figure
    """
    days = {name: shown.days_of(results, name) for name in results.variants}
    rows = {
        name: shown.inside(table[table["method"] == method], days[name].span)
        for name, table in results.anomalies.items()
    }
    first = next(iter(rows))
    panels = sum(own["site"].nunique() for own in rows.values())
    drawn = list(rows) if panels <= shown.MOST_PANELS else [first]
    stations = [
        shown.bounded(own, f"{site}, {name}" if len(drawn) > 1 else site)
        for name in drawn
        for site, own in rows[name].groupby("site", sort=False)
    ]
    told = [shown.chance(results, name, method, part) for name in rows]
    only = "" if len(drawn) == len(rows) else f"drawn is the variant {first}"
    figure = draw_bounded(
        stations,
        days[first].span,
        days[first].events,
        shown.index_strips(results, first, ("kp", "dst")),
        **words_of(results, first, method),
    )
    ahead = shown.hours_ahead(results) if method == find.RESIDUAL else ""
    shown.entitle(figure, days[first].said, ahead, *told, only, shown.without(results, first))
    parts = [own.assign(variant=name, drawn=name in drawn) for name, own in rows.items()]
    data = pd.concat(parts, ignore_index=True)[COLUMNS]
    return Drawn(figure, data, UNITS)


def words_of(results: Results, variant: str, method: str) -> dict[str, str]:
    """What the line in the middle and the band are."""
    own = results.variants[variant]["anomalies"]
    if method == find.RESIDUAL:
        bounds = f"± {own['sigmas']:g} σ of the errors of {own['days']:g} days"
        return {"predicted": "forecast + mean error", "bounds": bounds}
    iqr = own["iqr"]
    return {"predicted": f"median of {iqr['days']:g} days", "bounds": f"± {iqr['k']:g} IQR"}

"""The figures about any earthquake, and the rates beside them, in a folder of the event's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import xarray as xr

from laicflow.anomalies import find, rates
from laicflow.anomalies.quakes import radius_km
from laicflow.files import write_text
from laicflow.plots.daily_maps import draw_maps
from laicflow.plots.drawing import Drawn, render
from laicflow.report.formats import as_csv, as_markdown
from laicflow.store import write_parquet
from laicflow.studies.edlstme import anomalies_shown as shown
from laicflow.studies.edlstme import figure_activity, figure_bounds, figure_dtec, table_alarms
from laicflow.studies.edlstme.case import CASE
from laicflow.studies.results import Results

CAPTIONS = {
    "residual": "VTEC at the sites of the case with the bounds of the errors of its forecast",
    "iqr": "VTEC at the sites of the case with the bounds of the interquartile range",
    "dtec": "What lies beyond the bounds at the sites of the case, by day and hour",
    "activity": "Kp, Dst and F10.7 over the days of the case",
    "map": "What lies beyond the bounds of the interquartile range about the epicentre, by day",
    "alarms": "How often each method alarms over the whole record of the case",
}
MAP_UNITS = {"latitude": "deg", "longitude": "deg", "dtec": "TECU"}


def residual_figure(results: Results) -> Drawn:
    """The series with residual bounds, and how often the method alarms over the whole record."""
    return figure_bounds.draw(results, find.RESIDUAL, rates.RECORD)


def iqr_figure(results: Results) -> Drawn:
    """The series with IQR bounds, and how often the method alarms over the whole record."""
    return figure_bounds.draw(results, find.IQR, rates.RECORD)


def dtec_figure(results: Results) -> Drawn:
    """DTEC by day and hour; how often each method alarms over the whole record stands above it."""
    drawn = figure_dtec.fig10(results)
    told = [shown.chance(results, CASE, method, rates.RECORD) for method in find.METHODS]
    days = shown.days_of(results, CASE)
    shown.entitle(drawn.figure, days.said, *told, shown.without(results, CASE))
    return drawn


FIGURES = {
    "residual": residual_figure,
    "iqr": iqr_figure,
    "dtec": dtec_figure,
    "activity": figure_activity.fig11,
}


def map_figure(results: Results, values: xr.DataArray) -> Drawn:
    """Mean DTEC of each day by the IQR bounds, with the radius of preparation.

    Parameters
    ----------
    values : of `case.map_of_anomalies`
    """
    days = shown.days_of(results, CASE)
    magnitude = results.settings["event"]["magnitude"]
    sites = results.series[CASE].sizes["station"]
    chance = shown.chance(results, CASE, find.IQR, rates.RECORD)
    figure = draw_maps(
        values,
        days.event,
        name="mean DTEC (TECU)",
        circle_km=float(radius_km(magnitude)),
        columns=5,
    )
    shown.entitle(
        figure,
        "mean over the undisturbed epochs of each day (UTC) of what lies beyond the IQR bounds",
        f"{chance}, at the {sites} sites of the series",
        shown.without(results, CASE),
    )
    table = values.rename("dtec").to_dataframe().reset_index()
    table["time"] = table["time"].astype("datetime64[us]")
    return Drawn(figure, table[["time", *MAP_UNITS]], MAP_UNITS)


def write(
    results: Results,
    values: xr.DataArray,
    folder: str | Path,
    attributes: dict[str, str] | None = None,
) -> list[Path]:
    """Write every figure (svg, png, parquet) and the table of alarms (csv, md, parquet).

    Parameters
    ----------
    results : of `case.results`
    values : of `case.map_of_anomalies`
    folder : of the event alone; made if it is not there
    attributes : go into every file that carries any

    Returns
    -------
    the files
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made, told = [], attributes or {}
    draws: dict[str, Any] = {**FIGURES, "map": lambda found: map_figure(found, values)}
    for name, draw in draws.items():
        outputs = {kind: str(folder / f"{name}.{kind}") for kind in ("svg", "png", "parquet")}
        render(draw, results, outputs, attributes={**told, "caption": _caption(results, name)})
        made += [Path(path) for path in outputs.values()]
    table = table_alarms.alarms(results)
    write_text(as_csv(table), folder / "alarms.csv")
    write_text(as_markdown(table_alarms.readable_alarms(table)), folder / "alarms.md")
    said = {**told, "caption": _caption(results, "alarms")}
    write_parquet(table, folder / "alarms.parquet", attributes=said)
    return [*made, *(folder / f"alarms.{kind}" for kind in ("csv", "md", "parquet"))]


def _caption(results: Results, name: str) -> str:
    """What a file shows, and of which earthquake."""
    event = results.settings["event"]
    return f"{CAPTIONS[name]}: {event['name']}, M {event['magnitude']:.1f}, {event['time']} UTC"

"""The stations about the earthquake (the paper's Figure 1)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.catalogs.merge import select
from laicflow.geo import great_circle_km
from laicflow.plots.drawing import Drawn
from laicflow.plots.station_map import dobrovolsky_km, draw_stations
from laicflow.plots.time_axis import Event
from laicflow.studies.edlstme.needs import stations
from laicflow.studies.results import Results

COLUMNS = ["kind", "name", "latitude", "longitude", "magnitude", "depth_km", "time", "distance_km"]
UNITS = {"latitude": "deg", "longitude": "deg", "depth_km": "km", "distance_km": "km"}
UNITS |= {"magnitude": "1"}


def fig1(results: Results) -> Drawn:
    """Stations of the variants shown, the earthquake and Dobrovolsky's radius about it.

    The numbers hold the earthquakes of the catalog that count, too.
    """
    settings = results.settings
    event = settings["event"]
    names = {site for own in results.variants.values() for site in stations(own)}
    points = [one for one in settings["sites"]["points"] if one["site"] in names]
    table = pd.DataFrame(points)[["site", "latitude", "longitude"]].rename(columns={"site": "name"})
    radius = dobrovolsky_km(event["magnitude"])
    about = Event(
        np.datetime64(event["time"]),
        f"{event['name']} M{event['magnitude']:g}",
        event["latitude"],
        event["longitude"],
    )
    figure = draw_stations(table, about, {"Dobrovolsky's radius": radius})
    quakes = select(results.events, settings["catalog"])
    rows = [
        {"kind": "event", "magnitude": event["magnitude"], "time": event["time"], **_place(event)},
        *({"kind": "station", **_place(one), "name": one["site"]} for one in points),
        *(
            {
                "kind": "catalog",
                "name": one["event_id"],
                "time": one["time"].isoformat(),
                **{key: one[key] for key in ("latitude", "longitude", "magnitude", "depth_km")},
            }
            for one in quakes.to_dict("records")
        ),
    ]
    made = pd.DataFrame(rows, columns=COLUMNS)
    place = made["latitude"].to_numpy("float64"), made["longitude"].to_numpy("float64")
    made["distance_km"] = great_circle_km(*place, event["latitude"], event["longitude"])
    return Drawn(figure, made, UNITS)


def _place(one: dict) -> dict:
    """Name and place."""
    return {key: one[key] for key in ("name", "latitude", "longitude") if key in one}

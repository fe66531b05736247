"""The stations, their series and what was done to them, by variant (the paper's Table I)."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from laicflow.geo import great_circle_km
from laicflow.report.formats import shown
from laicflow.studies.edlstme.needs import stations
from laicflow.studies.results import Results

COLUMNS = ["site", "name", "group", "latitude", "longitude", "distance_km"]
COLUMNS += ["geomagnetic_latitude", "epochs", "missing_share", "variant", "outliers"]
COLUMNS += ["filled_share", "samples", "note"]
UNITS = {"latitude": "deg", "longitude": "deg", "geomagnetic_latitude": "deg"}
UNITS |= {"distance_km": "km"}
UNITS |= dict.fromkeys(("epochs", "missing_share", "outliers", "filled_share", "samples"), "1")
# North pole of the centred dipole in 2015 (IGRF-13, Alken et al. 2021, doi
# 10.1186/s40623-020-01288-x), degrees.
POLE = (80.37, -72.63)


def table1(results: Results) -> pd.DataFrame:
    """A row a variant and station; needs series and samples."""
    settings, rows = results.settings, []
    event = settings["event"]
    for variant, own in results.variants.items():
        tensors = results.series[variant]
        counts = json.loads(tensors.attrs["counts"])
        facts = json.loads(results.samples[variant].attrs.get("facts", "{}"))
        samples = results.samples[variant]["site"].value_counts()
        for point in settings["sites"]["points"]:
            if point["site"] not in stations(own):
                continue
            count = counts[point["site"]]
            place = point["latitude"], point["longitude"]
            far = great_circle_km(*place, event["latitude"], event["longitude"])
            rows.append(
                {
                    "site": point["site"],
                    "name": point.get("name", ""),
                    "group": point["group"],
                    "latitude": place[0],
                    "longitude": place[1],
                    "distance_km": float(far),
                    "geomagnetic_latitude": geomagnetic_latitude(*place),
                    "epochs": count["epochs"],
                    "missing_share": count["missing"] / count["epochs"],
                    "variant": variant,
                    "outliers": count["outliers"],
                    "filled_share": count["filled"] / count["epochs"],
                    "samples": int(samples.get(point["site"], 0)),
                    "note": facts.get("lacking", ""),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def geomagnetic_latitude(latitude: float, longitude: float) -> float:
    """Latitude in the centred dipole of 2015, degrees."""
    phi, pole = np.radians(latitude), np.radians(POLE[0])
    turn = np.radians(longitude - POLE[1])
    sine = np.sin(phi) * np.sin(pole) + np.cos(phi) * np.cos(pole) * np.cos(turn)
    return float(np.degrees(np.arcsin(sine)))


def readable1(table: pd.DataFrame) -> pd.DataFrame:
    """The table as people read it."""
    return pd.DataFrame(
        {
            "station": table["site"],
            "name": table["name"],
            "group": table["group"],
            "latitude (°)": table["latitude"].map(lambda v: shown(float(v), 2)),
            "longitude (°)": table["longitude"].map(lambda v: shown(float(v), 2)),
            "from the epicentre (km)": table["distance_km"].map(lambda v: f"{v:,.0f}"),
            "dipole latitude (°)": table["geomagnetic_latitude"].map(lambda v: shown(v, 1)),
            "epochs": table["epochs"].map(shown),
            "missing": table["missing_share"].map(_percent),
            "variant": table["variant"],
            "outliers": table["outliers"].map(shown),
            "filled in": table["filled_share"].map(_percent),
            "windows": table["samples"].map(shown),
            "note": table["note"],
        }
    )


def _percent(share: float) -> str:
    """A share in per cent."""
    return f"{100 * share:.2f} %"

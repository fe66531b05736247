"""How often each method alarms, and the earthquakes that have a station inside their zone."""

from __future__ import annotations

import pandas as pd

from laicflow.anomalies import quakes as zones
from laicflow.report.formats import shown
from laicflow.studies.edlstme.anomalies_shown import facts_of
from laicflow.studies.results import Results

ALARM_COLUMNS = ["variant", "method", "seed", "site", "part", "counted", "start", "end", "epochs"]
ALARM_COLUMNS += ["alarms", "rate", "low", "high", "expected_share", "expected", "rate_filled"]
ALARM_COLUMNS += ["n_eff", "blocks", "periods", "disjoint", "p_low", "p_high", "note"]
QUAKE_COLUMNS = ["variant", "role", "event_id", "name", "time", "latitude", "longitude", "depth_km"]
QUAKE_COLUMNS += ["magnitude", "site", "distance_km", "radius_km", "inside", "note"]
UNITS = dict.fromkeys(ALARM_COLUMNS[8:22], "1") | {"magnitude": "1", "seed": "1"}
UNITS |= {"latitude": "deg", "longitude": "deg"}
UNITS |= dict.fromkeys(("depth_km", "distance_km", "radius_km"), "km")
DAY = "%Y-%m-%d"


def alarms(results: Results) -> pd.DataFrame:
    """A row a variant, method, seed, site and part of the record; needs alarms."""
    parts = [table.assign(variant=name) for name, table in results.alarms.items()]
    return pd.concat(parts, ignore_index=True)[ALARM_COLUMNS]


def quakes(results: Results) -> pd.DataFrame:
    """A row a variant and earthquake; one that says so where there is none; needs quakes."""
    rows = []
    for name, table in results.quakes.items():
        said = facts_of(table)["earthquakes"]
        told = table.assign(variant=name, note="")
        told.loc[told["role"].isin((zones.SHOWN, zones.CONTROL)), "note"] = said
        if told.empty:
            told = pd.DataFrame([{"variant": name, "role": "none", "note": said}])
        rows += told.reindex(columns=QUAKE_COLUMNS).to_dict("records")
    table = pd.DataFrame(rows, columns=QUAKE_COLUMNS)
    table["time"] = pd.to_datetime(table["time"]).astype("datetime64[us]")
    table["inside"] = table["inside"].astype("boolean")
    for column in ("event_id", "name", "site"):
        table[column] = table[column].astype("object").fillna("").astype("str")
    return table


def readable_alarms(table: pd.DataFrame) -> pd.DataFrame:
    """Rates in per cent with their interval; how a period compares with all of its length."""
    return pd.DataFrame(
        {
            "Variant": table["variant"],
            "Method": table["method"],
            "Seed": table["seed"],
            "Station": table["site"],
            "Part": table["part"],
            "Counted": table["counted"],
            "From": table["start"].dt.strftime(DAY).fillna(""),
            "To": table["end"].dt.strftime(DAY).fillna(""),
            "Alarms of epochs": [
                f"{alarms} of {epochs}"
                for alarms, epochs in zip(table["alarms"], table["epochs"], strict=True)
            ],
            "Rate (%)": [_rate(row) for row in table.itertuples()],
            "Gaussian (%)": [shown(100 * value, 2) for value in table["expected_share"]],
            "Periods with as few, as many (%)": [_ranks(row) for row in table.itertuples()],
            "Note": table["note"],
        }
    )


def _rate(row) -> str:
    """A rate in per cent, with its interval where there is one."""
    text = shown(100 * row.rate, 2)
    return (
        text
        if pd.isna(row.low)
        else f"{text} ({shown(100 * row.low, 2)} to {shown(100 * row.high, 2)})"
    )


def _ranks(row) -> str:
    """Shares of periods with as low and as high a rate."""
    if pd.isna(row.p_low):
        return ""
    return f"{shown(100 * row.p_low, 2)}, {shown(100 * row.p_high, 2)}"


def readable_quakes(table: pd.DataFrame) -> pd.DataFrame:
    """Times to the minute, distances in whole km."""
    return pd.DataFrame(
        {
            "Variant": table["variant"],
            "Role": table["role"],
            "Time (UTC)": table["time"].dt.strftime("%Y-%m-%d %H:%M").fillna(""),
            "Name": table["name"].where(table["name"] != "", table["event_id"]),
            "M": table["magnitude"],
            "Latitude (°N)": table["latitude"],
            "Longitude (°E)": table["longitude"],
            "Depth (km)": table["depth_km"],
            "Station": table["site"],
            "Distance (km)": table["distance_km"].round(),
            "Radius (km)": table["radius_km"].round(),
            "Inside": table["inside"].map({True: "yes", False: "no"}).fillna(""),
            "Note": table["note"],
        }
    )

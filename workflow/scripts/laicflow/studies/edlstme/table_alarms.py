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
AUDIT_COLUMNS = ["variant", "method", "magnitude", "verdict", "start", "end"]
AUDIT_COLUMNS += ["earthquakes", "targets"]
AUDIT_COLUMNS += ["judged", "hits", "alarm_share", "score", "score_low", "score_high", "lift"]
AUDIT_COLUMNS += ["lift_low", "lift_high", "alpha", "p_shift", "p_etas", "area", "epoch_lift"]
AUDIT_COLUMNS += ["storm_lift", "note"]
WORDS = ("variant", "method", "verdict", "start", "end", "note")
UNITS = dict.fromkeys(ALARM_COLUMNS[8:22], "1") | {"magnitude": "1", "seed": "1"}
UNITS |= {"latitude": "deg", "longitude": "deg"}
UNITS |= dict.fromkeys(("depth_km", "distance_km", "radius_km"), "km")
UNITS |= {name: "1" for name in AUDIT_COLUMNS if name not in WORDS}
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


def alarm_audit(results: Results) -> pd.DataFrame:
    """A row a variant, method and least magnitude; needs alarm_verdict."""
    rows = [
        {**case, "variant": name, "note": case["text"].partition(" | ")[0]}
        for name, said in results.alarm_verdict.items()
        for case in said["cases"]
    ]
    table = pd.DataFrame(rows).reindex(columns=AUDIT_COLUMNS)
    for column in AUDIT_COLUMNS:
        if column in WORDS:
            table[column] = table[column].astype("object").fillna("").astype("str")
        elif column in ("earthquakes", "targets", "judged", "hits"):
            table[column] = table[column].astype("Int64")
        else:
            table[column] = table[column].astype("float64")
    return table


def readable_alarm_audit(table: pd.DataFrame) -> pd.DataFrame:
    """Hits, alarm share and what placebos say; the verdict's line stands below as a note."""
    rows = list(table.itertuples())
    return pd.DataFrame(
        {
            "variant": table["variant"],
            "method": table["method"],
            "M from": [f"{one:g}" for one in table["magnitude"]],
            "verdict": table["verdict"],
            "record": [f"{row.start} to {row.end}" if row.start else "" for row in rows],
            "earthquakes (chains)": [_counted(row) for row in rows],
            "hit": [_hits(row) for row in rows],
            "alarm share (%)": [shown(100 * row.alarm_share, 1) for row in rows],
            "lift": [_ended(row.lift, row.lift_low, row.lift_high) for row in rows],
            "alpha": [shown(row.alpha, 2) for row in rows],
            "p shifted, ETAS": [_both(row) for row in rows],
            "area skill": [shown(row.area, 2) for row in rows],
            "lift of epochs": [shown(row.epoch_lift, 2) for row in rows],
            "lift after storms": [shown(row.storm_lift, 2) for row in rows],
            "note": table["note"],
        }
    )


def _counted(row) -> str:
    """Earthquakes inside their zone, and what is left of chains."""
    return "" if pd.isna(row.earthquakes) else f"{row.earthquakes} ({row.targets})"


def _both(row) -> str:
    """p of both kinds of placebo catalogs that decide."""
    if pd.isna(row.p_shift) and pd.isna(row.p_etas):
        return ""
    return f"{shown(row.p_shift, 3)}, {shown(row.p_etas, 3)}"


def _hits(row) -> str:
    """Hits of the earthquakes at which it can be told."""
    return "" if pd.isna(row.hits) else f"{row.hits} of {row.judged}"


def _ended(value: float, low: float, high: float) -> str:
    """A value with its interval where there is one."""
    text = shown(value, 2)
    return text if pd.isna(low) else f"{text} ({shown(low, 2)} to {shown(high, 2)})"


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

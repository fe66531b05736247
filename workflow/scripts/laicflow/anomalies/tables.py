"""The tables of anomalies: columns and their types."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

TEXT, NUMBER, WHOLE, FLAG, TIME = "str", "float64", "Int64", "bool", "datetime64[us]"

# An epoch of a site, as a method judges it: TECU, nT. Kp and Dst are known where each that has a
# source has a value, and at least one has a source.
ANOMALIES = {
    "site": TEXT,
    "time": TIME,
    "method": TEXT,
    "observed": NUMBER,
    "centre": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "dtec": NUMBER,
    "kp": NUMBER,
    "dst": NUMBER,
    "known": FLAG,
    "undisturbed": FLAG,
    "filled": FLAG,
    "usable": FLAG,
}

# How often a method alarms in a part of the record; what has no interval or no rank is missing.
ALARMS = {
    "method": TEXT,
    "seed": WHOLE,
    "site": TEXT,
    "part": TEXT,
    "counted": TEXT,
    "start": TIME,
    "end": TIME,
    "epochs": WHOLE,
    "alarms": WHOLE,
    "rate": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "expected_share": NUMBER,
    "expected": NUMBER,
    "rate_filled": NUMBER,
    "blocks": WHOLE,
    "block_days": NUMBER,
    "n_eff": NUMBER,
    "interval": TEXT,
    "periods": WHOLE,
    "disjoint": WHOLE,
    "p_low": NUMBER,
    "p_high": NUMBER,
    "median": NUMBER,
    "lowest": NUMBER,
    "highest": NUMBER,
    "note": TEXT,
}

# Earthquakes near a site: degrees, km.
QUAKES = {
    "event_id": TEXT,
    "time": TIME,
    "latitude": NUMBER,
    "longitude": NUMBER,
    "depth_km": NUMBER,
    "magnitude": NUMBER,
    "magnitude_type": TEXT,
    "name": TEXT,
    "site": TEXT,
    "distance_km": NUMBER,
    "radius_km": NUMBER,
    "inside": FLAG,
    "role": TEXT,
}


def typed(rows: pd.DataFrame | Iterable[dict], columns: dict[str, str]) -> pd.DataFrame:
    """A table with exactly these columns, in order, each of its type; absent ones are missing.

    Raises
    ------
    ValueError : a column that is none of them
    """
    table = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(list(rows))
    if unknown := sorted(set(table.columns) - set(columns)):
        raise ValueError(f"unknown columns {', '.join(unknown)}")
    table = table.reindex(columns=list(columns))
    made = {}
    for name, kind in columns.items():
        values = table[name]
        if kind == TEXT:
            values = values.astype("object").where(values.notna(), "")
        made[name] = values.astype(kind)
    return pd.DataFrame(made).reset_index(drop=True)

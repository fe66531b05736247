"""The tables of the study, the paper's numbers beside those of the run, and what a sample is."""

from __future__ import annotations

import pandas as pd

from laicflow.report.formats import shown
from laicflow.studies.petrescu2022 import table_network, table_sites
from laicflow.studies.petrescu2022.claims_shown import claims
from laicflow.studies.petrescu2022.printed import claim_of
from laicflow.studies.petrescu2022.reasons import length
from laicflow.studies.petrescu2022.samples import rule_of
from laicflow.studies.petrescu2022.table_network import table2
from laicflow.studies.petrescu2022.table_sites import readable1, table1

__all__ = ["claim_of", "claims", "labels", "readable", "table1", "table2", "units"]


def units(columns: list[str]) -> dict[str, str]:
    """The unit of every column of numbers."""
    kinds = table_network.COLUMNS
    found = {name: "1" for name, kind in kinds.items() if kind != "str"} | table_sites.UNITS
    return {column: found[column] for column in columns if column in found}


def readable(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table as people read it.

    Parameters
    ----------
    name : of the target: table1 or table2
    table : what the function of that name made
    """
    if name == "table1":
        return readable1(table)
    rows = [
        {
            "layer": row["layer"],
            "filters": shown(row["filters"]),
            "window": shown(row["kernel"]),
            "padding": shown(row["padding"]),
            "activation": shown(row["activation"]),
            "in the paper": shown(row["paper_activation"]),
            "output shape": shown(row["output_shape"]),
            "parameters": f"{row['parameters']:,}",
            "parameters in the paper (1 week)": _whole(row["paper_parameters"]),
            "remark": row["note"],
        }
        for row in table.to_dict("records")
    ]
    return pd.DataFrame(rows)


def labels(settings: dict) -> list[str]:
    """What a sample is and what its label says, in sentences."""
    window, normal = settings["window"], settings["normal"]
    days = normal["gap_days"]
    gap = f"{days:g} day" if days == 1 else f"{days:g} days"
    scaled = "by the largest |Z| in it" if window["normalise"] == "zmax" else "by nothing"
    rule = f"Kp below {normal['kp_below']:g}"
    if settings["data"].get("dst", "unavailable") != "unavailable":
        rule += f" and Dst above {normal['dst_above']:g} nT"
    share = normal["max_share"]
    hours = "in every hour" if share == 0 else f"in all but {100 * share:g} % of its hours"
    both = (
        "The same is asked of the windows before earthquakes."
        if normal["of"] == "both"
        else "The windows before earthquakes may be disturbed."
    )
    changed = [
        name
        for name in settings["shown"]
        if {"window", "labels", "normal"} & set(settings["variants"][name] or {})
    ]
    return [
        f"A sample is a window of {length(window['minutes'])}, three components (north, east, "
        f"down) of the field at one observatory by {window['minutes']:,} minutes, divided "
        f"{scaled}.",
        "It is before an earthquake (label 1) if it ends with the last whole minute before one "
        f"that belongs to the observatory: {_belongs(settings)}.",
        f"It is quiet (label 0) if there is no such earthquake from {gap} before it to {gap} "
        f"after it, and {rule} {hours}. {both}",
        *([f"Other windows, radii or rules of quiet: {', '.join(changed)}."] if changed else []),
    ]


def _belongs(settings: dict) -> str:
    """Which earthquakes belong to which observatory."""
    least = settings["catalog"]["magnitude_min"]
    above = "from" if settings["catalog"]["inclusive"] else "above"
    rules: dict[str, list[str]] = {}
    for point in settings["sites"].get("points", []):
        own = rule_of(point["site"], settings)
        text = f"within {own['radius_km']:g} km and down to {own['depth_km'][1]:g} km"
        rules.setdefault(text, []).append(point["site"])
    told = [f"{text} ({', '.join(sites)})" for text, sites in rules.items()]
    return f"magnitude {above} {least:g}, {'; '.join(told)}"


def _whole(value: object) -> str:
    """A whole number with its thousands apart; a dash without one."""
    return "–" if pd.isna(value) else f"{value:,}"

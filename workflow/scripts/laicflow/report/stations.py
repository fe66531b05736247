"""Series of TEC over stations beside global maps: a table, and the numbers of a figure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.gnss import global_maps
from laicflow.gnss.vtec_options import END

UNITS = {
    "latitude": "deg",
    "longitude": "deg",
    "bias": "ns",
    "raised": "ns",
    "mean_vtec": "TECU",
    "mean_difference": "TECU",
    "rms": "TECU",
    "sd": "TECU",
}
READABLE = {
    "station": "station",
    "month": "month",
    "latitude": "latitude (°)",
    "longitude": "longitude (°)",
    "way": "bias by",
    "bias": "bias (ns)",
    "days_with_values": "days",
    "days_asked": "of",
    "values": "values",
    "mean_vtec": "mean VTEC (TECU)",
    "compared": "times beside maps",
    "mean_difference": "mean difference (TECU)",
    "rms": "RMS (TECU)",
    "sd": "sd (TECU)",
    "note": "note",
}


def beside_maps(series: xr.Dataset, maps: xr.Dataset) -> pd.DataFrame:
    """VTEC of each station and that of the maps over it in the middle of the same steps.

    Parameters
    ----------
    series : a month of the store, `vtec` (time, station) in TECU
    maps : `tec` (time, latitude, longitude) in TECU, over the same days

    Returns
    -------
    One row a station and time: station, time (as the series labels its step), middle (of the step,
    for which the map is), vtec, map (TECU, NaN where there is none), satellites.
    """
    times = series["time"].values.astype("datetime64[us]")
    middles, known = middle_of_steps(series), global_maps.read(maps)
    parts = []
    for code in series["station"].values.tolist():
        one = series.sel(station=code)
        place = [np.full(times.size, float(one[axis])) for axis in ("latitude", "longitude")]
        parts.append(
            pd.DataFrame(
                {
                    "station": pd.Series([code] * times.size, dtype="str"),
                    "time": times,
                    "middle": middles,
                    "vtec": one["vtec"].values.astype(np.float64),
                    "map": global_maps.vertical(known, middles, *place),
                    "satellites": one["satellites"].values.astype(np.int64),
                }
            )
        )
    if not parts:
        columns = {"station": "str"} | dict.fromkeys(("time", "middle"), "datetime64[us]")
        columns |= {"vtec": float, "map": float}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat(parts, ignore_index=True)


def middle_of_steps(series: xr.Dataset) -> np.ndarray:
    """The middle (datetime64[us]) of the step behind each value of a month of the store."""
    times = series["time"].values.astype("datetime64[us]")
    if series.attrs.get("label") != END:
        return times
    return times - np.timedelta64(round(float(series.attrs["step_s"]) * 5e5), "us")


def table(months: Iterable[tuple[xr.Dataset, pd.DataFrame]]) -> pd.DataFrame:
    """One row a station and month: bias and its way, days, how the series lies beside the maps.

    A station without a series has a row that says why. `mean_difference` (series minus map), its
    root mean square `rms` and its standard deviation `sd` are over the `compared` times that both
    have.

    Parameters
    ----------
    months : of each month the file of the store, and what `beside_maps` makes of it
    """
    rows = []
    for series, beside in months:
        facts = json.loads(series.attrs["stations_json"])
        for code, own in facts.items():
            one = beside[beside["station"] == code]
            rows.append(_row(series, code, own, one))
        for code, why in json.loads(series.attrs["stations_missing_json"]).items():
            rows.append(
                {"station": code, "month": series.attrs["partition"], "way": "none", "values": 0}
                | {"compared": 0, "note": f"no series: {why}"}
            )
    columns = ["station", "month", "latitude", "longitude", "way", "bias", "raised"]
    columns += ["days_with_values", "days_asked", "values", "mean_vtec", "compared"]
    columns += ["mean_difference", "rms", "sd", "note"]
    found = pd.DataFrame(rows, columns=columns)
    return found.sort_values(["station", "month"], ignore_index=True)


def _row(series: xr.Dataset, code: str, facts: dict, beside: pd.DataFrame) -> dict:
    """One station in one month."""
    difference = (beside["vtec"] - beside["map"]).dropna().to_numpy()
    place = series.sel(station=code)
    many = difference.size > 0
    return {
        "station": code,
        "month": series.attrs["partition"],
        "latitude": float(place["latitude"]),
        "longitude": float(place["longitude"]),
        "way": facts["receiver_bias_way"],
        "bias": facts["receiver_bias_ns"],
        "raised": facts["receiver_bias_raised_ns"],
        "days_with_values": facts["days_with_values"],
        "days_asked": facts["days_asked"],
        "values": facts["values"],
        "mean_vtec": float(beside["vtec"].mean()),
        "compared": difference.size,
        "mean_difference": float(difference.mean()) if many else np.nan,
        "rms": float(np.sqrt((difference**2).mean())) if many else np.nan,
        "sd": float(difference.std()) if many else np.nan,
        "note": _note(facts),
    }


def _note(facts: dict) -> str:
    """What a reader must know of the numbers of a station."""
    said = []
    if facts["receiver_bias_way"] == "map":
        said.append("bias fitted to these maps: the mean difference is near 0 by construction")
    if len(facts["receiver_biases_ns"]) > 1:
        said.append(f"{len(facts['receiver_biases_ns'])} biases (signals, channels or equipment)")
    if facts["receiver_bias_raised_ns"]:
        said.append("bias raised lest VTEC be negative")
    if facts["bias_days_off"]:
        said.append(f"biases of another time, up to {math.ceil(facts['bias_days_off'])} days off")
    for what, word in (("missing", "days without a file"), ("skipped", "files left out")):
        if facts[what]:
            said.append(f"{len(facts[what])} {word}")
    return "; ".join(said)


def caption(settings: dict, maps: str) -> str:
    """What the figure and the table show, and what they do not prove.

    Parameters
    ----------
    settings : `stations` of the configuration
    maps : name of the maps beside them
    """
    shell = settings["shell_km"] or (450 if settings["mapping"] == "single-layer" else 506.7)
    minutes = f"{settings['step_s'] / 60:g} min"
    whole = "that end at its time" if settings["label"] == END else "about its time"
    return (
        f"Vertical TEC over GNSS stations every {minutes} (mean of all slants of the {minutes} "
        f"{whole} above {settings['elevation_cut_deg']:g}°, weighted by the squared sine of the "
        f"elevation; {settings['mapping']} mapping, shell at {shell:g} km), and that of the maps "
        f"of {maps} at the place of the station in the middle of these {minutes}, linear in time "
        "between maps turned with the Sun; nothing stands across a missing map. Differences are "
        "series minus map. Each month is made on its own: arcs break at its edges and the bias of "
        "a receiver may step there. The two are not independent: orbits and code biases may be of "
        "the same centre, and a bias by map is fitted to the maps themselves."
    )

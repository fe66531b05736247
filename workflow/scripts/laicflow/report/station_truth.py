"""Series and biases of stations beside what is true of them in a simulated world."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.report.stations import middle_of_steps
from laicflow.store import read_parquet

# Below the folder of a world.
FOLDER = "gnss/truth"
COLUMNS = {
    "part": "str",
    "station": "str",
    "month": "str",
    "time": "datetime64[us]",
    "recovered": "float64",
    "true": "float64",
    "way": "str",
}
# Parts of the table: VTEC in TECU, biases of receivers in ns.
SERIES, BIAS = "vtec", "bias"


def recovered(months: Iterable[xr.Dataset], receipt: Path) -> pd.DataFrame:
    """What was made of the observations of a simulated world beside what is true there.

    Parameters
    ----------
    months : files of the store, as `laicflow.clean.stations.month_of_stations` makes them
    receipt : summary of the world, `<folder>.json` beside its folder

    Returns
    -------
    Columns `COLUMNS`: rows `vtec` (TECU, one a station and time that both have; true is the VTEC in
    the middle of the step behind a value, linear between the times of the truth) and rows `bias`
    (ns, one a station and month; `way` says how it was found). The true bias is that of the codes
    that were taken: P1-P2 of a receiver that gives P1, else C1-P2.

    Raises
    ------
    LaicflowError : the world has no stations
    """
    summary = json.loads(Path(receipt).read_text(encoding="utf-8"))
    told = summary["truth"].get("gnss")
    if told is None:
        raise LaicflowError(f"{receipt}: the world has no GNSS stations (simulate.gnss.stations)")
    truth = read_parquet(Path(receipt).with_suffix("") / FOLDER / "vtec.parquet")
    truth = truth.assign(station=truth["station"].str[:4])[["station", "time", "vtec"]]
    biases = true_biases(summary["options"]["gnss"], told["receivers"])
    parts = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})]
    for month in months:
        parts += [_series(month, truth), _biases(month, biases)]
    return pd.concat(parts, ignore_index=True).astype(COLUMNS)


def true_biases(options: dict, receivers: dict[str, dict]) -> dict[str, float]:
    """True bias in ns of each receiver, by the first four characters of its station.

    Parameters
    ----------
    options : part `gnss` of the world's options, complete
    receivers : `p1p2` and `p1c1` in ns by station
    """
    gives = {one["code"][:4]: one["p1"] for one in options["stations"]}
    found = {}
    for code, own in receivers.items():
        p1 = options["p1"] if gives[code[:4]] is None else gives[code[:4]]
        found[code[:4]] = own["p1p2"] - (0.0 if p1 else own["p1c1"])
    return found


def _series(month: xr.Dataset, truth: pd.DataFrame) -> pd.DataFrame:
    """VTEC of a month where both series and truth have it."""
    table = month["vtec"].to_series().rename("recovered").reset_index()
    table["time"] = table["time"].astype("datetime64[us]")
    table["station"] = table["station"].astype("str")
    table = table.dropna().sort_values(["station", "time"], ignore_index=True)
    times = month["time"].values.astype("datetime64[us]")
    middle = pd.Series(middle_of_steps(month), index=times)[table["time"]].to_numpy()
    table["true"] = np.nan
    for code, own in truth.groupby("station"):
        rows = (table["station"] == code).to_numpy()
        table.loc[rows, "true"] = _between(own.set_index("time")["vtec"], middle[rows])
    return _with_all(table.dropna(subset="true"), month, SERIES)


def _between(known: pd.Series, times: np.ndarray) -> np.ndarray:
    """Values linear between the times of an even series, NaN beyond its ends."""
    known = known.sort_index()
    ends = known.index.to_numpy().astype("datetime64[us]")
    seconds = [(one - ends[0]) / np.timedelta64(1, "s") for one in (times, ends)]
    return np.interp(*seconds, known.to_numpy(), left=np.nan, right=np.nan)


def _biases(month: xr.Dataset, biases: dict[str, float]) -> pd.DataFrame:
    """Biases of the receivers of a month."""
    facts = json.loads(month.attrs["stations_json"])
    rows = [
        {
            "station": code,
            "recovered": own["receiver_bias_ns"],
            "true": biases.get(code, np.nan),
            "way": own["receiver_bias_way"],
        }
        for code, own in sorted(facts.items())
    ]
    return _with_all(
        pd.DataFrame(rows, columns=["station", "recovered", "true", "way"]), month, BIAS
    )


def _with_all(rows: pd.DataFrame, month: xr.Dataset, part: str) -> pd.DataFrame:
    """Rows with all columns of the table."""
    rows = rows.assign(part=part, month=month.attrs["partition"])
    for name in set(COLUMNS) - set(rows):
        rows[name] = pd.NaT if name == "time" else ""
    return rows[list(COLUMNS)].astype(COLUMNS)

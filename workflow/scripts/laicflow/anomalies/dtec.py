"""By how much TEC lies beyond its bounds, and whether the Sun was quiet meanwhile.

Xiong et al. 2022 (doi 10.1109/JSTARS.2022.3175961): DTEC is what exceeds a bound; an anomaly is
kept as not caused by space weather where |DTEC| > 0, Kp < 3 and Dst > -30 nT.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.anomalies.bounds import Bounds
from laicflow.samples.activity import extreme

# What an epoch is found to be (int8).
UNKNOWN, INSIDE, UNDISTURBED, DISTURBED = -1, 0, 1, 2
STATES = {
    UNKNOWN: "no value, no bounds, or outside them with an index unknown",
    INSIDE: "inside the bounds",
    UNDISTURBED: "outside the bounds, Kp and Dst quiet",
    DISTURBED: "outside the bounds, Kp or Dst disturbed",
}
HOUR = np.timedelta64(1, "h")


def exceedance(observed: np.ndarray, bounds: Bounds) -> np.ndarray:
    """DTEC (..., epoch): beyond the upper bound positive, beyond the lower negative, inside 0.

    In the unit of `observed`; NaN where there is no value or no bounds.
    """
    observed = np.asarray(observed, dtype="float64")
    beyond = np.maximum(observed - bounds.upper, 0) + np.minimum(observed - bounds.lower, 0)
    return np.where(np.isfinite(beyond), beyond, np.nan)


def index_at(table: pd.DataFrame, column: str, times: np.ndarray) -> np.ndarray:
    """The value of an index that stands at each time, NaN where none does.

    Kp stands for three hours, Dst for one, F10.7 for a day, each from its own `time` on.

    Parameters
    ----------
    table : `time` and `column` (kp, dst in nT, f107 in sfu)
    times : UTC
    """
    at = pd.Series(np.asarray(times, dtype="datetime64[us]"))
    return extreme(table, column, at, at + pd.Timedelta(1, "us"), "max")


def judge(
    dtec: np.ndarray,
    kp: np.ndarray,
    dst: np.ndarray,
    *,
    kp_below: float = 3.0,
    dst_above: float = -30.0,
) -> np.ndarray:
    """What each epoch is (STATES), int8 (..., epoch).

    Outside the bounds one index that is disturbed is enough; to be undisturbed both have to be
    known and quiet. Inside them the indices do not matter.

    Parameters
    ----------
    dtec : array (..., epoch), NaN where undecidable
    kp, dst : arrays (epoch), dst in nT, NaN where unknown
    """
    dtec = np.asarray(dtec)
    disturbed = (kp >= kp_below) | (dst <= dst_above)
    quiet = (kp < kp_below) & (dst > dst_above)
    outside = np.where(disturbed, DISTURBED, np.where(quiet, UNDISTURBED, UNKNOWN))
    state = np.where(dtec == 0, INSIDE, outside)
    return np.where(np.isnan(dtec), UNKNOWN, state).astype("int8")


def day_table(
    times: np.ndarray,
    dtec: np.ndarray,
    state: np.ndarray,
    fill_share: np.ndarray | None = None,
    *,
    offset_hours: float = 0.0,
) -> xr.Dataset:
    """DTEC by day and hour, as a heat map shows it.

    Parameters
    ----------
    times : (epoch) UTC
    dtec : (epoch) in TECU
    state : (epoch) of `judge`
    fill_share : (epoch), how much of an epoch's value is filled or interpolated; default 0
    offset_hours : added to UTC before days and hours are counted; longitude / 15 makes them those
        of mean local time

    Returns
    -------
    Dataset (day, hour): `dtec` (TECU), mean over the epochs of the hour that are inside (0) or
    undisturbed, NaN where there is none; `disturbed` and `unknown`, shares of the hour's epochs;
    `fill_share`, mean over its epochs; `epochs`, their number. Hours without an epoch are NaN
    (`epochs` 0). Attribute `offset_hours`.

    Raises
    ------
    ValueError : arrays of different lengths
    """
    dtec, state = np.asarray(dtec, dtype="float64"), np.asarray(state)
    filled = np.zeros(len(dtec)) if fill_share is None else np.asarray(fill_share, dtype="float64")
    if not len(times) == len(dtec) == len(state) == len(filled):
        raise ValueError("times, dtec, state and fill_share of different lengths")
    days, cell = _cells(times, offset_hours)
    shape = (len(days), 24)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(cell, weights=values, minlength=24 * len(days)).reshape(shape)

    told = (state == INSIDE) | (state == UNDISTURBED)
    epochs, shown = summed(np.ones(len(dtec))), summed(told.astype(float))
    with np.errstate(invalid="ignore"):
        variables = {
            "dtec": (summed(np.where(told, dtec, 0.0)) / shown, "TECU"),
            "disturbed": (summed((state == DISTURBED).astype(float)) / epochs, "1"),
            "unknown": (summed((state == UNKNOWN).astype(float)) / epochs, "1"),
            "fill_share": (summed(filled) / epochs, "1"),
            "epochs": (epochs.astype("int32"), "1"),
        }
    return xr.Dataset(
        {name: (("day", "hour"), one, {"units": unit}) for name, (one, unit) in variables.items()},
        coords={"day": days, "hour": np.arange(24)},
        attrs={"offset_hours": float(offset_hours)},
    )


def shifted(times: np.ndarray, offset_hours: float) -> np.ndarray:
    """Times moved on by hours, datetime64[us]: those of mean local time for longitude / 15."""
    moved = np.timedelta64(round(offset_hours * 3600e6), "us")
    return np.asarray(times, dtype="datetime64[us]") + moved


def _cells(times: np.ndarray, offset_hours: float) -> tuple[np.ndarray, np.ndarray]:
    """Days from the first to the last, and the cell of each time, 24 a day in a row."""
    local = shifted(times, offset_hours)
    if not len(local):
        return np.empty(0, dtype="datetime64[us]"), np.empty(0, dtype=int)
    first = local.min().astype("datetime64[D]")
    cell = ((local - first.astype("datetime64[us]")) // HOUR).astype(int)
    days = first + np.arange(cell.max() // 24 + 1)
    return days.astype("datetime64[us]"), cell

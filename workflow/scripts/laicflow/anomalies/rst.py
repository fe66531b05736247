"""Index of the robust satellite technique (RST): how unusual a day is among its like of all years.

Index of local change of Tramutoli 1998 (SPIE 3496, 101), as Xiong et al. 2022 apply it to outgoing
longwave radiation: (value - mean) / standard deviation, both of the same calendar day over the
years, at each place.

A day that is part of its own mean can never be far from it: with n years |index| is at most
(n - 1) / sqrt(n), 2.85 with ten and 1.79 with five, whatever is measured. `leave_out` takes each
day's own year out of its mean and standard deviation. A standard deviation of few years scatters,
so that large values are then common: `gaussian_share` says how common.

Years after a day take part in either way: the index looks back on a record, and is no forecast.
"""

from __future__ import annotations

import math

import numpy as np
import xarray as xr
from scipy.special import betaincc, stdtr

# Years a mean needs: of two or three values, as 29 February has in ten years, a standard deviation
# says next to nothing.
LEAST_YEARS = 5
UNITS = {"rst": "1", "mean": "W m-2", "std": "W m-2", "years": "1"}


def rst_index(
    values: xr.DataArray,
    days: np.ndarray | None = None,
    *,
    leave_out: bool = True,
    least_years: int = LEAST_YEARS,
) -> xr.Dataset:
    """RST index of days, each at all places.

    Parameters
    ----------
    values : (time, ...), one entry a day at most, W m-2, NaN where missing
    days : those wanted, times of `values`; by default all of them
    leave_out : the year of a day takes no part in its mean and standard deviation (`clean`);
        else it does (`paper`)
    least_years : fewest years with a value at a place (its own not counted with `leave_out`), else
        NaN; at least 2

    Returns
    -------
    Dataset like `values` at `days`: `rst`, in standard deviations (n - 1 below); `mean` and `std`
    in the unit of `values`; `years`, how many they come from. NaN where there are too few years,
    no value or a standard deviation of 0. Attributes: `leave_out`, `least_years`, `first_year`,
    `last_year`, `without_index` (how many of the values that are there have none)

    Raises
    ------
    ValueError : `least_years` below 2, days that stand twice in `values` or not at all
    """
    if least_years < 2:
        raise ValueError(f"least_years {least_years}: a standard deviation needs two")
    values = values.transpose("time", ...)
    held = values["time"].values.astype("datetime64[D]")
    if len(np.unique(held)) != len(held):
        raise ValueError("values: a day stands twice")
    wanted = held if days is None else np.atleast_1d(days).astype("datetime64[D]")
    place = {day: index for index, day in enumerate(held)}
    if missing := [str(day) for day in wanted if day not in place]:
        raise ValueError(f"{len(missing)} days are not in the values, first {missing[0]}")
    own = np.array([place[day] for day in wanted], dtype=int)
    calendar_day = _calendar_day(held)
    shape = (len(own), *values.shape[1:])
    made = {name: np.full(shape, np.nan, dtype="float32") for name in ("rst", "mean", "std")}
    made["years"] = np.zeros(shape, dtype="int16")
    for day in np.unique(calendar_day[own]):
        rows = np.flatnonzero(calendar_day[own] == day)
        same = np.flatnonzero(calendar_day == day)
        stack = values[same].values.astype("float64")
        parts = _index(stack, np.searchsorted(same, own[rows]), leave_out, least_years)
        for name, part in zip(made, parts, strict=True):
            made[name][rows] = part
    coords = values[own].coords
    result = xr.Dataset({name: (values.dims, one) for name, one in made.items()}, coords=coords)
    for name, unit in UNITS.items():
        result[name].attrs["units"] = unit
    lost = np.isfinite(values[own].values) & np.isnan(made["rst"])
    years = values["time"].dt.year.values
    result.attrs = {
        "leave_out": int(leave_out),
        "least_years": least_years,
        "first_year": int(years.min(initial=9999)),
        "last_year": int(years.max(initial=0)),
        "without_index": int(lost.sum()),
    }
    return result


def gaussian_share(limit: float, years: int, *, leave_out: bool) -> float:
    """Share of independent Gaussian values whose |index| is above `limit`.

    With the own year left out index / sqrt(1 + 1/n) has Student's t of n - 1 degrees; else
    index^2 n / (n - 1)^2 has a beta distribution (1/2, (n - 2)/2), as studentised residuals have
    (Thompson 1935, Annals of Mathematical Statistics 6, 214).

    Parameters
    ----------
    years : n, those in mean and standard deviation (`years` of `rst_index`); at least 3
    """
    if leave_out:
        return float(2 * stdtr(years - 1, -limit / math.sqrt(1 + 1 / years)))
    # Beyond (n - 1) / sqrt(n) no index can be.
    share = min(1.0, limit**2 * years / (years - 1) ** 2)
    return float(betaincc(0.5, (years - 2) / 2, share))


def _calendar_day(days: np.ndarray) -> np.ndarray:
    """Month and day as one number, 101 to 1231."""
    month = days.astype("datetime64[M]")
    of_month = (days - month.astype("datetime64[D]")).astype(int) + 1
    return (month.astype(int) % 12 + 1) * 100 + of_month


def _index(
    stack: np.ndarray, rows: np.ndarray, leave_out: bool, least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Index, mean, standard deviation and years of `rows` of a stack (year, ...) of one day."""
    valid = np.isfinite(stack)
    total = valid.sum(axis=0)
    # Sums about a middle lose no digits, and one value can be taken out of them again.
    sums = np.where(valid, stack, 0).sum(axis=0)
    middle = np.divide(sums, total, out=np.zeros(sums.shape), where=total > 0)
    apart = np.where(valid, stack - middle, 0.0)
    here = apart[rows] if leave_out else np.zeros((len(rows), *middle.shape))
    years = total - (valid[rows] if leave_out else np.zeros(here.shape, dtype=int))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (apart.sum(axis=0) - here) / years
        square = (apart**2).sum(axis=0) - here**2 - years * mean**2
        std = np.sqrt(np.maximum(square, 0) / (years - 1))
        enough = years >= least
        # What rounding leaves of equal values is no standard deviation.
        spread = std > 1e-9 * np.maximum(np.abs(middle), 1)
        index = np.where(enough & spread, (stack[rows] - middle - mean) / std, np.nan)
    mean, std = np.where(enough, mean + middle, np.nan), np.where(enough, std, np.nan)
    return index, mean, std, years

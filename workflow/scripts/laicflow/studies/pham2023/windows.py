"""Six channels a site, day and hour, from which every window of the study is a slice.

Windows of neighbouring days share 29 of 30 days, so a copy of each would be thirty times the
data: the tensor file holds the series once, and `cut` slices it.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.tensors.reference import running_quartiles
from laicflow.tensors.series import hourly_vtec

# Order of the channels in an image (the paper's Section II).
CHANNELS = ("tec", "median", "lower", "upper", "positive", "negative")
MEANING = {
    "tec": ("VTEC over the site", "TECU"),
    "median": ("median of the reference days at the same hour", "TECU"),
    "lower": ("lower bound, M - k (M - LQ)", "TECU"),
    "upper": ("upper bound, M + k (UQ - M)", "TECU"),
    "positive": ("TEC above the upper bound", "1"),
    "negative": ("TEC below the lower bound", "1"),
}


def prepare(paths: list[str], sites: pd.DataFrame, study: dict) -> xr.Dataset:
    """The six channels over all sites and days of the study's period.

    - VTEC at the site, hourly, maps rotated with the Sun (STUDIES: IONEX document, way 3).
    - Median M and quartiles LQ, UQ of the same hour on the previous `reference.days` days, the
      day itself excluded; UB = M + k (UQ - M), LB = M - k (M - LQ) (the paper's equations).
    - Polarity 1 where TEC is above UB or below LB, else 0; or the TECU beyond (`exceedance`).

    Parameters
    ----------
    paths : maps of the store in the order of time
    sites : table `sites`
    study : settings of the study, a variant laid over them

    Returns
    -------
    Dataset of float32 channels (site, day, hour), `spacing_s` (day, hour), and coordinates
    latitude, longitude (site). Attributes count the hours that are not in the maps.
    """
    first, last = (pd.Timestamp(study["period"][k]) for k in ("start", "end"))
    vtec, spacing, attributes = hourly_vtec(
        paths, sites["latitude"].to_numpy(), sites["longitude"].to_numpy(), first, last
    )
    days = pd.date_range(first, last, freq="D")
    tec = vtec.reshape(len(sites), len(days), 24)
    channels = polarity(tec, study["reference"], study["image"]["exceedance"])
    dims = ("site", "day", "hour")
    data = {name: (dims, channels[name].astype("float32")) for name in CHANNELS}
    result = xr.Dataset(
        data,
        coords={
            "site": sites["site"].astype(object).to_numpy(),
            "day": days.to_numpy().astype("datetime64[ns]"),
            "hour": np.arange(24),
            "latitude": ("site", sites["latitude"].to_numpy()),
            "longitude": ("site", sites["longitude"].to_numpy()),
        },
    )
    result["spacing_s"] = (dims[1:], spacing.reshape(len(days), 24).astype("float32"))
    for name, (meaning, unit) in MEANING.items():
        result[name].attrs = {"long_name": meaning, "units": unit}
    result.attrs = _facts(tec, days, attributes)
    return result


def said(tensors: xr.Dataset) -> list[str]:
    """What a log should say of tensors."""
    told = tensors.attrs
    missing = f"{told['missing_hours']} of {told['hours']} hours are not in them"
    return [f"{told['maps']} maps; {missing}:", told["missing_hours_first"]]


def polarity(tec: np.ndarray, reference: dict, exceedance: bool) -> dict[str, np.ndarray]:
    """The six channels of VTEC (site, day, hour) in TECU; NaN where there is no reference."""
    by_day = np.moveaxis(tec, 0, -1)
    lower, median, upper = (
        np.moveaxis(q, -1, 0)
        for q in running_quartiles(by_day, reference["days"], least=reference["least"])
    )
    k = reference["k"]
    top = median + k * (upper - median)
    bottom = median - k * (median - lower)
    above, below = np.fmax(tec - top, 0), np.fmax(bottom - tec, 0)
    if not exceedance:
        above, below = (above > 0).astype("float32"), (below > 0).astype("float32")
    unknown = np.isnan(top)
    above, below = np.where(unknown, np.nan, above), np.where(unknown, np.nan, below)
    return dict(zip(CHANNELS, (tec, median, bottom, top, above, below), strict=True))


def cut(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Images (n, 6, size, size) float32 of windows `<site>/<last day>`.

    Days run down, hours to the right; the 30 x 24 values stand in the middle of zeros. An hour
    without TEC shows the median, with no polarity.

    Raises
    ------
    LaicflowError : a window without a reference, or outside the data
    """
    length, size = study["window"]["days"], study["image"]["size"]
    stack = np.stack([tensors[name].values for name in CHANNELS])
    place = {name: i for i, name in enumerate(tensors["site"].values.tolist())}
    days = pd.DatetimeIndex(tensors["day"].values)
    images = np.zeros((len(window_ids), len(CHANNELS), size, size), dtype="float32")
    top, left = (size - length) // 2, (size - 24) // 2
    parts = [window.rpartition("/") for window in window_ids]
    # All at once: to look up each day by itself takes longer than to cut its window.
    lasts = days.get_indexer(pd.to_datetime([day for _, _, day in parts], format="ISO8601"))
    for row, (window, (site, _, _), last) in enumerate(zip(window_ids, parts, lasts, strict=True)):
        if site not in place or last < length - 1:
            raise LaicflowError(f"window {window}: not in the tensors")
        part = stack[:, place[site], last - length + 1 : last + 1].copy()
        if np.isnan(part[1:4]).any():
            raise LaicflowError(f"window {window}: hours without a reference")
        gap = np.isnan(part[0])
        part[0][gap] = part[1][gap]
        part[4][gap] = part[5][gap] = 0
        images[row, :, top : top + length, left : left + 24] = part
    return images


def _facts(tec: np.ndarray, days: pd.DatetimeIndex, attributes: list[dict]) -> dict:
    """What the report says about the data behind the windows."""
    missing = np.isnan(tec).all(axis=0)
    names = [f"{days[d]:%Y-%m-%d} {h:02d} UT" for d, h in np.argwhere(missing)]
    return {
        "hours": int(missing.size),
        "missing_hours": int(missing.sum()),
        "missing_hours_first": json.dumps(names[:10]),
        "hours_without_value_at_some_site": int((np.isnan(tec).any(axis=0) & ~missing).sum()),
        "maps": int(sum(int(a["maps"]) for a in attributes)),
        "days_of_maps": int(sum(int(a["days"]) for a in attributes)),
        "missing_days": json.dumps(sum((json.loads(a["missing_days"]) for a in attributes), [])),
        "torn_seam_nodes": int(sum(int(a.get("torn_seam_nodes", 0)) for a in attributes)),
        "centre": ", ".join(sorted({a["centre"] for a in attributes})),
        "source": ", ".join(sorted({a["source"] for a in attributes})),
        "citation": "; ".join(sorted({a["citation"] for a in attributes})),
    }

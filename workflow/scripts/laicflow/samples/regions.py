"""Regions of places on the sphere, for leaving one region out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError

STARTS = 10


def regions(
    latitude: np.ndarray, longitude: np.ndarray, count: int, *, seed: int
) -> tuple[np.ndarray, pd.DataFrame]:
    """Divide places into regions by k-means on the unit sphere (chord distance).

    Chords know no date line and no pole. Regions are numbered from south to north by their
    centres (from west to east where these are equally far north), so that a number means the same
    place whatever the random start was.

    Parameters
    ----------
    latitude, longitude : (n,), degrees; a place that stands twice counts twice
    count : number of regions; fewer come out where there are fewer places
    seed : of the random starts

    Returns
    -------
    region : (n,) number of the region of each place, from 0
    centres : `latitude`, `longitude` (degrees), `places` (how many of the n) by region

    Raises
    ------
    LaicflowError : a place that is not on the globe
    """
    from sklearn.cluster import KMeans

    latitude, longitude = (np.asarray(v, dtype="float64") for v in (latitude, longitude))
    if not (np.isfinite(longitude) & (np.abs(latitude) <= 90)).all():
        raise LaicflowError("regions: a place is not on the globe")
    if len(latitude) == 0:
        return np.empty(0, dtype=int), _centres(np.empty((0, 3)), np.empty(0, dtype=int))
    points = _unit_vectors(latitude, longitude)
    # Distinct to a millimetre or so: rounding errors must not make two places of one.
    count = min(count, len(np.unique(points.round(10), axis=0)))
    found = KMeans(count, n_init=STARTS, random_state=seed).fit_predict(points)
    centres = _centres(points, found)
    order = centres.sort_values(["latitude", "longitude"]).index.to_numpy()
    number = np.empty(len(order), dtype=int)
    number[order] = np.arange(len(order))
    return number[found], centres.loc[order].reset_index(drop=True)


def _unit_vectors(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Points of the unit sphere, (n, 3)."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def _centres(points: np.ndarray, region: np.ndarray) -> pd.DataFrame:
    """Directions of the mean vectors, degrees, and the number of places."""
    table = pd.DataFrame(points, columns=["x", "y", "z"]).groupby(region)
    mean = table.mean()
    latitude = np.degrees(np.arctan2(mean["z"], np.hypot(mean["x"], mean["y"])))
    longitude = np.degrees(np.arctan2(mean["y"], mean["x"]))
    return pd.DataFrame({"latitude": latitude, "longitude": longitude, "places": table.size()})

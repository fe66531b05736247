"""Which earthquakes an alarm is held against.

Those of the catalog that lie within their zone of preparation of a station (Dobrovolsky et al.
1979), each at its nearest one. Earthquakes whose looks back overlap would count the same days
twice, at one station or at several, which have their storms and seasons in common: of such a chain
the largest alone counts (the first of equals).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from laicflow.anomalies.quakes import radius_km
from laicflow.geo import great_circle_km

# Magnitudes are published with one decimal, and read back as what is nearest to it.
ROUNDING = 1e-6


@dataclass(frozen=True)
class Targets:
    """Earthquakes as alarms see them, in the order of time.

    Attributes
    ----------
    site : (target) number of its station
    epoch : (target) the first epoch of the record that is not before it
    time : (target) UTC
    inside : how many lie inside their zone during the record, before chains were told
    """

    site: np.ndarray
    epoch: np.ndarray
    time: np.ndarray
    inside: int

    def __len__(self) -> int:
        """Number of targets."""
        return len(self.site)


def distances(events: pd.DataFrame, sites: pd.DataFrame) -> np.ndarray:
    """Distance (event, site), km."""
    return great_circle_km(
        events["latitude"].to_numpy()[:, None],
        events["longitude"].to_numpy()[:, None],
        sites["latitude"].to_numpy()[None],
        sites["longitude"].to_numpy()[None],
    )


def zone_km(events: pd.DataFrame, radius: float | None) -> np.ndarray:
    """Radius (event) of the zone, km: that of the magnitude, or one for all."""
    if radius is not None:
        return np.full(len(events), float(radius))
    return radius_km(events["magnitude"].to_numpy())


def targets_of(
    events: pd.DataFrame,
    sites: pd.DataFrame,
    times: np.ndarray,
    *,
    magnitude: float,
    radius: float | None,
    days: float | None,
) -> Targets:
    """The targets of a magnitude and above in a record.

    Parameters
    ----------
    events : `time`, `latitude`, `longitude`, `magnitude`
    sites : `latitude`, `longitude` (degrees), in the order of the record
    times : (epoch) UTC; earthquakes after the first and up to the last epoch count
    radius : km, None for that of the magnitude
    days : length of a look-back; None takes every earthquake of a chain
    """
    chosen = events["magnitude"].to_numpy() >= magnitude - ROUNDING
    at = events["time"].to_numpy().astype("datetime64[us]")
    if len(times) < 2:
        return _made(events.iloc[:0], np.empty(0, dtype=int), times, days)
    chosen &= (at > times[0]) & (at <= times[-1])
    own = events[chosen]
    apart = distances(own, sites)
    nearest = apart.argmin(axis=1)
    inside = apart[np.arange(len(own)), nearest] <= zone_km(own, radius)
    return _made(own[inside], nearest[inside], times, days)


def _made(own: pd.DataFrame, site: np.ndarray, times: np.ndarray, days: float | None) -> Targets:
    """Targets of earthquakes and the numbers of their stations."""
    at = own["time"].to_numpy().astype("datetime64[us]")
    kept = np.arange(len(own))
    if days is not None:
        kept = linked(np.zeros(len(own)), at, own["magnitude"].to_numpy(), days)
    order = kept[np.argsort(at[kept], kind="stable")]
    epoch = np.searchsorted(times, at[order], side="left")
    return Targets(site[order], epoch, at[order], len(own))


def linked(group: np.ndarray, times: np.ndarray, magnitude: np.ndarray, days: float) -> np.ndarray:
    """Numbers of the events that stand for a chain: the largest of each, the first of equals.

    Events of a group (one of many catalogs) are of one chain where each follows the one before it
    within `days`, whichever their stations.
    """
    if not len(times):
        return np.empty(0, dtype=int)
    order = np.lexsort([times, group])
    gap = np.diff(times[order]) / np.timedelta64(1, "D") > days
    new = np.concatenate([[True], gap | (np.diff(group[order]) != 0)])
    chain = np.empty(len(times), dtype=int)
    chain[order] = np.cumsum(new)
    best = np.lexsort([times, -np.round(magnitude, 6), chain])
    first = np.concatenate([[True], np.diff(chain[best]) != 0])
    return best[first]

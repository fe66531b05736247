"""The places over which a study looks at the sky."""

from __future__ import annotations

import pandas as pd

from laicflow.schema import conform


def from_points(points: list[dict]) -> pd.DataFrame:
    """Table `sites` from the points of a configuration."""
    # A point may say more than where it is.
    table = pd.DataFrame(points)[["site", "latitude", "longitude"]]
    return conform(table.assign(event_ids=""), "sites")


def from_epicentres(events: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    """Table `sites` with one site at the epicentre of each event whose day lies in first..last.

    The days are those on which a window can end with its whole support in the data: a place
    without any positive window would let place tell the classes apart.
    """
    day = events["time"].dt.floor("D")
    own = events[(day >= first) & (day <= last)]
    table = pd.DataFrame(
        {
            "site": own["event_id"],
            "latitude": own["latitude"],
            "longitude": own["longitude"],
            "event_ids": own["event_id"],
        }
    )
    return conform(table, "sites")

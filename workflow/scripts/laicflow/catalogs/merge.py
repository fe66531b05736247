"""One catalog from the yearly files of a source."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from laicflow.geo import inside_box
from laicflow.schema import conform


def merge(tables: Iterable[pd.DataFrame]) -> tuple[pd.DataFrame, dict[str, int]]:
    """All earthquakes of `tables` once, in the order of time.

    - An event that stands twice (same `event_id`, letters of any case) counts once; the row that
      was updated last stays.
    - Types other than earthquake, and events without a magnitude, are left out and counted.

    Returns the table `events` and the counts of what was left out.
    """
    joined = pd.concat([t for t in tables if len(t)] or list(tables)[:1], ignore_index=True)
    joined["event_id"] = joined["event_id"].str.lower()
    joined = joined.sort_values(["event_id", "updated"], kind="stable", na_position="first")
    once = joined.drop_duplicates("event_id", keep="last")
    quakes = once[once["event_type"] == "earthquake"]
    sized = quakes[quakes["magnitude"].notna()]
    counts = {
        "read": len(joined),
        "duplicates": len(joined) - len(once),
        "not_earthquakes": len(once) - len(quakes),
        "without_magnitude": len(quakes) - len(sized),
        "events": len(sized),
    }
    return conform(sized.sort_values(["time", "event_id"]), "events"), counts


def select(events: pd.DataFrame, rules: dict) -> pd.DataFrame:
    """The events of a study.

    Parameters
    ----------
    events : table `events`
    rules : `latitude`, `longitude` (edges, degrees), `magnitude_min`, `inclusive`, `depth_km`;
        an event without a depth stays
    """
    size = events["magnitude"].to_numpy()
    least = rules["magnitude_min"]
    large = size >= least if rules["inclusive"] else size > least
    inside = inside_box(
        events["latitude"].to_numpy(),
        events["longitude"].to_numpy(),
        rules["latitude"],
        rules["longitude"],
    )
    depth = events["depth_km"].to_numpy()
    shallow, deep = rules["depth_km"]
    fits = np.isnan(depth) | ((depth >= shallow) & (depth <= deep))
    return events[large & inside & fits].reset_index(drop=True)

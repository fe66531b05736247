"""No declustering: every event is independent."""

from __future__ import annotations

import numpy as np

from laicflow.catalogs.declustering.quakes import Clusters, Quakes, by_largest


def clusters(quakes: Quakes) -> Clusters:
    """Every event alone."""
    return by_largest(quakes, np.arange(len(quakes)))

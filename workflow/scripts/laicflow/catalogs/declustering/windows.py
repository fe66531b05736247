"""Aftershocks by windows of distance and time that grow with magnitude."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import KDTree

from laicflow.catalogs.declustering.quakes import Clusters, Quakes, by_largest, number
from laicflow.errors import ConfigError
from laicflow.geo import EARTH_RADIUS_KM, great_circle_km

# Gardner & Knopoff (1974), Table 1: magnitude, L (km), T (days).
TABLE = np.array(
    [
        [2.5, 19.5, 6],
        [3.0, 22.5, 11.5],
        [3.5, 26, 22],
        [4.0, 30, 42],
        [4.5, 35, 83],
        [5.0, 40, 155],
        [5.5, 47, 290],
        [6.0, 54, 510],
        [6.5, 61, 790],
        [7.0, 70, 915],
        [7.5, 81, 960],
        [8.0, 94, 985],
    ]
)

# Pairs of events that are held at a time.
PAIRS = 4_000_000


def gardner_knopoff(magnitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The usual fit to the table of Gardner & Knopoff (1974): km and days.

    In van Stiphout et al. (2012, doi:10.5078/corssa-52382934). The days jump down at magnitude
    6.5 (from 931 to 885).
    """
    days = np.where(
        magnitude >= 6.5, 10 ** (0.032 * magnitude + 2.7389), 10 ** (0.5409 * magnitude - 0.547)
    )
    return 10 ** (0.1238 * magnitude + 0.983), days


def gardner_knopoff_table(magnitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Table 1 of Gardner & Knopoff (1974): km and days.

    Between the rows the logarithms are interpolated; below 2.5 and above 8 the last row holds.
    """
    return tuple(
        10 ** np.interp(magnitude, TABLE[:, 0], np.log10(TABLE[:, column])) for column in (1, 2)
    )


def uhrhammer(magnitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Uhrhammer (1986), in van Stiphout et al. (2012): km and days."""
    return np.exp(-1.024 + 0.804 * magnitude), np.exp(-2.87 + 1.235 * magnitude)


def gruenthal(magnitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gruenthal (personal communication in van Stiphout et al., 2012): km and days.

    The exponents hold square roots. The printed article has squares, and so has the manual of
    OpenQuake that repeats it, while OpenQuake's code has roots. Squares cannot be meant: at
    magnitude 5 they give exp(1.77 + 5.137^2) = 1.7e12 km, the root 57 km beside the 40 km of
    Gardner & Knopoff; and at 6.5, where the days go over to 10^(2.8 + 0.024 M) = 904, the root
    gives 804 and the square a number of more than 5,500 digits. Below magnitude 0 the roots are
    taken as at 0.
    """
    size = np.maximum(magnitude, 0)
    days = np.where(
        magnitude >= 6.5,
        10 ** (2.8 + 0.024 * magnitude),
        np.exp(-3.95 + np.sqrt(0.62 + 17.32 * size)),
    )
    return np.exp(1.77 + np.sqrt(0.037 + 1.02 * size)), days


WINDOWS: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]] = {
    "gardner-knopoff": gardner_knopoff,
    "gardner-knopoff-table": gardner_knopoff_table,
    "gruenthal": gruenthal,
    "uhrhammer": uhrhammer,
}


def clusters(
    quakes: Quakes, *, window: str = "gardner-knopoff", foreshock_share: float = 1.0
) -> Clusters:
    """What lies in the window of a larger event is its foreshock or aftershock.

    Gardner & Knopoff (1974), as van Stiphout et al. (2012) give it: events are taken
    from the largest down, of equals the first; one that no larger one has taken is a mainshock
    and takes every smaller event, not taken yet, within its distance (between the epicentres) and
    its days after it, or `foreshock_share` of these days before it, edges included. What was
    taken takes nothing.

    Parameters
    ----------
    window : a name of `WINDOWS`
    foreshock_share : the days before a mainshock as a share (0 to 1) of those after it
        (`fs_time_prop` of other codes); 1 treats foreshocks as aftershocks are treated
    """
    if window not in WINDOWS:
        raise ConfigError(f"decluster: unknown window {window!r}; known are {', '.join(WINDOWS)}")
    share = number("foreshock_share", foreshock_share, least=0, most=1)
    km, days = WINDOWS[window](quakes.magnitude)
    return by_largest(quakes, _owners(quakes, np.minimum(km, np.pi * EARTH_RADIUS_KM), days, share))


def _owners(quakes: Quakes, km: np.ndarray, days: np.ndarray, share: float) -> np.ndarray:
    """The mainshock of each event, (n,).

    The events that are still free are taken in batches, the largest first. A batch finds the free
    events near it at once; who gets which is then settled one after another.
    """
    owner = np.full(len(quakes), -1, dtype=np.int64)
    free = np.lexsort((np.arange(len(quakes)), -quakes.magnitude))
    rank = np.empty_like(free)
    rank[free] = np.arange(len(free))
    size = 64
    while len(free):
        batch, first, second = _near(quakes, free, size, km, days)
        apart = quakes.days[second] - quakes.days[first]
        fits = (apart <= days[first]) & (apart >= -share * days[first])
        fits &= rank[second] > rank[first]
        first, second = first[fits], second[fits]
        fits = _distance(quakes, first, second) <= km[first]
        first, second = first[fits], second[fits]
        order = np.argsort(rank[first], kind="stable")
        second = second[order]
        edges = np.searchsorted(rank[first][order], np.append(rank[batch], len(rank))).tolist()
        for place, event in enumerate(batch.tolist()):
            if owner[event] >= 0:
                continue
            owner[event] = event
            near = second[edges[place] : edges[place + 1]]
            if len(near):
                owner[near[owner[near] < 0]] = event
        free = free[owner[free] < 0]
        size = min(2 * size, 8192)
    return owner


def _near(
    quakes: Quakes, free: np.ndarray, size: int, km: np.ndarray, days: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The next batch of `free`, and all pairs of it with free events in its widest window.

    At most `size` events, fewer where there would be too many pairs.
    """
    batch = free[:size]
    chord = 2 * np.sin(km[batch].max() / (2 * EARTH_RADIUS_KM))
    scaled = np.column_stack([quakes.unit / chord, quakes.days / days[batch].max()])
    tree = KDTree(scaled[free], balanced_tree=False, compact_nodes=False)
    reach = 1 + 1e-9
    count = tree.query_ball_point(scaled[batch], reach, p=np.inf, return_length=True)
    batch = batch[: max(1, int(np.searchsorted(np.cumsum(count), PAIRS)))]
    found = KDTree(scaled[batch]).sparse_distance_matrix(
        tree, reach, p=np.inf, output_type="ndarray"
    )
    return batch, batch[found["i"]], free[found["j"]]


def _distance(quakes: Quakes, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Distances between the epicentres of pairs in km."""
    latitude, longitude = quakes.latitude, quakes.longitude
    return great_circle_km(latitude[first], longitude[first], latitude[second], longitude[second])

"""Families of events by the nearest neighbour in time, space and magnitude."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from laicflow.catalogs.declustering.mixture import Mixture, two_normals
from laicflow.catalogs.declustering.neighbors import Links, nearest
from laicflow.catalogs.declustering.quakes import Clusters, Quakes, by_largest, number, quakes_of
from laicflow.schema import EVENTS, conform

# Links that a mixture is fitted to, at least.
LEAST = 20


def clusters(
    quakes: Quakes,
    *,
    b: float = 1.0,
    d_f: float = 1.6,
    eta_0: float | None = None,
    least_distance_km: float = 0.1,
) -> Clusters:
    """Events are linked to their nearest neighbour, and links above a threshold are cut.

    Zaliapin & Ben-Zion (2013, doi:10.1002/jgrb.50179). Of all earlier events i, the parent of j is
    the one with the least

        eta_ij = t_ij r_ij^d_f 10^(-b m_i)   (t in years, r between the epicentres in km)

    of equals the first. Links with eta > `eta_0` are cut; the trees that remain are the clusters,
    the largest event of each its mainshock.

    Without `eta_0` two normal distributions are fitted to log10 eta (`mixture.two_normals`), and
    `eta_0` is where an event belongs to both with the same probability, their weights counted (the
    authors' own code leaves the weights out, which cuts a little lower). Where the fitted density
    has one mode alone there is no such gap between linked and independent events: every event is
    then independent, with a warning and `note` in the attributes; give `eta_0` in that case.

    Parameters
    ----------
    b : b-value of the catalog
    d_f : fractal dimension of the epicentres
    eta_0 : the threshold, as eta itself (1e-5 in southern California, Zaliapin & Ben-Zion 2013)
    least_distance_km : shorter distances count as this one; epicentres that are rounded to one
        place are no infinitely near neighbours

    Attributes of the result: `eta_0`, `bimodal` (null with a given `eta_0`), and the `mixture`.
    """
    links = _links(quakes, b, d_f, least_distance_km)
    attrs: dict = {}
    if eta_0 is not None:
        threshold = np.log10(number("eta_0", eta_0, above=0))
        attrs |= {"eta_0": float(eta_0), "bimodal": None}
    else:
        threshold, found = _threshold(links.log_eta[links.parent >= 0])
        attrs |= found
    root = np.arange(len(quakes))
    linked = (links.parent >= 0) & (links.log_eta <= threshold)
    for event in np.flatnonzero(linked).tolist():
        root[event] = root[links.parent[event]]
    return by_largest(quakes, root, attrs)


def table(
    catalog: pd.DataFrame, *, b: float = 1.0, d_f: float = 1.6, least_distance_km: float = 0.1
) -> pd.DataFrame:
    """The nearest neighbour of every event, in the catalog's order.

    Returns
    -------
    `event_id`, `parent_id` (missing for the first event), `eta`, and its two parts, the rescaled
    time T = t 10^(-b m / 2) (years) and the rescaled distance R = r^d_f 10^(-b m / 2), with m the
    magnitude of the parent: eta = T R.

    Raises
    ------
    ConfigError, SchemaError : as `laicflow.catalogs.decluster`
    """
    quakes = quakes_of(conform(catalog[catalog.columns.intersection(list(EVENTS))], "events"))
    links = _links(quakes, b, d_f, least_distance_km)
    known = links.parent >= 0
    parent = np.where(known, quakes.event_id[links.parent], None)
    made = pd.DataFrame(
        {
            "event_id": pd.Series(quakes.event_id, dtype="str"),
            "parent_id": pd.Series(parent, dtype="str"),
            "eta": np.where(known, 10**links.log_eta, np.nan),
            "rescaled_time": np.where(known, 10**links.log_time, np.nan),
            "rescaled_distance": np.where(known, 10 ** (links.log_eta - links.log_time), np.nan),
        }
    )
    return made.set_index(quakes.row).sort_index()


def _links(quakes: Quakes, b: float, d_f: float, least_distance_km: float) -> Links:
    """The nearest neighbours, the options checked."""
    return nearest(
        quakes,
        number("b", b, above=0, most=3),
        number("d_f", d_f, above=0, most=3),
        number("least_distance_km", least_distance_km, above=0),
    )


def _threshold(log_eta: np.ndarray) -> tuple[float, dict]:
    """log10 of the threshold (minus infinity where there is none) and what is said of it."""
    none = {"eta_0": None, "bimodal": False}
    if len(log_eta) < LEAST or np.ptp(log_eta) == 0:
        note = f"{len(log_eta)} links are too few or too alike for a mixture; at least {LEAST}"
        return -np.inf, none | {"note": _warned(note)}
    fit: Mixture = two_normals(log_eta)
    found = {"mixture": fit.plain()}
    if not fit.bimodal or np.isnan(fit.boundary):
        note = "the mixture fitted to log10 eta has one mode alone: no threshold in it"
        return -np.inf, none | found | {"note": _warned(note)}
    return fit.boundary, {"eta_0": 10**fit.boundary, "bimodal": True, **found}


def _warned(note: str) -> str:
    """The note, said as a warning too."""
    warnings.warn(f"nearest-neighbor: {note}; every event is independent", stacklevel=5)
    return note

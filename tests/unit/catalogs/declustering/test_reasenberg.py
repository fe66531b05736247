"""Clusters as Reasenberg's own program draws them, and single links worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.catalogs.decluster import decluster
from laicflow.catalogs.declustering.reasenberg import equivalent_magnitude

# Reasenberg's CLUSTER2000X (Fortran, U.S. Geological Survey; its linking, distances and times,
# compiled with gfortran 12.2, the element before `cmag1` set to 0 as its comments mean it) on
# `sequence`, its `list` and `ibigst`, drawn. Parameters: rfact, ierradj, tau0 and taumin, taumax,
# p1, xk, xmeff. The first are those of the paper, the second those in the program.
CLUSTER2000X = [
    (
        {},
        ".............a.Aaaaaaaaaaaaaaaaaaaaaa.......................Bbbbbbbb........"
        "...................................Cccccccccc...........................",
    ),
    (
        {"taumin": 2, "p": 0.99},
        ".............a.Aaaaaaaaaaaaaaaaaaaaaaaaa.a..a.a..aa..a.a....Bbbbbbbb.bb....."
        "..................................cCccccccccccc.c...c...................",
    ),
    (
        {"rfact": 20, "xmeff": 3.0},
        ".............aaAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.a"
        "a................................bbBbbbbbbbbbbbbbb..bb..................",
    ),
    (
        {"epicentre_error_km": 1.5, "depth_error_km": 2.0},
        "............aaaAaaaaaaaaaaaaaaaaaaaaaa......B.b.......c.c.ccCccccccc........"
        ".................................ddDdddddddddddddd..dd..................",
    ),
]


@pytest.mark.parametrize(("options", "line"), CLUSTER2000X)
def test_clusters_as_reasenbergs_program_has_them(sequence, drawn, options, line):
    assert drawn(decluster(sequence, "reasenberg", **options)) == line


def _linked(events, lag_days, north_km, sizes, depth=10.0, **options):
    """Whether each of some events, at these days and places, is in the first one's cluster."""
    time = np.datetime64("2001-01-01", "us") + (np.array(lag_days) * 86400e6).astype("m8[us]")
    degrees = np.array(north_km) / 111.195
    catalog = events(time, degrees, np.zeros(len(time)), sizes, depth)
    cluster = decluster(catalog, "reasenberg", **options)["cluster_id"]
    return (cluster == cluster.iloc[0]).tolist()


def test_the_distance_of_a_link(events):
    """10 x 0.011 x 10^(0.4 x 5) = 11 km around an event of 5 in no cluster."""
    assert _linked(events, [0, 0.5], [0, 10.95], [5, 4]) == [True, True]
    assert _linked(events, [0, 0.5], [0, 11.05], [5, 4]) == [True, False]
    # Its cluster's largest event adds its own radius, 1.1 km: the third is 11.05 km from the
    # first, which by then is in a cluster.
    assert _linked(events, [0, 0.5, 0.6], [0, 5, 11.05], [5, 4, 4])[2] is True
    # 7.0 would reach 69 km: one crust is the most, unless told otherwise.
    assert _linked(events, [0, 0.5], [0, 31], [7, 4]) == [True, False]
    assert _linked(events, [0, 0.5], [0, 31], [7, 4], max_interaction_km=None) == [True, True]


def test_the_time_of_a_link(events):
    """One day for an event alone; in a cluster as long as sees the next event with 95 %.

    After M 5, D = 0.5 x 5 - 1.5 = 1, so that tau = -ln(0.05) t = 2.996 t: an event 2 days after
    the largest looks 5.99 days ahead.
    """
    assert _linked(events, [0, 1], [0, 1], [5, 4]) == [True, True]
    assert _linked(events, [0, 1.01], [0, 1], [5, 4]) == [True, False]
    chain = [0, 0.9, 1.8, 2.0]
    near, sizes = [0, 1, 1, 1, 1], [5, 4, 4, 4, 4]
    assert _linked(events, [*chain, 7.98], near, sizes)[-1] is True
    assert _linked(events, [*chain, 8.00], near, sizes)[-1] is False
    # No longer than taumax: 5 days here.
    assert _linked(events, [*chain, 7.01], near, sizes, taumax=5)[-1] is False
    assert _linked(events, [*chain, 6.99], near, sizes, taumax=5)[-1] is True


def test_depths_count_and_a_missing_one_counts_as_equal(events):
    assert _linked(events, [0, 0.5], [0, 1], [5, 4], depth=[5.0, 17.0]) == [True, False]
    assert _linked(events, [0, 0.5], [0, 1], [5, 4], depth=[5.0, np.nan]) == [True, True]
    flat = _linked(events, [0, 0.5], [0, 1], [5, 4], depth=[5.0, 17.0], use_depth=False)
    assert flat == [True, True]


def test_errors_of_both_places_shorten_a_distance(events):
    """13 km less twice 1 km is 11 km, less than twice 2 km in depth is nothing here."""
    near = {"epicentre_error_km": 1.0, "depth_error_km": 9.0}
    assert _linked(events, [0, 0.5], [0, 12.95], [5, 4], **near) == [True, True]
    assert _linked(events, [0, 0.5], [0, 13.05], [5, 4], **near) == [True, False]


def test_the_equivalent_event_of_two_equal_ones():
    """Twice the moment: log10(2) / 1.2 = 0.2509 above."""
    assert equivalent_magnitude([5, 5]) == pytest.approx(5.2509, abs=1e-4)

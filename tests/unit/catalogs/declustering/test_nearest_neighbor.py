"""Parents, threshold and families against other codes and numbers worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from laicflow.catalogs.decluster import decluster
from laicflow.catalogs.declustering import neighbors
from laicflow.catalogs.declustering.mixture import two_normals
from laicflow.catalogs.declustering.nearest_neighbor import table
from laicflow.geo import great_circle_km
from laicflow.readers import usgs_csv

# eqclustering (M. Williams, Nevada Seismological Laboratory, commit 48f3b354; "the same results as
# the MATLAB code used for the original publication"), brought to Python 3: BPTree.P of
# `sequence`, the parent of each event.
PARENTS = """
-1 0 1 2 3 3 5 5 5 8 8 10 11 12 13 13 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15
15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 15 56 58 59 60 60 60 60 60 65 60 60
60 60 60 15 60 15 60 15 60 15 60 60 15 60 60 60 60 15 85 15 15 15 60 15 15 15 15 15 15 15 15 15 15
15 15 15 15 15 15 15 108 109 110 111 111 111 111 111 111 116 111 116 111 111 111 111 111 15 111
111 111 15 15 15 15 111 111 15 130 15 15 130 15 15 1 15 15 15 146
"""
# Its normalmix_1D of their log10 eta: boundary, means, deviations, weights (it stops at 1e-3).
EQCLUSTERING = [-4.9155, -7.0276, -3.5820, 1.3281, 0.6774, 0.6637, 0.3363]
# bruces 0.5.0, Catalog(eastings=..., northings=...).time_space_distances(d=1.6, w=1.0): T + R of
# the second to the twelfth event. (Its own `decluster` hands d and w over the other way round.)
BRUCES = [-2.032, -1.494, -3.185, -2.028, -2.423, -4.395, -3.241, -2.376, -5.087, -4.856, -3.879]


def test_parents_as_eqclustering_has_them(sequence):
    found = table(sequence, least_distance_km=1e-6)
    parents = [f"e{int(p):03d}" if int(p) >= 0 else None for p in PARENTS.split()]
    assert found["event_id"].tolist() == sequence["event_id"].tolist()
    assert found["parent_id"].astype(object).where(found["parent_id"].notna(), None).tolist() == (
        parents
    )


def test_eta_as_bruces_has_it(sequence):
    eta = table(sequence)["eta"].to_numpy()
    assert np.isnan(eta[0])
    np.testing.assert_allclose(np.log10(eta[1:12]), BRUCES, atol=2e-3)


def test_the_mixture_as_eqclustering_has_it(sequence):
    fit = two_normals(np.log10(table(sequence)["eta"].dropna()))
    np.testing.assert_allclose(
        [*fit.mean, *fit.deviation, *fit.weight], EQCLUSTERING[1:], atol=0.006
    )
    # It compares the densities without their weights, and has -4.92; with equal weights that is
    # our boundary too. With the weights the more frequent component reaches further.
    equal = replace(fit, weight=(0.5, 0.5)).boundary
    assert equal == pytest.approx(EQCLUSTERING[0], abs=0.006)
    assert fit.boundary == pytest.approx(equal + 0.17, abs=0.01)


def test_the_mixture_as_scikit_learn_has_it():
    from sklearn.mixture import GaussianMixture

    random = np.random.RandomState(1)
    values = np.append(random.normal(-7, 1.2, 900), random.normal(-3.5, 0.6, 600))
    other = GaussianMixture(2, tol=1e-10, max_iter=5000, random_state=0).fit(values[:, None])
    order = np.argsort(other.means_[:, 0])
    fit = two_normals(values)
    np.testing.assert_allclose(fit.mean, other.means_[order, 0], atol=1e-3)
    np.testing.assert_allclose(fit.deviation, np.sqrt(other.covariances_[order, 0, 0]), atol=1e-3)
    np.testing.assert_allclose(fit.weight, other.weights_[order], atol=1e-3)
    assert fit.log_likelihood == pytest.approx(other.score(values[:, None]), abs=1e-6)
    assert fit.bimodal
    # Either side is as probable at the boundary.
    shares = other.predict_proba([[fit.boundary]])[0]
    np.testing.assert_allclose(shares, 0.5, atol=0.005)


def test_one_eta_by_hand(events):
    """M 4 a tenth of a year after M 6, 100 km away: eta = 0.1 x 100^1.6 / 10^6 = 1.585e-4.

    Rescaled: T = 0.1 / 10^3 and R = 100^1.6 / 10^3.
    """
    time = np.array(["2001-01-01T00:00:00", "2001-02-06T12:36:00"], "datetime64[us]")
    found = table(events(time, [0.0, 0.8993203637], [30.0, 30.0], [6.0, 4.0]))
    assert found["parent_id"].tolist()[1] == "e000"
    numbers = found.loc[1, ["eta", "rescaled_time", "rescaled_distance"]].astype(float)
    np.testing.assert_allclose(numbers, [1.58489e-4, 1e-4, 1.58489], rtol=1e-5)


def test_events_at_one_place_are_not_infinitely_near(events):
    """The distance is 0.1 km at least: 1 year, M 5: 0.1^1.6 / 10^5 = 2.512e-7."""
    time = np.array(["2001-01-01T00:00", "2002-01-01T06:00"], "datetime64[us]")
    found = table(events(time, [0, 0], [0, 0], [5.0, 4.0]))
    assert found["eta"].iloc[1] == pytest.approx(2.51189e-7, rel=1e-5)


def test_a_tree_has_its_largest_event_as_mainshock(sequence):
    """With the threshold of eqclustering, whose trees of these parents are walked by hand here."""
    found = decluster(sequence, "nearest-neighbor", eta_0=10**-4.9155, least_distance_km=1e-6)
    eta = table(sequence, least_distance_km=1e-6)["eta"].to_numpy()
    root = list(range(148))
    for event, parent in enumerate(map(int, PARENTS.split())):
        if parent >= 0 and eta[event] <= 10**-4.9155:
            root[event] = root[parent]
    size = sequence["magnitude"].to_numpy()
    main = [max((e for e in range(148) if root[e] == r), key=lambda e: size[e]) for r in root]
    assert found["cluster_id"].tolist() == [f"e{m:03d}" for m in main]
    before = found["time"] < found["time"].iloc[main].to_numpy()
    alone = [main.count(m) == 1 for m in main]
    named = np.select(
        [alone, [e == m for e, m in enumerate(main)], before],
        ["independent", "mainshock", "foreshock"],
        "aftershock",
    )
    assert found["role"].tolist() == named.tolist()


def test_a_poisson_catalog_has_no_threshold_and_says_so(events):
    random = np.random.RandomState(7)
    n = 2000
    time = np.datetime64("2001-01-01", "us") + np.sort(random.randint(0, 3 * 10**14, n)).astype(
        "m8[us]"
    )
    north = np.degrees(np.arcsin(random.uniform(-1, 1, n)))
    catalog = events(time, north, random.uniform(-180, 180, n), 5 + random.exponential(0.43, n))
    with pytest.warns(UserWarning, match="one mode alone"):
        found = decluster(catalog, "nearest-neighbor")
    assert found["role"].eq("independent").all()
    assert found.attrs["bimodal"] is False and found.attrs["eta_0"] is None
    assert "one mode alone" in found.attrs["note"]


def test_too_few_links_for_a_mixture_are_said(events):
    time = np.datetime64("2001-01-01", "us") + np.arange(5).astype("timedelta64[D]")
    with pytest.warns(UserWarning, match="4 links are too few"):
        found = decluster(events(time, np.arange(5), np.arange(5), [5] * 5), "nearest-neighbor")
    assert found["role"].eq("independent").all()


@pytest.mark.parametrize(("seed", "b", "d_f"), [(1, 1.0, 1.6), (2, 0.8, 1.2), (3, 1.2, 2.5)])
def test_a_double_loop_finds_the_same_parents(bursts, monkeypatch, seed, b, d_f):
    monkeypatch.setattr(neighbors, "LEAF", 8)
    catalog = bursts(400, seed)
    found = table(catalog, b=b, d_f=d_f)
    time = catalog["time"].to_numpy().astype("int64") / (365.25 * 86400e6)
    apart = great_circle_km(
        catalog["latitude"].to_numpy()[:, None],
        catalog["longitude"].to_numpy()[:, None],
        catalog["latitude"].to_numpy(),
        catalog["longitude"].to_numpy(),
    )
    lag = time[:, None] - time
    with np.errstate(invalid="ignore"):
        eta = np.where(lag > 0, lag, np.nan) * np.maximum(apart, 0.1) ** d_f
    eta *= 10 ** (-b * catalog["magnitude"].to_numpy())
    eta[np.isnan(eta)] = np.inf
    least = eta.min(axis=1)
    np.testing.assert_allclose(found["eta"].fillna(np.inf), least, rtol=1e-6)


def test_the_threshold_of_the_real_catalog_is_that_of_the_paper(real_data):
    """Zaliapin & Ben-Zion (2013) have 1e-5 for California with b = 1 and d_f = 1.6."""
    folder = real_data / "catalogs/global_M4.8_2004-2010_DEMETER"
    catalog = usgs_csv.read(folder / "eq_m4.8above_depth40kmbelow_200407-201012.csv")
    found = decluster(catalog, "nearest-neighbor")
    assert found.attrs["bimodal"] is True
    assert abs(np.log10(found.attrs["eta_0"]) + 5) < 0.3

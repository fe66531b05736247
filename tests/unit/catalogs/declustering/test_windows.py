"""Windows against their published table, the rule against OpenQuake's answers."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.catalogs.decluster import decluster
from laicflow.catalogs.declustering import windows
from laicflow.geo import great_circle_km

# Gardner & Knopoff (1974), Table 1.
MAGNITUDE = np.array([2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8])
KM = [19.5, 22.5, 26, 30, 35, 40, 47, 54, 61, 70, 81, 94]
DAYS = [6, 11.5, 22, 42, 83, 155, 290, 510, 790, 915, 960, 985]

# OpenQuake engine 3.26.2, openquake.hmtk.seismicity.declusterer.distance_time_windows: `calc` at
# these magnitudes, km and days (its years times its 364.75 days).
AT = np.array([0.5, 2.5, 4.0, 5.0, 6.0, 6.5, 7.0, 8.0])
OPENQUAKE = {
    "gardner-knopoff": (
        [11.089, 19.611, 30.075, 39.994, 53.186, 61.334, 70.729, 94.059],
        [0.529, 6.386, 41.362, 143.714, 499.344, 884.912, 918.121, 988.325],
    ),
    "gruenthal": (
        [12.3, 29.324, 44.658, 56.628, 70.199, 77.638, 85.541, 102.826],
        [0.405, 14.545, 82.321, 219.02, 530.85, 903.649, 928.966, 981.748],
    ),
    "uhrhammer": (
        [0.537, 2.68, 8.953, 20.005, 44.701, 66.82, 99.883, 223.185],
        [0.105, 1.243, 7.925, 27.249, 93.691, 173.73, 322.144, 1107.655],
    ),
}

# OpenQuake engine 3.26.2, GardnerKnopoffType1().decluster(catalogue, {"time_distance_window":
# ..., "fs_time_prop": ...}) on the days of `sequence`: its cluster and flag vectors, drawn.
CLUSTERS = {
    ("gardner-knopoff", 1.0): (
        "ab.B.A.ccccccccCcccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.c"
        "cccccccccc.cd..c.e.Ecc.c.c.c.d.cdddDddddddddddddddcdddFcc..d.f.c.c..c.c."
    ),
    ("gruenthal", 1.0): (
        "aaba.aabbbbbbbbBbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
        "bbbbbbbbbb.babcb.ba.bbbbdbCbda.baaaAaaaaaaaaaaaaaabaaaDbb.aa.d.bdbbabdb."
    ),
    ("gruenthal", 0.25): (
        "abcB.AaccccccccCcccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
        "cccccccccc.cac.c.ca.ccccDc.cdedceeeEeeeeeeeeeeeeeeceeeFcc.ee.f.cfccecfc."
    ),
    ("uhrhammer", 1.0): (
        "........aaaaaaaAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.a"
        "aaaaaaaaaa.a...a....aa.a.a.a....bbbBbbbbbbbbbbbbbb..bb.................."
    ),
}


@pytest.mark.parametrize(("km", "days", "window"), [(KM, DAYS, "gardner-knopoff-table")])
def test_the_published_table(km, days, window):
    found = windows.WINDOWS[window](MAGNITUDE)
    np.testing.assert_allclose(found[0], km, rtol=1e-12)
    np.testing.assert_allclose(found[1], days, rtol=1e-12)
    # Beyond its ends the last rows hold; half way the mean of the logarithms.
    ends = windows.gardner_knopoff_table(np.array([0.0, 9.5, 6.25]))
    np.testing.assert_allclose(ends[0], [19.5, 94, np.sqrt(54 * 61)], rtol=1e-12)


def test_the_usual_fit_follows_the_published_table():
    found = windows.gardner_knopoff(MAGNITUDE)
    np.testing.assert_allclose(found[0], KM, rtol=0.02)
    # The worst is the row of 6.5, where the second line begins: 885 for 790 days.
    np.testing.assert_allclose(found[1], DAYS, rtol=0.125)


@pytest.mark.parametrize("window", OPENQUAKE)
def test_windows_as_openquake_has_them(window):
    km, days = windows.WINDOWS[window](AT)
    np.testing.assert_allclose(km, OPENQUAKE[window][0], atol=6e-4)
    np.testing.assert_allclose(days, OPENQUAKE[window][1], atol=6e-4)


def test_gruenthal_has_roots_not_squares():
    """With squares, as a manual prints them, 5 would reach 1.7e12 km: round the Earth and on."""
    assert np.exp(1.77 + (0.037 + 1.02 * 5) ** 2) > 1e12
    km, days = windows.gruenthal(np.array([5.0, 6.4999, 6.5, -3.0]))
    assert km[0] < 60 and km[0] > 40
    # At 6.5 both branches of the days nearly meet (804 and 904).
    assert abs(np.log(days[1] / days[2])) < 0.13
    assert np.isfinite(km[3]) and np.isfinite(days[3])


@pytest.mark.parametrize(("window", "share"), CLUSTERS)
def test_clusters_as_openquake_has_them(sequence, drawn, window, share):
    whole_days = sequence.assign(time=sequence["time"].dt.floor("D"))
    found = decluster(whole_days, "gardner-knopoff", window=window, foreshock_share=share)
    assert drawn(found) == CLUSTERS[window, share]


def test_no_smaller_event_takes_a_larger_one(events):
    """OpenQuake's does where foreshocks have less time: an event that stands alone is still free.

    M 6.0, and M 5.9 at its place 200 days before: with a quarter of the 499 days of M 6.0 before
    it, these 200 are too long; the 441 days of M 5.9 would reach M 6.0, which is no aftershock.
    """
    time = np.datetime64("2001-01-01", "us") + np.array([0, 200], "timedelta64[D]")
    catalog = events(time, [0, 0], [0, 0], [5.9, 6.0])
    roles = decluster(catalog, "gardner-knopoff", foreshock_share=0.25)["role"]
    assert roles.tolist() == ["independent", "independent"]
    roles = decluster(catalog, "gardner-knopoff", foreshock_share=0.41)["role"]
    assert roles.tolist() == ["foreshock", "mainshock"]


def _by_loops(catalog, window, share):
    """The rule as its words stand (a second check, by the same hand)."""
    rows = catalog.sort_values(
        ["magnitude", "time", "event_id"], ascending=[False, True, True], kind="stable"
    )
    km, days = windows.WINDOWS[window](rows["magnitude"].to_numpy())
    time, name = rows["time"].to_numpy(), rows["event_id"].tolist()
    latitude, longitude = rows["latitude"].to_numpy(), rows["longitude"].to_numpy()
    main = {}
    for event in range(len(rows)):
        if name[event] in main:
            continue
        main[name[event]] = name[event]
        for other in range(event + 1, len(rows)):
            lag = (time[other] - time[event]) / np.timedelta64(1, "D")
            apart = great_circle_km(
                latitude[event], longitude[event], latitude[other], longitude[other]
            )
            if -share * days[event] <= lag <= days[event] and apart <= km[event]:
                main.setdefault(name[other], name[event])
    return main


@pytest.mark.parametrize(
    ("window", "share", "seed"),
    [("gardner-knopoff", 1.0, 1), ("gruenthal", 0.1, 2), ("uhrhammer", 0.0, 3)],
)
def test_a_double_loop_finds_the_same(bursts, monkeypatch, window, share, seed):
    monkeypatch.setattr(windows, "PAIRS", 2000)
    catalog = bursts(350, seed)
    found = decluster(catalog, "gardner-knopoff", window=window, foreshock_share=share)
    main = _by_loops(catalog, window, share)
    assert dict(zip(found["event_id"], found["cluster_id"], strict=True)) == main
    assert len(set(main.values())) < len(catalog)

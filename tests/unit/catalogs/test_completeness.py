"""Completeness and b against hand-worked numbers, known worlds, and another program's output."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr

from laicflow import seeds
from laicflow.catalogs import completeness as module
from laicflow.catalogs.completeness import (
    CUT,
    b_interval,
    b_stability,
    b_value,
    bins,
    completeness,
    cut_note,
    histogram,
    maximum_curvature,
    sharp_edge,
)
from laicflow.errors import ConfigError
from laicflow.readers import isc_gem, usgs_csv
from laicflow.schema import conform

# The 36 magnitudes of an example in the documentation of SeismoStats 1.0.1.
EXAMPLE = [
    *(2.3, 1.2, 1.5, 1.2, 1.7, 1.1, 1.2, 1.8, 1.6, 1.2, 1.5, 1.2, 1.7, 1.6, 1.1, 1.1, 1.2, 2.0),
    *(1.1, 1.2, 1.1, 1.2, 1.6, 1.9, 1.3, 1.7, 1.3, 1.0, 1.2, 1.7, 1.3, 1.3, 1.1, 1.5, 1.4, 1.5),
]


def _catalog(magnitudes, start: str = "2001-01-01", days: float = 300) -> pd.DataFrame:
    times = pd.Timestamp(start) + pd.to_timedelta(np.linspace(0, days, len(magnitudes)), unit="D")
    made = pd.DataFrame({"time": times.as_unit("us"), "magnitude": magnitudes})
    return conform(made.assign(latitude=10.0, longitude=20.0, depth_km=10.0), "events")


def _world(*names, n: int, b: float, mc: float) -> np.ndarray:
    """Gutenberg-Richter magnitudes with one decimal, complete from the bin `mc` on.

    Below, an event is seen with a probability that falls to nothing (Ogata & Katsura 1993).
    """
    random = seeds.generator("test completeness", *names)
    size = mc - 1.05 + random.exponential(1 / (b * np.log(10)), int(n * 10 ** (b * 1.0)))
    seen = random.random(len(size)) < ndtr((size - (mc - 0.3)) / 0.1)
    return np.round(size[seen], 1)


def test_bins_are_the_nearest_and_halves_go_up():
    # In floating point 4.35 / 0.1 = 43.49999999999999 and 5.65 / 0.1 = 56.5; 0.7 / 0.1 < 7.
    assert bins([4.35, 5.65, 0.7, 4.34, 5.25, -0.15], 0.1).tolist() == [44, 57, 7, 43, 53, -1]
    assert bins([5.1, 5.2, 5.3, 5.4], 0.1).tolist() == [51, 52, 53, 54]
    first, counts = histogram(np.array([5.0, 5.1, 5.1, 5.4]), 0.1)
    assert first == 50 and counts.tolist() == [1, 2, 0, 0, 1]


@pytest.mark.parametrize("bad", [[], [5.0, math.nan]])
def test_a_histogram_of_nothing(bad):
    with pytest.raises(ValueError, match="magnitudes"):
        histogram(np.array(bad), 0.1)


def test_b_by_hand():
    # Offsets 0, 0, 0.1, 0.3: mean 0.1; b = ln(1 + 0.1 / 0.1) / (0.1 ln 10) = 3.0103; squares
    # 0.01 + 0.01 + 0 + 0.04 = 0.06; error = ln 10 * 3.0103^2 * sqrt(0.06 / 12) = 1.4755.
    b, error = b_value(np.array([2, 1, 0, 1]), 0.1)
    assert b == pytest.approx(3.0103, abs=1e-4) and error == pytest.approx(1.4755, abs=1e-3)
    assert np.isnan(b_value(np.array([5]), 0.1)).all()
    assert np.isnan(b_value(np.array([1]), 0.1)).all()


def test_b_of_a_fine_bin_is_akis():
    # Aki 1965: log10(e) / (mean - Mc); mean excess 0.4343 gives b = 1.
    size = np.array([4.0, 4.2, 4.4343 * 4 - 4.0 - 4.2 - 4.5, 4.5])
    first, counts = histogram(size, 1e-4)
    assert first == 40000
    assert b_value(counts, 1e-4)[0] == pytest.approx(0.43429 / 0.4343, rel=2e-4)


def test_maximum_curvature_takes_the_highest_of_equal_bins():
    assert maximum_curvature(np.array([1, 7, 3, 7, 2])) == 3
    assert maximum_curvature(np.array([9, 7, 3])) == 0


def test_the_example_of_another_program():
    # SeismoStats 1.0.1: estimate_mc_maxc gives 1.4; estimate_mc_b_stability 1.1 with b =
    # 1.190298769977797; ClassicBValueEstimator at 1.4: b 1.296338578166798, std 0.22024048652.
    first, counts = histogram(np.array(EXAMPLE), 0.1)
    assert first + maximum_curvature(counts) + 2 == 14
    stable = b_stability(counts, 0.1, least=2)
    assert first + stable == 11
    assert b_value(counts[stable:], 0.1)[0] == pytest.approx(1.190298769977797, rel=1e-12)
    found = b_value(counts[14 - first :], 0.1)
    assert found == pytest.approx((1.296338578166798, 0.22024048652227826), rel=1e-12)


@pytest.mark.parametrize(
    ("file", "n", "maxc", "stable", "b_stable", "b_maxc", "error_maxc"),
    [
        # Recorded from SeismoStats 1.0.1 on the same files (bins of 0.1).
        (
            "japan_M4.5_1905-2023/2000_2023.csv",
            *(13021, 47, 51, 1.014123292653004, 1.2152711390473734, 0.01559772271996473),
        ),
        (
            "global_M5_2015-2025/usgs_M5_201510-202510.csv",
            *(17391, 52, 53, 1.0523984427486968, 1.0793394119602726, 0.01123267833293636),
        ),
        (
            "M4_lat33-78N_2000-2020/query_0.csv",
            *(1980, 46, 44, 1.093235082542943, 1.1259609872805545, 0.04265277552644139),
        ),
    ],
)
def test_real_catalogs_against_another_program(
    file, n, maxc, stable, b_stable, b_maxc, error_maxc, real_data
):
    size = usgs_csv.read(real_data / "catalogs" / file)["magnitude"].dropna().to_numpy()
    assert len(size) == n
    first, counts = histogram(size, 0.1)
    assert first + maximum_curvature(counts) + 2 == maxc
    place = b_stability(counts, 0.1)
    assert first + place == stable
    assert b_value(counts[place:], 0.1)[0] == pytest.approx(b_stable, rel=1e-9)
    found = b_value(counts[maxc - first :], 0.1)
    assert found == pytest.approx((b_maxc, error_maxc), rel=1e-9)


@pytest.mark.parametrize(("n", "b"), [(200, 1.0), (1000, 0.8)])
def test_the_interval_holds_the_true_b_as_often_as_it_says(n, b):
    held, values = 0, []
    for number in range(200):
        random = seeds.generator("coverage", n, number)
        size = np.round(3.95 + random.exponential(1 / (b * np.log(10)), n), 1)
        _, counts = histogram(size, 0.1)
        low, high = b_interval(counts, 0.1, random, 300, 0.95)
        held += low <= b <= high
        values.append(b_value(counts, 0.1)[0])
    # 95 % of 200, give or take three standard deviations of a count (sqrt(200 * 0.95 * 0.05)).
    assert 190 - 9.3 <= held <= 190 + 9.3
    assert np.mean(values) == pytest.approx(b, rel=0.02)


def test_a_known_completeness_is_found():
    found = []
    for number in range(150):
        events = _catalog(_world(number, n=3000, b=1.0, mc=4.0))
        found.append(completeness(events, {"all": {}}, bootstrap=300).iloc[0])
    made = pd.DataFrame(found)
    # The detection function reaches 99.9 % at 4.0. Maximum curvature lies within two bins of that,
    # and so does the stability of b but for the few catalogs in which it comes late.
    assert made["mc_maxc"].between(3.8, 4.2).all()
    assert made["mc_bstab"].between(3.8, 4.2).mean() > 0.95 and made["mc_bstab"].min() >= 3.8
    # 93 % of the intervals of 300 other catalogs hold the true b, since the cut-off comes from the
    # same magnitudes; three standard deviations of 150 draws below that is 86.7 %.
    held = (made["b_low"] <= 1) & (made["b_high"] >= 1)
    assert held.mean() > 0.867
    assert (made["note"] == "").all()


def test_regions_and_periods():
    first = _catalog(_world("one", n=500, b=1.0, mc=4.0), "2001-01-01")
    second = _catalog([5.0] * 7, "2003-06-01").assign(longitude=-170.0, depth_km=math.nan)
    events = pd.concat([first, second], ignore_index=True)
    regions = {
        "Europe": {"latitude": [0, 20], "longitude": [0, 40]},
        "Pacific": {"longitude": [160, -150], "depth_km": [0, 70]},
        "deep": {"depth_km": [100, 700]},
    }
    table = completeness(events, regions, step_years=2, end="2004-06-30")
    assert table["region"].tolist() == ["Europe"] * 2 + ["Pacific"] * 2 + ["deep"] * 2
    assert table["start"].dt.strftime("%Y-%m-%d").tolist() == ["2001-01-01", "2003-01-01"] * 3
    assert table["end"].dt.strftime("%Y-%m-%d").tolist() == ["2003-01-01", "2004-07-01"] * 3
    # The event without a depth stays in both regions that are bounded in depth.
    assert table["n"].tolist() == [len(first), 0, 0, 7, 0, 7]
    assert table["mc_maxc"].notna().tolist() == [True] + [False] * 5
    part = "part of 2 years: from 2003-01-01 to 2004-06-30"
    assert table["note"].str.startswith(part).tolist() == [False, True] * 3


def test_an_event_at_midnight_of_new_year_belongs_to_one_year():
    events = _catalog([5.0, 5.0, 5.0])
    when = ["2001-12-31 23:59:59.999999", "2002-01-01 00:00:00", "2002-12-31 00:00:00"]
    events["time"] = pd.to_datetime(when, format="ISO8601")
    table = completeness(events, {"all": {}})
    assert table["n"].tolist() == [1, 2] and (table["note"].str.startswith("part")).sum() == 0


def test_the_catalogs_own_days_bound_the_first_and_the_last_period():
    events = _catalog([5.0] * 4)
    when = ["2000-11-20 23:59:59", "2000-11-21 00:00:00", "2001-01-14 23:59:59", "2001-01-15"]
    events["time"] = pd.to_datetime(when, format="ISO8601")
    table = completeness(events, {"all": {}}, start="2000-11-21", end="2001-01-14")
    edges = [table[name].dt.strftime("%Y-%m-%d").tolist() for name in ("start", "end")]
    assert edges == [["2000-11-21", "2001-01-01"], ["2001-01-01", "2001-01-15"]]
    assert table["n"].tolist() == [1, 1]
    assert table["note"].tolist() == [
        "part of a year: from 2000-11-21 to 2000-12-31; 1 event, fewer than 50",
        "part of a year: from 2001-01-01 to 2001-01-14; 1 event, fewer than 50",
    ]
    whole = completeness(events, {"all": {}}, start="2000-01-01", end="2001-12-31")
    assert not whole["note"].str.contains("part of").any()


def test_too_few_events_give_no_number():
    table = completeness(_catalog([5.0] * 49), {"all": {}}).iloc[0]
    assert table["n"] == 49 and table["note"] == "49 events, fewer than 50"
    assert table[["mc_maxc", "mc_bstab", "b", "b_low", "b_high", "n_complete"]].isna().all()
    # Enough for the fullest bin, too few above it.
    few = completeness(_catalog([4.0] * 40 + [4.5] * 20), {"all": {}}).iloc[0]
    assert few["mc_maxc"] == 4.2 and few["n_complete"] == 20 and math.isnan(few["b"])
    assert few["note"].endswith("20 events above, fewer than 50: no b")
    assert "too few events to try b's stability" in few["note"]
    # All in one bin: no slope.
    same = completeness(_catalog([4.0] * 60), {"all": {}}, correction=0).iloc[0]
    assert math.isnan(same["b"]) and "all events in one bin: no b" in same["note"]


def _cut(*names, cut: float, n: int, decimals: int, stray: int = 0) -> np.ndarray:
    """Magnitudes above a cut, b = 1, and a few anywhere in a unit below it."""
    random = seeds.generator("cut", *names)
    # Where they have one decimal, those that round to the cut lie half a bin below it as well.
    low = cut - 0.05 if decimals == 1 else cut
    size = low + random.exponential(1 / np.log(10), n)
    return np.round(np.r_[size, random.uniform(low - 1, low, stray)], decimals)


@pytest.mark.parametrize("decimals", [1, 2])
@pytest.mark.parametrize("stray", [0, 12])
@pytest.mark.parametrize("cut", [4.5, 5.0, 5.5])
def test_a_cut_catalog_says_so(cut, stray, decimals):
    found = 0
    for number in range(40):
        size = _cut(cut, number, cut=cut, n=600, decimals=decimals, stray=stray)
        note = completeness(_catalog(size), {"all": {}}, bootstrap=1)["note"].item()
        found += CUT in note
    assert found >= 38
    # The edge is told: the least magnitude above it.
    assert stray or f"cut off at {cut:g}, near the fullest bin: {CUT}" in note


@pytest.mark.parametrize("decimals", [1, 2])
@pytest.mark.parametrize(("n", "spread", "most"), [(1000, 0.1, 0.06), (300, 0.2, 0.03)])
def test_a_catalog_that_fades_out_is_not_a_cut_one(n, spread, most, decimals):
    flagged = 0
    for number in range(200):
        random = seeds.generator("fading", n, decimals, number)
        middle = 4 + random.uniform(0, 0.1)
        size = middle - 1.5 + random.exponential(1 / np.log(10), 60 * n)
        seen = random.random(len(size)) < ndtr((size - middle) / spread)
        flagged += sharp_edge(np.round(size[seen][:n], decimals), 0.1) is not None
    assert flagged <= most * 200


def test_a_known_cut_speaks_where_the_edge_does_not():
    # 10 of the 395 lie below 5.4, which is few, but too many beside the 45 of the next bin.
    counts = [10, 45, 90, 70, 60, 50, 40, 30]
    size = np.repeat([5.3, 5.4, 5.5, 5.6, 5.7, 5.8, 5.9, 6.0], counts)
    assert cut_note(size, 0.1) == ""
    assert cut_note(size, 0.1, 5.4) == f"asked for from 5.4, near the fullest bin: {CUT}"
    assert cut_note(size, 0.1, 5.3) == ""
    # Asked for from 6 on, but fullest far below: that cut is not what ends it.
    assert cut_note(size, 0.1, 6.0) == ""
    note = completeness(_catalog(size), {"all": {}}, cut=5.4, bootstrap=1)["note"].item()
    assert note.startswith("asked for from 5.4")


def test_a_catalog_of_large_events_is_cut_in_nearly_every_year(real_data):
    # From 1960 on ISC-GEM lists earthquakes from 5.5; some of two decimals lie a little below.
    table = isc_gem.read(real_data / "catalogs/isc-gem/isc-gem-cat.csv")
    made = completeness(table, {"all": {}}, start="1970-01-01", end="2012-12-31", bootstrap=1)
    assert len(made) == 43
    assert made["note"].str.contains(CUT).sum() >= 39


@pytest.mark.parametrize("greater", ["mc_maxc", "mc_bstab"])
def test_b_belongs_to_the_greater_of_both(greater):
    random = seeds.generator("greater")
    size = np.round(3.95 + random.exponential(1 / np.log(10), 3000), 1)
    # A catalog cut at 4.0 is stable from there on, two bins below what maximum curvature says. One
    # that holds but every other event of 4.1 to 4.4 is stable only above that.
    if greater == "mc_bstab":
        size = size[(size < 4.05) | (size > 4.45) | (random.random(len(size)) < 0.5)]
    row = completeness(_catalog(size), {"all": {}}, bootstrap=300).iloc[0]
    other = {"mc_maxc": "mc_bstab", "mc_bstab": "mc_maxc"}[greater]
    assert row[greater] > row[other] + 0.05
    above = size[size > row[greater] - 0.01]
    assert row["n_complete"] == len(above) < (size > row[other] - 0.01).sum()
    least = above.min()
    expected = math.log(1 + 0.1 / (above.mean() - least)) / (0.1 * math.log(10))
    assert row["b"] == pytest.approx(expected, rel=1e-6)
    assert row["b_low"] < row["b"] < row["b_high"]


def test_the_same_names_give_the_same_interval():
    events = _catalog(_world("seeds", n=300, b=1.0, mc=4.0))
    first = completeness(events, {"all": {}}, seed=1)
    pd.testing.assert_frame_equal(first, completeness(events, {"all": {}}, seed=1))
    other = completeness(events, {"all": {}}, seed=2)
    assert first["b"].item() == other["b"].item()
    assert first["b_low"].item() != other["b_low"].item()


def test_no_events_and_no_regions():
    empty = conform(pd.DataFrame(), "events")
    assert len(completeness(empty, {"all": {}})) == 0
    table = completeness(empty, {"all": {}}, start="2001-01-01", end="2001-12-31")
    assert table["note"].tolist() == ["0 events, fewer than 50"]
    assert len(completeness(_catalog([5.0]), {})) == 0


@pytest.mark.parametrize(
    ("options", "regions", "message"),
    [
        ({"years": 2}, {}, "unknown options years"),
        ({"step_years": 0}, {}, "step_years: at least 1, found 0"),
        ({"level": 95}, {}, "level: between 0 and 1, found 95"),
        ({}, {"a": {"lat": [0, 1]}}, "regions.a: unknown side lat"),
    ],
)
def test_options_that_make_no_sense(options, regions, message):
    with pytest.raises(ConfigError, match=message):
        completeness(_catalog([5.0]), regions, **options)


def test_half_a_unit_is_five_bins_of_a_tenth():
    # Five cut-offs of 0.1: so Cao & Gao 2002, and SeismoStats 1.0.1 by default.
    assert module._span(0.1) == 5

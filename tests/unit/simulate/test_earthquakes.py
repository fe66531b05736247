from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from scipy import integrate, stats

from laicflow.errors import ConfigError
from laicflow.simulate import earthquakes
from laicflow.simulate.world import DEFAULTS

OPTIONS = DEFAULTS["catalog"]
START, END = dt.date(2014, 1, 1), dt.date(2014, 12, 31)


def events(seed: int, start=START, end=END, **changes):
    return earthquakes.simulate_earthquakes(start, end, {**OPTIONS, **changes}, seed)


def quadrature(**changes) -> float:
    """The branching ratio by integration instead of its closed form."""
    o = {**OPTIONS, **changes}
    beta, low, high = o["b"] * np.log(10), o["magnitude_min"] - 0.05, o["magnitude_max"] + 0.05
    density, _ = integrate.quad(lambda m: beta * np.exp(-beta * (m - low)), low, high)
    growth, _ = integrate.quad(
        lambda m: np.exp(o["alpha"] * (m - o["magnitude_min"])) * beta * np.exp(-beta * (m - low)),
        low,
        high,
    )
    # In the logarithm of t + c, since the integrand spans six decades.
    ends = np.log([o["c"], o["aftershock_days"] + o["c"]])
    omori, _ = integrate.quad(lambda x: np.exp(x * (1 - o["p"])), *ends)
    return o["K"] * growth / density * omori


@pytest.mark.parametrize(
    "changes", [{}, {"p": 1.0, "K": 0.01}, {"alpha": np.log(10), "K": 0.005}, {"b": 0.8}]
)
def test_branching_ratio_equals_its_integral(changes):
    assert earthquakes.branching_ratio({**OPTIONS, **changes}) == pytest.approx(
        quadrature(**changes), rel=1e-6
    )


def test_mean_count_is_that_of_the_branching_theory():
    # With aftershocks of a few days and a longer burn-in the process is stationary, hence
    # mu T / (1 - n) events in T days.
    short = {"p": 1.5, "aftershock_days": 20.0, "burn_in_days": 100, "mu": 0.5, "K": 0.011}
    ratio = quadrature(**short)
    assert 0.4 < ratio < 0.8
    end = dt.date(2014, 3, 31)
    counts = [len(events(seed, end=end, **short)) for seed in range(120)]
    error = np.std(counts) / np.sqrt(len(counts))
    expected = 0.5 * 90 / (1 - ratio)
    assert error < 0.06 * expected
    assert abs(np.mean(counts) - expected) < 3 * error


def test_without_productivity_the_process_is_poisson():
    counts = [len(events(seed, K=0.0, burn_in_days=0, mu=0.1)) for seed in range(200)]
    assert np.mean(counts) == pytest.approx(36.5, abs=3 * np.sqrt(36.5 / 200))
    assert np.var(counts) / np.mean(counts) == pytest.approx(1.0, abs=0.3)


def test_b_is_recovered_by_akis_formula():
    # Aki (1965) with Utsu's half bin: b = log10(e) / (mean M - (M_min - 0.05)).
    table = events(5, end=dt.date(2033, 12, 31), mu=1.0, K=0.0, burn_in_days=0)
    mean = table["magnitude"].mean()
    b = np.log10(np.e) / (mean - 4.95)
    assert len(table) > 6000
    assert b == pytest.approx(1.0, abs=3 * 1.0 / np.sqrt(len(table)))
    assert table["magnitude"].min() == 5.0
    # The first bin is whole: 1 - 10^-0.1 = 20.6 % of all events.
    share = (table["magnitude"] == 5.0).mean()
    assert share == pytest.approx(0.2057, abs=3 * np.sqrt(0.2057 * 0.7943 / len(table)))


def test_delays_follow_omoris_law():
    delays = earthquakes._omori_delays(np.random.default_rng(1).random(4000), OPTIONS)
    c, p, last = OPTIONS["c"], OPTIONS["p"], OPTIONS["aftershock_days"]

    def distribution(t):
        grid = np.concatenate([[0], np.geomspace(1e-6, last, 20000)])
        rate = (grid + c) ** -p
        steps = np.concatenate([[0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(grid))])
        return np.interp(t, grid, steps / steps[-1])

    assert stats.kstest(delays, distribution).pvalue > 0.001
    assert delays.max() <= last


def test_a_large_event_has_more_aftershocks():
    table = events(2, end=dt.date(2033, 12, 31))
    children = table["parent"].value_counts()
    large = table[table["magnitude"] >= 6.5]["number"]
    small = table[table["magnitude"] <= 5.2]["number"]
    # exp(1.5 * 1.5) = 9.5 times as many at least.
    per_large = children.reindex(large).fillna(0).mean()
    per_small = children.reindex(small).fillna(0).mean()
    assert per_large > 3 * per_small > 0


def test_the_family_tree_is_true():
    table = events(2, end=dt.date(2018, 12, 31))
    assert table["time"].is_monotonic_increasing
    assert table["number"].tolist() == list(range(1, len(table) + 1))
    children = table[table["parent"] > 0]
    mothers = table.set_index("number").loc[children["parent"]]
    assert len(children) > 50
    assert (mothers["time"].to_numpy() <= children["time"].to_numpy()).all()
    assert (mothers["generation"].to_numpy() + 1 == children["generation"].to_numpy()).all()
    near = np.hypot(
        mothers["latitude"].to_numpy() - children["latitude"].to_numpy(),
        mothers["longitude"].to_numpy() - children["longitude"].to_numpy(),
    )
    assert np.median(near) < 0.5
    assert (table.loc[table["generation"] == 0, "parent"] == 0).all()


def test_background_lies_in_the_box_and_along_the_trench():
    table = events(7, end=dt.date(2033, 12, 31), K=0.0)
    inside = table["latitude"].between(30, 46)
    assert inside.all()
    # 70 % within some widths west of the trench, which runs between 142 and 153 E.
    trench = np.interp(table["latitude"], *np.array(OPTIONS["trench"]).T)
    west = (trench - table["longitude"]) * 111.2 * np.cos(np.radians(table["latitude"]))
    assert ((west > -1) & (west < 300)).mean() > 0.65


def test_no_event_lies_outside_the_period():
    table = events(1)
    assert table["time"].min() >= np.datetime64("2014-01-01")
    assert table["time"].max() < np.datetime64("2015-01-01")


def test_a_process_without_end_is_refused():
    with pytest.raises(ConfigError, match="branching ratio"):
        events(1, K=0.05)

"""The bias of a receiver, three ways: from a file, by a map of TEC, or estimated alone.

STEC = S + c b / K, where S is the levelled slant TEC with the satellites' biases taken out and b
the receiver's P1-P2 bias in ns. A bias belongs to a unit: one receiver and antenna, one system and
one pair of codes, and of GLONASS one channel, since each has frequencies of its own. Files list one
bias for all channels, which then holds for their mean alone.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.linalg import spsolve

from laicflow.errors import ConfigError
from laicflow.gnss import geometry

WAYS = ("file", "map", "estimate")

# Of the estimate. Electrons above a thousand kilometres (the plasmasphere) are seen under nearly
# the same angle in all directions, as a bias is, and a single shell gives them to the bias: the
# VTEC then comes out low by some TECU. They are about a tenth of the TEC by day and a half by
# night, with little change over the day (Yizengaw et al. 2008; Lee et al. 2013), so a quarter of
# the mean VTEC is set aside as a layer of its own, higher up. The bias hangs on that number: a
# tenth more of share raises it by 0.1 to 0.3 ns at solar minimum (five stations, 2020) and by
# 0.6 ns at a mean VTEC of 28 TECU (ANKR, 2015).
PLASMASPHERE_SHARE = 0.25
PLASMASPHERE_KM = 2500.0
SHELL_KM = 450.0
# How far the model of the ionosphere about the station is off: a floor, and a share of the VTEC.
# It makes the calm hours of the night count most.
_MODEL_TECU = 0.5
_MODEL_SHARE = 0.2
_CURVATURE = 0.1  # prior of the second order to the north over 10 degrees, in shares of VTEC
# Multipath repeats from day to day and pass to pass, so levels are held for twice as uncertain as
# their scatter says.
_LEVEL_FACTOR = 2.0
_LEAST_LEVEL_TECU = 0.3
_KNOT_S, _GRADIENT_KNOT_S, _CURVATURE_KNOT_S = 900.0, 3600.0, 21600.0
_THIN_S = 300.0
_INDEPENDENT_S = 600.0  # residuals of one satellite are alike for about so long
_TURNS = 4
_OUTLIER_SIGMAS = 4.0
_SECONDS_PER_DEGREE = 240.0  # the Sun


def by_number(table: pd.DataFrame, bias_ns: float) -> dict[str, float]:
    """A bias that is given, by unit: it is that of the unit with most slants, and of no other.

    All channels of GLONASS have the one that is given, as in files.
    """
    shared = table["unit"].str.replace(r" k-?\d+", "", regex=True)
    main = shared == shared.value_counts().index[0]
    return {str(unit): float(bias_ns) for unit in table.loc[main, "unit"].unique()}


def by_map(table: pd.DataFrame, map_tecu: np.ndarray, elevation_cut: float) -> dict[str, float]:
    """Bias in ns by unit that brings the vertical TEC nearest to that of a map.

    Parameters
    ----------
    table : slants, as `vtec.slant_table` makes it
    map_tecu : VTEC of the map at the pierce points, NaN outside of it
    elevation_cut : degrees; lower slants do not count

    Least squares with the weights sin^2 of the elevation; twice, the second time without what is
    beyond four sigmas. A unit without a value of the map is left out.
    """
    found = {}
    gain = (table["tecu_per_ns"] / table["mapping"]).to_numpy()
    wanted = map_tecu - (table["stec"] / table["mapping"]).to_numpy()
    weight = np.square(np.sin(np.radians(table["elevation"].to_numpy())))
    usable = np.isfinite(wanted) & (table["elevation"].to_numpy() >= elevation_cut)
    for unit in table["unit"].unique():
        rows = np.flatnonzero(usable & (table["unit"] == unit).to_numpy())
        for _ in range(2):
            if not rows.size:
                break
            w, x, y = weight[rows], gain[rows], wanted[rows]
            bias = float((w * x * y).sum() / (w * x * x).sum())
            off = np.abs(y - bias * x)
            rows = rows[off <= _OUTLIER_SIGMAS * 1.4826 * np.median(off) + 1e-9]
            found[unit] = bias
    return found


def by_estimate(
    table: pd.DataFrame,
    latitude: float,
    longitude: float,
    plasmasphere_share: float = PLASMASPHERE_SHARE,
) -> dict[str, float]:
    """Bias in ns by unit from the observations alone, all days of the table together.

    The vertical TEC at a pierce point is a function of its local time, so that the ionosphere
    stands under the Sun while station and satellites pass (knots of 15 min), plus gradients to
    north and east (1 h) and a curvature to the north held small by a prior (6 h). Each arc may be
    off by the error of its level. The biases come out of the same least squares (Ma and Maruyama
    2003 do so over a grid of places for a network); slants beyond four sigmas are left out. What
    the plasmasphere gives is set aside by `plasmasphere_share`.

    Parameters
    ----------
    table : slants, as `vtec.slant_table` makes it
    latitude, longitude : of the station, degrees

    Raises
    ------
    ConfigError : fewer than six hours of observations: no night, no change of geometry
    """
    part = table[(table["time"] / _THIN_S).round() * _THIN_S == table["time"].round()]
    step = _THIN_S
    if len(part) < len(table) / 40:  # epochs that stand off the multiples
        part, step = table, float(np.median(np.diff(np.unique(table["time"])), axis=0))
    hours = np.unique(part["time"] // 3600.0).size
    if hours < 6:
        raise ConfigError(
            f"an estimate of the receiver bias needs six hours of observations, found {hours}; "
            "take the bias from a file or a map"
        )
    model = _Model(part, latitude, longitude)
    return model.solve(step, plasmasphere_share)


class _Model:
    """The least squares of `by_estimate`."""

    def __init__(self, part: pd.DataFrame, latitude: float, longitude: float) -> None:
        elevation = part["elevation"].to_numpy()
        self.mapping = geometry.mapping(elevation, SHELL_KM)
        self.excess = geometry.mapping(elevation, PLASMASPHERE_KM) - self.mapping
        self.stec = part["stec"].to_numpy()
        self.weight = np.square(np.sin(np.radians(elevation)))
        lat, lon = geometry.pierce_points(
            elevation, part["azimuth"].to_numpy(), latitude, longitude, SHELL_KM
        )
        east = (lon - longitude + 180.0) % 360.0 - 180.0
        north = (lat - latitude) / 10.0
        local = part["time"].to_numpy() + east * _SECONDS_PER_DEGREE
        east = east * np.cos(np.radians(latitude)) / 10.0
        units = part["unit"].astype("category")
        self.units = [str(unit) for unit in units.cat.categories]
        bias = _one_hot(units.cat.codes.to_numpy(), -part["tecu_per_ns"].to_numpy() / self.mapping)
        arcs, which = np.unique(part["arc"], return_inverse=True)
        level = np.zeros(arcs.size)
        level[which] = np.maximum(_LEVEL_FACTOR * part["level_error"].to_numpy(), _LEAST_LEVEL_TECU)
        fields = [
            _spline(local, _KNOT_S, np.ones_like(local)),
            _spline(local, _GRADIENT_KNOT_S, north),
            _spline(local, _GRADIENT_KNOT_S, east),
        ]
        curvature = _spline(local, _CURVATURE_KNOT_S, north**2)
        first = bias.shape[1]
        last = first + sum(one.shape[1] for one in fields) + curvature.shape[1]
        self.field = slice(first, last)
        self.design = sparse.hstack(
            [bias, *fields, curvature, _one_hot(which, 1.0 / self.mapping)]
        ).tocsr()
        # Knots that no slant lies near are held by a prior too weak to be felt elsewhere.
        self.prior = np.full(self.design.shape[1], 1e-4)
        self.curved = slice(last - curvature.shape[1], last)
        self.prior[last:] = 1.0 / level**2

    def solve(self, step: float, share: float) -> dict[str, float]:
        """The biases; `step` is the time between slants of a satellite, `share` that of the
        plasmasphere.
        """
        vertical = np.full(self.stec.size, 10.0)
        above = share * 10.0
        good = np.ones(self.stec.size)
        for _ in range(_TURNS):
            seen = (self.stec - above * self.excess) / self.mapping
            variance = _MODEL_TECU**2 + (_MODEL_SHARE * vertical) ** 2
            weight = self.weight * good / variance * min(step / _INDEPENDENT_S, 1.0)
            prior = self.prior.copy()
            prior[self.curved] = 1.0 / (_CURVATURE * vertical.mean()) ** 2
            normal = self.design.T @ sparse.diags(weight) @ self.design + sparse.diags(prior)
            answer = spsolve(normal.tocsc(), self.design.T @ (weight * seen))
            field = self.design[:, self.field] @ answer[self.field]
            vertical = np.maximum(field, 0.5)
            above = share * vertical.mean()
            off = np.abs(seen - self.design @ answer) * np.sqrt(self.weight / variance)
            good = (off <= _OUTLIER_SIGMAS * 1.4826 * np.median(off) + 1e-9).astype(np.float64)
        return {unit: float(value) for unit, value in zip(self.units, answer, strict=False)}


def _spline(x: np.ndarray, step: float, value: np.ndarray) -> sparse.csr_matrix:
    """Design (row, knot) of a function that is linear between knots, times a value by row."""
    place = (x - x.min()) / step
    knot = np.floor(place).astype(int)
    share = place - knot
    row = np.arange(x.size)
    return sparse.csr_matrix(
        (
            np.concatenate([(1.0 - share) * value, share * value]),
            (np.concatenate([row, row]), np.concatenate([knot, knot + 1])),
        ),
        shape=(x.size, int(knot.max()) + 2),
    )


def _one_hot(number: np.ndarray, value: np.ndarray) -> sparse.csr_matrix:
    """Design (row, group) with a value by row in the column of its group."""
    return sparse.csr_matrix(
        (value, (np.arange(number.size), number)), shape=(number.size, int(number.max()) + 1)
    )

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from laicflow.simulate import climatology

LEVELS = [70.0, 150.0, 230.0]


@pytest.fixture(scope="module")
def march() -> climatology.Climatology:
    """A strip of the globe at 40 and 35 N, in March and April."""
    return climatology.Climatology(
        np.array([40.0, 35.0]),
        np.array([0.0, 90.0, 140.0, 180.0]),
        months=[3, 4],
        year=2014,
        f107_levels=LEVELS,
    )


def test_vtec_is_that_of_pyiris_own_integration_on_a_fine_profile(march):
    import PyIRI
    from PyIRI import edp_update, main_library

    place = np.array([140.0]), np.array([35.0])
    f2, f1, e, *_ = edp_update.IRI_monthly_mean_par(
        2014, 3, np.arange(24.0), *place, PyIRI.coeff_dir, 0
    )
    layers = [main_library.solar_interpolation_of_dictionary(x, 150.0) for x in (f2, f1, e)]
    heights = np.arange(80.0, 20201.0, 5.0)
    density = edp_update.reconstruct_density_from_parameters_1level(*layers, heights)
    expected = main_library.edp_to_vtec(density, heights)[:, 0]
    assert march.medians[3][1, :, 1, 2] == pytest.approx(expected, rel=0.015)


def test_maps_turn_with_the_sun(march):
    # 90 degrees further east the Sun, and the afternoon maximum, is six hours earlier.
    peak = np.argmax(march.medians[3][1, :, 1, :], axis=0)
    assert (peak[0] - peak[1]) % 24 in (5, 6, 7)
    local = (peak + np.array([0, 90, 140, 180]) / 15) % 24
    assert np.all((local > 11) & (local < 16))


def test_values_are_those_of_an_ionosphere(march):
    assert np.all(march.medians[3] > 0.3)
    assert np.all(march.medians[3] < 120)
    assert np.all(march.medians[3][2] > march.medians[3][0])


def test_between_the_levels_vtec_is_linear_in_f107_and_held_outside(march):
    day = dt.date(2014, 3, 15)
    middle = (march.day(day, 70.0) + march.day(day, 150.0)) / 2
    assert march.day(day, 110.0) == pytest.approx(middle)
    assert march.day(day, 400.0) == pytest.approx(march.medians[3][2])
    assert march.day(day, 10.0) == pytest.approx(march.medians[3][0])


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ((2014, 3, 15), (3, 4, 0.0)),
        # 15 February to 15 March 2014 are 28 days, 1 March is the 14th of them.
        ((2014, 3, 1), (2, 3, 0.5)),
        # 15 December to 15 January are 31 days, New Year is the 17th of them.
        ((2015, 1, 1), (12, 1, 17 / 31)),
        ((2014, 12, 31), (12, 1, 16 / 31)),
    ],
)
def test_the_15th_of_a_month_carries_its_median(day, expected):
    before, after, weight = climatology.month_weights(dt.date(*day))
    assert (before, after) == expected[:2]
    assert weight == pytest.approx(expected[2])


def test_axes_hold_both_ends():
    assert climatology.axis_of([50, 20, -2.5]).tolist() == [50 - 2.5 * n for n in range(13)]
    assert climatology.axis_of([-180, 180, 5]).size == 73


@pytest.mark.parametrize("limits", [[50, 20, 2.5], [0, 10, 3], [0, 10, 0]])
def test_a_step_that_misses_the_end_is_refused(limits):
    with pytest.raises(ValueError, match="does not lead"):
        climatology.axis_of(limits)


def test_the_operator_is_exact_for_a_cubic_on_descending_axes():
    fine = np.linspace(50, 20, 13)
    coarse = climatology.coarse_axis(fine, 5.0)
    assert coarse.size == 7
    cubic = np.poly1d([0.001, -0.2, 3.0, 5.0])
    operator = climatology.spline_operator(coarse, fine)
    assert operator @ cubic(coarse) == pytest.approx(cubic(fine))


def test_a_grid_that_is_coarse_already_is_kept():
    axis = np.array([40.0, 37.5, 35.0])
    assert climatology.coarse_axis(axis, 5.0) is axis
    assert np.array_equal(climatology.spline_operator(axis, axis), np.eye(3))

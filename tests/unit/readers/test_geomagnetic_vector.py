"""Components to X, Y, Z, F: against triangles and observatories, not against the code."""

from __future__ import annotations

import math

import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import geomagnetic_vector
from laicflow.readers.geomagnetic_vector import Place

HERE = Place(45.0, 10.0, 200.0, 2003)
# H of 20,000 nT at 30 degrees: X = 17,320.51, Y = 10,000; Z of 34,641.02 makes I 60 degrees and F
# 40,000 nT.
H, X, Y, Z, F = 20000.0, 17320.5081, 10000.0, 34641.0162, 40000.0
D, INCLINATION = 30 * 60.0, 60 * 60.0


def vector(place: Place = HERE, **given):
    """The vector of components given as numbers (upper case), and of options."""
    columns = {
        key: np.atleast_1d(np.float64(value)) for key, value in given.items() if len(key) == 1
    }
    options = {key: value for key, value in given.items() if len(key) > 1}
    return geomagnetic_vector.to_xyzf(columns, place, "file", **({"definitive": True} | options))


@pytest.mark.parametrize(
    "components",
    [
        {"X": X, "Y": Y, "Z": Z, "F": F},
        {"H": H, "D": D, "Z": Z, "F": F},
        {"D": D, "H": H, "Z": Z, "F": F},
        {"D": D, "I": INCLINATION, "F": F},
        {"D": D, "I": INCLINATION, "F": F, "S": F},
        {"D": D, "I": INCLINATION, "S": F},
        {"D": D, "H": H, "I": INCLINATION, "F": F},
        {"D": D - 360 * 60, "H": H, "Z": Z, "F": F},
        {"D": D, "H": H, "Z": Z, "G": 0.0},
    ],
)
def test_all_components_lead_to_one_vector(components):
    found = vector(**components)
    for values, expected in ((found.x, X), (found.y, Y), (found.z, Z), (found.f, F)):
        assert values.item() == pytest.approx(expected, abs=1e-3)
    assert found.absolute


def test_z_from_h_and_i_without_f():
    found = vector(D=D, H=H, I=INCLINATION)
    assert found.z.item() == pytest.approx(Z, abs=1e-3)
    assert np.isnan(found.f.item())
    assert found.flags == ["X, Y from H, D", "Z from H, I"]


def test_west_and_up_are_negative():
    found = vector(D=-D, H=H, Z=-Z, F=F)
    assert (found.y.item(), found.z.item()) == pytest.approx((-Y, -Z), abs=1e-3)


def test_g_is_the_vector_less_the_scalar():
    assert vector(X=X, Y=Y, Z=Z, G=1.5).f.item() == pytest.approx(F - 1.5, abs=1e-3)


def test_missing_values_stay_missing():
    found = vector(H=[H, np.nan, H], D=[D, D, np.nan], Z=[Z, Z, Z], F=[F, F, np.nan])
    assert np.isfinite(found.x).tolist() == [True, False, False]
    assert np.isfinite(found.z).all()


def test_h_and_e_are_rotated_by_the_baseline():
    # An axis 30 degrees east of north: E of 100 nT adds -50 nT to X and 86.6025 nT to Y.
    found = vector(H=H, E=100.0, Z=Z, F=F, baseline=30.0)
    assert found.x.item() == pytest.approx(X - 50.0, abs=1e-3)
    assert found.y.item() == pytest.approx(Y + 86.6025, abs=1e-3)
    assert found.absolute
    assert found.flags == ["orientation: rotated by the declination baseline 30.000 deg"]


@pytest.mark.parametrize("baseline", [None, 0.0])
def test_h_and_e_without_a_baseline_are_rotated_by_igrf(baseline):
    # Definitive declination at Chichijima in March 2011: -227.8 minutes of arc.
    place = Place(27.096, 142.185, 155.0, 2011)
    found = vector(place, H=32661.5, E=0.0, Z=24962.0, F=41108.8, baseline=baseline)
    angle = math.degrees(math.atan2(found.y.item(), found.x.item()))
    assert angle == pytest.approx(-227.8 / 60, abs=0.2)
    assert math.hypot(found.x.item(), found.y.item()) == pytest.approx(32661.5)
    assert not found.absolute
    assert "of IGRF-14" in found.flags[0]


@pytest.mark.parametrize(
    ("place", "observed"),
    [
        # Definitive declinations of observatories (degrees), a local anomaly away from IGRF.
        (Place(55.3, -3.2, 245.0, 2003), -4.86),  # Eskdalemuir, 2003-01-01
        (Place(43.91, 144.189, 42.0, 2011), -8.71),  # Memambetsu, 2011-03-01
        (Place(-43.4, 172.4, float("nan"), 2016), 23.28),  # Eyrewell, 2016-01-01, provisional
    ],
)
def test_igrf_declination(place, observed):
    assert geomagnetic_vector.igrf_declination(place) == pytest.approx(observed, abs=0.5)


@pytest.mark.parametrize("year", [1899, 2030])
def test_years_beyond_igrf_are_refused(year):
    with pytest.raises(FormatError, match="1900 to 2029"):
        vector(Place(45.0, 10.0, 0.0, year), H=H, E=0.0, Z=Z)


BOULDER = Place(40.137, -105.236, 1682.0, 2014)  # some 8.7 degrees east in 2014


def test_d_may_be_counted_from_the_baseline():
    given = {"H": 20873.75, "Z": 47477.3, "F": 52397.33, "baseline": 5527 / 600}
    # 552.7 - 9.99 = 542.71 minutes: cos 0.98756472, sin 0.15721302.
    counted = vector(BOULDER, D=-9.99, definitive=False, **given)
    assert counted.x.item() == pytest.approx(20873.75 * 0.98756472, abs=1e-3)
    assert counted.y.item() == pytest.approx(20873.75 * 0.15721302, abs=1e-3)
    assert counted.flags[0] == "D counted from the declination baseline 9.212 deg"
    whole = vector(BOULDER, D=542.71, definitive=False, **given)
    assert whole.y.item() == pytest.approx(counted.y.item())
    assert whole.flags[0] == "D without the declination baseline 9.212 deg"


def test_d_far_from_igrf_is_flagged_unless_definitive():
    given = {"D": 0.0, "H": 20873.75, "Z": 47477.3, "F": 52397.33}
    flags = vector(BOULDER, definitive=False, **given).flags
    assert flags[0] in ("D 8.7 deg from that of IGRF-14", "D 8.8 deg from that of IGRF-14")
    assert vector(BOULDER, **given).flags == ["X, Y from H, D"]


@pytest.mark.parametrize(
    ("components", "absolute"),
    [
        ({"X": 12.0, "Y": -3.0, "Z": 40.0}, False),  # variations about nothing
        ({"X": 12.0, "Y": -3.0, "Z": 40.0, "F": F}, False),
        ({"X": X, "Y": Y, "Z": 0.0, "F": F}, False),  # a component without its level
        ({"X": X, "Y": Y, "Z": Z - 500, "F": F}, True),  # an old baseline
        ({"X": X, "Y": Y, "Z": Z}, True),
        ({"X": np.nan, "Y": np.nan, "Z": np.nan, "F": np.nan}, True),
        ({"X": X, "Y": Y, "Z": Z, "F": 0.0}, False),
    ],
)
def test_the_level(components, absolute):
    assert vector(**components).absolute is absolute


@pytest.mark.parametrize(
    ("components", "part"),
    [
        ({"X": X, "Z": Z, "F": F}, "X and Y, H and D"),
        ({"H": H, "Z": Z, "F": F}, "X and Y, H and D"),
        ({"D": D, "I": INCLINATION}, "D, I and F"),
        ({"D": 21601.0, "H": H}, "D in minutes of arc"),
        ({"D": D, "I": 5401.0, "F": F}, "I in minutes of arc"),
    ],
)
def test_components_that_say_too_little_are_refused(components, part):
    with pytest.raises(FormatError) as caught:
        vector(**components)
    assert part in caught.value.expected


@pytest.mark.parametrize(
    ("angle", "expected"),
    [(356.8, -3.2), (-3.2, -3.2), (180.0, 180.0), (360.0, 0.0), (540.0, -180.0)],
)
def test_wrapped(angle, expected):
    assert geomagnetic_vector.wrapped(angle) == expected

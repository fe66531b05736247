from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from laicflow.plots import style


@pytest.mark.parametrize(
    ("colour", "ink"),
    [
        ("#000000", "white"),
        ("#ffffff", "black"),
        # The well-known greys about the middle: white on #767676 has 4.54, black 4.62; white on
        # #6b6b6b has 5.3.
        ("#767676", "black"),
        ("#6b6b6b", "white"),
        (style.YELLOW, "black"),
    ],
)
def test_ink_is_the_one_with_more_contrast(colour: str, ink: str) -> None:
    assert style.ink_on(colour) == ink


@pytest.mark.parametrize(
    ("place", "name"),
    [((13.049, -88.66), "13.0°N 88.7°W"), ((-0.657, 126.8), "0.7°S 126.8°E")],
)
def test_places_are_named_by_hemisphere(place: tuple[float, float], name: str) -> None:
    assert style.place_name(*place) == name


def test_the_look_does_not_depend_on_a_machines_own_settings() -> None:
    with mpl.rc_context({"font.size": 30, "image.cmap": "jet", "savefig.dpi": 10}):
        with style.applied():
            assert mpl.rcParams["font.size"] == 8.0
            assert mpl.rcParams["image.cmap"] == "viridis"
            assert mpl.rcParams["savefig.dpi"] == 200
        assert mpl.rcParams["font.size"] == 30


def test_shades_run_from_grey_to_the_colour() -> None:
    colours = style.shades(style.BLUE)
    np.testing.assert_allclose(colours(0.0)[:3], to_rgb(style.GREY), atol=1e-6)
    np.testing.assert_allclose(colours(1.0)[:3], to_rgb(style.BLUE), atol=1e-6)


def test_two_colours_tell_nothing_from_something() -> None:
    colours = style.two_colours(style.VERMILLION)
    np.testing.assert_allclose(colours(0)[:3], to_rgb(style.GREY))
    np.testing.assert_allclose(colours(1)[:3], to_rgb(style.VERMILLION))

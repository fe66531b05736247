"""One look for all figures: sizes and type for a paper's columns, colours that all eyes can tell.

Categories take the palette of Okabe & Ito (2008, Color Universal Design), amounts take cividis
(Nunez, Anderton & Renslow 2018, PLoS ONE 13, e0199239), which runs evenly from dark to light with
and without a deficiency of colour vision.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.colors import Colormap, ListedColormap, to_rgb

# Widths of one and of two columns, inches (89 and 183 mm).
COLUMN, PAGE = 3.5, 7.2

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#E4E4E4"
DARK_GREY = "#6B6B6B"

AMOUNT = "cividis"
# Hours that are not in the data.
ABSENT = "#FFFFFF"

_RC = {
    "font.family": "DejaVu Sans",
    "font.size": 8.0,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8.0,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "figure.titlesize": 9.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "hatch.linewidth": 0.5,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "image.interpolation": "nearest",
    "text.usetex": False,
}


@contextlib.contextmanager
def applied() -> Iterator[None]:
    """Our look over matplotlib's defaults, whatever a machine's own matplotlibrc says."""
    with mpl.style.context(["default", _RC]):
        yield


def two_colours(on: str) -> ListedColormap:
    """A map for 0 (grey) and 1 (`on`)."""
    return ListedColormap([GREY, on])


def shades(of: str) -> Colormap:
    """A map from grey (nothing) to the colour `of` (much)."""
    steps = np.linspace(0, 1, 256)[:, None]
    return ListedColormap(np.asarray(to_rgb(GREY)) * (1 - steps) + np.asarray(to_rgb(of)) * steps)


def ink_on(colour: tuple | str) -> str:
    """Black or white, whichever stands out more on `colour` (WCAG 2 contrast ratio)."""
    channels = np.asarray(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ np.array([0.2126, 0.7152, 0.0722]))
    return "black" if (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) else "white"


def place_name(latitude: float, longitude: float) -> str:
    """A place as in `36.5°N 142.0°E`, one decimal."""
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.1f}°{north} {abs(longitude):.1f}°{east}"

"""True slant TEC: the electrons along a ray through a layer of Chapman's form.

Over every place the layer holds the VTEC of the world there,
N(h) = VTEC / (H sqrt(2 pi e) S) exp((1 - z - exp(-z)) / 2), z = (h - hm) / H
(Chapman 1931; the alpha layer), with hm and H those of the place, between `BOTTOM_KM` and `TOP_KM`;
S, close to 1, is the share of an unbounded layer that lies between them. The ray is straight from
the receiver to the satellite, and no thin shell stands anywhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import erf

from laicflow.simulate.column import SLAB

# Heights stand above a sphere of the radius to which IONEX files refer, km.
BASE_KM = 6371.0
BOTTOM_KM = 80.0
TOP_KM = 3000.0
# Edges of the panels of the quadrature, in scale heights from the peak, and the nodes in each.
EDGES = (-2.0, 1.5, 6.0, 14.0)
NODES = 6
# Rays that are integrated at once.
PIECE = 4000

Fields = Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]


def density(
    height: np.ndarray, vtec: np.ndarray, peak: np.ndarray, scale: np.ndarray
) -> np.ndarray:
    """Electrons, TECU per km, at heights (km) of layers with their VTEC, peak and scale height."""
    z = (height - peak) / scale
    shape = np.exp(0.5 * (1 - z - np.exp(-z)))
    inside = (height >= BOTTOM_KM) & (height <= TOP_KM)
    return np.where(inside, vtec * shape / (SLAB * scale * _share(peak, scale)), 0.0)


def slant_tec(
    receiver: np.ndarray, satellites: np.ndarray, times: np.ndarray, fields: Fields
) -> np.ndarray:
    """Slant TEC of rays, TECU, shape (n,).

    Parameters
    ----------
    receiver : its position in the frame of the Earth, km, shape (3,)
    satellites : theirs, km, shape (n, 3), all above `TOP_KM` and above the receiver's horizon
    times : UTC, shape (n,)
    fields : gives VTEC (TECU), peak and scale height (km) at times (n,) and geocentric latitudes
        and longitudes (n, ...), as `column.Column.at` does

    Raises
    ------
    ValueError : a satellite is below the horizon (of the sphere) or within the layer
    """
    times = np.asarray(times, "datetime64[us]")
    found = np.empty(len(satellites))
    for first in range(0, len(satellites), PIECE):
        piece = slice(first, first + PIECE)
        found[piece] = _piece(receiver, satellites[piece], times[piece], fields)
    return found


def place_of(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Geocentric latitude and longitude, degrees, of positions of shape (..., 3)."""
    x, y, z = np.moveaxis(position, -1, 0)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


def _piece(
    receiver: np.ndarray, satellites: np.ndarray, times: np.ndarray, fields: Fields
) -> np.ndarray:
    """Slant TEC of some rays."""
    sight = satellites - receiver
    sight = sight / np.linalg.norm(sight, axis=1)[:, None]
    rising = sight @ receiver
    if (rising <= 0).any() or (np.linalg.norm(satellites, axis=1) < BASE_KM + TOP_KM).any():
        raise ValueError("a satellite is below the horizon or within the ionosphere")
    height, weight = _nodes(receiver, times, fields)
    radius = BASE_KM + height
    # Along the ray: |receiver + l sight| = radius, with `rising` = receiver . sight.
    nearest = receiver @ receiver - rising**2
    upward = np.sqrt(radius**2 - nearest[:, None])
    along = upward - rising[:, None]
    place = receiver + along[..., None] * sight[:, None, :]
    values = density(height, *fields(times, *place_of(place)))
    return (weight * values * radius / upward).sum(axis=1)


def _nodes(
    receiver: np.ndarray, times: np.ndarray, fields: Fields
) -> tuple[np.ndarray, np.ndarray]:
    """Heights (km) and weights of the quadrature for each time, (n, nodes).

    Gauss-Legendre in panels around the layer over the receiver, the same for all rays of a moment.
    """
    unique, back = np.unique(times, return_inverse=True)
    latitude, longitude = (np.full(unique.size, value) for value in place_of(receiver))
    _, peak, scale = fields(unique, latitude, longitude)
    edges = np.stack(
        [
            np.full(unique.size, BOTTOM_KM),
            *(np.clip(peak + z * scale, BOTTOM_KM, TOP_KM) for z in EDGES),
            np.full(unique.size, TOP_KM),
        ],
        axis=1,
    )
    point, share = np.polynomial.legendre.leggauss(NODES)
    half = np.diff(edges, axis=1)[..., None] / 2
    middle = (edges[:, 1:] + edges[:, :-1])[..., None] / 2
    height = (middle + half * point).reshape(unique.size, -1)
    weight = (half * share).reshape(unique.size, -1)
    return height[back], weight[back]


def _share(peak: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """The share of an unbounded layer between `BOTTOM_KM` and `TOP_KM`.

    With s = exp(-z / 2) the layer's integral is that of a Gaussian in s.
    """
    low, high = (np.exp(-(edge - peak) / (2 * scale)) for edge in (BOTTOM_KM, TOP_KM))
    return erf(low / np.sqrt(2)) - erf(high / np.sqrt(2))

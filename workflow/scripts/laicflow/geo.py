"""Places on the sphere."""

from __future__ import annotations

import numpy as np

from laicflow.errors import ConfigError

# Mean radius of the Earth (IUGG), km.
EARTH_RADIUS_KM = 6371.0088


def great_circle_km(
    latitude_a: np.ndarray, longitude_a: np.ndarray, latitude_b: np.ndarray, longitude_b: np.ndarray
) -> np.ndarray:
    """Great-circle distances in km (haversine); degrees in, shapes broadcast."""
    lat_a, lon_a, lat_b, lon_b = (
        np.radians(np.asarray(v, dtype="float64"))
        for v in (latitude_a, longitude_a, latitude_b, longitude_b)
    )
    half = np.sin((lat_b - lat_a) / 2) ** 2
    half = half + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def arc_distance_km(
    latitude: np.ndarray,
    longitude: np.ndarray,
    latitude_a: np.ndarray,
    longitude_a: np.ndarray,
    latitude_b: np.ndarray,
    longitude_b: np.ndarray,
) -> np.ndarray:
    """Least distance in km of places from the arcs of great circles between points a and b.

    Degrees in, shapes broadcast; arcs are shorter than half the globe. Where the foot of the
    perpendicular lies beyond an end it is the distance of that end.
    """
    place, a, b = (
        _unit(lat, lon)
        for lat, lon in (
            (latitude, longitude),
            (latitude_a, longitude_a),
            (latitude_b, longitude_b),
        )
    )
    normal = np.cross(a, b)
    length = np.linalg.norm(normal, axis=-1)
    across = np.sum(place * normal, axis=-1) / np.where(length > 0, length, 1.0)
    between = (np.sum(np.cross(normal, a) * place, axis=-1) >= 0) & (
        np.sum(np.cross(b, normal) * place, axis=-1) >= 0
    )
    ends = np.minimum(
        great_circle_km(latitude, longitude, latitude_a, longitude_a),
        great_circle_km(latitude, longitude, latitude_b, longitude_b),
    )
    beside = EARTH_RADIUS_KM * np.arcsin(np.clip(np.abs(across), 0, 1))
    return np.where(between & (length > 0), beside, ends)


def _unit(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Unit vectors (..., 3) of places in degrees."""
    lat, lon = (np.radians(np.asarray(v, dtype="float64")) for v in (latitude, longitude))
    lat, lon = np.broadcast_arrays(lat, lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def inside_box(
    latitude: np.ndarray, longitude: np.ndarray, south_north: list, west_east: list
) -> np.ndarray:
    """Whether places lie in a box, edges included; a box with west > east crosses the date line.

    Raises
    ------
    ConfigError : an edge off the globe (a longitude beyond -180..180 would lose what lies past
        the date line), or a southern edge north of the northern one
    """
    latitude, longitude = np.asarray(latitude), np.asarray(longitude)
    (south, north), (west, east) = south_north, west_east
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise ConfigError(
            f"longitude: expected edges between -180 and 180 (west > east crosses the date line), "
            f"found {west:g} to {east:g}"
        )
    if not -90 <= south <= north <= 90:
        raise ConfigError(
            f"latitude: expected a southern and a northern edge between -90 and 90, "
            f"found {south:g} to {north:g}"
        )
    if west <= east:
        within = (longitude >= west) & (longitude <= east)
    else:
        within = (longitude >= west) | (longitude <= east)
    return within & (latitude >= south) & (latitude <= north)

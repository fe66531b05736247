"""Directions to satellites, pierce points of a thin shell, and mapping functions.

Schaer (1999), sections 2.3 and 3.2.
"""

from __future__ import annotations

import numpy as np
import pymap3d

EARTH_KM = 6371.0
# CODE's modified single-layer mapping: a shell at 506.7 km and zenith angles shrunk by alpha,
# fitted to an extended slab (Schaer 1999, section 3.2; CODE's IONEX headers).
MODIFIED_HEIGHT_KM = 506.7
MODIFIED_ALPHA = 0.9782
SINGLE_LAYER, MODIFIED = "single-layer", "modified single-layer"


def place_of(position: np.ndarray) -> tuple[float, float, float]:
    """Geodetic latitude and longitude (degrees) and height (m) of an Earth-fixed position."""
    latitude, longitude, height = pymap3d.ecef2geodetic(*position)
    return float(latitude), float(longitude), float(height)


def directions(satellite: np.ndarray, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Elevation and azimuth in degrees (azimuth from north over east, 0..360).

    Parameters
    ----------
    satellite : (n, 3) metres, Earth-fixed
    position : (3,) of the receiver
    """
    latitude, longitude, _ = np.radians(place_of(position))
    line = satellite - np.asarray(position)
    line = line / np.linalg.norm(line, axis=-1, keepdims=True)
    sin_lat, cos_lat = np.sin(latitude), np.cos(latitude)
    sin_lon, cos_lon = np.sin(longitude), np.cos(longitude)
    x, y, z = line[..., 0], line[..., 1], line[..., 2]
    east = -sin_lon * x + cos_lon * y
    north = -sin_lat * cos_lon * x - sin_lat * sin_lon * y + cos_lat * z
    up = cos_lat * cos_lon * x + cos_lat * sin_lon * y + sin_lat * z
    return np.degrees(np.arcsin(np.clip(up, -1, 1))), np.degrees(np.arctan2(east, north)) % 360


def pierce_points(
    elevation: np.ndarray,
    azimuth: np.ndarray,
    latitude: float,
    longitude: float,
    height_km: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude (degrees, -180..180) where rays meet a shell.

    The spherical triangle of ICD-GPS-200, 20.3.3.5.2.5, without its approximations.
    """
    e, a, lat = np.radians(elevation), np.radians(azimuth), np.radians(latitude)
    angle = np.pi / 2 - e - np.arcsin(EARTH_KM / (EARTH_KM + height_km) * np.cos(e))
    sine = np.sin(lat) * np.cos(angle) + np.cos(lat) * np.sin(angle) * np.cos(a)
    east = np.arctan2(np.sin(a) * np.sin(angle) * np.cos(lat), np.cos(angle) - np.sin(lat) * sine)
    turned = (longitude + np.degrees(east) + 180.0) % 360.0 - 180.0
    return np.degrees(np.arcsin(np.clip(sine, -1, 1))), turned


def mapping(elevation: np.ndarray, height_km: float, kind: str = SINGLE_LAYER) -> np.ndarray:
    """Slant over vertical TEC at an elevation (degrees).

    1 / cos z' with sin z' = R / (R + H) sin(alpha z); alpha is 1, or 0.9782 for the modified
    form (Schaer 1999, equations 3.2 and 3.8).
    """
    alpha = MODIFIED_ALPHA if kind == MODIFIED else 1.0
    zenith = np.radians(90.0 - np.asarray(elevation, dtype=np.float64))
    sine = EARTH_KM / (EARTH_KM + height_km) * np.sin(alpha * zenith)
    return 1.0 / np.sqrt(1.0 - np.square(sine))

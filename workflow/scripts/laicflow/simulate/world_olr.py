"""The radiation of a simulated world: maps by day over years, in the products asked for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from laicflow.errors import ConfigError
from laicflow.progress import track
from laicflow.simulate import radiation
from laicflow.simulate.write_olr import write_record, write_uninterpolated

# Degrees between the cells of a product, and where its cells have their middles.
GRIDS = {"cdr": (1.0, 0.5), "uninterpolated": (2.5, 0.0)}
# The part `olr` of the options of a world.
DEFAULTS: dict = {
    # Which products are written, of `cdr` and `uninterpolated`; none: no radiation at all.
    "products": [],
    # First and last year; they need not be those of the world.
    "years": [2007, 2016],
    # Edges of the box, degrees; it does not cross the date line.
    "latitude": [30.0, 50.0],
    "longitude": [75.0, 100.0],
    # The fluxes: see `laicflow.simulate.radiation`.
    "field": radiation.DEFAULTS,
}
ANOMALY = {"day", "latitude", "longitude", "radius_deg", "sd"}


def complete(own: dict, name: str) -> dict:
    """The part `olr`, held to what can be.

    Parameters
    ----------
    name : what it is called in messages

    Raises
    ------
    ConfigError : a product that is not known, years or edges that do not ascend, or a field that
        cannot be
    """
    if unknown := [one for one in own["products"] if one not in GRIDS]:
        raise ConfigError(f"{name}.products: {unknown[0]!r} is none of {', '.join(GRIDS)}")
    first, last = own["years"]
    if not 1974 < first <= last:
        raise ConfigError(f"{name}.years is {own['years']}: they ascend, from 1975 on")
    for axis, (low, high) in (("latitude", (-90, 90)), ("longitude", (-180, 180))):
        south, north = own[axis]
        if not low <= south < north <= high:
            raise ConfigError(f"{name}.{axis} is {own[axis]}: edges ascend in {low} to {high}")
    field = own["field"]
    for key in ("weather_days", "weather_deg", "weather_sd"):
        if not field[key] > 0:
            raise ConfigError(f"{name}.field.{key} is {field[key]!r}, not above 0")
    if not 0 <= field["missing_share"] < 1:
        raise ConfigError(f"{name}.field.missing_share is {field['missing_share']!r}, no share")
    for one in field["anomalies"]:
        if set(one) != ANOMALY:
            raise ConfigError(f"{name}.field.anomalies: {one} has not {sorted(ANOMALY)}")
    return own


def write_olr(own: dict, seed: int, folder: Path) -> tuple[dict, dict]:
    """Write the files of all products below `folder/olr/`.

    Returns
    -------
    What was written, by product: files, first, last, days, cells. And the truth: the field's
    options, with `anomalies` as planted.
    """
    made = {}
    years = range(own["years"][0], own["years"][1] + 1)
    for product in track(own["products"], "simulating radiation"):
        grid = tuple(_axis(own[axis], *GRIDS[product]) for axis in ("latitude", "longitude"))
        fluxes = radiation.simulate_radiation(*grid, years, own["field"], seed, product)
        target = Path(folder) / "olr"
        days = (dt.date(years[-1] + 1, 1, 1) - dt.date(years[0], 1, 1)).days
        if product == "cdr":
            paths = [write_record(year, flux, *grid, target) for year, flux in fluxes]
        else:
            whole = np.concatenate([flux for _, flux in fluxes])
            paths = [write_uninterpolated(dt.date(years[0], 1, 1), whole, *grid, target)]
        made[product] = {
            "files": len(paths),
            "first": paths[0].name,
            "last": paths[-1].name,
            "days": days,
            "cells": len(grid[0]) * len(grid[1]),
        }
    return made, dict(own["field"])


def _axis(edges: list, step: float, middle: float) -> np.ndarray:
    """Middles of the cells between two edges, ascending."""
    first = np.ceil((edges[0] - middle) / step)
    last = np.floor((edges[1] - middle) / step)
    return middle + step * np.arange(first, last + 1)

"""Mainshocks, foreshocks and aftershocks of a catalog, by one of several methods.

The module can be called like its function: `laicflow.catalogs.decluster(catalog, "box")`.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from types import ModuleType

import numpy as np
import pandas as pd

from laicflow.catalogs.declustering.quakes import quakes_of
from laicflow.errors import ConfigError
from laicflow.schema import conform

# The methods by name; their modules are imported on use.
METHODS = {
    "box": "laicflow.catalogs.declustering.box",
    "gardner-knopoff": "laicflow.catalogs.declustering.windows",
    "nearest-neighbor": "laicflow.catalogs.declustering.nearest_neighbor",
    "none": "laicflow.catalogs.declustering.none",
    "reasenberg": "laicflow.catalogs.declustering.reasenberg",
}


def decluster(catalog: pd.DataFrame, method: str, **options: object) -> pd.DataFrame:
    """The catalog with the cluster and the role of every event.

    Parameters
    ----------
    catalog : table `events`, in any order; `event_id` (each once), `time`, `latitude`,
        `longitude` and `magnitude` of every event must be known, `depth_km` may be missing
    method : a name of `METHODS`
    options : of that method (see `clusters` in its module); `options_of` lists them

    Returns
    -------
    Table `clusters`, a row for each of the catalog's in the catalog's order.

    - `cluster_id` is the `event_id` of the cluster's mainshock, or of the event itself where it
      is alone.
    - `role` is `mainshock`, `foreshock` (before its mainshock), `aftershock` (at its time or
      after it) or `independent` (alone). The declustered catalog is the rows whose role is
      mainshock or independent: one a cluster.
    - The mainshock is the largest event, of equals the first; in `box` alone it is the first
      event, as that rule has it.

    `attrs` holds `method`, `options` (the defaults included) and what the method found.

    Raises
    ------
    ConfigError : an unknown method or option, or a value that an option cannot have
    SchemaError : an event lacks an id, a time, a place or a magnitude, or stands twice
    """
    module = _module(method)
    known = options_of(method)
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise ConfigError(
            f"decluster {method}: unknown options {', '.join(unknown)}; "
            f"known are {', '.join(known) or 'none'}"
        )
    # Roles of an earlier declustering give way.
    events = conform(catalog.drop(columns=["cluster_id", "role"], errors="ignore"), "events")
    quakes = quakes_of(events)
    found = module.clusters(quakes, **options)
    role = pd.Series(found.role, dtype="str")
    main = pd.Series(quakes.event_id[found.main], dtype="str")
    events["cluster_id"] = main.set_axis(quakes.row).sort_index()
    events["role"] = role.set_axis(quakes.row).sort_index()
    result = conform(events, "clusters")
    used = {k: v.item() if isinstance(v, np.generic) else v for k, v in (known | options).items()}
    result.attrs = {"method": method, "options": used, **found.attrs}
    return result


def options_of(method: str) -> dict[str, object]:
    """The options of a method with their defaults."""
    parameters = inspect.signature(_module(method).clusters).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}


def _module(method: str) -> ModuleType:
    """The module of a method."""
    if method not in METHODS:
        raise ConfigError(f"unknown declustering {method!r}; known are {', '.join(METHODS)}")
    return importlib.import_module(METHODS[method])


class _Callable(ModuleType):
    """A module that is also its one function; the package's `__init__` has to stay empty."""

    def __call__(self, catalog: pd.DataFrame, method: str, **options: object) -> pd.DataFrame:
        return decluster(catalog, method, **options)


sys.modules[__name__].__class__ = _Callable

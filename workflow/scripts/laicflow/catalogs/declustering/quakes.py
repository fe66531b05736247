"""What all methods of declustering take and give."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from laicflow.errors import ConfigError
from laicflow.schema import SchemaError

MAINSHOCK, FORESHOCK, AFTERSHOCK = "mainshock", "foreshock", "aftershock"
INDEPENDENT = "independent"

DAY = 86_400_000_000  # microseconds
NEEDED = ("event_id", "time", "latitude", "longitude", "magnitude")


@dataclass(frozen=True)
class Quakes:
    """A catalog as arrays (n,), in the order of time; at one time the larger first, then by id.

    `time` is in microseconds since 1970, `row` the place in the catalog that was given;
    `depth_km` may be NaN.
    """

    event_id: np.ndarray
    time: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    depth_km: np.ndarray
    magnitude: np.ndarray
    row: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    @cached_property
    def days(self) -> np.ndarray:
        """Days since the first event; whole microseconds, so that differences are exact."""
        return (self.time - self.time[:1]) / DAY

    @cached_property
    def unit(self) -> np.ndarray:
        """Places as vectors of length 1, (n, 3)."""
        latitude, longitude = np.radians(self.latitude), np.radians(self.longitude)
        flat = np.cos(latitude)
        return np.column_stack(
            [flat * np.cos(longitude), flat * np.sin(longitude), np.sin(latitude)]
        )


@dataclass(frozen=True)
class Clusters:
    """What a method found, for events in the order of `Quakes`.

    `main` (n,) is the index of the mainshock of each event's cluster, the event's own where it
    is alone; `attrs` holds plain values for the result's attributes.
    """

    main: np.ndarray
    role: np.ndarray
    attrs: dict = field(default_factory=dict)


def quakes_of(events: pd.DataFrame) -> Quakes:
    """The arrays of a table `events`.

    Raises
    ------
    SchemaError : an event lacks what declustering needs, or has a place that is none, or its id
        stands twice
    """
    for column in NEEDED:
        values = events[column]
        absent = values.isna()
        if values.dtype == "float64":
            absent |= np.isinf(values)  # an infinity is no value either
        if absent.any():
            row = int(np.argmax(absent))
            raise SchemaError(f"declustering: {_named(events, row)} has no {column}")
    for column, most in (("latitude", 90), ("longitude", 180)):
        beyond = (events[column].abs() > most).to_numpy()
        if beyond.any():
            row = int(np.argmax(beyond))
            raise SchemaError(
                f"declustering: {_named(events, row)} has {column} {events[column].iloc[row]}, "
                f"expected -{most} to {most}"
            )
    if events["event_id"].duplicated().any():
        twice = events.loc[events["event_id"].duplicated(), "event_id"].iloc[0]
        raise SchemaError(f"declustering: event {twice} stands twice")
    table = events.assign(size=-events["magnitude"])
    row = table.sort_values(["time", "size", "event_id"], kind="stable").index.to_numpy()
    inner = {c: events[c].to_numpy()[row] for c in NEEDED if c != "time"}
    time = events["time"].to_numpy().astype("datetime64[us]").astype("int64")[row]
    return Quakes(time=time, depth_km=events["depth_km"].to_numpy()[row], row=row, **inner)


def by_largest(quakes: Quakes, label: np.ndarray, attrs: dict | None = None) -> Clusters:
    """Roles in clusters whose mainshock is the largest event, of equals the first.

    Parameters
    ----------
    label : (n,) whole numbers, the same for all events of a cluster
    """
    n = len(quakes)
    order = np.lexsort((np.arange(n), -quakes.magnitude, label))
    first = np.ones(n, dtype=bool)
    first[1:] = np.diff(label[order]) != 0
    main = np.empty(n, dtype=np.int64)
    main[order] = order[first][np.cumsum(first) - 1]
    role = np.where(quakes.time < quakes.time[main], FORESHOCK, AFTERSHOCK)
    return Clusters(main, _with_mainshocks(main, role), attrs or {})


def by_first(quakes: Quakes, label: np.ndarray) -> Clusters:
    """Roles in clusters that one event opens: `label` (n,) is its index, all others follow it."""
    role = np.full(len(quakes), AFTERSHOCK)
    return Clusters(label, _with_mainshocks(label, role))


def _with_mainshocks(main: np.ndarray, role: np.ndarray) -> np.ndarray:
    """The roles with those of mainshocks and of events that are alone set."""
    own = main == np.arange(len(main))
    alone = np.bincount(main, minlength=len(main))[main] == 1
    return np.select([own & alone, own], [INDEPENDENT, MAINSHOCK], role)


def number(
    name: str,
    value: object,
    above: float | None = None,
    least: float = -np.inf,
    most: float = np.inf,
) -> float:
    """An option's value as a number within its bounds.

    Raises
    ------
    ConfigError : not a number, or out of bounds
    """
    good = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    good = good and np.isfinite(value)
    if not good or not least <= value <= most or (above is not None and not value > above):
        bounds = [f"above {above}"] if above is not None else []
        bounds += [f"at least {least}"] if least > -np.inf else []
        bounds += [f"at most {most}"] if most < np.inf else []
        wanted = f"a number {' and '.join(bounds)}".strip()
        raise ConfigError(f"decluster: {name} must be {wanted}, found {value!r}")
    return float(value)


def truth(name: str, value: object) -> bool:
    """An option's value as true or false.

    Raises
    ------
    ConfigError : neither
    """
    if not isinstance(value, bool | np.bool_):
        raise ConfigError(f"decluster: {name} must be true or false, found {value!r}")
    return bool(value)


def _named(events: pd.DataFrame, row: int) -> str:
    """An event for a message."""
    name = events["event_id"].iloc[row]
    return f"row {row}" if pd.isna(name) else f"event {name} (row {row})"

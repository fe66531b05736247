"""A planted precursor in real minutes of observatories: a wave of known amplitude before events.

The wave is that of simulated worlds (`laicflow.simulate.geomagnetic_wave`): sines in a band, each a
whole number of times in the wave's span. It depends on the table of events, the observatory and the
minute alone, never on the file or the month that is asked for: months join without a seam.

Values are not rounded to the file's resolution when the wave is added. A file's own rounding is in
its values once, as it would be in those of a field with the wave in it. To round the sum would put
it in twice: a noise of 0.03 nT (where the file has 0.1 nT) in the planted minutes alone, which a
network could find in place of the wave; and of a wave below half a step it would leave nothing,
while in a real field some values are lifted over the edge and others not. The price is digits that
the file has not, in the planted minutes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.simulate import geomagnetic_wave as wave
from laicflow.simulate.options import merge

# Every option, with its default.
DEFAULTS: dict = {
    # nT, the amplitude of a sine of the same variance, in each of X, Y, Z (times `components`):
    # at the site with decay `none`, else at `reference_km`. 0 plants nothing.
    "amplitude_nt": 0.0,
    # Which events: least magnitude, distance from the observatory, depth [least, most] in km
    # (null: of any depth, or none).
    "magnitude_min": 5.0,
    "radius_km": 200.0,
    "depth_km": None,
    # The wave lasts `hours` and ends `ends_hours` before the event.
    "hours": 24.0,
    "ends_hours": 0.0,
    # Periods of the sines, minutes, and how many there are.
    "period_minutes": [2.5, 16.0],
    "sines": 24,
    # Fall with distance, `none`, `power` or `exponential`, as in `geomagnetic_wave.DEFAULTS`.
    "decay": "none",
    "reference_km": 100.0,
    "exponent": 1.0,
    "nearest_km": 20.0,
    "scale_km": 100.0,
    # Weights of X, Y, Z.
    "components": [1.0, 1.0, 1.0],
}

Plant = Callable[[dict, np.ndarray], np.ndarray]


def complete(options: dict | None, name: str = "inject") -> dict:
    """`DEFAULTS` with `options` laid over them.

    Raises
    ------
    ConfigError : an option has no default, hence no meaning, or a value cannot be
    """
    merged = merge(DEFAULTS, options or {}, name)
    period, depth = merged["period_minutes"], merged["depth_km"]
    if len(period) != 2 or not 2 < period[0] < period[1] < np.inf:
        raise ConfigError(
            f"{name}.period_minutes is {period}; it must ascend from above 2, the shortest period "
            "that minutes can hold"
        )
    if depth is not None and (len(depth) != 2 or not depth[0] <= depth[1]):
        raise ConfigError(f"{name}.depth_km is {depth}, not [least, most] or null")
    if not merged["radius_km"] > 0:
        raise ConfigError(f"{name}.radius_km is {merged['radius_km']!r}, not above 0")
    wave.check(_of_wave(merged), name)
    return merged


def planter(
    events: pd.DataFrame,
    options: dict | None,
    seed: int,
    *,
    places: dict[str, tuple[float, float]] | None = None,
) -> Plant:
    """What adds the wave to the minutes of a file.

    Parameters
    ----------
    events : the whole catalog, `event_id`, `time`, `latitude`, `longitude`, `magnitude`, with
        `depth_km` if the options ask for depths; what lacks one of them has no wave (`truth`
        counts them)
    options : what differs from `DEFAULTS`
    places : latitude and longitude (degrees) by IAGA code, which go before those of the files:
        headers of different years round the place differently, and an event at the edge of the
        radius must not have half a wave

    Returns
    -------
    A function of a file's attributes (observatory, latitude, longitude) and its times
    (datetime64, UTC, whole minutes) that gives X, Y, Z in nT, float64, (3, times).

    Raises
    ------
    ConfigError : an option cannot be; the table lacks a column. The function: a time is no whole
        minute
    """
    options = complete(options)
    chosen, _ = _chosen(events, options)
    planned: dict[tuple, list[wave.Wave]] = {}

    def plant(attributes: dict, times: np.ndarray) -> np.ndarray:
        place = _place(attributes, places)
        key = tuple(place.values())
        if key not in planned:
            planned[key] = wave.plan(chosen, place, _of_wave(options), _seed(seed))
        return _planted(planned[key], _minutes(times), options)

    return plant


def truth(
    events: pd.DataFrame, options: dict | None, seed: int, observatories: list[dict]
) -> pd.DataFrame:
    """What `planter` plants, a row for each event and observatory within its reach.

    Parameters
    ----------
    events, options, seed : as `planter` takes them
    observatories : `observatory` (IAGA code), `latitude`, `longitude` of each; those that
        `planter` takes as `places`, or finds in the files

    Returns
    -------
    Table `event_id`, `observatory`, `time`, `magnitude`, `distance_km`, `start` (first minute),
    `end` (the first one after the wave), `amplitude_nt` (at the observatory, 0 where nothing is
    planted), `covered_by_another` (a stronger wave, or of equal ones the first, fills a part of its
    span: that one stands alone). Its attribute `left_out` counts events that lack a time, a place,
    a magnitude or, where depths are asked for, a depth.

    Raises
    ------
    ConfigError : as `planter`
    """
    options = complete(options)
    chosen, left_out = _chosen(events, options)
    rows = []
    for observatory in observatories:
        place = _place(observatory, None)
        for one in wave.plan(chosen, place, _of_wave(options), _seed(seed)):
            event = chosen.iloc[one.event["number"]]
            rows.append(
                {
                    "event_id": str(event["event_id"]),
                    "observatory": place["iaga"],
                    "time": event["time"],
                    "magnitude": float(event["magnitude"]),
                    "distance_km": round(one.distance_km, 3),
                    "start": np.datetime64(one.start, "m").astype("datetime64[us]"),
                    "end": np.datetime64(one.stop, "m").astype("datetime64[us]"),
                    "amplitude_nt": 0.0 if one.covered else one.amplitude_nt,
                    "covered_by_another": one.covered,
                }
            )
    table = pd.DataFrame(rows, columns=list(_TRUTH)).astype(_TRUTH)
    table.attrs["left_out"] = left_out
    return table


_TRUTH = {
    "event_id": "str",
    "observatory": "str",
    "time": "datetime64[us]",
    "magnitude": "float64",
    "distance_km": "float64",
    "start": "datetime64[us]",
    "end": "datetime64[us]",
    "amplitude_nt": "float64",
    "covered_by_another": "bool",
}


def _of_wave(options: dict) -> dict:
    """The options as `geomagnetic_wave` names them."""
    shortest, longest = options["period_minutes"]
    same = {name: options[name] for name in wave.DEFAULTS if name in options}
    return {
        **same,
        "farthest_km": options["radius_km"],
        "band_hz": [1 / (60 * longest), 1 / (60 * shortest)],
    }


def _seed(seed: int) -> int:
    """A seed of its own: a simulated world's own wave is another one, whatever its seed."""
    return seeds.number("inject", seed)


def _chosen(events: pd.DataFrame, options: dict) -> tuple[pd.DataFrame, int]:
    """The events that can have a wave, and how many lack what says so."""
    columns = ["event_id", "time", "latitude", "longitude", "magnitude"]
    columns += ["depth_km"] if options["depth_km"] is not None else []
    lacking = sorted(set(columns) - set(events.columns))
    if lacking:
        raise ConfigError(f"inject: the table of events has no {', '.join(lacking)}")
    # A number of their own would take the place of the row's.
    whole = events[columns].dropna()
    chosen = whole
    if options["depth_km"] is not None:
        chosen = whole[whole["depth_km"].between(*options["depth_km"])]
    return chosen.reset_index(drop=True), len(events) - len(whole)


def _place(attributes: dict, places: dict[str, tuple[float, float]] | None) -> dict:
    """The observatory, as `geomagnetic_wave` takes it."""
    code = str(attributes["observatory"]).upper()
    found = (attributes["latitude"], attributes["longitude"])
    latitude, longitude = (places or {}).get(code, found)
    return {"iaga": code, "latitude": float(latitude), "longitude": float(longitude)}


def _minutes(times: np.ndarray) -> np.ndarray:
    """Minutes since 1970."""
    minutes = np.asarray(times).astype("datetime64[m]")
    if (minutes != times).any():
        raise ConfigError("inject: expected times of whole minutes")
    return minutes.astype("int64")


def _planted(waves: list[wave.Wave], minutes: np.ndarray, options: dict) -> np.ndarray:
    """X, Y, Z of the waves at the minutes, in any order and with holes."""
    if not minutes.size or not waves:
        return np.zeros((3, minutes.size))
    grid = np.arange(minutes.min(), minutes.max() + 1)
    return wave.on(waves, grid, _of_wave(options))[:, minutes - grid[0]]

"""Vertical TEC over a station from RINEX observations.

The module can be called like its function: `laicflow.gnss.vtec(observations, orbits, biases)`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import ConfigError, FormatError
from laicflow.gnss import biases as bias_files
from laicflow.gnss import geometry, global_maps, gps_time, receiver, signals
from laicflow.gnss import orbits as orbit_files
from laicflow.gnss.arcs import slants
from laicflow.gnss.observations import Observations
from laicflow.gnss.stations import Station, gather
from laicflow.gnss.vtec_options import END, Options, chosen_of

Paths = str | Path | Iterable[str | Path]


def vtec(
    observations: Paths | Observations | Iterable[Observations],
    orbits: Paths | orbit_files.Orbits,
    biases: Paths | bias_files.Biases,
    **options: object,
) -> xr.Dataset:
    """Vertical TEC over one station, on any number of days.

    - Slant TEC is the geometry-free phase, levelled by arc to the code (`arcs`).
    - The satellites' biases come from the files, the receiver's by `receiver_bias`.
    - Slant is divided by the mapping function of a thin shell, and the series is the mean of
      all slants of a step (`label` says which), with the weights sin^2 of the elevation.

    Parameters
    ----------
    observations : RINEX files of one station (`observations.read`), or what that gives
    orbits : SP3 files, or broadcast navigation files (`orbits.read`), or what that gives
    biases : DCB files of CODE, or Bias-SINEX (`biases.read`), or what that gives
    options : fields of `Options`

    Returns
    -------
    Dataset with the dimensions time (UTC) and slant.

    - `vtec` (time) in TECU, NaN where nothing is known; `spread`, the weighted standard deviation
      of the slants' own VTEC; `satellites`, how many
    - `slant_time`, `satellite`, `arc`, `stec` (TECU, all biases taken out), `level_error` (TECU,
      of the arc), `elevation`, `azimuth`, `pierce_latitude`, `pierce_longitude` (degrees)
    - attributes: `station`, `systems`, `latitude`, `longitude`, `height_m`, `position_source`,
      `receiver_bias_ns` (of the unit with most slants), `receiver_bias_way`,
      `receiver_biases_json` (of all units; the mean over the days where files have several),
      `receiver_bias_raised_ns` (by which an estimate was raised lest VTEC be negative),
      `plasmasphere_share` (that the estimate took; 0 by the other ways, which need none),
      `satellite_biases_json` (ns by satellite and pair),
      `bias_days_off` (how many days a day lies off the span of the farthest bias taken for it:
      0 where all are of its own month or day), `bias_files`, `orbits`, `label`, `mapping`,
      `shell_km`, `elevation_cut_deg`, `slips`, `left_out_json` (reason and count) and
      `skipped_json` (file and reason).

    Raises
    ------
    ConfigError : unknown options; no receiver bias in the files for `file`; too little data to
        estimate it
    FormatError : a bias, orbit or map file is broken, no file of observations can be used, or
        no slant is left (the message tells why)
    """
    chosen = chosen_of(options)
    orbit = orbits if hasattr(orbits, "states") else orbit_files.read(orbits)
    bias = biases if isinstance(biases, bias_files.Biases) else bias_files.read(biases)
    station = gather(observations, orbit, chosen)
    table, used = slant_table(station, bias, chosen)
    found, by_row = _receiver_biases(table, station, bias, chosen)
    table["stec"] += table["tecu_per_ns"] * by_row
    table = _above_the_cut(table, station, chosen)
    result = xr.merge([_series(table, chosen), _slants(table)])
    main = table["unit"].value_counts().index[0]
    way = chosen.receiver_bias if isinstance(chosen.receiver_bias, str) else "given"
    return result.assign_attrs(
        _attributes(station, chosen)
        | {
            "receiver_bias_ns": found[main],
            "receiver_bias_way": way,
            "plasmasphere_share": chosen.plasmasphere_share if way == "estimate" else 0.0,
            "receiver_biases_json": json.dumps(found, sort_keys=True),
            "satellite_biases_json": json.dumps(used, sort_keys=True),
            "bias_days_off": station.bias_days_off,
            "bias_files": " ".join(bias.sources),
            "orbits": orbit.kind,
        }
    )


def _above_the_cut(table: pd.DataFrame, station: Station, options: Options) -> pd.DataFrame:
    """The slants that count: high enough, and of a receiver whose bias is known."""
    table = table[table["elevation"] >= options.elevation_cut_deg]
    lacking = table["stec"].isna()
    if lacking.any():
        station.count("slants without a receiver bias", int(lacking.sum()))
        table = table[~lacking]
    if table.empty:
        raise FormatError(station.path, None, "slants above the cut", station.left_out)
    return table


def slant_table(
    station: Station, bias: bias_files.Biases, options: Options
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Slants with the satellites' biases taken out, and those biases (ns).

    Columns: time (GPS s), satellite, unit, arc, elevation, azimuth, pierce_latitude,
    pierce_longitude (degrees), stec (TECU), level_error (TECU), tecu_per_ns, mapping.
    """
    one = station.observations
    levelled = slants(one, station.elevation)
    for reason, count in levelled.left_out.items():
        station.count(reason, count)
    station.slips = levelled.slips
    rows = levelled.rows
    one, elevation, azimuth = one.take(rows), station.elevation[rows], station.azimuth[rows]
    per_ns = signals.SPEED_OF_LIGHT * 1e-9
    per_ns = per_ns / signals.metres_per_tecu(one.frequency1, one.frequency2)
    satellite_bias, used = _satellite_biases(one, bias, station)
    lat, lon = geometry.pierce_points(
        elevation, azimuth, station.latitude, station.longitude, options.height_km
    )
    table = pd.DataFrame(
        {
            "time": one.time,
            "satellite": one.satellite,
            "unit": station.unit[rows],
            "arc": levelled.arc,
            "elevation": elevation,
            "azimuth": azimuth,
            "pierce_latitude": lat,
            "pierce_longitude": lon,
            "stec": levelled.stec + satellite_bias * per_ns,
            "level_error": levelled.level_error,
            "tecu_per_ns": per_ns,
            "mapping": geometry.mapping(elevation, options.height_km, options.mapping),
        }
    )
    table = table[table["stec"].notna()].reset_index(drop=True)
    if table.empty:
        raise FormatError(station.path, None, "slants with satellite biases", station.left_out)
    return table, used


def _satellite_biases(
    one: Observations, bias: bias_files.Biases, station: Station
) -> tuple[np.ndarray, dict[str, float]]:
    """Biases in ns by row, each of its own day, and their means by satellite and pair."""
    day = np.floor(one.time / 86400.0).astype(np.int64).astype(str)
    keys = np.char.add(np.char.add(np.char.add(one.satellite, " "), one.pair), " ")
    names, which = np.unique(np.char.add(keys, day), return_inverse=True)
    parts = [name.split() for name in names]
    taken = [bias.satellite_bias(n, pair, 86400.0 * (int(day) + 0.5)) for n, pair, day in parts]
    values = np.array([value for value, _ in taken], dtype=np.float64)
    station.bias_days_off = max((off for _, off in taken), default=0.0)
    lacking: dict[str, set[str]] = {}
    used: dict[str, list[float]] = {}
    rows = np.bincount(which, minlength=names.size)
    counts: dict[str, int] = {}
    for (name, pair, _), value, count in zip(parts, values, rows, strict=True):
        if np.isfinite(value):
            used.setdefault(f"{name} {pair}", []).append(value)
        else:
            lacking.setdefault(pair, set()).add(name)
            counts[pair] = counts.get(pair, 0) + int(count)
    for pair, listed in lacking.items():
        reason = f"slants of satellites without a bias {pair}: {' '.join(sorted(listed))}"
        station.count(reason, counts[pair])
    means = {name: round(float(np.mean(found)), 4) for name, found in used.items()}
    return (values[which] if values.size else np.empty(0)), means


def _receiver_biases(
    table: pd.DataFrame, station: Station, bias: bias_files.Biases, options: Options
) -> tuple[dict[str, float], np.ndarray]:
    """Receiver bias in ns by unit, and by row of the table (NaN where none is known)."""
    way = options.receiver_bias
    by_row = None
    if not isinstance(way, str):
        found = receiver.by_number(table, way)
    elif way == "estimate":
        found = receiver.by_estimate(
            table, station.latitude, station.longitude, options.plasmasphere_share
        )
        found = _not_negative(table, found, station, options)
    elif way == "map":
        field = global_maps.vertical(
            global_maps.read(options.maps),
            gps_time.to_utc(table["time"].to_numpy()),
            table["pierce_latitude"].to_numpy(),
            table["pierce_longitude"].to_numpy(),
        )
        found = receiver.by_map(table, field, options.elevation_cut_deg)
    else:
        found, by_row = _listed_biases(table, station, bias)
    if not found:
        what = "the maps have no TEC here" if way == "map" else f"in {' '.join(bias.sources)}"
        raise ConfigError(f"no bias of the receiver {station.name} by {way}: {what}")
    return found, table["unit"].map(found).to_numpy() if by_row is None else by_row


def _listed_biases(
    table: pd.DataFrame, station: Station, bias: bias_files.Biases
) -> tuple[dict[str, float], np.ndarray]:
    """Receiver biases of the files: means in ns by unit, and by row, each of its own day.

    The mean over all satellites is zero in a file of CODE. When one of them is replaced, all
    other biases shift, and the receivers' against them: both have to be of one file.
    """
    by_row = np.full(len(table), np.nan)
    day = np.floor(table["time"] / 86400.0)
    for (unit, number), rows in table.groupby([table["unit"], day]).indices.items():
        system, pair = unit.split()[:2]
        middle = 86400.0 * (number + 0.5)
        by_row[rows], off = bias.receiver_bias(station.name, system, pair, middle)
        station.bias_days_off = max(station.bias_days_off, off)
    means = pd.Series(by_row).groupby(table["unit"].to_numpy()).mean().dropna().round(4)
    return {str(unit): float(value) for unit, value in means.items()}, by_row


def _not_negative(
    table: pd.DataFrame, found: dict[str, float], station: Station, options: Options
) -> dict[str, float]:
    """Raise estimated biases until no VTEC of the series is negative; TEC never is."""
    raised = 0.0
    for _ in range(20):
        part = table.assign(stec=table["stec"] + table["tecu_per_ns"] * table["unit"].map(found))
        part = part[part["elevation"] >= options.elevation_cut_deg]
        low = float(_series(part, options)["vtec"].min())
        if not low < -0.005:
            break
        gain = float((table["tecu_per_ns"] / table["mapping"]).median())
        found = {unit: value - low / gain for unit, value in found.items()}
        raised -= low / gain
    station.raised_ns = raised
    return found


def _series(table: pd.DataFrame, options: Options) -> xr.Dataset:
    """VTEC, spread and number of satellites at the times of the series."""
    vertical = (table["stec"] / table["mapping"]).to_numpy()
    weight = np.square(np.sin(np.radians(table["elevation"].to_numpy())))
    utc = gps_time.to_utc(table["time"].to_numpy()).astype(np.int64) / 1e6
    steps = utc / options.step_s
    slot = np.ceil(steps) if options.label == END else np.floor(steps + 0.5)
    slot = slot.astype(np.int64)
    first = slot.min()
    slot -= first
    count = int(slot.max()) + 1
    total = np.bincount(slot, weight, count)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(slot, weight * vertical, count) / total
        spread = np.sqrt(np.bincount(slot, weight * (vertical - mean[slot]) ** 2, count) / total)
    _, number = np.unique(table["satellite"].to_numpy(), return_inverse=True)
    pairs = np.unique(slot * (number.max() + 1) + number) // (number.max() + 1)
    satellites = np.bincount(pairs, minlength=count)
    few = satellites < options.fewest_satellites
    seconds = (np.arange(count) + first) * options.step_s
    time = np.round(seconds * 1e6).astype("datetime64[us]")
    tecu = {"units": "TECU"}
    return xr.Dataset(
        {
            "vtec": ("time", np.where(few, np.nan, mean), tecu | {"long_name": "vertical TEC"}),
            "spread": (
                "time",
                np.where(few, np.nan, spread),
                tecu | {"long_name": "standard deviation of the slants' vertical TEC"},
            ),
            "satellites": ("time", satellites.astype(np.int16)),
        },
        {"time": ("time", time)},
    )


def _slants(table: pd.DataFrame) -> xr.Dataset:
    """The slants of a table."""
    degrees = {"units": "degrees"}
    return xr.Dataset(
        {
            "slant_time": ("slant", gps_time.to_utc(table["time"].to_numpy())),
            "satellite": ("slant", table["satellite"].to_numpy(dtype="<U3")),
            "arc": ("slant", table["arc"].to_numpy(dtype=np.int32)),
            "stec": ("slant", table["stec"].to_numpy(), {"units": "TECU"}),
            "level_error": ("slant", table["level_error"].to_numpy(), {"units": "TECU"}),
            **{
                name: ("slant", table[name].to_numpy(), degrees)
                for name in ("elevation", "azimuth", "pierce_latitude", "pierce_longitude")
            },
        }
    )


def _attributes(station: Station, options: Options) -> dict[str, object]:
    """Attributes that tell of the station and the options."""
    return {
        "station": station.name,
        "systems": options.systems,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "height_m": station.height_m,
        "position_source": station.position_source,
        "label": options.label,
        "mapping": options.mapping,
        "shell_km": options.height_km,
        "elevation_cut_deg": options.elevation_cut_deg,
        "slips": station.slips,
        "receiver_bias_raised_ns": station.raised_ns,
        "left_out_json": json.dumps(station.left_out, sort_keys=True),
        "skipped_json": json.dumps(station.skipped, sort_keys=True),
    }


class _Callable(ModuleType):
    """A module that is also its one function; the package's `__init__` has to stay empty."""

    def __call__(
        self,
        observations: Paths | Observations | Iterable[Observations],
        orbits: Paths | orbit_files.Orbits,
        biases: Paths | bias_files.Biases,
        **options: object,
    ) -> xr.Dataset:
        return vtec(observations, orbits, biases, **options)


sys.modules[__name__].__class__ = _Callable

"""Observations of GNSS stations made one month of vertical TEC over each."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from laicflow.errors import ConfigError, FormatError, LaicflowError
from laicflow.files import strictest
from laicflow.gnss import biases as bias_files
from laicflow.gnss import gps_time, vtec, vtec_options
from laicflow.gnss import observations as rinex
from laicflow.gnss import orbits as orbit_files
from laicflow.progress import track

DAY_S = 86400
VARIABLES = {
    "vtec": ("float32", np.nan, {"units": "TECU", "long_name": "vertical TEC"}),
    "spread": (
        "float32",
        np.nan,
        {"units": "TECU", "long_name": "standard deviation of the slants' vertical TEC"},
    ),
    "satellites": ("int16", 0, {"long_name": "satellites behind a value"}),
}
PLACE = ("latitude", "longitude")
# What is said of a station that has a series.
KEPT = (
    "receiver_bias_ns",
    "receiver_bias_way",
    "receiver_bias_raised_ns",
    "bias_days_off",
    "position_source",
    "height_m",
    "slips",
)
LOOKS_AHEAD = (
    "The bias of a receiver is one for the month: by map or estimate it is fitted to all its days, "
    "later ones included, and files of biases and final orbits come out after their days. The "
    "level of an arc is that of its codes from its first to its last epoch, some hours later. "
)
LABELS = {
    vtec_options.END: "Of slants nothing later than the time of a value goes into it.",
    vtec_options.CENTRE: "Slants up to half a step later than the time of a value go into it.",
}


@dataclass
class Days:
    """The days of one station: what was read, and what was left out and why."""

    observations: list[rinex.Observations] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def seen(self) -> list[np.datetime64]:
        """The days that have observations; those of a file are of one day of GPS time."""
        middles = [float(np.median(one.time)) for one in self.observations if one.time.size]
        return [(gps_time.GPS_EPOCH + np.timedelta64(int(t), "s")).astype("M8[D]") for t in middles]


def month_of_stations(
    receipts: dict[str, dict], raw: Path, options: dict, maps: xr.Dataset | None = None
) -> xr.Dataset:
    """Vertical TEC over the stations of a partition, `step_s` apart over the days asked for (by the
    label `end` from one step after the first midnight to the one after the last day).

    - A station's days are read together: arcs go on over midnight, and the receiver has one bias
      in the month (each unit of receiver, antenna, system and pair of codes its own), found by the
      first of the ways in `receiver_bias` that can.
    - A day that is not there, cannot be read, is of another station or has no orbits is left out
      and counted; so is a station without any series.

    Parameters
    ----------
    receipts : what the fetching of `observations`, `orbits` and `biases` left
    raw : folder to which the receipts' paths are relative
    options : `receiver_bias` (list of ways) and options of `gnss.vtec`; `label` is `end` if not set
    maps : `tec` (time, latitude, longitude) in TECU, for the way `map`

    Returns
    -------
    Dataset with `vtec`, `spread` (TECU) and `satellites` (time, station), `latitude` and
    `longitude` of the stations (degrees); attributes `stations_json` (of each the receiver's bias
    in ns and the way to it, days, what was left out), `stations_missing_json` (station and why),
    `options_json`, `step_s`, `label`, `looks_ahead` (what of a value was not known at its time),
    `source`, `partition`, `citation`, `licence`.

    Raises
    ------
    ConfigError : steps that do not part a day, or ways that want maps and none are given
    FormatError : a file of orbits or biases is broken
    """
    own, ways = _checked(options, maps)
    observed, step = receipts["observations"], int(own["step_s"])
    orbits = orbit_files.read(_paths(receipts["orbits"], raw)) if _any(receipts["orbits"]) else None
    biases = bias_files.read(_paths(receipts["biases"], raw))
    made, facts, missing = {}, {}, {}
    files = _by_station(observed)
    for code, entries in track(files.items(), f"{observed['source']} {observed['partition']}"):
        days = _read(code, entries, raw, own)
        try:
            one = _with_bias(days.observations, orbits, biases, ways, own, maps)
        except LaicflowError as error:
            missing[code] = _told(error, days)
            continue
        made[code] = _on_grid(one, days, observed, step)
        facts[code] = _facts(one, days, made[code])
    told = {"stations_json": facts, "stations_missing_json": missing, "options_json": options}
    joined = _joined(made, _times(observed, step, own["label"]))
    return joined.assign_attrs(_attributes(receipts, own, told, maps))


def _checked(options: dict, maps: xr.Dataset | None) -> tuple[dict, list[str]]:
    """Options of `vtec`, and the ways to biases; what cannot be is no fault of any station.

    Raises
    ------
    ConfigError : as `month_of_stations`
    """
    own = {"label": vtec_options.END, **options}
    ways, step = own.pop("receiver_bias"), int(own["step_s"])
    if DAY_S % step:
        raise ConfigError(f"stations.step_s is {step}; it must part a day of {DAY_S} s")
    if "map" in ways and maps is None:
        raise ConfigError("stations.receiver_bias: the way map wants maps, and none are given")
    vtec_options.Options(**own)
    return own, ways


def _attributes(
    receipts: dict[str, dict], options: dict, told: dict[str, dict], maps: xr.Dataset | None
) -> dict:
    """The attributes of a month; maps are cited where a bias was fitted to them."""
    if any(one["receiver_bias_way"] == "map" for one in told["stations_json"].values()):
        receipts = receipts | {"maps": maps.attrs}
    observed = receipts["observations"]
    return {
        "source": observed["source"],
        "partition": observed["partition"],
        "step_s": int(options["step_s"]),
        "label": options["label"],
        "looks_ahead": LOOKS_AHEAD + LABELS[options["label"]],
        **{name: json.dumps(facts, sort_keys=True) for name, facts in told.items()},
        "citation": "; ".join(dict.fromkeys(one["citation"] for one in receipts.values())),
        "licence": strictest(one["licence"] for one in receipts.values()),
    }


def _paths(receipt: dict, raw: Path) -> list[Path]:
    """The files of a receipt."""
    return [Path(raw) / file["path"] for file in receipt["files"]]


def _any(receipt: dict) -> bool:
    """Whether a receipt has files."""
    return bool(receipt["files"])


def _by_station(receipt: dict) -> dict[str, list[dict]]:
    """What was asked for by station, files and missing ones, in the order of the days."""
    found: dict[str, list[dict]] = {}
    for entry in (*receipt["files"], *receipt["missing"]):
        found.setdefault(entry["observatory"], []).append(entry)
    return {code: sorted(own, key=lambda one: one["day"]) for code, own in sorted(found.items())}


def _read(code: str, entries: list[dict], raw: Path, options: dict) -> Days:
    """The days of a station; of another one, or unreadable, is left out with its reason."""
    days = Days()
    for entry in entries:
        if "path" not in entry:
            days.missing[entry["day"]] = entry["why"]
            continue
        path = Path(raw) / entry["path"]
        try:
            one = rinex.read(path, systems=options.get("systems", "G"))
            marker = one.header.marker[:4].upper()
            if marker != code:
                raise FormatError(path.name, None, f"the station {code}", marker or "none")
        except FormatError as error:
            days.skipped[entry["day"]] = str(error).replace(str(path), path.name)
            continue
        days.observations.append(one)
    return days


def _with_bias(
    days: list[rinex.Observations],
    orbits: orbit_files.Orbits | None,
    biases: bias_files.Biases,
    ways: list[str],
    options: dict,
    maps: xr.Dataset | None,
) -> xr.Dataset:
    """The series of a station by the first way to its receiver's bias that can be gone.

    Raises
    ------
    ConfigError : none of them can; the reasons of all
    FormatError : no day can be used, or there are no orbits
    """
    if orbits is None:
        raise FormatError("orbits", None, "a file of orbits", "none")
    if not days:
        raise FormatError("observations", None, "a day that can be used", "none")
    said = []
    for way in ways:
        given = {"maps": maps} if way == "map" else {}
        try:
            return vtec(days, orbits, biases, receiver_bias=way, **given, **options)
        except ConfigError as error:
            said.append(str(error))
    raise ConfigError("; ".join(said))


def _on_grid(one: xr.Dataset, days: Days, receipt: dict, step: int) -> xr.Dataset:
    """A series at every step of the days asked for, those without observations left out.

    A file reaches some seconds into the day before, and a step about midnight into both days.
    """
    times = _times(receipt, step, one.attrs["label"])
    fills = {name: fill for name, (_, fill, _) in VARIABLES.items()}
    own = one[list(VARIABLES)].reindex(time=times, fill_value=fills)
    seen = np.isin(_days(times, one.attrs["label"]), np.array(days.seen(), dtype="datetime64[D]"))
    own = xr.Dataset(
        {name: own[name].where(seen, fill) for name, fill in fills.items()}, own.coords
    )
    return own.assign_attrs({key: one.attrs[key] for key in (*PLACE, "label")})


def _days(times: np.ndarray, label: str) -> np.ndarray:
    """The day to which each time of a series belongs; midnight ends a day by the label `end`."""
    shift = np.timedelta64(1 if label == vtec_options.END else 0, "us")
    return (times.astype("datetime64[us]") - shift).astype("datetime64[D]")


def _times(receipt: dict, step: int, label: str) -> np.ndarray:
    """The times of the steps of the days asked for."""
    first = dt.date.fromisoformat(receipt["start"])
    last = dt.date.fromisoformat(receipt["end"]) + dt.timedelta(days=1)
    times = np.arange(
        np.datetime64(first, "us"), np.datetime64(last, "us"), np.timedelta64(step, "s")
    )
    return times + np.timedelta64(step if label == vtec_options.END else 0, "s")


def _facts(one: xr.Dataset, days: Days, series: xr.Dataset) -> dict:
    """What is said of a station."""
    known = np.isfinite(series["vtec"].values)
    by_day = _days(series["time"].values, series.attrs["label"])
    with_values = set(np.unique(by_day[known]).astype(str).tolist())
    skipped = days.skipped | json.loads(one.attrs["skipped_json"])
    return {
        **{name: _plain(one.attrs[name]) for name in KEPT},
        "receiver_biases_ns": json.loads(one.attrs["receiver_biases_json"]),
        "days_asked": len(days.missing) + len(days.skipped) + len(days.observations),
        "days_with_values": len(with_values),
        "values": int(known.sum()),
        "missing": days.missing,
        "skipped": skipped,
        "left_out": json.loads(one.attrs["left_out_json"]),
    }


def _plain(value: object) -> object:
    """A number or a text that JSON can take."""
    return value if isinstance(value, str) else float(value)


def _told(error: LaicflowError, days: Days) -> str:
    """Why a station has no series, with what became of its days."""
    counts = [
        f"{len(found)} days {what}"
        for what, found in (("missing", days.missing), ("left out", days.skipped))
        if found
    ]
    reasons = list(dict.fromkeys(days.skipped.values()))[:3]
    return "; ".join([str(error), *counts, *reasons])


def _joined(made: dict[str, xr.Dataset], times: np.ndarray) -> xr.Dataset:
    """The stations beside each other."""
    shape = (times.size, len(made))
    variables = {}
    for name, (kind, fill, attributes) in VARIABLES.items():
        values = np.full(shape, fill, dtype=kind)
        for column, one in enumerate(made.values()):
            values[:, column] = one[name].values
        variables[name] = (("time", "station"), values, attributes)
    coords: dict = {"time": times, "station": np.array(list(made), dtype=str)}
    for axis in PLACE:
        values = np.array([one.attrs[axis] for one in made.values()], dtype=np.float64)
        coords[axis] = ("station", values, {"units": "degrees"})
    return xr.Dataset(variables, coords)

"""A planted precursor in real samples of Langmuir probes: Ne, and Te if asked, of known change.

Around the epicentre of an earthquake, in the days before it, Ne is multiplied by
1 + amplitude * form, and Te by 1 + te_amplitude * form. The form is that of simulated worlds
(`laicflow.simulate.probe_precursor`): 1 up to 0.6 of the radius and from there a cosine to 0 at the
radius, with a wavelength times a wave of random phase that runs out from the epicentre. A sample
belongs to one earthquake: of several, to the largest. Which values change depends on the table of
events, the time and the place alone, never on the file or the month that is asked for: an
earthquake of the next month changes the last samples of this one.

Values are not rounded to the digits of the file, as in `laicflow.inject.minutes`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.catalogs.decluster import decluster
from laicflow.catalogs.merge import select
from laicflow.clean.probes import half_orbits
from laicflow.errors import ConfigError
from laicflow.geo import EARTH_RADIUS_KM
from laicflow.simulate import probe_precursor
from laicflow.simulate.options import merge

# Every option, with its default.
DEFAULTS: dict = {
    # Relative change of Ne, -0.9 to 10, and of Te. 0 and 0 plant nothing.
    "amplitude": 0.0,
    "te_amplitude": 0.0,
    # Around the epicentre: `dobrovolsky`, 10^(0.43 M) km, or a number of `unit`: km or degrees of a
    # great circle.
    "radius": "dobrovolsky",
    "unit": "km",
    # From the first to the second, days before the event.
    "lead_days": [15.0, 0.0],
    "magnitude_min": 4.8,
    # Of a wave that runs out from the epicentre, km; 0 for one change of level.
    "wavelength_km": 0.0,
}
UNITS = {"km": 1.0, "degrees": float(np.radians(1.0)) * EARTH_RADIUS_KM}
# What stays of a cluster of earthquakes.
STAY = ("mainshock", "independent")

# Gives the planted table, and how many samples of it each event has changed.
Plant = Callable[[pd.DataFrame], tuple[pd.DataFrame, dict[str, int]]]


def complete(options: dict | None, name: str = "inject") -> dict:
    """`DEFAULTS` with `options` laid over them.

    Raises
    ------
    ConfigError : an option has no default, hence no meaning, or a value cannot be
    """
    merged = merge(DEFAULTS, options or {}, name)
    if merged["unit"] not in UNITS:
        raise ConfigError(f"{name}.unit is {merged['unit']!r}, neither km nor degrees")
    probe_precursor.check(_of_world(merged), name)
    # Te by the same limits as Ne.
    te = {**_of_world(merged), "amplitude": merged["te_amplitude"]}
    try:
        probe_precursor.check(te, name)
    except ConfigError:
        raise ConfigError(
            f"{name}.te_amplitude is {merged['te_amplitude']!r}; a relative change must lie "
            "between -0.9 and 10"
        ) from None
    return merged


def mainshocks(catalog: pd.DataFrame, counted: dict, aftershocks: dict) -> pd.DataFrame:
    """The earthquakes of a study that are no aftershocks, those of its labels.

    Parameters
    ----------
    catalog : table `events`
    counted : `catalog` of the study, which earthquakes count
    aftershocks : `aftershocks` of the study: method, and options of the methods by name

    Returns
    -------
    Their rows of the catalog, by time.
    """
    own = select(catalog, counted).sort_values("time", ignore_index=True)
    method = aftershocks["method"]
    roles = decluster(own, method, **aftershocks["options"].get(method, {}))["role"]
    return own[np.isin(roles.to_numpy(), STAY)].reset_index(drop=True)


def planter(events: pd.DataFrame, options: dict | None, seed: int) -> Plant:
    """What changes the samples of a month.

    Parameters
    ----------
    events : the earthquakes that have a precursor, of all months: `event_id`, `time`, `latitude`,
        `longitude`, `magnitude`
    options : what differs from `DEFAULTS`
    seed : of the phases of the waves

    Returns
    -------
    A function of a table of probes (`time`, `latitude`, `longitude`, `ne`, `te`, `satellite`,
    `orbit`, `direction`; half-orbit by half-orbit as `clean.probes.month_of_probes` gives it) that
    gives the same table with other `ne` and `te`, all else as it was, NaN where it was NaN; and the
    number of samples of which a value was multiplied, by event.

    Raises
    ------
    ConfigError : an option cannot be; the table lacks a column, or an event its time, place or
        magnitude. The function: times of a half-orbit that do not ascend
    """
    options = complete(options)
    zones = _zones(events, options, seed)
    names = zones["event_id"].tolist()

    def plant(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
        # The form alone: both amplitudes are put on it here.
        field = probe_precursor.Disturbance(zones, {**_of_world(options), "amplitude": 1.0})
        form = _form(field, table, _changed(table, options))
        made = table.copy()
        for column, amplitude in (("ne", "amplitude"), ("te", "te_amplitude")):
            _multiply(made, column, 1 + options[amplitude] * form)
        counts = {names[number]: n for (_, number), n in sorted(field.touched.items()) if n}
        return made, counts

    return plant


def _of_world(options: dict) -> dict:
    """The options as `probe_precursor` names them."""
    own = {name: options[name] for name in probe_precursor.DEFAULTS}
    radius = own["radius"]
    if isinstance(radius, (int, float)) and not isinstance(radius, bool):
        own["radius"] = radius * UNITS[options["unit"]]
    return own


def _zones(events: pd.DataFrame, options: dict, seed: int) -> pd.DataFrame:
    """Where and when there is a change, the largest earthquake first; `number` is the row."""
    lacking = sorted({"event_id", "time", "latitude", "longitude", "magnitude"} - set(events))
    if lacking:
        raise ConfigError(f"inject: the table of events has no {', '.join(lacking)}")
    numbered = events.reset_index(drop=True).assign(number=range(len(events)))
    # Any amplitude but 0, of which nothing would be planned.
    planned = probe_precursor.plan(numbered, {**_of_world(options), "amplitude": 1.0}, seed)
    zones = planned.zones
    names = events["event_id"].to_numpy()[zones["number"].to_numpy(dtype=int)]
    # Named by the event: one more in the catalog leaves the phases of the others as they are. And a
    # wave of the simulated world is another one, whatever its seed.
    phases = [
        seeds.generator("inject", seed, "probes", str(name)).uniform(0, 2 * np.pi) for name in names
    ]
    return zones.assign(number=range(len(zones)), event_id=names.astype(str), phase=phases)


def _changed(table: pd.DataFrame, options: dict) -> np.ndarray:
    """Samples that have a value that is to change."""
    has = np.zeros(len(table), dtype=bool)
    for column, amplitude in (("ne", "amplitude"), ("te", "te_amplitude")):
        if options[amplitude]:
            has |= np.isfinite(table[column].to_numpy(dtype="float64"))
    return has


def _form(field: probe_precursor.Disturbance, table: pd.DataFrame, has: np.ndarray) -> np.ndarray:
    """The form at every sample, 0 where nothing changes; `field` counts."""
    form = np.zeros(len(table))
    times = table["time"].to_numpy().astype("datetime64[us]")
    latitude, longitude = (table[name].to_numpy("float64") for name in ("latitude", "longitude"))
    edges = [*half_orbits(table), len(table)]
    for first, stop in zip(edges, edges[1:], strict=False):
        at = first + np.flatnonzero(has[first:stop])
        if not at.size:
            continue
        if (np.diff(times[at]) < np.timedelta64(0)).any():
            raise ConfigError(f"inject: times do not ascend in the half-orbit from {times[first]}")
        form[at] = field.change("", times[at], latitude[at], longitude[at])
    return form


def _multiply(table: pd.DataFrame, column: str, factor: np.ndarray) -> None:
    """Multiply a column, in place and in its own type; where the factor is 1 nothing is touched."""
    values = table[column].to_numpy(copy=True)
    at = np.flatnonzero(factor != 1)
    values[at] = (values[at].astype("float64") * factor[at]).astype(values.dtype)
    table[column] = values

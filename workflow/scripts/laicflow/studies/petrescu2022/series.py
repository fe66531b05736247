"""Minutes of observatories joined over the months of the store, filtered or as they are."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.clean import baselines
from laicflow.errors import ConfigError, LaicflowError
from laicflow.progress import track
from laicflow.readers.geomagnetic import STATES
from laicflow.store import read_netcdf
from laicflow.tensors import filters

COMPONENTS = ("X", "Y", "Z")
# Headers round the place of an observatory differently; two observatories are further apart.
SAME_PLACE = 0.5
_MINUTE = np.timedelta64(1, "m")


@dataclass
class Site:
    """A site as the settings have it, and what the store has of it.

    `begin` and `end` (exclusive) are its own minutes, counted from the start of the period;
    `breaks` those at which another level begins; `levels` says where each file begins and whether
    its level is absolute, `without_level` counts minutes left out because theirs is not; `ends`
    has the end and delta F (nT or None) at both ends of the month that begins at a minute.
    """

    name: str
    latitude: float
    longitude: float
    begin: int
    end: int
    source: str = ""
    jumps: dict[int, dict] = field(default_factory=dict)
    breaks: set[int] = field(default_factory=set)
    levels: dict[int, int] = field(default_factory=dict)
    ends: dict[int, tuple] = field(default_factory=dict)
    without_level: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def iaga(self) -> str:
        """The code under which the store has it."""
        return self.name.upper()

    @property
    def absolute(self) -> int:
        """1 where all its values have their absolute level."""
        return min(self.levels.values(), default=1)


def period(study: dict) -> tuple[np.datetime64, int]:
    """The first minute of the study's period (datetime64[us]) and its number of minutes."""
    first, last = (np.datetime64(study["period"][key], "D") for key in ("start", "end"))
    days = int((last - first) / np.timedelta64(1, "D")) + 1
    if days < 1:
        raise ConfigError(f"period: {first} to {last} holds no day")
    return first.astype("datetime64[us]"), days * 1440


def sites_of(table: pd.DataFrame, study: dict) -> list[Site]:
    """The sites of a table with their own first and last day (both included), where they have any.

    Raises
    ------
    ConfigError : two sites of one IAGA code
    """
    first, size = period(study)
    points = {point["site"]: point for point in study["sites"].get("points", [])}
    sites = []
    for row in table.itertuples():
        own = points.get(row.site, {})
        begin, end = 0, size
        if own.get("start"):
            begin = _minutes(np.datetime64(own["start"], "D"), first)
        if own.get("end"):
            end = _minutes(np.datetime64(own["end"], "D") + np.timedelta64(1, "D"), first)
        begin, end = max(begin, 0), min(end, size)
        sites.append(Site(row.site, row.latitude, row.longitude, begin, max(begin, end)))
    codes = [site.iaga for site in sites]
    if len(set(codes)) < len(codes):
        raise ConfigError(f"sites: an IAGA code stands twice among {', '.join(codes)}")
    return sites


def _minutes(time: np.datetime64, first: np.datetime64) -> int:
    """Minutes from `first` to `time`."""
    return int((time - first) // _MINUTE)


def choose_sources(paths: list[str | Path], sites: list[Site], study: dict) -> dict[str, dict]:
    """Say for each site from which source it comes; the attributes of the files, by path.

    A site that one source alone has comes from there. Where several have it, the source of its
    `role` (minutes where it names none) in the study's `data` is taken. Beside a file's own
    attributes stand the codes of its `observatories`.

    Raises
    ------
    ConfigError : several sources have a site, and that of its role is none of them
    """
    roles = {p["site"]: p.get("role", "minutes") for p in study["sites"].get("points", [])}
    found: dict[str, set[str]] = {}
    files = {}
    for path in paths:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as content:
            codes = content["observatory"].values.tolist()
            files[str(path)] = {**content.attrs, "observatories": codes}
        for code in codes:
            found.setdefault(code, set()).add(files[str(path)]["source"])
    for site in sites:
        having = found.get(site.iaga, set())
        if len(having) == 1:
            site.source = next(iter(having))
        elif having:
            role = roles.get(site.name, "minutes")
            site.source = study["data"].get(role, "")
            if site.source not in having:
                raise ConfigError(
                    f"site {site.name}: {' and '.join(sorted(having))} have it, and its role "
                    f"{role} means {site.source or 'no source'}"
                )
    return files


def join(
    files: dict[str, dict], sites: list[Site], study: dict, needs_level: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The minutes of the sites over the period.

    Month by month, so that one file at a time is in memory. Jumps and levels of each site are
    written into `sites`. Where two months do not meet at one level (`baselines.ends`), the hours
    about the meeting are left out.

    Parameters
    ----------
    files : as `choose_sources` has them
    needs_level : values without absolute level are left out and counted

    Returns
    -------
    X, Y, Z (site, 3, minute), float32 nT, NaN where there is none; their publication state as a
    number in `geomagnetic.STATES` (site, minute), int8, -1 where there is none

    Raises
    ------
    ConfigError : the observatory of a file stands more than half a degree from the site
    LaicflowError : a file whose minutes have holes, whose values are infinite, or that has
        another value than an earlier one at the same minute
    """
    first, size = period(study)
    values = np.full((len(sites), len(COMPONENTS), size), np.nan, dtype="float32")
    states = np.full((len(sites), size), -1, dtype="int8")
    for path, told in track(files.items(), "joining minutes", len(files)):
        codes = told["observatories"]
        wanted = [k for k, s in enumerate(sites) if s.source == told["source"] and s.iaga in codes]
        if not wanted:
            continue
        month = read_netcdf(path)
        since = _minutes(_start(month, path), first)
        for number in wanted:
            site, one = sites[number], month.isel(observatory=codes.index(sites[number].iaga))
            _check_place(site, one, path)
            site.ends[since] = (since + one.sizes["time"], *_delta_f(told, site.iaga))
            part = slice(max(since, site.begin), min(since + one.sizes["time"], site.end))
            if part.start < part.stop:
                one = one.isel(time=slice(part.start - since, part.stop - since))
                if _note(site, one, told, part.start, first, needs_level):
                    _add(values[number, :, part], one, site.iaga, path)
                    _add_states(states[number, part], one, told)
    for site, own in zip(sites, values, strict=True):
        _break_at_levels(site)
        _leave_jumps_between(site, own, first)
    return values, states


def _start(month: xr.Dataset, path: str | Path) -> np.datetime64:
    """The first minute of a file, once its minutes follow one another."""
    times = month["time"].values.astype("datetime64[us]")
    if (np.diff(times) != _MINUTE).any() or times[0] != times[0].astype("datetime64[m]"):
        raise LaicflowError(f"{path}: expected every minute from {times[0]} to {times[-1]}")
    return times[0]


def _check_place(site: Site, one: xr.Dataset, path: str | Path) -> None:
    """Refuse an observatory that is not where the settings have the site."""
    latitude, longitude = float(one["latitude"]), float(one["longitude"])
    north = abs(latitude - site.latitude)
    east = abs((longitude - site.longitude + 180) % 360 - 180)
    if not max(north, east * math.cos(math.radians(site.latitude))) <= SAME_PLACE:
        raise ConfigError(
            f"site {site.name}: set to {site.latitude:g} N {site.longitude:g} E, but {path} has "
            f"it at {latitude:g} N {longitude:g} E, more than {SAME_PLACE} degree away"
        )


def _note(
    site: Site, one: xr.Dataset, told: dict, begin: int, first: np.datetime64, needs_level: bool
) -> bool:
    """Keep what a file says of a site, and say whether its values may be taken."""
    end = begin + one.sizes["time"]
    for jump in json.loads(told.get("jumps", "{}")).get(site.iaga, []):
        at = _minutes(np.datetime64(jump["time"], "us"), first)
        if begin <= at < end:
            site.jumps[at] = jump
            site.breaks.add(at)
    absolute = int(one["absolute"])
    site.levels[begin] = min(absolute, site.levels.get(begin, 1))
    if needs_level and not absolute:
        there = [np.isfinite(one[name].values) for name in COMPONENTS]
        site.without_level += int(np.logical_or.reduce(there).sum())
    return bool(absolute or not needs_level)


def _add(kept: np.ndarray, one: xr.Dataset, iaga: str, path: str | Path) -> None:
    """Write the values of a file into (3, minute) `kept`."""
    new = np.stack([one[name].values for name in COMPONENTS]).astype("float32")
    if np.isinf(new).any():
        raise LaicflowError(f"{path}: infinite values at {iaga}")
    differs = ~np.isnan(kept) & ~np.isnan(new) & (kept != new)
    if differs.any():
        component, minute = np.argwhere(differs)[0]
        raise LaicflowError(
            f"{path}: {COMPONENTS[component]} of {iaga} at {one['time'].values[minute]} is "
            f"{new[component, minute]} nT, but an earlier file has {kept[component, minute]} nT"
        )
    np.copyto(kept, new, where=np.isnan(kept))


def _add_states(kept: np.ndarray, one: xr.Dataset, told: dict) -> None:
    """Write the publication states of a file into (minute) `kept`, where there is none yet."""
    # One more: of -1, which means that there is none.
    number = np.array([*map(STATES.index, json.loads(told["states"])), -1], dtype="int8")
    np.copyto(kept, number[one["state"].values], where=kept < 0)


def _break_at_levels(site: Site) -> None:
    """Break where months with and without absolute level meet: the level need not go on."""
    months = sorted(site.levels)
    for before, after in zip(months, months[1:], strict=False):
        if site.levels[before] != site.levels[after]:
            site.breaks.add(after)


def _delta_f(told: dict, iaga: str) -> list[float | None]:
    """Delta F of a month in its first and its last hours, None where it is not known."""
    return json.loads(told.get("delta_f", "{}")).get(iaga) or [None, None]


def _leave_jumps_between(site: Site, values: np.ndarray, first: np.datetime64) -> None:
    """Leave out the hours about the start of a month that begins at another level, and tell it.

    Within a month a jump is known by its minute, but not in its first and last hours.
    """
    for end, _, before in list(site.ends.values()):
        after = site.ends[end][1] if end in site.ends else None
        if before is None or after is None or abs(after - before) < baselines.LEAST_NT:
            continue
        reach = baselines.LEAST_HOURS * 60
        if site.begin < end + reach and end - reach < site.end:
            values[:, max(0, end - reach) : max(0, end + reach)] = np.nan
            time = str((first + end * _MINUTE).astype("datetime64[m]"))
            site.jumps[end] = {"time": time, "size_nt": round(after - before, 2)}
            site.breaks.add(end)


def filter_sites(
    values: np.ndarray, sites: list[Site], own: filters.Filter, max_gap_minutes: int
) -> np.ndarray:
    """Filter (site, 3, minute) values in place, and say which minutes were filled: (site, minute).

    A minute counts as filled where one component was. Outside of a site's own days nothing is.
    """
    filled = np.zeros((len(values), values.shape[-1]), dtype=bool)
    for number, component in track(list(np.ndindex(values.shape[:2])), "filtering"):
        site = sites[number]
        part = slice(site.begin, site.end)
        made, gaps = filters.apply(
            own,
            values[number, component, part],
            max_gap_minutes=max_gap_minutes,
            breaks=tuple(at - site.begin for at in site.breaks),
        )
        values[number, component, part] = made
        filled[number, part] |= gaps
    return filled

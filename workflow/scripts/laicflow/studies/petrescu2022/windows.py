"""Windows of the geomagnetic field before an instant, cut out of continuous minutes.

Weeks at hourly steps share all but an hour, so the tensor file holds the minutes once, filtered or
as they are, and `cut` and `batches` slice it. A window is named `<site>/<end>` and shows the
minutes before its end.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import ConfigError, LaicflowError
from laicflow.readers.geomagnetic import STATES
from laicflow.studies.petrescu2022 import series
from laicflow.studies.petrescu2022.series import COMPONENTS
from laicflow.tensors import filters

NORMALISE = ("zmax", "none")
# Sites whose minutes `batches` holds at once: 15 years of one are 95 MB.
_HELD = 4


def prepare(
    paths: list[str | Path], sites: pd.DataFrame, study: dict, preparation: str | None = None
) -> xr.Dataset:
    """Continuous minutes of all sites over the study's period, filtered or as they are.

    Without absolute level |Z| is no measure of the field, so values without it are left out (and
    counted) where the level stays in: unfiltered and low-passed. A high-pass takes it out.

    Parameters
    ----------
    paths : month files of the store, of any sources, in any order
    sites : table `sites`
    study : settings of the study: period, sites, data, window.max_gap_minutes, and either
        `preparations` or `preparation`, the settings of one
    preparation : name of one of `preparations`; by default `preparation` is taken

    Returns
    -------
    Dataset of `field` (site, component, time), float32 nT, NaN where no window may look; `filled`
    (site, time), int8: 1 where a component had no value and got one ahead of a filter; `state`
    (site, time), int8: number in attribute states (JSON), -1 where there is none; latitude,
    longitude by site. Attributes: preparation, filter (none, highpass, lowpass), two_sided,
    settle_minutes, with a filter also corner_per_minute, corner_period_minutes and order; by
    site, in JSON: jumps (`time` of the first minute at another level), absolute, sources,
    minutes_by_state, counts (minutes; `missing` in some component, those left out included);
    source, citation.

    Raises
    ------
    ConfigError, LaicflowError : as `series.join` and `filters.from_settings`
    """
    settings = study["preparations"][preparation] if preparation else study["preparation"]
    own = filters.from_settings(settings, f"preparation {preparation or ''}".strip())
    found = series.sites_of(sites, study)
    files = series.choose_sources(paths, found, study)
    values, states = series.join(files, found, study, own is None or own.kind == "lowpass")
    missing = [np.isnan(one).any(axis=0) for one in values]
    filled = np.zeros((len(found), values.shape[-1]), dtype=bool)
    if own is not None:
        filled = series.filter_sites(values, found, own, study["window"]["max_gap_minutes"])
    for site, gone, field, made in zip(found, missing, values, filled, strict=True):
        site.counts = _counts(site, gone, field, made)
    result = _dataset(values, filled, states, found, series.period(study)[0])
    by_state = {site.name: _by_state(one) for site, one in zip(found, states, strict=True)}
    facts = {"preparation": preparation or "", "minutes_by_state": json.dumps(by_state)}
    return result.assign_attrs(facts | _facts(own, found, files))


def _counts(
    site: series.Site, missing: np.ndarray, field: np.ndarray, filled: np.ndarray
) -> dict[str, int]:
    """What became of the minutes of a site."""
    return {
        "minutes": site.end - site.begin,
        "missing": int(missing[site.begin : site.end].sum()),
        "without_absolute_level": site.without_level,
        "filled": int(filled.sum()),
        "lost_to_settling": int((np.isnan(field).any(axis=0) & ~missing).sum()),
    }


def _dataset(
    values: np.ndarray,
    filled: np.ndarray,
    states: np.ndarray,
    sites: list[series.Site],
    first: np.datetime64,
) -> xr.Dataset:
    """The Dataset of `prepare`, without attributes."""
    field = {"units": "nT", "long_name": "geomagnetic field to north, to east and down"}
    mark = {"long_name": "1 where a missing minute was filled ahead of a filter"}
    state = {"long_name": "publication state"}
    return xr.Dataset(
        {
            "field": (("site", "component", "time"), values, field),
            "filled": (("site", "time"), filled.view("int8"), mark),
            "state": (("site", "time"), states, state),
        },
        coords={
            "site": np.array([site.name for site in sites], dtype=object),
            "component": np.array(COMPONENTS, dtype=object),
            "time": first + np.arange(values.shape[-1]) * np.timedelta64(1, "m"),
            "latitude": ("site", [site.latitude for site in sites]),
            "longitude": ("site", [site.longitude for site in sites]),
        },
    )


def _by_state(states: np.ndarray) -> dict[str, int]:
    """How many minutes have which publication state."""
    counts = np.bincount(states[states >= 0], minlength=len(STATES)).tolist()
    return {_named(k): count for k, count in enumerate(counts) if count}


def _named(number: int) -> str:
    """A publication state by its number."""
    return STATES[number] or "unknown"


def _facts(own: filters.Filter | None, sites: list[series.Site], files: dict[str, dict]) -> dict:
    """What the report says about the data behind the windows."""
    facts = {"filter": "none", "two_sided": 0, "settle_minutes": 0}
    if own is not None:
        facts |= {
            "filter": own.kind,
            "two_sided": int(own.two_sided),
            "settle_minutes": filters.settle_minutes(own),
            "settled_share": filters.SETTLED,
            "corner_per_minute": own.corner,
            "corner_period_minutes": own.period_minutes,
            "order": own.order,
        }
    used = {site.source for site in sites}
    told = [one for one in files.values() if one["source"] in used]
    by_site = {
        "jumps": lambda site: [site.jumps[at] for at in sorted(site.jumps)],
        "absolute": lambda site: site.absolute,
        "sources": lambda site: site.source,
        "counts": lambda site: site.counts,
    }
    facts |= {key: json.dumps({s.name: of(s) for s in sites}) for key, of in by_site.items()}
    return facts | {
        "states": json.dumps(STATES),
        "source": ", ".join(sorted(used - {""})),
        "citation": "; ".join(sorted({one["citation"] for one in told})),
    }


def said(tensors: xr.Dataset) -> list[str]:
    """What a log should say of tensors."""
    sources = json.loads(tensors.attrs["sources"])
    lines = []
    for site, own in json.loads(tensors.attrs["counts"]).items():
        counts = ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in own.items())
        lines.append(f"{site} ({sources[site] or 'in no source'}): {counts}")
    return lines


@dataclass(frozen=True)
class _Rules:
    """How windows are cut, from the settings and what the tensors are."""

    minutes: int
    gap: int
    normalise: str

    @classmethod
    def of(cls, tensors: xr.Dataset, study: dict) -> _Rules:
        """Gaps are filled where no filter has done so."""
        own = study["window"]
        if own["normalise"] not in NORMALISE:
            raise ConfigError(
                f"window.normalise: expected one of {', '.join(NORMALISE)}, "
                f"found {own['normalise']!r}"
            )
        gap = own["max_gap_minutes"] if tensors.attrs["filter"] == "none" else 1
        return cls(own["minutes"], max(1, min(gap, own["minutes"])), own["normalise"])


def usable(tensors: xr.Dataset, study: dict) -> np.ndarray:
    """Whether the window that ends before each minute can be cut, (site, time + 1) bool.

    It lies in the data, and inside it (whatever lies beyond its edges) no component is missing
    for `max_gap_minutes` on end (after a filter: for a minute), no other level begins, and Z is
    not zero throughout where it normalises.
    """
    rules, size = _Rules.of(tensors, study), tensors.sizes["time"]
    result = np.zeros((tensors.sizes["site"], size + 1), dtype=bool)
    if size < rules.minutes:
        return result
    for number, jumps in enumerate(_jumps(tensors)):
        field = _minutes_of(tensors, number)
        # Places at which a gap becomes too long, and up to which it lies in the window.
        long = np.zeros(size, dtype=bool)
        for values in field:
            missing = _counted(np.isnan(values))
            long[rules.gap - 1 :] |= missing[rules.gap :] - missing[: -rules.gap] == rules.gap
        fine = _inside(long, rules.minutes, rules.gap - 1) == 0
        fine &= _inside(np.isinf(field).any(axis=0), rules.minutes) == 0
        if rules.normalise == "zmax":
            z = field[COMPONENTS.index("Z")]
            fine &= _inside((z != 0) & np.isfinite(z), rules.minutes) > 0
        result[number, rules.minutes :] = fine
        for at in jumps:
            result[number, max(0, at + 1) : max(0, at + rules.minutes)] = False
    return result


def _counted(mask: np.ndarray) -> np.ndarray:
    """How many are True before each place, one more than `mask` has."""
    counts = np.zeros(len(mask) + 1, dtype="int32")
    np.cumsum(mask, out=counts[1:])
    return counts


def _inside(mask: np.ndarray, minutes: int, skipped: int = 0) -> np.ndarray:
    """How many are True in each window of `minutes`, its first `skipped` left out."""
    counts = _counted(mask)
    return counts[minutes:] - counts[skipped : len(counts) - minutes + skipped]


def _minutes_of(tensors: xr.Dataset, site: int) -> np.ndarray:
    """(component, time) of a site; a copy where the file is still to be read."""
    return tensors["field"].isel(site=site).values


def _jumps(tensors: xr.Dataset) -> list[np.ndarray]:
    """By site the numbers of the minutes at which another level begins, increasing."""
    told = json.loads(tensors.attrs["jumps"])
    first = tensors["time"].values[0].astype("datetime64[us]")
    found = []
    for site in tensors["site"].values.tolist():
        times = np.array([jump["time"] for jump in told.get(site, [])], dtype="datetime64[us]")
        found.append(np.sort((times - first) // np.timedelta64(1, "m")).astype("int64"))
    return found


def _places(
    tensors: xr.Dataset, window_ids: list[str], minutes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Number of the site and of the first minute of each window.

    Raises
    ------
    LaicflowError : a window that is not in the tensors, or whose end is no whole minute
    """
    number = {name: k for k, name in enumerate(tensors["site"].values.tolist())}
    parts = [window.rpartition("/") for window in window_ids]
    sites = np.array([number.get(site, -1) for site, _, _ in parts], dtype="int64")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a time zone is only warned of
            ends = np.array([end for _, _, end in parts], dtype="datetime64[us]")
    except (ValueError, UserWarning) as error:
        raise LaicflowError(f"windows {window_ids[:3]} ...: {error}") from error
    known = ~np.isnat(ends)
    first = tensors["time"].values[0].astype("datetime64[us]")
    since = np.where(known, ends, first) - first
    starts = since // np.timedelta64(1, "m") - minutes
    uneven = since % np.timedelta64(1, "m") != np.timedelta64(0)
    wrong = (sites < 0) | (starts < 0) | (starts + minutes > tensors.sizes["time"]) | uneven
    if (wrong | ~known).any():
        window = window_ids[int(np.argmax(wrong | ~known))]
        raise LaicflowError(f"window {window}: not in the tensors")
    return sites, starts.astype("int64")


def cut(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Images (n, 1, 3, minutes) float32 of windows `<site>/<end>`: rows X, Y, Z, in time.

    Missing minutes get the mean of their component over the window; then all is divided by the
    largest |Z| in the window (`normalise: zmax`) or stays in nT (`none`). The paper's section 3.

    Raises
    ------
    LaicflowError : a window that is not in the tensors, or not `usable`
    """
    return next(batches(tensors, window_ids, study, max(1, len(window_ids))))


def batches(
    tensors: xr.Dataset | str | Path, window_ids: list[str], study: dict, size: int
) -> Iterator[np.ndarray]:
    """What `cut` gives, `size` windows at a time, in their order.

    In memory are one such piece and the minutes of a few sites; of a file (a path) the other
    sites are not read. Windows sorted by site have each site read once.
    """
    if isinstance(tensors, str | Path):
        with xr.open_dataset(tensors, engine="netcdf4") as content:
            yield from batches(content, window_ids, study, size)
        return
    rules, jumps = _Rules.of(tensors, study), _jumps(tensors)
    sites, starts = _places(tensors, window_ids, rules.minutes)
    held: dict[int, np.ndarray] = {}
    for begin in range(0, max(1, len(window_ids)), size):
        part = slice(begin, begin + size)
        names = window_ids[part]
        images = np.empty((len(names), 1, len(COMPONENTS), rules.minutes), dtype="float32")
        for site in np.unique(sites[part]).tolist():
            if site not in held:
                while len(held) >= _HELD:
                    del held[next(iter(held))]
                held[site] = _minutes_of(tensors, site)
            for row in np.flatnonzero(sites[part] == site).tolist():
                start = int(starts[begin + row])
                _check_level(jumps[site], start, rules.minutes, names[row])
                window = held[site][:, start : start + rules.minutes]
                _show(window, images[row, 0], rules, names[row])
        yield images


def _check_level(jumps: np.ndarray, start: int, minutes: int, name: str) -> None:
    """Refuse a window inside which another level begins."""
    if len(jumps) and ((jumps > start) & (jumps < start + minutes)).any():
        raise LaicflowError(f"window {name}: the baseline jumps inside")


def _show(window: np.ndarray, image: np.ndarray, rules: _Rules, name: str) -> None:
    """Write the image of a window (3, minutes)."""
    scale = 1.0
    # A sum is NaN or infinite where a value is, and takes half the time of asking each.
    if not np.isfinite(window.sum()):
        window = _padded(window, rules.gap, name)
    if rules.normalise == "zmax":
        z = window[COMPONENTS.index("Z")]
        scale = max(z.max(), -z.min())
        if not scale > 0:
            raise LaicflowError(f"window {name}: Z is zero throughout")
    np.divide(window, scale, out=image, dtype="float32")


def _padded(window: np.ndarray, gap: int, name: str) -> np.ndarray:
    """A window whose short gaps hold the mean of their component."""
    window = window.copy()
    for component, values in zip(COMPONENTS, window, strict=True):
        missing = np.isnan(values)
        longest = int(np.diff(filters.runs(missing)).max(initial=0))
        if longest >= gap:
            raise LaicflowError(
                f"window {name}: {component} is missing for {longest} minutes on end, "
                f"expected less than {gap}"
            )
        values[missing] = values[~missing].mean(dtype="float64")
    if not np.isfinite(window).all():
        raise LaicflowError(f"window {name}: values are not finite")
    return window


def fill_share(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Share of the minutes of each window that had no value in some component, (n,) float64.

    Raises
    ------
    LaicflowError : a window that is not in the tensors
    """
    minutes = study["window"]["minutes"]
    sites, starts = _places(tensors, window_ids, minutes)
    shares = np.empty(len(window_ids))
    for site in np.unique(sites).tolist():
        missing = np.isnan(_minutes_of(tensors, site)).any(axis=0)
        counts = _counted(missing | (tensors["filled"].isel(site=site).values != 0))
        own = np.flatnonzero(sites == site)
        shares[own] = (counts[starts[own] + minutes] - counts[starts[own]]) / minutes
    return shares


def states(tensors: xr.Dataset, window_ids: list[str], study: dict) -> np.ndarray:
    """Publication states of the minutes of each window, best first, joined by "+": (n,) of str.

    Raises
    ------
    LaicflowError : a window that is not in the tensors
    """
    minutes = study["window"]["minutes"]
    sites, starts = _places(tensors, window_ids, minutes)
    own = tensors["state"].values
    found = []
    for site, start in zip(sites.tolist(), starts.tolist(), strict=True):
        numbers = np.unique(own[site, start : start + minutes]).tolist()
        found.append("+".join(_named(number) for number in numbers if number >= 0))
    return np.array(found, dtype=object)

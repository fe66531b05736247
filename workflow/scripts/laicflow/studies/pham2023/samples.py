"""Which windows are followed by an earthquake, which are not, and who learns from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow import seeds
from laicflow.catalogs.merge import select as select_events
from laicflow.geo import great_circle_km
from laicflow.samples import splits as designs
from laicflow.samples.activity import extreme
from laicflow.samples.draws import design, fold_of, role_of, without_variant
from laicflow.samples.regions import regions
from laicflow.schema import conform

DAY = pd.Timedelta(days=1)


def choose(
    tensors: xr.Dataset,
    events: pd.DataFrame,
    indices: dict[str, pd.DataFrame],
    study: dict,
    *,
    names: tuple[str, ...],
    latency_days: float,
) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """All candidate windows with their labels, the splits, and the counts behind them.

    A candidate is a site and a day D whose window, the days before D, has a full support: enough
    hours, and a reference for each. It is a SIP (label 1) if an event belongs to (site, D), one
    sample an event, or one a day if `one_per_day`; normal (label 0) if no event spoils the days
    from D on, `normal.gap_days` of them; else neither, and counted.

    Parameters
    ----------
    tensors : what `windows.prepare` made
    events : the merged catalog
    indices : `kp`, `dst`, `f107` tables
    study : settings, the variant laid over them
    names : run, study, variant and what follows: they name the random draws; where pairs are
        drawn within blocks of time the variant does not, so that variants which differ in their
        split alone hold the same samples
    latency_days : days from the end of a window until its last map is published

    Returns
    -------
    samples, splits, facts (`normal_share`: share of the site-days that could be normal, by gap;
    `regions`, of kind region alone: centre and number of SIP samples of each)
    """
    quakes = select_events(events, study["catalog"])
    days = candidate_days(tensors, study)
    gap_days = study["normal"]["gap_days"]
    gaps = dict.fromkeys([*study["normal"]["sweep"], gap_days])
    spoiled = {gap: spoiled_days(tensors, quakes, study, gap) for gap in gaps}
    own = spoiled[gap_days]
    positives = positive_rows(tensors, quakes, days, study)
    normals = _grid_rows(tensors, days & ~own)
    samples = pd.concat([positives, normals], ignore_index=True)
    samples = _describe(samples, tensors, indices, study, names, latency_days)
    place, centres = _regions(samples, quakes, study, names)
    splits, match = _split(samples, place, study, names)
    paired = int((samples["label"].eq(1) & pd.notna(match)).sum())
    facts = {
        "events": len(quakes),
        "event_days": int(quakes["time"].dt.floor("D").nunique()),
        "site_days": int(days.sum()),
        "sip_samples": len(positives),
        "sip_site_days": len(positives.drop_duplicates(["site", "day"])),
        "normal_site_days": len(normals),
        "neither_site_days": int((days & own).sum())
        - len(positives.drop_duplicates(["site", "day"])),
        "sip_without_partner": max(min(len(positives), study["samples"]["per_class"]) - paired, 0),
        "normal_share": {
            str(gap): float((days & ~bad).sum() / max(days.sum(), 1))
            for gap, bad in spoiled.items()
        },
    }
    facts |= {"regions": centres} if study["split"]["kind"] == "region" else {}
    samples["fold"] = fold_of(samples, splits)
    samples["match_id"] = match
    samples["split"] = role_of(samples, splits)
    return conform(samples.drop(columns="day"), "samples"), splits, facts


def candidate_days(tensors: xr.Dataset, study: dict) -> np.ndarray:
    """Whether the window that ends before day D has its full support: (site, day + 1) booleans.

    Column j stands for D = first day + j, so the last column is the day after the data.
    """
    length, before = study["window"]["days"], study["reference"]["days"]
    support = length + before
    tec = np.isnan(tensors["tec"].values)
    referenced = ~np.isnan(tensors["median"].values).any(axis=2)
    missing = np.cumsum(np.pad(tec.sum(axis=2), ((0, 0), (1, 0))), axis=1)
    known = np.cumsum(np.pad(referenced, ((0, 0), (1, 0))), axis=1)
    n_days = tec.shape[1]
    result = np.zeros((tec.shape[0], n_days + 1), dtype=bool)
    at = np.arange(support, n_days + 1)
    share = (missing[:, at] - missing[:, at - support]) / (support * 24)
    full = known[:, at] - known[:, at - length] == length
    result[:, at] = full & (share <= study["samples"]["max_fill"])
    return result


def _axis(tensors: xr.Dataset) -> pd.DatetimeIndex:
    """The days D of `candidate_days`."""
    days = pd.DatetimeIndex(tensors["day"].values)
    return days.append(pd.DatetimeIndex([days[-1] + DAY]))


def spoiled_days(
    tensors: xr.Dataset, quakes: pd.DataFrame, study: dict, gap_days: int
) -> np.ndarray:
    """Whether an event lies on D or the gap_days - 1 days after it: (site, day + 1) booleans.

    With sites at points every event of the catalog box counts; with sites at epicentres those
    within `normal.radius_km`.
    """
    days = _axis(tensors)
    sites = tensors.sizes["site"]
    near = np.ones((sites, len(quakes)), dtype=bool)
    if study["sites"]["mode"] == "epicentres":
        near = (
            great_circle_km(
                tensors["latitude"].values[:, None],
                tensors["longitude"].values[:, None],
                quakes["latitude"].to_numpy()[None, :],
                quakes["longitude"].to_numpy()[None, :],
            )
            <= study["normal"]["radius_km"]
        )
    # Column of each event's day; events outside the data still spoil the days before them.
    column = ((quakes["time"].dt.floor("D") - days[0]) // DAY).to_numpy()
    result = np.zeros((sites, len(days)), dtype=bool)
    for back in range(gap_days):
        at = column - back
        inside = (at >= 0) & (at < len(days))
        for site in range(sites):
            result[site, at[inside & near[site]]] = True
    return result


def positive_rows(
    tensors: xr.Dataset, quakes: pd.DataFrame, days: np.ndarray, study: dict
) -> pd.DataFrame:
    """One row an event and site to which it belongs, where the window before it is a candidate."""
    axis = _axis(tensors)
    sites = tensors["site"].values.tolist()
    column = ((quakes["time"].dt.floor("D") - axis[0]) // DAY).to_numpy()
    parts = []
    for number, site in enumerate(sites):
        belongs = (column >= 0) & (column < len(axis))
        if study["sites"]["mode"] == "epicentres":
            belongs &= (quakes["event_id"] == site).to_numpy()
        here = np.flatnonzero(belongs)
        here = here[days[number, column[here]]]
        own = quakes.iloc[here]
        distance = great_circle_km(
            tensors["latitude"].values[number],
            tensors["longitude"].values[number],
            own["latitude"].to_numpy(),
            own["longitude"].to_numpy(),
        )
        rows = {
            "site": site,
            "day": axis[column[here]],
            "label": 1,
            "event_id": own["event_id"].to_numpy(),
            "magnitude": own["magnitude"].to_numpy(),
            "distance_km": distance,
            "event_time": own["time"].to_numpy(),
        }
        parts.append(pd.DataFrame(rows))
    found = pd.concat(parts, ignore_index=True)
    if study["samples"]["one_per_day"]:
        found = found.sort_values(["magnitude", "event_id"], ascending=[False, True])
        found = found.drop_duplicates(["site", "day"]).sort_values(["site", "day"])
    return found.reset_index(drop=True)


def _grid_rows(tensors: xr.Dataset, normal: np.ndarray) -> pd.DataFrame:
    """One row a normal site and day."""
    site, column = np.nonzero(normal)
    names = tensors["site"].values.astype(object)[site]
    return pd.DataFrame({"site": names, "day": _axis(tensors)[column], "label": 0})


def _describe(
    samples: pd.DataFrame,
    tensors: xr.Dataset,
    indices: dict[str, pd.DataFrame],
    study: dict,
    names: tuple[str, ...],
    latency_days: float,
) -> pd.DataFrame:
    """The columns that every study has."""
    day = pd.to_datetime(samples["day"]).astype("datetime64[us]")
    samples["day"] = day
    samples["end"] = day
    samples["start"] = day - study["window"]["days"] * DAY
    samples["support_start"] = samples["start"] - study["reference"]["days"] * DAY
    samples["available_at"] = day + pd.Timedelta(days=latency_days)
    samples["issue_time"] = day
    samples["horizon"] = 1.0
    samples["study"] = names[1]
    last_day = (day - DAY).dt.strftime("%Y-%m-%d")
    samples["window_id"] = samples["site"] + "/" + last_day
    what = samples["event_id"].where(samples["label"] == 1, "normal")
    samples["sample_id"] = samples["window_id"] + "|" + what
    samples["lead_days"] = (samples.pop("event_time") - day) / DAY
    place = tensors[["latitude", "longitude"]].to_dataframe()
    samples["latitude"] = place["latitude"].reindex(samples["site"]).to_numpy()
    samples["longitude"] = place["longitude"].reindex(samples["site"]).to_numpy()
    span = (samples["start"], samples["end"])
    samples["kp_max"] = extreme(indices["kp"], "kp", *span, "max")
    samples["dst_min"] = extreme(indices["dst"], "dst", *span, "min")
    samples["f107"] = extreme(indices["f107"], "f107", *span, "mean")
    samples["product"], samples["fill_share"] = _product(samples, tensors)
    return samples


def _product(samples: pd.DataFrame, tensors: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Centre and spacings of the maps behind each support, and the share of its missing hours."""
    axis = pd.DatetimeIndex(tensors["day"].values)
    first = axis.get_indexer(samples["support_start"])
    last = axis.get_indexer(samples["end"] - DAY) + 1
    number = {name: i for i, name in enumerate(tensors["site"].values.tolist())}
    spacing = tensors["spacing_s"].values
    gap = np.isnan(tensors["tec"].values)
    source = tensors.attrs.get("source", "")
    text, share = [], []
    for a, b, site in zip(first, last, samples["site"], strict=True):
        part = spacing[a:b]
        hours = sorted({f"{s / 3600:g}" for s in np.unique(part[np.isfinite(part)])})
        text.append(f"{source} {'+'.join(hours)} h")
        share.append(float(gap[number[site], a:b].mean()))
    return np.array(text, dtype=object), np.array(share)


def _regions(
    samples: pd.DataFrame, quakes: pd.DataFrame, study: dict, names: tuple[str, ...]
) -> tuple[np.ndarray, list[dict]]:
    """Region of the epicentre of each SIP sample (-1 elsewhere), and what the regions are."""
    region = np.full(len(samples), -1)
    if study["split"]["kind"] != "region":
        return region, []
    sip = (samples["label"] == 1).to_numpy()
    place = quakes.drop_duplicates("event_id").set_index("event_id")
    place = place.loc[samples.loc[sip, "event_id"], ["latitude", "longitude"]].to_numpy()
    seed = seeds.number(*without_variant(names), "regions")
    region[sip], centres = regions(*place.T, study["split"]["regions"], seed=seed)
    centres = centres.rename(columns={"places": "sip_samples"})
    return region, centres.round(2).to_dict("records")


def _split(
    samples: pd.DataFrame, region: np.ndarray, study: dict, names: tuple[str, ...]
) -> tuple[pd.DataFrame, np.ndarray]:
    """The splits of all draws, and the match of each sample in the first."""
    rules = study["split"]
    label = samples["label"].to_numpy()
    group = samples["site"].to_numpy(dtype=object)
    match = np.full(len(samples), None, dtype=object)
    block = designs.contiguous_blocks(samples["day"], samples["label"] == 1, rules["blocks"])
    drawn_by = (*names, "draw")
    if study["samples"]["pair_within"] == "block":
        group = np.array([f"{b}|{g}" for b, g in zip(block, group, strict=True)], dtype=object)
        drawn_by = (*without_variant(names), "pairs")
    apart = _kept_apart(samples, study)
    parts = []
    for draw in range(rules["draws"]):
        rng = seeds.generator(*drawn_by, draw)
        pairs = designs.balanced(label, group, rng, study["samples"]["per_class"])
        chosen = pairs.ravel()
        if draw == 0:
            match[chosen] = [f"pair-{n:05d}" for n in np.arange(len(pairs)).repeat(2)]
        # A normal sample goes to the region of the SIP sample with which it is matched.
        groups = {"block": block[chosen], "region": region[pairs[:, 0]].repeat(2)}
        if rules["kind"] == "random" and rules["folds"] > 1:
            rng = seeds.generator(*names, "folds", draw)
        parts.append(design(apart.iloc[chosen], groups, rules, rng, draw))
    return conform(pd.concat(parts, ignore_index=True), "splits"), match


def _kept_apart(samples: pd.DataFrame, study: dict) -> pd.DataFrame:
    """The samples with the `end` by which splits purge.

    A normal sample asks for so many days without an earthquake after its window; where these are
    more than its support, the days asked for by two samples could be the same although their
    supports are apart.
    """
    support = study["window"]["days"] + study["reference"]["days"]
    ahead = max(study["normal"]["gap_days"] - support, 0)
    return samples.assign(end=samples["end"] + ahead * DAY)

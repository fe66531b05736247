"""Which windows belong to earthquakes, which to none, which to storms, and who learns from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from laicflow import seeds
from laicflow.samples import splits as designs
from laicflow.samples.draws import design, fold_of, role_of, without_variant
from laicflow.samples.space_time import Points
from laicflow.schema import conform, empty
from laicflow.studies.seqnetquake import labels
from laicflow.studies.seqnetquake.events import Events, of_mission, span_of
from laicflow.studies.seqnetquake.labels import NON_SEISMIC, NONE, SEISMIC, STORM

DAY = pd.Timedelta(days=1)


@dataclass
class Marked:
    """The windows that are samples: their places in the tensors, class, and event."""

    at: np.ndarray
    label: np.ndarray
    real: labels.Near
    artificial: labels.Near


def choose(
    tensors: xr.Dataset,
    events: pd.DataFrame,
    indices: dict[str, pd.DataFrame | None],
    study: dict,
    *,
    names: tuple[str, ...],
    latency_days: float,
) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """Samples of three classes, their split, and the counts behind them.

    Parameters
    ----------
    tensors : what `windows.prepare` made
    events : the merged catalog
    indices : tables `kp`, `f107` and `dst`, the last None where there is none
    study : settings, the variant laid over them
    names : run, study, variant and what follows: they name the random draws
    latency_days : days from the end of a window until its file is published

    Returns
    -------
    samples, splits, facts
    """
    preparation = study["preparations"][study["window"]["preparation"]]
    mission = study["missions"][preparation["mission"]]
    rng = seeds.generator(*without_variant(names), preparation["mission"], "artificial events")
    found = of_mission(events, study, mission, rng)
    marked, facts = _marked(tensors, found, indices["kp"], study)
    samples = _samples(tensors, marked, found)
    samples = _describe(samples, tensors, marked.at, indices, names, latency_days)
    told = _told(samples)
    samples, left = _limited(samples, study["samples"]["most"], names)
    if study["labels"]["shuffled"]:
        samples = _shuffled(samples, names)
    splits = _splits(samples, study, span_of(mission), names)
    facts |= found.facts | told | {"left_out_by_limit": left}
    samples["fold"], samples["split"] = fold_of(samples, splits), role_of(samples, splits)
    return conform(samples, "samples"), splits, facts


def _marked(
    tensors: xr.Dataset, found: Events, kp: pd.DataFrame, study: dict
) -> tuple[Marked, dict]:
    """The class of every window, and those that have one."""
    rules = study["labels"]
    points = Points(
        tensors["start"].values, tensors["latitude"].values, tensors["longitude"].values
    )
    real = labels.near(tensors, points, found.kept, rules)
    made = labels.near(tensors, points, found.made, rules)
    gone, spoiled = labels.spoiled(points, found.removed, found.kept, rules)
    at_kp = labels.index_at(kp, "kp", tensors["start"].values)
    seismic = (real.event >= 0) & ~gone
    none = (made.event >= 0) & ~gone
    in_zones = np.zeros(len(points), dtype=bool)
    if study["normal"]["zones"] == "refuse":
        real_events = pd.concat([found.kept, found.removed], ignore_index=True)
        in_zones = none & ~seismic & labels.touching(tensors, points, real_events, rules)
    none &= ~in_zones
    label, counts = labels.classes(seismic, none, at_kp, study["class2"])
    label[gone] = NONE
    # Of what follows the last windows the catalog may not tell.
    days = pd.Timedelta(days=rules["days"])
    late = pd.DatetimeIndex(tensors["start"].values) + days > found.reach
    untold = int((late & (label != NONE)).sum())
    label[late] = NONE
    lacking = 0
    if study["window"]["missing"] == "refuse" and tensors.sizes["feature"]:
        whole = np.isfinite(tensors["values"].values).all(axis=(1, 2))
        lacking = int((~whole & (label != NONE)).sum())
        label[~whole] = NONE
    at = np.flatnonzero(label != NONE)
    facts = {
        "windows": len(points),
        "of_aftershocks": spoiled,
        "in_zones": int(in_zones.sum()),
        "past_catalog": untold,
        "missing_values": lacking,
        **counts,
        "pairs": real.pairs,
        "earthquakes_with_window": len(np.unique(real.event[at][label[at] == SEISMIC])),
    }
    return Marked(at, label[at], _of(real, at), _of(made, at)), facts


def _of(near: labels.Near, at: np.ndarray) -> labels.Near:
    """The part of some windows."""
    return labels.Near(near.event[at], near.distance_km[at], near.pairs)


def _samples(tensors: xr.Dataset, marked: Marked, found: Events) -> pd.DataFrame:
    """A row a window, with the event that it belongs to; an earthquake goes before."""
    windows = _windows()
    own = windows.names(tensors, marked.at)
    rows = pd.DataFrame({"sample_id": own, "window_id": own, "label": marked.label})
    start = tensors["start"].values[marked.at].astype("datetime64[us]")
    rows["start"] = pd.DatetimeIndex(start)
    rows["end"] = pd.DatetimeIndex(tensors["end"].values[marked.at].astype("datetime64[us]"))
    is_real = marked.real.event >= 0
    for name, near, table in (
        ("artificial", marked.artificial, found.made),
        ("real", marked.real, found.kept),
    ):
        here = is_real if name == "real" else ~is_real & (near.event >= 0)
        event = table.iloc[near.event[here]].reset_index(drop=True)
        for column in ("event_id", "magnitude"):
            rows.loc[here, column] = event[column].to_numpy()
        lead = (event["time"] - rows.loc[here, "end"].reset_index(drop=True)) / DAY
        rows.loc[here, "lead_days"] = lead.to_numpy()
        rows.loc[here, "distance_km"] = near.distance_km[here]
        # Of matched events both members of a pair are named by the earthquake.
        match = event["match_id"] if "match_id" in event else pd.Series(pd.NA, event.index)
        rows.loc[here, "match_id"] = match.to_numpy()
    if "match_id" in found.made:
        paired = is_real & rows["event_id"].isin(found.made["match_id"]).to_numpy()
        rows.loc[paired, "match_id"] = rows.loc[paired, "event_id"]
    return rows


def _windows():
    """The module that cuts windows."""
    from laicflow.studies.seqnetquake import windows

    return windows


def _describe(
    rows: pd.DataFrame,
    tensors: xr.Dataset,
    at: np.ndarray,
    indices: dict[str, pd.DataFrame | None],
    names: tuple[str, ...],
    latency_days: float,
) -> pd.DataFrame:
    """The columns that every study has."""
    rows["study"] = names[1]
    rows["support_start"], rows["issue_time"] = rows["start"], rows["end"]
    rows["available_at"] = rows["end"] + pd.Timedelta(days=latency_days)
    rows["horizon"] = 0.0
    for name in ("latitude", "longitude", "local_time", "fill_share"):
        rows[name] = tensors[name].values[at].astype("float64")
    rows["orbit"] = tensors["orbit"].values[at]
    windows = _windows()
    rows["work_mode"] = windows.mode_names(tensors, at)
    rows["product"] = [name.split("/")[0] for name in rows["window_id"]]
    start = rows["start"].to_numpy()
    for column, name in (("kp_max", "kp"), ("dst_min", "dst"), ("f107", "f107")):
        table = indices[name]
        rows[column] = np.nan if table is None else labels.index_at(table, name, start)
    rows["note"] = ""
    return rows


def _limited(
    rows: pd.DataFrame, most: int | None, names: tuple[str, ...]
) -> tuple[pd.DataFrame, int]:
    """At most so many samples of each class, drawn at random; and how many were left out."""
    if most is None:
        return rows, 0
    kept = []
    for label, own in rows.groupby("label", sort=True):
        # Not by the variant: those of the same windows and labels have the same samples.
        rng = seeds.generator(*without_variant(names), "limit", int(label))
        kept.append(own.index.to_numpy()[np.sort(rng.permutation(len(own))[:most])])
    at = np.sort(np.concatenate(kept)) if kept else np.empty(0, dtype=int)
    return rows.loc[at].reset_index(drop=True), len(rows) - len(at)


def _shuffled(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """The labels dealt out anew among the samples (R45): nothing true can be learned of them."""
    rng = seeds.generator(*names, "shuffled labels")
    return rows.assign(label=rng.permutation(rows["label"].to_numpy()), note="labels shuffled")


def _splits(
    rows: pd.DataFrame,
    study: dict,
    span: tuple[pd.Timestamp, pd.Timestamp],
    names: tuple[str, ...],
) -> pd.DataFrame:
    """Who trains, who chooses and who tests.

    The windows of one earthquake lie within `labels.days`, so that samples count as touching over
    so many days: purged, no event has a part on either side.
    """
    if rows.empty:
        return empty("splits")
    rules = study["split"]
    reach = pd.Timedelta(days=study["labels"]["days"])
    apart = rows.assign(end=rows["end"] + reach)
    day = rows["start"].dt.floor("D")
    blocks = designs.contiguous_blocks(day, rows["label"] == SEISMIC, rules["blocks"])
    rng = seeds.generator(*names, "folds", 0)
    made = design(apart, {"block": blocks, "span": span}, rules, rng, 0)
    return _whole_pairs(made, rows) if study["normal"]["kind"] == "matched" else made


def _whole_pairs(splits: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Splits in which no pair of an earthquake and the event in its place is on two sides.

    Of a pair that is, the part that learns goes: it would tell the place with the other label.
    """
    match = splits["sample_id"].map(rows.set_index("sample_id")["match_id"])
    pair = splits["draw"].astype(str) + "/" + splits["fold"].astype(str) + "/" + match
    role = splits["split"].to_numpy(dtype=object).copy()
    for early, later in (("validation", ("test",)), ("train", ("validation", "test"))):
        known = pair[splits["split"].isin(later) & match.notna()]
        role[((splits["split"] == early) & pair.isin(known)).to_numpy()] = "purged"
    return splits.assign(split=role)


def _told(rows: pd.DataFrame) -> dict:
    """Windows and shares by class before any limit, and why there is nothing to learn."""
    counts = {name: int((rows["label"] == k).sum()) for k, name in _CLASSES.items()}
    total = max(sum(counts.values()), 1)
    lacking = ""
    if not counts["seismic"]:
        lacking = "no window lies near an earthquake in the days before it"
    elif not counts["non_seismic"]:
        lacking = "no window lies near an artificial event"
    return {
        **counts,
        **{f"share_{name}": count / total for name, count in counts.items()},
        "positives": counts["seismic"],
        "lacking": lacking,
    }


_CLASSES = {NON_SEISMIC: "non_seismic", SEISMIC: "seismic", STORM: "storm"}

"""The tables that bind all studies: columns, types, and the check that every writer makes."""

from __future__ import annotations

import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.schema_kinds import INT8, INT16, INT32, NUMBER, SINGLE, TEXT, TIME, WHOLE
from laicflow.schema_ledger import FORECASTS, REGISTRATIONS

EVENTS = {
    "event_id": TEXT,
    "time": TIME,
    "latitude": NUMBER,
    "longitude": NUMBER,
    "depth_km": NUMBER,
    "magnitude": NUMBER,
    "magnitude_type": TEXT,
    "source": TEXT,
    "network": TEXT,
    "event_type": TEXT,
    "status": TEXT,
    "updated": TIME,
    "place": TEXT,
    "magnitude_reported": NUMBER,
    "magnitude_type_reported": TEXT,
    "magnitude_relation": TEXT,
}

# What a catalog left out, and of which event it was a copy.
REMOVED = EVENTS | {"reason": TEXT, "kept_event_id": TEXT, "kept_source": TEXT}

# A declustered catalog: every event keeps its row.
CLUSTERS = EVENTS | {"cluster_id": TEXT, "role": TEXT}

COMPLETENESS = {
    "region": TEXT,
    "start": TIME,
    "end": TIME,
    "n": WHOLE,
    "n_complete": WHOLE,
    "mc_maxc": NUMBER,
    "mc_bstab": NUMBER,
    "b": NUMBER,
    "b_low": NUMBER,
    "b_high": NUMBER,
    "note": TEXT,
}

SITES = {"site": TEXT, "latitude": NUMBER, "longitude": NUMBER, "event_ids": TEXT}

SAMPLES = {
    "sample_id": TEXT,
    "window_id": TEXT,
    "study": TEXT,
    "start": TIME,
    "end": TIME,
    "support_start": TIME,
    "available_at": TIME,
    "issue_time": TIME,
    "horizon": NUMBER,
    "latitude": NUMBER,
    "longitude": NUMBER,
    "site": TEXT,
    "local_time": NUMBER,
    "label": WHOLE,
    "event_id": TEXT,
    "cluster_id": TEXT,
    "magnitude": NUMBER,
    "distance_km": NUMBER,
    "lead_days": NUMBER,
    "match_id": TEXT,
    "kp_max": NUMBER,
    "dst_min": NUMBER,
    "f107": NUMBER,
    "product": TEXT,
    "work_mode": TEXT,
    "fill_share": NUMBER,
    "orbit": WHOLE,
    "split": TEXT,
    "fold": WHOLE,
    "note": TEXT,
}

SPLITS = {"draw": WHOLE, "fold": WHOLE, "sample_id": TEXT, "split": TEXT}

PREDICTIONS = {
    "sample_id": TEXT,
    "experiment": TEXT,
    "seed": WHOLE,
    "draw": WHOLE,
    "fold": WHOLE,
    "split": TEXT,
    "lead": NUMBER,
    "target": NUMBER,
    "output": NUMBER,
    "p_0": NUMBER,
    "p_1": NUMBER,
}

HISTORY = {
    "experiment": TEXT,
    "seed": WHOLE,
    "draw": WHOLE,
    "fold": WHOLE,
    "epoch": WHOLE,
    "train_loss": NUMBER,
    "train_accuracy": NUMBER,
    "validation_loss": NUMBER,
    "validation_accuracy": NUMBER,
}

SCORES = {
    "variant": TEXT,
    "experiment": TEXT,
    "seed": WHOLE,
    "draw": WHOLE,
    "split": TEXT,
    "metric": TEXT,
    "value": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "n": WHOLE,
    "n_eff": NUMBER,
    "block_days": NUMBER,
    "method": TEXT,
    "note": TEXT,
}

OF_FORECASTS = {"site": TEXT, "lead": NUMBER}  # of scores, beside those

AUDIT = {
    "id": TEXT,
    "name": TEXT,
    "variant": TEXT,
    "status": TEXT,
    "statistic": NUMBER,
    "threshold": TEXT,
    "interval": TEXT,
    "evidence": TEXT,
    "source": TEXT,
}

# How variants that differ in their split, or in one setting, come off against each other.
COMPARISON = {
    "variant": TEXT,
    "split": TEXT,
    "gap_days": NUMBER,
    "normal_share": NUMBER,
    "experiment": TEXT,
    "metric": TEXT,
    "value": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "n": WHOLE,
    "n_eff": NUMBER,
    "seeds": WHOLE,
    "folds": WHOLE,
    "n_train": NUMBER,
    "versus": TEXT,
    "difference": NUMBER,
    "difference_low": NUMBER,
    "difference_high": NUMBER,
    "n_shared": WHOLE,
    "note": TEXT,
}

# A simulated world, without or with a planted precursor, and what the chain makes of it.
TRIALS = {
    "world": TEXT,
    "world_seed": WHOLE,
    "amplitude_sd": NUMBER,
    "experiment": TEXT,
    "baseline": TEXT,
    "auc": NUMBER,
    "auc_baseline": NUMBER,
    "difference": NUMBER,
    "low": NUMBER,
    "high": NUMBER,
    "n": WHOLE,
    "blocks": WHOLE,
    "events": WHOLE,
    "beats": WHOLE,
    "note": TEXT,
}

# What tuning tried (`laicflow.training.tune`): a row a trial, its options as JSON.
TUNING = {
    "model": TEXT,
    "trial": WHOLE,
    "state": TEXT,
    "value": NUMBER,
    "params": TEXT,
    "note": TEXT,
}

# How long an optimizer step of a network takes where the run is made.
TIMING = {
    "experiment": TEXT,
    "model": TEXT,
    "parameters": WHOLE,
    "device": TEXT,
    "threads": WHOLE,
    "precision": TEXT,
    "batch": WHOLE,
    "steps": WHOLE,
    "step_s": NUMBER,
    "step_s_low": NUMBER,
    "step_s_high": NUMBER,
    "memory_mb": NUMBER,
}

# Samples of Langmuir probes, all missions alike (`laicflow.readers.probe_table`): degrees, km,
# hours, cm-3, K.
PROBES = {
    "time": TIME,
    "latitude": SINGLE,
    "longitude": SINGLE,
    "altitude_km": SINGLE,
    "local_time": SINGLE,
    "satellite": TEXT,
    "orbit": INT32,
    "direction": INT8,
    "night": INT8,
    "ne": SINGLE,
    "te": SINGLE,
    "quality": INT16,
    "work_mode": INT8,
}

NOTES = {"draw": WHOLE, "fold": WHOLE, "experiment": TEXT, "seed": WHOLE, "why": TEXT}

# The tables of the quality page.
AVAILABILITY = {
    "source": TEXT,
    "kind": TEXT,
    "month": TIME,
    "unit": TEXT,
    "expected": WHOLE,
    "present": WHOLE,
    "missing": WHOLE,
    "share": NUMBER,
    "stated": WHOLE,
    "provisional": WHOLE,
    "provisional_share": NUMBER,
    "suspect": WHOLE,
    "latest": TIME,
    "note": TEXT,
}
GAPS = {"source": TEXT, "start": TIME, "end": TIME, "length": WHOLE, "unit": TEXT, "why": TEXT}
CATALOG_COUNTS = {
    "catalog": TEXT,
    "state": TEXT,
    "source": TEXT,
    "year": WHOLE,
    "magnitude_class": TEXT,
    "magnitude_type": TEXT,
    "n": WHOLE,
}
REFERENCES = {
    "source": TEXT,
    "kind": TEXT,
    "description": TEXT,
    "licence": TEXT,
    "citation": TEXT,
    "bibtex": TEXT,
    "account": TEXT,
    "base": TEXT,
    "revision": TEXT,
    "first": TIME,
    "last": TIME,
    "files": WHOLE,
    "bytes": WHOLE,
}

TABLES = {
    "events": EVENTS,
    "removed": REMOVED,
    "clusters": CLUSTERS,
    "completeness": COMPLETENESS,
    "sites": SITES,
    "samples": SAMPLES,
    "splits": SPLITS,
    "predictions": PREDICTIONS,
    "history": HISTORY,
    "scores": SCORES,
    "audit": AUDIT,
    "probes": PROBES,
    "notes": NOTES,
    "comparison": COMPARISON,
    "trials": TRIALS,
    "tuning": TUNING,
    "timing": TIMING,
    "forecasts": FORECASTS,
    "registrations": REGISTRATIONS,
    "availability": AVAILABILITY,
    "gaps": GAPS,
    "catalogs": CATALOG_COUNTS,
    "references": REFERENCES,
}

_DTYPES = {TEXT: "str", NUMBER: "float64", WHOLE: "Int64", TIME: "datetime64[us]"}
_SIZED = {SINGLE: "float32", INT8: "int8", INT16: "int16", INT32: "int32"}
_KEYS = {"samples": ["sample_id"], "splits": ["draw", "fold", "sample_id"], "sites": ["site"]}


class SchemaError(LaicflowError):
    """A table is not what its schema says."""


def conform(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table `name` with exactly its columns, in order, each of its type.

    Columns that are absent become missing; more than two classes may add `p_2` and on to the
    predictions, forecasts of values station and lead to the scores.

    Raises
    ------
    SchemaError : a column that the schema does not know, a value that its type cannot hold,
        or a key that stands twice
    """
    columns = dict(TABLES[name])
    if name == "predictions":
        extra = [c for c in table.columns if c.startswith("p_") and c[2:].isdigit()]
        columns |= {c: NUMBER for c in sorted(extra, key=lambda c: int(c[2:]))}
    columns |= {c: OF_FORECASTS[c] for c in OF_FORECASTS if name == "scores" and c in table}
    unknown = sorted(set(table.columns) - set(columns))
    if unknown:
        raise SchemaError(f"{name}: unknown columns {', '.join(unknown)}")
    made = {}
    for column, kind in columns.items():
        values = table[column] if column in table else pd.Series(pd.NA, index=table.index)
        try:
            made[column] = _cast(values, kind)
        except (TypeError, ValueError) as error:
            raise SchemaError(f"{name}.{column}: expected {kind}, {error}") from error
    result = pd.DataFrame(made, index=table.index).reset_index(drop=True)
    key = _KEYS.get(name)
    if key and result.duplicated(key).any():
        twice = result.loc[result.duplicated(key), key].iloc[0].to_dict()
        raise SchemaError(f"{name}: {twice} stands twice")
    return result


def empty(name: str) -> pd.DataFrame:
    """The table `name` without rows."""
    return conform(pd.DataFrame(), name)


def _cast(values: pd.Series, kind: str) -> pd.Series:
    """Values as the dtype of a kind; text keeps missing as missing."""
    if kind == TIME:
        return pd.to_datetime(values).astype(_DTYPES[TIME])
    if kind == NUMBER:
        return pd.to_numeric(values).astype("Float64").astype("float64")
    if kind == WHOLE:
        return pd.to_numeric(values).astype("Int64")
    if kind in _SIZED:
        return _sized(values, kind)
    return values.astype("str") if values.notna().all() else values.astype("string").astype("str")


def _sized(values: pd.Series, kind: str) -> pd.Series:
    """Values as numbers of one size; an integer that it cannot hold is an error."""
    made = values.astype(_SIZED[kind])
    if kind != SINGLE and (made != values).any():
        raise ValueError(f"{values[made != values].iloc[0]} is none")
    return made

"""Which windows there are, and who learns from them and who is tested."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from laicflow.errors import LaicflowError
from laicflow.samples.activity import extreme
from laicflow.samples.chronology import chronological, sample_table
from laicflow.schema import conform, empty
from laicflow.studies.edlstme.windows import lagged

# What a sample says of the hours that its window shows.
ACTIVITY = {"kp_max": ("kp", "max"), "dst_min": ("dst", "min"), "f107": ("f107", "mean")}


def choose(
    tensors: xr.Dataset,
    events: pd.DataFrame,
    indices: dict[str, pd.DataFrame | None],
    study: dict,
    *,
    names: tuple[str, ...],
    latency_days: float,
) -> tuple[pd.DataFrame, pd.DataFrame, dict]:
    """A sample a window and station, and the splits by date.

    Parameters
    ----------
    tensors : what `windows.prepare` made
    events : the merged catalog, of which a forecast knows nothing
    indices : tables `kp`, `dst` and `f107`, None where there is none
    study : settings, the variant laid over them
    names : run, study, variant and what follows; nothing here is drawn
    latency_days : days from an epoch until its VTEC is published

    Returns
    -------
    samples, splits, facts (`windows`, `left_out` by reason, `carried` by index, number of windows
    by part of the split, `lacking`: why there are none)
    """
    try:
        windows = lagged(tensors, study, latency_hours=24 * latency_days)
    except LaicflowError as error:
        return empty("samples"), empty("splits"), {"windows": 0, "lacking": str(error)}
    samples = sample_table(windows, "edlstme")
    facts = {"windows": len(windows.names), "left_out": windows.left_out}
    facts |= {"carried": windows.carried, "steps": windows.steps, "leads": list(windows.leads)}
    facts["step_s"] = float(tensors.attrs["step_s"])
    if samples.empty:
        told = "; ".join(f"{why}: {n}" for why, n in windows.left_out.items() if n)
        return samples, empty("splits"), facts | {"lacking": f"no window is left ({told})"}
    samples = _active(samples, indices)
    splits = _split(samples, study)
    part = splits.merge(samples[["sample_id", "window_id"]], on="sample_id")
    parts = part.groupby("split")["window_id"].nunique()
    facts["parts"] = {name: int(number) for name, number in parts.items()}
    return samples, splits, facts


def _active(samples: pd.DataFrame, indices: dict[str, pd.DataFrame | None]) -> pd.DataFrame:
    """The samples with what the indices were while their windows were open."""
    windows = samples.drop_duplicates("window_id").set_index("window_id")
    for column, (name, how) in ACTIVITY.items():
        if indices[name] is None:
            continue
        found = extreme(indices[name], name, windows["start"], windows["end"], how)
        samples[column] = samples["window_id"].map(dict(zip(windows.index, found, strict=True)))
    return conform(samples, "samples")


def _split(samples: pd.DataFrame, study: dict) -> pd.DataFrame:
    """The splits by date; of the training the last `samples.most` windows."""
    own = study["split"]
    dates = {
        key: None if own[key] is None else pd.Timestamp(own[key])
        for key in ("test_from", "validation_from", "test_until")
    }
    if not own["validate"]:
        dates["validation_from"] = None
    splits = chronological(samples, **dates, purge=own["purge"])
    most = study["samples"]["most"]
    if most is None or splits.empty:
        return splits
    window = splits["sample_id"].map(samples.set_index("sample_id")["window_id"])
    train = (splits["split"] == "train").to_numpy()
    # Names are times: they ascend.
    kept = np.unique(window[train])[-most:]
    return splits[~train | window.isin(kept)].reset_index(drop=True)

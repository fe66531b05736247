"""Samples of forecasts, one a window and station, and who trains and who tests in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.samples.splits import purged
from laicflow.schema import conform, empty
from laicflow.tensors.lagged import LaggedWindows


def sample_table(
    windows: LaggedWindows, study: str, *, names: Sequence[str] | None = None, note: str = ""
) -> pd.DataFrame:
    """Table `samples`: a row a window and station, without a label; the horizon is in days.

    Parameters
    ----------
    names : of the windows, by default all
    note : what a reader must know of all of them
    """
    names = list(windows.names if names is None else names)
    if not names:
        return empty("samples")
    series, parts = windows.series, []
    facts = windows.facts(names)
    hour = (facts["end"] - facts["end"].dt.floor("D")) / pd.Timedelta(hours=1)
    for site, latitude, longitude in zip(
        windows.sites, series.latitude, series.longitude, strict=True
    ):
        own = facts.assign(window_id=names, site=site, latitude=latitude, longitude=longitude)
        parts.append(own.assign(local_time=(hour + longitude / 15) % 24))
    table = pd.concat(parts, ignore_index=True).sort_values(["window_id", "site"])
    table["sample_id"] = table["window_id"] + "/" + table["site"]
    horizon = windows.leads[-1] / 24
    return conform(table.assign(study=study, horizon=horizon, note=note), "samples")


def chronological(
    samples: pd.DataFrame,
    *,
    test_from: pd.Timestamp,
    validation_from: pd.Timestamp | None = None,
    test_until: pd.Timestamp | None = None,
    purge: bool = True,
    draw: int = 0,
) -> pd.DataFrame:
    """Table `splits`: training before validation before test, by issue time.

    With `purge` no epoch that a test sample shows or has to tell is shown or told by a training or
    validation sample, and none of validation by a training one (`laicflow.samples.splits.purged`
    with the horizon at the end). Without it a forecast of a training window may be that of an
    epoch of the test.

    Parameters
    ----------
    samples : `sample_table`
    test_until : samples issued from then on have no row

    Raises
    ------
    LaicflowError : dates that are not in that order
    """
    dates = [date for date in (validation_from, test_from, test_until) if date is not None]
    if any(one >= other for one, other in zip(dates, dates[1:], strict=False)):
        raise LaicflowError(f"splits: expected dates that ascend, found {dates}")
    until = pd.Timestamp.max if test_until is None else test_until
    own = samples[samples["issue_time"] < until]
    if own.empty:
        return empty("splits")
    role = np.full(len(own), "train", dtype=object)
    for name, date in (("validation", validation_from), ("test", test_from)):
        if date is not None:
            role[(own["issue_time"] >= date).to_numpy()] = name
    if purge:
        role = purged(own.assign(end=_told_until(own)), role)
    table = pd.DataFrame({"sample_id": own["sample_id"], "split": role})
    return conform(table.assign(draw=draw, fold=0), "splits")


def _told_until(samples: pd.DataFrame) -> pd.Series:
    """The last epoch of which a sample tells."""
    return samples["end"] + pd.to_timedelta((samples["horizon"] * 86_400).round(), unit="s")

"""What the audit of alarms sees of a variant of this study."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import xarray as xr

from laicflow.anomalies.find import IQR, RESIDUAL
from laicflow.audit.alarms.context import Alarms
from laicflow.audit.registry import NAMES
from laicflow.catalogs.merge import select
from laicflow.studies.edlstme import anomalies, needs


def context(
    table: pd.DataFrame,
    tensors: xr.Dataset,
    events: pd.DataFrame,
    audit: pd.DataFrame,
    study: dict,
    *,
    variant: str,
    names: Sequence[str | int],
    gates: dict,
    receiver_bias: Sequence[str],
) -> Alarms:
    """The alarms of a variant before the audit.

    Parameters
    ----------
    table : `anomalies`; tensors : of the variant's preparation; events : the merged catalog
    audit : of the variant's forecasts, whose row R11 tells of those behind the residual bounds
    study : settings of the variant
    names, gates : what names the random numbers; the gates of the configuration
    receiver_bias : ways to the bias of a receiver (`stations.receiver_bias`)
    """
    wanted = needs.stations(study)
    places = tensors.sel(station=wanted)
    sites = pd.DataFrame(
        {
            "site": wanted,
            **{name: places[name].values.astype(float) for name in ("latitude", "longitude")},
        }
    )
    first = audit[(audit["id"] == "R11") & (audit["name"] == NAMES["R11"])].to_dict("records")
    return Alarms(
        variant=variant,
        anomalies=table,
        events=select(events, study["catalog"]),
        sites=sites,
        f107=anomalies.indices(tensors)["f107"],
        rules=study["alarms"],
        options=gates,
        bounds=_bounds(study),
        fitted={
            RESIDUAL: needs.fitted(study, receiver_bias),
            # The rival takes the series alone.
            IQR: needs.fitted_series(study, receiver_bias),
        },
        overlap=first[0] if first else None,
        names=names,
        region=(study["catalog"]["latitude"], study["catalog"]["longitude"]),
    )


def _bounds(study: dict) -> dict:
    """What bounds reach back over, and of what values they are made."""
    own, window = study["anomalies"], study["window"]
    made = study["preparations"][window["preparation"]]
    # From an epoch to the last error known, from there to its forecast's issue, over its window.
    hours = window["lag_hours"] + 2 * window["horizon_hours"]
    return {
        "mode": own["mode"],
        "days": {RESIDUAL: own["days"], IQR: own["iqr"]["days"]},
        "forecast_days": {RESIDUAL: hours / needs.DAY_HOURS},
        "filled": made["fill"] if own["use_filled"] else None,
    }

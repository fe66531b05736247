"""Forecasts of windows that end now, by a model that goes on learning, and their outcomes.

A call does three things in this order, each of which leaves everything whole: it writes the
outcomes that have become known, trains on the windows whose outcome has become known, and scores
the windows that end now. What is broken off is taken up by the next call; a call to which nothing
is new adds nothing.

A forecast speaks of [issue time, end of its horizon): an earthquake between the end of the window
and the issue may have been known before the forecast was made, so it counts neither way and stands
in the note of the outcome. A forecast that is written later than it says (`laicflow.ledger`), or
whose inputs came after its issue, is no forecast in earnest: its note begins with "replayed".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from filelock import FileLock

from laicflow import chain, ledger, registration
from laicflow.errors import LaicflowError
from laicflow.prospective_models import Model
from laicflow.prospective_plan import Data, Plan
from laicflow.prospective_training import expect_network, state_of, train
from laicflow.training.continued import fitted, options_of
from laicflow.training.fit import predict

LEDGER, MODELS = ledger.FILE, "models"
SEPARATOR = ";"


def update(
    hooks: ModuleType,
    plan: Plan,
    data: Data,
    history: pd.DataFrame,
    folder: Path,
    *,
    now: pd.Timestamp,
    known_until: pd.Timestamp,
    clock: Callable[[], pd.Timestamp] | None = None,
) -> dict[str, Any]:
    """Bring `folder`, the ledger of a study and its models, up to date.

    0. What is forecast and how is registered before the first forecast (`laicflow.registration`).
    1. A row `outcome` for each forecast whose horizon is over by `known_until`, by what was
       registered and where the site was when it was made. Where the catalog tells another thing
       later, another such row follows, with the note "revised".
    2. The first call trains on `history`; every call goes on with the windows whose outcome has
       become known since, labelled by the study's own rule. With fewer than two samples of either
       class nothing is trained, and they wait for the next call.
    3. A row `forecast` for each site: its last window that ends by now, unless its horizon is over
       ("too late") or the ledger has it already.

    Tensors are cut at `now`, events and indices at `known_until`: nothing later has a say.

    Parameters
    ----------
    hooks : `laicflow.studies.<study>.prospective`
    history : table `samples` of the variant over the study's own period
    folder : of the ledger, `forecasts.parquet` and `registration.parquet`, and of `models/`
    now : present instant, UTC
    known_until : until when the catalog is complete, at most now
    clock : tells when forecasts are issued, UTC, after hours of training perhaps; else at `now`

    Returns
    -------
    What was done, in plain numbers and texts; `ledger.head` is the anchor for `ledger.verify`

    Raises
    ------
    ConfigError : settings that are not those registered
    LaicflowError : a ledger or a model that is not what was written, a catalog complete after now,
        tensors with nothing before now or into which the time after a window has gone
    """
    now, known = (pd.Timestamp(instant).as_unit("us") for instant in (now, known_until))
    seen = _until(hooks, data, now, known)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(str(folder / ".update.lock")):
        return _in_order(hooks, plan, seen, history, folder, now, known, clock or (lambda: now))


def _in_order(
    hooks: ModuleType,
    plan: Plan,
    data: Data,
    history: pd.DataFrame,
    folder: Path,
    now: pd.Timestamp,
    known: pd.Timestamp,
    clock: Callable[[], pd.Timestamp],
) -> dict[str, Any]:
    """Outcomes, training, forecasts; what was done."""
    path = folder / LEDGER
    ledger.append(path, pd.DataFrame())  # stops at a broken chain before anything is done
    told: dict[str, Any] = {"now": str(now), "known_until": str(known)}
    _expect_model(_own(path, plan), folder / MODELS)
    expect_network(plan, folder / MODELS)
    why = plan.settings["prospective"].get("amendment")
    registered = registration.settle(
        folder / registration.FILE, plan.key, plan.registered, why, ledger.read(path)
    )
    in_force = registered["sha256"].iloc[-1]
    told["registration"] = {"sha256": in_force, "amendments": len(registered) - 1}
    told["outcomes"] = _outcomes(hooks, plan, data, path, registered, now, known)
    model, told["training"] = train(hooks, plan, data, history, folder / MODELS, known)
    issued = max(now, pd.Timestamp(clock()).as_unit("us"))
    told["forecasts"] = _score(hooks, plan, data, path, model, issued, in_force)
    table = ledger.read(path)
    told["ledger"] = {"rows": len(table), "head": _head(table)}
    return told


def _expect_model(rows: pd.DataFrame, models: Path) -> None:
    """See that the model of the newest forecast is there: another chain is another experiment."""
    made = rows.loc[rows["kind"] == ledger.FORECAST, "model_sha256"].tolist()[-1:]
    for path in (models / f"{one}{suffix}" for one in made for suffix in (".safetensors", ".json")):
        if not path.is_file():
            raise LaicflowError(
                f"no file {path}, the model of the newest forecast: put the file back; nothing is "
                "written"
            )


def _until(hooks: ModuleType, data: Data, now: pd.Timestamp, known: pd.Timestamp) -> Data:
    """The data without what lies after now, or after the time of which all is known."""
    if not known <= now:
        raise LaicflowError(f"known_until {known} lies after now, {now}")
    indices = {
        name: None if table is None else table[table["time"] < known]
        for name, table in data.indices.items()
    }
    tensors = hooks.until(data.tensors, now)
    if 0 in tensors.sizes.values():
        raise LaicflowError(f"the tensors hold nothing before now, {now}")
    return replace(
        data,
        tensors=tensors,
        events=data.events[data.events["time"] < known].reset_index(drop=True),
        indices=indices,
    )


def _head(table: pd.DataFrame) -> str:
    """The sha256 of the last row."""
    return table["sha256"].iloc[-1] if len(table) else chain.FIRST


def _own(path: Path, plan: Plan) -> pd.DataFrame:
    """The rows of the plan."""
    return registration.of(ledger.read(path), plan.key)


def _outcomes(
    hooks: ModuleType,
    plan: Plan,
    data: Data,
    path: Path,
    registered: pd.DataFrame,
    now: pd.Timestamp,
    known: pd.Timestamp,
) -> dict[str, Any]:
    """Write what has become of the forecasts whose horizon is over."""
    table = _own(path, plan)
    forecasts = table[table["kind"] == ledger.FORECAST]
    closed = forecasts[forecasts["horizon_end"] <= known]
    last = ledger.latest_outcomes(table).set_index("window_id")
    rows, counts = [], {"added": 0, "revised": 0, "waiting": len(forecasts) - len(closed)}
    closed = closed.assign(
        rule=registration.in_force(registered, closed), **_places(closed, data.tensors)
    )
    gone = closed["latitude"].isna()
    counts["site_gone"] = int(gone.sum())
    groups = closed[~gone].groupby(["site", "rule", "latitude", "longitude"])
    for (site, rule, latitude, longitude), own in groups:
        settings = registration.settings_of(registered, rule, plan.settings)
        place = {"latitude": ("site", [latitude]), "longitude": ("site", [longitude])}
        where = xr.Dataset(coords={"site": [site], **place})
        events = hooks.events_of(site, where, data.events, settings)
        for forecast in own.to_dict("records"):
            row = _outcome(forecast, events, now)
            if forecast["window_id"] not in last.index:
                counts["added"] += 1
            elif (
                # What was told before anything was registered is not told by later settings.
                pd.isna(forecast["registration"])
                or _tells(last.loc[forecast["window_id"]]) == _tells(row)
            ):
                continue
            else:
                row["note"] = "; ".join(filter(None, ["revised", row["note"]]))
                counts["revised"] += 1
            rows.append(row)
    ledger.append(path, pd.DataFrame(rows))
    return counts


def _places(forecasts: pd.DataFrame, tensors: xr.Dataset) -> dict[str, pd.Series]:
    """Where the site of each forecast was when it was made; as it is now where no row tells."""
    sites = tensors["site"].values.tolist()
    return {
        name: forecasts[name].fillna(
            forecasts["site"].map(dict(zip(sites, tensors[name].values.tolist(), strict=True)))
        )
        for name in ("latitude", "longitude")
    }


def _tells(row: dict | pd.Series) -> tuple[int, str]:
    """What an outcome tells."""
    return int(row["outcome"]), "" if pd.isna(row["event_ids"]) else row["event_ids"]


def _outcome(forecast: dict, events: pd.DataFrame, now: pd.Timestamp) -> dict:
    """The row that says what has become of a forecast."""
    time = events["time"]
    hit = (time >= forecast["issue_time"]) & (time < forecast["horizon_end"])
    early = (time >= forecast["window_end"]) & (time < forecast["issue_time"])
    kept = ("window_start", "window_end", "horizon_end", "issue_time", "score", "threshold")
    sealed = ("latitude", "longitude", "alarm", "model_sha256", "registration")
    note = f"{int(early.sum())} earthquakes before the issue do not count" if early.any() else ""
    return {
        **{name: forecast[name] for name in (*ledger.KEY, *kept, *sealed)},
        "kind": ledger.OUTCOME,
        "outcome": int(hit.any()),
        "known_at": now,
        "event_ids": SEPARATOR.join(sorted(events.loc[hit, "event_id"])),
        "note": note,
    }


def _score(
    hooks: ModuleType,
    plan: Plan,
    data: Data,
    path: Path,
    model: Model | None,
    issued: pd.Timestamp,
    registered: str,
) -> dict[str, Any]:
    """Write a forecast for each window that ends now."""
    rules = plan.settings["prospective"]
    # Without any window the columns of times would hold nothing that tells what they are.
    times = dict.fromkeys(("start", "end"), "datetime64[us]")
    windows = hooks.ending(data.tensors, plan.settings).astype(times)
    windows["horizon_end"] = windows["end"] + hooks.horizon(plan.settings)
    table = _own(path, plan)
    known = set(table.loc[table["kind"] == ledger.FORECAST, "window_id"])
    late = windows["horizon_end"] <= issued
    early = ~late & (windows["end"] < pd.Timestamp(rules["start"]))
    already = ~early & ~late & windows["window_id"].isin(known)
    rows = windows[~early & ~late & ~already].reset_index(drop=True)
    counts = {
        "added": 0,
        "too_late": int(late.sum()),
        "already": int(already.sum()),
        "before_start": int(early.sum()),
        "without_window": data.tensors.sizes["site"] - len(windows),
        "without_model": len(rows) if model is None else 0,
    }
    if model is None or rows.empty:
        return counts
    x = hooks.images(data.tensors, rows["window_id"].tolist(), plan.settings)
    options = options_of(plan.training, 1)
    score = predict(fitted(state_of(plan, model), options), x)
    made = _forecasts(plan, data, rows, score, issued).assign(
        model_sha256=model.sha256, registration=registered
    )
    ledger.append(path, made)
    replayed = ledger.replayed(ledger.read(path).tail(len(made)))
    return {**counts, "added": len(made), "replayed": int(replayed.sum())}


def _forecasts(
    plan: Plan, data: Data, rows: pd.DataFrame, score: np.ndarray, issued: pd.Timestamp
) -> pd.DataFrame:
    """The rows of the ledger of windows that are scored now."""
    threshold = float(plan.settings["prospective"]["threshold"])
    arrived = pd.Timestamp(data.available_at)
    late = f"{ledger.REPLAYED}: its inputs came here after the issue time"
    places = data.tensors[["latitude", "longitude"]].sel(site=rows["site"].tolist())
    return pd.DataFrame(
        {
            "kind": ledger.FORECAST,
            **plan.key,
            "site": rows["site"],
            "latitude": places["latitude"].values,
            "longitude": places["longitude"].values,
            "window_id": rows["window_id"],
            "window_start": rows["start"],
            "window_end": rows["end"],
            "horizon_end": rows["horizon_end"],
            "issue_time": issued,
            "available_at": arrived,
            "score": score,
            "threshold": threshold,
            "alarm": (score >= threshold).astype(int),
            "inputs_sha256": data.inputs_sha256,
            "code": plan.code,
            "note": late if arrived > issued else "",
        }
    )

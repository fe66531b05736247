"""What forecasts are made and judged by, written down before the first of them.

`registration.parquet` beside a ledger has a row for each run, study, variant and experiment: the
settings that decide which windows are scored, by which network, what counts as an earthquake, as an
alarm and as a hit. Each forecast names the row in force by its sha256, and its outcome is told by
that row whatever the settings have become since. Other settings are refused, unless
`prospective.amendment` says why: then a further row follows, and what is forecast from then on is
counted apart. (Experiments of the CSEP fix these before they begin: Schorlemmer et al. 2007.)
"""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pyarrow as pa
import xarray as xr

from laicflow import chain, ledger
from laicflow.chain import LedgerError
from laicflow.config import copied, differing
from laicflow.errors import ConfigError
from laicflow.prospective_plan import Plan
from laicflow.schema import conform, empty
from laicflow.store import read_parquet, write_parquet

FILE, TABLE = "registration.parquet", "registrations"
REGISTRATION, AMENDMENT = "registration", "amendment"
KEY = ("run", "study", "variant", "experiment")
# Of so many settings that changed a message tells the values.
SHOWN = 5
# What no amendment can change: of the catalog the outcomes of earlier forecasts are told as well,
# and the network goes on from what it has learned.
FIXED = ("catalog", "model", "model_options", "seed")


def content(hooks: ModuleType, plan: Plan) -> dict[str, Any]:
    """What is registered of a plan, by name.

    Parameters
    ----------
    hooks : `laicflow.studies.<study>.prospective`, whose `registered` picks of the settings
    """
    settings = copied(hooks.registered(plan.settings))
    settings["prospective"].pop("amendment", None)
    return json.loads(
        json.dumps(
            {
                "settings": settings,
                "seed": plan.seed,
                "model": plan.model,
                "model_options": plan.model_options,
                "training": plan.training,
                **plan.rules,
            }
        )
    )


def read(path: str | Path) -> pd.DataFrame:
    """The table `registrations` in the order of writing, empty where there is no file.

    Raises
    ------
    LedgerError : a file that is no Parquet, a chain that is broken
    """
    path = Path(path)
    if not path.exists():
        return empty(TABLE)
    try:
        table = conform(read_parquet(path), TABLE)
    except pa.ArrowInvalid as error:
        raise LedgerError(f"{path}: expected registrations, found no Parquet ({error})") from error
    chain.verified(table, path, TABLE)
    return table


def settle(path: Path, plan: Plan, wanted: dict[str, Any], forecasts: int) -> pd.DataFrame:
    """The registrations of a plan, the last in force, after what is new has been written.

    Parameters
    ----------
    path : of `registration.parquet`; one process at a time may call this
    wanted : what `content` says of the plan
    forecasts : how many forecasts of the plan the ledger has

    Raises
    ------
    ConfigError : other settings than those in force, without an amendment, or of the catalog or the
        network
    LedgerError : as of `read`
    """
    table = read(path)
    own = of(table, plan.key)
    why = plan.settings["prospective"].get("amendment") or ""
    if own.empty:
        return _add(
            path, table, plan, wanted, {"kind": REGISTRATION, "forecasts_before": forecasts}
        )
    last = own.iloc[-1]
    before = json.loads(last["settings"])
    changed = differing(before, wanted)
    if not changed:
        return own
    told = _told(before, wanted, changed)
    name = "/".join(plan.key.values())
    if set(FIXED) & {key.split(".")[0] for key in changed}:
        raise ConfigError(
            f"{path}: {name} is registered with another catalog or network, which no amendment "
            f"changes: {told}; put it back, or give the forecasts a `run` of their own"
        )
    if not why or why == last["why"]:
        already = f" (the one that stands there, {why!r}, is in force already)" if why else ""
        raise ConfigError(
            f"{path}: {name} is registered with other settings: {told}; put them back, give the "
            f"forecasts a `run` of their own, or say under {plan.study}.prospective.amendment why "
            f"they change{already}"
        )
    row = {"kind": AMENDMENT, "why": why, "forecasts_before": forecasts}
    return _add(path, table, plan, wanted, row)


def of(table: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    """The rows of one run, study, variant and experiment."""
    for name, value in key.items():
        table = table[table[name] == value]
    return table


def in_force(own: pd.DataFrame, forecasts: pd.DataFrame) -> pd.Series:
    """The sha256 of the registration of each forecast.

    Forecasts that were made before anything was registered count as of the first.
    """
    return forecasts["registration"].fillna(own["sha256"].iloc[0])


def settings_of(own: pd.DataFrame, digest: str, settings: dict) -> dict:
    """The settings of a study as a registration has them, the others as they are now.

    Raises
    ------
    LedgerError : there is no such registration
    """
    found = own.loc[own["sha256"] == digest, "settings"]
    if found.empty:
        raise LedgerError(f"a forecast names the registration {digest}, and there is none")
    return {**settings, **json.loads(found.iloc[0])["settings"]}


def place_of(site: str, settings: dict, tensors: xr.Dataset) -> xr.Dataset | None:
    """Latitude and longitude of a site, as registered where it is a point, else as the tensors say.

    None where neither knows the site.
    """
    own = settings["sites"]
    for point in own["points"] if own["mode"] == "points" else []:
        if point["site"] == site:
            place = {name: ("site", [point[name]]) for name in ("latitude", "longitude")}
            return xr.Dataset(coords={"site": [site], **place})
    if site not in tensors["site"].values.tolist():
        return None
    return tensors[["latitude", "longitude"]].sel(site=[site])


def faults(table: pd.DataFrame, forecasts: pd.DataFrame) -> list[str]:
    """What is wrong between registrations and the rows of a ledger, each as a sentence."""
    known = table.drop_duplicates("sha256").set_index("sha256")["registered_at"]
    named = forecasts[forecasts["registration"].notna() & (forecasts["kind"] == ledger.FORECAST)]
    found = []
    for digest, own in named.groupby("registration"):
        if digest not in known.index:
            found.append(f"{len(own)} forecasts name the registration {digest}, and there is none")
        elif (late := int((own["written_at"] < known[digest]).sum())) > 0:
            found.append(f"{late} forecasts were written before their registration {digest}")
    return found


def lines(table: pd.DataFrame, forecasts: pd.DataFrame) -> list[str]:
    """A line of text for each registration, and for forecasts that were made before any."""
    made = forecasts[forecasts["kind"] == ledger.FORECAST]
    said = []
    for row in table.to_dict("records"):
        own = int((made["registration"] == row["sha256"]).sum())
        why = f" ({row['why']})" if row["kind"] == AMENDMENT else ""
        said.append(
            f"{'/'.join(row[name] for name in KEY)}: {row['kind']} {row['sha256']} of "
            f"{row['registered_at']:%Y-%m-%dT%H:%M:%SZ}{why}, {own} forecasts"
        )
    if bare := int(made["registration"].isna().sum()):
        said.append(f"{bare} forecasts were made before anything was registered")
    return said


def _add(path: Path, table: pd.DataFrame, plan: Plan, wanted: dict, row: dict) -> pd.DataFrame:
    """Write a further row."""
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    row = {**row, **plan.key, "settings": text, "registered_at": ledger.clock()}
    new = conform(pd.DataFrame([row]), TABLE).to_dict("records")
    last = table["sha256"].iloc[-1] if len(table) else chain.FIRST
    rows = [*table.to_dict("records"), *chain.sealed(new, last, TABLE)]
    whole = conform(pd.DataFrame(rows), TABLE)
    chain.verified(whole, path, TABLE)
    write_parquet(whole, path)
    chain.make_durable(path)
    return of(whole, plan.key)


def _told(before: dict, now: dict, changed: list[str]) -> str:
    """What changed, from what to what."""
    said = [f"{key} was {_at(before, key)}, is {_at(now, key)}" for key in changed[:SHOWN]]
    rest = len(changed) - SHOWN
    return "; ".join([*said, *([f"and {rest} more"] if rest > 0 else [])])


def _at(settings: dict, key: str) -> str:
    """The value of a dotted key, or that there is none."""
    value: Any = settings
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            return "not there"
        value = value[part]
    return json.dumps(value)

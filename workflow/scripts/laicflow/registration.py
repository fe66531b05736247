"""What forecasts are made and judged by, written down before the first of them.

`registration.parquet` beside a ledger has a row for each run, study, variant and experiment: the
settings that decide which windows are scored, by which network, what counts as an earthquake, as an
alarm and as a hit (`laicflow.registered`). Each forecast names the row in force by its sha256, and
its outcome is told by that row whatever the settings have become since. Other settings are
refused, unless `prospective.amendment` says why: then a further row follows, and what is forecast
from then on is counted apart. Rows are sealed as in `laicflow.chain`; the forecasts, which name
them, seal the last of them too. (Experiments of the CSEP fix these before they begin: Schorlemmer
et al. 2007.)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from laicflow import chain, ledger
from laicflow.chain import LedgerError
from laicflow.errors import ConfigError
from laicflow.files import is_hidden
from laicflow.registered import differences, is_fixed
from laicflow.schema import SchemaError, conform, empty
from laicflow.store import read_parquet, write_parquet

FILE, TABLE = "registration.parquet", "registrations"
REGISTRATION, AMENDMENT = "registration", "amendment"
KEY = ("run", "study", "variant", "experiment")
# Of so many settings that changed a message tells the values.
SHOWN = 5


def read(path: str | Path) -> pd.DataFrame:
    """The table `registrations` in the order of writing, empty where there is no file.

    Raises
    ------
    LedgerError : a file that is no such table, a chain that is broken
    """
    path = Path(path)
    if not path.exists():
        return empty(TABLE)
    try:
        table = conform(read_parquet(path), TABLE)
    except (pa.ArrowInvalid, SchemaError) as error:
        raise LedgerError(
            f"{path}: expected registrations, found something else ({error})"
        ) from error
    chain.verified(table, path, TABLE)
    return table


def of(table: pd.DataFrame, key: dict[str, str]) -> pd.DataFrame:
    """The rows of one run, study, variant and experiment."""
    for name, value in key.items():
        table = table[table[name] == value]
    return table


def settle(
    path: Path, key: dict[str, str], wanted: dict[str, Any], why: str | None, rows: pd.DataFrame
) -> pd.DataFrame:
    """The registrations of a key, the last in force, after what is new has been written.

    Parameters
    ----------
    path : of `registration.parquet`, beside `models/`; one process at a time may call this
    key : run, study, variant, experiment
    wanted : settings to be registered
    why : the reason of the user for other settings than those in force
    rows : all rows of the ledger

    Raises
    ------
    ConfigError, LedgerError : as of `expect`
    """
    table = read(path)
    own = of(table, key)
    kind = expect(path, key, wanted, why, rows)
    if kind is None:
        return own
    forecasts = int((of(rows, key)["kind"] == ledger.FORECAST).sum())
    row = {"kind": kind, "why": _reason(why), "forecasts_before": forecasts}
    return _add(path, table, {**row, **key}, wanted)


def expect(
    path: Path, key: dict[str, str], wanted: dict[str, Any], why: str | None, rows: pd.DataFrame
) -> str | None:
    """Which kind of row is to be added; None where the one in force says it all.

    What neither a forecast nor a model was made by is replaced without a reason. Parameters as of
    `settle`.

    Raises
    ------
    ConfigError : other settings than those in force, without a new reason, or of what cannot be
        amended
    LedgerError : as of `read`; forecasts that name a registration which is not there
    """
    table = read(path)
    _expect_whole(path, table, rows)
    own = of(table, key)
    if own.empty:
        return REGISTRATION
    changed = differences(before := json.loads(own["settings"].iloc[-1]), wanted)
    if not changed:
        return None
    if of(rows, key).empty and not _has_model(path.parent / "models", key):
        return REGISTRATION
    name, told = "/".join(key.values()), _told(before, wanted, changed)
    back = "put them back, or give the forecasts a `run` of their own"
    if is_fixed(changed[0]):
        raise ConfigError(
            f"{path}: {name} is registered with another catalog, upstream, period, network or "
            f"training, which no amendment changes: {told}; {back}"
        )
    reason = _reason(why)
    if not reason or reason in set(own["why"].fillna("")):
        stands = f" (the one that stands there, {reason!r}, was for another change)"
        raise ConfigError(
            f"{path}: {name} is registered with other settings: {told}; {back}, or say under "
            f"{key['study']}.prospective.amendment why they change{stands if reason else ''}"
        )
    return AMENDMENT


def _expect_whole(path: Path, table: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Stop where forecasts name a registration that is not there."""
    named = rows.loc[rows["kind"] == ledger.FORECAST, "registration"].dropna()
    lost = named[~named.isin(table["sha256"])]
    if len(lost):
        raise LedgerError(
            f"{path}: {len(lost)} forecasts name the registration {lost.iloc[0]}, which is not "
            "there: put the file back as it was; nothing is written"
        )


def _has_model(folder: Path, key: dict[str, str]) -> bool:
    """Whether a model has learned under a key, by what stands beside each; without torch."""
    for path in folder.glob("*.json"):
        if is_hidden(path) or path.name.endswith(".provenance.json"):
            continue
        names = json.loads(path.read_text(encoding="utf-8")).get("names", [])
        if names[: len(key)] == list(key.values()):
            return True
    return False


def in_force(own: pd.DataFrame, forecasts: pd.DataFrame) -> pd.Series:
    """The sha256 of the registration of each forecast.

    Forecasts that were made before anything was registered count as of the first.
    """
    return forecasts["registration"].fillna(own["sha256"].iloc[0])


def settings_of(own: pd.DataFrame, digest: str, settings: dict) -> dict:
    """The settings of a study as a registration has them, the others as they are now."""
    text = own.loc[own["sha256"] == digest, "settings"].iloc[0]
    return {**settings, **json.loads(text)["settings"]}


def faults(table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """What is wrong between registrations and the rows of a ledger, each as a sentence."""
    known = {row["sha256"]: row for row in table.to_dict("records")}
    counts: dict[str, int] = {}
    of_window: dict[tuple, object] = {}
    for row in rows.to_dict("records"):
        window = tuple(row[name] for name in ledger.KEY)
        if row["kind"] == ledger.FORECAST:
            of_window[window] = row["registration"]
            fault = _fault(row, known)
        else:
            named, own = of_window.get(window), row["registration"]
            same = named == own or (pd.isna(named) and pd.isna(own))
            fault = "" if same else "outcomes name another registration than their forecast"
        if fault:
            counts[fault] = counts.get(fault, 0) + 1
    return [f"{number} {text}" for text, number in counts.items()]


def faults_within(table: pd.DataFrame) -> list[str]:
    """Registrations that follow others as none may, each as a sentence."""
    found = []
    for names, own in table.groupby(list(KEY), sort=False):
        before: list[dict] = []
        for row in own.to_dict("records"):
            if before and row["forecasts_before"] and (why := _wrong(row, before)):
                found.append(f"{'/'.join(names)}: registration {row['sha256']}: {why}")
            before.append(row)
    return found


def _wrong(row: dict, before: list[dict]) -> str:
    """Why a registration may not follow those before it; "" where it may."""
    old, new = (json.loads(one["settings"]) for one in (before[-1], row))
    if row["kind"] != AMENDMENT:
        return f"expected an {AMENDMENT}, since there are forecasts, found a {row['kind']}"
    if not _reason(row["why"]) or row["why"] in {one["why"] for one in before}:
        return "expected a reason of its own"
    fixed = [key for key in differences(old, new) if is_fixed(key)]
    return f"{', '.join(fixed)} cannot be amended" if fixed else ""


def _fault(row: dict, known: dict[str, dict]) -> str:
    """What is wrong between a forecast and the registration that it names; "" where nothing is."""
    key = tuple(row[name] for name in KEY)
    written = row["written_at"] + ledger.MOST_APART  # a clock may have been set back meanwhile
    own = [one for one in known.values() if tuple(one[name] for name in KEY) == key]
    digest = row["registration"]
    if pd.isna(digest):
        before = [one for one in own if one["registered_at"] + 2 * ledger.MOST_APART < written]
        return "forecasts name no registration, though there was one" if before else ""
    if digest not in known:
        return f"forecasts name the registration {digest}, which is not there"
    named = known[digest]
    if named not in own:
        return f"forecasts name the registration {digest}, which is of others"
    if written < named["registered_at"]:
        return f"forecasts were written before their registration {digest}"
    later = own[own.index(named) + 1 :]
    if later and later[0]["registered_at"] + 2 * ledger.MOST_APART < written:
        return f"forecasts name the registration {digest}, which had been amended"
    threshold = json.loads(named["settings"])["settings"]["prospective"]["threshold"]
    return (
        "" if row["threshold"] == threshold else "forecasts have another threshold than registered"
    )


def lines(table: pd.DataFrame, rows: pd.DataFrame) -> list[str]:
    """A line of text for each registration, and for forecasts that were made before any."""
    made = rows[rows["kind"] == ledger.FORECAST]
    said = []
    for row in table.to_dict("records"):
        own = int((made["registration"] == row["sha256"]).sum())
        why = f" ({_reason(row['why'])})" if _reason(row["why"]) else ""
        said.append(
            f"{'/'.join(row[name] for name in KEY)}: {row['kind']} {row['sha256']} of "
            f"{row['registered_at']:%Y-%m-%dT%H:%M:%SZ}{why}, {own} forecasts"
        )
    if bare := int(made["registration"].isna().sum()):
        said.append(f"{bare} forecasts were made before anything was registered")
    return said


def _add(path: Path, table: pd.DataFrame, row: dict, wanted: dict) -> pd.DataFrame:
    """Write a further row; those of its key."""
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    row = {**row, "settings": text, "registered_at": chain.clock()}
    new = conform(pd.DataFrame([row]), TABLE).to_dict("records")
    last = table["sha256"].iloc[-1] if len(table) else chain.FIRST
    rows = [*table.to_dict("records"), *chain.sealed(new, last, TABLE)]
    whole = conform(pd.DataFrame(rows), TABLE)
    chain.verified(whole, path, TABLE)
    write_parquet(whole, path)
    chain.make_durable(path)
    return of(whole, {name: row[name] for name in KEY})


def _reason(why: str | None) -> str:
    """A reason without blanks around it, "" for none."""
    return why.strip() if isinstance(why, str) else ""


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

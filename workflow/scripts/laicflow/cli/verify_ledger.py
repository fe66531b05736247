"""Recompute the chains of a ledger and its registrations, and the sha256 of the models it names."""

from __future__ import annotations

import argparse
from pathlib import Path

from laicflow import chain, ledger, registration
from laicflow.evaluation.forecasts import lines, summary
from laicflow.files import sha256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("ledger", type=Path, help="ledger/<study>/forecasts.parquet")
    parser.add_argument(
        "--head",
        default="",
        help="sha256 of a row that must be there, e.g. `head` of a receipt: it tells whether rows "
        "are missing at the end even where heads.txt beside the ledger was cut off with it",
    )
    parser.add_argument(
        "--settings", action="store_true", help="print the registered settings too, as JSON"
    )


def run(options: argparse.Namespace) -> int:
    """Print the last sha256, and every model and registration that is not what a forecast names.

    1 if there is one.

    A row that is not what was written is an error, which names the row.
    """
    last = ledger.verify(options.ledger, options.head)
    table = ledger.read(options.ledger)
    named = table["model_sha256"].dropna().unique().tolist()
    bad = 0
    for name in named:
        path = options.ledger.parent / "models" / f"{name}.safetensors"
        found = sha256(path) if path.is_file() else "no file"
        if found != name:
            bad += 1
            print(f"{path}: expected sha256 {name}, found {found}")
    registered = registration.read(options.ledger.parent / registration.FILE)
    faults = [*registration.faults_within(registered), *registration.faults(registered, table)]
    for fault in faults:
        print(f"{options.ledger}: {fault}")
    counts = table["kind"].value_counts()
    print(
        f"{options.ledger}: {counts.get(ledger.FORECAST, 0)} forecasts, "
        f"{counts.get(ledger.OUTCOME, 0)} outcomes, the chain is whole, last row {last}"
    )
    if (options.ledger.parent / ledger.HEADS).is_file():
        print(f"{ledger.HEADS} beside it: all rows that it names are there")
    elif not options.head:
        print(f"no {ledger.HEADS} beside it, no --head: rows may be missing at the end")
    print(f"{len(named)} models, {bad} not as the ledger says")
    for line in [*registration.lines(registered, table), *lines(summary(table, now=chain.clock()))]:
        print(line)
    if options.settings:
        for row in registered.to_dict("records"):
            print(f"{row['sha256']} {row['settings']}")
    return 1 if bad or faults else 0

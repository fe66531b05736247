"""`laicflow COMMAND`: what is useful beside the workflow, one module a command."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from laicflow.errors import LaicflowError

COMMANDS = {
    "check": "laicflow.cli.check",
    "continuous": "laicflow.cli.continuous",
    "plan": "laicflow.cli.plan",
    "read": "laicflow.cli.read",
    "recover": "laicflow.cli.recover",
    "replica": "laicflow.cli.serve",
    "simulate-minutes": "laicflow.cli.simulate_minutes",
    "verify": "laicflow.cli.verify",
    "verify-ledger": "laicflow.cli.verify_ledger",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; an error that a user can act upon is a message, not a traceback."""
    parser = argparse.ArgumentParser(
        prog="laicflow", description="Helpers beside the workflow, which is run with snakemake."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        loaded = importlib.import_module(module)
        text = (loaded.__doc__ or "").strip().splitlines()[0]
        own = commands.add_parser(name, help=text, description=text)
        loaded.add_arguments(own)
        own.set_defaults(run=loaded.run)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except LaicflowError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

"""Bring the forecasts of a study up to date: outcomes, training, the windows that end now.

The ledger and the models lie under ledger/<study>, and are no output of a rule: they are only ever
added to. The receipt says what was done.
"""

import importlib
from pathlib import Path

import pandas as pd

from laicflow import beginning, config, ledger
from laicflow.evaluation.forecasts import lines, summary
from laicflow.files import write_json
from laicflow.joblog import job
from laicflow.prospective import LEDGER, update
from laicflow.prospective_inputs import data_of, known_until, plan_of
from laicflow.store import read_parquet


def run(inputs: dict[str, list[str]], output: str, study: str, options: dict, code: str) -> None:
    """Update the ledger of a study, and write the receipt."""
    now, folder = pd.Timestamp(config.now()), Path("ledger") / study
    beginning.expect(options["begun"])
    # The network starts from them once; what is forecast hangs on the model that came of it.
    weights = next(iter(inputs.pop("weights", [])), "")
    told = update(
        importlib.import_module(f"laicflow.studies.{study}.prospective"),
        plan_of(study, options, code, weights),
        data_of(study, inputs, options, now),
        read_parquet(options["begun"]["samples"]),
        folder,
        now=now,
        known_until=known_until(options, now),
        clock=lambda: pd.Timestamp(config.now()),
    )
    for what, of in told.items():
        print(f"{what}: {of}")
    counts = told["forecasts"]
    if counts["too_late"] and not counts["added"] + counts["already"]:
        print("no forecast: the horizon of every window was over before its data were here")
    write_json(told, output)
    for line in lines(summary(ledger.read(folder / LEDGER))):
        print(line)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        named = {
            key: [paths] if isinstance(paths, str) else list(paths)
            for key, paths in snakemake.input.items()
        }
        name = snakemake.wildcards.study
        run(named, snakemake.output[0], name, snakemake.params.options, snakemake.params.code)

"""Label the windows of a variant, and say who trains and who tests."""

import importlib
import json

import pandas as pd

from laicflow.beginning import OPTIONS, digest
from laicflow.joblog import job
from laicflow.store import provenance, read_netcdf, read_parquet, write_parquet


def select(files: dict[str, list[str]], outputs: dict[str, str], study: str, options: dict) -> None:
    """Write samples and splits; the counts behind them go into the attributes of both."""
    module = importlib.import_module(f"laicflow.studies.{study}.samples")
    # A role that no source plays has no files.
    index = {
        role: pd.concat([read_parquet(p) for p in files[role]], ignore_index=True)
        if files[role]
        else None
        for role in ("kp", "dst", "f107")
    }
    samples, splits, facts = module.choose(
        read_netcdf(files["tensors"][0]),
        read_parquet(files["catalog"][0]),
        index,
        options["study"],
        names=(*options["names"], str(options["seed"])),
        latency_days=options["latency_days"],
    )
    print(json.dumps(facts, indent=1))
    told = provenance(path for paths in files.values() for path in paths)
    told |= {"facts": json.dumps(facts), OPTIONS: digest(options)}
    write_parquet(samples, outputs["samples"], attributes=told)
    write_parquet(splits, outputs["splits"], attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        named = {
            key: [paths] if isinstance(paths, str) else list(paths)
            for key, paths in snakemake.input.items()
        }
        written = dict(snakemake.output.items())
        select(named, written, snakemake.wildcards.study, snakemake.params.options)

"""Find the anomalies of a variant by two methods, and how often each alarms.

- anomalies: every epoch of every station with its bounds and what lies beyond them.
- alarms: rates over the whole record with intervals, beside what chance would give.
- quakes: earthquakes that have a station inside their zone, and the one that figures show.
"""

import importlib
import json

from laicflow.joblog import job
from laicflow.store import provenance, read_netcdf, read_parquet, read_tables, write_parquet


def write(files: dict[str, list[str]], outputs: dict[str, str], study: str, options: dict) -> None:
    """Write the three tables of a variant; `facts` stand in the attributes of each."""
    module = importlib.import_module(f"laicflow.studies.{study}.anomalies")
    found = module.make(
        read_netcdf(files["tensors"][0]),
        read_tables(files["predictions"]),
        read_parquet(files["samples"][0]),
        read_parquet(files["catalog"][0]),
        options["study"],
        names=(*options["names"], str(options["seed"])),
        audit=options["audit"],
    )
    print(json.dumps(found.facts, indent=1))
    told = provenance(path for paths in files.values() for path in paths)
    told["facts"] = json.dumps(found.facts)
    for name, path in outputs.items():
        write_parquet(getattr(found, name), path, attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        named = {
            key: [paths] if isinstance(paths, str) else list(paths)
            for key, paths in snakemake.input.items()
        }
        written = dict(snakemake.output.items())
        write(named, written, snakemake.wildcards.study, snakemake.params.options)

"""Read the minutes of a partition into the store: one NetCDF, each minute once, jumps listed.

In a world `inject-<name>` a signal is planted into the minutes of each file as it is read.
"""

import importlib
import json
from pathlib import Path

from laicflow.catalogs.merge import select
from laicflow.clean.minutes import Plant, month_of_minutes
from laicflow.joblog import job
from laicflow.seeds import number
from laicflow.store import provenance, read_parquet, write_netcdf


def planter(catalog: str, plant: dict) -> Plant:
    """What is added to the minutes: the signal of `plant` before the earthquakes of a catalog."""
    module = importlib.import_module("laicflow.inject.minutes")
    events = select(read_parquet(catalog), plant["events"])
    places = {site: tuple(place) for site, place in plant["places"].items()}
    return module.planter(events, plant["options"], number(*plant["seed"]), places=places)


def clean(inputs: list[str], output: str, *, reader: str, origin: str, plant: dict | None) -> None:
    """The minutes that a receipt, the first of `inputs`, names, cleaned."""
    content = json.loads(Path(inputs[0]).read_text())
    add = planter(inputs[1], plant) if plant else None
    minutes = month_of_minutes(content, Path("data/raw") / origin, reader, add)
    for code, counts in json.loads(minutes.attrs["counts"]).items():
        told = ", ".join(f"{counts[key]} {key}" for key in ("minutes", "missing", "jumps"))
        print(f"{code}: {told}, by state {counts['by_state']}")
    if plant:
        print(f"planted: {json.dumps(plant)}")
        minutes.attrs["planted"] = json.dumps(plant)
    write_netcdf(minutes, output, attributes=provenance(inputs), compress=False)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        given = {"plant": None, **snakemake.params.options}
        clean(list(snakemake.input), snakemake.output[0], **given)

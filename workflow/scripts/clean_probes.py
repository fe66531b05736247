"""Read the Langmuir-probe files of a partition into the store: a row group a half-orbit.

In a world `inject-<name>` a disturbance is planted into the samples.
"""

import importlib
import json
from pathlib import Path

import pandas as pd

from laicflow.clean.probes import month_of_probes, write
from laicflow.joblog import job
from laicflow.seeds import number
from laicflow.store import provenance, read_parquet


def planted(table: pd.DataFrame, catalog: str, plant: dict) -> tuple[pd.DataFrame, dict]:
    """The samples with what `plant` asks for around the earthquakes of a catalog; what was done."""
    module = importlib.import_module("laicflow.inject.probes")
    events = module.mainshocks(read_parquet(catalog), plant["events"], plant["aftershocks"])
    made, counts = module.planter(events, plant["options"], number(*plant["seed"]))(table)
    print(f"planted: {json.dumps(plant)}")
    print(f"planted into {sum(counts.values())} samples before {len(counts)} earthquakes")
    return made, {"planted": plant, "planted_samples": counts}


def clean(inputs: list[str], output: str, *, reader: str, origin: str, plant: dict | None) -> None:
    """The samples that a receipt, the first of `inputs`, names, cleaned."""
    content = json.loads(Path(inputs[0]).read_text())
    table, facts = month_of_probes(content, Path("data/raw") / origin, reader)
    print(f"{facts['files']['kept']} of {facts['files']['read']} files, {len(table)} samples")
    print(", ".join(f"{count} {what}" for what, count in facts["counts"].items()))
    for entry in facts["left_out"]:
        print(f"left out: {entry['file']}: {entry['why']}")
    if plant:
        table, told = planted(table, inputs[1], plant)
        facts = {**facts, **told}
    write(table, output, facts, attributes=provenance(inputs))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        given = {"plant": None, **snakemake.params.options}
        clean(list(snakemake.input), snakemake.output[0], **given)

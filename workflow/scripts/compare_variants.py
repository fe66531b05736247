"""Set variants that differ in one thing alone beside each other."""

from pathlib import Path

from laicflow.evaluation.compare import compare
from laicflow.joblog import job
from laicflow.store import provenance, write_parquet
from laicflow.studies.results import load


def write(inputs: list[str], output: str, study: str, group: str, options: dict) -> None:
    """Write the table `comparison` of a group of variants."""
    results = load(
        options["settings"],
        Path(output).parents[1],
        options["needs"],
        run=options["names"][0],
        study=study,
        of=group,
    )
    table = compare(results, options)
    shown = ["variant", "experiment", "metric", "value", "low", "high", "difference", "note"]
    print(table[shown].to_string())
    told = {"max_inflation": str(options["audit"]["max_inflation"])}
    write_parquet(table, output, attributes={**provenance(inputs), **told})


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        named = snakemake.wildcards
        inputs = list(snakemake.input)
        write(inputs, snakemake.output[0], named.study, named.group, snakemake.params.options)

"""Put a variant before the referee: every check a row, and the verdict on the headline."""

from laicflow.audit.context import Context
from laicflow.audit.run import run_checks
from laicflow.audit.verdict import verdict
from laicflow.files import write_json
from laicflow.joblog import job
from laicflow.schema import conform
from laicflow.store import provenance, read_parquet, read_tables, write_parquet


def judge(inputs: dict[str, list[str]], outputs: dict, wildcards: dict, options: dict) -> None:
    """Write the table `audit` and the verdict of a variant."""
    context = Context(
        study=wildcards["study"],
        variant=wildcards["variant"],
        samples=read_parquet(inputs["samples"][0]),
        splits=read_parquet(inputs["splits"][0]),
        predictions=read_tables(inputs["predictions"]),
        notes=read_tables(inputs["notes"]),
        scores=read_parquet(inputs["scores"][0]),
        options=options["gates"],
        headline=options["headline"],
        names=(*options["names"], str(options["seed"])),
        compared=read_parquet(inputs["compared"][0]),
        unlike=options["unlike"],
        trained=options["trained"],
        fitted=options["fitted"],
    )
    audit = conform(run_checks(context), "audit")
    told = provenance(path for paths in inputs.values() for path in paths)
    write_parquet(audit, outputs["audit"], attributes=told)
    said = verdict(context, audit)
    print(said["text"])
    write_json(said, outputs["verdict"])


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        named = {
            key: [paths] if isinstance(paths, str) else list(paths)
            for key, paths in snakemake.input.items()
        }
        written = dict(snakemake.output.items())
        judge(named, written, dict(snakemake.wildcards.items()), snakemake.params.options)

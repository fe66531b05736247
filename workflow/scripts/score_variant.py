"""Score a variant: every metric of every run, with its interval."""

from laicflow.evaluation.scores import score
from laicflow.joblog import job
from laicflow.schema import conform
from laicflow.store import provenance, read_parquet, read_tables, write_parquet


def write(inputs: dict[str, list[str]], output: str, variant: str, options: dict) -> None:
    """The table `scores` of a variant."""
    predictions = read_tables(inputs["predictions"])
    scores = score(
        predictions,
        read_parquet(inputs["samples"][0]),
        {**options["audit"], "support_days": options["support_days"]},
        variant=variant,
        notes=read_tables(inputs["notes"]),
        names=(*options["names"], str(options["seed"])),
    )
    told = provenance(path for paths in inputs.values() for path in paths)
    write_parquet(conform(scores, "scores"), output, attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        named = {
            key: [paths] if isinstance(paths, str) else list(paths)
            for key, paths in snakemake.input.items()
        }
        write(named, snakemake.output[0], snakemake.wildcards.variant, snakemake.params.options)

"""Take one simulated world through the whole chain, and say whether the network found anything."""

from pathlib import Path

from laicflow.joblog import job
from laicflow.store import write_parquet
from laicflow.studies.pham2023.worlds import trial


def attempt(output: str, kind: str, world_seed: int, options: dict) -> None:
    """Write the row of one trial; the files of its world are gone at the end."""
    scratch = Path("scratch") / options["names"][0] / "worlds"
    row = trial(kind, world_seed, options, scratch)
    write_parquet(row, output, attributes={"licence": "simulated"})


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        attempt(
            snakemake.output[0],
            snakemake.wildcards.kind,
            int(snakemake.wildcards.world_seed),
            snakemake.params.options,
        )

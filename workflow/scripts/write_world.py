"""Write the simulated world in the upstreams' own formats, and say what is in it."""

from pathlib import Path

from laicflow.files import write_json
from laicflow.joblog import job
from laicflow.simulate.world import write_world


def write(receipt: str, processes: int, *, folder: str, world: dict) -> None:
    """The world of `world` under `folder`, its summary in `receipt`."""
    write_json(write_world(world, Path(folder), processes), receipt)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        write(snakemake.output[0], snakemake.threads, **snakemake.params.options)

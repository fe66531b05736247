"""Find the published weights that networks start from, and leave a receipt."""

from laicflow.files import write_json
from laicflow.joblog import job
from laicflow.models.weights import receipt


def find(output: str, options: dict) -> None:
    """Write where the weights of each network are; `options` are those of the rule."""
    told = receipt(options["wanted"])
    for one in told["weights"]:
        print(f"{one['model']}: {one['said']}")
    if not all(one["file"] for one in told["weights"]):
        print(f"to ask the hub again: delete {output} and run again with a network")
    write_json(told, output)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        find(snakemake.output[0], snakemake.params.options)

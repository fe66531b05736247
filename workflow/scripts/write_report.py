"""Write the report of a study: one HTML file that holds all it shows."""

from pathlib import Path

from laicflow.files import write_text
from laicflow.joblog import job
from laicflow.report.page import build, load_receipts
from laicflow.store import read_parquet
from laicflow.studies.results import load


def write(receipts: list[str], catalog: str, output: str, options: dict, code: str) -> None:
    """Write the report of the study in whose folder `output` lies."""
    base = Path(output).parent
    settings = {**options["study"], **{key: options["whole"][key] for key in ("audit", "seed")}}
    results = load(settings, base, options["needs"], run=options["run"], study=base.name)
    page = build(
        results,
        load_receipts(receipts),
        read_parquet(catalog),
        options,
        base=base,
        comparisons={
            group: read_parquet(base / f"compared/{group}.parquet") for group in options["compared"]
        },
        code=code,
    )
    write_text(page, output)
    for variant, said in results.verdict.items():
        print(f"{base.name}, {variant}: {said['text']}")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        write(
            list(snakemake.input.receipts),
            snakemake.input.catalog,
            snakemake.output[0],
            snakemake.params.options,
            snakemake.params.code,
        )

"""Set the series over the stations of a simulated world beside what is true there: one table."""

from pathlib import Path

from laicflow.joblog import job
from laicflow.report.station_truth import recovered
from laicflow.store import provenance, read_netcdf, write_parquet


def compare(receipt: str, series: list[str], output: str) -> None:
    """Write the table of what was recovered and what is true."""
    table = recovered([read_netcdf(file) for file in series], Path(receipt))
    off = (table["recovered"] - table["true"]).groupby(table["part"])
    print(off.describe().to_string())
    write_parquet(table, output, attributes=provenance([*series]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        compare(snakemake.input.world, list(snakemake.input.series), snakemake.output[0])

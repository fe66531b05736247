"""Estimate from which magnitude a catalog is complete, by region and year, and draw it.

Magnitudes count as they were reported: converted ones stand in steps of their own.
"""

from laicflow.catalogs.completeness import completeness
from laicflow.joblog import job
from laicflow.plots.completeness import draw_completeness
from laicflow.plots.drawing import render
from laicflow.store import provenance, read_parquet


def estimate(catalog: str, outputs: dict[str, str], options: dict) -> None:
    """The table and the figure of the catalog at `catalog`."""
    events = read_parquet(catalog)
    reported = events["magnitude_reported"].fillna(events["magnitude"])
    regions = options.pop("regions")
    table = completeness(events.assign(magnitude=reported), regions, **options)
    known = int(table["mc_maxc"].notna().sum())
    print(f"{len(events)} events; {known} of {len(table)} region-years have a completeness")
    told = {**provenance([catalog]), "caption": "Completeness of the catalog by region and year"}
    render(draw_completeness, table, outputs, attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        estimate(snakemake.input[0], dict(snakemake.output.items()), dict(snakemake.params.options))

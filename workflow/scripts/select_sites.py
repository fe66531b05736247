"""Name the places of a study: points of the configuration, or epicentres of the catalog.

Satellites go everywhere: a study along orbits has none.
"""

import pandas as pd

from laicflow.beginning import OPTIONS, digest
from laicflow.catalogs.merge import select
from laicflow.joblog import job
from laicflow.samples.sites import from_epicentres, from_points
from laicflow.schema import empty
from laicflow.store import provenance, read_parquet, write_parquet


def name_sites(catalog: str, output: str, study: dict) -> None:
    """The table `sites` of a study; epicentres are those of events with a whole support."""
    if study["sites"]["mode"] == "orbits":
        sites = empty("sites")
    elif study["sites"]["mode"] == "points":
        sites = from_points(study["sites"]["points"])
    else:
        support = study["support_days"]
        first = pd.Timestamp(study["period"]["start"]) + pd.Timedelta(days=support)
        last = pd.Timestamp(study["period"]["end"]) + pd.Timedelta(days=1)
        sites = from_epicentres(select(read_parquet(catalog), study["catalog"]), first, last)
    print(f"{len(sites)} sites")
    told = {**provenance([catalog]), OPTIONS: digest(study)}
    write_parquet(sites, output, attributes=told)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        name_sites(snakemake.input.catalog, snakemake.output[0], snakemake.params.options)

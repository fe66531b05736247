"""Compare the series of TEC over stations with maps: a table, a figure and the numbers in it."""

import json

import pandas as pd

from laicflow.files import write_text
from laicflow.joblog import job
from laicflow.plots import station_series
from laicflow.plots.drawing import render
from laicflow.report import stations
from laicflow.report.formats import as_csv, as_markdown
from laicflow.store import provenance, read_netcdf, write_parquet


def show(inputs: dict[str, list[str]], outputs: dict[str, str], options: dict) -> None:
    """Write the files of the comparison, months of `series` beside those of `maps`."""
    own = options["stations"]
    months = []
    for file, of_maps in zip(inputs["series"], inputs["maps"], strict=True):
        series = read_netcdf(file)
        months.append((series, stations.beside_maps(series, read_netcdf(of_maps))))
    table = stations.table(months)
    beside = pd.concat([found for _, found in months], ignore_index=True)
    caption = stations.caption(own, own["maps"].upper())
    told = provenance([*inputs["series"], *inputs["maps"]]) | {"caption": caption}
    readable = table[list(stations.READABLE)].rename(columns=stations.READABLE)
    write_text(as_csv(table), outputs["csv"])
    write_text(f"{caption}\n\n{as_markdown(readable, digits=2)}", outputs["md"])
    units = json.dumps(stations.UNITS, sort_keys=True)
    write_parquet(table, outputs["table"], attributes=told | {"units": units})
    render(
        lambda parts: station_series.draw(*parts, own["maps"].upper()),
        (beside, table),
        {name: outputs[name] for name in ("svg", "png", "parquet")},
        attributes=told,
    )
    print(as_markdown(readable, digits=2))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        given = {name: list(map(str, snakemake.input[name])) for name in ("series", "maps")}
        show(given, dict(snakemake.output.items()), snakemake.params.options)

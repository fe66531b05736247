"""Draw the figures about one earthquake, and say how often the same methods alarm."""

from pathlib import Path

import pandas as pd

from laicflow.joblog import job
from laicflow.store import provenance
from laicflow.studies.edlstme import case, case_figures, case_inputs, case_stations


def draw(inputs: dict[str, list[str]], outputs: list[str], options: dict) -> None:
    """Write the folder of the earthquake `options["event"]`."""
    event = options["event"]
    spans = case.spans_of(pd.Timestamp(event["time"]), **options["days"])
    maps = case_inputs.maps(inputs["maps"], spans)
    names = ("kp", "dst", "f107")
    indices = {name: case_inputs.index(inputs[name], name, spans) for name in names}
    events = case_inputs.catalog(inputs["catalog"], options["rules"], spans)
    own = {"run": options["run"], "seed": options["seed"], "audit": options["audit"]}
    over = None
    if inputs["tec"]:
        print(f"series over the stations of {options['tec']}")
        over = case_stations.series(inputs["tec"], event, spans)
    found = case.results(
        maps, event, indices, events, options["settings"], spans=spans, over=over, **own
    )
    limits = case.bounds_of(options["settings"])
    values = case.map_of_anomalies(maps, event, indices, limits, spans)
    told = provenance(path for paths in inputs.values() for path in paths)
    last = pd.Timestamp(maps["time"].values.max())
    after = (last - pd.Timestamp(event["time"])) / pd.Timedelta(hours=1)
    print(f"{event['name']}: {maps.sizes['time']} maps, the last {last}, {after:.1f} h after it")
    files = case_figures.write(found, values, Path(outputs[0]).parent, told)
    if lost := sorted({Path(one) for one in outputs} - set(files)):
        raise FileNotFoundError(f"not written: {lost}")
    print((Path(outputs[0]).parent / "alarms.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        kinds = ("maps", "tec", "kp", "dst", "f107", "catalog")
        given = {kind: list(map(str, snakemake.input.get(kind, []))) for kind in kinds}
        draw(given, list(map(str, snakemake.output)), snakemake.params.options)

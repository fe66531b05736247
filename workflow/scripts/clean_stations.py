"""Turn the observations of GNSS stations of a partition into vertical TEC: one NetCDF.

Absent and unusable days are left out; the log and the attributes say which, and why.
"""

import json
from pathlib import Path

from laicflow.clean.stations import month_of_stations
from laicflow.joblog import job
from laicflow.store import provenance, read_netcdf, write_netcdf


def clean(inputs: dict[str, str], output: str, *, origin: str, options: dict) -> None:
    """The series that receipts of `observations`, `orbits` and `biases`, and `maps`, give."""
    maps = read_netcdf(inputs["maps"]) if inputs.get("maps") else None
    kinds = ("observations", "orbits", "biases")
    receipts = {kind: json.loads(Path(inputs[kind]).read_text()) for kind in kinds}
    series = month_of_stations(receipts, Path("data/raw") / origin, options, maps)
    for code, facts in json.loads(series.attrs["stations_json"]).items():
        told = f"bias {facts['receiver_bias_ns']:.3f} ns by {facts['receiver_bias_way']}"
        days = f"{facts['days_with_values']} of {facts['days_asked']} days"
        print(f"{code}: {facts['values']} values on {days}, {told}, left out {facts['left_out']}")
        for what in ("missing", "skipped"):
            for day, why in facts[what].items():
                print(f"{code} {day}: {what}: {why}")
    for code, why in json.loads(series.attrs["stations_missing_json"]).items():
        print(f"{code}: left out: {why}")
    write_netcdf(series, output, attributes=provenance(inputs.values()))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        given = {name: str(file) for name, file in snakemake.input.items() if file}
        clean(given, snakemake.output[0], **snakemake.params.options)

# needs: receipts of fetch.smk, maps of clean.smk
# provides: <store>/observed/<source>/<partition>.nc of observations of GNSS stations; <run>/stations/
#   (target stations)

from laicflow.observed import OBSERVATIONS


def behind_observations(kind):
    """A function of the wildcards: the receipt of the orbits or biases of a partition."""

    def of(wildcards):
        return f"<run>/fetch/{config['stations'][kind]}/{wildcards.partition}.json"

    return of


def maps_of_biases(wildcards):
    """The maps to which biases of receivers are fitted, where one of the ways takes them."""
    own = config["stations"]
    if "map" not in own["receiver_bias"]:
        return []
    return f"<store>/observed/{own['maps']}/{wildcards.partition}.nc"


rule clean_stations:
    """Turn the observations of the stations of a partition into vertical TEC"""
    input:
        observations="<run>/fetch/{source}/{partition}.json",
        orbits=behind_observations("orbits"),
        biases=behind_observations("biases"),
        maps=maps_of_biases,
    output:
        "<store>/observed/{source}/{partition}.nc",
    log:
        "<run>/logs/clean_stations/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_stations/{source}/{partition}.tsv"
    wildcard_constraints:
        source=OBSERVATIONS,
    params:
        options={
            "origin": UPSTREAM["name"],
            "options": {
                key: value
                for key, value in config["stations"].items()
                if key not in ("orbits", "biases", "maps")
            },
        },
        code=code_of("clean_stations"),
    script:
        "../scripts/clean_stations.py"


def months_of_stations(kind):
    """The files of the store of the stations' months: `series`, or the `maps` beside them."""
    source = OBSERVATIONS if kind == "series" else config["stations"]["maps"]
    return [f"<store>/observed/{source}/{part}.nc" for part in partitions(OBSERVATIONS)]


rule show_stations:
    """Compare the series over the stations with maps: a table and a figure"""
    input:
        series=months_of_stations("series"),
        maps=months_of_stations("maps"),
    output:
        csv="<run>/stations/stations.csv",
        md="<run>/stations/stations.md",
        table="<run>/stations/stations.parquet",
        svg="<run>/stations/series.svg",
        png="<run>/stations/series.png",
        parquet="<run>/stations/series.parquet",
    log:
        "<run>/logs/show_stations.log",
    benchmark:
        "<run>/benchmarks/show_stations.tsv"
    params:
        options={"stations": config["stations"]},
        code=code_of("show_stations"),
    script:
        "../scripts/show_stations.py"


rule stations:
    """Vertical TEC over GNSS stations beside that of maps, table and figure"""
    input:
        rules.show_stations.output,


if UPSTREAM["kind"] == "world":

    rule compare_truth:
        """Set the series over the stations of the simulated world beside what is true there"""
        input:
            world=f"{UPSTREAM['folder']}.json",
            series=months_of_stations("series"),
        output:
            "<run>/stations/recovered.parquet",
        log:
            "<run>/logs/compare_truth.log",
        benchmark:
            "<run>/benchmarks/compare_truth.tsv"
        params:
            options={},
            code=code_of("compare_truth"),
        script:
            "../scripts/compare_truth.py"

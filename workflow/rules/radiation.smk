# needs: maps of radiation of the store (role olr of a study)
# provides: <run>/<study>/<variant>/rst.nc

from laicflow.anomalies import rst_maps


def radiation_of(wildcards):
    """The files of the store in which a study finds its radiation."""
    return stored(wildcards.study, "olr")


def lines_of_rst(wildcards):
    """Files of lines that are drawn over the maps."""
    return [line["file"] for line in variant_of(wildcards)["olr"]["lines"]]


def options_of_rst(wildcards):
    study = variant_of(wildcards)
    rst_maps.check_kept(config["sources"][study["data"]["olr"]], study)
    return settings.pick(study, "olr", "event")


rule compute_rst:
    """Compute how unusual the radiation of days around an event is among the years"""
    input:
        radiation=radiation_of,
        lines=lines_of_rst,
    output:
        "<run>/{study}/{variant}/rst.nc",
    log:
        "<run>/logs/{study}/{variant}/compute_rst.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/compute_rst.tsv"
    params:
        options=options_of_rst,
        code=code_of("compute_rst"),
    script:
        "../scripts/compute_rst.py"

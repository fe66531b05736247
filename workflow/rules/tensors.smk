# needs: maps of the store, the merged catalog (for sites at epicentres)
# provides: <run>/<study>/sites.parquet, <run>/<study>/tensors/<world>-<preparation>.nc

SITE_KEYS = ("catalog", "period", "sites", "window", "reference")
TENSOR_KEYS = ("period", "reference", "image")


def options_of_sites(wildcards):
    return settings.pick(config[wildcards.study], *SITE_KEYS)


def maps_of(wildcards):
    return stored(wildcards.study, "maps")


def options_of_tensors(wildcards):
    return settings.pick(config[wildcards.study], *TENSOR_KEYS)


rule select_sites:
    """Name the places of a study"""
    input:
        catalog=catalog_of,
    output:
        "<run>/{study}/sites.parquet",
    log:
        "<run>/logs/{study}/select_sites.log",
    benchmark:
        "<run>/benchmarks/{study}/select_sites.tsv"
    params:
        options=options_of_sites,
        code=code_of("select_sites"),
    script:
        "../scripts/select_sites.py"


rule build_tensors:
    """Cut what every window of a study shows, without labels"""
    input:
        maps=maps_of,
        sites="<run>/{study}/sites.parquet",
    output:
        "<run>/{study}/tensors/{world}-{preparation}.nc",
    log:
        "<run>/logs/{study}/build_tensors/{world}-{preparation}.log",
    benchmark:
        "<run>/benchmarks/{study}/build_tensors/{world}-{preparation}.tsv"
    params:
        options=options_of_tensors,
        code=code_of_study("build_tensors", "windows"),
    script:
        "../scripts/build_tensors.py"

# needs: maps or minutes of the store, the merged catalog (for sites at epicentres)
# provides: <run>/<study>/sites.parquet, <run>/<study>/tensors/<world>-<preparation>.nc


def options_of_sites(wildcards):
    study = config[wildcards.study]
    return {
        **settings.pick(study, *keys_of(wildcards.study, "sites")),
        "support_days": needs_of_study(wildcards.study).support_days(study),
        "made_of": made_of(wildcards.study),
    }


def series_of(wildcards):
    """The files of the store from which tensors are built."""
    study = config[wildcards.study]
    return [
        file
        for role in needs_of_study(wildcards.study).roles(study, wildcards.preparation)
        for file in stored(wildcards.study, role, wildcards.world)
    ]


def options_of_tensors(wildcards):
    study = config[wildcards.study]
    return {
        **settings.pick(study, *keys_of(wildcards.study, "tensors")),
        **needs_of_study(wildcards.study).preparation(study, wildcards.preparation),
    }


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
        series=series_of,
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

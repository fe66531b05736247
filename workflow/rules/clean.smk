# needs: receipts of fetch.smk
# provides: <store>/<world>/<source>/<partition>.nc (maps) and .parquet (tables)


def options_of_clean(wildcards):
    return {
        "reader": source_settings(wildcards.source)["format"],
        "origin": UPSTREAM["name"],
    }


def code_of_clean_maps(wildcards):
    return code_of(
        "clean_maps", f"laicflow.readers.{source_settings(wildcards.source)['format']}"
    )


def reader_of_table(source):
    """The reader of the format that is asked for, where a source has several."""
    own = source_settings(source)
    form = config["sources"].get(source, {}).get("format")
    return own["readers"][form] if form else own["format"]


def options_of_table(wildcards):
    return {"reader": reader_of_table(wildcards.source), "origin": UPSTREAM["name"]}


def code_of_clean_table(wildcards):
    return code_of(
        "clean_table", f"laicflow.readers.{reader_of_table(wildcards.source)}"
    )


rule clean_maps:
    """Read the map files of a partition into the store"""
    input:
        "<run>/fetch/{source}/{partition}.json",
    output:
        "<store>/{world}/{source}/{partition}.nc",
    log:
        "<run>/logs/clean_maps/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_maps/{world}/{source}/{partition}.tsv"
    params:
        options=options_of_clean,
        code=code_of_clean_maps,
    script:
        "../scripts/clean_maps.py"


rule clean_table:
    """Read the files of a partition of an index or a catalog into the store"""
    input:
        "<run>/fetch/{source}/{partition}.json",
    output:
        "<store>/{world}/{source}/{partition}.parquet",
    log:
        "<run>/logs/clean_table/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_table/{world}/{source}/{partition}.tsv"
    params:
        options=options_of_table,
        code=code_of_clean_table,
    script:
        "../scripts/clean_table.py"

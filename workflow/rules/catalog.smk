# needs: catalog partitions of the store
# provides: <run>/catalog/<source>.parquet, every earthquake once


def catalog_partitions(wildcards):
    return [
        f"<store>/observed/{wildcards.source}/{part}.parquet"
        for part in partitions(wildcards.source)
    ]


rule merge_catalog:
    """Merge the catalog of a source, every earthquake once"""
    input:
        catalog_partitions,
    output:
        "<run>/catalog/{source}.parquet",
    log:
        "<run>/logs/merge_catalog/{source}.log",
    benchmark:
        "<run>/benchmarks/merge_catalog/{source}.tsv"
    params:
        options={},
        code=code_of("merge_catalog"),
    script:
        "../scripts/merge_catalog.py"

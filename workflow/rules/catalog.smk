# needs: catalog partitions of the store
# provides: <run>/catalog/<name>.parquet, every earthquake once, and <name>.removed.parquet;
#   <name>.<method>.parquet with the cluster and the role of every event;
#   <name>.completeness.{parquet,svg,png}


def catalog_partitions(wildcards):
    names = plan.catalog(config, wildcards.catalog)["sources"]
    return [file for source in names for file in in_store(source)]


def options_of_catalog(wildcards):
    rules = plan.catalog(config, wildcards.catalog)
    periods = [period_of(source) for source in rules["sources"]]
    return {
        "rules": rules,
        "first": min(first for first, _ in periods).isoformat(),
        "last": max(last for _, last in periods).isoformat(),
    }


def options_of_completeness(wildcards):
    whole = options_of_catalog(wildcards)
    return {
        **config["completeness"],
        "seed": config["seed"],
        "start": whole["first"],
        "end": whole["last"],
    }


def options_of_decluster(wildcards):
    method = wildcards.method
    return {"method": method, "options": config["decluster"].get(method, {})}


def code_of_decluster(wildcards):
    from laicflow.catalogs.decluster import METHODS

    return code_of("decluster_catalog", METHODS[wildcards.method])


rule merge_catalog:
    """Merge the sources of a catalog, every earthquake once"""
    input:
        catalog_partitions,
    output:
        catalog="<run>/catalog/{catalog}.parquet",
        removed="<run>/catalog/{catalog}.removed.parquet",
    log:
        "<run>/logs/merge_catalog/{catalog}.log",
    benchmark:
        "<run>/benchmarks/merge_catalog/{catalog}.tsv"
    params:
        options=options_of_catalog,
        code=code_of("merge_catalog"),
    script:
        "../scripts/merge_catalog.py"


rule decluster_catalog:
    """Say of every event of a catalog to which cluster it belongs, and as what"""
    input:
        "<run>/catalog/{catalog}.parquet",
    output:
        "<run>/catalog/{catalog}.{method}.parquet",
    log:
        "<run>/logs/decluster_catalog/{catalog}.{method}.log",
    benchmark:
        "<run>/benchmarks/decluster_catalog/{catalog}.{method}.tsv"
    params:
        options=options_of_decluster,
        code=code_of_decluster,
    script:
        "../scripts/decluster_catalog.py"


rule estimate_completeness:
    """Estimate the completeness magnitude of a catalog by region and year, and draw it"""
    input:
        "<run>/catalog/{catalog}.parquet",
    output:
        parquet="<run>/catalog/{catalog}.completeness.parquet",
        svg="<run>/catalog/{catalog}.completeness.svg",
        png="<run>/catalog/{catalog}.completeness.png",
    log:
        "<run>/logs/estimate_completeness/{catalog}.log",
    benchmark:
        "<run>/benchmarks/estimate_completeness/{catalog}.tsv"
    params:
        options=options_of_completeness,
        code=code_of("estimate_completeness"),
    script:
        "../scripts/estimate_completeness.py"

# needs: tensors, the merged catalog, indices of the store
# provides: <run>/<study>/<variant>/samples.parquet and splits.parquet


def index_of(role):
    """A function of the wildcards: the files of an index."""

    def of(wildcards):
        return stored(wildcards.study, role)

    return of


def options_of_samples(wildcards):
    study = variant_of(wildcards)
    return {
        "study": settings.pick(study, *keys_of(wildcards.study, "samples")),
        "names": [config["run"], wildcards.study, wildcards.variant],
        "seed": config["seed"],
        "latency_days": latency_of(wildcards),
        "made_of": made_of(wildcards.study),
    }


def code_of_samples(wildcards):
    """The digest with the study's own modules, and those that a variant names."""
    own = needs_of_study(wildcards.study).modules(variant_of(wildcards))
    of = f"laicflow.studies.{wildcards.study}.samples"
    return code_of("select_samples", of, *own)


rule select_samples:
    """Label the windows of a variant and say who trains and who tests"""
    input:
        tensors=tensors_of,
        catalog=catalog_of,
        kp=index_of("kp"),
        dst=index_of("dst"),
        f107=index_of("f107"),
    output:
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
    log:
        "<run>/logs/{study}/{variant}/select_samples.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/select_samples.tsv"
    params:
        options=options_of_samples,
        code=code_of_samples,
    script:
        "../scripts/select_samples.py"

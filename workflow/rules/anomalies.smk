# needs: tensors, samples, predictions of the headline's experiment, catalogs
# provides: <run>/<study>/<variant>/{anomalies,alarms,quakes}.parquet

# What the search for anomalies reads of a variant.
ANOMALY_KEYS = (
    "anomalies",
    "disturbed",
    "event",
    "headline",
    "seeds",
    "sites",
    "window",
)


def headline_predictions_of(wildcards):
    """The predictions of the headline's experiment, every seed of a variant."""
    study = variant_of(wildcards)
    base = f"<run>/{wildcards.study}/{wildcards.variant}"
    name = study["headline"]["experiment"]
    return [f"{base}/{name}/{seed}/predictions.parquet" for seed in study["seeds"]]


def options_of_anomalies(wildcards):
    return {
        "study": settings.pick(variant_of(wildcards), *ANOMALY_KEYS),
        "names": [config["run"], wildcards.study, wildcards.variant],
        "audit": settings.pick(config["audit"], "bootstrap", "level", "min_blocks"),
        "seed": config["seed"],
    }


rule find_anomalies:
    """Find the anomalies of a variant by two methods, and how often each alarms"""
    input:
        tensors=tensors_of,
        predictions=headline_predictions_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        catalog=catalog_of,
    output:
        anomalies="<run>/{study}/{variant}/anomalies.parquet",
        alarms="<run>/{study}/{variant}/alarms.parquet",
        quakes="<run>/{study}/{variant}/quakes.parquet",
    log:
        "<run>/logs/{study}/{variant}/find_anomalies.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/find_anomalies.tsv"
    params:
        options=options_of_anomalies,
        code=code_of_study("find_anomalies", "anomalies"),
    script:
        "../scripts/find_anomalies.py"

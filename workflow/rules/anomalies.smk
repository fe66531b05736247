# needs: tensors, samples, predictions of the headline's experiment, catalogs, audit of the forecasts
# provides: <run>/<study>/<variant>/{anomalies,alarms,quakes,anomaly_audit}.parquet, and
#           anomaly_verdict.json

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


# What the audit of the alarms reads of a variant.
ALARM_KEYS = (
    "alarms",
    "anomalies",
    "catalog",
    "data",
    "preparations",
    "sites",
    "training",
    "tuning",
    "window",
)


def options_of_alarms(wildcards):
    return {
        "study": settings.pick(variant_of(wildcards), *ALARM_KEYS),
        "names": [config["run"], wildcards.study, wildcards.variant],
        "gates": {**config["audit"], **config["verdict"]},
        "receiver_bias": config["stations"]["receiver_bias"],
        "seed": config["seed"],
    }


def code_of_alarms(wildcards):
    of = f"laicflow.studies.{wildcards.study}.alarms_audited"
    return code_of("audit_alarms", of, *checks_of_alarms())


rule audit_alarms:
    """Hold the alarms of a variant against earthquakes, as a referee would"""
    input:
        anomalies="<run>/{study}/{variant}/anomalies.parquet",
        audit="<run>/{study}/{variant}/audit.parquet",
        tensors=tensors_of,
        catalog=catalog_of,
    output:
        audit="<run>/{study}/{variant}/anomaly_audit.parquet",
        verdict="<run>/{study}/{variant}/anomaly_verdict.json",
    log:
        "<run>/logs/{study}/{variant}/audit_alarms.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/audit_alarms.tsv"
    params:
        options=options_of_alarms,
        code=code_of_alarms,
    script:
        "../scripts/audit_alarms.py"

# needs: samples, splits, predictions, scores
# provides: <run>/<study>/<variant>/audit.parquet and verdict.json


def unlike_compared(wildcards):
    """Settings in which the variants that differ in their split are not like this one."""
    study, names = wildcards.study, config[wildcards.study]["compare"]["splits"]
    if not names:
        return []
    own, other = (
        settings.study(config, study, name) for name in (wildcards.variant, names[0])
    )
    keys = {*keys_of(study, "samples"), "world"} - {"split"}
    return settings.differing(settings.pick(own, *keys), settings.pick(other, *keys))


def fitted_of(name, study):
    """What a study says of what is fitted on what; of most nothing."""
    told = getattr(needs_of_study(name), "fitted", None)
    return told(study, config["stations"]["receiver_bias"]) if told else []


def options_of_audit(wildcards):
    study = variant_of(wildcards)
    return {
        "names": [config["run"], wildcards.study, wildcards.variant],
        "headline": study["headline"],
        "unlike": unlike_compared(wildcards),
        "trained": study["headline"]["experiment"] in settings.trained(study),
        "fitted": fitted_of(wildcards.study, study),
        "gates": {
            **config["audit"],
            **config["verdict"],
            "support_days": needs_of_study(wildcards.study).support_days(study),
        },
        "seed": config["seed"],
    }


def code_of_audit(wildcards):
    return code_of("audit_variant", *checks_in_registry())


rule audit_variant:
    """Put a variant before the referee"""
    input:
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
        predictions=predictions_of,
        notes=notes_of,
        scores="<run>/{study}/{variant}/scores.parquet",
        compared="<run>/{study}/compared/splits.parquet",
    output:
        audit="<run>/{study}/{variant}/audit.parquet",
        verdict="<run>/{study}/{variant}/verdict.json",
    log:
        "<run>/logs/{study}/{variant}/audit_variant.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/audit_variant.tsv"
    params:
        options=options_of_audit,
        code=code_of_audit,
    script:
        "../scripts/audit_variant.py"

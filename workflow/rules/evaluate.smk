# needs: predictions of the networks and the baselines
# provides: <run>/<study>/<variant>/scores.parquet


def trained(wildcards, what):
    """A file of every training run of a variant: seeds, further draws, baselines."""
    study = variant_of(wildcards)
    base = f"<run>/{wildcards.study}/{wildcards.variant}"
    runs = [
        f"{base}/{experiment}/{seed}"
        for experiment in study["experiments"]
        for seed in study["seeds"]
    ]
    if study["split"]["draws"] > 1:
        runs += [f"{base}/{experiment}/draws" for experiment in study["experiments"]]
    return [f"{run}/{what}.parquet" for run in [*runs, f"{base}/baselines"]]


def predictions_of(wildcards):
    return trained(wildcards, "predictions")


def notes_of(wildcards):
    return trained(wildcards, "notes")


def options_of_scores(wildcards):
    study = variant_of(wildcards)
    return {
        "names": [config["run"], wildcards.study, wildcards.variant],
        "audit": config["audit"],
        "support_days": study["window"]["days"] + study["reference"]["days"],
        "seed": config["seed"],
    }


rule score_variant:
    """Score a variant, every number with its interval"""
    input:
        predictions=predictions_of,
        notes=notes_of,
        samples="<run>/{study}/{variant}/samples.parquet",
    output:
        "<run>/{study}/{variant}/scores.parquet",
    log:
        "<run>/logs/{study}/{variant}/score_variant.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/score_variant.tsv"
    params:
        options=options_of_scores,
        code=code_of("score_variant"),
    script:
        "../scripts/score_variant.py"

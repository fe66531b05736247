# needs: tensors, samples, splits
# provides: <run>/<study>/<variant>/<experiment>/{<seed>,draws}/ and baselines/


def options_of_training(wildcards):
    study = variant_of(wildcards)
    experiment = study["experiments"][wildcards.experiment]
    return {
        "study": settings.pick(study, "window", "image"),
        "model": experiment["model"],
        "model_options": {**study["models"], **experiment.get("options", {})},
        "training": study["training"],
        "names": [config["run"], wildcards.study, wildcards.variant],
        "run_seed": config["seed"],
    }


def options_of_baselines(wildcards):
    study = variant_of(wildcards)
    return {
        "study": settings.pick(study, "window", "image"),
        "baselines": study["baselines"],
        "names": [config["run"], wildcards.study, wildcards.variant],
        "run_seed": config["seed"],
    }


def code_of_training(rule):
    """A function of the wildcards: the digest with the study's windows and the model."""

    def of(wildcards):
        model = config[wildcards.study]["experiments"][wildcards.experiment]["model"]
        modules = [
            f"laicflow.studies.{wildcards.study}.windows",
            module_of_model(model),
        ]
        return code_of(rule, *modules)

    return of


rule train_model:
    """Train one network with one seed on the first draw"""
    input:
        tensors=tensors_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
    output:
        predictions="<run>/{study}/{variant}/{experiment}/{seed}/predictions.parquet",
        history="<run>/{study}/{variant}/{experiment}/{seed}/history.parquet",
        notes="<run>/{study}/{variant}/{experiment}/{seed}/notes.parquet",
        weights="<run>/{study}/{variant}/{experiment}/{seed}/weights.safetensors",
    log:
        "<run>/logs/{study}/{variant}/train_model/{experiment}-{seed}.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/train_model/{experiment}-{seed}.tsv"
    params:
        options=options_of_training,
        code=code_of_training("train_model"),
    script:
        "../scripts/train_model.py"


rule train_draws:
    """Train one network on each of the further draws"""
    input:
        tensors=tensors_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
    output:
        predictions="<run>/{study}/{variant}/{experiment}/draws/predictions.parquet",
        notes="<run>/{study}/{variant}/{experiment}/draws/notes.parquet",
    log:
        "<run>/logs/{study}/{variant}/train_draws/{experiment}.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/train_draws/{experiment}.tsv"
    params:
        options=options_of_training,
        code=code_of_training("train_draws"),
    script:
        "../scripts/train_draws.py"


rule train_baselines:
    """Fit the baselines that a network must beat (R27)"""
    input:
        tensors=tensors_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
    output:
        predictions="<run>/{study}/{variant}/baselines/predictions.parquet",
        notes="<run>/{study}/{variant}/baselines/notes.parquet",
    log:
        "<run>/logs/{study}/{variant}/train_baselines.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/train_baselines.tsv"
    params:
        options=options_of_baselines,
        code=code_of_study("train_baselines", "windows"),
    script:
        "../scripts/train_baselines.py"

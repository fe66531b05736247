# needs: tensors, samples, splits
# provides: <run>/<study>/<variant>/<experiment>/{<seed>,draws}/ and baselines/,
#   <run>/<study>/<variant>/<experiment>/tuning/{tuned.json,tuning.parquet},
#   <run>/<study>/weights.json (ImageNet weights), <run>/<study>/timing.parquet

from laicflow.models import registry as models

# What an optimizer step of a network at its full size does not hang on, and what it hangs on.
REDUCING = ("width", "depth", "pretrained")
TIMED = ("batch_size", "optimizer", "precision", "accelerator")


def options_of_training(wildcards):
    study = variant_of(wildcards)
    experiment = study["experiments"][wildcards.experiment]
    return {
        "study": settings.pick(study, *keys_of(wildcards.study, "training")),
        "model": experiment["model"],
        "model_options": {
            **needs_of_study(wildcards.study).network(study),
            **study["models"],
            **experiment.get("options", {}),
        },
        "training": settings.merge(study["training"], experiment.get("training", {})),
        "own": settings.pick(experiment, "options", "training"),
        "headline": study["headline"]["experiment"] == wildcards.experiment,
        "names": [config["run"], wildcards.study, wildcards.variant],
        "run_seed": config["seed"],
    }


def source_of(study, variant, experiment):
    """Variant and experiment whose weights an experiment starts from; None where it has none."""
    own = settings.study(config, study, variant)["experiments"][experiment]
    start = own.get("start")
    return (start["variant"], start["experiment"]) if start else None


def initial_of(wildcards):
    """The weights of another experiment, where an experiment starts from any."""
    source = source_of(wildcards.study, wildcards.variant, wildcards.experiment)
    if source is None:
        return []
    base = "/".join(source)
    return [f"<run>/{wildcards.study}/{base}/{wildcards.seed}/weights.safetensors"]


def tuned_of(wildcards):
    """What tuning found; of an experiment that starts from another one, what it found there."""
    variant, experiment = wildcards.variant, wildcards.experiment
    source = source_of(wildcards.study, variant, experiment)
    variant, experiment = source or (variant, experiment)
    own = settings.study(config, wildcards.study, variant)
    if not own.get("tuning", {}).get("trials"):
        return []
    variant = own["tuning"]["taken_from"] or variant
    return [f"<run>/{wildcards.study}/{variant}/{experiment}/tuning/tuned.json"]


def options_of_tuning(wildcards):
    study = variant_of(wildcards)
    whole = options_of_training(wildcards)
    own = study["tuning"]
    keys = [key for key in ("trials", "objective", "rows") if key in own]
    tuning = {"on": own["judge"], **settings.pick(own, *keys)}
    search = own["search"].get(whole["model"], {})
    return {
        **{key: whole[key] for key in whole if key not in ("headline", "own")},
        "tuning": {**tuning, **({"search": search} if search else {})},
    }


def options_of_draws(wildcards):
    first = variant_of(wildcards)["seeds"][0]
    return {**options_of_training(wildcards), "seed": first}


def options_of_baselines(wildcards):
    study = variant_of(wildcards)
    return {
        "study": settings.pick(study, *keys_of(wildcards.study, "training")),
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


def wanted_weights(study):
    """Model and origin of all published weights that the variants of a study start from."""
    wanted = set()
    for own in settings.with_variants(config[study]).values():
        for name in settings.trained(own):
            one = own["experiments"][name]
            origin = {**own["models"], **one.get("options", {})}["pretrained"]
            if origin != "none":
                wanted.add((one["model"], origin))
    return sorted(wanted)


def weights_of(wildcards):
    """The list of published weights, where an experiment starts from any."""
    study = variant_of(wildcards)
    own = study["experiments"][wildcards.experiment]
    origin = {**study["models"], **own.get("options", {})}["pretrained"]
    return [] if origin == "none" else [f"<run>/{wildcards.study}/weights.json"]


def options_of_weights(wildcards):
    wanted = wanted_weights(wildcards.study)
    return {
        "wanted": [list(one) for one in wanted],
        "local": models.local_state([origin for _, origin in wanted]),
    }


def code_of_weights(wildcards):
    used = {module_of_model(name) for name, _ in wanted_weights(wildcards.study)}
    return code_of("find_weights", *sorted(used))


def options_of_timing(wildcards):
    """The networks that the run trains, at their full size and with the shipped batch."""
    study = config[wildcards.study]
    batch = settings.pick(shipped(wildcards.study)["training"], "batch_size")
    network = needs_of_study(wildcards.study).network(study)

    def options(own):
        whole = {**network, **study["models"], **own.get("options", {})}
        return {key: whole[key] for key in whole if key not in REDUCING}

    def training(own):
        whole = {**study["training"], **own.get("training", {}), **batch}
        return settings.pick(whole, *TIMED)

    return {
        "experiments": {
            name: {
                "model": own["model"],
                "options": options(own),
                "training": training(own),
                "image": list(
                    needs_of_study(wildcards.study).image(study, options(own))
                ),
            }
            for name, own in study["experiments"].items()
            if name in settings.trained(study)
        },
        "seed": config["seed"],
    }


def code_of_timing(wildcards):
    used = {
        module_of_model(own["model"])
        for own in config[wildcards.study]["experiments"].values()
    }
    return code_of(
        "measure_steps", f"laicflow.studies.{wildcards.study}.windows", *sorted(used)
    )


if resources.transfer_is_local(os.environ):

    localrules:
        find_weights,


rule find_weights:
    """Bring the published weights that networks start from, or say why there are none"""
    output:
        "<run>/{study}/weights.json",
    log:
        "<run>/logs/{study}/find_weights.log",
    benchmark:
        "<run>/benchmarks/{study}/find_weights.tsv"
    params:
        options=options_of_weights,
        code=code_of_weights,
    script:
        "../scripts/find_weights.py"


rule measure_steps:
    """Time an optimizer step of every network at its full size"""
    output:
        "<run>/{study}/timing.parquet",
    log:
        "<run>/logs/{study}/measure_steps.log",
    benchmark:
        "<run>/benchmarks/{study}/measure_steps.tsv"
    params:
        options=options_of_timing,
        code=code_of_timing,
    script:
        "../scripts/measure_steps.py"


rule tune_model:
    """Tune the options of a model on the first draw and fold of a variant"""
    input:
        tensors=tensors_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
    output:
        tuned="<run>/{study}/{variant}/{experiment}/tuning/tuned.json",
        tuning="<run>/{study}/{variant}/{experiment}/tuning/tuning.parquet",
    log:
        "<run>/logs/{study}/{variant}/tune_model/{experiment}.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/tune_model/{experiment}.tsv"
    params:
        options=options_of_tuning,
        code=code_of_training("tune_model"),
    script:
        "../scripts/tune_model.py"


rule train_model:
    """Train one network with one seed on the first draw"""
    input:
        tensors=tensors_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
        weights=weights_of,
        initial=initial_of,
        tuned=tuned_of,
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
    """Train one network on each of the further draws, with the first seed"""
    input:
        tensors=tensors_of,
        samples="<run>/{study}/{variant}/samples.parquet",
        splits="<run>/{study}/{variant}/splits.parquet",
        weights=weights_of,
    output:
        predictions="<run>/{study}/{variant}/{experiment}/draws/predictions.parquet",
        notes="<run>/{study}/{variant}/{experiment}/draws/notes.parquet",
    log:
        "<run>/logs/{study}/{variant}/train_draws/{experiment}.log",
    benchmark:
        "<run>/benchmarks/{study}/{variant}/train_draws/{experiment}.tsv"
    params:
        options=options_of_draws,
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


# What the rules of together.smk do, by rule: rule and wildcards of each step.
TOGETHER = {}
if config["training_jobs"] == "variant":

    include: "together.smk"

# needs: functions of train.smk, training_jobs: variant
# provides: the files of train.smk, all that a variant trains from one job
#   (train_variant_<study>_<variant>)

import graphlib

from snakemake.iocontainers import Wildcards

BASE = "<run>/{study}/{variant}"
# What the rules of train.smk write, by rule and by the name of the output.
WRITTEN = {
    "tune_model": {
        "tuned": BASE + "/{experiment}/tuning/tuned.json",
        "tuning": BASE + "/{experiment}/tuning/tuning.parquet",
    },
    "train_model": {
        name: BASE + "/{experiment}/{seed}/" + file
        for name, file in (
            ("predictions", "predictions.parquet"),
            ("history", "history.parquet"),
            ("notes", "notes.parquet"),
            ("weights", "weights.safetensors"),
        )
    },
    "train_draws": {
        name: BASE + "/{experiment}/draws/" + f"{name}.parquet"
        for name in ("predictions", "notes")
    },
    "train_baselines": {
        name: BASE + f"/baselines/{name}.parquet" for name in ("predictions", "notes")
    },
}
OPTIONS = {
    "tune_model": options_of_tuning,
    "train_model": options_of_training,
    "train_draws": options_of_draws,
    "train_baselines": options_of_baselines,
}


def in_turn(study, variant, names):
    """Experiments of a variant, those that start from another one of it after that one."""
    found, waiting = [], list(names)
    while waiting:
        held = [
            name
            for name in waiting
            if (source_of(study, variant, name) or ("",))[0] == variant
            and source_of(study, variant, name)[1] in waiting
        ]
        found += [name for name in waiting if name not in held]
        if len(held) == len(waiting):
            raise ConfigError(
                f"{study}: {', '.join(held)} of {variant} start in a ring"
            )
        waiting = held
    return found


def check_rings(study):
    """Refuse variants that take from each other: one job a variant cannot come first."""
    taken = {}
    for variant, own in settings.with_variants(config[study]).items():
        sources = [source_of(study, variant, name) for name in settings.trained(own)]
        taken[variant] = {source[0] for source in sources if source}
        taken[variant] |= {own.get("tuning", {}).get("taken_from") or variant}
        taken[variant] -= {variant}
    try:
        graphlib.TopologicalSorter(taken).prepare()
    except graphlib.CycleError as error:
        ring = ", ".join(dict.fromkeys(error.args[1]))
        raise ConfigError(
            f"training_jobs: variant; variants of {study} take weights or tuned options from "
            f"each other ({ring}): set it to experiment"
        ) from error


def steps_of(study, variant):
    """Rule and wildcards of all that a variant trains, what is begun from others at the end."""
    own = settings.study(config, study, variant)
    tuning = own.get("tuning", {})
    tunes = tuning.get("trials") and (tuning["taken_from"] or variant) == variant
    names = in_turn(study, variant, settings.trained(own))
    begun = [name for name in names if source_of(study, variant, name)]
    ordered = [name for name in names if name not in begun] + begun
    draws = names if own["split"]["draws"] > 1 else []
    base = {"study": study, "variant": variant}
    wanted = [
        ("tune_model", {"experiment": n}) for n in names if n not in begun and tunes
    ]
    wanted += [
        ("train_model", {"experiment": name, "seed": str(seed)})
        for name in ordered
        for seed in own["seeds"]
    ]
    wanted += [("train_draws", {"experiment": name}) for name in draws]
    wanted += [("train_baselines", {})]
    return [(name, {**base, **more}) for name, more in wanted]


def written_by(steps):
    """The files of some steps, in their order."""
    return [
        path.format(**wildcards)
        for name, wildcards in steps
        for path in WRITTEN[name].values()
    ]


def read_by(name, wildcards):
    """What a step reads, by the name of the input; None for what it does without."""
    base = BASE.format(**wildcards)
    found = {
        "tensors": tensors_of(wildcards),
        "samples": f"{base}/samples.parquet",
        "splits": f"{base}/splits.parquet",
    }
    if name.startswith(("train_model", "train_draws")):
        found["weights"] = "".join(weights_of(wildcards)) or None
    if name == "train_model":
        found["initial"] = "".join(initial_of(wildcards)) or None
        found["tuned"] = "".join(tuned_of(wildcards)) or None
    return found


def inputs_of_steps(steps):
    """A function of the wildcards: what a variant's job reads that it does not write itself."""

    def of(wildcards):
        made = set(written_by(steps))
        read = [
            path
            for name, own in steps
            for path in read_by(name, Wildcards(fromdict=own)).values()
            if path and path not in made
        ]
        return list(dict.fromkeys(read))

    return of


def options_of_steps(steps):
    """A function of the wildcards: the steps as `laicflow.training.together.run` takes them."""

    def of(wildcards):
        inputs, outputs = inputs_of_steps(steps)(wildcards), written_by(steps)
        own = {path: -1 - at for at, path in enumerate(outputs)}
        place = {path: at for at, path in enumerate(inputs)} | own | {None: None}
        return {
            "steps": [
                {
                    "rule": name,
                    "wildcards": said,
                    "options": OPTIONS[name](Wildcards(fromdict=said)),
                    "inputs": {
                        key: place[path]
                        for key, path in read_by(name, Wildcards(fromdict=said)).items()
                    },
                    "outputs": {
                        key: outputs.index(path.format(**said))
                        for key, path in WRITTEN[name].items()
                    },
                }
                for name, said in steps
            ]
        }

    return of


def code_of_steps(steps):
    """A function of the wildcards: the digest with the study's windows and all the models."""

    def of(wildcards):
        study = steps[0][1]["study"]
        used = {
            module_of_model(config[study]["experiments"][said["experiment"]]["model"])
            for _, said in steps
            if "experiment" in said
        }
        return code_of(
            "train_variant", f"laicflow.studies.{study}.windows", *sorted(used)
        )

    return of


for _study in config["studies"]:
    check_rings(_study)
    for _variant in settings.with_variants(config[_study]):
        _steps = steps_of(_study, _variant)
        _rule = f"train_variant_{_study}_{_variant.replace('-', '_')}"
        TOGETHER[_rule] = _steps

        rule:
            name:
                _rule
            input:
                inputs_of_steps(_steps),
            output:
                written_by(_steps),
            log:
                f"<run>/logs/{_study}/{_variant}/train_variant.log",
            benchmark:
                f"<run>/benchmarks/{_study}/{_variant}/train_variant.tsv"
            params:
                options=options_of_steps(_steps),
                code=code_of_steps(_steps),
            script:
                "../scripts/train_variant.py"

        workflow.get_rule(_rule).docstring = f"Tune and train {_variant} of {_study}"

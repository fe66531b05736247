# needs: config, ROOT
# provides: functions that name the inputs and params of rules

from functools import cache

from laicflow import consistency, slurm_patience
from laicflow.studies import results

digest.load_cache(".snakemake/laicflow-digests.json")
slurm_patience.mend()
left_out.say(workflow, LEFT_OUT, config["studies"])
LOCK = ROOT / "requirements.lock"
NOW = settings.planned_at(workflow.is_main_process)
# Kinds of sources that are kept as NetCDF.
GRIDDED = ("maps", "minutes", "tec", "olr")


@cache
def code_of(rule, *modules):
    """Digest of the script of a rule, of what it imports and of `modules`."""
    return digest.code(ROOT / f"workflow/scripts/{rule}.py", modules, LOCK)


def code_of_study(rule, part):
    """A function of the wildcards: the digest with the study's own module `part`."""

    def of(wildcards):
        return code_of(rule, f"laicflow.studies.{wildcards.study}.{part}")

    return of


@cache
def source_settings(source):
    """config/sources/<source>.yaml"""
    return sources.settings(source, ROOT / "config")


@cache
def period_of(source):
    """First and last day that the run needs of a source."""
    return cases.period(config, source)


@cache
def planned_period_of(source):
    """The same without a case."""
    return plan.period(config, source)


def needed_of(source, part):
    """First and last day that is asked for of a source, as far as a partition is concerned."""
    return cases.needed(config, source, part, NOW, planned_period_of(source))


@cache
def partitions(source):
    """All partitions of a source that the run needs."""
    kind = source_settings(source)["partition"]
    return sources.partitions(kind, *period_of(source))


def suffix_of(source):
    """What is kept as NetCDF, or else as Parquet."""
    return "nc" if source_settings(source)["kind"] in GRIDDED else "parquet"


def in_store(source):
    """All files of the store that the run needs of a source; of what is only fetched receipts."""
    if source_settings(source)["kind"] in sources.FETCHED:
        return receipts_of([source])
    suffix = suffix_of(source)
    return [f"<store>/observed/{source}/{part}.{suffix}" for part in partitions(source)]


def receipts_of(names):
    """The receipt of every partition of some sources."""
    return [
        f"<run>/fetch/{source}/{part}.json"
        for source in names
        for part in partitions(source)
    ]


def stored(study, role, world="observed"):
    """The files of the store in which a study finds one of its roles; none without a source."""
    found = []
    for source in plan.sources_of_role(config, config[study], role):
        kind = source_settings(source)["partition"]
        spans = sources.partitions(kind, *plan.span(config[study], role))
        suffix = suffix_of(source)
        found += [f"<store>/{world}/{source}/{part}.{suffix}" for part in spans]
    return found


@cache
def needs_of_study(study):
    """What the rules must know of a study: `laicflow.studies.<study>.needs`."""
    return consistency.needs(study)


@cache
def made_of(study):
    """What a study is made of beside its settings: the upstream, its sources, its catalog."""
    own = config[study]
    return {
        "upstream": UPSTREAM["name"] if UPSTREAM["kind"] == "world" else "observed",
        "data": own["data"],
        "catalog": (
            None
            if own["data"]["catalog"] == plan.UNAVAILABLE
            else plan.catalog(config, own["data"]["catalog"])
        ),
    }


def keys_of(study, step):
    """The keys of a study on which a step hangs."""
    return needs_of_study(study).STEPS.get(step, ())


def latency_of(wildcards):
    """Days until the files behind the windows of a variant are published."""
    study = variant_of(wildcards)
    role = needs_of_study(wildcards.study).main(study)
    return source_settings(study["data"][role])["latency_days"] if role else 0


def variant_of(wildcards):
    """The settings of a variant; what was left out is refused, and it is said why."""
    experiment = wildcards.get("experiment")
    left_out.refuse(LEFT_OUT, wildcards.study, wildcards.variant, experiment)
    found = settings.study(config, wildcards.study, wildcards.variant)
    if experiment is not None and experiment not in found["experiments"]:
        known = ", ".join(found["experiments"])
        raise ConfigError(
            f"{wildcards.study}: {wildcards.variant} has no experiment {experiment!r}; "
            f"there are {known}"
        )
    return found


@cache
def check_served(study):
    """A study that is not listed is looked at when something of it is made."""
    settings.check_served(config, study)
    plan.check_covered(config, study)


def catalog_of(wildcards):
    check_served(wildcards.study)
    return f"<run>/catalog/{config[wildcards.study]['data']['catalog']}.parquet"


def tensors_of(wildcards):
    """The tensors of a variant, or of the study where no variant is named."""
    study = wildcards.study
    own = variant_of(wildcards) if hasattr(wildcards, "variant") else config[study]
    return f"<run>/{study}/{results.tensors_file(own)}"


def module_of_model(name):
    """The module behind a name of the registry of models, which imports no torch."""
    from laicflow.models.registry import MODELS

    if name not in MODELS:
        raise ConfigError(
            f"unknown model {name!r}; known are {', '.join(sorted(MODELS))}"
        )
    return MODELS[name].split(":")[0]


def checks_in_registry():
    """The modules of all checks of the audit."""
    from laicflow.audit.registry import CHECKS, OF_FORECASTS

    return sorted([*CHECKS.values(), *OF_FORECASTS.values()])


def checks_of_alarms():
    """The modules of all checks of alarms."""
    from laicflow.audit.registry import OF_ALARMS

    return sorted(OF_ALARMS.values())

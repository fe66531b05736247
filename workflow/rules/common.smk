# needs: config, ROOT
# provides: functions that name the inputs and params of rules

from functools import cache

digest.load_cache(".snakemake/laicflow-digests.json")
LOCK = ROOT / "requirements.lock"


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
    return plan.period(config, source)


@cache
def partitions(source):
    """All partitions of a source that the run needs."""
    kind = source_settings(source)["partition"]
    return sources.partitions(kind, *period_of(source))


def suffix_of(source):
    """Maps are kept as NetCDF, everything else as Parquet."""
    return "nc" if source_settings(source)["kind"] == "maps" else "parquet"


def in_store(source):
    """All files of the store that the run needs of a source."""
    suffix = suffix_of(source)
    return [f"<store>/observed/{source}/{part}.{suffix}" for part in partitions(source)]


def receipts_of(names):
    """The receipt of every partition of some sources."""
    return [
        f"<run>/fetch/{source}/{part}.json"
        for source in names
        for part in partitions(source)
    ]


def stored(study, role):
    """The files of the store in which a study finds one of its roles."""
    source = config[study]["data"][role]
    kind = source_settings(source)["partition"]
    spans = sources.partitions(kind, *plan.span(config[study], role))
    suffix = suffix_of(source)
    return [f"<store>/observed/{source}/{part}.{suffix}" for part in spans]


def variant_of(wildcards):
    return settings.study(config, wildcards.study, wildcards.variant)


def catalog_of(wildcards):
    return f"<run>/catalog/{config[wildcards.study]['data']['catalog']}.parquet"


def tensors_of(wildcards):
    return f"<run>/{wildcards.study}/tensors/observed-plain.nc"


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
    from laicflow.audit.registry import CHECKS

    return sorted(CHECKS.values())

# needs: stores of a study's period and of the days since, samples of the variant that goes on
# provides: <run>/<study>/prospective.json, the receipt of ledger/<study>/forecasts.parquet;
#   ledger/<study>/begun/, what it began with; the target prospective

import hashlib, json, re
from types import SimpleNamespace


def going_on(study):
    """A study as it goes on after its period."""
    own = plan.prospective(config[study])
    if own is None:
        raise ConfigError(
            f"{study}.prospective.start is not set: it makes no forecasts"
        )
    return own


def since(study, role):
    """The files of the store of a role for the days since the period of a study."""
    own, found = going_on(study), []
    first, last = plan.span_now(own, settings.now())
    for source in plan.sources_of_role(config, own, role):
        kind, suffix = source_settings(source)["partition"], suffix_of(source)
        before = sources.partitions(kind, *plan.span(own, role))
        end = plan.newest_day(source_settings(source), last)
        for part in sources.partitions(kind, first, end) if first <= end else []:
            if (
                part in before
                and role != "catalog"
                and source == config[study]["data"][role]
            ):
                raise ConfigError(
                    f"{study}: the file {part} of {source} holds days of the period too, which "
                    "ends with it or names another source under prospective.data"
                )
            found.append(f"<store>/observed/{source}/{part}.{suffix}")
    return found


def series_now(wildcards):
    study = wildcards.study
    roles = needs_of_study(study).SERIES
    before = [file for role in roles for file in stored(study, role)]
    return sorted(before) + [file for role in roles for file in since(study, role)]


def index_now(role):
    """A function of the wildcards: the files of an index from the start of the period to now."""

    def of(wildcards):
        return [*stored(wildcards.study, role), *since(wildcards.study, role)]

    return of


def catalog_files_now(wildcards):
    """The partitions of a catalog from the start of the period to now."""
    own = going_on(wildcards.study)
    first = plan.span(own, "catalog")[0]
    last = plan.span_now(own, settings.now())[1]
    return [
        f"<store>/observed/{source}/{part}.parquet"
        for source in plan.sources_of_role(config, own, "catalog")
        for part in sources.partitions(
            source_settings(source)["partition"],
            first,
            max(first, plan.newest_day(source_settings(source), last)),
        )
    ]


def options_of_catalog_now(wildcards):
    own = going_on(wildcards.study)
    first = plan.span(own, "catalog")[0]
    year = max(first.year, plan.span_now(own, settings.now())[1].year)
    return {
        "rules": plan.catalog(config, own["data"]["catalog"]),
        "first": first.isoformat(),
        # The end of the year: up to now it would be another catalog every day.
        "last": f"{year}-12-31",
    }


def begun(study):
    """By name, what a study began to go on with: samples and places as they were then.

    They are kept beside the ledger: a revision of its own period that comes later must not make a
    study anew that others have read. Places that the settings change are others.
    """
    variant = config[study]["prospective"]["variant"]
    text = json.dumps(options_of_sites(SimpleNamespace(study=study)), sort_keys=True)
    tag = hashlib.sha256(text.encode()).hexdigest()[:8]
    return {
        "history": f"{config['run']}/{variant}.samples",
        "sites": f"{config['run']}/sites.{tag}",
    }


def kept_at(study, name):
    """Where it is kept."""
    return f"ledger/{study}/begun/{begun(study)[name]}.parquet"


def kept(name):
    """A function of the wildcards."""

    def of(wildcards):
        going_on(wildcards.study)
        return kept_at(wildcards.study, name)

    return of


def before_it_went_on(wildcards):
    """What is kept, as it is made for the study's own period."""
    if wildcards.name.endswith(".samples"):
        variant = config[wildcards.study]["prospective"]["variant"]
        return f"<run>/{wildcards.study}/{variant}/samples.parquet"
    return f"<run>/{wildcards.study}/sites.parquet"


TO_KEEP = [
    begun(_study)[_name]
    for _study in STUDIES
    if plan.prospective(config[_study])
    for _name in ("history", "sites")
    if not Path(kept_at(_study, _name)).is_file()
]
if TO_KEEP:

    # What is kept already has no rule, so that nothing behind it is looked at again.
    localrules:
        keep_beginning,

    rule keep_beginning:
        """Keep the samples and the places with which a study begins to go on"""
        input:
            before_it_went_on,
        output:
            "ledger/{study}/begun/{name}.parquet",
        log:
            "<run>/logs/{study}/keep_beginning/{name}.log",
        benchmark:
            "<run>/benchmarks/{study}/keep_beginning/{name}.tsv"
        wildcard_constraints:
            name="|".join(sorted({re.escape(name) for name in TO_KEEP})),
        params:
            code=code_of("keep_beginning"),
        script:
            "../scripts/keep_beginning.py"


def options_of_update(wildcards):
    name = wildcards.study
    going_on(name)
    variant = config[name]["prospective"]["variant"]
    study = settings.study(config, name, variant)
    experiment = study["headline"]["experiment"]
    own = study["experiments"][experiment]
    sources_now = plan.sources_of_role(config, going_on(name), "catalog")
    return {
        "run": config["run"],
        "study": study,
        "variant": variant,
        "experiment": experiment,
        "model": own["model"],
        "model_options": {
            **needs_of_study(name).network(study),
            **study["models"],
            **own.get("options", {}),
        },
        "training": settings.merge(study["training"], own.get("training", {})),
        "preparation": needs_of_study(name).preparation(
            study, study["window"].get("preparation", "plain")
        ),
        "seed": study["seeds"][0],
        # The instant is that of the job: within a day nothing but new data is a reason for one.
        "today": settings.now().date().isoformat(),
        "latency_days": max(
            source_settings(one)["latency_days"] for one in sources_now
        ),
        "raw": f"data/raw/{UPSTREAM['name']}",
    }


def code_of_update(wildcards):
    study = wildcards.study
    experiment = config[study]["headline"]["experiment"]
    return code_of(
        "update_study",
        f"laicflow.studies.{study}.prospective",
        f"laicflow.studies.{study}.windows",
        module_of_model(config[study]["experiments"][experiment]["model"]),
    )


rule merge_catalog_now:
    """Merge the catalog of a study that goes on, up to now"""
    input:
        catalog_files_now,
    output:
        catalog="<run>/{study}/prospective/catalog.parquet",
        removed="<run>/{study}/prospective/catalog.removed.parquet",
    log:
        "<run>/logs/{study}/merge_catalog_now.log",
    benchmark:
        "<run>/benchmarks/{study}/merge_catalog_now.tsv"
    params:
        options=options_of_catalog_now,
        code=code_of("merge_catalog_now"),
    script:
        "../scripts/merge_catalog_now.py"


rule update_study:
    """Record outcomes, train on, and score the windows that end now"""
    input:
        series=series_now,
        sites=kept("sites"),
        catalog="<run>/{study}/prospective/catalog.parquet",
        kp=index_now("kp"),
        dst=index_now("dst"),
        f107=index_now("f107"),
        history=kept("history"),
    output:
        "<run>/{study}/prospective.json",
    log:
        "<run>/logs/{study}/update_study.log",
    benchmark:
        "<run>/benchmarks/{study}/update_study.tsv"
    params:
        options=options_of_update,
        code=code_of_update,
    script:
        "../scripts/update_study.py"


def receipts_of_prospective(wildcards):
    """The receipts of all listed studies that go on."""
    names = [name for name in config["studies"] if plan.prospective(config[name])]
    if not names:
        raise ConfigError(
            "no study in `studies` has prospective.start: set it to make forecasts"
        )
    return [f"<run>/{name}/prospective.json" for name in names]


rule prospective:
    """Score the windows that end now, for all listed studies that make forecasts"""
    input:
        receipts_of_prospective,

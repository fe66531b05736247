# needs: stores of a study's period and of the days since, samples of the variant that goes on,
#   the list of weights (train.smk) where its network starts from any
# provides: <run>/<study>/prospective.json, the receipt of ledger/<study>/forecasts.parquet;
#   ledger/<study>/begun/, what it began with; the target prospective

from snakemake.iocontainers import Wildcards
from laicflow import beginning, registered


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
    first, last = plan.span_now(own, NOW)
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
                    f"{study}: the file {part} of {source} holds days both of the period and "
                    f"after it; let {study}.period.end be the last day of such a file, or name "
                    f"another source under {study}.prospective.data.{role}"
                )
            if not has_nothing_yet(source, part):
                found.append(f"<store>/observed/{source}/{part}.{suffix}")
    return found


def waited_for(wildcards):
    """The receipts of what has nothing yet, so that it is asked for again."""
    own, found = going_on(wildcards.study), []
    for source in plan.roles_by_source(config, own):
        parts = plan_now.since(config, source, source_settings(source), NOW)
        empty = [part for part in parts if has_nothing_yet(source, part)]
        found += [f"<run>/fetch/{source}/{part}.json" for part in empty]
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
    last = plan.span_now(own, NOW)[1]
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
    year = max(first.year, plan.span_now(own, NOW)[1].year)
    return {
        "rules": plan.catalog(config, own["data"]["catalog"]),
        "first": first.isoformat(),
        # The end of the year: up to now it would be another catalog every day.
        "last": f"{year}-12-31",
    }


@cache
def begun(study):
    """Where a study keeps the samples and places with which it began to go on, and the receipt.

    They lie beside the ledger: a revision of its own period that comes later must not make a study
    anew that others have read. Other settings of them, or other data, are another beginning.
    """
    variant = config[study]["prospective"]["variant"]
    chosen = Wildcards(fromdict={"study": study, "variant": variant})
    asked = {"samples": options_of_samples(chosen), "sites": options_of_sites(chosen)}
    tag = beginning.digest([asked, config[study]["period"]])[:8]
    place, run = f"ledger/{study}/begun/{tag}", f"results/{config['run']}/{study}"
    return {
        "kept": {name: f"{place}/{name}.parquet" for name in asked},
        "published": {
            "samples": f"{run}/{variant}/samples.parquet",
            "sites": f"{run}/sites.parquet",
        },
        "options": {name: beginning.digest(options) for name, options in asked.items()},
        "receipt": f"{run}/prospective/begun.{tag}.json",
    }


def is_begun(study):
    """Whether all of it is there."""
    own = begun(study)
    return Path(own["receipt"]).is_file() and beginning.is_kept(own["kept"])


def to_be_made_first(wildcards):
    """The samples and places of the study's own period; none where they lie here already.

    As they lie here they are what others have read, whatever has become of their own inputs since.
    """
    own = begun(wildcards.study)
    there = beginning.is_kept(own["kept"]) or beginning.fits(
        own["published"], own["options"]
    )
    return [] if there else list(own["published"].values())


def options_of_beginning(wildcards):
    return begun(wildcards.study)


BEGINNING = [
    _study
    for _study in config["studies"]
    if plan.prospective(config[_study]) and not is_begun(_study)
]
if BEGINNING:

    # What has begun has no rule any more, so that nothing behind it is looked at again.
    localrules:
        keep_beginning,

    rule keep_beginning:
        """Keep the samples and the places with which a study begins to go on"""
        input:
            to_be_made_first,
        output:
            "<run>/{study}/prospective/begun.{tag}.json",
        log:
            "<run>/logs/{study}/keep_beginning/{tag}.log",
        benchmark:
            "<run>/benchmarks/{study}/keep_beginning/{tag}.tsv"
        wildcard_constraints:
            study="|".join(BEGINNING),
            tag="[0-9a-f]{8}",
        params:
            options=options_of_beginning,
            code=code_of("keep_beginning"),
        script:
            "../scripts/keep_beginning.py"


def begun_of(wildcards):
    """The receipt of what a study began with."""
    going_on(wildcards.study)
    return begun(wildcards.study)["receipt"]


def open_catalogs(wildcards):
    """The partitions of the catalog that may still grow: when they were last asked for decides
    until when all is known."""
    own, now = going_on(wildcards.study), NOW
    first, today = plan.span(own, "catalog")[0], plan.span_now(own, now)[1]
    found = []
    for source in plan.sources_of_role(config, own, "catalog"):
        own_settings = source_settings(source)
        last = max(first, plan.newest_day(own_settings, today))
        for part in sources.partitions(own_settings["partition"], first, last):
            needed = needed_of(source, part)
            if plan.is_open(own_settings, part, needed[1], now):
                listing = plan.listing_of(
                    config, UPSTREAM["name"], source, part, needed
                )
                receipt = f"results/{config['run']}/fetch/{source}/{part}.json"
                found.append({"receipt": receipt, "listing": str(listing)})
    return found


def weights_of_update(wildcards):
    """The list of published weights, where the network that goes on starts from any."""
    going_on(wildcards.study)
    own = registered.options(config, wildcards.study)["model_options"]
    start = own.get("pretrained", "none")
    return [] if start == "none" else [f"<run>/{wildcards.study}/weights.json"]


def options_of_update(wildcards):
    name = wildcards.study
    registered.foresee(Path("ledger") / name, config, name)
    sources_now = plan.sources_of_role(config, going_on(name), "catalog")
    both = [plan.roles_by_source(config, one) for one in (config[name], going_on(name))]
    return {
        **registered.options(config, name),
        # Those of which files are read: of the period, and of the days since.
        "sources": sorted({source for roles in both for source in roles}),
        # The instant is that of the job: within a day nothing but new data is a reason for one.
        "today": NOW.date().isoformat(),
        "latency_days": max(
            source_settings(one)["latency_days"] for one in sources_now
        ),
        "raw": f"data/raw/{UPSTREAM['name']}",
        "open_catalogs": open_catalogs(wildcards),
        "begun": begun(name)["kept"],
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
        begun=begun_of,
        waited_for=waited_for,
        weights=weights_of_update,
        catalog="<run>/{study}/prospective/catalog.parquet",
        kp=index_now("kp"),
        dst=index_now("dst"),
        f107=index_now("f107"),
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

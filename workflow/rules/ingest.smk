# needs: an upstream; what fetch.smk, clean.smk and catalog.smk provide
# provides: data/listing/<origin>/<source>/<partition>.json (rule refresh); the targets fetch,
#   ingest and ingest_all; <run>/data_report.html and <run>/data_report/ (target data_report)

import json

QUALITY_TABLES = ["availability", "gaps", "catalogs", "references"]


def partitions_now(source):
    """The partitions that the listed studies need, those that go on up to now."""
    ours = partitions(source) if source in plan.used(config) else []
    later = plan_now.since(config, source, source_settings(source), NOW)
    return sorted({*ours, *later})


def used_now():
    """The sources of the listed studies, and those with which they go on."""
    return sorted({*plan.used(config), *plan_now.used_since(config)})


def partitions_to_list(source):
    """The partitions whose upstream may have something else than when they were fetched."""
    own, now, found = source_settings(source), NOW, []
    for part in partitions_now(source):
        needed = needed_of(source, part)
        if (
            config["ingest"]["recheck"] == "all"
            or plan.may_change(own, part, needed[1], now)
            or plan.listing_of(config, UPSTREAM["name"], source, part, needed).is_file()
        ):
            found.append(part)
    return found


def fetched_now():
    """The receipt of every partition that the listed studies need."""
    return [
        f"<run>/fetch/{source}/{part}.json"
        for source in used_now()
        for part in partitions_now(source)
    ]


def has_nothing_yet(source, part):
    """Whether a partition beyond the periods was fetched and nothing of it was there yet.

    Of minutes a month without any is no error.
    """
    receipt = Path(f"results/{config['run']}/fetch/{source}/{part}.json")
    ours = part in partitions(source) if source in plan.used(config) else False
    if ours or source_settings(source)["kind"] == "minutes" or not receipt.is_file():
        return False
    return not json.loads(receipt.read_text(encoding="utf-8"))["files"]


def cleaned_now():
    """The files of the store that the listed studies need; of what is only fetched receipts."""
    found = []
    for source in used_now():
        if source_settings(source)["kind"] in sources.FETCHED:
            place, suffix = "<run>/fetch", "json"
        else:
            place, suffix = "<store>/observed", suffix_of(source)
        for part in partitions_now(source):
            # What has nothing yet is asked for again, and cleaned when it has something.
            if has_nothing_yet(source, part):
                found.append(f"<run>/fetch/{source}/{part}.json")
            else:
                found.append(f"{place}/{source}/{part}.{suffix}")
    return found


def everything_of(names):
    """The files of the store of some sources."""
    return [file for source in names for file in in_store(source)]


def with_archive():
    """Every source but files of one's own for which no base is set."""
    return [
        name
        for name in sources.names(ROOT / "config")
        if name in config["bases"] or source_settings(name)["base"] != ["file:///"]
    ]


localrules:
    refresh,


rule refresh:
    """List what the upstreams have now, so that only what changed is made again"""
    input:
        world_receipt,
    log:
        "<run>/logs/refresh.log",
    params:
        options={
            "origin": UPSTREAM["name"],
            "run": f"results/{config['run']}",
            "sources": {
                name: {
                    "settings": source_settings(name),
                    "partitions": partitions_to_list(name),
                }
                for name in used_now()
            },
        },
        code=code_of("refresh"),
    script:
        "../scripts/refresh.py"


rule fetch:
    """Fetch what the listed studies need; what turns out unchanged is not cleaned anew afterwards"""
    input:
        fetched_now(),


rule ingest:
    """Fetch and clean what the listed studies need"""
    input:
        cleaned_now(),
        expand("<run>/catalog/{catalog}.parquet", catalog=plan.catalogs_used(config)),


rule ingest_all:
    """Fetch and clean every source over the configured period"""
    input:
        everything_of(with_archive()),


rule write_data_report:
    """Write the quality page of the data: availability, gaps, counts, licences, citations"""
    input:
        receipts=receipts_of(plan.used(config)),
        stores=everything_of(plan.used(config)),
        catalogs=expand(
            "<run>/catalog/{catalog}.parquet", catalog=plan.catalogs_used(config)
        ),
        removed=expand(
            "<run>/catalog/{catalog}.removed.parquet",
            catalog=plan.catalogs_used(config),
        ),
        completeness=expand(
            "<run>/catalog/{catalog}.completeness.{suffix}",
            catalog=plan.catalogs_used(config),
            suffix=["parquet", "svg"],
        ),
    output:
        html="<run>/data_report.html",
        bib="<run>/data_report/references.bib",
        svg="<run>/data_report/availability.svg",
        png="<run>/data_report/availability.png",
        tables=expand("<run>/data_report/{table}.parquet", table=QUALITY_TABLES),
    log:
        "<run>/logs/write_data_report.log",
    benchmark:
        "<run>/benchmarks/write_data_report.tsv"
    params:
        options={
            "run": config["run"],
            "upstream": {"kind": UPSTREAM["kind"], "name": UPSTREAM["name"]},
            "settings": {name: source_settings(name) for name in plan.used(config)},
            "catalogs": {
                name: plan.catalog(config, name) for name in plan.catalogs_used(config)
            },
            "looks": looks.digest(),
            "overlay": overlay_of_run(),
        },
        code=code_of("write_data_report"),
    script:
        "../scripts/write_data_report.py"


rule data_report:
    """The quality page of the data that the listed studies use"""
    input:
        rules.write_data_report.output,

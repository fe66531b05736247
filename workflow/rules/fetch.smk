# needs: an upstream, or a replica of it
# provides: <run>/fetch/<source>/<partition>.json, the receipt of what lies in data/raw

from laicflow import upstream

# Modules of `laicflow.checks`.
CHECKS = (
    "maps",
    "events",
    "indices",
    "minutes",
    "probes",
    "olr",
    "hapi",
    "index",
    "tec",
    "gnss",
)

if resources.transfer_is_local(os.environ):

    localrules:
        fetch_partition,


def world_receipt(wildcards):
    """The simulated world must stand before it can be served."""
    return [f"{UPSTREAM['folder']}.json"] if UPSTREAM["kind"] == "world" else []


def world_of_fetch(wildcards):
    """As `world_receipt`; a partition still to be fetched from no folder is refused at once."""
    source = wildcards.source
    receipt = f"results/{config['run']}/fetch/{source}/{wildcards.partition}.json"
    if not Path(receipt).is_file():
        if lacking := upstream.lacking(config, source, source_settings(source)):
            raise ConfigError("\n".join(lacking))
    return world_receipt(wildcards)


def options_of_fetch(wildcards):
    source, part = wildcards.source, wildcards.partition
    needed = needed_of(source, part)
    listing = plan.listing_of(config, UPSTREAM["name"], source, part, needed)
    first, last = plan.within(part, *needed)
    return {
        "source": source,
        "partition": part,
        # A listing says that something has changed, so closed files are asked for as well.
        "recheck": listing.is_file(),
        "origin": UPSTREAM["name"],
        "settings": source_settings(source),
        "asked": config["sources"].get(source, {}),
        # A login in a base is for the job alone: params are printed and kept.
        "bases": [plan.without_login(base) for base in config["bases"].get(source, [])],
        "local": plan.local_state(
            config["bases"].get(source, []), config["sources"].get(source, {})
        ),
        "first": first.isoformat(),
        "last": last.isoformat(),
        "catalogs": config["replica"]["catalogs"],
        "state": plan.freshness(
            source_settings(source),
            part,
            needed[1],
            NOW,
            listing,
        ),
    }


def code_of_fetch(wildcards):
    checks = [f"laicflow.checks.{name}" for name in CHECKS]
    of = f"laicflow.sources.{source_settings(wildcards.source)['module']}"
    return code_of("fetch_partition", of, *checks)


if UPSTREAM["kind"] == "world":

    rule write_world:
        """Write the simulated world in the upstreams' own formats"""
        output:
            f"{UPSTREAM['folder']}.json",
        log:
            "<run>/logs/write_world.log",
        benchmark:
            "<run>/benchmarks/write_world.tsv"
        # Receivers on the ground are most of the work, and can be shared out.
        threads: 2 if config["simulate"].get("gnss", {}).get("stations") else 1
        params:
            options={"folder": UPSTREAM["folder"], "world": config["simulate"]},
            code=code_of("write_world"),
        script:
            "../scripts/write_world.py"


rule fetch_partition:
    """Bring one partition of a source to data/raw"""
    input:
        world_of_fetch,
    output:
        "<run>/fetch/{source}/{partition}.json",
    log:
        "<run>/logs/fetch_partition/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/fetch_partition/{source}/{partition}.tsv"
    resources:
        downloads=1,
    params:
        options=options_of_fetch,
        code=code_of_fetch,
    script:
        "../scripts/fetch_partition.py"

# needs: receipts of fetch.smk
# provides: <store>/<world>/<source>/<partition>.nc (maps, minutes, series, olr) and .parquet (tables)


def names_of(kind):
    """The sources of a kind as a pattern."""
    return "|".join(sources.names(ROOT / "config", kind))


def of_module(module):
    """The sources behind a module as a pattern."""
    found = sources.names(ROOT / "config")
    return "|".join(name for name in found if source_settings(name)["module"] == module)


def options_of_clean(wildcards):
    return {
        "reader": source_settings(wildcards.source)["format"],
        "origin": UPSTREAM["name"],
    }


def code_of_clean_maps(wildcards):
    return code_of(
        "clean_maps", f"laicflow.readers.{source_settings(wildcards.source)['format']}"
    )


def code_of_clean_series(wildcards):
    reader = source_settings(wildcards.source)["format"]
    return code_of("clean_series", f"laicflow.readers.{reader}")


def reader_of_table(source):
    """The reader of the format that is asked for, where a source has several."""
    own = source_settings(source)
    form = config["sources"].get(source, {}).get("format")
    return own["readers"][form] if form else own["format"]


def options_of_table(wildcards):
    return {"reader": reader_of_table(wildcards.source), "origin": UPSTREAM["name"]}


def code_of_clean_table(wildcards):
    return code_of(
        "clean_table", f"laicflow.readers.{reader_of_table(wildcards.source)}"
    )


def injection_of(world):
    """What is planted in a world `inject-<name>`: study, options of the injection; or None."""
    name = world.removeprefix("inject-")
    if name == world:
        return None
    found = [study for study in STUDIES if name in config[study].get("injections", {})]
    if not found:
        raise ConfigError(f"world {world}: no study has an injection {name!r}")
    if len(found) > 1:
        told = ", ".join(found)
        raise ConfigError(f"world {world}: {told} have an injection {name!r} each")
    return found[0], config[found[0]]["injections"][name]


def catalog_of_injection(wildcards):
    """Signals are planted before the earthquakes of a catalog."""
    found = injection_of(wildcards.world)
    if found is None:
        return []
    return [f"<run>/catalog/{config[found[0]]['data']['catalog']}.parquet"]


def options_of_minutes(wildcards):
    found = injection_of(wildcards.world)
    planted = {}
    if found is not None:
        study, own = found
        planted = {
            "plant": {
                "options": own,
                "events": config[study]["catalog"],
                "seed": [config["run"], wildcards.world, config["seed"]],
                # Headers of different years round a place differently.
                "places": {
                    point["site"]: [point["latitude"], point["longitude"]]
                    for point in config[study]["sites"]["points"]
                },
            }
        }
    return {**options_of_clean(wildcards), **planted}


def code_of_clean_minutes(wildcards):
    reader = source_settings(wildcards.source)["format"]
    planting = [] if wildcards.world == "observed" else ["laicflow.inject.minutes"]
    return code_of("clean_minutes", f"laicflow.readers.{reader}", *planting)


def options_of_probes(wildcards):
    found = injection_of(wildcards.world)
    planted = {}
    if found is not None:
        study, own = found
        planted = {
            "plant": {
                "options": own,
                "events": config[study]["catalog"],
                "aftershocks": config[study]["aftershocks"],
                "seed": [config["run"], wildcards.world, config["seed"]],
            }
        }
    return {**options_of_clean(wildcards), **planted}


def code_of_clean_probes(wildcards):
    reader = source_settings(wildcards.source)["format"]
    found = injection_of(wildcards.world)
    planting = []
    if found is not None:
        # Among them what finds aftershocks.
        own = needs_of_study(found[0]).modules(config[found[0]])
        planting = ["laicflow.inject.probes", *own]
    return code_of("clean_probes", f"laicflow.readers.{reader}", *planting)


def options_of_olr(wildcards):
    asked = config["sources"][wildcards.source]
    return {
        **options_of_clean(wildcards),
        "box": {axis: list(asked[axis]) for axis in ("latitude", "longitude")},
    }


def code_of_clean_olr(wildcards):
    reader = source_settings(wildcards.source)["format"]
    return code_of("clean_olr", f"laicflow.readers.{reader}")


rule clean_maps:
    """Read the map files of a partition into the store"""
    input:
        "<run>/fetch/{source}/{partition}.json",
    output:
        "<store>/{world}/{source}/{partition}.nc",
    log:
        "<run>/logs/clean_maps/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_maps/{world}/{source}/{partition}.tsv"
    wildcard_constraints:
        source=names_of("maps"),
    params:
        options=options_of_clean,
        code=code_of_clean_maps,
    script:
        "../scripts/clean_maps.py"


rule clean_minutes:
    """Read the minutes of the observatories of a partition into the store"""
    input:
        receipt="<run>/fetch/{source}/{partition}.json",
        catalog=catalog_of_injection,
    output:
        "<store>/{world}/{source}/{partition}.nc",
    log:
        "<run>/logs/clean_minutes/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_minutes/{world}/{source}/{partition}.tsv"
    wildcard_constraints:
        source=names_of("minutes"),
    params:
        options=options_of_minutes,
        code=code_of_clean_minutes,
    script:
        "../scripts/clean_minutes.py"


rule clean_series:
    """Read ready series of VTEC at stations into the store"""
    input:
        "<run>/fetch/{source}/{partition}.json",
    output:
        "<store>/{world}/{source}/{partition}.nc",
    log:
        "<run>/logs/clean_series/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_series/{world}/{source}/{partition}.tsv"
    wildcard_constraints:
        source=of_module("own_tec"),
        world="observed",
    params:
        options=options_of_clean,
        code=code_of_clean_series,
    script:
        "../scripts/clean_series.py"


rule clean_probes:
    """Read the files of a satellite's probes of a partition into the store"""
    input:
        receipt="<run>/fetch/{source}/{partition}.json",
        catalog=catalog_of_injection,
    output:
        "<store>/{world}/{source}/{partition}.parquet",
    log:
        "<run>/logs/clean_probes/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_probes/{world}/{source}/{partition}.tsv"
    wildcard_constraints:
        source=names_of("probes"),
    params:
        options=options_of_probes,
        code=code_of_clean_probes,
    script:
        "../scripts/clean_probes.py"


rule clean_olr:
    """Read the maps of radiation of a partition into the store"""
    input:
        "<run>/fetch/{source}/{partition}.json",
    output:
        "<store>/{world}/{source}/{partition}.nc",
    log:
        "<run>/logs/clean_olr/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_olr/{world}/{source}/{partition}.tsv"
    wildcard_constraints:
        source=names_of("olr"),
    params:
        options=options_of_olr,
        code=code_of_clean_olr,
    script:
        "../scripts/clean_olr.py"


# The files of a satellite are tables too.
ruleorder: clean_probes > clean_table


rule clean_table:
    """Read the files of a partition of an index or a catalog into the store"""
    input:
        "<run>/fetch/{source}/{partition}.json",
    output:
        "<store>/{world}/{source}/{partition}.parquet",
    log:
        "<run>/logs/clean_table/{world}/{source}/{partition}.log",
    benchmark:
        "<run>/benchmarks/clean_table/{world}/{source}/{partition}.tsv"
    params:
        options=options_of_table,
        code=code_of_clean_table,
    script:
        "../scripts/clean_table.py"

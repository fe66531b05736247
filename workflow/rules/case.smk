# needs: config, cases, stores of clean.smk
# provides: <run>/case/<event>/: figures about one earthquake (config: event) and rates of alarms

CASE_FIGURES = ["residual", "iqr", "dtec", "activity", "map"]


def event_of_case():
    """The earthquake that is asked for."""
    if CASE is None:
        raise ConfigError(f"no earthquake is named: {cases.HOW}")
    return CASE


def stored_for_case(role):
    """A function of the wildcards: the files of the store that a case reads of a role."""

    def of(wildcards):
        if wildcards.event != event_of_case()["id"]:
            raise ConfigError(
                f"case {wildcards.event}: the configuration names the event {CASE['id']}"
            )
        first, last = cases.days(config)
        found = []
        for source in cases.sources(config, role):
            own = source_settings(source)
            # What lies in the future nobody has.
            end = min(last, plan.newest_day(own, NOW.date()))
            if first > end:
                raise ConfigError(
                    f"case {CASE['id']}: {source} has nothing from {first} on yet"
                )
            suffix = suffix_of(source)
            found += [
                f"<store>/observed/{source}/{part}.{suffix}"
                for part in sources.partitions(own["partition"], first, end)
            ]
        return found

    return of


def options_of_case(wildcards):
    own = config["case"]
    return {
        "run": config["run"],
        "seed": config["seed"],
        "event": event_of_case(),
        "tec": own["tec"],
        "days": settings.pick(
            own, "train_days", "warm_days", "before_days", "after_days"
        ),
        "settings": settings.pick(config["edlstme"], "anomalies", "disturbed"),
        "audit": config["audit"],
        "rules": plan.catalog(config, own["catalog"]),
    }


def files_of_case(wildcards):
    """All files about the earthquake that is asked for."""
    folder = f"<run>/case/{event_of_case()['id']}"
    kinds = {name: ("svg", "png", "parquet") for name in CASE_FIGURES}
    kinds["alarms"] = ("csv", "md", "parquet")
    return [f"{folder}/{name}.{kind}" for name in kinds for kind in kinds[name]]


rule draw_case:
    """Draw the figures about one earthquake and count the alarms of its whole record"""
    input:
        maps=stored_for_case("maps"),
        tec=stored_for_case("tec"),
        kp=stored_for_case("kp"),
        dst=stored_for_case("dst"),
        f107=stored_for_case("f107"),
        catalog=stored_for_case("catalog"),
    output:
        report(
            "<run>/case/{event}/residual.svg",
            caption="../report/case_residual.rst",
            category="case",
        ),
        report(
            "<run>/case/{event}/iqr.svg",
            caption="../report/case_iqr.rst",
            category="case",
        ),
        report(
            "<run>/case/{event}/dtec.svg",
            caption="../report/case_dtec.rst",
            category="case",
        ),
        report(
            "<run>/case/{event}/activity.svg",
            caption="../report/case_activity.rst",
            category="case",
        ),
        report(
            "<run>/case/{event}/map.svg",
            caption="../report/case_map.rst",
            category="case",
        ),
        report(
            "<run>/case/{event}/alarms.csv",
            caption="../report/case_alarms.rst",
            category="case",
        ),
        multiext("<run>/case/{event}/residual", ".png", ".parquet"),
        multiext("<run>/case/{event}/iqr", ".png", ".parquet"),
        multiext("<run>/case/{event}/dtec", ".png", ".parquet"),
        multiext("<run>/case/{event}/activity", ".png", ".parquet"),
        multiext("<run>/case/{event}/map", ".png", ".parquet"),
        multiext("<run>/case/{event}/alarms", ".md", ".parquet"),
    log:
        "<run>/logs/draw_case/{event}.log",
    benchmark:
        "<run>/benchmarks/draw_case/{event}.tsv"
    wildcard_constraints:
        event=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    params:
        options=options_of_case,
        code=code_of("draw_case"),
    script:
        "../scripts/draw_case.py"


rule case:
    """Anomalies about one earthquake: `--config event=<identifier, or place and time>`"""
    input:
        files_of_case,

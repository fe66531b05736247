# needs: config/targets.csv, what evaluate.smk and audit.smk provide, receipts of fetch.smk
# provides: functions for studies/*.smk, <run>/<study>/report.html

from laicflow.report import captions, choices, looks, targets

TARGETS = targets.read(ROOT / "config/targets.csv")
# What the report reads of the results, beside the targets themselves.
REPORT_NEEDS = "tensors sites samples splits scores audit verdict predictions history notes timing".split()
REPORT_KEYS = ("seed", "sources", "audit", "verdict")
SOURCE_KEYS = ("description", "latency_days", "revision")
# What figures and tables of any study read of its settings, beside what they name themselves.
TARGET_KEYS = (
    "experiments",
    "trained",
    "seeds",
    "split",
    "headline",
    "best_of",
    "shown",
    "compare",
    "variants",
    # They name the tensors.
    "window",
    "world",
)


# Of each study, what its targets read of its settings beside TARGET_KEYS; targets.smk makes a rule
# of each.
TARGET_SETTINGS = {}


def needs_of(stem):
    """The files of results that a target reads."""
    target = TARGETS[stem]
    return results.files(
        config[target.study],
        f"<run>/{target.study}",
        list(target.needs),
        of=target.variants,
    )


def inputs_of_target(stem):
    """The files that a target reads; of one that is left out, what refuses it."""
    target = TARGETS[stem]
    why = LEFT_OUT.get(target.study, {}).get("targets", {}).get(target.name)
    if why is None:
        return needs_of(stem)

    def refused(wildcards):
        raise ConfigError(f"{stem} is left out of this run: {why}")

    return refused


@cache
def shipped(study):
    """The study as its own YAML has it, without overlays."""
    return choices.read(ROOT / f"config/studies/{study}.yaml")[study]


@cache
def left_open(study):
    """Settings that the paper does not give, by the comments of its YAML."""
    text = (ROOT / f"config/studies/{study}.yaml").read_text(encoding="utf-8")
    return choices.left_open(text)


def options_of_target(stem, *keys):
    """Settings that a target depends on; `keys` are those that only some do."""
    target = TARGETS[stem]
    gone = left_out.of_target(LEFT_OUT.get(target.study, {}), target)
    return {
        "target": target.row(),
        "run": config["run"],
        # Captions say where a run trains less than was published.
        "shipped": captions.published(
            shipped(target.study), left_open(target.study), config[target.study]
        ),
        "settings": settings.pick(
            {**settings.pick(config, "audit", "seed"), **config[target.study]},
            *TARGET_KEYS,
            *keys,
        )
        # Captions say what is left out as well.
        | ({"left_out": gone} if gone else {}),
    }


def files_of(stem):
    """All files of a target."""
    target = TARGETS[stem]
    return list(target.outputs(f"<run>/{target.study}").values())


def targets_of(study):
    """The targets that the report of a study holds, in its order."""
    return [TARGETS[f"{study}_{name}"] for name in config[study]["reported"]]


def all_files_of(study):
    """All files of the targets that the report of a study holds."""
    return [file for target in targets_of(study) for file in files_of(target.stem)]


def report_needs(study):
    """What the report of a study reads of its results."""
    return [*REPORT_NEEDS, *getattr(needs_of_study(study), "REPORTED", ())]


def inputs_of_report(wildcards):
    return all_files_of(wildcards.study)


def results_of_report(wildcards):
    return results.files(
        config[wildcards.study],
        f"<run>/{wildcards.study}",
        report_needs(wildcards.study),
    )


def groups_of(study):
    """Groups of variants whose comparison a reported target shows."""
    return sorted(
        {one.variants for one in targets_of(study) if "comparison" in one.needs}
    )


def compared_of_report(wildcards):
    study = wildcards.study
    return [f"<run>/{study}/compared/{group}.parquet" for group in groups_of(study)]


def receipts_of_report(wildcards):
    """The receipt of every partition of every source that the study names."""
    return receipts_of(plan.roles_by_source(config, config[wildcards.study]))


@cache
def overlay_of_run():
    """The overlay of this run: a shipped one by its path from the root, another by its name."""
    for path in sorted((ROOT / "config").glob("*/*.yaml")):
        if choices.read(path).get("run") == config["run"]:
            return path.relative_to(ROOT).as_posix()
    return " ".join(Path(file).name for file in workflow.overwrite_configfiles)


def codes_of_study(study):
    """Digest of the code behind each step of a study."""
    of = f"laicflow.studies.{study}"
    models = [
        module_of_model(e["model"]) for e in config[study]["experiments"].values()
    ]
    found = [module_of_model(name) for name, _ in wanted_weights(study)]
    # Only a study that names worlds has a rule that tries them.
    worlds = "worlds" in config[study]["reported"]
    tried = {"try_world": rules.try_world.params.code} if worlds else {}
    # Only a study that finds anomalies has alarms.
    alarms = "alarm_audit" in report_needs(study)
    of_alarms = [f"{of}.alarms_audited", *checks_of_alarms()]
    audited = {"audit_alarms": code_of("audit_alarms", *of_alarms)} if alarms else {}
    return {
        "build_tensors": code_of("build_tensors", f"{of}.windows"),
        "select_samples": code_of("select_samples", f"{of}.samples"),
        **({"find_weights": code_of("find_weights", *found)} if found else {}),
        "measure_steps": code_of("measure_steps", f"{of}.windows", *models),
        "train_model": code_of("train_model", f"{of}.windows", *models),
        "train_baselines": code_of("train_baselines", f"{of}.windows"),
        "score_variant": code_of("score_variant"),
        "compare_variants": code_of("compare_variants"),
        "audit_variant": code_of("audit_variant", *checks_in_registry()),
        **audited,
        **tried,
        "draw_figure": code_of("draw_figure", f"{of}.figures"),
        "make_table": code_of("make_table", f"{of}.tables"),
    }


def targets_for_report(study):
    """Every target of a study with the text below it."""
    folder = ROOT / "workflow/report"
    return [
        {**one.row(), "text": (folder / f"{one.stem}.rst").read_text(encoding="utf-8")}
        for one in targets_of(study)
    ]


def is_closed(names):
    """Whether the upstreams add no more to what the run needs of some sources."""
    return not any(
        plan.is_open(
            source_settings(name),
            part,
            period_of(name)[1],
            NOW,
        )
        for name in names
        for part in partitions(name)
    )


def options_of_report(wildcards):
    study = wildcards.study
    own_file = ROOT / f"config/studies/{study}.yaml"
    world = config["simulate"] if UPSTREAM["kind"] == "world" else {}
    return {
        "run": config["run"],
        "needs": report_needs(study),
        "left_out": left_out.sentences(LEFT_OUT.get(study, {})),
        "compared": groups_of(study),
        "study": config[study],
        "shipped": shipped(study),
        "left_open": choices.left_open(own_file.read_text(encoding="utf-8")),
        "upstream": {"kind": UPSTREAM["kind"], "name": UPSTREAM["name"]},
        "whole": {**settings.pick(config, *REPORT_KEYS), "simulate": world},
        "sources": {
            name: {
                **settings.pick(source_settings(name), *SOURCE_KEYS),
                "roles": roles,
            }
            for name, roles in plan.roles_by_source(config, config[study]).items()
        },
        "catalog_sources": plan.sources_of_role(config, config[study], "catalog"),
        "catalog_closed": is_closed(
            plan.sources_of_role(config, config[study], "catalog")
        ),
        "targets": targets_for_report(study),
        "overlay": overlay_of_run(),
        "codes": codes_of_study(study),
        "packages": digest.numerical_pins(LOCK),
        "looks": looks.digest(),
    }


def code_of_report(wildcards):
    of = f"laicflow.studies.{wildcards.study}"
    return code_of("write_report", f"{of}.tables", f"{of}.account")


rule write_report:
    """Write the report of a study: one HTML file with all of it"""
    input:
        targets=inputs_of_report,
        results=results_of_report,
        compared=compared_of_report,
        receipts=receipts_of_report,
        catalog=catalog_of,
    output:
        "<run>/{study}/report.html",
    log:
        "<run>/logs/{study}/write_report.log",
    benchmark:
        "<run>/benchmarks/{study}/write_report.tsv"
    params:
        options=options_of_report,
        code=code_of_report,
    script:
        "../scripts/write_report.py"

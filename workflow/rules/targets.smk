# needs: functions of report.smk, TARGET_SETTINGS of the studies
# provides: <study>_<name> for every target of the studies that stand in TARGET_SETTINGS

for _study, _settings in TARGET_SETTINGS.items():
    for _name, _keys in _settings.items():
        _stem = f"{_study}_{_name}"
        _target = TARGETS[_stem]
        if _target.kind == "figure":

            rule:
                name:
                    _stem
                input:
                    inputs_of_target(_stem),
                output:
                    svg=report(
                        f"<run>/{_study}/figures/{_stem}.svg",
                        caption=f"../report/{_stem}.rst",
                        category=_study,
                    ),
                    png=f"<run>/{_study}/figures/{_stem}.png",
                    parquet=f"<run>/{_study}/figures/{_stem}.parquet",
                log:
                    f"<run>/logs/{_study}/{_stem}.log",
                benchmark:
                    f"<run>/benchmarks/{_study}/{_stem}.tsv"
                params:
                    options=options_of_target(_stem, *_keys),
                    code=code_of("draw_figure", f"laicflow.studies.{_study}.figures"),
                script:
                    "../scripts/draw_figure.py"

        else:

            rule:
                name:
                    _stem
                input:
                    inputs_of_target(_stem),
                output:
                    csv=report(
                        f"<run>/{_study}/tables/{_stem}.csv",
                        caption=f"../report/{_stem}.rst",
                        category=_study,
                    ),
                    md=f"<run>/{_study}/tables/{_stem}.md",
                    tex=f"<run>/{_study}/tables/{_stem}.tex",
                    parquet=f"<run>/{_study}/tables/{_stem}.parquet",
                log:
                    f"<run>/logs/{_study}/{_stem}.log",
                benchmark:
                    f"<run>/benchmarks/{_study}/{_stem}.tsv"
                params:
                    options=options_of_target(_stem, *_keys),
                    code=code_of("make_table", f"laicflow.studies.{_study}.tables"),
                script:
                    "../scripts/make_table.py"

        workflow.get_rule(_stem).docstring = f"{_target.caption} ({_name})"


# All rules are known here.
environments.name_on_rules(workflow, ROOT / "envs")

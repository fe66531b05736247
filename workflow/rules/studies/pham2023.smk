# needs: functions of report.smk, results of the study under each of its variants
# provides: the tables and figures of pham2023 by name, and `pham2023` for all of it


from laicflow.studies.pham2023 import trials

# As whose files a simulated world is written.
TRIAL_SOURCES = ("code", "usgs", "gfz_kp", "kyoto_dst", "celestrak")


rule update_pham2023:
    """Bring the forecasts of pham2023 up to date (ledger/pham2023/forecasts.parquet)"""
    input:
        "<run>/pham2023/prospective.json",


rule pham2023:
    """All tables and figures of pham2023 and its report"""
    input:
        all_files_of("pham2023"),
        "<run>/pham2023/report.html",


rule pham2023_table1:
    """Accuracy of each network and baseline beside the paper's (Table 1)"""
    input:
        needs_of("pham2023_table1"),
    output:
        csv=report(
            "<run>/pham2023/tables/pham2023_table1.csv",
            caption="../../report/pham2023_table1.rst",
            category="pham2023",
        ),
        md="<run>/pham2023/tables/pham2023_table1.md",
        tex="<run>/pham2023/tables/pham2023_table1.tex",
        parquet="<run>/pham2023/tables/pham2023_table1.parquet",
    log:
        "<run>/logs/pham2023/pham2023_table1.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_table1.tsv"
    params:
        options=options_of_target("pham2023_table1", "claims", "training"),
        code=code_of("make_table", "laicflow.studies.pham2023.tables"),
    script:
        "../../scripts/make_table.py"


rule pham2023_fig1:
    """A sample's six channels (Figure 1)"""
    input:
        needs_of("pham2023_fig1"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_fig1.svg",
            caption="../../report/pham2023_fig1.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_fig1.png",
        parquet="<run>/pham2023/figures/pham2023_fig1.parquet",
    log:
        "<run>/logs/pham2023/pham2023_fig1.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_fig1.tsv"
    params:
        options=options_of_target("pham2023_fig1", "image"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"


rule pham2023_fig4:
    """Confusion matrices of the modified EfficientNetV2-S (Figure 4)"""
    input:
        needs_of("pham2023_fig4"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_fig4.svg",
            caption="../../report/pham2023_fig4.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_fig4.png",
        parquet="<run>/pham2023/figures/pham2023_fig4.parquet",
    log:
        "<run>/logs/pham2023/pham2023_fig4.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_fig4.tsv"
    params:
        options=options_of_target("pham2023_fig4", "training"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"


rule pham2023_table2:
    """Ten runs with and without CutMix and Mixup (Table 2)"""
    input:
        needs_of("pham2023_table2"),
    output:
        csv=report(
            "<run>/pham2023/tables/pham2023_table2.csv",
            caption="../../report/pham2023_table2.rst",
            category="pham2023",
        ),
        md="<run>/pham2023/tables/pham2023_table2.md",
        tex="<run>/pham2023/tables/pham2023_table2.tex",
        parquet="<run>/pham2023/tables/pham2023_table2.parquet",
    log:
        "<run>/logs/pham2023/pham2023_table2.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_table2.tsv"
    params:
        options=options_of_target(
            "pham2023_table2", "claims", "training", "audit", "seed"
        ),
        code=code_of("make_table", "laicflow.studies.pham2023.tables"),
    script:
        "../../scripts/make_table.py"


rule pham2023_fig2:
    """What CutMix makes of real samples (Figure 2)"""
    input:
        needs_of("pham2023_fig2"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_fig2.svg",
            caption="../../report/pham2023_fig2.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_fig2.png",
        parquet="<run>/pham2023/figures/pham2023_fig2.parquet",
    log:
        "<run>/logs/pham2023/pham2023_fig2.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_fig2.tsv"
    params:
        options=options_of_target("pham2023_fig2", "training", "image"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"


rule pham2023_fig3:
    """What Mixup makes of real samples (Figure 3)"""
    input:
        needs_of("pham2023_fig3"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_fig3.svg",
            caption="../../report/pham2023_fig3.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_fig3.png",
        parquet="<run>/pham2023/figures/pham2023_fig3.parquet",
    log:
        "<run>/logs/pham2023/pham2023_fig3.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_fig3.tsv"
    params:
        options=options_of_target("pham2023_fig3", "training", "image"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"


rule pham2023_splits:
    """The same network under four splits (R15)"""
    input:
        needs_of("pham2023_splits"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_splits.svg",
            caption="../../report/pham2023_splits.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_splits.png",
        parquet="<run>/pham2023/figures/pham2023_splits.parquet",
    log:
        "<run>/logs/pham2023/pham2023_splits.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_splits.tsv"
    params:
        options=options_of_target("pham2023_splits", "claims", "normal", "training"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"


rule pham2023_gaps:
    """The same network with other definitions of normal"""
    input:
        needs_of("pham2023_gaps"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_gaps.svg",
            caption="../../report/pham2023_gaps.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_gaps.png",
        parquet="<run>/pham2023/figures/pham2023_gaps.parquet",
    log:
        "<run>/logs/pham2023/pham2023_gaps.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_gaps.tsv"
    params:
        options=options_of_target("pham2023_gaps", "claims", "normal", "training"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"


def options_of_trial(wildcards):
    study = config["pham2023"]
    own = study["worlds"]
    return {
        "world": trials.world_of(wildcards.kind, int(wildcards.world_seed), own),
        "study": trials.study_of(study, own),
        "variant": own["variant"],
        "names": [config["run"], "pham2023"],
        "seed": config["seed"],
        "audit": config["audit"],
        "sources": {source: source_settings(source) for source in TRIAL_SOURCES},
    }


rule try_world:
    """Go the whole way, from raw files to a verdict, in a small world whose truth is known"""
    output:
        "<run>/pham2023/worlds/{kind}-{world_seed}.parquet",
    log:
        "<run>/logs/pham2023/try_world/{kind}-{world_seed}.log",
    benchmark:
        "<run>/benchmarks/pham2023/try_world/{kind}-{world_seed}.tsv"
    wildcard_constraints:
        kind="null|planted",
        world_seed=r"\d+",
    params:
        options=options_of_trial,
        code=code_of(
            "try_world",
            "laicflow.studies.pham2023.worlds",
            *sorted(
                f"laicflow.readers.{source_settings(source)['format']}"
                for source in TRIAL_SOURCES
            ),
            module_of_model(
                config["pham2023"]["experiments"][
                    config["pham2023"]["worlds"]["experiment"]
                ]["model"]
            ),
        ),
    script:
        "../../scripts/try_world.py"


rule pham2023_worlds:
    """Worlds without and with a planted precursor: what the chain finds"""
    input:
        needs_of("pham2023_worlds"),
    output:
        svg=report(
            "<run>/pham2023/figures/pham2023_worlds.svg",
            caption="../../report/pham2023_worlds.rst",
            category="pham2023",
        ),
        png="<run>/pham2023/figures/pham2023_worlds.png",
        parquet="<run>/pham2023/figures/pham2023_worlds.parquet",
    log:
        "<run>/logs/pham2023/pham2023_worlds.log",
    benchmark:
        "<run>/benchmarks/pham2023/pham2023_worlds.tsv"
    params:
        options=options_of_target("pham2023_worlds", "worlds", "window"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"

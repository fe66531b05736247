# needs: functions of report.smk, results of the study under each of its variants
# provides: the tables and figures of pham2023 by name, and `pham2023` for all of it


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
        options=options_of_target("pham2023_table1", "claims"),
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
        options=options_of_target("pham2023_fig4"),
        code=code_of("draw_figure", "laicflow.studies.pham2023.figures"),
    script:
        "../../scripts/draw_figure.py"

# needs: functions of report.smk
# provides: the settings behind seqnetquake_<tableN|tableSN|...>

# What a target reads of the study's settings, beside what every target does.
TARGET_SETTINGS["seqnetquake"] = {
    "aftershocks": [
        "aftershocks",
        "catalog",
        "claims",
        "data",
        "missions",
        "preparations",
    ],
    "fig1": [
        "aftershocks",
        "catalog",
        "claims",
        "class2",
        "data",
        "labels",
        "missions",
        "normal",
        "preparations",
        "seed",
    ],
    "fig2": [
        "claims",
        "labels",
        "missions",
        "models",
        "preparations",
        "training",
        "tuning",
    ],
    "fig7": ["training"],
    "figS1": ["cases", "claims", "data", "labels", "missions", "preparations"],
    "figS3": ["training"],
    "place": ["labels", "normal"],
    "planted": ["audit", "injections", "labels", "missions", "preparations", "seed"],
    "shuffled": ["audit", "labels", "missions", "preparations", "seed"],
    "tableS1": ["labels", "normal", "missions", "preparations"],
    **dict.fromkeys(
        ("fig3", "fig4", "fig5", "fig6", "fig8", "figS2", "table1", "table2"),
        ["baselines", "claims", "labels", "preparations", "training"],
    ),
    "tableS2": ["tuning"],
    "dataS1": ["tuning"],
}


rule seqnetquake:
    """All tables and figures of seqnetquake and its report"""
    input:
        all_files_of("seqnetquake"),
        "<run>/seqnetquake/report.html",

# needs: functions of report.smk
# provides: the settings behind edlstme_<figN|tableN>

# What a target reads of the study's settings, beside what every target does.
TARGET_SETTINGS["edlstme"] = {
    "alarm_audit": [],
    "alarms": [],
    "recovered": [],
    "quakes": [],
    "table1": ["data", "event", "series", "sites"],
    "table2": ["baselines", "printed", "series", "sites", "training"],
    "fig1": ["catalog", "data", "event", "sites"],
    "fig2": ["data", "indices", "models", "series", "sites", "tuning"],
    "fig3": ["baselines", "series", "sites", "training"],
    "fig4": ["baselines", "printed", "series", "sites", "training"],
    "fig5": [
        "audit",
        "baselines",
        "data",
        "disturbed",
        "printed",
        "series",
        "sites",
        "training",
    ],
    "fig9": ["event", "olr"],
    **dict.fromkeys(
        ("fig6", "fig7", "fig8", "fig10", "fig11"), ["anomalies", "disturbed"]
    ),
}


rule edlstme:
    """All tables and figures of edlstme and its report"""
    input:
        all_files_of("edlstme"),
        "<run>/edlstme/report.html",

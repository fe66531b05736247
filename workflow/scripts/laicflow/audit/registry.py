"""Which checks there are, and which of them a claim of skill needs.

Modules stand here as strings and are imported on use, so that a rule knows their digest.
"""

from __future__ import annotations

# Module of each check that is built; its `check(context)` gives rows of the table `audit`.
CHECKS = {
    "R11": "laicflow.audit.overlap",
    "R15": "laicflow.audit.splits",
    "R21": "laicflow.audit.location",
    "R26": "laicflow.audit.degenerate",
    "R27": "laicflow.audit.baselines",
    "R45": "laicflow.audit.shuffled",
}

# Those of forecasts of values beside them, and those that say nothing of a forecast.
OF_FORECASTS = {
    "R16": "laicflow.audit.scope",
    "R34": "laicflow.audit.blocks",
}
NOT_OF_FORECASTS = {
    "R15": "the split of a forecast is that of time",
    "R21": "a forecast has no labels that a place could tell",
    "R26": "a forecast has no classes",
    "R45": "no network starts from another",
}

# Those of alarms that are held against earthquakes, each in laicflow.audit.alarms.
OF_ALARMS = {
    "R06": "laicflow.audit.alarms.missing",
    "R10": "laicflow.audit.alarms.filtered",
    "R11": "laicflow.audit.alarms.overlap",
    "R13": "laicflow.audit.alarms.groups",
    "R16": "laicflow.audit.alarms.scope",
    "R18": "laicflow.audit.alarms.nuisance",
    "R20": "laicflow.audit.alarms.rates",
    "R21": "laicflow.audit.alarms.location",
    "R25": "laicflow.audit.alarms.moved_back",
    "R26": "laicflow.audit.alarms.degenerate",
    "R27": "laicflow.audit.alarms.baselines",
    "R28": "laicflow.audit.alarms.automatic",
    "R29": "laicflow.audit.alarms.placebos",
    "R33": "laicflow.audit.alarms.multiplicity",
    "R37": "laicflow.audit.alarms.molchan",
    "R38": "laicflow.audit.alarms.area",
    "R46": "laicflow.audit.alarms.control",
}

# Name of each check in the table, built or not (R05, R17 and R44 are retired); a row
# `<name>: <experiment>` is on another than the headline's.
NAMES = {
    "R01": "integrity",
    "R02": "availability",
    "R03": "two-sided operators",
    "R04": "product epoch",
    "R06": "fill",
    "R07": "completeness",
    "R08": "declustering",
    "R09": "labels",
    "R10": "symmetric exclusion",
    "R11": "overlap",
    "R12": "near duplicates",
    "R13": "groups",
    "R14": "effective size",
    "R15": "split protocol",
    "R16": "fit scope",
    "R18": "nuisance only",
    "R19": "reference artefact",
    "R20": "alarm rate",
    "R21": "location",
    "R22": "remote reference",
    "R23": "space weather",
    "R24": "analysis centre",
    "R25": "fore- and aftershocks",
    "R26": "degenerate",
    "R27": "baselines",
    "R28": "automatic alarms",
    "R29": "placebo",
    "R30": "surrogates",
    "R31": "injection",
    "R32": "best of K",
    "R33": "multiplicity",
    "R34": "intervals",
    "R35": "base rate",
    "R36": "calibration",
    "R37": "Molchan",
    "R38": "area skill score",
    "R39": "information gain",
    "R40": "paper arithmetic",
    "R41": "registration",
    "R42": "ledger",
    "R43": "determinism",
    "R45": "shuffled source",
    "R46": "positive control",
}

# Gates that must pass before "skill" may be printed, by the kind of claim.
REQUIRED = {
    "precursor": ("R11", "R13", "R16", "R18", "R21", "R26", "R27", "R28", "R29", "R46"),
    "forecast": ("R11", "R16", "R27", "R34"),
}

# The positive control, without which no null may be claimed.
POSITIVE_CONTROL = "R46"

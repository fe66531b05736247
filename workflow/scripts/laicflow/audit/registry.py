"""Which checks there are, and which of them a claim of skill needs.

Modules stand here as strings and are imported on use, so that a rule knows their digest.
"""

from __future__ import annotations

# Module of each check that is built; its `check(context)` gives rows of the table `audit`.
CHECKS = {
    "R11": "laicflow.audit.overlap",
    "R26": "laicflow.audit.degenerate",
    "R27": "laicflow.audit.baselines",
}

# Name of each check in the table; a row `<name>: <experiment>` is on another than the headline's.
NAMES = {"R11": "overlap", "R26": "degenerate", "R27": "baselines"}

# Gates that must pass before "skill" may be printed, by the kind of claim.
REQUIRED = {
    "precursor": ("R11", "R13", "R16", "R18", "R21", "R26", "R27", "R28", "R29", "R46"),
    "forecast": ("R11", "R16", "R27", "R34"),
}

# The positive control, without which no null may be claimed.
POSITIVE_CONTROL = "R46"

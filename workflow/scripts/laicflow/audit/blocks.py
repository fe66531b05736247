"""R34: has the headline an interval, from blocks of time that are long enough?

Errors of neighbouring epochs are alike: blocks must be as long as the support of a window and what
it tells. Source: Kunsch 1989, Ann. Statist. 17, 1217.
"""

from __future__ import annotations

import math

from laicflow.audit.context import Context, interval_text, row
from laicflow.audit.registry import NAMES
from laicflow.evaluation.intervals import BLOCKS

CHECK = "R34"
SOURCE = "Kunsch 1989"


def check(context: Context) -> list[dict]:
    """One row: an interval from blocks at least as long as the support."""
    least = context.gates["support_days"]
    said = {"threshold": f"blocks of {least:g} days or more", "source": SOURCE}
    score = context.scored(context.experiment, context.metric, BLOCKS)
    if score is None:
        why = context.why_untested(context.experiment)
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **said)]
    days, value = float(score["block_days"]), f"{context.metric} {score['value']:.4f}"
    if not (math.isfinite(score["low"]) and math.isfinite(score["high"])):
        why = f"{value} has no interval: {score['note']}"
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **said)]
    said["interval"] = interval_text(score["low"], score["high"])
    status = "pass" if days >= least * (1 - 1e-9) else "fail"
    text = f"{value} from {score['n_eff']:g} blocks of {days:g} days"
    return [row(CHECK, NAMES[CHECK], status, statistic=days, evidence=text, **said)]

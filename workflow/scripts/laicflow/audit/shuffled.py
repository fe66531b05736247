"""R45: does a transfer gain as much from a source whose labels are shuffled?

What a network brings along from a source may be knowledge of precursors or merely of what the data
look like; the second is left when the labels of the source are shuffled. The headline names three
experiments (`transfer`): `real` and `shuffled`, trained on from the source with its labels and with
shuffled ones, and `direct`, trained without a source. All three are scored on the same samples and
resamples of blocks, means over their seeds.
"""

from __future__ import annotations

import math

from laicflow.audit.baselines import difference
from laicflow.audit.context import NO_TEST, TRANSFER, Context, interval_text, row
from laicflow.audit.registry import NAMES
from laicflow.evaluation.intervals import Interval

CHECK = "R45"
SOURCE = "seqnetquake"


def check(context: Context) -> list[dict]:
    """One row: the gain over direct training with a shuffled source."""
    named = {"threshold": "interval of the gain not above 0", "source": SOURCE}
    if not context.transfer:
        why = "does not apply: the headline of this variant names no transfer (headline.transfer)"
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    tested = {role: context.tested(context.transfer[role]) for role in TRANSFER}
    untested = [context.transfer[role] for role in TRANSFER if tested[role].empty]
    if untested:
        reasons = dict.fromkeys(context.why_untested(name) for name in untested)
        why = "; ".join(reasons) or NO_TEST
        text = f"without {', '.join(untested)}: {why}"
        return [row(CHECK, NAMES[CHECK], "na", evidence=text, **named)]
    found = {
        (one, other): difference(context, tested[one], tested[other])
        for one, other in (("real", "direct"), ("shuffled", "direct"), ("real", "shuffled"))
    }
    if any(pair is None for pair in found.values()):
        why = "no sample is tested by all, or outputs are not numbers"
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    gain, kept, apart = found.values()
    text = f"{context.metric} of " + "; ".join(
        f"{context.transfer[one]} less {context.transfer[other]} {_said(*pair)}"
        for (one, other), pair in found.items()
    )
    status, phrase = _judged(gain[1], kept[1], apart[1])
    named["interval"] = interval_text(kept[1].low, kept[1].high)
    evidence = f"{phrase}: {text}"
    return [row(CHECK, NAMES[CHECK], status, statistic=kept[0], evidence=evidence, **named)]


def _judged(gain: Interval, kept: Interval, apart: Interval) -> tuple[str, str]:
    """Status, and a phrase for it.

    Parameters
    ----------
    gain, kept : of the real and of the shuffled source over direct training
    apart : of the real source over the shuffled one
    """
    for ends in (gain, kept, apart):
        if not (math.isfinite(ends.low) and math.isfinite(ends.high)):
            return "na", ends.note or "a difference is not defined"
    if kept.low > 0:
        return "warn", "a gain remains with the labels of the source shuffled"
    if gain.low <= 0:
        return "na", "not judged: transfer gains nothing that could remain"
    if apart.low > 0:
        return "pass", "the gain is gone with the labels of the source shuffled"
    return "warn", "that the gain remains with the labels of the source shuffled is not excluded"


def _said(value: float, ends: Interval, shared: int) -> str:
    """A difference as words."""
    told = interval_text(ends.low, ends.high) or f"no interval: {ends.note}"
    return f"{value:+.4f} ({told}, {shared:,} samples)"

"""R15: how much of the score is owed to the split?

The headline's network under a random split, contiguous blocks of time, a rolling origin and one
region left out, the samples being the same. Inflation is the score under the random split less
that under the blocks, on the samples that both test and on the same resamples of blocks; where it
exceeds the gate the headline is the block score. The protocols also differ in how many samples
they train on, so that the difference is not owed to the split alone; the evidence says so. Source:
Roberts et al. 2017, Ecography 40, 913; Kapoor & Narayanan 2023, Patterns 4, 100804.
"""

from __future__ import annotations

import math

import pandas as pd

from laicflow.audit.context import UNDECIDABLE, Context, interval_text, row
from laicflow.audit.registry import NAMES
from laicflow.evaluation.metrics import LOSSES

CHECK = "R15"
SOURCE = "Roberts et al. 2017; Kapoor & Narayanan 2023"
INFLATED, REFERENCE = "random", "blocks"
PROTOCOLS = (INFLATED, REFERENCE, "rolling", "region")


def check(context: Context) -> list[dict]:
    """One row: inflation by the random split, which never decides about skill by itself."""
    gate = context.gates["max_inflation"]
    named = {"threshold": f"{gate:g}", "source": SOURCE}
    # A variant that could not be trained at all is told by nothing that others are.
    if context.tested(context.experiment).empty and not context.notes.empty:
        why = context.why_untested(context.experiment)
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    table = context.compared
    own = table[(table["experiment"] == context.experiment) & (table["metric"] == context.metric)]
    protocols = "; ".join(_said(own, split) for split in PROTOCOLS)
    found = own[own["split"] == INFLATED]
    if found.empty:
        why = f"no variant of {context.experiment} with a random split is compared"
        return [row(CHECK, NAMES[CHECK], "na", evidence=why, **named)]
    one = found.iloc[0]
    value, low, high = (one[f"difference{end}"] for end in ("", "_low", "_high"))
    if context.metric in LOSSES:
        value, low, high = -value, -high, -low
    if not all(math.isfinite(v) for v in (value, low, high)):
        why = f"{_why(own, one)}; {context.metric}: {protocols}"
        return [row(CHECK, NAMES[CHECK], "na", statistic=value, evidence=why, **named)]
    status, phrase = _judged(value, high, gate)
    ends = interval_text(low, high)
    text = (
        f"{phrase}: {context.metric} under {one['variant']} less that under {one['versus']} "
        f"{value:+.4f} ({ends}) on {one['n_shared']} samples; {protocols}"
        f"{_sizes(own, one)}{_told(own, one)}"
    )
    if context.unlike:
        text += f"; the variants compared differ from this one in {', '.join(context.unlike)}"
    named["interval"] = ends
    return [row(CHECK, NAMES[CHECK], status, statistic=value, evidence=text, **named)]


def _judged(value: float, high: float, gate: float) -> tuple[str, str]:
    """Status, and a phrase for it."""
    if value > gate:
        phrase = f"a random split inflates the score by more than {gate:g}"
        return "warn", f"{phrase}, the headline is the block score"
    if high > gate:
        return "warn", f"an inflation by a random split of more than {gate:g} is not excluded"
    return "pass", f"a random split inflates the score by no more than {gate:g}"


def _said(own: pd.DataFrame, split: str) -> str:
    """The score under one protocol, with its interval."""
    found = own[own["split"] == split]
    if found.empty:
        return f"{split} not run"
    one = found.iloc[0]
    if not math.isfinite(one["value"]):
        return f"{split} {one['note']}"
    ends = interval_text(one["low"], one["high"]) or "no interval"
    trained = "" if pd.isna(one["n_train"]) else f", trained on {one['n_train']:.0f}"
    return f"{split} {one['value']:.4f} ({ends}, n {one['n']}{trained})"


def _sizes(own: pd.DataFrame, one: pd.Series) -> str:
    """That the training sets differ in size, where they do."""
    sizes = own.loc[own["variant"].isin((one["variant"], one["versus"])), "n_train"]
    if sizes.isna().any() or sizes.nunique() < 2:
        return ""
    return "; the training sets differ in size, so that part of the difference may come from that"


def _told(own: pd.DataFrame, one: pd.Series) -> str:
    """The notes of the two scores of the difference."""
    both = own[own["variant"].isin((one["variant"], one["versus"])) & (own["note"] != "")]
    return "".join(f"; {row.variant}: {row.note}" for row in both.itertuples())


def _why(own: pd.DataFrame, one: pd.Series) -> str:
    """Why there is no inflation, without the word undecidable."""
    reference = own[own["split"] == REFERENCE]
    for untested in (one, *(r for _, r in reference.iterrows())):
        if not math.isfinite(untested["value"]):
            why = untested["note"].removeprefix(UNDECIDABLE)
            return f"{why} under {untested['variant']}"
    return one["note"] or "no difference to a block split is known"

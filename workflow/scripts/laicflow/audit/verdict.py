"""What may be said of a claim: skill, no skill, undecidable or not audited.

- **undecidable**: no positives, no test samples, a required gate without data, an interval of the
  headline that is wider than `max_width` or does not exist.
- **not audited**: a required gate is not built, or not run as the study does not ask for it; or the
  run does not train the headline's network.
- **skill**: every required gate passes.
- **no skill**: the headline's interval lies in or below the best baseline's, and the positive
  control is found; of a forecast: the whole interval of its difference from the best of what it
  must beat (R27) says that it is no better. One that holds 0 is a tie, which is undecidable.

What is none of these (better than the baselines, but a gate fails) is undecidable too: a score
that a leak may have made says nothing either way.
"""

from __future__ import annotations

import math

import pandas as pd

from laicflow.audit import rivals
from laicflow.audit.baselines import best_baseline
from laicflow.audit.context import NO_TEST, NOT_RUN, UNTRAINED, Context, interval_text
from laicflow.audit.registry import NAMES, POSITIVE_CONTROL, REQUIRED
from laicflow.evaluation.intervals import BLOCKS
from laicflow.evaluation.metrics import LOSSES


def verdict(context: Context, audit: pd.DataFrame) -> dict:
    """Judge the headline of a variant.

    Parameters
    ----------
    context : what the checks saw
    audit : what they found (`run_checks`)

    Returns
    -------
    dict of `verdict`, `text` (one line for the top of a report), `missing_gates` (ids of required
    gates without a row or whose row says that they are not run), `failed` (`id phrase` of each
    check on the headline that failed or warned), `evidence` (lines)
    """
    own = _headline_rows(audit)
    required = REQUIRED[context.kind]
    missing = [gate for gate in required if gate not in own or not_run(own[gate])]
    failed = [f"{gate} {phrase(r)}" for gate, r in own.items() if r["status"] == "fail"]
    warned = [f"{gate} {phrase(r)}" for gate, r in own.items() if r["status"] == "warn"]
    passing = [gate for gate in required if gate in own and own[gate]["status"] == "pass"]
    reasons = _undecidable(context, own)
    if not context.trained:
        word, text = "not audited", f"not audited: {UNTRAINED}"
    elif reasons:
        word, text = "undecidable", "undecidable: " + "; ".join(reasons)
    elif missing:
        word = "not audited"
        text = f"not audited: {len(missing)} of {len(required)} required gates are not run "
        text += f"({', '.join(f'{gate} {NAMES[gate]}' for gate in missing)})"
    elif len(passing) == len(required):
        word, text = "skill", f"skill: all {len(required)} required gates pass"
    else:
        word, text = _not_skill(context, own, len(required) - len(passing))
    for name, found in (("failed", failed), ("warned", warned)):
        if found:
            text += f" | {name}: {', '.join(found)}"
    return {
        "verdict": word,
        "text": text,
        "missing_gates": missing,
        "failed": failed + warned,
        "evidence": [line(r) for r in audit.to_dict("records")] + _headline_line(context),
    }


def _not_skill(context: Context, own: dict[str, dict], lost: int) -> tuple[str, str]:
    """Verdict and its line where required gates do not pass: no skill or undecidable."""
    if context.kind == "forecast":
        said = phrase(own["R27"])
        if said.startswith(rivals.WORSE):
            return "no skill", said
        if own["R27"]["status"] == "fail":
            return "undecidable", f"undecidable: {said}"
    elif (best := _not_below(context)) and own[POSITIVE_CONTROL]["status"] == "pass":
        return "no skill", f"no skill: not above the best baseline, {best}"
    return "undecidable", f"undecidable: {lost} required gates do not pass"


def _headline_rows(audit: pd.DataFrame) -> dict[str, dict]:
    """The row of each check on the headline itself."""
    rows = {}
    for row in audit.to_dict("records"):
        if row["name"] == NAMES.get(row["id"], row["name"]) and ":" not in row["name"]:
            rows.setdefault(row["id"], row)
    return rows


def _undecidable(context: Context, own: dict[str, dict]) -> list[str]:
    """Why the claim cannot be decided, each reason once."""
    tested = context.tested(context.experiment)
    if tested.empty:
        return [context.why_untested(context.experiment)]
    reasons = []
    if context.kind == "precursor":
        for label, name in ((1, "positive"), (0, "negative")):
            if not (tested["target"] == label).any():
                reasons.append(f"no {name} among {tested['sample_id'].nunique()} test samples")
    score = context.scored(context.experiment, context.metric, BLOCKS)
    if score is None:
        reasons.append(f"{context.metric} of {context.experiment} is not scored")
    elif not (math.isfinite(score["low"]) and math.isfinite(score["high"])):
        reasons.append(score["note"] or f"{context.metric} has no interval")
    # A width of TECU says nothing by itself: forecasts are judged by their difference to others.
    elif context.kind != "forecast" and score["high"] - score["low"] > context.gates["max_width"]:
        ends = interval_text(score["low"], score["high"])
        limit = context.gates["max_width"]
        reasons.append(f"the interval of {context.metric}, {ends}, is wider than {limit:g}")
    for gate in REQUIRED[context.kind]:
        if gate in own and own[gate]["status"] == "na" and not not_run(own[gate]):
            why = own[gate]["evidence"]
            if not any(why.startswith(known) for known in reasons):
                reasons.append(f"{gate} without data: {why}")
    return list(dict.fromkeys(reasons)) or ([NO_TEST] if context.samples.empty else [])


def _not_below(context: Context) -> str | None:
    """The best baseline, where the headline's interval lies in or below its own; else None."""
    best = best_baseline(context)
    ours = context.scored(context.experiment, context.metric, BLOCKS)
    theirs = context.scored(best, context.metric, BLOCKS) if best else None
    if ours is None or theirs is None:
        return None
    if context.metric in LOSSES:
        return best if ours["low"] >= theirs["low"] else None
    return best if ours["high"] <= theirs["high"] else None


def not_run(row: dict) -> bool:
    """Whether a check found that the study does not ask for it, which is not a lack of data."""
    return row["status"] == "na" and row["evidence"].startswith(NOT_RUN)


def phrase(row: dict) -> str:
    """What a check says in a few words: its evidence up to the first colon."""
    return row["evidence"].partition(":")[0]


def line(row: dict) -> str:
    """A row of the audit as a line."""
    return f"{row['id']} {row['name']}, {row['status']}: {row['evidence']}"


def _headline_line(context: Context) -> list[str]:
    """The headline's score as a line."""
    score = context.scored(context.experiment, context.metric, BLOCKS)
    if score is None:
        return []
    ends = interval_text(score["low"], score["high"]) or f"no interval ({score['note']})"
    text = f"{context.experiment}: {context.metric} {score['value']:.4f}, {ends}"
    return [f"{text}, {score['n']} samples, {score['n_eff']:g} blocks"]

"""What may be said of alarms before earthquakes: skill, no skill, undecidable or not audited.

The words are those of `laicflow.audit.verdict`. Of alarms **no skill** is said where the interval
of the score (share of the earthquakes with an alarm, less the alarm share) holds 0 or lies below
it, ends below what alarms before every earthquake would score, is no wider than `max_width` of that
score, and the positive control is found. That score is 1 - alarm share: where alarms stand nearly
always an interval is narrow whatever comes before earthquakes. **Undecidable** where there is no
earthquake, nothing is judged, or the interval is wider: never a pass and never no skill.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.stats import norm

from laicflow.audit.alarms.context import Alarms, Case
from laicflow.audit.alarms.hits import TIE
from laicflow.audit.alarms.placebos import gated
from laicflow.audit.registry import NAMES, POSITIVE_CONTROL, REQUIRED
from laicflow.audit.verdict import line, not_run, phrase
from laicflow.evaluation.intervals import Interval

GATES = REQUIRED["precursor"]


def verdict(context: Alarms, audit: pd.DataFrame) -> dict:
    """Judge the alarms of a variant by its headline, and each method and magnitude beside it.

    Returns
    -------
    What `laicflow.audit.verdict.verdict` does, and `cases`: of each method and magnitude `method`,
    `magnitude`, `verdict`, `text` and the numbers behind (None where there are none)
    """
    cases = [_case(context, case, audit) for case in context.cases]
    head, others = cases[0], cases[1:]
    text = head["text"]
    unlike = [one for one in others if one["verdict"] != head["verdict"]]
    if unlike:
        told = ", ".join(f"{one['label']}: {one['verdict']}" for one in unlike)
        text += f" | other cases: {told}"
    return {
        "verdict": head["verdict"],
        "text": text,
        "missing_gates": head["missing_gates"],
        "failed": head["failed"],
        "evidence": [line(row) for row in audit.to_dict("records")],
        "claim": _claim(context),
        "cases": cases,
    }


def _claim(context: Alarms) -> str:
    """What the alarms claim, in words."""
    rules, radius = context.rules, context.rules["radius_km"]
    share = rules["alarmed_share"]
    what = (
        "one undisturbed anomalous epoch"
        if share is None
        else f"so many undisturbed anomalous epochs as {100 * share:g} % of all times have"
    )
    zone = "in their zone of preparation" if radius is None else f"within {radius:g} km"
    return (
        f"earthquakes with a station {zone} have {what} in the {rules['before_days']:g} days "
        f"before them more often than any time has ({context.cases[0].label})"
    )


def _case(context: Alarms, case: Case, audit: pd.DataFrame) -> dict:
    """The verdict on one method and magnitude, with its numbers."""
    own = {
        row["id"]: row for row in audit.to_dict("records") if row["name"] == case.name(row["id"])
    }
    missing = [gate for gate in GATES if gate not in own or not_run(own[gate])]
    failed, warned = (
        [f"{gate} {phrase(row)}" for gate, row in own.items() if row["status"] == status]
        for status in ("fail", "warn")
    )
    word, text = _said(context, case, own, missing)
    for name, told in (("failed", failed), ("warned", warned)):
        text += f" | {name}: {', '.join(told)}" if told else ""
    numbers = _numbers(context, case, own)
    return {
        "label": case.label,
        "method": case.method,
        "magnitude": case.magnitude,
        "verdict": word,
        "text": text,
        "missing_gates": missing,
        "failed": failed + warned,
        **{name: _plain(value) for name, value in numbers.items()},
    }


def _said(context: Alarms, case: Case, own: dict[str, dict], missing: list[str]) -> tuple[str, str]:
    """Word and line of one case."""
    if reasons := _undecidable(context, case, own):
        return "undecidable", "undecidable: " + "; ".join(reasons)
    if missing:
        told = ", ".join(f"{gate} {NAMES[gate]}" for gate in missing)
        count = f"{len(missing)} of {len(GATES)} required gates are not run"
        return "not audited", f"not audited: {count} ({told})"
    lost = [gate for gate in GATES if own[gate]["status"] != "pass"]
    if not lost:
        return "skill", f"skill: all {len(GATES)} required gates pass; {_counted(case)}"
    ends = case.blocks.score(case.standing, case.targets)
    if own[POSITIVE_CONTROL]["status"] != "pass":
        return "undecidable", f"undecidable: {phrase(own[POSITIVE_CONTROL])}; {_counted(case)}"
    if ends.low <= 0 and ends.high < most(case) - TIE:
        text = f"no skill: {_counted(case)}, a difference of {_ended(case, ends)}, "
        return "no skill", f"{text}below the {most(case):+.3f} of an alarm before each of them"
    return "undecidable", f"undecidable: {len(lost)} required gates do not pass; {_counted(case)}"


def _undecidable(context: Alarms, case: Case, own: dict[str, dict]) -> list[str]:
    """Why a case cannot be decided, each reason once."""
    if case.why:
        return [case.why]
    reasons, limit = [], context.options["max_width"] * most(case)
    ends = case.blocks.score(case.standing, case.targets)
    if limit <= TIE:
        reasons.append(f"{_counted(case)}: an alarm that always stands has no score")
    elif not (math.isfinite(ends.low) and math.isfinite(ends.high)):
        reasons.append(f"{_counted(case)}; {ends.note or 'no interval'}")
    elif ends.high - ends.low > limit:
        text = f"{_counted(case)}, a difference of {_ended(case, ends)}, wider than "
        text += f"{context.options['max_width']:g} of the most that there could be, "
        text += f"{most(case):+.3f} for an alarm before each of them"
        least = needed(case.hits.tau, limit)
        many = f" (some {least} independent earthquakes would do)"
        reasons.append(text + many * (least > case.hits.number))
    for gate in GATES:
        if gate in own and own[gate]["status"] == "na" and not not_run(own[gate]):
            why = own[gate]["evidence"].partition(";")[0]
            if not any(why in known for known in reasons):
                reasons.append(f"{gate} without data: {why}")
    return reasons


def most(case: Case) -> float:
    """The score of alarms before every earthquake: 1 less their alarm share."""
    return 1 - case.hits.tau


def needed(share: float, width: float) -> int:
    """Independent earthquakes for an interval of 95 % of a width, where alarms know nothing.

    Half of it is 1.96 standard deviations of a share of them, as all times have it.
    """
    return math.ceil((2 * norm.ppf(0.975) / width) ** 2 * share * (1 - share))


def _counted(case: Case) -> str:
    """Hits and alarm share in words."""
    own = case.hits
    have = "earthquake has" if own.number == 1 else "earthquakes have"
    text = f"{own.hits} of {own.number} {have} an alarm in the days before"
    return f"{text}, and {100 * own.tau:.0f} % of all times"


def _ended(case: Case, ends: Interval) -> str:
    """The score with its interval."""
    return f"{case.hits.score:+.3f} ({ends.low:+.3f} to {ends.high:+.3f})"


def _numbers(context: Alarms, case: Case, own: dict[str, dict]) -> dict:
    """The numbers of a case."""
    record, found = case.record, {}
    if record is not None and len(record.times):
        found |= {
            "start": str(record.times[0].astype("datetime64[D]")),
            "end": str(record.times[-1].astype("datetime64[D]")),
        }
    if case.standing is not None:
        known = np.isfinite(case.standing.share)
        found["alarm_share"] = float(case.standing.share[known].mean()) if known.any() else None
    if case.targets is not None:
        found |= {"earthquakes": case.targets.inside, "targets": len(case.targets)}
    if not case.why:
        hits = case.hits
        score, lift = (
            one(case.standing, case.targets) for one in (case.blocks.score, case.blocks.lift)
        )
        # At the stations of the earthquakes, as many times as each has one.
        found |= {"judged": hits.number, "hits": hits.hits, "alarm_share": hits.tau}
        found |= {"score": hits.score, "score_low": score.low, "score_high": score.high}
        found |= {"lift": hits.lift, "lift_low": lift.low, "lift_high": lift.high}
        found |= {"alpha": hits.alpha}
        found |= {f"p_{name.lower()}": one.p for name, one in gated(context, case).items()}
    for name, check in (("epoch_lift", "R20"), ("area", "R38"), ("storm_lift", "R46")):
        found[name] = own[check]["statistic"] if check in own else None
    return found


def _plain(value: object) -> object:
    """A value for JSON, None in the place of what is not a number."""
    return None if isinstance(value, float) and not math.isfinite(value) else value

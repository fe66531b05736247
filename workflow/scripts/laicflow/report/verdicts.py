"""The first lines of a report: what is said of each variant, and the checks behind it."""

from __future__ import annotations

import re
from types import ModuleType

import pandas as pd

from laicflow.audit.registry import NAMES
from laicflow.report import blocks, terms
from laicflow.studies.results import Results

VARIANTS = {
    "paper": "as published, its faults included",
    "clean": "without the leaks of the published design",
}


def all_verdicts(results: Results, study: ModuleType) -> list[dict]:
    """The verdicts on each variant, that on its alarms after that on its headline."""
    made = []
    for variant in results.variants:
        made.append(_verdict(results, variant, _claim(results, variant, study)))
        if variant in results.alarm_verdict:
            made.append(_alarm_verdict(results, variant))
    return made


def named(text: str) -> str:
    """A text with the name of a check behind each id in it, where it has a name."""

    def with_name(match: re.Match) -> str:
        name = NAMES.get(match.group())
        told = name is None or text[match.end() :].startswith(f" {name}")
        return match.group() if told else f"{match.group()} ({name})"

    return re.sub(r"\bR\d+\b", with_name, text)


def _claim(results: Results, variant: str, study: ModuleType) -> dict:
    """What the paper claims of a variant: the headline's claim, unless the study says otherwise."""
    if hasattr(study, "claim_of"):
        return study.claim_of(results, variant)
    return results.settings["claims"].get(results.variants[variant]["headline"]["claim"], {})


def _verdict(results: Results, variant: str, claim: dict) -> dict:
    """The first lines of a report on one variant: the verdict and the checks on the headline."""
    said = results.verdict[variant]
    headline = results.variants[variant]["headline"]
    table = results.audit[variant]
    label = results.settings["experiments"][headline["experiment"]]["label"]
    return {
        "variant": variant,
        "meaning": VARIANTS.get(variant, ""),
        "claim": f"{terms.metric(headline['metric'])} of {label} on the {headline['split']} "
        "samples",
        "paper": claim.get("value"),
        "where": claim.get("where", ""),
        "word": said["verdict"],
        "symbol": blocks.VERDICTS.get(said["verdict"], ""),
        "text": named(said["text"]),
        "missing": [named(gate) for gate in said["missing_gates"]],
        "checks": _checks(table, terms.CHECKS),
        "of": "forecasts" if variant in results.alarm_verdict else "",
    }


def _alarm_verdict(results: Results, variant: str) -> dict:
    """The verdict on the alarms of a variant, and the checks on its headline."""
    said = results.alarm_verdict[variant]
    return {
        "variant": variant,
        "meaning": VARIANTS.get(variant, ""),
        "claim": said["claim"],
        "paper": None,
        "where": "",
        "word": said["verdict"],
        "symbol": blocks.VERDICTS.get(said["verdict"], ""),
        "text": named(said["text"]),
        "missing": [named(gate) for gate in said["missing_gates"]],
        "checks": _checks(results.alarm_audit[variant], terms.ALARM_CHECKS),
        "of": "alarms before earthquakes",
    }


def _checks(table: pd.DataFrame, asks: dict[str, str]) -> list[dict]:
    """The checks on the headline and what each asks, without those on others (`<name>: ...`)."""
    found = []
    for one in table.to_dict("records"):
        if one["name"] != NAMES.get(one["id"], one["name"]):
            continue
        word, symbol = blocks.STATUSES[one["status"]]
        found.append(
            {
                "id": one["id"],
                "name": one["name"],
                "asks": asks.get(one["id"], ""),
                "status": one["status"],
                "word": word,
                "symbol": symbol,
                "statistic": blocks.shown(one["statistic"]),
                "evidence": one["evidence"],
            }
        )
    return found

from __future__ import annotations

from laicflow.audit.registry import CHECKS as BUILT
from laicflow.audit.registry import NAMES, OF_ALARMS, REQUIRED
from laicflow.report.terms import ALARM_CHECKS, CHECKS, metric, terms


def test_every_check_that_may_stand_beside_a_verdict_says_what_it_asks() -> None:
    needed = set(BUILT).union(*REQUIRED.values())
    assert needed <= set(CHECKS) <= set(NAMES)
    assert set(OF_ALARMS) <= set(ALARM_CHECKS) == set(CHECKS)
    assert all(text.endswith("?") for text in {**CHECKS, **ALARM_CHECKS}.values())


def test_only_words_that_stand_there_are_explained() -> None:
    assert [word for word, _ in terms(["f1_macro of a network", "0 purged samples"])] == [
        "macro F1 (f1_macro)",
        "purge",
    ]
    assert terms(["nothing of the kind"]) == []


def test_metrics_have_names() -> None:
    assert metric("f1_macro") == "macro F1" and metric("accuracy") == "accuracy"

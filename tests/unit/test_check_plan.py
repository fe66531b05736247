"""What the check of plans against runs holds."""

from __future__ import annotations

from tests.workflow import check_plan


def row(stage: str, told: float, took: float, said: float, there: float) -> dict:
    """Shares and MB of a stage of a run of a thousand seconds."""
    times = {"planned_share": told, "taken_share": took, "taken_s": 1000 * took}
    return {"stage": stage, **times, "planned_mb": said, "there_mb": there}


def test_a_factor_of_two_is_let_through_and_more_is_not():
    # 1 to 4 planned, 1 to 1.04 taken: the one twice as long as planned, the other half as long.
    good = [row("fetch", 0.2, 0.49, 50, 100), row("train", 0.8, 0.51, 100, 60)]
    assert check_plan.faults(good) == []
    # Stages of little time and disk may be off.
    more = [row("report", 0.01, 0.09, 1, 9), row("samples", 0.24, 0.01, 9, 1)]
    assert check_plan.faults([*good, *more]) == []
    # 1 to 4 planned, 1 to 0.96 taken.
    bad = [row("fetch", 0.2, 0.51, 50, 101), row("samples", 0.26, 0.01, 90, 90)]
    assert check_plan.faults(bad) == [
        "fetch: 51% of the time taken, 20% planned",
        "fetch: 101 MB there, 50 planned",
        "samples: 1% of the time taken, 26% planned",
    ]
    # Where one stage is nearly all, its share says little.
    assert check_plan.faults([row("train", 0.99, 0.93, 0, 0)]) == [
        "train: 93% of the time taken, 99% planned"
    ]
    # Many stages, each too small to be held, that are together too much.
    small = [row(str(at), 0.05, 0.05, 0, 9) for at in range(20)]
    assert check_plan.faults(small) == ["180 MB there, 0 planned"]
    # A run of some seconds is not held.
    assert check_plan.faults([row("fetch", 0.2, 0.9, 0, 0) | {"taken_s": 20}]) == []


def test_every_run_of_the_check_has_its_overlay():
    for overlay, (run, _) in {**check_plan.DEMOS, **check_plan.REAL}.items():
        text = (check_plan.ROOT / f"config/{overlay}.yaml").read_text()
        assert f"\nrun: {run}\n" in f"\n{text}"

"""What the check of plans against runs holds."""

from __future__ import annotations

from tests.workflow import check_plan


def row(stage: str, told: float, took: float, said: float, there: float) -> dict:
    """Shares and MB of a stage."""
    shares = {"planned_share": told, "taken_share": took}
    return {"stage": stage, **shares, "planned_mb": said, "there_mb": there}


def test_a_factor_of_two_is_let_through_and_more_is_not():
    good = [row("fetch", 0.2, 0.4, 50, 100), row("train", 0.8, 0.6, 100, 60)]
    assert check_plan.faults(good) == []
    # Stages of little time and disk may be off.
    good += [row("report", 0.01, 0.09, 1, 9), row("samples", 0.24, 0.01, 9, 1)]
    assert check_plan.faults(good) == []
    bad = [row("fetch", 0.2, 0.41, 50, 101), row("train", 0.26, 0.01, 90, 90)]
    assert check_plan.faults(bad) == [
        "fetch: 41% of the time taken, 20% planned",
        "fetch: 101 MB there, 50 planned",
        "train: 1% of the time taken, 26% planned",
    ]
    # Many stages, each too small to be held, that are together too much.
    small = [row(str(at), 0.05, 0.05, 0, 9) for at in range(20)]
    assert check_plan.faults(small) == ["180 MB there, 0 planned"]


def test_every_run_of_the_check_has_its_overlay():
    for overlay, (run, _) in {**check_plan.DEMOS, **check_plan.REAL}.items():
        text = (check_plan.ROOT / f"config/{overlay}.yaml").read_text()
        assert f"\nrun: {run}\n" in f"\n{text}"

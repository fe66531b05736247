"""What runs took, by stage, beside what `laicflow plan` says: within a factor of two.

Run after `make demo` and `make real`, from the repository's root: `python -m
tests.workflow.check_plan [RESULTS]`. The shipped seconds are of the demos (but for those of a
window), so that the runs on real files were not used for what they are compared with. Of seconds
the shares of the stages are held, which hang little on the machine and on what else it does;
of the disk the MB.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from laicflow import config as settings
from laicflow import scale, scale_runs
from laicflow.cli.plan import planned
from tests.workflow.running import ROOT

# Overlay below config/, its run, what is made of it.
DEMOS = {
    "demo/pham2023": ("demo", []),
    "demo/petrescu2022": ("demo-petrescu2022", []),
    "demo/seqnetquake": ("demo-seqnetquake", []),
    "demo/edlstme": ("demo-edlstme", []),
}
REAL = {
    "real/elsalvador2001": ("elsalvador2001", []),
    "real/esk2003": ("esk2003", []),
    "real/japan2011": ("japan2011", []),
    "real/demeter_catalog": ("demeter_catalog", []),
    "real/rinex2020": ("rinex2020", ["stations"]),
}
WITHIN = 2.0
# A stage is held where it took so much of the time, or was said to; and of the disk, in MB.
LEAST_TAKEN, LEAST_SAID, LEAST_MB = 0.1, 0.25, 10.0


def compared(overlay: str, run: Path, targets: list[str]) -> list[dict]:
    """The rows of `laicflow.scale_runs.compare` of a run, with the shipped seconds and sizes."""
    path = ROOT / f"config/{overlay}.yaml"
    with tempfile.TemporaryDirectory() as folder:
        jobs, _ = planned([path], targets, Path(folder))
    config = settings.load(ROOT / "config", (path,))
    costs = scale.Costs(config, scale.Measured(rows=scale_runs.samples(run)))
    return scale_runs.compare(jobs, costs, run)


def faults(rows: list[dict]) -> list[str]:
    """Stages of a run that are off by more than the factor, each as a sentence."""
    found = []
    there = sum(row["there_mb"] for row in rows)
    said = sum(row["planned_mb"] for row in rows)
    for row in rows:
        took, told = row["taken_share"], row["planned_share"]
        if (took >= LEAST_TAKEN or told >= LEAST_SAID) and not _near(took, told):
            found.append(f"{row['stage']}: {took:.0%} of the time taken, {told:.0%} planned")
        most = max(row["there_mb"], row["planned_mb"])
        if most >= max(LEAST_MB, LEAST_TAKEN * there) and not _near(
            row["there_mb"], row["planned_mb"]
        ):
            found.append(
                f"{row['stage']}: {row['there_mb']:.0f} MB there, {row['planned_mb']:.0f} planned"
            )
    if not _near(there, said):
        found.append(f"{there:.0f} MB there, {said:.0f} planned")
    return found


def _near(one: float, other: float) -> bool:
    """Whether two numbers are within the factor of each other."""
    return max(one, other) <= WITHIN * min(one, other)


def main(results: Path = ROOT / "results") -> int:
    """Print each run's table; 1 if one is off."""
    wrong = []
    for overlay, (run, targets) in {**DEMOS, **REAL}.items():
        rows = compared(overlay, results / run, targets)
        took, said = (sum(row[key] for row in rows) for key in ("taken_s", "planned_s"))
        print(f"{run}: {said:.0f} s of a core planned, {took:.0f} s taken, {took / said:.2f} of it")
        for row in rows:
            print(
                f"  {row['stage']:<10}{row['planned_share']:>6.0%} planned"
                f"{row['taken_share']:>6.0%} taken{row['planned_mb']:>9.1f} MB planned"
                f"{row['there_mb']:>9.1f} MB there"
            )
        wrong += [f"{run}, {one}" for one in faults(rows)]
    print("\n".join(wrong) or "plan: time and disk of each run by stage within a factor of two")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*(Path(word).resolve() for word in sys.argv[1:])))

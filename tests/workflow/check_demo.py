"""What the demo must have made: every reported target in full, and what is planted found.

Run after `make demo`, from the repository's root: `python -m tests.workflow.check_demo`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from laicflow import config as settings
from laicflow.report import targets
from tests.workflow import check_plan
from tests.workflow.running import ROOT

# Study, and the run that shows it.
RUNS = {
    "pham2023": "demo",
    "petrescu2022": "demo-petrescu2022",
    "seqnetquake": "demo-seqnetquake",
    "edlstme": "demo-edlstme",
}
# How far TEC and receiver biases that are recovered may be from the truth: TECU (RMS), ns. What is
# asked of real stations with published biases; those of the demo are published ones.
MOST_TECU, MOST_NS = 0.8, 0.5
# What a demo took, as a share of what `laicflow plan` says: at least, at most.
TOOK = (0.5, 2.0)
# Of five worlds of a kind: at least so many planted ones, at most so many null ones may be beaten.
LEAST_PLANTED, MOST_NULL = 4, 1
# Studies with something planted: the column of its size, its unit, the variant without it.
PLANTED = (
    ("petrescu2022", "amplitude_nt", " nT", "clean-highpass"),
    ("seqnetquake", "amplitude", " of Ne", "control"),
)


def faults() -> list[str]:
    """What is wrong with the demo's results, each as a sentence."""
    known = targets.read(ROOT / "config/targets.csv")
    found = []
    for study, run in RUNS.items():
        config = settings.load(ROOT / "config", (ROOT / f"config/demo/{study}.yaml",))
        for name in config[study]["reported"]:
            target = known[f"{study}_{name}"]
            table = pd.read_parquet(ROOT / target.outputs(f"results/{run}/{study}")["parquet"])
            if list(table.columns) != list(target.columns):
                found.append(f"{target.stem}: columns {list(table.columns)}")
            if len(table) < target.least_rows:
                found.append(
                    f"{target.stem}: {len(table)} rows, at least {target.least_rows} wanted"
                )
    worlds = settings.load(ROOT / "config", (ROOT / "config/demo/pham2023.yaml",))
    return found + _worlds(worlds["pham2023"]["worlds"]) + _planted() + _recovered() + _plans()


def _plans(results: Path = ROOT / "results") -> list[str]:
    """Demos whose share of the time is not half to twice what `laicflow plan` says of it.

    Machines differ in speed: what is held is a demo's part in the time of all. Their stages, and
    the runs on real files: check_plan.py.
    """
    times = {}
    for overlay, (run, made) in check_plan.DEMOS.items():
        rows = check_plan.compared(overlay, results / run, made)
        took, said = (sum(row[key] for row in rows) for key in ("taken_s", "planned_s"))
        print(f"{run}: {said:.0f} s of a core planned, {took:.0f} s taken")
        times[run] = (took, said)
    speed = sum(took for took, _ in times.values()) / sum(said for _, said in times.values())
    print(f"all demos took {speed:.2f} of the time that is planned")
    return [
        f"{run}: {took:.0f} s taken, {said:.0f} s planned, {took / said / speed:.2f} of it"
        for run, (took, said) in times.items()
        if not TOOK[0] <= took / said / speed <= TOOK[1]
    ]


def _recovered() -> list[str]:
    """What is wrong with the series that were made of observations of stations."""
    folder = ROOT / "results" / RUNS["edlstme"] / "edlstme/figures"
    table = pd.read_parquet(folder / "edlstme_recovered.parquet")
    table["off"] = table["recovered"] - table["true"]
    found = []
    for station, own in table.groupby("station"):
        series, biases = own[own["part"] == "vtec"], own[own["part"] == "bias"]
        rms, worst = (series["off"] ** 2).mean() ** 0.5, biases["off"].abs().max()
        print(
            f"edlstme {station}: VTEC {series['off'].mean():+.2f} TECU off on average, RMS "
            f"{rms:.2f}; receiver bias at most {worst:.2f} ns off"
        )
        if not rms <= MOST_TECU or not worst <= MOST_NS:
            found.append(f"edlstme {station}: {MOST_TECU} TECU and {MOST_NS} ns are the most")
    return found


def _planted() -> list[str]:
    """What is wrong with what was planted into minutes of observatories and samples of probes."""
    found = []
    for study, size, unit, observed in PLANTED:
        folder = ROOT / "results" / RUNS[study] / study / "figures"
        table = pd.read_parquet(folder / f"{study}_planted.parquet")
        own = table[table["metric"] == "auc"].set_index("variant")
        for variant, wanted in ((observed, "not found"), ("planted", "found")):
            one = own.loc[variant]
            print(
                f"{study} {variant}: {one[size]:g}{unit} planted, AUC {one['value']:.3f} "
                f"({one['low']:.3f} to {one['high']:.3f}), {one['found']}"
            )
            if one["found"] != wanted:
                found.append(f"{study} {variant}: {one['found']}, {wanted} expected")
    return found


def _worlds(asked: dict) -> list[str]:
    """What is wrong with the trials in worlds of known truth."""
    folder = ROOT / "results" / RUNS["pham2023"] / "pham2023/worlds"
    beaten = {}
    for kind in ("null", "planted"):
        paths = [folder / f"{kind}-{seed}.parquet" for seed in asked["seeds"]]
        trials = pd.concat([pd.read_parquet(path) for path in paths])
        if trials["beats"].isna().any():
            return [f"{kind} worlds: {trials['beats'].isna().sum()} of them undecidable"]
        beaten[kind] = int(trials["beats"].sum())
        print(
            f"{kind} worlds: the network beats the best baseline in {beaten[kind]} of "
            f"{len(trials)}, amplitude {trials['amplitude_sd'].max():g} day-to-day standard "
            "deviations"
        )
        if trials["amplitude_sd"].max() > 2:
            return ["the planted precursor is larger than two day-to-day standard deviations"]
    found = []
    if beaten["planted"] < LEAST_PLANTED:
        found.append(f"planted worlds: {beaten['planted']}, at least {LEAST_PLANTED} wanted")
    if beaten["null"] > MOST_NULL:
        found.append(f"null worlds: {beaten['null']}, at most {MOST_NULL} allowed")
    return found


if __name__ == "__main__":
    wrong = faults()
    print("\n".join(wrong) or "demo: every target is whole, and the two worlds are told apart")
    sys.exit(bool(wrong))

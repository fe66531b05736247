"""How long Snakemake plans: every source with an archive over 1999 to 2021, without a network.

Runs in the project's environment: `.venv/bin/python benchmarks/planning.py [--json]`.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AT_MOST = 10.0  # seconds
# Refuses every connection, so that planning cannot have asked anybody.
OFFLINE = """
import runpy, socket, sys
def refused(*_):
    raise OSError("planning wanted the network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refused
sys.argv = ["snakemake", *sys.argv[1:]]
runpy.run_module("snakemake", run_name="__main__")
"""


def plan(folder: str, *targets: str) -> tuple[float, int]:
    """Seconds and jobs of a dry run."""
    words = ["-n", "--quiet", "rules", "--cores", "1", "--directory", folder]
    command = [sys.executable, "-c", OFFLINE, *words, "--snakefile", str(ROOT / "Snakefile")]
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--", *targets], cwd=ROOT, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - start
    found = re.search(r"^total\s+(\d+)", done.stdout + done.stderr, re.MULTILINE)
    if done.returncode or found is None:
        raise SystemExit(f"the dry run failed: {done.stderr[-2000:]}")
    return seconds, int(found[1])


def measure(rounds: int = 3) -> list[dict]:
    """Rows of RESULTS.md: the sources alone, and what a bare `snakemake` makes."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for what, target in (
            ("every source with an archive, 1999-2021 (`ingest_all`)", "ingest_all"),
            ("the whole of the default configuration (`all`)", "all"),
        ):
            found = [plan(folder, target) for _ in range(rounds)]
            seconds = statistics.median(time for time, _ in found)
            rows.append(
                {
                    "pair": f"`snakemake -n` without a network: {what}",
                    "input": f"{found[0][1]} jobs",
                    "rounds": rounds,
                    "ours": seconds,
                    "ratio": f"{seconds:.1f} s",
                    "limit": f"at most {AT_MOST:.0f} s",
                    "good": seconds <= AT_MOST,
                }
            )
    return rows


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.rounds)
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        print(f"{row['pair']}, {row['input']}: {row['ratio']} ({row['limit']})")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Snakemake as a user calls it, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def snakemake(
    *words: object,
    folder: Path,
    real_data: Path | None = None,
    timeout: float = 280,
    **environment: str,
) -> subprocess.CompletedProcess:
    """Run snakemake on the project's Snakefile with `folder` as the working directory.

    HOME is an empty folder, no variable of laicflow is inherited and no hub of weights is asked;
    `environment` adds to it.
    """
    home = folder / "home"
    home.mkdir(parents=True, exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LAICFLOW_", "SLURM_"))}
    kept |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "OMP_NUM_THREADS": "1"}
    kept |= {"HF_HUB_OFFLINE": "1"}
    if real_data is not None:
        kept["LAICFLOW_REAL_DATA"] = str(real_data)
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--directory", folder]
    command += ["--snakefile", ROOT / "Snakefile", *words]
    return subprocess.run(
        [str(word) for word in command],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )

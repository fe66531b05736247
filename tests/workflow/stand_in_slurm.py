"""The commands of Slurm as far as Snakemake's plugin calls them, without a scheduler.

`sbatch` notes what it is given and does the job at once, in the foreground; a job is over when
its number is known. No queue, no node, no limit: what a scheduler does with a job is not shown.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PROGRAM = """#!{python}
import json, os, pathlib, subprocess, sys
FOLDER = pathlib.Path("{folder}")
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]


def value(*options):
    for at, word in enumerate(words):
        for option in options:
            if word == option:
                return words[at + 1]
            if word.startswith(option + "="):
                return word[len(option) + 1 :]
    return ""


def submit():
    number = len(list(FOLDER.glob("call-*.json"))) + 1
    script = "" if value("--wrap") else sys.stdin.read()
    call = {{"words": words, "script": script, "environment": sorted(os.environ)}}
    (FOLDER / f"call-{{number:05d}}.json").write_text(json.dumps(call))
    first, _, last = (value("--array") or "0-0").partition("-")
    for task in range(int(first), int(last) + 1):
        extra = {{"SLURM_JOB_ID": str(number)}}
        if value("--array"):
            extra |= {{"SLURM_ARRAY_TASK_ID": str(task), "SLURM_ARRAY_JOB_ID": str(number)}}
            extra |= {{"SLURM_ARRAY_TASK_MIN": first, "SLURM_ARRAY_TASK_MAX": last}}
        log = value("--output").replace("%j", str(number)).replace("%A", str(number))
        with open(log.replace("%a", str(task)), "wb") as out:
            done = subprocess.run(
                ["sh", "-c", value("--wrap") or script], cwd=value("-D") or None,
                env=os.environ | extra, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
            )
        own = f"{{number}}_{{task}}" if value("--array") else str(number)
        state = "COMPLETED" if done.returncode == 0 else "FAILED"
        with open(FOLDER / "states.txt", "a") as out:
            out.write(f"{{own}}|{{state}}\\n")
    print(number)


if name == "sbatch":
    submit()
elif name == "srun":
    while words and words[0].startswith("-"):
        words.pop(0)
    os.execvp(words[0], words)
elif name in ("squeue", "sacct") and (FOLDER / "states.txt").exists():
    print((FOLDER / "states.txt").read_text(), end="")
elif name == "sinfo":
    print("PARTITION\\ncpu*")
elif name == "scontrol" and words[:1] == ["ping"]:
    print("Slurmctld(primary) at here is UP")
elif name == "scontrol":
    print("MaxArraySize = 1001\\nMinJobAge = 300 sec")
"""
NAMES = ("sbatch", "srun", "squeue", "sacct", "scancel", "scontrol", "sinfo", "sacctmgr", "sshare")


def install(folder: Path) -> Path:
    """Write the commands below a folder; the folder for PATH."""
    commands = folder / "bin"
    commands.mkdir(parents=True)
    text = PROGRAM.format(python=sys.executable, folder=folder)
    for name in NAMES:
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    return commands


def calls(folder: Path) -> list[dict]:
    """What `sbatch` was given: words, script, names of the environment's variables."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("call-*.json"))]

"""Wherever a folder is listed, half files of a killed process lie in it too (`files.TEMPORARY`)."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from laicflow import fetch_local
from laicflow.models import weights

PACKAGE = Path(__file__).resolve().parents[2] / "workflow/scripts/laicflow"
HALF = ".9b2f6f6c1d0e4c5bb1d3a5e7f9012345"
LISTS = {"glob", "rglob", "iglob", "iterdir", "scandir", "walk", "listdir", "glob_wildcards"}
# Each place that lists files, and why such a half file is not taken for a whole one there. Some
# folders nobody writes through `files.atomic_path`: `config/`, the package itself, /proc.
KNOWN = {
    "cases._tables": "left out by its name; of the replica by `is_hidden`",
    "cli/check.load": "config/",
    "cli/continuous._profile": "a profile of the user's own",
    "cli/simulate_minutes.run": "asks only whether the folder is empty",
    "cli/verify.run": "folders, by the manifest in them",
    "config.study_names": "config/",
    "environments": "the package",
    "fetch_local.listing": "what begins with a dot is left out",
    "limits": "config/",
    "models/registry.local_state": "a folder of the user's own, of which a plan notes the state",
    "models/weights.Hub": "a pattern that begins with no dot, and the sha256 of the name",
    "prospective_models._all": "`is_hidden`",
    "registration._has_model": "`is_hidden`",
    "replica/answer.find": "what begins with a dot is left out",
    "scale_disk._size": "bytes on disk, whatever they are of",
    "scale_runs": "`is_hidden`",
    "slurm_jobs": "records, which are written at once; locks; /proc",
    "sources/registry": "config/",
    "studies/pham2023/worlds._sweep": "removes them",
    "sweep._left": "removes them",
    "training/checkpoint.Checkpoint": "removes them",
}


def listed() -> set[str]:
    """`module.function` of all calls that list a folder."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).with_suffix("").as_posix()
        for outer in ast.parse(path.read_text()).body:
            for node in ast.walk(outer):
                call = isinstance(node, ast.Call) and ast.unparse(node.func)
                if call and call.split(".")[-1] in LISTS and call not in ("ast.walk",):
                    found.add(f"{module}.{getattr(outer, 'name', '')}")
    return found


def test_each_place_that_lists_a_folder_is_known():
    names = {
        name: [one for one in KNOWN if one in (name, name.rpartition(".")[0])] for name in listed()
    }
    assert [name for name, known in names.items() if not known] == []
    # And none is kept here that has gone.
    assert set(KNOWN) == {one for known in names.values() for one in known}


def test_half_files_are_not_listed_of_a_local_archive(tmp_path):
    for name in ("2001/jplg0010.01i.Z", f"2001/{HALF}.jplg0010.01i.Z", f"{HALF}.x/a.Z"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("a")
    found = json.loads(fetch_local.listing(tmp_path.as_uri()))["files"]
    assert [name for name, *_ in found] == ["2001/jplg0010.01i.Z"]


def test_half_weights_are_not_kept_ones(tmp_path):
    name = f"resnet50.a1.{'0' * 12}.safetensors"
    (tmp_path / f"{HALF}.{name}").write_text("a")
    assert weights.Hub(tmp_path)._kept("resnet50", "a1") is None

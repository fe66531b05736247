"""The environments, the image, the lock and the project's own file hold the same versions."""

from __future__ import annotations

import getpass
import importlib.metadata
import pwd
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from laicflow import environments

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("core", "train")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
DOCKERFILE = ROOT / "Dockerfile"


def lock() -> dict[str, str]:
    """The lock, read line by line here."""
    pairs = [line.strip().split("==") for line in (ROOT / "requirements.lock").open()]
    assert all(len(pair) == 2 for pair in pairs)
    return {canonicalize_name(name): version for name, version in pairs}


def conda(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """What an environment takes from conda and what from pip: version by name."""
    whole = yaml.safe_load((ROOT / f"envs/{name}.yaml").read_text())
    *own, last = whole["dependencies"]
    return dict(one.split("=") for one in own), dict(one.split("==") for one in last["pip"])


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_is_that_of_the_lock(name):
    own, pip = conda(name)
    held = lock()
    assert own["pip"] == held["pip"]
    assert {one: held.get(one) for one in pip} == pip
    assert set(own) == {"python", "pip"}


@pytest.mark.parametrize("name", NAMES)
def test_pin_file_and_script_make_what_the_yaml_makes(name):
    own, pip = conda(name)
    lines = (ROOT / f"envs/{name}.linux-64.pin.txt").read_text().splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert pinned == [f"conda-forge::{one}={version}" for one, version in own.items()]
    script = ROOT / f"envs/{name}.post-deploy.sh"
    assert dict(re.findall(r"^    (\S+)==(\S+)", script.read_text(), re.MULTILINE)) == pip
    subprocess.run(["bash", "-n", script], check=True)


def test_the_files_are_those_that_the_lock_gives():
    made = environments.texts(ROOT / "requirements.lock")
    assert {p.name for p in (ROOT / "envs").iterdir()} == set(made)
    for name, text in made.items():
        assert (ROOT / "envs" / name).read_text() == text, f"{name}: say `make envs`"


def test_the_lock_is_what_the_tests_run_on():
    found = {name: Version(importlib.metadata.version(name)).public for name in lock()}
    assert found == {name: Version(version).public for name, version in lock().items()}


def test_the_project_asks_for_nothing_else():
    own = PROJECT["project"]
    named = [Requirement(one) for one in own["dependencies"] + PROJECT["build-system"]["requires"]]
    assert [str(one) for one in named if lock()[one.name] not in one.specifier] == []
    assert environments.PYTHON in SpecifierSet(own["requires-python"])
    minor = "".join(environments.PYTHON.split(".")[:2])
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{minor}"


def test_all_hold_one_python():
    images = re.findall(r"^FROM python:([\d.]+)-slim", DOCKERFILE.read_text(), re.MULTILINE)
    pythons = {conda(name)[0]["python"] for name in NAMES}
    assert pythons == set(images) == {environments.PYTHON}


def test_data_need_nothing_that_trains():
    core, train = (set(conda(name)[1]) for name in NAMES)
    assert core < train
    assert {"torch", "lightning", "timm", "optuna", "scikit-learn"} <= train - core
    assert {"numpy", "pandas", "xarray", "netcdf4", "h5py", "cdflib", "lxml", "requests"} <= core
    assert not {"ruff", "pytest", "snakemake", "snakefmt"} & train


def test_rules_of_data_are_rules():
    text = "\n".join(p.read_text() for p in (ROOT / "workflow/rules").rglob("*.smk"))
    assert set(re.findall(r"rule (\w+):", text)) >= environments.CORE_RULES
    assert environments.of_rule("clean_maps") == "core"
    assert environments.of_rule("pham2023_fig1") == "train"


def test_a_module_outside_the_lock_is_named():
    with pytest.raises(KeyError, match="does not hold numpy"):
        environments.packages(["numpy"], {"pandas": "1"})


def instructions() -> list[tuple[str, str]]:
    """Keyword and arguments of each instruction of the image's recipe, in its order."""
    text = re.sub(r"\\\n\s*", " ", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def test_the_image_is_made_of_the_lock_alone():
    found = instructions()
    copied = [words for keyword, words in found if keyword in ("COPY", "ADD")]
    assert copied == [
        "requirements.lock /build/requirements.lock",
        "--from=build /opt/laicflow /opt/laicflow",
    ]
    installs = [words for keyword, words in found if keyword == "RUN" and "pip install" in words]
    assert len(installs) == 1 and "-r /build/requirements.lock" in installs[0]
    # Nothing else is sent to the builder: no download, result or file with a login.
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert [line for line in ignored if line and not line.startswith("#")] == [
        "*",
        "!requirements.lock",
    ]


def test_the_image_runs_as_nobody_special_and_holds_no_secret():
    found = instructions()
    users = [words for keyword, words in found if keyword == "USER"]
    assert users == ["laicflow"]
    assert not [keyword for keyword, _ in found if keyword == "ARG"]
    told = " ".join(words for _, words in found).lower()
    assert not [word for word in ("password", "token", "netrc", "secret", "user:") if word in told]


def test_a_user_without_a_name_runs_the_image(monkeypatch):
    """As with `docker run --user`; Snakemake calls getpass.getuser()."""
    (told,) = [words for keyword, words in instructions() if keyword == "ENV"]
    own = dict(word.split("=", 1) for word in told.split())

    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises((KeyError, OSError)):
        getpass.getuser()
    for name in own.keys() - {"PATH"}:
        monkeypatch.setenv(name, own[name])
    assert getpass.getuser() == "laicflow"

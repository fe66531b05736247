"""The environments of `--sdm conda`: which of `envs/` a rule has, and what stands in them.

`core` is enough to fetch and clean data, `train` for everything. Both hold the packages of
requirements.lock that the code behind their rules imports, with all that these need, as wheels
from the package index: a conda build of the same version may give other last bits. Snakemake reads
`<name>.yaml`, or where it finds it `<name>.linux-64.pin.txt`, and then runs
`<name>.post-deploy.sh`.

    python -m laicflow.environments    # writes envs/ anew; `make envs`
"""

from __future__ import annotations

import ast
import importlib.metadata
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from laicflow import digest

PYTHON = "3.11.7"
# What the requirements of packages are read for, whatever Python reads them.
MARKERS = {
    "python_version": PYTHON.rpartition(".")[0],
    "python_full_version": PYTHON,
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "sys_platform": "linux",
}
CORE, TRAIN = "core", "train"
# Rules that do without what trains; every other one, figures and tables included, has `train`.
CORE_RULES = frozenset(
    (
        "clean_maps clean_minutes clean_olr clean_probes clean_series clean_stations clean_table "
        "compare_truth compute_rst decluster_catalog estimate_completeness fetch_partition "
        "merge_catalog merge_catalog_now refresh show_stations write_world"
    ).split()
)
# Packages whose modules these rules take by name.
CORE_FAMILIES = ("checks", "inject", "readers", "replica", "simulate", "sources")
PLATFORM = "linux-64"
SCRIPTS = digest.PACKAGE.parent


def of_rule(rule: str) -> str:
    """The environment of a rule."""
    return CORE if rule in CORE_RULES else TRAIN


def name_on_rules(workflow: Any, folder: Path) -> None:
    """Have every rule of a parsed workflow that runs a script name its environment.

    Without `--sdm conda` none does: Snakemake would expand the params of every job for it while it
    plans, and keep the file's content in the record of each.

    Parameters
    ----------
    folder : the folder of the environments
    """
    asked = {method.name for method in workflow.deployment_settings.deployment_method}
    for rule in workflow.rules if "CONDA" in asked else ():
        if rule.script:
            rule.conda_env = str(folder / f"{of_rule(rule.name)}.yaml")


def imported(environment: str) -> set[str]:
    """Names of the modules, of packages other than laicflow, that an environment's rules import."""
    if environment == CORE:
        scripts = [SCRIPTS / f"{rule}.py" for rule in sorted(CORE_RULES)]
        families = [path for name in CORE_FAMILIES for path in _modules(digest.PACKAGE / name)]
        reached = {module for script in scripts for module in digest.imports_of(script)}
        reached |= digest.closure({_dotted(path) for path in families})
        files = [*scripts, *(SCRIPTS.joinpath(*name.split(".")) for name in reached)]
        files = [path if path.suffix else _file(path) for path in files]
    else:
        files = [*sorted(SCRIPTS.glob("*.py")), *_modules(digest.PACKAGE)]
    found = {name for path in files for name in _imports(path)}
    return found - sys.stdlib_module_names - {"laicflow"}


def packages(modules: Iterable[str], lock: dict[str, str]) -> list[str]:
    """The pins of what modules come from, and of all that these packages need.

    What is not in the lock is left to pip: libraries that a CUDA build of torch brings along.

    Parameters
    ----------
    modules : names as they are imported
    lock : version by canonical name, as of `pins`

    Raises
    ------
    KeyError : a module of a package that the lock does not hold
    """
    origins = importlib.metadata.packages_distributions()
    waiting = [(canonicalize_name(name), "") for one in modules for name in origins[one]]
    if missing := sorted({name for name, _ in waiting} - set(lock)):
        raise KeyError(f"requirements.lock does not hold {', '.join(missing)}")
    seen = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen or name not in lock:
            continue
        seen.add((name, extra))
        for text in importlib.metadata.requires(name) or []:
            need = Requirement(text)
            if need.marker is None or need.marker.evaluate(MARKERS | {"extra": extra}):
                own = canonicalize_name(need.name)
                waiting += [(own, asked) for asked in ("", *sorted(need.extras))]
    return [f"{name}=={lock[name]}" for name in sorted({name for name, _ in seen} - {"pip"})]


def pins(lock: Path) -> dict[str, str]:
    """Version by canonical name of each line of a requirements file."""
    lines = [line.strip() for line in lock.read_text(encoding="utf-8").splitlines()]
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def texts(lock: Path) -> dict[str, str]:
    """The content of every file of `envs/`, by its name."""
    versions = pins(lock)
    pip = versions["pip"]
    found = {}
    for name in (CORE, TRAIN):
        held = packages(imported(name), versions)
        found |= {
            f"{name}.yaml": _yaml(name, pip, held),
            f"{name}.{PLATFORM}.pin.txt": _pin(pip),
            f"{name}.post-deploy.sh": _post_deploy(held),
        }
    return found


def _yaml(name: str, pip: str, held: list[str]) -> str:
    """The environment as conda reads it."""
    whose = "the rules that fetch and clean" if name == CORE else "all other rules"
    lines = [
        f"# For {whose}. Written by `make envs` from requirements.lock.",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python={PYTHON}",
        f"  - pip={pip}",
        "  - pip:",
        *(f"      - {one}" for one in held),
    ]
    return "\n".join(lines) + "\n"


def _pin(pip: str) -> str:
    """What conda installs, exactly; `conda create --file` takes no part `pip:`."""
    lines = [
        "# Python and pip; the rest comes from the script that Snakemake runs after this.",
        f"conda-forge::python={PYTHON}",
        f"conda-forge::pip={pip}",
    ]
    return "\n".join(lines) + "\n"


def _post_deploy(held: list[str]) -> str:
    """What puts the packages behind a pin file; does nothing behind the .yaml."""
    lines = [
        "#!/usr/bin/env bash",
        "# Run by Snakemake in the new environment. Written by `make envs`.",
        "set -euo pipefail",
        '"$CONDA_PREFIX/bin/python" -m pip install --disable-pip-version-check \\',
        *(f"    {one} \\" for one in held[:-1]),
        f"    {held[-1]}",
    ]
    return "\n".join(lines) + "\n"


def _modules(folder: Path) -> list[Path]:
    """All modules below a folder, sorted."""
    return sorted(folder.rglob("*.py"))


def _dotted(path: Path) -> str:
    """The dotted name of a module of the package."""
    return ".".join(path.relative_to(SCRIPTS).with_suffix("").parts).removesuffix(".__init__")


def _file(path: Path) -> Path:
    """The file of a module named by its path without a suffix."""
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _imports(path: Path) -> set[str]:
    """First parts of the names that a file imports from elsewhere, at any place in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def main() -> None:
    """Write `envs/` in the present folder."""
    from laicflow.files import write_text

    for name, text in texts(Path("requirements.lock")).items():
        write_text(text, Path("envs") / name)


if __name__ == "__main__":
    main()

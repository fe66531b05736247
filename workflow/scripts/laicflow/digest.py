"""The digest of the code behind a result: a script and all of laicflow that it can reach.

Snakemake looks at a script's own bytes alone. The digest here holds the syntax trees (without
comments and docstrings) of the script and of every laicflow module that it imports at any depth,
imports inside functions and registries named by the caller included, and the locked versions of
the packages that make numbers. It goes into `params: code=`.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent

# Packages whose version can change a number.
NUMERICAL = (
    "cdflib cftime h5py lightning netcdf4 numpy optuna pandas ppigrf pyarrow pyiri scikit-learn "
    "scipy statsmodels timm torch torchvision xarray"
).split()

_parsed: dict[tuple[str, int, int], tuple[str, tuple[str, ...]]] = {}


def code(script: str | Path, modules: Iterable[str] = (), lock: str | Path | None = None) -> str:
    """The digest of `script` and its closure, 16 hexadecimal digits.

    Parameters
    ----------
    script : the script of a rule
    modules : names of laicflow modules that the script will dispatch to by name
    lock : requirements file whose pins of numerical packages take part
    """
    whole = hashlib.sha256()
    tree, imported = _parse(Path(script), "")
    whole.update(tree.encode())
    for name in sorted(closure({*imported, *modules})):
        whole.update(f"{name}\n{_parse(_file(name), name)[0]}\n".encode())
    if lock is not None:
        whole.update("\n".join(numerical_pins(lock)).encode())
    return whole.hexdigest()[:16]


def closure(names: Iterable[str]) -> set[str]:
    """All laicflow modules that the modules `names` import, themselves included.

    Raises
    ------
    ModuleNotFoundError : a name that is no module of the package
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting.extend(_parse(_file(name), name)[1])
    return found


def tree(name: str) -> str:
    """Digest of the syntax tree of one laicflow module, without comments and docstrings."""
    return _parse(_file(name), name)[0]


def imports_of(script: str | Path) -> set[str]:
    """The closure of a script that stands outside the package."""
    return closure(_parse(Path(script), "")[1])


def numerical_pins(lock: str | Path) -> list[str]:
    """The lines of a requirements file that pin a numerical package."""
    lines = Path(lock).read_text().splitlines()
    return sorted(line for line in lines if line.split("==")[0].lower() in NUMERICAL)


def _file(name: str) -> Path:
    """The file of a laicflow module."""
    base = PACKAGE.parent / Path(*name.split("."))
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    raise ModuleNotFoundError(f"{name}: no such module in the package")


def _exists(name: str) -> bool:
    """Whether a dotted name is a module of the package."""
    try:
        _file(name)
    except ModuleNotFoundError:
        return False
    return True


def _parse(path: Path, name: str) -> tuple[str, tuple[str, ...]]:
    """The dump of a file's syntax tree and the laicflow modules that it imports."""
    state = path.stat()
    key = (str(path), state.st_mtime_ns, state.st_size)
    if key not in _parsed:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        imported = tuple(sorted(_imports(tree, name, path.name == "__init__.py")))
        for node in ast.walk(tree):
            _drop_docstring(node)
        dump = hashlib.sha256(ast.dump(tree).encode()).hexdigest()
        _parsed[key] = (dump, imported)
    return _parsed[key]


def _imports(tree: ast.AST, name: str, is_package: bool) -> set[str]:
    """Modules of laicflow that a syntax tree imports anywhere, and the packages they lie in."""
    wanted: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, name, is_package)
            wanted.add(base)
            wanted |= {f"{base}.{alias.name}" for alias in node.names}
    own = {w for w in wanted if w.split(".")[0] == "laicflow" and _exists(w)}
    parents = {".".join(w.split(".")[:depth]) for w in own for depth in range(1, w.count(".") + 1)}
    return own | parents


def _absolute(node: ast.ImportFrom, name: str, is_package: bool) -> str:
    """The absolute name of the module in a `from ... import`."""
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
    return ".".join([*parts, *([node.module] if node.module else [])])


def _drop_docstring(node: ast.AST) -> None:
    """Take the docstring out of a module, class or function."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    if isinstance(node, holders) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            if isinstance(first.value.value, str):
                node.body = node.body[1:] or [ast.Pass()]


def load_cache(path: str | Path) -> None:
    """Take up the parsed files of an earlier process, as far as the files have not changed."""
    try:
        rows = json.loads(Path(path).read_text())
    except (OSError, ValueError):
        return
    for file, mtime, size, dump, imported in rows:
        _parsed[(file, mtime, size)] = (dump, tuple(imported))


def save_cache(path: str | Path) -> None:
    """Leave the parsed files to later processes; a folder that cannot be written is no error."""
    from laicflow.files import write_text

    rows = [[*key, dump, list(imported)] for key, (dump, imported) in _parsed.items()]
    try:
        write_text(json.dumps(rows), path)
    except OSError:
        return

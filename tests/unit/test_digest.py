"""The digest changes with what can change a number, and with nothing else."""

from __future__ import annotations

import pytest

from laicflow import digest


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A small package of three modules beside a script."""
    root = tmp_path / "laicflow"
    (root / "deep").mkdir(parents=True)
    (root / "__init__.py").write_text("")
    (root / "deep/__init__.py").write_text("")
    (root / "a.py").write_text("from laicflow.deep import leaf\nX = 1\n")
    (root / "deep/leaf.py").write_text('"""Doc."""\n\ndef f():\n    return 1  # one\n')
    (root / "other.py").write_text("Y = 1\n")
    script = tmp_path / "work.py"
    script.write_text("def main():\n    from laicflow import a\n    return a\n")
    monkeypatch.setattr(digest, "PACKAGE", root)
    monkeypatch.setattr(digest, "_parsed", {})
    return tmp_path


def rewrite(path, text):
    path.write_text(text)
    digest._parsed.clear()


def test_leaf_behind_an_import_inside_a_function_counts(package):
    before = digest.code(package / "work.py")
    rewrite(package / "laicflow/deep/leaf.py", '"""Doc."""\n\ndef f():\n    return 2  # one\n')
    assert digest.code(package / "work.py") != before


def test_comments_docstrings_and_strangers_do_not_count(package):
    before = digest.code(package / "work.py")
    rewrite(package / "laicflow/deep/leaf.py", '"""Other."""\n\ndef f():\n    return 1\n')
    rewrite(package / "laicflow/other.py", "Y = 2\n")
    assert digest.code(package / "work.py") == before
    assert digest.code(package / "work.py", ["laicflow.other"]) != before


def test_closure_follows_relative_imports(package):
    (package / "laicflow/deep/b.py").write_text("from . import leaf\nfrom ..other import Y\n")
    assert digest.closure({"laicflow.deep.b"}) >= {"laicflow.deep.leaf", "laicflow.other"}


def test_unknown_module_is_named(package):
    with pytest.raises(ModuleNotFoundError, match="laicflow.nothing"):
        digest.closure({"laicflow.nothing"})


def test_only_numerical_pins_take_part(package, tmp_path):
    lock = tmp_path / "lock"
    lock.write_text("numpy==1.0\nruff==1.0\n")
    before = digest.code(package / "work.py", lock=lock)
    lock.write_text("numpy==1.0\nruff==2.0\n")
    assert digest.code(package / "work.py", lock=lock) == before
    lock.write_text("numpy==2.0\nruff==2.0\n")
    assert digest.code(package / "work.py", lock=lock) != before


def test_cache_survives_a_process(package, tmp_path):
    before = digest.code(package / "work.py")
    digest.save_cache(tmp_path / "cache.json")
    digest._parsed.clear()
    digest.load_cache(tmp_path / "cache.json")
    assert len(digest._parsed) >= 4
    assert digest.code(package / "work.py") == before


def test_package_inits_are_empty():
    found = [p for p in digest.PACKAGE.rglob("__init__.py") if p.read_text().strip()]
    assert found == []


def test_no_study_reaches_another():
    studies = [p.parent.name for p in digest.PACKAGE.glob("studies/*/__init__.py")]
    for study in studies:
        modules = [p.stem for p in (digest.PACKAGE / "studies" / study).glob("[a-z]*.py")]
        closure = digest.closure({f"laicflow.studies.{study}.{m}" for m in modules})
        others = [n for n in closure for o in studies if o != study and f"studies.{o}" in n]
        assert others == []

"""Folders and logins that a source needs, told before anything is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from laicflow import upstream
from laicflow.cli.main import main
from laicflow.sources import registry

ROOT = Path(__file__).resolve().parents[2]
CSES = registry.settings("cses_lap", ROOT / "config")
CODE = registry.settings("code", ROOT / "config")


def config(*bases: str, origin: str = "internet") -> dict:
    """As much of a configuration as the bases of one source need."""
    return {"upstream": origin, "bases": {"cses_lap": list(bases)} if bases else {}}


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    there, gone = tmp_path.as_uri(), (tmp_path / "gone").as_uri()
    assert upstream.lacking(config(there), "cses_lap", CSES) == []
    (told,) = upstream.lacking(config(gone), "cses_lap", CSES)
    assert told.startswith(f"bases.cses_lap: no folder {tmp_path}/gone; correct the path")
    # Another base may have the files.
    assert upstream.lacking(config(gone, there), "cses_lap", CSES) == []
    assert upstream.lacking(config(gone, "https://a.org"), "cses_lap", CSES) == []
    (tmp_path / "a.h5").write_text("x")
    (told,) = upstream.lacking(config((tmp_path / "a.h5").as_uri()), "cses_lap", CSES)
    assert "it is a file; name the folder in which it lies" in told


def test_an_archive_that_wants_an_account_and_no_folder() -> None:
    (told,) = upstream.lacking(config(), "cses_lap", CSES)
    assert 'bases: {cses_lap: ["file:///path/to/folder"]}' in told
    assert upstream.lacking(config(origin="replica:world"), "cses_lap", CSES) == []
    assert upstream.lacking(config(), "code", CODE) == []


@pytest.mark.parametrize(
    ("base", "there", "told"),
    [
        ("https://b.org:8443/x", (), "LAICFLOW_CSES_USER and LAICFLOW_CSES_PASSWORD are not set"),
        ("https://b.org:8443/x", ("USER",), "bases.cses_lap: LAICFLOW_CSES_PASSWORD is not set"),
        ("https://b.org:8443/x", ("USER", "PASSWORD"), ""),
        ("https://me:word@b.org/x", (), ""),
        ("file:///x", (), ""),
    ],
)
def test_a_login_that_is_not_set(monkeypatch, base: str, there: tuple, told: str) -> None:
    for name in ("USER", "PASSWORD"):
        monkeypatch.delenv(f"LAICFLOW_CSES_{name}", raising=False)
    for name in there:
        monkeypatch.setenv(f"LAICFLOW_CSES_{name}", "hidden")
    found = upstream.logins(config(base), "cses_lap", CSES)
    assert bool(found) == bool(told)
    assert all(told in text and "hidden" not in text and "b.org" in text for text in found)


def test_check_tells_all_of_it(capsys, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("LAICFLOW_CNES_USER", raising=False)
    overlay, folder = tmp_path / "mine.yaml", str(ROOT / "config")
    text = "studies: [seqnetquake]\nbases: {{cses_lap: ['{}'], demeter_isl: ['{}']}}\n"
    overlay.write_text(text.format("file:///no/cses", "file:///no/demeter"))
    assert main(["check", "--folder", folder, str(overlay)]) == 1
    told = capsys.readouterr().err
    assert "no folder /no/cses" in told and "no folder /no/demeter" in told
    overlay.write_text(text.format(tmp_path.as_uri(), "https://b.org"))
    assert main(["check", "--folder", folder, str(overlay)]) == 0
    assert "LAICFLOW_CNES_USER" in capsys.readouterr().out

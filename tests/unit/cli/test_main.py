"""The commands, as a user calls them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from laicflow import store
from laicflow.cli.main import main

ROOT = Path(__file__).resolve().parents[3]


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in ("check", "read", "replica", "verify"))


def test_check(capsys, tmp_path):
    folder = str(ROOT / "config")
    assert main(["check", "--folder", folder, str(ROOT / "config/demo/pham2023.yaml")]) == 0
    assert "run demo" in capsys.readouterr().out
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("pham2023: {normal: {gap: 3}}\n")
    assert main(["check", "--folder", folder, str(wrong)]) == 1
    assert "'gap' was unexpected" in capsys.readouterr().err


def test_read_says_where_a_file_is_wrong(capsys, tmp_path):
    path = tmp_path / "dst.txt"
    path.write_text("nothing\n")
    assert main(["read", "dst_wdc", str(path)]) == 1
    assert "dst.txt, line 1" in capsys.readouterr().err


def test_verify_finds_a_changed_file(capsys, tmp_path):
    file = tmp_path / "code/2001/a.Z"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"one")
    rows = pd.DataFrame({"file": ["code/2001/a.Z"], "sha256": [store.sha256(file)]})
    store.write_parquet(rows, tmp_path / "manifest.parquet")
    assert main(["verify", str(tmp_path)]) == 0
    file.write_bytes(b"two")
    assert main(["verify", str(tmp_path)]) == 1
    assert "expected sha256" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none")]) == 1

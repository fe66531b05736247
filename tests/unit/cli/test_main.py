"""The commands, as a user calls them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from laicflow import files, store
from laicflow.cli.main import main
from laicflow.fetch_manifest import Manifest

ROOT = Path(__file__).resolve().parents[3]


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in ("check", "read", "replica", "simulate-minutes", "verify"))


def test_check(capsys, tmp_path):
    folder = str(ROOT / "config")
    assert main(["check", "--folder", folder, str(ROOT / "config/demo/pham2023.yaml")]) == 0
    assert "run demo" in capsys.readouterr().out
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("pham2023: {normal: {gap: 3}}\n")
    assert main(["check", "--folder", folder, str(wrong)]) == 1
    assert "'gap' was unexpected" in capsys.readouterr().err


def test_check_names_a_file_that_is_not_yaml(capsys, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("run: demo\nperiod: [1, 2\n")
    assert main(["check", "--folder", str(ROOT / "config"), str(wrong)]) == 1
    assert f"{wrong}, line 3" in capsys.readouterr().err


@pytest.fixture
def overlay(tmp_path):
    """Write an overlay of a text."""

    def written(text):
        path = tmp_path / "my.yaml"
        path.write_text(text)
        return str(path)

    return written


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("studies: [petrescu]", "there is no study 'petrescu': did you mean 'petrescu2022'?"),
        ("studies: [other]", "known are edlstme, petrescu2022, pham2023, seqnetquake"),
        ("studies: pham2023", "studies: 'pham2023' is not of type 'array'"),
        ("studies: null", "studies: None is not of type 'array'"),
        ("studies: [3]", "studies.0: 3 is not one of ['edlstme', 'petrescu2022'"),
        ("- studies", "expected keys with values, found a list"),
    ],
)
def test_check_says_what_is_wrong_with_a_list_of_studies(capsys, overlay, text, told):
    assert main(["check", "--folder", str(ROOT / "config"), overlay(text)]) == 1
    assert told in capsys.readouterr().err


def test_check_warns_of_forecasts_of_a_study_that_is_not_listed(capsys, overlay):
    start = "petrescu2022: {prospective: {start: '2026-01-01'}}\n"
    start += "sources: {usgs: {minmagnitude: 4}}\n"
    folder = str(ROOT / "config")
    assert main(["check", "--folder", folder, overlay(start)]) == 0
    told = "petrescu2022.prospective.start is set, but `studies` is [pham2023]: add it there"
    assert told in capsys.readouterr().out
    listed = "studies: [petrescu2022]\nbases: {own_minutes: ['file:///']}\n"
    assert main(["check", "--folder", folder, overlay(start + listed)]) == 0
    assert "prospective" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "error: no file {path}\n"),
        ("run: demo\nperiod: [1, 2\n", "error: {path}, line 3, column 1: not YAML: "),
        ("studies: [petrescu]", "there is no study 'petrescu': did you mean 'petrescu2022'?"),
    ],
    ids=["no file", "no YAML", "no study"],
)
def test_plan_refuses_an_overlay_before_it_plans(
    capsys, overlay, tmp_path, monkeypatch, text, told
):
    path = overlay(text) if text else str(tmp_path / "none.yaml")
    monkeypatch.setattr("laicflow.cli.plan.planned", None)
    assert main(["plan", "--configfile", path]) == 1
    assert told.format(path=path) in capsys.readouterr().err


def test_read_shows_every_column_and_the_units(capsys, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text(
        "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
        "horizontalError,depthError,magError,magNst,status,locationSource,magSource\n"
        "2010-02-27T06:34:11.530Z,-36.122,-72.898,22.9,8.8,mww,,,,1.0,official,abc1,"
        "2022-05-09T14:32:48.531Z,Chile,earthquake,,9.2,,,reviewed,us,us\n"
    )
    assert main(["read", "usgs_csv", str(path)]) == 0
    told = capsys.readouterr().out
    assert "..." not in told
    assert all(name in told for name in ("depth_km", "magnitude_type", "event_type", "place"))
    assert "units: latitude degrees, longitude degrees" in told
    path = tmp_path / "dst.txt"
    path.write_text("DST0311*20  X220   0" + "   5" * 25 + "\n")
    assert main(["read", "dst_wdc", str(path)]) == 0
    assert "\nunits: dst nT\n" in capsys.readouterr().out


def test_read_says_where_a_file_is_wrong(capsys, tmp_path):
    path = tmp_path / "dst.txt"
    path.write_text("nothing\n")
    assert main(["read", "dst_wdc", str(path)]) == 1
    assert "dst.txt, line 1" in capsys.readouterr().err


def test_verify_finds_a_changed_file(capsys, tmp_path):
    file = tmp_path / "code/2001/a.Z"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"one")
    rows = pd.DataFrame({"file": ["code/2001/a.Z"], "sha256": [files.sha256(file)]})
    store.write_parquet(rows, tmp_path / "manifest.parquet")
    assert main(["verify", str(tmp_path)]) == 0
    file.write_bytes(b"two")
    assert main(["verify", str(tmp_path)]) == 1
    assert "expected sha256" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "none")]) == 1


def test_verify_knows_what_a_job_that_was_killed_had_fetched(capsys, tmp_path, monkeypatch):
    folder = tmp_path / "data/raw/upstream"
    folder.mkdir(parents=True)
    (folder / "a.Z").write_bytes(b"one")
    texts = ("url", "path", "source", "etag", "last_modified", "licence", "origin")
    digest = files.sha256(folder / "a.Z")
    known = {"file": "a.Z", "sha256": digest, "size": 3, "fetched": dt.datetime(2001, 1, 1)}
    Manifest(folder).append(dict.fromkeys(texts, "") | known)
    assert not (folder / "manifest.parquet").exists()
    monkeypatch.chdir(tmp_path)
    assert main(["verify"]) == 0
    assert "1 files, 0 not as the manifest says" in capsys.readouterr().out

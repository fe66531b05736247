"""Forecasts through the rules, while the clock is moved: one row a window, then its outcome."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow import ledger
from tests.workflow.running import ROOT, snakemake

OVERLAY = ROOT / "tests/workflow/prospective.yaml"
STUDY = "results/prospective/petrescu2022"


def at(now, folder, *words):
    done = snakemake(
        *words, "prospective", "--configfile", OVERLAY, folder=folder, LAICFLOW_NOW=now
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / STUDY / "prospective.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("prospective")


@pytest.mark.timeout(900)
def test_the_ledger_grows_with_the_clock_and_never_else(folder):
    path = folder / "ledger/petrescu2022/forecasts.parquet"
    first = at("2015-02-01T06:00", folder)
    assert first["forecasts"]["added"] == 1
    assert [step["what"] for step in first["training"]["steps"]] == ["history", "since"]
    whole = path.read_bytes()
    # Later on the same day nothing is done, unless it is wanted.
    assert at("2015-02-01T09:00", folder) == first
    again = at("2015-02-01T09:00", folder, "--forcerun", "update_study")
    assert again["forecasts"]["already"] == 1 and path.read_bytes() == whole
    later = at("2015-03-01T06:00", folder)
    assert later["outcomes"]["added"] == 1 and later["forecasts"]["added"] == 1
    table = ledger.read(path)
    assert table["kind"].tolist() == ["forecast", "outcome", "forecast"]
    assert table["window_id"].tolist() == [
        "AAA/2015-02-01T00:00",
        "AAA/2015-02-01T00:00",
        "AAA/2015-03-01T00:00",
    ]
    assert (table["issue_time"] < table["horizon_end"]).all()
    # The clock of the computer is not moved: what is written today of 2015 is no forecast.
    assert first["forecasts"]["replayed"] == later["forecasts"]["replayed"] == 1
    assert table["note"].iloc[[0, 2]].str.contains("replayed: written 20").all()
    heads = (path.parent / "heads.txt").read_text().split()
    assert heads[1::3] == ["1", "2", "3"]
    assert heads[2::3] == table["sha256"].tolist()
    log = (folder / "results/prospective/logs/petrescu2022/update_study.log").read_text()
    assert "0 forecasts, 0 with an outcome, 0 waiting; 2 replayed left out" in log
    assert ledger.verify(path, first["ledger"]["head"]) == later["ledger"]["head"]
    # The outcome by hand: an earthquake of the catalog within ten days of the window's end.
    events = pd.read_parquet(folder / STUDY / "prospective/catalog.parquet")
    inside = events["time"].between("2015-02-01 06:00", "2015-02-11", inclusive="left")
    near = _km(events, 38.5, 141.5) <= 600
    assert table["outcome"].iloc[1] == int((inside & near).any())


def test_without_a_start_it_says_what_to_set(tmp_path):
    done = snakemake("prospective", folder=tmp_path)
    assert done.returncode != 0
    assert "prospective.start" in done.stdout + done.stderr


def _km(events, latitude, longitude):
    """Distances in km by the spherical law of cosines."""
    a, b = np.radians(events["latitude"]), np.radians(latitude)
    turn = np.radians(events["longitude"] - longitude)
    return 6371 * np.arccos(np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(turn))

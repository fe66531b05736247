"""Bias files, decoded by their columns and held to real ones."""

from __future__ import annotations

import datetime as dt

import ncompress
import numpy as np

from laicflow.simulate.gnss_receiver import Station
from laicflow.simulate.write_dcb import dcb_text, write_dcb

STATIONS = [
    Station("SIMB00XXX", 30.0, 140.0, 0.0, p1p2_ns=-14.967, p1c1_ns=0.0, p1=True),
    Station("SIMA00XXX", 36.0, 140.0, 0.0, p1p2_ns=4.0, p1c1_ns=0.5, p1=False),
]
VALUES = np.linspace(-8.1, 8.1, 32)


def test_values_by_their_columns():
    lines = dcb_text("P1-P2", dt.date(2015, 5, 19), VALUES, STATIONS).splitlines()
    rows = lines[7:]
    assert len(rows) == 34 + 1 and rows[-1] == ""
    assert rows[0][:3] == "G01" and float(rows[0][26:35]) == -8.1 and float(rows[0][38:47]) > 0
    assert [row[6:10] for row in rows[32:34]] == ["SIMA", "SIMB"]
    assert [row[0] for row in rows[32:34]] == ["G", "G"]
    assert [float(row[26:35]) for row in rows[32:34]] == [3.5, -14.967]
    assert rows[32][11:20] != rows[33][11:20]


def test_the_layout_is_that_of_a_real_file(real_data):
    folder = next((real_data / "gnss").glob("2015-05-19_*"))
    for name, kind, listed in [("P1P21505_ALL", "P1-P2", STATIONS), ("P1C11505", "P1-C1", [])]:
        theirs = ncompress.decompress((folder / f"{name}.DCB.Z").read_bytes()).decode()
        theirs, ours = theirs.splitlines(), dcb_text(kind, dt.date(2015, 5, 1), VALUES, listed)
        ours = ours.splitlines()
        assert ours[0][:65] == theirs[0][:65] and ours[1:7] == theirs[1:7]
        sample = [theirs[7], next((row for row in theirs if row[:7] == "G     A"), None)]
        for mine, real in zip([ours[7], ours[39]], sample, strict=True):
            if real and kind == "P1-P2":
                assert [k for k, c in enumerate(mine) if c == "."] == [
                    k for k, c in enumerate(real) if c == "."
                ]
                assert len(mine) == len(real.rstrip())


def test_both_files_of_a_month(tmp_path):
    given = {"p1p2_ns": VALUES, "p1c1_ns": -VALUES / 4, "receivers": STATIONS}
    both, single = write_dcb(dt.date(2015, 5, 19), tmp_path, **given)
    assert (both.name, single.name) == ("P1P21505_ALL.DCB.Z", "P1C11505.DCB.Z")
    text = ncompress.decompress(single.read_bytes()).decode()
    assert "SIMA" not in text and "G32                          -2.025" in text
    assert "(P1-C1)" in text

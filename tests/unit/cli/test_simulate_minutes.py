"""The command that writes an observatory's simulated minutes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from laicflow.cli.main import main
from laicflow.readers import dst_wdc, iaga2002

PLACE = ["--iaga", "dur", "--latitude", "41.39", "--longitude", "14.28", "--elevation", "910"]
PERIOD = ["--start", "2015-04-20", "--end", "2015-05-02", "--quakes", "200"]


def simulate(folder, *more):
    return main(["simulate-minutes", *PLACE, *PERIOD, *more, str(folder)])


def read(folder):
    paths = sorted((folder / "geomag" / "dur").iterdir())
    parts = [iaga2002.read(path) for path in paths]
    times = np.concatenate([part["time"].values for part in parts])
    return times, np.concatenate([part["X"].values for part in parts])


def test_files_truth_and_what_is_told(capsys, tmp_path):
    assert simulate(tmp_path / "wave", "--amplitude", "3", "--hours", "6") == 0
    told = capsys.readouterr().out
    assert simulate(tmp_path / "null") == 0
    assert "\n0 planted waves\n" in capsys.readouterr().out
    assert "dur201504dmin.min to dur201505dmin.min, 2 in all" in told
    # 11 + 2 days.
    assert "\n18720 minutes, " in told
    times, field = read(tmp_path / "wave")
    difference = field - read(tmp_path / "null")[1]
    summary = json.loads((tmp_path / "wave" / "world.json").read_text())
    waves = summary["truth"]["geomagnetic"]["waves"]
    planted = [one for one in waves if not one["covered_by_another"]]
    assert planted and f"\n{len(planted)} planted waves\n" in told
    inside = np.zeros(times.size, dtype=bool)
    for one in planted:
        assert one["amplitude_nt"] == 3.0 and one["distance_km"] <= 200.0
        inside |= (times >= np.datetime64(one["start"])) & (times < np.datetime64(one["end"]))
    assert np.nanmax(np.abs(difference[~inside])) == 0.0
    # Sines of 3 nT, but for the mean and the part of a wave that the period cuts off.
    assert np.nanvar(difference[inside]) == pytest.approx(4.5, rel=0.1)


def test_drivers_lie_beside_the_minutes(tmp_path):
    assert simulate(tmp_path, "--per", "day", "--orientation", "HDZF") == 0
    assert len(list((tmp_path / "geomag/dur").iterdir())) == 13
    assert not (tmp_path / "ionex").exists()
    dst = dst_wdc.read(tmp_path / "indices/kyoto_dst_wdc/dst_wdc_2015.txt")
    assert len(dst) == 365 * 24
    assert (tmp_path / "catalogs/usgs/usgs_2015.csv").is_file()
    first = iaga2002.read(tmp_path / "geomag/dur/dur20150420dmin.min")
    assert first.attrs["reported"] == "HDZF"
    assert (first.attrs["latitude"], first.attrs["elevation_m"]) == (41.39, 910)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--latitude", "95"], "no such place: 95, 14.28"),
        (["--start", "May"], "simulate.start is 'May', not a date"),
        (["--start", "2016-01-01"], "lies before start"),
        (["--amplitude", "-1"], "precursor.amplitude_nt"),
        (["--quakes", "-1"], "--quakes is -1"),
        (["--iaga", "DURONIA"], "expected an IAGA code"),
    ],
)
def test_what_cannot_be_is_a_message(more, told, capsys, tmp_path):
    assert simulate(tmp_path / "out", *more) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert simulate(tmp_path) == 1
    assert "not an empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from laicflow.clean.tec import partition_of_series
from laicflow.errors import FormatError, LaicflowError

HEAD = "Date-time,Day of year,Hour of day,F10.7 index (sfu),Solar wind speed (km/s),"
HEAD += "Bz index (nT),Dst index (nT),VTEC {place} (TECU)"


def write(path: Path, rows: list[tuple[int, int, float]], place: str = "10E 40N") -> dict:
    lines = [HEAD.format(place=place)]
    for day, hour, value in rows:
        lines.append(f"2017-01-{day:02d} {hour:02d}:00:00,{day},{hour},70,400,1,-5,{value}")
    path.write_text("\n".join(lines) + "\n")
    return {"path": path.name, "observatory": path.name[:4].upper()}


def receipt(files: list[dict], start: str = "2017-01-01", end: str = "2017-01-02") -> dict:
    told = {"source": "own_tec", "partition": "all", "start": start, "end": end}
    return told | {"files": files, "missing": [], "citation": "own", "licence": "cite"}


def test_two_stations_stand_on_one_grid_and_what_a_station_lacks_is_nan(tmp_path: Path) -> None:
    a = write(tmp_path / "aaaa.csv", [(1, 0, 5.0), (1, 1, 6.0), (1, 2, 7.0), (3, 0, 9.0)])
    b = write(tmp_path / "bbbb.csv", [(1, 1, 1.5), (1, 2, 2.5)], "11E 41N")
    made = partition_of_series(receipt([a, b]), tmp_path, "tec_series")
    assert made["station"].values.tolist() == ["AAAA", "BBBB"]
    assert made["latitude"].values.tolist() == [40, 41]
    expected = [[5, np.nan], [6, 1.5], [7, 2.5]]
    np.testing.assert_allclose(made["vtec"].values, expected)
    counts = json.loads(made.attrs["counts"])
    assert counts["AAAA"] == {"files": 1, "epochs": 3, "outside": 1, "missing": 45}
    # Two days of 24 hours are asked for, whatever the files hold.
    assert counts["BBBB"]["missing"] == 46
    assert float(made.attrs["step_s"]) == 3600


def test_files_of_two_places_or_with_the_same_epoch_are_no_station(tmp_path: Path) -> None:
    a = write(tmp_path / "aaaa_1.csv", [(1, 0, 5.0), (1, 1, 6.0)])
    far = write(tmp_path / "aaaa_2.csv", [(2, 0, 5.0), (2, 1, 6.0)], "12E 40N")
    with pytest.raises(FormatError, match="place of AAAA"):
        partition_of_series(receipt([a, far]), tmp_path, "tec_series")
    twice = write(tmp_path / "aaaa_3.csv", [(1, 1, 5.0), (1, 2, 6.0)])
    with pytest.raises(FormatError, match="each epoch once"):
        partition_of_series(receipt([a, twice]), tmp_path, "tec_series")


def test_nothing_within_the_days_that_are_asked_for_is_refused(tmp_path: Path) -> None:
    a = write(tmp_path / "aaaa.csv", [(1, 0, 5.0), (1, 1, 6.0)])
    with pytest.raises(LaicflowError, match="no epoch"):
        partition_of_series(receipt([a], "2018-01-01", "2018-01-02"), tmp_path, "tec_series")
    with pytest.raises(LaicflowError, match="no file"):
        partition_of_series(receipt([]), tmp_path, "tec_series")

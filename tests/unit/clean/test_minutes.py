"""A month of minutes: states, overlaps, gaps, what is refused, what is planted."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from laicflow.clean.minutes import month_of_minutes
from laicflow.errors import FormatError
from laicflow.store import read_netcdf, write_netcdf
from tests.unit.minutes_files import MISSING, flat, hollow, iaga2002

D = dt.date
F = flat(13000.5)


@pytest.fixture
def month(tmp_path):
    """`month_of_minutes` of files by name: their bytes, and the observatory they were asked for."""

    def clean(files: dict, partition="2003-01", start="2003-01-01", end="2003-01-02", **said):
        entries = []
        for name, body in files.items():
            (tmp_path / name).write_bytes(body)
            entries.append({"path": name, "observatory": name[:3].upper()})
        receipt = {
            "source": "intermagnet",
            "partition": partition,
            "start": start,
            "end": end,
            "files": entries,
            "missing": said.pop("missing", []),
            "citation": "cited",
            "licence": "CC BY-NC 4.0",
        }
        return month_of_minutes(receipt, tmp_path, "iaga2002", **said)

    return clean


def level(value: float) -> list:
    return [flat(value), flat(4000.0), flat(12000.0), F]


def counts(dataset, code="ESK") -> dict:
    return json.loads(dataset.attrs["counts"])[code]


def test_observatories_beside_each_other(month, tmp_path):
    gap = [lambda m: MISSING if 100 <= m < 130 or m == 700 else 3000.0, *level(0)[1:]]
    made = month(
        {
            "ler.min": iaga2002(D(2003, 1, 1), 2, code="LER", latitude=60.1, values=level(5.0)),
            "esk.min": iaga2002(D(2003, 1, 1), 2, values=gap, state="adjusted"),
            "had.min": hollow(D(2003, 1, 1), 2, code="HAD"),
        },
        missing=[{"observatory": "DUR", "name": "dur.min", "day": None, "why": "not yet"}],
    )
    write_netcdf(made, tmp_path / "made.nc")
    made = read_netcdf(tmp_path / "made.nc")
    assert made["observatory"].values.tolist() == ["ESK", "LER"]
    assert made["X"].dims == ("observatory", "time")
    assert made.sizes["time"] == 31 * 1440
    assert str(made["time"].values[-1])[:16] == "2003-01-31T23:59"
    assert json.loads(made.attrs["observatories_missing"]) == ["DUR", "HAD"]
    assert made["latitude"].values.tolist() == [55.3, 60.1]
    assert made["longitude"].values == pytest.approx([-3.2, -3.2])
    assert made["absolute"].values.tolist() == [0, 0]
    assert made["publication_state"].values.tolist() == ["adjusted", "definitive"]
    states = json.loads(made.attrs["states"])
    assert [states[one] for one in made["state"].values[:, 0]] == ["adjusted", "definitive"]
    assert made["state"].values[0, 2880] == -1
    esk = counts(made)
    assert (esk["minutes"], esk["missing"], esk["gaps"], esk["longest_gap"]) == (2849, 31, 2, 30)
    # F was there in the gap.
    assert esk["by_state"] == {"adjusted": 2880}
    assert counts(made, "HAD")["missing"] == counts(made, "DUR")["missing"] == 2880
    assert (counts(made, "HAD")["files"], counts(made, "DUR")["files"]) == (1, 0)
    assert np.isnan(made["X"].values[0, [100, 129, 700]]).all()
    assert made["X"].values[0, [99, 130]].tolist() == [3000.0, 3000.0]


def test_nothing_at_all(month, tmp_path):
    gone = [{"observatory": "DUR", "name": "dur.min", "day": None, "why": "not yet"}]
    made = month({}, missing=gone)
    write_netcdf(made, tmp_path / "made.nc")
    made = read_netcdf(tmp_path / "made.nc")
    assert (made.sizes["observatory"], made.sizes["time"]) == (0, 31 * 1440)
    assert json.loads(made.attrs["observatories_missing"]) == ["DUR"]
    assert counts(made, "DUR")["missing"] == 2880


def test_the_best_state_wins_minute_by_minute(month):
    made = month(
        {
            "esk_q": iaga2002(D(2003, 1, 2), values=level(2.0), state="quasi-definitive"),
            "esk_d": iaga2002(D(2003, 1, 1), values=level(1.0)),
            "esk_v": iaga2002(D(2003, 1, 1), 3, values=level(9.0), state="variation"),
        },
        end="2003-01-03",
    )
    x = made["X"].values[0]
    assert [x[day * 1440 + 720] for day in range(3)] == [1.0, 2.0, 9.0]
    states = json.loads(made.attrs["states"])
    of_day = [states[made["state"].values[0, day * 1440 + 720]] for day in range(3)]
    assert of_day == ["definitive", "quasi-definitive", "variation"]
    found = counts(made)
    assert found["by_state"] == dict.fromkeys(of_day, 1440)
    assert found["overlap_replaced"] == 2880
    assert made["publication_state"].values.tolist() == ["variation"]


def test_overlapping_files_of_one_state(month):
    holes = [lambda m: MISSING if m < 10 else 3000.0, *level(0)[1:]]
    files = {
        "esk_a": iaga2002(D(2003, 1, 1), values=holes),
        "esk_b": iaga2002(D(2003, 1, 1), 2, values=level(3000.0)),
    }
    made = month(files)
    found = counts(made)
    assert (found["overlap_filled"], found["overlap_equal"], found["missing"]) == (10, 1430, 0)
    files["esk_b"] = iaga2002(D(2003, 1, 1), 2, values=level(3001.0))
    with pytest.raises(FormatError, match="others at 1430 times"):
        month(files)


def test_a_minute_that_stands_twice_in_a_file(month):
    body = iaga2002(D(2003, 1, 1))
    line = body[body.index(b"2003-01-01 05:00") :].split(b"\n")[0] + b"\n"
    with pytest.raises(FormatError, match="the same minute again"):
        month({"esk.min": body.replace(line, line + line)})


def test_files_that_are_refused_by_name(month):
    with pytest.raises(FormatError, match=r"esk_wrong.min: expected observatory ESK.*found LER"):
        month({"esk_wrong.min": iaga2002(D(2003, 1, 1), code="LER")})
    hours = iaga2002(D(2003, 1, 1), interval="", step=60)
    with pytest.raises(FormatError, match=r"esk_hours.*1-minute data"):
        month({"esk_hours": hours})
    with pytest.raises(FormatError, match=r"esk_cut, line 1453"):
        month({"esk_cut": iaga2002(D(2003, 1, 1))[:-12]})


def test_minutes_on_both_sides_of_new_year(month):
    """A file of 31 December and 1 January; each month has its own day, and they join."""
    body = iaga2002(D(2003, 12, 31), 2, values=[lambda m: 3000.0 + m / 100, *level(0)[1:]])
    day = {"start": "2003-12-31", "end": "2003-12-31"}
    december = month({"esk": body}, partition="2003-12", **day)
    day = {"start": "2004-01-01", "end": "2004-01-01"}
    january = month({"esk": body}, partition="2004-01", **day)
    step = january["time"].values[0] - december["time"].values[-1]
    assert step == np.timedelta64(60, "s")
    joined = np.concatenate([december["X"].values[0, -1440:], january["X"].values[0, :1440]])
    assert joined == pytest.approx(3000.0 + np.arange(2880) / 100)
    assert np.isnan(december["X"].values[0, :-1440]).all()
    for one in (december, january):
        assert (counts(one)["outside"], counts(one)["missing"]) == (1440, 0)


def test_jumps_are_listed_and_their_minutes_stay(month):
    # Delta F is -0.5 nT, then the vector is 8 nT longer: by 12000 / 13000 of 8.667 in Z.
    z = 12000.0 + 8.667
    jump = [*level(3000.0)[:2], lambda m: 12000.0 if m < 2000 else z, F]
    made = month({"esk": iaga2002(D(2003, 1, 1), 3, values=jump)}, end="2003-01-03")
    (found,) = json.loads(made.attrs["jumps"])["ESK"]
    assert found["time"] == "2003-01-02T09:20"
    assert found["size_nt"] == pytest.approx(8.0, abs=0.02)
    assert counts(made)["jumps"] == 1
    assert made["Z"].values[0, [1999, 2000]].tolist() == [12000.0, 12008.67]
    assert json.loads(made.attrs["delta_f"])["ESK"] == [-0.5, None]
    assert "checkable" not in made["flags"].values[0]


def test_where_no_jump_can_be_seen(month):
    lost = [*level(3000.0)[:3], flat(MISSING)]
    made = month({"esk": iaga2002(D(2003, 1, 1), values=lost)})
    assert made["flags"].values[0].endswith("not checkable: no F beside the vector")
    assert json.loads(made.attrs["jumps"]) == {"ESK": []}


def test_what_is_planted(month):
    asked = []

    def plant(attributes, times):
        asked.append((attributes["observatory"], times.size, str(times[0])[:16]))
        return np.array([[3.0], [4.0], [12.0]]) * np.arange(times.size) / 1300

    level_of = [flat(30000.0), flat(0.0), flat(0.0), flat(30001.0)]
    body = iaga2002(D(2002, 12, 31), 2, values=level_of)
    made = month({"esk": body}, plant=plant)
    assert asked == [("ESK", 1440, "2003-01-01T00:00")]
    at = 1300
    vector = [made[name].values[0, at] for name in "XYZ"]
    assert vector == pytest.approx([30003.0, 4.0, 12.0])
    # The field points along X: F changes by 3.
    assert made["F"].values[0, at] == pytest.approx(30004.0)


@pytest.mark.parametrize("gone", ["X", "Z"])
def test_nothing_is_planted_where_nothing_was_measured(month, gone):
    values = [flat(30000.0), flat(0.0), flat(10000.0), flat(31622.0)]
    values["XYZ".index(gone)] = lambda m: MISSING if m < 5 else 30000.0
    body = iaga2002(D(2003, 1, 1), values=values)
    made = month({"esk": body}, plant=lambda attributes, times: np.ones((3, times.size)))
    assert np.isnan(made[gone].values[0, :5]).all()
    assert made["F"].values[0, :5].tolist() == [31622.0] * 5


def test_october_2003_at_eskdalemuir(real_data):
    folder = real_data / "geomag/esk_2003_definitive_minute"
    files = [{"path": f"esk200310{day:02d}dmin.min", "observatory": "ESK"} for day in range(1, 32)]
    receipt = {
        "source": "intermagnet",
        "partition": "2003-10",
        "start": "2003-10-01",
        "end": "2003-10-31",
        "files": files,
        "missing": [],
        "citation": "",
        "licence": "CC BY-NC 4.0",
    }
    made = month_of_minutes(receipt, folder, "iaga2002")
    found = counts(made)
    assert (found["minutes"], found["missing"], found["jumps"]) == (44640, 0, 0)
    assert found["by_state"] == {"definitive": 44640}
    # The file of the 30th, line of 22:00, by eye.
    line = (folder / "esk20031030dmin.min").read_text().split("2003-10-30 22:00:00.000 303")[1]
    told = [float(cell) for cell in line.split("\n")[0].split()]
    at = (30 - 1) * 1440 + 22 * 60
    assert [made[name].values[0, at] for name in "XYZF"] == told
    # Its F was reckoned from X, Y, Z, so a jump would show in both.
    assert made["flags"].values[0].endswith("not checkable: F is the length of the vector")

"""A month of stations: of a known world, of real files, and of days that are wrong."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.clean.stations import month_of_stations
from laicflow.errors import ConfigError, FormatError
from tests.unit.gnss import small_world
from tests.unit.gnss.small_world import World

OPTIONS = {"receiver_bias": ["file"], "step_s": 900, "systems": "G", "elevation_cut_deg": 20.0}
DAYS = ("2020-01-01", "2020-01-02")


def receipt(source: str, files: list[dict], missing: list[dict] = ()) -> dict:
    """What fetching leaves, as far as cleaning reads it."""
    return {
        "source": source,
        "partition": "2020-01",
        "start": DAYS[0],
        "end": DAYS[1],
        "files": files,
        "missing": list(missing),
        "licence": "no redistribution" if source == "rinex" else "cite",
        "citation": f"cite {source}",
    }


class Folder:
    """Raw files of one station of the small world, two days of six hours each."""

    def __init__(self, root):
        self.root = root
        self.days = {}
        for number, day in enumerate(DAYS):
            start = dt.datetime.fromisoformat(day)
            world = World(hours=6.0, step=60, start=start)
            self.put(day, world.rinex3())
            text = small_world.sp3(start, zero=start)
            (root / f"orbits{number}.sp3").write_text(text)
        for kind in ("P1-P2", "P1-C1"):
            (root / f"{kind}.DCB").write_text(small_world.dcb(kind))

    def put(self, day: str, text: str, station: str = "TEST") -> None:
        """A file of a day."""
        path = f"{station}-{day}.rnx"
        (self.root / path).write_text(text)
        self.days[station, day] = {"observatory": station, "day": day, "path": path}

    def receipts(self, orbits=("orbits0.sp3", "orbits1.sp3"), missing=()) -> dict[str, dict]:
        """Receipts of what lies here."""
        biases = [{"path": f"{kind}.DCB", "day": None} for kind in ("P1-P2", "P1-C1")]
        return {
            "observations": receipt("rinex", list(self.days.values()), missing),
            "orbits": receipt("sp3", [{"path": name} for name in orbits]),
            "biases": receipt("dcb", biases),
        }

    def month(self, maps=None, receipts=None, **options) -> xr.Dataset:
        """What cleaning makes of it."""
        return month_of_stations(receipts or self.receipts(), self.root, OPTIONS | options, maps)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Folder(tmp_path_factory.mktemp("raw"))


@pytest.fixture
def folder(tmp_path, made):
    """A copy whose files may be changed."""
    for path in made.root.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    copy = object.__new__(Folder)
    copy.root, copy.days = tmp_path, dict(made.days)
    return copy


def facts(month: xr.Dataset) -> dict:
    return json.loads(month.attrs["stations_json"])["TEST"]


def known_days(month: xr.Dataset) -> list[str]:
    """Days with a value."""
    known = np.isfinite(month["vtec"].values).any(axis=1)
    return sorted(set(month["time"].values[known].astype("datetime64[D]").astype(str).tolist()))


def test_the_known_world(made):
    month = made.month()
    assert dict(month.sizes) == {"time": 192, "station": 1}
    times = month["time"].values.astype("datetime64[us]")
    assert (
        times[0] == np.datetime64("2020-01-01T00:15") and (np.diff(times).astype(int) == 9e8).all()
    )
    vtec = month["vtec"].sel(station="TEST").values
    assert vtec.dtype == np.float32 and month["satellites"].dtype == np.int16
    known = np.isfinite(vtec)
    # Six hours of each day from 18 s before midnight, each step by its end: 00:15 to 06:00 of the
    # first, 00:00 to 06:00 of the second.
    assert np.flatnonzero(known).tolist() == [*range(24), *range(95, 120)]
    assert month.attrs["label"] == "end" and "map or estimate" in month.attrs["looks_ahead"]
    assert "nothing later than the time" in month.attrs["looks_ahead"]
    # 0.05: elevations on an ellipsoid against those on a sphere.
    assert np.abs(vtec[known] - 20.0).max() < 0.05
    assert (month["satellites"].values[~known] == 0).all()
    lat = np.degrees(np.arctan2(small_world.SITE[2], np.hypot(*small_world.SITE[:2])))
    assert float(month["latitude"][0]) == pytest.approx(lat, abs=0.2)
    assert float(month["longitude"][0]) == pytest.approx(130.6, abs=0.1)
    assert facts(month)["receiver_bias_ns"] == small_world.RECEIVER_NS
    assert facts(month)["receiver_bias_way"] == "file"
    assert (facts(month)["days_asked"], facts(month)["days_with_values"]) == (2, 2)
    assert facts(month)["values"] == int(known.sum())
    assert month.attrs["licence"] == "no redistribution"
    assert month.attrs["citation"] == "cite rinex; cite sp3; cite dcb"
    assert month.attrs["step_s"] == 900 and month["vtec"].attrs["units"] == "TECU"


def test_an_absent_day(folder):
    del folder.days["TEST", DAYS[1]]
    gap = {"observatory": "TEST", "day": DAYS[1], "why": "absent upstream"}
    month = folder.month(receipts=folder.receipts(missing=[gap]))
    assert known_days(month) == [DAYS[0]]
    assert facts(month)["missing"] == {DAYS[1]: "absent upstream"}
    assert (facts(month)["days_asked"], facts(month)["days_with_values"]) == (2, 1)
    assert month.sizes["time"] == 192


@pytest.mark.parametrize(
    ("label", "last"), [("end", "2020-01-02T00:00"), ("centre", "2020-01-01T23:45")]
)
def test_a_step_over_midnight_makes_no_day_of_its_own(folder, label, last):
    """A whole day and none behind it: the step about midnight is of no day with a file."""
    start = dt.datetime.fromisoformat(DAYS[0])
    folder.put(DAYS[0], World(hours=24.0, step=60, start=start).rinex3())
    del folder.days["TEST", DAYS[1]]
    month = folder.month(label=label)
    known = month["time"].values[np.isfinite(month["vtec"].sel(station="TEST").values)]
    assert known[-1] == np.datetime64(last) and facts(month)["days_with_values"] == 1
    assert facts(month)["values"] == known.size and month.attrs["label"] == label


def test_seconds_before_midnight_make_no_day_of_their_own(folder):
    """The file of the second day begins 18 s before it (UTC), in a step of the first."""
    del folder.days["TEST", DAYS[0]]
    month = folder.month()
    assert np.flatnonzero(np.isfinite(month["vtec"].values[:, 0])).tolist() == [*range(96, 120)]
    assert facts(month)["days_with_values"] == 1


def test_a_day_without_orbits(folder):
    month = folder.month(receipts=folder.receipts(orbits=["orbits0.sp3"]))
    assert known_days(month)[0] == DAYS[0]
    second = month["vtec"].sel(station="TEST", time=slice("2020-01-02T00:30", None))
    assert not np.isfinite(second).any()
    lost = [*facts(month)["skipped"].values(), *facts(month)["left_out"]]
    assert any("orbit" in why for why in lost)
    nothing = folder.month(receipts=folder.receipts(orbits=[]))
    assert nothing.sizes["station"] == 0 and nothing.sizes["time"] == 192
    assert "a file of orbits" in json.loads(nothing.attrs["stations_missing_json"])["TEST"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lambda own: own.replace("TEST ", "AIRA ", 1), "expected the station TEST, found AIRA"),
        (lambda own: own[:200], "END OF HEADER"),
        (lambda own: "", "an empty file"),
    ],
)
def test_a_day_that_cannot_be_used(folder, text, why):
    whole = (folder.root / folder.days["TEST", DAYS[0]]["path"]).read_text()
    folder.put(DAYS[0], text(whole))
    month = folder.month()
    assert known_days(month) == [DAYS[1]]
    assert why in facts(month)["skipped"][DAYS[0]]
    assert str(folder.root) not in json.dumps(month.attrs)
    assert facts(month)["receiver_bias_ns"] == small_world.RECEIVER_NS


def test_a_half_file_gives_the_half_that_is_there(folder):
    path = folder.root / folder.days["TEST", DAYS[0]]["path"]
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    vtec = folder.month()["vtec"].sel(station="TEST").values
    known = np.isfinite(vtec)
    assert known[:10].all() and not known[14:95].any()
    assert np.abs(vtec[known] - 20.0).max() < 0.05


def test_no_second_frequency(folder):
    for day in DAYS:
        start = dt.datetime.fromisoformat(day)
        folder.put(day, World(hours=1.0, start=start).rinex3(codes=("C1W", "L1C", "S1C", "D1C")))
    month = folder.month()
    assert month.sizes["station"] == 0
    told = json.loads(month.attrs["stations_missing_json"])["TEST"]
    assert "two frequencies" in told and "2 days left out" in told


def test_a_station_that_no_file_of_biases_lists(folder):
    (folder.root / "P1-P2.DCB").write_text(small_world.dcb(receiver=False))
    month = folder.month()
    assert "no bias of the receiver TEST by file" in month.attrs["stations_missing_json"]
    maps = even_maps(20.0)
    assert "code" not in folder.month(maps, receiver_bias=["estimate", "map"]).attrs["citation"]
    month = folder.month(maps=maps, receiver_bias=["file", "map"])
    assert facts(month)["receiver_bias_way"] == "map"
    assert facts(month)["receiver_bias_ns"] == pytest.approx(small_world.RECEIVER_NS, abs=0.02)
    assert month.attrs["citation"] == "cite rinex; cite sp3; cite dcb; cite code"
    with pytest.raises(ConfigError, match="the way map wants maps"):
        folder.month(receiver_bias=["file", "map"])


def even_maps(tecu: float) -> xr.Dataset:
    """Maps of one value over the two days."""
    times = np.arange("2020-01-01", "2020-01-03T01", dtype="datetime64[h]").astype("datetime64[ns]")
    lat, lon = np.arange(87.5, -90, -2.5), np.arange(-180.0, 181, 5)
    values = np.full((times.size, lat.size, lon.size), tecu)
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), values)},
        {"time": times, "latitude": lat, "longitude": lon},
        {"citation": "cite code", "licence": "cite"},
    )


def test_another_station_is_not_harmed(folder):
    """Each has its own receiver, days and reasons."""
    folder.put(DAYS[0], "nothing", station="AAAA")
    month = folder.month()
    assert month["station"].values.tolist() == ["TEST"]
    assert list(json.loads(month.attrs["stations_missing_json"])) == ["AAAA"]
    assert facts(month)["days_with_values"] == 2


def test_broken_orbits_stop_everything(folder):
    (folder.root / "orbits1.sp3").write_text("#cP nothing\n")
    with pytest.raises(FormatError, match=r"orbits1\.sp3"):
        folder.month()
    with pytest.raises(ConfigError, match="must part a day"):
        folder.month(step_s=7000)


@pytest.fixture(scope="module")
def january(real_data):
    """Three real days of AIRA and ABPO by CODE's orbits and biases, and a file of maps."""
    folder = "gnss/2020-01"
    files = [
        {
            "observatory": name[:4],
            "day": f"2020-01-0{day}",
            "path": f"{folder}/{name}_R_2020{day:03d}0000_01D_30S_MO.crx.gz",
        }
        for name in ("ABPO00MDG", "AIRA00JPN")
        for day in (1, 2, 3)
    ]
    orbits = [{"path": f"{folder}/COD2086{day}.EPH.Z"} for day in (3, 4, 5)]
    biases = [{"path": f"{folder}/{name}.DCB.Z"} for name in ("P1P22001_ALL", "P1C12001")]
    receipts = {
        "observations": receipt("rinex", files) | {"end": "2020-01-03"},
        "orbits": receipt("sp3", orbits),
        "biases": receipt("dcb", biases),
    }
    # IONOLAB's times stand in the middle of what they average.
    options = OPTIONS | {"receiver_bias": ["file", "estimate"], "label": "centre"}
    return month_of_stations(receipts, real_data, options)


def test_real_files(january, real_data):
    """ABPO's bias stands in CODE's file; IONOLAB's series of AIRA is the answer of others."""
    told = json.loads(january.attrs["stations_json"])
    assert told["ABPO"]["receiver_bias_ns"] == -1.8
    assert told["AIRA"]["receiver_bias_way"] == "estimate"
    assert january.sizes["time"] == 288
    theirs = pd.read_csv(real_data / "gnss/2020-01/AIRA00JPN.csv.xz", parse_dates=["dates"])
    theirs = theirs.set_index("dates")["tec"].reindex(pd.DatetimeIndex(january["time"].values))
    off = january["vtec"].sel(station="AIRA").values - theirs.to_numpy()
    known = np.isfinite(off)
    assert known.sum() == 192
    assert np.sqrt((off[known] ** 2).mean()) < 1.5
    assert np.std(off[known]) < 0.5

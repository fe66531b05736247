"""Minutes of a simulated world: they follow its indices, and its truth is what is in the files."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.readers import dst_wdc, iaga2002, usgs_csv
from laicflow.simulate import world
from tests.unit.simulate.magnetic import SILENT

DUR = {"iaga": "dur", "latitude": 41.39, "longitude": 14.28, "elevation_m": 910}
IZN = {"iaga": "IZN", "latitude": 40.5, "longitude": 29.73, "elevation_m": 256}
# Earthquakes around DUR alone.
NEAR = {"latitude": [39.0, 43.5], "longitude": [11.5, 17.0], "trench_share": 0.0, "mu": 0.2}


def options(start="2009-03-30", end="2009-04-02", places=(DUR,), fields=None, **changes) -> dict:
    """A world of minutes without maps."""
    own = {"observatories": list(places), "options": fields or {}}
    return {
        "start": start,
        "end": end,
        "maps": False,
        "catalog": NEAR,
        "geomagnetic": own | changes,
    }


def read(folder, code="dur"):
    """X, Y, Z (3 x minutes) and times of all files of an observatory."""
    parts = [iaga2002.read(path) for path in sorted((folder / "geomag" / code).iterdir())]
    times = np.concatenate([part["time"].values for part in parts])
    values = [np.concatenate([part[name].values for part in parts]) for name in "XYZ"]
    return np.stack(values), times


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two observatories, two months, a wave; and how that was told."""
    folder = tmp_path_factory.mktemp("two")
    fields = {
        "precursor": {"amplitude_nt": 5.0, "decay": "none", "farthest_km": 200.0},
        "gaps": {"per_day": 0.2},
    }
    given = options("2009-03-02", "2009-04-30", (DUR, IZN), fields)
    return folder, world.write_world(given, folder), given


@pytest.fixture(scope="module")
def null(two, tmp_path_factory):
    """The same without the wave, of DUR."""
    folder = tmp_path_factory.mktemp("null")
    fields = {"gaps": {"per_day": 0.2}}
    summary = world.write_world(options("2009-03-02", "2009-04-30", (DUR,), fields), folder)
    return folder, summary


def test_files_are_those_of_archives(two):
    folder, summary, _ = two
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == [
        "catalogs/usgs/usgs_2009.csv",
        "geomag/dur/dur200903dmin.min",
        "geomag/dur/dur200904dmin.min",
        "geomag/izn/izn200903dmin.min",
        "geomag/izn/izn200904dmin.min",
        "indices/celestrak/SW-All.csv",
        "indices/gfz_kp_wdc/kp2009",
        "indices/kyoto_dst_wdc/dst_wdc_2009.txt",
        "world.json",
    ]
    assert json.loads((folder / "world.json").read_text()) == summary
    assert summary["maps"] is None and summary["options"]["maps"] is False


def test_the_summary_counts_what_was_written(two):
    folder, summary, _ = two
    values, times = read(folder)
    assert (str(times[0]), str(times[-1])) == (
        "2009-03-02T00:00:00.000000",
        "2009-04-30T23:59:00.000000",
    )
    own = summary["geomagnetic"]["DUR"]
    # 30 + 30 days.
    assert own["minutes"] == times.size == 60 * 1440
    assert own["missing_minutes"] == np.isnan(values[0]).sum() > 0
    assert (own["files"], own["first"], own["last"]) == (
        2,
        "dur200903dmin.min",
        "dur200904dmin.min",
    )


def test_the_truth_says_what_was_planted(two, null):
    folder, summary, _ = two
    waves = summary["truth"]["geomagnetic"]["waves"]
    planted = [one for one in waves if not one["covered_by_another"]]
    # mu 0.2 a day over a box of about 500 x 450 km: some have a station within 200 km.
    assert len(planted) >= 3
    assert {one["station"] for one in waves} == {"DUR"}
    (field, times), (without, _) = read(folder), read(null[0])
    difference = field - without
    inside = np.zeros(times.size, dtype=bool)
    for one in planted:
        span = (times >= np.datetime64(one["start"])) & (times < np.datetime64(one["end"]))
        inside |= span
        if span.sum() == 1440 and np.isfinite(difference[0, span]).all():
            # A sine of 5 nT has the variance of 12.5 nT2.
            assert difference[:, span].var(axis=1) == pytest.approx(12.5, rel=0.01)
    assert np.nanmax(np.abs(difference[:, ~inside])) == 0.0
    assert null[1]["truth"]["geomagnetic"]["waves"] == []


def test_events_of_the_truth_are_those_of_the_catalog(two):
    folder, summary, _ = two
    paths = sorted((folder / "catalogs" / "usgs").iterdir())
    events = pd.concat([usgs_csv.read(path) for path in paths]).set_index("event_id")
    for one in summary["truth"]["geomagnetic"]["waves"]:
        event = events.loc[f"sim{one['event']['number']:08d}"]
        stop = event["time"].floor("min")
        assert one["end"] == stop.isoformat(timespec="minutes")
        assert one["start"] == (stop - pd.Timedelta("1D")).isoformat(timespec="minutes")
        assert event["magnitude"] == one["event"]["magnitude"] >= 5.0


def test_the_field_follows_the_dst_that_is_written(tmp_path):
    world.write_world(options("2009-01-01", "2009-06-30", fields=SILENT), tmp_path)
    values, _ = read(tmp_path)
    dst = pd.concat(
        [dst_wdc.read(path) for path in sorted((tmp_path / "indices/kyoto_dst_wdc").iterdir())]
    ).set_index("time")["dst"]
    dst = dst["2009-01-01":"2009-06-30"].to_numpy()
    hours = values[0].reshape(-1, 60).mean(axis=1)
    days = np.arange(hours.size) / 24
    # Away from the slow change of the main field.
    hours = hours - np.polyval(np.polyfit(days, hours, 1), days)
    assert dst.min() < -50
    assert np.corrcoef(hours, dst)[0, 1] > 0.97
    # cos of the dipole latitude, 41 to 42 degrees, times that of the angle to it.
    assert np.polyfit(dst, hours, 1)[0] == pytest.approx(0.75, abs=0.06)


def test_days_do_not_depend_on_the_period(two, tmp_path):
    folder, _, given = two
    # Within one year, so that indices and earthquakes are the same.
    world.write_world({**given, "start": "2009-03-31", "end": "2009-04-01"}, tmp_path)
    for month, lines in (("200903", slice(-1440, None)), ("200904", slice(14, 14 + 1440))):
        name = f"geomag/dur/dur{month}dmin.min"
        whole = (folder / name).read_text().splitlines()
        short = (tmp_path / name).read_text().splitlines()
        assert short[-1440:] == whole[lines] and len(short) == 14 + 1440


def test_files_can_be_of_a_day_and_of_another_kind(tmp_path):
    changes = {"orientation": "HDZF", "state": "quasi-definitive", "per": "day"}
    world.write_world(options(**changes), tmp_path)
    names = [path.name for path in sorted((tmp_path / "geomag/dur").iterdir())]
    assert names == [
        f"dur{day}qmin.min" for day in ("20090330", "20090331", "20090401", "20090402")
    ]
    first = iaga2002.read(tmp_path / "geomag/dur" / names[0])
    assert first.attrs["reported"] == "HDZF"
    assert first.attrs["publication_state"] == "quasi-definitive"


def test_minutes_change_nothing_else(tmp_path):
    small = {"start": "2009-03-30", "end": "2009-03-31"}
    small["grid"] = {"latitude": [45, 40, -2.5], "longitude": [10, 20, 5]}
    before, after = tmp_path / "before", tmp_path / "after"
    told = world.write_world(small, before)
    summary = world.write_world({**small, "geomagnetic": {"observatories": [DUR]}}, after)
    assert "geomagnetic" not in told and "geomagnetic" not in told["truth"]
    assert not {"maps", "geomagnetic"} & set(told["options"])
    assert summary["maps"] == told["maps"] and told["maps"]["days"] == 2
    for path in before.rglob("*"):
        if path.is_file() and path.name != "world.json":
            assert (after / path.relative_to(before)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"orientation": "XYZ"}, "geomagnetic.orientation is 'XYZ', none of XYZF, HDZF"),
        ({"state": "final"}, "geomagnetic.state"),
        ({"per": "year"}, "geomagnetic.per is 'year', none of month, day"),
        ({"observatories": [DUR, {**IZN, "iaga": "DUR"}]}, "there twice"),
        ({"observatories": [{**DUR, "latitude": 91}]}, "observatories: observatory DUR: no such"),
        ({"observatories": [{**DUR, "latitude": "N"}]}, "expected numbers"),
        ({"observatories": ["DUR"]}, "expected iaga, latitude"),
        ({"observatorys": []}, "simulate.geomagnetic has no option 'observatorys'"),
        ({"options": {"sq": {"width_hours": 0}}}, "geomagnetic.options.sq.width_hours is 0"),
        ({"options": {"roughness": {"exponents": [2, 2]}}}, "options.roughness.exponents"),
        ({"options": {"precursor": {"hours": 0}}}, "options.precursor.hours is 0, not above 0"),
        ({"options": {"precursor": {"band_hz": [0.001]}}}, "options.precursor.band_hz"),
        ({"options": {"jumps": [3]}}, "options.jumps: expected time, x, y, z in each, found 3"),
        ({"options": {"jumps": [{"time": "2009-01-01", "x": "a", "y": 0, "z": 0}]}}, "no number"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(change, words, tmp_path):
    with pytest.raises(ConfigError, match=words):
        world.write_world(options(**change), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_days_without_a_main_field_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="1900 to 2029"):
        world.write_world(options("2030-01-01", "2030-01-02"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_precursor_in_maps_needs_maps(tmp_path):
    with pytest.raises(ConfigError, match="simulate.maps false"):
        world.write_world({**options(), "precursor": {"amplitude_sd": 1.0}}, tmp_path / "out")

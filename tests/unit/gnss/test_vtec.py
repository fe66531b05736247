"""Vertical TEC of a world that is known, and inputs that are broken on purpose."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import numpy as np
import pytest
import xarray as xr

import laicflow.gnss.vtec
from laicflow.errors import ConfigError, FormatError
from laicflow.gnss import biases, observations, orbits
from laicflow.gnss.vtec import vtec
from tests.unit.gnss import small_world
from tests.unit.gnss.small_world import World


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Four hours of the world on disk: observations, orbits, biases."""
    return small_world.files(tmp_path_factory.mktemp("world"), World(hours=4.0))


@pytest.fixture
def put(tmp_path, written):
    """A way to get VTEC of another text with the orbits and biases of the world."""

    def compute(text, **options):
        path = tmp_path / "TEST.rnx"
        path.write_text(text)
        return vtec(path, *written[1:], **options)

    return compute


def left_out(result) -> dict:
    return json.loads(result.left_out_json)


def even(result, tecu=20.0) -> None:
    # 0.05: elevations on an ellipsoid against those on a sphere.
    assert np.abs(result["vtec"] - tecu).max() < 0.05


def test_files_may_have_been_read_before(written):
    path, orbit_path, bias_paths = written
    read = observations.read(path), orbits.read(orbit_path), biases.read(bias_paths)
    xr.testing.assert_identical(vtec(*read), vtec(*written))


def test_the_known_world(written):
    result = vtec(*written)
    even(result)
    assert result.sizes["time"] == 17
    assert result["time"].values[0] == np.datetime64("2020-01-01")
    assert result["slant_time"].values.min() == np.datetime64("2019-12-31T23:59:42")  # GPS - 18 s
    assert result.receiver_bias_ns == small_world.RECEIVER_NS
    assert result.receiver_bias_way == "file"
    assert json.loads(result.satellite_biases_json)["G05 C1W-C2W"] == small_world.BIAS_NS["G05"]
    assert result.station == "TEST" and result.position_source == "header"
    assert result["elevation"].min() >= 20.0
    assert (result["satellites"] >= 4).all()
    factor = [small_world.slant_factor(np.sin(np.radians(e))) for e in result["elevation"].values]
    assert result["stec"].values == pytest.approx(20.0 * np.array(factor), abs=0.2)


def test_a_value_by_its_end_knows_nothing_later(written):
    """An hour by hand: the mean of the slants of (t - 1 h, t]; those behind t change nothing."""
    result = vtec(*written, step_s=3600.0, label="end")
    times = result["slant_time"].values
    at = np.datetime64("2020-01-01T02:00", "ns")
    assert at in result["time"].values and result.label == "end"
    inside = (times > at - np.timedelta64(1, "h")) & (times <= at)
    weight = np.sin(np.radians(result["elevation"].values[inside])) ** 2
    sines = np.sin(np.radians(result["elevation"].values[inside]))
    factors = np.array([small_world.slant_factor(one) for one in sines])
    by_hand = np.average(result["stec"].values[inside] / factors, weights=weight)
    assert float(result["vtec"].sel(time=at)) == pytest.approx(by_hand, abs=1e-3)
    assert int(result["satellites"].sel(time=at)) == len(set(result["satellite"].values[inside]))
    # The first epoch, 18 s before midnight, is all of the hour that ends there.
    assert result["time"].values[0] == np.datetime64("2020-01-01")
    assert result.sizes["time"] == 5
    with pytest.raises(ConfigError, match="label 'start'"):
        vtec(*written, label="start")


def test_the_module_is_its_function(written):
    assert laicflow.gnss.vtec(*written, step_s=30.0).sizes["time"] == 4 * 120


def test_modified_mapping_is_flatter(written):
    modified = vtec(*written, mapping="modified single-layer")
    assert modified.shell_km == 506.7
    assert 20.2 < float(modified["vtec"].mean()) < 22.0


def test_rinex_2_and_c1(put):
    even(put(World(hours=2.0).rinex2()))
    result = put(World(hours=2.0, c1=True).rinex3())
    even(result)
    # P1-P2 of G05 is -4 ns and P1-C1 1 ns.
    assert json.loads(result.satellite_biases_json)["G05 C1C-C2W"] == -5.0


def test_map(written):
    epochs = np.datetime64("2019-12-31T23:00") + np.arange(8).astype("timedelta64[h]")
    lat, lon = np.arange(87.5, -90, -2.5), np.arange(-180.0, 181.0, 5.0)
    maps = xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), np.full((8, lat.size, lon.size), 20.0))},
        {"time": epochs, "latitude": lat, "longitude": lon},
    )
    result = vtec(*written, receiver_bias="map", maps=maps)
    assert result.receiver_bias_ns == pytest.approx(small_world.RECEIVER_NS, abs=0.02)
    even(result, 20.0)
    shifted = vtec(*written, receiver_bias="map", maps=maps + 3.0)
    assert float(shifted["vtec"].mean()) == pytest.approx(23.0, abs=0.3)


def test_estimate(tmp_path):
    files = small_world.files(tmp_path, World(hours=10.0, noise_m=0.05))
    # The world ends at its shell: nothing is to be set aside for the plasmasphere. Its elevations
    # are those on a sphere, up to 0.2 degrees off: 0.4 TECU at 10 degrees, 0.14 ns.
    result = vtec(*files, receiver_bias="estimate", plasmasphere_share=0.0)
    assert result.receiver_bias_ns == pytest.approx(small_world.RECEIVER_NS, abs=0.2)
    assert result.receiver_bias_raised_ns == 0.0
    # A share that is set aside raises the bias, and is told.
    other = vtec(*files, receiver_bias="estimate")
    assert other.receiver_bias_ns > result.receiver_bias_ns + 0.3
    assert (result.plasmasphere_share, other.plasmasphere_share) == (0.0, 0.25)


def test_estimate_is_raised_lest_tec_be_negative(tmp_path):
    files = small_world.files(tmp_path, World(hours=7.0, vtec=-2.0))
    result = vtec(*files, receiver_bias="estimate")
    assert result.receiver_bias_raised_ns > 0.3
    assert result["vtec"].min() > -0.01


def test_given_bias(written):
    # 1 ns is 2.85 TECU of slant, and less of vertical.
    result = vtec(*written, receiver_bias=small_world.RECEIVER_NS + 1.0)
    assert result.receiver_bias_way == "given"
    assert 20.0 + 2.85 / 2.1 < float(result["vtec"].mean()) < 22.85


def bias_sinex(system: str, pair: str, receiver: bool = True) -> str:
    """The biases of the world's satellites by another system's names, as Bias-SINEX."""
    first, second = pair.split("-")
    span = "2020:001:00000 2020:002:00000"
    values = [(f"{system}{n[1:]}", "", value) for n, value in small_world.BIAS_NS.items()]
    values += [(system, "TEST", small_world.RECEIVER_NS)] if receiver else []
    lines = ["%=BIA 1.00 XXX 2020:010:00000 XXX " + span + " R 00000025", "+BIAS/SOLUTION"]
    lines += [
        f" DSB  {'':4} {satellite:3} {station:9} {first:4} {second:4} {span} ns   "
        f"{value:21.4f} {0.01:11.4f}"
        for satellite, station, value in values
    ]
    return "\n".join([*lines, "-BIAS/SOLUTION", "%=ENDBIA"]) + "\n"


@pytest.mark.parametrize(
    ("system", "codes"),
    [
        ("R", ("C1P", "C2P", "L1P", "L2P")),
        ("E", ("C1C", "C5Q", "L1C", "L5Q")),
        ("C", ("C2I", "C6I", "L2I", "L6I")),
    ],
)
def test_other_systems(tmp_path, written, system, codes):
    """The world on the frequencies of another system comes out with that system's biases alone."""
    path, orbits, biases = (tmp_path / name for name in ("x.rnx", "x.sp3", "x.BSX"))
    path.write_text(World(hours=4.0, system=system).rinex3(codes))
    orbits.write_text(small_world.sp3().replace("PG", f"P{system}"))
    biases.write_text(bias_sinex(system, f"{codes[0]}-{codes[1]}"))
    result = vtec(path, orbits, biases, systems=system)
    even(result)
    assert result.systems == system and result.receiver_bias_ns == small_world.RECEIVER_NS
    # Files that know GPS alone: no orbits, or no biases, and never a number.
    with pytest.raises(FormatError, match="orbits for the day of the observations, found none of"):
        vtec(path, written[1], biases, systems=system)
    with pytest.raises(FormatError, match=f"satellites without a bias {codes[0]}-{codes[1]}"):
        vtec(path, orbits, written[2], systems=system)


def test_biases_of_the_month_before(tmp_path):
    world = World(hours=2.0, start=dt.datetime(2020, 2, 10))
    files = small_world.files(tmp_path, world)
    files[1].write_text(small_world.sp3(world.start, zero=world.start))
    result = vtec(*files)
    even(result)
    assert result.bias_days_off == 9.5 and vtec(*small_world.files(tmp_path)).bias_days_off == 0.0
    late = World(hours=2.0, start=dt.datetime(2020, 4, 10))
    files[0].write_text(late.rinex3())
    files[1].write_text(small_world.sp3(late.start, zero=late.start))
    with pytest.raises(FormatError, match="satellites without a bias"):
        vtec(*files)


def test_a_given_bias_is_that_of_one_unit(tmp_path):
    """Of two systems the one with fewer slants has no bias, and is left out."""
    world = small_world.files(tmp_path, World(hours=4.0))
    one = observations.read(world[0])
    few = np.isin(one.satellite, ["G01", "G02", "G03"])
    one.pair = np.where(few, "C1C-C2W", one.pair)
    result = vtec(one, *world[1:], receiver_bias=small_world.RECEIVER_NS)
    even(result)
    assert not {"G01", "G02", "G03"} & set(result["satellite"].values)
    assert left_out(result)["slants without a receiver bias"] > 100
    assert json.loads(result.receiver_biases_json) == {"G C1W-C2W": small_world.RECEIVER_NS}


def test_no_second_frequency(put):
    with pytest.raises(FormatError, match="TEST.rnx: expected codes and phases on two frequencies"):
        put(World(hours=1.0).rinex3(codes=("C1W",)))


def test_c1_without_its_bias(tmp_path, written):
    path = tmp_path / "c1.rnx"
    path.write_text(World(hours=1.0, c1=True).rinex3())
    with pytest.raises(FormatError, match="satellites without a bias C1C-C2W"):
        vtec(path, written[1], written[2][0])


def test_a_day_without_orbits(tmp_path, written):
    late = tmp_path / "late.sp3"
    late.write_text(small_world.sp3(dt.datetime(2020, 1, 3)))
    with pytest.raises(FormatError, match="orbits for the day"):
        vtec(written[0], late, written[2])
    # Another day that has orbits is used, and this one skipped.
    second = tmp_path / "second.rnx"
    second.write_text(World(hours=2.0, start=dt.datetime(2020, 1, 8)).rinex3())
    result = vtec([written[0], second], *written[1:])
    even(result)
    assert "orbits for the day" in json.loads(result.skipped_json)["second.rnx"]


def test_a_satellite_without_bias_or_orbit(tmp_path, written):
    biases, orbits = tmp_path / "less.DCB", tmp_path / "less.sp3"
    biases.write_text(small_world.dcb(leave="G05"))
    orbits.write_text(small_world.sp3(leave="G06"))
    result = vtec(written[0], orbits, biases)
    even(result)
    reasons = left_out(result)
    assert reasons["slants of satellites without a bias C1W-C2W: G05"] > 100
    assert reasons["records without orbit: G06"] > 100
    assert not {"G05", "G06"} & set(result["satellite"].values)


def test_another_position(tmp_path, written):
    moved, new = tmp_path / "moved.rnx", tmp_path / "new.rnx"
    later = dt.datetime(2020, 1, 1, 6)
    moved.write_text(World(hours=1.0, site=small_world.SITE + [0, 300, 0], start=later).rinex3())
    new.write_text(World(hours=1.0, antenna="ANTENNA B", start=later).rinex3())
    result = vtec([written[0], moved], *written[1:])
    assert "300 m off" in json.loads(result.skipped_json)["moved.rnx"]
    # Another antenna has a bias of its own.
    result = vtec([written[0], new], *written[1:], receiver_bias="file")
    assert set(json.loads(result.receiver_biases_json)) == {"G C1W-C2W 0", "G C1W-C2W 1"}


def test_no_arc_goes_on_to_another_receiver(written):
    # Without a gap, and with phases that happen to go on as they were.
    one = observations.read(written[0])
    early = one.time < one.time.min() + 7200.0
    header = dataclasses.replace(one.header, antenna="ANTENNA B")
    parts = [one.take(early), dataclasses.replace(one.take(~early), header=header)]
    result = vtec(parts, *written[1:], receiver_bias="file")
    even(result)
    late = result["slant_time"].values >= np.datetime64("2020-01-01T01:59:42")
    arc = result["arc"].values
    assert late.any() and not late.all() and not set(arc[late]) & set(arc[~late])


def test_a_listed_receiver_bias_is_that_of_the_satellites_month(tmp_path):
    # A satellite is replaced: all biases of February are 2 ns lower, the receiver's 2 ns higher.
    world = World(hours=4.0, start=dt.datetime(2020, 1, 31, 22))
    files = small_world.files(tmp_path, world)
    files[1].write_text(small_world.sp3(world.start, zero=world.start))
    late = tmp_path / "late.DCB"
    late.write_text(small_world.dcb(shift=2.0).replace("MONTH 01", "MONTH 02"))
    result = vtec(*files[:2], [*files[2], late])
    even(result)
    assert result.receiver_bias_ns == pytest.approx(small_world.RECEIVER_NS + 1.0, abs=0.2)


@pytest.mark.parametrize(
    ("header", "source"),
    [(small_world.SITE * 0, "has none"), (small_world.SITE + [2e5, 0, 0], "is off")],
)
def test_a_header_without_the_position(put, header, source):
    result = put(World(hours=2.0, header_site=header).rinex3())
    assert source in result.position_source
    even(result)


def test_broken_files_are_skipped_or_end_it(tmp_path, written):
    empty, other = tmp_path / "empty.rnx", tmp_path / "other.rnx"
    empty.write_text("")
    other.write_text(World(hours=0.5, marker="ELSE").rinex3())
    result = vtec([empty, written[0], other], *written[1:])
    even(result)
    skipped = json.loads(result.skipped_json)
    assert "an empty file" in skipped["empty.rnx"]
    assert "expected the station TEST, found ELSE" in skipped["other.rnx"]
    with pytest.raises(FormatError, match="an empty file"):
        vtec([empty], *written[1:])


def test_half_file(put):
    text = World(hours=4.0).rinex3()
    result = put(text[: len(text) // 2])
    even(result)
    assert result.sizes["time"] in (8, 9)
    assert left_out(result)["epochs cut off at the end of a file"] == 1


def test_sampling(put):
    result = put(World(hours=0.5, step=1).rinex3())
    even(result)
    assert left_out(result)["epochs between multiples of 30 s"] == 1740
    even(put(World(hours=2.0, step=60).rinex3()))


def test_over_a_leap_second(tmp_path):
    start = dt.datetime(2016, 12, 31, 22)
    observations, orbits, biases = (tmp_path / name for name in ("x.rnx", "x.sp3", "x.DCB"))
    world = World(hours=4.0, start=start)
    observations.write_text(world.rinex3())
    lines = small_world.sp3(count=40).split("\n")
    moved = []
    for line in lines:
        if line.startswith("*"):
            time = dt.datetime.strptime(line[3:19], "%Y %m %d %H %M") - small_world.START + start
            line = f"*  {time:%Y %m %d %H %M}  0.00000000"
        moved.append(line)
    orbits.write_text("\n".join(moved))
    biases.write_text(small_world.dcb().replace("2020, MONTH 01", "2016, MONTH 12"))
    result = vtec(observations, orbits, biases)
    even(result)
    assert result.sizes["time"] == 17
    steps = np.diff(result["time"].values) / np.timedelta64(1, "s")
    assert (steps == 900).all()
    # 17 s before the leap second, 18 s behind it.
    times = np.unique(result["slant_time"].values)
    assert times[0] == np.datetime64("2016-12-31T21:59:43")
    assert times[-1] == np.datetime64("2017-01-01T01:59:12")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"receiver_bias": "guess"}, "known are file, map, estimate"),
        ({"receiver_bias": "map"}, "maps go with"),
        ({"maps": "x"}, "maps go with"),
        ({"cut": 1}, "unknown options cut"),
        ({"mapping": "flat"}, "unknown mapping"),
        ({"systems": "X"}, "known are GREC"),
        ({"elevation_cut_deg": 95.0}, "ranges"),
        ({"receiver_bias": "estimate"}, "needs six hours"),
    ],
)
def test_options(written, options, message):
    with pytest.raises(ConfigError, match=message):
        vtec(*written, **options)


def test_no_receiver_in_the_file(tmp_path, written):
    path = tmp_path / "less.DCB"
    path.write_text(small_world.dcb(receiver=False))
    with pytest.raises(ConfigError, match="no bias of the receiver TEST by file: in less.DCB"):
        vtec(*written[:2], path)

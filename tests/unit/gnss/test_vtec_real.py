"""Real station-days against IONOLAB's VTEC for the same files and against CODE's maps.

Limits are those that were set before the code was written (RMS 0.8 TECU to IONOLAB with the bias
of a file or a map, 1.2 with an estimate, 0.5 ns; 2 and 1.5 TECU to the maps). Only ANKR has a
published receiver bias that fits (IONOLAB -15.04 ns, CODE -14.967 ns), and ABPO in CODE's file.
"""

from __future__ import annotations

import functools
import json
import resource

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.errors import FormatError
from laicflow.gnss import geometry, global_maps, observations
from laicflow.gnss import orbits as orbit_files
from laicflow.gnss.vtec import vtec
from tests.unit.gnss.small_world import F1, F2, LIGHT, slant_factor

ANKR_NS = -15.04
STATIONS = ["ABMF00GLP", "ABPO00MDG", "AIRA00JPN", "ATRU00KAZ", "BIK000KGZ"]
WAYS = ["map", "estimate"]


def inputs(root, station, days=(1, 2, 3)):
    """Observations, orbits, biases and maps of a station."""
    if station == "ANKR":
        folder = root / "gnss" / "2015-05-19_ankr"
        biases = [folder / "P1P21505_ALL.DCB.Z", folder / "P1C11505.DCB.Z"]
        found = folder / "ankr1390.15d.Z", folder / "COD18452.EPH.Z", biases
        return *found, folder / "codg1390.15i.Z"
    folder = root / "gnss" / "2020-01"
    names = [folder / f"{station}_R_2020{day:03d}0000_01D_30S_MO.crx.gz" for day in days]
    return (
        names,
        [folder / f"COD2086{day}.EPH.Z" for day in (3, 4, 5)],
        [folder / "P1P22001_ALL.DCB.Z", folder / "P1C12001.DCB.Z"],
        [folder / f"codg{day:03d}0.20i.Z" for day in (1, 2, 3)],
    )


read = functools.cache(observations.read)


@functools.cache
def computed(root, station, way, days=(1, 2, 3)) -> xr.Dataset:
    paths, *files, maps = inputs(root, station, days)
    sources = [read(path) for path in ([paths] if station == "ANKR" else paths)]
    return vtec(sources, *files, receiver_bias=way, **({"maps": maps} if way == "map" else {}))


@functools.cache
def map_over(root, station) -> pd.Series:
    """The map over the station at the times of the series."""
    result = computed(root, station, "estimate")
    time = result["time"].values
    maps = global_maps.read(inputs(root, station)[-1])
    place = np.full(time.size, result.latitude), np.full(time.size, result.longitude)
    return pd.Series(global_maps.vertical(maps, time, *place), index=time)


def key_of(root, station) -> pd.Series:
    """IONOLAB's VTEC."""
    if station == "ANKR":
        path = root / "gnss" / "2015-05-19_ankr" / "ankr_20150519.txt"
        table = pd.read_csv(path, sep=r"\s+", comment="#", header=None, names=["time", "tec"])
        time = pd.to_datetime(table["time"], format="%Y%m%dT%H%M%S")
        return table["tec"].where(table["tec"] < 999).set_axis(time)
    table = pd.read_csv(root / "gnss" / "2020-01" / f"{station}.csv.xz")
    return table["tec"].set_axis(pd.to_datetime(table["dates"]))


def rms(difference: pd.Series) -> float:
    assert difference.notna().sum() >= 90
    return float(np.sqrt((difference**2).mean()))


@pytest.mark.parametrize(
    ("station", "way", "days"),
    [
        ("ANKR", "file", (1, 2, 3)),
        *(("ANKR", way, (1, 2, 3)) for way in WAYS),
        *((one, way, (1, 2, 3)) for one in ("ABMF00GLP", "AIRA00JPN") for way in WAYS),
        *((one, "estimate", (1,)) for one in ("ABMF00GLP", "AIRA00JPN")),
    ],
)
def test_against_ionolab(real_data, station, way, days):
    series = computed(real_data, station, way, days)["vtec"].to_series()
    off = (series - key_of(real_data, station).reindex(series.index)).dropna()
    assert rms(off) <= (1.2 if way == "estimate" else 0.8)


def test_estimated_bias_against_published(real_data):
    assert abs(computed(real_data, "ANKR", "estimate").receiver_bias_ns - ANKR_NS) <= 0.5
    assert abs(computed(real_data, "ABPO00MDG", "estimate").receiver_bias_ns - -1.8) <= 0.5


@pytest.mark.parametrize("station", STATIONS)
def test_estimated_bias_against_that_by_map(real_data, station):
    estimated, by_map = (computed(real_data, station, way).receiver_bias_ns for way in WAYS)
    assert abs(estimated - by_map) <= 0.5


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("station", ["ANKR", *STATIONS])
def test_against_the_map_over_the_station(real_data, station, way):
    series = computed(real_data, station, way)["vtec"].to_series()
    assert rms(series - map_over(real_data, station)) <= (2.0 if station == "ANKR" else 1.5)
    assert series.min() > 0.0


@pytest.mark.parametrize("way", ["file", "estimate"])
def test_the_signal_is_the_receivers_own(real_data, way):
    series = computed(real_data, "ANKR", way)["vtec"].to_series()
    field = map_over(real_data, "ANKR")
    key = key_of(real_data, "ANKR").reindex(series.index)
    assert (series - field).corr(key - field) >= 0.5


def test_added_tec_comes_out(real_data):
    """10 TECU over the station, mapped to slant and put into codes and phases."""
    path, orbits, biases, _ = inputs(real_data, "ANKR")
    plain = vtec(path, orbits, biases, receiver_bias=ANKR_NS)
    one = observations.read(path)
    names = sorted(set(one.satellite))
    times, row = np.unique(one.time, return_inverse=True)
    states, _ = orbit_files.read(orbits).states(times, names)
    place = states[row, np.searchsorted(names, one.satellite)]
    elevation, _ = geometry.directions(place, np.array(one.header.position))
    factor = [slant_factor(float(np.sin(np.radians(max(e, 0.0))))) for e in elevation]
    slant = 10.0 * 40.3082e16 * np.array(factor)
    one.code1 += slant / F1**2
    one.code2 += slant / F2**2
    one.phase1 -= slant / F1**2
    one.phase2 -= slant / F2**2
    more = vtec(one, orbits, biases, receiver_bias=ANKR_NS)
    raised = (more["vtec"] - plain["vtec"]).to_series()
    assert raised.mean() == pytest.approx(10.0, abs=0.05)
    assert raised.sub(10.0).abs().max() < 0.2


def test_change_within_an_arc_is_that_of_the_phase(real_data):
    """Geometry-free phase, worked out here, changes within an arc as the slants do."""
    result = computed(real_data, "ANKR", "file")
    one = observations.read(inputs(real_data, "ANKR")[0])
    per_tecu = 40.3082e16 * (1 / F2**2 - 1 / F1**2)
    arc = result.isel(slant=result["arc"] == result["arc"].to_series().value_counts().index[0])
    of = one.satellite == arc["satellite"].values[0]
    change = pd.Series((one.phase1 - one.phase2)[of] / per_tecu, one.time[of]).round(9)
    gps = (arc["slant_time"].values - np.datetime64("1980-01-06")) / np.timedelta64(1, "s") + 16
    wave = change.reindex(np.round(gps)).to_numpy()
    assert np.ptp(wave) > 1.0 and arc.sizes["slant"] > 100
    assert np.diff(arc["stec"].values) == pytest.approx(np.diff(wave), abs=1e-6)
    assert LIGHT / F1 == pytest.approx(0.19029, abs=1e-5)


def test_cost_of_a_station_day(real_data):
    """One core: under 3 s and 1 GB."""
    path, *files = inputs(real_data, "ABMF00GLP", (2,))[:3]

    def spent() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    before = spent()
    vtec(path, *files, receiver_bias=7.75)
    assert spent() - before < 3.0


@pytest.mark.parametrize("way", ["map", "estimate"])
def test_glonass_beside_gps(real_data, way):
    *files, maps = inputs(real_data, "ABMF00GLP", (2,))
    given = {"maps": maps} if way == "map" else {}
    result = vtec(*files, receiver_bias=way, systems="GR", **given)
    series = result["vtec"].to_series()
    off = (series - key_of(real_data, "ABMF00GLP").reindex(series.index)).dropna()
    assert rms(off) <= (0.8 if way == "map" else 1.2)
    assert set(np.unique(result["satellite"].values.astype("<U1"))) == {"G", "R"}


def test_broadcast_orbits_and_no_position(real_data, tmp_path):
    """WUHN in 2001: no biases of 2001 are here, so only the way through is checked."""
    folder = real_data / "gnss" / "2001-09-04_wuhn"
    biases = tmp_path / "zero.DCB"
    lines = [f"G{number:02d}{'':23}{0.0:10.3f}{0.0:12.3f}" for number in range(1, 33)]
    head = "CODE'S MONTHLY GPS P1-P2 DCB SOLUTION, YEAR 2001, MONTH 09\n" + "***\n"
    biases.write_text(head + "\n".join(lines) + "\n")
    result = vtec(
        folder / "wuhn2470.01o", folder / "brdc2470.01n", biases, receiver_bias="estimate"
    )
    assert result.orbits == "broadcast" and "has none" in result.position_source
    assert (result.latitude, result.longitude) == pytest.approx((30.53, 114.36), abs=0.01)
    assert result["vtec"].notnull().mean() > 0.95


def test_systems_that_the_files_do_not_know(real_data):
    """CODE's orbits and biases of 2020 have GPS and GLONASS: Galileo and BeiDou change nothing."""
    *files, _ = inputs(real_data, "ABMF00GLP", (2,))
    with_them = vtec(*files, receiver_bias="estimate", systems="GEC")
    xr.testing.assert_identical(
        with_them["vtec"], computed(real_data, "ABMF00GLP", "estimate", (2,))["vtec"]
    )
    reasons = json.loads(with_them.left_out_json)
    assert reasons["records without orbit: E01"] > 100
    for system, name in (("E", "Galileo"), ("C", "BeiDou")):
        with pytest.raises(FormatError, match=f"found none of {name}"):
            vtec(*files, receiver_bias="estimate", systems=system)


def test_a_receiver_has_a_bias_for_each_channel_of_glonass(real_data):
    """Against the GPS-only VTEC of the same days: by channel much nearer than CODE's one bias."""
    *files, maps = inputs(real_data, "ABPO00MDG")
    gps = computed(real_data, "ABPO00MDG", "map")["vtec"].to_series()
    by_channel = vtec(*files, receiver_bias="map", maps=maps, systems="R")
    listed = vtec(*files, receiver_bias="file", systems="R")
    assert set(json.loads(listed.receiver_biases_json).values()) == {-19.177}
    near, far = (rms((one["vtec"].to_series() - gps).dropna()) for one in (by_channel, listed))
    assert near < 1.0 and near < 0.6 * far
    found = json.loads(by_channel.receiver_biases_json)
    assert found["R C1P-C2P k-7"] - found["R C1P-C2P k6"] > 5.0

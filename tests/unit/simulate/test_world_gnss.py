"""Receivers of a simulated world: files as archives have them, and a truth that is in them."""

from __future__ import annotations

import hashlib
import json

import gnss_tec
import ncompress
import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.simulate import world

STATIONS = [
    {"code": "SIMA", "latitude": 35.0, "longitude": 140.0, "receiver_bias_ns": -15.0},
    {"code": "SIMB00JPN", "latitude": 40.0, "longitude": 135.0, "p1": False},
]


def options(stations, **gnss) -> dict:
    """A world of two days at the end of a year."""
    return {
        "start": "2014-12-30",
        "end": "2014-12-31",
        "grid": {"latitude": [45, 30, -2.5], "longitude": [125, 150, 5]},
        "ionosphere": {"f107_levels": [70.0, 150.0]},
        "gnss": {"stations": stations, "interval_s": 120} | gnss,
    }


def digests(folder) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        # These hold the time of writing.
        if path.is_file() and not path.name.endswith(".provenance.json")
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    given = options(STATIONS, start="2014-12-31")
    return folder, world.write_world(given, folder), given


def test_files_lie_as_in_archives(made):
    folder, summary, _ = made
    own = {name for name in digests(folder) if name.startswith("gnss/")}
    assert own == {
        "gnss/rinex/2014/365/SIMA00XXX_R_20143650000_01D_02M_MO.crx.gz",
        "gnss/rinex/2014/365/SIMB00JPN_R_20143650000_01D_02M_MO.crx.gz",
        # The day before, and the day after, in the next year.
        "gnss/orbits/2014/COD18252.EPH.Z",
        "gnss/orbits/2014/COD18253.EPH.Z",
        "gnss/orbits/2015/COD18254.EPH.Z",
        "gnss/biases/2014/P1P21412_ALL.DCB.Z",
        "gnss/biases/2014/P1C11412.DCB.Z",
        "gnss/truth/vtec.parquet",
        "gnss/truth/slips.parquet",
        "gnss/truth/gaps.parquet",
        "gnss/truth/biases.json",
    }
    assert summary["gnss"]["orbits"] == 3 and summary["gnss"]["biases"] == 2
    assert json.loads((folder / "world.json").read_text()) == summary


def test_the_truth_is_the_vtec_of_the_maps(made):
    folder, _, _ = made
    truth = pd.read_parquet(folder / "gnss" / "truth" / "vtec.parquet")
    assert len(truth) == 2 * 96 and (truth["vtec"] > 0).all()
    text = ncompress.decompress((folder / "ionex" / "code" / "CODG3650.14I.Z").read_bytes())
    lines = text.decode().splitlines()
    for code, latitude, column in [("SIMA00XXX", "35.0", 3), ("SIMB00JPN", "40.0", 2)]:
        # The first 25 rows of that latitude are TEC, hour after hour; longitudes from 125 by 5.
        at = [k for k, line in enumerate(lines) if line[60:].startswith("LAT/LON1") and
              line[2:8].strip() == latitude][:24]  # fmt: skip
        maps = np.array([float(lines[k + 1][5 * column : 5 * column + 5]) / 10 for k in at])
        own = truth[truth["station"] == code].set_index("time")["vtec"]
        hours = own[own.index.minute == 0].to_numpy()
        # The maps have 1 % of noise and are rounded to 0.1; the station's latitude is geocentric
        # there, 0.2 degrees off.
        assert hours == pytest.approx(maps, rel=0.08)
        assert np.corrcoef(hours, maps)[0, 1] > 0.998


def test_observations_hold_the_truth(made):
    """P2 - P1 read by a foreign library, less the biases published: the slant TEC of the world."""
    folder, summary, _ = made
    path = next((folder / "gnss" / "rinex").rglob("SIMA*"))
    table = gnss_tec.read_rinex_obs(path, utc=False)[1].collect().to_pandas()
    assert len(table) == summary["gnss"]["stations"]["SIMA00XXX"]["satellite_epochs"]
    text = ncompress.decompress(next(folder.rglob("P1P2*.Z")).read_bytes()).decode()
    biases = {row[:20].strip(): float(row[26:35]) for row in text.splitlines()[7:] if row}
    assert biases["G     SIMA " + next(k for k in biases if "SIMA" in k)[-9:]] == -15.0
    satellites = table["prn"].astype(str)
    total = satellites.map(biases) - 15.0
    slant = (table["C2W"] - table["C1W"] + 0.299792458 * total) / 0.105067
    truth = pd.read_parquet(folder / "gnss" / "truth" / "vtec.parquet")
    own = truth[truth["station"] == "SIMA00XXX"]
    # Strong signals come from high up, where slant TEC is 1.00 to 1.10 times the vertical one.
    high = table["S1C"] > 51.5
    times = table["time"][high].astype("datetime64[us]").astype("int64")
    vtec = np.interp(times, own["time"].astype("datetime64[us]").astype("int64"), own["vtec"])
    assert high.sum() > 300
    assert slant[high].mean() / vtec.mean() == pytest.approx(1.05, abs=0.06)


def test_satellite_biases_are_those_in_the_headers_of_the_maps(made):
    folder, summary, _ = made
    text = ncompress.decompress((folder / "ionex" / "code" / "CODG3650.14I.Z").read_bytes())
    header = {
        line[3:6]: float(line[6:16])
        for line in text.decode().splitlines()
        if line[60:].startswith("PRN / BIAS")
    }
    truth = summary["truth"]["gnss"]["satellites"]
    assert header == truth["p1p2"] and len(header) == 32
    assert sum(truth["p1c1"].values()) == pytest.approx(0, abs=0.02)
    saved = json.loads((folder / "gnss" / "truth" / "biases.json").read_text())
    assert saved["satellites"] == truth and saved["licence"] == "simulated"
    assert saved["receivers"]["SIMA00XXX"] == {"p1p2": -15.0, "p1c1": 0.0}


def test_the_same_options_give_the_same_bytes_in_any_number_of_processes(made, tmp_path):
    folder, summary, given = made
    world.write_world(given, tmp_path / "again", processes=2)
    world.write_world({**given, "gnss": {}}, tmp_path / "none")
    first, again, none = (digests(p) for p in (folder, tmp_path / "again", tmp_path / "none"))
    assert first == again
    assert {name: first[name] for name in none if name != "world.json"} == {
        name: value for name, value in none.items() if name != "world.json"
    }
    told = json.loads((tmp_path / "none" / "world.json").read_text())
    assert "gnss" not in told["options"] and "gnss" not in told


def test_old_receivers_of_a_world_without_maps(tmp_path):
    given = options(
        STATIONS[:1], rinex="2.11", packing="plain", receivers_listed=False, end="2014-12-30"
    )
    world.write_world({**given, "maps": False}, tmp_path)
    assert (tmp_path / "gnss" / "rinex" / "2014" / "364" / "sima3640.14o").exists()
    text = ncompress.decompress(next(tmp_path.rglob("P1P2*.Z")).read_bytes()).decode()
    assert "SIMA" not in text and "G32" in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (options([STATIONS[0]] * 2), "there twice"),
        (options([{"code": "SIM", "latitude": 35, "longitude": 140}]), "neither four nor nine"),
        (options([{"code": "SIMA", "latitude": 35}]), "longitude of SIMA is None"),
        (options([{"code": "SIMA", "latitude": 51, "longitude": 140}]), "outside the grid"),
        (options([{"code": "SIMA", "latitude": 35, "longitude": 151}]), "outside the grid"),
        (options([{"code": "SIMA", "antenna": 1}]), "no option 'antenna'"),
        (options(["SIMA"]), "'SIMA' is no"),
        (options(STATIONS, interval_s=7), "interval_s is 7"),
        (options(STATIONS, rinex="3.04"), "rinex is '3.04'"),
        (options(STATIONS, packing="zip"), "packing is 'zip'"),
        (options(STATIONS, elevation_min=0), "elevation_min is 0"),
        (options(STATIONS, p1c1_sd_ns=-1), "p1c1_sd_ns is -1"),
        (options(STATIONS, start="yesterday"), "start is 'yesterday'"),
        (options(STATIONS, end="2015-01-01"), "lie within the world"),
        (options(STATIONS, receiver={"code_m": -1}), "receiver.code_m is -1"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, given, message):
    with pytest.raises(ConfigError, match=message):
        world.write_world(given, tmp_path)
    assert not list(tmp_path.iterdir())

"""Days of Swarm's Langmuir probe: both baselines' names and flags, zips, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow import packing
from laicflow.errors import FormatError
from laicflow.readers import swarm_lp
from laicflow.schema import conform
from tests.unit.probe_files import swarm, zipped

OLD = "SW_OPER_EFIA_LP_1B_20160311T000000_20160311T235959_0501_MDR_EFI_LP.cdf"
NEW = "SW_OPER_EFIB_LP_1B_20240511T000000_20240511T235959_0701_MDR_EFI_LP.cdf"
# 2016-03-11 00:00:00.197 is 5,914 days and 0.197 s after 2000-01-01.
START = 5914 * 86400 + 0.197


def day(size: int, **said) -> dict:
    """Values of `size` samples flying north, all of them nominal."""
    steps = np.arange(size)
    return {
        "Latitude": 10 + 0.03 * steps,
        "Longitude": np.full(size, 20.0),
        "Radius": np.full(size, 6831200.0),
        "Ne": np.full(size, 2e5),
        "Te": np.full(size, 2500.0),
        "Flags_LP": np.full(size, 1),
        "Flags_Ne": np.full(size, 20),
        "Flags_Te": np.full(size, 20),
    } | said


@pytest.fixture
def lp(tmp_path):
    """Read a file of values."""

    def read(values: dict, name: str = OLD, **said) -> pd.DataFrame:
        seconds = START + 0.5 * np.arange(len(values["Ne"]))
        if "seconds" in said:
            seconds = START + np.array(said.pop("seconds"))
        return swarm_lp.read(swarm(tmp_path / name, seconds, values, **said))

    return read


def refused(call) -> str:
    with pytest.raises(FormatError) as caught:
        call()
    return str(caught.value).split(": ", 1)[1]


def test_a_day(lp):
    table = lp(day(3, Longitude=np.array([179.99, 180.0, -179.99])))
    pd.testing.assert_frame_equal(table, conform(table, "probes"))
    assert table["time"].to_numpy().astype(str).tolist() == [
        "2016-03-11T00:00:00.197000",
        "2016-03-11T00:00:00.697000",
        "2016-03-11T00:00:01.197000",
    ]
    assert table["altitude_km"].to_numpy() == pytest.approx([460.0] * 3)
    assert table["longitude"].to_numpy() == pytest.approx([179.99, -180.0, -179.99])
    assert table["local_time"].iloc[0] == pytest.approx(12.0, abs=2e-3)
    assert set(table["satellite"]) == {"A"} and set(table["orbit"]) == {-1}
    assert table["direction"].tolist() == [1, 1, 1] and table["quality"].tolist() == [0, 0, 0]
    np.testing.assert_array_equal(table["ne"], np.float32(2e5))
    assert (table.attrs["baseline"], table.attrs["density"]) == ("06", "Ne")
    assert table.attrs["units"] == {"ne": "cm-3", "te": "K"}


def test_more_than_a_real_file_holds_is_refused(lp, monkeypatch):
    monkeypatch.setattr(packing, "FREE", 20)
    monkeypatch.setattr(packing, "RATIO", 0)
    assert "bytes come out of" in refused(lambda: lp(day(3)))


def test_flags_up_to_baseline_06(lp):
    """Table of SW_EFIx_LP_1B of the handbook, as it stood for baseline 06."""
    density = [10, 19, 20, 30, 40, 99]
    temperature = [10, 19, 20, 12, 15, 22, 25, 32, 35, 36, 40, 41, 44, 46]
    size = len(temperature)
    ne_flags = np.array(density + [20] * (size - len(density)))
    table = lp(day(size, Flags_Ne=ne_flags, Flags_Te=np.array(temperature)))
    assert np.isfinite(table["ne"]).tolist() == [True] * 4 + [False] * 2 + [True] * (size - 6)
    assert np.isfinite(table["te"]).tolist() == [True] * 3 + [False] * (size - 3)
    # 4 beside the low gain; 1 and 2 where density and temperature are masked.
    assert table["quality"].tolist() == [0, 0, 0, 2 + 4, 3, 3] + [2] * (size - 6)
    counts = table.attrs["counts"]
    assert (counts["ne_flagged"], counts["te_flagged"], counts["sweeps"]) == (2, 11, 0)


def test_flags_of_baseline_07(lp):
    """Table 6-4 of SW_EFIx_LP_1B of the handbook."""
    flags = np.array([10, 19, 20, 21, 22, 23, 30, 40])
    table = lp(day(8, Flags_Ne=flags, Flags_Te=flags), NEW, new=True)
    good = [True] * 4 + [False] * 2 + [True, False]
    assert np.isfinite(table["ne"]).tolist() == np.isfinite(table["te"]).tolist() == good
    assert table["quality"].tolist() == [0, 0, 0, 0, 3, 3, 4, 3]
    assert set(table["satellite"]) == {"B"}
    assert (table.attrs["baseline"], table.attrs["density"]) == ("07", "N_ion")


@pytest.mark.parametrize(("new", "partly"), [(False, 3), (True, 5)])
def test_sweeps_are_left_out_and_low_gain_is_marked(lp, new, partly):
    flags = np.array([1, 9, partly, 9, 1, 7])
    table = lp(day(6, Flags_LP=flags), "a_SW_OPER_EFIC_LP_1B.cdf", new=new)
    assert table["time"].dt.microsecond.tolist() == [197000, 197000, 197000, 697000]
    assert table["quality"].tolist() == [0, 4, 0, 3]
    assert table.attrs["counts"]["sweeps"] == 2 and table.attrs["counts"]["noisy"] == 1


def test_values_beyond_any_plasma_are_masked(lp):
    table = lp(day(4, Ne=np.array([-3.0, 2e5, 2e5, 2e8]), Te=np.array([2e3, 5e4, 50.0, 2e3])))
    assert table["quality"].tolist() == [1, 2, 2, 1]


def test_a_pass_begins_where_the_satellite_turns(lp):
    latitude = np.array([87.30, 87.33, 87.34, 87.33, 87.30, 87.2])
    table = lp(day(6, Latitude=latitude))
    assert table["direction"].tolist() == [1, 1, 0, 0, 0, 0]
    assert table["quality"].tolist() == [0, 0, 8, 0, 0, 0]


def test_directions_do_not_reach_over_a_gap(lp):
    values = day(5, Latitude=np.array([10.0, 10.03, 80.0, 79.97, 10.0]))
    table = lp(values, seconds=[0, 0.5, 2000, 2000.5, 5000])
    # The last sample has no neighbour.
    assert table["direction"].tolist() == [1, 1, 0, 0, -1]


def test_a_zip_gives_the_same(lp, tmp_path):
    plain = lp(day(4))
    content = zipped((tmp_path / OLD).read_bytes(), OLD, **{OLD.replace(".cdf", ".HDR"): b"<a/>"})
    path = tmp_path / "SW_OPER_EFIA_LP_1B_20160311T000000_20160311T235959_0501.CDF.ZIP"
    path.write_bytes(content)
    pd.testing.assert_frame_equal(swarm_lp.read(path), plain, check_flags=False)
    path.write_bytes(content[:-30])
    assert refused(lambda: swarm_lp.read(path)).startswith("expected a sound zip archive")
    broken = bytearray(content)
    broken[200] ^= 0xFF
    path.write_bytes(bytes(broken))
    assert refused(lambda: swarm_lp.read(path)).startswith("expected a sound zip archive")
    path.write_bytes(zipped(b"x", "a.txt"))
    assert refused(lambda: swarm_lp.read(path)) == (
        "expected one CDF file in the zip archive, found a.txt"
    )


def test_the_satellite_is_what_the_file_says(lp, tmp_path):
    said = {"ORIGINAL_PRODUCT_NAMES": "SW_OPER_EFIC_LP_1B_20160311T000000_20160311T235959_0501"}
    assert set(lp(day(2), "any.cdf", attributes=said)["satellite"]) == {"C"}
    assert refused(lambda: lp(day(2), OLD, attributes=said)) == (
        "expected one satellite A, B or C, found C by its attributes, A by its name"
    )
    assert refused(lambda: lp(day(2), "any.cdf")).endswith("A, B or C, found none")


def test_another_instrument_under_a_right_name(lp):
    magnetic = {"Latitude": np.zeros(2), "Ne": np.zeros(2), "F": np.zeros(2)}
    assert refused(lambda: lp(magnetic)) == (
        "expected Ne, Te or N_ion, T_elec and Flags_LP of Swarm's Langmuir probe, found the "
        "variables F, Latitude, Ne, Timestamp"
    )
    values = day(2)
    del values["Radius"]
    assert refused(lambda: lp(values)).startswith("expected the variables Radius, found Flags_LP")
    assert refused(lambda: lp(day(3, Te=np.zeros(2)))) == (
        "expected 3 values of Te, one a time, found (2,)"
    )


def test_wrong_units_and_magnitudes(lp):
    assert refused(lambda: lp(day(3, Ne=np.full(3, 2e11)))) == (
        "expected Ne in cm-3, as the file says, found a median of 2e+11, the magnitude of m-3"
    )
    assert refused(lambda: lp(day(3, Ne=np.full(3, 2e11)), units={"Ne": "m-3"})) == (
        "expected Ne in cm-3, found the unit 'm-3'"
    )
    assert (
        refused(lambda: lp(day(3), units={"Te": "eV"})) == "expected Te in K, found the unit 'eV'"
    )
    assert refused(lambda: lp(day(3, Radius=np.full(3, 6831.2)))) == (
        "expected radii of 6.5e6 to 7.5e6 m, found a median of 6831.2"
    )


def test_damaged_files(lp, tmp_path):
    lp(day(500))
    content = (tmp_path / OLD).read_bytes()
    path = tmp_path / OLD
    path.write_bytes(content[:-1])
    assert refused(lambda: swarm_lp.read(path)) == (
        f"expected a CDF file of {len(content)} bytes, found {len(content) - 1}"
    )
    for wrong, found in ((b"<!DOCTYPE html><html>", "an HTML page"), (b"", "b''")):
        path.write_bytes(wrong)
        assert refused(lambda: swarm_lp.read(path)) == f"expected a CDF file, found {found}"


def test_times_that_run_backwards_are_counted(lp):
    table = lp(day(3), seconds=[1.0, 0.5, 1.5])
    assert table.attrs["counts"]["backwards"] == 1

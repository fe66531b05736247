"""The container of CSES files: a real one of the magnetometer, and other spellings."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import cses_hdf5, cses_lap

REAL = "satellite/CSES_01_HPM_5_L02_A2_096791_20191101_001933_20191101_005555_000.h5"


@pytest.fixture
def file(tmp_path):
    """Open a file of datasets, and of attributes by dataset ("" for the file's own)."""
    opened = []

    def make(data: dict | None = None, **attributes: dict) -> h5py.File:
        path = tmp_path / f"{len(opened)}.h5"
        with h5py.File(path, "w") as new:
            for name, values in (data or {}).items():
                new[name] = values
            for name, said in attributes.items():
                holder = new if name == "root" else new[name]
                for key, value in said.items():
                    holder.attrs[key] = value
        opened.append(h5py.File(path))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def said(call) -> str:
    with pytest.raises(FormatError) as caught:
        call()
    return str(caught.value).split(": ", 1)[1]


def test_a_real_file(real_data):
    path = real_data / REAL
    with cses_hdf5.opened(path) as real:
        times = cses_hdf5.times(real, path)
        # The first and last UTC_TIME, read with h5dump: 20191101002108000 and 20191101005546000.
        assert str(times[0]) == "2019-11-01T00:21:08.000000"
        assert str(times[-1]) == "2019-11-01T00:55:46.000000"
        assert (np.diff(times) == np.timedelta64(1, "s")).all() and times.size == 2079
        verse = np.datetime64("2009-01-01") + real["VERSE_TIME"][:, 0].astype("timedelta64[ms]")
        assert (verse == times).all()
        assert cses_hdf5.orbit(real, path) == (9679, 1)
        latitude = cses_hdf5.values(real["GEO_LAT"], path)
        assert latitude[[0, -1]] == pytest.approx([-64.85268, 64.35448], abs=1e-5)
        assert latitude.shape == (2079,) and latitude.dtype == "float32"
        units = [cses_hdf5.unit(real[name]) for name in ("GEO_LAT", "A221", "FLAG_MT", "q_SIM_ECI")]
        assert units == ["deg", "nT", "none", ""]
        assert cses_hdf5.attribute(real["A221"], "FILLVALUE") == -999999.0
        assert cses_hdf5.attribute(real, "SOFTVERSION") == "V1.0"
        text = said(lambda: cses_hdf5.values(real["B_FGM"], path))
        assert text == "expected one value a sample in B_FGM, found the shape (2079, 3)"


def test_a_real_file_of_another_payload_under_a_right_name(real_data, tmp_path):
    content = (real_data / REAL).read_bytes()
    path = tmp_path / "CSES_01_LAP_1_L02_A3_096791_20191101_001933_20191101_005555_000.h5"
    path.write_bytes(content)
    text = said(lambda: cses_lap.read(path))
    assert text.startswith("expected A311, A321 of CSES's Langmuir probe, found the variables A221")
    path.write_bytes(content[: len(content) // 2])
    assert "truncated file" in said(lambda: cses_lap.read(path))


@pytest.mark.parametrize(
    "value", ["mV/m", np.bytes_(b"mV/m"), np.array([b"mV/m"]), np.array(["mV/m"], dtype=object)]
)
@pytest.mark.parametrize("name", ["Units", "units", "Unit", "unit", "UNITS"])
def test_units_in_every_spelling(file, name, value):
    opened = file({"A": [1.0]}, A={name: value})
    assert cses_hdf5.unit(opened["A"]) == "mV/m"


def test_units_that_are_none(file):
    opened = file({"A": [1.0], "B": [1.0]}, A={"Units": h5py.Empty("S1")})
    assert cses_hdf5.unit(opened["A"]) == cses_hdf5.unit(opened["B"]) == ""
    opened = file({"A": [0.0]}, A={"FillValue": h5py.Empty("f8")})
    assert cses_hdf5.values(opened["A"], "a.h5").tolist() == [0.0]


@pytest.mark.parametrize(
    ("number", "kind", "wanted"),
    [
        (np.bytes_(b"009679"), np.bytes_(b"1"), (9679, 1)),
        (np.array([27262]), np.array([0]), (27262, 0)),
        (np.int32(27262), "0", (27262, 0)),
        (np.array([b"27262"]), np.array([b"1\x00"]), (27262, 1)),
    ],
)
def test_orbit_numbers(file, number, kind, wanted):
    opened = file(root={"ORBITNUM": number, "OrbitType": kind})
    assert cses_hdf5.orbit(opened, "a.h5") == wanted


def test_orbit_numbers_that_are_none(file):
    assert cses_hdf5.orbit(file(), "a.h5") == (-1, -1)
    for name, value in (("ORBITNUM", "none"), ("ORBITTYPE", 2), ("ORBITNUM", -5)):
        opened = file(root={name: value})
        text = said(lambda opened=opened: cses_hdf5.orbit(opened, "a.h5"))
        assert name in text and repr(value) in text


def test_fill_values(file):
    data = {"A": np.array([[1.5], [-9999.0]], dtype="float32"), "B": np.array([7, -9999])}
    opened = file(data, A={"FillValue": np.array([-9999.0])}, B={"FillValue": np.bytes_(b"-9999")})
    np.testing.assert_array_equal(cses_hdf5.values(opened["A"], "a.h5"), [1.5, np.nan])
    np.testing.assert_array_equal(cses_hdf5.values(opened["B"], "a.h5"), [7.0, np.nan])
    assert (
        said(lambda: cses_hdf5.dataset(opened, "C", "a.h5"))
        == "expected the variable C, found A, B"
    )


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", ">f8", "<i8", ">i8", ">i4", "<i2", ">f2"])
def test_types_and_byte_orders(file, kind):
    data = {"A": np.array([[1.5], [-300.0], [7.0]]).astype(kind)}
    for fill in (np.array([-300.0], dtype=kind), np.array(-300, dtype=kind), np.array([b"-300"])):
        found = cses_hdf5.values(file(data, A={"FillValue": fill})["A"], "a.h5")
        first = 1.0 if "i" in kind else 1.5
        np.testing.assert_array_equal(found, [first, np.nan, 7.0])
        assert found.dtype.isnative


def test_unsigned_numbers_keep_their_greatest(file):
    for kind in ("<u4", ">u8", "u1"):
        most = np.iinfo(kind).max
        opened = file({"A": np.array([most, 0], dtype=kind)})
        assert cses_hdf5.values(opened["A"], "a.h5").tolist() == [float(most), 0.0]


def test_compressed_datasets(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as new:
        values = np.arange(5000.0)[:, None]
        new.create_dataset("A", data=values, chunks=(700, 1), compression="gzip", shuffle=True)
    with cses_hdf5.opened(tmp_path / "a.h5") as opened:
        found = cses_hdf5.values(cses_hdf5.dataset(opened, "A", "a.h5"), "a.h5")
    assert found.tolist() == list(range(5000))


def test_a_file_is_closed_again(tmp_path):
    """Whether it was read or refused: another one can be written in its place."""
    path = tmp_path / "a.h5"
    for attempt in range(3):
        with h5py.File(path, "w") as new:
            new["A"] = np.array([float(attempt)])
        if attempt:
            with pytest.raises(FormatError) as caught, cses_hdf5.opened(path) as opened:
                held = cses_hdf5.dataset(opened, "A", path)
                cses_hdf5.dataset(opened, "B", path)
            assert held is not None and "the variable B" in str(caught.value)
        else:
            with cses_hdf5.opened(path) as opened:
                assert cses_hdf5.values(opened["A"], path).tolist() == [attempt]


def test_times(file):
    utc = np.array([[20191101002108123], [-9999], [20161231235960000]])
    opened = file({"UTC_TIME": utc}, UTC_TIME={"FillValue": np.array([-9999.0])})
    found = cses_hdf5.times(opened, "a.h5").astype(str).tolist()
    assert found == ["2019-11-01T00:21:08.123000", "NaT", "2017-01-01T00:00:00.000000"]
    # 341799668000 ms, as the real file has it beside 20191101002108000.
    opened = file({"VERSE_TIME": np.array([[341799668000], [-9999]])})
    found = cses_hdf5.times(opened, "a.h5").astype(str).tolist()
    assert found == ["2019-11-01T00:21:08.000000", "NaT"]
    both = {"UTC_TIME": np.array([-9999]), "VERSE_TIME": np.array([341799668000])}
    assert str(cses_hdf5.times(file(both), "a.h5")[0]) == "2019-11-01T00:21:08.000000"


def test_times_that_are_none(file):
    text = said(lambda: cses_hdf5.times(file({"A": [1]}), "a.h5"))
    assert text == "expected variables UTC_TIME or VERSE_TIME, found A"
    text = said(lambda: cses_hdf5.times(file({"UTC_TIME": [20191301002108000]}), "a.h5"))
    assert text == ("expected a date and time in UTC_TIME, found 2019-13-1-0-21-8-0 in sample 1")
    text = said(lambda: cses_hdf5.times(file({"UTC_TIME": [20190229000000000]}), "a.h5"))
    assert "2019-2-29" in text
    # GPS time runs 18 s ahead of UTC: a file in it is refused.
    both = {"UTC_TIME": [20191101002108000], "VERSE_TIME": [341799686000]}
    assert said(lambda: cses_hdf5.times(file(both), "a.h5")) == (
        "expected VERSE_TIME 2019-11-01T00:21:08.000000, as UTC_TIME, found "
        "2019-11-01T00:21:26.000000 in sample 1"
    )


def test_what_is_no_hdf5(tmp_path):
    path = tmp_path / "a.h5"
    for content, found in (
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b"\xcd\xf3\x00\x01rest", r"the first bytes b'\xcd\xf3\x00\x01rest'"),
    ):
        path.write_bytes(content)
        with pytest.raises(FormatError) as caught, cses_hdf5.opened(path):
            pass
        assert str(caught.value).endswith(f"expected a sound HDF5 file, found {found}")
    with pytest.raises(FileNotFoundError), cses_hdf5.opened(tmp_path / "none.h5"):
        pass

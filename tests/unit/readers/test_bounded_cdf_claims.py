"""CDF files that say more records, dimensions or blocks than they have: no value is made up."""

from __future__ import annotations

from pathlib import Path

import cdflib
import numpy as np
import pytest
from cdflib import cdfwrite

from laicflow.errors import FormatError
from laicflow.readers import bounded_cdf, swarm_lp
from tests.unit.probe_files import swarm

DOUBLE = 45
NAME = "SW_OPER_EFIA_LP_1B_20140101T000000_20140101T235959_0501.cdf"


def made(path: Path, values: object, *, sparse: str = "no_sparse", **spec: object) -> Path:
    """A CDF with one variable X."""
    path.unlink(missing_ok=True)
    file = cdfwrite.CDF(path)
    own = {"Variable": "X", "Data_Type": DOUBLE, "Num_Elements": 1, "Rec_Vary": True}
    own |= {"Dim_Sizes": [], "Sparse": sparse, "Compress": 0} | spec
    file.write_var(own, {"UNITS": "nT"}, values)
    file.close()
    return path


def patched(path: Path, place: int, number: int, size: int = 4) -> Path:
    """The file with another number at a place."""
    data = bytearray(path.read_bytes())
    data[place : place + size] = number.to_bytes(size, "big")
    path.write_bytes(data)
    return path


def place_of(path: Path) -> int:
    """Where the VDR of X begins."""
    return cdflib.CDF(path)._first_zvariable


# What cdflib makes of records that are not there, of 1, 2, 3 at the records 0, 1 and 4.
@pytest.mark.parametrize(
    ("sparse", "made_up"), [("pad_sparse", -1.0e30), ("prev_sparse", 2.0)], ids=["pad", "previous"]
)
def test_sparse_records_are_refused(tmp_path, sparse, made_up):
    values = [[0, 1, 4], np.array([1.0, 2.0, 3.0])]
    path = made(tmp_path / "a.cdf", values, sparse=sparse)
    assert cdflib.CDF(path).varget("X").tolist() == [1.0, 2.0, made_up, made_up, 3.0]
    with pytest.raises(OSError, match="X says 5 records, of which the file has the first 2, then"):
        bounded_cdf.CDF(path).varget("X")


@pytest.mark.parametrize("sparse", ["pad_sparse", "prev_sparse"])
def test_a_sparse_variable_without_a_gap_reads(tmp_path, sparse):
    path = made(tmp_path / "a.cdf", [[0, 1, 2], np.array([1.0, 2.0, 3.0])], sparse=sparse)
    assert bounded_cdf.CDF(path).varget("X").tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("last", [10, 1_000_000, 2**31 - 1])
def test_more_records_than_were_written_are_refused(tmp_path, last):
    path = made(tmp_path / "a.cdf", np.arange(1.0, 11.0))
    place = place_of(path)
    patched(path, place + 24, last)  # MaxRec
    assert cdflib.CDF(path).vdr_info("X").max_rec == last
    if last == 10:
        # What cdflib makes of it: no number of the file is left.
        assert not cdflib.CDF(path).varget("X").any()
    told = f"X says {last + 1} records, of which the file has the first 10"
    with pytest.raises(OSError, match=told):
        bounded_cdf.CDF(path).varget("X")


def test_an_index_that_begins_later_or_a_block_of_another_size_is_refused(tmp_path):
    path = made(tmp_path / "a.cdf", np.arange(1.0, 11.0))
    index = cdflib.CDF(path).vdr_info("X").head_vxr
    whole = path.read_bytes()
    patched(path, index + 28, 3)  # the first record of the only block
    with pytest.raises(OSError, match="X says 10 records, of which the file has the first 0"):
        bounded_cdf.CDF(path).varget("X")
    path.write_bytes(whole)
    patched(path, place_of(path) + 24, 11)
    entries = int.from_bytes(whole[index + 20 : index + 24], "big")
    patched(path, index + 28 + 4 * entries, 11)  # its last record
    with pytest.raises(OSError, match="a block of 80 bytes of values, expected 96 by its index"):
        bounded_cdf.CDF(path).varget("X")


def test_more_dimensions_than_the_format_has_are_refused(tmp_path):
    path = made(tmp_path / "a.cdf", np.arange(10.0))
    patched(path, place_of(path) + 340, 2**31 - 1)
    with pytest.raises(OSError, match="2147483647 dimensions of a variable, at most 10"):
        bounded_cdf.CDF(path).varget("X")
    path = made(tmp_path / "b.cdf", np.arange(10.0))
    general = int.from_bytes(path.read_bytes()[20:28], "big")
    patched(path, general + 56, 2**31 - 1)  # those of all rVariables
    with pytest.raises(OSError, match="2147483647 dimensions"):
        bounded_cdf.CDF(path)
    path = made(tmp_path / "c.cdf", np.arange(12.0).reshape(2, 3, 2), Dim_Sizes=[3, 2])
    assert bounded_cdf.CDF(path).varget("X").shape == (2, 3, 2)


def test_records_that_name_each_other_end(tmp_path, monkeypatch):
    """A variable that is its own next one, two thousand million times."""
    monkeypatch.setattr(bounded_cdf, "READS", 1000)
    path = made(tmp_path / "a.cdf", np.arange(10.0))
    place = place_of(path)
    patched(path, place + 12, place, 8)
    general = int.from_bytes(path.read_bytes()[20:28], "big")
    patched(path, general + 60, 2**31 - 1)
    with pytest.raises(OSError, match="more reads than a file of"):
        bounded_cdf.CDF(path).cdf_info()


def test_a_record_that_says_it_is_huge_takes_no_room(tmp_path):
    path = made(tmp_path / "a.cdf", np.arange(10.0))
    patched(path, place_of(path), 2**62, 8)
    assert bounded_cdf.CDF(path).varget("X").tolist() == list(range(10))


def test_the_reader_of_swarm_names_file_and_variable(tmp_path):
    seconds = [441763200.0 + 0.5 * one for one in range(4)]
    values = {"Ne": [1e5] * 4, "Te": [2e3] * 4, "Flags_LP": [1] * 4, "Flags_Ne": [20] * 4}
    values |= {"Flags_Te": [20] * 4, "Latitude": [0.0, 0.1, 0.2, 0.3], "Longitude": [10.0] * 4}
    path = swarm(tmp_path / NAME, seconds, {**values, "Radius": [6.83e6] * 4})
    assert len(swarm_lp.read(path)) == 4
    place = cdflib.CDF(path)
    for number in range(len(place.cdf_info().zVariables)):
        where = place._first_zvariable
        for _ in range(number):
            where = int.from_bytes(path.read_bytes()[where + 12 : where + 20], "big")
        patched(path, where + 24, 9)
    with pytest.raises(FormatError) as caught:
        swarm_lp.read(path)
    assert caught.value.path == path and caught.value.expected == "a sound CDF file"
    assert "Timestamp says 10 records, of which the file has the first 4" in str(caught.value)

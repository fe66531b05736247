"""CDF files that unpack to more than real files hold, made here by hand and by cdflib's writer."""

from __future__ import annotations

import gzip
from pathlib import Path

import cdflib
import numpy as np
import pytest
from cdflib import cdfread, cdfwrite

from laicflow import packing
from laicflow.readers import bounded_cdf
from tests.unit.probe_files import RLE, compressed, zeros

DOUBLE = 45


def made(path: Path, values: np.ndarray, *, compress: int = 6) -> Path:
    """A CDF with one variable X, whose blocks of values are compressed."""
    file = cdfwrite.CDF(path)
    spec = {
        "Variable": "X",
        "Data_Type": DOUBLE,
        "Num_Elements": 1,
        "Rec_Vary": True,
        "Dim_Sizes": [],
        "Compress": compress,
    }
    file.write_var(spec, None, values)
    file.close()
    return path


@pytest.fixture
def small(monkeypatch):
    """A bound of some kilobytes in place of 100 MB."""
    monkeypatch.setattr(packing, "FREE", 20_000)
    monkeypatch.setattr(packing, "RATIO", 2)


def test_what_is_within_the_bound_reads_as_with_cdflib(tmp_path):
    values = np.sin(np.arange(5000))
    path = made(tmp_path / "a.cdf", values)
    np.testing.assert_array_equal(bounded_cdf.CDF(path).varget("X"), values)
    plain = made(tmp_path / "b.cdf", values, compress=0).read_bytes()
    whole = tmp_path / "c.cdf"
    whole.write_bytes(compressed(gzip.compress(plain[8:])))
    # That these bytes are a compressed CDF says cdflib itself.
    for reader in (cdflib.CDF, bounded_cdf.CDF):
        np.testing.assert_array_equal(reader(whole).varget("X"), values)
    runs = b"".join(b"\0\0" if byte == 0 else bytes([byte]) for byte in plain[8:])
    whole.write_bytes(compressed(runs, RLE))
    for reader in (cdflib.CDF, bounded_cdf.CDF):
        np.testing.assert_array_equal(reader(whole).varget("X"), values)


def test_a_file_compressed_as_a_whole_ends_at_the_bound(tmp_path):
    path = tmp_path / "bomb.cdf"
    path.write_bytes(compressed(zeros(130_000_000)))
    assert path.stat().st_size < 200_000
    with pytest.raises(packing.TooLargeError, match="100,000,000 bytes come out of"):
        bounded_cdf.CDF(path)


def test_runs_of_zeros_end_at_the_bound(tmp_path, small):
    path = tmp_path / "bomb.cdf"
    path.write_bytes(compressed(b"\0\xff" * 100, RLE))
    # 25,600 zeros.
    with pytest.raises(packing.TooLargeError):
        bounded_cdf.CDF(path)


def test_blocks_of_values_end_at_the_bound(tmp_path, small):
    path = made(tmp_path / "bomb.cdf", np.zeros(4000))
    assert path.stat().st_size < 10_000
    with pytest.raises(packing.TooLargeError):
        bounded_cdf.CDF(path).varget("X")
    # Of several reads together too.
    file = bounded_cdf.CDF(made(tmp_path / "twice.cdf", np.zeros(2000)))
    assert file.varget("X").size == 2000
    with pytest.raises(packing.TooLargeError):
        file.varget("X")


def test_a_block_that_holds_more_than_its_variable_says_ends_at_the_bound(tmp_path, small):
    """The number of records of the variable says 10, its block holds 4000."""
    path = made(tmp_path / "bomb.cdf", np.zeros(4000))
    place = cdflib.CDF(path).vdr_info("X")
    data = bytearray(path.read_bytes())
    last = (3999).to_bytes(4, "big")
    # MaxRec of the variable, and the last record of its only block.
    data = data.replace(last, (9).to_bytes(4, "big"))
    path.write_bytes(data)
    assert place.max_rec == 3999 and cdflib.CDF(path).vdr_info("X").max_rec == 9
    with pytest.raises(packing.TooLargeError):
        bounded_cdf.CDF(path).varget("X")


def test_an_index_names_no_more_blocks_than_there_is_room_for(tmp_path):
    path = made(tmp_path / "a.cdf", np.arange(10.0))
    head = cdflib.CDF(path).vdr_info("X").head_vxr
    data = bytearray(path.read_bytes())
    assert int.from_bytes(data[head + 24 : head + 28], "big") == 1
    data[head + 24 : head + 28] = (1_000_000_000).to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(OSError, match="an index of 1000000000 blocks"):
        bounded_cdf.CDF(path).varget("X")


def test_cdflib_calls_its_unpacker_by_the_name_that_is_replaced():
    assert cdfread.gzip_inflate is packing.gunzip
    assert "gzip_inflate" in cdfread.CDF._uncompress_file.__code__.co_names
    assert "gzip_inflate" in cdfread.CDF._read_vvr_block.__code__.co_names

"""What comes out of a compression ends, and no name in an archive is a path."""

from __future__ import annotations

import gzip
import io
import pickle
import zipfile
import zlib
from pathlib import Path

import ncompress
import pytest

from laicflow import packing
from laicflow.checks.common import Asked, UnlikeError
from laicflow.checks.probes import swarm_lp as check_swarm
from laicflow.errors import FormatError
from laicflow.fetch_checks import decompress
from laicflow.readers import archived, cses_hdf5, raw, swarm_lp

TEXT = b"12.5 13.0\n" * 1000
# 200 MB of zeros in 200 kB, in members of 10 MB; the same as .Z, whose ratio is greater still.
GZIP_BOMB = gzip.compress(bytes(10_000_000), mtime=0) * 20


@pytest.fixture(scope="module")
def lzw_bomb() -> bytes:
    return ncompress.compress(bytes(packing.FREE + 10_000_000))


@pytest.fixture
def put(tmp_path):
    """Write bytes under a name of the temporary folder."""

    def write(content: bytes, name: str = "file") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def zipped(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


@pytest.fixture(scope="module")
def zip_bomb() -> bytes:
    return zipped("a.min", bytes(packing.FREE + 10_000_000))


def test_bounds():
    assert packing.allowed(10) == packing.FREE
    assert packing.allowed(5_000_000) == 500_000_000
    assert packing.allowed(10**9) == packing.MOST


def test_what_is_sound_comes_out_whole():
    assert packing.gunzip(gzip.compress(TEXT)) == TEXT
    assert packing.gunzip(gzip.compress(TEXT) * 3 + b"\0" * 512) == TEXT * 3
    assert packing.uncompress(ncompress.compress(TEXT)) == TEXT
    whole = gzip.compress(TEXT)
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    assert b"".join(packing.gunzipped(pieces)) == TEXT
    assert b"".join(packing.gunzipped([whole[:9], whole[9:] + whole[:5], whole[5:]])) == TEXT * 2
    for method in packing.METHODS:
        with zipfile.ZipFile(io.BytesIO(zipped("a", TEXT, method))) as archive:
            assert packing.member(archive, "a") == TEXT


def test_what_is_cut_or_damaged_is_refused():
    whole = gzip.compress(TEXT)
    for piece in (whole[:1], whole[:12], whole[:-1], whole + whole[:-1]):
        with pytest.raises(EOFError):
            packing.gunzip(piece)
    with pytest.raises(EOFError):
        list(packing.gunzipped([whole[:-1]]))
    with pytest.raises(zlib.error):
        packing.gunzip(whole[:-6] + b"\0\0" + whole[-4:])
    with pytest.raises(OSError, match="gzip"):
        packing.gunzip(whole + b"more")


def test_bombs_go_off_nowhere(put, lzw_bomb, zip_bomb):
    assert len(GZIP_BOMB) < 200_000 and len(zip_bomb) < 120_000 and len(lzw_bomb) < 50_000
    told = "come out of"
    for bomb in (GZIP_BOMB, lzw_bomb, zip_bomb, gzip.compress(zip_bomb)):
        with pytest.raises(FormatError, match=told):
            archived.read_bytes(put(bomb, "a.gz"))
    for bomb in (GZIP_BOMB, lzw_bomb):
        with pytest.raises(FormatError, match=told):
            raw.read_bytes(put(bomb, "a"))
        for name in ("a.gz", "a.Z"):
            with pytest.raises(UnlikeError, match=told):
                decompress(bomb, name)
    with pytest.raises(packing.TooLargeError):
        list(packing.gunzipped([GZIP_BOMB[:9000], GZIP_BOMB[9000:]] + [GZIP_BOMB] * 20))


def test_a_large_file_of_numbers_is_no_bomb(monkeypatch):
    """Twice and more of what is free, at the ratio of texts of numbers."""
    monkeypatch.setattr(packing, "FREE", 100_000)
    body = "".join(f"{number * 7919 % 1000:5d}" for number in range(60_000)).encode()
    for pack, unpack in (
        (gzip.compress, packing.gunzip),
        (ncompress.compress, packing.uncompress),
    ):
        assert len(body) > 2 * packing.FREE
        assert unpack(pack(body)) == body


def lie(archive: bytes, size: int) -> bytes:
    """A zip archive that tells another size of what is in its member, in both places."""
    told = len(TEXT).to_bytes(4, "little")
    assert archive.count(told) == 2
    return archive.replace(told, size.to_bytes(4, "little"))


def test_a_zip_that_lies_about_its_size_gives_what_its_checksum_says_or_nothing(put):
    with pytest.raises(FormatError, match="zip archive"):
        archived.read_bytes(put(lie(zipped("a.min", TEXT), 10)))
    assert archived.read_bytes(put(lie(zipped("a.min", TEXT), 2**31))) == TEXT


def test_methods_that_no_archive_uses_are_refused(put):
    with pytest.raises(FormatError, match="neither stored nor deflated"):
        archived.read_bytes(put(zipped("a.min", TEXT, zipfile.ZIP_LZMA)))


@pytest.mark.parametrize("name", ["../evil", "/evil", "../../../../evil.cdf", "a/../../evil.cdf"])
def test_a_name_in_an_archive_is_no_path(put, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    path = put(zipped(name, TEXT), "a.zip")
    assert archived.read_bytes(path) == TEXT
    if name.endswith("cdf"):
        with pytest.raises(FormatError, match="a CDF file"):
            swarm_lp.read(path)
        with pytest.raises(UnlikeError):
            asked = Asked(name="a.zip", check="swarm_lp", first=None, last=None)
            check_swarm(path.read_bytes(), asked)
    assert sorted(set(tmp_path.rglob("*")) - {path}) == before
    assert not (tmp_path.parent / "evil").exists() and not (tmp_path.parent / "evil.cdf").exists()


def test_a_swarm_archive_that_is_a_bomb(put):
    path = put(zipped("a.cdf", bytes(packing.FREE + 10_000_000)), "a.zip")
    with pytest.raises(FormatError, match="come out of"):
        swarm_lp.read(path)


def test_an_hdf5_file_that_claims_more_than_it_holds(tmp_path):
    import h5py

    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("UTC_TIME", shape=(10**12, 1), dtype="i8", chunks=(1000, 1))
    assert path.stat().st_size < 10_000
    with cses_hdf5.opened(path) as file, pytest.raises(FormatError, match="1,000,000,000,000"):
        cses_hdf5.times(file, path)


def test_the_error_travels_between_processes():
    error = pickle.loads(pickle.dumps(packing.TooLargeError(7)))
    assert str(error) == str(packing.TooLargeError(7)) and error.packed == 7

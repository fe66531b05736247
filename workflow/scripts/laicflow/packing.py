"""Unpacking that ends: gzip, Unix compress and zip, up to a size that no real file goes beyond.

A few hundred kilobytes can hold gigabytes of one byte; what came from outside must not fill the
memory of a job. Nothing is ever unpacked under a name that stands in an archive.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator

import ncompress

# So many bytes may come out of any file; beyond that so many times those that went in, and never
# more than the most. A day of IONEX unpacks to 1 MB, one of RINEX at 1 s to 0.3 GB, and texts of
# numbers to 3 to 20 times their size.
FREE = 100_000_000
RATIO = 100
MOST = 1_000_000_000
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class TooLargeError(ValueError):
    """More comes out of a compression than a real file holds."""

    def __init__(self, packed: int) -> None:
        self.packed = packed
        super().__init__(
            f"more than {allowed(packed):,} bytes come out of {packed:,}, as of no real file"
        )

    def __reduce__(self) -> tuple:
        """Let the error travel between processes."""
        return type(self), (self.packed,)


def allowed(packed: int) -> int:
    """The bytes that may come out of `packed` bytes."""
    return min(MOST, max(FREE, RATIO * packed))


def gunzip(data: bytes) -> bytes:
    """The content of a gzip file, of all its members.

    Raises
    ------
    TooLargeError : see `allowed`
    EOFError : it ends early
    OSError, zlib.error : it is damaged
    """
    most = allowed(len(data))
    first = zlib.decompressobj(wbits=31)
    content = first.decompress(data, most + 1)
    if not first.eof and len(content) <= most:
        raise EOFError("the gzip stream ends early")
    rest = first.unused_data.lstrip(b"\0")
    if rest and len(content) <= most:
        with gzip.GzipFile(fileobj=io.BytesIO(rest)) as others:
            content += others.read(most + 1 - len(content))
    if len(content) > most:
        raise TooLargeError(len(data))
    return content


def gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip stream, of all its members, unpacked piece by piece.

    Raises
    ------
    TooLargeError : see `allowed`
    EOFError : it ends early
    zlib.error : it is damaged
    """
    unpack = zlib.decompressobj(wbits=31)
    came = made = 0
    for piece in pieces:
        came += len(piece)
        while piece:
            if unpack.eof:
                unpack = zlib.decompressobj(wbits=31)
            content = unpack.decompress(piece, FREE)
            made += len(content)
            if made > allowed(came):
                raise TooLargeError(came)
            yield content
            piece = unpack.unused_data.lstrip(b"\0") if unpack.eof else unpack.unconsumed_tail
    if not unpack.eof:
        raise EOFError("the gzip stream ends early")


class _Bounded(io.BytesIO):
    """Takes so many bytes and no more."""

    def __init__(self, packed: int) -> None:
        super().__init__()
        self.packed, self.left = packed, allowed(packed)

    def write(self, data: bytes) -> int:
        """As that of BytesIO."""
        self.left -= len(data)
        if self.left < 0:
            raise TooLargeError(self.packed)
        return super().write(data)


def uncompress(data: bytes) -> bytes:
    """The content of a Unix compress file (`.Z`).

    Raises
    ------
    TooLargeError : see `allowed`
    OSError, ValueError : it is damaged
    """
    content = _Bounded(len(data))
    ncompress.decompress(data, content)
    return content.getvalue()


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The content of a member of a zip archive.

    Raises
    ------
    BadZipFile : it is damaged, larger than `allowed`, or packed otherwise than zip archives are
    RuntimeError, EOFError, zlib.error : as of zipfile
    """
    told = archive.getinfo(name)
    if told.compress_type not in METHODS:
        raise zipfile.BadZipFile(f"method {told.compress_type} is neither stored nor deflated")
    most = allowed(told.compress_size)
    with archive.open(told) as handle:
        content = handle.read(most + 1)
    if len(content) > most:
        raise zipfile.BadZipFile(str(TooLargeError(told.compress_size)))
    return content

"""CDF files as cdflib reads them, of which no more comes out than they hold, or than real files do.

Format: CDF Internal Format Description, version 3.9 (CCR and CVVR: compressed files and blocks of
values; VXR: the index of a variable's blocks; GDR and VDR: what a file says of its variables). A
file of kilobytes may hold gigabytes there, name one block a million times, or say more records
than it has; cdflib itself sets no bound.

Records that were never written, of a sparse variable or behind the last one, cdflib makes up as
zeros, pad values or copies of the record before. No value is made up here: such a file is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

import cdflib
import numpy as np
from cdflib import cdfread

from laicflow import packing

# For all of this process, under the name that cdflib's reader calls it by.
cdfread.gzip_inflate = packing.gunzip
# A zero and the byte behind it stand for so many zeros and one.
_RUN = re.compile(rb"\0(.)", re.DOTALL)
# Bytes that a block of values takes at least (its size, its type), by the version of the format;
# and where an index of blocks says how many it names.
_BLOCK = {3: 12, 2: 8}
_USED = {3: slice(24, 28), 2: slice(16, 20)}
# Most dimensions of a variable (CDF_MAX_DIMS), and where a GDR and the VDR of a zVariable say how
# many they have; those of version 2 before 2.5 are 128 bytes longer.
MOST_DIMENSIONS = 10
_OF_GDR = {3: 56, 2: 36}
_OF_VDR = {3: 340, 2: 128}
_TYPE = {3: 8, 2: 4}
_ZVDR, _OLDER = 8, 128
# So often may be read of any file, and beyond that once in so many bytes; to look an attribute of a
# variable up takes one or two for each attribute and entry.
READS, BYTES_A_READ = 1_000_000, 100


class _Counted:
    """A file of which only so much can be asked: records may name each other in a circle."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._left = READS + size // BYTES_A_READ

    def read(self, size: int = -1) -> bytes:
        """As of the file; room is made for no more than the file has."""
        self._left -= 1
        if self._left < 0:
            raise OSError(f"more reads than a file of {self._size} bytes can have records for")
        return self._file.read(min(size, self._size))

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


class CDF(cdflib.CDF):
    """A CDF file; what is asked of it raises TooLargeError beyond `packing.allowed` of its size.

    The bound is on a compressed file as a whole, and on the values of all variables that are read
    from one object together. OSError is raised where a file says more dimensions, records or
    blocks than it has, where a block is not of its records' size, and where records name each
    other without end.
    """

    def __init__(self, path: str | Path) -> None:
        self._packed = Path(path).stat().st_size
        self._left = packing.allowed(self._packed)
        self._sizes: dict[int, int] = {}
        super().__init__(path)
        self._f = _Counted(self._f, Path(self.file).stat().st_size)

    def _uncompress_rle(self, data: bytes) -> bytearray:
        """Runs of zeros, of a compressed file."""
        size = len(data) + sum(run[1][0] - 1 for run in _RUN.finditer(data))
        if size > packing.allowed(self._packed):
            raise packing.TooLargeError(self._packed)
        return super()._uncompress_rle(data)

    def _read_gdr(self, byte_loc: int) -> object:
        """What the file says of all its variables, of version 3."""
        self._check_dimensions(byte_loc + _OF_GDR[3])
        return super()._read_gdr(byte_loc)

    def _read_gdr2(self, byte_loc: int) -> object:
        """What the file says of all its variables, of version 2."""
        self._check_dimensions(byte_loc + _OF_GDR[2])
        return super()._read_gdr2(byte_loc)

    def _read_vdr3(self, byte_loc: int) -> object:
        """What the file says of a variable, of version 3."""
        if self._number(byte_loc + _TYPE[3]) == _ZVDR:
            self._check_dimensions(byte_loc + _OF_VDR[3])
        return super()._read_vdr3(byte_loc)

    def _read_vdr2(self, byte_loc: int) -> object:
        """What the file says of a variable, of version 2."""
        if self._number(byte_loc + _TYPE[2]) == _ZVDR:
            self._check_dimensions(byte_loc + _OF_VDR[2] + (0 if self._post25 else _OLDER))
        return super()._read_vdr2(byte_loc)

    def _number(self, place: int) -> int:
        """Four bytes of the file."""
        self._f.seek(place)
        return int.from_bytes(self._f.read(4), "big")

    def _check_dimensions(self, place: int) -> None:
        """Refuse more dimensions than the format has: cdflib would count up to them."""
        if (found := self._number(place)) > MOST_DIMENSIONS:
            raise OSError(f"{found} dimensions of a variable, at most {MOST_DIMENSIONS} can be")

    def _read_vvrs(
        self, vdr: object, places: list[int], starts: list[int], ends: list[int], *span: int
    ) -> str | np.ndarray:
        """The values of a variable, for which cdflib makes room at once."""
        first, last = span
        _check_cover(vdr, starts, ends, last)
        size = self._type_size(vdr.data_type, vdr.num_elements) * self._num_values(vdr)
        if size * (last - first + 1) > self._left:
            raise packing.TooLargeError(self._packed)
        held = [size * (end - start + 1) for start, end in zip(starts, ends, strict=True)]
        self._sizes = dict(zip(places, held, strict=True))
        return super()._read_vvrs(vdr, places, starts, ends, *span)

    def _read_vvr_block(self, offset: int) -> bytes:
        """A block of values, of version 3."""
        return self._taken(super()._read_vvr_block(offset), offset)

    def _read_vvr_block2(self, offset: int) -> bytes:
        """A block of values, of version 2."""
        return self._taken(super()._read_vvr_block2(offset), offset)

    def _taken(self, block: bytes, offset: int) -> bytes:
        """A block that is within the bound and of its records' size: cdflib joins them as are."""
        self._left -= len(block)
        if self._left < 0:
            raise packing.TooLargeError(self._packed)
        if len(block) != self._sizes[offset]:
            expected = f"expected {self._sizes[offset]} by its index"
            raise OSError(f"a block of {len(block)} bytes of values, {expected}")
        return block

    def _read_vxrs(self, byte_loc: int, **found: list[int]) -> tuple[list[int], ...]:
        """Where the blocks of a variable are, of version 3."""
        self._check_index(byte_loc, 3, found)
        return super()._read_vxrs(byte_loc, **found)

    def _read_vxrs2(self, byte_loc: int, **found: list[int]) -> tuple[list[int], ...]:
        """Where the blocks of a variable are, of version 2."""
        self._check_index(byte_loc, 2, found)
        return super()._read_vxrs2(byte_loc, **found)

    def _check_index(self, byte_loc: int, version: int, found: dict[str, list[int]]) -> None:
        """Refuse more blocks than the file has room for."""
        self._f.seek(byte_loc)
        used = int.from_bytes(self._f.read(_USED[version].stop)[_USED[version]], "big")
        size = Path(self.file).stat().st_size
        if len(found.get("vvr_offsets", [])) + used > size // _BLOCK[version]:
            raise OSError(f"an index of {used} blocks in a file of {size} bytes")


def _check_cover(vdr: object, starts: list[int], ends: list[int], last: int) -> None:
    """Refuse a variable of which not all records up to `last` were written, in their order."""
    written = 0
    for start, end in zip(starts, ends, strict=True):
        if start != written or end < start:
            break
        written = end + 1
    if written <= last:
        raise OSError(
            f"{vdr.name} says {last + 1} records, of which the file has the first {written}, then "
            "a gap (sparse records, or a damaged index)"
        )

"""CDF files as cdflib reads them, of which no more comes out than real files hold.

Format: CDF Internal Format Description, version 3.9 (CCR and CVVR: compressed files and blocks of
values; VXR: the index of a variable's blocks). A file of kilobytes may hold gigabytes there, or
name one block a million times; cdflib itself sets no bound.
"""

from __future__ import annotations

import re
from pathlib import Path

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


class CDF(cdflib.CDF):
    """A CDF file; what is asked of it raises TooLargeError beyond `packing.allowed` of its size.

    The bound is on a compressed file as a whole, and on the values of all variables that are read
    from one object together.
    """

    def __init__(self, path: str | Path) -> None:
        self._packed = Path(path).stat().st_size
        self._left = packing.allowed(self._packed)
        super().__init__(path)

    def _uncompress_rle(self, data: bytes) -> bytearray:
        """Runs of zeros, of a compressed file."""
        size = len(data) + sum(run[1][0] - 1 for run in _RUN.finditer(data))
        if size > packing.allowed(self._packed):
            raise packing.TooLargeError(self._packed)
        return super()._uncompress_rle(data)

    def _read_vvrs(self, vdr: object, *places: object) -> str | np.ndarray:
        """The values of a variable, for which cdflib makes room at once."""
        first, last = places[-2:]
        size = self._type_size(vdr.data_type, vdr.num_elements) * self._num_values(vdr)
        if size * (last - first + 1) > self._left:
            raise packing.TooLargeError(self._packed)
        return super()._read_vvrs(vdr, *places)

    def _read_vvr_block(self, offset: int) -> bytes:
        """A block of values, of version 3."""
        return self._taken(super()._read_vvr_block(offset))

    def _read_vvr_block2(self, offset: int) -> bytes:
        """A block of values, of version 2."""
        return self._taken(super()._read_vvr_block2(offset))

    def _taken(self, block: bytes) -> bytes:
        """A block that is within the bound."""
        self._left -= len(block)
        if self._left < 0:
            raise packing.TooLargeError(self._packed)
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

"""Files that may also come inside a zip archive, as data portals pack what they are asked for."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

from laicflow import packing
from laicflow.errors import FormatError
from laicflow.readers import raw

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")  # an archive, and one without members


def read_bytes(path: str | Path) -> bytes:
    """As `raw.read_bytes`; a zip archive gives its only member, uncompressed in turn.

    Raises
    ------
    FormatError : as `raw.read_bytes`; the archive is damaged, locked or holds not just one file
        (a file is read whole, so several of them have to be unpacked first)
    """
    data = raw.read_bytes(path)
    if not data.startswith(_ZIP):
        return data
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [one.filename for one in archive.infolist() if not one.is_dir()]
            if len(names) != 1:
                shown = ", ".join(names[:5])
                raise FormatError(path, None, "a zip archive of one file", f"{len(names)}: {shown}")
            data = packing.member(archive, names[0])
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as error:
        raise FormatError(path, None, "a sound zip archive", error) from error
    if not data:
        raise FormatError(path, None, "content inside the zip archive", "an empty file")
    data = raw.decompress(data, path)
    if raw.is_page(data):
        raise FormatError(path, None, "data inside the zip archive", "an HTML page")
    return data

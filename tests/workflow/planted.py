"""Three planted logins, and where in a folder they stand, compressed content included."""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# Name and password; characters that are written otherwise in a URL are among them.
LOGINS = {
    "cses_lap": ("cses-user@institute.example", "cses/pass@w0rd:x"),
    "code": ("netrc-user-name", "netrc-pass-w0rd"),
    "kyoto_dst": ("base-user-name", "base/pass@w0rd"),
}
# A run of base64, as of a data: URI or of a name in Snakemake's own folder.
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
PNG = b"\x89PNG\r\n\x1a\n"
# Of these nothing is kept in clear: columns of numbers say no login.
WORDS = (pa.types.is_floating, pa.types.is_integer, pa.types.is_boolean, pa.types.is_timestamp)


def spellings() -> list[bytes]:
    """Every way in which a name or a password could stand somewhere."""
    found = []
    for name, word in LOGINS.values():
        both = f"{name}:{word}".encode()
        texts = (name, word, *(quote(one, safe=kept) for one in (name, word) for kept in ("", "/")))
        found += [text.encode() for text in texts]
        found += [base64.b64encode(both), base64.b64encode(word.encode())]
    return sorted(set(found))


def said(text: str | bytes, words: Sequence[bytes] = ()) -> list[bytes]:
    """The logins, or `words`, that a text repeats."""
    content = text.encode() if isinstance(text, str) else text
    return [secret for secret in words or spellings() if secret in content]


def leaks(*folders: Path, leave: tuple[Path, ...] = (), words: Sequence[bytes] = ()) -> list[str]:
    """The files, names included, in which a login stands, in clear or in what can be unpacked.

    With `words`, the files in which one of them does.
    """
    found = set()
    words = words or spellings()
    for folder in folders:
        files = [path for path in folder.rglob("*") if path.is_file() and path not in leave]
        assert files, folder
        for path in files:
            if any(said(one, words) for one in (str(path).encode(), *contents(path.read_bytes()))):
                found.add(str(path))
    return sorted(found)


def contents(data: bytes, depth: int = 4) -> Iterator[bytes]:
    """Bytes, and all that they hold packed: by what they are, never by a name."""
    yield data
    if depth == 0:
        return
    for kind, unpack in KINDS.items():
        if data.startswith(kind):
            for inner in unpack(data):
                yield from contents(inner, depth - 1)
            return
    yield unquote_to_bytes(data) if b"%" in data else b""
    for run in BASE64.findall(data) if b"\0" not in data[:1024] else []:
        with contextlib.suppress(binascii.Error, ValueError):
            whole = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            yield from contents(base64.b64decode(whole + b"=" * (-len(whole) % 4)), depth - 1)


def _table(data: bytes) -> Iterator[bytes]:
    """Metadata of a parquet file and its columns but numbers and times."""
    file = pq.ParquetFile(io.BytesIO(data))
    yield from (part for pair in (file.metadata.metadata or {}).items() for part in pair)
    table = file.read()
    for field in table.schema:
        yield repr((field.name, field.metadata)).encode()
        if not any(is_kind(field.type) for is_kind in WORDS):
            yield "\n".join(map(str, table[field.name].to_pylist())).encode()


def _arrays(data: bytes) -> Iterator[bytes]:
    """Attributes of a NetCDF or HDF5 file and of its variables and groups, and their texts."""
    with netCDF4.Dataset("memory", memory=data) as file:
        groups = [file]
        while groups:
            group = groups.pop()
            groups += group.groups.values()
            for holder in (group, *group.variables.values()):
                told = {name: holder.getncattr(name) for name in holder.ncattrs()}
                yield "\n".join(f"{name} {value}" for name, value in told.items()).encode()
            for variable in group.variables.values():
                if variable.dtype is str or variable.dtype.kind in "SU":
                    values = np.ma.filled(variable[:], "" if variable.dtype is str else b"")
                    yield "\n".join(map(str, np.ravel(values))).encode()
                    yield np.asarray(values).tobytes() if values.dtype.kind == "S" else b""


def _picture(data: bytes) -> Iterator[bytes]:
    """The texts of a PNG, compressed or not (PNG specification, chunks zTXt and iTXt)."""
    place = len(PNG)
    while place < len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + size]
        place += size + 12
        if kind == b"zTXt":
            yield zlib.decompress(body.split(b"\0", 1)[1][1:])
        elif kind == b"iTXt":
            packed, text = body.split(b"\0", 1)[1][0], body.split(b"\0", 1)[1][2:].split(b"\0", 2)
            yield zlib.decompress(text[2]) if packed else text[2]
        elif kind == b"eXIf":
            yield body


def _archive(data: bytes) -> Iterator[bytes]:
    """The members of a zip archive, as the weights of a network are one, and its comments."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        yield archive.comment
        for told in archive.infolist():
            yield told.filename.encode() + told.comment
            yield archive.read(told)


# What can be unpacked, by how it begins.
KINDS = {
    b"PAR1": _table,
    b"\x89HDF\r\n\x1a\n": _arrays,
    b"CDF": _arrays,
    PNG: _picture,
    b"PK\x03\x04": _archive,
    b"\x1f\x8b": lambda data: [gzip.decompress(data)],
}

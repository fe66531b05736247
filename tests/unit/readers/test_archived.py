"""Files inside zip archives."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest

from laicflow.errors import FormatError
from laicflow.readers import archived


def zipped(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"data",
        gzip.compress(b"data"),
        zipped(("a.min", b"data")),
        zipped(("folder/", b""), ("folder/a.min", gzip.compress(b"data"))),
        gzip.compress(zipped(("a.min", b"data"))),
    ],
)
def test_content(put, content):
    assert archived.read_bytes(put(content, "a.min")) == b"data"


LONG = zipped(("a.min", bytes(range(256)) * 8))


@pytest.mark.parametrize(
    ("content", "expected", "found"),
    [
        (zipped(), "a zip archive of one file", "0: "),
        (
            zipped(("a.min", b"a"), ("b.min", b"b")),
            "a zip archive of one file",
            "2: a.min, b.min",
        ),
        (LONG[:-30], "a sound zip archive", "not a zip file"),
        (LONG[:60] + b"\xff" * 20 + LONG[80:], "a sound zip archive", ""),
        (zipped(("a.min", b"")), "content inside the zip archive", "an empty file"),
        (zipped(("a.min", b"<html><body>no</body></html>")), "data inside", "an HTML page"),
        (b"", "content", "an empty file"),
    ],
)
def test_faults_are_refused(put, content, expected, found):
    path = put(content)
    with pytest.raises(FormatError) as caught:
        archived.read_bytes(path)
    assert caught.value.path == path
    assert expected in caught.value.expected
    assert found in str(caught.value.found)

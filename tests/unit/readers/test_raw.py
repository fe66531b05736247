"""Content by magic bytes, and what is refused."""

from __future__ import annotations

import gzip

import ncompress
import pytest

from laicflow.errors import FormatError
from laicflow.readers import raw

TEXT = b"first\nsecond\n" * 50
LOGIN = b"""<!DOCTYPE html>
<html><head><title>Earthdata
  Login</title></head><body>sign in</body></html>"""


@pytest.mark.parametrize("name", ["a.Z", "a.gz", "a.txt"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, ncompress.compress])
def test_compression_is_told_by_bytes_and_not_by_name(put, name, pack):
    assert raw.read_bytes(put(pack(TEXT), name)) == TEXT


@pytest.mark.parametrize("pack", [bytes, gzip.compress, ncompress.compress])
def test_a_page_is_refused_wherever_it_hides(put, pack):
    with pytest.raises(FormatError, match="login or error page: 'Earthdata Login'"):
        raw.read_bytes(put(pack(LOGIN), "codg0010.16i.Z"))


@pytest.mark.parametrize(
    "page",
    [
        b"\xef\xbb\xbf \n<HTML lang='en'><p>",
        b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>",
        b"<!-- banner -->\n<head>",
    ],
)
def test_pages_of_other_kinds(page):
    assert raw.is_page(page)


def test_xml_and_texts_that_speak_of_html_are_no_pages():
    assert not raw.is_page(b"<?xml version='1.0'?><q:quakeml></q:quakeml>")
    assert not raw.is_page(b"a text about <html> pages")


@pytest.mark.parametrize(
    "content",
    [b"", gzip.compress(b"", mtime=0), ncompress.compress(b"a")[:3]],
    ids=["empty", "gz", "Z"],
)
def test_nothing_is_refused(put, content):
    with pytest.raises(FormatError, match="empty file|nothing"):
        raw.read_bytes(put(content))


def test_every_cut_of_a_gzip_file_is_refused(put):
    whole = gzip.compress(TEXT)
    for length in range(2, len(whole)):
        with pytest.raises(FormatError, match="ends early"):
            raw.read_bytes(put(whole[:length]))


def test_broken_compression_is_refused(put):
    spoilt = bytearray(gzip.compress(TEXT))
    spoilt[-6] ^= 0xFF  # a byte of the checksum
    with pytest.raises(FormatError, match="sound compressed data"):
        raw.read_bytes(put(bytes(spoilt)))
    with pytest.raises(FormatError, match="sound compressed data"):
        raw.read_bytes(put(b"\x1f\x9d\x90" + b"\xff" * 40))
    with pytest.raises(FormatError, match="sound compressed data"):
        raw.read_bytes(put(gzip.compress(TEXT) + b"more"))


def test_lines_lose_their_ends_and_the_byte_order_mark(put):
    assert raw.read_lines(put(b"\xef\xbb\xbfone\r\ntwo\n\nfour")) == ["one", "two", "", "four"]
    assert raw.read_lines(put(b"one\n")) == ["one"]


def test_bytes_of_another_encoding_are_refused_with_their_line(put):
    with pytest.raises(FormatError) as caught:
        raw.read_lines(put("one\nn\xe9e\n".encode("latin-1")))
    assert caught.value.line == 2

"""Rows by column name and line number."""

from __future__ import annotations

import pytest

from laicflow.errors import FormatError
from laicflow.readers import delimited


def rows(text: str, columns=("b", "a")):
    return list(delimited.rows(text, "f.csv", columns))


def test_columns_come_in_the_order_asked_for_with_their_lines():
    assert rows("a,x,b\n1,2,3\n\n4,5,6\n") == [(2, ["3", "1"]), (4, ["6", "4"])]


def test_a_quoted_cell_may_hold_commas_and_lines():
    assert rows('a,b\n"1,2","3\n4"\n5,6\n') == [(2, ["3\n4", "1,2"]), (4, ["6", "5"])]


def test_a_header_alone_has_no_rows():
    assert rows("a,b\n") == []


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("a,c\n1,2\n", 1, "a column 'b'"),
        ("a,b,a\n1,2,3\n", 1, "a column 'a'"),
        ("\n", 1, "a column 'b'"),
        ("a,b,c\n1,2,3\n4,5\n", 3, "3 cells"),
        ("a,b,c\n1,2,3,4\n", 2, "3 cells"),
        ('a,b,c\n1,2,3\n4,"5,6\n', 3, "comma-separated cells"),
    ],
)
def test_what_is_refused(text, line, expected):
    with pytest.raises(FormatError) as caught:
        rows(text)
    assert (caught.value.line, caught.value.expected) == (line, expected)


def test_a_last_line_without_end_counts_only_where_its_last_cell_is_not_read():
    assert rows("a,b,c\n1,2,3") == [(2, ["2", "1"])]
    with pytest.raises(FormatError) as caught:
        rows("c,a,b\n1,2,34\n5,6,7")
    assert caught.value.line == 3


def test_a_file_may_have_a_byte_order_mark_and_cr_lf(put):
    path = put(b"\xef\xbb\xbfa,b\r\n1,2\r\n")
    assert list(delimited.read_rows(path, ("a", "b"))) == [(2, ["1", "2"])]

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import ConfigError
from laicflow.sources.request import Request, bounds, cut, days, partitions

D = dt.date


def test_months_of_a_period_over_new_year():
    # The 55 days of 2000-11-21..2001-01-14 touch three months.
    assert partitions("month", D(2000, 11, 21), D(2001, 1, 14)) == ["2000-11", "2000-12", "2001-01"]


def test_years_and_all():
    assert partitions("year", D(1999, 12, 31), D(2001, 1, 1)) == ["1999", "2000", "2001"]
    assert partitions("all", D(1999, 12, 31), D(2001, 1, 1)) == ["all"]


def test_partitions_cover_every_day_once():
    first, last = D(1999, 11, 30), D(2004, 3, 1)
    for kind in ("month", "year"):
        found = []
        for name in partitions(kind, first, last):
            found += days(*cut(name, first, last))
        assert found == [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]


def test_a_kind_that_is_not_known_and_a_period_that_ends_before_it_starts():
    with pytest.raises(ConfigError, match="'week'"):
        partitions("week", D(2001, 1, 1), D(2001, 1, 2))
    with pytest.raises(ConfigError, match=r"2001-01-02\.\.2001-01-01"):
        partitions("month", D(2001, 1, 2), D(2001, 1, 1))


def test_bounds_know_leap_years():
    assert bounds("2000-02") == (D(2000, 2, 1), D(2000, 2, 29))
    assert bounds("1900-02") == (D(1900, 2, 1), D(1900, 2, 28))
    assert bounds("2001") == (D(2001, 1, 1), D(2001, 12, 31))


@pytest.mark.parametrize("name", ["2001-13", "01", "2001-1", "everything", ""])
def test_bounds_refuse_what_is_no_partition(name):
    with pytest.raises(ConfigError, match="expected a month"):
        bounds(name)


def test_cut_is_none_outside():
    assert cut("2001-01", D(2001, 2, 1), D(2001, 3, 1)) is None
    assert cut("2001-01", D(2000, 1, 1), D(2001, 1, 14)) == (D(2001, 1, 1), D(2001, 1, 14))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("2001/014/jplg0140.01i.Z", "jplg0140.01i.Z"),
        ("y2001/JPLG0140.01I.gz", "jplg0140.01i.gz"),
        ("jplg0140.01i", "jplg0140.01i"),
        ("query?format=csv&x=a.gz", "jplg0140.01i.Z"),
    ],
)
def test_the_name_on_disk_is_one_whatever_the_mirror_calls_the_file(path, expected):
    assert Request("2001/014/jplg0140.01i.Z", "jplg0140.01i.Z").name_for(path) == expected

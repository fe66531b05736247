"""Is this the radiation that was asked for: what is taken, and what is refused in which words."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow import fetch_checks
from laicflow.checks.common import Asked, UnlikeError
from tests.unit.olr_files import put

D = dt.date
FIRST, LAST = D(2016, 1, 1), D(2016, 1, 5)
PRODUCTS = ("cdr", "interpolated", "uninterpolated")


def asked(check: str, first=FIRST, last=LAST, closed=True) -> Asked:
    return Asked(name="olr.day.mean.nc", check=check, first=first, last=last, closed=closed)


def refused(content: bytes, what: Asked) -> str:
    with pytest.raises(UnlikeError) as caught:
        fetch_checks.check(what.check)(content, what)
    return str(caught.value)


@pytest.fixture
def body(tmp_path):
    """The bytes of a file of five days, or of what is said."""

    def of(product="cdr", first=FIRST, days=5, **said):
        return put(tmp_path / "one.nc", first, days, product, **said).read_bytes()

    return of


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_product_passes_its_own_check_and_no_other(body, product):
    content = body(product)
    for other in PRODUCTS:
        what = asked(f"olr_{other}")
        if other == product:
            fetch_checks.check(what.check)(content, what)
        else:
            told = refused(content, what)
            assert told == f"expected OLR of the product {other}, found {product}"
    fetch_checks.check("olr_own")(content, asked("olr_own"))


def test_days_that_are_not_there(body):
    content = body()
    assert refused(content, asked("olr_cdr", last=D(2016, 1, 6))) == (
        "truncated: expected days until 2016-01-06, the last is 2016-01-05"
    )
    # The upstream may still add it.
    fetch_checks.check("olr_cdr")(content, asked("olr_cdr", last=D(2016, 1, 6), closed=False))
    for check in ("olr_cdr", "olr_own"):
        told = refused(content, asked(check, D(2015, 1, 1), D(2015, 12, 31)))
        assert told == ("expected days of 2015-01-01 to 2015-12-31, found 2016-01-01 to 2016-01-05")
    # A day that is missing before the last is for cleaning to count.
    fetch_checks.check("olr_cdr")(body(skipped=(2,)), asked("olr_cdr"))


def test_what_is_no_sound_file_of_radiation(body):
    content = body(days=40)
    assert refused(content[: len(content) // 2], asked("olr_cdr")).startswith(
        "expected a sound NetCDF file, found"
    )
    assert "found an HTML page" in refused(b"<!DOCTYPE html><html>login", asked("olr_cdr"))
    assert "a grid of 2.5 degrees" in refused(
        body("interpolated", grid=([41.5, 40.5], [79.5, 80.5])), asked("olr_interpolated")
    )

"""Checks of files of minutes: what must be refused before a download gets its name."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.checks.common import Asked, HollowError, UnlikeError
from laicflow.checks.minutes import iaga2002, iaga2002_own
from tests.unit.minutes_files import MISSING, flat, hollow
from tests.unit.minutes_files import iaga2002 as text

D = dt.date
DAY = D(2003, 12, 31)


def asked(first=DAY, last=None, **said) -> Asked:
    return Asked("a.min", "iaga2002", first, last or first, **({"observatory": "ESK"} | said))


def refused(content: bytes, check=iaga2002, **said) -> str:
    with pytest.raises(UnlikeError) as caught:
        check(content, asked(**said))
    return str(caught.value)


@pytest.mark.parametrize("check", [iaga2002, iaga2002_own])
def test_what_both_take_and_refuse(check):
    good = text(DAY, 2)
    check(good, asked(last=D(2004, 1, 1)))
    check(b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n"), asked(last=D(2004, 1, 1)))
    check(good, asked(last=D(2004, 1, 1), observatory=""))
    assert refused(text(DAY, code="LER"), check) == (
        "expected observatory ESK, its header says LER"
    )
    assert "found 2003-12-30 to 2003-12-30" in refused(text(D(2003, 12, 30)), check)
    assert "the interval 'HOUR'" in refused(text(DAY, interval="HOUR"), check)
    assert refused(b"time,X\n", check).startswith("expected the line Format IAGA-2002")
    assert "no record follows" in refused(good[: good.index(b"2003-12-31 00:00")], check)


@pytest.mark.parametrize("lost", [1, 3, 9, 25, 60])
def test_a_last_record_that_is_cut(lost):
    whole = text(DAY).rstrip(b"\n")
    iaga2002(whole, asked())
    told = refused(whole[:-lost])
    assert told.startswith(("truncated: its last record", "expected a record of a minute"))


def test_a_service_answers_the_span_and_nothing_else():
    two = text(DAY, 2)
    assert "expected records of 2003-12-31 to 2003-12-31, found" in refused(two)
    end = two.index(b"2004-01-01 12:00")
    assert "until 2004-01-01 23:59, found 2004-01-01 11:59" in refused(
        two[:end], last=D(2004, 1, 1)
    )
    iaga2002(two[:end], asked(last=D(2004, 1, 1), closed=False))


def test_a_file_without_any_value_is_none_of_a_service():
    with pytest.raises(HollowError, match="no value of ESK"):
        iaga2002(hollow(DAY), asked())
    values = [flat(MISSING), flat(MISSING), flat(MISSING), flat(88888.0)]
    with pytest.raises(HollowError):
        iaga2002(text(DAY, values=values), asked())
    one = [lambda minute: 5.0 if minute == 1439 else MISSING, *values[1:]]
    iaga2002(text(DAY, values=one), asked())
    iaga2002_own(hollow(DAY), asked())


def test_a_file_of_ones_own_may_hold_more_and_less():
    two = text(DAY, 2)
    iaga2002_own(two, asked())
    iaga2002_own(two[: two.index(b"2004-01-01 12:00")], asked(last=D(2004, 1, 31)))


def test_real_files(real_data):
    folder = real_data / "geomag"
    for name, code, first in (
        ("esk_2003_definitive_minute/esk20031029dmin.min", "ESK", D(2003, 10, 29)),
        ("gaps/kou20170319vmin.min", "KOU", D(2017, 3, 19)),
        ("bou_2014-11/bou20141103vmin.min", "BOU", D(2014, 11, 3)),
    ):
        iaga2002((folder / name).read_bytes(), asked(first, observatory=code))
    month = (folder / "cbi_mmb_2011-03/cbi_march_2011.txt").read_bytes()
    iaga2002(month, asked(D(2011, 3, 1), D(2011, 3, 31), observatory="CBI"))

"""Is this the index that was asked for: what is taken, and what is refused in which words."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from laicflow import fetch_checks
from laicflow.checks import indices
from laicflow.checks.common import Asked, UnlikeError

D = dt.date
YEAR = D(2001, 1, 1), D(2001, 12, 31)
LOGIN = b"<!DOCTYPE html><html><head><title>Earthdata Login</title></head></html>"


def asked(check: str, first=YEAR[0], last=YEAR[1], closed=True, name="file") -> Asked:
    return Asked(name=name, check=check, first=first, last=last, closed=closed)


def refused(content: bytes, what: Asked) -> str:
    with pytest.raises(UnlikeError) as caught:
        fetch_checks.check(what.check)(content, what)
    return str(caught.value)


def answer(*times: str) -> bytes:
    count = len(times)
    content = {"Kp": [1.0] * count, "datetime": list(times), "status": ["def"] * count}
    return json.dumps(content).encode()


DEEP, SINGLE = b'{"datetime":' + b"[" * 100_000, b'{"datetime": 2001}'


def test_kp_json():
    # 365 days of 8 intervals.
    start = dt.datetime(2001, 1, 1)
    times = [f"{start + n * dt.timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}" for n in range(2920)]
    whole = answer(*times)
    indices.kp_json(whole, asked("kp_json"))
    early = answer(*times[:-1])
    told = refused(early, asked("kp_json"))
    assert told == "truncated: expected times until 2001-12-31T21:00, the last is 2001-12-31T18:00"
    ends = answer(times[0], times[-1])
    told = refused(ends, asked("kp_json"))
    first = "lacks 2918 of 2920 times asked for, the first 2001-01-01T03:00"
    assert told == f"incomplete: it {first}"
    assert "lacks 1 of 2920" in refused(answer(*times[:9], *times[10:], times[0]), asked("kp_json"))
    indices.kp_json(ends, asked("kp_json", closed=False))
    # What is outside the span that the run needs may be missing.
    indices.kp_json(answer(*times[80:160]), asked("kp_json", D(2001, 1, 11), D(2001, 1, 20)))
    indices.kp_json(early, asked("kp_json", closed=False))
    indices.kp_json(early, asked("kp_json", last=D(2001, 12, 30)))
    assert "the last is none" in refused(answer(), asked("kp_json"))
    indices.kp_json(answer(), asked("kp_json", closed=False))
    other = answer("2000-12-31T21:00:00Z", "2001-12-31T21:00:00Z")
    assert refused(other, asked("kp_json")) == "expected times of 2001, found ['2000']"
    for content in (whole[:-5], b"Internal Server Error", b'{"detail":"no"}', b"[]", DEEP, SINGLE):
        assert "expected JSON with datetime" in refused(content, asked("kp_json"))


def test_kp_text():
    rest = " ".join(["25567", "25567.5", "2300", "1", *["1.000"] * 8, *["4"] * 8, "4 10 70.0 68.0"])
    lines = [f"2001 12 {day:02d} {rest} 2" for day in range(1, 32)]
    whole = "\n".join(["# PURPOSE", f"2000 12 31 {rest} 2", *lines]).encode()
    december = asked("kp_text", D(2001, 12, 1))
    indices.kp_text(whole, december)
    early = "\n".join(lines[:-1]).encode()
    told = refused(early, december)
    assert told == "truncated: expected times until 2001-12-31, the last is 2001-12-30"
    told = refused("\n".join([*lines[:4], *lines[6:]]).encode(), december)
    assert told == "incomplete: it lacks 2 of 31 times asked for, the first 2001-12-05"
    # "70.0 68.0 2" cut to "70.0 68.0 ", "70.0 6", "7".
    for cut in (1, 2, 5, 9):
        assert refused(whole[:-cut], december) == "truncated: its last line is not whole"
    indices.kp_text(early, asked("kp_text", closed=False))
    found = refused(whole, asked("kp_text", D(2002, 1, 1), D(2002, 12, 31)))
    assert found == "expected days of 2002, found 2000-12-31 to 2001-12-31"
    assert "no days" in refused(b"# PURPOSE\n", asked("kp_text"))
    assert "expected lines YYYY MM DD, found '01010122" in refused(b"0101012272", asked("kp_text"))


def page(month="FEBRUARY  2001", days=28, end="</pre>", title="FINAL") -> bytes:
    rows = [f"{day:2d}{'   1' * 8}" for day in range(1, days + 1)]
    lines = [
        "<html><head><title>Final Dst Index Monthly Plot and Table</title></head>",
        '<pre class="data">',
        f"     Hourly Equatorial Dst Values ({title})    ",
        f"     {month}",
        "      1   2   3",
        "DAY",
        *rows,
        end,
        "</html>",
    ]
    return "\n".join(lines).encode()


def test_dst_html():
    month = asked("dst_html", D(2001, 2, 1), D(2001, 2, 28))
    for title in ("FINAL", "PROVISIONAL", "REAL-TIME"):
        indices.dst_html(page(title=title), month)
    found = refused(page("MARCH   2001"), month)
    assert found == "expected the table of FEBRUARY 2001, found MARCH 2001"
    assert "found FEBRUARY 2002" in refused(page("FEBRUARY 2002"), month)
    assert refused(page(end=""), month) == "truncated: its table has no end"
    assert "1..28, found 20 lines" in refused(page(days=20), month)
    opened = asked("dst_html", D(2001, 2, 1), D(2001, 2, 28), closed=False)
    indices.dst_html(page(days=20, title="REAL-TIME"), opened)


def test_pages_that_are_no_table_of_dst():
    month = asked("dst_html", D(2001, 2, 1), D(2001, 2, 28))
    assert refused(LOGIN, month).endswith("found the page 'Earthdata Login'")
    assert "found the page '502" in refused(b"502 Bad Gateway", month)
    assert "dst_html" in fetch_checks.PAGES  # so a web page as such is let through to the check


def test_penticton():
    text = b"fluxdate    fluxtime  fluxobsflux\n--------  ------  -----\n20041028  200000  132.7\n"
    day = asked("penticton", D(2004, 10, 28), D(2004, 10, 28))
    indices.penticton(text, day)
    told = refused(text, asked("penticton", D(2004, 10, 28), D(2020, 12, 31)))
    assert told == "truncated: expected days until 2020-12-31, the last is 2004-10-28"
    indices.penticton(text, asked("penticton", last=D(2020, 12, 31), closed=False))
    # A day that is not there is no fault where the table goes on after it.
    indices.penticton(text, asked("penticton", D(2004, 10, 20), D(2004, 10, 27)))
    assert "not whole" in refused(text[:-10], asked("penticton"))
    assert "no end" in refused(text[:-1], asked("penticton"))
    assert "not whole" in refused(text[:34], asked("penticton"))
    assert "expected fluxdate fluxtime" in refused(b"DATE,BSRN\n", asked("penticton"))


def test_forecasts_do_not_reach_a_day():
    """CelesTrak's rows go on for years as forecasts (PRD by day, PRM by month)."""
    header = "DATE,BSRN,ND,KP1,F10.7_DATA_TYPE,F10.7_OBS_CENTER81\n"
    rows = [("2001-12-29", "OBS"), ("2001-12-30", "INT"), ("2001-12-31", "PRD")]
    rows.append(("2002-01-01", "PRM"))
    text = (header + "".join(f"{day},1,2,3,{kind},150\n" for day, kind in rows)).encode()
    indices.celestrak_sw(text, asked("celestrak_sw", last=D(2001, 12, 30)))
    told = refused(text, asked("celestrak_sw"))
    assert told == "truncated: expected days until 2001-12-31, the last is 2001-12-30"
    indices.celestrak_sw(text, asked("celestrak_sw", closed=False))
    assert "the last is none" in refused(header.encode(), asked("celestrak_sw"))
    short = text.replace(b"2001-12-30,1,2,3,INT,150", b"2001-12-30,1")
    assert refused(short, asked("celestrak_sw")).startswith("expected rows of 6 cells")


@pytest.mark.parametrize(
    ("check", "path", "first", "last"),
    [
        (
            "dst_html",
            "indices/kyoto_dst_web/dst_final_195701_index.html",
            D(1957, 1, 1),
            D(1957, 1, 31),
        ),
        ("kp_text", "indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_2007.txt", D(2007, 1, 1), D(2007, 12, 31)),
        ("penticton", "indices/penticton/fluxtable.txt", D(2004, 10, 28), D(2026, 8, 21)),
        ("kp_text", "indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_2020.txt", D(2020, 1, 1), D(2020, 12, 31)),
        ("kp_wdc", "indices/gfz_kp_wdc/kp2004", D(2004, 1, 1), D(2004, 12, 31)),
        ("kp_wdc", "indices/gfz_kp_wdc/kp2019.wdc", D(2019, 1, 1), D(2019, 12, 31)),
        ("dst_wdc", "indices/kyoto_dst_wdc/dst_wdc_201503.txt", D(2015, 3, 1), D(2015, 3, 31)),
        # The first forecast in this file is that of 7 August 2026.
        ("celestrak_sw", "indices/celestrak/SW-All.csv", D(1957, 10, 1), D(2026, 8, 6)),
    ],
)
def test_real_files_are_taken(real_data, check, path, first, last):
    file = Path(real_data) / path
    fetch_checks.inspect(file, "http://example.org/file", asked(check, first, last))


def test_a_real_table_cut_in_2009_is_refused_for_2020(real_data):
    content = (real_data / "indices/penticton/fluxtable.txt").read_bytes()
    cut = content[: content.index(b"\n20090302") + 1]
    told = refused(cut, asked("penticton", D(2005, 1, 1), D(2020, 12, 31)))
    assert told == "truncated: expected days until 2020-12-31, the last is 2009-03-01"


def test_the_real_list_of_months_is_refused(real_data):
    content = (real_data / "indices/kyoto_dst_web/NunoSempere_tmp_index.html").read_bytes()
    month = asked("dst_html", D(1957, 1, 1), D(1957, 1, 31))
    assert refused(content, month).endswith("found the page 'Final Dst Index'")

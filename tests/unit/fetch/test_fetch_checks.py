from __future__ import annotations

import datetime as dt
import gzip
import json

import ncompress
import pytest

from laicflow.fetch_checks import Asked, LoginPageError, WrongBodyError, inspect

DAY = dt.date(2001, 1, 14)
URL = "http://example.org/file"
CSV = (
    "time,latitude,longitude,depth,mag,magType\n"
    "2001-01-13T17:33:32.380Z,13.049,-88.66,60,7.7,mwc\n"
    "2001-01-14T12:00:00.000Z,45.1,179.9,10,5.0,mb\n"
)


def labelled(text: str, label: str) -> str:
    return f"{text:<60}{label:<20}\n"


def ionex(day=DAY, end=True) -> bytes:
    epoch = f"  {day.year}    {day.month:2d}    {day.day:2d}     1     0     0"
    text = labelled("     1.0            IONOSPHERE MAPS     GPS", "IONEX VERSION / TYPE")
    text += labelled(epoch, "EPOCH OF FIRST MAP") + labelled("", "END OF HEADER")
    text += "    1    2    3\n" * 200
    return (text + (labelled("", "END OF FILE") if end else "")).encode()


def look(tmp_path, body, name="file", check="", first=DAY, last=DAY, **said):
    path = tmp_path / name
    path.write_bytes(body)
    inspect(path, URL, Asked(name=name, check=check, first=first, last=last, **said))


def refused(tmp_path, body, told, **said):
    with pytest.raises(WrongBodyError, match=told) as caught:
        look(tmp_path, body, **said)
    assert URL in str(caught.value)
    return caught.value


def test_maps_in_each_compression(tmp_path):
    look(tmp_path, ncompress.compress(ionex()), name="a.Z", check="ionex")
    look(tmp_path, gzip.compress(ionex()), name="a.gz", check="ionex")
    look(tmp_path, ionex(), name="a", check="ionex")


@pytest.mark.parametrize("name", ["jplg0140.01i.Z", "a.INX.gz", "SW-All.csv"])
@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html>\n<html><title>Earthdata Login</title></html>",
        b"\n\n  <HTML><body></body></HTML>",
        b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>',
    ],
)
def test_a_web_page_is_refused_under_any_name(tmp_path, name, page):
    with pytest.raises(LoginPageError, match="web page came instead") as caught:
        look(tmp_path, page, name=name, account="earthdata")
    assert URL in str(caught.value)
    assert "urs.earthdata.nasa.gov" in str(caught.value)
    assert "~/.netrc" in str(caught.value)


def test_an_empty_answer(tmp_path):
    refused(tmp_path, b"", "empty")


def test_a_compression_other_than_the_names_is_read_for_what_it_is(tmp_path):
    look(tmp_path, gzip.compress(ionex()), name="a.Z")
    look(tmp_path, ncompress.compress(ionex()), name="a.gz")
    refused(tmp_path, gzip.compress(ionex())[:-9], "truncated", name="a.Z")
    refused(tmp_path, ionex(), "first bytes 1f 9d", name="a.Z")


def test_a_truncated_gz(tmp_path):
    body = gzip.compress(ionex())
    for length in (len(body) - 1, len(body) // 2, 12):
        refused(tmp_path, body[:length], "truncated", name="a.gz")


def test_a_truncated_z_is_found_by_the_missing_label(tmp_path):
    """The format of compress(1) has neither a length nor a checksum."""
    body = ncompress.compress(ionex())
    for length in (len(body) - 20, len(body) // 2):
        refused(tmp_path, body[:length], "END OF FILE", name="a.Z", check="ionex")


def test_maps_without_the_last_label(tmp_path):
    refused(tmp_path, ionex(end=False), "END OF FILE label is missing", check="ionex")


def test_maps_of_another_day(tmp_path):
    other = ionex(dt.date(2001, 1, 15))
    refused(
        tmp_path, other, "expected maps of 2001-01-14, its header says 2001-01-15", check="ionex"
    )


def test_what_is_no_map_at_all(tmp_path):
    refused(tmp_path, b"hello", "expected an IONEX header, found 'hello'", check="ionex")
    no_epoch = ionex().replace(b"EPOCH OF FIRST MAP", b"EPOCH OF THIRD MAP")
    refused(tmp_path, no_epoch, "no EPOCH OF FIRST MAP", check="ionex")


SPAN = {"first": dt.date(2001, 1, 13), "last": DAY}


def test_events(tmp_path):
    look(tmp_path, CSV.encode(), check="usgs_csv", **SPAN)
    look(tmp_path, CSV.splitlines(keepends=True)[0].encode(), check="usgs_csv", **SPAN)
    refused(tmp_path, b"code,name\n1,2\n", "event service", check="usgs_csv", **SPAN)


@pytest.mark.parametrize("cut", [1, 2, 10, 30])
def test_events_with_half_a_row(tmp_path, cut):
    refused(tmp_path, CSV[:-cut].encode(), "last row is not whole", check="usgs_csv", **SPAN)


def test_events_outside_the_span(tmp_path):
    late = {"first": DAY, "last": DAY}
    refused(tmp_path, CSV.encode(), "found one of 2001-01-13", check="usgs_csv", **late)


def test_geojson(tmp_path):
    # date -u -d "2001-01-13 17:33:32" +%s gives 979407212.
    feature = {"properties": {"time": 979407212380}}
    whole = {"metadata": {"count": 1}, "features": [feature]}
    look(tmp_path, json.dumps(whole).encode(), check="usgs_geojson", **SPAN)
    refused(tmp_path, json.dumps(whole).encode()[:-5], "GeoJSON", check="usgs_geojson")
    less = json.dumps(whole | {"features": []}).encode()
    refused(tmp_path, less, "says 1 events and holds 0", check="usgs_geojson")


def test_a_count(tmp_path):
    look(tmp_path, b"22\n", check="usgs_count")
    refused(tmp_path, b"Service unavailable", "number of events", check="usgs_count")


def kp_year(year: int, days: int, form: str = "02d") -> bytes:
    first = dt.date(year, 1, 1)
    made = (first + dt.timedelta(days=n) for n in range(days))
    rest = f"2272 7{'03' * 8} 27{'  2' * 8}  20.10"
    lines = (f"{d.year % 100:{form}}{d.month:{form}}{d.day:{form}}{rest}" for d in made)
    return "\n".join(lines).encode()


def test_a_year_of_kp(tmp_path):
    span = {"first": dt.date(2001, 1, 1), "last": dt.date(2001, 12, 31)}
    look(tmp_path, kp_year(2001, 365), check="kp_wdc", **span)
    # Newer files pad with blanks, and some begin with comments.
    look(tmp_path, b"# Kp\n" + kp_year(2001, 365, "2d"), check="kp_wdc", **span)
    refused(
        tmp_path, kp_year(2001, 364), "2001-12-31, the last is 2001-12-30", check="kp_wdc", **span
    )
    refused(tmp_path, kp_year(2001, 365)[:-1], "record is not whole", check="kp_wdc", **span)
    lines = kp_year(2001, 365).splitlines(keepends=True)
    holes = b"".join([*lines[:40], *lines[60:]])
    told = "lacks 20 of 365 times asked for, the first 2001-02-10"
    refused(tmp_path, holes, told, check="kp_wdc", **span)
    twice = b"".join([*lines[:364], lines[363], lines[363]])
    refused(tmp_path, twice, "the last is 2001-12-30", check="kp_wdc", **span)
    look(tmp_path, holes, check="kp_wdc", **span | {"first": dt.date(2001, 3, 2)})
    look(tmp_path, kp_year(2001, 40), check="kp_wdc", closed=False, **span)


def test_kp2001_may_be_january_2020(tmp_path):
    """GFZ's own warning about file names since 2020."""
    span = {"first": dt.date(2001, 1, 1), "last": dt.date(2001, 12, 31)}
    refused(tmp_path, kp_year(2020, 31), "expected records of 2001", check="kp_wdc", **span)


def test_a_month_of_dst(tmp_path):
    lines = [f"DST0101*{day:02d}  X220   0{'   1' * 25}" for day in range(1, 32)]
    span = {"first": dt.date(2001, 1, 1), "last": dt.date(2001, 1, 14)}
    look(tmp_path, "\n".join(lines).encode(), check="dst_wdc", **span)
    less = "\n".join(lines[:30]).encode()
    refused(tmp_path, less, "1..31, found 30 records", check="dst_wdc", **span)
    look(tmp_path, less, check="dst_wdc", closed=False, **span)
    cut = "\n".join(lines).encode()[:-1]
    refused(tmp_path, cut, "last record is not whole", check="dst_wdc", **span)
    february = less.replace(b"DST0101", b"DST0102")
    refused(tmp_path, february, "expected records DST0101", check="dst_wdc", **span)


def test_space_weather(tmp_path):
    header = "DATE,BSRN,ND,KP1,KP2\r\n"
    first = {"first": dt.date(2001, 1, 1), "last": dt.date(2001, 1, 1)}
    look(tmp_path, f"{header}2001-01-01,1,2,3,4\r\n".encode(), check="celestrak_sw", **first)
    short = f"{header}2001-01-01,1,2".encode()
    refused(tmp_path, short, "not whole", check="celestrak_sw", **first)
    refused(tmp_path, b"NUM,1\n", "expected DATE,BSRN", check="celestrak_sw")


def test_real_maps_pass_on_their_own_day_and_no_other(real_data, tmp_path):
    file = real_data / "ionex/jpl_2000-11-21_2001-01-14/jplg0140.01i.Z"
    look(tmp_path, file.read_bytes(), name=file.name, check="ionex")
    other = {"first": dt.date(2001, 1, 13), "last": dt.date(2001, 1, 13)}
    refused(tmp_path, file.read_bytes(), "2001-01-14", name=file.name, check="ionex", **other)
    cut = real_data / "ionex/variants/no_end_of_file_label.01i"
    first = {"first": dt.date(2001, 1, 1), "last": dt.date(2001, 1, 1)}
    refused(tmp_path, cut.read_bytes(), "END OF FILE", name=cut.name, check="ionex", **first)

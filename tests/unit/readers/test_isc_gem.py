"""ISC-GEM: lines written here in the layouts of the published files, and the files themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import FormatError
from laicflow.readers import isc_gem

# The layout of the published file: padded cells, the names in the last comment.
NAMES = (
    "#         date          ,    lat   ,    lon   , smajax, sminax, strike, q ,  depth ,   unc ,"
    " q ,  mw  ,  unc , q , s ,   mo  , fac,  mo_auth ,  mpp  ,  mpr  ,  mrr  ,  mrt  ,  mtp  ,"
    "  mtt  ,    eventid"
)
COMMENTS = "# ISC-GEM Global Instrumental Earthquake Catalogue\n# Version 3.0\n#\n"
TAIL = ",       ,    ,          ,       ,       ,       ,       ,       ,       "
FIRST = (
    " 1906-04-18 13:12:26.00 ,   37.750 , -122.550 ,  18.3 ,  11.4 ,  99.5 , B ,   10.0 ,   3.9 ,"
    f" C , 7.90 , 0.20 , A , d {TAIL},   16957905"
)
SECOND = (
    " 1904-04-04 10:25:34.15 ,   42.435 ,   23.414 ,       ,       ,       , B ,   15.0 ,   3.9 ,"
    f" C ,      ,      , D ,   {TAIL},   16957813"
)


def refused(path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        isc_gem.read(path)
    return caught.value


def test_values(put):
    first, second = isc_gem.read(put(f"{COMMENTS}{NAMES}\n{FIRST}\n{SECOND}\n")).to_dict("records")
    wanted = {
        "event_id": "16957905",
        "time": pd.Timestamp("1906-04-18 13:12:26"),
        "latitude": 37.75,
        "longitude": -122.55,
        "depth_km": 10.0,
        "magnitude": 7.9,
        "magnitude_type": "mw",
        "network": "ISC-GEM",
        "event_type": "earthquake",
        "status": "quality B C A, direct",
    }
    assert {key: first[key] for key in wanted} == wanted
    # An event of the supplement without Mw.
    assert np.isnan(second["magnitude"])
    assert (second["magnitude_type"], second["status"]) == ("", "quality B C D")


def test_a_copy_without_comments_and_with_date_and_time_joined(put):
    names = NAMES[1:].replace(" ", "")
    row = FIRST.replace(" ", "")
    plain = isc_gem.read(put(f"{names}\n{row}\n"))
    pd.testing.assert_frame_equal(plain, isc_gem.read(put(f"{NAMES}\n{FIRST}\n")))


def test_newer_columns_before_the_eventid(put):
    names = NAMES.replace("    eventid", "str1,dip1,rake1,str2,dip2,rake2,type,eventid")
    row = FIRST.replace("   16957905", ",,,,,,, 16957905")
    assert isc_gem.read(put(f"{names}\n{row}\n"))["event_id"].tolist() == ["16957905"]


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("37.750", "97.750", "latitude between"),
        ("37.750", "      ", "lat"),
        ("-122.550", "-122.55O", "lon"),
        ("7.90", "7.9?", "mw"),
        ("0.20", "x", "unc of mw"),
        ("3.9", "x", "unc of depth"),
        (" B ,", " E ,", "quality"),
        (" A , d", " A , x", "source p or d"),
        ("1906-04-18 13", "18-04-1906 13", "date"),
        ("1906-04-18", "1906-04-31", "date"),
        ("   16957905", "   ", "event id"),
        (",    ,", ",", "24 cells"),
    ],
)
def test_faults_are_refused_with_their_line(put, before, after, part):
    assert before in FIRST
    row = FIRST.replace(before, after, 1)
    error = refused(put(f"{COMMENTS}{NAMES}\n{SECOND}\n{row}\n"))
    assert error.line == 6
    assert part in error.expected


def test_an_id_that_stands_twice_is_refused(put):
    error = refused(put(f"{NAMES}\n{FIRST}\n{FIRST}\n"))
    assert (error.line, error.found) == (3, "16957905, as in line 2")


def test_cuts_are_refused(put):
    text = f"{COMMENTS}{NAMES}\n{SECOND}\n{FIRST}\n"
    for length in range(len(text) - len(FIRST), len(text)):
        assert refused(put(text[:length])).line == 6
    assert refused(put(COMMENTS)).line == 4
    assert "empty" in refused(put("")).found


def test_other_files_are_refused(put):
    assert refused(put("time,latitude\n2000-01-01,5\n")).line == 1
    assert "HTML page" in refused(put("<html><body>Please log in</body></html>")).found


@pytest.mark.parametrize(
    ("name", "count", "unsized"), [("isc-gem-cat", 24375, 0), ("isc-gem-suppl", 5733, None)]
)
def test_real_files(real_data, name, count, unsized):
    path = real_data / f"catalogs/isc-gem/{name}.csv"
    events = isc_gem.read(path)
    rows = [line for line in path.read_text().split("\n")[1:] if line and line[0] != "#"]
    assert len(events) == len(rows) == count
    cells = pd.DataFrame([[cell.strip() for cell in row.split(",")] for row in rows])
    assert events["event_id"].tolist() == cells[23].tolist()
    for column, place in (("latitude", 1), ("longitude", 2), ("depth_km", 7), ("magnitude", 10)):
        theirs = pd.to_numeric(cells[place]).rename(column)
        pd.testing.assert_series_equal(events[column], theirs)
    times = events["time"].dt.strftime("%Y-%m-%d%H:%M:%S.%f").str[:-4]
    assert times.tolist() == cells[0].str.replace(" ", "").tolist()
    if unsized is not None:
        assert events["magnitude"].isna().sum() == unsized


def test_the_great_chilean_earthquake(real_data):
    events = isc_gem.read(real_data / "catalogs/isc-gem/isc-gem-cat.csv")
    largest = events.loc[events["magnitude"].idxmax()]
    assert largest["time"].date().isoformat() == "1960-05-22"
    # Its Mw of this catalogue (version 3).
    assert largest["magnitude"] == 9.6


def test_a_table_that_somebody_made_of_it_is_refused(real_data):
    error = refused(real_data / "catalogs/isc-gem/test_iscgem.csv")
    assert (error.line, "date,latitude" in error.found) == (1, True)

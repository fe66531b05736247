"""The services of Kp, Dst and F10.7, and what the workflow makes of their answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pytest

from laicflow.clean.tables import partition_of_table
from laicflow.fetch import fetch_partition
from laicflow.replica.server import serve
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
NOW = dt.datetime(2026, 1, 1)
D = dt.date
# A day in the WDC layout: date, rotation and day, 8 Kp, sum, 8 ap, mean, Cp, C9.
WDC = "01 113" + "228527" + "271727101303 790" + "197" + " 12  6 12  4  5  2  3400" + " 561.57\n"
# A preliminary day of a text file; the second Kp is missing.
TEXT = (
    "# PURPOSE\n2020 01 13 32154 32154.5 2543  7  5.333 -1.000  0.333  0.667  1.000  0.000"
    "  0.000  0.000   56   -1    2    3    4    0    0    0     9  38    158.4    153.5 0\n"
)


def kyoto_day(day: int, value: int = 1) -> str:
    return f"DST0101*{day:02d}  X220   0" + f"{value:4d}" * 25


@pytest.fixture
def indices(tmp_path: Path) -> Path:
    root = tmp_path / "real"
    for name in ("gfz_kp_wdc", "gfz_kp_ap", "kyoto_dst_wdc", "kyoto_dst_web", "penticton"):
        (root / "indices" / name).mkdir(parents=True)
    (root / "indices/gfz_kp_wdc/kp2001").write_text(WDC)
    (root / "indices/gfz_kp_ap/Kp_ap_Ap_SN_F107_2020.txt").write_text(TEXT)
    days = "".join(f"{kyoto_day(day, -120 if day == 13 else day)}\n" for day in range(1, 32))
    (root / "indices/kyoto_dst_wdc/dst_wdc_2001.txt").write_text(days)
    (root / "indices/kyoto_dst_web/dst_provisional_202101_index.html").write_text("<html>own")
    (root / "indices/penticton/fluxtable.txt").write_text("fluxdate fluxtime\n")
    return root


QUERY = "?start={}&end={}&index={}"


def test_the_json_of_kp(indices, get):
    with serve(indices, now=NOW) as replica:
        base = replica.base("gfz_kp_json")
        span = ("2001-01-13T00:00:00Z", "2001-01-13T06:00:00Z")
        answer = get(base, QUERY.format(*span, "Kp"))
        ap = get(base, QUERY.format(*span, "ap")).json()
        pre = get(base, QUERY.format("2020-01-13T00:00:00Z", "2020-01-13T03:00:00Z", "Kp")).json()
        none = get(
            base, QUERY.format("2020-01-01T00:00:00Z", "2020-12-31T00:00:00Z", "Kp") + "&status=def"
        ).json()
    # Both ends are inclusive; 27 is 2 2/3, 17 is 1 2/3 (the WDC layout).
    assert answer.json() == {
        "Kp": [2.667, 1.667, 2.667],
        "datetime": [f"2001-01-13T{hour}:00:00Z" for hour in ("00", "03", "06")],
        "meta": {"source": "GFZ Potsdam", "license": "CC BY 4.0"},
        "status": ["def"] * 3,
    }
    assert b" " not in answer.content.replace(b"GFZ Potsdam", b"").replace(b"CC BY 4.0", b"")
    assert ap["ap"] == [12, 6, 12]
    assert (pre["Kp"], pre["status"]) == ([5.333, None], ["pre", "pre"])
    assert (none["Kp"], none["datetime"], none["status"]) == ([], [], [])


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2001-01-13", "2001-01-14", 500),  # bare dates
        ("2001-01-13T00:00:00", "2001-01-14T00:00:00Z", 500),
        ("2001-01-13T00:00:00.000Z", "2001-01-14T00:00:00Z", 500),
        ("2001-01-13T00:00:00Z", "2001-01-14T00:00:00Z", 200),
    ],
)
def test_instants_that_the_json_service_cannot_read(indices, get, start, end, status):
    with serve(indices, now=NOW) as replica:
        answer = get(replica.base("gfz_kp_json"), QUERY.format(start, end, "Kp"))
    assert answer.status_code == status


def test_the_former_host_of_the_json_service_redirects(indices, get):
    query = QUERY.format("2001-01-13T00:00:00Z", "2001-01-13T06:00:00Z", "Kp")
    with serve(indices, now=NOW) as replica:
        answer = get(replica.base("gfz_kp_json"), f"old{query}")
    assert [step.status_code for step in answer.history] == [301]
    assert answer.json()["Kp"] == [2.667, 1.667, 2.667]


def test_kp_of_the_future_is_not_there(indices, get):
    query = QUERY.format("2001-01-01T00:00:00Z", "2001-12-31T23:59:59Z", "Kp")
    with serve(indices, now=dt.datetime(2001, 1, 13, 4)) as replica:
        found = get(replica.base("gfz_kp_json"), query).json()
    assert [time[11:13] for time in found["datetime"]] == ["00", "03"]


@pytest.mark.parametrize(
    ("source", "path", "status"),
    [
        ("gfz_kp_text", "Kp_ap_Ap_SN_F107_2020.txt", 200),
        ("gfz_f107", "Kp_ap_Ap_SN_F107_2020.txt", 200),
        ("gfz_kp_text", "Kp_ap_Ap_SN_F107_2019.txt", 404),
        ("gfz_kp_text", "Kp_ap_Ap_SN_F107_since_1932.txt", 404),
        ("gfz_kp_text", "kp_ap_ap_sn_f107_2020.txt", 404),
        ("penticton", "fluxtable.txt", 200),
        ("penticton", "other.txt", 404),
        ("kyoto_dst_web", "dst_final/200101/index.html", 200),
        ("kyoto_dst_web", "dst_provisional/200101/index.html", 404),
        ("kyoto_dst_web", "dst_final/200102/index.html", 404),
        ("kyoto_dst_web", "dst_final/presentmonth/index.html", 404),
        ("kyoto_dst_web", "dst_realtime/presentmonth/index.html", 404),
        ("kyoto_dst_web", "dst_provisional/202101/index.html", 200),
        ("kyoto_dst_web", "dst_final/202101/index.html", 404),
    ],
)
def test_what_is_there(indices, get, source, path, status):
    with serve(indices, now=NOW) as replica:
        assert get(replica.base(source), path).status_code == status


def test_the_present_month_is_real_time(indices, get):
    records = indices / "indices/kyoto_dst_wdc/dst_wdc_2001.txt"
    records.write_text(records.read_text().replace("X220", "    ").replace("X2", "  "))
    with serve(indices, now=dt.datetime(2001, 1, 20)) as replica:
        base = replica.base("kyoto_dst_web")
        page = get(base, "dst_realtime/presentmonth/index.html")
        named = get(base, "dst_realtime/200101/index.html")
    assert "(REAL-TIME)" in page.text
    assert page.text == named.text


def test_a_page_in_the_layout_of_kyoto(indices, get):
    with serve(indices, now=NOW) as replica:
        lines = get(replica.base("kyoto_dst_web"), "dst_final/200101/index.html").text.splitlines()
    assert f"13 {'-120' * 8} {'-120' * 8} {'-120' * 8}" in lines
    assert f" 1 {'   1' * 8} {'   1' * 8} {'   1' * 8}" in lines
    # The line of hours as it stands in Kyoto's own page of January 1957.
    assert (
        "      1   2   3   4   5   6   7   8    9  10  11  12  13  14  15  16"
        "   17  18  19  20  21  22  23  24"
    ) in lines
    # An empty line after each five days.
    assert lines[lines.index("DAY") + 6] == ""


def fetched(source: str, partition: str, raw: Path, root: Path, span) -> pd.DataFrame:
    """A partition brought here from a replica and cleaned, as the workflow does it."""
    settings = registry.settings(source, CONFIG)
    with serve(root, now=NOW) as replica:
        receipt = fetch_partition(
            source,
            partition,
            settings=settings,
            options={},
            bases=[replica.base(source)],
            raw=raw,
            start=span[0],
            end=span[1],
            now=NOW,
        )
    return partition_of_table(receipt, raw, settings["format"])


def test_dst_is_the_same_by_records_and_by_pages(indices, tmp_path):
    span = D(2001, 1, 1), D(2001, 1, 31)
    records = fetched("kyoto_dst", "2001", tmp_path / "raw", indices, span)
    pages = fetched("kyoto_dst_web", "2001", tmp_path / "raw", indices, span)
    pd.testing.assert_frame_equal(records, pages)
    assert records.attrs["counts"]["status"] == {"final": 744}
    assert set(records.loc[records["time"].dt.day == 13, "dst"]) == {-120.0}


def test_real_kp_of_2007_by_three_ways(real_data, tmp_path):
    span = D(2007, 1, 1), D(2007, 12, 31)
    ways = {
        source: fetched(source, "2007", tmp_path, real_data, span)
        for source in ("gfz_kp", "gfz_kp_text", "gfz_kp_json")
    }
    assert {len(table) for table in ways.values()} == {8 * 365}
    for table in ways.values():
        assert (table["kp"] * 3).round().tolist() == (ways["gfz_kp"]["kp"] * 3).round().tolist()
        assert table["ap"].tolist() == ways["gfz_kp"]["ap"].tolist()
    assert set(ways["gfz_kp_json"]["status"]) == {"definitive"}


def test_real_flux_by_the_table_of_penticton_and_by_gfz(real_data, tmp_path):
    span = D(2020, 1, 1), D(2020, 12, 31)
    gfz = fetched("gfz_f107", "2020", tmp_path, real_data, span).set_index("time")
    own = fetched("penticton", "all", tmp_path, real_data, span).set_index("time")
    both = pd.DataFrame({"gfz": gfz["f107"], "own": own["f107"]}).loc["2020"].dropna()
    different = both.index[both["gfz"] != both["own"]].strftime("%m-%d").tolist()
    # Twice a noon was measured again; GFZ kept the first reading.
    assert (len(both), different) == (363, ["05-14", "05-29"])


def test_the_real_page_of_january_1957(real_data, tmp_path):
    span = D(1957, 1, 1), D(1957, 1, 31)
    table = fetched("kyoto_dst_web", "1957", tmp_path, real_data, span)
    assert table.attrs["counts"]["status"] == {"final": 744}
    assert table["dst"].min() == -250

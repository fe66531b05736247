"""The archives that hand out files: maps, Kp, Dst, space weather."""

from __future__ import annotations

import datetime as dt
import gzip

import pytest

from laicflow.replica.server import serve

NOW = dt.datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("jpl", "2001/014/jplg0140.01i.Z"),
        ("jpl", "2001/014/JPLG0140.01I.Z"),
        ("jpl", "y2001/jplg0140.01i.Z"),
        ("code", "2001/CODG0140.01I"),
        ("code", "2001/014/codg0140.01i"),
        ("gfz_kp", "Kp_definitive/Kp_def2001.wdc"),
        ("gfz_kp", "Kp_definitive/Kp_def2012.wdc"),
        ("gfz_kp", "wdc/yearly/kp2012.wdc"),
        ("celestrak", "SW-All.csv"),
    ],
)
def test_what_is_there(folder, get, source, path):
    with serve(folder) as replica:
        assert get(replica.base(source), path).status_code == 200


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("jpl", "2001/013/jplg0140.01i.Z"),  # the folder of another day
        ("jpl", "2002/jplg0140.01i.Z"),
        ("jpl", "jplg0140.01i.Z"),
        ("jpl", "2001/014/jplg0140.01i"),  # compressed there, and only so
        ("jpl", "2001/014/jplg0140.01i.gz"),
        ("code", "2001/014/jplg0140.01i.Z"),  # another centre
        ("code", "2001/CODG0140.01I.Z"),
        ("code", "../../etc/passwd"),
        ("gfz_kp", "Kp_definitive/Kp_def2010.wdc"),
        ("celestrak", "sw-all.csv"),
        ("celestrak", "SW-Last5Years.csv"),
        ("kyoto_dst", "dst_final/200102/dst0102.for.request"),
        ("kyoto_dst", "dst_final/200012/dst0011.for.request"),
        ("kyoto_dst", "dst_final/200103/dst0103.for.request"),
    ],
)
def test_what_is_not_there(folder, get, source, path):
    with serve(folder, now=NOW) as replica:
        answer = get(replica.base(source), path)
        assert answer.status_code == 404
        assert "etag" not in answer.headers


def test_an_unknown_source(folder, get):
    with serve(folder) as replica:
        assert get(f"http://127.0.0.1:{replica.port}", "ftp/x").status_code == 404
        with pytest.raises(ValueError, match="'ftp'"):
            replica.base("ftp")


def test_a_map_comes_as_it_lies_there_with_its_origin(folder, get):
    with serve(folder) as replica:
        answer = get(replica.base("jpl"), "2001/014/jplg0140.01i.Z")
    assert answer.content == (folder / "ionex/jpl/jplg0140.01i.Z").read_bytes()
    assert answer.headers["x-laicflow-origin"] == "replica: ionex/jpl/jplg0140.01i.Z"


def test_a_plain_map_is_compressed_with_the_same_bytes_each_time(folder, get):
    path = "2025/COD0OPSFIN_20250010000_01D_01H_GIM.INX.gz"
    with serve(folder) as replica:
        first, second = (get(replica.base("code"), path) for _ in range(2))
    assert gzip.decompress(first.content) == b"long"
    assert first.content == second.content
    assert first.headers["x-laicflow-origin"].endswith("(compressed)")


def test_dst_without_a_version_is_final_when_its_month_is_over(folder, get):
    path = "{}/200012/dst0012.for.request"
    with serve(folder, now=dt.datetime(2001, 1, 1)) as replica:
        answer = get(replica.base("kyoto_dst"), path.format("dst_final"))
        lines = answer.text.splitlines()
        assert len(lines) == 31
        assert lines[0].startswith("DST0012*01") and lines[-1].startswith("DST0012*31")
        assert get(replica.base("kyoto_dst"), path.format("dst_realtime")).status_code == 404
    with serve(folder, now=dt.datetime(2000, 12, 31)) as replica:
        assert get(replica.base("kyoto_dst"), path.format("dst_final")).status_code == 404
        assert get(replica.base("kyoto_dst"), path.format("dst_realtime")).status_code == 200


def test_dst_is_served_under_the_version_that_it_says(folder, get):
    with serve(folder, now=NOW) as replica:
        base = replica.base("kyoto_dst")
        assert get(base, "dst_final/200101/dst0101.for.request").status_code == 200
        provisional = get(base, "dst_provisional/200102/dst0102.for.request")
    assert len(provisional.text.splitlines()) == 28


def test_the_century_of_a_record(tmp_path, get):
    """Year 57 without a century is 1957, the first year of the index; with 20 it is 2057."""
    from pathlib import Path

    folder = Path(tmp_path) / "indices/kyoto_dst_wdc"
    folder.mkdir(parents=True)
    tail = "   0" + 25 * "   1"
    old = [f"DST5701*{day:02d}      {tail}" for day in range(1, 32)]
    new = [f"DST5702*{day:02d}  X220{tail}" for day in range(1, 29)]
    (folder / "dst_wdc_57.txt").write_text("\n".join([*old, *new]))
    with serve(tmp_path, now=dt.datetime(2058, 1, 1)) as replica:
        base = replica.base("kyoto_dst")
        assert get(base, "dst_final/195701/dst5701.for.request").status_code == 200
        assert get(base, "dst_final/205702/dst5702.for.request").status_code == 200
        assert get(base, "dst_final/195702/dst5702.for.request").status_code == 404


def test_real_files_under_the_names_that_are_asked_for(real_data, get):
    with serve(real_data) as replica:
        assert (
            get(replica.base("jpl"), "2000/326/jplg3260.00i.Z").content
            == (real_data / "ionex/jpl_2000-11-21_2001-01-14/jplg3260.00i.Z").read_bytes()
        )
        assert get(replica.base("code"), "2020/CODG0010.20I.Z").status_code == 200
        january = get(replica.base("kyoto_dst"), "dst_final/200101/dst0101.for.request").text
        assert get(replica.base("gfz_kp"), "Kp_definitive/Kp_def2010.wdc").status_code == 404
    assert january.startswith("DST0101*01  X220 000-006-002 002 004 001")
    assert len(january.splitlines()) == 31

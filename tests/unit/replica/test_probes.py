"""Archives of probe files: web pages by year, swarm-diss, HAPI, and logins before them."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile

import cdflib
import numpy as np
import pytest
from cdflib import cdfread, cdfwrite

from laicflow.replica import swarm as hapi
from laicflow.replica.server import serve
from tests.unit import probe_files

LAP = "CSES_01_LAP_1_L02_A3_096790_20191031_233232_20191101_000948_000.h5"
ISL = "DMT_N1_1144_018401_20051231_235807_20060101_003155.DAT"
ZIP = "SW_OPER_EFIB_LP_1B_20240511T000000_20240511T235959_0701.CDF.ZIP"
# Seconds from 2000 to 2024-05-11: 24 years with 7 leap days up to 2024, 131 days of 2024 before.
MAY_11 = (24 * 365 + 6 + 131) * 86400.0


@pytest.fixture
def folder(tmp_path):
    for name in (f"cses/2019/{LAP}", f"satellite/deep/{ISL}", "cses/README.txt", "cses/x/CSES.h5"):
        path = tmp_path / "real" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    return tmp_path / "real"


@pytest.fixture
def swarm(folder, tmp_path):
    """A day of Swarm B: four samples, the last two in the evening."""
    seconds = [MAY_11 + at for at in (0.197, 0.697, 72000.197, 86399.697)]
    values = {
        "Latitude": [1.0, 1.1, -50.0, -50.1],
        "Longitude": [10.0, 10.0, -170.0, -170.1],
        "Radius": [6.88e6] * 4,
        "Ne": [2e5, 2.1e5, 3e4, 3.1e4],
        "Te": [2000.0, 2100.0, 1500.0, float("nan")],
        "Flags_LP": [1] * 4,
        "Flags_Ne": [20] * 4,
        "Flags_Te": [20] * 4,
    }
    cdf = probe_files.swarm(tmp_path / "one.cdf", seconds, values, new=True)
    (folder / "swarm/2024").mkdir(parents=True)
    body = probe_files.zipped(cdf.read_bytes(), f"{ZIP[:-8]}_MDR_EFI_LP.cdf", a=b"<HDR/>")
    (folder / "swarm/2024" / ZIP).write_bytes(body)
    return folder


def test_folders_by_year(folder, get):
    with serve(folder) as replica:
        base = replica.base("cses_lap")
        years = get(base, "")
        assert years.headers["Content-Type"].startswith("text/html")
        assert '<a href="2019/">' in years.text and "README" not in years.text
        assert f'<a href="{LAP}">' in get(base, "2019/").text
        assert get(base, f"2019/{LAP}").content == LAP.encode()
        for path in ("2018/", f"2018/{LAP}", "2019/CSES.h5", f"2019/{ISL}", LAP):
            assert get(base, path).status_code == 404
        assert get(replica.base("demeter_isl"), f"2005/{ISL}").content == ISL.encode()


def test_a_file_that_went_after_it_was_listed(folder, get):
    with serve(folder) as replica:
        assert LAP in get(replica.base("cses_lap"), "2019/").text
        (folder / "cses/2019" / LAP).unlink()
        assert get(replica.base("cses_lap"), f"2019/{LAP}").status_code == 404


def test_a_login_before_one_source(folder, get):
    with serve(folder, logins={"cses_lap": ("name", "wörd:x")}) as replica:
        base = replica.base("cses_lap")
        refused = get(base, "2019/")
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        assert get(base, "2019/", Authorization="Basic eA==").status_code == 401
        # base64 of `name:wörd:x` in UTF-8, by coreutils.
        right = "Basic bmFtZTp3w7ZyZDp4"
        assert get(base, "2019/", Authorization=right).status_code == 200
        assert get(replica.base("demeter_isl"), "").status_code == 200


PLACE = "swarm%2FLevel1b%2FLatest_baselines%2FEFIx_LP%2FSat_"


def test_lists_and_files_as_of_swarm_diss(swarm, get):
    with serve(swarm) as replica:
        base = replica.base("swarm_lp")
        listed = get(base, f"?do=list&maxfiles=10&pos=0&file={PLACE}B").json()
        (one,) = listed["results"]
        body = (swarm / "swarm/2024" / ZIP).read_bytes()
        assert (one["name"], one["size"], one["is_dir"]) == (ZIP, len(body), False)
        assert get(base, f"?do=list&maxfiles=10&pos=1&file={PLACE}B").json()["results"] == []
        assert get(base, f"?do=list&maxfiles=10&pos=0&file={PLACE}A").json()["results"] == []
        assert get(base, "?do=list&file=swarm").status_code == 404
        assert get(base, f"?do=download&file={PLACE}B%2F{ZIP}").content == body
        assert get(base, f"?do=download&file={PLACE}A%2F{ZIP}").status_code == 404
        assert get(base, f"2024/{ZIP}").content == body


def samples(**said) -> str:
    query = {
        "dataset": "SW_OPER_EFIB_LP_1B",
        "start": "2024-05-11T00:00:00Z",
        "stop": "2024-05-11T20:00:00.197Z",
        "format": "csv",
    }
    return "data?" + "&".join(f"{key}={value}" for key, value in (query | said).items())


def test_samples_by_hapi(swarm, get):
    with serve(swarm) as replica:
        base = replica.base("swarm_lp_hapi")
        info = get(base, "info?dataset=SW_OPER_EFIB_LP_1B").json()
        assert (info["startDate"], info["stopDate"]) == (
            "2024-05-11T00:00:00Z",
            "2024-05-11T23:59:59Z",
        )
        assert info["x_maxTimeSelection"] == "P2DT12H" and info["status"]["code"] == 1200
        rows = get(base, samples(parameters="Latitude,N_ion,T_elec,Flags_LP")).text
        # The stop is exclusive.
        assert rows == (
            "2024-05-11T00:00:00.197Z,1.0,200000.0,2000.0,1\r\n"
            "2024-05-11T00:00:00.697Z,1.1,210000.0,2100.0,1\r\n"
        )
        late = samples(start="2024-05-11T21:00:00Z", stop="2024-05-11T22:00:00Z", include="header")
        text = get(base, late).text
        assert all(line.startswith("#") for line in text.splitlines())
        head = json.loads("".join(line[1:] for line in text.splitlines()))
        assert head["x_dataset"] == "SW_OPER_EFIB_LP_1B" and len(head["parameters"]) == 9


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("info?dataset=SW_OPER_EFIA_LP_1B", 404, 1406),
        ("info?dataset=SW_OPER_MAGA_LR_1B", 404, 1406),
        (samples(parameters="Ne"), 404, 1407),
        (samples(parameters="N_ion,Latitude"), 404, 1407),
        (samples(start="now"), 400, 1402),
        (samples(stop=""), 400, 1403),
        (samples(stop="2024-05-11T00:00:00Z"), 400, 1404),
        (samples(stop="2024-05-12T00:00:00Z"), 400, 1405),
        (samples(start="2024-05-10T00:00:00Z"), 400, 1405),
        (samples(format="json"), 400, 1409),
    ],
)
def test_what_hapi_refuses(swarm, get, path, status, code):
    with serve(swarm) as replica:
        answer = get(replica.base("swarm_lp_hapi"), path)
    assert (answer.status_code, answer.json()["status"]["code"]) == (status, code)


def test_more_time_than_the_service_gives(swarm, get):
    later = "SW_OPER_EFIB_LP_1B_20240520T000000_20240520T235959_0701.CDF.ZIP"
    (swarm / "swarm" / later).write_bytes((swarm / "swarm/2024" / ZIP).read_bytes())
    with serve(swarm, now=dt.datetime(2026, 1, 1)) as replica:
        base = replica.base("swarm_lp_hapi")
        assert get(base, samples(stop="2024-05-13T12:00:00Z")).status_code == 200
        answer = get(base, samples(stop="2024-05-13T12:00:01Z"))
    assert (answer.status_code, answer.json()["status"]["code"]) == (400, 1408)


def test_an_archive_that_unpacks_to_more_than_a_day_is_refused(swarm, get):
    """130 MB of zeros in 0.1 MB, behind the name of a CDF."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.cdf", "w", force_zip64=True) as handle:
            for _ in range(130):
                handle.write(bytes(1_000_000))
    (swarm / "swarm/2024" / ZIP).write_bytes(target.getvalue())
    with serve(swarm) as replica:
        answer = get(replica.base("swarm_lp_hapi"), "info?dataset=SW_OPER_EFIB_LP_1B")
    assert answer.status_code == 500
    told = f"500 {ZIP}: expected at most 100,000,000 bytes of a CDF, found more in 1"
    assert answer.text.startswith(told)


def test_an_archive_packed_otherwise_is_refused(swarm, tmp_path):
    """Of bzip2, 130 MB fit into some hundred bytes, and zipfile unpacks them in one piece."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.cdf", bytes(1000))
    with pytest.raises(hapi.TooMuchError, match=r"a\.zip: .* found one packed by method 12"):
        hapi._unpacked(tmp_path / "a.zip")


def test_a_cdf_that_says_more_records_than_a_day_has_is_refused(swarm, tmp_path, get):
    cdf = tmp_path / "one.cdf"
    place = cdflib.CDF(cdf)._first_zvariable + 24
    data = bytearray(cdf.read_bytes())
    data[place : place + 4] = (2**31 - 1).to_bytes(4, "big")  # MaxRec, of 8 bytes a record
    (swarm / "swarm/2024" / ZIP).write_bytes(probe_files.zipped(bytes(data), "a.cdf"))
    with serve(swarm) as replica:
        answer = get(replica.base("swarm_lp_hapi"), "info?dataset=SW_OPER_EFIB_LP_1B")
    assert answer.status_code == 500
    # 2^31 times 8, and of the other variables 4 times 5 doubles and 3 flags.
    assert f"found {2**31 * 8 + 4 * (5 * 8 + 3):,} said of its variables" in answer.text


def test_blocks_of_a_cdf_that_unpack_to_more_than_a_day_are_refused(swarm, tmp_path, get):
    """Seven million zeros in one block of each of two variables that say they have four records."""
    path = tmp_path / "two.cdf"
    file = cdfwrite.CDF(path)
    spec = {"Data_Type": 45, "Num_Elements": 1, "Rec_Vary": True, "Dim_Sizes": [], "Compress": 9}
    spec["Block_Factor"] = 7_000_000
    for name in ("Ne", "Te"):
        file.write_var({"Variable": name, **spec}, None, np.zeros(7_000_000))
    file.close()
    last = (6_999_999).to_bytes(4, "big")
    whole = path.read_bytes().replace(last, (3).to_bytes(4, "big"))
    assert len(whole) < 1_000_000
    (swarm / "swarm/2024" / ZIP).write_bytes(probe_files.zipped(whole, "a.cdf"))
    with serve(swarm) as replica:
        answer = get(replica.base("swarm_lp_hapi"), "info?dataset=SW_OPER_EFIB_LP_1B")
    assert answer.status_code == 500
    assert "at most 100,000,000 bytes of a CDF, found more in its blocks" in answer.text


def test_cdflib_unpacks_with_a_bound():
    """By what the readers set, or by the replica's own."""
    assert not cdfread.gzip_inflate.__module__.startswith("cdflib")
    assert len(hapi._inflate(probe_files.zeros(130_000_000))) == hapi.MOST + 1

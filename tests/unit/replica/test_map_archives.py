"""Every archive of maps: where it has a file, where it has none, and fetched from it for real."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import ncompress
import numpy as np
import pytest

from laicflow.clean.maps import month_of_maps
from laicflow.replica.server import serve
from laicflow.simulate.ionosphere import DayMaps
from laicflow.simulate.write_ionex import ionex_text
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
NOW = dt.datetime(2026, 11, 21)
D = dt.date

# Source, file that lies in the served folder, path upstream under which it must be had.
THERE = [
    ("code", "a/CODG3300.22I.Z", "2022/CODG3300.22I.Z"),
    ("code", "a/CODG3300.22I.Z", "2022/330/codg3300.22i.Z"),
    ("code", "COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz", "2022/{long}"),
    ("code", "COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz", "2022/331/{long}"),
    ("code_rapid", "corg3300.22i.Z", "2022/330/corg3300.22i.Z"),
    ("code_rapid", "CORG0100.26I", "CORG0100.26I"),
    ("code_rapid", "COD0OPSRAP_20263240000_01D_01H_GIM.INX.gz", "{long}"),
    ("code_rapid", "COD0OPSRAP_20250010000_01D_01H_GIM.INX.gz", "2025/001/{long}"),
    ("code_predicted", "c1pg3310.22i.Z", "2022/331/c1pg3310.22i.Z"),
    ("code_predicted", "C1PG3300.22I.Z", "2022/C1PG3300.22I.Z"),
    ("code_predicted", "P1/COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "IONO/P1/2024/{long}"),
    ("code_predicted", "COD0OPSP0D_20262650000_01D_01H_GIM.INX.gz", "IONO/PRD/{long}"),
    ("code_predicted", "COD0OPSP0D_20262650000_01D_01H_GIM.INX.gz", "2026/265/{long}"),
    ("code_predicted2", "c2pg3310.22i.Z", "2022/331/c2pg3310.22i.Z"),
    ("code_predicted2", "p2/COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "IONO/P2/2024/{long}"),
    ("code_predicted2", "COD0OPSP1D_20270010000_01D_01H_GIM.INX.gz", "IONO/PRD/{long}"),
    ("jpl", "jplg3310.22i.Z", "2022/331/jplg3310.22i.Z"),
    ("jpl", "JPLG3310.22I.gz", "y2022/JPLG3310.22I.gz"),
    ("jpl", "JPL0OPSFIN_20241310000_01D_02H_GIM.INX.gz", "y2024/{long}"),
    ("igs", "igsg0600.20i.Z", "2020/060/igsg0600.20i.Z"),
    ("igs", "IGS0OPSFIN_20233650000_01D_02H_GIM.INX.gz", "2023/365/{long}"),
    ("esa", "esag3300.22i.Z", "2022/330/esag3300.22i.Z"),
    ("esa", "esag3300.22i.Z", "2237/esag3300.22i.Z"),
    ("esa", "ESA0OPSFIN_20241320000_01D_02H_GIM.INX", "2313/{long}.gz"),
    ("upc", "uqrg0600.20i.Z", "2020/060_200229.15min/uqrg0600.20i.Z"),
    ("upc", "uqrg0600.20i.Z", "2020/060/uqrg0600.20i.Z"),
    ("upc", "UPC0OPSRAP_20223650000_01D_15M_GIM.INX.gz", "2022/365/{long}"),
    ("cas", "casg0010.99i.Z", "1999/001/casg0010.99i.Z"),
    ("cas", "CAS0OPSFIN_20243660000_01D_30M_GIM.INX.gz", "2024/366/{long}"),
]

NOT_THERE = [
    ("code", "codg3300.22i.Z", "codg3300.22i.Z"),  # finals are never at the root
    ("code", "CORG3300.22I.Z", "2022/CORG3300.22I.Z"),
    ("code", "COD0OPSRAP_20263240000_01D_01H_GIM.INX.gz", "2026/{long}"),
    ("code", "COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "2024/{long}"),
    ("code_rapid", "COD0OPSRAP_20250010000_01D_01H_GIM.INX.gz", "{long}"),  # replaced long ago
    ("code_rapid", "COD0OPSFIN_20263240000_01D_01H_GIM.INX.gz", "{long}"),
    ("code_predicted", "c2pg3310.22i.Z", "2022/331/c2pg3310.22i.Z"),  # the other horizon
    ("code_predicted", "P2/COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "IONO/P1/2024/{long}"),
    ("code_predicted", "P2/COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "IONO/P2/2024/{long}"),
    ("code_predicted", "COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "IONO/P1/2024/{long}"),
    ("code_predicted", "P1/COD0OPSPRD_20240600000_01D_01H_GIM.INX.gz", "2024/060/{long}"),
    ("code_predicted2", "COD0OPSP0D_20262650000_01D_01H_GIM.INX.gz", "IONO/PRD/{long}"),
    ("jpl", "jplg3310.22i.Z", "2022/jplg3310.22i.Z"),
    ("igs", "igsg0600.20i.Z", "2020/061/igsg0600.20i.Z"),
    ("esa", "esag3300.22i.Z", "2238/esag3300.22i.Z"),  # another week
    ("upc", "uqrg0600.20i.Z", "2020/060_200301.15min/uqrg0600.20i.Z"),
    ("upc", "UPC0OPSRAP_20223650000_01D_02H_GIM.INX.gz", "2022/365/{long}"),
    ("cas", "casg3660.99i.Z", "1999/366/casg3660.99i.Z"),  # 1999 had no such day
]


def laid(root: Path, file: str, body: bytes = b"maps") -> str:
    """Put a file among those that are served and give its name."""
    path = root / "ionex" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return path.name


@pytest.mark.parametrize(("source", "file", "path"), THERE)
def test_where_an_archive_has_a_file(tmp_path, get, source, file, path):
    name = laid(tmp_path, file)
    with serve(tmp_path, now=NOW) as replica:
        answer = get(replica.base(source), path.format(long=name))
    assert answer.status_code == 200
    packed = path.endswith(".gz") and not file.endswith(".gz")
    assert (gzip.decompress(answer.content) if packed else answer.content) == b"maps"
    assert answer.headers["x-laicflow-origin"].startswith(f"replica: ionex/{file}")


@pytest.mark.parametrize(("source", "file", "path"), NOT_THERE)
def test_where_an_archive_has_none(tmp_path, get, source, file, path):
    name = laid(tmp_path, file)
    with serve(tmp_path, now=NOW) as replica:
        assert get(replica.base(source), path.format(long=name)).status_code == 404


def test_one_source_does_not_answer_for_another(tmp_path, get):
    names = {source: laid(tmp_path, file) for source, file, _ in THERE[::-1]}
    with serve(tmp_path, now=NOW) as replica:
        for source, file, path in THERE:
            for other in names.keys() - {source}:
                found = get(replica.base(other), path.format(long=Path(file).name))
                assert found.status_code == 404, (other, path)


def written(day: dt.date, level: float) -> bytes:
    """A day by the project's own writer, every value `level` TECU."""
    hours = np.arange(0, 25, 2)
    latitude, longitude = np.arange(10.0, -11, -10), np.arange(-180.0, 181, 90)
    tec = np.full((len(hours), len(latitude), len(longitude)), level)
    maps = DayMaps(day, hours, tec, tec / 10)
    return ionex_text(maps, latitude, longitude, seed=1).encode()


# Source, day before and after the change of names, and the file names of both.
FETCHED = [
    ("code", "CODG{}0.{}I.Z", "COD0OPSFIN_{}0000_01D_01H_GIM.INX.gz"),
    ("code_rapid", "corg{}0.{}i.Z", "COD0OPSRAP_{}0000_01D_01H_GIM.INX.gz"),
    ("code_predicted", "c1pg{}0.{}i.Z", "P1/COD0OPSPRD_{}0000_01D_01H_GIM.INX.gz"),
    ("code_predicted2", "c2pg{}0.{}i.Z", "P2/COD0OPSPRD_{}0000_01D_01H_GIM.INX.gz"),
    ("jpl", "jplg{}0.{}i.Z", "jplg{1}0.{2}i.Z"),
    ("igs", "igsg{}0.{}i.Z", "IGS0OPSFIN_{}0000_01D_02H_GIM.INX.gz"),
    ("esa", "esag{}0.{}i.Z", "ESA0OPSFIN_{}0000_01D_02H_GIM.INX.gz"),
    ("upc", "uqrg{}0.{}i.Z", "UPC0OPSRAP_{}0000_01D_15M_GIM.INX.gz"),
    ("cas", "casg{}0.{}i.Z", "CAS0OPSFIN_{}0000_01D_30M_GIM.INX.gz"),
]


@pytest.mark.parametrize(("source", "short", "long"), FETCHED)
def test_a_month_across_the_change_of_names(tmp_path, source, short, long):
    """Fetched by the very requests of the source, checked, read and joined."""
    from laicflow.fetch import Client, fetch_partition

    before, after = D(2022, 11, 26), D(2022, 11, 27)
    laid(tmp_path / "up", short.format("330", "22"), ncompress.compress(written(before, 12.3)))
    late = long.format("2022331", "331", "22")
    pack = ncompress.compress if late.endswith(".Z") else gzip.compress
    laid(tmp_path / "up", late, pack(written(after, 45.6)))
    settings = registry.settings(source, CONFIG)
    with serve(tmp_path / "up", now=NOW) as replica:
        receipt = fetch_partition(
            source,
            "2022-11",
            settings=settings,
            options={},
            bases=[replica.base(source)],
            raw=tmp_path / "raw",
            start=before,
            end=after,
            now=NOW,
            client=Client(sleep=lambda seconds: None, read=5),
        )
    assert [file["day"] for file in receipt["files"]] == ["2022-11-26", "2022-11-27"]
    month = month_of_maps(receipt, tmp_path / "raw", settings["format"])
    assert month.attrs["product"] == settings["product"]
    assert (month.attrs["expected_maps"], month.attrs["missing_maps"]) == (24, 0)
    assert month.sizes["time"] == 25
    assert month["tec"].sel(time="2022-11-26T22").values[0, 0] == np.float32(12.3)
    assert month["tec"].sel(time="2022-11-27T00").values[0, 0] == np.float32(45.6)


def test_real_files(real_data, get):
    with serve(real_data, now=NOW) as replica:
        esa = get(replica.base("esa"), "2012/267/esag2670.12i")
        cas = get(replica.base("cas"), "1999/001/casg0010.99i.Z")
        code = get(replica.base("code"), "2025/COD0OPSFIN_20250010000_01D_01H_GIM.INX.gz")
    assert esa.content == (real_data / "ionex/variants/esag2670.12i").read_bytes()
    assert cas.content == (real_data / "ionex/variants/casg0010.99i.Z").read_bytes()
    assert gzip.decompress(code.content)[20:35] == b"IONOSPHERE MAPS"

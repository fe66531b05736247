"""GNSS files behind the URLs of their archives: where there is one, and where there is none."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import requests

from laicflow.replica.server import serve
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date

# Source, file that lies in the served folder, path upstream under which it must be had.
THERE = [
    ("rinex", "gnss/a/b/WUHN2470.01D.Z", "2001/247/wuhn2470.01d.Z"),
    ("rinex", "gnss/wuhn2470.01o", "2001/247/wuhn2470.01o"),
    ("rinex", "gnss/AIRA00JPN_R_20200600000_01D_30S_MO.crx.gz", "2020/060/{name}"),
    ("sp3", "gnss/COD20863.EPH.Z", "2020/COD20863.EPH.Z"),
    ("sp3", "gnss/COD20863.EPH.Z", "2086/cod20863.eph.Z"),
    ("sp3", "gnss/COD0OPSFIN_20223310000_01D_05M_ORB.SP3.gz", "2022/{name}"),
    ("dcb", "gnss/P1P22001_ALL.DCB.Z", "2020/P1P22001_ALL.DCB.Z"),
    ("dcb", "gnss/P1C19912.DCB.Z", "1999/P1C19912.DCB.Z"),
    ("bsx", "gnss/CAS0MGXRAP_20200010000_01D_01D_DCB.BSX.gz", "2020/{name}"),
    ("brdc", "gnss/brdc2470.01n", "2001/247/brdc2470.01n"),
    ("brdc", "gnss/BRDC00WRD_R_20241220000_01D_MN.rnx.gz", "2024/122/{name}"),
]
NOT_THERE = [
    ("rinex", "gnss/wuhn2470.01o", "2001/248/wuhn2470.01o"),
    ("rinex", "gnss/wuhn2470.01o", "wuhn2470.01o"),
    ("rinex", "gnss/wuhn2470.01o", "2001/247/wuhn2470.01d.Z"),
    ("rinex", "gnss/brdc2470.01n", "2001/247/brdc2470.01n"),
    ("rinex", "gnss/wuhn3670.01o", "2001/367/wuhn3670.01o"),
    ("rinex", "other/wuhn2470.01o", "2001/247/wuhn2470.01o"),
    ("sp3", "gnss/COD20863.EPH.Z", "2019/COD20863.EPH.Z"),
    ("dcb", "gnss/P1P22013_ALL.DCB.Z", "2020/P1P22013_ALL.DCB.Z"),
    ("dcb", "gnss/P1P22001_ALL.DCB.Z", "2001/P1P22001_ALL.DCB.Z"),
]


def ask(tmp_path, source, file, path):
    target = tmp_path / file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"bytes")
    with serve(tmp_path) as replica:
        url = f"{replica.base(source)}/{path.format(name=target.name)}"
        return requests.get(url, timeout=10)


@pytest.mark.parametrize(("source", "file", "path"), THERE)
def test_a_file_is_had_as_upstream(tmp_path, source, file, path):
    answer = ask(tmp_path, source, file, path)
    assert (answer.status_code, answer.content) == (200, b"bytes")


@pytest.mark.parametrize(("source", "file", "path"), NOT_THERE)
def test_no_file_elsewhere(tmp_path, source, file, path):
    assert ask(tmp_path, source, file, path).status_code == 404


def test_every_path_of_the_sources_is_one_of_the_replica(tmp_path):
    """Whatever is asked for of a day is found in a folder that has it under that name."""
    options = {"rinex": {"stations": ["AIRA00JPN"]}}
    for source in ("rinex", "sp3", "brdc", "dcb", "bsx"):
        settings = registry.settings(source, CONFIG)
        module = registry.load(settings["module"])
        for day in (D(2003, 5, 6), D(2020, 1, 1), D(2024, 5, 1)):
            asked = module.requests(f"{day:%Y-%m}", day, day, settings, options.get(source, {}))
            for request in asked:
                for path in (request.path, *request.alternatives):
                    if "CAS0OPSRAP" in path and day.year < 2024:
                        continue
                    name = path.rsplit("/", 1)[-1]
                    assert ask(tmp_path, source, f"gnss/{name}", path).status_code == 200, path

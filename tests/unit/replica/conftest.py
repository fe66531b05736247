"""A small folder laid out like one of real files, and a way to ask a replica."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ncompress
import pytest
import requests

HEADER = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource"
)
ROWS = [
    # The first is in the compilation below as well, under an id in capitals.
    "2001-01-13T17:33:32.380Z,13.049,-88.66,60,7.7,mwc,157,,,0.93,us,usp000a7fe,"
    '2022-05-03T17:33:42.646Z,"near the coast, El Salvador",earthquake,,,,,reviewed,us,hrv',
    "2001-01-14T12:00:00.000Z,45.1,179.9,10,5.0,mb,14,,,1.16,us,us2,2014-11-07T01:11:48.035Z,"
    '"A ""quoted"" place",earthquake,,,,3,reviewed,us,us',
    "2001-01-14T12:00:00.001Z,45.2,-179.9,10,4.9,mb,14,,,1.16,us,us3,2014-11-07T01:11:48.035Z,"
    '"B",quarry blast,,,,3,reviewed,us,us',
]
KAGGLE = """Date,Time,Latitude,Longitude,Type,Depth,Depth Error,Depth Seismic Stations,Magnitude,\
Magnitude Type,Magnitude Error,Magnitude Seismic Stations,Azimuthal Gap,Horizontal Distance,\
Horizontal Error,Root Mean Square,ID,Source,Location Source,Magnitude Source,Status
01/13/2001,17:33:32,13.049,-88.66,Earthquake,60.0,,472.0,7.7,MWC,,,,,,0.93,USP000A7FE,US,US,HRV,\
Reviewed
01/09/2001,6:49:28,-14.928,167.17,Earthquake,103.0,,452.0,7.1,MWC,,,,,,0.97,USP000A7A1,US,US,HRV,\
Reviewed
1975-02-23T02:58:41.000Z,1975-02-23T02:58:41.000Z,8.017,124.075,Nuclear Explosion,623.0,,,5.6,MB,,\
,,,,,USP0000A09,US,US,US,Reviewed
"""


def dst_record(day: dt.date, version: str = " ", century: str = "  ") -> str:
    """A record of 120 columns whose 24 values are the day of the month."""
    mark = "X" if version.strip() else " "
    head = f"DST{day:%y%m}*{day.day:02d}  {mark}{version}{century}   0"
    return head + 25 * f"{day.day:4d}"


def dst_month(year: int, month: int, **said: str) -> list[str]:
    """All records of a month."""
    first = dt.date(year, month, 1)
    days = (first + dt.timedelta(days=n) for n in range(31))
    return [dst_record(day, **said) for day in days if day.month == month]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Maps, catalogs and indices of January 2001, in every form that a replica knows."""
    root = tmp_path / "real"
    for name in ("ionex/jpl", "ionex/code", "catalogs/a", "catalogs/kaggle", "catalogs/isc"):
        (root / name).mkdir(parents=True)
    for name in ("gfz_kp_wdc", "kyoto_dst_wdc", "celestrak"):
        (root / "indices" / name).mkdir(parents=True)
    (root / "ionex/jpl/jplg0140.01i.Z").write_bytes(ncompress.compress(b"fourteenth"))
    (root / "ionex/code/CODG0140.01I").write_bytes(b"plain")
    (root / "ionex/code/COD0OPSFIN_20250010000_01D_01H_GIM.INX").write_bytes(b"long")
    (root / "catalogs/a/query.csv").write_text("\n".join([HEADER, *ROWS]) + "\n")
    (root / "catalogs/kaggle/compilation.csv").write_text(KAGGLE)
    (root / "catalogs/isc/isc.csv").write_text("date,lat,lon\n1900,1,2\n")
    (root / "indices/gfz_kp_wdc/kp2001").write_text("kp of 2001\n")
    (root / "indices/gfz_kp_wdc/kp2012.wdc").write_text("kp of 2012\n")
    dst = root / "indices/kyoto_dst_wdc"
    (dst / "dst_wdc_2000.txt").write_text("\n".join(dst_month(2000, 12)) + "\n")
    later = dst_month(2001, 1, version="2", century="20") + dst_month(2001, 2, version="1")
    (dst / "dst_wdc_2001.txt").write_text("\n".join(later))
    (root / "indices/celestrak/SW-All.csv").write_text("DATE,BSRN\n2001-01-13,2\n")
    return root


@pytest.fixture
def get():
    """A GET of base/path without the proxies of the environment."""
    with requests.Session() as session:
        session.trust_env = False

        def ask(base: str, path: str, **headers: str) -> requests.Response:
            return session.get(f"{base}/{path}", headers=headers, timeout=10)

        yield ask

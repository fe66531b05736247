"""Three planted logins stand in no report of a study and no ledger, in no packed file either."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import zipfile
import zlib
from urllib.parse import quote

import netCDF4
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from laicflow import ledger
from laicflow.replica.server import serve
from laicflow.simulate.world import write_world
from laicflow.store import read_parquet
from tests.unit import probe_files
from tests.workflow.planted import LOGINS, PNG, leaks, said
from tests.workflow.running import ROOT, snakemake

pytestmark = pytest.mark.xdist_group("secrets in results")
OVERLAY = ROOT / "tests/workflow/secrets.yaml"
NOW = "2015-02-01T06:00"
WORLD = {
    "seed": 5,
    "start": "2014-07-01",
    "end": "2015-03-31",
    "maps": False,
    "catalog": {"mu": 0.3, "K": 0.002},
    "geomagnetic": {
        "observatories": [{"iaga": "AAA", "latitude": 38.5, "longitude": 141.5, "elevation_m": 100}]
    },
}
LAP = "CSES_01_LAP_1_L02_A3_060791_20140701_000008_20140701_000020_000.h5"
SOURCES = ("intermagnet", "usgs", "gfz_kp", "kyoto_dst", "celestrak", "cses_lap")
CSES = dict(zip(("LAICFLOW_CSES_USER", "LAICFLOW_CSES_PASSWORD"), LOGINS["cses_lap"], strict=True))
# Some sixty jobs, on a machine that may be shared.
LONG = 900
SECRET = LOGINS["cses_lap"][1]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a report, forecasts and a half-orbit, all from upstreams that want logins."""
    archive, folder = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("run")
    write_world(WORLD, archive)
    (archive / "cses/2014").mkdir(parents=True)
    probe_files.cses(archive / "cses/2014" / LAP, dt.datetime(2014, 7, 1, 0, 0, 8))
    netrc = folder / "home/.netrc"
    netrc.parent.mkdir()
    name, word = LOGINS["code"]
    netrc.write_text(f"machine 127.0.0.1 login {name} password {word}\n")
    netrc.chmod(0o600)
    # The minutes behind the login of ~/.netrc.
    wanted = {one: LOGINS[one] for one in ("cses_lap", "kyoto_dst")}
    wanted["intermagnet"] = LOGINS["code"]
    with serve(archive, catalogs=["catalogs/**/*.csv"], logins=wanted) as replica:
        bases = {source: [replica.base(source)] for source in SOURCES}
        own = ":".join(quote(one, safe="") for one in LOGINS["kyoto_dst"])
        bases["kyoto_dst"] = [bases["kyoto_dst"][0].replace("://", f"://{own}@")]
        mine = netrc.with_name("mine.yaml")
        mine.write_text(yaml.safe_dump({"bases": bases}))
        half = "results/secrets/store/observed/cses_lap/2014-07.parquet"
        words = ("petrescu2022", "prospective", half, "--configfile", OVERLAY, mine)
        done = snakemake(*words, folder=folder, timeout=LONG, **CSES | {"LAICFLOW_NOW": NOW})
        asked = [(seen.path.split("/")[1], seen.status) for seen in replica.log]
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, (netrc, mine), done.stdout + done.stderr, asked


@pytest.mark.timeout(LONG + 60)
def test_no_login_is_in_a_report_or_a_ledger(made):
    folder, own, told, asked = made
    # All three were wanted, and were given.
    for source in ("cses_lap", "intermagnet", "kyoto_dst"):
        assert (source, 200) in asked and (source, 401) not in asked
    assert said(told) == []
    study = folder / "results/secrets/petrescu2022"
    assert (study / "report.html").is_file() and (study / "clean/audit.parquet").is_file()
    table = ledger.read(folder / "ledger/petrescu2022/forecasts.parquet")
    assert table["kind"].tolist() == ["forecast"]
    assert leaks(folder, leave=own) == []
    # That it looks into columns: each evidence of the audit is found where it stands.
    told = [text.encode() for text in read_parquet(study / "clean/audit.parquet")["evidence"]]
    assert all(str(study / "clean/audit.parquet") in leaks(study, words=[one]) for one in told[:3])


def _nc(path):
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("a", len(SECRET))
        word = file.createVariable("word", "S1", ("a",), zlib=True)
        word[:] = np.array(list(SECRET), dtype="S1")


def _png(path):
    body = zlib.compress(SECRET.encode())
    path.write_bytes(PNG + len(body + b"k\0\0").to_bytes(4, "big") + b"zTXtk\0\0" + body + b"    ")


def _zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", SECRET * 9)


def _parquet(path):
    table = pa.table({"note": pa.array([[SECRET] * 9, None], pa.list_(pa.string()))})
    pq.write_table(table, path, compression="gzip", write_statistics=False)


PACKED = {
    "a.parquet": _parquet,
    "b.nc": _nc,
    "c.png": _png,
    "d.pt": _zip,
    "e.gz": lambda path: path.write_bytes(gzip.compress(SECRET.encode() * 9)),
    "f.html": lambda path: path.write_bytes(
        b"<img src='data:x;base64,%s'>" % base64.b64encode(gzip.compress(SECRET.encode() * 9))
    ),
    "g.json": lambda path: path.write_bytes(base64.b64encode(b"?" + SECRET.encode() + b"!")),
}


@pytest.mark.parametrize("name", PACKED)
def test_a_login_that_is_packed_is_found(tmp_path, name):
    PACKED[name](tmp_path / name)
    assert leaks(tmp_path) == [str(tmp_path / name)]
    # One that only unpacking shows.
    assert said((tmp_path / name).read_bytes()) == []

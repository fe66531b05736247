"""A small folder of files in the upstreams' forms, and fetching from it without any waiting."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import ncompress
import pytest
import yaml

from laicflow.fetch import Client, fetch_partition, list_partition
from laicflow.sources import registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
NOW = dt.datetime(2010, 1, 1)
D = dt.date
FIRST, LAST = D(2001, 1, 12), D(2001, 1, 15)


def maps_of(day: dt.date, centre: str = "JPL") -> bytes:
    lines = [
        f"{'     1.0            IONOSPHERE MAPS     GPS':<60}IONEX VERSION / TYPE",
        f"{centre:<60}COMMENT",
        f"{day.year:6d}{day.month:6d}{day.day:6d}     1     0     0{'':24}EPOCH OF FIRST MAP",
        f"{'':60}END OF HEADER",
        *["   12   13   14"] * 300,
        f"{'':60}END OF FILE",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


EVENTS = (
    "time,latitude,longitude,depth,mag,magType,nst,gap,dmin,rms,net,id,updated,place,type,"
    "horizontalError,depthError,magError,magNst,status,locationSource,magSource"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Maps of 12..15 January 2001, events and indices of that year."""
    root = tmp_path / "real"
    (root / "ionex").mkdir(parents=True)
    (root / "catalogs").mkdir()
    for name in ("gfz_kp_wdc", "kyoto_dst_wdc", "celestrak"):
        (root / "indices" / name).mkdir(parents=True)
    for day in range(12, 16):
        body = maps_of(D(2001, 1, day))
        (root / f"ionex/jplg0{day}0.01i.Z").write_bytes(ncompress.compress(body))
    rows = [
        f"2001-01-{day:02d}T12:00:00.000Z,{day},{day},10,{4 + day / 10:.1f},mb,,,,,us,us{day},"
        f'2010-01-01T00:00:00.000Z,"p",earthquake,,,,,reviewed,us,us'
        for day in range(1, 32)
    ]
    (root / "catalogs/all.csv").write_text("\n".join([EVENTS, *rows]) + "\n")
    days = [D(2001, 1, 1) + dt.timedelta(days=n) for n in range(365)]
    kp = "".join(f"{day:%y%m%d}2272 7{'03' * 8} 27{'  2' * 8}  20.10\n" for day in days)
    (root / "indices/gfz_kp_wdc/kp2001").write_text(kp)
    dst = "".join(f"DST{day:%y%m}*{day:%d}  X220   0{'   1' * 25}\n" for day in days[:31])
    (root / "indices/kyoto_dst_wdc/dst_wdc_2001.txt").write_text(dst)
    weather = "".join(f"{day},1,2,3\n" for day in days)
    (root / "indices/celestrak/SW-All.csv").write_text(f"DATE,BSRN,ND,KP1\n{weather}")
    return root


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw"


def settings_of(source: str) -> dict:
    """The settings of a source as they are, whatever else they must say."""
    return yaml.safe_load((CONFIG / f"sources/{source}.yaml").read_text(encoding="utf-8"))


def fetch_one(source, raw, bases, **said):
    """A partition with the shipped settings and a client that never sleeps."""
    settings = settings_of(source) | said.pop("settings", {})
    names = {"month": "2001-01", "year": "2001", "all": "all"}
    client = said.pop("client", None) or Client(sleep=lambda seconds: None, read=5)
    asked = {"options": {}, "start": FIRST, "end": LAST, "now": NOW} | said
    partition = asked.pop("partition", names[settings["partition"]])
    return fetch_partition(
        source, partition, settings=settings, bases=bases, raw=raw, client=client, **asked
    )


@pytest.fixture
def fetch():
    """`fetch_partition` with the shipped settings and a client that never sleeps."""
    return fetch_one


def names(receipt: dict) -> list[str]:
    """The names of the files that a receipt has."""
    return [file["name"] for file in receipt["files"]]


def listing(source, bases, partition, start, end, now, **options) -> dict:
    """What the upstream has of a partition, with the shipped settings."""
    return list_partition(
        source,
        partition,
        settings=registry.settings(source, CONFIG),
        options=options,
        bases=bases,
        start=start,
        end=end,
        now=now,
    )


@pytest.fixture
def shipped():
    """The settings of a source."""
    return settings_of


@pytest.fixture
def ionex():
    """The text of a day's map file."""
    return maps_of


@contextlib.contextmanager
def running(answer):
    """A server on loopback; `answer(method, path, headers)` gives status, headers and body.

    Yields the port and the log of (method, path, headers). A body may be shorter than the
    Content-Length that its headers say.
    """
    log = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            headers = dict(self.headers.items())
            log.append((self.command, self.path, headers))
            self.close_connection = True
            status, said, body = answer(self.command, self.path, headers)
            self.send_response(status)
            for name, value in (
                {"Content-Length": len(body), "Connection": "close"} | said
            ).items():
                if value is not None:
                    self.send_header(name, str(value))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self):
            self.do_GET()

        def do_CONNECT(self):
            self.do_GET()

        def log_message(self, *args):
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args):
            pass

    with Quiet(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server.server_address[1], log
        server.shutdown()
        thread.join()


@pytest.fixture
def upstream():
    """A server on loopback that answers as a function says."""
    return running

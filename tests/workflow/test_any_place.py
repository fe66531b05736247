"""Another centre, place and period by configuration alone, on maps of CAS.

Of CAS one real day is at hand, 1999-01-01. It is taken as it is over several places; for a run of
weeks its text is dated anew and its TEC scaled day by day, so that the format and the header are
those of CAS and the days differ. Catalog, Kp, Dst and F10.7 are real. What the workflow finds is
held to numbers that this file reads itself, from the text of the maps and the rows of the catalog.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import math
import re
from pathlib import Path

import ncompress
import pandas as pd
import pytest
import xarray as xr
import yaml

from tests.workflow.running import ROOT, snakemake

# Tests that share a run of minutes keep to one worker.
pytestmark = pytest.mark.xdist_group("any place")
SHIPPED = ROOT / "config/real/caspian2000.yaml"
REAL_DAY = Path("ionex/variants/casg0010.99i.Z")
EVENTS = "catalogs/M4_lat33-78N_2000-2020/*.csv"
FIRST, LAST = dt.date(2000, 11, 21), dt.date(2000, 12, 31)
BAKU = (40.4, 49.9)
BOX = (33, 46, 44, 60)
SUPPORT_DAYS = 10
# What differs from the shipped overlay: maps of another centre, and less of everything.
OVERLAY = {
    "run": "cas2000",
    "audit": {"bootstrap": 200},
    "pham2023": {
        "data": {"maps": "cas"},
        "period": {"start": str(FIRST), "end": str(LAST)},
        "split": {"draws": 1},
        "training": {"epochs": 1},
        "trained": ["effnetv2"],
        "compare": {"splits": [], "gaps": []},
        "reported": ["table1", "fig1", "fig4"],
    },
}
# Points all over the Earth; the date line by both its names.
PLACES = {
    "maule": (-36.0, -72.5),
    "norcia": (42.8, 13.1),
    "east": (-17.3, 180.0),
    "west": (-17.3, -180.0),
    "taveuni": (-16.9, 179.9),
    "equator": (0.0, 2.5),
}
# The one real day, and as many after it as one window and its reference ask for.
NONE = ["1999-01-02", "1999-01-03", "1999-01-04"]
ONE_DAY = {
    "run": "cas1999",
    "upstream": "replica:$LAICFLOW_REAL_DATA",
    "replica": {"catalogs": ["catalogs/kaggle/*.csv"]},
    "sources": {"usgs": {"minmagnitude": 5.5}, "cas": {"allow_missing": NONE}},
    "accept_cpu": True,
    "pham2023": {
        "data": {"maps": "cas"},
        "period": {"start": "1999-01-01", "end": "1999-01-04"},
        "window": {"days": 1},
        "reference": {"days": 3, "least": 1},
        "catalog": {"latitude": [-60, 60], "longitude": [170, -170], "magnitude_min": 5.5},
        "sites": {
            "mode": "points",
            "points": [{"site": s, "latitude": a, "longitude": o} for s, (a, o) in PLACES.items()],
        },
    },
}

Map = dict[float, list[int]]


def maps_of(text: str) -> dict[int, Map]:
    """The TEC maps of a file by their hour: a latitude's 73 values in 0.1 TECU, west to east."""
    found: dict[int, Map] = {}
    row: list[int] = []
    inside = False
    for line in text.splitlines():
        label = line[60:].strip()
        if label == "START OF TEC MAP":
            inside = True
        elif label == "END OF TEC MAP":
            inside = False
        elif inside and label == "EPOCH OF CURRENT MAP":
            found[int(line.split()[3])] = now = {}
        elif inside and label == "LAT/LON1/LON2/DLON/H":
            row = now.setdefault(float(line[2:8]), [])
        elif inside:
            row += [int(line[at : at + 5]) for at in range(0, len(line.rstrip()), 5)]
    return found


def between(one: Map, latitude: float, longitude: float) -> float:
    """TECU between the four nodes around a point of the grid of 2.5 by 5 degrees."""
    south = math.floor(latitude / 2.5) * 2.5
    column, share = divmod((longitude + 180) % 360, 5)
    column, share, up = int(column), share / 5, (latitude - south) / 2.5
    rows = [one[south], one[min(south + 2.5, 87.5)]]
    low, high = (row[column] + share * (row[column + 1] - row[column]) for row in rows)
    return (low + up * (high - low)) / 10


def by_hand(days: dict[dt.date, dict[int, Map]], place: tuple, time: dt.datetime) -> float:
    """TECU over a place: a map at its epoch, or the mean of two that are turned by an hour."""
    latitude, longitude = place
    if time.hour % 2:
        return between(days[time.date()][time.hour], latitude, longitude)
    values = []
    for step in (-1, 1):
        epoch = time + dt.timedelta(hours=step)
        # The Sun stood over the point at `time` where it stands at the epoch 15 degrees further.
        turned = longitude - 15 * step
        values.append(between(days[epoch.date()][epoch.hour], latitude, turned))
    return sum(values) / 2


def made(text: str, day: dt.date) -> str:
    """The real day's text as that of another day, its TEC scaled by 0.80 to 1.20."""
    percent = 80 + (day.toordinal() * 17) % 41
    lines = []
    inside = False
    for line in text.splitlines():
        label = line[60:].strip()
        inside = inside != (label in ("START OF TEC MAP", "END OF TEC MAP"))
        if label.startswith("EPOCH OF"):
            line = f"{day.year:6d}{day.month:6d}{day.day:6d}{line[18:]}"
        elif inside and not label:
            values = [int(line[at : at + 5]) for at in range(0, len(line.rstrip()), 5)]
            line = "".join(f"{v if v == 9999 else v * percent // 100:5d}" for v in values)
        lines.append(line)
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def text(real_data) -> str:
    """The real day of CAS."""
    return ncompress.decompress((real_data / REAL_DAY).read_bytes()).decode("ascii")


@pytest.fixture(scope="module")
def world(tmp_path_factory, real_data, text) -> Path:
    """A folder with weeks of CAS beside the real catalogs and indices."""
    folder = tmp_path_factory.mktemp("world")
    for day in (FIRST + dt.timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
        path = folder / f"ionex/cas/casg{day:%j}0.{day:%y}i.Z"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(ncompress.compress(made(text, day).encode("ascii")))
    for source in [*real_data.glob(EVENTS), *(real_data / "indices").rglob("*")]:
        if source.is_file():
            link = folder / source.relative_to(real_data)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(source)
    return folder


@pytest.fixture(scope="module")
def days(text) -> dict[dt.date, dict[int, Map]]:
    """The maps that `world` holds, of the days that the tests look at."""
    wanted = [dt.date(2000, 11, 30), dt.date(2000, 12, 1), dt.date(2000, 12, 6)]
    return {day: maps_of(made(text, day)) for day in wanted}


@pytest.fixture(scope="module")
def run(tmp_path_factory, world) -> Path:
    """The results of the whole study on maps of CAS."""
    folder = tmp_path_factory.mktemp("cas")
    overlay = folder / "cas2000.yaml"
    overlay.write_text(yaml.safe_dump(OVERLAY))
    done = snakemake("--configfile", SHIPPED, overlay, folder=folder, real_data=world)
    logs = sorted((folder / "results/cas2000/logs").rglob("*.log"))
    told = "\n".join(p.read_text()[-2000:] for p in logs if "rror" in p.read_text())
    assert done.returncode == 0, done.stderr[-3000:] + told
    return folder / "results/cas2000/pham2023"


@pytest.fixture(scope="module")
def quakes(real_data) -> pd.DataFrame:
    """The events of the box that count, from the rows of the raw catalog."""
    rows = {}
    for path in real_data.glob(EVENTS):
        with path.open(newline="", encoding="utf-8") as file:
            rows |= {row["id"]: row for row in csv.DictReader(file)}
    south, north, west, east = BOX
    kept = [
        (dt.datetime.fromisoformat(row["time"][:19]), float(row["mag"]))
        for row in rows.values()
        if row["type"] == "earthquake"
        and float(row["mag"] or -9) >= 4
        and south <= float(row["latitude"]) <= north
        and west <= float(row["longitude"]) <= east
    ]
    return pd.DataFrame(sorted(kept), columns=["time", "magnitude"])


@pytest.mark.parametrize(
    "time",
    [
        dt.datetime(2000, 12, 6, 7),
        dt.datetime(2000, 12, 6, 8),
        dt.datetime(2000, 12, 1, 0),
        dt.datetime(2000, 11, 30, 23),
    ],
    ids=lambda time: f"{time:%m-%dT%H}",
)
def test_vtec_is_that_of_the_text(run, days, time):
    with xr.open_dataset(run / "tensors/observed-plain.nc") as tensors:
        assert tensors.attrs["centre"] == "cas"
        found = tensors["tec"].sel(site="baku", day=str(time.date()), hour=time.hour).item()
    assert found == pytest.approx(by_hand(days, BAKU, time), abs=1e-4)


def test_samples_are_those_of_the_catalog_and_say_where_their_maps_come_from(run, quakes):
    samples = pd.read_parquet(run / "paper/samples.parquet")
    event_day = quakes["time"].dt.normalize()
    first = pd.Timestamp(FIRST) + pd.Timedelta(days=SUPPORT_DAYS)
    last = pd.Timestamp(LAST) + pd.Timedelta(days=1)
    own = event_day.between(first, last)
    sips = samples[samples["label"] == 1]
    assert len(sips) == own.sum() > 0
    assert sorted(sips["magnitude"]) == pytest.approx(sorted(quakes.loc[own, "magnitude"]))
    quiet = set(pd.date_range(first, last)) - set(event_day)
    # The first hour of the first day lies before the first map, as the text has it.
    assert set(samples.loc[samples["label"] == 0, "end"]) == quiet
    assert set(samples["product"]) == {"cas 2 h"}
    assert set(samples["site"]) == {"baku"}
    assert set(samples["latitude"]) == {BAKU[0]}
    day = samples["end"].dt.floor("D")
    assert (samples["support_start"] == day - pd.Timedelta(days=SUPPORT_DAYS)).all()


@pytest.fixture(scope="module")
def words(run) -> str:
    """The report without its pictures."""
    page = (run / "report.html").read_text(encoding="utf-8")
    return re.sub(r"data:image/[^\"']+", "", page)


def test_the_report_names_centre_and_place_and_claims_nothing(run, words):
    assert "Not the paper's data." in words
    assert "<h1>Images of GIM TEC over Baku" in words
    assert "492 maps of 41 days (centre: cas)" in words
    assert "Global ionosphere maps of CAS" in words
    for variant in ("paper", "clean"):
        said = json.loads((run / variant / "verdict.json").read_text())
        assert said["verdict"] == "undecidable"


def test_what_the_paper_took_stands_beside_what_this_run_took_and_nowhere_else(words):
    rest = re.sub(r"<h3>Changed for this run</h3>.*?</table>", "", words, flags=re.DOTALL)
    rest = re.sub(r"\n *worlds:.*?\n *claims:", "", rest, flags=re.DOTALL)  # a place of their own
    assert "site: japan" in words and "site: japan" not in rest
    found = re.search(r"japan|\b142\.0\b|\b36\.5\b|thirty days", rest, flags=re.IGNORECASE)
    assert found is None, rest[found.start() - 80 : found.end() + 80]


@pytest.fixture(scope="module")
def one_day(tmp_path_factory, real_data) -> Path:
    """The tensors of the real day of CAS over all places."""
    folder = tmp_path_factory.mktemp("one-day")
    overlay = folder / "cas1999.yaml"
    overlay.write_text(yaml.safe_dump(ONE_DAY))
    tensors = "results/cas1999/pham2023/tensors/observed-plain.nc"
    words = ["--configfile", overlay, "--", tensors]
    done = snakemake(*words, folder=folder, real_data=real_data)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / tensors


@pytest.mark.parametrize("site", PLACES)
def test_the_real_day_over_any_place(one_day, text, site):
    day = dt.date(1999, 1, 1)
    maps = {day: maps_of(text)}
    with xr.open_dataset(one_day) as tensors:
        found = tensors["tec"].sel(site=site, day="1999-01-01").to_series()
    assert math.isnan(found[0])  # before the first map, 01 UT
    for hour in range(1, 24):
        time = dt.datetime(1999, 1, 1, hour)
        assert found[hour] == pytest.approx(by_hand(maps, PLACES[site], time), abs=1e-4), hour

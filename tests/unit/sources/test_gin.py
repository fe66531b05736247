"""What is asked of the GIN, as whole URLs, and of files of one's own, as paths."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.errors import ConfigError
from laicflow.sources import gin, own_minutes, registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date
PERIOD = D(2003, 1, 10), D(2004, 2, 20)
BOTH = {"observatories": ["ESK", "DUR"]}


def asked(source: str, partition: str, options: dict, period=PERIOD) -> list:
    settings = registry.settings(source, CONFIG)
    return registry.load(settings["module"]).requests(partition, *period, settings, options)


def test_every_address_that_is_asked():
    requests = asked("intermagnet", "2003-12", BOTH)
    assert [request.observatory for request in requests] == ["ESK", "DUR"]
    (base,) = registry.settings("intermagnet", CONFIG)["base"]
    assert [f"{base}/{path}" for path in (requests[0].path, *requests[0].alternatives)] == [
        "https://imag-data.bgs.ac.uk/GIN_V1/GINServices?Request=GetData"
        f"&publicationState={state}&observatoryIagaCode=ESK&samplesPerDay=Minute"
        "&dataStartDate=2003-12-01&dataDuration=31&orientation=Native&Format=Iaga2002"
        "&recordTermination=UNIX"
        for state in ("definitive", "quasi-def", "adjusted", "reported")
    ]
    assert requests[0].names() == ["esk20031201-20031231min.min"]
    assert (requests[0].check, requests[0].span) == ("iaga2002", (D(2003, 12, 1), D(2003, 12, 31)))


@pytest.mark.parametrize(
    ("partition", "start", "days"),
    [("2003-01", "2003-01-10", 22), ("2004-01", "2004-01-01", 31), ("2004-02", "2004-02-01", 20)],
)
def test_a_query_spans_the_days_that_are_needed(partition, start, days):
    (request,) = asked("intermagnet", partition, {"observatories": ["esk", "ESK"]})
    assert f"&dataStartDate={start}&dataDuration={days}&" in request.path
    assert asked("intermagnet", "2004-03", BOTH) == []


def test_the_definitive_state_is_the_one_that_ends_the_asking():
    final = registry.settings("intermagnet", CONFIG)["upgrade"]["final"]
    (request,) = asked("intermagnet", "2003-05", {"observatories": ["ESK"]})
    paths = (request.path, *request.alternatives)
    assert [path.startswith(final) for path in paths] == [True, False, False, False]


@pytest.mark.parametrize("module", [gin, own_minutes])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "no observatory"),
        ({"observatories": []}, "no observatory"),
        ({"observatories": ["ESKD"]}, "'ESKD'"),
        ({"observatories": ["ESK"], "observatory": "ESK"}, "unknown option 'observatory'"),
    ],
)
def test_options_that_make_no_sense(module, options, told):
    with pytest.raises(ConfigError, match=told):
        module.requests("2003-01", *PERIOD, {"format": "iaga2002"}, options)


def own(layout: str, partition="2004-02", codes=("MLR",), period=PERIOD) -> list:
    return asked("own_minutes", partition, {"observatories": list(codes), "layout": layout}, period)


def test_daily_files_of_ones_own():
    found = own("{iaga}{yyyymmdd}dmin.min", codes=("MLR", "SUA"))
    assert len(found) == 40
    assert (found[0].path, found[39].path) == ("mlr20040201dmin.min", "sua20040220dmin.min")
    first = found[0]
    assert (first.day, first.span, first.observatory) == (D(2004, 2, 1), None, "MLR")
    assert first.check == "iaga2002_own"


def test_monthly_and_yearly_files_of_ones_own():
    (month,) = own("{IAGA}/{yyyy}/{iaga}{yyyymm}dmin.min.gz")
    assert month.path == "MLR/2004/mlr200402dmin.min.gz"
    assert month.names() == ["mlr200402dmin.min.gz"]
    assert (month.day, month.span) == (None, (D(2004, 2, 1), D(2004, 2, 20)))
    (year,) = own("{iaga}{yy}.min", partition="2003-01")
    assert (year.path, year.span) == ("mlr03.min", (D(2003, 1, 10), D(2003, 1, 31)))


@pytest.mark.parametrize(
    ("layout", "name"),
    [
        ("{IAGA}/{yyyymm}.min", "MLR_200402.min"),
        ("{IAGA}/{yyyy}/{mm}.min.gz", "MLR_2004_02.min.gz"),
        ("{yyyy}/{mm}/{iaga}.min", "2004_02_mlr.min"),
        ("{yyyy}/{iaga}{mm}.min", "2004_mlr02.min"),
    ],
)
def test_a_name_on_disk_tells_observatory_and_time(layout, name):
    (request,) = own(layout)
    assert request.names() == [name]


@pytest.mark.parametrize(
    ("layout", "told"),
    [
        ("", "expected {iaga} or {IAGA}"),
        ("{yyyymmdd}.min", "expected {iaga} or {IAGA}"),
        ("{iaga}.min", "expected a year"),
        ("{iaga}{mm}.min", "expected a year"),
        ("{iaga}{yyyy}{dd}.min", "expected a year"),
        ("{iaga}{yyyy}{ddd}.min", "unknown field 'ddd'"),
        ("{iaga}{yyyy:>9}.min", "plain fields"),
        ("{iaga}{yyyy.min", "no template"),
    ],
)
def test_layouts_that_make_no_sense(layout, told):
    with pytest.raises(ConfigError, match=told):
        own(layout)


def test_kp_of_celestrak_is_asked_for_in_the_same_file_as_its_f107():
    settings = registry.settings("celestrak_kp", CONFIG)
    (request,) = asked("celestrak_kp", "all", {})
    assert f"{settings['base'][0]}/{request.path}" == "https://celestrak.org/SpaceData/SW-All.csv"
    assert (settings["kind"], request.check) == ("kp", "celestrak_kp")

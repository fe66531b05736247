from __future__ import annotations

import datetime as dt
import io

import obspy
import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.sources import fdsn, registry

D = dt.date
YEAR = D(2001, 1, 1), D(2001, 12, 31)
SPAN = "starttime=2001-01-01T00:00:00&endtime=2001-12-31T23:59:59.999"


@pytest.fixture
def ask(pytestconfig):
    """The one request of a shipped source for 2001, and its first base URL."""

    def made(source, partition="2001", start=YEAR[0], end=YEAR[1], **options):
        settings = registry.settings(source, pytestconfig.rootpath / "config")
        module = registry.load(settings["module"])
        (request,) = module.requests(partition, start, end, settings, options)
        return request, f"{settings['base'][0]}/{request.path}"

    return made


@pytest.mark.parametrize(
    ("source", "options", "url", "name", "check"),
    [
        (
            "isc",
            {"minmagnitude": 5.0},
            f"https://www.isc.ac.uk/fdsnws/event/1/query?format=text&{SPAN}&minmagnitude=5"
            "&orderby=time-asc&limit=20000",
            "isc_20010101-20011231_m5_global.txt",
            "fdsn_text",
        ),
        (
            "isc",
            {
                "format": "quakeml",
                "minmagnitude": 4,
                "maxmagnitude": 6,
                "depth_km": [0, 70],
                "latitude": [30, 46.5],
                "longitude": [128, 150],
            },
            f"https://www.isc.ac.uk/fdsnws/event/1/query?format=xml&{SPAN}&minmagnitude=4"
            "&maxmagnitude=6&mindepth=0&maxdepth=70&minlatitude=30&maxlatitude=46.5"
            "&minlongitude=128&maxlongitude=150&orderby=time-asc&limit=20000",
            "isc_20010101-20011231_m4to6_d0to70_lat30_46.5_lon128_150.xml",
            "quakeml",
        ),
        (
            "ingv",
            {"minmagnitude": 2.5},
            f"https://webservices.ingv.it/fdsnws/event/1/query?format=text&{SPAN}"
            "&minmagnitude=2.5&orderby=time-asc&limit=10000",
            "ingv_20010101-20011231_m2.5_global.txt",
            "fdsn_text",
        ),
    ],
)
def test_the_exact_requests_of_the_shipped_sources(ask, source, options, url, name, check):
    """Spelled by hand from the services document, sections 2 and 10, and the specification."""
    request, found = ask(source, **options)
    assert found == url
    assert (request.name, request.check) == (name, check)
    assert request.most == (20_000 if source == "isc" else 10_000)


def test_no_time_has_a_zone(ask):
    request, _ = ask("isc")
    assert "Z" not in request.path
    assert "+" not in request.path


def test_every_format_has_its_reader(pytestconfig, ask):
    for source in ("isc", "ingv"):
        settings = registry.settings(source, pytestconfig.rootpath / "config")
        for form, reader in settings["readers"].items():
            assert ask(source, format=form)[0].check == reader
        assert settings["format"] == settings["readers"][next(iter(settings["formats"]))]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "csv"}, "isc: format 'csv' is none of text, quakeml"),
        ({"minmag": 5}, "isc: unknown option 'minmag'"),
        ({"latitude": [40, 30]}, "isc: latitude must rise"),
        ({"depth_km": [40, 0]}, "isc: depth must rise"),
    ],
)
def test_options_that_make_no_sense(ask, options, told):
    with pytest.raises(ConfigError, match=told):
        ask("isc", **options)


def test_a_period_outside_the_partition_asks_for_nothing():
    service = {"stem": "x", "formats": {"text": "text"}}
    assert fdsn.requests("2001", D(2002, 1, 1), D(2002, 2, 1), service, {}) == []


def test_halves_ask_for_the_same_but_for_the_time(ask):
    request, _ = ask("isc", format="quakeml", minmagnitude=4, latitude=[30, 46])
    first, second = fdsn.instead(request, FetchError("http://x/query: HTTP 413 (too much)"))
    # 365 days: 182 before the cut, 183 after it; day 183 of 2001 is 2 July.
    assert first.path == request.path.replace("2001-12-31", "2001-07-01")
    assert second.path == request.path.replace("2001-01-01", "2001-07-02")
    assert (first.check, first.most, first.empty) == (request.check, 20_000, request.empty)
    assert first.span == (D(2001, 1, 1), D(2001, 7, 1))
    assert first.name == "isc_20010101-20010701_m4_lat30_46_lon-180_180.xml"


def test_what_stands_for_no_events_can_be_read(ask):
    text, _ = ask("isc")
    # Header: services document, section 1.
    assert text.empty == (
        "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|"
        "MagType|Magnitude|MagAuthor|EventLocationName|EventType\n"
    )
    xml, _ = ask("isc", format="quakeml")
    assert len(obspy.read_events(io.BytesIO(xml.empty.encode()), format="QUAKEML")) == 0

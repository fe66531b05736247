"""The stand-in of the GIN: minutes by headers, states, spans, and what it refuses."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from laicflow.replica import gin
from laicflow.replica.answer import Folder
from laicflow.replica.server import serve
from tests.unit.minutes_files import flat, iaga2002

D = dt.date
ASKED = {
    "Request": "GetData",
    "publicationState": "definitive",
    "observatoryIagaCode": "ESK",
    "samplesPerDay": "Minute",
    "dataStartDate": "2003-01-02",
    "dataDuration": "3",
    "orientation": "Native",
    "Format": "Iaga2002",
}


def query(**said: str) -> str:
    return "GINServices?" + "&".join(f"{key}={value}" for key, value in (ASKED | said).items())


def records(body: bytes) -> list[bytes]:
    return [line for line in body.splitlines() if line[:2] in (b"20", b"19")]


@pytest.fixture
def folder(tmp_path):
    """ESK: 1 to 3 January by days and month, definitive; 3 to 4 as adjusted; hours. CBI: DHZF."""
    root = tmp_path / "real/geomag"
    (root / "deep/er").mkdir(parents=True)
    (root / "one.txt").write_bytes(iaga2002(D(2003, 1, 1), 2))
    (root / "deep/er/two").write_bytes(iaga2002(D(2003, 1, 3), values=[flat(7.0)] * 4))
    adjusted = iaga2002(D(2003, 1, 3), 2, state="provisional", values=[flat(8.0)] * 4)
    (root / "esk_but_not_by_name.min").write_bytes(adjusted)
    hours = {"interval": "HOUR", "step": 60}
    (root / "hours.hor").write_bytes(iaga2002(D(2003, 1, 2), 3, values=[flat(9.0)] * 4, **hours))
    (root / "hours_unlabelled.hor").write_bytes(
        iaga2002(D(2003, 1, 2), 3, values=[flat(9.0)] * 4, interval="", step=60)
    )
    (root / "notes.md").write_text("no data")
    (root / "cbi").write_bytes(
        iaga2002(D(2003, 1, 2), 1, code="CBI", letters="DHZF", values=[flat(-227.75)] * 4)
    )
    return tmp_path / "real"


def test_the_span_asked_with_missing_minutes_where_no_file_is(folder, get):
    with serve(folder) as replica:
        answer = get(replica.base("intermagnet"), query())
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain")
    found = records(answer.content)
    assert len(found) == 3 * 1440
    assert found[0] == (b"2003-01-02 00:00:00.000 002      3000.00   4000.00  12000.00  13000.50")
    assert found[1440].split()[3:] == [b"7.00"] * 4
    assert found[2 * 1440] == (
        b"2003-01-04 00:00:00.000 004     99999.00  99999.00  99999.00  99999.00"
    )
    assert found[-1].startswith(b"2003-01-04 23:59:00.000 004")
    assert b"Data Type              Definitive " in answer.content


def test_states_are_those_of_the_headers(folder, get):
    with serve(folder) as replica:
        base = replica.base("intermagnet")
        adjusted, none, best = (
            get(base, query(publicationState=state))
            for state in ("adjusted", "quasi-def", "best-avail")
        )
    assert {line.split()[3] for line in records(adjusted.content)} == {b"8.00", b"99999.00"}
    # A state that is not there: a whole file of missing samples, as the service answers.
    assert none.status_code == 200
    assert len(records(none.content)) == 3 * 1440
    assert {cell for line in records(none.content) for cell in line.split()[3:]} == {b"99999.00"}
    assert b"Data Type              quasi-definitive " in none.content
    assert records(best.content)[0].split()[3] == b"3000.00"


def test_keys_in_any_case_and_the_files_own_orientation(folder, get):
    low = query(observatoryIagaCode="cbi", dataDuration="1")
    for key in ASKED:
        low = low.replace(f"{key}=", f"{key.lower()}=")
    with serve(folder) as replica:
        answer = get(replica.base("intermagnet"), low)
    assert answer.status_code == 200
    assert b"CBID      CBIH      CBIZ      CBIF" in answer.content


@pytest.mark.parametrize(
    "said",
    [
        {"Format": ""},
        {"Format": "json"},
        {"Request": "GetAll"},
        {"publicationState": "final"},
        {"samplesPerDay": "Second"},
        {"dataStartDate": "2003-02-30"},
        {"dataStartDate": "2003-01-02T00:00"},
        {"dataDuration": "0"},
        {"dataDuration": "month"},
        {"orientation": "XYZF"},
    ],
)
def test_bad_parameters_answer_400_with_a_page(folder, get, said):
    with serve(folder) as replica:
        answer = get(replica.base("intermagnet"), query(**said))
    assert answer.status_code == 400
    assert answer.text.startswith("<html>")


def test_what_is_not_there(folder, get):
    with serve(folder) as replica:
        base = replica.base("intermagnet")
        assert get(base, query(observatoryIagaCode="DUR")).status_code == 404
        assert get(base, query().replace("GINServices", "GIN")).status_code == 404


def test_capabilities_list_the_observatories(folder, get):
    with serve(folder) as replica:
        answer = get(replica.base("intermagnet"), "GINServices?Request=GetCapabilities&format=json")
    first, second = answer.json()["ObservatoryList"]
    assert (first["IagaCode"], second["IagaCode"]) == ("CBI", "ESK")
    assert second == {
        "IagaCode": "ESK",
        "Name": "Station ESK",
        "Latitude": 55.3,
        "Longitude": 356.8,
        "Elevation": 245.0,
        "DataEmbargoHours": 0,
    }


def test_a_year_of_real_daily_files(real_data, get):
    served = Folder(real_data, {})
    start = time.perf_counter()
    found = gin._index(served)
    assert time.perf_counter() - start < 3.0
    assert sum(file.code == "ESK" for file in found) == 365
    with serve(real_data) as replica:
        answer = get(
            replica.base("intermagnet"), query(dataStartDate="2003-10-29", dataDuration="2")
        )
    folder = real_data / "geomag/esk_2003_definitive_minute"
    days = [folder / f"esk200310{day}dmin.min" for day in (29, 30)]
    assert records(answer.content) == [
        line.rstrip() for day in days for line in records(day.read_bytes())
    ]
    assert len(records(answer.content)) == 2880

"""Files of Swarm: the days of its archive's list and of folders, HAPI, and what can go wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import FetchError
from laicflow.readers import swarm_hapi, swarm_lp
from laicflow.replica.server import Fault, serve
from tests.unit import probe_files
from tests.unit.fetch.conftest import listing, names

D = dt.date
CLOSED = dt.datetime(2026, 1, 1)
# Seconds from 2000 to 2024-05-11: 24 years, six leap days in them, 131 days of 2024 before.
MAY_11 = (24 * 365 + 6 + 131) * 86400.0
MAY = {"partition": "2024-05", "start": D(2024, 5, 11), "end": D(2024, 5, 13)}


def day_of_swarm(path, day: int, letter: str = "A", version: str = "0701", level=2e5):
    """A day of a sample every ten minutes."""
    at = MAY_11 + (day - 11) * 86400.0
    seconds = [at + 600.0 * step + 0.197 for step in range(144)]
    flags = {name: [20] * 144 for name in ("Flags_Ne", "Flags_Te")}
    values = {
        "Latitude": [float(step % 90) for step in range(144)],
        "Longitude": [float(step) for step in range(144)],
        "Radius": [6.88e6] * 144,
        "Ne": [level + step for step in range(144)],
        "Te": [2000.0] * 144,
        "Flags_LP": [1] * 144,
    } | flags
    product = f"SW_OPER_EFI{letter}_LP_1B_202405{day}T000000_202405{day}T235959_{version}"
    new = version >= "07"
    cdf = probe_files.swarm(path / "one.cdf", seconds, values, new=new).read_bytes()
    (path / "one.cdf").unlink()
    body = probe_files.zipped(cdf, f"{product}_MDR_EFI_LP.cdf", header=b"<HDR/>")
    target = path / "swarm/2024" / f"{product}.CDF.ZIP"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)
    return target.name


@pytest.fixture
def swarm(tmp_path):
    """The 11th in two baselines, the 13th; not the 12th."""
    root = tmp_path / "swarm world"
    root.mkdir()
    day_of_swarm(root, 11, version="0602")
    day_of_swarm(root, 11)
    day_of_swarm(root, 13)
    return root


A = {"options": {"satellites": ["A"]}, "now": CLOSED} | MAY


def test_days_of_swarm_by_the_list_of_swarm_diss(swarm, raw, fetch):
    with serve(swarm) as replica:
        receipt = fetch("swarm_lp", raw, [replica.base("swarm_lp")], **A)
        assert replica.asked()[0].startswith(
            "/swarm_lp/?do=list&maxfiles=10000&pos=0&file=swarm%2F"
        )
    assert [(file["day"], file["observatory"]) for file in receipt["files"]] == [
        ("2024-05-11", "A"),
        ("2024-05-13", "A"),
    ]
    assert names(receipt)[0].endswith("_0701.CDF.ZIP")
    (gap,) = receipt["missing"]
    assert (gap["day"], gap["observatory"]) == ("2024-05-12", "A")
    assert gap["why"] == "absent upstream, its list of files has none"
    assert len(swarm_lp.read(raw / receipt["files"][0]["path"])) == 144


def test_days_of_swarm_from_folders(swarm, raw, fetch):
    """A mirror's web pages, and a folder here, give the same files."""
    with serve(swarm) as replica:
        said = A | {"options": {"satellites": ["A"], "folders": ["{yyyy}"]}}
        mirror = fetch("swarm_lp", raw / "a", [replica.base("swarm_lp")], **said)
    local = fetch("swarm_lp", raw / "b", [swarm.as_uri()], **A)
    assert names(mirror) == names(local) and len(names(local)) == 2
    assert local["files"][0]["sha256"] == mirror["files"][0]["sha256"]


def test_no_day_of_a_satellite(swarm, raw, fetch):
    said = A | {"options": {"satellites": ["A", "C"]}}
    with serve(swarm) as replica:
        with pytest.raises(FetchError, match=r"allow_missing: \['C/2024-05'\]"):
            fetch("swarm_lp", raw, [replica.base("swarm_lp")], **said)
        allowed = said | {"allow_missing": ["C/2024"]}
        receipt = fetch("swarm_lp", raw, [replica.base("swarm_lp")], **allowed)
    assert [one["observatory"] for one in receipt["missing"]] == ["A", "C"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("truncated", match="download"), "truncated or damaged: its zip archive"),
        (Fault("html", match="download"), "a web page came instead of SW_OPER_EFIA_LP_1B_2024"),
        (Fault("truncated", match="list"), "truncated: its list of files is no whole object"),
        (Fault("html", match="list"), "a web page came instead of a list of files"),
    ],
)
def test_zips_and_lists_that_are_none(swarm, raw, fetch, fault, told):
    with serve(swarm, faults=[fault]) as replica, pytest.raises(FetchError) as caught:
        fetch("swarm_lp", raw, [replica.base("swarm_lp")], **A)
    assert told in str(caught.value)
    assert not list(raw.rglob("*.ZIP"))


def test_zips_of_two_files_or_of_another_satellite(swarm, raw, fetch):
    place = swarm / "swarm/2024"
    wrong = day_of_swarm(swarm, 12, letter="B")
    (place / wrong).rename(place / wrong.replace("EFIB", "EFIA"))
    (place / names_of_day(13)).write_bytes(probe_files.zipped(b"x", "a.cdf", **{"b.cdf": b"y"}))
    with serve(swarm) as replica, pytest.raises(FetchError) as caught:
        fetch("swarm_lp", raw, [replica.base("swarm_lp")], **A)
    told = str(caught.value)
    assert "2 of 3 files failed" in told
    assert "expected the Langmuir probe of Swarm A, found SW_OPER_EFIB_LP_1B" in told
    assert "one CDF file in the zip archive, found a.cdf, b.cdf" in told


def names_of_day(day: int) -> str:
    return f"SW_OPER_EFIA_LP_1B_202405{day}T000000_202405{day}T235959_0701.CDF.ZIP"


def test_a_listing_of_swarm_knows_what_the_list_says(swarm):
    ends = "2024-05", MAY["start"], MAY["end"], CLOSED
    with serve(swarm) as replica:
        bases = [replica.base("swarm_lp")]
        first = listing("swarm_lp", bases, *ends, satellites=["A"])
        assert len(replica.log) == 1
        assert listing("swarm_lp", bases, *ends, satellites=["A"]) == first
    assert [one["exists"] for one in first["files"]] == [True, True, False]
    day_of_swarm(swarm, 13, level=3e5)
    with serve(swarm) as replica:
        second = listing("swarm_lp", [replica.base("swarm_lp")], *ends, satellites=["A"])
    assert second["fingerprint"] != first["fingerprint"]


def test_samples_by_hapi_are_those_of_the_files(swarm, raw, fetch):
    day_of_swarm(swarm, 12)
    with serve(swarm) as replica:
        receipt = fetch("swarm_lp_hapi", raw, [replica.base("swarm_lp_hapi")], **A)
        asked = len(replica.log)
        assert fetch("swarm_lp_hapi", raw, [replica.base("swarm_lp_hapi")], **A) == receipt
        assert len(replica.log) == asked == 4
        files = fetch("swarm_lp", raw, [replica.base("swarm_lp")], **A)
    assert names(receipt) == [
        "swarm_a_20240511T000000_20240512T000000.csv",
        "swarm_a_20240512T000000_20240513T000000.csv",
        "swarm_a_20240513T000000_20240513T235959.csv",
    ]
    for one, other in zip(receipt["files"], files["files"], strict=True):
        by_hapi = swarm_hapi.read(raw / one["path"])
        by_file = swarm_lp.read(raw / other["path"])
        if one["day"] == "2024-05-11":
            # Two files hold this day; the service gives both of them.
            by_hapi = by_hapi.drop_duplicates("time", ignore_index=True)
        assert by_hapi.equals(by_file)


def test_hours_without_any_sample(swarm, raw, fetch):
    with serve(swarm) as replica:
        bases = [replica.base("swarm_lp_hapi")]
        with pytest.raises(FetchError) as caught:
            fetch("swarm_lp_hapi", raw, bases, **A)
        told = str(caught.value)
        assert "1 of 3 files failed" in told and "not there (no value is in it)" in told
        assert "allow_missing: ['A/2024-05-12']" in told
        said = A | {"allow_missing": ["A/2024-05-12"]}
        assert len(fetch("swarm_lp_hapi", raw, bases, **said)["files"]) == 2
        with pytest.raises(FetchError, match="no file of 2024-06-01 to 2024-06-30 is listed"):
            june = {"partition": "2024-06", "start": D(2024, 6, 1), "end": D(2024, 6, 30)}
            fetch("swarm_lp_hapi", raw, bases, **(A | june))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("truncated", match="/data"), "truncated: its last row"),
        (Fault("html", match="info"), "a web page came instead of info_a_20240511-20240513.json"),
        (Fault("truncated", match="info"), "expected the info of a HAPI dataset"),
        (
            Fault("status", match="/data", status=400, message='{"status": {"code": 1408}}'),
            "what is asked is refused: change it under sources: {swarm_lp_hapi:",
        ),
    ],
)
def test_answers_of_hapi_that_are_none(swarm, raw, fetch, fault, told):
    with serve(swarm, faults=[fault]) as replica, pytest.raises(FetchError) as caught:
        fetch("swarm_lp_hapi", raw, [replica.base("swarm_lp_hapi")], **A)
    assert told in str(caught.value)

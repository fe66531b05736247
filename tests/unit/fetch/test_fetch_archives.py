"""Local archives: file:/// instead of a server."""

from __future__ import annotations

import datetime as dt
import gzip
import json

import pytest

from laicflow.errors import ConfigError, FetchError
from laicflow.fetch_local import find
from laicflow.fetch_manifest import frame
from laicflow.fetch_terms import Terms
from laicflow.replica.server import serve
from laicflow.sources.request import Request

D = dt.date


@pytest.mark.parametrize("layout", ["{yyyy}/{ddd}/{name}", "{name}", "{yyyy}/{name}"])
def test_a_local_archive_is_linked_and_not_copied(folder, raw, tmp_path, layout, fetch):
    archive = tmp_path / "archive"
    for day in range(12, 16):
        name = f"jplg0{day}0.01i.Z"
        place = archive / layout.format(yyyy="2001", ddd=f"0{day}", name=name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes((folder / "ionex" / name).read_bytes())
    receipt = fetch("jpl", raw, [archive.as_uri()])
    assert len(receipt["files"]) == 4
    linked = raw / receipt["files"][0]["path"]
    assert linked.is_symlink() and archive in linked.resolve().parents
    assert len(frame(raw)) == 4
    assert fetch("jpl", raw, [archive.as_uri()]) == receipt
    assert len(frame(raw)) == 4


def test_a_local_archive_is_trusted_no_more_than_a_server(raw, tmp_path, folder, fetch):
    (tmp_path / "archive").mkdir()
    wrong = (folder / "ionex/jplg0140.01i.Z").read_bytes()
    (tmp_path / "archive/jplg0130.01i.Z").write_bytes(wrong)
    one = {"start": D(2001, 1, 13), "end": D(2001, 1, 13)}
    with pytest.raises(FetchError, match="its header says 2001-01-14"):
        fetch("jpl", raw, [(tmp_path / "archive").as_uri()], **one)
    with serve(folder) as replica:
        bases = [(tmp_path / "archive").as_uri(), replica.base("jpl")]
        assert len(fetch("jpl", raw, bases, **one)["files"]) == 1


def test_raw_files_of_another_machine_are_an_archive_for_queries_too(folder, raw, tmp_path, fetch):
    with serve(folder) as replica:
        first = fetch("usgs", raw, [replica.base("usgs")])
    other = fetch("usgs", tmp_path / "other", [(raw / "usgs").as_uri()])
    assert [f["sha256"] for f in other["files"]] == [f["sha256"] for f in first["files"]]


def test_a_local_archive_that_is_not_there(raw, tmp_path, fetch):
    with pytest.raises(FetchError, match="no such folder"):
        fetch("jpl", raw, [(tmp_path / "nowhere").as_uri()])


NAMED = "SW_OPER_EFIA_LP_1B_20160101T000000_20160101T235959_0501.CDF.ZIP"


@pytest.mark.parametrize(
    "page",
    [
        {"results": [], "files": [[f"../../{NAMED}", 1, 1]]},
        {"results": [{"name": NAMED}], "files": [[f"../../{NAMED}", 1, 1]]},
    ],
    ids=["none", "one"],
)
def test_a_list_of_a_mirror_brings_no_file_from_outside_a_local_archive(
    raw, tmp_path, upstream, fetch, page
):
    (tmp_path / "archive/inner").mkdir(parents=True)
    (tmp_path / NAMED).write_bytes(b"of somebody else")

    def answer(method, path, headers):
        return (200, {}, json.dumps(page).encode()) if "do=list" in path else (404, {}, b"")

    said = {
        "options": {"satellites": ["A"]},
        "partition": "2016-01",
        "now": dt.datetime(2020, 1, 1),
    }
    with upstream(answer) as (port, _), pytest.raises(FetchError):
        bases = [f"http://127.0.0.1:{port}", (tmp_path / "archive/inner").as_uri()]
        fetch("swarm_lp", raw, bases, start=D(2016, 1, 1), end=D(2016, 1, 1), **said)
    assert frame(raw).empty or not frame(raw)["file"].str.contains("CDF").any()


@pytest.mark.parametrize("path", ["../outside.x", "in/../../outside.x", "{outside}"])
def test_no_path_leads_out_of_a_local_archive(tmp_path, shipped, path):
    (tmp_path / "archive/in").mkdir(parents=True)
    (tmp_path / "outside.x").write_text("of somebody else")
    (tmp_path / "archive/in/inside.x").write_text("a")
    terms = Terms("jpl", "2001-01", shipped("jpl"), dt.datetime(2010, 1, 1), (D(2001, 1, 1),) * 2)
    base = (tmp_path / "archive").as_uri()
    request = Request(path=path.format(outside=tmp_path / "outside.x"), name="a.x", check="")
    assert find(base, request, terms) is None
    inside = Request(path="in/inside.x", name="a.x", check="")
    assert find(base, inside, terms) == (tmp_path / "archive/in/inside.x", "in/inside.x")


@pytest.mark.parametrize("bases", [[], ["ftp://example.org"], ["data/archive"]])
def test_bases_that_are_none(raw, bases, fetch):
    with pytest.raises(ConfigError, match="base"):
        fetch("jpl", raw, bases)


@pytest.mark.parametrize(
    ("place", "sources"),
    [
        # By the services document, IONO/P1 has what is predicted one day ahead, IONO/P2 two.
        ("archive/IONO/P1/2023/{name}.gz", ["code_predicted"]),
        ("archive/IONO/P2/2023/{name}.gz", ["code_predicted2"]),
        ("archive/{name}.gz", []),
        ("archive/2023/{name}.gz", []),
        ("code_predicted2/2023/{name}.gz", ["code_predicted2"]),
        ("archive/c1pg0010.23i", ["code_predicted"]),
    ],
)
def test_one_name_of_two_predictions_tells_nothing(raw, tmp_path, ionex, place, sources, fetch):
    day = D(2023, 1, 1)
    file = tmp_path / place.format(name="COD0OPSPRD_20230010000_01D_01H_GIM.INX")
    file.parent.mkdir(parents=True)
    body = ionex(day, "")
    file.write_bytes(gzip.compress(body) if file.suffix == ".gz" else body)
    base = (tmp_path / place.split("/")[0]).as_uri()
    said = {"start": day, "end": day, "partition": "2023-01", "now": dt.datetime(2024, 1, 1)}
    found = []
    for source in ("code_predicted", "code_predicted2"):
        allowed = {"allow_missing": ["2023-01-01"]}
        if fetch(source, raw, [base], **said, **allowed)["files"]:
            found.append(source)
    assert found == sources

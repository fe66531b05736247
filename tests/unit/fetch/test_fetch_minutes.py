"""Minutes of observatories: states in turn, what is not there yet, files of one's own."""

from __future__ import annotations

import datetime as dt
import gzip

import pytest

from laicflow.clean.minutes import month_of_minutes
from laicflow.errors import FetchError
from laicflow.fetch_manifest import frame
from laicflow.replica.server import Fault, serve
from tests.unit.minutes_files import flat, hollow, iaga2002

D = dt.date
CLOSED = dt.datetime(2004, 1, 1)
OPEN = dt.datetime(2003, 3, 10)
LATER = dt.datetime(2004, 6, 1)
FEBRUARY = {"partition": "2003-02", "start": D(2003, 2, 1), "end": D(2003, 2, 28)}
# Three days of a month are enough where nothing hangs on its length.
DAYS = 3
BEGIN = FEBRUARY | {"end": D(2003, 2, DAYS)}
ESK = {"options": {"observatories": ["ESK"]}} | BEGIN
STATES = ["definitive", "quasi-def", "adjusted", "reported"]


def values(level: float) -> list:
    return [flat(level)] * 4


@pytest.fixture
def folder(tmp_path):
    """ESK as reported."""
    root = tmp_path / "real"
    (root / "geomag").mkdir(parents=True)
    month = iaga2002(D(2003, 2, 1), DAYS, state="variation", values=values(1.0))
    (root / "geomag/reported").write_bytes(month)
    return root


def states(paths) -> list[str]:
    """The states in URLs."""
    return [path.partition("publicationState=")[2].partition("&")[0] for path in paths]


def test_states_are_asked_for_in_turn_until_one_has_values(folder, raw, fetch):
    with serve(folder) as replica:
        bases = [replica.base("intermagnet")]
        receipt = fetch("intermagnet", raw, bases, now=CLOSED, **ESK)
        assert states(replica.asked()) == STATES
        assert [seen.status for seen in replica.log] == [200] * 4
        (file,) = receipt["files"]
        assert (file["observatory"], file["name"]) == ("ESK", "esk20030201-20030203min.min")
        (row,) = frame(raw).to_dict("records")
        assert states([row["path"]]) == ["reported"]
        assert [path.name for path in (raw / "intermagnet/2003").iterdir()] == [file["name"]]
        # It is closed: nothing is asked, until a recheck; then the better state takes its place.
        assert fetch("intermagnet", raw, bases, now=CLOSED, **ESK) == receipt
        assert len(replica.log) == 4
    final = iaga2002(D(2003, 2, 1), DAYS, values=values(2.0))
    (folder / "geomag/definitive").write_bytes(final)
    with serve(folder) as replica:
        bases = [replica.base("intermagnet")]
        receipt = fetch("intermagnet", raw, bases, now=LATER, recheck=True, **ESK)
        assert states(replica.asked()) == ["definitive"]
    assert states(frame(raw)["path"]) == ["reported", "definitive"]
    assert states([receipt["files"][0]["url_path"]]) == ["definitive"]


def test_a_recheck_without_a_better_state_changes_nothing(folder, raw, fetch):
    with serve(folder) as replica:
        bases = [replica.base("intermagnet")]
        first = fetch("intermagnet", raw, bases, now=CLOSED, **ESK)
        assert fetch("intermagnet", raw, bases, now=LATER, recheck=True, **ESK) == first
        assert [seen.status for seen in replica.log[4:]] == [200, 200, 200, 304]
    assert len(frame(raw)) == 1


def test_nothing_but_missing_samples_is_not_there_yet(folder, raw, fetch):
    (folder / "geomag/reported").write_bytes(hollow(D(2003, 2, 1), DAYS, state="variation"))
    with serve(folder) as replica:
        bases = [replica.base("intermagnet")]
        receipt = fetch("intermagnet", raw, bases, now=OPEN, **ESK)
        assert receipt["files"] == []
        assert receipt["missing"] == [
            {
                "observatory": "ESK",
                "name": "esk20030201-20030203min.min",
                "day": None,
                "why": "not yet",
            }
        ]
        with pytest.raises(FetchError) as caught:
            fetch("intermagnet", raw, bases, now=CLOSED, **ESK)
        told = str(caught.value)
        assert told.count("not there (no value is in it)") == 4
        assert "sources: {intermagnet: {allow_missing: ['ESK/2003-02']}}" in told
        said = {"now": CLOSED, "allow_missing": ["ESK/2003-02"]} | ESK
        assert "allow_missing" in fetch("intermagnet", raw, bases, **said)["missing"][0]["why"]
    assert not list((raw / "intermagnet/2003").iterdir())
    assert frame(raw).empty


def test_what_may_be_missing_of_one_observatory_must_be_there_of_another(folder, raw, fetch):
    both = {"options": {"observatories": ["ESK", "DUR"]}} | BEGIN
    with serve(folder) as replica:
        bases = [replica.base("intermagnet")]
        with pytest.raises(FetchError, match=r"1 of 2 files failed\n  dur20030201-20030203min"):
            fetch("intermagnet", raw, bases, now=CLOSED, allow_missing=["ESK/2003"], **both)
        said = {"allow_missing": ["DUR/2003"], "now": CLOSED} | both
        receipt = fetch("intermagnet", raw, bases, **said)
    assert [file["observatory"] for file in receipt["files"]] == ["ESK"]
    assert [file["observatory"] for file in receipt["missing"]] == ["DUR"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("html"), "a web page came instead of esk20030201"),
        (Fault("truncated"), ": truncated: "),
        (
            Fault("status", status=400, message="<html><body>Bad</body></html>"),
            "what is asked is refused: change it under sources: {intermagnet: ...}",
        ),
        (Fault("status", status=503), "HTTP 503"),
    ],
)
def test_answers_that_are_no_minutes(folder, raw, fetch, fault, told):
    with serve(folder, faults=[fault]) as replica, pytest.raises(FetchError) as caught:
        fetch("intermagnet", raw, [replica.base("intermagnet")], now=CLOSED, **ESK)
    assert told in str(caught.value)
    assert frame(raw).empty


def test_another_observatory_in_the_header(upstream, raw, fetch):
    body = iaga2002(D(2003, 2, 1), DAYS, code="LER")
    with upstream(lambda *asked: (200, {}, body)) as (port, log):
        with pytest.raises(FetchError, match="expected observatory ESK, its header says LER"):
            fetch("intermagnet", raw, [f"http://127.0.0.1:{port}"], now=CLOSED, **ESK)
        assert len(log) == 1


@pytest.mark.parametrize(
    ("layout", "files"),
    [
        ("{iaga}{yyyymmdd}dmin.min", {f"mlr200302{day:02d}dmin.min": day for day in range(1, 29)}),
        ("{IAGA}/{yyyy}/{iaga}{yyyymm}.min.gz", {"MLR/2003/mlr200302.min.gz": 0}),
        ("{iaga}{yyyy}.min", {"mlr2003.min": -31}),
    ],
)
def test_files_of_ones_own_by_day_month_and_year(tmp_path, raw, fetch, layout, files):
    root = tmp_path / "archive"
    for name, day in files.items():
        # A day, the month, or all from New Year to the end of March.
        span = (D(2003, 2, day), 1) if day > 0 else (D(2003, 2 + day // 31, 1), 28 - 2 * day)
        body = iaga2002(*span, code="MLR")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(body) if name.endswith(".gz") else body)
    said = {"options": {"observatories": ["MLR"], "layout": layout}, "now": CLOSED} | FEBRUARY
    receipt = fetch("own_minutes", raw, [root.as_uri()], **said)
    assert [file["name"] for file in receipt["files"]] == [name.split("/")[-1] for name in files]
    assert not any((raw / file["path"]).is_symlink() for file in receipt["files"])
    month = month_of_minutes(receipt, raw, "iaga2002")
    assert month["X"].values.tolist() == [[3000.0] * 28 * 1440]
    # A second time nothing is missing and nothing is new.
    assert fetch("own_minutes", raw, [root.as_uri()], **said) == receipt


def test_files_of_another_folder_or_edited_ones_are_taken_anew(tmp_path, raw, fetch):
    layout = "{iaga}{yyyymm}.min"
    said = {"options": {"observatories": ["MLR"], "layout": layout}, "now": CLOSED} | FEBRUARY

    def taken(name):
        (file,) = fetch("own_minutes", raw, [(tmp_path / name).as_uri()], **said)["files"]
        return (raw / file["path"]).read_bytes()

    body = iaga2002(D(2003, 2, 1), 28, code="MLR")
    for name, content in (("a", body), ("b", body.replace(b"3000.00", b"3111.00"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mlr200302.min").write_bytes(content)
    assert taken("a") == body
    assert b"3111.00" in taken("b") and taken("a") == body
    (tmp_path / "a/mlr200302.min").write_bytes(body.replace(b"3000.00", b"3222.00"))
    assert b"3222.00" in taken("a")


def test_a_day_of_ones_own_that_is_not_there(tmp_path, raw, fetch):
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/mlr20030201dmin.min").write_bytes(iaga2002(D(2003, 2, 1), code="MLR"))
    layout = "{iaga}{yyyymmdd}dmin.min"
    said = {"options": {"observatories": ["MLR"], "layout": layout}} | FEBRUARY
    said["end"] = D(2003, 2, 2)
    bases = [(tmp_path / "archive").as_uri()]
    missing = fetch("own_minutes", raw, bases, now=dt.datetime(2003, 2, 10), **said)["missing"]
    assert [(gap["day"], gap["why"]) for gap in missing] == [("2003-02-02", "not yet")]
    with pytest.raises(FetchError, match=r"allow_missing: \['MLR/2003-02-02'\]"):
        fetch("own_minutes", raw, bases, now=CLOSED, **said)


def test_real_observatories_from_the_replica_to_the_store(real_data, raw, fetch):
    said = {
        "partition": "2011-03",
        "start": D(2011, 3, 1),
        "end": D(2011, 3, 31),
        "now": dt.datetime(2020, 1, 1),
        "options": {"observatories": ["MMB", "CBI"]},
    }
    with serve(real_data) as replica:
        receipt = fetch("intermagnet", raw, [replica.base("intermagnet")], **said)
    month = month_of_minutes(receipt, raw, "iaga2002")
    assert month["observatory"].values.tolist() == ["CBI", "MMB"]
    assert int(month["X"].isnull().sum()) == 0
    # The first record of each file, D in minutes of arc: X = H cos D, Y = H sin D by a calculator.
    first = month.isel(time=0)
    assert first["X"].values == pytest.approx([32589.850, 25878.001], abs=0.001)
    assert first["Y"].values == pytest.approx([-2162.235, -3963.049], abs=0.001)
    assert first["Z"].values.tolist() == [24962.0, 42208.8]

"""Files of half-orbits: lists of them, folders, and what can go wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.errors import FetchError
from laicflow.fetch_manifest import frame
from laicflow.readers import demeter_isl
from laicflow.replica.server import Fault, serve
from tests.unit import probe_files
from tests.unit.fetch.conftest import listing, names

D, T = dt.date, dt.datetime
CLOSED, OPEN = T(2026, 1, 1), T(2005, 12, 31, 23)
DECEMBER = {"partition": "2005-12", "start": D(2005, 12, 1), "end": D(2005, 12, 31)}
JANUARY = {"partition": "2006-01", "start": D(2006, 1, 1), "end": D(2006, 1, 31)}


def isl(start: T, minutes: int = 11, orbit: int = 840, apid: int = 1144) -> tuple[str, bytes]:
    """Name and content of a half-orbit, a record a minute."""
    end = start + dt.timedelta(minutes=minutes - 1)
    name = f"DMT_N1_{apid}_{orbit:05d}0_{start:%Y%m%d_%H%M%S}_{end:%Y%m%d_%H%M%S}.DAT"
    label = probe_files.BURST if apid == 1143 else probe_files.SURVEY
    return name, probe_files.demeter(start, minutes, step=60.0, orbit=orbit, label=label)


PASSES = [
    isl(T(2005, 12, 2, 10)),
    isl(T(2005, 12, 2, 10), 5, apid=1143),
    isl(T(2005, 12, 31, 23, 55), orbit=900),  # across the turn of the year
    isl(T(2006, 1, 1, 1), orbit=901),
]


@pytest.fixture
def world(tmp_path):
    """Four files of DEMETER, as a simulated world has them, and one of another payload."""
    root = tmp_path / "world"
    for name, body in PASSES:
        year = name.split("_")[4][:4]
        (root / "demeter" / year).mkdir(parents=True, exist_ok=True)
        (root / "demeter" / year / name).write_bytes(body)
    other = "DMT_N1_1132_008401_20051202_100000_20051202_103000.DAT"
    (root / "demeter/2005" / other).write_bytes(b"electric field")
    return root


def test_half_orbits_of_a_month_by_a_list(world, raw, fetch):
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        receipt = fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER)
        assert names(receipt) == sorted(name for name, _ in PASSES[:3])
        assert replica.asked()[0] == "/demeter_isl/2005/"
        assert len(replica.log) == 4
        # The second time neither list nor file is asked for.
        assert fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER) == receipt
        assert len(replica.log) == 4
        # The half-orbit across midnight belongs to both months, found in the folder of its year.
        january = fetch("demeter_isl", raw, bases, now=CLOSED, **JANUARY)
        assert names(january) == [PASSES[2][0], PASSES[3][0]]
    tables = [demeter_isl.read(raw / file["path"]) for file in january["files"]]
    assert [len(table) for table in tables] == [11, 11]
    assert {row["source"] for row in frame(raw).to_dict("records")} == {"demeter_isl"}


def test_modes(world, raw, fetch):
    said = {"options": {"modes": ["burst"]}, "now": CLOSED} | DECEMBER
    with serve(world) as replica:
        receipt = fetch("demeter_isl", raw, [replica.base("demeter_isl")], **said)
    assert names(receipt) == [PASSES[1][0]]


def test_an_open_month_is_listed_again(world, raw, fetch):
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        first = fetch("demeter_isl", raw, bases, now=OPEN, **DECEMBER)
    name, body = isl(T(2005, 12, 5), orbit=850)
    (world / "demeter/2005" / name).write_bytes(body)
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        # Within a day of the last time it is not.
        soon = OPEN + dt.timedelta(hours=2)
        assert fetch("demeter_isl", raw, bases, now=soon, **DECEMBER) == first
        later = OPEN + dt.timedelta(hours=30)
        second = fetch("demeter_isl", raw, bases, now=later, **DECEMBER)
    assert set(names(second)) - set(names(first)) == {name}


def test_a_month_without_any_file(world, raw, fetch):
    march = {"partition": "2005-03", "start": D(2005, 3, 1), "end": D(2005, 3, 31)}
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        early = fetch("demeter_isl", raw, bases, now=T(2005, 4, 2), **march)
        assert early["files"] == [] and early["missing"][0]["why"] == "not yet"
        with pytest.raises(FetchError) as caught:
            fetch("demeter_isl", raw, bases, now=CLOSED, **march)
        told = str(caught.value)
        assert "no file of 2005-03-01 to 2005-03-31 is listed in http://127.0.0.1" in told
        assert "sources: {demeter_isl: {allow_missing: ['2005-03']}}" in told
        said = {"allow_missing": ["2005-03"], "now": CLOSED} | march
        (missing,) = fetch("demeter_isl", raw, bases, **said)["missing"]
        assert "allow_missing" in missing["why"]
        # A year of which there is no folder.
        with pytest.raises(FetchError, match=r"no file of 1999-03-01.* is listed in .*/1999/"):
            years = {"partition": "1999-03", "start": D(1999, 3, 1), "end": D(1999, 3, 31)}
            fetch("demeter_isl", raw, bases, now=CLOSED, **years)


def test_a_folder_without_any_wanted_file_is_told_what_lies_in_it(tmp_path, raw, fetch):
    base = tmp_path / "mine"
    base.mkdir()
    with pytest.raises(FetchError) as caught:
        fetch("demeter_isl", raw, [base.as_uri()], now=CLOSED, **DECEMBER)
    told = str(caught.value)
    assert f"is listed in {base.as_uri()} (which is empty) (a file is named DMT_N1_" in told
    name, content = isl(T(2006, 3, 1))
    (base / "deep").mkdir()
    (base / "deep" / name).write_bytes(content)
    (base / "readme.txt").write_text("mine")
    with pytest.raises(
        FetchError, match="holds 2 files at any depth, 1 of them with such a name b"
    ):
        fetch("demeter_isl", raw, [base.as_uri()], now=CLOSED, **DECEMBER)
    (base / "deep" / name).unlink()
    with pytest.raises(FetchError, match="holds 1 file at any depth, none of them with such a na"):
        fetch("demeter_isl", raw, [base.as_uri()], now=CLOSED, **DECEMBER)


def test_a_folder_of_ones_own_at_any_depth(world, raw, fetch):
    deep = world / "demeter/2005/to sort/a"
    deep.mkdir(parents=True)
    (world / "demeter/2005" / PASSES[0][0]).rename(deep / PASSES[0][0].lower())
    bases = [(world / "demeter").as_uri()]
    receipt = fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER)
    assert len(receipt["files"]) == 3
    paths = [file["url_path"] for file in receipt["files"]]
    assert "2005/to sort/a/" + PASSES[0][0].lower() in paths
    assert all((raw / file["path"]).is_symlink() for file in receipt["files"])
    # What is added later is seen, although the month is closed.
    name, body = isl(T(2005, 12, 5), orbit=850)
    (world / "demeter" / name).write_bytes(body)
    assert name in names(fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER))


def test_damaged_files_of_a_folder_are_left_to_cleaning(world, raw, fetch):
    """Nothing better can be had; cleaning leaves them out with their reason."""
    from laicflow.clean.probes import month_of_probes

    place = world / "demeter/2005"
    (place / PASSES[1][0]).write_bytes(PASSES[1][1][:-100])
    (place / isl(T(2005, 12, 6), orbit=7)[0]).write_bytes(b"<html><title>Sign in</title></html>")
    (place / isl(T(2005, 12, 7), orbit=8)[0]).write_bytes(b"")
    receipt = fetch("demeter_isl", raw, [world.as_uri()], now=CLOSED, **DECEMBER)
    table, facts = month_of_probes(receipt, raw, "demeter_isl")
    assert len(facts["left_out"]) == 3
    assert facts["files"] == {"read": 5, "kept": 2}
    # Eleven samples of a pass, and five minutes of the one across midnight.
    assert len(table) == 16


def test_no_such_folder(tmp_path, raw, fetch):
    with pytest.raises(FetchError, match="no such folder"):
        fetch("cses_lap", raw, [(tmp_path / "none").as_uri()], now=CLOSED, **DECEMBER)


def notes(raw) -> dict[str, str]:
    """What the manifest says of files, by their names; each has one row."""
    rows = [row for row in frame(raw).to_dict("records") if not row["file"].endswith(".index")]
    assert len({row["file"] for row in rows}) == len(rows)
    return {row["file"].rsplit("/", 1)[-1]: row["note"] for row in rows if row["note"]}


def test_of_two_files_of_one_half_orbit_the_manifest_notes_the_shorter(world, raw, fetch):
    """What is noted is what cleaning leaves out, whatever the names say."""
    from laicflow.clean.probes import month_of_probes

    # The half-orbit 840 once more, of 14 and of 11 samples; the first under a foreign orbit's name.
    longer, equal = isl(T(2005, 12, 2, 10), 14), isl(T(2005, 12, 2, 9, 58), 11)
    name = longer[0].replace("_008400_", "_007770_")
    for one, body in ((name, longer[1]), equal):
        (world / "demeter/2005" / one).write_bytes(body)
    # Under this one's own number another orbit's samples.
    (world / "demeter/2005" / isl(T(2005, 12, 2, 11))[0]).write_bytes(
        isl(T(2005, 12, 2, 11), orbit=841)[1]
    )
    why = f"the same half-orbit as demeter_isl/2005/{name}, which has more samples"
    wanted = {one: f"2005-12: {why}" for one in (PASSES[0][0], equal[0])}
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        receipt = fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER)
        assert len(receipt["files"]) == 6 and notes(raw) == wanted
        # Once more, and together with the next month, nothing changes.
        before = (raw / "manifest.parquet").read_bytes()
        assert fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER) == receipt
        assert (raw / "manifest.parquet").read_bytes() == before
        fetch("demeter_isl", raw, bases, now=CLOSED, **JANUARY)
        assert notes(raw) == wanted
    _, facts = month_of_probes(receipt, raw, "demeter_isl")
    cleaned = {one["file"].rsplit("/", 1)[-1]: one["why"] for one in facts["left_out"]}
    assert {one: f"2005-12: {told}" for one, told in cleaned.items()} == wanted
    assert all("note" not in file for file in receipt["files"])
    # The longer one goes: of the two others, as long, the second by name stays out.
    (world / "demeter/2005" / name).unlink()
    (raw / "demeter_isl/2005" / name).unlink()
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER)
    first, second = sorted([PASSES[0][0], equal[0]])
    why = f"the same half-orbit as demeter_isl/2005/{first}, which has as many samples"
    assert notes(raw) == {second: f"2005-12: {why}"}


def test_two_files_of_one_half_orbit_of_cses(tmp_path, raw, fetch):
    from laicflow.clean.probes import month_of_probes

    november = {"partition": "2019-11", "start": D(2019, 11, 1), "end": D(2019, 11, 30)}
    place = tmp_path / "world/cses/2019"
    place.mkdir(parents=True)
    form = "CSES_01_LAP_1_L02_A3_{}_20191101_{}_20191101_005555_000.h5"
    long, short, cut, wrong, other = (
        form.format(half, time)
        for half, time in (
            ("096791", "001933"),
            ("096801", "001933"),
            ("096811", "001933"),
            ("096821", "001933"),
            ("096790", "001933"),
        )
    )
    # All of orbit 9679, four of them with a wrong number in their names.
    probe_files.cses(place / long, samples=9)
    probe_files.cses(place / short, samples=7)
    content = probe_files.cses(tmp_path / "cut.h5", samples=20).read_bytes()
    (place / cut).write_bytes(content[:-10])
    # The longest, but in a wrong unit: it cannot be taken, and decides nothing.
    probe_files.cses(place / wrong, samples=20, ne=2.5e4)
    probe_files.cses(place / other, samples=5, kind=b"0", latitude=(30.0, -0.2))
    receipt = fetch("cses_lap", raw, [(tmp_path / "world").as_uri()], now=CLOSED, **november)
    assert len(receipt["files"]) == 5
    why = f"the same half-orbit as cses_lap/2019/{long}, which has more samples"
    assert notes(raw) == {short: f"2019-11: {why}"}
    _, facts = month_of_probes(receipt, raw, "cses_lap")
    left_out = {one["file"].rsplit("/", 1)[-1]: one["why"] for one in facts["left_out"]}
    assert left_out[short] == why and set(left_out) == {short, cut, wrong}
    # By the replica, which gives no damaged file.
    (place / cut).unlink()
    with serve(tmp_path / "world") as replica:
        bases = [replica.base("cses_lap")]
        fetch("cses_lap", raw.with_name("other"), bases, now=CLOSED, **november)
    assert notes(raw.with_name("other")) == {short: f"2019-11: {why}"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault("html", match="/2005/$"), "a web page came instead of a list of files (its title:"),
        (Fault("truncated", match="/2005/$"), "truncated: its list of files has no end"),
        (Fault("html", match=r"\.DAT$"), "a web page came instead of DMT_N1_"),
        (Fault("truncated", match=r"\.DAT$"), "truncated: "),
        (Fault("length", match=r"\.DAT$"), "broke off after"),
        (Fault("other", match=PASSES[0][0], path="/demeter_isl/2005/" + PASSES[1][0]), "APID"),
        (Fault("status", match="/2005/$", status=503), "HTTP 503"),
        (Fault("status", match="/2005/$", status=403), "HTTP 403"),
    ],
)
def test_what_is_not_what_was_asked_for(world, raw, fetch, fault, told):
    with serve(world, faults=[fault]) as replica, pytest.raises(FetchError) as caught:
        fetch("demeter_isl", raw, [replica.base("demeter_isl")], now=CLOSED, **DECEMBER)
    assert told in str(caught.value)
    # Nothing that was refused has a name.
    kept = {path.name for path in (raw / "demeter_isl/2005").glob("*.DAT")}
    assert kept <= {name for name, body in PASSES}
    for name, body in PASSES:
        if name in kept:
            assert (raw / "demeter_isl/2005" / name).read_bytes() == body


def test_a_file_that_went_between_list_and_request(world, raw, fetch):
    """The list is asked for once more, however many files went."""
    gone = [PASSES[0][0], PASSES[2][0]]
    with serve(world) as replica:
        fetch("demeter_isl", raw, [replica.base("demeter_isl")], now=CLOSED, **DECEMBER)
    for name in gone:
        (world / "demeter/2005" / name).unlink()
        (raw / "demeter_isl/2005" / name).unlink()
    with serve(world) as replica:
        receipt = fetch("demeter_isl", raw, [replica.base("demeter_isl")], now=CLOSED, **DECEMBER)
        page = [path for path in replica.asked() if path.endswith("/2005/")]
    assert names(receipt) == [PASSES[1][0]]
    assert [one["name"] for one in receipt["missing"]] == gone
    assert {one["why"] for one in receipt["missing"]} == {
        "absent upstream, its list of files has none"
    }
    assert len(page) == 1


def test_a_file_that_a_list_names_and_the_server_has_not(world, raw, fetch):
    fault = Fault("status", match=PASSES[0][0], status=404)
    with serve(world, faults=[fault]) as replica, pytest.raises(FetchError) as caught:
        fetch("demeter_isl", raw, [replica.base("demeter_isl")], now=CLOSED, **DECEMBER)
    assert "1 of 3 files failed" in str(caught.value)
    assert "not there (404)" in str(caught.value)
    with serve(world) as replica:
        bases = [replica.base("demeter_isl")]
        assert len(fetch("demeter_isl", raw, bases, now=CLOSED, **DECEMBER)["files"]) == 3


def test_a_listing_of_half_orbits(world):
    ends = DECEMBER["start"], DECEMBER["end"], CLOSED
    with serve(world) as replica:
        served = listing("demeter_isl", [replica.base("demeter_isl")], "2005-12", *ends)
        assert {seen.method for seen in replica.log} == {"GET", "HEAD"}
    local = listing("demeter_isl", [(world / "demeter").as_uri()], "2005-12", *ends)
    sizes = {name: len(body) for name, body in PASSES[:3]}
    for found in (served, local):
        assert {one["name"]: one["size"] for one in found["files"]} == sizes
        assert found["closed"]
    (world / "demeter/2005" / PASSES[1][0]).unlink()
    with serve(world) as replica:
        fewer = listing("demeter_isl", [replica.base("demeter_isl")], "2005-12", *ends)
        none = listing(
            "demeter_isl", [replica.base("demeter_isl")], "2005-03", D(2005, 3, 1), *ends[1:]
        )
    assert fewer["fingerprint"] != served["fingerprint"]
    assert [one["exists"] for one in none["files"]] == [False]


def test_a_real_file_of_another_payload_is_listed_and_not_taken(real_data, raw, fetch):
    november = {"partition": "2019-11", "start": D(2019, 11, 1), "end": D(2019, 11, 30)}
    for bases in ("http", [(real_data / "satellite").as_uri()]):
        with serve(real_data) as replica, pytest.raises(FetchError) as caught:
            chosen = [replica.base("cses_lap")] if bases == "http" else bases
            fetch("cses_lap", raw, chosen, now=CLOSED, **november)
        assert "no file of 2019-11-01 to 2019-11-30 is listed" in str(caught.value)
    with serve(real_data) as replica:
        page = replica.answer("/cses_lap/2019/").body
    assert b"CSES_01_HPM_5_L02_A2_096791_20191101_001933_20191101_005555_000.h5" in page

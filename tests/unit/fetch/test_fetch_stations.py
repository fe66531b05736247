"""Days of GNSS stations: what is not there or not right is left out and said, and no other is."""

from __future__ import annotations

import datetime as dt
import gzip

import hatanaka
import pytest

from laicflow.errors import FetchError
from laicflow.replica.fault import Fault
from laicflow.replica.server import serve
from tests.unit.fetch.conftest import listing, names
from tests.unit.gnss import small_world
from tests.unit.gnss.small_world import World

D = dt.date
NOW = dt.datetime(2020, 6, 1)
NAME = "TEST00XXX_R_2020{ddd:03d}0000_01D_30S_MO.crx.gz"


def observations(day: int, marker: str = "TEST") -> bytes:
    """A quarter of an hour of a day of January 2020."""
    text = World(hours=0.25, marker=marker, start=dt.datetime(2020, 1, day)).rinex2()
    text = text.replace("  2020     1     1     0", f"  2020     1{day:6d}     0")
    return gzip.compress(hatanaka.rnx2crx(text.encode()))


@pytest.fixture(scope="module")
def days():
    return {day: observations(day) for day in (1, 2, 3)}


@pytest.fixture
def root(tmp_path, days):
    """Three days of a station."""
    folder = tmp_path / "real/gnss"
    folder.mkdir(parents=True)
    for day, body in days.items():
        (folder / NAME.format(ddd=day)).write_bytes(body)
    return folder.parent


ASKED = {
    "options": {"stations": ["TEST00XXX"]},
    "partition": "2020-01",
    "start": D(2020, 1, 1),
    "end": D(2020, 1, 3),
    "now": NOW,
}


def test_an_absent_day_is_left_out(fetch, root, raw):
    (root / "gnss" / NAME.format(ddd=2)).unlink()
    with serve(root) as replica:
        receipt = fetch("rinex", raw, [replica.base("rinex")], **ASKED)
        assert names(receipt) == [NAME.format(ddd=1), NAME.format(ddd=3)]
        (gap,) = receipt["missing"]
        assert (gap["observatory"], gap["day"]) == ("TEST", "2020-01-02")
        assert gap["why"] == "absent upstream"
        assert {file["observatory"] for file in receipt["files"]} == {"TEST"}
        told = listing(
            "rinex", [replica.base("rinex")], "2020-01", D(2020, 1, 1), D(2020, 1, 3), NOW,
            **ASKED["options"],
        )  # fmt: skip
        assert [file["exists"] for file in told["files"]] == [True, False, True]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (lambda own: observations(2, "AIRA"), "refused: expected station TEST, its header says"),
        (lambda own: own[1], "refused: expected observations of 2020-01-02, its header says"),
        (lambda own: own[2][: len(own[2]) // 2], "refused: its compression is broken or truncated"),
        (lambda own: b"", "refused: the answer is empty"),
    ],
)
def test_a_day_that_is_not_what_it_should_be(fetch, root, raw, days, body, why):
    (root / "gnss" / NAME.format(ddd=2)).write_bytes(body(days))
    with serve(root) as replica:
        receipt = fetch("rinex", raw, [replica.base("rinex")], **ASKED)
    assert names(receipt) == [NAME.format(ddd=1), NAME.format(ddd=3)]
    (gap,) = receipt["missing"]
    assert gap["why"].startswith(why)
    assert "127.0.0.1" not in gap["why"]  # the receipt is the same whichever mirror said so


@pytest.mark.parametrize("kind", ["reset", "html"])
def test_a_mirror_that_cannot_be_asked_is_an_error(fetch, root, raw, kind):
    """What may be there must not be taken for absent."""
    fault = Fault(kind, match="TEST00XXX_._20200020000")
    with serve(root, faults=[fault]) as replica, pytest.raises(FetchError, match="1 of 3 files"):
        fetch("rinex", raw, [replica.base("rinex")], **ASKED)


def test_a_folder_of_ones_own_in_any_layout(fetch, root, raw):
    folder = root / "mine"
    folder.mkdir()
    text = World(hours=0.25).rinex2()
    (folder / "20200101_TEST.obs").write_text(text)
    options = {"stations": ["TEST"], "layout": ["{yyyy}{mm}{dd}_{SSSS}.obs"]}
    receipt = fetch("rinex", raw, [folder.as_uri()], **(ASKED | {"options": options}))
    assert names(receipt) == ["20200101_TEST.obs"]
    assert [gap["why"] for gap in receipt["missing"]] == ["absent upstream"] * 2


def test_orbits_without_the_days_beside(fetch, root, raw):
    span = {key: ASKED[key] for key in ("partition", "now")}
    span |= {"start": D(2020, 1, 1), "end": D(2020, 1, 1)}
    orbits = small_world.sp3().encode()
    (root / "gnss/COD20863.EPH").write_bytes(orbits)
    with serve(root) as replica:
        receipt = fetch("sp3", raw, [replica.base("sp3")], **span)
        assert names(receipt) == ["COD20863.EPH"]
        assert [gap["day"] for gap in receipt["missing"]] == ["2019-12-31", "2020-01-02"]
        # A day that is asked for itself must be there.
        with pytest.raises(FetchError, match="COD20864"):
            fetch("sp3", raw, [replica.base("sp3")], **(span | {"end": D(2020, 1, 2)}))


def test_biases_of_a_month(fetch, root, raw):
    span = {key: ASKED[key] for key in ("partition", "start", "end", "now")}
    (root / "gnss/P1P22001_ALL.DCB").write_text(small_world.dcb())
    with serve(root) as replica, pytest.raises(FetchError, match="P1C12001"):
        fetch("dcb", raw, [replica.base("dcb")], **span)
    (root / "gnss/P1C12001.DCB").write_text(small_world.dcb("P1-C1"))
    with serve(root) as replica:
        receipt = fetch("dcb", raw, [replica.base("dcb")], **span)
    assert names(receipt) == ["P1P22001_ALL.DCB", "P1C12001.DCB"]

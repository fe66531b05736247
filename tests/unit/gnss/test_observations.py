"""Reading RINEX: against another library on real files, and what is broken on purpose."""

from __future__ import annotations

import gzip

import gnss_tec
import hatanaka
import ncompress
import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.gnss import gps_time, observations
from tests.unit.gnss import small_world

LIGHT = 299792458.0
WAVE1, WAVE2 = LIGHT / 1575.42e6, LIGHT / 1227.60e6


@pytest.fixture(scope="module")
def text() -> str:
    return small_world.World(hours=1.0).rinex3()


def write(folder, data, name="x.rnx"):
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("2020-01/ABMF00GLP_R_20200010000_01D_30S_MO.crx.gz", ("C1W", "C2W", "L1C", "L2W")),
        ("2001-09-04_wuhn/wuhn2470.01o", ("P1", "P2", "L1", "L2")),
    ],
)
def test_against_another_library(real_data, name, columns):
    path = real_data / "gnss" / name
    mine = observations.read(path, every_s=0)
    # That library ends the process at Hatanaka files of other receivers (ANKR, ATRU).
    _, other = gnss_tec.read_rinex_obs(path, None, "G", list(columns), utc=False)
    other = other.collect().to_pandas().dropna(subset=list(columns))
    assert len(other) > 15000
    time = (other["time"].to_numpy() - gps_time.GPS_EPOCH) / np.timedelta64(1, "s")
    known = dict(
        zip(zip(mine.satellite, mine.time, strict=True), range(mine.time.size), strict=True)
    )
    rows = [known[one] for one in zip(other["prn"].astype(str), time, strict=True)]
    for values, column, scale in (
        (mine.code1, columns[0], 1.0),
        (mine.code2, columns[1], 1.0),
        (mine.phase1, columns[2], WAVE1),
        (mine.phase2, columns[3], WAVE2),
    ):
        assert values[rows] == pytest.approx(other[column].to_numpy() * scale, rel=0, abs=1e-4)


def test_hatanaka_version_1_in_unix_compress(real_data):
    """The other library ends the process at this file; the text itself is the witness."""
    path = real_data / "gnss" / "2015-05-19_ankr" / "ankr1390.15d.Z"
    mine = observations.read(path)
    # The fourth record, in the file as "3&21855250686 3&21855250032 3&21855256194": C1, P1, P2.
    text = hatanaka.crx2rnx(ncompress.decompress(path.read_bytes())).decode()
    epoch = text[text.index("END OF HEADER") :].split("\n")[1:4]
    assert epoch[0].startswith(" 15  5 19  0  0  0.0000000  0 19")
    listed = (epoch[0][32:68] + epoch[1][32:68]).replace(" ", "0")
    assert "G14" in listed
    row = np.flatnonzero((mine.satellite == "G14") & (mine.time == mine.time.min()))
    assert mine.code1[row] == pytest.approx([21855250.032], rel=0, abs=1e-4)
    assert mine.code2[row] == pytest.approx([21855256.194], rel=0, abs=1e-4)
    assert mine.time.min() == 1845 * 604800 + 172800  # as the header of COD18452.EPH says


@pytest.mark.parametrize("packed", ["plain", "gz", "Z", "crx", "crx.gz"])
def test_every_packing_gives_the_same(tmp_path, text, packed):
    plain = observations.read(write(tmp_path, text))
    data = text.encode()
    data = hatanaka.rnx2crx(data) if "crx" in packed else data
    data = gzip.compress(data) if packed.endswith("gz") else data
    data = ncompress.compress(data) if packed == "Z" else data
    again = observations.read(write(tmp_path, data, "packed"))
    for name in observations.ARRAYS:
        assert np.array_equal(getattr(plain, name), getattr(again, name)), name


def test_rinex_2_is_rinex_3(tmp_path):
    world = small_world.World(hours=1.0)
    three = observations.read(write(tmp_path, world.rinex3()))
    two = observations.read(write(tmp_path, world.rinex2(), "x.20o"))
    for name in observations.ARRAYS:
        assert np.array_equal(getattr(two, name), getattr(three, name)), name
    assert set(two.pair) == {"C1W-C2W"}


def test_sampling(tmp_path):
    second = small_world.World(hours=0.25, step=1).rinex3()
    path = write(tmp_path, second)
    found = observations.read(path)
    assert np.unique(found.time).size == 30
    assert found.left_out == {"epochs between multiples of 30 s": 870}
    assert np.unique(observations.read(path, every_s=0).time).size == 900
    # Epochs that all stand off the multiples are no closer than wanted.
    late = small_world.START.replace(second=13)
    path = write(tmp_path, small_world.World(hours=0.25, start=late).rinex3())
    assert np.unique(observations.read(path).time).size == 30
    minute = small_world.World(hours=1.0, step=60).rinex3()
    assert np.unique(observations.read(write(tmp_path, minute)).time).size == 60


def test_epochs_out_of_order_are_put_in_order_and_counted(tmp_path, text):
    head, *epochs = text.split(">")
    mixed = ">".join([head, *epochs[60:], *epochs[:60], *epochs[:5]])
    plain, found = (observations.read(write(tmp_path, one)) for one in (text, mixed))
    assert np.array_equal(plain.time, found.time)
    assert np.array_equal(plain.code1, found.code1)
    twice = sum(len(one.strip().split("\n")) - 1 for one in epochs[:5])
    assert found.left_out == {
        "epochs out of order, put in order": 2,
        "records that stand twice": twice,
    }


def test_half_a_file_gives_its_whole_epochs(tmp_path, text):
    found = observations.read(write(tmp_path, text[: len(text) // 2]))
    assert 50 < np.unique(found.time).size < 70
    assert found.left_out == {"epochs cut off at the end of a file": 1}
    whole = observations.read(write(tmp_path, text))
    assert set(found.code1) <= set(whole.code1)  # no number that was cut short


def test_missing_values_and_lost_lock(tmp_path, text):
    head, *epochs = text.split("\n>")
    record = epochs[40].split("\n")[1]
    # A blank code, a zero phase, and a loss of lock on L1 (bit 0), in three epochs.
    for at, field in ((40, (3, " " * 14)), (41, (35, f"{0:14.3f}"))):
        line = epochs[at].split("\n")[1]
        epochs[at] = epochs[at].replace(
            line, line[: field[0]] + field[1] + line[field[0] + 14 :], 1
        )
    line = epochs[42].split("\n")[1]
    epochs[42] = epochs[42].replace(line, line[:49] + "1" + line[50:], 1)
    # And a power failure (epoch flag 1) before another.
    epochs[50] = epochs[50].replace("  0 ", "  1 ", 1)
    found = observations.read(write(tmp_path, "\n>".join([head, *epochs])))
    assert found.left_out == {"records without two codes and two phases": 2}
    of = found.satellite == record[:3]
    start = found.time.min()
    assert not {40 * 30.0, 41 * 30.0} & set(found.time[of] - start)
    assert list(found.time[of & found.lost] - start) == [42 * 30.0, 50 * 30.0]
    assert (found.time[found.lost] == start + 1500).sum() == found.lost.sum() - 1


def test_new_site_ends_the_reading(tmp_path, text):
    head, *epochs = text.split("\n>")
    moved = "".join(f"{one:14.4f}" for one in small_world.SITE + [0, 500, 0])
    event = " " * 31 + "4  1\n" + small_world.labelled(moved, "APPROX POSITION XYZ")
    found = observations.read(
        write(tmp_path, "\n>".join([head, *epochs[:30], event[1:], *epochs[30:]]))
    )
    assert np.unique(found.time).size == 30
    assert found.left_out == {"epochs of a moving antenna or another site": 1}


def applied(text: str, program: str) -> str:
    """A header that tells by what program biases were taken out; blank is by none."""
    line = small_world.labelled(f"G {program:17}", "SYS / DCBS APPLIED")
    return text.replace("\n", f"\n{line}\n", 1)


def test_no_program_took_biases_out(tmp_path, text):
    found = observations.read(write(tmp_path, applied(text, "")))
    assert found.time.size == observations.read(write(tmp_path, text, "y.rnx")).time.size


def test_glonass_without_channels(tmp_path, text):
    names = text.replace("\nG", "\nR").replace("C1W C2W L1C L2W", "C1P C2P L1C L2P")
    with pytest.raises(FormatError, match="can be used, found .*GLONASS records without a channel"):
        observations.read(write(tmp_path, names), systems="R")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "", "found an empty file"),
        (lambda text: text[:300], "line 3: expected END OF HEADER"),
        (lambda text: gzip.compress(text.encode())[:9000], "gzip stream"),
        (lambda text: hatanaka.rnx2crx(text.encode())[:9000], "whole Hatanaka file"),
        (lambda text: text.replace("> 2020 01 01 00 30", "> 2020 01 xx 00 30", 1), "line 5.*epoch"),
        (lambda text: text.replace("\nG", "\n?", 5), "satellite such as G05"),
        (lambda text: text[:900] + "x" + text[901:], "line 13: expected an observation"),
        (lambda text: text.replace("     3.04", "     4.00"), "expected RINEX 2 or 3"),
        (lambda text: applied(text, "CC2NONCC"), "line 2: expected codes with their biases"),
        (lambda text: text.replace("OBSERVATION", "NAVIGATION "), "line 1.*observations"),
        (lambda text: text.replace("C2W", "D1W").replace("L2W", "S1W"), "codes and phases on two"),
        (lambda text: text.replace("\nG", "\nE").replace("\nEG", "\nGG"), "observations of GPS"),
    ],
)
def test_broken_files(tmp_path, text, change, message):
    path = write(tmp_path, change(text))
    with pytest.raises(FormatError, match=message):
        observations.read(path)

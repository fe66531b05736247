"""IONEX files as the analysis centres publish them, against the text of the files."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import ncompress
import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import ionex, ionex_unended

TRUNCATED = "no_end_of_file_label.01i"


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (ncompress.decompress(data) if path.suffix == ".Z" else data).decode("latin-1")


def by_width(text: str, kind: str) -> np.ndarray:
    """All numbers of a kind of maps, cut from the text five characters at a time."""
    numbers: list[int] = []
    for body in re.findall(f"START OF {kind} MAP(.*?)END OF {kind} MAP", text, re.DOTALL):
        for line in body.split("\n")[1:-1]:
            if not line[60:].strip().isupper():
                numbers += [int(line[at : at + 5]) for at in range(0, len(line.rstrip()), 5)]
    return np.array(numbers)


def test_every_file_reads(real_data):
    paths = [path for path in sorted((real_data / "ionex").rglob("*")) if path.is_file()]
    assert len(paths) > 60
    torn = {}
    for path in paths:
        if path.name == TRUNCATED:
            continue
        maps = ionex.read(path)
        assert maps["tec"].shape == (maps.sizes["time"], 71, 73)
        assert set(maps.data_vars) == {"tec", "rms"}
        assert (maps["latitude"][0], maps["latitude"][-1]) == (87.5, -87.5)
        assert (maps["longitude"][0], maps["longitude"][-1]) == (-180, 180)
        assert maps.attrs["centre"] in ("code", "jpl", "cas")
        assert (maps.attrs["predicted"], maps.attrs["not_a_number"]) == (0, 0)
        seam = np.count_nonzero(maps["tec"].values[..., 0] != maps["tec"].values[..., -1])
        torn |= {path.name: seam} if seam else {}
    # The first and the last column are one meridian; one map of JPL is torn there, at 15 UT
    # from 30 N to 25 N, where the text has 214, 407, 639 in the west and 11, 13, 41 in the east.
    assert torn == {"jplg3320.00i.Z": 3}


@pytest.mark.parametrize(
    "name",
    ["code/codg0010.16i.Z", "code/CODG0440.12I", "variants/casg0010.99i.Z",
     "jpl_2000-11-21_2001-01-14/jplg0130.01i.Z"],
)  # fmt: skip
def test_numbers_are_those_of_the_text(real_data, name):
    path = real_data / "ionex" / name
    maps, text = ionex.read(path), text_of(path)
    for kind, variable in (("TEC", "tec"), ("RMS", "rms")):
        numbers = by_width(text, kind).reshape(maps["tec"].shape)
        expected = np.where(numbers == 9999, np.nan, numbers / 10).astype("float32")
        np.testing.assert_array_equal(maps[variable], expected)


def test_peaks_are_those_that_the_header_tells(real_data):
    path = real_data / "ionex/code/COD0OPSFIN_20250010000_01D_01H_GIM.INX"
    told = text_of(path).split("Peak TEC values for the included maps:")[1]
    told = told.split("List of stations")[0].replace("COMMENT", "")
    peaks = [int(word) / 10 for word in told.split()]
    assert len(peaks) == 25
    found = ionex.read(path)["tec"].max(["latitude", "longitude"])
    # The provider's peaks come from its own finer model of the map, not from the grid.
    np.testing.assert_allclose(found, peaks, atol=0.3)


def test_epochs_of_three_eras(real_data):
    folder = real_data / "ionex"
    odd = ionex.read(folder / "jpl_2000-11-21_2001-01-14/jplg3260.00i.Z")["time"].values
    assert odd[0] == np.datetime64("2000-11-21T01")
    assert odd[-1] == np.datetime64("2000-11-21T23")
    assert len(odd) == 12
    even = ionex.read(folder / "code/CODG3230.12I")["time"].values
    assert (even[0], even[-1]) == (np.datetime64("2012-11-18T00"), np.datetime64("2012-11-19T00"))
    assert len(even) == 13
    hourly = ionex.read(folder / "code/codg1390.15i.Z")["time"].values
    assert set(np.diff(hourly)) == {np.timedelta64(1, "h")}
    assert len(hourly) == 25


def test_attributes_of_three_centres(real_data):
    folder = real_data / "ionex"
    code = ionex.read(folder / "code/codg0010.16i.Z").attrs
    assert (code["centre"], code["run_by"], code["program"]) == ("code", "AIUB", "ADDNEQ2 V5.3")
    assert (code["mapping_function"], code["satellite_system"]) == ("NONE", "GNSS")
    (block,) = json.loads(code["dcb_json"])
    assert block["satellites"]["G01"] == [-7.709, 0.011]
    assert block["satellites"]["G02"] == [8.989, 0.011]
    assert block["left_out"] == 0
    cas = ionex.read(folder / "variants/casg0010.99i.Z").attrs
    assert (cas["centre"], cas["base_radius_km"], cas["interval_s"]) == ("cas", 6371.4, 7200)
    p1p2, p1c1 = json.loads(cas["dcb_json"])
    assert p1p2["satellites"]["G01"] == [-0.701, 0.012]
    assert p1p2["stations"]["G ALBH 40129M003"] == [16.059, 0.025]
    assert [p1p2["title"][-7:], p1c1["title"][-7:]] == ["[P1-P2]", "[P1-C1]"]
    named_esa = ionex.read(folder / "variants/esag2670.12i").attrs
    assert (named_esa["centre"], named_esa["run_by"]) == ("jpl", "JPL - GNISD")
    # Its station records have neither a system nor a DOMES number.
    assert json.loads(named_esa["dcb_json"])[0]["stations"]["G ALBH"] == [10.541, 0.011]


def test_biases_of_galileo_and_of_every_station(real_data):
    """As many records as `grep -c` counts in the text."""
    path = real_data / "ionex/code/COD0OPSFIN_20250010000_01D_01H_GIM.INX"
    (block,) = json.loads(ionex.read(path).attrs["dcb_json"])
    text = text_of(path)
    assert len(block["satellites"]) == text.count("PRN / BIAS / RMS")
    assert len(block["stations"]) == text.count("STATION / BIAS / RMS")
    assert block["stations"]["G ABPO 33302M001"] == [-3.135, 0.314]
    assert block["stations"]["E ABPO 33302M001"] == [8.127, 0.31]


def test_a_file_without_its_end_is_refused(real_data):
    path = real_data / "ionex/variants" / TRUNCATED
    with pytest.raises(FormatError, match="truncated") as caught:
        ionex.read(path)
    assert caught.value.line == text_of(path).count("\n")
    assert ionex.read_header(path)["centre"] == "igs"


def test_that_file_has_all_its_maps(real_data):
    """Its writer left the label out: 12 TEC and 12 RMS maps are there, to the last band."""
    maps = ionex_unended.read(real_data / "ionex/variants" / TRUNCATED)
    assert maps["tec"].shape == maps["rms"].shape == (12, 71, 73)
    assert maps.attrs["end_label"] == "missing"
    # The last line of values: 44 45 46 46 38 49 49 49 50.
    np.testing.assert_allclose(maps["rms"].values[-1, -1, -3:], [4.9, 4.9, 5.0], rtol=1e-6)


def test_a_cut_compressed_file_is_refused(real_data, put):
    data = (real_data / "ionex/code/codg0010.20i.Z").read_bytes()
    for share in (0.01, 0.5, 0.9999):
        with pytest.raises(FormatError):
            ionex.read(put(data[: int(share * len(data))]))


def test_the_wrong_day_is_refused(real_data):
    path = real_data / "ionex/code/codg0010.16i.Z"
    assert ionex.read(path, day=dt.date(2016, 1, 1), rms=False).sizes["time"] == 25
    with pytest.raises(FormatError, match="2016-01-02"):
        ionex.read(path, day=dt.date(2016, 1, 2))

"""IONEX files written here, good and bad. Expected values are those of the text itself."""

from __future__ import annotations

import datetime as dt
import gzip
import json

import ncompress
import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import ionex, ionex_maps

DAY = dt.date(2001, 1, 1)


def line_of(text: str, part: str, nth: int = 1) -> int:
    """The number of the nth line that holds a part."""
    return [i for i, line in enumerate(text.split("\n"), start=1) if part in line][nth - 1]


def refused(path, **options) -> FormatError:
    with pytest.raises(FormatError) as caught:
        ionex.read(path, **options)
    return caught.value


def test_values_coordinates_and_attributes(put, ionex_text):
    maps = ionex.read(put(ionex_text))
    nan = np.nan
    tec = [[[1.1, 1.2, 1.3], [10.1, 10.2, nan]], [[-0.1, 0.0, 123.4], [0.4, 0.5, 0.6]]]
    rms = [[[0.1, 0.2, 0.3], [0.4, 0.5, nan]], [[0.7, 0.8, 0.9], [1.0, 1.1, 1.2]]]
    np.testing.assert_array_equal(maps["tec"], np.array(tec, dtype="float32"))
    np.testing.assert_array_equal(maps["rms"], np.array(rms, dtype="float32"))
    assert maps["tec"].dtype == maps["rms"].dtype == np.float32
    assert maps["tec"].dims == ("time", "latitude", "longitude")
    assert maps["latitude"].values.tolist() == [10.0, 0.0]
    assert maps["longitude"].values.tolist() == [-20.0, 0.0, 20.0]
    hours = np.array(["2001-01-01T00", "2001-01-01T01"], dtype="datetime64[ns]")
    np.testing.assert_array_equal(maps["time"], hours)
    assert json.loads(maps.attrs.pop("dcb_json")) == [
        {
            "title": "DIFFERENTIAL CODE BIASES",
            "observables": "",
            "satellites": {"G01": [-1.118, 0.018], "R07": [2.206, 0.02]},
            "stations": {"G ABCD 12345M001": [-8.111, 0.025]},
            "left_out": 0,
        }
    ]
    assert maps.attrs == {
        "ionex_version": 1.0,
        "program": "writer V1",
        "run_by": "NOBODY",
        "created": "01-jan-2001 12:00",
        "centre": "unknown",
        "predicted": 0,
        "title": "TEC values in 0.1 TECU; 9999, if no value available",
        "end_label": "present",
        "not_a_number": 0,
        "mapping_function": "COSZ",
        "base_radius_km": 6371.0,
        "height_km": 450.0,
        "interval_s": 3600,
        "satellite_system": "GPS",
        "elevation_cutoff_deg": 10.0,
    }
    assert {variable.attrs["units"] for variable in maps.data_vars.values()} == {"TECU"}


@pytest.mark.parametrize("pack", [gzip.compress, ncompress.compress])
def test_the_same_from_compressed_files_and_other_line_ends(put, ionex_text, pack):
    plain = ionex.read(put(ionex_text))
    padded = "".join(f"{line:<80}\r\n" for line in ionex_text.splitlines())
    assert ionex.read(put(pack(ionex_text.encode()))).identical(plain)
    assert ionex.read(put(pack(padded.encode()))).identical(plain)


def test_cut_and_pushed_labels_are_known(put, ionex_text):
    plain = ionex.read(put(ionex_text))
    cut = ionex_text.replace("LAT/LON1/LON2/DLON/H", "LAT/LON1/LON2/DLON")
    cut = cut.replace("EPOCH OF CURRENT MAP", "EPOCH OF CURRE")
    assert ionex.read(put(cut)).identical(plain)
    pushed = ionex_text.replace("01-jan-2001 12:00   PGM", "2001-01-01 12:00:00.0PGM")
    assert ionex.read(put(pushed)).attrs["run_by"] == "NOBODY"


def test_without_rms_maps_there_is_no_rms(put, ionex_text):
    start, end = ionex_text.index("     1" + " " * 54 + "START OF RMS"), ionex_text.rindex(" " * 60)
    maps = ionex.read(put(ionex_text[:start] + ionex_text[end:]))
    assert list(maps.data_vars) == ["tec"]
    unread = ionex.read(put(ionex_text), rms=False)
    assert unread.identical(maps)


def test_rms_maps_left_unread_must_still_be_whole(put, ionex_text):
    cut = ionex_text[: ionex_text.rindex("     2" + " " * 54 + "END OF RMS")]
    assert "END OF FILE" in refused(put(cut), rms=False).expected


def exponent(value: int) -> str:
    return f"{value:6d}{'':54}EXPONENT\n"


def test_exponents_hold_until_the_next(put, ionex_text):
    text = ionex_text.replace(exponent(-1), exponent(-2))
    second = "     2" + " " * 54 + "START OF TEC MAP\n"
    text = text.replace(second, exponent(0) + second)
    rms = "     2" + " " * 54 + "START OF RMS MAP\n"
    text = text.replace(rms, rms + exponent(-3))
    maps = ionex.read(put(text))
    assert maps["tec"].values[0, 0].tolist() == pytest.approx([0.11, 0.12, 0.13])
    assert maps["tec"].values[1, 1].tolist() == [4.0, 5.0, 6.0]
    assert maps["rms"].values[0, 0].tolist() == [1.0, 2.0, 3.0]
    assert maps["rms"].values[1, 0].tolist() == pytest.approx([0.007, 0.008, 0.009])


def test_an_exponent_may_change_between_bands(put, ionex_text):
    second_band = "     0.0 -20.0"
    text = ionex_text.replace(second_band, exponent(1) + second_band, 1)
    values = ionex.read(put(text))["tec"].values
    assert values[0, 1, :2].tolist() == [1010.0, 1020.0]
    assert values[1, 1].tolist() == [40.0, 50.0, 60.0]


def test_without_an_exponent_values_are_tenths(put, ionex_text):
    text = "".join(line for line in ionex_text.splitlines(True) if "EXPONENT" not in line)
    assert ionex.read(put(text)).identical(ionex.read(put(ionex_text)))


def test_glued_numbers_are_told_by_width(put, ionex_text):
    text = ionex_text.replace("  101  102 9999\n", "-1001-999912345\n")
    values = ionex.read(put(text))["tec"].values[0, 1]
    assert values.tolist() == np.array([-100.1, -999.9, 1234.5], dtype="float32").tolist()


def test_comments_and_short_lines_inside_a_map(put, ionex_text):
    comment = f"{'a remark':<60}COMMENT\n"
    text = ionex_text.replace("   11   12   13\n", f"   11\n{comment}   12   13\n{comment}")
    assert ionex.read(put(text)).identical(ionex.read(put(ionex_text)))


def test_hour_24_is_the_next_day(put, ionex_text):
    text = ionex_text.replace("  2001     1     1     0     0", "  2001     1     1    23     0")
    text = text.replace("  2001     1     1     1     0", "  2001     1     1    24     0")
    times = ionex.read(put(text))["time"].values
    assert times.astype("datetime64[h]").astype(str).tolist() == ["2001-01-01T23", "2001-01-02T00"]


def test_uneven_epochs_where_the_interval_is_0(put, ionex_text):
    text = ionex_text.replace("  3600  ", "     0  ")
    text = text.replace("  2001     1     1     1     0", "  2001     1     1     1    20")
    times = ionex.read(put(text))["time"].values
    assert times[1] == np.datetime64("2001-01-01T01:20")


def circle(text: str, first: int, step: int, count: int) -> str:
    """The text on one latitude of `count` longitudes, with the values 1, 2, 3, ..."""
    last = first + step * (count - 1)
    numbers = "".join(f"{i:5d}" for i in range(1, count + 1))
    band = f"{f'     0.0{first:6.1f}{last:6.1f}{step:6.1f} 450.0':<60}LAT/LON1/LON2/DLON/H\n"
    lines = []
    for line in text.splitlines(True):
        if "LAT/LON1" in line:
            lines.append(band if line.startswith("     0.0") else "")
        elif "LON1 / LON2" in line:
            lines.append(f"{f'  {first:6.1f}{last:6.1f}{step:6.1f}':<60}LON1 / LON2 / DLON\n")
        elif "LAT1 / LAT2" in line:
            lines.append(f"{'     0.0   0.0   0.0':<60}LAT1 / LAT2 / DLAT\n")
        elif not line[:5].strip() or line[60:].strip() or len(line) > 17:
            lines.append(line)
        elif lines[-1] == band:
            lines += [numbers[at : at + 80] + "\n" for at in range(0, len(numbers), 80)]
    return "".join(lines)


def test_a_circle_from_0_to_360_is_turned(put, ionex_text):
    maps = ionex.read(put(circle(ionex_text, 0, 60, 7)))
    assert maps["longitude"].values.tolist() == [-180, -120, -60, 0, 60, 120, 180]
    # 180, 240, 300, 0, 60, 120, 180 degrees east were the columns 4 5 6 1 2 3 4.
    np.testing.assert_allclose(maps["tec"].values[0, 0] * 10, [4, 5, 6, 1, 2, 3, 4], rtol=1e-6)
    maps = ionex.read(put(circle(ionex_text, 0, 72, 6)))
    assert maps["longitude"].values.tolist() == [-144, -72, 0, 72, 144]
    np.testing.assert_allclose(maps["tec"].values[0, 0] * 10, [4, 5, 1, 2, 3], rtol=1e-6)


def test_other_longitudes_stay(put, ionex_text):
    maps = ionex.read(put(circle(ionex_text, 100, 50, 4)))
    assert maps["longitude"].values.tolist() == [100, 150, 200, 250]
    assert maps["latitude"].values.tolist() == [0.0]


@pytest.mark.parametrize("count", [1, 16, 17, 73])
def test_lines_of_sixteen_numbers(put, ionex_text, count):
    step = 1 if count > 1 else 0
    maps = ionex.read(put(circle(ionex_text, -80, step, count)))
    np.testing.assert_allclose(maps["tec"].values[1, 0] * 10, np.arange(1, count + 1), rtol=1e-6)


# What must be refused: the change, and the line that the message must name (None: the file).
FAULTS = {
    "no number": ("   11   12   13\n", "   11   1x   13\n", "   11   1x"),
    "overflow": ("   11   12   13\n", "   11*****   13\n", "   11*****"),
    "shifted": ("   11   12   13\n", "  11   12   13\n", "  11   12"),
    "blank value": ("   11   12   13\n", "   11        13\n", "   11     "),
    "value missing": ("   11   12   13\n", "   11   12\n", "     0.0 -20.0"),
    "value too many": ("   11   12   13\n", "   11   12   13   14\n", "   11   12"),
    "line missing": ("   11   12   13\n", "", "     0.0 -20.0"),
    "three dimensions": ("     2%sMAP DIMENSION", "     3%sMAP DIMENSION", "MAP DIMENSION"),
    "blank line": ("   11   12   13\n", "\n   11   12   13\n", None),
    "other latitude": ("    10.0 -20.0", "    12.5 -20.0", "    12.5 -20.0"),
    "no latitude": ("    10.0 -20.0", "    1x.0 -20.0", "    1x.0 -20.0"),
    "other longitude": ("    10.0 -20.0", "    10.0 -25.0", "    10.0 -25.0"),
    "other step": ("    10.0 -20.0  20.0  20.0 ", "    10.0 -20.0  20.0  10.0 ", "  10.0 450"),
    "map number": ("     2%sSTART OF TEC", "     3%sSTART OF TEC", "     3%sSTART OF TEC"),
    "end of another map": ("     2%sEND OF TEC", "     1%sEND OF TEC", None),
    "rms ends tec": ("     1%sEND OF TEC", "     1%sEND OF RMS", "     1%sEND OF RMS"),
    "no epoch": ("EPOCH OF CURRENT MAP", "COMMENT             ", "    10.0 -20.0"),
    "no such epoch": ("     1     1     0     0     0%sEPOCH OF CURRENT",
                      "     1    32     0     0     0%sEPOCH OF CURRENT", "    32     0"),
    "24:30": ("     1     1     0     0     0%sEPOCH OF CURRENT",
              "     1     1    24    30     0%sEPOCH OF CURRENT", "    24    30"),
    "strange label": ("     1%sSTART OF TEC MAP", "     1%sSTART OF ANY MAP", "START OF ANY"),
    "more behind the end": ("END OF FILE\n", "END OF FILE\n     1.0\n", "END OF FILE"),
    "heights": ("   450.0 450.0    .0", "   250.0 450.0 100.0", "   250.0 450.0"),
    "exponent": ("    -1%sEXPONENT", "   -10%sEXPONENT", "EXPONENT"),
    "grid": ("    10.0   0.0 -10.0", "    10.0   0.0  -3.0", "  -3.0"),
    "pole": ("    10.0   0.0 -10.0", "   100.0   0.0 -10.0", " 100.0   0.0"),
    "version": ("     1.0            I", "     2.0            I", "IONEX VERSION"),
    "type": ("IONOSPHERE MAPS     GPS", "OBSERVATION DATA    GPS", "OBSERVATION DATA"),
    "half maps": ("     2%s# OF MAPS", "   2.5%s# OF MAPS", "# OF MAPS"),
    "no end of header": ("END OF HEADER", "COMMENT      ", "START OF TEC MAP"),
    "number of maps": ("     2%s# OF MAPS", "     3%s# OF MAPS", None),
    "interval": ("  3600  ", "  7200  ", None),
    "first epoch": ("     0%sEPOCH OF FIRST", "     1%sEPOCH OF FIRST", None),
    "last epoch": ("     1     0     0%sEPOCH OF LAST", "     2     0     0%sEPOCH OF LAST", None),
}  # fmt: skip


def filled(part: str) -> str:
    """A part whose %s stands for the blanks between 6I6 or I6 and the label."""
    if "%s" not in part:
        return part
    return part % (" " * (24 if "EPOCH" in part else 54))


@pytest.mark.parametrize("name", FAULTS)
def test_faults_are_refused_with_their_line(put, ionex_text, name):
    before, after, where = FAULTS[name]
    before, after = filled(before), filled(after)
    assert before in ionex_text
    text = ionex_text.replace(before, after, 1)
    error = refused(put(text))
    if where is not None:
        assert error.line == line_of(text, filled(where)), error


@pytest.mark.parametrize(
    "label",
    ["EPOCH OF FIRST MAP", "EPOCH OF LAST MAP", "INTERVAL", "# OF MAPS IN FILE", "MAP DIMENSION",
     "HGT1 / HGT2 / DHGT", "LAT1 / LAT2 / DLAT", "LON1 / LON2 / DLON"],
)  # fmt: skip
def test_records_that_are_needed(put, ionex_text, label):
    text = "".join(line for line in ionex_text.splitlines(True) if label not in line)
    error = refused(put(text))
    assert label in error.expected
    assert error.line == line_of(text, "END OF HEADER")


def test_epochs_must_rise(put, ionex_text):
    text = ionex_text.replace("  3600  ", "     0  ")
    text = text.replace("  2001     1     1     1     0", "  2001     1     1     0     0")
    assert "TEC map 2" in refused(put(text)).expected


def test_rms_maps_must_be_those_of_the_tec_maps(put, ionex_text):
    at = ionex_text.index("START OF RMS")
    other = ionex_text[at:].replace("     1     1     0     0", "     1     1     0    30", 1)
    assert "RMS map for each TEC map" in refused(put(ionex_text[:at] + other)).expected


def test_every_cut_is_refused(put, ionex_text):
    whole = ionex.read(put(ionex_text))
    enough = ionex_text.index("END OF FILE") + len("END OF FIL")
    for length in [*range(1, enough, 5), *range(enough - 100, len(ionex_text))]:
        path = put(ionex_text[:length])
        if length < enough:
            refused(path)
        else:
            assert ionex.read(path).identical(whole)


def test_a_cut_names_the_last_line(put, ionex_text):
    lines = ionex_text.splitlines(True)
    error = refused(put("".join(lines[:40])))
    assert error.line == 40
    assert "truncated" in error.found


def test_a_spoilt_character_is_refused_or_changes_nothing(put, ionex_text):
    whole = ionex.read(put(ionex_text))
    start = ionex_text.index("END OF HEADER")
    refusals = 0
    for place in range(start, len(ionex_text), 3):
        spoilt = f"{ionex_text[:place]}#{ionex_text[place + 1 :]}"
        try:
            maps = ionex.read(put(spoilt))
        except FormatError:
            refusals += 1
        else:
            assert maps.identical(whole), ionex_text[place - 20 : place + 5]
    assert refusals > 200


def test_a_page_or_nothing_in_place_of_maps(put):
    assert "HTML page" in refused(put("<html><title>Login</title></html>", "a.Z")).found
    assert "empty" in refused(put("")).found
    assert refused(put("some text\n")).line == 1


def test_name_and_header_must_agree(put, ionex_text):
    assert ionex.read(put(ionex_text, "jplg0010.01i.Z")).sizes["time"] == 2
    assert ionex.read(put(ionex_text, "any name")).sizes["time"] == 2
    error = refused(put(ionex_text, "jplg0020.01i.Z"))
    assert "2001-01-02" in error.expected
    assert "2001-01-01" in error.found


def test_the_day_asked_for_counts_more_than_the_name(put, ionex_text):
    path = put(ionex_text, "jplg0020.01i.Z")
    assert ionex.read(path, day=DAY).sizes["time"] == 2
    error = refused(path, day=dt.date(2001, 1, 2))
    assert "2001-01-02" in error.expected
    assert "2001-01-01" in error.found


def test_header_alone(put, ionex_text):
    header = ionex.read_header(put(ionex_text))
    assert header["first_epoch"] == dt.datetime(2001, 1, 1)
    assert header["last_epoch"] == dt.datetime(2001, 1, 1, 1)
    assert (header["maps"], header["dimension"], header["exponent"]) == (2, 2, -1)
    assert header["description"] == "Made by hand"
    assert header["centre"] == "unknown"


@pytest.mark.parametrize(
    ("title", "description", "predicted"),
    [
        ("CODE'S 1-DAY PREDICTED GLOBAL IONOSPHERE MAPS FOR DAY 001", "Made by hand", True),
        ("CODE'S GLOBAL IONOSPHERE MAPS FOR DAY 001, 2001", "Made by hand", False),
        ("IONOSPHERE MAPS", "These maps are a prediction by least squares", True),
        ("IONOSPHERE MAPS", "orbits are predicted where none are there", False),
    ],
)
def test_maps_that_call_themselves_predicted(put, ionex_text, title, description, predicted):
    text = ionex_text.replace(
        f"{'Made by hand':<60}DESCRIPTION\n",
        f"{title:<60}COMMENT\n{description:<60}DESCRIPTION\n",
    )
    assert text != ionex_text
    assert ionex.read(put(text)).attrs["predicted"] == predicted
    assert ionex.read_header(put(text))["predicted"] == predicted


@pytest.mark.parametrize(
    ("program", "run_by", "description", "centre"),
    [
        ("GIM V3.0", "JPL - GNISD", "at JPL, 100 GPS sites of the IGS", "jpl"),
        ("ADDNEQ2 V5.3", "AIUB", "CODE'S GLOBAL IONOSPHERE MAPS", "code"),
        ("BIMINX V5.3", "ESA/ESOC", "ESA global maps", "esa"),
        ("tomion", "UPC-IonSAT", "maps of UPC", "upc"),
        ("tecrms2ionex_2.awk", "gAGE/UPC", "file containing the COMBINED IGS maps", "igs"),
        ("cmpcmb v1.2", "GRL/UWM", "the IGS combined maps from codg, jplg", "igs"),
        ("GIM_AOE V1.0", "LZSH", "Chinese Academy of Sciences", "cas"),
        ("GIMAS", "Wuhan University", "", "whu"),
        ("own", "own", "one-way phase levelled to code", "unknown"),
    ],
)
def test_centres(put, ionex_text, program, run_by, description, centre):
    text = ionex_text.replace(f"{'writer V1':<20}{'NOBODY':<20}", f"{program:<20}{run_by:<20}")
    text = text.replace(f"{'Made by hand':<60}", f"{description:<60}")
    assert ionex.read_header(put(text))["centre"] == centre


def test_maps_read_at_once_are_those_read_by_line(put, ionex_text, monkeypatch):
    path = put(circle(ionex_text, -180, 5, 73).replace("   17   18", "-9999 9999"))
    by_line = ionex_maps._MapReader._read_by_line

    def never(*_):
        raise AssertionError("a regular map was read line by line")

    monkeypatch.setattr(ionex_maps._MapReader, "_read_by_line", never)
    at_once = ionex.read(path)
    monkeypatch.setattr(ionex_maps._MapReader, "_read_by_line", by_line)
    monkeypatch.setattr(ionex_maps._MapReader, "_read_at_once", lambda _: None)
    assert ionex.read(path).identical(at_once)
    row = at_once["tec"].values[0, 0]
    assert row[15:19].tolist() == pytest.approx([1.6, -999.9, np.nan, 1.9], nan_ok=True)

"""What IONEX files hold beside plain maps: biases, heights, finer spacing, a missing last label.

Expected values are those of the text itself.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import ionex, ionex_unended


def line_of(text: str, part: str, nth: int = -1) -> int:
    """The number of the last line, or of the nth from 0, that holds a part."""
    return [i for i, line in enumerate(text.split("\n"), start=1) if part in line][nth]


def refused(path, **options) -> FormatError:
    with pytest.raises(FormatError) as caught:
        ionex.read(path, **options)
    return caught.value


def test_three_dimensions_are_refused_with_the_reason(put, ionex_text):
    before = f"{'     2':60}MAP DIMENSION"
    error = refused(put(ionex_text.replace(before, f"{'     3':60}MAP DIMENSION")))
    assert error.line == 14
    assert "2 dimensions" in error.expected and "densities by height" in error.expected
    assert error.found == 3


def without_end(text: str) -> str:
    return text.replace(f"{'':60}END OF FILE\n", "")


def test_without_the_end_label_the_last_line_is_named(put, ionex_text):
    text = without_end(ionex_text)
    error = refused(put(text))
    assert error.line == text.count("\n")
    assert "END OF FILE" in error.expected and "truncated" in error.found


def test_a_writer_that_leaves_the_end_label_out(put, ionex_text):
    whole = ionex_unended.read(put(ionex_text))
    assert whole.attrs["end_label"] == "present"
    assert whole.identical(ionex.read(put(ionex_text)))
    maps = ionex_unended.read(put(without_end(ionex_text)))
    assert maps.attrs.pop("end_label") == "missing"
    whole.attrs.pop("end_label")
    assert maps.identical(whole)
    unread = ionex_unended.read(put(without_end(ionex_text) + " \n"), rms=False)
    assert list(unread.data_vars) == ["tec"]


def test_every_cut_of_a_file_without_its_end_label_is_refused(put, ionex_text):
    text = without_end(ionex_text)
    last = len(text) - 1 - len("     2" + " " * 54 + "END OF RMS MAP")
    for length in [*range(1, last, 23), *range(last - 20, last)]:
        for rms in (True, False):
            with pytest.raises(FormatError):
                ionex_unended.read(put(text[:length]), rms=rms)
    # Cut behind a whole map: nothing is half, but maps are missing.
    start = text.index("     2" + " " * 54 + "START OF RMS MAP")
    with pytest.raises(FormatError, match="2 TEC and 1 RMS maps") as caught:
        ionex_unended.read(put(text[:start]))
    assert caught.value.line == line_of(text, "END OF RMS MAP", 0)
    start = text.index("     1" + " " * 54 + "START OF RMS MAP")
    with pytest.raises(FormatError, match="2 TEC and 0 RMS maps"):
        ionex_unended.read(put(text[:start]))


def test_a_value_written_as_nan_is_missing_and_counted(put, ionex_text):
    text = ionex_text.replace("   11   12   13\n", "   11  nan   13\n")
    text = text.replace("    7    8    9\n", "    7    8  NaN\n")
    maps = ionex.read(put(text))
    assert maps.attrs["not_a_number"] == 2
    np.testing.assert_array_equal(
        maps["tec"].values[0, 0], np.array([1.1, np.nan, 1.3], dtype="float32")
    )
    assert np.isnan(maps["rms"].values[1, 0, 2])
    error = refused(put(ionex_text.replace("   11   12   13\n", "   11 nan    13\n")))
    assert error.line == line_of(ionex_text, "   11   12   13")


def test_all_maps_of_all_kinds_may_be_counted(put, ionex_text):
    """The document has the total of TEC, RMS and height maps, most writers that of TEC."""
    text = ionex_text.replace(f"{'     2':60}# OF MAPS", f"{'     4':60}# OF MAPS")
    assert text != ionex_text
    assert ionex.read(put(text)).identical(ionex.read(put(ionex_text)))
    assert ionex_unended.read(put(without_end(text))).sizes["time"] == 2
    assert ionex.read(put(text), rms=False).sizes["time"] == 2


def test_height_maps_are_checked_and_left_out(put, ionex_text):
    start = ionex_text.index("     1" + " " * 54 + "START OF RMS")
    rms = ionex_text[start : ionex_text.index(f"{'':60}END OF FILE")]
    heights = rms.replace("OF RMS MAP", "OF HEIGHT MAP")
    text = ionex_text[:start] + rms + heights + f"{'':60}END OF FILE\n"
    assert ionex.read(put(text)).identical(ionex.read(put(ionex_text)))
    without_rms = ionex_text[:start] + heights + f"{'':60}END OF FILE\n"
    assert list(ionex.read(put(without_rms)).data_vars) == ["tec"]
    spoilt = ionex_text[:start] + rms + heights.replace("    4    5 9999", "    4    x 9999")
    spoilt += f"{'':60}END OF FILE\n"
    error = refused(put(spoilt))
    assert error.line == line_of(spoilt, "    4    x 9999")


def fine(text: str, minutes: int) -> str:
    """The text with a whole day of maps every `minutes`, the last one at hour 24."""
    head = text[: text.index("     1" + " " * 54 + "START OF TEC")]
    count = 24 * 60 // minutes + 1
    head = head.replace("     2" + " " * 54 + "# OF", f"{count:6d}" + " " * 54 + "# OF")
    head = head.replace("  3600  ", f"{minutes * 60:6d}  ")
    head = head.replace("  2001     1     1     1     0", "  2001     1     1    24     0")
    blocks = []
    for number in range(1, count + 1):
        hour, minute = divmod((number - 1) * minutes, 60)
        blocks.append(f"{number:6d}{'':54}START OF TEC MAP\n")
        epoch = f"  2001     1     1{hour:6d}{minute:6d}     0"
        blocks.append(f"{epoch:<60}EPOCH OF CURRENT MAP\n")
        for latitude in (10, 0):
            band = f"  {latitude:6.1f} -20.0  20.0  20.0 450.0"
            blocks.append(f"{band:<60}LAT/LON1/LON2/DLON/H\n")
            blocks.append(f"{number:5d}{number + latitude:5d} 9999\n")
        blocks.append(f"{number:6d}{'':54}END OF TEC MAP\n")
    return head + "".join(blocks) + f"{'':60}END OF FILE\n"


@pytest.mark.parametrize(("minutes", "count"), [(15, 97), (30, 49)])
def test_maps_every_quarter_and_half_of_an_hour(put, ionex_text, minutes, count):
    maps = ionex.read(put(fine(ionex_text, minutes)))
    assert maps.sizes["time"] == count
    assert maps.attrs["interval_s"] == 60 * minutes
    times = maps["time"].values
    assert times[1] == np.datetime64("2001-01-01T00:00") + np.timedelta64(minutes, "m")
    assert times[-1] == np.datetime64("2001-01-02T00:00")
    np.testing.assert_allclose(
        maps["tec"].values[-1], [[count / 10, 1 + count / 10, np.nan], [count / 10] * 2 + [np.nan]],
        rtol=1e-6,
    )  # fmt: skip
    late = fine(ionex_text, minutes).replace("    12    30     0  ", "    12    31     0  ")
    assert "after the one before" in refused(put(late)).expected


def test_blocks_of_biases_are_kept_apart(put, ionex_text):
    """UPC gives one block a pair of observables and names the pair in the comment before it."""
    block = f"{'DIFFERENTIAL CODE BIASES':<60}START OF AUX DATA\n"
    other = (
        f"{'Reference observables for GPS    : C1C-C5Q':<60}COMMENT\n"
        f"{block}"
        f"{'    03     1.147     0.100':<60}PRN / BIAS / RMS\n"
        f"{'    04     *.***     0.100':<60}PRN / BIAS / RMS\n"
        f"{'      ALBH                    10.541     0.011':<60}STATION / BIAS / RMS\n"
        f"{'                              10.541     0.011':<60}STATION / BIAS / RMS\n"
        f"{'DIFFERENTIAL CODE BIASES':<60}END OF AUX DATA\n"
    )
    end = f"{'':60}END OF HEADER\n"
    first, second = json.loads(
        ionex.read(put(ionex_text.replace(end, other + end))).attrs["dcb_json"]
    )
    assert first["satellites"]["R07"] == [2.206, 0.02]
    assert second["observables"] == "C1C-C5Q"
    assert second["satellites"] == {"G03": [1.147, 0.1]}
    assert second["stations"] == {"G ALBH": [10.541, 0.011]}
    assert second["left_out"] == 2


def test_without_biases_there_is_no_attribute(put, ionex_text):
    start = ionex_text.index("DIFFERENTIAL CODE")
    end = ionex_text.index(f"{'':60}END OF HEADER")
    assert "dcb_json" not in ionex.read(put(ionex_text[:start] + ionex_text[end:])).attrs

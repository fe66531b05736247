"""Names of IONEX files as archives and clients show them."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.readers.ionex_names import Series, day_of_name, fault_of_series, series_of_name


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("codg0010.16i", (2016, 1, 1)),
        ("codg0010.16i.Z", (2016, 1, 1)),
        ("CODG3230.12I", (2012, 11, 18)),
        ("CODG3660.00I.gz", (2000, 12, 31)),
        ("jplg365a.99i.Z", (1999, 12, 31)),
        ("c1pg0600.20i.Z", (2020, 2, 29)),
        ("COD0OPSFIN_20250010000_01D_01H_GIM.INX", (2025, 1, 1)),
        ("COD0OPSRAP_20243660000_01D_01H_GIM.INX.gz", (2024, 12, 31)),
        ("COD0OPSP0D_20262650000_01D_01H_GIM.INX.gz", (2026, 9, 22)),
        ("UPC0OPSFIN_20241320000_01D_02H_GIM.INX.Z", (2024, 5, 11)),
        ("igs0opsfin_20230600000_01d_02h_gim.inx.gz", (2023, 3, 1)),
        ("codg3660.01i", None),
        ("codg0000.01i", None),
        ("codg0010.01o", None),
        ("codg0010.01i.bak", None),
        ("xcodg0010.01i", None),
        ("maps.inx", None),
    ],
)
def test_days_of_names(name, day):
    assert day_of_name(name) == (dt.date(*day) if day else None)


@pytest.mark.parametrize(
    ("name", "series"),
    [
        ("CODG0010.16I.Z", ("code", "final")),
        ("CORG0010.16I", ("code", "rapid")),
        ("C1PG0010.16I.Z", ("code", "predicted", 1)),
        ("c2pg0010.16i.Z", ("code", "predicted", 2)),
        ("uqrg0600.20i.Z", ("upc", "rapid")),
        ("esag2670.12i", ("esa", "final")),
        ("COD0OPSFIN_20250010000_01D_01H_GIM.INX", ("code", "final")),
        ("COD0OPSPRD_20250010000_01D_01H_GIM.INX.gz", ("code", "predicted")),
        ("COD0OPSP4D_20262730000_01D_01H_GIM.INX.gz", ("code", "predicted")),
        ("UPC0OPSRAP_20223650000_01D_15M_GIM.INX.gz", ("upc", "rapid")),
        ("CAS0OPSRTS_20241320000_01D_05M_GIM.INX.gz", None),  # real time: no series of ours
        ("xyzg0010.16i.Z", None),
        ("maps.inx", None),
    ],
)
def test_series_of_names(name, series):
    assert series_of_name(name) == (Series(*series) if series else None)


@pytest.mark.parametrize(
    ("series", "centre", "predicted", "told"),
    [
        (("esa", "final"), "jpl", False, ("maps of esa", "a header of jpl")),
        (("esa", "final"), "esa", False, None),
        (("esa", "final"), "unknown", False, None),
        (("igs", "final"), "upc", False, None),  # UPC combines them
        (("igs", "final"), "jpl", False, ("maps of igs", "a header of jpl")),
        (("upc", "rapid"), "igs", False, ("maps of upc", "a header of igs")),
        (("code", "final"), "code", True, ("final maps", "a header that calls them predicted")),
        (("code", "rapid"), "code", True, ("rapid maps", "a header that calls them predicted")),
        (("code", "predicted"), "code", True, None),
        (("code", "predicted"), "code", False, None),  # not every header says so
        (None, "jpl", True, None),
    ],
)
def test_what_a_name_promises_and_a_header_says(series, centre, predicted, told):
    made = Series(*series) if series else None
    assert fault_of_series(made, centre, predicted) == told


PLAIN = "CODE'S GLOBAL IONOSPHERE MAPS FOR DAY 001, 2020"  # as all final files on hand have it
RAPID = "CODE'S RAPID GLOBAL IONOSPHERE MAPS FOR DAY 001, 2020"
ONE = "CODE'S 1-DAY PREDICTED GLOBAL IONOSPHERE MAPS FOR DAY 001, 2020"
TWO = ONE.replace("1-DAY", "2-DAY")
SHARED = "COD0OPSPRD_20230010000_01D_01H_GIM.INX.gz"


@pytest.mark.parametrize(
    ("name", "title", "found"),
    [
        ("c1pg0010.20i", PLAIN, f"the title {PLAIN!r}"),
        ("c2pg0010.20i.Z", PLAIN, f"the title {PLAIN!r}"),
        (SHARED, PLAIN, f"the title {PLAIN!r}"),
        ("c1pg0010.20i", RAPID, "a header that calls them rapid"),
        ("codg0010.20i", RAPID, "a header that calls them rapid"),
        ("corg0010.20i", PLAIN.replace("GLOBAL", "FINAL GLOBAL"), "a header that calls them final"),
        ("c2pg0010.20i", ONE, "a header that calls them predicted 1 day(s) ahead"),
        ("c1pg0010.20i", TWO, "a header that calls them predicted 2 day(s) ahead"),
        ("codg0010.20i", ONE, "a header that calls them predicted"),
        ("corg0010.20i", TWO, "a header that calls them predicted"),
        ("codg0010.20i", PLAIN, None),
        ("corg0010.20i", RAPID, None),
        ("corg0010.20i", PLAIN, None),  # it does not say final
        ("c1pg0010.20i", ONE, None),
        ("c2pg0010.20i", TWO, None),
        ("c2pg0010.20i", TWO.replace("2-DAY ", ""), None),
        (SHARED, ONE, None),
        (SHARED, TWO, None),
        ("c1pg0010.20i", "", None),
        ("c1pg0010.20i", "GLOBAL IONOSPHERE MAPS", None),
        ("jplg0010.01i", "JPL'S GLOBAL IONOSPHERE MAPS YEAR 2001 DAY 001", None),
        ("codg0010.20i", "FINAL ORBITS WERE USED", None),
    ],
)
def test_titles_that_contradict_a_name(name, title, found):
    centre = "jpl" if "JPL" in title else "code"
    fault = fault_of_series(series_of_name(name), centre, "PREDICTED" in title, title)
    assert (fault and fault[1]) == found

"""Shallow checks of map files: what must be refused before a download gets its name."""

from __future__ import annotations

import datetime as dt

import pytest

from laicflow.checks.common import Asked, UnlikeError
from laicflow.checks.maps import ionex, ionex_unended

DAY = dt.date(2012, 9, 23)


def asked(name: str) -> Asked:
    return Asked(name=name, check="ionex", first=DAY, last=DAY)


def text(maker="ESA/ESOC", title="", maps=2, tec=2, rms=2, end=True) -> bytes:
    rows = [
        ("     1.0            IONOSPHERE MAPS     GPS", "IONEX VERSION / TYPE"),
        (f"{'writer':<20}{maker:<20}", "PGM / RUN BY / DATE"),
        (title, "COMMENT"),
        ("  2012     9    23     0     0     0", "EPOCH OF FIRST MAP"),
        (f"{maps:6d}", "# OF MAPS IN FILE"),
        ("", "END OF HEADER"),
        *[("   11   12   13", "")] * 20,
        *[("     1", "END OF TEC MAP")] * tec,
        *[("     1", "END OF RMS MAP")] * rms,
        *[("", "END OF FILE")] * end,
    ]
    return "".join(f"{content:<60}{label:<20}\n" for content, label in rows).encode()


def told(check, content, name="esag2670.12i.Z") -> str:
    with pytest.raises(UnlikeError) as caught:
        check(content, asked(name))
    return str(caught.value)


@pytest.mark.parametrize("check", [ionex, ionex_unended])
def test_what_both_take_and_refuse(check):
    for name in ("esag2670.12i.Z", "ESA0OPSFIN_20122670000_01D_02H_GIM.INX.gz", "any name"):
        check(text(), asked(name))
    assert told(check, text("JPL - GNISD")) == (
        "expected maps of esa, as its name says, found a header of jpl"
    )
    predicted = text("AIUB", "CODE'S 2-DAY PREDICTED GLOBAL IONOSPHERE MAPS")
    assert "expected final maps" in told(check, predicted, "CODG2670.12I.Z")
    assert "expected rapid maps" in told(check, predicted, "CORG2670.12I.Z")
    check(predicted, asked("c2pg2670.12i.Z"))
    assert "predicted 1 day(s) ahead" in told(check, predicted, "c1pg2670.12i.Z")
    observed = text("AIUB", "CODE'S GLOBAL IONOSPHERE MAPS FOR DAY 267, 2012")
    assert "expected predicted maps" in told(check, observed, "c1pg2670.12i.Z")
    check(observed, asked("CODG2670.12I.Z"))
    check(text("JPL - GNISD"), asked("any name"))
    other = text().replace(b"     9    23", b"     9    24")
    assert told(check, other) == "expected maps of 2012-09-23, its header says 2012-09-24"
    assert told(check, b"") == "expected an IONEX header, found ''"


def test_the_end_label():
    assert told(ionex, text(end=False)) == "truncated: its END OF FILE label is missing"
    ionex_unended(text(end=False), asked("esag2670.12i"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (text(end=False)[:-30], "ends within a map"),
        (text(end=False, rms=1), "2 maps promised, 2 of TEC and 1 of RMS there"),
        (text(end=False, rms=0), "2 maps promised, 2 of TEC and 0 of RMS there"),
        (text(end=False, maps=3), "3 maps promised, 2 of TEC and 2 of RMS there"),
    ],
)
def test_without_the_label_all_maps_must_be_there(content, reason):
    assert reason in told(ionex_unended, content)


def test_real_files(real_data):
    folder = real_data / "ionex"
    body = (folder / "variants/esag2670.12i").read_bytes()
    assert "found a header of jpl" in told(ionex, body)
    ionex(body, asked("jplg2670.12i"))
    unended = (folder / "variants/no_end_of_file_label.01i").read_bytes()
    first = Asked("igsg0010.01i", "ionex", dt.date(2001, 1, 1), dt.date(2001, 1, 1))
    ionex_unended(unended, first)
    with pytest.raises(UnlikeError, match="END OF FILE label is missing"):
        ionex(unended, first)

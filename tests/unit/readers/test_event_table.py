"""Which magnitude stands for an event, and what its type is called."""

from __future__ import annotations

import pytest

from laicflow.readers.event_table import Magnitude, choose, magnitude_type


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Mww", "mww"), ("MS", "ms"), (" mb ", "mb"), ("MB", "mb"), ("mB", "mb_bb"), ("", "")],
)
def test_types_in_lower_case_keep_broadband_body_waves_apart(text, kind):
    assert magnitude_type(text) == kind


def given(*rows: str) -> list[Magnitude]:
    """Magnitudes `value type agency origin`."""
    parts = (row.split() for row in rows)
    return [Magnitude(float(value), kind, agency, origin) for value, kind, agency, origin in parts]


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        # The agency of the origin goes before the type and before the order.
        (["6.1 Mw NEIC 2", "5.9 mb ISC 1"], 5.9),
        # Within it the type decides: Mw, MS, mB, mb, ML, the rest.
        (["1 ML ISC 1", "2 mb ISC 1", "3 mB ISC 1", "4 MS ISC 1", "5 Mwc ISC 1"], 5),
        (["1 ML ISC 1", "2 mb ISC 1", "3 mB ISC 1", "4 MS ISC 1"], 4),
        (["1 ML ISC 1", "2 mb ISC 1", "3 mB ISC 1"], 3),
        (["1 Md ISC 1", "2 ML ISC 1"], 2),
        # Variants (maximum likelihood, time-magnitude) come after the plain type.
        (["3.7 mb1mx ISC 1", "3.5 mbtmp ISC 1", "3.4 mb ISC 1"], 3.4),
        # An agency's magnitude of this origin goes before that of its other one.
        (["5.0 Mw ISC 7", "4.8 mb ISC 1"], 4.8),
        # Equal in all: the first.
        (["4.1 mb ISC 1", "4.3 mb ISC 1"], 4.1),
        # None of the agency: of its origin, else by type.
        (["5.5 Mw GCMT 9", "5.2 mb NEIC 1"], 5.2),
        (["5.2 mb NEIC 8", "5.5 Mw GCMT 9"], 5.5),
    ],
)
def test_the_magnitude_that_stands_for_an_event(rows, value):
    assert choose(given(*rows), origin="1", agency="ISC").value == value


def test_no_magnitudes_give_none():
    assert choose([], origin="1", agency="ISC") is None

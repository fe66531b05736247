"""Constants of the signals, against the numbers that papers print."""

from __future__ import annotations

import numpy as np
import pytest

from laicflow.gnss import signals


def test_metres_and_nanoseconds_of_a_tecu():
    f1, f2 = signals.frequency("G", 1), signals.frequency("G", 2)
    # 0.105 m a TECU, and 2.85 TECU a ns (Schaer 1999).
    assert signals.metres_per_tecu(f1, f2) == pytest.approx(0.105, abs=1e-4)
    assert 0.299792458 / signals.metres_per_tecu(f1, f2) == pytest.approx(2.85, abs=0.01)


def test_glonass_channels():
    # RINEX 3.05, table 5: 1602 + k 9/16 and 1246 + k 7/16 MHz.
    assert signals.frequency("R", 1, -4) == pytest.approx(1599.75e6)
    assert signals.frequency("R", 2, 6) == pytest.approx(1248.625e6)
    frequencies = [signals.frequency("R", 1, channel) for channel in (-7, 0, 6)]
    assert signals.channels(np.array(frequencies)).tolist() == [-7, 0, 6]
    assert np.isnan(signals.frequency("R", 1)) and np.isnan(signals.frequency("G", 9))


def test_names():
    assert signals.name_of("G", "P1") == "C1W" and signals.name_of("R", "P1") == "C1P"
    # C2D is made with C1C, and is no P2.
    assert signals.name_of("G", "C2D") == "C2D" and ("C1C", "C2D") in signals.PAIRS["G"]
    assert signals.names_for("G", "C1W") == ["C1W", "P1", "C1P", "C1Y"]

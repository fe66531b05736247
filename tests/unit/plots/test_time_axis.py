from __future__ import annotations

import numpy as np
import pytest
from matplotlib.dates import num2date
from matplotlib.figure import Figure

from laicflow.plots import time_axis
from laicflow.plots.time_axis import Clock, Event

SPAN = (np.datetime64("2019-11-24", "us"), np.datetime64("2019-11-29", "us"))
EVENT = Event(np.datetime64("2019-11-26T06:00", "us"), "M6.4")


def test_the_clock_says_what_it_shows() -> None:
    assert Clock().name == "UTC"
    local = Clock(-4.5)
    assert local.name == "local time, UTC − 4.5 h"
    assert local.read(EVENT.time) == np.datetime64("2019-11-26T01:30")


def test_dates_stand_at_midnight_of_the_clock() -> None:
    ax = Figure().subplots()
    time_axis.show_dates(ax, SPAN, Clock(2.0))
    shown = [f"{num2date(x):%m-%d %H:%M}" for x in ax.get_xticks()]
    assert shown == [f"11-{day} 00:00" for day in (25, 26, 27, 28, 29)]
    assert ax.get_xlabel() == "date in 2019 (local time, UTC + 2 h)"
    assert [f"{num2date(x):%m-%d %H:%M}" for x in ax.get_xlim()] == ["11-24 02:00", "11-29 02:00"]


@pytest.mark.parametrize("offset", [0.0, 5.0])
def test_days_are_counted_from_the_time_of_the_event(offset: float) -> None:
    ax = Figure().subplots()
    time_axis.show_dates(ax, SPAN, Clock(offset))
    above = time_axis.show_days_from(ax, EVENT, SPAN)
    names = [label.get_text() for label in above.get_xticklabels()]
    assert names == ["−2", "−1", "0", "+1", "+2"]
    zero = np.datetime64(num2date(above.get_xticks()[2]).replace(tzinfo=None), "ms")
    assert zero == EVENT.time + np.timedelta64(round(offset), "h")


def test_two_years_are_both_named() -> None:
    ax = Figure().subplots()
    time_axis.show_dates(ax, (np.datetime64("2019-12-20"), np.datetime64("2020-01-04")), Clock())
    assert ax.get_xlabel() == "date in 2019 and 2020 (UTC)"
    # A span that ends with the year does not name the next one.
    time_axis.show_dates(ax, (np.datetime64("2019-12-20"), np.datetime64("2020-01-01")), Clock())
    assert ax.get_xlabel() == "date in 2019 (UTC)"


def test_gaps_run_from_one_known_time_to_the_next() -> None:
    hour = np.timedelta64(1, "h")
    times = SPAN[0] + np.arange(48) * hour
    known = np.ones(48, dtype=bool)
    known[10:12] = False
    found = time_axis.gaps(times, known, hour, SPAN)
    assert found == [(times[9], times[12]), (times[47], SPAN[1])]
    assert time_axis.gaps(times, known, hour, (times[0], times[8])) == []
    assert time_axis.gaps(times, np.zeros(48, bool), hour, SPAN) == [SPAN]


def test_wide_stretches_say_why_they_are_hatched() -> None:
    ax = Figure().subplots()
    hour = np.timedelta64(1, "h")
    stretches = [(SPAN[0], SPAN[0] + hour), (SPAN[1] - 48 * hour, SPAN[1])]
    time_axis.hatch(ax, stretches, SPAN, Clock())
    assert [patch.get_hatch() for patch in ax.patches] == ["////", "////"]
    assert [text.get_text() for text in ax.texts] == ["no data"]

"""Time as figures about one event show it: dates, the clock that is read, days from the event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from laicflow.anomalies.dtec import shifted
from laicflow.plots import style

EVENT = style.PURPLE
DAY, HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
# So many dates fit beside one another over the width of a page.
MOST_DATES = 16
NO_DATA = "no data"
HATCHED = {"facecolor": "none", "edgecolor": style.DARK_GREY, "hatch": "////"}


@dataclass(frozen=True)
class Event:
    """What happened.

    Attributes
    ----------
    time : UTC
    name : as in `M6.4`
    latitude, longitude : degrees, NaN where no place is shown
    """

    time: np.datetime64
    name: str
    latitude: float = np.nan
    longitude: float = np.nan


@dataclass(frozen=True)
class Clock:
    """The clock that axes show.

    Attributes
    ----------
    offset_hours : added to UTC; longitude / 15 for mean local time
    """

    offset_hours: float = 0.0

    def read(self, times: np.ndarray | np.datetime64) -> np.ndarray:
        """Times in UTC as this clock shows them, datetime64[us]."""
        return shifted(times, self.offset_hours)

    @property
    def name(self) -> str:
        """As in `UTC` or `local time, UTC + 0.67 h`."""
        if not self.offset_hours:
            return "UTC"
        sign = "+" if self.offset_hours > 0 else "−"
        return f"local time, UTC {sign} {abs(round(self.offset_hours, 2)):g} h"


def show_dates(ax: Axes, span: Sequence[np.datetime64], clock: Clock) -> None:
    """Limits, dates and their name on the axis of time.

    Parameters
    ----------
    span : first and last time shown, UTC
    """
    begin, end = clock.read(np.asarray(span, dtype="datetime64[us]"))
    ax.set_xlim(begin, end)
    if end - begin < 3 * DAY:
        ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=4, maxticks=8))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%m-%d %H:%M"))
    else:
        ax.xaxis.set_major_locator(FixedLocator(mdates.date2num(_midnights(begin, end))))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%m-%d"))
    years = sorted({pd.Timestamp(begin).year, pd.Timestamp(end - np.timedelta64(1, "us")).year})
    ax.set_xlabel(f"date in {' and '.join(map(str, years))} ({clock.name})")


def _midnights(begin: np.datetime64, end: np.datetime64) -> np.ndarray:
    """Beginnings of days between two times, as many as fit."""
    first = np.ceil((begin - np.datetime64("1970-01-01")) / DAY)
    last = np.floor((end - np.datetime64("1970-01-01")) / DAY)
    step = max(1, int(np.ceil((last - first + 1) / MOST_DATES)))
    return np.datetime64("1970-01-01", "us") + np.arange(int(first), int(last) + 1, step) * DAY


def show_days_from(ax: Axes, event: Event, span: Sequence[np.datetime64]) -> Axes:
    """An axis above the panel with whole days from the time of the event."""
    low, high = ((np.datetime64(end, "us") - event.time) / DAY for end in span)
    step = max(1, int(np.ceil((high - low) / MOST_DATES)))
    days = np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step
    above = ax.secondary_xaxis("top", functions=(lambda x: x, lambda x: x))
    # The clock moves event and panel alike: places on the axis are those of the panel itself.
    here = mdates.num2date(ax.get_xlim()[0]).replace(tzinfo=None)
    places = np.datetime64(here, "us") + ((days - low) * (DAY / np.timedelta64(1, "us"))).astype(
        "timedelta64[us]"
    )
    above.set_xticks(mdates.date2num(places), labels=[signed(day) for day in days])
    above.set_xlabel(f"days from {event.name}")
    return above


def signed(day: float) -> str:
    """A number of days as in `−3`, `0`, `+2`."""
    sign = "+" if day > 0 else "−" if day < 0 else ""
    return f"{sign}{abs(day):g}"


def mark_events(ax: Axes, events: Sequence[Event], clock: Clock) -> None:
    """A line at the time of each event."""
    for event in events:
        ax.axvline(clock.read(event.time), color=EVENT, linewidth=1.2, linestyle="-", zorder=4)


def gaps(
    times: np.ndarray, known: np.ndarray, step: np.timedelta64, span: Sequence[np.datetime64]
) -> list[tuple[np.datetime64, np.datetime64]]:
    """Stretches of `span` without values: from one known time to the next, if further than `step`.

    Parameters
    ----------
    times : (epoch) ascending
    known : (epoch) bool
    step : up to which two known times are neighbours
    """
    begin, end = (np.datetime64(one, "us") for one in span)
    inside = known & (times >= begin) & (times <= end)
    edges = np.concatenate([[begin], np.asarray(times[inside], dtype="datetime64[us]"), [end]])
    wide = np.flatnonzero(np.diff(edges) > step)
    return [(edges[i], edges[i + 1]) for i in wide.tolist()]


def hatch(
    ax: Axes,
    stretches: Sequence[tuple[np.datetime64, np.datetime64]],
    span: Sequence[np.datetime64],
    clock: Clock,
    *,
    least: float = 0.09,
) -> None:
    """Hatch stretches over the whole height; those wider than `least` of `span` say why."""
    whole = np.datetime64(span[1], "us") - np.datetime64(span[0], "us")
    for first, last in stretches:
        ends = clock.read(np.array([first, last]))
        ax.axvspan(*ends, linewidth=0, zorder=1.8, **HATCHED)
        if (last - first) / whole < least:
            continue
        middle = ends[0] + (ends[1] - ends[0]) / 2
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
        ax.text(middle, 0.5, NO_DATA, transform=ax.get_xaxis_transform(), ha="center",
                va="center", fontsize=6.5, bbox=box, zorder=5)  # fmt: skip

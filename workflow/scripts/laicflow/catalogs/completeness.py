"""From which magnitude on a catalog is complete, by region and time.

Everything is computed from histograms of magnitudes in bins of `bin` (0.1), in which a magnitude
belongs to the nearest bin (5.25 to 5.3). A magnitude of completeness is the centre of a bin.

- Maximum curvature: the fullest bin (the highest of them where several are), plus 0.2 (Wiemer and
  Wyss 2000, BSSA 90, 859; the correction: Woessner and Wiemer 2005, BSSA 95, 684).
- b-value stability: the least magnitude from which the mean b over half a unit of magnitude differs
  from b itself by no more than its standard error (Cao and Gao 2002, GRL 29, 1256, with the
  criterion of Woessner and Wiemer 2005; the standard error of Shi and Bolt 1982, BSSA
  72, 1677).
- b: the maximum-likelihood estimate for binned magnitudes (Tinti and Mulargia 1987, BSSA 77, 2125),
  which becomes that of Aki (1965) and Utsu (1965) where the bin is small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from laicflow import seeds
from laicflow.errors import ConfigError
from laicflow.geo import inside_box
from laicflow.schema import conform

DEFAULTS = {
    "step_years": 1,
    "bin": 0.1,
    "correction": 0.2,
    "least": 50,
    "bootstrap": 1000,
    "level": 0.95,
    "seed": 0,
    "cut": None,
}
# Woessner and Wiemer 2005: b is averaged over this range of cut-off magnitudes.
STABLE_RANGE = 0.5
# What `note` says of a catalog whose histogram has no rising side.
CUT = "the catalog may be complete below"
# An edge is sharp where no more than these shares lie below it: of all events, and of those in the
# first bin's width above it, those in the width below it.
BELOW, BESIDE = 0.05, 0.15
_SIDES = ("latitude", "longitude", "depth_km")


def bins(magnitudes: np.ndarray, width: float) -> np.ndarray:
    """The number of each magnitude's bin: the nearest multiple of `width`, halves upwards.

    Numbers are compared after rounding, since 5.25 / 0.1 is a little less or more than 52.5.
    """
    return np.floor(np.round(np.asarray(magnitudes, dtype="float64") / width, 6) + 0.5).astype(int)


def histogram(magnitudes: np.ndarray, width: float) -> tuple[int, np.ndarray]:
    """Number of the lowest bin, and the counts from there to the highest.

    Raises
    ------
    ValueError : no magnitudes, or one that is unknown
    """
    if not len(magnitudes) or np.isnan(magnitudes).any():
        raise ValueError("a histogram needs magnitudes, all of them known")
    number = bins(magnitudes, width)
    return int(number.min()), np.bincount(number - number.min())


def maximum_curvature(counts: np.ndarray) -> int:
    """Place of the fullest bin, the highest where several are (before any correction)."""
    return int(len(counts) - 1 - np.argmax(counts[::-1]))


def sharp_edge(magnitudes: np.ndarray, width: float) -> float | None:
    """Where a catalog was cut off, if that is less than a bin and a half below its fullest bin.

    An edge lies between bins, or at the middle of one where magnitudes are given more finely than
    the bins (a catalog cut at 5.50 has half the bin 5.45 to 5.55). Few events may lie below
    (`BELOW`), and almost none just below (`BESIDE`).

    Of simulated catalogs that were cut, of one decimal or two, 90 % have an edge where they hold
    100 events, 98 % where 300, all where 1,000. Of those whose events are seen with a probability
    that rises gradually (Ogata and Katsura 1993) some have one by chance: of 100, 300 and 1,000
    events 8, 2 and 0 % with one decimal and 20, 11 and 2 % with two, where the standard deviation
    of the rise is 0.1; no more than 4, 1 and 0 % where it is 0.2.

    Returns
    -------
    The least magnitude above the lowest such edge, None where there is none.
    """
    place = np.sort(np.round(np.asarray(magnitudes, dtype="float64") / width, 6))
    first, counts = histogram(magnitudes, width)
    low = first + maximum_curvature(counts) - 0.5
    tried = [low - 1, low]
    if np.abs(place - np.round(place)).max() > 1e-3:  # given more finely than the bins
        tried = [low - 1.5, low - 1, low - 0.5, low]
    for edge in tried:
        before, at, after = np.searchsorted(place, np.array([edge - 1, edge, edge + 1]) - 1e-6)
        if at <= BELOW * len(place) and at - before <= BESIDE * (after - at) and after > at:
            return float(round(place[at] * width, 6))
    return None


def cut_note(magnitudes: np.ndarray, width: float, cut: float | None = None) -> str:
    """What is to be said of a catalog without a rising side; empty where it has one.

    `cut` is the least magnitude that was asked for, as far as it is known. The histogram may then
    end there, whatever its edge looks like.
    """
    first, counts = histogram(magnitudes, width)
    low = (first + maximum_curvature(counts) - 0.5) * width
    if cut is not None and -width <= round(low - cut, 6) <= width:
        return f"asked for from {cut:g}, near the fullest bin: {CUT}"
    edge = sharp_edge(magnitudes, width)
    return "" if edge is None else f"cut off at {edge:g}, near the fullest bin: {CUT}"


def b_value(counts: np.ndarray, width: float) -> tuple[float, float]:
    """b and its standard error from the counts of the bins at and above the cut-off magnitude.

    b = ln(1 + width / (mean - cut-off)) / (width ln 10), Tinti and Mulargia 1987; error
    = ln 10 b^2 sqrt(sum (M - mean)^2 / (n (n - 1))), Shi and Bolt 1982. NaN for fewer than
    two events or where all lie in the lowest bin.
    """
    n = counts.sum()
    offset = np.arange(len(counts)) * width
    if n < 2 or counts[0] == n:
        return math.nan, math.nan
    mean = float(counts @ offset / n)
    b = math.log1p(width / mean) / (width * math.log(10))
    spread = float(counts @ (offset - mean) ** 2)
    return b, math.log(10) * b**2 * math.sqrt(spread / (n * (n - 1)))


def cut_offs(counts: np.ndarray, width: float, least: int = 50) -> int:
    """How many of the lowest bins can be tried: `least` events above the last that a mean needs."""
    above = np.cumsum(counts[::-1])[::-1]
    return max(0, int(np.sum(above >= least)) - _span(width) + 1)


def _span(width: float) -> int:
    """Number of cut-off magnitudes in the range over which b is averaged (five of 0.1)."""
    return max(1, round(STABLE_RANGE / width))


def b_stability(counts: np.ndarray, width: float, least: int = 50) -> int | None:
    """Place of the least bin from which b is stable; None where there is none."""
    span = _span(width)
    tried = cut_offs(counts, width, least)
    values = [b_value(counts[place:], width) for place in range(tried + span - 1)]
    for place in range(tried):
        b, error = values[place]
        mean = np.mean([value for value, _ in values[place : place + span]])
        if abs(mean - b) <= error:  # never true of NaN
            return place
    return None


def b_interval(
    counts: np.ndarray, width: float, random: np.random.Generator, draws: int, level: float
) -> tuple[float, float]:
    """Percentile interval of b from `draws` bootstraps of the events, the cut-off held fixed."""
    n = int(counts.sum())
    drawn = random.multinomial(n, counts / n, size=draws)
    mean = drawn @ (np.arange(len(counts)) * width) / n
    with np.errstate(divide="ignore"):
        values = np.log1p(width / mean) / (width * math.log(10))
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def completeness(events: pd.DataFrame, regions: dict[str, dict], **options) -> pd.DataFrame:
    """Completeness magnitude and b-value by region and period.

    `b`, its interval and `n_complete` (events at or above) belong to the greater of the two
    magnitudes of completeness, or to the one there is. The interval does not hold the uncertainty
    of the magnitude of completeness itself: of 300 simulated catalogs each of 550, 1,800 and 5,500
    events a 95 % interval held the true b in 93 %.

    What fewer than `least` events would have to carry is left missing, and `note` says so; it says
    as well where the catalog is cut off near its fullest bin, and may be complete below
    (`sharp_edge`), and where a period is only a part of its years.

    Parameters
    ----------
    events : table `events`
    regions : name to a mapping with `latitude` [south, north], `longitude` [west, east] (edges
        included, degrees), `depth_km` [upper, lower] (an event without a depth stays), of which
        any may be absent
    options : `start`, `end` (first and last day of the catalog, ISO dates; default: those of the
        years of the first and last event), `step_years` (length of a period, which begins on a
        first of January), `bin`, `correction` (added to the fullest bin), `least` (events),
        `bootstrap` (draws), `level`, `seed`, `cut` (least magnitude that the sources were asked
        for, where that is known)

    Returns
    -------
    Table `completeness`, one row a region and period, in the order of the regions: `start` up to,
    not including, `end`. The first and last period hold only the catalog's days, and `note` says
    so where these are fewer.

    Raises
    ------
    ConfigError : an unknown option or side of a region, or a value that makes no sense
    """
    chosen = _checked(options, regions)
    sized = events[events["magnitude"].notna()]
    rows = []
    for name, sides in regions.items():
        inside = sized[_inside(sized, sides)]
        for start, end, partial in _periods(sized["time"], chosen):
            part = inside[(inside["time"] >= start) & (inside["time"] < end)]
            row = {"region": name, "start": start, "end": end, "n": len(part)}
            names = ("completeness", chosen["seed"], name, start.isoformat())
            found = _estimates(part["magnitude"].to_numpy(), chosen, names)
            found["note"] = "; ".join(text for text in (partial, found["note"]) if text)
            rows.append(row | found)
    return conform(pd.DataFrame(rows), "completeness")


def _estimates(magnitudes: np.ndarray, chosen: dict, names: tuple) -> dict:
    """All columns of a row that depend on the magnitudes."""
    least, width = chosen["least"], chosen["bin"]
    if len(magnitudes) < least:
        return {"note": f"{_events(len(magnitudes))}, fewer than {least}"}
    first, counts = histogram(magnitudes, width)
    fullest = maximum_curvature(counts)
    cut = cut_note(magnitudes, width, chosen["cut"])
    notes = [cut] if cut else []
    # Upwards to a bin, where the correction is no multiple of the bin's width.
    curved = fullest + math.ceil(round(chosen["correction"] / width, 6))
    stable = b_stability(counts, width, least)
    if stable is None:
        few = cut_offs(counts, width, least) == 0
        notes.append("too few events to try b's stability" if few else "b is not stable")
    place = curved if stable is None else max(curved, stable)
    complete = counts[place:]
    row = {
        "mc_maxc": round((first + curved) * width, 6),
        "mc_bstab": math.nan if stable is None else round((first + stable) * width, 6),
        "n_complete": int(complete.sum()),
    }
    if complete.sum() < least:
        notes.append(f"{_events(int(complete.sum()))} above, fewer than {least}: no b")
    elif math.isnan(b_value(complete, width)[0]):
        notes.append("all events in one bin: no b")
    else:
        row["b"] = b_value(complete, width)[0]
        random = seeds.generator(*names)
        ends = b_interval(complete, width, random, chosen["bootstrap"], chosen["level"])
        row["b_low"], row["b_high"] = ends
    return row | {"note": "; ".join(notes)}


def _events(count: int) -> str:
    """`1 event`, `2 events`."""
    return "1 event" if count == 1 else f"{count} events"


def _inside(events: pd.DataFrame, sides: dict) -> np.ndarray:
    """Whether events lie in a region."""
    latitude, longitude = events["latitude"].to_numpy(), events["longitude"].to_numpy()
    south_north = sides.get("latitude", [-90, 90])
    found = inside_box(latitude, longitude, south_north, sides.get("longitude", [-180, 180]))
    depth = events["depth_km"].to_numpy()
    upper, lower = sides.get("depth_km", [-math.inf, math.inf])
    return found & (np.isnan(depth) | ((depth >= upper) & (depth <= lower)))


def _periods(times: pd.Series, chosen: dict) -> Iterator[tuple[pd.Timestamp, pd.Timestamp, str]]:
    """Start and end (excluded) of each period, and a remark on one that holds but a part of it.

    None where neither events nor options say when.
    """
    start, end = chosen.get("start"), chosen.get("end")
    if len(times):
        start = start or f"{times.min().year}-01-01"
        end = end or f"{times.max().year}-12-31"
    if not (start and end):
        return
    first, stop = pd.Timestamp(start), pd.Timestamp(end) + pd.Timedelta(days=1)
    years = chosen["step_years"]
    of = "a year" if years == 1 else f"{years} years"
    begin = pd.Timestamp(first.year, 1, 1)
    while begin < stop:
        after = begin + pd.DateOffset(years=years)
        low, high = max(begin, first), min(after, stop)
        whole = (low, high) == (begin, after)
        last = high - pd.Timedelta(days=1)
        yield low, high, "" if whole else f"part of {of}: from {low:%Y-%m-%d} to {last:%Y-%m-%d}"
        begin = after


def _checked(options: dict, regions: dict[str, dict]) -> dict:
    """The options with their defaults."""
    unknown = sorted(set(options) - set(DEFAULTS) - {"start", "end"})
    if unknown:
        raise ConfigError(f"completeness: unknown options {', '.join(unknown)}")
    chosen = {**DEFAULTS, **options}
    bounds = {"step_years": 1, "least": 2, "bootstrap": 1, "bin": 1e-3, "correction": 0}
    for name, low in bounds.items():
        if not chosen[name] >= low:
            raise ConfigError(f"completeness.{name}: at least {low}, found {chosen[name]!r}")
    if not 0 < chosen["level"] < 1:
        raise ConfigError(f"completeness.level: between 0 and 1, found {chosen['level']!r}")
    for name, sides in regions.items():
        strange = sorted(set(sides) - set(_SIDES))
        if strange:
            raise ConfigError(f"completeness.regions.{name}: unknown side {', '.join(strange)}")
    return chosen

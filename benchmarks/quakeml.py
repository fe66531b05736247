"""Measure the reading of QuakeML: laicflow against obspy, in the project's environment.

    .venv/bin/python benchmarks/quakeml.py [--events 20000] [--rounds 3] [--json]

Both read the same generated file in one process and take turns; the median of the rounds' ratios
counts. obspy is told the format, so that its time is reading alone, and makes a whole tree of
event objects; laicflow makes the columns of its events table. The five columns that both have
must be equal.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
AT_MOST = 1.2  # of obspy's time

HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<q:quakeml xmlns="http://quakeml.org/xmlns/bed/1.2" \
xmlns:catalog="http://anss.org/xmlns/catalog/0.1" xmlns:q="http://quakeml.org/xmlns/quakeml/1.2">
<eventParameters publicID="quakeml:bench.org/query">
"""
# An event as services answer it: one origin with its errors and quality, two magnitudes.
EVENT = """\
<event catalog:datasource="us" catalog:eventsource="us" catalog:eventid="{n:08d}" \
publicID="quakeml:bench.org/query?eventid=us{n:08d}&amp;format=quakeml">
<description><type>earthquake name</type><text>{n} km N of Somewhere</text></description>
<origin publicID="quakeml:bench.org/origin/{n}">
<time><value>{when}Z</value></time>
<longitude><value>{longitude}</value></longitude>
<latitude><value>{latitude}</value></latitude>
<depth><value>{depth}</value><uncertainty>1800</uncertainty></depth>
<originUncertainty><horizontalUncertainty>7900</horizontalUncertainty>\
<preferredDescription>horizontal uncertainty</preferredDescription></originUncertainty>
<quality><usedPhaseCount>57</usedPhaseCount><standardError>0.88</standardError>\
<azimuthalGap>38</azimuthalGap><minimumDistance>4.722</minimumDistance></quality>
<evaluationMode>manual</evaluationMode>
<creationInfo><agencyID>us</agencyID><creationTime>2022-08-01T13:15:05.654Z</creationTime>\
</creationInfo>
</origin>
<magnitude publicID="quakeml:bench.org/magnitude/{n}/mb">
<mag><value>{other}</value><uncertainty>0.06</uncertainty></mag><type>mb</type>
<stationCount>91</stationCount><originID>quakeml:bench.org/origin/{n}</originID>
<creationInfo><agencyID>us</agencyID></creationInfo>
</magnitude>
<magnitude publicID="quakeml:bench.org/magnitude/{n}/mww">
<mag><value>{magnitude}</value><uncertainty>0.1</uncertainty></mag><type>mww</type>
<stationCount>12</stationCount><originID>quakeml:bench.org/origin/{n}</originID>
<creationInfo><agencyID>us</agencyID></creationInfo>
</magnitude>
<preferredOriginID>quakeml:bench.org/origin/{n}</preferredOriginID>
<preferredMagnitudeID>quakeml:bench.org/magnitude/{n}/mww</preferredMagnitudeID>
<type>earthquake</type>
<creationInfo><agencyID>us</agencyID><creationTime>2022-08-01T13:15:05.654Z</creationTime>\
</creationInfo>
</event>
"""
TAIL = "</eventParameters>\n</q:quakeml>\n"


def write(path: Path, events: int) -> None:
    """Write a catalog of random events."""
    random = np.random.default_rng(0)
    start = np.datetime64("2000-01-01T00:00:00.000", "ms")
    times = start + np.sort(random.integers(0, 20 * 365 * 86_400_000, events))
    places = random.uniform([-180, -90, 0, 4], [180, 90, 700_000, 9], (events, 4))
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD)
        for n, (when, (longitude, latitude, depth, size)) in enumerate(
            zip(times, places, strict=True)
        ):
            file.write(
                EVENT.format(
                    n=n,
                    when=when,
                    longitude=f"{longitude:.4f}",
                    latitude=f"{latitude:.4f}",
                    depth=f"{depth:.0f}",
                    magnitude=f"{size:.1f}",
                    other=f"{size - 0.2:.1f}",
                )
            )
        file.write(TAIL)


def laicflow_reads(path: Path) -> Any:
    """The events table."""
    from laicflow.readers import quakeml

    return quakeml.read(path)


def obspy_reads(path: Path) -> Any:
    """The catalog of obspy."""
    import obspy

    return obspy.read_events(str(path), format="QUAKEML")


def compare(ours: Any, theirs: Any) -> None:
    """Check that both sides have the same numbers."""
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    origins = [event.preferred_origin() for event in theirs]
    times = np.array([origin.time.datetime for origin in origins], "datetime64[us]")
    np.testing.assert_array_equal(ours["time"].to_numpy(), times)
    for column, values in (
        ("latitude", [origin.latitude for origin in origins]),
        ("longitude", [origin.longitude for origin in origins]),
        ("depth_km", [origin.depth / 1000 for origin in origins]),
        ("magnitude", [event.preferred_magnitude().mag for event in theirs]),
    ):
        np.testing.assert_array_equal(ours[column].to_numpy(), values)


def timed(call: Callable[[Path], Any], path: Path) -> tuple[float, Any]:
    """Seconds of a call, and what it gave."""
    gc.collect()
    start = time.perf_counter()
    result = call(path)
    return time.perf_counter() - start, result


def measure(events: int = 20_000, rounds: int = 3) -> dict:
    """Read a generated file with both, in turns: a row for the table of results."""
    times = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imports and what both set up once do not count.
        first, path = Path(folder) / "first.xml", Path(folder) / "events.xml"
        write(first, 10)
        compare(laicflow_reads(first), obspy_reads(first))
        write(path, events)
        for number in range(rounds):
            ours, table = timed(laicflow_reads, path)
            theirs, catalog = timed(obspy_reads, path)
            if number == 0:
                compare(table, catalog)
            times.append((ours, theirs))
            del table, catalog
    ratio = statistics.median(ours / theirs for ours, theirs in times)
    return {
        "pair": f"QuakeML, {events:,} events: laicflow / obspy",
        "input": "generated, one origin and two magnitudes an event",
        "rounds": rounds,
        "ours": statistics.median(ours for ours, _ in times),
        "peer": statistics.median(theirs for _, theirs in times),
        "ratio": f"{ratio:.2f} of the time",
        "limit": f"at most {AT_MOST}",
        "good": ratio <= AT_MOST,
    }


def main() -> int:
    """Measure and say what came out; 1 if the limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the row as one line of JSON")
    options = parser.parse_args()
    row = measure(options.events, options.rounds)
    if options.json:
        print(json.dumps(row))
    else:
        print(
            f"{row['pair']}: {row['ours']:.2f} s / {row['peer']:.2f} s = {row['ratio']} "
            f"({row['limit']}), median of {row['rounds']} rounds"
        )
    return 0 if row["good"] else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "workflow/scripts"))
    sys.exit(main())

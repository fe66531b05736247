"""Measure the way from a station-day of RINEX to VTEC: laicflow, gnss_tec, georinex.

    .venv/bin/python benchmarks/gnss.py [--peer PYTHON] [--rounds 7] [--json]

Real days (30 s, all systems, `.crx.gz`, of which GPS is taken) below LAICFLOW_REAL_DATA; without it
nothing is measured. laicflow and gnss_tec (both in the project's environment, each in a process of
its own) take turns on AIRA, whose codes both take alike (C1C and C2W). gnss_tec wants broadcast
orbits and Bias-SINEX where the day has SP3 and DCB files, so its files are made of those: elements
every two hours, and the same biases. First both get one receiver bias, elevation cut and shell,
and their 15-min VTEC is compared before anything is timed; then each estimates the bias by its own
ways. Processor time and memory are those of ABMF, which sees half as many satellites more.
georinex (in the environment of `--peer`) only reads that file, once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(HERE)]

from run import Worker, project_python  # noqa: E402  (lies beside, not in the environment)

DAY = 2
LIKE, LARGE = "AIRA00JPN", "ABMF00GLP"
INPUT = "a day of {}, 30 s, GPS, Hatanaka and gzip"
SECONDS, OF_LIBRARY, MEMORY = 3.0, 1.5, 1e9  # at most
ALIKE_TECU = 0.5  # RMS of the two VTEC
GRAVITY, SPIN = 3.986005e14, 7.2921151467e-5  # ICD-GPS-200
HALF_S = 30.0
NOTHING = 1e-15  # gnss_tec leaves out records with a zero among the elements


def day_files(root: Path, station: str) -> dict[str, list[str]]:
    """The files of a station's day."""
    folder = root / "gnss/2020-01"
    return {
        "observations": [str(folder / f"{station}_R_2020{DAY:03d}0000_01D_30S_MO.crx.gz")],
        "orbits": [str(folder / f"COD2086{day}.EPH.Z") for day in (3, 4, 5)],
        "biases": [str(folder / name) for name in ("P1P22001_ALL.DCB.Z", "P1C12001.DCB.Z")],
    }


def broadcast(orbits: list[str], path: Path) -> None:
    """Write the orbits of GPS as a RINEX 3 navigation file: Kepler's elements every two hours."""
    from laicflow.gnss import gps_time
    from laicflow.gnss import orbits as orbit_files

    known = orbit_files.read(orbits)
    names = [name for name in known.satellites if name[0] == "G"]
    lines = [
        f"{'     3.04           N: GNSS NAV DATA    G: GPS':60}RINEX VERSION / TYPE",
        f"{'    18':60}LEAP SECONDS",
        f"{'':60}END OF HEADER",
    ]
    first = gps_time.from_calendar(2020, 1, DAY, 0, 0, 0.0)
    for hour in range(0, 25, 2):
        time = first + 3600.0 * hour
        shift = np.array([-HALF_S, 0.0, HALF_S])
        states, clocks = known.states(time + shift, names)
        stamp = np.datetime64("1980-01-06T00:00") + np.timedelta64(int(time), "s")
        head = str(stamp).translate(str.maketrans("-T:", "   "))[:19]
        for number, name in enumerate(names):
            if np.isfinite(states[:, number]).all():
                told = elements(states[:, number], time)
                clock = np.nan_to_num(clocks[1, number])
                lines += record(f"{name} {head}", clock, told, time)
    path.write_text("\n".join(lines) + "\n")


def elements(state: np.ndarray, time: float) -> dict[str, float]:
    """Kepler's elements from three Earth-fixed places, 30 s apart, about a time."""
    angle = SPIN * np.array([-HALF_S, 0.0, HALF_S])
    x = np.cos(angle) * state[:, 0] - np.sin(angle) * state[:, 1]
    y = np.sin(angle) * state[:, 0] + np.cos(angle) * state[:, 1]
    place = np.stack([x, y, state[:, 2]], axis=-1)
    r, v = place[1], (place[2] - place[0]) / (2 * HALF_S)
    distance, spin = np.linalg.norm(r), np.cross(r, v)
    axis = 1.0 / (2.0 / distance - v @ v / GRAVITY)
    towards = np.cross(v, spin) / GRAVITY - r / distance
    e = np.linalg.norm(towards)
    node = np.array([-spin[1], spin[0], 0.0]) / np.hypot(spin[0], spin[1])
    beside = np.cross(spin, node) / np.linalg.norm(spin)
    argument = np.arctan2(towards @ beside, towards @ node)
    true = np.arctan2(r @ beside, r @ node) - argument
    eccentric = 2 * np.arctan(np.sqrt((1 - e) / (1 + e)) * np.tan(true / 2))
    return {
        "m0": eccentric - e * np.sin(eccentric),
        "e": e,
        "root_a": np.sqrt(axis),
        "omega0": np.arctan2(node[1], node[0]) + SPIN * (time % 604800.0),
        "i0": np.arccos(spin[2] / np.linalg.norm(spin)),
        "omega": argument,
    }


def record(head: str, clock: float, told: dict[str, float], time: float) -> list[str]:
    """The eight lines of a record."""
    toe, week = time % 604800.0, time // 604800.0
    rows = [
        [1.0, NOTHING, NOTHING, told["m0"]],
        [NOTHING, told["e"], NOTHING, told["root_a"]],
        [toe, NOTHING, told["omega0"], NOTHING],
        [told["i0"], NOTHING, told["omega"], NOTHING],
        [NOTHING, 1.0, week, 0.0],
        [2.0, 0.0, NOTHING, 1.0],
        [toe, 4.0],
    ]
    lines = [head + "".join(f"{value:19.12E}" for value in (clock, 0.0, 0.0))]
    return lines + ["    " + "".join(f"{value:19.12E}" for value in row) for row in rows]


def bias_sinex(biases: list[str], path: Path, station: str, receiver: float) -> None:
    """Write the biases of GPS in DCB files, and a receiver's, as Bias-SINEX."""
    from laicflow.gnss import biases as bias_files
    from laicflow.gnss import gps_time

    known = bias_files.read(biases)
    noon = gps_time.from_calendar(2020, 1, DAY, 12, 0, 0.0)
    span = f"2020:{DAY:03d}:00000 2020:{DAY + 1:03d}:00000"
    lines = [
        f"%=BIA 1.00 XXX 2020:010:00000 XXX {span} R 00000000",
        "+BIAS/SOLUTION",
        "*BIAS SVN_ PRN STATION__ OBS1 OBS2 BIAS_START____ BIAS_END______ UNIT "
        "__ESTIMATED_VALUE____ _STD_DEV___",
    ]
    values = {
        (name, "", pair): known.of_satellite(name, pair, noon)
        for name in sorted(known.satellites)
        for pair in ("C1W-C2W", "C1C-C2W")
        if name[0] == "G"
    }
    values["G", station[:4], "C1C-C2W"] = receiver
    for (satellite, of, pair), value in values.items():
        first, second = pair.split("-")
        lines.append(
            f" DSB  {'':4} {satellite:3} {of:9} {first:4} {second:4} {span} ns   "
            f"{value:21.4f} {0.01:11.4f}"
        )
    path.write_text("\n".join([*lines, "-BIAS/SOLUTION", "%=ENDBIA"]) + "\n")


def alike(ours: Worker, library: Worker, own: dict, other: dict, bias: float) -> float:
    """RMS of the difference of both sides' VTEC by 15 min.

    Raises
    ------
    AssertionError : it is larger than methods may differ, or one side has no series
    """
    mine = ours.ask("vtec_laicflow", **own, bias=bias)["vtec"]
    theirs = library.ask("vtec_gnss_tec", **other, bias="external")["vtec"]
    both = sorted(set(mine) & set(theirs))
    assert len(both) >= 90, (len(mine), len(theirs))
    off = np.array([mine[time] - theirs[time] for time in both])
    rms = float(np.sqrt(np.mean(off**2)))
    assert rms <= ALIKE_TECU, rms
    return rms


def measure(peer: Path | None, rounds: int) -> list[dict]:
    """Rows for the table of results."""
    root = os.environ.get("LAICFLOW_REAL_DATA")
    if not root:
        print("gnss: LAICFLOW_REAL_DATA is not set, nothing is measured", file=sys.stderr)
        return []
    own, large = (day_files(Path(root), station) for station in (LIKE, LARGE))
    with (
        tempfile.TemporaryDirectory() as name,
        Worker(project_python()) as ours,
        Worker(project_python()) as library,
    ):
        folder = Path(name)
        broadcast(own["orbits"], folder / "brdc.rnx")
        receiver = ours.ask("vtec_laicflow", **own, bias="estimate")["receiver"]
        bias_sinex(own["biases"], folder / "day.BSX", LIKE, receiver)
        other = {
            "observations": own["observations"][0],
            "orbits": str(folder / "brdc.rnx"),
            "biases": str(folder / "day.BSX"),
        }
        rms = alike(ours, library, own, other, receiver)
        rows = []
        for bias, theirs, what in (
            (receiver, "external", f"bias given, VTEC alike to {rms:.2f} TECU"),
            ("estimate", "lsq", "bias estimated, by least squares both"),
            ("estimate", "mstd", "bias estimated, theirs by least scatter"),
        ):
            times = [
                (
                    ours.ask("vtec_laicflow", **own, bias=bias),
                    library.ask("vtec_gnss_tec", **other, bias=theirs),
                )
                for _ in range(rounds)
            ]
            rows.append(row_of(times, what))
    rows += alone(large, rounds)
    return rows + ([georinex(peer, large, rows[-2]["ours"])] if peer else [])


def row_of(times: list[tuple[dict, dict]], what: str) -> dict:
    """A row of laicflow beside the library."""
    ratio = statistics.median(a["seconds"] / b["seconds"] for a, b in times)
    return {
        "pair": f"station-day to VTEC, {what}: laicflow / gnss_tec.calc_tec_from_rinex",
        "input": INPUT.format(LIKE[:4]),
        "rounds": len(times),
        "ours": statistics.median(a["seconds"] for a, _ in times),
        "peer": statistics.median(b["seconds"] for _, b in times),
        "ratio": f"{ratio:.2f} of the time",
        "limit": f"at most {OF_LIBRARY:g}",
        "good": ratio <= OF_LIBRARY,
    }


def alone(own: dict, rounds: int) -> list[dict]:
    """Rows of laicflow alone, in a fresh process: processor time and memory, bias estimated."""
    with Worker(project_python()) as fresh:
        first = fresh.ask("vtec_laicflow", **own, bias="estimate")
        made = [fresh.ask("vtec_laicflow", **own, bias="estimate") for _ in range(rounds)]
    seconds = statistics.median(one["processor"] for one in made)
    return [
        {
            "pair": "station-day to VTEC, bias estimated: laicflow alone, processor time",
            "input": INPUT.format(LARGE[:4]),
            "rounds": rounds,
            "ours": seconds,
            "ratio": f"{seconds:.2f} s",
            "limit": f"at most {SECONDS:g} s",
            "good": seconds <= SECONDS,
        },
        {
            "pair": "resident memory of that, interpreter included",
            "input": INPUT.format(LARGE[:4]),
            "rounds": 1,
            "ratio": f"{first['peak_bytes'] / 1e9:.2f} GB",
            "limit": f"at most {MEMORY / 1e9:g} GB",
            "good": first["peak_bytes"] <= MEMORY,
        },
    ]


def georinex(peer: Path, own: dict, seconds: float) -> dict:
    """A row of georinex, which reads the file and does nothing further."""
    with Worker(peer) as other:
        told = other.ask("read_georinex", path=own["observations"][0])
    return {
        "pair": "station-day to VTEC: laicflow / georinex, which only reads it, processor time",
        "input": INPUT.format(LARGE[:4]),
        "rounds": 1,
        "ours": seconds,
        "peer": told["processor"],
        "ratio": f"{seconds / told['processor']:.3f} of the time",
        "limit": "none",
        "good": True,
    }


def main() -> int:
    """Print the rows; 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peer", type=Path, help="interpreter of the environment with georinex")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = measure(options.peer, options.rounds)
    if options.json:
        print(json.dumps(rows))
        return 0
    for row in rows:
        times = " / ".join(f"{row[key]:.2f} s" for key in ("ours", "peer") if key in row)
        print(f"{row['pair']}: {times} {row['ratio']} ({row['limit']})")
    return 0 if all(row["good"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Writing of the biases of a simulated world as CODE's monthly differential code biases.

`P1P2yymm_ALL.DCB.Z` lists satellites, then receivers by constellation and station;
`P1C1yymm.DCB.Z` satellites alone. Values and their RMS in ns (columns 27 to 35 and 39 to 47).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ncompress
import numpy as np

from laicflow.files import atomic_path
from laicflow.simulate.gnss_receiver import Station

MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()


def write_dcb(
    month: dt.date,
    folder: Path,
    *,
    p1p2_ns: np.ndarray,
    p1c1_ns: np.ndarray,
    receivers: list[Station],
) -> list[Path]:
    """Write both files of a month and give their paths, P1-P2 first.

    Parameters
    ----------
    month : any day of it
    p1p2_ns, p1c1_ns : of the satellites from G01 on
    receivers : those that are listed
    """
    texts = {
        f"P1P2{month:%y%m}_ALL.DCB.Z": dcb_text("P1-P2", month, p1p2_ns, receivers),
        f"P1C1{month:%y%m}.DCB.Z": dcb_text("P1-C1", month, p1c1_ns, []),
    }
    paths = [Path(folder) / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        with atomic_path(path) as temporary:
            temporary.write_bytes(ncompress.compress(text.encode("ascii")))
    return paths


def dcb_text(kind: str, month: dt.date, values_ns: np.ndarray, receivers: list[Station]) -> str:
    """The text of a file; kind is `P1-P2` or `P1-C1`.

    Of a receiver without P1 the bias under P1-P2 is that of C1-P2: its C1 became a P1 by the
    satellites' biases alone.
    """
    system = "GNSS" if kind == "P1-P2" else "GPS"
    # The first of the month stands for the time of the run, which must not change the bytes.
    made = f"01-{MONTHS[month.month - 1]}-{month:%y} 00:00"
    title = f"CODE'S MONTHLY {system} {kind} DCB SOLUTION, YEAR {month.year}, MONTH {month:%m}"
    lines = [
        f"{title:<65}{made}",
        "-" * 80,
        "",
        f"DIFFERENTIAL ({kind}) CODE BIASES FOR SATELLITES AND RECEIVERS:",
        "",
        "PRN / STATION NAME        VALUE (NS)  RMS (NS)",
        "***   ****************    *****.***   *****.***",
    ]
    for number, value in enumerate(values_ns, start=1):
        lines.append(_row(f"G{number:02d}", value, 0.007))
    for station in sorted(receivers, key=lambda one: one.code):
        bias = station.p1p2_ns - (0.0 if station.p1 else station.p1c1_ns)
        lines.append(_row(f"G     {station.code[:4]} {station.domes}", bias, 0.05))
    return "\n".join([*lines, "", ""])


def _row(name: str, value: float, rms: float) -> str:
    """A bias of a satellite or a station."""
    return f"{name:26}{value:9.3f}   {rms:9.3f}"

"""Satellites on circles, a station, a shell of even TEC, and the files that tell of them.

Everything here is worked out on its own: no formula of the code under test is used.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np

LIGHT = 299792458.0
F1, F2 = 1575.42e6, 1227.60e6
METRES_PER_TECU = 40.3082e16 * (1 / F2**2 - 1 / F1**2)
START = dt.datetime(2020, 1, 1)
SITE = np.array([-3530185.5598, 4118797.3133, 3344036.9115])
SATELLITES = [f"G{number:02d}" for number in range(1, 25)]
BIAS_NS = {name: 0.5 * number - 6.0 for number, name in enumerate(SATELLITES)}
RECEIVER_NS = -12.5
SPIN, RADIUS, MOTION = 7.2921151467e-5, 26.56e6, 1.4585e-4


def place(number: int, seconds: float | np.ndarray) -> np.ndarray:
    """Earth-fixed metres of a satellite: six planes of four, tilted by 55 degrees."""
    plane, slot = divmod(number, 4)
    along = slot * np.pi / 2 + plane * 0.4 + MOTION * np.asarray(seconds, dtype=float)
    node = plane * np.pi / 3 - SPIN * np.asarray(seconds, dtype=float)
    x, y = RADIUS * np.cos(along), RADIUS * np.sin(along)
    tilt = np.radians(55.0)
    return np.stack(
        [
            x * np.cos(node) - y * np.cos(tilt) * np.sin(node),
            x * np.sin(node) + y * np.cos(tilt) * np.cos(node),
            y * np.sin(tilt),
        ],
        axis=-1,
    )


def sine_of_elevation(line: np.ndarray, site: np.ndarray = SITE) -> float:
    """Sine of the angle between a line and the ground of a sphere."""
    return float(line @ site / np.linalg.norm(line) / np.linalg.norm(site))


def slant_factor(sine: float) -> float:
    """Slant over vertical at a shell of 450 km, by the law of sines."""
    cosine = np.sqrt(1 - sine**2)
    return float(1 / np.sqrt(1 - (6371.0 / 6821.0 * cosine) ** 2))


@dataclasses.dataclass
class World:
    """What the files hold.

    Parameters
    ----------
    vtec : TECU by seconds of the day
    slips : cycles on L1 and L2 from an epoch on, by satellite
    c1 : whether the receiver gives C1 in place of P1
    noise_m : of the codes
    """

    hours: float = 8.0
    step: int = 30
    vtec: float = 20.0
    slips: dict[str, tuple[int, int, int]] = dataclasses.field(default_factory=dict)
    c1: bool = False
    noise_m: float = 0.0
    site: np.ndarray = dataclasses.field(default_factory=lambda: SITE)
    marker: str = "TEST"
    antenna: str = "ANTENNA A"
    start: dt.datetime = START
    header_site: np.ndarray | None = None
    system: str = "G"

    def frequencies(self, index: int) -> tuple[float, float]:
        """Hz of both carriers of a satellite (RINEX 3.05, tables 4 to 8)."""
        if self.system == "R":
            return 1602.0e6 + self.channel(index) * 562.5e3, 1246.0e6 + self.channel(
                index
            ) * 437.5e3
        return {"G": (F1, F2), "E": (F1, 1176.45e6), "C": (1561.098e6, 1268.52e6)}[self.system]

    def channel(self, index: int) -> int:
        """Channel of a GLONASS satellite."""
        return index % 14 - 7

    def epochs(self) -> list[tuple[dt.datetime, dict[str, tuple[float, float, float, float]]]]:
        """P1 (or C1), P2 in metres and L1, L2 in cycles by satellite and epoch."""
        noise = np.random.default_rng(7)
        made = []
        for number in range(int(self.hours * 3600 / self.step)):
            seconds = number * self.step
            seen = {}
            for index, name in enumerate(SATELLITES):
                line = place(index, seconds) - self.site
                sine = sine_of_elevation(line, self.site)
                if sine < np.sin(np.radians(12.0)):
                    continue
                distance = np.linalg.norm(line)
                slant = self.vtec * slant_factor(sine)
                f1, f2 = self.frequencies(index)
                delay1, delay2 = slant * 40.3082e16 / f1**2, slant * 40.3082e16 / f2**2
                # P1 - P2 is too great by the biases.
                bias = (BIAS_NS[name] + RECEIVER_NS) * 1e-9 * LIGHT
                code1 = distance + delay1 + bias + noise.normal() * self.noise_m
                if self.c1:
                    code1 -= 1e-9 * LIGHT  # P1 - C1 is 1 ns for all satellites
                code2 = distance + delay2 + noise.normal() * self.noise_m
                at, slip1, slip2 = self.slips.get(name, (10**9, 0, 0))
                phase1 = (distance - delay1) * f1 / LIGHT + 1234 + (slip1 if number >= at else 0)
                phase2 = (distance - delay2) * f2 / LIGHT - 777 + (slip2 if number >= at else 0)
                seen[self.system + name[1:]] = (code1, code2, phase1, phase2)
            made.append((self.start + dt.timedelta(seconds=seconds), seen))
        return made

    def rinex3(self, codes: tuple[str, ...] | None = None) -> str:
        """The text of a RINEX 3.04 file."""
        codes = codes or (("C1C" if self.c1 else "C1W"), "C2W", "L1C", "L2W")
        channels = [f"R{n + 1:02d} {self.channel(n):2d} " for n in range(24) if self.system == "R"]
        site = self.site if self.header_site is None else self.header_site
        lines = [
            labelled("     3.04           OBSERVATION DATA    M", "RINEX VERSION / TYPE"),
            labelled(self.marker, "MARKER NAME"),
            labelled(f"{'1':20}RECEIVER", "REC # / TYPE / VERS"),
            labelled(f"{'1':20}{self.antenna}", "ANT # / TYPE"),
            labelled("".join(f"{one:14.4f}" for one in site), "APPROX POSITION XYZ"),
            labelled(f"{self.system}  {len(codes):3d} {' '.join(codes)}", "SYS / # / OBS TYPES"),
            *(
                labelled(
                    f"{24 if n == 0 else '':>3} {''.join(channels[n : n + 8])}",
                    "GLONASS SLOT / FRQ #",
                )
                for n in range(0, len(channels), 8)
            ),
            labelled("", "END OF HEADER"),
        ]
        for time, seen in self.epochs():
            lines.append(f"> {time:%Y %m %d %H %M} {time.second:10.7f}  0{len(seen):3d}")
            lines += [
                name + "".join(f"{value:14.3f}  " for value in values[: len(codes)]).rstrip()
                for name, values in seen.items()
            ]
        return "\n".join(lines) + "\n"

    def rinex2(self) -> str:
        """The text of a RINEX 2.11 file."""
        types = f"     6    {'C1' if self.c1 else 'P1'}    P2    L1    L2    S1    S2"
        lines = [
            labelled("     2.11           OBSERVATION DATA    G (GPS)", "RINEX VERSION / TYPE"),
            labelled(self.marker, "MARKER NAME"),
            labelled("".join(f"{one:14.4f}" for one in self.site), "APPROX POSITION XYZ"),
            labelled(types, "# / TYPES OF OBSERV"),
            labelled("  2020     1     1     0     0    0.0000000     GPS", "TIME OF FIRST OBS"),
            labelled("", "END OF HEADER"),
        ]
        for time, seen in self.epochs():
            names = [name.replace("G0", "G ") for name in seen]
            head = f" {time:%y} {time.month:2d} {time.day:2d} {time.hour:2d} {time.minute:2d}"
            head += f"{time.second:11.7f}  0{len(names):3d}"
            lines.append(head + "".join(names[:12]))
            lines += [" " * 32 + "".join(names[at : at + 12]) for at in range(12, len(names), 12)]
            for values in seen.values():
                lines.append("".join(f"{value:14.3f}  " for value in (*values, 45.0)).rstrip())
                lines.append("        45.000")
        return "\n".join(lines) + "\n"


def labelled(text: str, label: str) -> str:
    """A line of a header."""
    return f"{text:60.60}{label:20}".rstrip()


def sp3(
    start: dt.datetime = START,
    count: int = 97,
    step: int = 900,
    leave: str = "",
    zero: dt.datetime = START,
) -> str:
    """The text of an SP3-c file of all satellites but one; `zero` is when a world began."""
    lines = ["#cP" + f"{start:%Y %m %d %H %M}  0.00000000 {count:7d} ORBIT", "%c G  cc GPS ccc"]
    for number in range(count):
        time = start + dt.timedelta(seconds=number * step)
        lines.append(f"*  {time:%Y %m %d %H %M}  0.00000000")
        for index, name in enumerate(SATELLITES):
            if name != leave:
                x, y, z = place(index, (time - zero).total_seconds()) / 1000
                lines.append(f"P{name}{x:14.6f}{y:14.6f}{z:14.6f}{0.0:14.6f}")
    return "\n".join([*lines, "EOF"]) + "\n"


def dcb(kind: str = "P1-P2", leave: str = "", receiver: bool = True, shift: float = 0.0) -> str:
    """The text of a monthly file of CODE; a shift passes from the satellites to the receiver."""
    lines = [
        f"CODE'S MONTHLY GNSS {kind} DCB SOLUTION, YEAR 2020, MONTH 01      04-FEB-20 06:46",
        "-" * 80, "", "DIFFERENTIAL CODE BIASES", "",
        "PRN / STATION NAME        VALUE (NS)  RMS (NS)",
        "***   ****************    *****.***   *****.***",
    ]  # fmt: skip
    for name in SATELLITES:
        if name != leave:
            value = BIAS_NS[name] - shift if kind == "P1-P2" else 1.0
            lines.append(f"{name:26}{value:10.3f}{0.01:12.3f}")
    if receiver and kind == "P1-P2":
        lines.append(f"G     TEST 12345M001      {RECEIVER_NS + shift:10.3f}{0.01:12.3f}")
    return "\n".join(lines) + "\n"


def files(folder: Path, world: World | None = None) -> tuple[Path, Path, list[Path]]:
    """Observations, orbits and biases on disk."""
    observations = folder / "TEST00XXX_R_20200010000_01D_30S_MO.rnx"
    orbits, p1p2, p1c1 = folder / "orbits.sp3", folder / "P1P22001.DCB", folder / "P1C12001.DCB"
    observations.write_text((world or World()).rinex3())
    orbits.write_text(sp3())
    p1p2.write_text(dcb())
    p1c1.write_text(dcb("P1-C1"))
    return observations, orbits, [p1p2, p1c1]

"""Writing of simulated indices in the layouts of GFZ (Kp, WDC), Kyoto (Dst, WDC) and CelesTrak."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from laicflow.files import write_text
from laicflow.simulate.indices import sunspot_number

# First day of the 27-day rotations that Bartels counted.
BARTELS_EPOCH = dt.date(1832, 2, 8)
# Largest sum of a day's eight ap for each Cp of 0.0, 0.1, ... 2.4; above it Cp is 2.5 (Bartels'
# table; every day that CelesTrak lists since 1957 agrees, up to a Cp of 2.3).
CP_LIMITS = np.array(
    [22, 34, 44, 55, 66, 78, 90, 104, 120, 139, 164, 190, 228, 273, 320, 379, 453, 561, 729]
    + [1119, 1399, 1699, 1999, 2399, 3199]
)
# C9 of Cp in tenths, 0 to 25.
C9_OF_CP = "00112233445566677778999999"

CELESTRAK_COLUMNS = (
    ["DATE", "BSRN", "ND"]
    + [f"KP{n}" for n in range(1, 9)]
    + ["KP_SUM"]
    + [f"AP{n}" for n in range(1, 9)]
    + ["AP_AVG", "CP", "C9", "ISN", "F10.7_OBS", "F10.7_ADJ", "F10.7_DATA_TYPE"]
    + ["F10.7_OBS_CENTER81", "F10.7_OBS_LAST81", "F10.7_ADJ_CENTER81", "F10.7_ADJ_LAST81"]
)


def daily_kp(kp: pd.DataFrame, f107: pd.DataFrame) -> pd.DataFrame:
    """One row a day with what both Kp layouts hold.

    Returns
    -------
    Table `date`, `rotation`, `day` (Bartels), `kp` (8 values, Kp times ten, rounded), `kp_sum`
    (the same of the day's sum), `ap` (8 values), `ap_mean`, `cp`, `c9`, `spots`, and the columns
    of `f107`.
    """
    thirds = kp["thirds"].to_numpy().reshape(-1, 8)
    ap = kp["ap"].to_numpy().reshape(-1, 8).astype(int)
    days = [time.date() for time in kp["time"][::8]]
    since = [(day - BARTELS_EPOCH).days for day in days]
    cp = np.searchsorted(CP_LIMITS, ap.sum(axis=1))
    table = pd.DataFrame(
        {
            "date": days,
            "rotation": [number // 27 + 1 for number in since],
            "day": [number % 27 + 1 for number in since],
            "kp": list(_tenths(thirds)),
            "kp_sum": _tenths(thirds.sum(axis=1)),
            "ap": list(ap),
            "ap_mean": np.round(ap.mean(axis=1)).astype(int),
            "cp": cp / 10,
            "c9": [C9_OF_CP[value] for value in cp],
            "spots": sunspot_number(f107["f107"].to_numpy()),
        }
    )
    return pd.concat([table, f107.drop(columns="time").reset_index(drop=True)], axis=1)


def write_kp(daily: pd.DataFrame, folder: Path) -> list[Path]:
    """Write `kpYYYY`, one file a year, in the WDC layout with F10.7."""
    paths = []
    for year, rows in daily.groupby(daily["date"].map(lambda day: day.year)):
        path = Path(folder) / f"kp{year}"
        write_text("".join(map(kp_line, rows.itertuples())), path)
        paths.append(path)
    return paths


def kp_line(row) -> str:
    """A day of the WDC layout, 71 columns.

    Date 3I2.2, rotation I4, its day I2, Kp 8I2, their sum I3, ap 8I3, mean I3, Cp F3.1, C9 I1,
    sunspot number I3, F10.7 F5.1 and its flag I1.
    """
    # GFZ's yearly files give the sum two digits at least.
    total = f"{row.kp_sum:02d}"
    kp = "".join(f"{value:2d}" for value in row.kp)
    ap = "".join(f"{value:3d}" for value in row.ap)
    return (
        f"{row.date:%y%m%d}{row.rotation:4d}{row.day:2d}{kp}{total:>3}{ap}{row.ap_mean:3d}"
        f"{row.cp:3.1f}{row.c9}{row.spots:3d}{row.f107:5.1f}0\n"
    )


def write_dst(dst: pd.DataFrame, folder: Path) -> list[Path]:
    """Write `dst_wdc_YYYY.txt`, one file a year, in the WDC layout."""
    paths = []
    days = dst.assign(date=dst["time"].dt.date).groupby("date")["dst"]
    lines = [(day, dst_line(day, values.to_numpy())) for day, values in days]
    for year in sorted({day.year for day, _ in lines}):
        path = Path(folder) / f"dst_wdc_{year}.txt"
        write_text("".join(line for day, line in lines if day.year == year), path)
        paths.append(path)
    return paths


def dst_line(day: dt.date, values: np.ndarray) -> str:
    """A day of the WDC layout, 120 columns, marked final.

    `DST`, year, month, `*`, day, two blanks, `X`, version 2, century, base (100 nT), 24 hourly
    values and the daily mean in I4; 9999 where missing.
    """
    known = values[np.isfinite(values)]
    mean = int(np.round(known.mean())) if known.size == 24 else 9999
    whole = [int(value) if np.isfinite(value) else 9999 for value in values]
    hours = "".join(f"{value:4d}" for value in whole)
    century = day.year // 100
    return f"DST{day:%y%m}*{day:%d}  X2{century:02d}{0:4d}{hours}{mean:4d}\n"


def write_celestrak(daily: pd.DataFrame, path: Path) -> Path:
    """Write `SW-All.csv` with all columns of CelesTrak's own."""
    lines = [",".join(CELESTRAK_COLUMNS)]
    for row in daily.itertuples():
        fields = [f"{row.date:%Y-%m-%d}", row.rotation, row.day, *row.kp, row.kp_sum, *row.ap]
        fields += [row.ap_mean, f"{row.cp:.1f}", row.c9, row.spots]
        fields += [f"{row.f107:.1f}", f"{row.f107_adjusted:.1f}", "OBS"]
        fields += [f"{row.observed_centred:.1f}", f"{row.observed_last:.1f}"]
        fields += [f"{row.adjusted_centred:.1f}", f"{row.adjusted_last:.1f}"]
        lines.append(",".join(map(str, fields)))
    write_text("\n".join(lines) + "\n", path)
    return Path(path)


def _tenths(thirds: np.ndarray) -> np.ndarray:
    """Kp in thirds as ten times its value, rounded: 0, 3, 7, 10, 13, ..."""
    return np.round(np.asarray(thirds) * 10 / 3).astype(int)

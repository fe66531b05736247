"""Kp and ap of CelesTrak's space weather file, as the other readers of Kp give them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.readers import celestrak_sw


def read(path: str | Path) -> pd.DataFrame:
    """The kp table of a file: time (start of the 3 hours), kp (in thirds), ap, status.

    Days that are forecasts are left out and counted in `attrs["left_out"]`. `status` is "": the
    file's data types speak of F10.7, not of Kp.

    Raises
    ------
    FormatError : as `celestrak_sw.read_kp`
    """
    return celestrak_sw.read_kp(path)

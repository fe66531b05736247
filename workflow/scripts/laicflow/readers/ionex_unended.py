"""IONEX of writers that leave the END OF FILE label out, as UPC's do.

The label is what shows a cut `.Z` file, which has neither length nor checksum. Where a centre never
writes it, a file is whole if all maps that its header promises are there, TEC and RMS, and
nothing else follows. `end_label` in the attributes says which of the two it was.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import xarray as xr

from laicflow.readers import ionex


def read(path: str | Path, *, rms: bool = True, day: dt.date | None = None) -> xr.Dataset:
    """The maps of a file, as `laicflow.readers.ionex.read` gives them.

    Raises
    ------
    FormatError : as there, but for a file that ends without the label behind its last RMS map
    """
    return ionex.read(path, rms=rms, day=day, end_label=False)

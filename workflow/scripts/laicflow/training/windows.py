"""Windows of a study as arrays, by their names."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np

from laicflow.store import read_netcdf


def cutter(study: str, tensors: str, settings: dict) -> Callable[[list[str]], np.ndarray]:
    """A function of window ids that gives their images (n, channel, row, column), float32.

    Parameters
    ----------
    study : name of the study, whose own `windows.cut` does the work
    tensors : path of the tensor file
    settings : what of the study's settings the cutting needs
    """
    module = importlib.import_module(f"laicflow.studies.{study}.windows")
    content = read_netcdf(tensors)
    if hasattr(module, "lagged"):
        # Of a forecast they say what followed, too (`training.forecast.Windows`).
        return module.lagged(content, settings)

    def windows(window_ids: list[str]) -> np.ndarray:
        return module.cut(content, window_ids, settings)

    return windows

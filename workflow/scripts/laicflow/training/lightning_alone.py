"""Lightning without torchmetrics, of which it needs two names to tell metrics from other things.

torchmetrics imports torchvision, matplotlib and scipy.signal for metrics of images and sounds, none
of which is used here: 2 of the 6.5 s of CPU that a training job takes before its first step
(measured with the locked versions), and a run of a study has some hundred such jobs. So stand-ins
have its place while Lightning is imported; whoever imports torchmetrics later gets the real one.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

NAME = "torchmetrics"
# What Lightning imports of it.
CLASSES = ("Metric", "MetricCollection")


def load() -> ModuleType:
    """`lightning.pytorch`, imported; with torchmetrics itself where that is there already."""
    if NAME in sys.modules:
        return importlib.import_module("lightning.pytorch")
    stand_in = ModuleType(NAME)
    stand_in.__version__ = importlib.metadata.version(NAME)
    stand_in.__spec__ = ModuleSpec(NAME, None)
    for name in CLASSES:
        setattr(stand_in, name, type(name, (), {}))
    sys.modules[NAME] = stand_in
    try:
        return importlib.import_module("lightning.pytorch")
    finally:
        del sys.modules[NAME]

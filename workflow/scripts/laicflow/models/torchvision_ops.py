"""Lets torchvision be imported beside a torch that its compiled operators do not fit.

The wheel of torchvision is built against a CUDA build of torch. Beside a CPU build its compiled
library cannot be loaded, and then its import fails at the first operator whose schema it expects
("operator torchvision::nms does not exist"). timm and torchmetrics import torchvision, though
nothing here ever runs one of its operators. Declaring the schemas of the two operators, without
any kernel, is enough; a call of one would still fail loudly.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

# The operators whose schema the import of torchvision expects, both of one signature.
OPERATORS = ("nms", "qnms")
SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"

# A torch library lives as long as its handle.
_handles: list[object] = []


def prepare() -> bool:
    """Declare torchvision's schemas where its own library cannot be loaded.

    To be called before the first import of timm, lightning or torchvision; calling it again does
    nothing. Where torchvision is absent, already imported or whole, nothing is declared.

    Returns
    -------
    bool : whether the schemas had to be declared
    """
    if _handles:
        return True
    if "torchvision" in sys.modules or importlib.util.find_spec("torchvision") is None:
        return False
    import torch

    if _known(torch) or _loads(torch):
        return False
    handle = torch.library.Library("torchvision", "DEF")
    for operator in OPERATORS:
        handle.define(operator + SIGNATURE)
    _handles.append(handle)
    return True


def _known(torch: object) -> bool:
    """Whether torch knows the operators already."""
    return all(hasattr(torch.ops.torchvision, operator) for operator in OPERATORS)


def _loads(torch: object) -> bool:
    """Whether torchvision's compiled library loads and brings the operators."""
    for folder in importlib.util.find_spec("torchvision").submodule_search_locations or ():
        for suffix in EXTENSION_SUFFIXES:
            library = Path(folder) / f"_C{suffix}"
            if library.is_file():
                try:
                    torch.ops.load_library(str(library))
                except OSError:
                    return False
                return _known(torch)
    return False

"""Receipts of published weights (`laicflow.models.weights.receipt`), as a training job reads them.

A training job takes the file that a receipt names, so that all seeds and folds of a study start
alike, and checks its sha256 first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from laicflow.errors import LaicflowError
from laicflow.files import sha256


def entry(told: dict[str, list[dict[str, str]]], model: str, origin: str) -> dict[str, str]:
    """The entry of a receipt, its file held to its sha256.

    It is what `pretrained` takes among the options of a network.

    Raises
    ------
    LaicflowError : the receipt has no such entry, or the file is gone or another
    """
    for one in told["weights"]:
        if (one["model"], one["origin"]) == (model, origin):
            break
    else:
        raise LaicflowError(f"the receipt of weights holds none of {model} from {origin}")
    if not one["file"]:
        return one
    again = "delete the study's weights.json and run again to find them anew"
    if not Path(one["file"]).is_file():
        raise LaicflowError(f"the weights {one['file']} are gone; {again}")
    found = sha256(one["file"])
    if found != one["sha256"]:
        raise LaicflowError(
            f"the weights {one['file']} have sha256 {found[:12]}, not {one['sha256'][:12]} as when "
            f"they were found; put them back, or {again}"
        )
    return one


def started(model: str, options: dict[str, Any], path: str | Path | None) -> dict[str, Any]:
    """The options of a network in which `pretrained` is no origin but an entry of a receipt.

    Parameters
    ----------
    model : a name of the registry
    options : of the network
    path : the receipt, None where there is none

    Raises
    ------
    LaicflowError : weights are asked for and there is no receipt, or what `entry` refuses
    """
    origin = options.get("pretrained", "none")
    if origin == "none":
        return options
    if not path:
        raise LaicflowError(f"model {model}: weights from {origin} need a receipt of weights")
    told = json.loads(Path(path).read_text(encoding="utf-8"))
    return {**options, "pretrained": entry(told, model, origin)}

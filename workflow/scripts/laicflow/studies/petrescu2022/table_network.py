"""Table 2: the network layer by layer, counted in the network itself, beside the published one."""

from __future__ import annotations

import pandas as pd

from laicflow.models import magnetic
from laicflow.models.magnetic import torch
from laicflow.studies.petrescu2022.reasons import length
from laicflow.studies.results import Results

COLUMNS = {
    "layer": "str",
    "filters": "Int64",
    "kernel": "str",
    "padding": "str",
    "activation": "str",
    "paper_activation": "str",
    "output_shape": "str",
    "parameters": "Int64",
    "paper_parameters": "Int64",
    "note": "str",
}
# What Table 2 prints for a window of 10080 minutes: layer, activation, parameters.
PUBLISHED = (
    ("Conv2D", "ReLU", 320),
    ("MaxPooling", "", 0),
    ("Conv2D", "ReLU", 6208),
    ("MaxPooling", "", 0),
    ("Conv2D", "ReLU", 12_352),
    ("Flattened", "", 0),
    ("Dense", "Softmax", 30_965_824),
    ("Dense", "", 130),
)
WEEK = 10_080
READINGS = {
    "last": "read here as the text has it: softmax on the last layer, ReLU on this one",
    "dense": "as the table has it: softmax on this layer, none on the last",
}


def table2(results: Results) -> pd.DataFrame:
    """The layers of the headline's network at the study's own window.

    Published parameters stand beside it where the layers are the published ones in kind and number;
    they are those of a week. Below, the sum; its note tells that under windows of other lengths.
    """
    rows = layers(options_of(results.settings))
    same = [row["layer"] for row in rows] == [name for name, *_ in PUBLISHED]
    if same:
        for row, (_, activation, parameters) in zip(rows, PUBLISHED, strict=True):
            row |= {"paper_activation": activation, "paper_parameters": parameters}
    total = sum(row["parameters"] for row in rows)
    last = {"layer": "sum", "parameters": total, "note": _of_variants(results)}
    last["paper_parameters"] = sum(parameters for *_, parameters in PUBLISHED)
    dense = [row for row in rows if row["layer"] == "Dense"][0]
    softmax = options_of(results.settings).get("softmax", magnetic.DEFAULTS["softmax"])
    dense["note"] = READINGS[softmax]
    table = pd.DataFrame([*rows, last], columns=list(COLUMNS))
    for column, kind in COLUMNS.items():
        values = table[column]
        table[column] = (values.astype(object).fillna("") if kind == "str" else values).astype(kind)
    return table


def options_of(settings: dict) -> dict:
    """The options of the headline's network at the window of a study or variant."""
    own = settings["experiments"][settings["headline"]["experiment"]].get("options", {})
    asked = {**settings.get("models", {}), **own}
    return {**asked, "minutes": settings["window"]["minutes"]}


def total(options: dict) -> int:
    """Number of parameters of the network with these options."""
    return sum(row["parameters"] for row in layers(options))


def layers(options: dict) -> list[dict]:
    """One entry a layer: name, filters, kernel, padding, activation, shape and parameters.

    The network is built without its numbers, so that a month of minutes takes no memory.

    Raises
    ------
    ConfigError : as `magnetic.build`
    """
    with torch.device("meta"):
        model = magnetic.build("vgg_magnetic", options, seed=0)
        x = torch.empty(1, 1, magnetic.COMPONENTS, model.minutes)
    rows: list[dict] = []
    for module in model.features:
        x = module(x)
        _, filters, *size = x.shape
        if isinstance(module, torch.nn.Conv2d):
            row = {"layer": "Conv2D", "filters": filters, "kernel": _by(module.kernel_size)}
            same = all(2 * pad + 1 == k for pad, k in zip(module.padding, module.kernel_size))  # noqa: B905
            rows.append(row | {"padding": "yes" if same else "", "parameters": _count(module)})
        elif isinstance(module, torch.nn.ReLU):
            rows[-1]["activation"] = "ReLU"
        else:
            rows.append({"layer": "MaxPooling", "kernel": _by(module.kernel_size), "parameters": 0})
        rows[-1]["output_shape"] = f"({size[0]}, {size[1]}, {filters})"
    flat = {"layer": "Flattened", "output_shape": f"{x.numel():,}", "parameters": 0}
    softmax = isinstance(model.activation, torch.nn.Softmax)
    dense = {"layer": "Dense", "activation": "Softmax" if softmax else "ReLU"}
    last = {"layer": "Dense", "activation": "" if softmax else "Softmax"}
    for row, module in ((dense, model.dense), (last, model.last)):
        row |= {"output_shape": str(module.out_features), "parameters": _count(module)}
    return [*rows, flat, dense, last]


def _by(size: tuple[int, int]) -> str:
    """A window of so many rows and columns."""
    return f"{size[0]} x {size[1]}"


def _count(module: torch.nn.Module) -> int:
    """Numbers that are learnt."""
    return sum(parameter.numel() for parameter in module.parameters())


def _of_variants(results: Results) -> str:
    """Parameters under variants whose window has another length, and what else differs."""
    own = options_of(results.settings)
    told = [f"a window of {length(own['minutes'])}"]
    if own["minutes"] != WEEK:
        told[0] += f"; at {length(WEEK)} {total({**own, 'minutes': WEEK}):,}"
    if own.get("width", 1) < 1:
        told.append(f"reduced to {own['width']:g} of the filters, not the published network")
    others: dict[int, list[str]] = {}
    for variant, settings in results.variants.items():
        minutes = settings["window"]["minutes"]
        if minutes != own["minutes"]:
            others.setdefault(minutes, []).append(variant)
    for minutes, variants in others.items():
        count = total({**own, "minutes": minutes})
        told.append(f"{', '.join(variants)} ({length(minutes)}): {count:,}")
    return "; ".join(told)

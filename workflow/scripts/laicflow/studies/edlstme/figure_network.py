"""The network, layer by layer, and a window that it sees (the paper's Figure 2)."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.models import registry
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.plots.network import Layer, draw_layers
from laicflow.studies.edlstme.needs import network
from laicflow.studies.edlstme.windows import lagged
from laicflow.studies.results import Results

MODEL = "ed_lstme"
HEAD = ("layer", "what comes out of it", "parameters")
COLUMNS = ["part", "name", "shape", "parameters", "site", "time", "value", "note"]
UNITS = {"parameters": "1", "value": "1"}


def fig2(results: Results) -> Drawn:
    """The headline's network with the options of the run, and the last window of the test.

    What tuning found is in it where the variant was tuned. Needs tensors, samples and tuning.

    Raises
    ------
    LaicflowError : no experiment with this network
    """
    variant, options, trials = _options(results)
    layers = layers_of(options)
    figure = Figure(figsize=(style.PAGE, 0.27 * (len(layers) + 2) + 2.7), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=[0.27 * (len(layers) + 2), 2.5])
    draw_layers(above.subplots(), layers, HEAD)
    found = f"the best of {trials} trials" if trials else "as configured"
    above.suptitle(f"(a) ED-LSTME of variant {variant}, {found}", x=0.01, ha="left", fontsize=8.5)
    shown = _window(results, variant)
    _draw_window(below, shown, variant)
    rows = [
        {"part": "layer", "name": one.name, "shape": one.said, "parameters": one.parameters}
        for one in layers
    ]
    table = pd.concat([pd.DataFrame(rows), shown.assign(part="window")]).reindex(columns=COLUMNS)
    table["note"] = f"variant {variant}"
    return Drawn(figure, table.astype({"parameters": "Int64"}), UNITS)


def layers_of(options: dict) -> list[Layer]:
    """The layers of the network that is built with these options."""
    model = registry.build(MODEL, options, seed=0)
    shape, leads, units = model.shape, model.leads, _units(model.encoder)
    made = [Layer("input", "window", shape[1:], 0)]
    for part, steps in ((model.encoder, shape[1]), (model.decoder, leads)):
        name = "encoder" if part is model.encoder else "decoder"
        cells = list(part.cells) if hasattr(part, "cells") else None
        layers = len(cells) if cells else part.num_layers
        relu = ", ReLU" if cells else ""
        for number in range(layers):
            last = name == "encoder" and number == layers - 1
            size = (units,) if last else (steps, units)
            made.append(Layer("recurrent", f"{name} LSTM{relu}", size, _of_layer(part, number)))
        if name == "encoder":
            made.append(Layer("reshape", "repeat", (leads, units), 0))
    count = sum(one.numel() for one in model.head.parameters())
    last = [one for one in model.head.modules() if isinstance(one, torch.nn.Linear)][-1]
    made.append(Layer("dense", "dense, of each step", (leads, last.out_features), count))
    whole = sum(one.numel() for one in model.parameters())
    if whole != sum(layer.parameters for layer in made):
        raise LaicflowError(f"{MODEL}: {whole} parameters, the layers have another number")
    return made


def _units(part: torch.nn.Module) -> int:
    """Units of the layers of one side."""
    return part.cells[0].hidden_size if hasattr(part, "cells") else part.hidden_size


def _of_layer(part: torch.nn.Module, number: int) -> int:
    """Parameters of a layer."""
    if hasattr(part, "cells"):
        return sum(one.numel() for one in part.cells[number].parameters())
    named = part.named_parameters()
    return sum(one.numel() for name, one in named if name.endswith(f"_l{number}"))


def _options(results: Results) -> tuple[str, dict, int]:
    """Variant, options and number of trials of the network that is drawn."""
    for variant, own in reversed(list(results.variants.items())):
        for name, one in own["experiments"].items():
            if one["model"] != MODEL:
                continue
            source = own["tuning"]["taken_from"] or variant
            tuned, trials = _tuned(results.tuning.get(source), name)
            known = {key: value for key, value in tuned.items() if key in _names()}
            options = {**network(own), **own["models"], **known, **one.get("options", {})}
            return variant, options, trials
    raise LaicflowError(f"{results.study}: no experiment with the network {MODEL}")


def _names() -> set[str]:
    """Options of the network; the others that tuning finds are those of its training."""
    from laicflow.models.forecasters import DEFAULTS

    return set(DEFAULTS[MODEL])


def _tuned(table: pd.DataFrame | None, experiment: str) -> tuple[dict, int]:
    """What the best trial chose, and the number of trials."""
    own = None if table is None else table[table["experiment"] == experiment]
    if own is None or own.empty or own["value"].isna().all():
        return {}, 0
    best = own.loc[own["value"].idxmax()]
    return json.loads(best["params"]), len(own)


def _window(results: Results, variant: str) -> pd.DataFrame:
    """What the last whole window shows and what followed: name, site, time, value."""
    windows = lagged(results.series[variant], results.variants[variant])
    names = results.samples[variant]["window_id"]
    if names.empty:
        return pd.DataFrame(columns=["name", "site", "time", "value"])
    issue = [str(names.max())]
    shown, came = windows(issue)[0, 0], windows.values(issue)[0]
    end, step = windows.series.times[windows.series.at(issue)[0]], windows.series.step
    before = end + step * np.arange(1 - len(shown), 1)
    after = end + step * np.arange(1, len(came) + 1)
    rows = []
    for column, name in enumerate(windows.features):
        kind, _, site = name.partition(" ")
        rows += _points(kind, site, before, shown[:, column])
    for number, site in enumerate(windows.sites):
        rows += _points("to tell", site, after, came[:, number])
    return pd.DataFrame(rows)


def _points(name: str, site: str, times: np.ndarray, values: np.ndarray) -> list[dict]:
    """A row a value."""
    return [
        {"name": name, "site": site, "time": str(time)[:19], "value": float(value)}
        for time, value in zip(times, values, strict=True)
    ]


def _draw_window(figure: object, shown: pd.DataFrame, variant: str) -> None:
    """VTEC and indices by hours from the issue time."""
    left, right = figure.subplots(1, 2)
    if shown.empty:
        for ax in (left, right):
            ax.set_axis_off()
        left.text(0.5, 0.5, "no window", ha="center", transform=left.transAxes)
        return
    times = pd.to_datetime(shown["time"])
    zero = times[shown["name"] != "to tell"].max()
    own = shown.assign(hours=(times - zero) / pd.Timedelta(hours=1))
    colours = (style.BLUE, style.ORANGE, style.GREEN, style.SKY, style.VERMILLION, style.PURPLE)
    vtec = own[own["name"].isin(["vtec", "to tell"])]
    for colour, (site, part) in zip(colours, vtec.groupby("site", sort=False), strict=False):
        seen, came = part[part["name"] == "vtec"], part[part["name"] == "to tell"]
        left.plot(seen["hours"], seen["value"], color=colour, linewidth=1.1, label=site)
        left.plot(came["hours"], came["value"], "o", color=colour, markersize=3.5, mfc="white")
    left.axvline(0, color="black", linewidth=0.6, linestyle=":")
    left.set(xlabel=f"hours from {zero:%Y-%m-%d %H:%M} UT", ylabel="VTEC (TECU)")
    left.set_title("(b) VTEC that is shown, circles: to be told", loc="left")
    # Room above the lines for the legend.
    left.margins(y=0.1)
    low, high = left.get_ylim()
    left.set_ylim(low, high + 0.3 * (high - low))
    left.legend(frameon=False, ncols=3, loc="upper left")
    right.set_title("(c) indices as shown, log scale", loc="left")
    units = {"kp": "Kp", "ap": "ap (2 nT)", "f107": "F10.7 (sfu)", "dst": "Dst (nT)"}
    indices = own[own["name"].isin(list(units))]
    for colour, (name, part) in zip(colours[1:], indices.groupby("name", sort=False), strict=False):
        right.step(part["hours"], part["value"], where="post", color=colour, label=units[name])
    right.set_yscale("symlog", linthresh=1)
    right.set(xlabel="hours", ylabel="value, unit in the legend")
    if len(indices):
        handles = right.get_legend_handles_labels()[0]
        figure.legend(handles=handles, loc="outside lower right", ncols=4, frameon=False)
        top = max(1.0, float(indices["value"].max()))
        right.set_ylim(top=2.5 * top)

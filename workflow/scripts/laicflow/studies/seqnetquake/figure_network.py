"""The network, layer by layer, and whose weights go where when it learns on a second satellite."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from laicflow.config import merge, trained
from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.plots.network import Layer, draw_layers
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import needs
from laicflow.studies.seqnetquake.scored import mission_name, source_of, variant_words
from laicflow.studies.seqnetquake.table_place import radius_words

if TYPE_CHECKING:
    import torch

MODEL = "seqnetquake"
HEAD = ("layer", "what comes out of it", "parameters")
COLUMNS = ["part", "name", "shape", "variant", "experiment", "source_variant"]
COLUMNS += ["source_experiment", "parameters", "epochs", "batch_size", "learning_rate", "note"]
UNITS = {name: "1" for name in ("parameters", "epochs", "batch_size", "learning_rate")}
LAYER, STEP = "layer", "training"
# Height of a row of the scheme with one training that starts, in rows.
LEAST = 1.5


@dataclass(frozen=True)
class Step:
    """One training of the scheme.

    Attributes
    ----------
    variant, experiment : whose
    study : settings of the variant
    training : settings of the training, with what tuning found
    source : variant and experiment whose weights it starts from, None where it starts at random
    tuned : how many trials of a tuning its settings come from, 0 where there was none
    runs : whether it is trained in this run
    """

    variant: str
    experiment: str
    study: dict
    training: dict
    source: tuple[str, str] | None
    tuned: int
    runs: bool


def fig2(results: Results) -> Drawn:
    """The network of the headline and the scheme of the transfer, the paper's Figure 2.

    Shapes and numbers of parameters are those of the network that is built with the options of
    the run, those that tuning found included (`tuning`, if the results have it). Each variant
    with an experiment that starts from another one's weights has its row in the scheme.

    Raises
    ------
    LaicflowError : no experiment with this network
    """
    variant, experiment = _drawn(results)
    options, trials = options_of(results, variant, experiment)
    layers = layers_of(_built(options))
    schemes = scheme(results)
    rows = [0.62 * max(len(row) - 1, LEAST) for row in schemes]
    height = sum(rows) + 0.3 if schemes else 0.0
    tall = 0.27 * (len(layers) + 2)
    figure = Figure(figsize=(style.PAGE, tall + height + 0.2), layout="constrained")
    if schemes:
        above, below = figure.subfigures(2, 1, height_ratios=[tall + 0.2, height])
        _draw_scheme(below, schemes)
    else:
        above = figure
    draw_layers(above.subplots(), layers, HEAD)
    own = results.variants[variant]
    label = own["experiments"][experiment]["label"]
    found = f"the best of {trials} trials" if trials else "the options of the configuration"
    said = f"(a) {label} of {variant_words(variant)}, one window of {mission_name(own)}; {found}"
    above.suptitle(said, x=0.01, ha="left", fontsize=8.5)
    return Drawn(figure, _rows(layers, schemes, variant, experiment), UNITS)


def _drawn(results: Results) -> tuple[str, str]:
    """Variant and experiment of the network that is drawn: the headline's, if it is this one."""
    settings = results.settings
    claim = settings.get("claims", {}).get(settings["headline"]["claim"], {})
    names = sorted(results.variants, key=lambda name: name != claim.get("variant"))
    for variant in names:
        own = results.variants[variant]
        wanted = [own["headline"]["experiment"], *own["experiments"]]
        for name in wanted:
            if own["experiments"].get(name, {}).get("model") == MODEL:
                return variant, name
    raise LaicflowError(f"{results.study}: no experiment with the network {MODEL}")


def best_of(table: pd.DataFrame | None, experiment: str) -> tuple[dict, int]:
    """What the best trial of a tuning chose, and how many trials there were; of equals the first.

    Parameters
    ----------
    table : trials (table `tuning`) with their `experiment`, None where nothing was tuned
    """
    if table is None or table.empty:
        return {}, 0
    own = table[table["experiment"] == experiment]
    done = own[own["value"].notna()].sort_values(["value", "trial"], ascending=[False, True])
    return (json.loads(done["params"].iloc[0]) if len(done) else {}), len(own)


def options_of(results: Results, variant: str, experiment: str) -> tuple[dict, int]:
    """Options of a network, and how many trials they come from.

    An experiment that starts from another one has what tuning found there; what it says itself no
    tuning changes.
    """
    study = results.variants[variant]
    found, trials = _found(results, variant, experiment)
    own = study["experiments"][experiment].get("options", {})
    return {**needs.network(study), **study["models"], **found[0], **own}, trials


def _found(results: Results, variant: str, experiment: str) -> tuple[tuple[dict, dict], int]:
    """What tuning found for the network and for its training, and how many trials there were."""
    study = _settings(results, variant)
    first, name = source_of(study, experiment) or (variant, experiment)
    # A variant may take its options from the tuning of another.
    first = _settings(results, first).get("tuning", {}).get("taken_from") or first
    params, trials = best_of(results.tuning.get(first), name)
    if not params:
        return ({}, {}), trials
    from laicflow.training.search import parted

    return parted(params), trials


def layers_of(model: torch.nn.Module) -> list[Layer]:
    """The layers of the network in the order in which a window passes them.

    An activation stands with the layer before it. Parameters are those that are learnt: the second
    biases of an LSTM are held at zero and do not count.
    """
    import torch

    rows: list[Layer] = []
    _, steps, features = model.shape
    rows.append(Layer("input", "window", (steps, features), 0))
    if model.normalise:
        rows.append(Layer("reshape", "divided by its norm", (steps, features), 0))

    def note(module: torch.nn.Module, given: tuple, made: object) -> None:
        if isinstance(module, torch.nn.LSTM):
            rows.append(Layer("reshape", "flatten", tuple(given[0].shape[1:]), 0))
            rows.extend(_recurrent(module, given[0].shape[1]))
            return
        size = tuple(made.shape)
        size = size[1:] if len(size) == 2 else size
        if isinstance(module, torch.nn.ReLU | torch.nn.Tanh | torch.nn.Sigmoid):
            last = rows.pop()
            name = f"{last.name}, {type(module).__name__}"
            rows.append(Layer(last.kind, name, last.shape, last.parameters))
            return
        if isinstance(module, torch.nn.Conv1d) and rows[-1].kind in ("input", "reshape"):
            into = given[0].shape
            name = f"subsequences of {into[2]}"
            rows.append(Layer("reshape", name, (into[0], into[2], into[1]), 0))
        kind, name = _named(module)
        rows.append(Layer(kind, name, size, learnt(module)))

    leaves = [module for module in model.modules() if not list(module.children())]
    hooks = [module.register_forward_hook(note) for module in leaves]
    model.eval()
    with torch.no_grad():
        model(torch.zeros((1, *model.shape)))
    for hook in hooks:
        hook.remove()
    return [*rows, Layer("output", "softmax", rows[-1].shape, 0)]


def learnt(module: torch.nn.Module) -> int:
    """Parameters of a module that a training changes."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def _recurrent(module: torch.nn.LSTM, steps: int) -> list[Layer]:
    """A row for each layer of an LSTM; of the last the final states alone go on."""
    both = 2 if module.bidirectional else 1
    rows = []
    for number in range(module.num_layers):
        ends = (f"_l{number}", f"_l{number}_reverse")
        count = sum(
            p.numel()
            for key, p in module.named_parameters()
            if key.endswith(ends) and p.requires_grad
        )
        last = number == module.num_layers - 1
        shape = (both * module.hidden_size,)
        name = f"{'Bi' if both == 2 else ''}LSTM {module.hidden_size}"
        rows.append(Layer("recurrent", name, shape if last else (steps, *shape), count))
    return rows


def _named(module: torch.nn.Module) -> tuple[str, str]:
    """Kind and name of a layer."""
    import torch

    if isinstance(module, torch.nn.Conv1d):
        return "convolution", f"Conv1D {module.out_channels}, kernel {module.kernel_size[0]}"
    if isinstance(module, torch.nn.MaxPool1d):
        return "pool", f"Max pool {module.kernel_size}"
    if isinstance(module, torch.nn.Dropout):
        return "reshape", f"Dropout {module.p:g}"
    if isinstance(module, torch.nn.Linear):
        return "dense", f"Dense {module.out_features}"
    raise LaicflowError(f"a network with a layer that cannot be drawn: {type(module).__name__}")


def _built(options: dict) -> torch.nn.Module:
    """The network with its options."""
    from laicflow.models import sequences

    return sequences.build(MODEL, options, seed=0)


def scheme(results: Results) -> list[list[Step]]:
    """For each variant that starts from another one's weights: the source, then what starts there.

    A source whose labels were dealt out at random is told as such.
    """
    found = []
    for variant, study in results.variants.items():
        names = [
            name
            for name, one in study["experiments"].items()
            if one["model"] == MODEL and "start" in one
        ]
        if not names or study["headline"]["experiment"] not in names:
            continue
        targets = [_step(results, variant, study, name) for name in names]
        for source in dict.fromkeys(one.source for one in targets):
            first = _step(results, source[0], _settings(results, source[0]), source[1])
            found.append([first, *(one for one in targets if one.source == source)])
    return found


def _settings(results: Results, variant: str) -> dict:
    """The settings of any variant of the study, whether it is of the group or not."""
    if variant in results.variants:
        return results.variants[variant]
    return merge(results.settings, results.settings["variants"][variant] or {})


def _step(results: Results, variant: str, study: dict, experiment: str) -> Step:
    """One training with its settings."""
    own = study["experiments"][experiment]
    found, trials = _found(results, variant, experiment)
    # What an experiment says of its training goes before what tuning found.
    training = merge(merge(study["training"], found[1]), own.get("training", {}))
    runs = experiment in trained(study)
    return Step(variant, experiment, study, training, source_of(study, experiment), trials, runs)


def _draw_scheme(place: Figure, schemes: list[list[Step]]) -> None:
    """Boxes and arrows, a row a source."""
    said = "(b) whose weights go where: all of them, of each seed to the same seed, none held fixed"
    place.suptitle(said, x=0.01, ha="left", fontsize=8.5)
    ratios = [max(len(row) - 1, LEAST) for row in schemes]
    axes = place.subplots(len(schemes), 1, squeeze=False, height_ratios=ratios)[:, 0]
    for ax, (source, *targets) in zip(axes, schemes, strict=True):
        ax.set_axis_off()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        _box(ax, (0.0, 0.12, 0.44, 0.76), _said(source), style.SKY)
        height = 0.94 / len(targets)
        for number, one in enumerate(targets):
            below = 0.97 - (number + 1) * height
            _box(ax, (0.54, below + 0.03, 0.46, height - 0.06), _said(one), style.ORANGE)
            arrow = {"arrowstyle": "-|>", "linewidth": 0.9, "color": "black", "shrinkA": 0}
            end = (0.54, below + height / 2)
            ax.annotate("", end, (0.44, 0.5), arrowprops=arrow | {"shrinkB": 0})


def _box(ax: Axes, place: tuple[float, float, float, float], text: str, colour: str) -> None:
    """A box with lines of text."""
    x, y, wide, high = place
    style_of = "round,pad=0,rounding_size=0.012"
    ax.add_patch(FancyBboxPatch((x, y), wide, high, boxstyle=style_of, facecolor=colour,
                                edgecolor="black", linewidth=0.6, alpha=0.45))  # fmt: skip
    ax.text(x + wide / 2, y + high / 2, text, ha="center", va="center", fontsize=6.5,
            linespacing=1.3)  # fmt: skip


def _said(one: Step) -> str:
    """A training in a few lines."""
    study, training = one.study, one.training
    label = study["experiments"][one.experiment]["label"]
    name = f"{label} ({one.variant})"
    if not training["epochs"]:
        lines = [name, "the weights as they came: no epoch"]
    else:
        lines = [f"{name}: {_samples(study)}", _trained(training)]
        lines.insert(1, _windows(study))
        if study["labels"]["shuffled"]:
            lines[0] = f"{name}: {_samples(study)},\nlabels dealt out at random"
    if one.source is None:
        taken = study.get("tuning", {}).get("taken_from")
        told = f"options chosen for {taken}" if taken else f"chosen in {one.tuned} trials"
        lines.append(told if one.tuned else "weights first at random")
    if not one.runs:
        lines.append("not trained in this run")
    return "\n".join(lines)


def _windows(study: dict) -> str:
    """What its windows are."""
    rules = study["preparations"][study["window"]["preparation"]]
    every = f"T = {rules['steps']}, a sample every {rules['step_s']:g} s"
    return f"{rules['side']}, {every}, radius {radius_words(study)}"


def _samples(study: dict) -> str:
    """Whose samples a training sees."""
    own = study["missions"][needs.mission(study)]
    days = f"{own['start'][:7]} to {own['end'][:7]}"
    return f"{mission_name(study)}, {days}"


def _trained(training: dict) -> str:
    """Epochs, batches and rate."""
    epochs = "1 epoch" if training["epochs"] == 1 else f"{training['epochs']} epochs"
    return f"{epochs}, batches of {training['batch_size']}, rate {training['learning_rate']:g}"


def _rows(
    layers: list[Layer], schemes: list[list[Step]], variant: str, experiment: str
) -> pd.DataFrame:
    """The layers, then the trainings of the scheme."""
    rows = [
        {"part": LAYER, "name": one.name, "shape": one.said, "parameters": one.parameters,
         "variant": variant, "experiment": experiment}
        for one in layers
    ]  # fmt: skip
    for one in (step for row in schemes for step in row):
        source = one.source or ("", "")
        row = {"part": STEP, "name": one.study["experiments"][one.experiment]["label"]}
        row |= {"variant": one.variant, "experiment": one.experiment}
        row |= {"source_variant": source[0], "source_experiment": source[1]}
        row |= {key: one.training[key] for key in ("epochs", "batch_size", "learning_rate")}
        rows.append(row | {"note": "" if one.runs else "not trained in this run"})
    nothing = {name: np.nan if name in UNITS else "" for name in COLUMNS}
    table = pd.DataFrame([nothing | row for row in rows])
    return table.astype({name: "float64" if name in UNITS else "str" for name in COLUMNS})

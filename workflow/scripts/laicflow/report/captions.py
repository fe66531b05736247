"""What a caption must say of the networks behind its numbers: how they differ from the published.

Training notes it of every network (rows of the table `notes` without draw and fold); here many
notes become one or two sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from laicflow.config import merge
from laicflow.studies.results import Results

# A note says "from scratch" only of networks that have published weights and start without: random
# weights of other networks are those of the paper, and need no remark.
SCRATCH, REDUCED = "from scratch", "reduced network"
# Notes of networks that start from published weights: how they begin, and what names the weights.
WEIGHTS = re.compile(r"weights (?:from the )?(?P<name>\S+|file \S+?)(?: from the hub)?(?:,|$)")


def remarks(
    results: Results, shipped: dict | None = None, table: pd.DataFrame | None = None
) -> list[str]:
    """Sentences on networks that are not those of the paper, and on their weights in a table.

    Whoever shows no network asks for no notes, and has no sentences on them either. What the run
    leaves out of the variants of a target is said first (`left_out` of the settings).

    Parameters
    ----------
    results : of which `settings` and `notes` are read
    shipped : of `published`, the paper's own number of epochs and the variants that are tuned
    table : the numbers that the caption stands above; where it has a column `experiment`, only
        the networks in it count, and their first weights are named
    """
    gone = [f"Left out of this run: {text}." for text in results.settings.get("left_out", [])]
    return gone + _of_networks(results, shipped, table)


def _of_networks(results: Results, shipped: dict | None, table: pd.DataFrame | None) -> list[str]:
    """The sentences of `remarks` on networks."""
    if not results.notes:
        return []
    notes = [own for own in results.notes.values() if len(own)]
    if not notes:
        return _epochs(results.settings, shipped)
    said = pd.concat(notes)
    said = said[said["draw"].isna() & said["fold"].isna()]
    if table is not None and "experiment" in table:
        said = said[said["experiment"].isin(_names(table["experiment"]))]
    labels = {key: own["label"] for key, own in results.settings["experiments"].items()}
    known = said["why"].str.startswith("undecidable")
    networks = [name for name in labels if name in set(said.loc[~known, "experiment"])]
    lines = []
    for start, tell in ((SCRATCH, _from_scratch), (REDUCED, _reduced)):
        own = said[said["why"].str.startswith(start)]
        names = [labels[name] for name in networks if name in set(own["experiment"])]
        if names:
            every = len(names) == len(networks)
            # A comma within a label is no end of it.
            comma = "; " if any("," in name for name in names) else ", "
            whom = comma.join(names) if not every or len(names) == 1 else "All networks"
            lines.append(tell(whom, own["why"], len(names) > 1))
    if table is not None:
        lines += _weights(said["why"])
    if len(results.settings.get("seeds", ())) == 1:
        lines.append("One training of each network: how trainings differ is not in the intervals.")
    return lines + _epochs(results.settings, shipped)


def whole(caption: str, lines: list[str]) -> str:
    """A caption with sentences behind it; as it is where there are none."""
    return f"{caption}. {' '.join(lines)}" if lines else caption


def _names(experiments: Iterable[str]) -> set[str]:
    """Names of experiments; a comparison `a - b` names two."""
    return {name for text in experiments for name in str(text).split(" - ")}


def _from_scratch(whom: str, why: pd.Series, several: bool) -> str:
    """Which networks started from random weights, and why."""
    reasons = why.str.partition(":")[2].str.strip()
    # Reasons differ in the names of the networks alone.
    general = reasons.str.replace(r"^no weights of \S+ could", "none could", regex=True)
    told = "; ".join(reason for reason in dict.fromkeys(general) if reason)
    line = f"{whom} started from random weights, not from ImageNet weights as published"
    return f"{line}: {told}." if told else f"{line}."


def _weights(why: pd.Series) -> list[str]:
    """Which weights networks started from."""
    found = [match["name"] for text in why if (match := WEIGHTS.match(text))]
    if not found:
        return []
    return [f"First weights, by the names of timm: {', '.join(dict.fromkeys(found))}."]


def _reduced(whom: str, why: pd.Series, several: bool) -> str:
    """Which networks are reduced, and how far."""
    sizes = dict.fromkeys(
        match.group()
        for text in why
        if (match := re.search(r"width [\d.]+(?:, depth [\d.]+)?", text))
    )
    told = f" ({'; '.join(sizes)})" if sizes else ""
    verb, published = ("are", "the published ones") if several else ("is", "the published one")
    return f"{whom} {verb} reduced{told}, not {published}."


def published(shipped: dict, left_open: Iterable[str], study: dict) -> dict:
    """What captions hold a run against: `training` (`epochs`, where the paper says) and `tuned`.

    Parameters
    ----------
    shipped : the study as shipped
    left_open : settings that the paper does not give (`laicflow.report.choices.left_open`)
    study : the study as the run has it, with its variants

    Returns
    -------
    dict of `training` and `tuned`: the variants shown whose epochs, batches and options were tuned
    """
    given = "training.epochs" not in set(left_open)
    own = study.get("tuning", {})
    shown = {name: over or {} for name, over in study["variants"].items() if name in study["shown"]}
    tuned = [
        name for name, over in shown.items() if merge(own, over.get("tuning", {})).get("trials")
    ]
    return {
        "training": {"epochs": shipped["training"]["epochs"]} if given else {},
        "tuned": tuned,
    }


def _epochs(settings: dict, shipped: dict | None) -> list[str]:
    """Fewer epochs than published, where the paper gives them; tuned ones are not counted."""
    if tuned := (shipped or {}).get("tuned"):
        return [f"Epochs, batches and options of {', '.join(tuned)} are as tuned."]
    own, published = (
        (study or {}).get("training", {}).get("epochs") for study in (settings, shipped)
    )
    if own is None or published is None or own >= published:
        return []
    count = "1 epoch" if own == 1 else f"{own} epochs"
    return [f"Trained for {count} instead of the published {published}."]

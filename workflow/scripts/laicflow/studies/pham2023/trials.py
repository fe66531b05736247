"""What a trial on a simulated world is made of: the options of its world and of its study."""

from __future__ import annotations

from laicflow.config import merge, pick, with_variants
from laicflow.errors import ConfigError
from laicflow.simulate.world import complete

KINDS = ("null", "planted")
METRIC = "auc"
# What a trial reads of a study; all else may change without a trial anew.
STUDY = ("catalog", "sites", "window", "reference", "image", "normal", "samples", "split")
STUDY += ("training", "baselines", "models", "seeds")


def world_of(kind: str, world_seed: int, own: dict) -> dict:
    """The options of the world of a trial.

    Parameters
    ----------
    kind : `null` or `planted`
    world_seed : seed of the world
    own : `worlds` of the study: variant, experiment, simulate, precursor, study (what differs)

    Raises
    ------
    ConfigError : an unknown kind, or a planted world without an amplitude
    """
    if kind not in KINDS:
        raise ConfigError(f"worlds: {kind!r} is none of {', '.join(KINDS)}")
    amplitude = own["precursor"].get("amplitude_sd", 0)
    if not amplitude > 0:
        raise ConfigError(f"worlds.precursor.amplitude_sd: above 0 expected, found {amplitude!r}")
    world = merge(own["simulate"], {"seed": world_seed, "precursor": own["precursor"]})
    if kind == "null":
        world["precursor"]["amplitude_sd"] = 0.0
    return world


def study_of(study: dict, own: dict) -> dict:
    """The study under the variant of the trials, over the days of the world.

    Parameters
    ----------
    study : settings with their variants
    own : as in `world_of`

    Raises
    ------
    ConfigError : no such variant or experiment, sites at epicentres, or an unknown option of the
        world
    """
    variants = with_variants(merge(study, own["study"]))
    if own["variant"] not in variants:
        raise ConfigError(f"worlds.variant: {own['variant']!r} is none of {', '.join(variants)}")
    whole = variants[own["variant"]]
    name = own["experiment"]
    if name not in whole["experiments"]:
        known = ", ".join(whole["experiments"])
        raise ConfigError(f"worlds.experiment: {name!r} is none of {known}")
    if whole["sites"]["mode"] != "points":
        raise ConfigError("worlds.study.sites: points expected, maps reach no further")
    world = complete(own["simulate"])
    network = {key: value for key, value in whole["experiments"][name].items() if key != "label"}
    made = pick(whole, *STUDY)
    made["training"].pop("keep_weights", None)
    made["split"]["draws"] = 1
    return made | {
        "experiments": {name: network},
        "period": {"start": str(world["start"]), "end": str(world["end"])},
        "headline": {
            "claim": "worlds",
            "kind": "precursor",
            "experiment": name,
            "metric": METRIC,
            "split": "test",
        },
    }

"""How a study goes on: the options of its update, and what of them is registered.

All of it follows from the configuration, so that planning can tell what differs from what was
registered (`laicflow.registration`) before anything is made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from laicflow import config as settings
from laicflow import consistency, plan
from laicflow.errors import ConfigError

# A step of a study that compares variants, and has no part in forecasts.
COMPARISON = "comparison"
ALWAYS = ("period", "data", "prospective")
# Options of a training that one that goes on does not have (`laicflow.training.continued`).
UNUSED = ("keep_weights", "patience", "share", "follow", "select")
# What no amendment can change: from catalog, upstream and period the outcomes of earlier forecasts
# are told as well, and the network goes on from what it has learned, with its optimizer.
FIXED = ("catalog", "upstream", "settings.period", "seed", "model", "model_options", "training")
WORLD = "world"


def options(config: dict, name: str) -> dict[str, Any]:
    """What an update of a study is asked, but for files.

    Raises
    ------
    ConfigError : the study makes no forecasts, or cannot by the variant that it names
    """
    ahead = plan.prospective(config[name])
    if ahead is None:
        raise ConfigError(f"{name}.prospective.start is not set: it makes no forecasts")
    variant = ahead["prospective"]["variant"]
    study = settings.study(config, name, variant)
    experiment = study["headline"]["experiment"]
    own, needs = study["experiments"][experiment], consistency.needs(name)
    if wrong := needs.faults_ahead(study):
        raise ConfigError(f"{name}.prospective.variant {variant}: " + "; ".join(wrong))
    made = {
        "run": config["run"],
        "study": study,
        "variant": variant,
        "experiment": experiment,
        "model": own["model"],
        "model_options": {
            **needs.network(study),
            **study["models"],
            **own.get("options", {}),
        },
        "training": settings.merge(study["training"], own.get("training", {})),
        "preparation": needs.preparation(study, study["window"].get("preparation", "plain")),
        "seed": study["seeds"][0],
    }
    return {**made, "registered": _content(config, name, made)}


def key_of(name: str, made: dict[str, Any]) -> dict[str, str]:
    """Run, study, variant and experiment of the options of an update."""
    return {"run": made["run"], "study": name} | {
        part: made[part] for part in ("variant", "experiment")
    }


def _content(config: dict, name: str, made: dict[str, Any]) -> dict[str, Any]:
    """The settings that decide which windows are scored, by what, and how they are judged."""
    steps = consistency.needs(name).STEPS.items()
    keys = {key for step, keys in steps if step != COMPARISON for key in keys}
    kept = settings.pick(made["study"], *sorted({*keys, *ALWAYS}))
    kept["prospective"].pop("amendment", None)
    source = plan.prospective(config[name])["data"]["catalog"]
    rules, kind = plan.catalog(config, source), plan.upstream(config)[0]
    asked = {one: config["sources"].get(one, {}) for one in rules["sources"]}
    files = {one: own["file"] for one, own in asked.items() if "file" in own}
    return {
        "settings": kept,
        "training": {key: value for key, value in made["training"].items() if key not in UNUSED},
        "catalog": {"name": source, "rules": rules, "files": files},
        # Two worlds, or a world and what was observed, are no one experiment.
        "upstream": {"kind": kind, "simulate": config["simulate"] if kind == WORLD else None},
        **{part: made[part] for part in ("preparation", "seed", "model", "model_options")},
    }


def foresee(folder: Path, config: dict, name: str) -> None:
    """Refuse, before anything is made, what the next update of a study would refuse.

    Parameters
    ----------
    folder : of the ledger of the study

    Raises
    ------
    ConfigError : as of `registration.expect`; sources of the catalog that are asked for less than
        earlier forecasts are judged by
    LedgerError : as of `registration.expect`
    """
    made = options(config, name)
    if not folder.is_dir():
        return
    # Only here, since a plan without forecasts needs no pandas.
    from laicflow import ledger, registration

    file, key, ahead = folder / registration.FILE, key_of(name, made), made["study"]["prospective"]
    rows = ledger.read(folder / ledger.FILE)
    registration.expect(file, key, made["registered"], ahead.get("amendment"), rows)
    rows = registration.of(rows, key)
    own = registration.of(registration.read(file), key)
    named = set(registration.in_force(own, rows)) if len(own) else set()
    texts = own.loc[own["sha256"].isin(named), "settings"].tolist()
    if lacking := uncovered(config, name, texts):
        raise ConfigError(
            f"{file}: forecasts are judged by more than the catalog would have: "
            + "; ".join(lacking)
        )


def uncovered(config: dict, name: str, texts: list[str]) -> list[str]:
    """What earlier forecasts are judged by and the sources of the catalog are not asked for.

    Parameters
    ----------
    texts : registered settings, as `registration` keeps them
    """
    source = plan.prospective(config[name])["data"]["catalog"]
    found: list[str] = []
    for text in texts:
        wanted = json.loads(text)["settings"]["catalog"]
        found += consistency.of_catalog(config, "prospective.data", source, wanted)
    return list(dict.fromkeys(found))


def differences(before: dict, now: dict) -> list[str]:
    """Dotted keys in which two registrations differ, those that cannot be amended first."""
    found = settings.differing(before, json.loads(json.dumps(now)))
    return sorted(found, key=lambda key: (not is_fixed(key), key))


def is_fixed(key: str) -> bool:
    """Whether no amendment can change a dotted key."""
    return any(key == one or key.startswith(f"{one}.") for one in FIXED)

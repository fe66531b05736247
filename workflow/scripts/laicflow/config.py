"""The configuration: files merged, variants laid over a study, everything held to its schema."""

from __future__ import annotations

import copy
import datetime as dt
import difflib
import importlib
import os
from pathlib import Path

import yaml

from laicflow import consistency, consistency_worlds
from laicflow.errors import ConfigError
from laicflow.report import targets
from laicflow.sources import registry


def study_names(folder: Path) -> list[str]:
    """The studies that have a YAML file in `folder`/studies."""
    files = (folder / "studies").glob("*.yaml")
    return sorted(f.stem for f in files if not f.stem.endswith(".schema"))


def load(folder: Path, overlays: tuple[Path, ...] = ()) -> dict:
    """The configuration as a run sees it: config.yaml, all studies, then the overlays."""
    files = [folder / "config.yaml"]
    files += [folder / "studies" / f"{name}.yaml" for name in study_names(folder)]
    whole: dict = {}
    for file in [*files, *overlays]:
        whole = merge(whole, plain(yaml.safe_load(file.read_text()) or {}))
    return whole


def merge(base: dict, overlay: dict) -> dict:
    """`overlay` laid over `base`: mappings merged key by key, all else (lists too) replaced."""
    result = copy.deepcopy(base)
    for key, value in overlay.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def plain(value: object) -> object:
    """A value with dates as ISO strings, so that Snakemake sees every change of it."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    return value


def schema(folder: Path) -> dict:
    """The JSON schema of the whole configuration, the studies' own schemas joined in."""
    whole = yaml.safe_load((folder / "schema.yaml").read_text())
    listed = targets.read(folder / "targets.csv").values()
    for name in study_names(folder):
        path = folder / "studies" / f"{name}.schema.yaml"
        own = yaml.safe_load(path.read_text())
        own["properties"]["reported"]["items"]["enum"] = [
            target.name for target in listed if target.study == name
        ]
        models = own["properties"]["experiments"]["additionalProperties"]["properties"]["model"]
        # By its name: what reads settings does not hang on which networks there are.
        models["enum"] = importlib.import_module("laicflow.models.registry").names()
        whole["properties"][name] = own
    whole["properties"]["studies"]["items"]["enum"] = study_names(folder)
    own = whole["properties"]["sources"]["properties"]
    for name in registry.names(folder):
        found = registry.settings(name, folder)
        own[name] = copy.deepcopy(whole["$defs"][found["options"]])
        if "format" in own[name]["properties"]:
            own[name]["properties"]["format"]["enum"] = list(found["readers"])
    return _with_sources(whole, folder)


def _with_sources(rules: object, folder: Path) -> object:
    """Schema rules in which `source_kind` has become the list of the sources of that kind."""
    if isinstance(rules, list):
        return [_with_sources(inner, folder) for inner in rules]
    if not isinstance(rules, dict):
        return rules
    made = {key: _with_sources(inner, folder) for key, inner in rules.items()}
    kind = made.pop("source_kind", None)
    if isinstance(kind, str):
        made["enum"] = registry.names(folder, None if kind == "any" else kind)
    return made


def validate(config: dict, folder: Path) -> None:
    """Hold a configuration, and every variant of every study in it, to the schema.

    Raises
    ------
    ConfigError : names the key by its path, what was found and what was expected
    """
    rules = schema(folder)
    _check(config, rules, "config")
    if wrong := consistency.period(config["ingest"]["period"]):
        raise ConfigError(f"ingest.{wrong}")
    if wrong := consistency_worlds.fault(config["simulate"], "simulate"):
        raise ConfigError(wrong)
    for name in study_names(folder):
        if name not in config:
            continue
        for variant, overlay in config[name]["variants"].items():
            what = f"{name}, variant {variant}"
            merged = study(config, name, variant)
            _check(merged, rules["properties"][name], what)
            faults = consistency.faults(name, merged, overlay or {})
            if faults:
                raise ConfigError(f"{what} contradicts itself:\n  " + "\n  ".join(faults))
        if name in config["studies"]:
            check_served(config, name)
        if "worlds" in config[name]:
            _validate_worlds(config[name], name, rules["properties"][name])


def check_served(config: dict, name: str) -> None:
    """Refuse a study that needs what the sources are not asked for.

    A study that is not listed may stand beside settings that do not serve it, as long as nothing
    of it is made.

    Raises
    ------
    ConfigError : names the variant and each key
    """
    for variant in config[name]["variants"]:
        if faults := consistency.unserved(config, name, study(config, name, variant)):
            told = "\n  ".join(faults)
            raise ConfigError(f"{name}, variant {variant} contradicts itself:\n  {told}")


def _validate_worlds(own: dict, name: str, rules: dict) -> None:
    """Hold the simulated worlds of a study, and the study as they try it, to what they allow."""
    worlds, key = own["worlds"], f"{name}.worlds"
    # The worlds without a precursor differ from the planted ones in the amplitude alone.
    planted = merge(worlds["simulate"], {"precursor": worlds["precursor"]})
    wrong = consistency_worlds.fault(worlds["simulate"], f"{key}.simulate")
    wrong = wrong or consistency_worlds.fault(planted, f"{key}.simulate", f"{key}.precursor")
    if wrong:
        raise ConfigError(wrong)
    tried = with_variants(merge(own, worlds["study"]))[worlds["variant"]]
    _check(tried, rules, f"{key}.study", f"{key}.study.")
    if faults := consistency.needs(name).of_trials(worlds, tried):
        raise ConfigError("\n".join(f"{name}.{fault}" for fault in faults))


def _check(value: dict, rules: dict, what: str, inside: str = "") -> None:
    """Raise for the first places where `value`, which stands `inside` a key, breaks `rules`."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(
        rules, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    found = sorted(validator.iter_errors(value), key=str)
    if not found:
        return
    lines = []
    for error in found[:5]:
        place = ".".join(str(part) for part in error.absolute_path) or "(top)"
        told = [error.schema.get("description", ""), _meant(error)]
        lines.append(f"  {inside}{place}: " + ". ".join([error.message, *filter(None, told)]))
    raise ConfigError(f"{what} does not fit its schema:\n" + "\n".join(lines))


def _meant(error: object) -> str:
    """What a key that the schema does not know may have been meant to be."""
    if error.validator != "additionalProperties" or not isinstance(error.instance, dict):
        return ""
    known = list(error.schema.get("properties", {}))
    unknown = [key for key in error.instance if key not in known]
    close = {key: difflib.get_close_matches(key, known, n=1, cutoff=0.6) for key in unknown}
    return "; ".join(f"did you mean {found[0]!r}?" for found in close.values() if found)


def study(config: dict, name: str, variant: str | None = None) -> dict:
    """The settings of one study, with one variant laid over them.

    Raises
    ------
    ConfigError : there is no such study or variant
    """
    if name not in config:
        raise ConfigError(f"no study {name!r} in the configuration")
    own = config[name]
    if variant is None:
        return copy.deepcopy(own)
    if variant not in own["variants"]:
        known = ", ".join(own["variants"])
        raise ConfigError(f"{name} has no variant {variant!r}; it has {known}")
    return merge(own, own["variants"][variant] or {})


def with_variants(settings: dict) -> dict[str, dict]:
    """The settings of a study under each of its variants."""
    return {name: merge(settings, over or {}) for name, over in settings["variants"].items()}


def trained(study: dict) -> list[str]:
    """The experiments that a study (a variant laid over it) trains, in their order."""
    chosen = study["trained"]
    if chosen == "headline":
        return [study["headline"]["experiment"]]
    return list(study["experiments"]) if chosen == "all" else list(chosen)


def pick(settings: dict, *keys: str) -> dict:
    """The part of a mapping that a rule depends on."""
    return {key: copy.deepcopy(settings[key]) for key in keys if key in settings}


def differing(one: dict, other: dict, inside: str = "") -> list[str]:
    """The keys, dotted and sorted, whose values two settings do not share."""
    found = []
    for key in sorted({*one, *other}):
        mine, theirs = one.get(key), other.get(key)
        if isinstance(mine, dict) and isinstance(theirs, dict):
            found += differing(mine, theirs, f"{inside}{key}.")
        elif mine != theirs:
            found.append(f"{inside}{key}")
    return found


def now() -> dt.datetime:
    """The present instant in UTC, or LAICFLOW_NOW (ISO 8601) where it is set."""
    text = os.environ.get("LAICFLOW_NOW")
    if text:
        try:
            moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
        except ValueError:
            wanted = "expected an instant in ISO 8601, e.g. 2026-01-31T12:00"
            raise ConfigError(f"LAICFLOW_NOW: {wanted}, found {text!r}") from None
        if moment.tzinfo:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
        return moment
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)

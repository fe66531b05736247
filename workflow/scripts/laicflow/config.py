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

# What is said of one variant with faults, and of several.
UNFIT = "does not fit its schema", "do not fit their schema"
CONTRADICTED = "contradicts itself", "contradict themselves"
BOOLEAN = "YAML reads on, off, yes, no, true and false without quotes as a boolean"
# The variable in which a run tells its jobs for which instant it was planned.
PLANNED = "LAICFLOW_PLANNED_AT"
# So many known keys are named where an unknown one is like none of them.
FEW = 12


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
        whole = merge(whole, plain(parsed(file.read_text()) or {}))
    return whole


def parsed(text: str) -> object:
    """What a YAML text says, read by libyaml where it is there: a tenth of the time."""
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def merge(base: dict, overlay: dict) -> dict:
    """`overlay` laid over `base`: mappings merged key by key, all else (lists too) replaced.

    The result shares no mapping and no list with either.
    """
    result = {}
    for key, value in base.items():
        over = overlay.get(key, value)
        both = key in overlay and isinstance(value, dict) and isinstance(over, dict)
        result[key] = merge(value, over) if both else copied(over)
    return result | {key: copied(value) for key, value in overlay.items() if key not in base}


def copied(value: object) -> object:
    """A copy of nested mappings and lists: a tenth of the time of `copy.deepcopy`.

    Planning copies the settings of every variant hundreds of times.
    """
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [copied(inner) for inner in value]
    return value


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
    whole = parsed((folder / "schema.yaml").read_text())
    listed = targets.read(folder / "targets.csv").values()
    for name in study_names(folder):
        path = folder / "studies" / f"{name}.schema.yaml"
        own = parsed(path.read_text())
        names = [target.name for target in listed if target.study == name]
        for key in ("reported", "first_page"):
            if key in own["properties"]:
                own["properties"][key]["items"]["enum"] = names
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
    if wrong := consistency_worlds.of_stations(config):
        raise ConfigError(wrong)
    for name in study_names(folder):
        if name not in config:
            continue
        variants = {one: study(config, name, one) for one in config[name]["variants"]}
        own = rules["properties"][name]
        _raise(name, {one: _faults(merged, own) for one, merged in variants.items()}, UNFIT)
        found = {
            one: consistency.faults(name, merged, config[name]["variants"][one] or {})
            for one, merged in variants.items()
        }
        if name in config["studies"]:
            for one, faults in _unserved(config, name).items():
                found[one] = [*found[one], *faults]
        _raise(name, found, CONTRADICTED)
        if "worlds" in config[name]:
            _validate_worlds(config[name], name, rules["properties"][name])


def check_served(config: dict, name: str) -> None:
    """Refuse a study that needs what the sources are not asked for.

    A study that is not listed may stand beside settings that do not serve it, as long as nothing
    of it is made.

    Raises
    ------
    ConfigError : names the variants and each key
    """
    _raise(name, _unserved(config, name), CONTRADICTED)


def _unserved(config: dict, name: str) -> dict[str, list[str]]:
    """What each variant of a study needs and the sources are not asked for."""
    return {
        variant: consistency.unserved(config, name, study(config, name, variant))
        for variant in config[name]["variants"]
    }


def _raise(name: str, found: dict[str, list[str]], verbs: tuple[str, str]) -> None:
    """Raise for the faults of all variants of a study, each once, if there are any.

    Parameters
    ----------
    found : faults by variant
    verbs : what is said of one variant, and of several
    """
    by_fault: dict[str, list[str]] = {}
    for variant, faults in found.items():
        for fault in dict.fromkeys(faults):
            by_fault.setdefault(fault, []).append(variant)
    blocks: dict[tuple[str, ...], list[str]] = {}
    for fault, variants in by_fault.items():
        blocks.setdefault(tuple(variants), []).append(fault)
    said = []
    for variants, faults in blocks.items():
        whom = f"variant{'s' * (len(variants) > 1)} {', '.join(variants)}"
        if len(variants) == len(found) > 1:
            whom = "every variant"
        one = whom.startswith(("every", "variant "))
        said.append("\n  ".join([f"{name}, {whom} {verbs[0 if one else 1]}:", *faults]))
    if said:
        raise ConfigError("\n".join(said))


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
    if lines := _faults(value, rules, inside):
        raise ConfigError(f"{what} {UNFIT[0]}:\n  " + "\n  ".join(lines))


def _faults(value: dict, rules: dict, inside: str = "") -> list[str]:
    """The first places where `value` breaks `rules`, each as a sentence."""
    import jsonschema

    validator = jsonschema.Draft202012Validator(
        rules, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    lines = []
    for error in sorted(validator.iter_errors(value), key=str)[:5]:
        place = ".".join(str(part) for part in error.absolute_path) or "(top)"
        told = [error.schema.get("description", "").rstrip("."), _meant(error)]
        lines.append(f"{inside}{place}: " + ". ".join([error.message, *filter(None, told)]))
    return lines


def _meant(error: object) -> str:
    """What a key that the schema does not know, or a boolean, may have been meant to be."""
    if error.validator in ("type", "enum", "const", "oneOf") and isinstance(error.instance, bool):
        return f"{BOOLEAN}: put the word in quotes"
    if error.validator != "additionalProperties" or not isinstance(error.instance, dict):
        return ""
    known = list(error.schema.get("properties", {}))
    unknown = [key for key in error.instance if key not in known]
    close = {key: difflib.get_close_matches(key, known, n=1, cutoff=0.6) for key in unknown}
    told = [f"did you mean {found[0]!r}?" for found in close.values() if found]
    if {"True", "False"} & set(unknown):
        told.append(f"{BOOLEAN}, as a key too: put it in quotes")
    if not [text for text in told if text.startswith("did")] and 0 < len(known) <= FEW:
        told.append(f"known are {', '.join(known)}")
    return "; ".join(told)


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
        return copied(own)
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
    return {key: copied(settings[key]) for key in keys if key in settings}


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


def planned_at(main: bool) -> dt.datetime:
    """The instant, UTC, for which a run is planned: that of its beginning in each of its jobs.

    A job on a cluster plans itself anew when it begins: if a new month has begun meanwhile, it
    would ask for files that the run never planned to make.

    Parameters
    ----------
    main : whether this is the process that plans the run, and none of its jobs
    """
    if main or not os.environ.get(PLANNED):
        os.environ[PLANNED] = now().isoformat()
    return dt.datetime.fromisoformat(os.environ[PLANNED])


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

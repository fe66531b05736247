"""What a run leaves out: variants without data, and what hangs on them alone.

A variant goes where an overlay has it as `null`, where the role behind its windows is
`unavailable`, or where it takes the tuned options of one that goes. With it go its name in every
group of variants, experiments that start from its weights, and targets of which nothing is left.
A target goes, too, where the one role behind what it shows is `unavailable`.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Any

from laicflow import consistency
from laicflow.config import merge, study_names, trained, validate, with_variants
from laicflow.errors import ConfigError
from laicflow.plan import UNAVAILABLE
from laicflow.report import targets

VARIANTS, EXPERIMENTS, TARGETS = "variants", "experiments", "targets"
# What a target may read that is made of the files of one role alone.
ROLE_OF_NEED = {"rst": "olr"}
# The variants of each group before any of them went.
GROUPS = "groups"
# Of each study what goes and why: variants, trained experiments of those that stay, targets.
LeftOut = dict[str, dict[str, Any]]


def settle(config: dict, folder: Path) -> LeftOut:
    """Take out of a configuration what it has no data for, and hold the rest to its rules.

    Raises
    ------
    ConfigError : as of `laicflow.config.validate`; says as well what was left out of the study, and
        which study a name may have been meant for that is none
    """
    left_out = take_out(config, folder)
    try:
        validate(config, folder)
    except ConfigError as error:
        names, known = config.get("studies"), study_names(folder)
        listed = names if isinstance(names, list) else []
        told = _unknown(listed, known)
        told += lines({name: own for name, own in left_out.items() if name in str(error)})
        told += [
            _none_left(name, config[name])
            for name in known
            if name in listed and name in config and name in str(error)
        ]
        told = [text for text in told if text]
        raise ConfigError("\n".join([str(error), *told])) from error
    return left_out


def take_out(config: dict, folder: Path) -> LeftOut:
    """Take out of a configuration what it has no data for, and say what and why.

    Where no variant that a study shows would be left, what lacks data stays, so that planning
    refuses the study. What is not as the schema wants it stays too, for the schema to say so.

    Parameters
    ----------
    config : the whole configuration, which is changed
    folder : folder of the configuration
    """
    listed = targets.read(folder / "targets.csv").values()
    known, found = study_names(folder), {}
    for name, own in config.items():
        if name not in known or not isinstance(own, dict) or VARIANTS not in own:
            continue
        try:
            told = _of_study(name, own, [one for one in listed if one.study == name])
        except (KeyError, TypeError, AttributeError):
            continue
        if told:
            found[name] = told
    return found


def say(workflow: Any, left_out: LeftOut, studies: list[str]) -> None:
    """Tell on stderr what the listed studies leave out, once: not in the jobs of a run."""
    if workflow.is_main_process:
        for line in lines({name: own for name, own in left_out.items() if name in studies}):
            print(line, file=sys.stderr)


def refuse(left_out: LeftOut, study: str, variant: str, experiment: str | None = None) -> None:
    """Refuse a variant, or an experiment of it, that is asked for by name and was left out.

    Raises
    ------
    ConfigError : says why it was left out
    """
    own = left_out.get(study, {})
    why = own.get(VARIANTS, {}).get(variant)
    what = f"variant {variant}"
    if why is None and experiment is not None:
        why = own.get(EXPERIMENTS, {}).get(variant, {}).get(experiment)
        what = f"{experiment} of {variant}"
    if why is not None:
        raise ConfigError(f"{study}: {what} is left out of this run: {why}")


def lines(left_out: LeftOut) -> list[str]:
    """What was left out, a sentence a reason."""
    found = []
    for study, own in left_out.items():
        found += [f"{study} leaves out {text}" for text in sentences(own)]
    return found


def sentences(own: dict) -> list[str]:
    """What one study leaves out: what goes for one reason, then the reason."""
    by_reason: dict[tuple[str, str, str], list[str]] = {}
    for name, why in own.get(VARIANTS, {}).items():
        by_reason.setdefault(("variant", "", why), []).append(name)
    for variant, gone in own.get(EXPERIMENTS, {}).items():
        for name, why in gone.items():
            by_reason.setdefault(("experiment", f" of {variant}", why), []).append(name)
    for name, why in own.get(TARGETS, {}).items():
        by_reason.setdefault(("target", "", why), []).append(name)
    return [
        f"{kind}{'s' if len(names) > 1 else ''} {', '.join(names)}{whose}: {why}"
        for (kind, whose, why), names in by_reason.items()
    ]


def of_target(own: dict, target: targets.Target) -> list[str]:
    """What one study leaves out of the variants that a target shows, as sentences.

    Experiments are told of where the target shows any network.
    """
    names = own.get(GROUPS, {}).get(target.variants, [])
    networks = {"notes", "tuning"} & set(target.needs)
    chosen = {
        kind: {name: why for name, why in own.get(kind, {}).items() if name in names}
        for kind in (VARIANTS, *([EXPERIMENTS] if networks else []))
    }
    return sentences(chosen)


def _of_study(name: str, own: dict, listed: list[targets.Target]) -> dict[str, Any]:
    """Take out of one study; empty where nothing goes."""
    groups = {"shown": list(own["shown"]), **{key: list(v) for key, v in own["compare"].items()}}
    before = {target.name: _shows(name, own, target) for target in listed}
    gone = {key: "null in the configuration" for key, v in own[VARIANTS].items() if v is None}
    _forget(own, gone)
    unread = _unread(own, listed)
    lacking = _lacking(name, own, set(gone))
    if set(own["shown"]) - set(lacking):
        _forget(own, lacking)
        gone |= lacking
    if not gone and not unread:
        return {}
    experiments = _broken(own, set(gone))
    told = {
        variant: {
            one: why for one, why in names.items() if one in trained(with_variants(own)[variant])
        }
        for variant, names in experiments.items()
    }
    for key in dict.fromkeys(one for names in experiments.values() for one in names):
        _drop(own, ("experiments", key), {v for v, names in experiments.items() if key in names})
    _tidy(own)
    why = {
        target.name: before[target.name]
        for target in listed
        if before[target.name] and not _shows(name, own, target)
    } | unread
    own["reported"] = [target for target in own["reported"] if target not in why]
    told = {variant: names for variant, names in told.items() if names}
    return {VARIANTS: gone, EXPERIMENTS: told, TARGETS: why, GROUPS: groups}


def _unread(own: dict, listed: list[targets.Target]) -> dict[str, str]:
    """The targets that read what is made of the files of a role that is unavailable, and why."""
    found = {}
    for target in listed:
        for role in sorted({ROLE_OF_NEED[need] for need in target.needs if need in ROLE_OF_NEED}):
            if own["data"].get(role, UNAVAILABLE) == UNAVAILABLE:
                found[target.name] = f"data.{role} is {UNAVAILABLE}"
    return found


def _lacking(name: str, own: dict, gone: set[str]) -> dict[str, str]:
    """The variants whose windows are made of files that nobody is asked for, and why each goes."""
    needs, found = consistency.needs(name), {}
    everything = with_variants(own)
    for variant, study in everything.items():
        try:
            role = needs.main(study)
        except KeyError:
            continue
        if role is not None and study["data"].get(role) == UNAVAILABLE:
            found[variant] = f"data.{role} is {UNAVAILABLE}"
    more = True
    while more:
        taken = {v: study.get("tuning", {}).get("taken_from") for v, study in everything.items()}
        more = {
            variant: f"takes the tuned options of {source}, which is left out"
            for variant, source in taken.items()
            if source in {*found, *gone} and variant not in found
        }
        found |= more
    return found


def _unknown(listed: list, known: list[str]) -> list[str]:
    """What is said of names under `studies` that are no study: the likest one, or all there are."""
    told = []
    for name in listed:
        if isinstance(name, str) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            rest = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
            told.append(f"there is no study {name!r}: {rest}")
    return told


def _none_left(name: str, own: dict) -> str:
    """What to do where all variants that a study shows lack their data; "" for any other study."""
    try:
        lacking = _lacking(name, own, set())
    except (KeyError, TypeError, AttributeError):
        return ""
    if not lacking or set(own["shown"]) - set(lacking):
        return ""
    rest = [variant for variant in own[VARIANTS] if variant not in lacking]
    other = f"name others there, of {', '.join(rest)}" if rest else "no other variant has them"
    return f"{name}: no variant under `shown` ({', '.join(own['shown'])}) has its data; {other}"


def _forget(own: dict, gone: dict[str, str]) -> None:
    """Take variants out of a study and of its groups."""
    for variant in gone:
        del own[VARIANTS][variant]
    for groups, key in [(own, "shown"), *((own["compare"], key) for key in own["compare"])]:
        groups[key] = [variant for variant in groups[key] if variant not in gone]
    ahead = own["prospective"]
    if ahead["variant"] in gone and not ahead["start"] and own["shown"]:
        ahead["variant"] = own["shown"][0]


def _broken(own: dict, gone: set[str]) -> dict[str, dict[str, str]]:
    """The experiments of each variant that start from weights that nothing makes, and why."""
    everything, found = with_variants(own), {}
    more = True
    while more:
        more = False
        for variant, study in everything.items():
            for name, one in study["experiments"].items():
                start = one.get("start")
                if not start or name in found.get(variant, {}):
                    continue
                source, experiment = start["variant"], start["experiment"]
                what = source if source in gone else f"{experiment} of {source}"
                if source in gone or experiment in found.get(source, {}):
                    why = f"starts from the weights of {what}, which is left out"
                    found.setdefault(variant, {})[name] = why
                    more = True
    return found


def _drop(own: dict, keys: tuple[str, str], variants: set[str]) -> None:
    """Take a key of a mapping out of some variants; the others have it as their own."""
    outer, inner = keys
    whole = {name: study.get(outer, {}).get(inner) for name, study in with_variants(own).items()}
    own[outer].pop(inner, None)
    for name, over in own[VARIANTS].items():
        if name in variants:
            over.get(outer, {}).pop(inner, None)
        elif whole[name] is not None:
            own[VARIANTS][name] = merge(over, {outer: {inner: whole[name]}})


def _tidy(own: dict) -> None:
    """Take names of experiments that are left out from where they are named."""
    known = {name: study["experiments"] for name, study in with_variants(own).items()}
    anywhere = {key for names in known.values() for key in names} | set(own["experiments"])
    for settings, names in ((own, anywhere), *((own[VARIANTS][v], known[v]) for v in known)):
        if isinstance(settings.get("trained"), list):
            settings["trained"] = [name for name in settings["trained"] if name in names]
    lost = {
        name
        for name, study in with_variants(own).items()
        if set(study["headline"].get("transfer", {}).values()) - set(known[name])
    }
    if lost:
        _drop(own, ("headline", "transfer"), lost)


def _shows(name: str, own: dict, target: targets.Target) -> str:
    """Why a target would go if it lost what it shows now; empty where it shows nothing."""
    group = target.variants
    names = own["shown"] if group == "shown" else own["compare"].get(group, [])
    wanted = getattr(consistency.needs(name), "SHOWS", {}).get(target.name)
    if wanted is None:
        return f"no variant of compare.{group} is left" if names else ""
    everything = with_variants(own)
    there = any(wanted in everything[v]["experiments"] for v in names if v in everything)
    return f"no variant is left that has the experiment {wanted}" if there else ""

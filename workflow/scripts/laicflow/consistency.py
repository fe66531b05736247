"""What no schema can say: settings that contradict each other."""

from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path
from types import ModuleType

from laicflow import consistency_worlds


def needs(study: str) -> ModuleType:
    """What the rules must know of a study; by its name, so that no step hangs on all studies."""
    return importlib.import_module(f"laicflow.studies.{study}.needs")


def faults(name: str, study: dict, overlay: dict) -> list[str]:
    """Contradictions in one variant of a study, each as a sentence.

    Parameters
    ----------
    name : name of the study
    study : the study, the variant laid over it
    overlay : the variant alone
    """
    own = needs(name)
    found = [
        f"{key}: all variants share the tensors, so a variant cannot change it"
        for key in own.shared(study)
        if _stands(key, overlay)
    ]
    wrong = period(study["period"])
    found += [wrong] if wrong else []
    found += _places(study) + own.faults(study)
    found += _names(study) + _weights(study) + _reported(study) + _prospective(study)
    headline = study["headline"]
    if headline["experiment"] not in study["experiments"]:
        known = ", ".join(study["experiments"])
        found.append(
            f"headline.experiment: no experiment {headline['experiment']!r}; there are {known} "
            "(and headline.claim is to be the claim of it)"
        )
    if headline["claim"] not in study["claims"]:
        found.append(f"headline.claim: no claim {headline['claim']!r}")
    return found


def _prospective(study: dict) -> list[str]:
    """Forecasts under a variant or of roles that there are not, or that begin too early."""
    own, found = study["prospective"], []
    if own["variant"] not in study["variants"]:
        known = ", ".join(study["variants"])
        found.append(f"prospective.variant: no {own['variant']!r}; there are {known}")
    found += [
        f"prospective.data: no role {role!r}; there are {', '.join(study['data'])}"
        for role in own["data"]
        if role not in study["data"]
    ]
    if own["start"] and not _is_instant(own["start"]):
        found.append(f"prospective.start: there is no instant {own['start']}")
    if own["start"] and own["start"][:10] <= study["period"]["end"]:
        found.append(
            f"prospective.start {own['start']} lies within the period, which ends on "
            f"{study['period']['end']}"
        )
    return found


def _is_instant(text: str) -> bool:
    """Whether a date or an instant exists."""
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _stands(key: str, overlay: dict) -> bool:
    """Whether an overlay has a key; `a.b` stands for b in a."""
    place: object = overlay
    for part in key.split("."):
        if not isinstance(place, dict) or part not in place:
            return False
        place = place[part]
    return True


def unserved(config: dict, name: str, study: dict) -> list[str]:
    """What a variant of a study needs and the rest of the configuration does not ask for.

    Parameters
    ----------
    config : the whole configuration
    name, study : as of `faults`
    """
    return _query(config, study) + _beyond(config, study) + needs(name).unserved(config, study)


def _reported(study: dict) -> list[str]:
    """Targets that are to be in the report and have nothing to show."""
    return [
        f"compare.{target} is []; it must name variants, or {target} must go from `reported`"
        for target, names in study["compare"].items()
        if target in study["reported"] and not names
    ]


def _names(study: dict) -> list[str]:
    """Names that nothing in the study bears."""
    trained = study["trained"] if isinstance(study["trained"], list) else []
    asked = {
        "trained": (trained, study["experiments"]),
        "shown": (study["shown"], study["variants"]),
        **{f"compare.{key}": (own, study["variants"]) for key, own in study["compare"].items()},
    }
    found = [
        f"{key}: no {name!r}; there are {', '.join(known)}"
        for key, (names, known) in asked.items()
        for name in names
        if name not in known
    ]
    headline = study["headline"]["experiment"]
    if trained and headline in study["experiments"] and headline not in trained:
        found.append(
            f"trained is [{', '.join(trained)}]; the headline's experiment {headline!r} must be "
            "in it"
        )
    return found


def _weights(study: dict) -> list[str]:
    """Reduced networks that are to start from published weights, and folders that are none."""
    found = []
    for name, experiment in study["experiments"].items():
        options = experiment.get("options", {})
        own = {**study["models"], **options}
        folder = own["pretrained"].removeprefix("folder:")
        if own["pretrained"].startswith("folder:") and not Path(folder).is_dir():
            key = f"experiments.{name}.options" if "pretrained" in options else "models"
            found.append(f"{key}.pretrained: no folder {folder}")
        if own["pretrained"] != "none" and min(own.get("width", 1), own.get("depth", 1)) < 1:
            found.append(
                f"experiments.{name}: a reduced network (width, depth) has no published weights, "
                "models.pretrained must be none"
            )
    return list(dict.fromkeys(found))


def period(ends: dict) -> str:
    """What is wrong with a period that ends before it starts, "" with any other."""
    first, last = (dt.date.fromisoformat(ends[key]) for key in ("start", "end"))
    return "" if first <= last else f"period: ends on {last}, before it starts on {first}"


def _query(config: dict, study: dict) -> list[str]:
    """A catalog that counts events which its sources are not asked for, also as it goes on."""
    south, north = study["catalog"]["latitude"]
    if south >= north:
        return [f"catalog.latitude: south {south} is not below north {north}"]
    found = of_catalog(config, "data", study["data"]["catalog"], study["catalog"])
    own = study.get("prospective", {})
    then = own.get("data", {}).get("catalog", study["data"]["catalog"])
    if own.get("start") and then != study["data"]["catalog"]:
        found += of_catalog(config, "prospective.data", then, study["catalog"])
    return found


def of_catalog(config: dict, key: str, name: str, wanted: dict) -> list[str]:
    """What the sources of one catalog are not asked for although it counts."""
    if name not in config["catalogs"]:
        return [f"{key}.catalog: no catalog {name!r}; there are {', '.join(config['catalogs'])}"]
    sources = config["catalogs"][name]["sources"]
    return [text for source in sources for text in _asked(config["sources"], source, wanted)]


def _asked(asked: dict, source: str, wanted: dict) -> list[str]:
    """What one source is not asked for although it counts."""
    own = asked.get(source, {})
    found = []
    for axis in ("latitude", "longitude"):
        if axis not in own:
            continue
        if not _holds(axis, own[axis], wanted[axis]):
            found.append(
                f"catalog.{axis} {wanted[axis]} reaches beyond sources.{source}.{axis} {own[axis]}"
            )
    least = own.get("minmagnitude", -10)
    if least > wanted["magnitude_min"]:
        found.append(
            f"catalog.magnitude_min {wanted['magnitude_min']} lies below "
            f"sources.{source}.minmagnitude {least}: smaller events are not asked for"
        )
    if "maxmagnitude" in own:
        found.append(f"sources.{source}.maxmagnitude leaves out the larger events of the study")
    low, high = own.get("depth_km", [-1000, 1000])
    if low > wanted["depth_km"][0] or high < wanted["depth_km"][1]:
        found.append(f"catalog.depth_km reaches beyond sources.{source}.depth_km")
    return found


def _holds(axis: str, outer: list[float], inner: list[float]) -> bool:
    """Whether a range of degrees lies in another one; longitudes go eastward, over 180 too."""
    (low, high), (first, last) = outer, inner
    if axis == "latitude":
        return low <= first and last <= high
    # -180..180 is the whole circle, not nothing.
    width, own = ((b - a) % 360 or 360 * (a != b) for a, b in (outer, inner))
    return width == 360 or (first - low) % 360 + own <= width


def _places(study: dict) -> list[str]:
    """Sites and days that leave nothing to look at, or that nobody serves."""
    found, sites = [], study["sites"]
    names = [point["site"] for point in sites["points"]]
    if sites["mode"] == "points" and not names:
        found.append("sites.points: mode points needs one at least")
    found += [f"sites.points: {n!r} stands twice" for n in sorted(set(names)) if names.count(n) > 1]
    return found


def _beyond(config: dict, study: dict) -> list[str]:
    """A period of which the simulated world has no maps."""
    if config["upstream"] != "replica:world":
        return []
    begins, ends = consistency_worlds.days(config["simulate"])
    first, last = (dt.date.fromisoformat(study["period"][key]) for key in ("start", "end"))
    if begins <= first and last <= ends:
        return []
    return [
        f"period: {first} to {last} reaches beyond the simulated world, which covers "
        f"{begins} to {ends} (simulate.start, simulate.end)"
    ]


def parts_of_split(split: dict) -> list[str]:
    """Shares of a split that leave nothing to train on."""
    folds, validation = split["folds"], split["validation"]
    inside = split["kind"] == "random" and folds > 1
    test = 1 / folds if inside else split["test"]
    if test + validation < 1:
        return []
    key = f"split.folds {folds} (a test share of {test:.3g})" if inside else f"split.test {test}"
    return [f"{key} and split.validation {validation} leave nothing to train on"]

"""What no schema can say: settings that contradict each other."""

from __future__ import annotations

import datetime as dt

# One tensor file serves all variants of a study, so no variant may change what is in it.
SHARED = ("data", "period", "sites", "reference", "image")


def faults(config: dict, study: dict, overlay: dict) -> list[str]:
    """Contradictions in one variant of a study, each as a sentence.

    Parameters
    ----------
    config : the whole configuration
    study : the study, the variant laid over it
    overlay : the variant alone
    """
    shared = [*SHARED, *(["catalog"] if study["sites"]["mode"] == "epicentres" else [])]
    found = [
        f"{key}: all variants share the tensors, so a variant cannot change it"
        for key in shared
        if key in overlay
    ]
    wrong = period(study["period"])
    found += [wrong] if wrong else []
    found += _query(config, study) + _shapes(study)
    headline = study["headline"]
    if headline["experiment"] not in study["experiments"]:
        found.append(f"headline.experiment: no experiment {headline['experiment']!r}")
    if headline["claim"] not in study["claims"]:
        found.append(f"headline.claim: no claim {headline['claim']!r}")
    return found


def period(ends: dict) -> str:
    """What is wrong with a period that ends before it starts, "" with any other."""
    first, last = (dt.date.fromisoformat(ends[key]) for key in ("start", "end"))
    return "" if first <= last else f"period: ends on {last}, before it starts on {first}"


def _query(config: dict, study: dict) -> list[str]:
    """A catalog that counts events which its sources are not asked for."""
    name, wanted = study["data"]["catalog"], study["catalog"]
    if name not in config["catalogs"]:
        return [f"data.catalog: no catalog {name!r}; there are {', '.join(config['catalogs'])}"]
    south, north = wanted["latitude"]
    if south >= north:
        return [f"catalog.latitude: south {south} is not below north {north}"]
    sources = config["catalogs"][name]["sources"]
    return [text for source in sources for text in _asked(config["sources"], source, wanted)]


def _asked(asked: dict, source: str, wanted: dict) -> list[str]:
    """What one source is not asked for although it counts."""
    own = asked.get(source, {})
    found = []
    for axis in ("latitude", "longitude"):
        if axis not in own:
            continue
        low, high = own[axis]
        first, last = wanted[axis]
        whole = axis == "longitude" and (low, high) == (-180, 180)
        if not whole and not (low <= first and last <= high):
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


def _shapes(study: dict) -> list[str]:
    """Numbers that do not fit each other."""
    found = []
    if study["reference"]["least"] > study["reference"]["days"]:
        found.append("reference.least is larger than reference.days")
    if study["image"]["size"] < study["window"]["days"]:
        found.append("image.size is smaller than window.days")
    if study["split"]["test"] + study["split"]["validation"] >= 1:
        found.append("split.test and split.validation leave nothing to train on")
    return found

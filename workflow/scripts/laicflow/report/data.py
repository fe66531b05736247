"""The report's account of the data: what came from where, and what could be made of it."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.report.blocks import Grid, grid, plural
from laicflow.store import strictest
from laicflow.studies.results import Results

ROLES = {
    "maps": "ionosphere maps",
    "catalog": "earthquakes",
    "kp": "index Kp",
    "dst": "index Dst",
    "f107": "solar flux F10.7",
}
# What a licence is called where its name in the store is a mere word.
TERMS = {"cite": "free with citation"}
PARTS = ("train", "validation", "test", "purged")


def sources(described: dict, receipts: list[dict], simulated: bool) -> list[dict]:
    """One entry a source: its part, files, gaps, licence and citation.

    Parameters
    ----------
    described : of each source its `roles` in the study and, of config/sources, its description
    receipts : what fetching left, one a partition, with the licence and citation of its files
    simulated : whether the files were written by the simulated world

    Raises
    ------
    LaicflowError : a source without a receipt
    """
    found = []
    for name, told in described.items():
        own = [receipt for receipt in receipts if receipt["source"] == name]
        if not own:
            raise LaicflowError(f"no receipt of the source {name}")
        licence = strictest(receipt["licence"] for receipt in own)
        files = [file for receipt in own for file in receipt["files"]]
        missing = [gap for receipt in own for gap in receipt["missing"]]
        found.append(
            {
                "role": ", ".join(ROLES.get(role, role) for role in told["roles"]),
                "name": name,
                "description": told.get("description", ""),
                "licence": licence,
                "terms": TERMS.get(licence, licence),
                "citation": "; ".join(sorted({receipt["citation"] for receipt in own})),
                "first": min(receipt["start"] for receipt in own),
                "last": max(receipt["end"] for receipt in own),
                "files": len(files),
                "size": size(sum(file["size"] for file in files)),
                "served": served(files, simulated),
                "missing": [f"{gap['day'] or gap['name']}: {gap['why']}" for gap in missing],
            }
        )
    return found


def size(count: int) -> str:
    """A number of bytes for people, in kB or MB (powers of ten)."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"


def served(files: list[dict], simulated: bool) -> str:
    """Where the files of a source came from, in a few words."""
    if simulated:
        return "written by the simulated world"
    origins = [str(file.get("origin") or "") for file in files]
    replica = [origin for origin in origins if origin.startswith("replica")]
    if not replica:
        return "from the provider"
    text = "from a folder of the provider's files"
    reshaped = sum("reformatted" in origin for origin in replica)
    cut = sum("cut from" in origin for origin in replica)
    if reshaped:
        text += f"; {reshaped} of {len(files)} hold rows reformatted from a compilation"
    if cut:
        text += f"; {cut} of {len(files)} cut from a longer file"
    return text


def maps(results: Results, simulated: bool = False) -> list[str]:
    """Sentences on the maps behind the windows.

    How many hours are the epoch of a map is not said: the number of maps alone does not tell it,
    as a map may stand for 24:00, or between two hours.
    """
    facts = results.tensors.attrs
    hours, missing = int(facts["hours"]), int(facts["missing_hours"])
    centre = "simulated" if simulated else facts["centre"]
    sites = plural(results.tensors.sizes["site"], "site")
    lines = [
        f"{plural(int(facts['maps']), 'map')} of {plural(int(facts['days_of_maps']), 'day')} "
        f"(centre: {centre}), hourly values at {sites}."
    ]
    first = json.loads(facts["missing_hours_first"])
    had = "All" if missing == 0 else f"{hours - missing:,} of"
    lines.append(
        f"{had} {hours:,} hours of the period can be had from the maps; an hour without a map of "
        "its own is interpolated between two maps turned with the Sun."
    )
    if missing:
        lie = "hour lies" if missing == 1 else "hours lie"
        named = ", ".join(_hour(name) for name in first)
        more = f" and {missing - len(first):,} more" if missing > len(first) else ""
        lines.append(f"{missing:,} {lie} outside the maps: {named}{more}.")
    days = json.loads(facts["missing_days"])
    if days:
        lines.append(f"{plural(len(days), 'day')} without a file: {', '.join(days[:20])}.")
    partial = int(facts["hours_without_value_at_some_site"])
    if partial:
        lines.append(f"In {plural(partial, 'further hour')} some site has no value in the maps.")
    torn = int(facts.get("torn_seam_nodes", 0))
    if torn:
        given = "value on the date line was" if torn == 1 else "values on the date line were"
        left = "was" if torn == 1 else "were"
        lines.append(f"{torn:,} {given} given twice and differently, and {left} left out.")
    return lines


def catalog(
    events: pd.DataFrame,
    results: Results,
    receipts: list[dict],
    sources: list[str],
    closed: bool,
) -> list[str]:
    """Sentences on the catalog and on the events that count.

    Parameters
    ----------
    sources : names of the catalog's sources
    closed : whether the upstream adds no more to the partitions of the catalog

    Raises
    ------
    LaicflowError : the rows that were read are not those that stayed and those left out, summed
    """
    counts = {what: sum(of.values()) for what, of in counts_of(events).items()}
    lines = []
    if counts:
        out = {
            reason: count
            for reason, count in counts.items()
            if reason not in ("read", "events", "untyped") and count
        }
        if counts["read"] != counts["events"] + sum(out.values()):
            raise LaicflowError(f"the rows of the catalog do not add up: {counts}")
        left_out = [f"{count:,} ({reason})" for reason, count in out.items()]
        told = f"; left out: {', '.join(left_out)}" if left_out else ""
        lines.append(
            f"{plural(counts['read'], 'row')} of {', '.join(sources)} read{told}; "
            f"{plural(counts['events'], 'event')} left."
        )
    reshaped = events["place"].fillna("").str.startswith("reformatted").sum()
    if reshaped:
        lines.append(
            f"{plural(int(reshaped), 'event')} came from a compilation in other columns, brought "
            "into the provider's; magnitudes and places may differ from today's catalog."
        )
    facts = {name: own for name, own in facts_of(results).items() if "events" in own}
    rules = results.settings["catalog"]
    least = "from" if rules["inclusive"] else "above"
    for variant, own in facts.items():
        lines.append(
            f"{plural(own['events'], 'event')} of magnitude {least} {rules['magnitude_min']:g} in "
            f"the box, on {plural(own['event_days'], 'day')}. "
            + after(results, variant, receipts, sources, closed)
        )
        if len({json.dumps(other, sort_keys=True) for other in facts.values()}) > 1:
            lines[-1] = f"Variant {variant}: {lines[-1]}"
        else:
            break
    return lines


def counts_of(events: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many rows were read and kept, and left out for which reason, by source."""
    return json.loads(events.attrs.get("counts", "{}"))


def after(
    results: Results, variant: str, receipts: list[dict], sources: list[str], closed: bool
) -> str:
    """Whether the catalog of `sources` tells for the last maps if an event followed."""
    role = results.settings["data"]
    own = [receipt for receipt in receipts if receipt["source"] in sources]
    shown = [receipt["end"] for receipt in receipts if receipt["source"] == role["maps"]]
    end = max(receipt["end"] for receipt in own)
    if not closed or any(receipt["missing"] for receipt in own):
        return (
            f"The catalog is not complete: events up to {end} may be missing, and events after "
            "it are not known."
        )
    gap = results.variants[variant]["normal"]["gap_days"]
    if pd.Timestamp(end) < pd.Timestamp(max(shown)) + pd.Timedelta(days=gap):
        return f"Events after {end} are not known, nor whether one followed the last maps."
    return "The catalog runs past the last map, so that it is known whether an event followed."


def facts_of(results: Results) -> dict[str, dict]:
    """The counts behind the samples, by variant."""
    return {name: json.loads(t.attrs.get("facts", "{}")) for name, t in results.samples.items()}


def windows(results: Results) -> Grid:
    """How many windows could be a sample, by variant."""
    names = {
        "site_days": "site-days with a full support",
        "sip_samples": "SIP samples (an event follows)",
        "sip_without_partner": "SIP samples without a normal one to pair with",
        "sip_site_days": "site-days of SIP",
        "normal_site_days": "site-days that could be normal",
        "neither_site_days": "site-days that are neither",
    }
    facts = facts_of(results)
    rows = [[text, *(own.get(key) for own in facts.values())] for key, text in names.items()]
    return grid(["windows", *facts], rows, "Windows that could be a sample")


def classes(results: Results) -> Grid:
    """Samples of the first draw by fold, class and part of the split."""
    rows = []
    for variant, splits in results.splits.items():
        labels = results.samples[variant].set_index("sample_id")["label"]
        first = splits[splits["draw"] == 0]
        first = first.assign(label=first["sample_id"].map(labels))
        for fold, part in first.groupby("fold", sort=True):
            for label, name in ((1, "SIP"), (0, "normal")):
                sizes = part.loc[part["label"] == label, "split"].value_counts()
                counts = [int(sizes.get(role, 0)) for role in PARTS]
                rows.append([variant, f"{int(fold) + 1}", name, *counts])
    head = ["variant", "fold", "class", *PARTS]
    return grid(head, rows, "Samples of the first draw by fold and part of the split")


def shares(results: Results) -> Grid:
    """Share of the time that could be normal, for each gap."""
    facts = facts_of(results)
    shares = {name: own.get("normal_share", {}) for name, own in facts.items()}
    gaps = list(dict.fromkeys(gap for own in shares.values() for gap in own))
    rows = [
        [plural(int(gap), "day"), *(_percent(own.get(gap)) for own in shares.values())]
        for gap in gaps
    ]
    made = grid(["no event within", *facts], rows, "Share of the time that could be normal")
    made.numeric = [False] + [True] * len(facts)
    return made


def products(results: Results) -> Grid:
    """Samples by the spacing of the maps behind them: it is a mark of the date."""
    rows = []
    for variant, samples in results.samples.items():
        drawn = samples[samples["split"] != "unused"]
        for product, own in drawn.groupby("product", sort=True):
            sizes = [int((own["label"] == label).sum()) for label in (1, 0)]
            rows.append([variant, product, *sizes])
    head = ["variant", "maps", "SIP", "normal"]
    return grid(head, rows, "Drawn samples by the maps behind them")


def activity(results: Results) -> Grid:
    """Sun and magnetosphere while the windows of each class were open: medians."""
    rows = []
    columns = {"kp_max": "largest Kp", "dst_min": "least Dst (nT)", "f107": "mean F10.7 (sfu)"}
    for variant, samples in results.samples.items():
        for label, name in ((1, "SIP"), (0, "normal")):
            own = samples[(samples["label"] == label) & (samples["split"] != "unused")]
            rows.append([variant, name, *(_median(own[column]) for column in columns)])
    head = ["variant", "class", *columns.values()]
    return grid(head, rows, "Medians over the windows of the drawn samples", digits=1)


def places(results: Results) -> Grid:
    """The sites."""
    rows = [
        [one.site, float(one.latitude), float(one.longitude)] for one in results.sites.itertuples()
    ]
    return grid(["site", "latitude (°)", "longitude (°)"], rows, digits=3)


def _hour(name: str) -> str:
    """`2000-11-21 00 UT` as `hour 00 UT of 2000-11-21`."""
    day, hour, zone = name.split()
    return f"hour {hour} {zone} of {day}"


def _percent(share: float | None) -> str:
    """A share in per cent; empty where there is none."""
    return "" if share is None else f"{100 * share:.1f} %"


def _median(values: pd.Series) -> float | None:
    """The median of what is known."""
    known = values.dropna()
    return float(known.median()) if len(known) else None

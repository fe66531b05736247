"""The report's account of the data: what came from where, and what could be made of it."""

from __future__ import annotations

import json

import pandas as pd

from laicflow.errors import LaicflowError
from laicflow.files import strictest
from laicflow.report.blocks import Grid, days_of, grid, plural
from laicflow.studies.results import Results

ROLES = {
    "maps": "ionosphere maps",
    "tec": "TEC over stations",
    "minutes": "geomagnetic minutes",
    "minutes_own": "geomagnetic minutes of one's own",
    "cses": "Langmuir probe of CSES",
    "demeter": "Langmuir probe of DEMETER",
    "swarm": "Langmuir probes of Swarm",
    "olr": "outgoing longwave radiation",
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


def catalog(
    events: pd.DataFrame,
    results: Results,
    receipts: list[dict],
    sources: list[str],
    closed: bool,
    main: str = "maps",
    where: str = "in the box",
) -> list[str]:
    """Sentences on the catalog and on the events that count.

    Parameters
    ----------
    sources : names of the catalog's sources
    closed : whether the upstream adds no more to the partitions of the catalog
    main : role in whose files the windows are
    where : the events that count lie

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
    told: dict[str, list[str]] = {}
    for variant, own in facts.items():
        line = (
            f"{plural(own['events'], 'event')} of magnitude {least} {rules['magnitude_min']:g} "
            f"{where}, on {plural(own['event_days'], 'day')}. "
            + after(results, variant, receipts, sources, closed, main)
        )
        told.setdefault(line, []).append(variant)
    for line, variants in told.items():
        word = "Variant" if len(variants) == 1 else "Variants"
        lines.append(f"{word} {', '.join(variants)}: {line}" if len(told) > 1 else line)
    return lines


def counts_of(events: pd.DataFrame) -> dict[str, dict[str, int]]:
    """How many rows were read and kept, and left out for which reason, by source."""
    return json.loads(events.attrs.get("counts", "{}"))


def after(
    results: Results,
    variant: str,
    receipts: list[dict],
    sources: list[str],
    closed: bool,
    main: str = "maps",
) -> str:
    """Whether the catalog of `sources` tells for the last files of `main` if an event followed."""
    role = results.settings["data"]
    own = [receipt for receipt in receipts if receipt["source"] in sources]
    shown = [receipt["end"] for receipt in receipts if receipt["source"] == role.get(main)]
    # Where no point takes its files from the role, or no file is read, there are none.
    shown = shown or [results.settings["period"]["end"]]
    end = max(receipt["end"] for receipt in own)
    # The role `minutes_own` holds minutes too.
    name = main.partition("_")[0]
    if not closed or any(receipt["missing"] for receipt in own):
        return (
            f"The catalog is not complete: events up to {end} may be missing, and events after "
            "it are not known."
        )
    gap = results.variants[variant]["normal"]["gap_days"]
    if pd.Timestamp(end) < pd.Timestamp(max(shown)) + pd.Timedelta(days=gap):
        return f"Events after {end} are not known, nor whether one followed the last {name}."
    one = name.removesuffix("s")
    return f"The catalog runs past the last {one}, so that it is known whether an event followed."


def facts_of(results: Results) -> dict[str, dict]:
    """The counts behind the samples, by variant."""
    return {name: json.loads(t.attrs.get("facts", "{}")) for name, t in results.samples.items()}


def windows(results: Results, names: dict[str, str]) -> Grid:
    """How many windows could be a sample, by variant; `names` are counts and what they count."""
    facts = facts_of(results)
    rows = [[text, *(own.get(key) for own in facts.values())] for key, text in names.items()]
    return grid(["windows", *facts], rows, "Windows that could be a sample")


def classes(results: Results, names: tuple[str, str]) -> Grid:
    """Samples of the first draw by fold, class (names of 1 and 0) and part of the split."""
    rows = []
    for variant, splits in results.splits.items():
        labels = results.samples[variant].set_index("sample_id")["label"]
        first = splits[splits["draw"] == 0]
        first = first.assign(label=first["sample_id"].map(labels))
        for fold, part in first.groupby("fold", sort=True):
            for label, name in zip((1, 0), names, strict=True):
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
    rows = [[days_of(gap), *(_percent(own.get(gap)) for own in shares.values())] for gap in gaps]
    made = grid(["no event within", *facts], rows, "Share of the time that could be normal")
    made.numeric = [False] + [True] * len(facts)
    return made


def products(results: Results, names: tuple[str, str], what: str) -> Grid:
    """Samples by the product behind them (its spacing, its state): it is a mark of the date."""
    rows = []
    for variant, samples in results.samples.items():
        drawn = samples[samples["split"] != "unused"]
        for product, own in drawn.groupby("product", sort=True):
            sizes = [int((own["label"] == label).sum()) for label in (1, 0)]
            rows.append([variant, product, *sizes])
    head = ["variant", what, *names]
    return grid(head, rows, f"Drawn samples by the {what} behind them")


def activity(results: Results, names: tuple[str, str]) -> Grid:
    """Sun and magnetosphere while the windows of each class were open: medians."""
    rows = []
    columns = {"kp_max": "largest Kp", "dst_min": "least Dst (nT)", "f107": "mean F10.7 (sfu)"}
    for variant, samples in results.samples.items():
        for label, name in zip((1, 0), names, strict=True):
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


def _percent(share: float | None) -> str:
    """A share in per cent; empty where there is none."""
    return "" if share is None else f"{100 * share:.1f} %"


def _median(values: pd.Series) -> float | None:
    """The median of what is known."""
    known = values.dropna()
    return float(known.median()) if len(known) else None

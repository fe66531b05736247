"""The page on a run's data: what is there, what is missing, and whom to cite, as one HTML file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.plots.availability import PARTS
from laicflow.report import looks
from laicflow.report.blocks import Grid, frame, grid, picture, plural
from laicflow.report.data import TERMS, served, size
from laicflow.report.page import environment
from laicflow.report.quality_tables import CLASSES, COLUMNS, KEPT, SCHEMAS, bibliography
from laicflow.report.timelines import LIMITS
from laicflow.store import LICENCES, read_parquet, strictest

# So many of the longest gaps are listed; all of them stand in the table.
LISTED = 40

# What a licence means for whoever hands on what is made under it.
MEANING = {
    "simulated": "Made up by the simulated world: no provider's terms bind it.",
    "public domain": "Free to use and to hand on; naming the provider is good practice.",
    "cite": "Free to use with the citation below, which goes along with whatever is handed on.",
    "CC BY 4.0": (
        "May be used and handed on, changed as well, by whoever names author and licence and says "
        "what was changed."
    ),
    "CC BY-SA 3.0": (
        "As CC BY; what is adapted from it may be handed on under the same licence alone."
    ),
    "CC BY-NC 4.0": "As CC BY, but for no commercial purpose.",
    "no redistribution": (
        "The values may not be handed on, neither the files nor tables that hold them: whoever "
        "wants them has to get them from the provider. Keep these files of data/raw and of the "
        "store to yourself; hand on the configuration, which fetches them anew."
    ),
}


def page(
    tables: dict[str, pd.DataFrame],
    receipts: list[dict],
    chart: str | Path,
    options: dict,
    *,
    code: str,
    completeness: list[str | Path] = (),
) -> str:
    """The page as HTML; the same inputs give the same text.

    Parameters
    ----------
    tables : `availability`, `gaps`, `catalogs`, `references`
    receipts : what fetching left
    chart : svg or png of `laicflow.plots.availability`
    options : those of the rule: run, upstream (kind, name), catalogs (rules of each)
    code : digest of the code that writes the page
    completeness : tables (parquet) and figures (svg, png) `<catalog>.completeness.<suffix>`
    """
    months, gaps, cited = (tables[name] for name in ("availability", "gaps", "references"))
    simulated = options["upstream"]["kind"] == "world"
    bibtex = bibliography(cited)
    content = {
        "run": options["run"],
        "simulated": simulated,
        "headline": headline(months, gaps, cited),
        "summary": summary(months),
        "chart": picture(chart),
        **_legend(months),
        "years": by_year(months),
        "remarks": remarks(months),
        "gap_sums": gap_sums(gaps),
        "gaps": longest(gaps),
        "more_gaps": max(0, len(gaps) - LISTED),
        "catalogs": [
            catalog(name, own, options.get("catalogs", {}).get(name, {}), completeness)
            for name, own in tables["catalogs"].groupby("catalog", sort=True)
        ],
        "strictest": _strictest(cited),
        "licences": licences(cited),
        "references": [_card(one, receipts, simulated) for one in cited.to_dict("records")],
        "bibtex": bibtex,
        "origin": options["upstream"]["name"],
        "command": _command(options),
        "code": code,
        "columns": [_columns(name) for name in SCHEMAS],
        "css": (looks.FOLDER / "page.css").read_text(encoding="utf-8"),
    }
    return environment().get_template("quality.html").render(content)


def _legend(months: pd.DataFrame) -> dict[str, object]:
    """Which marks the chart has, for the caption."""
    (low, high), kp, dst = (LIMITS[kind] for kind in ("maps", "kp", "dst"))
    return {
        "struck": bool((months["share"] == 0).any()),
        "suspect": bool((months["suspect"] > 0).any()),
        "early": bool((months["provisional_share"] > 0).any()),
        "blank": len(months) < months["month"].nunique() * months["source"].nunique(),
        "limits": f"{low}–{high} TECU, Kp {kp[0]}–{kp[1]}, Dst {dst[0]} to {dst[1]} nT",
    }


def headline(months: pd.DataFrame, gaps: pd.DataFrame, cited: pd.DataFrame) -> list[str]:
    """The page in a few sentences."""
    files = int(cited["files"].sum())
    lines = [
        f"{plural(months['source'].nunique(), 'source')}, {cited['first'].min():%Y-%m-%d} to "
        f"{cited['last'].max():%Y-%m-%d}, {plural(files, 'file')} "
        f"({size(int(cited['bytes'].sum()))})."
    ]
    owed = months[months["expected"].notna()].groupby("source")[["expected", "missing"]].sum()
    whole = owed[owed["missing"] == 0].index
    if len(owed) and len(whole) == len(owed):
        lines.append("Every value that was asked for is there.")
    elif len(owed):
        lines.append(
            f"Sources with every value that the calendar owes: {len(whole)} of {len(owed)}; "
            f"{plural(len(gaps), 'gap')} in all."
        )
    early = months[months["provisional_share"] > 0]
    if len(early):
        names = ", ".join(dict.fromkeys(early["source"]))
        lines.append(f"Provisional values come from: {names}.")
    return lines


def summary(months: pd.DataFrame) -> Grid:
    """One row a source, over all its months."""
    rows = []
    for name, own in months.groupby("source", sort=False):
        events = own["expected"].isna().all()
        present = int(own["present"].sum())
        weight = own["present"].where(own["provisional_share"].notna(), 0).astype("float64")
        early = (own["provisional_share"].fillna(0) * weight).sum() / max(weight.sum(), 1)
        latest = own["latest"].max()
        # A share among some says so.
        among = " of those stated" if 0 < weight.sum() < present else ""
        rows.append(
            [
                name,
                PARTS[own["kind"].iloc[0]],
                own["unit"].iloc[0],
                None if events else _whole(own["expected"].sum()),
                _whole(present),
                None if events else _whole(own["missing"].sum()),
                None if events else percent(present / int(own["expected"].sum())),
                percent(early) + among if weight.sum() else None,
                None if events else int(own["suspect"].sum()),
                None if pd.isna(latest) else f"{latest:%Y-%m-%d %H:%M}",
            ]
        )
    head = "source,part,unit,expected,present,missing,share,provisional,suspect,latest (UTC)"
    made = grid(head.split(","), rows, "Sources over the whole period")
    made.numeric = [False] * 3 + [True] * 6 + [False]
    return made


def by_year(months: pd.DataFrame) -> Grid:
    """Share present (events: their number) by source and year."""
    years = sorted(set(months["month"].dt.year))
    rows = []
    for name, own in months.groupby("source", sort=False):
        sums = own.groupby(own["month"].dt.year)[["present", "expected"]].sum()
        events = own["expected"].isna().all()
        cells = [
            None
            if year not in sums.index
            else _whole(sums["present"][year])
            if events
            else percent(int(sums["present"][year]) / int(sums["expected"][year]))
            for year in years
        ]
        rows.append([name, own["unit"].iloc[0] if events else "share", *cells])
    made = grid(["source", "what", *map(str, years)], rows, "Share present, or events, by year")
    made.numeric = [False, False] + [True] * len(years)
    return made


def remarks(months: pd.DataFrame) -> Grid:
    """Months on which there is something to say; neighbours that say the same make one row."""
    rows: list[list] = []
    told = months[months["note"].fillna("") != ""]
    for one in told.itertuples():
        before = rows[-1] if rows else None
        follows = before and before[0] == one.source and before[3] == one.note
        if follows and before[4] + pd.DateOffset(months=1) == one.month:
            before[2], before[4] = f"{one.month:%Y-%m}", one.month
        else:
            month = f"{one.month:%Y-%m}"
            rows.append([one.source, month, month, one.note, one.month])
    return grid(["source", "from", "to", "remark"], [row[:4] for row in rows])


def gap_sums(gaps: pd.DataFrame) -> Grid:
    """Gaps of each source by reason."""
    sums = gaps.groupby(["source", "why", "unit"], sort=False)["length"]
    rows = [
        [source, why, *map(_whole, (own.size, own.sum(), own.max())), unit]
        for (source, why, unit), own in sums
    ]
    head = ["source", "reason", "gaps", "missing", "longest", "unit"]
    made = grid(head, rows, "Gaps by source and reason")
    made.numeric = [False, False, True, True, True, False]
    return made


def longest(gaps: pd.DataFrame) -> Grid:
    """The longest gaps, in the order of source and time."""
    lasted = (gaps["end"] - gaps["start"]).sort_values(ascending=False, kind="stable")
    listed = gaps.loc[sorted(lasted.index[:LISTED])]
    rows = [
        [
            one.source,
            f"{one.start:%Y-%m-%d %H:%M}",
            f"{one.end:%Y-%m-%d %H:%M}",
            _whole(one.length),
            one.unit,
            one.why,
        ]
        for one in listed.itertuples()
    ]
    head = ["source", "start (UTC)", "end (UTC)", "missing", "unit", "reason"]
    made = grid(head, rows)
    made.numeric = [False] * 3 + [True, False, False]
    return made


def catalog(
    name: str, counts: pd.DataFrame, rules: dict, completeness: list[str | Path]
) -> dict[str, object]:
    """What is in one catalog, what was left out, and how far down it is complete."""
    kept, out = counts[counts["state"] == KEPT], counts[counts["state"] != KEPT]
    lines = [
        f"{plural(int(kept['n'].sum()), 'event')}, {plural(int(out['n'].sum()), 'row')} left out."
    ]
    names = rules.get("priority") or rules.get("sources", [])
    if len(names) > 1:
        lines.append(
            f"Merged from {', '.join(names)}: of an earthquake that several have, the row of the "
            "first with a magnitude stays."
        )
    order = [one for one in CLASSES if one in set(kept["magnitude_class"])]
    years = [str(year) for year in sorted(set(kept["year"]))]
    own = [Path(path) for path in completeness if Path(path).name.split(".")[0] == name]
    return {
        "name": name,
        "sentences": lines,
        "classes": _crossed(kept, "magnitude_class", "source", order, "Events by magnitude"),
        "removed": _crossed(out, "state", "source", None, "Left out, by reason"),
        "types": _crossed(
            kept, "magnitude_type", "magnitude_class", None, "Types of magnitude", order
        ),
        "years": _crossed(
            kept.assign(year=kept["year"].astype("str")),
            "year",
            "magnitude_class",
            years,
            "Events by year",
            order,
        ),
        "completeness": [
            frame(_readable(read_parquet(path)), digits=2)
            for path in own
            if path.suffix == ".parquet"
        ],
        "pictures": [picture(path) for path in own if path.suffix in (".svg", ".png")],
    }


def licences(cited: pd.DataFrame) -> Grid:
    """Each licence, the strictest first, what it means, and for which sources."""
    rows = []
    for licence in reversed(LICENCES):
        own = cited.loc[cited["licence"] == licence, "source"]
        if len(own):
            rows.append([TERMS.get(licence, licence), MEANING[licence], ", ".join(own)])
    return grid(["licence", "what it means for handing on", "sources"], rows, "Licences")


def percent(share: float) -> str:
    """A share in per cent, which says 100 and 0 only where that is exact."""
    if share in (0, 1):
        return f"{100 * share:.0f} %"
    return f"{min(max(100 * share, 0.01), 99.99):.2f} %"


def _crossed(
    counts: pd.DataFrame,
    down: str,
    across: str,
    rows: list | None,
    caption: str,
    columns: list | None = None,
) -> Grid:
    """Events counted by two columns, with their sums."""
    titles = {"magnitude_class": "magnitude", "magnitude_type": "type", "state": "reason"}
    table = counts.pivot_table(index=down, columns=across, values="n", aggfunc="sum", fill_value=0)
    table = table.reindex(index=rows, columns=columns) if len(table) else table
    head = [titles.get(down, down), *(str(c) or "not stated" for c in table.columns), "all"]
    made = [
        [str(name) or "not stated", *map(_whole, own), _whole(own.sum())]
        for name, own in table.fillna(0).iterrows()
    ]
    if len(made) > 1:
        made.append(["all", *(_whole(table[c].sum()) for c in table), _whole(counts["n"].sum())])
    made = grid(head, made, caption)
    made.numeric = [False] + [True] * (len(head) - 1)
    return made


def _whole(count: int) -> str:
    """A whole number for a reader."""
    return f"{int(count):,}"


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """A table of completeness with times as days and headings in words."""
    times = [column for column in table if pd.api.types.is_datetime64_any_dtype(table[column])]
    words = {"n_complete": "n from Mc", "mc_maxc": "Mc (curvature)", "mc_bstab": "Mc (b-value)"}
    words |= {"b_low": "b from", "b_high": "b to"}
    days = table.assign(**{c: table[c].dt.strftime("%Y-%m-%d") for c in times})
    return days.rename(columns=words)


def _strictest(cited: pd.DataFrame) -> dict[str, object]:
    """The licence that binds what is made of all sources."""
    licence = strictest(cited["licence"])
    names = list(cited.loc[cited["licence"] == licence, "source"])
    return {
        "terms": TERMS.get(licence, licence),
        "sources": names if len(names) < len(cited) else [],
        "meaning": MEANING[licence],
    }


def _card(one: dict, receipts: list[dict], simulated: bool) -> dict[str, object]:
    """What a source is, and where its files came from."""
    own = [file for r in receipts if r["source"] == one["source"] for file in r["files"]]
    licence = one["licence"]
    return {
        "part": PARTS[one["kind"]],
        "source": one["source"],
        "description": one["description"],
        "cite": one["citation"],
        "terms": TERMS.get(licence, licence),
        "revision": one["revision"],
        "bases": one["base"].split(),
        "account": "none needed" if one["account"] == "none" else one["account"],
        "files": f"{len(own):,} ({size(int(one['bytes']))}), {served(own, simulated)}",
    }


def _command(options: dict) -> str:
    """What it takes to make the page again."""
    command = ".venv/bin/snakemake --cores 2"
    if options.get("overlay"):
        command += f" --configfile {options['overlay']}"
    if options["upstream"]["kind"] == "folder":
        command = f"LAICFLOW_REAL_DATA=path/to/data {command}"
    return f"{command} -- data_report"


def _columns(name: str) -> Grid:
    """The columns of a table in words."""
    rows = [[column, kind, COLUMNS[column]] for column, kind in SCHEMAS[name].items()]
    return grid(["column", "type", "meaning"], rows, f"{name}.parquet")

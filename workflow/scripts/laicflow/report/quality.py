"""The page on a run's data: what is there, what is missing, and whom to cite, as one HTML file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from laicflow.files import LICENCES, strictest
from laicflow.plots.availability import PARTS
from laicflow.report import looks
from laicflow.report.blocks import Grid, grid, picture, plural
from laicflow.report.data import TERMS, served, size
from laicflow.report.page import environment
from laicflow.report.quality_catalogs import catalog, whole
from laicflow.report.quality_tables import COLUMNS, SCHEMAS, bibliography
from laicflow.report.timelines import LIMITS

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
    tables : `availability`, `gaps`, `catalogs`, `references`, and `cleaning` if there is any
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
        "cleaned": cleaned(tables.get("cleaning")),
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
        "early": bool((months["provisional"].fillna(0) > 0).any()),
        "blank": len(months) < months["month"].nunique() * months["source"].nunique(),
        "limits": f"{low}–{high} TECU, Kp {kp[0]}–{kp[1]}, Dst {dst[0]} to {dst[1]} nT",
    }


def headline(months: pd.DataFrame, gaps: pd.DataFrame, cited: pd.DataFrame) -> list[str]:
    """The page in a few sentences."""
    files = int(cited["files"].sum())
    got = f"{plural(files, 'file')} ({size(int(cited['bytes'].sum()))})."
    count = plural(months["source"].nunique(), "source")
    asked = cited[cited["first"].notna()].groupby(["first", "last"], sort=True)["source"]
    spans = [(f"{first:%Y-%m-%d} to {last:%Y-%m-%d}", list(own)) for (first, last), own in asked]
    if len(spans) == 1:
        lines = [f"{count}, {spans[0][0]}, {got}"]
    else:
        told = "; ".join(f"{span} ({', '.join(names)})" for span, names in spans)
        lines = [f"{count}, {got}", f"Asked for: {told}."]
    owed = months[months["expected"].notna()].groupby("source")[["expected", "missing"]].sum()
    whole = owed[owed["missing"] == 0].index
    if len(owed) and len(whole) == len(owed):
        lines.append("Every value that was asked for is there.")
    elif len(owed):
        lines.append(
            f"Sources with every value that the calendar owes: {len(whole)} of {len(owed)}; "
            f"{plural(len(gaps), 'gap')} in all."
        )
    early = months[months["provisional"].fillna(0) > 0]
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
        latest = own["latest"].max()
        rows.append(
            [
                name,
                PARTS[own["kind"].iloc[0]],
                own["unit"].iloc[0],
                None if events else whole(own["expected"].sum()),
                whole(present),
                None if events else whole(own["missing"].sum()),
                None if events else percent(present / int(own["expected"].sum())),
                _provisional(int(own["provisional"].sum()), int(own["stated"].sum()), present),
                None if events else int(own["suspect"].sum()),
                None if pd.isna(latest) else f"{latest:%Y-%m-%d %H:%M}",
            ]
        )
    head = "source,part,unit,expected,present,missing,share,provisional,suspect,latest (UTC)"
    made = grid(head.split(","), rows, "Sources over the whole period")
    made.numeric = [False] * 3 + [True] * 6 + [False]
    return made


def _provisional(early: int, stated: int, present: int) -> str | None:
    """The share of provisional values; one among some of the values present says so."""
    if not stated:
        return None
    return percent(early / stated) + (f" of {whole(stated)} stated" if stated < present else "")


def by_year(months: pd.DataFrame) -> Grid:
    """Share present (a catalog: its earthquakes) by source and year, and that of the provisional.

    The provisional share has a row of its own for the sources that have any.
    """
    years = sorted(set(months["month"].dt.year))
    rows = []
    for name, own in months.groupby("source", sort=False):
        columns = ["present", "expected", "provisional", "stated"]
        sums = own.groupby(own["month"].dt.year)[columns].sum().reindex(years)
        events = own["expected"].isna().all()
        asked = set(own["month"].dt.year)
        cells = [
            None
            if one.Index not in asked
            else whole(one.present)
            if events
            else percent(int(one.present) / int(one.expected))
            for one in sums.itertuples()
        ]
        rows.append([name, own["unit"].iloc[0] if events else "share", *cells])
        if own["provisional"].sum() > 0:
            early = [
                _provisional(int(one.provisional), int(one.stated), int(one.present))
                if one.Index in asked
                else None
                for one in sums.itertuples()
            ]
            rows.append([name, "provisional", *early])
    made = grid(
        ["source", "what", *map(str, years)], rows, "Share present, or earthquakes, by year"
    )
    made.numeric = [False, False] + [True] * len(years)
    return made


def remarks(months: pd.DataFrame) -> Grid:
    """Months on which there is something to say; neighbours that say the same make one row.

    What a remark counts (`words: number`) is summed over the months of its row.
    """
    rows: list[dict] = []
    told = months[months["note"].fillna("") != ""]
    for one in told.itertuples():
        counts = dict(_counted(text) for text in one.note.split("; "))
        before = rows[-1] if rows else None
        if (
            before
            and before["source"] == one.source
            and list(before["counts"]) == list(counts)
            and before["last"] + pd.DateOffset(months=1) == one.month
        ):
            before["last"] = one.month
            before["counts"] = {text: before["counts"][text] + counts[text] for text in counts}
        else:
            ends = {"first": one.month, "last": one.month}
            rows.append({"source": one.source, "counts": counts, **ends})
    cells = [
        [row["source"], f"{row['first']:%Y-%m}", f"{row['last']:%Y-%m}", _remark(row["counts"])]
        for row in rows
    ]
    return grid(["source", "from", "to", "remark"], cells)


def _counted(text: str) -> tuple[str, int]:
    """The words of a remark and its number; 0 for one that counts nothing."""
    words, colon, number = text.rpartition(": ")
    return (words, int(number)) if colon and number.isdigit() else (text, 0)


def _remark(counts: dict[str, int]) -> str:
    """A remark with its numbers."""
    return "; ".join(f"{text}: {whole(n)}" if n else text for text, n in counts.items())


def cleaned(counts: pd.DataFrame | None) -> Grid:
    """What cleaning left out, by source, over all its partitions."""
    rows: list[list] = []
    if counts is not None and len(counts):
        sums = counts.groupby(["source", "what"], sort=False)["n"].sum()
        rows = [[source, what, whole(n)] for (source, what), n in sums.items()]
    made = grid(
        ["source", "what", "rows"],
        rows,
        "Left out or replaced by cleaning, in all files of the store",
    )
    made.numeric = [False, False, True]
    return made


def gap_sums(gaps: pd.DataFrame) -> Grid:
    """Gaps of each source by reason."""
    sums = gaps.groupby(["source", "why", "unit"], sort=False)["length"]
    rows = [
        [source, why, *map(whole, (own.size, own.sum(), own.max())), unit]
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
            whole(one.length),
            one.unit,
            one.why,
        ]
        for one in listed.itertuples()
    ]
    head = ["source", "start (UTC)", "end (UTC)", "missing", "unit", "reason"]
    made = grid(head, rows)
    made.numeric = [False] * 3 + [True, False, False]
    return made


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

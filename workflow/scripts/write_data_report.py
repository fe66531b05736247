"""Write the quality page of a run's data: availability, gaps, counts, licences, citations.

- What was asked for comes from the receipts and the calendar, what is there from the store.
- Tables (parquet), references (bib) and chart (svg, png) stand beside the page (html).
"""

import json
from pathlib import Path

from laicflow.files import write_text
from laicflow.joblog import job
from laicflow.plots import availability as chart
from laicflow.plots import drawing, style
from laicflow.report import quality, timelines
from laicflow.report import quality_tables as made
from laicflow.report.page import load_receipts
from laicflow.store import provenance, write_parquet


def write(inputs: dict, outputs: dict, options: dict, code: str) -> None:
    """Make the tables, draw the chart and write the page."""
    receipts = load_receipts(inputs["receipts"])
    stores = {(Path(file).parent.name, Path(file).stem): file for file in inputs["stores"]}
    lines = timelines.read(receipts, stores, options["settings"])
    tables = {
        "availability": made.availability(lines),
        "gaps": made.gaps(lines),
        "catalogs": made.catalog_counts(
            {Path(file).stem: file for file in inputs["catalogs"]},
            {Path(file).name.split(".")[0]: file for file in inputs["removed"]},
        ),
        "references": made.references(options["settings"], receipts),
        "cleaning": made.cleaning(stores),
    }
    told = provenance(inputs["receipts"])
    for file in outputs["tables"]:
        table = tables[Path(file).stem]
        units = {column: unit for column, unit in made.UNITS.items() if column in table}
        write_parquet(table, file, attributes={**told, "units": json.dumps(units)})
    write_text(made.bibliography(tables["references"]), outputs["bib"])
    with style.applied():
        about = {"caption": "Availability by source and month", "licence": told["licence"]}
        figure = chart.draw(tables["availability"]).figure
        drawing.save(figure, svg=outputs["svg"], png=outputs["png"], attributes=about)
    text = quality.page(
        tables, receipts, outputs["svg"], options, code=code, completeness=inputs["completeness"]
    )
    write_text(text, outputs["html"])
    print(f"{len(tables['availability'])} months of sources, {len(tables['gaps'])} gaps")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        kinds = "receipts stores catalogs removed completeness".split()
        inputs = {kind: list(snakemake.input.get(kind, [])) for kind in kinds}
        outputs = {name: snakemake.output[name] for name in ("html", "bib", "svg", "png")}
        outputs["tables"] = list(snakemake.output.tables)
        write(inputs, outputs, snakemake.params.options, snakemake.params.code)

"""Make a table of a study, one frame in all formats.

- csv and parquet hold every column and digit; Markdown and LaTeX are for people, rounded, with
  numbers and their intervals in one cell.
- The study's own `tables.<name>` makes it from the results that targets.csv says it needs.
- It is held to its row of targets.csv before anything is written.
- The caption says where the networks are not the published ones.
"""

import importlib
import json
from pathlib import Path

from laicflow.files import write_text
from laicflow.joblog import job
from laicflow.report import captions
from laicflow.report.formats import as_csv, as_markdown, as_tex
from laicflow.report.targets import parse
from laicflow.store import provenance, write_parquet
from laicflow.studies.results import load


def make(inputs: list[str], outputs: dict[str, str], options: dict) -> None:
    """Write the files of the table that `options["target"]` describes."""
    target = parse(options["target"])
    module = importlib.import_module(f"laicflow.studies.{target.study}.tables")
    base = Path(outputs["csv"]).parents[1]
    results = load(
        options["settings"],
        base,
        list(target.needs),
        run=options["run"],
        study=target.study,
        of=target.variants,
    )
    table = getattr(module, target.name)(results)
    units = module.units(list(table.columns))
    target.check(table, units)
    readable = module.readable(target.name, table)
    remarks = captions.remarks(results, options.get("shipped"), table)
    caption = captions.whole(target.caption, remarks)
    write_text(as_csv(table), outputs["csv"])
    write_text(f"{caption}\n\n{as_markdown(readable)}", outputs["md"])
    write_text(as_tex(readable, caption, target.stem), outputs["tex"])
    told = {"units": json.dumps(units, sort_keys=True), "caption": caption}
    write_parquet(table, outputs["parquet"], attributes={**provenance(inputs), **told})
    print(f"{caption}\n\n{as_markdown(readable)}")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        make(list(snakemake.input), dict(snakemake.output.items()), snakemake.params.options)

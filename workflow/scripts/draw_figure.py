"""Draw a figure of a study: picture (svg, png) and the very numbers in it (parquet).

- The study's own `figures.<name>` draws it from the results that targets.csv says it needs.
- The numbers are held to their row of targets.csv before anything is written.
- The caption, an attribute of all three files, says where the networks are not the published ones.
"""

import importlib
from pathlib import Path

from laicflow.joblog import job
from laicflow.plots.drawing import render
from laicflow.report import captions
from laicflow.report.targets import parse
from laicflow.store import provenance
from laicflow.studies.results import load


def draw(inputs: list[str], outputs: dict[str, str], options: dict) -> None:
    """Write the files of the figure that `options["target"]` describes."""
    target = parse(options["target"])
    module = importlib.import_module(f"laicflow.studies.{target.study}.figures")
    base = Path(outputs["svg"]).parents[1]
    results = load(
        options["settings"],
        base,
        list(target.needs),
        run=options["run"],
        study=target.study,
        of=target.variants,
    )
    function = getattr(module, target.name)
    caption = captions.whole(target.caption, captions.remarks(results, options.get("shipped")))
    told = {**provenance(inputs), "caption": caption}
    drawn = render(function, results, outputs, attributes=told, check=target.check)
    print(f"{caption}\n{target.stem}: {len(drawn.data)} numbers")


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        draw(list(snakemake.input), dict(snakemake.output.items()), snakemake.params.options)

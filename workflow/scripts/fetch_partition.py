"""Bring the files of one partition of a source to data/raw and leave a receipt.

- The base URLs are the source's own, those of the configuration, or a replica's on loopback.
- What has arrived and is whole is not asked for again.
"""

import datetime as dt
from pathlib import Path

from laicflow import config, fetch, plan
from laicflow.fetch_versions import told_by
from laicflow.files import write_json
from laicflow.joblog import job
from laicflow.upstream import served


def bring(receipt: str, options: dict, whole: dict) -> None:
    """Fetch one partition; `options` are those of the rule, `whole` the configuration."""
    source, settings = options["source"], dict(options["settings"])
    if options["origin"].startswith("world-"):
        settings |= {"licence": "simulated", "citation": "simulated by laicflow"}
    own, part = whole["bases"].get(source, []), options["partition"]
    asked = [options["asked"], options["first"], options["last"]]
    listing = plan.listing(options["origin"], source, part, asked)
    with served(whole, source, options["settings"], own, options["origin"]) as bases:
        result = fetch.fetch_partition(
            source,
            part,
            settings=settings,
            options=options["asked"],
            bases=bases,
            raw=Path("data/raw") / options["origin"],
            start=dt.date.fromisoformat(options["first"]),
            end=dt.date.fromisoformat(options["last"]),
            now=config.now(),
            allow_missing=options["asked"].get("allow_missing", []),
            recheck=options["recheck"],
            listed=plan.changed_at(listing),
            told=told_by(listing),
        )
    print(f"{source} {part}: {len(result['files'])} files")
    for gap in result["missing"]:
        print(f"{source} {gap['day']}: {gap['why']}")
    write_json(result, receipt)


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        bring(snakemake.output[0], snakemake.params.options, snakemake.config)

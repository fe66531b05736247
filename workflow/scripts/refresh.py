"""List what the upstreams have now of every open partition; nothing is downloaded."""

from laicflow import config, fetch_listing, plan
from laicflow.errors import FetchError
from laicflow.joblog import job
from laicflow.progress import track
from laicflow.store import write_json
from laicflow.upstream import served


def refresh(options: dict, whole: dict) -> None:
    """Write a listing a partition; one that cannot be had leaves the earlier one as it is."""
    now = config.now()
    failed = []
    for source, parts in options["partitions"].items():
        settings = options["settings"][source]
        asked = whole["sources"].get(source, {})
        first, last = plan.period(whole, source)
        own = whole["bases"].get(source, [])
        with served(whole, source, settings, own, options["origin"]) as bases:
            for part in track(parts, f"listing {source}"):
                try:
                    found = fetch_listing.list_partition(
                        source,
                        part,
                        settings=settings,
                        options=asked,
                        bases=bases,
                        start=first,
                        end=last,
                        now=now,
                    )
                except FetchError as error:
                    failed.append(f"{source} {part}: {error}")
                    continue
                write_json(
                    found | {"as_of": now.isoformat()},
                    plan.listing(options["origin"], source, part),
                )
                print(f"{source} {part}: {sum(f['exists'] for f in found['files'])} files there")
    if failed:
        raise FetchError("\n  ".join([f"{len(failed)} listings could not be had", *failed]))


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        refresh(snakemake.params.options, snakemake.config)

"""Put the alarms of a variant before the referee: every check a row, and a verdict of their own."""

import importlib

from laicflow.audit.alarms.verdict import verdict
from laicflow.audit.run import run_alarm_checks
from laicflow.files import write_json
from laicflow.joblog import job
from laicflow.store import provenance, read_netcdf, read_parquet, write_parquet


def judge(inputs: dict[str, str], outputs: dict, wildcards: dict, options: dict) -> None:
    """Write the table `audit` of the alarms of a variant and their verdict."""
    module = importlib.import_module(f"laicflow.studies.{wildcards['study']}.alarms_audited")
    context = module.context(
        read_parquet(inputs["anomalies"]),
        read_netcdf(inputs["tensors"]),
        read_parquet(inputs["catalog"]),
        read_parquet(inputs["audit"]),
        options["study"],
        variant=wildcards["variant"],
        names=(*options["names"], str(options["seed"])),
        gates=options["gates"],
        receiver_bias=options["receiver_bias"],
    )
    audit = run_alarm_checks(context)
    write_parquet(audit, outputs["audit"], attributes=provenance(inputs.values()))
    said = verdict(context, audit)
    for case in said["cases"]:
        print(f"{case['label']}: {case['text']}")
    write_json(said, outputs["verdict"])


if __name__ == "__main__":
    with job(snakemake.log[0], snakemake.params.code):
        read, written = (dict(one.items()) for one in (snakemake.input, snakemake.output))
        named = dict(snakemake.wildcards.items())
        judge(read, written, named, snakemake.params.options)

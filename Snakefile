# laicflow: from public observations to the tables, figures and audit of precursor studies.
# `snakemake --list-target-rules` names what can be made; README.md says how.
import os, sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from laicflow import cases, config as settings, digest, left_out
from laicflow import environments, limits, plan, plan_now, resources
from laicflow.errors import ConfigError
from laicflow.sources import registry as sources


configfile: str(ROOT / "config/config.yaml")


STUDIES = settings.study_names(ROOT / "config")
for _study in STUDIES:

    configfile: str(ROOT / f"config/studies/{_study}.yaml")


config.update(settings.plain(config))
LEFT_OUT = left_out.settle(config, ROOT / "config")
plan.check_sources(config, ROOT / "config")
UPSTREAM = plan.origin(config, ROOT / "requirements.lock")
CASE = cases.settle(config, UPSTREAM["folder"])


pathvars:
    run=f"results/{config['run']}",
    store=f"results/{config['run']}/store",


wildcard_constraints:
    study="|".join(STUDIES),
    source="[a-z0-9_]+",
    catalog="[a-z0-9_]+",
    method="box|gardner-knopoff|reasenberg|nearest-neighbor|none",
    partition=r"\d{4}-\d{2}|\d{4}|all",
    world=r"observed|inject-[a-z0-9]+",
    preparation="[a-z0-9-]+",
    variant="(?!compared/)[a-z][a-z0-9-]*",
    experiment="[a-z][a-z0-9_-]*",
    seed=r"\d+",
    group="[a-z]+",


RULES = "common fetch clean stations catalog tensors radiation samples train evaluate anomalies audit report ingest prospective case"
for _name in RULES.split():

    include: f"workflow/rules/{_name}.smk"


_FILES = sorted((ROOT / "workflow/rules/studies").glob("*.smk"))
for _file in [*_FILES, ROOT / "workflow/rules/targets.smk"]:

    include: str(_file)


digest.save_cache(".snakemake/laicflow-digests.json")


rule all:
    """The reports of all studies in the list `studies`"""
    default_target: True
    input:
        [f"results/{config['run']}/{study}/report.html" for study in config["studies"]],


resources.from_environment(workflow)


onstart:
    limits.say(workflow, config, ROOT / "config", TOGETHER)

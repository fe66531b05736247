"""What a run is about to do, said in a second, and a stop before days of training on a CPU."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from laicflow import config as settings
from laicflow.errors import ConfigError
from laicflow.files import is_hidden
from laicflow.resources import GPU, TRAINING
from laicflow.sources import registry

# Seconds on one CPU core for one training sample of 6 x 32 x 32 (forward, backward, step) in
# batches of 32, as measured; a network that is not listed counts as the slowest.
CPU_SECONDS = {
    "convnext_tiny": 0.017,
    "densenet121": 0.015,
    "effnetv2_modified": 0.114,
    "mobilenetv3_large_100": 0.009,
    "resnet50": 0.022,
    "resnetrs50": 0.030,
    "tf_efficientnetv2_s": 0.029,
    "vgg16": 0.137,
}
# Seconds on one CPU core for one minute of a training window, batches of 32.
CPU_SECONDS_PER_MINUTE = {"vgg_magnetic": 9e-6}
# Seconds on one CPU core for one window of 20 samples along an orbit in batches of 64, as measured:
# networks of middle size of the space that is searched.
CPU_SECONDS_PER_WINDOW = {
    "cnn_sequence": 6e-5,
    "dnn_sequence": 5e-5,
    "lstm_sequence": 5e-4,
    "seqnetquake": 2.5e-4,
}
# The same for models that are fitted once, without epochs.
CPU_SECONDS_PER_FIT = {"gbm": 1.5e-4, "random_forest": 1e-3}
# Seconds on one CPU core for one window of 48 steps of 9 features that is forecast from, in batches
# of 64, as measured: networks of 100 units, four values; and models that are fitted once.
CPU_SECONDS_PER_WINDOW |= {"dense_forecaster": 5e-5, "ed_lstme": 4.5e-4}
CPU_SECONDS_PER_FIT |= {
    "forest_forecaster": 2.5e-2,
    "gbm_forecaster": 1.5e-2,
    "tree_forecaster": 5e-4,
}
# Seconds on one CPU core for each pair of windows that a model is fitted to: four values, 2000 to
# 15000 windows, as measured.
CPU_SECONDS_PER_PAIR = {"svm_forecaster": 7e-7}
# Samples of a class where a study takes all there are: as many as the real catalogs give.
ALL_SAMPLES = 100_000
# Epochs of a trial of tuning on the average of those that are searched.
TRIAL_EPOCHS = 50
# The least that a sample takes in a reduced network, whose layers are too small to keep a core
# busy: none was measured to take more.
REDUCED_SECONDS = 0.005

# The rule that trains a network anew for each trial, that which trains in simulated worlds, and
# that which trains a study on that goes on after its period.
TUNING = "tune_model"
WORLDS = "try_world"
UPDATING = "update_study"

Planned = list[tuple[str, dict[str, str]]]


def planned(jobs: Iterable) -> Planned:
    """Rule and wildcards of Snakemake's jobs."""
    return [(job.rule.name, dict(job.wildcards_dict)) for job in jobs]


def has_gpu() -> bool:
    """Whether an NVIDIA or AMD GPU has a device file here; imports no torch."""
    return Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists()


def shares(split: dict) -> list[float]:
    """The share of all samples that train in each fold of a split, before any purging.

    Parameters
    ----------
    split : kind, test, validation, folds, blocks and regions, as in the configuration
    """
    kind = split["kind"]
    if kind == "rolling":
        # Tested from the third block on, validated on the one before, trained on those before.
        blocks = split["blocks"]
        return [earlier / blocks for earlier in range(1, blocks - 1)]
    if kind == "dates":
        # What `samples_of` counts trains.
        return [1.0]
    if kind == "chronological":
        return [1 - split["test"] - split["validation"]]
    if kind in ("blocks", "region"):
        folds = split["blocks" if kind == "blocks" else "regions"]
        return [1 - 2 / folds] * folds
    folds = split.get("folds", 1)
    test = 1 / folds if folds > 1 else split["test"]
    return [1 - test - split["validation"]] * folds


def training_of(study: dict, experiment: str) -> dict:
    """How a network is trained: the study's settings with the experiment's own over them."""
    own = study["experiments"][experiment].get("training", {})
    return settings.merge(study["training"], own)


def fits(
    rule: str, wildcards: dict[str, str], config: dict, begun: Container[str] = ()
) -> tuple[int, float]:
    """How many networks a job trains, and the hours that this would take on one CPU core.

    The hours take the full number of samples and of epochs, so they are an upper limit where data
    are few or training stops early. Of a study that goes on windows since its period count as
    many as its own.

    Parameters
    ----------
    begun : studies that go on and whose first model there is: they train on from that one
    """
    found = _training(rule, wildcards, config)
    if found is None:
        return 0, 0.0
    study, experiment, runs = found
    own = study["experiments"][experiment]
    width, depth = _width_and_depth(study, experiment)
    each = CPU_SECONDS.get(own["model"], max(CPU_SECONDS.values()))
    if own["model"] in CPU_SECONDS_PER_MINUTE:
        each = CPU_SECONDS_PER_MINUTE[own["model"]] * study["window"]["minutes"]
    if own["model"] in CPU_SECONDS_PER_WINDOW:
        each = CPU_SECONDS_PER_WINDOW[own["model"]]
    if own["model"] in CPU_SECONDS_PER_FIT:
        each = CPU_SECONDS_PER_FIT[own["model"]]
    if width < 1 or depth < 1:
        # Never more than the whole network takes.
        each = max(each * width**2 * depth, min(each, REDUCED_SECONDS))
    if study["split"]["kind"] == "dates":
        each *= min(1.0, study["window"]["lag_hours"] * 60 / study["series"]["step_minutes"] / 48)
    number = len(_shares(rule, study)) * runs
    every = rows(rule, wildcards, config)
    if own["model"] in CPU_SECONDS_PER_PAIR:
        each = CPU_SECONDS_PER_PAIR[own["model"]] * every / max(number, 1)
    once = own["model"] in CPU_SECONDS_PER_FIT or own["model"] in CPU_SECONDS_PER_PAIR
    epochs = 1 if once else _epochs(rule, study, experiment)
    if rule == UPDATING:
        later = study["prospective"]["epochs"]
        epochs = later if wildcards["study"] in begun else epochs + later
    return number, each * every * epochs / 3600


def rows(rule: str, wildcards: dict[str, str], config: dict) -> float:
    """Samples that a job trains on in an epoch at most, all its folds and draws together."""
    found = _training(rule, wildcards, config)
    if found is None:
        return 0.0
    study, _, runs = found
    samples = samples_of(study)
    if rule == TUNING:
        samples = min(samples, study["tuning"].get("rows") or samples)
    return samples * sum(_shares(rule, study)) * runs


def _shares(rule: str, study: dict) -> list[float]:
    """The share of all samples that train in each fold; what goes on holds none out."""
    return [1.0] if rule == UPDATING else shares(study["split"])


def _epochs(rule: str, study: dict, experiment: str) -> float:
    """Epochs of a training: of a trial on the average, of what is tuned the most that is searched.

    Only where the configuration lists the epochs that are searched; else those of the training.
    """
    own, tuning = study["experiments"][experiment], study.get("tuning", {})
    space = (tuning.get("search") or {}).get(own["model"], {}).get("epochs")
    searched = space if isinstance(space, list) else []
    told = training_of(study, experiment)["epochs"]
    if rule == TUNING:
        told = told if tuning.get("rows") else TRIAL_EPOCHS
        return sum(searched) / len(searched) if searched else told
    own_epochs = "epochs" in own.get("training", {})
    return max(searched) if searched and tuning.get("trials") and not own_epochs else told


def is_reduced(rule: str, wildcards: dict[str, str], config: dict) -> bool:
    """Whether a job trains networks that are narrower or shallower than the published ones."""
    found = _training(rule, wildcards, config)
    return found is not None and min(_width_and_depth(*found[:2])) < 1


def model_of(rule: str, wildcards: dict[str, str], config: dict) -> str:
    """The network that a job trains, as the configuration names it; nothing of any other job."""
    found = _training(rule, wildcards, config)
    return found[0]["experiments"][found[1]]["model"] if found else ""


def _width_and_depth(study: dict, experiment: str) -> tuple[float, float]:
    """Width and depth of a network as shares of the published ones."""
    options = {**study["models"], **study["experiments"][experiment].get("options", {})}
    return options.get("width", 1), options.get("depth", 1)


def samples_of(study: dict) -> int:
    """The most samples of a study, all classes together; of forecasts the windows that train."""
    rules = study["samples"]
    if study["split"]["kind"] == "dates":
        return min(_windows_by_date(study), rules["most"] or ALL_SAMPLES)
    if "per_class" in rules:
        return 2 * rules["per_class"]
    return 3 * (rules["most"] or ALL_SAMPLES)


def _windows_by_date(study: dict) -> int:
    """Windows of forecasts before the first date that is held out."""
    split, window = study["split"], study["window"]
    until = split["validation_from"] if split["validate"] else split["test_from"]
    days = dt.date.fromisoformat(until) - dt.date.fromisoformat(study["period"]["start"])
    step = study["series"]["step_minutes"] / 60
    apart = window["horizon_hours"] if window["every"] == "horizon" else step
    return max(1, int(days.days * 24 / apart))


def cpu_hours(jobs: Planned, config: dict) -> float:
    """Hours that the training among `jobs` would take on one CPU core, at most."""
    return sum(fits(rule, wildcards, config)[1] for rule, wildcards in jobs)


def _training(rule: str, wildcards: dict[str, str], config: dict) -> tuple[dict, str, int] | None:
    """What a job trains: study, experiment, how often all folds; None for any other job."""
    if rule == UPDATING:
        name = wildcards["study"]
        study = settings.study(config, name, config[name]["prospective"]["variant"])
        return study, study["headline"]["experiment"], 1
    if rule in TRAINING:
        study = settings.study(config, wildcards["study"], wildcards["variant"])
        runs = {
            "train_draws": study["split"]["draws"] - 1,
            TUNING: study.get("tuning", {}).get("trials", 0),
        }
        return study, wildcards["experiment"], runs.get(rule, 1)
    if rule != WORLDS:
        return None
    name = next(name for name in config["studies"] if "worlds" in config[name])
    worlds = config[name]["worlds"]
    whole = {name: settings.merge(config[name], worlds["study"])}
    study = settings.study(whole, name, worlds["variant"])
    return study, worlds["experiment"], len(study["seeds"]) * study["split"]["draws"]


def announce(
    jobs: Planned,
    config: dict,
    accounts: dict[str, str],
    *,
    cluster: bool,
    together: dict[str, Planned] | None = None,
    begun: Container[str] = (),
) -> str:
    """What the run is about to do, as one paragraph.

    Parameters
    ----------
    jobs : the planned jobs
    config : the whole configuration
    accounts : what account each source asks for (`none` for no account)
    cluster : whether jobs go to a scheduler, whose GPUs cannot be seen from here
    together : of a rule that does what other rules would, rule and wildcards of each
    begun : as of `fits`

    Raises
    ------
    ConfigError : trainings of a variant in one job on a cluster; training beyond
        `limits.cpu_hours` on a machine without a GPU, and `accept_cpu` is false
    """
    asked = {wildcards["source"] for rule, wildcards in jobs if rule == "fetch_partition"}
    closed = sorted(name for name in asked if accounts.get(name, "none") != "none")
    fetches = sum(rule == "fetch_partition" for rule, _ in jobs)
    lines = [f"run {config['run']}: {len(jobs)} jobs, {fetches} of them fetch"]
    together = together or {}
    whole = [one for job in jobs for one in together.get(job[0], [job])]
    planned_fits = [fits(rule, wildcards, config, begun) for rule, wildcards in whole]
    if count := sum(number for number, _ in planned_fits):
        lines.append(f"{count} trainings, {_gpu_jobs(jobs, together, cluster)}")
    if config["upstream"] == "internet" and closed:
        lines.append(f"an account is needed for {', '.join(closed)}")
    hours = sum(one for _, one in planned_fits)
    if hours and not cluster and not has_gpu():
        lines.append(f"training on the CPU: {_cpu_hours(hours, config)}")
    return "; ".join(lines)


def _gpu_jobs(jobs: Planned, together: dict[str, Planned], cluster: bool) -> str:
    """How many jobs can use a GPU, in words; on a cluster none does what others would."""
    gpu = sum(rule in (*GPU, *together) for rule, _ in jobs)
    if cluster and gpu and together:
        raise ConfigError(
            "training_jobs: variant is for one machine; a cluster gives each training a GPU, "
            "memory and time of its own: --config training_jobs=experiment"
        )
    return f"{gpu} jobs that can use a GPU"


def _cpu_hours(hours: float, config: dict) -> str:
    """The hours of a training without a GPU, in words, where they are allowed."""
    if hours > config["limits"]["cpu_hours"] and not config["accept_cpu"]:
        raise ConfigError(
            f"training would take about {hours:.0f} hours of one CPU core (limits.cpu_hours is "
            f"{config['limits']['cpu_hours']}) and there is no GPU here. Use a machine with a "
            "GPU or `--profile slurm`, reduce seeds, draws or epochs, or set accept_cpu: true"
        )
    return f"at most {hours:.1f} core hours"


def check_silent(described: Iterable[dict], environment: Mapping[str, str] = os.environ) -> None:
    """Refuse `--verbose` on a cluster where the environment holds a login.

    Slurm's plugin then writes every variable of a job into the job's log.

    Parameters
    ----------
    described : settings of the sources, whose `credentials` name variables

    Raises
    ------
    ConfigError : names the variables that are set
    """
    named = {one for own in described for one in own.get("credentials", {}).values()}
    if known := sorted(name for name in named if environment.get(name)):
        raise ConfigError(
            f"--verbose would write {' and '.join(known)} into the logs of cluster jobs: leave "
            "--verbose out, or unset them for a run that fetches nothing"
        )


def with_models(config: dict, ledgers: Path) -> set[str]:
    """The listed studies that go on and whose ledger has a finished model of this run.

    Parameters
    ----------
    ledgers : folder with a folder `<study>/models` each, as `laicflow.prospective_models` writes it
    """
    found = set()
    for name in config["studies"]:
        for path in (ledgers / name / "models").glob("*.json"):
            if is_hidden(path) or path.name.endswith(".provenance.json"):
                continue
            # `names` are run, study, variant, experiment and seed.
            names = json.loads(path.read_text(encoding="utf-8")).get("names", [])
            if names[:3] == [config["run"], name, config[name]["prospective"]["variant"]]:
                found.add(name)
    return found


def say(workflow: Any, config: dict, folder: Path, together: dict[str, Planned]) -> None:
    """Announce a parsed and planned Snakemake workflow on stderr.

    Parameters
    ----------
    folder : of config
    together : as of `announce`
    """
    names = {path.stem for path in (folder / "sources").glob("*.yaml")}
    described = {name: registry.settings(name, folder) for name in names}
    accounts = {name: own["account"] for name, own in described.items()}
    # A folder of one's own asks for no account.
    for name, bases in config["bases"].items():
        if all(base.startswith("file:") for base in bases):
            accounts[name] = "none"
    jobs = planned(workflow.dag.needrun_jobs())
    cluster = not workflow.local_exec
    if cluster and workflow.output_settings.verbose:
        check_silent(described.values())
    known = with_models(config, Path("ledger"))
    text = announce(jobs, config, accounts, cluster=cluster, together=together, begun=known)
    print(text, file=sys.stderr)

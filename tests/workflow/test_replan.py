"""Every key of the configuration plans something anew; what changes nothing is named here."""

from __future__ import annotations

import ast
import copy

import pytest

from laicflow import config as settings
from laicflow.errors import ConfigError
from tests.workflow.other_values import CASE, CHOICES, FIXED
from tests.workflow.planning import plan
from tests.workflow.running import ROOT

# Keys that steer a run and change no number in it.
SILENT = {("studies",), ("limits", "cpu_hours"), ("accept_cpu",)}
# Keys of the target `case`, of which the studies' own targets know nothing (test_case.py).
SILENT |= set(CASE)
# Keys that the report prints and nothing else reads.
TEXT = {
    (study, key)
    for study in ("pham2023", "petrescu2022", "seqnetquake", "edlstme")
    for key in ("title", "citation", "question")
} | {("seqnetquake", "first_page")}
# Printed numbers of which this study has no figure or table, but the report alone.
TEXT |= {
    ("edlstme", "claims", "ed_rmse", key)
    for key in ("value", "unit", "where", "experiment", "metric")
} | {("edlstme", "claims", "gain_arima_r2", key) for key in ("improves", "over", "measure")}


# Each key is a plan of its own; so many tests share them.
PARTS = {"pham2023": 5, "petrescu2022": 5, "seqnetquake": 6, "edlstme": 6}
OVERLAYS = {
    "pham2023": "tests/workflow/smoke.yaml",
    "petrescu2022": "config/demo/petrescu2022.yaml",
    "seqnetquake": "config/demo/seqnetquake.yaml",
    "edlstme": "config/demo/edlstme.yaml",
}

METHODS = ("box", "gardner-knopoff", "reasenberg", "nearest-neighbor", "none")
TARGETS = (
    "all",
    "data_report",
    "results/smoke/pham2023/figures/pham2023_worlds.png",
    *(f"results/smoke/catalog/usgs.{method}.parquet" for method in METHODS),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("plan")


# All that the second study makes beside its report.
FURTHER = ("petrescu2022_planted",)


def loaded(study):
    """The configuration of the run that tries the keys of a study."""
    return settings.load(ROOT / "config", (ROOT / OVERLAYS[study],))


@pytest.fixture(scope="module")
def config():
    return loaded("pham2023")


@pytest.fixture(scope="module")
def before(config, folder):
    return plan(config, folder, TARGETS)


def targets_of(config):
    """The targets under the name of a run."""
    if config["studies"] == ["petrescu2022"]:
        return ("all", *FURTHER)
    if config["studies"] in (["seqnetquake"], ["edlstme"]):
        return ("all",)
    return tuple(target.replace("smoke", config["run"]) for target in TARGETS)


def leaves(value, path=()):
    """Paths of all values of a nested mapping that are no mappings themselves."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path


def other(value):
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1 if isinstance(value, int) else value * 0.9
    if isinstance(value, list):
        return [*value[:-1], other(value[-1])] if value else None
    if isinstance(value, str) and len(value) == 10 and value[4] == "-":
        return value[:8] + ("02" if value[8:] != "02" else "03")
    if isinstance(value, str):
        return value + "x"
    return None


def alternative(path, value, rules):
    """Another value that the schema allows at a place."""
    if path in CHOICES:
        return CHOICES[path]
    if path[-1] == "model":
        return "densenet121" if value != "densenet121" else "resnet50"
    if path[-1] == "trained":
        return ["effnetv2", "convnext"] if value == "headline" else [*value, "convnext"]
    if path[1:2] == ("variants",):  # a variant overrides keys of its study
        path = (path[0], *path[3:])
    defined = rules["$defs"]
    for key in path:
        own = rules.get("properties", {})
        rules = own[key] if key in own else rules.get("additionalProperties") or {}
        rules = rules if isinstance(rules, dict) else {}
        rules = defined[rules["$ref"].rpartition("/")[2]] if "$ref" in rules else rules
    allowed = [one for one in rules.get("enum", []) if one != value]
    return allowed[0] if allowed else other(value)


# Variants that hold the same keys begin so.
PROBES = ("gap-", "split-", "clean-", "planted")
# What this run asks for; the options of the others change nothing here.
ASKED = ("code", "usgs")
# Of the keys outside it, those that the second study alone reads.
SECOND = (("simulate", "geomagnetic"), ("simulate", "maps"), ("sources", "intermagnet"))
# And the third.
THIRD = (("simulate", "probes"),)


def is_of(study, path):
    """Whether a key is tried with a study: its own, or with the first all that no study owns."""
    if study == "pham2023":
        of_others = path[0] in PARTS and path[0] != study
        return not of_others and path[:2] not in (*SECOND, *THIRD)
    if study == "seqnetquake":
        return path[0] == study or path[:2] in THIRD
    return path[0] == study or (study == "petrescu2022" and path[:2] in SECOND)


def is_fixed(path):
    """Whether a key has no other value, or belongs to what this run does not take."""
    kind, *names = path
    if names[:1] == ["variants"] and names[-1] == "follow":  # test: only where nothing is chosen
        return True
    # Another experiment would not be among those that the variant trains.
    if names[:1] == ["variants"] and names[-2:] == ["headline", "experiment"]:
        return True
    if names[:1] == ["prospective"]:  # of the rule update_study, which these runs do not ask for
        return True
    if (kind, *names[:1]) in SECOND:
        return path in FIXED
    return (
        path in FIXED
        or (kind == "sources" and names[0] not in ASKED)
        or (kind == "catalogs" and names[0] != "usgs")
    )


def changed_at(config, path, value):
    """A copy of the configuration with another value at a place."""
    changed = copy.deepcopy(config)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def tried(config, study):
    """The keys that are changed in turn: of claims and of probes that hold the same, one each."""
    seen = set()
    for path in leaves(config):
        if path in SILENT or is_fixed(path) or not is_of(study, path):
            continue
        kind = path
        if path[1:2] == ("claims",):
            kind = ("claims", path[-1])
        elif path[1:2] == ("variants",) and path[2].startswith(PROBES):
            kind = ("probe", *path[3:])
        elif path[1:2] == ("experiments",) and study != "pham2023":
            kind = ("experiment", *path[3:])
        elif path[:2] in (("seqnetquake", "variants"), ("edlstme", "variants")):
            kind = ("probe", *path[3:])
        elif path[:2] in (("seqnetquake", "preparations"), ("seqnetquake", "missions")):
            kind = (path[1], *path[3:])
        elif path[1:3] == ("tuning", "search"):
            kind = ("search",)
        elif path[:2] in (("edlstme", "preparations"), ("edlstme", "printed")):
            kind = (path[1], path[-1])
        if kind not in seen:
            seen.add(kind)
            yield path


@pytest.mark.parametrize(
    ("study", "part"), [(study, part) for study in PARTS for part in range(PARTS[study])]
)
def test_every_key_plans_something_anew(folder, study, part):
    rules = settings.schema(ROOT / "config")
    config = loaded(study)
    before = plan(config, folder, targets_of(config))
    unmoved = []
    for path in list(tried(config, study))[part :: PARTS[study]]:
        value = config
        for key in path:
            value = value[key]
        changed = changed_at(config, path, alternative(path, value, rules))
        try:
            after = plan(changed, folder, targets_of(changed))
        except ConfigError as error:
            unmoved.append(f"{'.'.join(path)} cannot be planned: {error}")
            continue
        moved = {after[out][0] for out in after if before.get(out) != after[out]}
        # The report shows every setting of a study: what moves it alone must be text.
        if moved <= {"write_report"} and not (moved and path in TEXT) and set(after) == set(before):
            unmoved.append(".".join(path))
    assert unmoved == []


def test_silent_keys_plan_nothing_anew(config, before, folder):
    for path in SILENT - {("studies",)}:
        value = config
        for key in path:
            value = value[key]
        changed = changed_at(config, path, CASE.get(path, other(value)))
        assert plan(changed, folder, TARGETS) == before, path


def test_params_hold_nothing_that_snakemake_cannot_compare(before):
    for name, params in before.values():
        assert len(params) == 2, name
        for text in params:
            ast.literal_eval(text)  # plain values alone: no object, no numpy scalar, no date


def test_one_source_alone_is_fetched_anew(config, before, folder):
    changed = copy.deepcopy(config)
    changed["sources"]["usgs"]["minmagnitude"] = 4.5
    after = plan(changed, folder, targets_of(changed))
    moved = {out[0] for out in before if before[out] != after[out]}
    fetched = {out for out in moved if "/fetch/" in out}
    assert fetched and all("/fetch/usgs/" in out for out in fetched)
    assert moved - fetched == {"results/smoke/pham2023/report.html"}  # it prints what was asked


def test_labels_do_not_touch_the_tensors(config, before, folder):
    changed = copy.deepcopy(config)
    changed["pham2023"]["normal"]["gap_days"] = 5
    after = plan(changed, folder, targets_of(changed))
    moved = {before[out][0] for out in before if before[out] != after[out]}
    assert "select_samples" in moved and "build_tensors" not in moved


def test_a_login_in_a_base_is_in_no_params(config, folder):
    changed = copy.deepcopy(config)
    changed["bases"] = {"code": ["https://me:s3cret@archive.org/code"]}
    planned = plan(changed, folder, targets_of(changed))
    texts = [text for _, params in planned.values() for text in params]
    assert any("https://archive.org/code" in text for text in texts)
    assert not any("s3cret" in text for text in texts)


def test_a_longer_period_leaves_closed_months_as_they_are(config, before, folder):
    changed = copy.deepcopy(config)
    changed["pham2023"]["period"]["end"] = "2015-01-01"
    after = plan(changed, folder, targets_of(changed))
    moved = {out[0] for out in before if before[out] != after[out] and "/fetch/code/" in out[0]}
    new = {out[0] for out in set(after) - set(before) if "/fetch/code/" in out[0]}
    assert moved == set()
    assert new == {"results/smoke/fetch/code/2015-01.json"}

"""The report of a study: one HTML file that holds all it shows and asks for nothing outside."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import jinja2
import pandas as pd
import yaml

from laicflow.files import strictest
from laicflow.report import blocks, comparison, data, looks, terms, training, training_time
from laicflow.report.blocks import Grid, frame, grid, picture, setting
from laicflow.report.choices import changed, flat, value_at
from laicflow.report.targets import parse
from laicflow.report.verdicts import all_verdicts
from laicflow.store import read_attributes, read_parquet
from laicflow.studies.results import Results

# The world of a variant into which nothing is planted.
OBSERVED = "observed"
# Changes of these make a run another study than the paper's, not a weaker copy of it.
OTHER_DATA = ("data.", "period.", "catalog.", "sites.")


def build(
    results: Results,
    receipts: list[dict],
    events: pd.DataFrame,
    options: dict,
    *,
    base: Path,
    code: str,
    comparisons: dict[str, pd.DataFrame] | None = None,
) -> str:
    """The report as HTML; the same inputs give the same text.

    Parameters
    ----------
    results : all that `options["needs"]` names
    receipts : what fetching left
    events : the merged catalog, its attributes in `.attrs`
    options : those of the rule `write_report`
    base : folder of the study's results, where tables and figures lie
    code : digest of the code that writes the report
    comparisons : tables `comparison` by group (splits, gaps), those that the run has made
    """
    study = importlib.import_module(f"laicflow.studies.{results.study}.tables")
    told = importlib.import_module(f"laicflow.studies.{results.study}.account")
    simulated = options["upstream"]["kind"] == "world"
    differences = changed(options["shipped"], options["study"])
    found = data.sources(options["sources"], receipts, simulated)
    licence = strictest(source["licence"] for source in found)
    made = [_target(one, base, study.readable) for one in options["targets"]]
    content = {
        **_world(results, options, simulated, differences),
        **_findings(results, study, _placed(made, results.settings.get("first_page", ()))),
        "asked": asked(results, options, differences, study.labels),
        "sources": found,
        "terms": data.TERMS.get(licence, licence),
        "data": told.account(results, events, receipts, simulated, options),
        "comparison": comparison.sentences(results, comparisons or {}),
        "training": _training(results, options["shipped"]),
        "again": again(options, results.study, code),
        "css": (looks.FOLDER / "page.css").read_text(encoding="utf-8"),
    }
    return environment().get_template("page.html").render(content)


def _world(results: Results, options: dict, simulated: bool, differences: list[dict]) -> dict:
    """What is studied, and in which world."""
    return {
        "title": results.settings["title"],
        "study": results.study,
        "run": results.run,
        "simulated": simulated,
        "planted": _planted(options),
        "injected": _injected(results),
        "other_data": not simulated and _other_data(differences),
        "settings": results.settings,
    }


def _findings(results: Results, study: ModuleType, targets: dict[str, list[dict]]) -> dict:
    """Figures and tables, verdicts, claims and the audit."""
    verdicts = all_verdicts(results, study)
    return {
        **targets,
        "verdicts": verdicts,
        "alarmed": bool(results.alarm_verdict),
        "words": terms.terms(_words(verdicts, targets["first"])),
        "claims": [frame(table, title) for title, table in study.claims(results).items()],
        # Where the paper says how many samples it tested, its numbers are given an interval.
        "sized": any("n" in claim for claim in results.settings["claims"].values()),
        "audit": full_audit(results),
    }


def environment() -> jinja2.Environment:
    """Jinja with escaping always on, where an unknown name is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(looks.FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def asked(
    results: Results, options: dict, differences: list[dict], labels: Callable[[dict], list[str]]
) -> dict:
    """What the run was asked to do, beside the paper's own settings."""
    own = results.settings
    remarks = options["left_open"]
    open_rows = [
        [key, setting(value_at(own, key)), comment]
        for key, comment in remarks.items()
        # Of a mapping in one line the parts have the same remark.
        if remarks.get(key.rpartition(".")[0]) != comment
    ]
    changed_rows = [
        [one["key"], setting(one["shipped"]), setting(one["used"])] for one in differences
    ]
    variant_rows = [
        [name, key, setting(value_at(own, key)), setting(used)]
        for name in results.variants
        for key, used in flat(own["variants"][name] or {}).items()
    ]
    probe_rows = [
        [name, "; ".join(f"{key}: {setting(used)}" for key, used in flat(over or {}).items())]
        for name, over in own["variants"].items()
        if name not in results.variants
    ]
    return {
        "labels": labels(own),
        "sentences": training.sentences(results, options["shipped"], options["left_open"]),
        "left_out": [f"Left out of this run: {text}." for text in options.get("left_out", [])],
        "open": grid(["setting", "value", "remark"], open_rows, "Not given in the paper"),
        "changed": grid(["setting", "study as shipped", "this run"], gathered(changed_rows)),
        "variants": grid(["variant", "setting", "study", "variant has"], variant_rows),
        "probes": grid(["variant", "what it has"], probe_rows),
    }


def gathered(rows: list[list[str]]) -> list[list[str]]:
    """Rows of changed settings, where the same change of several variants makes one row."""
    places: dict[tuple[str, ...], list[str]] = {}
    for key, *values in rows:
        variant, tail = "", key
        if key.startswith("variants."):
            variant, _, tail = key.removeprefix("variants.").partition(".")
        places.setdefault((bool(variant), tail, *values), []).append(variant)
    made = []
    for (own, tail, *values), names in places.items():
        key = f"variants.{', '.join(names)}: {tail}" if own else tail
        made.append([key, *values])
    return made


def full_audit(results: Results) -> Grid:
    """Every row of the audit of every variant."""
    head = ["variant", "check", "status", "statistic", "threshold", "interval", "evidence"]
    rows = []
    tables = list(results.audit.items())
    tables += [(f"{variant}, alarms", table) for variant, table in results.alarm_audit.items()]
    for variant, table in tables:
        for one in table.to_dict("records"):
            word, symbol = blocks.STATUSES[one["status"]]
            name = f"{one['id']} {one['name']}"
            rows.append(
                [
                    variant,
                    name,
                    f"{symbol} {word}",
                    one["statistic"],
                    one["threshold"],
                    one["interval"],
                    one["evidence"] + (f" [{one['source']}]" if one["source"] else ""),
                ]
            )
    return grid(head, rows, "All checks")


def again(options: dict, study: str, code: str) -> dict:
    """What it takes to make the same again."""
    overlay = options["overlay"]
    whole = {**options["whole"], study: options["study"]}
    command = ".venv/bin/snakemake --cores 2"
    if overlay:
        command += f" --configfile {overlay}"
    if options["upstream"]["kind"] == "folder":
        command = f"LAICFLOW_REAL_DATA=path/to/data {command}"
    return {
        "command": command,
        "origin": options["upstream"]["name"],
        "config": yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=96),
        "codes": grid(
            ["step", "digest"], [*options["codes"].items(), ("write_report", code)], "Code"
        ),
        "packages": options["packages"],
    }


def _words(verdicts: list[dict], first: list[dict]) -> list[str]:
    """All texts of the first page."""
    said = [text for one in first for text in (one["lead"], one["caption"])]
    for one in verdicts:
        said += [one["claim"], one["text"], *one["missing"]]
        said += [check["evidence"] for check in one["checks"]]
    return said


def _placed(made: list[dict], first_page: Sequence[str]) -> dict[str, list[dict]]:
    """Where each target stands: on the first page, with the comparisons, or with the results."""
    first = [one for one in made if one["name"] in first_page]
    rest = [one for one in made if one not in first]
    return {
        "first": first,
        "targets": [one for one in rest if not one["compares"]],
        "compared": [one for one in rest if one["compares"]],
    }


def _target(one: dict, base: Path, readable: Callable) -> dict:
    """A table or a figure with its caption."""
    target = parse(one)
    files = target.outputs(".")
    # Made with the target, it may say more than the list: where networks are not the published.
    caption = read_attributes(base / files["parquet"]).get("caption", target.caption)
    lead, _, rest = one["text"].strip().partition("\n\n")
    made = {
        "stem": target.stem,
        "name": target.name,
        "kind": target.kind,
        "title": target.caption,
        "caption": caption if caption.endswith(".") else f"{caption}.",
        "compares": "comparison" in target.needs,
        "text": one["text"].strip(),
        # On the first page the first paragraph of the text stands open.
        "lead": lead.strip(),
        "rest": rest.strip(),
        "files": [path.removeprefix("./") for path in files.values()],
    }
    if target.kind == "figure":
        return made | {"picture": picture(base / files["svg"])}
    table = readable(target.name, read_parquet(base / files["parquet"]))
    table, notes = _footnotes(table)
    return made | {"grid": frame(table), "notes": notes}


def _footnotes(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """A table without its column `note`, whose texts stand below it, by numbers in `variant`."""
    if not {"note", "variant"} <= set(table.columns):
        return table, []
    notes = [note for note in dict.fromkeys(table["note"]) if note]
    marks = {note: f" [{place}]" for place, note in enumerate(notes, start=1)}
    marked = table["variant"] + table["note"].map(marks).fillna("")
    left = table.assign(variant=marked).drop(columns="note")
    return left, [f"{mark.strip()} {note}" for note, mark in marks.items()]


def _training(results: Results, shipped: dict) -> dict:
    """Tables and sentences of the section on the training."""
    return {
        "summary": training.summary(results),
        "grid": training_time.full_grid(results, shipped),
        "sentences": training_time.full_grid_sentences(results, shipped),
        "notes": training.notes(results),
    }


def _planted(options: dict) -> str:
    """How large the precursor in a simulated world is, empty without one.

    In maps in day-to-day standard deviations, in minutes in nT.
    """
    world = options["whole"].get("simulate") or {}
    minutes = (world.get("geomagnetic") or {}).get("options") or {}
    sizes = (
        (world.get("precursor"), "amplitude_sd", "day-to-day standard deviations"),
        (minutes.get("precursor"), "amplitude_nt", "nT"),
    )
    told = [f"{own[key]} {unit}" for own, key, unit in sizes if (own or {}).get(key)]
    return " and ".join(told)


def _injected(results: Results) -> list[str]:
    """The variants into whose world a signal is planted."""
    return [
        name for name, own in results.variants.items() if own.get("world", OBSERVED) != OBSERVED
    ]


def _other_data(differences: list[dict]) -> bool:
    """Whether the run looks at other data than the paper's."""
    return any(one["key"].startswith(OTHER_DATA) for one in differences)


def load_receipts(paths: list[str]) -> list[dict]:
    """The receipts at `paths`."""
    return [json.loads(Path(path).read_text(encoding="utf-8")) for path in paths]

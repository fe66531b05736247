"""What came from outside is shown and never becomes part of a page."""

from __future__ import annotations

import json

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from laicflow.files import write_json
from laicflow.plots import style
from laicflow.report.formats import as_markdown, as_tex
from laicflow.report.page import build
from laicflow.schema import conform
from laicflow.store import read_parquet, write_parquet
from tests.unit.report.pages import Page
from tests.unit.report.test_quality import prepared, write

EVIL = "<script>alert(1)</script>"
QUOTED = "\"onmouseover='alert(1)' <img src=x onerror=alert(1)>"
BOTH = f"{EVIL} {QUOTED}"


def check(html: str, least: int) -> None:
    """The text is there, as text, at least so often; no tag or handler came of it."""
    page = Page(html)
    assert page.text.count("alert(1)") >= least
    for tag, attributes in page.tags:
        assert tag not in ("script", "iframe", "object", "embed", "form")
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("src") or "data:").startswith("data:")
    assert EVIL not in html and "<img src=x" not in html


def test_the_report_of_a_study(results, receipts, events, options, base):
    for receipt in receipts:
        receipt["citation"] = BOTH
        receipt["files"] = [one | {"name": BOTH, "origin": BOTH} for one in receipt["files"]]
        receipt["missing"] = [{"name": BOTH, "day": None, "why": BOTH}]
    events["place"] = BOTH
    counts = {"read": {"usgs": 3}, f"type {BOTH}": {"usgs": 1}, "events": {"usgs": 2}}
    events.attrs = {"counts": json.dumps(counts)}
    options["sources"] = planted_values(options["sources"], "description")
    options |= {"run": BOTH, "overlay": BOTH, "packages": [BOTH], "codes": {BOTH: BOTH}}
    options["upstream"]["name"] = BOTH
    options["whole"] = {"note": BOTH}
    options["left_out"] = [BOTH]
    options["targets"] = [one | {"text": BOTH} for one in options["targets"]]
    results.settings |= {"title": BOTH, "question": BOTH, "citation": BOTH}
    for own in results.settings["experiments"].values():
        own["label"] = BOTH
    results.sites["site"] = BOTH
    for variant in results.variants:
        results.samples[variant]["site"] = BOTH
        results.samples[variant]["product"] = BOTH
        results.audit[variant]["evidence"] = BOTH
        results.audit[variant]["source"] = BOTH
        results.verdict[variant]["text"] = BOTH
    html = build(results, receipts, events, options, base=base, code=BOTH)
    check(html, least=40)


def planted_values(described: dict, key: str) -> dict:
    """Sources with the markup in one of their texts."""
    return {name: own | {key: BOTH} for name, own in described.items()}


def test_the_page_on_the_data(tmp_path):
    run = prepared(tmp_path)
    for own in run["options"]["settings"].values():
        for key in ("description", "citation", "revision"):
            own[key] = f"{own[key]} {BOTH}"
        own["base"] = [f"https://provider.example/{BOTH}"]
    for path in run["inputs"]["receipts"]:
        receipt = json.loads(open(path).read())
        receipt["citation"] += BOTH
        receipt["files"] = [one | {"name": BOTH, "origin": BOTH} for one in receipt["files"]]
        receipt["missing"] = [{"name": BOTH, "day": None, "why": BOTH}]
        write_json(receipt, path)
    removed = read_parquet(run["inputs"]["removed"][0]).assign(reason=BOTH, place=BOTH)
    write_parquet(conform(removed, "removed"), run["inputs"]["removed"][0])
    catalog = read_parquet(run["inputs"]["catalogs"][0])
    write_parquet(catalog.assign(place=BOTH, magnitude_type=BOTH), run["inputs"]["catalogs"][0])
    complete = read_parquet(run["inputs"]["completeness"][0]).assign(region=BOTH)
    write_parquet(complete, run["inputs"]["completeness"][0])
    run["options"] |= {"run": BOTH}
    run["options"]["upstream"] = {"kind": "folder", "name": BOTH}
    check(write(run)["html"].read_text(), least=15)


@pytest.mark.parametrize("text", [EVIL, "</td><script src=//x>", "<!--", "<?php"])
def test_a_table_in_markdown_holds_no_tag(text):
    made = as_markdown(pd.DataFrame({"station": [text], text: ["p < 0.05"]}))
    escaped = text.replace("<", "\\<")
    assert made.count(escaped) == 2 and text not in made.replace(escaped, "")
    assert "p < 0.05" in made


def test_a_table_in_latex_holds_no_command():
    made = as_tex(pd.DataFrame({"station": ["\\input{/etc/passwd} $x$ %"]}), "c", "l")
    assert "\\input" not in made and "\\%" in made and "\\$x\\$" in made


def test_a_figure_with_such_a_name_holds_no_tag(tmp_path):
    with style.applied():
        figure, axes = plt.subplots()
        axes.plot([0, 1], label=EVIL)
        axes.set_title(BOTH)
        axes.legend()
        figure.savefig(tmp_path / "a.svg")
        plt.close(figure)
    text = (tmp_path / "a.svg").read_text()
    assert "<script" not in text and "<img" not in text

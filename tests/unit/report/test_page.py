from __future__ import annotations

import copy
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from laicflow.report import looks
from laicflow.report.page import build, named
from laicflow.studies.results import Results
from tests.unit.report.pages import Page


@pytest.fixture
def html(results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path) -> str:
    return build(results, receipts, events, options, base=base, code="fedc")


def test_the_same_inputs_give_the_same_text(
    html: str, results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path
) -> None:
    again = build(results, receipts, events, copy.deepcopy(options), base=base, code="fedc")
    assert again == html


def test_the_page_asks_for_nothing_from_outside(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "video", "base")
        for name in ("src", "srcset", "href", "data", "action", "poster"):
            value = attributes.get(name) or ""
            assert value == "" or value.startswith(("data:", "#")), (tag, name, value)
    style = re.search(r"<style>(.*?)</style>", html, re.S).group(1)
    assert "url(" not in style and "@import" not in style
    policy = next(m for m in page.of("meta") if "http-equiv" in m)
    assert policy["content"].startswith("default-src 'none'")


def test_what_comes_from_the_data_cannot_become_markup(html: str) -> None:
    page = Page(html)
    assert "<b>site</b>" not in html and "<constant>" not in html
    assert "<b>site</b>" in page.text and "a <constant>" in page.text
    assert "What is & what is not." in page.text


def test_the_verdicts_stand_above_everything_else(html: str) -> None:
    text = Page(html).text
    first = text.index("undecidable: 0 purged training samples")
    assert first < text.index("What was asked", text.index("What the words mean"))
    assert "not audited: 1 gate" in text and "failed: R11 (overlap) share" in text
    # The line of the verdict "not audited" names them itself.
    assert len(re.findall(r"without a result: R13[^,]*, R16[^,.]*\.", text)) == 1


def test_a_status_is_a_word_with_a_symbol(html: str) -> None:
    badges = re.findall(
        r'<span class="badge [^"]*"><span aria-hidden="true">(.)</span> ([^<]+)<', html
    )
    assert set(badges) == {
        ("✗", "fail"),
        ("!", "warning"),
        ("–", "no data"),
        ("?", "undecidable"),
        ("…", "not audited"),
    }


def test_only_checks_on_the_headline_stand_beside_the_verdict(html: str) -> None:
    checks = html[: html.index('id="asked"')]
    assert "other one" not in checks
    assert "other one" in html[html.index('id="audit"') :]


def test_pictures_have_words_and_tables_have_heads(html: str) -> None:
    page = Page(html)
    images = page.of("img")
    assert len(images) == 2
    assert all("What is & what is not." in image["alt"] for image in images)
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in images)
    assert all(head["scope"] in ("col", "row") for head in page.of("th"))
    assert page.of("html") == [{"lang": "en"}]


def test_links_within_the_page_lead_somewhere(html: str) -> None:
    page = Page(html)
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {link["href"].removeprefix("#") for link in page.of("a")} <= ids


def test_what_the_run_does_less_of_is_said(html: str) -> None:
    text = Page(html).text
    assert "Fewer epochs than published: 5 instead of 80." in text
    assert "Fewer training runs than published: 2 instead of 10." in text
    assert "The networks start from random weights" in text
    assert "reference.k 1.5 not given" in text
    assert "Not the paper's data." in text


def test_gaps_in_the_data_are_said(html: str) -> None:
    text = Page(html).text
    assert "1 hour lies outside the maps: hour 00 UT of 2000-11-21." in text
    assert "2001-01-02: not yet" in text
    assert "no redistribution ; it binds" in text or "no redistribution; it binds" in text


def test_the_papers_numbers_stand_beside_the_variants(html: str) -> None:
    text = Page(html[html.index('id="claims"') - 9 : html.index('<section id="training"')]).text
    assert "0.6716 (Table 1)" in text and "317 of 472" in text
    assert text.count("undecidable: 0 purged training samples") == 4


def test_a_simulated_world_says_so(
    results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path
) -> None:
    options["upstream"] = {"kind": "world", "name": "world-1"}
    text = Page(build(results, receipts, events, options, base=base, code="c")).text
    assert "Simulated world." in text and "say nothing about the Earth" in text
    assert "written by the simulated world" in text
    assert "Not the paper's data." not in text


def test_the_configuration_can_be_read_back(html: str, settings: dict) -> None:
    blocks = re.findall(r"<pre><code>(.*?)</code></pre>", html, re.S)
    assert blocks[0] == (
        "LAICFLOW_REAL_DATA=path/to/data .venv/bin/snakemake --cores 2 "
        "--configfile config/real/a.yaml"
    )
    import html as escaping

    assert yaml.safe_load(escaping.unescape(blocks[1]))["pham2023"] == settings


def test_the_digest_of_the_looks_follows_the_files(tmp_path: Path, monkeypatch) -> None:
    before = looks.digest()
    for name in looks.FILES:
        (tmp_path / name).write_bytes((looks.FOLDER / name).read_bytes())
    monkeypatch.setattr(looks, "FOLDER", tmp_path)
    assert looks.digest() == before
    (tmp_path / "page.css").write_text("body {}")
    assert looks.digest() != before


def test_a_check_is_named_once():
    told = named("R13 groups, R11 share, R99 what")
    assert told == "R13 groups, R11 (overlap) share, R99 what"

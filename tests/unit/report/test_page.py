from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from laicflow.report import looks
from laicflow.report.page import build, gathered
from laicflow.report.verdicts import named
from laicflow.schema import conform
from laicflow.studies.pham2023 import tables
from laicflow.studies.results import Results
from tests.unit.report.pages import Page


@pytest.fixture
def page_of(
    results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path
) -> Callable[..., str]:
    """Builds the page of the small study."""

    def build_it(**more: object) -> str:
        own = copy.deepcopy(options)
        return build(results, receipts, events, own, base=base, code="fedc", **more)

    return build_it


def test_the_same_inputs_give_the_same_text(
    html: str, page_of: Callable[..., str], comparisons: dict
) -> None:
    assert page_of(comparisons=copy.deepcopy(comparisons)) == html


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
    # fig1 to fig4, splits and gaps.
    assert len(images) == 6
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
    assert "models.pretrained hub none" in text
    assert "reference.k 1.5 not given" in text
    # A remark on a mapping in one line is not said again of its parts.
    assert text.count("size not given") == 1
    assert "Not the paper's data." in text


def test_gaps_in_the_data_are_said(html: str) -> None:
    text = Page(html).text
    assert "1 hour lies outside the maps: hour 00 UT of 2000-11-21." in text
    assert "2001-01-02: not yet" in text
    assert "no redistribution ; it binds" in text or "no redistribution; it binds" in text


def test_the_papers_numbers_stand_beside_the_variants(html: str) -> None:
    text = Page(html[html.index('id="claims"') - 9 : html.index('<section id="training"')]).text
    assert "Table 1: the networks" in text and "Table 2: the runs" in text
    assert "0.6716 317 of 472" in text
    # The paper's first run with CutMix and Mixup, and what it prints over ten of them.
    assert "1 0.6504 (307 of 472)" in text
    assert re.search(r"sd over the runs \(by n\) 0\.012 .*0\.017 ", text)
    # Twice for each of seven networks of Table 1, once a column of Table 2.
    assert text.count("undecidable: 0 purged") == 4 + 2
    assert text.count("undecidable: no predictions") == 20


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


def test_what_the_split_does_has_a_section_of_its_own(
    html: str, page_of: Callable[..., str]
) -> None:
    start, end = html.index('<section id="splits"'), html.index('<section id="claims"')
    own = Page(html[start:end])
    assert [figure["id"] for figure in own.of("figure")] == ["pham2023_splits", "pham2023_gaps"]
    assert "The paper's 0.6348, the mean over its 10 runs, lies inside." in own.text
    before = Page(html[html.index('<section id="results"') : start])
    assert "pham2023_splits" not in [figure["id"] for figure in before.of("figure")]
    assert "Inflation" not in page_of()


def test_captions_say_where_the_networks_are_others(html: str) -> None:
    captions = re.findall(r"<figcaption>(.*?)<br>", html, re.S)
    assert len(captions) == 8
    for caption in captions:
        assert caption.count("started from random weights") == 1
        assert caption.endswith("as published.")


def test_a_planted_precursor_is_said(
    results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path
) -> None:
    options["upstream"] = {"kind": "world", "name": "world-1"}
    options["whole"]["simulate"] = {"precursor": {"amplitude_sd": 1.5}}
    text = Page(build(results, receipts, events, options, base=base, code="c")).text
    assert "a precursor of 1.5 day-to-day standard deviations was planted" in text
    assert "no precursor" not in text


def test_variants_of_comparisons_are_listed_apart(html: str) -> None:
    asked = html[html.index('<section id="asked"') : html.index('<section id="data"')]
    details = re.search(r"<details>.*</details>", asked, re.S).group()
    assert "gap-30-blocks" in details and "normal.gap_days: 30" in details
    assert "gap-30-blocks" not in asked.replace(details, "")


def test_the_same_change_of_several_variants_is_one_row() -> None:
    rows = [
        ["seeds", "[0, 1]", "[0]"],
        ["variants.a.seeds", "[0, 1]", "[0]"],
        ["variants.b.seeds", "[0, 1]", "[0]"],
        ["variants.b.split.draws", "2", "1"],
    ]
    assert gathered(rows) == [
        ["seeds", "[0, 1]", "[0]"],
        ["variants.a, b: seeds", "[0, 1]", "[0]"],
        ["variants.b: split.draws", "2", "1"],
    ]


def test_measured_steps_give_the_time_of_the_full_grid(
    results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path, html: str
) -> None:
    assert "Time of the full grid" not in html
    step = {"experiment": ["effnetv2"], "model": "effnetv2_modified", "parameters": 20_000_000}
    step |= {"device": "CPU", "threads": 2, "precision": "32-true", "batch": 32, "steps": 10}
    step |= {"step_s": 0.5, "step_s_low": 0.4, "step_s_high": 0.6, "memory_mb": 900.0}
    results.timing = conform(pd.DataFrame(step), "timing")
    made = build(results, receipts, events, options, base=base, code="c")
    training = Page(made[made.index('<section id="training"') : made.index('<section id="audit"')])
    assert "Time of the full grid" in training.text and "20,000,000" in training.text


def test_a_precursor_in_simulated_minutes_and_a_planted_variant_are_said(
    results: Results, receipts: list, events: pd.DataFrame, options: dict, base: Path
) -> None:
    options["upstream"] = {"kind": "world", "name": "world-1"}
    minutes = {"options": {"precursor": {"amplitude_nt": 2.5}}}
    options["whole"]["simulate"] = {"geomagnetic": minutes}
    results.variants["clean"]["world"] = "inject-ulf"
    text = Page(build(results, receipts, events, options, base=base, code="c")).text
    assert "a precursor of 2.5 nT was planted" in text
    assert "Planted signal. Variant clean: a signal of known size" in text


def test_a_study_may_say_which_claim_belongs_to_a_variant(
    page_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "0.6716 in the paper (Table 1)" in Page(page_of()).text

    def claim_of(results: Results, variant: str) -> dict:
        return {"value": 0.25, "where": "Section 9"} if variant == "clean" else {}

    monkeypatch.setattr(tables, "claim_of", claim_of, raising=False)
    text = Page(page_of()).text
    assert "0.2500 in the paper (Section 9)" in text and "(Table 1)" not in text


def test_intervals_of_the_paper_are_told_where_it_counts_its_samples(
    results: Results, page_of: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Those given beside its numbers follow" in page_of()
    assert "beside both variants" in page_of()
    monkeypatch.setattr(tables, "claims", lambda results: {})
    results.settings["claims"] = {}
    assert "Those given beside" not in page_of()


def test_what_a_study_wants_first_stands_above_the_verdict_and_nowhere_else(
    results: Results, page_of: Callable[..., str]
) -> None:
    assert 'id="first"' not in page_of()
    results.settings["first_page"] = ["table1"]
    html = page_of()
    first = html[html.index('<section id="first"') : html.index('<section id="verdict"')]
    assert [figure["id"] for figure in Page(first).of("figure")] == ["pham2023_table1"]
    # Once; below stands a link to it.
    assert html.count('id="pham2023_table1"') == 1 and 'href="#pham2023_table1"' in html


def test_a_comparison_that_is_wanted_first_stands_there_alone(
    results: Results, page_of: Callable[..., str]
) -> None:
    results.settings["first_page"] = ["splits"]
    html = page_of()
    first = html[html.index('<section id="first"') : html.index('<section id="verdict"')]
    assert [figure["id"] for figure in Page(first).of("figure")] == ["pham2023_splits"]
    assert html.count('id="pham2023_splits"') == 1
    # The other comparison stays where it was.
    apart = html[html.index('<section id="splits"') : html.index('<section id="claims"')]
    assert [figure["id"] for figure in Page(apart).of("figure")] == ["pham2023_gaps"]

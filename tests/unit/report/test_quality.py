from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import write_data_report

from laicflow.files import LICENCES, write_json
from laicflow.report import quality
from laicflow.schema import conform
from laicflow.store import read_parquet, write_parquet
from tests.unit.report.pages import Page

ENTRY = "@misc{key_kp,\n  title = {{Kp} <b>index</b>}\n}"
NAMES = ("availability", "gaps", "catalogs", "references")


def source(kind: str, licence: str, bibtex: str = "", revision: str = "") -> dict:
    return {
        "kind": kind,
        "description": f"about <i>{kind}</i>",
        "licence": licence,
        "citation": f"Author of {kind}",
        "bibtex": bibtex,
        "account": "none",
        "base": ["https://provider.example/data"],
        "revision": revision,
    }


@pytest.fixture
def run(tmp_path: Path) -> dict:
    return prepared(tmp_path)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the rule writes of a run as it is."""
    return write(prepared(tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def html(outputs: dict) -> str:
    return outputs["html"].read_text()


def prepared(tmp_path: Path) -> dict:
    """Kp of ten days of which two are still to come, and a catalog merged of two events."""
    settings = {
        "gfz_kp": source("kp", "CC BY 4.0", ENTRY, "each row says"),
        "usgs": source("events", "public domain"),
    }
    store, fetched, catalogs = (tmp_path / name for name in ("store", "fetch", "catalog"))
    times = pd.date_range("2001-01-01", "2001-01-08 21:00", freq="3h")
    kp = {"time": times, "kp": 2.0, "ap": 7.0, "status": ["definitive"] * 48 + ["preliminary"] * 16}
    write_parquet(pd.DataFrame(kp), store / "gfz_kp/2001.parquet")
    events = {
        "event_id": ["a", "b"],
        "time": pd.to_datetime(["2001-01-02", "2001-01-03"]),
        "magnitude": [5.0, 7.1],
        "magnitude_type": ["mb", ""],
        "source": "usgs",
        "status": "reviewed",
    }
    table = conform(pd.DataFrame(events), "events")
    write_parquet(table, store / "usgs/2001.parquet")
    write_parquet(table, catalogs / "usgs.parquet")
    removed = table.iloc[:1].assign(reason="duplicate id")
    write_parquet(conform(removed, "removed"), catalogs / "usgs.removed.parquet")
    complete = {"region": ["japan"], "start": pd.to_datetime(["2001-01-01"]), "mc_maxc": [4.75]}
    complete = conform(pd.DataFrame(complete), "completeness")
    write_parquet(complete, catalogs / "usgs.completeness.parquet")
    (catalogs / "usgs.completeness.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    for name, missing in (("gfz_kp", [{"name": "x", "day": None, "why": "not yet"}]), ("usgs", [])):
        receipt = {
            "source": name,
            "partition": "2001",
            "start": "2001-01-01",
            "end": "2001-01-10",
            "files": [{"name": "x", "size": 1500, "origin": "replica: cut from a"}],
            "missing": missing,
            "licence": settings[name]["licence"],
            "citation": settings[name]["citation"],
        }
        write_json(receipt, fetched / name / "2001.json")
    inputs = {
        "receipts": sorted(map(str, fetched.rglob("*.json"))),
        "stores": sorted(map(str, store.rglob("*.parquet"))),
        "catalogs": [str(catalogs / "usgs.parquet")],
        "removed": [str(catalogs / "usgs.removed.parquet")],
        "completeness": [str(catalogs / f"usgs.completeness.{end}") for end in ("parquet", "svg")],
    }
    upstream = {"kind": "folder", "name": "replica-abc"}
    options = {"run": "a-run", "upstream": upstream, "settings": settings, "catalogs": {}}
    return {"inputs": inputs, "options": options, "folder": tmp_path}


def write(run: dict, name: str = "out") -> dict:
    folder = run["folder"] / name
    outputs = {
        "html": folder / "data_report.html",
        "bib": folder / "data_report/references.bib",
        "svg": folder / "data_report/availability.svg",
        "png": folder / "data_report/availability.png",
        "tables": [folder / f"data_report/{table}.parquet" for table in NAMES],
    }
    write_data_report.write(run["inputs"], outputs, run["options"], "c0de")
    return outputs


def test_the_rule_writes_its_tables_and_references(outputs: dict) -> None:
    tables = {path.stem: read_parquet(path) for path in outputs["tables"]}
    kp = tables["availability"].set_index("source").loc["gfz_kp"]
    # 10 days of 8 values, two of them still to come; of the 64 present 16 are preliminary.
    assert (kp["expected"], kp["present"], kp["provisional_share"]) == (80, 64, 0.25)
    (gap,) = tables["gaps"].to_dict("records")
    assert (gap["length"], gap["why"]) == (16, "not yet")
    assert tables["catalogs"].groupby("state")["n"].sum().to_dict() == {
        "duplicate id": 1,
        "kept": 2,
    }
    assert outputs["bib"].read_text() == ENTRY + "\n"
    attributes = tables["availability"].attrs
    assert attributes["licence"] == "CC BY 4.0"
    assert json.loads(attributes["units"])["share"] == "1"


def test_every_column_has_its_meaning(outputs: dict, html: str) -> None:
    text = Page(html).text
    for path in outputs["tables"]:
        for column in read_parquet(path).columns:
            assert column in text


def test_the_page_says_what_is_there_and_what_is_not(html: str) -> None:
    text = Page(html).text
    assert "2 sources, 2001-01-01 to 2001-01-10, 2 files (3.0 kB)." in text
    assert "Sources with every value that the calendar owes: 0 of 1; 1 gap in all." in text
    assert "Provisional values come from: gfz_kp." in text
    assert "gfz_kp Kp 3 h values 80 64 16 80.00 % 25.00 % 0 2001-01-08 21:00" in text
    assert "gfz_kp not yet 1 16 16 3 h values" in text
    assert "gfz_kp 2001-01-09 00:00 2001-01-11 00:00 16 3 h values not yet" in text
    assert "2 earthquakes, 1 row left out." in text
    assert "duplicate id 1 1" in text
    assert "not stated 0 1 1 mb 1 0 1 all 1 1 2" in text
    assert "4.75" in text


def test_the_strictest_licence_is_said_with_its_meaning(run: dict, html: str) -> None:
    assert "it is CC BY 4.0 (gfz_kp)." in Page(html).text
    run["options"]["settings"]["gfz_kp"]["licence"] = "no redistribution"
    for path in run["inputs"]["receipts"]:
        content = Path(path).read_text().replace("CC BY 4.0", "no redistribution")
        Path(path).write_text(content)
    text = Page(write(run)["html"].read_text()).text
    assert "it is no redistribution (gfz_kp). The values may not be handed on" in text


def test_every_licence_of_the_store_has_a_meaning() -> None:
    assert set(quality.MEANING) == set(LICENCES)


def test_the_page_asks_for_nothing_from_outside(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in ("script", "link", "iframe", "object", "base")
        for name in ("src", "href", "data", "action"):
            value = attributes.get(name) or ""
            assert value == "" or value.startswith(("data:image/", "#")), (tag, value)
    assert "url(" not in html and "@import" not in html
    links = {own["href"] for tag, own in page.tags if tag == "a"}
    targets = {f"#{own['id']}" for _, own in page.tags if "id" in own}
    assert links <= targets
    # The chart and the figure of the completeness.
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 2


def test_what_comes_from_the_data_cannot_become_markup(html: str) -> None:
    assert "<i>kp</i>" not in html and "<b>index</b>" not in html
    assert "about <i>kp</i>" in Page(html).text and "{{Kp} <b>index</b>}" in Page(html).text


def test_the_same_inputs_give_the_same_bytes(run: dict) -> None:
    one, other = write(run, "one"), write(run, "other")
    for name in ("html", "bib", "svg", "png"):
        assert one[name].read_bytes() == other[name].read_bytes()
    for first, second in zip(one["tables"], other["tables"], strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_a_simulated_world_says_so(run: dict, html: str) -> None:
    banner = "Simulated world."
    assert banner not in Page(html).text
    run["options"]["upstream"] = {"kind": "world", "name": "world-abc"}
    text = Page(write(run)["html"].read_text()).text
    assert banner in text and "written by the simulated world" in text


def test_a_run_without_catalogs_and_gaps(run: dict) -> None:
    run["inputs"] |= {"catalogs": [], "removed": [], "completeness": []}
    path = next(path for path in run["inputs"]["receipts"] if "gfz_kp" in path)
    content = json.loads(Path(path).read_text()) | {"end": "2001-01-08", "missing": []}
    write_json(content, path)
    page = Page(write(run)["html"].read_text())
    assert "Every value that was asked for is there." in page.text
    assert "Nothing that was asked for is missing." in page.text
    assert "#catalogs" not in {own.get("href") for _, own in page.tags}


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "100 %"), (0.0, "0 %"), (0.999999, "99.99 %"), (1e-7, "0.01 %"), (0.5, "50.00 %")],
)
def test_a_share_is_whole_only_where_it_is(share: float, text: str) -> None:
    assert quality.percent(share) == text


def months(**columns: object) -> pd.DataFrame:
    month = pd.to_datetime(["2001-11-01", "2001-12-01", "2002-01-01", "2002-03-01"])
    base = {"source": "kyoto_dst", "kind": "dst", "month": month, "unit": "hours"}
    return conform(pd.DataFrame(base | columns), "availability")


def test_remarks_of_neighbouring_months_that_are_the_same_make_one_row() -> None:
    made = quality.remarks(months(note=["a", "a", "a", "a"]))
    assert made.rows == [
        ["kyoto_dst", "2001-11", "2002-01", "a"],
        ["kyoto_dst", "2002-03", "2002-03", "a"],
    ]


def test_shares_by_year_are_of_all_that_was_asked_for_in_it() -> None:
    made = quality.by_year(months(expected=[100, 300, 100, 100], present=[100, 0, 50, 50]))
    # 100 of 400, not the mean of 100 % and 0 %.
    assert made.rows == [["kyoto_dst", "share", "25.00 %", "50.00 %"]]


def test_counts_of_neighbouring_months_are_summed() -> None:
    notes = ["days without a file: 1", "days without a file: 3", "days without a file: 2; a", ""]
    made = quality.remarks(months(note=notes))
    assert made.rows == [
        ["kyoto_dst", "2001-11", "2001-12", "days without a file: 4"],
        ["kyoto_dst", "2002-01", "2002-01", "days without a file: 2; a"],
    ]


def test_a_provisional_share_is_of_the_values_that_say_what_they_are() -> None:
    # 741 values of December of which 240 are stated, all of them provisional; 336 of January, all
    # final: 240 of 576 are 41.67 %, while a weight by what is present would give 68.80 %.
    table = months(
        expected=[744, 336, 100, 100],
        present=[741, 336, 100, 0],
        missing=[3, 0, 0, 100],
        stated=[240, 336, 0, 0],
        provisional=[240, 0, 0, 0],
        provisional_share=[1.0, 0.0, None, None],
    )
    assert quality.summary(table).rows[0][7] == "41.67 % of 576 stated"
    assert quality.by_year(table).rows[1] == [
        "kyoto_dst",
        "provisional",
        "41.67 % of 576 stated",
        "–",
    ]
    whole = table.iloc[:2].assign(present=[240, 336])
    assert quality.summary(whole).rows[0][7] == "41.67 %"


def test_periods_that_differ_are_told_by_source(run: dict) -> None:
    path = next(path for path in run["inputs"]["receipts"] if "usgs" in path)
    write_json(json.loads(Path(path).read_text()) | {"start": "2001-01-02"}, path)
    text = Page(write(run)["html"].read_text()).text
    assert "2 sources, 2 files (3.0 kB)." in text
    assert "Asked for: 2001-01-01 to 2001-01-10 (gfz_kp); 2001-01-02 to 2001-01-10 (usgs)." in text


def test_a_completeness_without_any_estimate_is_a_sentence(run: dict) -> None:
    path = next(path for path in run["inputs"]["completeness"] if path.endswith("parquet"))
    write_parquet(read_parquet(path).assign(mc_maxc=float("nan")), path)
    page = Page(write(run)["html"].read_text())
    assert len([tag for tag, _ in page.tags if tag == "img"]) == 1
    assert "so that there is no figure of it" in page.text


def test_what_cleaning_left_out_is_told(run: dict) -> None:
    path = next(path for path in run["inputs"]["stores"] if "gfz_kp" in path)
    told = {"counts": json.dumps({"superseded": 1234})}
    write_parquet(read_parquet(path), path, attributes=told)
    text = Page(write(run)["html"].read_text()).text
    assert "gfz_kp gave way to a row of higher standing 1,234" in text

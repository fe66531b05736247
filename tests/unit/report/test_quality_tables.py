from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from laicflow.errors import ConfigError
from laicflow.report.quality_tables import (
    bibliography,
    catalog_counts,
    cleaning,
    magnitude_class,
    references,
)
from laicflow.schema import conform
from laicflow.sources import registry
from laicflow.store import write_parquet


def test_classes_of_magnitude_take_their_lower_edge() -> None:
    sizes = pd.Series([3.99, 4.0, 4.99, 5.0, 7.999, 8.0, 9.1, np.nan])
    assert magnitude_class(sizes).tolist() == [
        "M < 4",
        "4 ≤ M < 5",
        "4 ≤ M < 5",
        "5 ≤ M < 6",
        "7 ≤ M < 8",
        "M ≥ 8",
        "M ≥ 8",
        "no magnitude",
    ]


def test_events_of_a_catalog_and_what_was_left_out(tmp_path: Path) -> None:
    kept = pd.DataFrame(
        {
            "event_id": list("abcd"),
            "time": pd.to_datetime(
                [
                    "2001-12-31 23:59:59",
                    "2002-01-01 00:00:00",
                    "2002-05-01 00:00:00",
                    "2002-05-02 00:00:00",
                ]
            ),
            "magnitude": [5.1, 5.2, 5.3, 6.4],
            "magnitude_type": ["mb", "mb", "mb", "mww"],
            "source": ["isc", "isc", "isc", "usgs"],
        }
    )
    out = kept.iloc[:2].assign(reason=["duplicate id", "no time"], magnitude=[5.1, np.nan])
    out.loc[1, "time"] = pd.NaT
    write_parquet(conform(kept, "events"), tmp_path / "merged.parquet")
    write_parquet(conform(out, "removed"), tmp_path / "merged.removed.parquet")
    found = catalog_counts(
        {"merged": tmp_path / "merged.parquet"}, {"merged": tmp_path / "merged.removed.parquet"}
    )
    rows = list(
        found.drop(columns="catalog").fillna({"year": 0}).itertuples(index=False, name=None)
    )
    assert rows == [
        ("kept", "isc", 2001, "5 ≤ M < 6", "mb", 1),
        ("kept", "isc", 2002, "5 ≤ M < 6", "mb", 2),
        ("kept", "usgs", 2002, "6 ≤ M < 7", "mww", 1),
        ("duplicate id", "isc", 2001, "5 ≤ M < 6", "mb", 1),
        ("no time", "isc", 0, "no magnitude", "mb", 1),
    ]


def test_what_cleaning_counted_is_told_by_partition(tmp_path: Path) -> None:
    counts = {"rows": 9, "left_out": {"no time": 2}, "suspect": 3, "superseded": 0, "outside": 4}
    stores = {}
    for part, told in (("2001", {"counts": json.dumps(counts)}), ("2002", {})):
        stores["celestrak", part] = tmp_path / f"{part}.parquet"
        write_parquet(pd.DataFrame({"f107": [1.0]}), stores["celestrak", part], attributes=told)
    stores["jpl", "2001-01"] = tmp_path / "2001-01.nc"
    assert cleaning(stores).to_numpy().tolist() == [
        ["celestrak", "2001", "left out: no time", 2],
        ["celestrak", "2001", "suspect values, left out", 3],
    ]


ENTRY = "@misc{key_a,\n  title = {{A} title},\n  year = {2001}\n}"
OTHER = "@article{key_b, title = {B}}"


def described(name: str, bibtex: str, licence: str = "cite") -> dict:
    return {
        "kind": name,
        "description": "d",
        "licence": licence,
        "citation": "Own words",
        "bibtex": bibtex,
        "account": "none",
        "accounts": {"a.example": "earthdata"},
        "base": ["https://a.example", "https://b.example"],
        "revision": "final",
    }


def test_references_take_terms_from_what_came() -> None:
    settings = {"kp": described("kp", ENTRY), "code": described("maps", OTHER)}
    got = {
        "source": "code",
        "start": "2001-01-01",
        "end": "2001-01-31",
        "files": [{"name": "x", "size": 1000}] * 3,
        "licence": "simulated",
        "citation": "simulated by laicflow",
    }
    found = references(settings, [got]).set_index("source")
    assert list(found.index) == ["code", "kp"]
    assert found.loc["code", "licence"] == "simulated"
    assert found.loc["code", "citation"] == "simulated by laicflow"
    assert (found.loc["code", "files"], found.loc["code", "bytes"]) == (3, 3000)
    assert found.loc["kp", "licence"] == "cite" and found.loc["kp", "files"] == 0
    assert found.loc["kp", "account"] == "a.example: earthdata; none elsewhere"
    assert found.loc["kp", "base"] == "https://a.example https://b.example"


def test_a_bibliography_has_every_entry_once() -> None:
    settings = {
        "b": described("kp", f"{OTHER}\n\n{ENTRY}\n"),
        "a": described("kp", ENTRY),
        "own": described("events", ""),
    }
    assert bibliography(references(settings)) == f"{ENTRY}\n\n{OTHER}\n"
    assert bibliography(references({"own": described("events", "")})) == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Somebody, 2001", "source a: expected a BibTeX entry, found 'Somebody, 2001'"),
        ("@misc{key_a, title = {{A}", "source a: the braces of the BibTeX entry key_a do not"),
        (f"{ENTRY} and more", "expected a BibTeX entry, found 'and more'"),
    ],
)
def test_text_that_is_no_entry_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        bibliography(references({"a": described("kp", text)}))


def test_a_key_may_not_stand_for_two_entries() -> None:
    other = ENTRY.replace("2001", "2002")
    settings = {"a": described("kp", ENTRY), "b": described("kp", other)}
    with pytest.raises(ConfigError, match="source b: the BibTeX key key_a stands for another"):
        bibliography(references(settings))


def test_every_source_as_shipped_can_be_cited(pytestconfig: pytest.Config) -> None:
    folder = pytestconfig.rootpath / "config"
    settings = {name: registry.settings(name, folder) for name in registry.names(folder)}
    text = bibliography(references(settings))
    entries = sum(own["bibtex"].strip() != "" for own in settings.values())
    assert len(settings) > 15 and 0 < text.count("\n@") + 1 <= entries
    assert text.count("{") == text.count("}")

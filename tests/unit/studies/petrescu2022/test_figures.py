"""The splits of this study, beside what the paper prints for windows of their length."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from laicflow.report.targets import read
from laicflow.schema import conform
from laicflow.studies.petrescu2022 import figures
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022.ran import EXPERIMENTS


@pytest.fixture
def by_split(results: Results) -> Results:
    """Two splits of windows of an hour."""
    rows = [
        {"variant": variant, "split": split, "experiment": name, "metric": "accuracy"}
        | {"value": 0.5, "low": 0.4, "high": 0.6, "gap_days": 7, "n": 60, "n_eff": 50}
        for variant, split in (("split-random", "random"), ("split-blocks", "blocks"))
        for name in EXPERIMENTS
    ]
    results.comparison = conform(pd.DataFrame(rows), "comparison")
    own = results.variants["paper-hour"]
    results.variants = {"split-random": {**own}, "split-blocks": {**own}}
    return results


def words(figure: Figure) -> set[str]:
    """What is written in the panels."""
    return {t.get_text() for part in figure.subfigs for ax in part.axes for t in ax.texts}


def test_the_mark_is_that_of_the_length(by_split: Results) -> None:
    said = words(figures.splits(by_split).figure)
    # Section 5 of the paper: an hour.
    assert "paper 0.586" in said and "chance 0.5" in said


def test_variants_of_several_lengths_have_no_mark(by_split: Results) -> None:
    window = {**by_split.variants["split-blocks"]["window"], "minutes": 1440}
    by_split.variants["split-blocks"] |= {"window": window}
    assert not any(text.startswith("paper") for text in words(figures.splits(by_split).figure))


def test_it_is_what_the_list_of_targets_says(by_split: Results, pytestconfig) -> None:
    target = read(pytestconfig.rootpath / "config/targets.csv")["petrescu2022_splits"]
    drawn = figures.splits(by_split)
    assert target.faults(drawn.data, drawn.units) == []
    assert len(drawn.data) >= target.least_rows

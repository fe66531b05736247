from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.plots.drawing import render
from laicflow.report.targets import read
from laicflow.schema import conform
from laicflow.studies.pham2023.figures import gaps, splits
from laicflow.studies.results import Results

NAN = math.nan
NETWORK = "effnetv2"
EXPERIMENTS = (NETWORK, "baseline_majority", "baseline_date", "baseline_neuron")
GAPS = {"1": 0.5, "5": 0.2, "10": 0.06, "30": 0.002}
WHY = "undecidable: 0 purged training samples"
SETTINGS = {
    "headline": {"experiment": NETWORK, "metric": "accuracy", "claim": "best"},
    "claims": {"best": {"value": 0.6716, "metric": "accuracy"}},
    "experiments": {NETWORK: {"label": "A network"}},
}


def _row(variant: str, split: str, experiment: str, value: float, **more: object) -> dict:
    row = {"variant": variant, "split": split, "experiment": experiment, "metric": "accuracy"}
    row |= {"value": value, "low": value - 0.1, "high": value + 0.08, "gap_days": 1}
    row |= {"n": 400, "n_eff": 40, "seeds": 3, "folds": 5, "normal_share": 0.5, "n_train": 163.2}
    return row | more


def _results(rows: list[dict]) -> Results:
    variants = {row["variant"]: {} for row in rows}
    table = conform(pd.DataFrame(rows), "comparison")
    return Results("run", "pham2023", SETTINGS, variants, comparison=table)


@pytest.fixture
def by_split() -> Results:
    """Random 0.66 and region 0.63 beside blocks 0.51; rolling could not be tested."""
    rows = []
    for experiment in EXPERIMENTS:
        for split, value in (("random", 0.66), ("blocks", 0.51), ("region", 0.63)):
            row = _row(f"split-{split}", split, experiment, value)
            if split != "blocks":
                row |= {"versus": "split-blocks", "difference": value - 0.51, "n_shared": 380}
                row |= {"difference_low": value - 0.56, "difference_high": value - 0.46}
            rows.append(row)
        nothing = {"low": NAN, "high": NAN, "n": 0, "n_eff": 0, "note": f"{WHY}; and more"}
        rows.append(_row("split-rolling", "rolling", experiment, NAN, **nothing))
    rows.append({**rows[0], "metric": "auc", "value": 0.99})
    return _results(rows)


@pytest.fixture
def by_gap() -> Results:
    """Random 0.57, 0.66, 0.74 and 0.87 over the gaps; blocks 0.51, undecidable at 30 days."""
    rows = []
    random = dict(zip(GAPS, (0.57, 0.66, 0.74, 0.87), strict=True))
    for gap, share in GAPS.items():
        for experiment in EXPERIMENTS:
            same = {"gap_days": int(gap), "normal_share": share}
            rows.append(_row(f"gap-{gap}-random", "random", experiment, random[gap], **same))
            row = _row(f"gap-{gap}-blocks", "blocks", experiment, 0.51, **same)
            if gap == "30":
                row |= {"value": NAN, "low": NAN, "high": NAN, "n": 0, "note": WHY, "n_train": NAN}
            rows.append(row)
    return _results(rows)


def _axes(figure: Figure) -> list[Axes]:
    return [ax for part in figure.subfigs for ax in part.axes]


def _texts(where: Axes) -> list[str]:
    return [text.get_text() for text in where.texts]


def _notes(figure: Figure) -> str:
    return "\n".join(text.get_text() for part in figure.subfigs for text in part.texts)


def _marked(ax: Axes, marker: str) -> list[tuple[float, float]]:
    own = [line for line in ax.lines if line.get_marker() == marker]
    spots = [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in own]
    return [spot for spot in spots if not any(map(math.isnan, spot))]


def test_splits_has_a_row_a_protocol_in_the_order_of_the_group(by_split: Results) -> None:
    scores = _axes(splits(by_split).figure)[0]
    names = [label.get_text().split("\n")[0] for label in scores.get_yticklabels()]
    assert names == ["random", "blocks of time", "one region left out", "rolling"]


def test_splits_draws_the_scores_and_the_differences_to_blocks(by_split: Results) -> None:
    scores, differences, _ = _axes(splits(by_split).figure)
    # The network is a circle; its row of blocks has no difference, that of rolling no score.
    assert [x for x, _ in _marked(scores, "o")] == [0.66, 0.51, 0.63]
    assert [x for x, _ in _marked(differences, "o")] == pytest.approx([0.15, 0.12])
    # The date-only baseline is a square, below the network in its row.
    (_, network), (_, date) = _marked(scores, "o")[0], _marked(scores, "s")[0]
    assert network < date < 0.5


def test_splits_says_what_is_undecidable_and_draws_no_point_there(by_split: Results) -> None:
    drawn = splits(by_split)
    scores, differences, _ = _axes(drawn.figure)
    assert WHY in " ".join(_texts(scores)).replace("\n", " ")
    assert all(x > 0.4 for marker in "os^X" for x, _ in _marked(scores, marker))
    assert "the reference" in _texts(differences)
    assert "no difference known" in _texts(differences)
    assert f"split-rolling: {WHY}; and more" in _notes(drawn.figure)


def test_splits_marks_chance_the_paper_and_the_limit_of_inflation(by_split: Results) -> None:
    scores, differences, _ = _axes(splits(by_split).figure)
    assert {"chance 0.5", "paper 0.6716"} <= set(_texts(scores))
    lines = {float(line.get_xdata()[0]) for line in scores.lines if line.get_linestyle() != "-"}
    assert {0.5, 0.6716} <= lines
    limits = {float(line.get_xdata()[0]) for line in differences.lines}
    assert {0.0, 0.03} <= limits


def test_a_metric_of_which_nothing_is_known_beforehand_has_no_marks(by_split: Results) -> None:
    headline = {**SETTINGS["headline"], "metric": "brier"}
    by_split.settings = {**SETTINGS, "headline": headline}
    by_split.comparison = by_split.comparison.iloc[:-1].assign(metric="brier")
    scores, *_ = _axes(splits(by_split).figure)
    assert scores.get_xlabel() == "Brier score on the test samples"
    assert _texts(scores) == [WHY]


def test_splits_gives_the_numbers_behind_each_point(by_split: Results) -> None:
    sizes = _texts(_axes(splits(by_split).figure)[2])
    assert {"163", "400", "380", "40", "0", "–"} <= set(sizes)
    assert [t.strip() for t in sizes if t.strip() in ("train", "test", "shared")] == [
        "train",
        "test",
        "shared",
    ]


def test_splits_holds_the_headlines_metric_alone(by_split: Results) -> None:
    data = splits(by_split).data
    assert set(data["metric"]) == {"accuracy"} and len(data) == 16
    own = data[(data["variant"] == "split-random") & (data["experiment"] == NETWORK)].iloc[0]
    assert own[["value", "low", "high"]].tolist() == pytest.approx([0.66, 0.56, 0.74])
    assert own["versus"] == "split-blocks" and own["n_shared"] == 380


def test_two_variants_of_one_split_are_told_apart(by_split: Results) -> None:
    again = by_split.comparison[by_split.comparison["variant"] == "split-random"]
    by_split.comparison = pd.concat([by_split.comparison, again.assign(variant="other")])
    by_split.variants = {**by_split.variants, "other": {}}
    labels = _axes(splits(by_split).figure)[0].get_yticklabels()
    ends = [label.get_text().split("\n")[-1] for label in labels]
    assert ends[0] == "split-random" and ends[-1] == "other"


def test_a_score_without_interval_is_open_and_its_note_stands_below(by_split: Results) -> None:
    table = by_split.comparison
    here = table["variant"] == "split-random"
    note = "1 block of 45 days, fewer than 5"
    by_split.comparison = table.assign(
        low=table["low"].mask(here), note=table["note"].mask(here, note)
    )
    drawn = splits(by_split)
    scores = _axes(drawn.figure)[0]
    first = next(line for line in scores.lines if line.get_marker() == "o")
    assert first.get_markerfacecolor() == "white"
    assert f"split-random: {note}" in _notes(drawn.figure)


@pytest.mark.parametrize("table", [None, "other metric", "twice"])
def test_nothing_or_a_doubt_to_compare_is_refused(by_split: Results, table: str | None) -> None:
    whole = by_split.comparison
    by_split.comparison = {
        None: None,
        "other metric": whole.assign(metric="auc"),
        "twice": pd.concat([whole, whole]),
    }[table]
    with pytest.raises(LaicflowError, match="compare"):
        splits(by_split)


def test_gaps_sets_random_and_blocks_beside_each_other(by_gap: Results) -> None:
    above, _ = _axes(gaps(by_gap).figure)
    spots = sorted(_marked(above, "o"))
    assert [y for _, y in spots] == [0.57, 0.51, 0.66, 0.51, 0.74, 0.51, 0.87]
    assert [round(x) for x, _ in spots] == [0, 0, 1, 1, 2, 2, 3]
    # The date-only baseline is there at each place where it could be tested.
    assert len(_marked(above, "s")) == 7


def test_gaps_marks_what_is_undecidable_and_says_why(by_gap: Results) -> None:
    drawn = gaps(by_gap)
    above, _ = _axes(drawn.figure)
    assert _texts(above).count("undecidable") == 1
    assert f"gap-30-blocks: {WHY}" in _notes(drawn.figure)
    assert min(y for marker in "os^" for _, y in _marked(above, marker)) == 0.51


def test_gaps_writes_share_of_time_and_number_of_samples(by_gap: Results) -> None:
    _, below = _axes(gaps(by_gap).figure)
    assert [t for t in _texts(below) if "%" in t] == ["50 %", "20 %", "6 %", "0.2 %"]
    heights = [bar.get_height() for bar in below.patches if bar.get_width() < 0.9]
    assert heights == pytest.approx([50, 20, 6, 0.2])
    names = [label.get_text() for label in below.get_xticklabels()]
    assert names[0] == "1 day\nrandom: 163 → 400\nblocks: 163 → 400"
    assert names[3] == "30 days\nrandom: 163 → 400\nblocks: – → 0"


def test_a_share_that_is_not_known_is_no_bar(by_gap: Results) -> None:
    table = by_gap.comparison
    by_gap.comparison = table.assign(
        normal_share=table["normal_share"].mask(table["gap_days"] == 5)
    )
    _, below = _axes(gaps(by_gap).figure)
    assert "not known" in _texts(below)
    assert sum(bar.get_width() < 0.9 for bar in below.patches) == 3


def test_two_shares_of_time_for_one_gap_are_refused(by_gap: Results) -> None:
    by_gap.comparison.loc[0, "normal_share"] = 0.4
    with pytest.raises(LaicflowError, match="gap_days 1: several shares"):
        gaps(by_gap)


def test_gaps_says_nothing_of_differences_that_it_does_not_draw(by_gap: Results) -> None:
    by_gap.comparison["note"] = "no difference to gap-1-blocks: none; few samples"
    assert set(gaps(by_gap).data["note"]) == {"few samples"}


def test_both_are_what_the_list_of_targets_says(
    by_split: Results, by_gap: Results, pytestconfig: pytest.Config
) -> None:
    targets = read(pytestconfig.rootpath / "config/targets.csv")
    for results, function in ((by_split, splits), (by_gap, gaps)):
        drawn = function(results)
        target = targets[f"pham2023_{function.__name__}"]
        assert target.faults(drawn.data, drawn.units) == []
        assert len(drawn.data) >= target.least_rows


def test_the_same_numbers_give_the_same_bytes(by_gap: Results, tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        outputs = {kind: str(folder / f"gaps.{kind}") for kind in ("svg", "png", "parquet")}
        render(gaps, by_gap, outputs)
        written.append([Path(outputs[kind]).read_bytes() for kind in ("svg", "png")])
    assert written[0] == written[1]

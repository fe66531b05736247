"""Figures of scores: their numbers against scikit-learn, their words, their marks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import auc, f1_score, matthews_corrcoef, roc_auc_score

from laicflow.errors import LaicflowError
from laicflow.plots import style
from laicflow.plots.drawing import Drawn
from laicflow.studies.results import Results
from laicflow.studies.seqnetquake import figure_scores
from laicflow.studies.seqnetquake.figure_scores import COLUMNS, UNITS, fig3, fig4, fig5, fig6, fig8
from tests.unit.studies.seqnetquake import scores_made as made

TRUTH = np.resize(made.TURN, made.N)


@pytest.fixture
def settings(shipped: dict) -> dict:
    return made.settings_of(shipped)


@pytest.fixture
def sides(settings: dict) -> Results:
    """Night and day."""
    return made.results_of(settings, ["d01", "d02"])


def row(drawn: Drawn, variant: str, metric: str, experiment: str = "direct") -> dict:
    """One score of a figure."""
    data = drawn.data
    own = data[(data["variant"] == variant) & (data["experiment"] == experiment)]
    return own[own["metric"] == metric].iloc[0].to_dict()


def seeds_of(results: Results, variant: str, experiment: str = "direct") -> list[np.ndarray]:
    """Probabilities of each seed."""
    own = results.predictions[variant]
    own = own[own["experiment"] == experiment]
    return [one[["p_0", "p_1", "p_2"]].to_numpy() for _, one in own.groupby("seed")]


def every(figure: Figure) -> list[Figure]:
    """A figure and all parts within it."""
    return [figure, *(part for one in getattr(figure, "subfigs", []) for part in every(one))]


def words_of(figure: Figure) -> str:
    """What stands below the panels and above the blocks."""
    texts = [text.get_text() for part in every(figure) for text in part.texts]
    titles = [p.get_suptitle() for p in every(figure)[1:] if p.get_suptitle()]
    return " ".join(" ".join([*titles, *texts]).split())


def axes_of(figure: Figure) -> list:
    """All panels, once each."""
    found = [ax for part in every(figure) for ax in part.axes]
    return list(dict.fromkeys(found))


def legends_of(figure: Figure) -> list[str]:
    """What the legends of the panels say."""
    found = [ax.get_legend() for ax in axes_of(figure) if ax.get_legend()]
    return [text.get_text() for legend in found for text in legend.get_texts()]


def test_scores_are_those_of_scikit_learn(sides: Results) -> None:
    drawn = fig3(sides)
    told = [one.argmax(axis=1) for one in seeds_of(sides, "d01")]
    for metric, expected in (
        ("mcc", [matthews_corrcoef(TRUTH, one) for one in told]),
        ("f1_macro", [f1_score(TRUTH, one, average="macro") for one in told]),
        ("f1_weighted", [f1_score(TRUTH, one, average="weighted") for one in told]),
        ("f1_micro", [f1_score(TRUTH, one, average="micro") for one in told]),
        ("accuracy", [np.mean(one == TRUTH) for one in told]),
    ):
        found = row(drawn, "d01", metric)
        assert found["value"] == pytest.approx(np.mean(expected))
        assert found["low"] <= found["value"] <= found["high"]
        # 120 windows of half a day each, whose support is a day: 60 blocks.
        assert (found["n"], found["n_eff"], found["seeds"]) == (made.N, 60, 2)


def test_curves_and_areas_belong_together(sides: Results) -> None:
    drawn = fig3(sides)
    for k in range(3):
        areas = [roc_auc_score(TRUTH == k, one[:, k]) for one in seeds_of(sides, "d02")]
        assert row(drawn, "d02", f"auc_{k}")["value"] == pytest.approx(np.mean(areas))
        data = drawn.data
        own = data[(data["part"] == "roc") & (data["class"] == k) & (data["variant"] == "d02")]
        area = auc(own["false_positive_rate"], own["true_positive_rate"])
        assert area == pytest.approx(np.mean(areas), abs=1e-9)


def test_the_papers_numbers_stand_where_they_belong(sides: Results) -> None:
    drawn = fig3(sides)
    # Table 1, and the text on dataset 01.
    assert row(drawn, "d01", "f1_micro")["paper"] == 0.6238
    assert row(drawn, "d02", "f1_micro")["paper"] == 0.5963
    assert row(drawn, "d01", "auc_2")["paper"] == 0.6128
    assert math.isnan(row(drawn, "d01", "mcc")["paper"])
    assert math.isnan(row(drawn, "d01", "f1_macro")["paper"])
    assert math.isnan(row(drawn, "d02", "auc_2")["paper"])
    said = [text for text in legends_of(drawn.figure) if text.startswith("paper")]
    assert said == ["paper, night (d01)  0.6128"]
    bars = axes_of(drawn.figure)[-1]
    diamonds = sorted(one.get_ydata()[0] for one in bars.lines if one.get_marker() == "D")
    assert diamonds == [0.5963, 0.6238]


def test_legends_tell_area_and_interval(sides: Results) -> None:
    drawn = fig3(sides)
    found = row(drawn, "d01", "auc_0")
    ends = f"({found['low']:.3f}–{found['high']:.3f})"
    assert f"night (d01)  {found['value']:.3f} {ends}" in legends_of(drawn.figure)


def test_baselines_stand_beside_the_bars(sides: Results) -> None:
    drawn = fig3(sides)
    # Class 0 is half of the samples: F1 2/3 of it, 0 of the others.
    majority = {m: row(drawn, "d01", m, "baseline_majority")["value"] for m in ("mcc", "accuracy")}
    assert majority == {"mcc": 0.0, "accuracy": 0.5}
    assert row(drawn, "d01", "f1_macro", "baseline_majority")["value"] == pytest.approx(2 / 9)
    squares = [one for one in axes_of(drawn.figure)[-1].lines if one.get_marker() == "s"]
    # MCC and three F1 of two variants.
    assert len(squares) == 8
    assert not any("Place" in text for text in legends_of(drawn.figure))


def test_each_bar_is_the_score(sides: Results) -> None:
    drawn = fig3(sides)
    bars = axes_of(drawn.figure)[-1]
    heights = [patch.get_height() for patch in bars.patches]
    names = ("mcc", "f1_macro", "f1_weighted", "f1_micro")
    expected = [row(drawn, v, m)["value"] for m in names for v in ("d01", "d02")]
    assert heights == pytest.approx(expected)
    labels = [tick.get_text() for tick in bars.get_xticklabels()]
    assert labels == ["MCC", "F1 macro", "F1 weighted", "F1 micro = accuracy"]


def test_what_is_undecided_is_told_and_keeps_its_look(settings: dict) -> None:
    results = made.results_of(settings, settings["compare"]["lengths"], ("d03",))
    drawn = fig4(results)
    own = drawn.data[drawn.data["variant"] == "d03"]
    assert len(own) == 1 and own["part"].item() == "not tested" and own["n"].item() == 0
    assert f"T = 20 (d03): undecidable: {made.LACKING}" in words_of(drawn.figure)
    assert not any("T = 20" in text for text in legends_of(drawn.figure))
    whole = fig4(made.results_of(settings, settings["compare"]["lengths"]))
    colours = [
        {one.get_color() for one in axes_of(figure)[0].lines[1:]}
        for figure in (drawn.figure, whole.figure)
    ]
    assert len(colours[0]) == 4 and colours[0] < colours[1]


def test_nothing_tested_leaves_words_and_no_axes(settings: dict) -> None:
    drawn = fig3(made.results_of(settings, ["d01", "d02"], ("d01", "d02")))
    assert axes_of(drawn.figure) == []
    assert words_of(drawn.figure) == f"night (d01); day (d02): undecidable: {made.LACKING}"
    assert len(drawn.data) == 2


def test_a_class_without_samples_has_no_axes(sides: Results) -> None:
    for variant in sides.variants:
        own = sides.predictions[variant]
        own.loc[own["target"] == 2, "target"] = 0.0
        made.rescore(sides, variant)
    drawn = fig3(sides)
    panel = axes_of(drawn.figure)[2]
    assert not panel.axison and "no test sample is of class 2" in panel.texts[0].get_text()
    assert math.isnan(row(drawn, "d01", "auc_2")["value"])
    assert "no ROC curve: no test sample is of class 2" in words_of(drawn.figure)


def test_a_seed_without_numbers_leaves_no_wrong_one(sides: Results) -> None:
    own = sides.predictions["d01"]
    own.loc[(own["experiment"] == "direct") & (own["seed"] == 1), ["p_0", "p_1", "p_2"]] = np.nan
    made.rescore(sides, "d01")
    drawn = fig3(sides)
    assert math.isnan(row(drawn, "d01", "mcc")["value"])
    assert "outputs are not numbers" in row(drawn, "d01", "mcc")["note"]
    data = drawn.data
    curve = data[(data["part"] == "roc") & (data["variant"] == "d01")]
    assert curve["false_positive_rate"].isna().all()
    assert math.isfinite(row(drawn, "d02", "mcc")["value"])


def test_radii_and_the_published_window(settings: dict) -> None:
    results = made.results_of(settings, settings["compare"]["radii"])
    said = legends_of(fig5(results).figure)
    wanted = ("3° (d03)", "5° (d08)", "7° (d09)", "12° (d10)", "Dobrovolsky (paper)")
    assert [text.split("  ")[0] for text in said[:5]] == list(wanted)


def test_transfer_has_a_block_a_variant(settings: dict) -> None:
    results = made.results_of(settings, settings["compare"]["transfer"], ("clean", "clean-demeter"))
    drawn = fig6(results)
    own = drawn.data[drawn.data["block"] == "paper"].drop_duplicates("label")
    assert own["label"].tolist() == [
        "initial on DEMETER",
        "Majority class",
        "Place only",
        "initial on CSES",
        "transfer on CSES",
        "direct on CSES",
    ]
    first = own.set_index("label").loc["initial on DEMETER"]
    assert (first["variant"], first["experiment"]) == ("d11", "direct")
    assert row(drawn, "paper", "mcc", "transfer")["paper"] == 0.5523
    assert set(drawn.data["block"]) == {"paper", "clean"}
    # Four panels of `paper`; `clean` is words.
    assert len(axes_of(drawn.figure)) == 4
    said = words_of(drawn.figure)
    assert "paper" in said and f"direct on CSES: undecidable: {made.LACKING}" in said


def test_rivals_that_were_not_trained_say_so(settings: dict) -> None:
    settings["variants"]["paper"] = {"trained": ["transfer", "cnn", "rf"]}
    drawn = fig8(made.results_of(settings, ["paper"]))
    silent = drawn.data[drawn.data["part"] == "not tested"]
    assert silent["label"].tolist() == ["GBM", "DNN", "LSTM"]
    assert set(silent["note"]) == {"not trained in this run"}
    assert "GBM; DNN; LSTM: not trained in this run" in words_of(drawn.figure)
    names = [text.split("  ")[0] for text in legends_of(drawn.figure)][:3]
    assert names == ["SeqNetQuake-TL", "RF", "CNN"]


def test_one_variant_and_eight_are_drawn(settings: dict) -> None:
    one = figure_scores.figS2(made.results_of(settings, ["d01"]))
    assert legends_of(one.figure)[0].startswith("d01  ")
    eight = ["d01", "d02", "d03", "d04", "d05", "d06", "d08", "d09"]
    with style.applied():
        many = fig5(made.results_of(settings, eight))
        FigureCanvasAgg(many.figure).draw()
    looks = [(one.get_color(), one.get_linestyle()) for one in axes_of(many.figure)[0].lines]
    assert len(set(looks)) == 9
    boxes = [ax.get_legend().get_window_extent() for ax in axes_of(many.figure)[:3]]
    bars = axes_of(many.figure)[3].get_window_extent()
    assert all(a.x1 < b.x0 for a, b in zip(boxes[:-1], boxes[1:], strict=True))
    assert all(bars.y1 < box.y0 for box in boxes)


def test_columns_and_units(sides: Results) -> None:
    drawn = fig3(sides)
    assert list(drawn.data) == list(COLUMNS) and drawn.units == UNITS
    assert "class" not in UNITS and UNITS["false_positive_rate"] == "1"


def test_without_variants_there_is_no_figure(sides: Results) -> None:
    sides.variants = {}
    for draw in (fig3, fig6, fig8):
        with pytest.raises(LaicflowError, match="no classifier"):
            draw(sides)

from __future__ import annotations

import pandas as pd
from matplotlib.colors import to_rgba
from PIL import Image

from laicflow.catalogs.completeness import CUT
from laicflow.plots import style
from laicflow.plots.completeness import completeness_figure, draw_completeness
from laicflow.plots.drawing import render
from laicflow.schema import conform, empty


def _table(*regions: str) -> pd.DataFrame:
    rows = []
    for name in regions:
        for year, maxc, stable, b, note in [
            (2001, None, None, None, "12 events, fewer than 50"),
            (2002, 5.2, 5.3, 1.0, CUT),
            (2003, 5.4, None, None, "b is not stable"),
            (2004, 5.1, 5.0, 0.9, ""),
        ]:
            ends = {
                "start": pd.Timestamp(f"{year}-01-01"),
                "end": pd.Timestamp(f"{year + 1}-01-01"),
            }
            found = {"mc_maxc": maxc, "mc_bstab": stable, "b": b, "note": note}
            if b:
                found |= {"b_low": b - 0.1, "b_high": b + 0.2, "n_complete": 60}
            rows.append({"region": name, **ends, "n": 100, **found})
    return conform(pd.DataFrame(rows), "completeness")


def _panels(figure):
    return [part.axes for part in figure.subfigs]


def test_a_block_of_three_panels_a_region() -> None:
    panels = _panels(completeness_figure(_table("world", "Japan", "Greece"), title="A title"))
    assert [len(axes) for axes in panels if axes] == [3, 3, 3]
    titles = [axes[0].get_title(loc="left") for axes in panels if axes]
    assert titles == ["(a) world", "(b) Japan", "(c) Greece"]
    assert panels[0][1].get_ylabel() == "b" and panels[1][1].get_ylabel() == ""
    assert len({axes[0].get_ylim() for axes in panels if axes}) == 1


def test_values_stand_at_the_middle_of_their_period() -> None:
    axes = _panels(completeness_figure(_table("world")))[0]
    line = next(line for line in axes[0].lines if line.get_label() == "bstab")
    # The 2nd of July 2002, noon, is day 11870.5 after 1970-01-01.
    assert line.get_xdata()[1] == 11870.5 and line.get_ydata()[1] == 5.3
    low, high = axes[1].containers[0].lines[2][0].get_segments()[1][:, 1]
    assert (round(low, 3), round(high, 3)) == (0.9, 1.2)
    heights = [bar.get_height() for bar in axes[2].containers[1]]
    assert heights == [0, 60, 0, 60]


def test_a_cut_catalog_has_another_mark_and_an_empty_period_is_grey() -> None:
    axes = _panels(completeness_figure(_table("world")))[0]
    marks = {line.get_label(): line for line in axes[0].lines}
    assert list(marks["cut"].get_ydata()) == [5.2]
    assert list(marks["maxc"].get_ydata())[-2:] == [5.4, 5.1]
    grey = [patch for patch in axes[0].patches if patch.get_label() == "none"]
    assert len(grey) == 1 and grey[0].get_facecolor() == to_rgba(style.GREY)


def test_the_legend_names_what_is_there() -> None:
    named = [t.get_text() for t in completeness_figure(_table("world")).legends[0].get_texts()]
    assert named[:3] == [
        "maximum curvature + 0.2",
        "maximum curvature + 0.2 near a cut-off",
        "b-value stability",
    ]
    none = completeness_figure(_table("world").iloc[:1])
    assert [t.get_text() for t in none.legends[0].get_texts()] == [
        "too few events",
        "all events",
        "at or above both",
    ]
    full = completeness_figure(_table("world").iloc[3:], level=0.9)
    named = [t.get_text() for t in full.legends[0].get_texts()]
    assert "too few events" not in named and "b and its 90 % interval" in named


def test_no_region_and_no_number_can_be_drawn(tmp_path) -> None:
    for number, table in enumerate([empty("completeness"), _table("world").iloc[:1]]):
        files = {kind: str(tmp_path / f"{number}.{kind}") for kind in ("svg", "png", "parquet")}
        render(draw_completeness, table, files)
        with Image.open(files["png"]) as image:
            assert image.size[0] == 1440


def test_the_same_table_gives_the_same_bytes(tmp_path) -> None:
    made = []
    for name in ("one", "two"):
        files = {kind: str(tmp_path / name / f"a.{kind}") for kind in ("svg", "png", "parquet")}
        render(draw_completeness, _table("world", "Japan"), files)
        made.append([(tmp_path / name / f"a.{kind}").read_bytes() for kind in files])
    assert made[0] == made[1]


def test_a_part_of_a_year_has_its_true_width_and_no_year_outside_is_shown() -> None:
    table = _table("world").iloc[[1, 2]].reset_index(drop=True)
    table.loc[0, "start"] = pd.Timestamp("2002-11-21")
    table.loc[1, "end"] = pd.Timestamp("2003-01-15")
    axes = _panels(completeness_figure(table))[0]
    # 41 days to the end of 2002, 14 days of 2003, on an axis of these days alone.
    wide = [bar.get_width() for bar in axes[2].containers[0]]
    assert [round(width / 0.86, 6) for width in wide] == [41, 14]
    low, high = axes[2].get_xlim()
    assert high - low == 55
    assert [text.get_text() for text in axes[2].get_xticklabels()] == ["2002-11-21", "2003-01-15"]
    # 2002-11-21 to 2005-01-01 has three first days of a year.
    table.loc[1, "end"] = pd.Timestamp("2005-01-01")
    axes = _panels(completeness_figure(table))[0]
    assert [text.get_text() for text in axes[2].get_xticklabels()] == ["2003", "2004", "2005"]
    assert axes[2].get_xlim()[0] == low

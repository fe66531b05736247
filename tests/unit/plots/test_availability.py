from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps
from matplotlib.axes import Axes

from laicflow.plots import drawing, style
from laicflow.plots.availability import EVENTS, SHARES, draw, step_of


def rows(source: str, kind: str, first: str, shares: list[float], **more: object) -> pd.DataFrame:
    """Months of a source of which 100 values are asked for, or events where `shares` has none."""
    months = pd.date_range(first, periods=len(shares), freq="MS")
    share = np.asarray(shares, dtype="float64")
    made = pd.DataFrame(
        {
            "source": source,
            "kind": kind,
            "month": months.astype("datetime64[us]"),
            "expected": pd.array([100] * len(share), dtype="Int64"),
            "present": pd.array((100 * share).round().astype("int64"), dtype="Int64"),
            "share": share,
            "stated": pd.array((100 * share).round().astype("int64"), dtype="Int64"),
            "provisional": pd.array([0] * len(share), dtype="Int64"),
            "suspect": pd.array([0] * len(share), dtype="Int64"),
        }
    )
    return made.assign(**more)


def catalog(first: str, counts: list[int]) -> pd.DataFrame:
    made = rows("usgs", "events", first, [0.0] * len(counts))
    missing = pd.array([pd.NA] * len(counts), dtype="Int64")
    return made.assign(
        present=pd.array(counts, dtype="Int64"), share=np.nan, expected=missing, suspect=missing
    )


def pieces(ax: Axes) -> list[tuple[float, float, float, float, tuple]]:
    """Left, right, top and foot of each coloured piece, and its colour."""
    found = []
    for collection in ax.collections:
        box = collection.get_paths()[0].get_extents()
        colour = tuple(np.round(collection.get_facecolor()[0], 4))
        found.append((box.x0, box.x1, box.y0, box.y1, colour))
    return found


def colour(place: float) -> tuple:
    return tuple(np.round(colormaps["cividis"](place), 4))


@pytest.mark.parametrize(
    ("share", "name"),
    [
        (0.0, "none"),
        (0.001, "under 25 %"),
        (0.25, "25–50 %"),
        (0.5, "50–75 %"),
        (0.75, "75–95 %"),
        (0.95, "95 % or more,\nnot all"),
        (743 / 744, "95 % or more,\nnot all"),
        (1.0, "all"),
    ],
)
def test_one_missing_hour_is_not_all(share: float, name: str) -> None:
    assert SHARES[step_of(np.array([share]), SHARES)[0]][1] == name


@pytest.mark.parametrize(
    ("count", "name"),
    [(0, "0"), (1, "1–9"), (9, "1–9"), (10, "10–99"), (999, "100–999"), (1000, "1000 or more")],
)
def test_steps_of_events(count: int, name: str) -> None:
    assert EVENTS[step_of(np.array([count]), EVENTS)[0]][1] == name


def test_the_scale_grows_darker_with_the_share() -> None:
    light = [np.dot(colormaps["cividis"](step[2])[:3], [0.2126, 0.7152, 0.0722]) for step in SHARES]
    assert all(one > other + 0.02 for one, other in zip(light[:-1], light[1:], strict=True))


def test_months_of_a_colour_are_one_piece_and_those_not_asked_for_none() -> None:
    table = pd.concat(
        [
            rows("code", "maps", "2001-01-01", [1, 1, 0.5, 1]),
            rows("kp", "kp", "2001-03-01", [1, 1]),
        ]
    )
    (ax,) = draw(table).figure.axes
    found = [(left, right, shade) for left, right, _, _, shade in pieces(ax)]
    full, half = colour(0.0), colour(0.69)
    assert found == [(0, 2, full), (2, 3, half), (3, 4, full), (2, 4, full)]
    assert ax.get_xlim() == (0, 4)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["code", "kp"]


def test_a_hole_in_the_months_stays_open() -> None:
    table = pd.concat([rows("kp", "kp", "2001-01-01", [1]), rows("kp", "kp", "2001-03-01", [1])])
    (ax,) = draw(table).figure.axes
    assert [(left, right) for left, right, *_ in pieces(ax)] == [(0, 1), (2, 3)]


def test_a_month_of_which_nothing_is_there_is_struck_through() -> None:
    (ax,) = draw(rows("kp", "kp", "2001-01-01", [1, 0, 0, 1])).figure.axes
    struck = [line.get_xdata() for line in ax.lines if line.get_color() == "black"]
    assert [list(line) for line in struck] == [[1, 3]]


def test_the_band_of_provisional_values_grows_with_their_share() -> None:
    table = rows("dst", "dst", "2001-01-01", [1, 1, 1], provisional=[0, 50, 100])
    (ax,) = draw(table).figure.axes
    bands = [
        piece
        for piece in pieces(ax)
        if piece[4] == tuple(np.round([0xE6 / 255, 0x9F / 255, 0, 1], 4))
    ]
    assert [(left, right) for left, right, *_ in bands] == [(1, 2), (2, 3)]
    half, whole = (foot - top for _, _, top, foot, _ in bands)
    assert whole == pytest.approx(2 * half)
    # All of the half that says what it is are provisional: half of what is present.
    part = rows("dst", "dst", "2001-01-01", [1], provisional=[50], stated=[50])
    (ax,) = draw(part.assign(provisional_share=1.0)).figure.axes
    _, _, top, foot, _ = pieces(ax)[1]
    assert foot - top == pytest.approx(half)
    strip = pieces(ax)[0]
    assert bands[0][3] == pytest.approx(strip[3])


def test_suspect_values_have_a_triangle() -> None:
    table = rows("dst", "dst", "2001-01-01", [1, 1, 1], suspect=[0, 2, 0])
    (ax,) = draw(table).figure.axes
    (marks,) = [line for line in ax.lines if line.get_marker() == "v"]
    assert list(marks.get_xdata()) == [1.5]


def test_totals_say_all_only_where_it_is_all() -> None:
    almost = rows("dst", "dst", "2001-01-01", [1.0])
    almost["expected"], almost["present"] = 200_000, 199_999
    table = pd.concat([rows("kp", "kp", "2001-01-01", [1]), almost, catalog("2001-01-01", [1234])])
    (ax,) = draw(table).figure.axes
    texts = [text.get_text() for text in ax.texts]
    assert "100 %" in texts and "99.99 %" in texts and "1,234 earthquakes" in texts


def test_the_legend_explains_what_is_drawn() -> None:
    plain = draw(rows("kp", "kp", "2001-01-01", [1, 1])).figure
    assert [legend.get_title().get_text() for legend in plain.legends] == [
        "share of the values asked for"
    ]
    table = pd.concat([rows("kp", "kp", "2001-01-01", [1, 0]), catalog("2001-01-01", [3])])
    whole = draw(table).figure
    texts = [text.get_text() for legend in whole.legends for text in legend.get_texts()]
    assert "nothing there" in texts and "not asked for" in texts and "1–9" in texts
    assert "suspect values" not in texts


@pytest.mark.parametrize(("months", "first"), [(4, "Nov\n2000"), (276, "2000")])
def test_months_or_years_below(months: int, first: str) -> None:
    begin = "2000-11-01" if months == 4 else "1999-01-01"
    (ax,) = draw(rows("kp", "kp", begin, [1.0] * months)).figure.axes
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names[0] == first and len(names) <= 24
    if months == 276:
        # 12 months after the first.
        assert ax.get_xticks()[0] == 12


def test_kinds_stand_together_from_maps_to_flux() -> None:
    table = pd.concat(
        [
            rows("b", "f107", "2001-01-01", [1]),
            rows("z", "maps", "2001-01-01", [1]),
            rows("a", "kp", "2001-01-01", [1]),
            rows("c", "maps", "2001-01-01", [1]),
        ]
    )
    (ax,) = draw(table).figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["c", "z", "a", "b"]
    # The first row stands on top.
    bottom, top = ax.get_ylim()
    assert bottom > top


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    table = pd.concat([rows("kp", "kp", "2001-01-01", [1, 0.3]), catalog("2001-01-01", [3, 30])])
    files = []
    for folder in ("a", "b"):
        paths = {suffix: tmp_path / folder / f"chart.{suffix}" for suffix in ("svg", "png")}
        with style.applied():
            drawing.save(draw(table).figure, **paths)
        files.append([path.read_bytes() for path in paths.values()])
    assert files[0] == files[1]


def test_nothing_to_draw_is_an_error() -> None:
    with pytest.raises(ValueError, match="no month"):
        draw(rows("kp", "kp", "2001-01-01", []))

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import r2_score, root_mean_squared_error

from laicflow.plots import forecasts

GENERATOR = np.random.default_rng(5)
OBSERVED = 10 + 3 * GENERATOR.normal(size=900)
FORECAST = OBSERVED + GENERATOR.normal(size=900)


def test_scores_are_those_of_scikit_learn() -> None:
    count, rmse, r2 = forecasts.scores(OBSERVED, FORECAST)
    assert count == 900 and rmse == pytest.approx(root_mean_squared_error(OBSERVED, FORECAST))
    assert r2 == pytest.approx(r2_score(OBSERVED, FORECAST))


def test_panels_tell_their_scores_and_share_axes_and_colours() -> None:
    holed = FORECAST.copy()
    holed[:100] = np.nan
    made = forecasts.draw_scatter({"one": (OBSERVED, FORECAST), "two": (OBSERVED, holed)})
    first, second, bar = made.axes
    assert first.texts[0].get_text().startswith("n = 900\nRMSE = ")
    assert second.texts[0].get_text().startswith("n = 800\n")
    assert made.get_supxlabel() == "observed VTEC (TECU)"
    assert made.get_supylabel() == "forecast VTEC (TECU)"
    assert first.get_xlim() == second.get_xlim() == second.get_ylim()
    assert second.collections[0].get_array().sum() == 800
    assert first.collections[0].get_clim() == second.collections[0].get_clim()
    assert bar.get_ylabel() == "pairs in a hexagon"
    diagonal = first.lines[0]
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())


def test_few_pairs_are_points_and_none_are_told() -> None:
    few = {"few": (OBSERVED[:50], FORECAST[:50]), "none": (OBSERVED[:50], np.full(50, np.nan))}
    made = forecasts.draw_scatter(few)
    first, second = made.axes
    points = first.lines[0]
    np.testing.assert_array_equal(points.get_xdata(), OBSERVED[:50])
    np.testing.assert_array_equal(points.get_ydata(), FORECAST[:50])
    assert second.texts[0].get_text() == "n = 0"
    with pytest.raises(ValueError, match="few: 2 observations and 3 forecasts"):
        forecasts.draw_scatter({"few": (np.ones(2), np.ones(3))})


def _table(models: int = 3) -> pd.DataFrame:
    rows = [
        (f"m{m}", group, measure, m + 1.0, m + 0.5, m + 2.0)
        for m in range(models)
        for group in ("quiet", "disturbed")
        for measure in ("RMSE", "R²")
    ]
    return pd.DataFrame(rows, columns=["model", "group", "measure", "value", "low", "high"])


def test_bars_stand_in_their_group_with_their_interval() -> None:
    table = _table()
    table.loc[(table["model"] == "m1") & (table["group"] == "quiet"), "value"] = np.nan
    made = forecasts.draw_bars(table, units={"RMSE": "TECU", "R²": ""}, groups="hours")
    first, second = made.axes
    assert [ax.get_ylabel() for ax in (first, second)] == ["RMSE (TECU)", "R²"]
    assert [label.get_text() for label in second.get_xticklabels()] == ["quiet", "disturbed"]
    assert second.get_xlabel() == "hours"
    heights = [(round(bar.get_x() + bar.get_width() / 2, 2), bar.get_height())
               for bar in first.patches]  # fmt: skip
    assert heights == [(-0.28, 1.0), (0.72, 1.0), (1.0, 2.0), (0.28, 3.0), (1.28, 3.0)]
    ends = [segment[:, 1].tolist() for one in first.collections for segment in one.get_segments()]
    assert ends == [[0.5, 2.0], [0.5, 2.0], [1.5, 3.0], [2.5, 4.0], [2.5, 4.0]]
    missing = [text for text in first.texts if text.get_text() == "n/a"]
    assert [text.get_position()[0] for text in missing] == [0.0]


def test_ten_models_look_different_and_eleven_are_refused() -> None:
    made = forecasts.draw_bars(_table(10), units={"RMSE": "TECU"})
    handles = made.legends[0].get_patches()
    assert len({(h.get_facecolor(), h.get_hatch()) for h in handles}) == 10
    with pytest.raises(ValueError, match="11 models"):
        forecasts.draw_bars(_table(11), units={"RMSE": "TECU"})
    with pytest.raises(ValueError, match="one value of each"):
        forecasts.draw_bars(pd.concat([_table(), _table()]), units={"RMSE": "TECU"})

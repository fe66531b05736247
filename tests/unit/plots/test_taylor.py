from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from laicflow.plots import style, taylor

GENERATOR = np.random.default_rng(3)
OBSERVED = 10 + 3 * GENERATOR.normal(size=500)


def _forecasts(count: int, error: float) -> dict[str, np.ndarray]:
    return {
        f"a model {n}": OBSERVED + 0.1 * n + error * GENERATOR.normal(size=500)
        for n in range(count)
    }


def test_numbers_are_those_of_numpy_over_epochs_that_have_all() -> None:
    forecasts = _forecasts(2, 1.0)
    forecasts["a model 0"][:10] = np.nan
    table = taylor.numbers(OBSERVED, forecasts).set_index("model")
    own, other = OBSERVED[10:], forecasts["a model 1"][10:]
    row = table.loc["a model 1"]
    assert row["n"] == 490 and row["sd"] == pytest.approx(other.std())
    assert row["correlation"] == pytest.approx(np.corrcoef(own, other)[0, 1])
    assert row["bias"] == pytest.approx((other - own).mean())
    assert row["crmse"] == pytest.approx((other - own).std())
    assert table.loc["observed", ["correlation", "crmse", "bias"]].tolist() == [
        pytest.approx(1.0), 0.0, 0.0,
    ]  # fmt: skip


def test_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="0 epochs"):
        taylor.numbers(OBSERVED, {"none": np.full(500, np.nan)})
    with pytest.raises(ValueError, match="500 epochs"):
        taylor.numbers(np.ones(500), {"one": OBSERVED})


def _points(ax) -> np.ndarray:
    return np.array([one.get_offsets()[0] for one in ax.collections if len(one.get_offsets())])


def test_a_point_lies_as_far_from_the_observed_as_its_centred_error() -> None:
    table = taylor.numbers(OBSERVED, _forecasts(3, 3.0))
    ax = taylor.draw_taylor(table).axes[0]
    places, models = _points(ax), table.iloc[1:]
    np.testing.assert_allclose(np.hypot(*places.T), models["sd"])
    far = np.hypot(places[:, 0] - table["sd"].iloc[0], places[:, 1])
    np.testing.assert_allclose(far, models["crmse"])
    assert ax.get_xlabel() == "standard deviation (TECU)" and ax.get_xlim()[0] == 0


def test_normalised_the_observed_lies_at_one() -> None:
    table = taylor.numbers(OBSERVED, _forecasts(3, 3.0))
    ax = taylor.draw_taylor(table, normalised=True).axes[0]
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xdata()[0] == pytest.approx(1.0)
    assert "TECU" not in ax.get_xlabel()
    np.testing.assert_allclose(np.hypot(*_points(ax).T), table["sd"].iloc[1:] / table["sd"].iloc[0])


@pytest.mark.parametrize("error", [0.1, 1.0, 4.0])
def test_names_of_ten_models_do_not_overlap(error: float) -> None:
    with style.applied():
        made = taylor.draw_taylor(taylor.numbers(OBSERVED, _forecasts(10, error)))
        made.draw_without_rendering()
        named = [ax for ax in made.axes if any("model" in text.get_text() for text in ax.texts)]
        (ax,) = named
        # Of the texts alone, without their lines.
        boxes = [Text.get_window_extent(x) for x in ax.texts if x.get_text() in _names(10)]
    assert len(boxes) == 11
    assert not any(a.overlaps(b) for a in boxes for b in boxes if a is not b)


def _names(count: int) -> set[str]:
    return {"observed", *(f"a model {n}" for n in range(count))}


def test_a_crowded_part_is_drawn_larger() -> None:
    made = taylor.draw_taylor(taylor.numbers(OBSERVED, _forecasts(6, 0.5)))
    whole, part = made.axes[:2]
    assert np.ptp(part.get_xlim()) < 0.45 * np.ptp(whole.get_xlim())
    low, high = part.get_xlim()
    assert ((_points(part)[:, 0] > low) & (_points(part)[:, 0] < high)).all()
    (frame,) = (patch for patch in whole.patches if patch.get_zorder() == 6)
    assert frame.get_width() == pytest.approx(high - low)


def test_a_negative_correlation_needs_a_half_circle_and_a_constant_one_lies_at_the_origin() -> None:
    rows = [("observed", 3.0, 1.0, 0.0), ("reversed", 3.0, -0.5, 1.0), ("constant", 0.0, np.nan, 0)]
    table = pd.DataFrame(rows, columns=["model", "sd", "correlation", "bias"])
    table["crmse"] = 0.0
    ax = taylor.draw_taylor(table).axes[0]
    assert ax.get_xlim()[0] == -ax.get_xlim()[1]
    np.testing.assert_allclose(_points(ax), [[-1.5, 3 * np.sqrt(0.75)], [0, 0]], atol=1e-12)

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

from laicflow.errors import LaicflowError
from laicflow.report.targets import read
from laicflow.schema import conform
from laicflow.studies.pham2023.figures import fig2, fig3
from laicflow.studies.results import Results, with_variants

CHANNELS = ("tec", "median", "lower", "upper", "positive", "negative")
DAYS = pd.date_range("2001-01-01", periods=80)
SETTINGS = {
    "experiments": {
        "plain": {"label": "Plain"},
        "mixed": {"label": "A mixing net", "training": {"augment": {"kind": "cutmix_mixup"}}},
    },
    "image": {"exceedance": False, "size": 32},
    "training": {
        "augment": {"kind": "none", "share": 1.0, "cutmix_alpha": 1.5, "mixup_alpha": 0.2}
    },
    "trained": "all",
    "variants": {"paper": {}, "clean": {}},
}
# Pairs a (M 8), b (M 7) and c (M 6): the SIP sample ends on the first day, the normal one on the
# second.
ENDS = {
    "a": ("2001-02-20", "2001-03-15"),
    "b": ("2001-02-10", "2001-03-12"),
    "c": ("2001-03-01",) * 2,
}
MAGNITUDES = {"a": 8.0, "b": 7.0, "c": 6.0}


def _tensors() -> xr.Dataset:
    """Amounts that tell day and hour: 100 x channel + day + hour / 100."""
    day, hour = np.meshgrid(np.arange(len(DAYS)), np.arange(24), indexing="ij")
    data = {}
    for number, name in enumerate(CHANNELS[:4]):
        data[name] = 100.0 * number + day + hour / 100
    data["positive"] = (day % 2).astype(float)
    data["negative"] = (hour % 3 == 0).astype(float)
    dims = ("site", "day", "hour")
    made = {name: (dims, values[None].astype("float32")) for name, values in data.items()}
    return xr.Dataset(made, coords={"site": ["japan"], "day": DAYS, "hour": range(24)})


def _samples() -> pd.DataFrame:
    rows = []
    for pair, ends in ENDS.items():
        for label, end in zip((1, 0), map(pd.Timestamp, ends), strict=True):
            rows.append(
                {
                    "sample_id": f"{pair}{label}",
                    "window_id": f"japan/{end - pd.Timedelta(days=1):%Y-%m-%d}",
                    "start": end - pd.Timedelta(days=30),
                    "end": end,
                    "support_start": end - pd.Timedelta(days=45),
                    "issue_time": end,
                    "site": "japan",
                    "latitude": 36.5,
                    "longitude": 142.0,
                    "label": label,
                    "magnitude": MAGNITUDES[pair] if label else np.nan,
                    # Noon.
                    "lead_days": 0.5 if label else np.nan,
                    "match_id": pair,
                    "split": "train",
                }
            )
    return conform(pd.DataFrame(rows), "samples")


def _splits(parts: dict[str, str], fold: int = 0) -> pd.DataFrame:
    rows = [
        {"draw": 0, "fold": fold, "sample_id": name, "split": part} for name, part in parts.items()
    ]
    return conform(pd.DataFrame(rows), "splits")


@pytest.fixture
def results() -> Results:
    """The pair of M 8 is torn by the split; that of M 7 is in training whole."""
    own = Results("run", "pham2023", SETTINGS, with_variants(SETTINGS), tensors=_tensors())
    torn = _splits({"a1": "test", "a0": "train", "b1": "train", "b0": "train", "c1": "train"})
    for variant in own.variants:
        own.samples[variant] = _samples()
        own.splits[variant] = torn
    return own


def _panel(data: pd.DataFrame, panel: str, channel: str) -> np.ndarray:
    """Values (30, 24) of a panel."""
    own = data[(data["panel"] == panel) & (data["channel"] == channel)]
    return own.pivot(index="day", columns="hour", values="value").to_numpy()


def _title(figure: Figure) -> str:
    return figure.get_suptitle().replace("\n", " ")


def _window(results: Results, end: str, channel: str) -> np.ndarray:
    """The thirty days before `end`, by their dates."""
    days = pd.date_range(end=pd.Timestamp(end) - pd.Timedelta(days=1), periods=30)
    return results.tensors[channel].sel(site="japan", day=days).values.astype("float64")


def test_the_samples_are_the_largest_pair_that_is_in_training_whole(results: Results) -> None:
    drawn = fig2(results)
    names = drawn.data.groupby("panel")["sample_id"].first()
    assert names.to_dict() == {"A": "b1", "B": "b0", "mixed": "b1 + b0"}
    title = _title(drawn.figure)
    assert "followed by M 7.0 on 2001-02-10 at 12:00 UTC" in title
    assert "no earthquake that counts on 2001-03-12" in title
    assert "variant paper, both in training" in title


def test_parts_of_a_pair_in_different_folds_are_no_training_pair(results: Results) -> None:
    apart = pd.concat([_splits({"b1": "train"}, 0), _splits({"b0": "train"}, 1)])
    whole = _splits({"c1": "train", "c0": "train"}, 1)
    results.splits["paper"] = pd.concat([apart, whole], ignore_index=True)
    assert set(fig3(results).data["sample_id"]) == {"c1", "c0", "c1 + c0"}


def test_the_next_variant_is_taken_where_the_first_trains_on_no_pair(results: Results) -> None:
    results.splits["paper"] = results.splits["paper"].assign(split="purged")
    assert set(fig3(results).data["variant"]) == {"clean"}


def test_a_pair_that_nothing_trains_on_is_said_to_be_so(results: Results) -> None:
    for variant in results.variants:
        results.splits[variant] = results.splits[variant].assign(split="purged")
    drawn = fig3(results)
    assert set(drawn.data["sample_id"]) == {"a1", "a0", "a1 + a0"}
    assert "variant paper, no pair of the study is in training whole" in _title(drawn.figure)


def test_without_any_pair_there_is_no_figure(results: Results) -> None:
    for variant in results.variants:
        results.samples[variant] = results.samples[variant].assign(split="unused")
    with pytest.raises(LaicflowError, match="no variant has drawn a SIP and a normal sample"):
        fig2(results)


def test_both_samples_stand_there_as_they_are(results: Results) -> None:
    data = fig2(results).data
    assert len(data) == 3 * 6 * 30 * 24
    for panel, end in (("A", "2001-02-10"), ("B", "2001-03-12")):
        for channel in CHANNELS:
            np.testing.assert_array_equal(
                _panel(data, panel, channel), _window(results, end, channel)
            )
    first = data[data["panel"] == "B"].iloc[0]
    assert first["date"] == pd.Timestamp("2001-02-10") and first["day"] == 1
    assert data.loc[data["panel"] == "mixed", "date"].isna().all()


def test_mixup_is_the_weighted_mean_of_images_and_labels(results: Results) -> None:
    drawn = fig3(results)
    for channel in CHANNELS:
        a, b = (_window(results, end, channel) for end in ("2001-02-10", "2001-03-12"))
        mixed = _panel(drawn.data, "mixed", channel)
        np.testing.assert_allclose(mixed, 0.6 * a + 0.4 * b, rtol=1e-12)
    assert drawn.data.groupby("panel")["target"].first().to_dict() == {
        "A": 1.0,
        "B": 0.0,
        "mixed": 0.6,
    }
    assert "λ = 0.600" in _title(drawn.figure)


def test_cutmix_takes_a_box_of_the_other_and_its_share_of_the_label(results: Results) -> None:
    drawn = fig2(results)
    mixed = drawn.data[drawn.data["panel"] == "mixed"]
    for channel in CHANNELS:
        a, b = (_window(results, end, channel) for end in ("2001-02-10", "2001-03-12"))
        share = mixed[mixed["channel"] == channel].pivot(
            index="day", columns="hour", values="share_of_a"
        )
        own = share.to_numpy() == 1
        assert set(np.unique(share)) == {0.0, 1.0}
        expected = np.where(own, a, b)
        np.testing.assert_array_equal(_panel(drawn.data, "mixed", channel), expected)
        # What is B's is a rectangle.
        rows, columns = np.flatnonzero(~own.all(axis=1)), np.flatnonzero(~own.all(axis=0))
        assert not own[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].any()
    target = mixed["target"].iloc[0]
    assert f"λ = {target:.3f}" in _title(drawn.figure)


def test_the_outlined_box_has_the_area_that_the_label_says(results: Results) -> None:
    drawn = fig2(results)
    target = drawn.data.loc[drawn.data["panel"] == "mixed", "target"].iloc[0]
    panels = [ax for ax in drawn.figure.axes if ax.images]
    boxes = [patch for ax in panels for patch in ax.patches]
    assert len(panels) == 18 and len(boxes) == 2 * 18
    for box in boxes:
        assert box.get_width() * box.get_height() == pytest.approx((1 - target) * 32 * 32)


def test_mixup_has_no_box(results: Results) -> None:
    panels = [ax for ax in fig3(results).figure.axes if ax.images]
    assert not [patch for ax in panels for patch in ax.patches]


def test_the_padding_is_left_open_around_days_and_hours(results: Results) -> None:
    ax = fig3(results).figure.axes[0]
    mask = ax.images[0].get_array().mask
    assert mask.shape == (32, 32) and not mask[1:31, 4:28].any()
    assert mask.sum() == 32 * 32 - 30 * 24
    # The pixel in row 1 and column 4 is the first day and hour: place 0, 0.
    assert ax.images[0].get_extent() == [-4.5, 27.5, 30.5, -1.5]


def test_rows_tell_dates_labels_and_days(results: Results) -> None:
    axes = fig3(results).figure.axes
    said = [axes[6 * row].get_ylabel() for row in range(3)]
    assert said == ["A: SIP, label 1", "B: normal, label 0", "mixed, label 0.600"]
    first = [axes[6 * row].get_yticklabels()[0].get_text() for row in range(3)]
    assert first == ["2001-01-11", "2001-02-10", "day 1"]


def test_the_figure_says_which_network_is_trained_so_and_how(results: Results) -> None:
    assert "in training from Beta(1.5, 1.5): A mixing net" in _title(fig2(results).figure)
    assert "in training from Beta(0.2, 0.2): A mixing net" in _title(fig3(results).figure)
    only = {"mixed": {"label": "A net", "training": {"augment": {"kind": "mixup"}}}}
    results.settings = {**SETTINGS, "experiments": only}
    assert "no network that this run trains" in _title(fig2(results).figure)


def test_a_network_that_is_not_trained_is_not_named(results: Results) -> None:
    other = {"augment": {"kind": "mixup", "mixup_alpha": 0.7}}
    experiments = {**SETTINGS["experiments"], "idle": {"label": "Idle net", "training": other}}
    experiments = {name: experiments[name] for name in ("idle", "plain", "mixed")}
    for trained, said in (
        (["plain", "mixed"], "in training from Beta(0.2, 0.2): A mixing net"),
        (["plain"], "in training from Beta(0.7, 0.7): no network that this run trains"),
    ):
        results.settings = {**SETTINGS, "experiments": experiments, "trained": trained}
        results.variants = with_variants(results.settings)
        assert _title(fig3(results).figure).endswith(said)


def test_exceedance_is_in_tecu(results: Results) -> None:
    results.settings = {**SETTINGS, "image": {"exceedance": True, "size": 32}}
    assert set(fig3(results).data["unit"]) == {"TECU"}


def test_both_are_what_the_list_of_targets_says(
    results: Results, pytestconfig: pytest.Config
) -> None:
    targets = read(pytestconfig.rootpath / "config/targets.csv")
    for function in (fig2, fig3):
        drawn = function(results)
        target = targets[f"pham2023_{function.__name__}"]
        assert target.faults(drawn.data, drawn.units) == []
        assert len(drawn.data) >= target.least_rows

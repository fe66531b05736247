"""Windows against numbers worked out apart from the code, and real minutes of Eskdalemuir."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.errors import ConfigError, LaicflowError
from laicflow.readers import iaga2002
from laicflow.readers.geomagnetic import STATES
from laicflow.store import write_netcdf
from laicflow.studies.petrescu2022 import windows
from tests.unit.studies.petrescu2022.minutes import (
    field,
    minutes_of,
    settings,
    sites_of,
    write_month,
)

FIRST = np.datetime64("2003-12-31T00:00", "us")
MINUTE = np.timedelta64(1, "m")
# Records of 03:00 and 05:00 in esk20030331dmin.min.
FIRST_READ = (17327.50, -1446.00, 46217.10)
LAST_READ = (17336.50, -1446.50, 46214.40)


def tensors_of(values: np.ndarray, *, kind: str = "none", jumps: tuple[int, ...] = ()):
    """Tensors of (site, 3, minute) values of sites S0, S1, ..."""
    names = [f"S{k}" for k in range(len(values))]
    told = [{"time": str(FIRST + at * MINUTE), "size_nt": 50.0} for at in jumps]
    return xr.Dataset(
        {
            "field": (("site", "component", "time"), values.astype("float32")),
            "filled": (("site", "time"), np.zeros(values[:, 0].shape, dtype="int8")),
            "state": (("site", "time"), np.zeros(values[:, 0].shape, dtype="int8")),
        },
        coords={
            "site": np.array(names, dtype=object),
            "component": np.array(list("XYZ"), dtype=object),
            "time": FIRST + np.arange(values.shape[-1]) * MINUTE,
        },
        attrs={"filter": kind, "jumps": json.dumps({names[0]: told}), "states": json.dumps(STATES)},
    )


def name_of(end: int, site: str = "S0") -> str:
    """The window that ends before minute `end`."""
    return f"{site}/{str((FIRST + end * MINUTE).astype('datetime64[m]'))}"


@pytest.fixture
def walk() -> np.ndarray:
    return field(FIRST + np.arange(3000) * MINUTE)[None]


def test_a_window_by_hand():
    values = np.array([[[1, 2, 3, 4, 5], [9, 8, 7, 6, 5], [-2, -8, 4, 0, 16]]], dtype=float)
    made = windows.cut(tensors_of(values), [name_of(4), name_of(5)], settings(minutes=3))
    assert made.shape == (2, 1, 3, 3) and made.dtype == np.float32
    # Minutes 1, 2, 3 of which |Z| is 8, 4, 0; then 2, 3, 4 of which it is 4, 0, 16.
    expected = np.array([[2, 3, 4], [8, 7, 6], [-8, 4, 0]]) / 8
    np.testing.assert_array_equal(made[0, 0], expected)
    np.testing.assert_array_equal(made[1, 0], np.array([[3, 4, 5], [7, 6, 5], [4, 0, 16]]) / 16)
    plain = windows.cut(tensors_of(values), [name_of(4)], settings(minutes=3, normalise="none"))
    np.testing.assert_array_equal(plain[0, 0], expected * 8)
    assert windows.cut(tensors_of(values), [], settings(minutes=3)).shape == (0, 1, 3, 3)


def test_gaps_hold_the_mean_of_their_component_over_the_window():
    values = np.array([[[1, 2, np.nan, 4, 5], [9, 8, 7, 6, 5], [np.nan, 1, 10, 1, 8]]])
    study = settings(minutes=5, max_gap_minutes=2)
    made = windows.cut(tensors_of(values), [name_of(5)], study)[0, 0]
    # Means by hand: (1 + 2 + 4 + 5) / 4 = 3 and (1 + 10 + 1 + 8) / 4 = 5.
    np.testing.assert_allclose(
        made, np.array([[1, 2, 3, 4, 5], [9, 8, 7, 6, 5], [5, 1, 10, 1, 8]]) / 10, rtol=1e-6
    )
    assert windows.fill_share(tensors_of(values), [name_of(5)], study) == pytest.approx(2 / 5)


def brute(values: np.ndarray, minutes: int, gap: int, jumps: tuple[int, ...]) -> np.ndarray:
    """Which windows of (3, minute) are fine, one after the other."""
    fine = np.zeros(values.shape[-1] + 1, dtype=bool)
    for end in range(minutes, len(fine)):
        part = values[:, end - minutes : end]
        rows = ["".join("x" if gone else " " for gone in row) for row in np.isnan(part)]
        longest = max(len(run) for row in rows for run in [*row.split(), ""])
        whole = np.isfinite(part) | np.isnan(part)
        inside = any(end - minutes < at < end for at in jumps)
        fine[end] = longest < gap and whole.all() and not inside and np.nanmax(np.abs(part[2])) > 0
    return fine


@pytest.mark.parametrize(("kind", "gap"), [("none", 3), ("none", 1), ("highpass", 3)])
@pytest.mark.filterwarnings("ignore:All-NaN")
def test_usable_is_what_can_be_cut(walk, kind, gap):
    random = np.random.default_rng(1)
    values = np.concatenate([walk[..., :900], walk[..., :900] + 5])
    jumps = (0, 40, 500, 899)
    for length, count in ((1, 4), (2, 2), (3, 1), (10, 1)):
        for start in random.integers(0, 890, count):
            values[random.integers(2), random.integers(3), start : start + length] = np.nan
    values[0, 2, 700] = np.inf
    values[1, 2, 100:300] = 0
    content = tensors_of(values, kind=kind, jumps=jumps)
    study = settings(minutes=60, max_gap_minutes=gap)
    usable = windows.usable(content, study)
    assert usable.shape == (2, 901) and usable.dtype == bool
    least = gap if kind == "none" else 1
    for site, own in enumerate([jumps, ()]):
        np.testing.assert_array_equal(usable[site], brute(values[site], 60, least, own))
        for end in range(60, 901, 7):
            name = name_of(end, f"S{site}")
            if usable[site, end]:
                assert np.isfinite(windows.cut(content, [name], study)).all()
            else:
                with pytest.raises(LaicflowError, match=f"window {name}: "):
                    windows.cut(content, [name], study)
    assert 300 < usable.sum() < 1500


def test_a_gap_counts_as_far_as_it_lies_in_the_window(walk):
    walk[0, 1, 100:110] = np.nan
    usable = windows.usable(tensors_of(walk), settings(minutes=60))[0]
    # The first two minutes of the gap at the end of a window, or its last two at the start.
    assert usable[[100, 102]].all() and not usable[103]
    assert usable[[108 + 60, 110 + 60]].all() and not usable[107 + 60]


def test_what_is_wrong_with_a_window(walk):
    walk[0, 0, 200:202] = np.nan
    walk[0, 1, 400:403] = np.nan
    content, study = tensors_of(walk, jumps=(600,)), settings(minutes=60)
    assert windows.usable(content, study)[0, 230] and not windows.usable(content, study)[0, 430]
    assert np.isfinite(windows.cut(content, [name_of(230)], study)).all()
    with pytest.raises(
        LaicflowError, match=r"S0/2003-12-31T07:10: Y is missing for 3 minutes on end.* than 3"
    ):
        windows.cut(content, [name_of(230), name_of(430)], study)
    with pytest.raises(LaicflowError, match=r"S0/2003-12-31T10:01: the baseline jumps inside"):
        windows.cut(content, [name_of(601)], study)
    # It ends before the jump, or begins with it.
    assert windows.cut(content, [name_of(600), name_of(660)], study).shape[0] == 2
    flat = tensors_of(np.concatenate([walk[:, :2, :60], np.zeros((1, 1, 60))], axis=1))
    with pytest.raises(LaicflowError, match="Z is zero throughout"):
        windows.cut(flat, [name_of(60)], study)
    assert windows.usable(flat, settings(normalise="none"))[0, 60]


@pytest.mark.parametrize(
    "window",
    [
        "XX/2003-12-31T02:00",
        "S0/2003-12-31T00:59",
        "S0/2004-01-02T02:01",
        "S0/2003-12-31T02:00:30",
        "S0/2003-12-31T02:00+01:00",
        "S0/NaT",
        "S0/yesterday",
        "S0",
    ],
)
def test_windows_that_are_not_there(walk, window):
    content, study = tensors_of(walk), settings(minutes=60)
    assert windows.usable(content, study)[0, [60, 3000]].all()
    for asked in (windows.cut, windows.fill_share, windows.states):
        with pytest.raises(LaicflowError, match="window"):
            asked(content, [name_of(60), window], study)


def test_longer_windows_than_minutes(walk):
    assert not windows.usable(tensors_of(walk), settings(minutes=3001)).any()
    assert windows.usable(tensors_of(walk), settings(minutes=3000))[0].sum() == 1
    with pytest.raises(ConfigError, match="window.normalise"):
        windows.usable(tensors_of(walk), settings(normalise="max"))


def test_batches_of_a_file_are_what_is_cut(walk, tmp_path):
    values = np.concatenate([walk + k for k in range(6)])
    values[:, 0, 1000] = np.nan
    content, study = tensors_of(values), settings(minutes=120)
    path = tmp_path / "tensors.nc"
    write_netcdf(content, path)
    # Any order, more sites than are held at once.
    ids = [name_of(end, f"S{(end // 7) % 6}") for end in range(2900, 150, -50)]
    whole = windows.cut(content, ids, study)
    for given in (content, path, str(path)):
        pieces = list(windows.batches(given, ids, study, 8))
        assert [len(piece) for piece in pieces] == [8] * 6 + [7]
        np.testing.assert_array_equal(np.concatenate(pieces), whole)
    start = [int((np.datetime64(w.split("/")[1]) - FIRST) / MINUTE) - 120 for w in ids]
    for image, window, first in zip(whole, ids, start, strict=True):
        part = values[int(window[1]), :, first : first + 120]
        filled = np.where(np.isnan(part), np.nanmean(part, axis=1, keepdims=True), part)
        np.testing.assert_allclose(image[0], filled / np.abs(part[2]).max(), rtol=1e-6)


def test_states_of_windows(walk):
    content, study = tensors_of(walk), settings(minutes=60)
    content["state"][0, 100:] = STATES.index("provisional")
    content["state"][0, 200:] = len(STATES) - 1
    content["state"][0, 400:] = -1
    ids = [name_of(end) for end in (100, 101, 300, 401, 500)]
    expected = ["definitive", "definitive+provisional", "unknown", "unknown", ""]
    assert windows.states(content, ids, study).tolist() == expected


def test_a_year_of_usable_windows_takes_no_second():
    values = np.full((1, 3, 525_600), 40_000, dtype="float32")
    values[0, 1, 1000::5000] = np.nan
    content, study = tensors_of(values), settings(minutes=10_080)
    windows.usable(content, study)
    begin = time.process_time()
    assert windows.usable(content, study)[0].sum() == 525_600 - 10_080 + 1
    assert time.process_time() - begin < 0.5


@pytest.fixture(scope="module")
def eskdalemuir(real_data, tmp_path_factory):
    """A store of ESK with 25 March to 2 April 2003, and the settings of a study of weeks."""
    folder = tmp_path_factory.mktemp("store")
    source = real_data / "geomag/esk_2003_definitive_minute"
    paths = []
    for month in ("2003-03", "2003-04"):
        times = minutes_of(month)
        values = np.full((3, len(times)), np.nan)
        for day in pd.date_range("2003-03-25", "2003-04-02"):
            if f"{day:%Y-%m}" == month:
                one = iaga2002.read(source / f"esk{day:%Y%m%d}dmin.min")
                at = int((one["time"].values[0] - times[0]) / MINUTE)
                for row, letter in enumerate("XYZ"):
                    values[row, at : at + 1440] = one[letter].values
        place = (one.attrs["latitude"], one.attrs["longitude"])
        paths.append(write_month(folder, month, {"ESK": values}, places={"ESK": place}))
    study = settings(minutes=10_080)
    study["period"] = {"start": "2003-03-01", "end": "2003-04-30"}
    study["sites"] = {"points": [{"site": "ESK", "latitude": 55.314, "longitude": -3.206}]}
    return paths, study


def test_a_real_week_across_the_end_of_march(eskdalemuir):
    paths, study = eskdalemuir
    made = windows.prepare(paths, sites_of(study), study, "raw")
    hours = made["field"].sel(site="ESK", time=slice("2003-03-31T03:00", "2003-03-31T05:00"))
    assert hours.sizes["time"] == 121 and np.isfinite(hours.values).all()
    # X, Y, Z of the first and the last of these minutes, read in the file by eye.
    np.testing.assert_allclose(hours.values[:, 0], FIRST_READ, atol=0.005)
    np.testing.assert_allclose(hours.values[:, -1], LAST_READ, atol=0.005)
    # The store has 25 March to 2 April, and a gap of two minutes may be at either end of a week.
    usable = windows.usable(made, study)[0]
    ends = pd.DatetimeIndex(made["time"].values[0] + np.flatnonzero(usable) * MINUTE)
    assert ends[0] == pd.Timestamp("2003-03-31T23:58") and len(ends) == 2 * 1440 + 5
    assert ends[-1] == pd.Timestamp("2003-04-03T00:02")
    image = windows.cut(made, ["ESK/2003-04-02T05:00"], study)[0, 0]
    assert image.shape == (3, 10_080)
    # Z points down at Eskdalemuir and is the largest of the three.
    assert image[2].max() == 1 and 0.9 < image[2].min() and 0.2 < image[0].mean() < 0.5


def test_real_gaps_of_two_and_three_minutes_and_a_jump(eskdalemuir, tmp_path):
    paths, study = eskdalemuir
    whole = windows.prepare(paths, sites_of(study), study, "raw")
    study = {**study, "window": {**study["window"], "minutes": 1440}}
    day = whole["field"].sel(site="ESK", time=slice("2003-03-31", "2003-03-31T23:59")).values
    ids = ["ESK/2003-04-01T00:00"]
    for gap, fine in ((2, True), (3, False)):
        lost = whole.copy(deep=True)
        lost["field"].loc[{"time": pd.date_range("2003-03-31T04:00", periods=gap, freq="min")}] = (
            np.nan
        )
        assert windows.usable(lost, study)[0, 31 * 1440] == fine
        if fine:
            image = windows.cut(lost, ids, study)[0, 0]
            rest = np.delete(day, [240, 241], axis=1).astype("f8")
            expected = rest.mean(axis=1) / rest[2].max()
            np.testing.assert_allclose(image[:, 240], expected, rtol=1e-6)
            np.testing.assert_allclose(image[:, 239], day[:, 239] / rest[2].max(), rtol=1e-6)
            continue
        with pytest.raises(LaicflowError, match="ESK/2003-04-01T00:00: X is missing for 3"):
            windows.cut(lost, ids, study)
    told = {"ESK": [{"time": "2003-03-31T12:00", "size_nt": 80.0}]}
    jumped = whole.assign_attrs(jumps=json.dumps(told))
    assert windows.usable(whole, study)[0, 31 * 1440]
    assert not windows.usable(jumped, study)[0, 31 * 1440]
    with pytest.raises(LaicflowError, match="jumps inside"):
        windows.cut(jumped, ids, study)

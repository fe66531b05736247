"""Minutes joined over months and sources, against the numbers that were written."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from scipy import signal

from laicflow.errors import ConfigError, LaicflowError
from laicflow.store import read_netcdf, write_netcdf
from laicflow.studies.petrescu2022 import windows
from laicflow.tensors import filters
from tests.unit.studies.petrescu2022.minutes import (
    STUDY,
    field,
    minutes_of,
    settings,
    sites_of,
    write_month,
)

PERIOD = np.arange(np.datetime64("2003-12-30T00:00"), np.datetime64("2004-01-03T00:00"))
PERIOD = PERIOD.astype("datetime64[us]")
MONTHS = ("2003-12", "2004-01")


def month_files(folder, **options) -> list[str]:
    """Two months of AAA, the second file first."""
    return [
        write_month(folder, month, {"AAA": field(minutes_of(month))}, **options)
        for month in MONTHS[::-1]
    ]


def prepare(paths: list[str], study: dict = STUDY, preparation: str = "raw"):
    return windows.prepare(paths, sites_of(study), study, preparation)


def test_months_join_across_the_year_without_a_hole(tmp_path):
    made = prepare(month_files(tmp_path))
    np.testing.assert_array_equal(made["time"].values, PERIOD)
    assert made["field"].dims == ("site", "component", "time")
    assert made["field"].dtype == np.float32 and made["component"].values.tolist() == list("XYZ")
    np.testing.assert_array_equal(made["field"].values[0], field(PERIOD).astype("float32"))
    assert not made["filled"].values.any()
    assert made.attrs["filter"] == "none" and made.attrs["settle_minutes"] == 0
    counts = json.loads(made.attrs["counts"])["AAA"]
    assert counts["minutes"] == 4 * 1440 and counts["missing"] == 0
    assert json.loads(made.attrs["minutes_by_state"]) == {"AAA": {"definitive": 4 * 1440}}
    assert made.attrs["citation"] == "citation of intermagnet"
    assert windows.said(made)[0].startswith("AAA (intermagnet): 5760 minutes, 0 missing")


def test_a_week_across_the_year(tmp_path):
    study = settings(minutes=10_080)
    study["period"] = {"start": "2003-12-27", "end": "2004-01-05"}
    made = prepare(month_files(tmp_path), study)
    end = np.datetime64("2004-01-03T05:00")
    assert windows.usable(made, study)[0, 7 * 1440 + 300]
    image = windows.cut(made, [f"AAA/{end}"], study)[0, 0]
    week = field(np.arange(end - np.timedelta64(7, "D"), end).astype("datetime64[us]"))
    np.testing.assert_allclose(image, week / week[2].max(), rtol=1e-6)


def test_a_month_without_a_file_is_missing(tmp_path):
    made = prepare(month_files(tmp_path)[:1])
    gone = np.isnan(made["field"].values[0])
    assert gone[:, :2880].all() and not gone[:, 2880:].any()
    assert json.loads(made.attrs["counts"])["AAA"]["missing"] == 2880
    assert (made["state"].values[0, :2880] == -1).all()


def test_prepared_minutes_survive_their_file(tmp_path):
    study = settings()
    made = prepare(month_files(tmp_path), study, "highpass")
    write_netcdf(made, tmp_path / "tensors.nc")
    again = read_netcdf(tmp_path / "tensors.nc")
    np.testing.assert_array_equal(again["field"].values, made["field"].values)
    ids = ["AAA/2004-01-01T00:30", "AAA/2004-01-01T12:00"]
    np.testing.assert_array_equal(windows.cut(again, ids, study), windows.cut(made, ids, study))
    assert windows.usable(again, study).tolist() == windows.usable(made, study).tolist()


def test_own_days_of_a_site(tmp_path):
    study = copy.deepcopy(STUDY)
    study["sites"]["points"][0] |= {"start": "2003-12-31", "end": "2004-01-01"}
    for preparation in ("raw", "highpass-causal"):
        made = prepare(month_files(tmp_path), study, preparation)
        there = np.isfinite(made["field"].values[0]).all(axis=0)
        settle = int(made.attrs["settle_minutes"])
        assert np.flatnonzero(there).tolist() == list(range(1440 + settle, 3 * 1440))
        assert not made["filled"].values.any()
    assert json.loads(made.attrs["counts"])["AAA"]["minutes"] == 2880


def test_a_site_of_two_sources_comes_from_that_of_its_role(tmp_path):
    own = [
        write_month(tmp_path, month, {"AAA": field(minutes_of(month), 9)}, source="own_minutes")
        for month in MONTHS
    ]
    paths = month_files(tmp_path) + own
    for role, seed, source in (("minutes", 0, "intermagnet"), ("minutes_own", 9, "own_minutes")):
        study = copy.deepcopy(STUDY)
        study["sites"]["points"][0]["role"] = role
        made = prepare(paths, study)
        np.testing.assert_array_equal(made["field"].values[0], field(PERIOD, seed).astype("f4"))
        assert json.loads(made.attrs["sources"]) == {"AAA": source}
        assert made.attrs["citation"] == f"citation of {source}"
    # Only one has it: its role does not matter.
    assert json.loads(prepare(own).attrs["sources"]) == {"AAA": "own_minutes"}
    study["data"]["minutes_own"] = "elsewhere"
    with pytest.raises(ConfigError, match="intermagnet and own_minutes have it.*elsewhere"):
        prepare(paths, study)


def test_sites_in_any_order_and_a_site_without_a_file(tmp_path):
    study = copy.deepcopy(STUDY)
    names = ("BBB", "NON", "aaa")
    study["sites"]["points"] = [{"site": n, "latitude": 50.0, "longitude": 10.0} for n in names]
    paths = [
        write_month(tmp_path, m, {"AAA": field(minutes_of(m)), "BBB": field(minutes_of(m), 7)})
        for m in MONTHS
    ]
    made = prepare(paths, study)
    assert made["site"].values.tolist() == list(names)
    np.testing.assert_array_equal(made["field"].values[0], field(PERIOD, 7).astype("f4"))
    np.testing.assert_array_equal(made["field"].values[2], field(PERIOD).astype("f4"))
    assert np.isnan(made["field"].values[1]).all()
    assert json.loads(made.attrs["counts"])["NON"]["missing"] == 5760
    assert windows.said(made)[1].startswith("NON (in no source)")


def test_two_files_of_the_same_minutes(tmp_path):
    paths = month_files(tmp_path)
    first = field(minutes_of("2004-01"))
    first[:, 100:200] = np.nan
    twin = write_month(tmp_path, "2004-01", {"AAA": first}, name="-twin")
    made = prepare([twin, *paths])
    np.testing.assert_array_equal(made["field"].values[0], field(PERIOD).astype("float32"))
    first[2, 50] += 0.5
    other = write_month(tmp_path, "2004-01", {"AAA": first}, name="-other")
    with pytest.raises(LaicflowError, match=r"-other.nc: Z of AAA at 2004-01-01T00:50"):
        prepare([*paths, other])


@pytest.mark.parametrize(
    ("place", "fine"),
    [
        ((50.4, 10.0), True),
        ((50.6, 10.0), False),
        ((50.0, 10.7), True),  # 0.45 degree of a great circle
        ((50.0, 10.9), False),
        ((50.0, 370.0), True),
        ((float("nan"), 10.0), False),
    ],
)
def test_the_place_of_the_header(tmp_path, place, fine):
    paths = month_files(tmp_path, places={"AAA": place})
    if fine:
        assert np.isfinite(prepare(paths)["field"].values).all()
        return
    with pytest.raises(ConfigError, match="site AAA: set to 50 N 10 E, but .* has it at"):
        prepare(paths)


def test_values_that_are_no_field(tmp_path):
    values = field(minutes_of("2004-01"))
    values[1, 7] = np.inf
    path = write_month(tmp_path, "2004-01", {"AAA": values})
    with pytest.raises(LaicflowError, match="infinite values at AAA"):
        prepare([path])
    content = read_netcdf(month_files(tmp_path)[0])
    write_netcdf(content.isel(time=np.r_[0:100, 101:300]), tmp_path / "hole.nc")
    with pytest.raises(LaicflowError, match="hole.nc: expected every minute"):
        prepare([tmp_path / "hole.nc"])


@pytest.mark.parametrize("preparation", ["raw", "lowpass", "lowpass-causal"])
def test_without_absolute_level_there_is_no_field(tmp_path, preparation):
    made = prepare(month_files(tmp_path, absolute={"AAA": 0}), STUDY, preparation)
    assert np.isnan(made["field"].values).all()
    counts = json.loads(made.attrs["counts"])["AAA"]
    assert counts["without_absolute_level"] == 5760
    assert json.loads(made.attrs["absolute"]) == {"AAA": 0}
    assert not windows.usable(made, STUDY).any()


def test_a_high_pass_needs_no_level_but_starts_anew_where_it_comes(tmp_path):
    december, january = (field(minutes_of(month)) for month in MONTHS)
    study = settings()
    paths = [
        write_month(tmp_path, MONTHS[0], {"AAA": december - 40000}, absolute={"AAA": 0}),
        write_month(tmp_path, MONTHS[1], {"AAA": january}),
    ]
    made = prepare(paths, study, "highpass-causal")
    settle = int(made.attrs["settle_minutes"])
    gone = np.isnan(made["field"].values[0]).any(axis=0)
    lost = [*range(settle), *range(2880, 2880 + settle)]
    assert np.flatnonzero(gone).tolist() == lost
    # A walk of 1 nT a minute has no 100 nT left above 1 cycle in 50 minutes.
    assert np.nanmax(np.abs(made["field"].values)) < 100
    assert json.loads(made.attrs["counts"])["AAA"]["lost_to_settling"] == 2 * settle
    raw = prepare(paths, study)
    assert np.isnan(raw["field"].values[0, :, :2880]).all()
    assert np.isfinite(raw["field"].values[0, :, 2880:]).all()


@pytest.mark.parametrize("kind", ["highpass", "lowpass"])
def test_filters_across_the_year_are_those_of_scipy(tmp_path, kind):
    made = prepare(month_files(tmp_path), STUDY, kind)
    own = filters.from_settings(STUDY["preparations"][kind])
    expected = signal.sosfiltfilt(own.sos, field(PERIOD).astype("float32").astype("f8"))
    settle = filters.settle_minutes(own)
    inside = slice(settle, -settle)
    np.testing.assert_allclose(
        made["field"].values[0][:, inside], expected[:, inside], rtol=1e-6, atol=1e-4
    )
    assert made.attrs["settle_minutes"] == settle and made.attrs["two_sided"] == 1
    assert made.attrs["corner_period_minutes"] == pytest.approx(50)
    assert np.isnan(made["field"].values[0][:, :settle]).all()


def test_what_is_filled_ahead_of_a_filter(tmp_path):
    january = field(minutes_of("2004-01"))
    january[0, 600] = np.nan
    january[:, 900:902] = np.nan
    january[2, 1200:1203] = np.nan
    paths = [write_month(tmp_path, "2004-01", {"AAA": january})]
    study = settings()
    made = prepare(paths, study, "highpass-causal")
    at = np.flatnonzero(made["filled"].values[0]) - 2880
    # The first two minutes of a long gap count, and the start of the gap before January none.
    assert at.tolist() == [600, 900, 901, 1200, 1201]
    ids = ["AAA/2004-01-01T10:30", "AAA/2004-01-01T15:30", "AAA/2004-01-01T19:00"]
    shares = windows.fill_share(made, ids, study)
    np.testing.assert_allclose(shares, [1 / 60, 2 / 60, 0])
    made = prepare(paths, study, "highpass")
    assert (np.flatnonzero(made["filled"].values[0]) - 2880).tolist() == [600, 900, 901]


def test_a_jump_restarts_the_filters_and_is_told(tmp_path):
    january = field(minutes_of("2004-01"))
    january[0, 720:] += 300
    told = {"AAA": [{"time": "2004-01-01T12:00", "size_nt": 300.0}]}
    paths = [write_month(tmp_path, "2004-01", {"AAA": january}, jumps=told)]
    made = prepare(paths, STUDY, "highpass-causal")
    assert json.loads(made.attrs["jumps"]) == told
    lost = np.isnan(made["field"].values[0]).any(axis=0)
    settle = int(made.attrs["settle_minutes"])
    starts = (2880, 2880 + 720)
    kept = ~np.isin(np.arange(5760), [range(s, s + settle) for s in starts])
    assert (lost == ~(kept & (np.arange(5760) >= 2880))).all()
    assert np.nanmax(np.abs(made["field"].values)) < 100


@pytest.mark.parametrize(
    ("before", "after", "size"),
    [(0.2, 25.3, 25.1), (0.2, -2.9, -3.1), (0.2, 3.1, None), (None, 9.0, None), (9.0, None, None)],
)
def test_months_that_meet_at_another_level(tmp_path, before, after, size):
    # 3 nT is the least step that counts; it lies within four hours of the new year.
    ends = ({"AAA": [0.1, before]}, {"AAA": [after, 25.0]})
    paths = [
        write_month(tmp_path, month, {"AAA": field(minutes_of(month))}, delta_f=told)
        for month, told in zip(MONTHS, ends, strict=True)
    ]
    made = prepare(paths)
    gone = np.flatnonzero(np.isnan(made["field"].values[0]).any(axis=0)).tolist()
    jumps = json.loads(made.attrs["jumps"])["AAA"]
    if size is None:
        assert gone == [] and jumps == []
        return
    assert gone == list(range(2880 - 240, 2880 + 240))
    assert jumps == [{"time": "2004-01-01T00:00", "size_nt": size}]
    assert json.loads(made.attrs["counts"])["AAA"]["missing"] == 480
    assert not windows.usable(made, settings(minutes=1440))[0, 2880 - 237 : 2880 + 1440 + 238].any()


def test_settings_of_one_preparation(tmp_path):
    own = {**STUDY, "preparation": STUDY["preparations"]["highpass"]}
    made = windows.prepare(month_files(tmp_path), sites_of(STUDY), own)
    named = prepare(month_files(tmp_path), STUDY, "highpass")
    np.testing.assert_array_equal(made["field"].values, named["field"].values)


def test_settings_that_cannot_be(tmp_path):
    study = copy.deepcopy(STUDY)
    study["preparations"]["literal"] = {**STUDY["preparations"]["highpass"], "unit": "hertz"}
    with pytest.raises(ConfigError, match="preparation literal: .*Nyquist"):
        prepare([], study, "literal")
    study["sites"]["points"].append({**study["sites"]["points"][0], "site": "aaa"})
    with pytest.raises(ConfigError, match="IAGA code stands twice"):
        prepare([], study)
    with pytest.raises(ConfigError, match="holds no day"):
        prepare([], {**STUDY, "period": {"start": "2004-01-02", "end": "2004-01-01"}})

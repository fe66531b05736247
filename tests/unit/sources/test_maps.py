"""Names and paths of daily map files, against names of real files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from laicflow.errors import ConfigError
from laicflow.sources import code, daily, jpl, registry

CONFIG = Path(__file__).resolve().parents[3] / "config"
D = dt.date


def asked(module, name, partition, start, end):
    return module.requests(partition, start, end, registry.settings(name, CONFIG), {})


def test_jpl_names_are_those_of_real_files():
    # Files of that archive: jplg3260.00i.Z is 2000-11-21, jplg0140.01i.Z is 2001-01-14.
    found = asked(jpl, "jpl", "2000-11", D(2000, 11, 21), D(2001, 1, 14))
    assert [r.name for r in found][:2] == ["jplg3260.00i.Z", "jplg3270.00i.Z"]
    assert found[0].path == "2000/326/jplg3260.00i.Z"
    assert found[0].day == D(2000, 11, 21)
    assert len(found) == 10
    last = asked(jpl, "jpl", "2001-01", D(2000, 11, 21), D(2001, 1, 14))
    assert [r.name for r in last][-1] == "jplg0140.01i.Z"
    assert len(last) == 14


def test_the_leap_day_and_the_last_day_of_a_leap_year():
    assert asked(jpl, "jpl", "2000-02", D(2000, 2, 29), D(2000, 12, 31))[0].name == "jplg0600.00i.Z"
    assert asked(jpl, "jpl", "2000-12", D(2000, 12, 31), D(2000, 12, 31))[0].path == (
        "2000/366/jplg3660.00i.Z"
    )


def test_code_changes_its_names_after_gps_week_2237():
    # Week 2237 began on Sunday 2022-11-20 and ended on Saturday 2022-11-26, day 330.
    found = asked(code, "code", "2022-11", D(2022, 11, 26), D(2022, 11, 27))
    assert [r.path for r in found] == [
        "2022/CODG3300.22I.Z",
        "2022/COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz",
    ]
    # The second mirror keeps a folder a day and, of the short names, lower-case ones.
    assert "2022/330/codg3300.22i.Z" in found[0].alternatives
    assert "2022/331/COD0OPSFIN_20223310000_01D_01H_GIM.INX.gz" in found[1].alternatives


def test_jpl_long_names_keep_the_short_one_as_an_alternative():
    (found,) = asked(jpl, "jpl", "2024-05", D(2024, 5, 10), D(2024, 5, 10))
    assert found.path == "2024/131/JPL0OPSFIN_20241310000_01D_02H_GIM.INX.gz"
    assert "y2024/JPLG1310.24I.gz" in found.alternatives


def test_a_month_outside_the_period_asks_for_nothing():
    assert asked(code, "code", "2001-03", D(2001, 1, 1), D(2001, 2, 1)) == []


def test_a_layout_that_ends_too_early_is_an_error():
    layout = [{"until": "2001-01-01", "paths": ["{yyyy}"]}]
    with pytest.raises(ConfigError, match="2001-01-02"):
        daily.requests("2001-01", D(2001, 1, 1), D(2001, 1, 3), layout, "ionex")

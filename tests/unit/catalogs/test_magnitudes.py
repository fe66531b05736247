"""Magnitudes converted by published relations, within their ranges alone."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from laicflow.catalogs.magnitudes import RELATIONS, converted, families, family, homogenise
from laicflow.errors import ConfigError
from laicflow.schema import conform


def _events(*pairs: tuple[float, str]) -> pd.DataFrame:
    sizes, types = zip(*pairs, strict=True)
    return conform(pd.DataFrame({"magnitude": sizes, "magnitude_type": types}), "events")


def _sizes(relation: str, kind: str, *sizes: float) -> list[float]:
    return homogenise(_events(*[(size, kind) for size in sizes]), relation)["magnitude"].tolist()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        *[(kind, "mw") for kind in ("mw", "Mww", "mwc", "mwb", "MWr", "mwp", "Mw(mB)")],
        *[(kind, "ms") for kind in ("ms", "MS", "Ms_20", "MSZ", "ms z")],
        *[(kind, "mb") for kind in ("mb", " mb ")],
        *[(kind, "ml") for kind in ("ml", "MLv", "MLh")],
        *[(kind, "") for kind in ("", "m", "md", "mblg", "mb_lg", "mb_bb", "mb1mx", "ms1", "uk")],
        # Broadband: other waves than those that the relations were fitted to.
        *[(kind, "") for kind in ("mB", " mB ", "mB_BB", "Ms_BB", "ms(bb)")],
    ],
)
def test_families_of_types(kind, expected):
    assert family(kind) == expected


def test_families_of_many():
    kinds = pd.Series(["mwc", None, "mb", "mB", "mwc"], dtype="str")
    assert families(kinds).tolist() == ["mw", "", "mb", "", "mw"]
    assert families(kinds[:0]).tolist() == []


def test_scordilis_by_hand():
    # 0.67 * 3.0 + 2.07, 0.67 * 6.1 + 2.07 = 6.157, 0.99 * 6.2 + 0.08 = 6.218, 0.99 * 8.2 + 0.08.
    assert _sizes("scordilis2006", "ms", 3.0, 6.1, 6.2, 8.2) == [4.08, 6.16, 6.22, 8.2]
    # 0.85 * 3.5 + 1.03 = 4.005, 0.85 * 6.2 + 1.03.
    found = _sizes("scordilis2006", "mb", 3.5, 5.0, 6.2)
    assert found == pytest.approx([4.005, 5.28, 6.3], abs=0.0051)


def test_di_giacomo_by_hand():
    # e^(1.409) = 4.0919; e^(0.943) = 2.5677; e^(-0.369) = 0.6914; e^(0.49) = 1.6323.
    assert _sizes("digiacomo2015", "ms", 7.0, 5.0) == [6.95, 5.43]
    assert _sizes("digiacomo2015", "mb", 5.0, 6.0) == [5.25, 6.19]


def test_di_giacomo_exponential_follows_the_papers_own_straight_lines():
    # The same paper's linear fits: 0.67 Ms + 2.13 to 6.47, 1.10 Ms - 0.67 above.
    sizes = np.arange(4.0, 7.8, 0.1)
    lines = np.where(sizes <= 6.47, 0.67 * sizes + 2.13, 1.10 * sizes - 0.67)
    assert np.abs(np.array(_sizes("digiacomo2015", "ms", *sizes)) - lines).max() < 0.15


def test_what_was_reported_is_kept_and_the_relation_named():
    found = homogenise(_events((5.0, "mb"), (6.5, "mwc")), "scordilis2006")
    assert found["magnitude"].tolist() == [5.28, 6.5]
    assert found["magnitude_type"].tolist() == ["mw", "mwc"]
    assert found["magnitude_reported"].tolist() == [5.0, 6.5]
    assert found["magnitude_type_reported"].tolist() == ["mb", "mwc"]
    first, second = found["magnitude_relation"]
    assert first == "scordilis2006 mb 3.5..6.2 doi:10.1007/s10950-006-9012-4"
    assert second == "reported as mwc"
    assert converted(found).tolist() == [True, True]


@pytest.mark.parametrize(
    ("size", "kind", "why"),
    [
        (6.9, "mb", "none: mb 6.9 beyond 3.5..6.2"),
        (3.4, "mb", "none: mb 3.4 beyond 3.5..6.2"),
        (8.3, "ms", "none: ms 8.3 beyond 3..8.2"),
        (2.9, "ms_20", "none: ms_20 2.9 beyond 3..8.2"),
        (5.0, "ml", "none: ml, no relation"),
        (5.0, "mB", "none: mB, no relation"),
        (5.0, "ms_bb", "none: ms_bb, no relation"),
        (5.0, None, "none: unknown type, no relation"),
        (math.nan, "mb", "none: no magnitude"),
    ],
)
def test_what_no_relation_covers_stays_and_says_so(size, kind, why):
    found = homogenise(_events((size, kind)), "scordilis2006")
    assert found["magnitude_relation"].tolist() == [why]
    np.testing.assert_equal(found["magnitude"].to_numpy(), [size])
    assert found["magnitude_type"].isna().item() if kind is None else True
    assert not converted(found).any()


def test_an_input_is_not_changed_and_not_converted_twice():
    events = _events((5.0, "mb"))
    found = homogenise(events, "scordilis2006")
    assert events["magnitude"].tolist() == [5.0]
    with pytest.raises(ConfigError, match="homogenised before"):
        homogenise(found, "scordilis2006")
    with pytest.raises(ConfigError, match="expected one of scordilis2006, digiacomo2015"):
        homogenise(events, "mine")


def test_no_events():
    assert len(homogenise(conform(pd.DataFrame(), "events"), "digiacomo2015")) == 0


@pytest.mark.parametrize("name", RELATIONS)
def test_a_relation_rises_over_its_whole_range_and_is_cited(name):
    relation = RELATIONS[name]
    assert relation.doi.startswith("10.") and relation.citation.endswith(".")
    for kind in ("ms", "mb"):
        low, high = relation.range_of(kind)
        found = _sizes(name, kind, *np.arange(low, high + 0.05, 0.1).round(1))
        assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("name", RELATIONS)
def test_body_waves_come_nearer_the_moment_of_isc_gem(name, real_data):
    """The mb of the USGS against the Mw that ISC-GEM gives the same events."""
    folder = real_data / "catalogs"
    csv = folder / "japan_M4.5_1905-2023/1970_1999.csv"
    usgs = pd.read_csv(csv).query("magType == 'mb' and mag >= 5.6")
    usgs["when"] = pd.to_datetime(usgs["time"]).dt.tz_localize(None)
    lines = (folder / "isc-gem/isc-gem-cat.csv").read_text().splitlines()
    cells = [line.split(",") for line in lines if line.startswith("19")]
    rows = [(c[0][:10] + "T" + c[0][10:], float(c[1]), float(c[10])) for c in cells]
    other = pd.DataFrame(rows, columns=["when", "lat", "mw"])
    other["when"] = pd.to_datetime(other["when"], format="ISO8601")
    pairs = pd.merge_asof(
        usgs.astype({"when": "datetime64[us]"}).sort_values("when"),
        other.astype({"when": "datetime64[us]"}).sort_values("when"),
        on="when",
        direction="nearest",
        tolerance=pd.Timedelta("8s"),
    ).dropna(subset="mw")
    pairs = pairs[(pairs["latitude"] - pairs["lat"]).abs() < 0.5]
    assert len(pairs) > 30
    made = np.array(_sizes(name, "mb", *pairs["mag"]))
    before, after = pairs["mag"] - pairs["mw"], made - pairs["mw"]
    assert abs(after.mean()) < abs(before.mean())
    assert abs(after.mean()) < 0.15


def test_the_configuration_offers_every_relation():
    folder = Path(__file__).resolve().parents[3] / "config"
    rules = yaml.safe_load((folder / "schema.yaml").read_text())["$defs"]["homogenise"]
    assert set(rules["enum"]) == {"none", *RELATIONS}

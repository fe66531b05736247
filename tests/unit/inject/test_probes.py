"""A disturbance planted into samples of probes: where, when, by how much, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.clean.probes import write
from laicflow.errors import ConfigError
from laicflow.inject import probes as inject
from laicflow.schema import conform

SECOND = np.timedelta64(1_000_000, "us")
# Dobrovolsky's radius of M 6: 10^2.58 = 380.19 km; 1 degree of a great circle is 111.195 km.
LARGE = ("large", "2018-08-05", 10.0, 179.9, 6.0)


def events(*rows) -> pd.DataFrame:
    names = ["event_id", "time", "latitude", "longitude", "magnitude"]
    return pd.DataFrame(list(rows), columns=names).astype({"time": "datetime64[us]"})


def samples(latitude, longitude, first="2018-08-04", **columns) -> pd.DataFrame:
    """Samples a second apart, Ne of 1000 cm-3 and Te of 2000 K."""
    count = len(latitude)
    table = {
        "time": np.datetime64(first, "us") + np.arange(count) * SECOND,
        "latitude": latitude,
        "longitude": longitude,
        "altitude_km": 507.0,
        "local_time": 2.0,
        "satellite": "CSES",
        "orbit": 7,
        "direction": 1,
        "night": 1,
        "ne": 1000.0,
        "te": 2000.0,
        "quality": 0,
        "work_mode": 1,
    }
    return conform(pd.DataFrame(table | columns), "probes")


def planted(table, *rows, seed=1, **options):
    plant = inject.planter(events(*(rows or (LARGE,))), {"amplitude": 0.4, **options}, seed)
    return plant(table)


def test_nothing_is_planted_by_default():
    table = samples([10.0], [179.9])
    made, counts = inject.planter(events(LARGE), {}, 1)(table)
    pd.testing.assert_frame_equal(made, table)
    assert counts == {}


def test_the_change_by_distance():
    # At the epicentre, 222.4 km (0.585 of the radius), 304.15 km (0.8), 378.1 km, 389 km north.
    north = np.array([0.0, 2.0, 2.73531, 3.4, 3.5])
    table = samples(10 + north, [179.9] * 5)
    made, counts = planted(table)
    # Whole up to 0.6, half at 0.8; 378.1 km is 0.9944, where 0.5 (1 + cos 0.986 pi) = 0.0005.
    assert made["ne"].tolist() == pytest.approx([1400, 1400, 1200, 1000.19, 1000], abs=0.05)
    assert made["ne"].iloc[4] == 1000
    assert counts == {"large": 4}
    others = [name for name in table if name != "ne"]
    pd.testing.assert_frame_equal(made[others], table[others])
    assert made["ne"].dtype == "float32" and (table["ne"] == 1000).all()


def test_across_the_date_line_and_over_the_pole():
    made, _ = planted(samples([10.0, 10.0], [-179.9, -170.0]))
    assert made["ne"].tolist() == pytest.approx([1400, 1000])
    # From 89 N 0 E to 89 N 180 E it is 2 degrees over the pole: 2/3 of 3 degrees, where the form is
    # 0.5 (1 + cos(pi / 6)) = 0.9330.
    polar = ("pole", "2018-08-05", 89.0, 0.0, 6.0)
    made, _ = planted(samples([89.0, 85.0], [-180.0, 0.0]), polar, radius=3, unit="degrees")
    assert made["ne"].tolist() == pytest.approx([1373.2, 1000], abs=0.05)


def test_lead_days_and_magnitude():
    given = {"radius": 100, "lead_days": [3, 1]}
    days = np.array(
        ["2018-08-01T23:59:59", "2018-08-02", "2018-08-03T23:59:59", "2018-08-04"], "datetime64[us]"
    )
    table = samples([10.0] * 4, [179.9] * 4, time=days)
    assert planted(table, **given)[0]["ne"].tolist() == pytest.approx([1000, 1400, 1400, 1000])
    assert planted(table, (*LARGE[:4], 4.7), **given)[1] == {}


def test_of_earthquakes_that_overlap_the_larger_alone():
    small = ("small", "2018-08-04T12:00", 10.0, 179.9, 5.9)
    table = samples([10.0, 10.0], [179.9, 179.9])
    for rows in ((small, LARGE), (LARGE, small)):
        made, counts = planted(table, *rows)
        assert made["ne"].tolist() == pytest.approx([1400, 1400])
        assert counts == {"large": 2}


def test_an_earthquake_of_the_next_month_changes_the_end_of_this_one():
    table = samples([10.0], [179.9], "2018-07-31T23:59:00")
    made, counts = planted(table, lead_days=[5, 0])
    assert made["ne"].tolist() == pytest.approx([1400]) and counts == {"large": 1}


def test_a_month_cut_in_two_is_planted_alike():
    table = samples(np.linspace(0, 20, 400), [179.5] * 400)
    whole, counts = planted(table, wavelength_km=200)
    parts = [planted(table.iloc[part], wavelength_km=200) for part in (slice(190), slice(190, 400))]
    pd.testing.assert_frame_equal(pd.concat([part[0] for part in parts]), whole)
    assert sum(part[1]["large"] for part in parts) == counts["large"] > 0


def test_the_wave_turns_over_its_length():
    # From the epicentre on, every 50 km of a wave of 200 km, all within 0.6 of the radius.
    north = np.arange(0, 201, 50) / 111.195
    table = samples(10 + north, [179.9] * 5)
    change = planted(table, wavelength_km=200)[0]["ne"].to_numpy() / 1000 - 1
    # Half a wave further it is the opposite, a wave further the same.
    assert change[2:4] == pytest.approx(-change[:2], abs=3e-5)
    assert change[4] == pytest.approx(change[0], abs=3e-5)
    # Any two points a quarter apart: the squares of sine and cosine.
    assert change[0] ** 2 + change[1] ** 2 == pytest.approx(0.4**2, rel=1e-4)
    other = ("other", "2018-09-05", -30.0, 20.0, 7.0)
    again = planted(table, other, LARGE, wavelength_km=200)[0]["ne"].to_numpy() / 1000 - 1
    assert np.array_equal(again, change)
    assert not np.allclose(planted(table, wavelength_km=200, seed=2)[0]["ne"] / 1000 - 1, change)


def test_te_has_its_own_amplitude_and_what_is_missing_stays_missing():
    nan = np.nan
    table = samples([10.0] * 3, [179.9] * 3, ne=[nan, 1000, 500], te=[2000, nan, 1000])
    made, counts = planted(table, te_amplitude=-0.1)
    assert made["ne"].tolist() == pytest.approx([nan, 1400, 700], nan_ok=True)
    assert made["te"].tolist() == pytest.approx([1800, nan, 900], nan_ok=True)
    assert counts == {"large": 3}
    # Without a value of Ne nothing is changed where Ne alone is.
    assert planted(table)[1] == {"large": 2}
    assert planted(table, amplitude=0.0, te_amplitude=0.5)[1] == {"large": 2}


def test_half_orbits_of_two_satellites():
    one = samples([10.0, 10.1], [179.9] * 2)
    two = samples([10.0, 10.1], [179.9] * 2, satellite="B")
    made, counts = planted(pd.concat([one, two], ignore_index=True))
    assert made["ne"].tolist() == pytest.approx([1400] * 4) and counts == {"large": 4}
    with pytest.raises(ConfigError, match="do not ascend"):
        planted(one.iloc[::-1])


def test_without_a_sample_near_the_file_is_the_same(tmp_path):
    table = samples(np.linspace(-40, -30, 200), [20.0] * 200)
    made, counts = planted(table, te_amplitude=0.2, wavelength_km=100)
    assert counts == {}
    for name, own in (("a", table), ("b", made)):
        write(own, tmp_path / f"{name}.parquet", {"source": "x"})
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert planted(table.iloc[:0])[1] == {}


def test_aftershocks_have_none():
    rows = pd.DataFrame(
        {
            "event_id": ["a", "b", "c", "d"],
            "time": pd.to_datetime(["2018-08-01", "2018-08-03", "2018-09-01", "2018-08-02"]),
            "latitude": [0.0, 0.5, 0.0, 40.0],
            "longitude": [10.0, 10.5, 10.0, 10.0],
            "magnitude": [6.0, 5.0, 5.0, 4.0],
            "depth_km": 10.0,
        }
    )
    counted = {
        "latitude": [-90, 90],
        "longitude": [-180, 180],
        "magnitude_min": 4.8,
        "inclusive": True,
        "depth_km": [-10, 800],
    }
    box = {"half_width_deg": 1.0, "days": 15.0, "removed_events_trigger": False}
    rules = {"method": "box", "options": {"box": box}}
    # b lies within 1 degree and 15 days of a; c comes a month later; d is too small.
    own = inject.mainshocks(conform(rows, "events"), counted, rules)
    assert own["event_id"].tolist() == ["a", "c"]
    none = inject.mainshocks(
        conform(rows, "events"), counted, {"method": "none", "options": {"box": box}}
    )
    assert none["event_id"].tolist() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"amplitude": -1.0}, "amplitude"),
        ({"te_amplitude": 11.0}, "te_amplitude is 11.0"),
        ({"radius": "wide"}, "radius"),
        ({"radius": 200, "unit": "degrees"}, "radius"),
        ({"unit": "miles"}, "neither km nor degrees"),
        ({"lead_days": [1, 3]}, "lead_days"),
        ({"wavelength_km": -1}, "wavelength_km"),
        ({"size": 1}, "no option 'size'"),
    ],
)
def test_what_cannot_be_is_refused(options, words):
    with pytest.raises(ConfigError, match=words):
        inject.complete(options)


def test_events_must_be_whole():
    with pytest.raises(ConfigError, match="has no magnitude"):
        inject.planter(events(LARGE).drop(columns="magnitude"), {"amplitude": 0.4}, 1)
    with pytest.raises(ConfigError, match="expected number, time"):
        inject.planter(events((*LARGE[:4], np.nan)), {"amplitude": 0.4}, 1)

"""A month of map files, each epoch once, gaps and torn seams counted."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow.clean.map_biases import biases_of
from laicflow.clean.maps import month_of_maps, once, tear_seam
from laicflow.errors import LaicflowError
from laicflow.readers import ionex
from laicflow.store import read_netcdf, write_netcdf

LONGITUDE = np.arange(-180.0, 181.0, 60)


def maps(times, value=1.0, longitude=LONGITUDE):
    shape = (len(times), 2, len(longitude))
    return xr.Dataset(
        {"tec": (("time", "latitude", "longitude"), np.full(shape, value, dtype="float32"))},
        coords={"time": pd.to_datetime(times), "latitude": [10.0, 0.0], "longitude": longitude},
    )


def test_the_later_entry_of_an_epoch_stays():
    joined = xr.concat([maps(["2001-01-02"], 5.0), maps(["2001-01-01"], 1.0)], dim="time")
    joined = xr.concat([joined, maps(["2001-01-02"], 7.0)], dim="time")
    result = once(joined)
    assert result["tec"].values[:, 0, 0].tolist() == [1.0, 7.0]


def test_a_torn_seam_is_taken_out_and_counted():
    one = maps(["2001-01-01", "2001-01-02"])
    one["tec"].values[1, 0, 0] = 40.7
    one["tec"].values[0, 1, 0] = 1.1
    assert tear_seam(one) == 1
    assert np.isnan(one["tec"].values[1, 0, [0, -1]]).all()
    assert np.isfinite(one["tec"].values).sum() == one["tec"].size - 2
    assert tear_seam(maps(["2001-01-01"], longitude=np.array([120.0, 150.0]))) == 0


def receipt(folder, days, missing=()):
    files = [{"path": str(p.relative_to(folder)), "day": str(d)} for p, d in days]
    return {
        "source": "jpl",
        "partition": "2000-11",
        "files": files,
        "missing": [{"day": day, "why": "allowed"} for day in missing],
        "licence": "cite",
        "citation": "JPL",
    }


def test_real_days_join_and_the_torn_one_is_seen(real_data):
    folder = real_data / "ionex/jpl_2000-11-21_2001-01-14"
    days = [
        (folder / "jplg3310.00i.Z", "2000-11-26"),
        (folder / "jplg3320.00i.Z", "2000-11-27"),
    ]
    month = month_of_maps(receipt(real_data, days, ["2000-11-25"]), real_data, "ionex")
    assert month.sizes["time"] == 24 and month.attrs["days"] == 2
    assert month.attrs["centre"] == "jpl"
    assert json.loads(month.attrs["missing_days"]) == ["2000-11-25"]
    # At 15 UT the file has 21.4, 40.7, 63.9 TECU at 180 W and 1.1, 1.3, 4.1 at 180 E.
    at = month["tec"].sel(time="2000-11-27T15", latitude=[30, 27.5, 25])
    assert np.isnan(at.sel(longitude=[-180, 180]).values).all()
    assert month.attrs["torn_seam_nodes"] >= 3


def test_nothing_arrived_is_said(tmp_path):
    with pytest.raises(LaicflowError, match="jpl 2000-11: no file has arrived"):
        month_of_maps(receipt(tmp_path, []), tmp_path, "ionex")


def text_of_day(day: str, hours: list[int], title: str = "", rms: bool = True, level: int = 5):
    """A day's IONEX on 2 x 2 points, its maps at some hours."""
    year, month, date = (int(part) for part in day.split("-"))
    step = hours[1] - hours[0] if len(hours) > 1 else 24

    def epoch(hour: int) -> str:
        return f"{year:6d}{month:6d}{date:6d}{hour:6d}     0     0"

    rows = [
        ("     1.0            IONOSPHERE MAPS     GPS", "IONEX VERSION / TYPE"),
        ("writer              NOBODY", "PGM / RUN BY / DATE"),
        (title, "COMMENT"),
        (epoch(hours[0]), "EPOCH OF FIRST MAP"),
        (epoch(hours[-1]), "EPOCH OF LAST MAP"),
        (f"{step * 3600:6d}", "INTERVAL"),
        (f"{len(hours):6d}", "# OF MAPS IN FILE"),
        ("     2", "MAP DIMENSION"),
        ("   450.0 450.0   0.0", "HGT1 / HGT2 / DHGT"),
        ("    10.0   0.0 -10.0", "LAT1 / LAT2 / DLAT"),
        ("     0.0  10.0  10.0", "LON1 / LON2 / DLON"),
        ("DIFFERENTIAL CODE BIASES", "START OF AUX DATA"),
        (f"   G01{level:10.3f}     0.010", "PRN / BIAS / RMS"),
        (f"   G  ABCD 1{level}345M001          -8.111     0.025", "STATION / BIAS / RMS"),
        ("DIFFERENTIAL CODE BIASES", "END OF AUX DATA"),
        ("", "END OF HEADER"),
    ]
    for kind in ("TEC", "RMS") if rms else ("TEC",):
        for number, hour in enumerate(hours, start=1):
            rows += [(f"{number:6d}", f"START OF {kind} MAP")]
            rows += [(epoch(hour), "EPOCH OF CURRENT MAP")]
            for latitude in (10.0, 0.0):
                rows += [(f"  {latitude:6.1f}   0.0  10.0  10.0 450.0", "LAT/LON1/LON2/DLON/H")]
                rows += [(f"{level * 10:5d}{level * 10:5d}", "")]
            rows += [(f"{number:6d}", f"END OF {kind} MAP")]
    rows += [("", "END OF FILE")]
    return "".join(f"{text:<60}{label}".rstrip() + "\n" for text, label in rows)


@pytest.fixture
def month(tmp_path):
    """Files of a month put down by day, and what cleaning makes of them."""

    def made(files: dict[str, tuple[str, str]], missing=(), **said):
        days = []
        for day, (name, text) in files.items():
            (tmp_path / name).write_text(text)
            days.append((tmp_path / name, day))
        receipt_of = receipt(tmp_path, days, missing) | said
        return month_of_maps(receipt_of, tmp_path, "ionex")

    return made


EVEN = list(range(0, 25, 2))
ODD = list(range(1, 24, 2))


def test_missing_maps_are_counted_by_the_spacing_of_their_day(month):
    """12 of 2 h, a day without a file 12, 24 of 1 h: 48; the 24 h map of the first day is there."""
    found = month(
        {
            "2014-10-17": ("codg2900.14i", text_of_day("2014-10-17", EVEN)),
            "2014-10-19": ("codg2920.14i", text_of_day("2014-10-19", list(range(25)))),
        },
        ["2014-10-18"],
    )
    assert (found.attrs["expected_maps"], found.attrs["missing_maps"]) == (48, 11)
    assert found.attrs["maps"] == 13 + 25
    assert found.attrs["product"] == "final"


def test_maps_at_odd_hours_and_one_a_day(month):
    odd = month({"2001-01-01": ("jplg0010.01i", text_of_day("2001-01-01", ODD))})
    assert (odd.attrs["expected_maps"], odd.attrs["missing_maps"]) == (12, 0)
    noon = month({"1995-01-01": ("codg0010.95i", text_of_day("1995-01-01", [12]))})
    assert (noon.attrs["expected_maps"], noon.attrs["missing_maps"]) == (1, 0)


def test_a_file_that_stops_early_lacks_maps(month):
    early = month({"2014-10-17": ("codg2900.14i", text_of_day("2014-10-17", EVEN[:10]))})
    assert (early.attrs["expected_maps"], early.attrs["missing_maps"]) == (12, 2)


def test_a_map_without_any_value_is_not_there(month):
    text = text_of_day("2001-01-01", ODD)
    band = "   50   50\n"
    start = text.index(band)
    text = text[:start] + text[start:].replace(band, " 9999 9999\n", 2)
    found = month({"2001-01-01": ("jplg0010.01i", text)})
    assert found.attrs["missing_maps"] == 1


def test_a_day_without_rms_leaves_those_of_the_others(month):
    found = month(
        {
            "1998-03-28": ("codg0870.98i", text_of_day("1998-03-28", ODD, rms=False)),
            "1998-03-29": ("codg0880.98i", text_of_day("1998-03-29", ODD)),
        }
    )
    assert found.attrs["days_without_rms"] == 1
    assert np.isnan(found["rms"].sel(time="1998-03-28").values).all()
    assert (found["rms"].sel(time="1998-03-29").values == 5).all()
    none = month({"1998-03-28": ("codg0870.98i", text_of_day("1998-03-28", ODD, rms=False))})
    assert "rms" not in none and none.attrs["days_without_rms"] == 1


def test_biases_of_each_day(month):
    found = month(
        {
            "2001-01-01": ("jplg0010.01i", text_of_day("2001-01-01", ODD, level=1)),
            "2001-01-02": ("jplg0020.01i", text_of_day("2001-01-02", ODD, level=2)),
        }
    )
    assert found["satellite"].values.tolist() == ["G01"]
    assert found["satellite_bias"].values[:, 0, 0].tolist() == [1.0, 2.0]
    np.testing.assert_allclose(found["satellite_bias_rms"], 0.01, rtol=1e-6)
    assert found["station"].values.tolist() == ["G ABCD 11345M001", "G ABCD 12345M001"]
    bias = found["station_bias"].sel(block="DIFFERENTIAL CODE BIASES").values
    assert np.isnan(bias[0, 1]) and np.isnan(bias[1, 0])
    np.testing.assert_allclose(np.diag(bias), -8.111, rtol=1e-6)
    assert found["satellite_bias"].attrs["units"] == "ns"
    assert found["block"].values.tolist() == ["DIFFERENTIAL CODE BIASES"]


def _biased(day: str, *blocks: dict) -> xr.Dataset:
    """A file of a day as far as its biases go."""
    empty = {"title": "", "observables": "", "satellites": {}, "stations": {}}
    content = json.dumps([empty | block for block in blocks])
    return xr.Dataset(coords={"time": [np.datetime64(day, "ns")]}, attrs={"dcb_json": content})


def test_every_block_of_biases_is_kept():
    one = {"title": "DCB [P1-P2]", "satellites": {"G01": [1.5, 0.1], "G02": [2.5, 0.1]}}
    two = {"title": "DCB [P1-C1]", "satellites": {"G01": [-0.5, 0.2]}}
    upc = {"title": "DCB [P1-P2]", "observables": "C1C-C2W", "stations": {"G ABMF": [7.0, 0.3]}}
    # The second day has them in another order, and one of them twice.
    found = biases_of([_biased("2001-01-01", one, two), _biased("2001-01-02", two, one, upc, one)])
    assert found["block"].values.tolist() == [
        "DCB [P1-P2]",
        "DCB [P1-C1]",
        "C1C-C2W",
        "DCB [P1-P2] (2)",
    ]
    bias = found["satellite_bias"].sel(satellite="G01").values
    np.testing.assert_array_equal(bias, [[1.5, -0.5, np.nan, np.nan], [1.5, -0.5, np.nan, 1.5]])
    rms = found["satellite_bias_rms"].sel(satellite="G01", block="DCB [P1-C1]").values
    np.testing.assert_allclose(rms, 0.2)
    second = found["satellite_bias"].sel(satellite="G02", block="DCB [P1-C1]")
    assert np.isnan(second).all()
    assert found["station_bias"].sel(block="C1C-C2W").values[1, 0] == 7.0


def test_both_blocks_of_a_real_file_are_kept(real_data):
    # The header of CAS's file of 1999 gives satellite 01 once in [P1-P2] and once in [P1-C1].
    part = ionex.read(real_data / "ionex/variants/casg0010.99i.Z")
    found = biases_of([part])
    assert [name[-7:] for name in found["block"].values] == ["[P1-P2]", "[P1-C1]"]
    blocks = found["satellite_bias"].notnull().any("satellite").values
    assert blocks.tolist() == [[True, True]]


def test_the_products_of_a_month_are_one(month):
    final = ("CODG0010.16I", text_of_day("2016-01-01", EVEN))
    rapid = ("CORG0020.16I", text_of_day("2016-01-02", EVEN))
    for name, product in (
        ("CORG0010.16I", "rapid"),
        ("C1PG0010.16I", "predicted"),
        ("COD0OPSP1D_20160010000_01D_01H_GIM.INX", "predicted"),
        ("uqrg0010.16i", "rapid"),
        ("own_maps", "unknown"),
    ):
        assert month({"2016-01-01": (name, final[1])}).attrs["product"] == product
    assert month({"2016-01-01": ("own_maps", final[1])}, product="rapid").attrs["product"] == (
        "rapid"
    )
    with pytest.raises(LaicflowError, match="one product .* final .CODG0010.16I.*rapid .CORG0020"):
        month({"2016-01-01": final, "2016-01-02": rapid})
    with pytest.raises(LaicflowError, match="final .CODG0010.16I.*predicted .the source's sett"):
        month({"2016-01-01": final}, product="predicted")


def test_predicted_maps_under_the_name_of_final_ones(month):
    title = "CODE'S 1-DAY PREDICTED GLOBAL IONOSPHERE MAPS"
    text = text_of_day("2016-01-01", EVEN, title)
    with pytest.raises(LaicflowError, match="CODG0010.16I: expected final maps.*predicted"):
        month({"2016-01-01": ("CODG0010.16I", text)})
    assert month({"2016-01-01": ("C1PG0010.16I", text)}).attrs["product"] == "predicted"


def test_maps_of_jpl_under_a_name_of_esa(real_data):
    """A real file: its header says JPL, so no month of ESA may hold it."""
    name = "ionex/variants/esag2670.12i"
    days = [(real_data / name, "2012-09-23")]
    with pytest.raises(LaicflowError, match="esag2670.12i: expected maps of esa.* header of jpl"):
        month_of_maps(receipt(real_data, days), real_data, "ionex")


def test_a_month_is_written_with_the_same_bytes(month, tmp_path):
    for number in (1, 2):
        found = month(
            {
                "2001-01-01": ("jplg0010.01i", text_of_day("2001-01-01", ODD, level=1)),
                "2001-01-02": ("jplg0020.01i", text_of_day("2001-01-02", ODD, level=2)),
            }
        )
        write_netcdf(found, tmp_path / f"{number}.nc")
    assert (tmp_path / "1.nc").read_bytes() == (tmp_path / "2.nc").read_bytes()
    again = read_netcdf(tmp_path / "1.nc")
    assert again["station"].values.tolist() == ["G ABCD 11345M001", "G ABCD 12345M001"]
    assert again["satellite_bias"].values[:, 0, 0].tolist() == [1.0, 2.0]
    assert again["day"].values.astype("datetime64[D]").astype(str).tolist() == [
        "2001-01-01",
        "2001-01-02",
    ]

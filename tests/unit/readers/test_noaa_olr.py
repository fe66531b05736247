"""NOAA's OLR: the three products, packed and not, written here, and a real subset."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest

from laicflow.errors import FormatError
from laicflow.readers import noaa_olr

FILE = "satellite/easyclimate_test_input_asm_area_olr_uv.nc"
# Hours from 1800-01-01 to 2000-01-01: 200 years of 365 days, and 48 leap days (1800 and 1900 have
# none), 73,048 days; the real subset begins at this number.
HOURS_2000 = 1753152.0
INTERP = {"title": "Daily Mean Interpolated OLR", "dataset": "NOAA Interpolated OLR"}
UNINTERP = {"title": "Uninterpolated OLR", "dataset": "NOAA OLR"}
RECORD = {"title": "OLR-Daily CDR: PSD Interpolated Version", "dataset": "NOAA OLR CDR"}
GRID = ([20.0, 17.5, 15.0], [175.0, 177.5, 180.0, 182.5])


@pytest.fixture
def make(tmp_path):
    """Write an OLR file; value 200 + 10 day + latitude row + column / 10."""

    def write(
        grid=GRID,
        texts=INTERP,
        days=3,
        units="W/m^2",
        times=None,
        time_units="hours since 1800-01-01 00:00:0.0",
        packed=False,
        fill=None,
        change=None,
        variable="olr",
        kind="NETCDF4",
    ):
        latitude, longitude = (np.array(one) for one in grid)
        times = HOURS_2000 + 24 * np.arange(days) if times is None else np.array(times)
        values = 200.0 + 10 * np.arange(len(times))[:, None, None]
        values = values + np.arange(len(latitude))[:, None] + np.arange(len(longitude)) / 10
        if change:
            values[change[0]] = change[1]
        path = tmp_path / "olr.day.mean.nc"
        with netCDF4.Dataset(path, "w", format=kind) as file:
            if "title" in texts:
                file.title = texts["title"]
            for name, one in (("time", times), ("lat", latitude), ("lon", longitude)):
                file.createDimension(name, None if name == "time" else len(one))
                file.createVariable(name, "f8", (name,))[:] = one
            file["time"].units = time_units
            olr = file.createVariable(
                variable, "i2" if packed else "f4", ("time", "lat", "lon"), fill_value=fill
            )
            olr.set_auto_maskandscale(False)
            olr.units = units
            if "dataset" in texts:
                olr.dataset = texts["dataset"]
            if packed:
                olr.scale_factor, olr.add_offset = np.float32(0.01), np.float32(327.65)
                olr.missing_value = np.int16(32766)
                olr.valid_range = np.array([0, 500], dtype="f4")
                values = np.where(np.isnan(values), 32766, np.round((values - 327.65) / 0.01))
            olr[:] = values.astype("i2" if packed else "f4")
        return path

    return write


def refused(path, **options) -> str:
    with pytest.raises(FormatError) as caught:
        noaa_olr.read(path, **options)
    return str(caught.value).removeprefix(str(path))


def test_grid_and_values(make):
    found = noaa_olr.read(make())
    assert found["olr"].dims == ("time", "latitude", "longitude")
    assert found["olr"].attrs["units"] == "W m-2"
    np.testing.assert_array_equal(found["latitude"], [15, 17.5, 20])
    np.testing.assert_array_equal(found["longitude"], [-180, -177.5, 175, 177.5])
    days = ["2000-01-01", "2000-01-02", "2000-01-03"]
    np.testing.assert_array_equal(found["time"].values, np.array(days, dtype="datetime64[us]"))
    # Second day, latitude 17.5 is row 1, longitude 182.5 column 3: 200 + 10 + 1 + 0.3.
    one = found["olr"].sel(time="2000-01-02", latitude=17.5, longitude=-177.5)
    assert one.item() == pytest.approx(211.3, abs=1e-4)
    told = {"product": "interpolated", "told_by": "text", "fill": "none", "missing": 0}
    assert told.items() <= found.attrs.items()


@pytest.mark.parametrize(
    ("texts", "grid", "product"),
    [
        (INTERP, GRID, ("interpolated", "text")),
        (UNINTERP, GRID, ("uninterpolated", "text")),
        ({"title": "OLR (non-interpolated)"}, GRID, ("uninterpolated", "text")),
        (RECORD, ([1.0, 0.0, -1.0], [0.5, 1.5]), ("cdr", "text")),
        ({}, ([1.0, 0.0, -1.0], [0.5, 1.5]), ("cdr", "grid")),
        (RECORD, GRID, ("cdr", "text")),
    ],
)
def test_three_products_of_one_name(make, texts, grid, product):
    attrs = noaa_olr.read(make(texts=texts, grid=grid)).attrs
    assert (attrs["product"], attrs["told_by"]) == product


def test_a_product_that_nothing_tells(make):
    assert "expected a title that names the product" in refused(make(texts={"title": "OLR"}))


def test_text_and_grid_that_differ(make):
    said = refused(make(grid=([1.0, 0.0], [0.5, 1.5])))
    assert "expected a grid of 2.5 degrees for 'Daily Mean Interpolated OLR" in said


def test_packed_values_and_their_fill(make):
    # The valid range stands unpacked in packed files: it must mask nothing.
    found = noaa_olr.read(make(packed=True, change=((1, 0, 2), np.nan), kind="NETCDF3_CLASSIC"))
    olr = found["olr"]
    assert np.isnan(olr.sel(time="2000-01-02", latitude=20, longitude=-180))
    assert found.attrs["missing"] == 1 and int(np.isnan(olr).sum()) == 1
    one = olr.sel(time="2000-01-03", latitude=15, longitude=177.5).item()
    assert one == pytest.approx(200 + 20 + 2 + 0.1, abs=0.006)


def test_zero_may_be_the_fill_value(make):
    found = noaa_olr.read(make(fill=np.float32(0), change=((0, 0, 0), 0)))
    assert (found.attrs["fill"], found.attrs["missing"], found.attrs["beyond_range"]) == ("0", 1, 0)
    assert np.isnan(found["olr"].sel(time="2000-01-01", latitude=20, longitude=175))


def test_values_that_cannot_be(make):
    found = noaa_olr.read(make(days=30, change=((0, 0, 0), 655.31)))
    assert found.attrs["beyond_range"] == 1 and int(np.isnan(found["olr"]).sum()) == 1
    said = refused(make(change=((0, 0), 655.31)))
    assert "expected fluxes within 0 to 500 W m-2, found 4 of 36 beyond, such as 655.31" in said


def test_a_box_across_the_date_line_and_some_days(make):
    found = noaa_olr.read(
        make(),
        south_north=[16, 20],
        west_east=[177.5, -180],
        first=np.datetime64("2000-01-02"),
        last=np.datetime64("2000-01-02"),
    )
    assert dict(found.sizes) == {"time": 1, "latitude": 2, "longitude": 2}
    np.testing.assert_allclose(found["olr"].values[0], [[211.2, 211.1], [210.2, 210.1]])
    assert "OLR of the box and days" in refused(make(), south_north=[-10, 10])
    assert "OLR of the box and days" in refused(make(), first=np.datetime64("2001-01-01"))


def test_other_time_units_and_gaps(make):
    path = make(times=[10957, 10959, 10960], time_units="days since 1970-01-01")
    found = noaa_olr.read(path)
    assert str(found["time"].values[1])[:10] == "2000-01-03" and found.attrs["gap_days"] == 1
    noon = noaa_olr.read(make(times=HOURS_2000 + 12 + 24 * np.arange(3)))
    assert str(noon["time"].values[0])[:19] == "2000-01-01T00:00:00"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"units": "K"}, "expected olr in W m-2, found the unit 'K'"),
        ({"variable": "ulwrf"}, "expected a variable olr, found time, lat, lon, ulwrf"),
        ({"times": [24.0, 0, 48]}, "times in ascending order"),
        ({"times": [0.0, 12, 24]}, "expected one map a day, found two or more of 1800-01-01"),
        # The first days of three months, and of the climatology of days.
        ({"times": [1753152.0, 1753896, 1754592]}, "expected a map of each day, found one in 29"),
        ({"times": [17520.0, 17544, 17568]}, "days from 1974-06-01 on, found 1802-01-01"),
        ({"time_units": "hours"}, "times such as hours since 1800-01-01"),
        ({"time_units": "months since 1800-01-01"}, "times such as hours since 1800-01-01"),
        ({"grid": ([95.0, 92.5], [0.0, 2.5])}, "latitudes and longitudes of the globe"),
        ({"grid": ([0.0, 2.5], [0.0, 2.5, 360])}, "latitudes and longitudes of the globe"),
    ],
)
def test_what_is_no_olr(make, options, said):
    assert said in refused(make(**options))


def test_no_netcdf(put):
    assert "expected a NetCDF file, found an HTML page" in refused(put("<html><title>Sign in"))
    assert "found an empty file" in refused(put(b""))
    assert "found b'PK" in refused(put(b"PK\x03\x04 and so on"))


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF3_CLASSIC"])
@pytest.mark.parametrize("share", [0.5, 0.95])
def test_a_truncated_file(make, kind, share):
    path = make(days=200, kind=kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert refused(path)


def claim(path, kind="NETCDF4", sizes=(3, 3, 4), axis="f8", along=("lat",), block=None):
    """A file of three days that says other sizes than it has values for."""
    with netCDF4.Dataset(path, "w", format=kind) as file:
        file.title = INTERP["title"]
        for name, size in zip(("time", "lat", "lon"), sizes, strict=True):
            file.createDimension(name, size)
        for name, one in (("time", HOURS_2000 + 24.0 * np.arange(3)), ("lon", [0, 2.5, 5, 7.5])):
            file.createVariable(name, "f8", (name,))[: len(one)] = one
        latitude = file.createVariable("lat", axis, along)
        if axis == "f8" and len(along) == 1:
            latitude[:3] = [2.5, 0.0, -2.5]
        file["time"].units = "hours since 1800-01-01 00:00:0.0"
        packed = {"zlib": True, "chunksizes": block} if block else {}
        olr = file.createVariable("olr", "f4", ("time", "lat", "lon"), fill_value=0.0, **packed)
        olr.units = "W m-2"
    return path


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sizes": (40_000, 3, 4), "block": (1, 3, 4)}, "at most 36600 of time, found 40000"),
        ({"sizes": (3, 3, 9999), "block": (1, 3, 4)}, "at most 1441 of longitude, found 9999"),
        (
            {"sizes": (36_000, 700, 1400), "block": (1, 70, 140)},
            # 36,000 x 700 x 1400 values of four bytes.
            "at most 100,000,000 bytes of values, found 141,120,000,000 of a file of ",
        ),
        (
            {"sizes": (36_000, 700, 1400), "block": (36_000, 70, 140)},
            "blocks of at most 100,000,000 bytes, found 1,411,200,000",
        ),
        ({"along": ("lat", "lon")}, "lat along itself alone, found ('lat', 'lon')"),
        ({"along": ("lon",)}, "lat along itself alone, found ('lon',)"),
        ({"axis": str}, "numbers in lat, found <class 'str'>"),
    ],
)
def test_sizes_that_a_file_only_says_are_refused_before_they_are_read(tmp_path, options, said):
    path = claim(tmp_path / "olr.day.mean.nc", **options)
    assert path.stat().st_size < 10_000_000
    assert said in refused(path)
    with pytest.raises(FormatError) as caught:
        noaa_olr.look(path.read_bytes(), path.name)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["scale_factor", "add_offset", "missing_value"])
def test_a_text_where_a_number_should_be(make, name):
    path = make()
    with netCDF4.Dataset(path, "a") as file:
        file["olr"].setncattr(name, "none")
    assert f"a number as {name} of olr, found 'none'" in refused(path)


def test_more_records_than_a_classic_file_has(make):
    """Bytes 4 to 7 count the records of NetCDF 3 (its format specification, numrecs)."""
    path = make(kind="NETCDF3_CLASSIC")
    data = bytearray(path.read_bytes())
    assert data[4:8] == b"\0\0\0\x03"
    for number, said in ((4, "times in ascending order"), (2**30, "at most 36600 of time")):
        data[4:8] = number.to_bytes(4, "big")
        path.write_bytes(data)
        assert said in refused(path)


def test_the_real_subset(real_data):
    found = noaa_olr.read(real_data / FILE)
    assert dict(found.sizes) == {"time": 2192, "latitude": 5, "longitude": 7}
    assert str(found["time"].values[0])[:10] == "2000-01-01"
    assert str(found["time"].values[-1])[:10] == "2005-12-31"
    assert found.attrs["product"] == "cdr" and found.attrs["fill"] == "0"
    assert (found.attrs["missing"], found.attrs["gap_days"]) == (0, 0)
    assert float(found["olr"].min()) == pytest.approx(89.3, abs=0.05)
    assert float(found["olr"].max()) == pytest.approx(354.0, abs=0.05)

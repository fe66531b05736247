"""NOAA's OLR: yearly files of the climate data record, and two files of one name at PSL."""

from __future__ import annotations

from laicflow.replica.answer import Answer, Folder, not_found

# Folder of PSL's datasets in which a product's `olr.day.mean.nc` lies.
FOLDERS = {
    "noaa_olr_interpolated": "interp_OLR",
    "noaa_olr_uninterpolated": "uninterp_OLR",
}


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A year of the record by its name, wherever it lies; another product by its folder as well."""
    wanted = path.rsplit("/", 1)[-1].lower()
    for file in folder.files("olr"):
        held = source not in FOLDERS or file.parent.name.lower() == FOLDERS[source].lower()
        if held and file.name.lower() == wanted:
            return folder.plain(file, "application/x-netcdf")
    return not_found(path)

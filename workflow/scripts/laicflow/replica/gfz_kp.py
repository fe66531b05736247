"""The archive of Kp: yearly files in WDC format."""

from __future__ import annotations

import re

from laicflow.replica.answer import Answer, Folder, not_found

# The archive's own path, and that of the old FTP tree.
ASKED = re.compile(r"^(kp_definitive/kp_def|wdc/yearly/kp|kp)(?P<year>\d{4})(\.wdc)?$")


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """The file of a year, under whichever of its names it lies in the folder."""
    found = ASKED.match(path.lower())
    if found is None:
        return not_found(path)
    year = found["year"]
    files = folder.by_name("gfz_kp")
    for name in (f"kp_def{year}.wdc", f"kp{year}.wdc", f"kp{year}"):
        if name in files:
            return folder.plain(files[name], "text/plain")
    return not_found(path)

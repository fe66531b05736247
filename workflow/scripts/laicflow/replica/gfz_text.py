"""GFZ: the text files of Kp, ap, Ap, sunspot number and F10.7."""

from __future__ import annotations

import re

from laicflow.replica.answer import Answer, Folder, not_found

ASKED = re.compile(r"^Kp_ap_Ap_SN_F107_(\d{4}|since_1932|nowcast)\.txt$")


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """A file of the folder under its own name."""
    files = folder.by_name("gfz_text")
    if ASKED.match(path) is None or path.lower() not in files:
        return not_found(path)
    return folder.plain(files[path.lower()], "text/plain")

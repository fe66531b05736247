"""CelesTrak: the one file of space weather."""

from __future__ import annotations

from laicflow.replica.answer import Answer, Folder, not_found


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """SW-All.csv as it lies there."""
    files = folder.by_name("celestrak")
    if path != "SW-All.csv" or path.lower() not in files:
        return not_found(path)
    return folder.plain(files[path.lower()], "text/csv")

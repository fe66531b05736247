"""A folder of series of VTEC of the user's own."""

from __future__ import annotations

from laicflow.replica.answer import Answer, Folder, not_found


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """The file of that name."""
    found = folder.by_name("own_tec").get(path.rsplit("/", 1)[-1].lower())
    return not_found(path) if found is None else folder.plain(found, "text/csv")

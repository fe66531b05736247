"""ISC-GEM: the catalog as one csv, as it was saved from the download form."""

from __future__ import annotations

from laicflow.replica.answer import Answer, Folder, not_found


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """The file of that name."""
    found = folder.by_name("isc_gem").get(path.lower())
    return not_found(path) if found is None else folder.plain(found, "text/csv")

"""Penticton: the table of F10.7 readings."""

from __future__ import annotations

from laicflow.replica.answer import Answer, Folder, not_found


def answer(source: str, path: str, query: str, folder: Folder) -> Answer:
    """fluxtable.txt as it lies there."""
    files = folder.by_name("penticton")
    if path != "fluxtable.txt" or path not in files:
        return not_found(path)
    return folder.plain(files[path], "text/plain")

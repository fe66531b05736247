"""Recompute the sha256 of every raw file and compare it with the manifest."""

from __future__ import annotations

import argparse
from pathlib import Path

from laicflow import fetch_journal, fetch_manifest
from laicflow.errors import ConfigError
from laicflow.files import sha256
from laicflow.progress import track


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("folder", nargs="*", type=Path, help="default: all of data/raw/*")


def run(options: argparse.Namespace) -> int:
    """Print every file that is not what the manifest says; 1 if there is one."""
    folders = options.folder or sorted(p for p in Path("data/raw").glob("*") if _has_manifest(p))
    if not folders:
        raise ConfigError("no data/raw/*/manifest.parquet here")
    total = 0
    for folder in folders:
        bad = 0
        if not _has_manifest(folder):
            raise ConfigError(f"no manifest in {folder}")
        latest = fetch_manifest.frame(folder).drop_duplicates("file", keep="last")
        for row in track(list(latest.itertuples()), f"checking {folder}"):
            path = folder / row.file
            found = sha256(path) if path.is_file() else "no file"
            if found != row.sha256:
                bad += 1
                print(f"{path}: expected sha256 {row.sha256}, found {found}")
        print(f"{folder}: {len(latest)} files, {bad} not as the manifest says")
        total += bad
    if total:
        print("Delete what is not as it should be: the next run fetches it again.")
    return 1 if total else 0


def _has_manifest(folder: Path) -> bool:
    """Whether anything was fetched into a folder, by a job that was killed too."""
    manifest = folder / "manifest.parquet"
    return manifest.is_file() or fetch_journal.path_of(manifest).is_file()

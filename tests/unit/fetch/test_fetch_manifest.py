from __future__ import annotations

import datetime as dt
import multiprocessing

from laicflow.fetch_manifest import Manifest, frame

T1, T2 = dt.datetime(2001, 1, 1), dt.datetime(2001, 1, 2)


def row(file: str, sha: str = "a", **said: object) -> dict:
    basic = {
        "url": f"http://example.org/{file}",
        "path": file,
        "source": "jpl",
        "file": file,
        "fetched": T1,
        "size": 3,
        "sha256": sha,
        "etag": '"1"',
        "last_modified": "",
        "licence": "cite",
        "origin": "",
    }
    return {**basic, **said}


def test_old_versions_keep_their_rows(tmp_path):
    manifest = Manifest(tmp_path)
    manifest.append(row("one", "a"))
    manifest.append(row("two", "b"))
    manifest.append(row("one", "c", fetched=T2))
    table = frame(tmp_path)
    assert table["sha256"].tolist() == ["a", "b", "c"]
    assert Manifest(tmp_path).latest("one")["sha256"] == "c"
    assert Manifest(tmp_path).latest("three") is None


def test_a_confirmation_touches_the_newest_row_alone(tmp_path):
    manifest = Manifest(tmp_path)
    for sha in ("a", "b"):
        manifest.append(row("one", sha))
    manifest.confirm("one", T2)
    table = frame(tmp_path)
    assert table["checked"].tolist() == [T1, T2]
    assert table["fetched"].tolist() == [T1, T1]
    assert manifest.latest("one")["checked"] == T2


def test_columns(tmp_path):
    Manifest(tmp_path).append(row("one"))
    assert set(frame(tmp_path).columns) >= {
        "url", "source", "file", "fetched", "size", "sha256", "etag", "last_modified", "licence",
        "origin",
    }  # fmt: skip


def _write(raw, name):
    manifest = Manifest(raw)
    for number in range(10):
        manifest.append(row(f"{name}{number}"))


def test_processes_that_write_at_once_lose_no_row(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_write, args=(tmp_path, name)) for name in "abcd"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(frame(tmp_path)["file"]) == sorted(f"{n}{i}" for n in "abcd" for i in range(10))
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".manifest.parquet")]

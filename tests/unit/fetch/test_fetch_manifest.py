from __future__ import annotations

import datetime as dt
import multiprocessing

import pyarrow as pa
import pyarrow.parquet as pq

from laicflow.fetch_manifest import SCHEMA, Manifest, frame

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


def test_a_note_stands_in_the_newest_row_alone(tmp_path):
    manifest = Manifest(tmp_path)
    for sha in ("a", "b"):
        manifest.append(row("one", sha))
    manifest.append(row("two", "c"))
    manifest.note("2001-01", {"one": "the same as two", "two": "", "three": "not here"})
    assert frame(tmp_path)["note"].tolist() == ["", "2001-01: the same as two", ""]
    assert manifest.latest("one")["note"] == "2001-01: the same as two"
    # A confirmation keeps it, another version has none.
    manifest.confirm("one", T2)
    assert frame(tmp_path)["note"].tolist()[1] == "2001-01: the same as two"
    manifest.append(row("one", "d", fetched=T2))
    assert Manifest(tmp_path).latest("one")["note"] == ""


def test_notes_of_two_partitions(tmp_path):
    manifest, other = Manifest(tmp_path), Manifest(tmp_path)
    manifest.append(row("one"))
    other.note("2001-02", {"one": "b"})
    manifest.note("2001-01", {"one": "a"})
    assert frame(tmp_path)["note"].tolist() == ["2001-01: a; 2001-02: b"]
    # Nothing new: the file is not touched.
    before = manifest.path.stat()
    manifest.note("2001-01", {"one": "a"})
    assert manifest.path.stat().st_ino == before.st_ino
    other.note("2001-01", {"one": ""})
    assert frame(tmp_path)["note"].tolist() == ["2001-02: b"]


def test_an_earlier_manifest_without_notes(tmp_path):
    earlier = SCHEMA.remove(SCHEMA.get_field_index("note"))
    table = pa.Table.from_pylist([row("one", checked=T1), row("two", checked=T1)], schema=earlier)
    pq.write_table(table, tmp_path / "manifest.parquet")
    manifest = Manifest(tmp_path)
    assert manifest.latest("one")["note"] == "" and frame(tmp_path)["note"].tolist() == ["", ""]
    manifest.note("2001-01", {"two": "a"})
    manifest.append(row("three"))
    assert frame(tmp_path)["note"].tolist() == ["", "2001-01: a", ""]
    assert frame(tmp_path)["sha256"].tolist() == ["a", "a", "a"]


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

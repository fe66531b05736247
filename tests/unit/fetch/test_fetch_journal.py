from __future__ import annotations

import datetime as dt
import shutil

import pytest

from laicflow import fetch_journal
from laicflow.errors import FetchError
from laicflow.fetch_manifest import Manifest, frame

T1, T2 = dt.datetime(2001, 1, 1), dt.datetime(2001, 1, 2, 3, 4, 5, 678)
T3 = dt.datetime(2002, 1, 1)


def row(file: str, sha: str = "a", **said: object) -> dict:
    texts = ("path", "source", "etag", "last_modified", "licence", "origin")
    known = {"url": f"http://example.org/{file}", "file": file, "sha256": sha, "size": 3}
    return {**dict.fromkeys(texts, ""), **known, "fetched": T1, **said}


def test_what_is_folded_is_what_was_said(tmp_path):
    manifest = Manifest(tmp_path)
    manifest.append(row("one", note="2001: n"))
    manifest.append(row("two", "b", fetched=T2))
    manifest.confirm("one", T2)
    before = frame(tmp_path)
    assert not manifest.path.exists()
    manifest.fold()
    assert manifest.path.exists() and not fetch_journal.path_of(manifest.path).exists()
    after = frame(tmp_path)
    assert after.equals(before)
    assert after["file"].tolist() == ["one", "two"]
    assert after["checked"].tolist() == [T2, T2] and after["fetched"].tolist() == [T1, T2]


def test_a_journal_that_is_folded_in_twice_changes_nothing(tmp_path):
    """As where a job is killed between the two steps of folding."""
    manifest = Manifest(tmp_path)
    for sha in ("a", "b"):
        manifest.append(row("one", sha))
    manifest.confirm("one", T2)
    journal = fetch_journal.path_of(manifest.path)
    shutil.copy(journal, tmp_path / "kept")
    manifest.fold()
    before = frame(tmp_path)
    shutil.copy(tmp_path / "kept", journal)
    assert frame(tmp_path).equals(before)
    again = Manifest(tmp_path)
    assert again.latest("one")["sha256"] == "b"
    again.append(row("two"))
    again.fold()
    assert frame(tmp_path)["sha256"].tolist() == ["a", "b", "a"]


@pytest.mark.parametrize("cut", [1, 40, 120])
def test_a_line_that_was_never_finished_is_none(tmp_path, cut: int):
    manifest = Manifest(tmp_path)
    manifest.append(row("one"))
    manifest.append(row("two"))
    journal = fetch_journal.path_of(manifest.path)
    journal.write_bytes(journal.read_bytes()[:-cut])
    assert frame(tmp_path)["file"].tolist() == ["one"]
    after = Manifest(tmp_path)
    assert after.latest("two") is None
    after.append(row("three"))
    assert frame(tmp_path)["file"].tolist() == ["one", "three"]


def test_a_journal_that_was_killed_in_its_first_line(tmp_path):
    manifest = Manifest(tmp_path)
    fetch_journal.path_of(manifest.path).write_bytes(b'{"journ')
    assert frame(tmp_path).empty
    manifest.append(row("one"))
    assert frame(tmp_path)["file"].tolist() == ["one"]


def test_two_see_what_the_other_writes_and_folds(tmp_path):
    one, two = Manifest(tmp_path), Manifest(tmp_path)
    one.append(row("one"))
    assert two.latest("one") is None and two.refresh() and two.latest("one")
    assert not two.refresh()
    one.fold()
    # A journal of another name, as long as the one that was read.
    one.append(row("six"))
    assert two.refresh() and two.latest("six")["sha256"] == "a"
    two.append(row("six", "b"))
    two.fold()
    one.confirm("six", T2)
    assert one.latest("six")["sha256"] == "b" and one.latest("six")["checked"] == T2
    assert frame(tmp_path)["file"].tolist() == ["one", "six", "six"]


def test_the_manifest_is_not_written_for_each_file(tmp_path):
    manifest = Manifest(tmp_path)
    manifest.append(row("0"))
    manifest.fold()
    before = manifest.path.stat()
    for number in range(1, 30):
        manifest.append(row(str(number)))
    assert manifest.path.stat() == before
    assert len(frame(tmp_path)) == 30


def test_a_confirmation_that_is_folded_in_twice_is_of_its_own_version(tmp_path):
    manifest = Manifest(tmp_path)
    manifest.append(row("one", "a"))
    manifest.confirm("one", T2)
    manifest.append(row("one", "b", fetched=T3))
    journal = fetch_journal.path_of(manifest.path)
    shutil.copy(journal, tmp_path / "kept")
    manifest.fold()
    shutil.copy(tmp_path / "kept", journal)
    assert frame(tmp_path)["checked"].tolist() == [T2, T3]
    assert Manifest(tmp_path).latest("one")["checked"] == T3
    # Nor does an earlier time take back a later one.
    manifest.confirm("one", T1)
    assert frame(tmp_path)["checked"].tolist() == [T2, T3]


def test_what_was_written_is_known_though_another_folds_at_once(tmp_path, monkeypatch):
    one, two = Manifest(tmp_path), Manifest(tmp_path)
    one.append(row("one"))
    read = fetch_journal.read

    def after_a_fold(*asked):
        monkeypatch.setattr(fetch_journal, "read", read)
        one.fold()
        return read(*asked)

    monkeypatch.setattr(fetch_journal, "read", after_a_fold)
    assert two.refresh() and two.latest("one")["sha256"] == "a"


@pytest.mark.parametrize("line", [b"no json\n", b"[1]\n", b"{}\n"])
@pytest.mark.parametrize("first", [True, False])
def test_a_damaged_journal_is_named(tmp_path, line: bytes, first: bool):
    manifest = Manifest(tmp_path)
    manifest.append(row("one"))
    journal = fetch_journal.path_of(manifest.path)
    journal.write_bytes(line if first else journal.read_bytes() + line)
    with pytest.raises(FetchError, match="manifest.jsonl: expected a line .* move the file away"):
        Manifest(tmp_path)

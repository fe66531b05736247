from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import pytest

from laicflow.replica import answer
from laicflow.replica.answer import Answer, digest, find
from laicflow.replica.server import served


def test_digest_is_sha256_over_sorted_names_and_sizes(tmp_path):
    (tmp_path / "ionex").mkdir()
    (tmp_path / "ionex" / "b").write_bytes(b"12345")
    (tmp_path / "ionex" / "a").write_bytes(b"1")
    (tmp_path / "notes.txt").write_bytes(b"not served")
    expected = hashlib.sha256(b"ionex/a\x001\nionex/b\x005\n").hexdigest()[:12]
    assert digest(tmp_path) == expected
    assert digest(tmp_path, ["ionex/**"]) == expected


def test_digest_follows_what_is_served(folder):
    few = digest(folder, served(["catalogs/kaggle/*.csv"]))
    assert few != digest(folder, served())
    (folder / "catalogs/a/query.csv").write_text("changed")
    assert digest(folder, served(["catalogs/kaggle/*.csv"])) == few
    with open(folder / "catalogs/kaggle/compilation.csv", "a") as file:
        file.write("\n")
    assert digest(folder, served(["catalogs/kaggle/*.csv"])) != few


def test_find_goes_down_at_any_depth_and_gives_each_file_once(tmp_path):
    (tmp_path / "ionex/x/y").mkdir(parents=True)
    for name in ("ionex/1", "ionex/x/2", "ionex/x/y/3"):
        (tmp_path / name).touch()
    names = [path.name for path in find(tmp_path, ["ionex/**", "ionex/x/*"])]
    assert names == ["1", "2", "3"]


def test_what_a_killed_process_has_left_is_no_file_of_the_replica(tmp_path):
    """pathlib's `*` and `**` find names that begin with a dot."""
    left = "." + "0123456789ab4def8123456789abcdef" + ".jplg0010.01i.Z"
    (tmp_path / "ionex/.hidden").mkdir(parents=True)
    for name in ("ionex/jplg0010.01i.Z", f"ionex/{left}", "ionex/.hidden/jplg0020.01i.Z"):
        (tmp_path / name).write_text("a")
    before = digest(tmp_path)
    assert [path.name for path in find(tmp_path, ["ionex/**", "ionex/*"])] == ["jplg0010.01i.Z"]
    (tmp_path / "ionex" / left).unlink()
    assert digest(tmp_path) == before


def test_an_etag_is_the_sha256_of_the_body():
    # sha256 of "abc": FIPS 180-2, appendix B.1.
    expected = '"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"'
    assert Answer(200, b"abc").etag == expected


@pytest.mark.parametrize(("seconds", "text"), [(784111777, "Sun, 06 Nov 1994 08:49:37 GMT")])
def test_last_modified_is_an_http_date(seconds, text):
    # The example of RFC 9110, section 5.6.7.
    assert Answer(200, modified=seconds).last_modified == text


def test_the_replica_imports_no_other_part_of_the_package():
    """Least of all the readers: a writer and a reader must not share a mistake."""
    for path in Path(answer.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            own = [name for name in names if name.startswith("laicflow")]
            assert all(name.startswith("laicflow.replica") for name in own), path

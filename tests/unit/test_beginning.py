"""What a study begins to go on with is copied once, and known by what it was made by."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from laicflow import beginning
from laicflow.errors import LaicflowError
from laicflow.files import copy
from laicflow.store import write_parquet

ASKED = {"samples": {"study": {"labels": 200}}, "sites": {"points": ["AAA"]}}
DIGESTS = {name: beginning.digest(options) for name, options in ASKED.items()}


@pytest.fixture
def files(tmp_path):
    """Published files, where they are to be kept, and the receipt."""
    published = {name: str(tmp_path / f"results/{name}.parquet") for name in ASKED}
    for name, path in published.items():
        told = {beginning.OPTIONS: DIGESTS[name], "licence": "cite"}
        write_parquet(pd.DataFrame({"a": [1]}), path, attributes=told)
    kept = {name: str(tmp_path / f"ledger/{name}.parquet") for name in ASKED}
    return published, kept, tmp_path / "results/begun.json"


def test_published_files_fit_the_settings_by_which_they_were_made(files):
    published = files[0]
    assert beginning.fits(published, DIGESTS)
    assert not beginning.fits(published, {**DIGESTS, "samples": beginning.digest({"labels": 100})})
    assert not beginning.fits({**published, "samples": "nowhere.parquet"}, DIGESTS)
    # By hand: the digest is of the options as JSON with sorted keys.
    assert DIGESTS["sites"] == hashlib.sha256(b'{"points": ["AAA"]}').hexdigest()


def test_what_is_kept_stays_when_the_published_files_change(files):
    published, kept, receipt = files
    said = beginning.keep(published, kept, receipt)
    assert said[0] == f"{published['samples']} is kept as {kept['samples']}"
    told = json.loads(receipt.read_text())
    assert told["licence"] == "cite" and told["sites"]["path"] == kept["sites"]
    write_parquet(pd.DataFrame({"a": [2]}), published["samples"])
    # Also where the results are gone, and the receipt with them.
    receipt.unlink()
    assert "was kept before" in beginning.keep(published, kept, receipt)[0]
    assert json.loads(receipt.read_text()) == told
    assert pd.read_parquet(kept["samples"])["a"].tolist() == [1]
    beginning.expect(kept)


def test_another_file_in_its_place_is_refused_and_never_becomes_the_right_one(files):
    published, kept, receipt = files
    beginning.keep(published, kept, receipt)
    write_parquet(pd.DataFrame({"a": [2]}), kept["sites"])
    with pytest.raises(LaicflowError, match="sites.parquet: expected what .*begun.json tells"):
        beginning.expect(kept)
    receipt.unlink()
    with pytest.raises(LaicflowError, match="to begin anew delete that folder"):
        beginning.keep(published, kept, receipt)
    Path(kept["sites"]).unlink()
    with pytest.raises(LaicflowError, match="found no file"):
        beginning.expect(kept)


def test_what_was_broken_off_is_made_whole_again(files):
    published, kept, receipt = files
    copy(published["samples"], kept["samples"])  # and then it was killed
    assert not beginning.is_kept(kept)
    with pytest.raises(LaicflowError, match="begun.json is gone"):
        beginning.expect(kept)
    write_parquet(pd.DataFrame({"a": [3]}), published["samples"])
    beginning.keep(published, kept, receipt)
    assert beginning.is_kept(kept)
    assert pd.read_parquet(kept["samples"])["a"].tolist() == [3]

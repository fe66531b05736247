from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from laicflow.errors import LaicflowError
from laicflow.models import receipts


def test_the_options_of_a_network_are_resolved_by_the_receipt(tmp_path: Path):
    options = {"pretrained": "hub", "drop_rate": 0.2}
    start = {"model": "vgg16", "origin": "hub", "file": "", "said": "from scratch: why"}
    (tmp_path / "weights.json").write_text(json.dumps({"weights": [start]}))
    made = receipts.started("vgg16", options, tmp_path / "weights.json")
    assert made == {"pretrained": start, "drop_rate": 0.2}
    assert options["pretrained"] == "hub"
    assert receipts.started("vgg16", {"pretrained": "none"}, None) == {"pretrained": "none"}
    with pytest.raises(LaicflowError, match="need a receipt"):
        receipts.started("vgg16", options, None)


def test_a_job_that_trains_no_image_network_imports_no_library_of_them():
    code = "import sys, laicflow.training.job; print('timm' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert done.stdout.split() == ["False"]

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from laicflow.models import torchvision_ops

SCRIPTS = Path(torchvision_ops.__file__).parents[2]


def run(code: str, *folders: Path) -> list[str]:
    """Run Python code in a process of its own, with folders first on its path."""
    path = os.pathsep.join(map(str, [*folders, SCRIPTS]))
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_torchvision_and_its_friends_can_be_imported_after_it():
    torchvision_ops.prepare()
    import timm
    import torchmetrics
    import torchvision

    assert torchvision.transforms and timm.create_model and torchmetrics.Metric


def test_a_second_call_does_nothing():
    first = torchvision_ops.prepare()
    handles = len(torchvision_ops._handles)
    assert torchvision_ops.prepare() is first
    assert len(torchvision_ops._handles) == handles


def test_a_declared_operator_fails_loudly_when_called():
    if not torchvision_ops.prepare():
        pytest.skip("torchvision's own operators load here")
    import torch

    with pytest.raises(NotImplementedError):
        torch.ops.torchvision.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)


def test_a_library_that_cannot_be_loaded_is_replaced_by_schemas(tmp_path: Path):
    from importlib.machinery import EXTENSION_SUFFIXES

    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision/__init__.py").write_text("")
    (tmp_path / f"torchvision/_C{EXTENSION_SUFFIXES[0]}").write_bytes(b"not a library")
    code = (
        "from laicflow.models.torchvision_ops import prepare; import torch;"
        "print(hasattr(torch.ops.torchvision, 'qnms'), prepare(), prepare(),"
        "torch.ops.torchvision.nms.default._schema)"
    )
    before, declared, again, *schema = run(code, tmp_path)
    assert (before, declared, again) == ("False", "True", "True")
    expected = "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    assert " ".join(schema) == expected


def test_operators_that_are_there_are_left_alone():
    code = (
        "import torch; own = torch.library.Library('torchvision', 'DEF');"
        "[own.define(n + '(Tensor x) -> Tensor') for n in ('nms', 'qnms')];"
        "from laicflow.models.torchvision_ops import prepare; print(prepare());"
        "print(torch.ops.torchvision.nms.default._schema)"
    )
    declared, *schema = run(code)
    assert declared == "False"
    assert " ".join(schema) == "torchvision::nms(Tensor x) -> Tensor"

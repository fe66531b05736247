from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from laicflow.errors import ConfigError
from laicflow.models import registry

SCRIPTS = Path(registry.__file__).parents[2]


def test_importing_the_registry_imports_no_torch():
    code = (
        "import sys; from laicflow.models import registry; registry.names();"
        "print(any(m in sys.modules for m in ('torch', 'timm', 'lightning', 'numpy')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_seven_networks_of_the_paper_are_known():
    paper = "resnetrs50 resnet50 vgg16 densenet121 mobilenetv3_large_100 convnext_tiny"
    assert {*paper.split(), "effnetv2_modified"} <= set(registry.names())
    assert registry.names() == sorted(registry.names())


def test_every_entry_names_a_module_file_and_a_callable():
    for name in registry.names():
        module = registry.module_of(name)
        assert (SCRIPTS / Path(*module.split("."))).with_suffix(".py").is_file()
        assert callable(registry.imported(registry.MODELS[name]))


def test_an_unknown_name_is_refused_with_what_is_known():
    with pytest.raises(ConfigError, match="resnet51.*resnet50"):
        registry.build("resnet51", {}, seed=0)
    with pytest.raises(ConfigError, match="resnet51"):
        registry.module_of("resnet51")


def test_a_plan_knows_of_every_file_of_weights_in_folders(tmp_path: Path):
    (tmp_path / "resnet50").mkdir()
    (tmp_path / "resnet50/model.safetensors").write_bytes(b"12345")
    origins = ["hub", f"folder:{tmp_path}", f"folder:{tmp_path / 'absent'}"]
    (row,) = registry.local_state(origins)
    assert row[:2] == [str(tmp_path / "resnet50/model.safetensors"), "5"]
    os.utime(tmp_path / "resnet50/model.safetensors", ns=(1, 7_000_000_000))
    assert registry.local_state(origins) == [[*row[:2], "7000000000"]]
    assert registry.local_state(["hub"]) == []

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what was imported before would have a say.
FRESH = """
import sys
from laicflow.training.module import pl
assert "torchmetrics" not in sys.modules and "torchvision" not in sys.modules
import torch
assert issubclass(pl.LightningModule, torch.nn.Module)
from laicflow.models import torchvision_ops
torchvision_ops.prepare()
import torchmetrics
assert torchmetrics.MeanMetric()(3.0) == 3.0
"""
KNOWN = """
from laicflow.models import torchvision_ops
torchvision_ops.prepare()
import torchmetrics
from laicflow.training.module import pl
assert pl.core.module.Metric is torchmetrics.Metric
"""


def test_lightning_comes_without_torchmetrics_which_can_be_had_afterwards():
    subprocess.run([sys.executable, "-c", FRESH], check=True, timeout=120)


def test_what_is_there_already_is_taken():
    subprocess.run([sys.executable, "-c", KNOWN], check=True, timeout=120)

"""What all tests share: the folder of real data, and the account of what was skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real upstream files named by LAICFLOW_REAL_DATA."""
    folder = os.environ.get("LAICFLOW_REAL_DATA")
    if not folder:
        pytest.skip("LAICFLOW_REAL_DATA is not set")
    return Path(folder)

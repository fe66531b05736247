"""The small study, new for every test."""

from __future__ import annotations

import copy

import pytest

from laicflow.config import load
from laicflow.studies.results import Results
from tests.unit.studies.petrescu2022 import ran


@pytest.fixture(scope="session")
def shipped(pytestconfig: pytest.Config) -> dict:
    """The study as shipped."""
    return load(pytestconfig.rootpath / "config")["petrescu2022"]


@pytest.fixture(scope="session")
def made(shipped: dict) -> Results:
    """What `results` is a copy of."""
    return ran.results_of(shipped)


@pytest.fixture
def results(made: Results) -> Results:
    """A small study that has run."""
    return copy.deepcopy(made)

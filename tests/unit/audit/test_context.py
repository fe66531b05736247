from __future__ import annotations

import importlib

import numpy as np
import pytest

from laicflow.audit import context as context_module
from laicflow.audit.registry import CHECKS, NAMES
from laicflow.errors import ConfigError


def test_an_unknown_gate_is_refused(make_samples, make_context):
    with pytest.raises(ConfigError, match="unknown gates r_cor_km"):
        make_context(make_samples([0]), {}, options={"r_cor_km": 3})


@pytest.mark.parametrize(
    ("headline", "text"),
    [
        ({"split": "validation"}, "expected 'test', found 'validation'"),
        ({"kind": "hindcast"}, "expected precursor or forecast, found 'hindcast'"),
    ],
)
def test_a_headline_that_cannot_be_judged_is_refused(make_samples, make_context, headline, text):
    with pytest.raises(ConfigError, match=text):
        make_context(make_samples([0]), {}, headline=headline)


def test_gates_given_replace_the_defaults(make_samples, make_context):
    context = make_context(make_samples([0]), {}, options={"r_corr_km": 5})
    assert context.gates["r_corr_km"] == 5
    assert context.gates["max_width"] == 0.2


def test_further_draws_are_not_the_headline(make_samples, make_context):
    context = make_context(make_samples([0, 90], [0, 1]), {"net": [np.array([0.1, 0.9])]})
    context.predictions["draw"] = 1
    assert context.tested("net").empty


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="unknown status 'ok'"):
        context_module.row("R11", "overlap", "ok", evidence="")


def test_every_check_can_be_imported_and_has_a_name():
    assert set(CHECKS) <= set(NAMES)
    for number, module in CHECKS.items():
        found = importlib.import_module(module)
        assert number == found.CHECK
        assert callable(found.check)

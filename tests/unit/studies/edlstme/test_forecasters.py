from __future__ import annotations

import math

from laicflow.studies.edlstme.forecasters import printed

SETTINGS = {"printed": {"sites": ["all", "XJSH"], "models": {"dnn": {"rmse": [2.9697, 2.5661]}}}}


def test_the_papers_numbers_are_of_its_own_group_of_stations() -> None:
    assert printed(SETTINGS, "dnn", "all", "rmse") == 2.9697
    assert printed(SETTINGS, "dnn", "XJSH", "rmse", "main") == 2.5661
    # Over the further stations the paper prints nothing.
    assert math.isnan(printed(SETTINGS, "dnn", "all", "rmse", "further"))
    assert math.isnan(printed(SETTINGS, "gbm", "all", "rmse"))

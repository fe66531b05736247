"""What a catalog becomes before a method sees it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.catalogs.decluster import METHODS, decluster


@pytest.mark.parametrize("method", METHODS)
def test_a_method_gives_the_same_for_any_order_of_the_rows(method, bursts):
    catalog = bursts(300, 5)
    shuffled = catalog.iloc[np.random.RandomState(0).permutation(len(catalog))]
    one = decluster(catalog, method).set_index("event_id")
    two = decluster(shuffled, method)
    assert two["event_id"].tolist() == shuffled["event_id"].tolist()
    pd.testing.assert_frame_equal(one, two.set_index("event_id").loc[one.index])

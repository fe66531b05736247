from __future__ import annotations

import pandas as pd

from laicflow.studies.edlstme.account import hindcast
from laicflow.studies.results import Results


def test_samples_issued_before_their_data_were_published_are_counted() -> None:
    issue = pd.to_datetime(["2020-01-01 00:00", "2020-01-01 01:00", "2020-01-01 02:00"])
    came = issue + pd.to_timedelta([24, 0, 24], unit="h")
    own = Results("run", "edlstme", {}, {})
    own.samples = {
        "clean": pd.DataFrame({"issue_time": issue, "available_at": came}),
        "none": pd.DataFrame(),
    }
    (line,) = hindcast(own)
    assert line.startswith("Variant clean is a hindcast")
    assert "2 of 3 samples (67 %)" in line and "by 24 h at most" in line

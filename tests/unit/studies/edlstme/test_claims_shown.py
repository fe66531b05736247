from __future__ import annotations

from pathlib import Path

import yaml

from laicflow.studies.edlstme.claims_shown import BEYOND_TWO_SIGMA, QUIET_EPOCHS, arithmetic

ROOT = Path(__file__).parents[4]


def test_what_is_wrong_with_the_papers_table_is_found() -> None:
    own = yaml.safe_load((ROOT / "config/studies/edlstme.yaml").read_text())["edlstme"]["printed"]
    found = dict(arithmetic(own))
    # By hand: 2.6759^2 / 0.0895 = 80.0, 4.3948^2 / 0.2414 = 80.01; 0.8502^2 = 0.7228 is not 0.6838.
    assert "80.0 to 80.1" in found["R² as 1 − SSE/SST"]
    assert "of dt ρ² is 0.7228, printed 0.6838" in found["R² and its equation 4"]
    assert "arima: 1.785" in found["pooled MAE"] and "1.8372" in found["pooled MAE"]
    assert found["best mae at every station"].startswith("not ed-lstme at XJKE (dnn 2.2737), XJKL")
    assert "best rmse at every station" not in found


def test_alarms_that_normal_errors_would_give() -> None:
    assert QUIET_EPOCHS == 5760 and round(BEYOND_TWO_SIGMA * QUIET_EPOCHS) == 262

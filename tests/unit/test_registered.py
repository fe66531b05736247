"""What is registered of a configuration, and what planning refuses by it."""

from __future__ import annotations

import pandas as pd
import pytest

from laicflow import chain, config, ledger, registered, registration
from laicflow.errors import ConfigError
from tests.unit.prospective_year import DAY, MONTHS
from tests.workflow.running import ROOT


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """A configuration, and the ledger of a study with a forecast registered by it."""
    whole = config.load(ROOT / "config", (ROOT / "tests/workflow/continuous.yaml",))
    monkeypatch.setattr(chain, "clock", lambda: MONTHS[0])
    made = registered.options(whole, "petrescu2022")
    key = registered.key_of("petrescu2022", made)
    none = ledger.read(tmp_path / "forecasts.parquet")
    file = tmp_path / "registration.parquet"
    own = registration.settle(file, key, made["registered"], None, none)
    end = MONTHS[0].floor("D")
    row = {
        **key, "kind": "forecast", "site": "AAA", "window_id": "AAA/x", "window_start": end - DAY,
        "window_end": end, "horizon_end": end + 10 * DAY, "issue_time": MONTHS[0], "score": 0.5,
        "threshold": 0.5, "alarm": 1, "model_sha256": "ab" * 32,
        "registration": own["sha256"].iloc[0],
    }  # fmt: skip
    ledger.append(tmp_path / "forecasts.parquet", pd.DataFrame([row]))
    return whole


def test_planning_tells_what_an_update_would_refuse(planned, tmp_path):
    own = planned["petrescu2022"]
    registered.foresee(tmp_path, planned, "petrescu2022")
    registered.foresee(tmp_path / "none", planned, "petrescu2022")
    # What no forecast hangs on.
    own["title"], own["training"]["keep_weights"] = "other", "none"
    own["claims"], own["reported"] = {}, []
    registered.foresee(tmp_path, planned, "petrescu2022")
    own["prospective"]["threshold"] = 0.4
    with pytest.raises(ConfigError, match="threshold was 0.5, is 0.4"):
        registered.foresee(tmp_path, planned, "petrescu2022")
    own["prospective"]["amendment"] = "a lower bar"
    registered.foresee(tmp_path, planned, "petrescu2022")
    # Larger earthquakes alone would be known, and those of the forecast above forgotten.
    own["catalog"]["magnitude_min"] = 5.5
    registered.foresee(tmp_path, planned, "petrescu2022")
    planned["sources"]["usgs"]["minmagnitude"] = 5.5
    with pytest.raises(ConfigError, match=r"judged by more .*magnitude_min 5.0 lies below sources"):
        registered.foresee(tmp_path, planned, "petrescu2022")


def test_a_file_of_ones_own_is_one_catalog(planned):
    planned["catalogs"]["mine"] = {**planned["catalogs"]["usgs"], "sources": ["own"]}
    planned["petrescu2022"]["prospective"]["data"]["catalog"] = "mine"
    planned["sources"]["own"] = {"file": "mine.csv"}
    own = registered.options(planned, "petrescu2022")["registered"]["catalog"]
    assert (own["name"], own["files"]) == ("mine", {"own": "mine.csv"})


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("highpass", "its preparation highpass looks ahead"),
        ("planted", "its world is inject-ulf; name a variant of what was observed"),
    ],
)
def test_a_variant_that_cannot_forecast_is_refused(variant, said):
    whole = config.load(ROOT / "config")
    own = whole["petrescu2022"]
    own["prospective"] |= {"start": "2026-01-01", "variant": variant}
    own["variants"] = {
        "highpass": {"window": {"preparation": "highpass"}},
        "planted": {"world": "inject-ulf"},
    }
    with pytest.raises(ConfigError, match=f"petrescu2022.prospective.variant {variant}: {said}"):
        registered.options(whole, "petrescu2022")


def test_a_world_and_what_was_observed_are_two_experiments(planned, tmp_path):
    planned["upstream"] = "world"
    with pytest.raises(ConfigError, match='upstream.kind was "internet", is "world"'):
        registered.foresee(tmp_path, planned, "petrescu2022")


# Keys of a study on which neither windows, nor labels, nor the network of its headline hang: names
# and pages, other variants, experiments and tests. What the network is made by is registered
# beside the settings.
OTHERS = {
    "title", "citation", "question", "claims", "reported", "first_page", "shown", "compare",
    "variants", "experiments", "trained", "best_of", "headline", "baselines", "worlds", "tuning",
    "injections", "preparations", "training", "models", "seeds", "placebo", "audit", "world",
}  # fmt: skip


@pytest.mark.parametrize("study", ["petrescu2022", "pham2023"])
def test_every_key_of_a_study_is_registered_or_known_not_to_matter(study):
    whole = config.load(ROOT / "config")
    whole[study]["prospective"]["start"] = "2026-01-01"
    kept = registered.options(whole, study)["registered"]["settings"]
    assert set(whole[study]) - OTHERS == set(kept)
    assert "amendment" not in kept["prospective"]
    assert "amendment" in whole[study]["prospective"]

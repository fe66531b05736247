from __future__ import annotations

from pathlib import Path

import yaml

from laicflow.studies.edlstme.needs import faults, fitted

ROOT = Path(__file__).parents[4]
BIAS = "receiver bias and level of arcs"


def test_a_bias_that_is_found_from_the_observations_has_seen_the_test() -> None:
    own = yaml.safe_load((ROOT / "config/studies/edlstme.yaml").read_text())["edlstme"]
    observed = own | {"data": own["data"] | {"tec": "rinex"}}

    def on(study: dict, ways: list[str]) -> list[str] | None:
        return next((one["on"] for one in fitted(study, ways) if one["what"] == BIAS), None)

    assert on(observed, ["file", "estimate"]) == ["train", "validation", "test"]
    assert on(observed, ["map"]) == ["train", "validation", "test"]
    # The bias of a file is fitted on nothing here, and a ready series has none.
    assert on(observed, ["file"]) is None and on(own, ["estimate"]) is None


def test_no_alarm_is_held_against_earthquakes_that_the_study_has_not() -> None:
    own = yaml.safe_load((ROOT / "config/studies/edlstme.yaml").read_text())["edlstme"]
    assert faults(own) == []
    own["alarms"] |= {"magnitudes": [5.5, 4.5]}
    assert faults(own) == ["alarms.magnitudes: 4.5 lies below catalog.magnitude_min 5"]

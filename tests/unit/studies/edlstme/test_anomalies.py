"""The anomalies of a variant: what is read of the tensors, seeds, periods, facts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from laicflow.anomalies import rates
from laicflow.anomalies.tables import ALARMS, ANOMALIES, QUAKES
from laicflow.errors import LaicflowError
from laicflow.studies.edlstme import anomalies
from tests.unit.studies.edlstme import anomalies_made as made


def run(study: dict | None = None, events: pd.DataFrame | None = None, **forecasts):
    predictions, samples = made.forecasts(**forecasts)
    study = study or made.study()
    events = made.catalog() if events is None else events
    return anomalies.make(
        made.tensors(), predictions, samples, events, study, names=("test",), audit=made.AUDIT
    )


def test_the_planted_jump_is_found_by_both_methods_at_its_station():
    found = run()
    at = found.anomalies[found.anomalies["time"] == pd.Timestamp("2020-02-09 12:00")]
    assert (at.loc[at["site"] == "AAA", "dtec"] > 4).tolist() == [True, True]
    assert found.anomalies.dtypes.astype("str").to_dict() == ANOMALIES
    assert found.alarms.dtypes.astype("str").to_dict() == ALARMS
    assert found.quakes.dtypes.astype("str").to_dict() == QUAKES


def test_rates_of_every_seed_and_anomalies_of_the_first():
    found = run(made.study(seeds=[2, 0]), seeds=(0, 2))
    assert found.facts["seed"] == 2
    whole = found.alarms[found.alarms["part"] == rates.RECORD]
    assert whole.loc[whole["site"] == "all", "seed"].value_counts().to_dict() == {2: 2, 0: 2}
    # The mean error is part of the bounds: another level of the forecast changes nothing.
    own = found.anomalies[found.anomalies["method"] == "residual"].dropna(subset="centre")
    assert own["centre"].mean() == pytest.approx(10, abs=0.1)


def test_filled_epochs_are_not_counted():
    paper = run()
    clean = run(made.study(anomalies=made.CLEAN))
    for found, judged in ((paper, True), (clean, False)):
        day = found.anomalies[found.anomalies["time"].dt.strftime("%m-%d") == "02-08"]
        own = day[(day["site"] == "BBB") & (day["method"] == "residual")]
        assert own["filled"].all() and not own["usable"].any()
        assert own["dtec"].notna().all() == judged
    assert paper.facts["filled"] == clean.facts["filled"] == 24


def test_a_control_is_told_as_such():
    event = {**made.EVENT, "latitude": 20.0}
    found = run(made.study(event=event))
    assert found.quakes["role"].tolist() == ["control"]
    assert "no earthquake of the catalog lies within" in found.facts["earthquakes"]
    # 20 degrees are 2224 km; 10^(0.43 x 6) = 380 km.
    assert (
        "as a control, outside its zone (2,224 km from AAA, radius 380 km)"
        in found.facts["earthquakes"]
    )


def test_earthquakes_of_the_catalog_are_listed():
    events = made.catalog(("2020-02-12", 0, 10.2, 5.0), ("2020-02-13", 30, 10, 6.0))
    found = run(events=events)
    assert found.quakes["role"].tolist() == ["shown", "listed"]
    assert found.quakes["site"].tolist() == ["AAA", "BBB"] and found.quakes["inside"].all()


def test_the_quiet_period_is_that_of_the_settings_or_chosen_by_rule():
    found = run()
    own = found.alarms[found.alarms["part"] == rates.QUIET_PERIOD]
    assert set(own["start"]) == {pd.Timestamp("2020-02-20")} and len(own) == 4
    assert found.facts["quiet_period"] == "that of the configuration"
    rules = {**made.RULES, "quiet": {"start": "2016-03-27", "days": 4, "away_days": 2}}
    found = run(made.study(anomalies=rules))
    own = found.alarms[found.alarms["part"] == rates.QUIET_PERIOD]
    # The first four whole days with bounds; Kp is disturbed on 7 February alone.
    assert set(own["end"] - own["start"]) == {pd.Timedelta(days=4)}
    assert found.facts["quiet_period"].startswith("2016-03-27 is not in the record; the most")


def test_without_a_source_an_index_is_none():
    known = anomalies.indices(made.tensors().drop_vars(["dst", "time_dst"]))
    assert known["dst"] is None and len(known["kp"]) == 8 * made.DAYS
    assert known["f107"]["f107"].eq(70).all()
    assert known["kp"]["time"].iloc[0] == pd.Timestamp(made.START)


def test_a_station_that_the_tensors_lack_is_refused():
    with pytest.raises(LaicflowError, match="expected stations AAA, CCC, without CCC"):
        run(made.study(("AAA", "CCC")))


def test_without_forecasts_nothing_is_judged_and_nothing_breaks():
    predictions, samples = made.forecasts()
    found = anomalies.make(
        made.tensors(),
        predictions[predictions["split"] == "none"],
        samples,
        made.catalog(),
        made.study(),
        names=("test",),
        audit=made.AUDIT,
    )
    whole = found.alarms.query("method == 'residual' and part == 'record'")
    assert (whole["epochs"] == 0).all() and np.isnan(whole["rate"]).all()
    assert found.facts["judged"] == 0 and "no epoch is judged" not in found.facts["quiet_period"]

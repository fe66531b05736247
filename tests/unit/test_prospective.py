"""A year of minutes and earthquakes, brought up to date month by month."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from laicflow import chain, ledger, prospective, prospective_models
from laicflow.errors import ConfigError, LaicflowError
from laicflow.evaluation.forecasts import summary
from laicflow.files import temporary_name
from laicflow.prospective import update
from laicflow.prospective_plan import Data
from laicflow.store import write_parquet
from laicflow.studies.petrescu2022 import prospective as hooks
from tests.unit.prospective_year import (
    DAY,
    FIRST,
    HOUR,
    LAST,
    MONTHS,
    PLAN,
    QUAKE_DAYS,
    SITES,
    history_of,
    indices,
    quakes,
    tensors_of,
    year_of_data,
)


@pytest.fixture(scope="module")
def data() -> Data:
    return year_of_data()


@pytest.fixture(scope="module")
def history(data) -> pd.DataFrame:
    return history_of(data)


def bring(folder, data, history, now, plan=PLAN, known=None) -> dict:
    """Bring up to date with a catalog that is complete up to a day before."""
    known = now - DAY if known is None else known
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "clock", lambda: now)
        return update(hooks, plan, data, history, folder, now=now, known_until=known)


def rows_of(folder, kind: str) -> pd.DataFrame:
    table = ledger.read(folder / "forecasts.parquet")
    return table[table["kind"] == kind]


@pytest.fixture(scope="module")
def year(data, history, tmp_path_factory):
    """The folder after a year, and what every call said."""
    folder = tmp_path_factory.mktemp("year")
    told, heads = [], [chain.FIRST]
    path = folder / "forecasts.parquet"
    for now in MONTHS:
        told.append(bring(folder, data, history, now))
        heads.append(ledger.verify(path, heads[-1]))
        assert heads[-1] == told[-1]["ledger"]["head"]
        before = path.read_bytes(), sorted(p.name for p in (folder / "models").iterdir())
        again = bring(folder, data, history, now)
        assert again["forecasts"]["added"] == again["outcomes"]["added"] == 0
        assert again["forecasts"]["already"] == 2
        after = path.read_bytes(), sorted(p.name for p in (folder / "models").iterdir())
        assert after == before
    return folder, told


def test_each_window_that_ends_now_is_scored_once(year):
    folder, _ = year
    forecasts = rows_of(folder, "forecast")
    # At 07:30 the last end on a grid of six hours is 06:00.
    expected = {(site, now.floor("6h")) for now in MONTHS for site in SITES}
    assert len(forecasts) == len(expected) == 18
    assert set(zip(forecasts["site"], forecasts["window_end"], strict=True)) == expected
    assert (forecasts["window_end"] - forecasts["window_start"] == HOUR).all()
    assert (forecasts["horizon_end"] - forecasts["window_end"] == 72 * HOUR).all()
    assert forecasts["issue_time"].isin(MONTHS).all()
    assert forecasts["outcome"].isna().all()
    assert forecasts["score"].between(0, 1).all()
    assert (forecasts["alarm"] == (forecasts["score"] >= 0.5)).all()


def test_outcomes_follow_and_agree_with_a_count_by_hand(year):
    folder, told = year
    # The horizons of a month are over when the next one begins: all but the last have outcomes.
    assert [one["outcomes"]["added"] for one in told] == [0, *[2] * 8]
    outcomes = rows_of(folder, "outcome")
    for row in outcomes.itertuples():
        begin = int((row.issue_time - FIRST) / DAY)
        assert row.known_at in MONTHS
        hit = []
        for day in QUAKE_DAYS if row.site == "AAA" else QUAKE_DAYS[::2]:
            noon = 24 * day + (12.5 if row.site == "AAA" else 13.5)
            # From the issue at 07:30 of day `begin` to 06:00 three days later.
            if 24 * begin + 7.5 <= noon < 24 * (begin + 3) + 6:
                hit.append(f"{row.site[0].lower()}{day}")
        assert row.outcome == int(bool(hit))
        assert row.event_ids == ";".join(hit)
    assert outcomes["outcome"].nunique() == 2


def test_models_chain_and_each_sample_is_learned_in_its_turn(year):
    folder, told = year
    files = sorted((folder / "models").glob("*.safetensors"))
    facts = {}
    for path in files:
        assert prospective_models.sha256(path) == path.stem
        facts[path.stem] = json.loads(path.with_suffix(".json").read_text())
    # The first of history, then one a month; in April nothing has become known since.
    assert len(files) == 9
    last = told[-1]["training"]["model"]
    chain = [last]
    while facts[chain[-1]]["parent"]:
        chain.append(facts[chain[-1]]["parent"])
    assert set(chain) == set(facts)
    epochs = [facts[name]["epochs_in_all"] for name in reversed(chain)]
    assert epochs == [3 + 2 * k for k in range(9)]
    # The catalog ends at 07:30 of the day before; half a day less is 19:30 two days before, and
    # whole days alone count.
    until = [facts[name]["trained_until"] for name in reversed(chain)]
    assert until[0] == "2003-03-30T00:00:00"
    assert until[1] == "2003-04-29T00:00:00"
    assert until[-1] == "2003-11-29T00:00:00"
    # Four earthquakes at AAA and two at BBB in thirty days, and as many quiet windows.
    counts = [facts[name]["samples"] for name in reversed(chain)]
    for since, end, count in zip(until, until[1:], counts[1:], strict=False):
        first, stop = ((pd.Timestamp(t) - FIRST) / DAY for t in (since, end))
        own = sum(first <= day < stop for day in QUAKE_DAYS)
        own += sum(first <= day < stop for day in QUAKE_DAYS[::2])
        assert count == {"0": own, "1": own}
    forecasts = rows_of(folder, "forecast")
    assert forecasts["model_sha256"].tolist() == np.repeat(list(reversed(chain)), 2).tolist()


@pytest.fixture
def changed(data):
    """Everything after an instant is another thing."""

    def make(now: pd.Timestamp, known: pd.Timestamp) -> Data:
        other = tensors_of(seed=9)
        later = data.tensors["time"] >= now.to_datetime64()
        field = data.tensors["field"].where(~later, other["field"] * np.float32(3))
        tensors = data.tensors.assign(field=field.transpose("site", "component", "time"))
        new = quakes(range(1, 360), hour=3)
        old = data.events["time"] < known
        events = pd.concat([data.events[old], new[new["time"] >= known]], ignore_index=True)
        stormy = indices(kp=9.0)
        kp = data.indices["kp"]
        kp = pd.concat([kp[kp["time"] < known], stormy["kp"][stormy["kp"]["time"] >= known]])
        return replace(data, tensors=tensors, events=events, indices={**data.indices, "kp": kp})

    return make


def test_nothing_after_now_has_a_say(data, history, changed, tmp_path):
    for now in MONTHS[:3]:
        bring(tmp_path / "a", data, history, now)
        bring(tmp_path / "b", changed(now, now - DAY), history, now)
    one, other = ((tmp_path / k / "forecasts.parquet").read_bytes() for k in "ab")
    assert one == other
    # The same change before that does make a difference.
    bring(tmp_path / "c", data, history, MONTHS[0])
    seen = changed(MONTHS[0] - 10 * HOUR, MONTHS[0] - DAY)
    bring(tmp_path / "d", seen, history, MONTHS[0])
    one, other = (rows_of(tmp_path / k, "forecast")["score"].tolist() for k in "cd")
    assert one != other


def test_the_hooks_are_given_nothing_later(data, history, tmp_path):
    now, known = MONTHS[1], MONTHS[1] - DAY
    met = set()

    def guarded(name):
        def call(*given):
            met.add(name)
            for one in given:
                if isinstance(one, xr.Dataset) and name != "until" and "time" in one:
                    assert pd.Timestamp(one["time"].values[-1]) < now
                if isinstance(one, pd.DataFrame):
                    assert one["time"].max() < known
                if isinstance(one, dict) and "kp" in one:
                    assert all(table["time"].max() < known for table in one.values())
            return getattr(hooks, name)(*given)

        return call

    names = [name for name in vars(hooks) if name.islower() and callable(getattr(hooks, name))]
    spy = SimpleNamespace(**{name: guarded(name) for name in names if name[0] != "_"})
    bring(tmp_path, data, history, MONTHS[0])
    update(spy, PLAN, data, history, tmp_path, now=now, known_until=known)
    assert {"until", "events_of", "labelled", "labelled_until", "ending", "images"} <= met


def test_what_breaks_off_is_taken_up(data, history, tmp_path, monkeypatch):
    for now in MONTHS[:2]:
        bring(tmp_path / "whole", data, history, now)
    broken = tmp_path / "broken"
    bring(broken, data, history, MONTHS[0])
    for step in ("train", "_score"):
        with monkeypatch.context() as patch:
            patch.setattr(prospective, step, lambda *a: (_ for _ in ()).throw(OSError("killed")))
            with pytest.raises(OSError, match="killed"):
                bring(broken, data, history, MONTHS[1])
        ledger.verify(broken / "forecasts.parquet")
        assert len(rows_of(broken, "outcome")) == 2
    # A model of which the JSON was never written does not count, or only half of it was.
    head = prospective_models.head(broken / "models", PLAN.names)
    half = temporary_name(head.path.with_suffix(".json"))
    half.write_text('{"half')
    head.path.with_suffix(".json").unlink()
    bring(broken, data, history, MONTHS[1])
    for name in ("forecasts.parquet", f"models/{head.sha256}.json"):
        assert (broken / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_later_without_new_data_only_outcomes_are_added(data, history, tmp_path):
    stale = replace(data, tensors=hooks.until(data.tensors, MONTHS[0]))
    bring(tmp_path, stale, history, MONTHS[0])
    later = bring(tmp_path, stale, history, MONTHS[0] + 20 * DAY, known=MONTHS[0] + 19 * DAY)
    assert later["outcomes"]["added"] == 2
    assert later["forecasts"] | {"without_model": 0} == {
        "added": 0,
        "too_late": 2,
        "already": 0,
        "before_start": 0,
        "without_window": 0,
        "without_model": 0,
    }
    size = len(ledger.read(tmp_path / "forecasts.parquet"))
    later = bring(tmp_path, stale, history, MONTHS[0] + 40 * DAY)
    assert (later["outcomes"]["added"], later["ledger"]["rows"]) == (0, size)


def test_a_catalog_that_changes_its_mind_adds_a_revised_outcome(data, history, tmp_path):
    bring(tmp_path, data, history, MONTHS[0])
    bring(tmp_path, data, history, MONTHS[1])
    first = rows_of(tmp_path, "outcome")
    # 1 April is day 90: day 92 at noon lies in the horizon, 07:15 of day 90 before the issue.
    assert first["event_ids"].tolist() == ["a92", "b92"]
    more = quakes([91], hour=1.0).iloc[:1].assign(event_id="late-a")
    early = quakes([90], hour=7.25).iloc[:1].assign(event_id="early-a")
    gone = data.events[data.events["event_id"] != "b92"]
    events = pd.concat([gone, more, early], ignore_index=True)
    told = bring(tmp_path, replace(data, events=events), history, MONTHS[1])
    assert (told["outcomes"]["added"], told["outcomes"]["revised"]) == (0, 2)
    revised = rows_of(tmp_path, "outcome").iloc[2:]
    assert revised["outcome"].tolist() == [1, 0]
    assert revised["event_ids"].tolist() == ["a92;late-a", ""]
    assert revised["note"].tolist() == [
        "revised; 1 earthquakes before the issue do not count",
        "revised",
    ]
    told = bring(tmp_path, replace(data, events=events), history, MONTHS[1])
    assert told["outcomes"]["revised"] == 0


def test_too_few_samples_train_nothing_and_wait(data, history, tmp_path):
    few = history[history["label"] == 0]
    told = bring(tmp_path, data, few, MONTHS[0])
    assert told["training"]["model"] is None
    assert "fewer than 2" in told["training"]["steps"][0]["why"]
    assert told["forecasts"]["without_model"] == 2
    assert told["forecasts"]["added"] == 0
    # From April on no earthquake but one in May and two in June, each at AAA.
    before = quakes([day for day in QUAKE_DAYS if day < 89])
    more = quakes([130, 160, 161]).query("event_id.str.startswith('a')")
    sparse = replace(data, events=pd.concat([before, more], ignore_index=True))
    bring(tmp_path, sparse, history, MONTHS[0])
    told = bring(tmp_path, sparse, history, MONTHS[2])
    assert told["training"]["steps"][0]["samples"] == {"0": 1, "1": 1}
    assert told["training"]["trained_until"] == "2003-03-30 00:00:00"
    told = bring(tmp_path, sparse, history, MONTHS[3])
    assert told["training"]["steps"][0]["samples"] == {"0": 3, "1": 3}
    assert told["training"]["trained_until"] == "2003-06-29 00:00:00"


def test_a_window_that_cannot_be_cut_gives_way_to_the_one_before(data, history, tmp_path):
    field = data.tensors["field"].copy()
    # Ten minutes without values at AAA just before 06:00, everything since March at BBB.
    hole = slice("2003-04-01T05:40", "2003-04-01T05:50")
    field.loc[{"site": "AAA", "time": hole}] = np.nan
    field.loc[{"site": "BBB", "time": slice("2003-03-20", None)}] = np.nan
    told = bring(
        tmp_path, replace(data, tensors=data.tensors.assign(field=field)), history, MONTHS[0]
    )
    assert told["forecasts"]["too_late"] == 1
    assert rows_of(tmp_path, "forecast")["window_id"].tolist() == ["AAA/2003-04-01T00:00"]
    assert told["training"]["steps"][0]["unusable"] > 0


def test_faults_stop(data, history, tmp_path):
    ahead = replace(data, tensors=data.tensors.assign_attrs(two_sided=1))
    with pytest.raises(ConfigError, match="looks ahead"):
        bring(tmp_path, ahead, history, MONTHS[0])
    with pytest.raises(LaicflowError, match="after now"):
        bring(tmp_path, data, history, MONTHS[0], known=MONTHS[1])
    with pytest.raises(LaicflowError, match="nothing before now"):
        bring(tmp_path, data, history, FIRST)
    bring(tmp_path, data, history, MONTHS[0])
    wider = replace(PLAN, model_options={**PLAN.model_options, "width": 0.2})
    with pytest.raises(LaicflowError, match="another network"):
        bring(tmp_path, data, history, MONTHS[1], plan=wider)
    path = tmp_path / "forecasts.parquet"
    whole = ledger.read(path)
    write_parquet(whole.assign(score=0.99), path)
    before = sorted((tmp_path / "models").iterdir())
    with pytest.raises(LaicflowError, match="row 1 "):
        bring(tmp_path, data, history, MONTHS[1])
    assert sorted((tmp_path / "models").iterdir()) == before
    write_parquet(whole, path)
    model = next((tmp_path / "models").glob("*.safetensors"))
    model.write_bytes(model.read_bytes()[:-1] + b"\x01")
    with pytest.raises(LaicflowError, match="sha256 of its name"):
        bring(tmp_path, data, history, MONTHS[1])


def test_forecasts_are_issued_when_the_training_is_over(data, history, tmp_path):
    over = MONTHS[0] + 6 * HOUR
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "clock", lambda: over)
        known = MONTHS[0] - DAY
        now = {"now": MONTHS[0], "known_until": known, "clock": lambda: over}
        told = update(hooks, PLAN, data, history, tmp_path, **now)
    assert told["forecasts"]["added"] == 2 and told["forecasts"]["replayed"] == 0
    forecasts = rows_of(tmp_path, "forecast")
    assert forecasts["issue_time"].tolist() == [over] * 2
    # Of what came meanwhile nothing is used: at 07:30 the last end on the grid was 06:00.
    assert forecasts["window_end"].tolist() == [MONTHS[0].floor("6h")] * 2
    told = bring(tmp_path / "at once", data, history, MONTHS[0])
    assert rows_of(tmp_path / "at once", "forecast")["score"].tolist() == (
        forecasts["score"].tolist()
    )


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_model_that_is_lost_gives_way_to_no_other(data, history, tmp_path, suffix):
    told = bring(tmp_path, data, history, MONTHS[0])
    path = tmp_path / "forecasts.parquet"
    model = (tmp_path / "models" / told["training"]["model"]).with_suffix(suffix)
    before, content = path.read_bytes(), model.read_bytes()
    model.unlink()
    with pytest.raises(LaicflowError, match=f"{model.name}, the model of the newest forecast: put"):
        bring(tmp_path, data, history, MONTHS[1])
    assert path.read_bytes() == before
    model.write_bytes(content)
    assert bring(tmp_path, data, history, MONTHS[1])["forecasts"]["added"] == 2


def test_sites_without_any_window_are_counted(data, history, tmp_path):
    field = xr.full_like(data.tensors["field"], np.nan)
    told = bring(
        tmp_path, replace(data, tensors=data.tensors.assign(field=field)), history, MONTHS[0]
    )
    counts = told["forecasts"]
    assert (counts["added"], counts["without_window"], counts["too_late"]) == (0, 2, 0)


def test_late_inputs_and_another_run_are_told_apart(data, history, tmp_path):
    late = replace(data, available_at=LAST)
    assert bring(tmp_path, late, history, MONTHS[0])["forecasts"]["replayed"] == 2
    other = replace(PLAN, run="other")
    assert bring(tmp_path, data, history, MONTHS[0], plan=other)["forecasts"]["added"] == 2
    table = summary(ledger.read(tmp_path / "forecasts.parquet"))
    assert table["run"].tolist() == ["other", "test"]
    assert table["replayed"].tolist() == [0, 2]
    assert table["forecasts"].tolist() == table["waiting"].tolist() == [2, 0]


def test_a_year_that_is_made_up_afterwards_is_replayed(data, history, tmp_path):
    for now in MONTHS[:2]:
        known = now - DAY
        told = update(hooks, PLAN, data, history, tmp_path, now=now, known_until=known)
        assert told["forecasts"]["added"] == told["forecasts"]["replayed"] == 2
        again = update(hooks, PLAN, data, history, tmp_path, now=now, known_until=known)
        assert again["ledger"] == told["ledger"]
    notes = rows_of(tmp_path, "forecast")["note"]
    assert notes.str.startswith("replayed: written 20").all()
    row = summary(ledger.read(tmp_path / "forecasts.parquet")).iloc[0]
    assert (row["replayed"], row["forecasts"], row["outcomes"], row["revised"]) == (4, 0, 0, 0)
    # Rows that are cut off stop the next call before anything is done.
    path = tmp_path / "forecasts.parquet"
    write_parquet(ledger.read(path).iloc[:-1], path)
    with pytest.raises(LaicflowError, match=r"heads.txt, found 5"):
        bring(tmp_path, data, history, MONTHS[2])

"""What forecasts are registered with, held to settings that change while they go on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pandas as pd
import pytest

from laicflow import chain, ledger, prospective, registration
from laicflow.chain import LedgerError
from laicflow.cli.main import main
from laicflow.errors import ConfigError, LaicflowError
from laicflow.evaluation.forecasts import lines, summary
from laicflow.prospective import update
from laicflow.prospective_plan import Data
from laicflow.store import write_parquet
from laicflow.studies.petrescu2022 import prospective as hooks
from tests.unit.prospective_year import (
    DAY,
    MONTHS,
    PLAN,
    amend,
    history_of,
    renewed,
    year_of_data,
)


@pytest.fixture(scope="module")
def data() -> Data:
    return year_of_data()


@pytest.fixture(scope="module")
def history(data) -> pd.DataFrame:
    return history_of(data)


@pytest.fixture
def bring(data, history, tmp_path, monkeypatch):
    """Bring a ledger up to date at an instant, by a plan."""

    def call(now, plan=PLAN):
        monkeypatch.setattr(chain, "clock", lambda: now)
        return update(hooks, plan, data, history, tmp_path, now=now, known_until=now - DAY)

    return call


def rows(folder) -> pd.DataFrame:
    return registration.read(folder / "registration.parquet")


def forecasts(folder) -> pd.DataFrame:
    return ledger.read(folder / "forecasts.parquet")


def test_the_first_forecasts_come_after_their_registration(bring, tmp_path):
    told = bring(MONTHS[0])
    (row,) = rows(tmp_path).to_dict("records")
    assert (row["kind"], row["forecasts_before"], row["registered_at"]) == (
        "registration",
        0,
        MONTHS[0],
    )
    assert told["registration"] == {"sha256": row["sha256"], "amendments": 0}
    assert forecasts(tmp_path)["registration"].tolist() == [row["sha256"]] * 2
    settings = json.loads(row["settings"])
    assert settings["settings"]["labels"] == {
        "radius_km": 200,
        "depth_km": [-10, 30],
        "by_site": {},
    }
    assert settings["settings"]["prospective"]["threshold"] == 0.5
    assert (settings["seed"], settings["model"]) == (0, "vgg_magnetic")
    # Sealed as a row of a ledger is: all but its own seal, keys sorted, without blanks.
    own = {key: value for key, value in row.items() if key != "sha256" and not pd.isna(value)}
    own["registered_at"] = "2003-04-01T07:30:00.000000"
    text = json.dumps(own, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == row["sha256"]
    bring(MONTHS[1])
    assert len(rows(tmp_path)) == 1
    assert forecasts(tmp_path)["registration"].nunique() == 1


def test_other_settings_are_refused_before_anything_is_done(bring, tmp_path):
    bring(MONTHS[0])
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    changed = amend(PLAN, "", labels={"radius_km": 20_000}, prospective={"threshold": 0.4})
    with pytest.raises(ConfigError) as error:
        bring(MONTHS[1], changed)
    said = str(error.value)
    assert "settings.labels.radius_km was 200, is 20000" in said
    assert "settings.prospective.threshold was 0.5, is 0.4" in said
    assert "a `run` of their own" in said and "petrescu2022.prospective.amendment" in said
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    with pytest.raises(ConfigError, match="training.epochs was 3, is 4"):
        bring(MONTHS[1], renewed(PLAN, training={**PLAN.training, "epochs": 4}))
    # Another run is another experiment.
    bring(MONTHS[1], replace(changed, run="other"))
    assert rows(tmp_path)["run"].tolist() == ["test", "other"]


def test_forecasts_are_judged_by_what_was_registered_when_they_were_made(bring, tmp_path):
    bring(MONTHS[0])
    bring(MONTHS[1])
    # From May on every earthquake on Earth counts; BBB has none of its own every second week.
    world = amend(PLAN, "all of them", labels={"radius_km": 20_100})
    told = bring(MONTHS[2], world)
    assert told["registration"]["amendments"] == 1
    # Those of April and May had outcomes by 200 km, and nothing of that is revised.
    assert told["outcomes"] == {"added": 2, "revised": 0, "waiting": 0, "site_gone": 0}
    told = bring(MONTHS[3], world)
    assert told["outcomes"]["revised"] == 0
    first, second = rows(tmp_path)["sha256"]
    table = forecasts(tmp_path)
    assert table.loc[table["kind"] == "forecast", "registration"].tolist() == (
        [first] * 4 + [second] * 4
    )
    outcomes = table[table["kind"] == "outcome"]
    assert outcomes["registration"].tolist() == [first] * 4 + [second] * 2
    # By hand: 1 June is day 151, and day 152 has an earthquake at AAA, none at BBB before day 155.
    by_own = outcomes[outcomes["registration"] == second]
    assert by_own["site"].tolist() == ["AAA", "BBB"]
    assert by_own["event_ids"].tolist() == ["a152;b152", "a152;b152"]
    # Counted apart, in the order of the registrations.
    told = summary(table)
    assert told["registration"].tolist() == [first, second]
    assert told["forecasts"].tolist() == [4, 4]
    assert lines(told)[1].startswith(f"test/petrescu2022/paper/adam, registered as {second[:8]}: 4")


def test_a_place_that_moves_or_goes_is_judged_where_it_was(data, history, tmp_path, monkeypatch):
    monkeypatch.setattr(chain, "clock", lambda: now)
    now = MONTHS[0]
    update(hooks, PLAN, data, history, tmp_path, now=now, known_until=now - DAY)
    # BBB is gone, and AAA now lies where no earthquake is.
    points = [{"site": "AAA", "latitude": -70.0, "longitude": 10.0}]
    moved = amend(PLAN, "AAA has moved", sites={"points": points})
    tensors = data.tensors.isel(site=[0]).assign_coords(latitude=("site", [-70.0]))
    now = MONTHS[1]
    other = replace(data, tensors=tensors)
    told = update(hooks, moved, other, history, tmp_path, now=now, known_until=now - DAY)
    assert told["outcomes"] == {"added": 2, "revised": 0, "waiting": 0, "site_gone": 0}
    table = forecasts(tmp_path)
    assert table.loc[table["kind"] == "outcome", "event_ids"].tolist() == ["a92", "b92"]
    now = MONTHS[2]
    told = update(hooks, moved, other, history, tmp_path, now=now, known_until=now - DAY)
    table = forecasts(tmp_path)
    last = table[table["kind"] == "outcome"].iloc[-1]
    assert (last["site"], last["outcome"]) == ("AAA", 0)


def test_an_amendment_is_for_one_change(bring, tmp_path):
    bring(MONTHS[0])
    bring(MONTHS[1], amend(PLAN, " a lower bar\n", prospective={"threshold": 0.4}))
    (_, row) = rows(tmp_path).to_dict("records")
    assert (row["kind"], row["why"], row["forecasts_before"]) == ("amendment", "a lower bar", 2)
    # Without a reason the settings in force go on, and another change wants another reason.
    bring(MONTHS[2], amend(PLAN, "", prospective={"threshold": 0.4}))
    with pytest.raises(ConfigError, match="'a lower bar', was for another change"):
        bring(MONTHS[3], amend(PLAN, "a lower bar", prospective={"threshold": 0.3}))
    bring(MONTHS[3], amend(PLAN, "a bar that is lower still", prospective={"threshold": 0.3}))
    for why in ("a lower bar", "  ", None):
        with pytest.raises(ConfigError, match="other settings"):
            bring(MONTHS[4], amend(PLAN, why, prospective={"threshold": 0.4}))
    assert len(rows(tmp_path)) == 3
    assert forecasts(tmp_path).query("kind == 'forecast'")["threshold"].tolist() == (
        [0.5] * 2 + [0.4] * 4 + [0.3] * 2
    )


def test_a_reason_that_stood_there_from_the_beginning_is_none(bring, tmp_path):
    bring(MONTHS[0], amend(PLAN, "draft"))
    assert rows(tmp_path)["why"].tolist() == ["draft"]
    with pytest.raises(ConfigError, match="'draft', was for another change"):
        bring(MONTHS[1], amend(PLAN, "draft", labels={"radius_km": 100}))


def with_catalog(name: str):
    """The plan with the earthquakes of a catalog."""
    return replace(PLAN, registered={**PLAN.registered, "catalog": {"name": name}})


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (amend(with_catalog("isc"), "better"), 'catalog.name was "usgs", is "isc"'),
        (renewed(amend(with_catalog("usgs"), "better"), seed=1), "seed was 0, is 1"),
        (
            amend(with_catalog("usgs"), "x", period={"start": "2003-02-01"}, labels={"a": 1}),
            r'settings.period.start was "2003-01-01", is "2003-02-01"; settings.labels.a was not',
        ),
    ],
)
def test_catalog_seed_and_period_cannot_be_amended(bring, tmp_path, plan, said):
    bring(MONTHS[0], with_catalog("usgs"))
    with pytest.raises(ConfigError, match=f"no amendment changes: {said}"):
        bring(MONTHS[1], plan)
    assert len(rows(tmp_path)) == 1


def test_another_network_is_refused_before_it_is_registered(bring, tmp_path):
    bring(MONTHS[0])
    (tmp_path / "forecasts.parquet").unlink()
    (tmp_path / "heads.txt").unlink()
    (tmp_path / "registration.parquet").unlink()
    wider = renewed(PLAN, model_options={**PLAN.model_options, "width": 0.2})
    with pytest.raises(LaicflowError, match="another network"):
        bring(MONTHS[1], wider)
    assert rows(tmp_path).empty


def test_what_nothing_was_forecast_by_is_replaced(bring, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(prospective, "train", lambda *a: (_ for _ in ()).throw(OSError("killed")))
        with pytest.raises(OSError, match="killed"):
            bring(MONTHS[0])
    bring(MONTHS[0], renewed(amend(PLAN, "", labels={"radius_km": 100}), seed=1))
    assert rows(tmp_path)["kind"].tolist() == ["registration", "registration"]
    assert set(forecasts(tmp_path)["registration"]) == {rows(tmp_path)["sha256"].iloc[1]}


def test_what_a_model_has_learned_by_is_not_replaced(bring, tmp_path):
    # Rounds that begin before `start` train, and forecast nothing yet.
    early = amend(PLAN, "", prospective={"start": "2003-06-01"})
    told = bring(MONTHS[0], early)
    assert (told["training"]["model"] is not None, told["forecasts"]["added"]) == (True, 0)
    wide = {"prospective": {"start": "2003-06-01"}, "labels": {"radius_km": 20_000}}
    with pytest.raises(ConfigError, match="labels.radius_km was 200, is 20000"):
        bring(MONTHS[1], amend(PLAN, "", **wide))
    slow = renewed(amend(PLAN, "slow", **wide), training={**PLAN.training, "learning_rate": 1e-8})
    with pytest.raises(ConfigError, match="no amendment changes: training.learning_rate"):
        bring(MONTHS[1], slow)
    bring(MONTHS[1], amend(PLAN, "all of them", **wide))
    assert rows(tmp_path)["kind"].tolist() == ["registration", "amendment"]


def test_a_registration_that_is_lost_stops_other_runs_too(bring, tmp_path):
    bring(MONTHS[0])
    (tmp_path / "registration.parquet").unlink()
    with pytest.raises(LedgerError, match="2 forecasts name the registration"):
        bring(MONTHS[1], replace(PLAN, run="other"))
    assert rows(tmp_path).empty


@pytest.mark.parametrize("left", [0, 1], ids=["gone", "cut"])
def test_a_registration_that_is_lost_stops_the_round(bring, tmp_path, left):
    bring(MONTHS[0])
    lower = amend(PLAN, "a lower bar", prospective={"threshold": 0.4})
    bring(MONTHS[1], lower)
    file = tmp_path / "registration.parquet"
    write_parquet(rows(tmp_path).iloc[:left], file)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for plan in (PLAN, lower):
        with pytest.raises(LedgerError, match="which is not there: put the file back as it was"):
            bring(MONTHS[2], plan)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_forecasts_older_than_any_registration_are_counted_apart(bring, tmp_path, capsys):
    bring(MONTHS[0])
    path = tmp_path / "forecasts.parquet"
    old = ledger.read(path).drop(columns=["written_at", "previous_sha256", "sha256"])
    for name in ("forecasts.parquet", "heads.txt", "registration.parquet"):
        (tmp_path / name).unlink()
    ledger.append(path, old.drop(columns="registration"))
    bring(MONTHS[1])
    (row,) = rows(tmp_path).to_dict("records")
    assert row["forecasts_before"] == 2
    told = summary(ledger.read(path))
    assert told["registration"].tolist() == ["", row["sha256"]]
    assert told["outcomes"].tolist() == [2, 0]
    # What was told of them stays, whatever is registered later.
    told = bring(MONTHS[2], amend(PLAN, "all of them", labels={"radius_km": 20_100}))
    assert told["outcomes"]["revised"] == 0
    assert main(["verify-ledger", str(path)]) == 0
    assert "2 forecasts were made before anything was registered" in capsys.readouterr().out


def test_registrations_that_are_not_what_was_written_are_seen(bring, tmp_path, capsys):
    bring(MONTHS[0])
    bring(MONTHS[1], amend(PLAN, "a lower bar", prospective={"threshold": 0.4}))
    path, file = tmp_path / "forecasts.parquet", tmp_path / "registration.parquet"
    assert main(["verify-ledger", str(path)]) == 0
    said = capsys.readouterr().out
    assert "registration " in said and "(a lower bar), 2 forecasts" in said
    whole = rows(tmp_path)
    write_parquet(whole.assign(why=whole["why"].where(whole.index != 1, "none")), file)
    with pytest.raises(LedgerError, match=r"registration.parquet, row 2 .*changed"):
        bring(MONTHS[2])
    write_parquet(whole.iloc[:1], file)
    assert main(["verify-ledger", str(path)]) == 1
    assert "2 forecasts name the registration" in capsys.readouterr().out
    file.write_text("nothing")
    with pytest.raises(LedgerError, match="found something else"):
        rows(tmp_path)


def test_forecasts_that_do_not_fit_their_registration_are_told(bring, tmp_path):
    bring(MONTHS[0])
    lower = amend(PLAN, "a lower bar", prospective={"threshold": 0.4})
    for now in MONTHS[1:3]:
        bring(now, lower)
    bring(MONTHS[2], replace(PLAN, run="other"))
    table, own = rows(tmp_path), forecasts(tmp_path)
    assert registration.faults(table, own) == []
    first, second, other = table["sha256"]

    def told(table=table, **changes) -> list[str]:
        spoilt = own.copy()
        for column, value in changes.items():
            spoilt.loc[spoilt.index[-4:-2], column] = value  # of June, a month after it
        return registration.faults(table, spoilt)

    assert own.loc[own.index[-4:-2], "registration"].tolist() == [second] * 2
    late = table["registered_at"].where(table["sha256"] != second, MONTHS[5])
    (fault,) = told(table.assign(registered_at=late))
    assert fault == f"4 forecasts were written before their registration {second}"
    (fault,) = told(registration=first, threshold=0.5)
    assert fault == f"2 forecasts name the registration {first}, which had been amended"
    assert told(registration=other) == [
        f"2 forecasts name the registration {other}, which is of others"
    ]
    assert told(registration=None) == ["2 forecasts name no registration, though there was one"]
    assert told(threshold=0.1) == ["2 forecasts have another threshold than registered"]
    outcome = own["kind"] == "outcome"
    spoilt = own.assign(registration=own["registration"].where(~outcome, other))
    assert registration.faults(table, spoilt) == [
        "4 outcomes name another registration than their forecast"
    ]
    row = own[outcome].iloc[:1].drop(columns=["written_at", "previous_sha256", "sha256"])
    with pytest.raises(LedgerError, match="its registration is not that of the forecast"):
        ledger.append(tmp_path / "forecasts.parquet", row.assign(registration=second, outcome=0))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "registration"}, "expected an amendment, since there are forecasts"),
        ({"why": " "}, "expected a reason of its own"),
        ({"settings": {"catalog": {"name": "isc"}}}, "catalog.name cannot be amended"),
    ],
)
def test_registrations_that_none_may_add_are_told(bring, tmp_path, capsys, changes, said):
    bring(MONTHS[0], with_catalog("usgs"))
    own = amend(with_catalog("usgs"), "a lower bar", prospective={"threshold": 0.4})
    bring(MONTHS[1], own)
    table = rows(tmp_path)
    assert registration.faults_within(table) == []
    made = table.drop(columns=["previous_sha256", "sha256"]).to_dict("records")
    if "settings" in changes:
        changes = {"settings": json.dumps({**own.registered, **changes["settings"]})}
    made[1] |= changes
    sealed = pd.DataFrame(chain.sealed(made, chain.FIRST, "registrations"))
    write_parquet(sealed, tmp_path / "registration.parquet")
    (fault,) = registration.faults_within(rows(tmp_path))
    assert fault.endswith(said) or said in fault
    assert main(["verify-ledger", str(tmp_path / "forecasts.parquet"), "--settings"]) == 1
    assert said in capsys.readouterr().out

"""The chain of a ledger, held against sha256 by hand."""

from __future__ import annotations

import hashlib
import json
import threading
import time

import pandas as pd
import pytest

from laicflow import chain, ledger
from laicflow.cli.main import main
from laicflow.ledger import LedgerError, append, read, verify
from laicflow.store import write_parquet

NAMES = {"run": "r", "study": "s", "variant": "paper", "experiment": "adam", "site": "AAA"}


def forecast(day: int = 1, **changes) -> dict:
    end = pd.Timestamp(2003, 1, day)
    row = {
        **NAMES,
        "kind": "forecast",
        "window_id": f"AAA/2003-01-{day:02d}T00:00",
        "window_start": end - pd.Timedelta(hours=1),
        "window_end": end,
        "horizon_end": end + pd.Timedelta(days=2),
        "issue_time": end + pd.Timedelta(hours=6),
        "score": 0.05 * day,
        "threshold": 0.5,
        "alarm": 0,
        "model_sha256": "ab" * 32,
    }
    return row | changes


def outcome(day: int = 1, **changes) -> dict:
    end = pd.Timestamp(2003, 1, day)
    row = {
        **NAMES,
        "kind": "outcome",
        "window_id": f"AAA/2003-01-{day:02d}T00:00",
        "horizon_end": end + pd.Timedelta(days=2),
        "outcome": 1,
        "known_at": end + pd.Timedelta(days=3),
        "event_ids": "us1",
    }
    return row | changes


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger" / "forecasts.parquet"


@pytest.fixture
def at(monkeypatch):
    """Set the clock of the computer."""
    return lambda text: monkeypatch.setattr(chain, "clock", lambda: pd.Timestamp(text))


def add(path, *rows) -> str:
    return append(path, pd.DataFrame(list(rows)))


def test_the_chain_is_that_of_hashlib(path, at):
    at("2003-01-01T06:00:05")
    add(path, forecast(1))
    at("2003-01-04T00:10")
    head = add(path, outcome(1))
    # Written down by hand: all that is not missing, by name, without blanks.
    first = {
        "alarm": 0,
        "experiment": "adam",
        "horizon_end": "2003-01-03T00:00:00.000000",
        "issue_time": "2003-01-01T06:00:00.000000",
        "kind": "forecast",
        "model_sha256": "ab" * 32,
        "previous_sha256": "0" * 64,
        "run": "r",
        "score": 0.05,
        "site": "AAA",
        "study": "s",
        "threshold": 0.5,
        "variant": "paper",
        "window_end": "2003-01-01T00:00:00.000000",
        "window_id": "AAA/2003-01-01T00:00",
        "window_start": "2002-12-31T23:00:00.000000",
        "written_at": "2003-01-01T06:00:05.000000",
    }
    text = json.dumps(first, separators=(",", ":"))
    assert text.startswith('{"alarm":0,"experiment":"adam",')
    one = hashlib.sha256(text.encode()).hexdigest()
    text = (
        '{"event_ids":"us1","experiment":"adam","horizon_end":"2003-01-03T00:00:00.000000",'
        '"kind":"outcome","known_at":"2003-01-04T00:00:00.000000","outcome":1,'
        f'"previous_sha256":"{one}","run":"r","site":"AAA","study":"s","variant":"paper",'
        '"window_id":"AAA/2003-01-01T00:00","written_at":"2003-01-04T00:10:00.000000"}'
    )
    two = hashlib.sha256(text.encode()).hexdigest()
    table = read(path)
    assert table["sha256"].tolist() == [one, two]
    assert table["previous_sha256"].tolist() == ["0" * 64, one]
    assert head == two == verify(path)
    assert path.with_name("heads.txt").read_text() == (
        f"2003-01-01T06:00:05.000000 1 {one}\n2003-01-04T00:10:00.000000 2 {two}\n"
    )


@pytest.mark.parametrize(
    ("written", "late"),
    [
        # Issued at 06:00 on 1 January, the horizon ends at midnight between the 2nd and 3rd.
        ("2003-01-01T07:00:00", False),
        ("2003-01-01T05:00:00", False),
        ("2003-01-01T07:00:01", True),
        ("2003-01-01T04:59:59", True),
        ("2026-10-01T00:00:00", True),
    ],
)
def test_a_forecast_that_is_written_at_another_time_says_so(path, at, written, late):
    at(written)
    add(path, forecast(1), forecast(2, issue_time=pd.Timestamp(2003, 1, 2), note="x"), outcome(1))
    table = read(path)
    assert (table["written_at"] == pd.Timestamp(written)).all()
    assert table["note"].fillna("").tolist() == [
        f"replayed: written {written}" if late else "",
        f"x; replayed: written {written}",
        "",
    ]
    assert ledger.replayed(table).tolist() == [late, True, False]
    # The note is sealed, and the instants tell without it.
    with pytest.raises(LedgerError, match=f"row {1 if late else 2} "):
        write_parquet(table.assign(note=None), path)
        verify(path)
    assert ledger.replayed(table.assign(note=None)).tolist() == [late, True, False]
    assert ledger.replayed(table.assign(written_at=pd.NaT)).tolist() == [True, True, False]


def test_a_forecast_that_is_written_after_its_horizon_says_so(path, at):
    at("2003-01-03T00:00:01")
    add(path, forecast(1, issue_time=pd.Timestamp("2003-01-02T23:59")))
    assert read(path)["note"].tolist() == ["replayed: written 2003-01-03T00:00:01"]


def test_the_clock_is_that_of_the_computer(monkeypatch):
    monkeypatch.setenv("LAICFLOW_NOW", "2003-01-01T06:00")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    apart = chain.clock() - pd.Timestamp(time.time(), unit="s")
    monkeypatch.undo()
    time.tzset()
    assert abs(apart) < pd.Timedelta(minutes=1)


def test_rows_stay_as_they_were_and_no_rows_write_nothing(path):
    add(path, forecast(1), forecast(2))
    before = read(path)
    add(path, outcome(1))
    pd.testing.assert_frame_equal(read(path).iloc[:2], before)
    written = path.read_bytes(), path.stat().st_mtime_ns
    assert append(path, pd.DataFrame()) == verify(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == written


@pytest.mark.parametrize(
    ("spoil", "row"),
    [
        (lambda t: t.assign(score=t["score"].where(t.index != 1, 0.9)), 2),
        (lambda t: t.assign(note=t["note"].where(t.index != 2, "x")), 3),
        (lambda t: t.drop(index=1), 2),
        (lambda t: t.drop(index=0), 1),
        (lambda t: t.iloc[[0, 2, 1, 3]], 2),
        (lambda t: pd.concat([t.iloc[:2], t.iloc[1:]]), 3),
    ],
    ids=["changed", "note added", "middle gone", "first gone", "moved", "doubled"],
)
def test_the_first_broken_row_is_named(path, spoil, row):
    add(path, *(forecast(day) for day in range(1, 5)))
    write_parquet(spoil(read(path)).reset_index(drop=True), path)
    with pytest.raises(LedgerError, match=f"forecasts.parquet, row {row} "):
        verify(path)
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=f"row {row} "):
        add(path, forecast(9))
    assert path.read_bytes() == before


def test_a_changed_row_with_a_new_seal_breaks_the_next(path):
    add(path, *(forecast(day) for day in range(1, 4)))
    rows = read(path).to_dict("records")
    rows[1]["score"] = 0.9
    rows[1]["sha256"] = ledger.row_sha256(rows[1])
    write_parquet(pd.DataFrame(rows), path)
    with pytest.raises(LedgerError, match="row 3 "):
        verify(path)


def test_rows_missing_at_the_end_are_seen_by_their_head_or_an_anchor(path):
    head = add(path, *(forecast(day) for day in range(1, 4)))
    verify(path, head)
    write_parquet(read(path).iloc[:2], path)
    before = path.read_bytes()
    for rows in (pd.DataFrame(), pd.DataFrame([forecast(9)])):
        with pytest.raises(LedgerError, match=r"expected 3 rows by .*heads.txt, found 2"):
            append(path, rows)
    with pytest.raises(LedgerError, match=r"forecasts.parquet: expected 3 rows"):
        verify(path)
    assert path.read_bytes() == before
    path.with_name("heads.txt").unlink()
    verify(path)
    with pytest.raises(LedgerError, match="rows are missing at the end"):
        verify(path, head)


def test_rows_that_were_made_anew_are_seen_by_their_head(path):
    add(path, forecast(1), forecast(2))
    other = path.parent / "other" / path.name
    add(other, forecast(1), forecast(2, score=0.9))
    other.replace(path)
    with pytest.raises(LedgerError, match=r"row 2: expected sha256 .* rows were replaced"):
        append(path, pd.DataFrame())


@pytest.mark.parametrize("left", [0, 30], ids=["no head", "half a head"])
def test_an_append_without_its_head_is_repaired(path, monkeypatch, left):
    heads = path.with_name("heads.txt")

    def broken(*_):
        raise OSError("killed")

    for days in ((1,), (2, 3)):
        before = heads.read_bytes() if heads.exists() else b""
        with monkeypatch.context() as patch:
            patch.setattr(ledger, "_keep_head", broken)
            with pytest.raises(OSError, match="killed"):
                add(path, *(forecast(day) for day in days))
        if left:
            heads.write_bytes(before + b"2003-01-01T06:00:05.000000 1 abcdef"[:left])
        head = verify(path)
        append(path, pd.DataFrame())
        told = [line.split()[1:] for line in heads.read_text().splitlines()]
        assert told[-1] == [str(days[-1]), head]
        assert len(told) == len(before.splitlines()) + 1
    written = heads.read_bytes()
    append(path, pd.DataFrame())
    assert heads.read_bytes() == written


def test_lines_missing_in_the_heads_are_seen(path):
    for day in (1, 2, 3):
        add(path, forecast(day))
    heads = path.with_name("heads.txt")
    lines = heads.read_text().splitlines(keepends=True)
    for kept in ("", lines[0]):
        heads.write_text(kept)
        with pytest.raises(LedgerError, match=r"heads.txt: expected .* lines are missing"):
            add(path, forecast(4))
    heads.write_text("".join(lines[:2]) + "3\n")
    with pytest.raises(LedgerError, match=r"heads.txt, line 3: expected an instant"):
        add(path, forecast(4))
    heads.unlink()
    with pytest.raises(LedgerError, match="lines are missing"):
        append(path, pd.DataFrame())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (forecast(1, score=0.7), "has a forecast already"),
        (forecast(5, issue_time=pd.Timestamp("2003-01-07")), "not issued between"),
        (forecast(5, issue_time=pd.Timestamp("2003-01-04")), "not issued between"),
        (forecast(5, score=1.5), "the score is 1.5"),
        (forecast(5, score=None), "score missing"),
        (forecast(5, outcome=0), "an outcome already"),
        (forecast(5, kind="guess"), "expected forecast or outcome"),
        (outcome(5), "no such forecast"),
        (outcome(2, known_at=pd.Timestamp("2003-01-03")), "not over"),
        (outcome(2, outcome=3), "outcome of 0 or 1"),
        (outcome(2, horizon_end=pd.Timestamp("2003-01-03")), "not that of the forecast"),
        (outcome(1), "has already"),
    ],
)
def test_rows_that_do_not_belong_are_refused(path, row, why):
    add(path, forecast(1), forecast(2), outcome(1))
    before = path.read_bytes()
    with pytest.raises(LedgerError, match=why):
        add(path, row)
    assert path.read_bytes() == before


def test_a_revised_outcome_is_another_row(path):
    add(path, forecast(1), outcome(1, outcome=0, event_ids=""))
    add(path, outcome(1, note="revised"))
    assert read(path)["outcome"].tolist()[1:] == [0, 1]
    assert ledger.latest_outcomes(read(path))["outcome"].tolist() == [1]


def test_two_writers_at_once_lose_nothing(path):
    faults = []

    def write(days):
        for day in days:
            try:
                add(path, forecast(day))
            except LedgerError as error:
                faults.append(str(error))

    # Both want to write day 10: one of them may.
    threads = [threading.Thread(target=write, args=(d,)) for d in (range(1, 11), range(10, 20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verify(path)
    assert sorted(read(path)["window_id"].str[-8:-6].astype(int)) == list(range(1, 20))
    assert len(faults) == 1
    assert "has a forecast already" in faults[0]


def test_a_file_that_is_no_ledger_is_refused(path):
    path.parent.mkdir()
    path.write_text("nothing\n")
    with pytest.raises(LedgerError, match="no Parquet"):
        read(path)
    with pytest.raises(LedgerError, match="no ledger"):
        verify(path.with_name("other.parquet"))
    with pytest.raises(LedgerError, match="made here"):
        add(path.with_name("new.parquet"), forecast(1, sha256="0" * 64))
    with pytest.raises(LedgerError, match="made here"):
        add(path.with_name("new.parquet"), forecast(1, written_at=pd.Timestamp("2003-01-01")))


def test_command(path, capsys):
    models = path.parent / "models"
    models.mkdir(parents=True)
    name = hashlib.sha256(b"weights").hexdigest()
    (models / f"{name}.safetensors").write_bytes(b"weights")
    head = add(path, forecast(1, model_sha256=name), outcome(1))
    assert main(["verify-ledger", str(path), "--head", head]) == 0
    told = capsys.readouterr().out
    assert "1 forecasts, 1 outcomes" in told
    assert "heads.txt beside it" in told
    assert head in told
    (models / f"{name}.safetensors").write_bytes(b"other weights")
    assert main(["verify-ledger", str(path)]) == 1
    assert f"expected sha256 {name}" in capsys.readouterr().out
    assert main(["verify-ledger", str(path), "--head", "f" * 64]) == 1
    assert "rows are missing at the end" in capsys.readouterr().err
    write_parquet(read(path).iloc[:1], path)
    assert main(["verify-ledger", str(path)]) == 1
    assert "heads.txt, found 1" in capsys.readouterr().err
    path.with_name("heads.txt").unlink()
    main(["verify-ledger", str(path)])
    assert "rows may be missing" in capsys.readouterr().out
